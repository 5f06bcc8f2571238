"""Opens the registry with the tables of moderation and accounts, and holds the migrations that make the latter."""

from typing import Final

from sqlalchemy import Connection, inspect

from brand_index.registry import Registry
from brand_index.registry.schema import Component
from brand_index.registry.schema.migrations import MOMENT, execute_all, rename_columns
from brand_index.store import Store
from scanner.moderation.registry import MODERATION
from scanner.service.accounts.tables import api_keys, call_counters, sessions, users


def open_registry(store: Store, url: str | None = None, *, create: bool = True, filling: bool = False) -> Registry:
    """As Registry.open, with the tables of moderation and accounts."""
    return Registry.open(store, url, components=(MODERATION, ACCOUNTS), create=create, filling=filling)


def create_accounts(connection: Connection) -> None:
    """Migration 1: the tables of API keys, users and their sessions.

    Written out, so that it makes the same tables after `metadata` has moved on.
    """
    if inspect(connection).has_table("api_keys"):
        _take_over_format_1(connection)
        return
    statements = (
        f"""CREATE TABLE api_keys (
            key_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, brands JSON NOT NULL,
            secret_sha256 TEXT NOT NULL, calls_a_minute INTEGER, created_at {MOMENT} NOT NULL, revoked_at {MOMENT})""",
        f"""CREATE TABLE users (
            user_id TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL, brands JSON NOT NULL,
            created_at {MOMENT} NOT NULL, disabled_at {MOMENT})""",
        f"""CREATE TABLE sessions (
            token_sha256 TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (user_id),
            begun_at {MOMENT} NOT NULL, seen_at {MOMENT} NOT NULL)""",
    )
    execute_all(connection, statements)


def _take_over_format_1(connection: Connection) -> None:
    """Give the tables of format 1 their names: a user was called a person."""
    if inspect(connection).has_table("people"):
        execute_all(connection, ("ALTER TABLE people RENAME TO users",))
    for table in ("users", "sessions"):
        rename_columns(connection, table, [("person_id", "user_id")])


def seal_accounts(_: Connection) -> None:
    """Migration 2: no table changes, but the rows of a migrated component are sealed."""


def count_calls(connection: Connection) -> None:
    """Migration 3: services that share the registry count calls together."""
    statement = """CREATE TABLE call_counters (
        counted TEXT NOT NULL, "window" INTEGER NOT NULL, calls INTEGER NOT NULL, expires DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (counted, "window"))"""
    execute_all(connection, [statement])


ACCOUNTS: Final = Component(
    "accounts", (create_accounts, seal_accounts, count_calls), (api_keys, users, sessions, call_counters)
)
