"""The tables of the registry and the migrations that make them; it reads and writes no record."""

from brand_index.registry.schema.columns import Collection, UTCDateTime, Word
from brand_index.registry.schema.migrations import REGISTRY, Component, is_registry, migrate
from brand_index.registry.schema.sealing import sealed
from brand_index.registry.schema.tables import (
    authorizations,
    brands,
    component_migrations,
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
    "REGISTRY",
    "Collection",
    "Component",
    "UTCDateTime",
    "Word",
    "authorizations",
    "brands",
    "component_migrations",
    "conflicts",
    "descriptors",
    "history",
    "is_registry",
    "marks",
    "metadata",
    "migrate",
    "reference_images",
    "registry_revision",
    "schema_migrations",
    "sealed",
]
