"""The tables of the store's database and the migrations that make them; it reads and writes no record."""

from brand_index.registry.schema.columns import Collection, UTCDateTime, Word
from brand_index.registry.schema.migrations import MIGRATIONS, migrate, schema_version
from brand_index.registry.schema.tables import (
    authorizations,
    brands,
    conflicts,
    descriptors,
    history,
    marks,
    metadata,
    reference_images,
    registry_revision,
    schema_migrations,
)

__all__ = [
    "MIGRATIONS",
    "Collection",
    "UTCDateTime",
    "Word",
    "authorizations",
    "brands",
    "conflicts",
    "descriptors",
    "history",
    "marks",
    "metadata",
    "migrate",
    "reference_images",
    "registry_revision",
    "schema_migrations",
    "schema_version",
]
