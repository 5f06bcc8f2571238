"""Users of the console: passwords as argon2 digests, and sessions. Rights of roles are elsewhere."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, select, true

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database, Write, fetch
from scanner.service.accounts.passwords import LONGEST_PASSWORD, check_password
from scanner.service.accounts.roles import Role
from scanner.service.accounts.tables import sessions, users

IDLE: Final = timedelta(hours=2)  # an unused session ends after this time
LONGEST: Final = timedelta(hours=12)  # any session ends after this time
FRESH: Final = timedelta(minutes=1)  # how often the use of a session is recorded, at most
_HASHER: Final = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low memory)


@dataclass(frozen=True, slots=True)
class User:
    """A user account."""

    user_id: str  # the log-in name
    password_hash: str
    role: Role
    brands: frozenset[str]  # slugs, for a brand owner; empty for other roles
    created_at: datetime  # UTC
    disabled_at: datetime | None  # None: enabled

    @property
    def actor(self) -> str:
        """The name in the audit log."""
        return f"user {self.user_id}"


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in session."""

    token_sha256: str
    user_id: str
    begun_at: datetime  # UTC
    seen_at: datetime


def add_user(
    database: Database, name: str, password: str, role: Role, now: datetime, *, brands: frozenset[str] = frozenset()
) -> User:
    """Add a user. Raises InvalidField for a name that is taken or malformed, a weak password, or wrong brands."""
    if (role is Role.BRAND_OWNER) != bool(brands):
        raise InvalidField(
            f"brands {', '.join(sorted(brands)) or 'are missing'}: only a brand owner has brands, one or more"
        )
    if role is Role.PIPELINE:
        raise InvalidField("a pipeline needs no user account: create an API key with `markscan keys create`")
    slugs = frozenset(fields.slug(brand) for brand in brands)
    check_password(password, (fields.slug(name, "user name"), *slugs))
    user = User(name, _HASHER.hash(password), role, slugs, now, None)
    with database.write(now) as write:
        if fetch(write.connection, User, select(users).where(users.c.user_id == user.user_id)):
            raise InvalidField(f"the name {name!r} is taken: choose another")
        values = {field: getattr(user, field) for field in User.__dataclass_fields__}
        write.add(users, values)
        write.note("user added", user.user_id, {"role": role, "brands": sorted(slugs)})
    return user


def list_users(database: Database) -> tuple[User, ...]:
    """All users by name, disabled ones included."""
    with database.read() as connection:
        return fetch(connection, User, select(users).order_by(users.c.user_id))


def set_password(database: Database, name: str, password: str, now: datetime, *, keep: str | None = None) -> None:
    """Set a new password and end all sessions of a user, except that of the token `keep`.

    Raises UnknownRecord for an unknown name, InvalidField for a weak password.
    """
    with database.read() as connection:
        user = _user_of(connection, name)
    check_password(password, (name, *user.brands))
    hashed = _HASHER.hash(password)
    with database.write(now) as write:
        write.update(users, users.c.user_id == name, {"password_hash": hashed})
        _end_sessions(write, name, keep)
        write.note("password changed", name, {})


def set_brands(database: Database, name: str, brands: frozenset[str], now: datetime) -> User:
    """Set which brands a brand owner has. Raises UnknownRecord for an unknown name, InvalidField for another role."""
    slugs = frozenset(fields.slug(brand) for brand in brands)
    with database.write(now) as write:
        user = _user_of(write.connection, name)
        if user.role is not Role.BRAND_OWNER or not slugs:
            raise InvalidField(f"{name} has role {user.role.value}: only a brand owner has brands, one or more")
        if slugs != user.brands:
            write.update(users, users.c.user_id == name, {"brands": slugs})
            write.note("brands of a user changed", name, {"brands": sorted(slugs), "earlier": sorted(user.brands)})
        return replace(user, brands=slugs)


def disable_user(database: Database, name: str, now: datetime) -> User:
    """Disable a user and end all its sessions. Raises UnknownRecord for an unknown name."""
    with database.write(now) as write:
        user = _user_of(write.connection, name)
        _end_sessions(write, name)
        if user.disabled_at is None:
            write.update(users, users.c.user_id == name, {"disabled_at": now})
            write.note("user disabled", name, {})
            return replace(user, disabled_at=now)
        return user


