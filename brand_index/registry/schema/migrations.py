"""Migrations: bring the tables of each component up to date. It reads and writes no record.

A component is a package that owns tables, such as this one. Its migrations stand beside its tables, and the database
records them under the component's name and their number. Format 1 of the store, of the first versions, numbered all
migrations in one list; the first migration of each component takes the tables of format 1 over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, Table, func, inspect, select, text

from brand_index.errors import RegistryError
from brand_index.registry.history import FIRST_DIGEST
from brand_index.registry.schema.tables import (
    authorizations,
    brands,
    component_migrations,
    conflicts,
    marks,
    reference_images,
    schema_migrations,
)

Migration = Callable[[Connection], None]
MOMENT: Final = "TIMESTAMP WITH TIME ZONE"
_MIGRATION_LOCK: Final = 0x6D61726B  # any number that no other program on the server locks: "mark"
_FORMAT_1: Final = (7, 8)  # versions of format 1 that can be taken over
_END_OF_FORMAT_1: Final = 1_000  # a version that programs of format 1 refuse as newer than they are


@dataclass(frozen=True, slots=True)
class Component:
    """A package that owns tables."""

    name: str
    migrations: Sequence[Migration]  # the first is number 1; append only: one that was released is never edited
    tables: Sequence[Table] = ()  # that the migrations leave


SealMigrated = Callable[[Connection, Component, datetime], None]


def execute_all(connection: Connection, statements: Iterable[str]) -> None:
    """Execute statements one by one. Type names are PostgreSQL's; SQLite accepts any."""
    for statement in statements:
        connection.execute(text(statement))


def rename_columns(connection: Connection, table: str, names: Iterable[tuple[str, str]]) -> None:
    """Rename columns from the first name to the second; those that have their new name already stay."""
    known = {column["name"] for column in inspect(connection).get_columns(table)}
    for earlier, later in names:
        if earlier in known:
            connection.execute(text(f"ALTER TABLE {table} RENAME COLUMN {earlier} TO {later}"))


def make_optional(connection: Connection, table: str, column: str) -> None:
    """Let a column of texts be NULL. SQLite cannot change a column, so both databases get another of its name.

    An index on it has to be dropped before, and made again.
    """
    statements = (
        f"ALTER TABLE {table} ADD COLUMN {column}_optional TEXT",
        f"UPDATE {table} SET {column}_optional = {column}",
        f"ALTER TABLE {table} DROP COLUMN {column}",
        f"ALTER TABLE {table} RENAME COLUMN {column}_optional TO {column}",
    )
    execute_all(connection, statements)


def rename_index(connection: Connection, table: str, earlier: str, later: str, columns: str) -> None:
    """Replace an index by one of another name; SQLite cannot rename it."""
    known = {index["name"] for index in inspect(connection).get_indexes(table)}
    if earlier in known:
        connection.execute(text(f"DROP INDEX {earlier}"))
        connection.execute(text(f"CREATE INDEX {later} ON {table} ({columns})"))


