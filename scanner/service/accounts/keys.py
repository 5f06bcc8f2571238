"""API keys: shown once, stored as a digest, compared in constant time. Rights of roles are elsewhere."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database, fetch
from scanner.service.accounts.roles import Role
from scanner.service.accounts.tables import api_keys

_PREFIX: Final = "mk"  # so that scanners recognise a leaked key
_ID_BYTES, _SECRET_BYTES = 6, 32
_FORM: Final = re.compile(rf"{_PREFIX}_([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{43}})", re.ASCII)
_DUMMY_DIGEST: Final = hashlib.sha256(b"").hexdigest()  # compared with an unknown key


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    key_id: str
    name: str  # a label for people
    role: Role
    brands: frozenset[str]  # slugs, for a brand owner; empty for other roles
    secret_sha256: str
    calls_a_minute: int | None  # None: the service's default
    created_at: datetime  # UTC
    revoked_at: datetime | None  # None: valid

    @property
    def actor(self) -> str:
        """The name in the audit log."""
        return f"key {self.key_id} ({self.name})"


def create_key(
    database: Database,
    *,
    role: Role,
    name: str,
    brands: frozenset[str] = frozenset(),
    calls_a_minute: int | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Create a key. Returns it with the text that its bearer sends, which is stored nowhere.

    `brands`: for a brand owner, registered or not. Raises InvalidField.
    """
    if (role is Role.BRAND_OWNER) != bool(brands):
        raise InvalidField(
            f"brands {', '.join(sorted(brands)) or 'are missing'}: only a brand owner's key has brands, one or more"
        )
    if calls_a_minute is not None and calls_a_minute < 1:
        raise InvalidField(f"{calls_a_minute} calls a minute: give 1 or more, or leave it out")
    slugs = frozenset(fields.slug(brand) for brand in brands)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key = ApiKey(
        key_id=secrets.token_hex(_ID_BYTES),
        name=fields.words("name", name),
        role=role,
        brands=slugs,
        secret_sha256=_digest(secret),
        calls_a_minute=calls_a_minute,
        created_at=now,
        revoked_at=None,
    )
    with database.write(now) as write:
        values = {name: getattr(key, name) for name in ApiKey.__dataclass_fields__}
        write.add(api_keys, values)
        write.note("key created", key.key_id, {"name": key.name, "role": key.role.value, "brands": sorted(slugs)})
    return key, f"{_PREFIX}_{key.key_id}_{secret}"


def list_keys(database: Database) -> tuple[ApiKey, ...]:
    """All keys, the oldest first, revoked ones included."""
    with database.read() as connection:
        return fetch(connection, ApiKey, select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id))


def namesakes(database: Database, key: ApiKey) -> frozenset[str]:
    """The ids of the keys with the role and the name of a key, revoked ones too: those that it replaced, and itself."""
    same = (api_keys.c.role == key.role) & (api_keys.c.name == key.name)
    with database.read() as connection:
        return frozenset(connection.execute(select(api_keys.c.key_id).where(same)).scalars())


def revoke_key(database: Database, key_id: str, now: datetime) -> ApiKey:
    """Revoke a key; it is refused from the next call on. Raises UnknownRecord for an unknown id."""
    with database.write(now) as write:
        found = fetch(write.connection, ApiKey, select(api_keys).where(api_keys.c.key_id == key_id))
        if not found:
            raise UnknownRecord(f"there is no key {key_id!r}: `markscan keys list` shows all")
        if found[0].revoked_at is not None:
            return found[0]
        write.update(api_keys, api_keys.c.key_id == key_id, {"revoked_at": now})
        write.note("key revoked", key_id, {})
        return replace(found[0], revoked_at=now)


def bearer(database: Database, text: str) -> ApiKey | None:
    """The valid key of a bearer text; None: there is none. Takes the same time for any text that looks like a key."""
    if (parts := _FORM.fullmatch(text)) is None:
        return None  # no text that a caller makes up reaches the database
    key_id, secret = parts.groups()
    with database.read() as connection:
        found = fetch(connection, ApiKey, select(api_keys).where(api_keys.c.key_id == key_id))
    key = found[0] if found else None
    matches = hmac.compare_digest(_digest(secret), _DUMMY_DIGEST if key is None else key.secret_sha256)
    in_force = key is not None and key.revoked_at is None
    return key if matches and in_force else None


def _digest(secret: str) -> str:
    # The secret has 256 random bits, so a fast digest makes no guess feasible.
    return hashlib.sha256(secret.encode()).hexdigest()
