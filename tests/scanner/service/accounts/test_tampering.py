"""Whoever changes, adds or deletes a row of the database by hand is found by `audit verify`.

The store is the one that test_registry takes over: it has every kind of row.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from skimage import data as photographs
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from brand_index.registration import authorize, register_reference
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.commands.main import markscan
from scanner.moderation.kept_files import file_faults
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.users import list_users, set_password
from tests.conftest import DATABASES, copied_database, describer, postgresql_database
from tests.scanner.service.accounts.test_registry import NOW, copy_to, write_before

TAMPERINGS: Final[dict[str, tuple[str, str]]] = {  # what was done: the statement, and the table that is named
    "a key is made admin": ("UPDATE api_keys SET role = 'admin' WHERE role != 'admin'", "api_keys"),
    "a revoked key is revived": ("UPDATE api_keys SET revoked_at = NULL WHERE revoked_at IS NOT NULL", "api_keys"),
    "a key's secret is replaced": (f"UPDATE api_keys SET secret_sha256 = '{'0' * 64}'", "api_keys"),
    "a key gets another brand": ("""UPDATE api_keys SET brands = '["other"]'""", "api_keys"),
    "a key is added": (
        "INSERT INTO api_keys SELECT 'ffffffffffff', name, 'admin', brands, secret_sha256, calls_a_minute, created_at, "
        "NULL FROM api_keys LIMIT 1",
        "api_keys",
    ),
    "a key is deleted": ("DELETE FROM api_keys", "api_keys"),
    "a user is made admin": ("UPDATE users SET role = 'admin' WHERE role != 'admin'", "users"),
    "a user's password is replaced": ("UPDATE users SET password_hash = 'x'", "users"),
    "a disabled user is let in": ("UPDATE users SET disabled_at = NULL WHERE disabled_at IS NOT NULL", "users"),
    "a session is added": (
        "INSERT INTO sessions SELECT 'f', user_id, begun_at, seen_at FROM sessions LIMIT 1",
        "sessions",
    ),
    "an authorization is added": (
        "INSERT INTO authorizations SELECT 99, brand_id, 'Mallory', kinds, markets, nice, first_day, last_day, "
        "grantors, document_sha256, granted_at, NULL FROM authorizations LIMIT 1",
        "authorizations",
    ),
    "an authorization is for another seller": ("UPDATE authorizations SET seller_id = 'Mallory'", "authorizations"),
    "an authorization lasts longer": ("UPDATE authorizations SET last_day = '2099-12-31'", "authorizations"),
    "an authorization covers all markets": ("UPDATE authorizations SET markets = NULL", "authorizations"),
    "an authorization's document is another": (
        f"UPDATE authorizations SET document_sha256 = '{'0' * 64}'",
        "authorizations",
    ),
    "an authorization is deleted": ("DELETE FROM authorizations", "authorizations"),
    "a reference is another brand's": (
        "UPDATE reference_images SET brand_id = (SELECT max(brand_id) FROM brands WHERE brand_id != "
        "reference_images.brand_id) WHERE sha256 IN (SELECT sha256 FROM reference_images GROUP BY sha256 "
        "HAVING count(*) = 1)",
        "reference_images",
    ),
    "a reference is another file": (
        f"UPDATE reference_images SET sha256 = '{'0' * 64}' "
        "WHERE reference_id = (SELECT min(reference_id) FROM reference_images)",
        "reference_images",
    ),
    "a withdrawn reference is in force": (
        "UPDATE reference_images SET withdrawn_at = NULL WHERE withdrawn_at IS NOT NULL",
        "reference_images",
    ),
    "a brand's owner is another": ("UPDATE brands SET owner = 'Mallory'", "brands"),
    "a mark's classes are others": ("UPDATE marks SET nice = '[1]'", "marks"),
    "a conflict is resolved": ("UPDATE conflicts SET resolved_at = detected_at", "conflicts"),
    "a case is dismissed": ("UPDATE cases SET state = 'dismissed'", "cases"),
    "a case is another seller's": ("UPDATE cases SET seller_id = 'Mallory'", "cases"),
    "a decision is by somebody else": ("UPDATE case_decisions SET user_id = 'mallory'", "case_decisions"),
    "a decision's note is another": ("UPDATE case_decisions SET note = 'fine'", "case_decisions"),
    "a decision is deleted": ("DELETE FROM case_decisions", "case_decisions"),
    "points are taken away": ("UPDATE ledger SET points = 0", "ledger"),
    "points are another seller's": ("UPDATE ledger SET seller_id = 'Mallory'", "ledger"),
    "points are deleted": ("DELETE FROM ledger", "ledger"),
    "an appeal says something else": ("UPDATE appeals SET statement = 'I confess.'", "appeals"),
    "an appeal came earlier": ("UPDATE appeals SET received_at = '2020-01-01 00:00:00'", "appeals"),
    "an appeal's outcome is another": ("UPDATE appeals SET outcome_note = 'Yes.'", "appeals"),
    "an appeal's document is another": (f"UPDATE appeal_documents SET sha256 = '{'0' * 64}'", "appeal_documents"),
    "a seller notice is to another seller": ("UPDATE seller_notices SET seller_id = 'Mallory'", "seller_notices"),
    "a seller notice has another reason": (
        "UPDATE seller_notices SET reason = CASE reason WHEN 'photo_copied' THEN 'logo_unauthorized' "
        "ELSE 'photo_copied' END",
        "seller_notices",
    ),
    "a seller notice was sent earlier": ("UPDATE seller_notices SET sent_at = '2020-01-01 00:00:00'", "seller_notices"),
    "a seller may appeal longer": ("UPDATE seller_notices SET appeal_by = '2099-01-01 00:00:00'", "seller_notices"),
    "a notice says something else": ("UPDATE notices SET statement = 'Mine.'", "notices"),
    "a notice is deleted": ("DELETE FROM notices", "notices"),
    "a scan is of another seller": ("UPDATE scans SET seller_id = 'Mallory'", "scans"),
    "a scan's decision is another": ("UPDATE scans SET decision = 'clear'", "scans"),
    "a scan's verdict is another": (
        "UPDATE scanned_images SET outcome = replace(outcome, '\"block\"', '\"clear\"')",
        "scanned_images",
    ),
    "a scanned image is another": (f"UPDATE scanned_images SET image_sha256 = '{'0' * 64}'", "scanned_images"),
    "a kept image is said to be gone": ("UPDATE scanned_images SET kept = false WHERE kept", "scanned_images"),
    "a suppression covers more": ("UPDATE suppressions SET expires_at = NULL", "suppressions"),
    "a suppression is deleted": ("DELETE FROM suppressions", "suppressions"),
    "a quarantine is ended": ("UPDATE quarantines SET ended_at = begun_at", "quarantines"),
    "counts of decisions are others": ("UPDATE label_counts SET cases = 1000", "label_counts"),
    "counts of notices are others": ("UPDATE notifier_counts SET cases = 1000", "notifier_counts"),
    "a message says something else": ("UPDATE deliveries SET body = '{}'", "deliveries"),
    "a value is none of the product's": ("UPDATE users SET role = 'emperor'", "users"),
}


@pytest.fixture(params=DATABASES)
def taken_over(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a copy of that store's database, in the store `tmp_path`."""
    Store(tmp_path).mark()
    with copied_database(request.getfixturevalue(f"taken_over_{request.param}"), tmp_path) as own:
        yield own