def create_registry(connection: Connection) -> None:
    """Migration 1: the tables of brands, marks, references, authorizations, conflicts and the history.

    Written out, so that it makes the same tables after `metadata` has moved on.
    """
    if inspect(connection).has_table("brands"):
        _take_over_format_1(connection)
        return
    statements = (
        """CREATE TABLE registry_revision (
            only_row INTEGER PRIMARY KEY, revision INTEGER NOT NULL, events INTEGER NOT NULL, digest TEXT NOT NULL)""",
        f"INSERT INTO registry_revision (only_row, revision, events, digest) VALUES (1, 0, 0, '{FIRST_DIGEST}')",
        f"""CREATE TABLE history (
            event_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, at {MOMENT} NOT NULL, what TEXT NOT NULL,
            subject TEXT NOT NULL, earlier TEXT NOT NULL, actor TEXT NOT NULL, details TEXT NOT NULL,
            digest TEXT NOT NULL)""",
        """CREATE TABLE brands (
            brand_id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, contact TEXT NOT NULL)""",
        """CREATE TABLE marks (
            mark_id INTEGER PRIMARY KEY, brand_id TEXT NOT NULL REFERENCES brands (brand_id), feature TEXT,
            office TEXT, registration_number TEXT, nice JSON NOT NULL, vienna JSON NOT NULL, expires DATE,
            CONSTRAINT marks_identity UNIQUE (brand_id, office, registration_number))""",
        f"""CREATE TABLE reference_images (
            reference_id TEXT PRIMARY KEY, brand_id TEXT NOT NULL REFERENCES brands (brand_id), kind TEXT NOT NULL,
            sha256 TEXT NOT NULL, suffix TEXT NOT NULL, mark_id INTEGER REFERENCES marks (mark_id),
            source_name TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, warnings JSON NOT NULL,
            registered_at {MOMENT} NOT NULL, withdrawn_at {MOMENT},
            CONSTRAINT reference_images_identity UNIQUE (brand_id, kind, sha256))""",
        "CREATE INDEX reference_images_by_file ON reference_images (sha256, kind)",
        f"""CREATE TABLE conflicts (
            conflict_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, sha256 TEXT NOT NULL,
            earlier_brand_id TEXT NOT NULL REFERENCES brands (brand_id),
            later_brand_id TEXT NOT NULL REFERENCES brands (brand_id), detected_at {MOMENT} NOT NULL,
            resolved_at {MOMENT}, resolved_by TEXT, resolution TEXT, resolution_note TEXT)""",
        f"""CREATE TABLE authorizations (
            authorization_id INTEGER PRIMARY KEY, brand_id TEXT NOT NULL REFERENCES brands (brand_id),
            seller_id TEXT NOT NULL, kinds JSON NOT NULL, markets JSON, nice JSON, first_day DATE NOT NULL,
            last_day DATE, grantors JSON NOT NULL, document_sha256 TEXT, granted_at {MOMENT} NOT NULL,
            revoked_at {MOMENT})""",
        "CREATE INDEX authorizations_by_seller ON authorizations (seller_id, brand_id)",
        """CREATE TABLE descriptors (
            key TEXT, fingerprint TEXT, payload BYTEA NOT NULL, PRIMARY KEY (key, fingerprint))""",
    )
    execute_all(connection, statements)


def _take_over_format_1(connection: Connection) -> None:
    rename_columns(connection, "brands", [("slug", "brand_id")])
    for table in ("marks", "reference_images", "authorizations"):
        rename_columns(connection, table, [("brand", "brand_id"), ("seller", "seller_id")])
    brands = [("earlier_brand", "earlier_brand_id"), ("later_brand", "later_brand_id")]
    rename_columns(connection, "conflicts", [*brands, ("noticed_at", "detected_at")])
    execute_all(
        connection,
        [
            f"ALTER TABLE conflicts ADD COLUMN {column} TEXT"
            for column in ("resolved_by", "resolution", "resolution_note")
        ],
    )


def add_seals(connection: Connection) -> None:
    """Migration 2: the audit log keeps seals of rows, and is found by what happened and by its subject."""
    statements = (
        "ALTER TABLE history ADD COLUMN seals TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX history_by_what ON history (what, revision)",
        "CREATE INDEX history_by_subject ON history (subject)",
    )
    execute_all(connection, statements)


def add_forms(connection: Connection) -> None:
    """Migration 3: marks have names and references a form.

    The rows that are there get neither, since a seal leaves out what is NULL: a logo without a form reads as artwork.
    """
    statements = (
        "ALTER TABLE marks ADD COLUMN name TEXT",
        "CREATE UNIQUE INDEX marks_by_name ON marks (brand_id, name)",
        "ALTER TABLE reference_images ADD COLUMN form TEXT",
        "ALTER TABLE reference_images ADD COLUMN source_region JSON",
    )
    execute_all(connection, statements)


