"""Opens the registry with the tables of moderation, and holds the migrations that make these."""

from typing import Final

from sqlalchemy import Connection, inspect

from brand_index.registry import Registry
from brand_index.registry.schema import Component
from brand_index.registry.schema.migrations import MOMENT, execute_all, make_optional, rename_columns, rename_index
from brand_index.store import Store
from scanner.moderation.building_lease import leases
from scanner.moderation.cases.tables import (
    case_comments,
    case_decisions,
    cases,
    label_counts,
    mark_negatives,
    notices,
    notifier_counts,
    quarantines,
    suppressions,
)
from scanner.moderation.deliveries import deliveries
from scanner.moderation.enforcement.ledger import ledger
from scanner.moderation.forms.tables import proposed_forms
from scanner.moderation.records.tables import (
    image_descriptions,
    look_backs,
    photo_sightings,
    scanned_images,
    scans,
)
from scanner.moderation.seller_notices.tables import appeal_documents, appeals, seller_notices

_RECORDS: Final = (
    f"""CREATE TABLE scans (
        scan_id TEXT PRIMARY KEY, key_id TEXT, idempotency_key TEXT, request_sha256 TEXT NOT NULL, listing_id TEXT,
        seller_id TEXT, market TEXT, category TEXT, title TEXT, condition TEXT, state TEXT NOT NULL, decision TEXT,
        reason TEXT, accepted_at {MOMENT} NOT NULL, finished_at {MOMENT}, leased_until {MOMENT},
        CONSTRAINT scans_retries UNIQUE (key_id, idempotency_key))""",
    "CREATE INDEX scans_by_listing ON scans (listing_id)",
    "CREATE INDEX scans_by_state ON scans (state, accepted_at)",
    "CREATE INDEX scans_by_end ON scans (finished_at)",
    """CREATE TABLE scanned_images (
        scan_id TEXT NOT NULL REFERENCES scans (scan_id), position INTEGER NOT NULL, name TEXT NOT NULL,
        image_sha256 TEXT NOT NULL, kept BOOLEAN NOT NULL, outcome TEXT, fingerprint TEXT, index_revision INTEGER,
        pdq TEXT, PRIMARY KEY (scan_id, position))""",
    "CREATE INDEX scanned_images_by_file ON scanned_images (image_sha256, index_revision)",
    f"""CREATE TABLE deliveries (
        delivery_id TEXT PRIMARY KEY, scan_id TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
        attempts INTEGER NOT NULL, due_at {MOMENT} NOT NULL, last_error TEXT, created_at {MOMENT} NOT NULL)""",
    "CREATE INDEX deliveries_by_state ON deliveries (state, due_at)",
)
_CASES: Final = (
    f"""CREATE TABLE cases (
        case_id TEXT PRIMARY KEY REFERENCES scans (scan_id), position INTEGER NOT NULL, brand_id TEXT,
        reference_id TEXT, kind TEXT, confidence DOUBLE PRECISION, decision TEXT NOT NULL, reason TEXT NOT NULL,
        listing_id TEXT, seller_id TEXT, market TEXT, image_sha256 TEXT NOT NULL, pdq TEXT, cluster TEXT NOT NULL,
        opened_at {MOMENT} NOT NULL, state TEXT NOT NULL, ground TEXT, decided_at {MOMENT}, leased_by TEXT,
        leased_until {MOMENT})""",
    "CREATE INDEX cases_by_state ON cases (state, opened_at)",
    "CREATE INDEX cases_by_reference ON cases (reference_id, opened_at)",
    "CREATE INDEX cases_by_cluster ON cases (cluster)",
    "CREATE INDEX cases_by_brand ON cases (brand_id, state)",
    "CREATE INDEX cases_by_seller ON cases (seller_id)",
    f"""CREATE TABLE case_decisions (
        decision_id INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases (case_id), user_id TEXT NOT NULL,
        at {MOMENT} NOT NULL, state TEXT NOT NULL, ground TEXT, note TEXT NOT NULL, before TEXT NOT NULL,
        undone_at {MOMENT})""",
    "CREATE INDEX case_decisions_by_case ON case_decisions (case_id)",
    f"""CREATE TABLE notices (
        case_id TEXT PRIMARY KEY REFERENCES cases (case_id), notifier TEXT NOT NULL, brand_id TEXT NOT NULL,
        kind TEXT NOT NULL, statement TEXT NOT NULL, at {MOMENT} NOT NULL)""",
    "CREATE INDEX notices_by_notifier ON notices (notifier)",
    f"""CREATE TABLE suppressions (
        suppression_id INTEGER PRIMARY KEY, scope TEXT NOT NULL, reference_id TEXT NOT NULL, subject TEXT NOT NULL,
        case_id TEXT NOT NULL, author TEXT NOT NULL, created_at {MOMENT} NOT NULL, expires_at {MOMENT},
        ended_at {MOMENT})""",
    "CREATE INDEX suppressions_by_reference ON suppressions (reference_id)",
    f"""CREATE TABLE quarantines (
        quarantine_id INTEGER PRIMARY KEY, reference_id TEXT NOT NULL, begun_at {MOMENT} NOT NULL,
        items INTEGER NOT NULL, ended_at {MOMENT})""",
    "CREATE INDEX quarantines_by_reference ON quarantines (reference_id)",
    """CREATE TABLE label_counts (
        reference_id TEXT NOT NULL, brand_id TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, ground TEXT,
        cases INTEGER NOT NULL)""",
    "CREATE INDEX label_counts_by_brand ON label_counts (brand_id)",
    "CREATE INDEX label_counts_by_reference ON label_counts (reference_id)",
    """CREATE TABLE notifier_counts (
        notifier TEXT NOT NULL, brand_id TEXT NOT NULL, state TEXT, ground TEXT, cases INTEGER NOT NULL)""",
    "CREATE INDEX notifier_counts_by_notifier ON notifier_counts (notifier)",
)
_SELLERS: Final = (
    f"""CREATE TABLE ledger (
        event_id TEXT PRIMARY KEY, seller_id TEXT NOT NULL, at {MOMENT} NOT NULL, kind TEXT NOT NULL, points INTEGER,
        serious BOOLEAN, cause TEXT, of TEXT, measure TEXT, until {MOMENT}, author TEXT NOT NULL)""",
    "CREATE INDEX ledger_by_seller ON ledger (seller_id)",
    f"""CREATE TABLE seller_notices (
        seller_notice_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, nth INTEGER NOT NULL, seller_id TEXT NOT NULL,
        listing_id TEXT, market TEXT, brand_id TEXT NOT NULL, reference_id TEXT, kind TEXT NOT NULL,
        reason TEXT NOT NULL, confidence DOUBLE PRECISION, from_notice BOOLEAN NOT NULL, restriction TEXT NOT NULL,
        automated BOOLEAN NOT NULL, author TEXT NOT NULL, ledger_event TEXT, points INTEGER NOT NULL,
        posted_at {MOMENT} NOT NULL, sent_at {MOMENT} NOT NULL, appeal_by {MOMENT} NOT NULL, ended_at {MOMENT})""",
    "CREATE INDEX seller_notices_by_case ON seller_notices (case_id)",
    "CREATE INDEX seller_notices_by_seller ON seller_notices (seller_id)",
    "CREATE INDEX seller_notices_by_time ON seller_notices (sent_at)",
    f"""CREATE TABLE appeals (
        appeal_id TEXT PRIMARY KEY, seller_notice_id TEXT NOT NULL REFERENCES seller_notices (seller_notice_id),
        form TEXT NOT NULL, received_at {MOMENT} NOT NULL, statement TEXT NOT NULL, signatory_name TEXT,
        signatory_address TEXT, signatory_phone TEXT, answer_by {MOMENT}, answer TEXT, answer_note TEXT NOT NULL,
        answered_by TEXT, answered_at {MOMENT}, outcome TEXT, ground TEXT, outcome_note TEXT NOT NULL,
        decided_by TEXT, decided_at {MOMENT})""",
    "CREATE INDEX appeals_by_seller_notice ON appeals (seller_notice_id)",
    "CREATE INDEX appeals_by_outcome ON appeals (outcome, received_at)",
    """CREATE TABLE appeal_documents (
        appeal_id TEXT NOT NULL REFERENCES appeals (appeal_id), position INTEGER NOT NULL, name TEXT NOT NULL,
        sha256 TEXT NOT NULL, length INTEGER NOT NULL, PRIMARY KEY (appeal_id, position))""",
)


