"""The tables of the registry and the migrations that make them; it reads and writes no record."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeDecorator

from brand_index.errors import RegistryError
from brand_index.types import MarkFeature, ReferenceKind


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment: UTC in the database, UTC when it comes back; SQLite, which knows no zones, keeps it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment, which could mean any; ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: pass an aware datetime, such as datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """A member of a closed enum, kept as its word."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """The word."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """The member."""
        return None if value is None else self.words(value)


class Collection(TypeDecorator[frozenset[Any] | tuple[Any, ...]]):
    """Several values, kept as a JSON list: a set sorted, a tuple in its order; None is SQL's NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: type[frozenset[Any]] | type[tuple[Any, ...]], of: type[str] | type[int] = str) -> None:
        super().__init__()
        self.shape = shape
        self.of = of

    def process_bind_param(
        self, value: frozenset[Any] | tuple[Any, ...] | None, dialect: Dialect
    ) -> list[str | int] | None:
        """The JSON list."""
        if value is None:
            return None
        return sorted(value) if isinstance(value, frozenset) else list(value)

    def process_result_value(
        self, value: list[str | int] | None, dialect: Dialect
    ) -> frozenset[Any] | tuple[Any, ...] | None:
        """The set or tuple."""
        return None if value is None else self.shape(map(self.of, value))


_MIGRATION_LOCK = 0x6D61726B  # any number that no other program on the server locks: "mark"

metadata = MetaData()