@pytest.fixture(scope="module")
def taken_over_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("taken-over")
    write_before(place / "registry.db")
    open_registry(Store(place)).close()
    return f"sqlite:///{place / 'registry.db'}"


@pytest.fixture(scope="module")
def taken_over_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("taken-over")
    write_before(place / "before.db")
    with postgresql_database() as own:
        copy_to(own, place / "before.db")
        open_registry(Store(place), own).close()
        yield own


def tamper(address: str, *statements: str) -> int:
    """Execute statements as somebody with the database's password would. Returns how many rows they changed."""
    engine = create_engine(address)
    with engine.begin() as connection:
        changed = sum(connection.execute(text(each)).rowcount for each in statements)
    engine.dispose()
    return changed


def faults(address: str) -> list[str]:
    with open_registry(Store(Path("unused")), address, create=False) as opened:
        return [*opened.history_faults(), *map(str, opened.row_faults())]


def test_a_store_that_nobody_touched_has_no_fault(taken_over: str) -> None:
    assert faults(taken_over) == []


@pytest.mark.parametrize("done", TAMPERINGS)
def test_tampering_is_named(taken_over: str, done: str) -> None:
    statement, table = TAMPERINGS[done]
    assert tamper(taken_over, statement), "the store has no such row"
    assert {fault.split(" of ")[1].split()[0] for fault in faults(taken_over)} == {table}


def test_scans_that_are_deleted_with_all_that_belongs_to_them_are_named(taken_over: str) -> None:
    tables = ("notices", "case_decisions", "cases", "scanned_images", "scans")
    tamper(taken_over, *(f"DELETE FROM {table}" for table in tables))
    assert {fault.split(" of ")[1].split()[0] for fault in faults(taken_over)} == set(tables)


def test_a_row_whose_seal_is_changed_too_is_found_by_the_chain(taken_over: str) -> None:
    tamper(taken_over, "UPDATE history SET seals = '{}' WHERE seals != ''")
    assert any("is not as it was written" in fault for fault in faults(taken_over))


def test_a_revision_that_was_set_back_is_named(taken_over: str) -> None:
    tamper(taken_over, "UPDATE registry_revision SET revision = 0")
    assert any("revision" in fault for fault in faults(taken_over))


def test_lawful_changes_and_deletions_are_no_fault(taken_over: str) -> None:
    with open_registry(Store(Path("unused")), taken_over) as opened:
        for user in list_users(opened.database):
            set_password(opened.database, user.user_id, "a wholly other passphrase", NOW)  # which ends its sessions
        for given in opened.authorizations():
            opened.revoke_authorization(given.authorization_id, NOW)
    assert faults(taken_over) == []