def open_registry(store: Store, url: str | None = None, *, create: bool = True) -> Registry:
    """As Registry.open, with the tables of moderation."""
    return Registry.open(store, url, components=(MODERATION,), create=create)


def create_moderation(connection: Connection) -> None:
    """Migration 1: the tables of scans, messages, cases, notices, points, seller notices and appeals.

    Written out, so that it makes the same tables after `metadata` has moved on.
    """
    if inspect(connection).has_table("scans"):
        _take_over_format_1(connection)
    else:
        execute_all(connection, (*_RECORDS, *_CASES, *_SELLERS))


def _take_over_format_1(connection: Connection) -> None:
    """Give the tables of format 1 their names; a suppressed scan was called silenced, and a user a person."""
    if inspect(connection).has_table("notifications"):
        execute_all(
            connection, ("ALTER TABLE notices RENAME TO seller_notices", "ALTER TABLE notifications RENAME TO notices")
        )
    for table in ("cases", "notices", "label_counts", "notifier_counts"):
        rename_columns(connection, table, [("brand", "brand_id")])
    rename_columns(connection, "case_decisions", [("person_id", "user_id")])
    rename_columns(connection, "ledger", [("seller", "seller_id")])
    names = [("notice_id", "seller_notice_id"), ("brand", "brand_id"), ("notified", "from_notice")]
    rename_columns(connection, "seller_notices", names)
    rename_columns(connection, "appeals", [("notice_id", "seller_notice_id"), ("owner_by", "answer_by")])
    for column, name in (("case_id", "case"), ("seller_id", "seller"), ("sent_at", "time")):
        rename_index(connection, "seller_notices", f"notices_by_{name}", f"seller_notices_by_{name}", column)
    rename_index(connection, "notices", "notifications_by_notifier", "notices_by_notifier", "notifier")
    rename_index(connection, "appeals", "appeals_by_notice", "appeals_by_seller_notice", "seller_notice_id")
    execute_all(
        connection,
        (
            *(f"UPDATE {table} SET reason = 'suppressed' WHERE reason = 'silenced'" for table in ("scans", "cases")),
            *(
                f"UPDATE {table} SET notifier = 'user ' || substr(notifier, 8) WHERE notifier LIKE 'person %'"
                for table in ("notices", "notifier_counts")
            ),
        ),
    )


