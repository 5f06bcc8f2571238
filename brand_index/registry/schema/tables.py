"""The tables of the registry. Other packages add theirs to the same metadata, with migrations of their own."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from brand_index.registry.schema.columns import Collection, UTCDateTime, Word
from brand_index.registry.schema.sealing import sealed
from brand_index.types import Form, MarkFeature, ReferenceKind, Resolution

metadata = MetaData()

# Numbers are given by the registry (largest + 1 under its write lock), so no dialect's sequences are needed.
component_migrations = Table(
    "component_migrations",
    metadata,
    Column("component", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("applied_at", UTCDateTime, nullable=False),
)
schema_migrations = Table(
    "schema_migrations",  # of format 1 of the store; it is kept, so that programs of that format refuse newer ones
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("applied_at", UTCDateTime, nullable=False),
)
registry_revision = Table(
    "registry_revision",  # one row; its lock is the registry's write lock
    metadata,
    Column("only_row", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("events", Integer, nullable=False),  # how many the history holds
    Column("digest", Text, nullable=False),  # of the last of them
)
history = Table(
    "history",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("earlier", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("seals", Text, nullable=False, server_default=""),
    Index("history_by_what", "what", "revision"),
    Index("history_by_subject", "subject"),
)
brands = Table(
    "brands",
    metadata,
    Column("brand_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("contact", Text, nullable=False),
    info=sealed(),
)
marks = Table(
    "marks",
    metadata,
    Column("mark_id", Integer, primary_key=True, autoincrement=False),
    Column("brand_id", Text, ForeignKey("brands.brand_id"), nullable=False),
    Column("feature", Word(MarkFeature)),
    Column("office", Text),
    Column("registration_number", Text),
    Column("nice", Collection(frozenset, int), nullable=False),
    Column("vienna", Collection(tuple), nullable=False),
    Column("expires", Date),
    Column("name", Text),
    UniqueConstraint("brand_id", "office", "registration_number", name="marks_identity"),
    Index("marks_by_name", "brand_id", "name", unique=True),
    info=sealed(),
)
reference_images = Table(
    "reference_images",
    metadata,
    Column("reference_id", Text, primary_key=True),
    Column("brand_id", Text, ForeignKey("brands.brand_id"), nullable=False),
    Column("kind", Word(ReferenceKind), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("mark_id", Integer, ForeignKey("marks.mark_id")),
    Column("source_name", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("warnings", Collection(tuple), nullable=False),
    Column("registered_at", UTCDateTime, nullable=False),
    Column("withdrawn_at", UTCDateTime),
    Column("form", Word(Form)),
    Column("source_region", Collection(tuple, int)),
    UniqueConstraint("brand_id", "kind", "sha256", name="reference_images_identity"),
    Index("reference_images_by_file", "sha256", "kind"),
    info=sealed(),
)
conflicts = Table(
    "conflicts",
    metadata,
    Column("conflict_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Word(ReferenceKind), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("earlier_brand_id", Text, ForeignKey("brands.brand_id"), nullable=False),
    Column("later_brand_id", Text, ForeignKey("brands.brand_id"), nullable=False),
    Column("detected_at", UTCDateTime, nullable=False),
    Column("resolved_at", UTCDateTime),
    Column("resolved_by", Text),
    Column("resolution", Word(Resolution)),
    Column("resolution_note", Text),
    info=sealed(),
)
authorizations = Table(
    "authorizations",
    metadata,
    Column("authorization_id", Integer, primary_key=True, autoincrement=False),
    Column("brand_id", Text, ForeignKey("brands.brand_id"), nullable=False),
    Column("seller_id", Text, nullable=False),
    Column("kinds", Collection(frozenset, ReferenceKind), nullable=False),
    Column("markets", Collection(frozenset)),
    Column("nice", Collection(frozenset, int)),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("grantors", Collection(tuple), nullable=False),
    Column("document_sha256", Text),
    Column("granted_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
    Index("authorizations_by_seller", "seller_id", "brand_id"),
    info=sealed(),
)
descriptors = Table(
    "descriptors",  # descriptions that no published index has yet
    metadata,
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)