REGISTRY: Final = Component(
    "brand_index",
    (create_registry, add_seals, add_forms),
    (brands, marks, reference_images, conflicts, authorizations),
)


def is_registry(connection: Connection) -> bool:
    """Whether the database has tables of a registry, of this format or the first."""
    return bool(_versions(connection).get(REGISTRY.name) or _version_of_format_1(connection))


def migrate(engine: Engine, now: datetime, components: Iterable[Component], seal: SealMigrated) -> None:
    """Apply all missing migrations with their records, in one transaction; a second call changes nothing.

    The registry's own come first, whether `components` names them, or earlier ones under that name, or neither.
    `seal` is called with each component that was migrated. `engine` must take SQLite's write lock when a transaction
    begins, so that two processes never apply one migration twice. Raises RegistryError when the database is newer than
    this program, or older than it can take over.
    """
    wanted = tuple({each.name: each for each in (REGISTRY, *components)}.values())
    with engine.connect() as connection:
        versions = _versions(connection)
    _refuse_newer(engine, wanted, versions)
    if all(versions.get(each.name) == len(each.migrations) for each in wanted):
        return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        _refuse_unknown_format_1(engine, connection)
        component_migrations.create(connection, checkfirst=True)
        versions = _versions(connection)  # another process may have come first
        _refuse_newer(engine, wanted, versions)
        for component in wanted:
            _apply(connection, component, versions.get(component.name, 0), now)
            if versions.get(component.name, 0) < len(component.migrations):
                seal(connection, component, now)
        _end_format_1(connection, now)


def _refuse_newer(engine: Engine, wanted: Iterable[Component], versions: Mapping[str, int]) -> None:
    for component in wanted:
        version, known = versions.get(component.name, 0), len(component.migrations)
        if version > known:
            raise RegistryError(
                f"{engine.url.render_as_string()} has version {version} of the tables of {component.name}, and this "
                f"Markscan knows version {known}: update Markscan"
            )


def _versions(connection: Connection) -> dict[str, int]:
    """The number of the last migration of each component; empty: none was applied."""
    if not inspect(connection).has_table(component_migrations.name):
        return {}
    table = component_migrations
    query = select(table.c.component, func.max(table.c.number)).group_by(table.c.component)
    return {str(component): int(number) for component, number in connection.execute(query)}


def _apply(connection: Connection, component: Component, version: int, now: datetime) -> None:
    for number, migration in enumerate(component.migrations[version:], start=version + 1):
        migration(connection)
        values = {"component": component.name, "number": number, "name": migration.__name__, "applied_at": now}
        connection.execute(component_migrations.insert().values(**values))


def _version_of_format_1(connection: Connection) -> int:
    """The version of a database of format 1; 0: it is none, or it was taken over."""
    if not inspect(connection).has_table(schema_migrations.name):
        return 0
    version = connection.execute(select(func.max(schema_migrations.c.number))).scalar_one() or 0
    return 0 if version == _END_OF_FORMAT_1 else version


def _refuse_unknown_format_1(engine: Engine, connection: Connection) -> None:
    version = _version_of_format_1(connection)
    if version and version not in _FORMAT_1:
        raise RegistryError(
            f"{engine.url.render_as_string()} has version {version} of format 1, and this Markscan takes over version "
            f"{' and '.join(map(str, _FORMAT_1))}: open it once with the last Markscan of format 1"
        )


def _end_format_1(connection: Connection, now: datetime) -> None:
    """Have programs of format 1 refuse the database as newer than they are."""
    schema_migrations.create(connection, checkfirst=True)
    known = select(schema_migrations.c.number).where(schema_migrations.c.number == _END_OF_FORMAT_1)
    if connection.execute(known).first() is None:
        values = {"number": _END_OF_FORMAT_1, "name": "end_of_format_1", "applied_at": now}
        connection.execute(schema_migrations.insert().values(**values))