def index_appeals(connection: Connection) -> None:
    """Migration 2: appeals are found by the day; the rows of all tables are sealed, as after every migration."""
    execute_all(connection, ["CREATE INDEX appeals_by_time ON appeals (received_at)"])


def add_comments(connection: Connection) -> None:
    """Migration 3: comments on cases and their assignee, decisions made together, and how scans are searched for."""
    statements = (
        "CREATE INDEX scans_by_seller ON scans (seller_id)",
        "CREATE INDEX scans_by_time ON scans (accepted_at)",
        f"""CREATE TABLE case_comments (
            comment_id INTEGER PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases (case_id), user_id TEXT NOT NULL,
            at {MOMENT} NOT NULL, comment TEXT NOT NULL)""",
        "CREATE INDEX case_comments_by_case ON case_comments (case_id)",
        "ALTER TABLE cases ADD COLUMN assignee TEXT",
        "CREATE INDEX cases_by_assignee ON cases (assignee, state)",
        "ALTER TABLE case_decisions ADD COLUMN batch_id TEXT",
        "CREATE INDEX case_decisions_by_batch ON case_decisions (batch_id)",
        "ALTER TABLE seller_notices ADD COLUMN language TEXT",
        "ALTER TABLE appeals ADD COLUMN listing_first_day DATE",
        f"ALTER TABLE appeal_documents ADD COLUMN added_at {MOMENT}",
    )
    execute_all(connection, statements)


def add_descriptions(connection: Connection) -> None:
    """Migration 4: scans keep the description of their listing."""
    execute_all(connection, ["ALTER TABLE scans ADD COLUMN description TEXT"])


