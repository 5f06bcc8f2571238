"""The kinds of tampering with the database that `audit verify` has to name, each on one row of a SQLite store."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ZEROS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Tampering:
    """A change of one row behind the program's back."""

    what: str
    table: str
    key: str  # the column by which `audit verify` may name the row
    change: str  # what follows SET; "": the row is deleted; a SELECT: its result is inserted
    where: str = "1"  # which rows it may be


TAMPERINGS: Final = (
    Tampering("a key is made admin", "api_keys", "key_id", "role = 'admin', brands = '[]'", "role = 'brand-owner'"),
    Tampering("a revoked key is revived", "api_keys", "key_id", "revoked_at = NULL", "revoked_at IS NOT NULL"),
    Tampering("a key gets another brand", "api_keys", "key_id", "brands = '[\"other\"]'", "role = 'brand-owner'"),
    Tampering("a key's secret is replaced", "api_keys", "key_id", f"secret_sha256 = '{_ZEROS}'"),
    Tampering(
        "a key is added",
        "api_keys",
        "key_id",
        "SELECT 'ffffffffffff', name, 'admin', '[]', secret_sha256, calls_a_minute, created_at, NULL",
    ),
    Tampering("a user is made admin", "users", "user_id", "role = 'admin'", "role = 'reviewer'"),
    Tampering("a disabled user is let in", "users", "user_id", "disabled_at = NULL", "disabled_at IS NOT NULL"),
    Tampering("a password is replaced", "users", "user_id", "password_hash = 'x'"),
    Tampering(
        "an authorization is added",
        "authorizations",
        "authorization_id",
        "SELECT 99, brand_id, 'mallory', kinds, markets, nice, first_day, last_day, grantors, document_sha256, "
        "granted_at, NULL",
    ),
    Tampering("an authorization is another seller's", "authorizations", "authorization_id", "seller_id = 'mallory'"),
    Tampering("an authorization lasts longer", "authorizations", "authorization_id", "last_day = '2099-12-31'"),
    Tampering(
        "a revoked authorization is revived",
        "authorizations",
        "authorization_id",
        "revoked_at = NULL",
        "revoked_at IS NOT NULL",
    ),
    Tampering(
        "an authorization's document is another", "authorizations", "authorization_id", f"document_sha256 = '{_ZEROS}'"
    ),
    Tampering("an authorization is deleted", "authorizations", "authorization_id", ""),
    Tampering("a case is dismissed", "cases", "case_id", "state = 'dismissed'", "state = 'confirmed'"),
    Tampering("a case is another seller's", "cases", "case_id", "seller_id = 'mallory'"),
    Tampering("a decision is another", "case_decisions", "case_id", "state = 'escalated'"),
    Tampering("a decision is somebody else's", "case_decisions", "case_id", "user_id = 'mallory'"),
    Tampering("a decision is deleted", "case_decisions", "case_id", ""),
    Tampering("points are taken away", "ledger", "event_id", "points = 0", "points > 0"),
    Tampering("points are another seller's", "ledger", "event_id", "seller_id = 'mallory'"),
    Tampering("points are deleted", "ledger", "event_id", ""),
    Tampering("an appeal says something else", "appeals", "appeal_id", "statement = 'I confess.'"),
    Tampering("an appeal has another outcome", "appeals", "appeal_id", "outcome = NULL", "outcome IS NOT NULL"),
    Tampering("an appeal's document is another", "appeal_documents", "appeal_id", f"sha256 = '{_ZEROS}'"),
    Tampering("a reference is another brand's", "reference_images", "reference_id", "brand_id = 'attack-rival'"),
    Tampering("a reference is another file", "reference_images", "reference_id", f"sha256 = '{_ZEROS}'"),
    Tampering(
        "a withdrawn reference is in force",
        "reference_images",
        "reference_id",
        "withdrawn_at = NULL",
        "withdrawn_at IS NOT NULL",
    ),
    Tampering("a scan is another seller's", "scans", "scan_id", "seller_id = 'mallory'"),
    Tampering("a scan has another decision", "scans", "scan_id", "decision = 'clear'", "decision = 'block'"),
    Tampering("a scan is deleted", "scans", "scan_id", "", "scan_id NOT IN (SELECT case_id FROM cases)"),
    Tampering("a scanned image is another", "scanned_images", "scan_id", f"image_sha256 = '{_ZEROS}'"),
    Tampering("a seller notice is another seller's", "seller_notices", "seller_notice_id", "seller_id = 'mallory'"),
    Tampering(
        "a seller notice has another reason", "seller_notices", "seller_notice_id", "reason = 'logo_unauthorized'"
    ),
    Tampering(
        "a seller may appeal for longer", "seller_notices", "seller_notice_id", "appeal_by = '2099-01-01 00:00:00'"
    ),
    Tampering("a notice says something else", "notices", "case_id", "statement = 'Mine.'"),
    Tampering("a notice is deleted", "notices", "case_id", ""),
    Tampering("a suppression covers more", "suppressions", "suppression_id", "subject = 'mallory'"),
    Tampering("an event is somebody else's", "history", "event_id", "actor = 'mallory'", "event_id = 5"),
)


def tamper(database: Path, tampering: Tampering) -> str | None:
    """Do it to one row, the first that fits. Returns its key; None: the store has no such row."""
    table, key = tampering.table, tampering.key
    with closing(sqlite3.connect(database)) as connection, connection:  # foreign keys are not checked, as anyone may
        found = connection.execute(
            f"SELECT rowid, {key} FROM {table} WHERE {tampering.where} ORDER BY rowid LIMIT 1"
        ).fetchone()
        if found is None:
            return None
        row, value = found
        if tampering.change.startswith("SELECT"):
            connection.execute(f"INSERT INTO {table} {tampering.change} FROM {table} WHERE rowid = ?", (row,))
            value = tampering.change.split(",")[0].removeprefix("SELECT ").strip("'")
        elif tampering.change:
            connection.execute(f"UPDATE {table} SET {tampering.change} WHERE rowid = ?", (row,))
        else:
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        return str(value)