# Numbers are given by the registry (largest + 1 under its write lock), so no dialect's sequences are needed.
schema_migrations = Table(
    "schema_migrations",
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
)
brands = Table(
    "brands",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("contact", Text, nullable=False),
)
marks = Table(
    "marks",
    metadata,
    Column("mark_id", Integer, primary_key=True, autoincrement=False),
    Column("brand", Text, ForeignKey("brands.slug"), nullable=False),
    Column("feature", Word(MarkFeature)),
    Column("office", Text),
    Column("registration_number", Text),
    Column("nice", Collection(frozenset, int), nullable=False),
    Column("vienna", Collection(tuple), nullable=False),
    Column("expires", Date),
    UniqueConstraint("brand", "office", "registration_number", name="marks_identity"),
)
reference_images = Table(
    "reference_images",
    metadata,
    Column("reference_id", Text, primary_key=True),
    Column("brand", Text, ForeignKey("brands.slug"), nullable=False),
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
    UniqueConstraint("brand", "kind", "sha256", name="reference_images_identity"),
    Index("reference_images_by_file", "sha256", "kind"),
)
conflicts = Table(
    "conflicts",
    metadata,
    Column("conflict_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Word(ReferenceKind), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("earlier_brand", Text, ForeignKey("brands.slug"), nullable=False),
    Column("later_brand", Text, ForeignKey("brands.slug"), nullable=False),
    Column("noticed_at", UTCDateTime, nullable=False),
    Column("resolved_at", UTCDateTime),
)
authorizations = Table(
    "authorizations",
    metadata,
    Column("authorization_id", Integer, primary_key=True, autoincrement=False),
    Column("brand", Text, ForeignKey("brands.slug"), nullable=False),
    Column("seller", Text, nullable=False),
    Column("kinds", Collection(frozenset, ReferenceKind), nullable=False),
    Column("markets", Collection(frozenset)),
    Column("nice", Collection(frozenset, int)),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("grantors", Collection(tuple), nullable=False),
    Column("document_sha256", Text),
    Column("granted_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
    Index("authorizations_by_seller", "seller", "brand"),
)
descriptors = Table(
    "descriptors",  # a cache: what the index builder would otherwise compute again
    metadata,
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
)


def create_first_tables(connection: Connection) -> None:
    """Migration 1. Written out, so that it makes the same tables after `metadata` has moved on.

    The type names are PostgreSQL's; SQLite takes any.
    """
    for statement in (
        "CREATE TABLE registry_revision (only_row INTEGER PRIMARY KEY, revision INTEGER NOT NULL)",
        "INSERT INTO registry_revision (only_row, revision) VALUES (1, 0)",
        """CREATE TABLE history (
            event_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, at TIMESTAMP WITH TIME ZONE NOT NULL,
            what TEXT NOT NULL, subject TEXT NOT NULL, earlier TEXT NOT NULL)""",
        "CREATE TABLE brands (slug TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, contact TEXT NOT NULL)",
        """CREATE TABLE marks (
            mark_id INTEGER PRIMARY KEY, brand TEXT NOT NULL REFERENCES brands (slug), feature TEXT, office TEXT,
            registration_number TEXT, nice JSON NOT NULL, vienna JSON NOT NULL, expires DATE,
            CONSTRAINT marks_identity UNIQUE (brand, office, registration_number))""",
        """CREATE TABLE reference_images (
            reference_id TEXT PRIMARY KEY, brand TEXT NOT NULL REFERENCES brands (slug), kind TEXT NOT NULL,
            sha256 TEXT NOT NULL, suffix TEXT NOT NULL, mark_id INTEGER REFERENCES marks (mark_id),
            source_name TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, warnings JSON NOT NULL,
            registered_at TIMESTAMP WITH TIME ZONE NOT NULL, withdrawn_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT reference_images_identity UNIQUE (brand, kind, sha256))""",
        "CREATE INDEX reference_images_by_file ON reference_images (sha256, kind)",
        """CREATE TABLE conflicts (
            conflict_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, sha256 TEXT NOT NULL,
            earlier_brand TEXT NOT NULL REFERENCES brands (slug), later_brand TEXT NOT NULL REFERENCES brands (slug),
            noticed_at TIMESTAMP WITH TIME ZONE NOT NULL, resolved_at TIMESTAMP WITH TIME ZONE)""",
        """CREATE TABLE authorizations (
            authorization_id INTEGER PRIMARY KEY, brand TEXT NOT NULL REFERENCES brands (slug), seller TEXT NOT NULL,
            kinds JSON NOT NULL, markets JSON, nice JSON, first_day DATE NOT NULL, last_day DATE,
            grantors JSON NOT NULL, document_sha256 TEXT, granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
            revoked_at TIMESTAMP WITH TIME ZONE)""",
        "CREATE INDEX authorizations_by_seller ON authorizations (seller, brand)",
        """CREATE TABLE descriptors (
            key TEXT, fingerprint TEXT, payload BYTEA NOT NULL, PRIMARY KEY (key, fingerprint))""",
    ):
        connection.execute(text(statement))


Migration = Callable[[Connection], None]
MIGRATIONS: tuple[Migration, ...] = (create_first_tables,)
"""In order; the first is number 1. Append only: a migration that was released is never edited."""


def schema_version(connection: Connection) -> int:
    """Number of the last migration that was applied; 0: none, so this is no registry yet."""
    if not inspect(connection).has_table(schema_migrations.name):
        return 0
    return connection.execute(select(func.max(schema_migrations.c.number))).scalar_one() or 0


def migrate(engine: Engine, now: datetime, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply what is missing, each migration in one transaction with its record; a second call changes nothing.

    `engine` must take SQLite's write lock when a transaction begins, so that two processes never apply one twice.
    Raises RegistryError if the registry is newer than `migrations`.
    """
    with engine.connect() as connection:
        version = schema_version(connection)
    while version < len(migrations):
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            schema_migrations.create(connection, checkfirst=True)
            version = schema_version(connection)  # another process may have come first
            if version < len(migrations):
                migration = migrations[version]
                migration(connection)
                version += 1
                connection.execute(
                    schema_migrations.insert().values(number=version, name=migration.__name__, applied_at=now)
                )
    if version > len(migrations):
        raise RegistryError(
            f"{engine.url.render_as_string()} has schema {version} and this Markscan knows {len(migrations)}: "
            "update Markscan"
        )