def test_a_lawful_change_covers_up_no_change_before_it(taken_over: str) -> None:
    tamper(taken_over, "UPDATE users SET role = 'admin' WHERE role != 'admin'")
    with open_registry(Store(Path("unused")), taken_over) as opened:
        for user in list_users(opened.database):
            set_password(opened.database, user.user_id, "a wholly other passphrase", NOW)
    assert any("of users was changed before event" in fault for fault in faults(taken_over))


@pytest.mark.parametrize("component", ["accounts", "moderation"])
def test_a_migration_that_somebody_had_repeated_covers_up_nothing(taken_over: str, component: str) -> None:
    tamper(
        taken_over,
        f"DELETE FROM component_migrations WHERE component = '{component}' AND number = 2",
        "DROP INDEX appeals_by_time",
        "UPDATE users SET role = 'admin' WHERE role != 'admin'",
        "UPDATE ledger SET points = 0",
        *(["CREATE INDEX appeals_by_time ON appeals (received_at)"] if component == "accounts" else []),
    )
    named = {fault.split(" of ")[1].split()[0] for fault in faults(taken_over)}
    assert named == {"users", "ledger"}


def test_rows_that_are_taken_over_in_a_store_that_was_always_sealed_are_named(address: str, tmp_path: Path) -> None:
    with open_registry(Store(tmp_path), address) as opened:
        opened.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
    tamper(
        address,
        "DROP TABLE call_counters",
        "DELETE FROM component_migrations WHERE component = 'accounts' AND number >= 2",
        "INSERT INTO users (user_id, password_hash, role, brands, created_at) "
        "VALUES ('m', 'x', 'admin', '[]', '2026-03-01 12:00:00.000000')",
    )
    (fault,) = faults(address)
    assert "rows of accounts were sealed anew" in fault


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE scanned_images SET kept = 2 WHERE kept", "scanned_images"),
        ("UPDATE seller_notices SET sent_at = replace(sent_at, ' ', 'T')", "seller_notices"),
        ("UPDATE brands SET owner = CAST('x' AS BLOB)", "brands"),
        ("UPDATE ledger SET points = x'00'", "ledger"),
        ("UPDATE brands SET owner = CAST(x'ff41' AS TEXT)", "brands"),
    ],
)
def test_a_value_that_reads_the_same_or_not_at_all_is_named(taken_over: str, statement: str, table: str) -> None:
    if not taken_over.startswith("sqlite"):
        pytest.skip("PostgreSQL's columns hold values of their type alone")
    assert tamper(taken_over, statement)
    assert {fault.split(" of ")[1].split()[0] for fault in faults(taken_over)} == {table}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE history SET at = 'nonsense' WHERE event_id = 3", "audit log"),
        ("UPDATE history SET details = x'ff' WHERE event_id = 3", "audit log"),
        ("DELETE FROM registry_revision", "0 rows"),
        ("INSERT INTO registry_revision VALUES (2, 1, 1, 'x')", "2 rows"),
        ("CREATE TRIGGER t AFTER INSERT ON users BEGIN UPDATE users SET role = 'admin'; END", "trigger t"),
    ],
)
def test_a_log_that_cannot_be_read_and_a_trigger_are_named_and_hide_no_other_fault(
    taken_over: str, statement: str, named: str
) -> None:
    if not taken_over.startswith("sqlite"):
        pytest.skip("these are SQLite's")
    tamper(taken_over, "UPDATE ledger SET points = 0", statement)
    found = faults(taken_over)
    assert any(named in fault for fault in found)
    assert any("of ledger" in fault for fault in found)


def test_the_command_says_what_it_covers(taken_over: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        markscan, ["audit", "verify", "--no-files", "--store", str(tmp_path), "--registry-url", taken_over]
    )
    assert done.exit_code == 0, done.output
    assert "authorizations" in done.output
    assert "seller_notices" in done.output


def test_a_kept_file_that_was_altered_or_is_gone_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with open_registry(store) as registry:
        document = tmp_path / "contract.pdf"
        Image.fromarray(photographs.rocket()).save(tmp_path / "photo.png")
        document.write_bytes(b"%PDF-1.4 a contract")
        brand = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
        kind, photo, reader = ReferenceKind.PHOTO, tmp_path / "photo.png", describer()
        register_reference(registry, store, brand=brand, kind=kind, image=photo, describer=reader, now=NOW)
        given = authorize(registry, store, brand="acme", seller_id="S1", document=document, now=NOW)
        assert list(file_faults(registry.database, store)) == []
        (reference,) = registry.references()
        store.media_path(reference.sha256, reference.suffix).write_bytes(b"another photo")
        assert given.document_sha256 is not None
        store.media_path(given.document_sha256, ".pdf").unlink()
        altered, gone = file_faults(registry.database, store)
        assert reference.reference_id in altered
        assert gone == "the document of authorization 1 is gone"
