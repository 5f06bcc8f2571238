"""The migrations that bring any registry's database up to date; it reads and writes no record."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, func, inspect, select, text

from brand_index.errors import RegistryError
from brand_index.registry.history import FIRST_DIGEST, LOCAL, Event, digest_of
from brand_index.registry.schema.tables import history, registry_revision, schema_migrations

_MIGRATION_LOCK: Final = 0x6D61726B  # any number that no other program on the server locks: "mark"


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


def chain_history(connection: Connection) -> None:
    """Migration 2: who did it, what else is to be said of it, and each event sealed by a digest of all before it."""
    for column in ("actor", "details", "digest"):
        connection.execute(text(f"ALTER TABLE history ADD COLUMN {column} TEXT NOT NULL DEFAULT ''"))
    connection.execute(text("ALTER TABLE registry_revision ADD COLUMN events INTEGER NOT NULL DEFAULT 0"))
    connection.execute(text(f"ALTER TABLE registry_revision ADD COLUMN digest TEXT NOT NULL DEFAULT '{FIRST_DIGEST}'"))
    digest, count = FIRST_DIGEST, 0
    for row in connection.execute(select(history).order_by(history.c.event_id)).all():
        happened = Event(**dict(row._mapping) | {"actor": LOCAL, "details": "{}"})
        digest, count = digest_of(happened, digest), count + 1
        sealed = {"actor": happened.actor, "details": happened.details, "digest": digest}
        connection.execute(history.update().where(history.c.event_id == happened.event_id).values(**sealed))
    connection.execute(registry_revision.update().values(events=count, digest=digest))


def create_service_tables(connection: Connection) -> None:
    """Migration 3: scans with their images, API keys, and messages to be delivered."""
    for statement in (
        """CREATE TABLE api_keys (
            key_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, brands JSON NOT NULL,
            secret_sha256 TEXT NOT NULL, calls_a_minute INTEGER, created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            revoked_at TIMESTAMP WITH TIME ZONE)""",
        """CREATE TABLE scans (
            scan_id TEXT PRIMARY KEY, key_id TEXT, idempotency_key TEXT, request_sha256 TEXT NOT NULL,
            listing_id TEXT, seller_id TEXT, market TEXT, category TEXT, title TEXT, condition TEXT,
            state TEXT NOT NULL, decision TEXT, reason TEXT, accepted_at TIMESTAMP WITH TIME ZONE NOT NULL,
            finished_at TIMESTAMP WITH TIME ZONE, leased_until TIMESTAMP WITH TIME ZONE,
            CONSTRAINT scans_retries UNIQUE (key_id, idempotency_key))""",
        "CREATE INDEX scans_by_listing ON scans (listing_id)",
        "CREATE INDEX scans_by_state ON scans (state, accepted_at)",
        "CREATE INDEX scans_by_end ON scans (finished_at)",
        """CREATE TABLE scanned_images (
            scan_id TEXT NOT NULL REFERENCES scans (scan_id), position INTEGER NOT NULL, name TEXT NOT NULL,
            image_sha256 TEXT NOT NULL, kept BOOLEAN NOT NULL, outcome TEXT, fingerprint TEXT,
            index_revision INTEGER, PRIMARY KEY (scan_id, position))""",
        "CREATE INDEX scanned_images_by_file ON scanned_images (image_sha256, index_revision)",
        """CREATE TABLE deliveries (
            delivery_id TEXT PRIMARY KEY, scan_id TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
            attempts INTEGER NOT NULL, due_at TIMESTAMP WITH TIME ZONE NOT NULL, last_error TEXT,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL)""",
        "CREATE INDEX deliveries_by_state ON deliveries (state, due_at)",
    ):
        connection.execute(text(statement))


def create_review_tables(connection: Connection) -> None:
    """Migration 4: people with their sessions, cases, decisions, and what comes of dismissals."""
    moment = "TIMESTAMP WITH TIME ZONE"
    for statement in (
        "ALTER TABLE scanned_images ADD COLUMN pdq TEXT",
        f"""CREATE TABLE people (
            person_id TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL, brands JSON NOT NULL,
            created_at {moment} NOT NULL, disabled_at {moment})""",
        f"""CREATE TABLE sessions (
            token_sha256 TEXT PRIMARY KEY, person_id TEXT NOT NULL REFERENCES people (person_id),
            begun_at {moment} NOT NULL, seen_at {moment} NOT NULL)""",
        f"""CREATE TABLE cases (
            case_id TEXT PRIMARY KEY REFERENCES scans (scan_id), position INTEGER NOT NULL, brand TEXT,
            reference_id TEXT, kind TEXT, confidence DOUBLE PRECISION, decision TEXT NOT NULL, reason TEXT NOT NULL,
            listing_id TEXT, seller_id TEXT, market TEXT, image_sha256 TEXT NOT NULL, pdq TEXT, cluster TEXT NOT NULL,
            opened_at {moment} NOT NULL, state TEXT NOT NULL, ground TEXT, decided_at {moment}, leased_by TEXT,
            leased_until {moment})""",
        "CREATE INDEX cases_by_state ON cases (state, opened_at)",
        "CREATE INDEX cases_by_reference ON cases (reference_id, opened_at)",
        "CREATE INDEX cases_by_cluster ON cases (cluster)",
        "CREATE INDEX cases_by_brand ON cases (brand, state)",
        "CREATE INDEX cases_by_seller ON cases (seller_id)",
        f"""CREATE TABLE case_decisions (
            decision_id INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases (case_id),
            person_id TEXT NOT NULL, at {moment} NOT NULL, state TEXT NOT NULL, ground TEXT, note TEXT NOT NULL,
            before TEXT NOT NULL, undone_at {moment})""",
        "CREATE INDEX case_decisions_by_case ON case_decisions (case_id)",
        f"""CREATE TABLE suppressions (
            suppression_id INTEGER PRIMARY KEY, scope TEXT NOT NULL, reference_id TEXT NOT NULL,
            subject TEXT NOT NULL, case_id TEXT NOT NULL, author TEXT NOT NULL, created_at {moment} NOT NULL,
            expires_at {moment}, ended_at {moment})""",
        "CREATE INDEX suppressions_by_reference ON suppressions (reference_id)",
        f"""CREATE TABLE quarantines (
            quarantine_id INTEGER PRIMARY KEY, reference_id TEXT NOT NULL, begun_at {moment} NOT NULL,
            items INTEGER NOT NULL, ended_at {moment})""",
        "CREATE INDEX quarantines_by_reference ON quarantines (reference_id)",
    ):
        connection.execute(text(statement))


def create_ledger(connection: Connection) -> None:
    """Migration 5: points of sellers as events."""
    moment = "TIMESTAMP WITH TIME ZONE"
    for statement in (
        f"""CREATE TABLE ledger (
            event_id TEXT PRIMARY KEY, seller TEXT NOT NULL, at {moment} NOT NULL, kind TEXT NOT NULL, points INTEGER,
            serious BOOLEAN, cause TEXT, of TEXT, measure TEXT, until {moment}, author TEXT NOT NULL)""",
        "CREATE INDEX ledger_by_seller ON ledger (seller)",
    ):
        connection.execute(text(statement))


def create_notice_tables(connection: Connection) -> None:
    """Migration 6: what sellers are told, their appeals, and listings that rights holders point out."""
    moment = "TIMESTAMP WITH TIME ZONE"
    for statement in (
        f"""CREATE TABLE notices (
            notice_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, nth INTEGER NOT NULL, seller_id TEXT NOT NULL,
            listing_id TEXT, market TEXT, brand TEXT NOT NULL, reference_id TEXT, kind TEXT NOT NULL,
            reason TEXT NOT NULL, confidence DOUBLE PRECISION, notified BOOLEAN NOT NULL, restriction TEXT NOT NULL,
            automated BOOLEAN NOT NULL, author TEXT NOT NULL, ledger_event TEXT, points INTEGER NOT NULL,
            posted_at {moment} NOT NULL, sent_at {moment} NOT NULL, appeal_by {moment} NOT NULL,
            ended_at {moment})""",
        "CREATE INDEX notices_by_case ON notices (case_id)",
        "CREATE INDEX notices_by_seller ON notices (seller_id)",
        "CREATE INDEX notices_by_time ON notices (sent_at)",
        f"""CREATE TABLE appeals (
            appeal_id TEXT PRIMARY KEY, notice_id TEXT NOT NULL REFERENCES notices (notice_id), form TEXT NOT NULL,
            received_at {moment} NOT NULL, statement TEXT NOT NULL, signatory_name TEXT, signatory_address TEXT,
            signatory_phone TEXT, owner_by {moment}, answer TEXT, answer_note TEXT NOT NULL, answered_by TEXT,
            answered_at {moment}, outcome TEXT, ground TEXT, outcome_note TEXT NOT NULL, decided_by TEXT,
            decided_at {moment})""",
        "CREATE INDEX appeals_by_notice ON appeals (notice_id)",
        "CREATE INDEX appeals_by_outcome ON appeals (outcome, received_at)",
        """CREATE TABLE appeal_documents (
            appeal_id TEXT NOT NULL REFERENCES appeals (appeal_id), position INTEGER NOT NULL, name TEXT NOT NULL,
            sha256 TEXT NOT NULL, length INTEGER NOT NULL, PRIMARY KEY (appeal_id, position))""",
        f"""CREATE TABLE notifications (
            case_id TEXT PRIMARY KEY REFERENCES cases (case_id), notifier TEXT NOT NULL, brand TEXT NOT NULL,
            kind TEXT NOT NULL, statement TEXT NOT NULL, at {moment} NOT NULL)""",
        "CREATE INDEX notifications_by_notifier ON notifications (notifier)",
    ):
        connection.execute(text(statement))


def create_label_counts(connection: Connection) -> None:
    """Migration 7: what people decided on cases that were purged, counted, so that precision outlives them."""
    for statement in (
        """CREATE TABLE label_counts (
            reference_id TEXT NOT NULL, brand TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, ground TEXT,
            cases INTEGER NOT NULL)""",
        "CREATE INDEX label_counts_by_brand ON label_counts (brand)",
        "CREATE INDEX label_counts_by_reference ON label_counts (reference_id)",
        """CREATE TABLE notifier_counts (
            notifier TEXT NOT NULL, brand TEXT NOT NULL, state TEXT, ground TEXT, cases INTEGER NOT NULL)""",
        "CREATE INDEX notifier_counts_by_notifier ON notifier_counts (notifier)",
    ):
        connection.execute(text(statement))


def name_identifiers(connection: Connection) -> None:
    """Migration 8: identifiers end in _id, people are users, and each sort of notice has its name."""
    for table, earlier, later in (
        ("brands", "slug", "brand_id"),
        *(
            (table, "brand", "brand_id")
            for table in ("marks", "reference_images", "authorizations", "cases", "notices")
        ),
        *((table, "brand", "brand_id") for table in ("notifications", "label_counts", "notifier_counts")),
        *((table, "seller", "seller_id") for table in ("authorizations", "ledger")),
        *((table, "person_id", "user_id") for table in ("people", "sessions", "case_decisions")),
        ("conflicts", "earlier_brand", "earlier_brand_id"),
        ("conflicts", "later_brand", "later_brand_id"),
    ):
        connection.execute(text(f"ALTER TABLE {table} RENAME COLUMN {earlier} TO {later}"))
    connection.execute(text("ALTER TABLE people RENAME TO users"))
    for statement in (
        "ALTER TABLE notices RENAME TO seller_notices",
        "ALTER TABLE seller_notices RENAME COLUMN notice_id TO seller_notice_id",
        "ALTER TABLE seller_notices RENAME COLUMN notified TO from_notice",
        "ALTER TABLE appeals RENAME COLUMN notice_id TO seller_notice_id",
        "ALTER TABLE notifications RENAME TO notices",
        "DROP INDEX notifications_by_notifier",
        "CREATE INDEX notices_by_notifier ON notices (notifier)",
        "DROP INDEX notices_by_case",
        "CREATE INDEX seller_notices_by_case ON seller_notices (case_id)",
        "DROP INDEX notices_by_seller",
        "CREATE INDEX seller_notices_by_seller ON seller_notices (seller_id)",
        "DROP INDEX notices_by_time",
        "CREATE INDEX seller_notices_by_time ON seller_notices (sent_at)",
        "DROP INDEX appeals_by_notice",
        "CREATE INDEX appeals_by_seller_notice ON appeals (seller_notice_id)",
    ):
        connection.execute(text(statement))
    for table in ("notices", "notifier_counts"):
        connection.execute(
            text(f"UPDATE {table} SET notifier = 'user ' || substr(notifier, 8) WHERE notifier LIKE 'person %'")
        )
    for table in ("scans", "cases"):
        connection.execute(text(f"UPDATE {table} SET reason = 'suppressed' WHERE reason = 'silenced'"))


Migration = Callable[[Connection], None]
MIGRATIONS: tuple[Migration, ...] = (
    create_first_tables,
    chain_history,
    create_service_tables,
    create_review_tables,
    create_ledger,
    create_notice_tables,
    create_label_counts,
    name_identifiers,
)
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
