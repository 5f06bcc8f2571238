"""The tables of API keys, users, their sessions and counted calls; their records are elsewhere."""

from sqlalchemy import Column, Float, ForeignKey, Integer, Table, Text

from brand_index.registry.schema import Collection, UTCDateTime, Word, metadata, sealed
from scanner.service.accounts.roles import Role

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("brands", Collection(frozenset), nullable=False),
    Column("secret_sha256", Text, nullable=False),
    Column("calls_a_minute", Integer),
    Column("created_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
    info=sealed(),
)


users = Table(
    "users",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("brands", Collection(frozenset), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("disabled_at", UTCDateTime),
    info=sealed(),
)


sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.user_id"), nullable=False),
    Column("begun_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
    info=sealed(without=["seen_at"]),
)


call_counters = Table(
    "call_counters",
    metadata,
    Column("counted", Text, primary_key=True),  # the limit, and of whom
    Column("window", Integer, primary_key=True, autoincrement=False),  # its number since 1970
    Column("calls", Integer, nullable=False),
    Column("expires", Float, nullable=False),  # seconds since 1970
)