def log_in(database: Database, name: str, password: str, now: datetime) -> str | None:
    """The token of a new session; None: name or password is wrong. Both take the same time, a tenth of a second."""
    user = _enabled(database, name)
    right = _is_right(_dummy_hash() if user is None else user.password_hash, password)
    if user is None or not right:
        return None
    token = secrets.token_urlsafe(32)
    session = Session(digest(token), user.user_id, now, now)
    with database.write(now) as write:
        # Meanwhile the user may have been disabled, or the password changed because somebody knows it.
        still = fetch(write.connection, User, select(users).where(users.c.user_id == user.user_id))
        if [(each.password_hash, each.disabled_at) for each in still] != [(user.password_hash, None)]:
            return None
        write.delete(sessions, sessions.c.begun_at < now - LONGEST)
        values = {field: getattr(session, field) for field in Session.__dataclass_fields__}
        write.add(sessions, values)
        write.note("logged in", user.user_id, {})
    return token


def log_out(database: Database, token: str, now: datetime) -> None:
    """End a session, if it exists."""
    with database.write(now) as write:
        mine = sessions.c.token_sha256 == digest(token)
        for session in fetch(write.connection, Session, select(sessions).where(mine)):
            write.delete(sessions, mine)
            write.note("logged out", session.user_id, {})


def sessions_of(database: Database, name: str, now: datetime) -> tuple[Session, ...]:
    """The sessions of a user that have not ended, the last used first."""
    mine = select(sessions).where(sessions.c.user_id == name, *_going_on(now))
    with database.read() as connection:
        return fetch(connection, Session, mine.order_by(sessions.c.seen_at.desc()))


def end_sessions(database: Database, name: str | None, now: datetime, *, keep: str | None = None) -> int:
    """End all sessions of a user, or of everybody (None), except that of the token `keep`. Returns how many.

    Raises UnknownRecord for an unknown name.
    """
    with database.write(now) as write:
        if name is not None:
            _user_of(write.connection, name)
        ended = _end_sessions(write, name, keep)
        write.note("sessions ended", "everybody" if name is None else name, {"sessions": ended})
        return ended


def user_of_session(database: Database, token: str, now: datetime) -> User | None:
    """The user whose session a token belongs to; None: there is none, or it has ended."""
    query = (
        select(users, sessions.c.seen_at)
        .join(sessions, sessions.c.user_id == users.c.user_id)
        .where(sessions.c.token_sha256 == digest(token), *_going_on(now), users.c.disabled_at.is_(None))
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.seen_at < now - FRESH:
        with database.write(now) as write:
            write.update(sessions, sessions.c.token_sha256 == digest(token), {"seen_at": now})
    return User(**{field: getattr(row, field) for field in User.__dataclass_fields__})


def digest(token: str) -> str:
    """A token as it is stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _going_on(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return sessions.c.begun_at > now - LONGEST, sessions.c.seen_at > now - IDLE


def _user_of(connection: Connection, name: str) -> User:
    found = fetch(connection, User, select(users).where(users.c.user_id == name))
    if not found:
        raise UnknownRecord(f"there is no user {name!r}: `markscan users list` shows all")
    return found[0]


def _end_sessions(write: Write, name: str | None, keep: str | None = None) -> int:
    mine = true() if name is None else sessions.c.user_id == name
    return write.delete(sessions, mine if keep is None else mine & (sessions.c.token_sha256 != digest(keep)))


def _enabled(database: Database, name: str) -> User | None:
    """The user with this name who may log in; None: there is none."""
    try:
        query = select(users).where(users.c.user_id == fields.slug(name), users.c.disabled_at.is_(None))
    except InvalidField:  # nobody has such a name, and a database need not take it
        return None
    with database.read() as connection:
        return next(iter(fetch(connection, User, query)), None)


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password[:LONGEST_PASSWORD]) and len(password) <= LONGEST_PASSWORD
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy_hash() -> str:
    """A hash for the password of an unknown name, so that the answer takes as long as any."""
    return _HASHER.hash(secrets.token_urlsafe(32))