def add_forms(connection: Connection) -> None:
    """Migration 5: forms of marks that confirmed cases propose, and crops that were dismissed as another mark."""
    statements = (
        f"""CREATE TABLE proposed_forms (
            form_id INTEGER PRIMARY KEY, brand_id TEXT NOT NULL, reference_id TEXT NOT NULL, case_id TEXT NOT NULL,
            position INTEGER NOT NULL, image_sha256 TEXT NOT NULL, region JSON NOT NULL, embedding TEXT,
            proposed_by TEXT NOT NULL, proposed_at {MOMENT} NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
            decided_by TEXT, decided_at {MOMENT}, form_reference_id TEXT)""",
        "CREATE INDEX proposed_forms_by_brand ON proposed_forms (brand_id, state)",
        "CREATE INDEX proposed_forms_by_case ON proposed_forms (case_id)",
        "CREATE INDEX proposed_forms_by_reference ON proposed_forms (form_reference_id)",
        f"""CREATE TABLE mark_negatives (
            negative_id INTEGER PRIMARY KEY, brand_id TEXT NOT NULL, reference_id TEXT NOT NULL, case_id TEXT NOT NULL,
            embedding TEXT NOT NULL, author TEXT NOT NULL, created_at {MOMENT} NOT NULL, ended_at {MOMENT})""",
        "CREATE INDEX mark_negatives_by_reference ON mark_negatives (reference_id)",
        "CREATE INDEX mark_negatives_by_case ON mark_negatives (case_id)",
    )
    execute_all(connection, statements)


def allow_no_brand(connection: Connection) -> None:
    """Migration 6: a seller notice may be about no brand, and a suppression about patches instead of a reference."""
    make_optional(connection, "seller_notices", "brand_id")
    make_optional(connection, "seller_notices", "kind")
    execute_all(connection, ["DROP INDEX suppressions_by_reference"])
    make_optional(connection, "suppressions", "reference_id")
    statements = (
        "CREATE INDEX suppressions_by_reference ON suppressions (reference_id)",
        "ALTER TABLE suppressions ADD COLUMN places JSON",
        "CREATE INDEX suppressions_by_subject ON suppressions (subject)",
    )
    execute_all(connection, statements)


def add_look_backs(connection: Connection) -> None:
    """Migration 7: compact descriptions of listing images, scans that judge earlier ones again, and who was first."""
    statements = (
        "ALTER TABLE scans ADD COLUMN rejudges TEXT",
        "CREATE INDEX scans_by_rejudged ON scans (rejudges)",
        """CREATE TABLE image_descriptions (
            scan_id TEXT NOT NULL REFERENCES scans (scan_id), position INTEGER NOT NULL, recipe TEXT NOT NULL,
            data BYTEA NOT NULL, PRIMARY KEY (scan_id, position))""",
        f"""CREATE TABLE look_backs (
            look_back_id INTEGER PRIMARY KEY, at {MOMENT} NOT NULL, since {MOMENT} NOT NULL,
            references_revision INTEGER NOT NULL, revision INTEGER NOT NULL, policy TEXT NOT NULL,
            scans INTEGER NOT NULL, changed INTEGER NOT NULL)""",
        f"""CREATE TABLE photo_sightings (
            reference_id TEXT NOT NULL, scan_id TEXT NOT NULL REFERENCES scans (scan_id), position INTEGER NOT NULL,
            seller_id TEXT, listing_id TEXT, seen_at {MOMENT} NOT NULL,
            PRIMARY KEY (reference_id, scan_id, position))""",
        "CREATE INDEX photo_sightings_by_time ON photo_sightings (reference_id, seen_at)",
        "CREATE INDEX photo_sightings_by_scan ON photo_sightings (scan_id)",
        "ALTER TABLE seller_notices ADD COLUMN first_seen TEXT",
        "ALTER TABLE seller_notices ADD COLUMN first_seen_day DATE",
    )
    execute_all(connection, statements)


def add_leases(connection: Connection) -> None:
    """Migration 8: which process of a shared store builds and purges."""
    statement = f"CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until {MOMENT} NOT NULL)"
    execute_all(connection, [statement])


MODERATION: Final = Component(
    "moderation",
    (
        create_moderation,
        index_appeals,
        add_comments,
        add_descriptions,
        add_forms,
        allow_no_brand,
        add_look_backs,
        add_leases,
    ),
    (
        scans,
        scanned_images,
        image_descriptions,
        look_backs,
        photo_sightings,
        deliveries,
        cases,
        case_decisions,
        case_comments,
        notices,
        suppressions,
        mark_negatives,
        proposed_forms,
        quarantines,
        label_counts,
        notifier_counts,
        ledger,
        seller_notices,
        appeals,
        appeal_documents,
        leases,
    ),
)
