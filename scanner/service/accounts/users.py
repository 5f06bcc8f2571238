"""People who log in: their passwords as argon2 digests, and their sessions; what a role may do is told elsewhere."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database, fetch
from scanner.service.accounts.tables import Role, sessions, users

LEAST_PASSWORD: Final = 12  # characters
LONGEST_PASSWORD: Final = 200
IDLE: Final = timedelta(hours=2)  # after which a session that was not used ends
LONGEST: Final = timedelta(hours=12)  # after which any session ends
FRESH: Final = timedelta(minutes=1)  # so often at most is it written down that a session is used
_HASHER: Final = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low memory)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in."""

    user_id: str  # the name to log in with
    password_hash: str
    role: Role
    brands: frozenset[str]  # slugs, of a brand owner; empty: of the others
    created_at: datetime  # UTC
    disabled_at: datetime | None  # None: may log in

    @property
    def actor(self) -> str:
        """As the history names it."""
        return f"user {self.user_id}"


@dataclass(frozen=True, slots=True)
class Session:
    """One login."""

    token_sha256: str
    user_id: str
    begun_at: datetime  # UTC
    seen_at: datetime


def add_user(
    database: Database, name: str, password: str, role: Role, now: datetime, *, brands: frozenset[str] = frozenset()
) -> User:
    """Somebody new. Raises InvalidField: a name that is taken or no slug, a short password, a role's wrong brands."""
    if (role is Role.BRAND_OWNER) != bool(brands):
        raise InvalidField(
            f"brands {', '.join(sorted(brands)) or 'are missing'}: a brand owner, and no other, has some"
        )
    if role is Role.PIPELINE:
        raise InvalidField("a pipeline is no person: make it a key with `markscan keys create`")
    slugs = frozenset(fields.slug(brand) for brand in brands)
    made = User(fields.slug(name), _hashed(password), role, slugs, now, None)
    with database.write(now) as write:
        if fetch(write.connection, User, select(users).where(users.c.user_id == made.user_id)):
            raise InvalidField(f"{name!r} is taken: choose another name")
        values = {field: getattr(made, field) for field in User.__dataclass_fields__}
        write.connection.execute(users.insert().values(**values))
        write.note("person added", made.user_id, {"role": role, "brands": sorted(slugs)})
    return made


def list_users(database: Database) -> tuple[User, ...]:
    """All that ever were, by name."""
    with database.read() as connection:
        return fetch(connection, User, select(users).order_by(users.c.user_id))


def set_password(database: Database, name: str, password: str, now: datetime) -> None:
    """Give somebody another password, and end all their sessions. UnknownRecord: there is nobody of this name."""
    hashed = _hashed(password)
    with database.write(now) as write:
        mine = users.update().where(users.c.user_id == name)
        if not write.connection.execute(mine.values(password_hash=hashed)).rowcount:
            raise UnknownRecord(f"nobody is called {name!r}: `markscan users list` shows who is")
        write.connection.execute(sessions.delete().where(sessions.c.user_id == name))
        write.note("password changed", name, {})


def disable_user(database: Database, name: str, now: datetime) -> User:
    """Let somebody log in no more, and end all their sessions. UnknownRecord: there is nobody of this name."""
    with database.write(now) as write:
        found = fetch(write.connection, User, select(users).where(users.c.user_id == name))
        if not found:
            raise UnknownRecord(f"nobody is called {name!r}: `markscan users list` shows who is")
        write.connection.execute(sessions.delete().where(sessions.c.user_id == name))
        if found[0].disabled_at is None:
            write.connection.execute(users.update().where(users.c.user_id == name).values(disabled_at=now))
            write.note("person disabled", name, {})
            return replace(found[0], disabled_at=now)
        return found[0]


def log_in(database: Database, name: str, password: str, now: datetime) -> str | None:
    """The token of a new session; None: name or password is wrong, and it takes as long to say so."""
    with database.read() as connection:
        found = fetch(connection, User, select(users).where(users.c.user_id == name))
    known = found[0] if found and found[0].disabled_at is None else None
    try:
        _HASHER.verify(_nobody() if known is None else known.password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    if known is None:
        return None
    token = secrets.token_urlsafe(32)
    made = Session(digest(token), known.user_id, now, now)
    with database.write(now) as write:
        write.connection.execute(sessions.delete().where(sessions.c.begun_at < now - LONGEST))
        values = {field: getattr(made, field) for field in Session.__dataclass_fields__}
        write.connection.execute(sessions.insert().values(**values))
        write.note("logged in", known.user_id, {})
    return token


def log_out(database: Database, token: str, now: datetime) -> None:
    """End a session, if it is one."""
    with database.write(now) as write:
        write.connection.execute(sessions.delete().where(sessions.c.token_sha256 == digest(token)))


def who(database: Database, token: str, now: datetime) -> User | None:
    """Whose session this is the token of; None: of nobody's, or it is over."""
    query = (
        select(users, sessions.c.seen_at)
        .join(sessions, sessions.c.user_id == users.c.user_id)
        .where(
            sessions.c.token_sha256 == digest(token),
            sessions.c.begun_at > now - LONGEST,
            sessions.c.seen_at > now - IDLE,
            users.c.disabled_at.is_(None),
        )
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - FRESH:
        with database.write(now) as write:
            mine = sessions.update().where(sessions.c.token_sha256 == digest(token))
            write.connection.execute(mine.values(seen_at=now))
    return User(**{field: getattr(row, field) for field in User.__dataclass_fields__})


def digest(token: str) -> str:
    """As a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _nobody() -> str:
    """What the password of an unknown name is compared with: an answer as slow as any."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def _hashed(password: str) -> str:
    if not LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidField(f"the password is {len(password)} characters long: {LEAST_PASSWORD} to {LONGEST_PASSWORD}")
    return _HASHER.hash(password)
