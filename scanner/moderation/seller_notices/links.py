"""Addresses of the sellers' pages, which nobody can guess, and the secret that makes them."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from brand_index.errors import RegistryError
from brand_index.registry.database import Database
from brand_index.registry.schema import history
from brand_index.store import Store

PAGE: Final = "/appeal"
CHECKPOINT_MADE: Final = "checkpoint made"
SIGNED: Final = ("seller notice sent", "notice sent", CHECKPOINT_MADE)  # events; format 1 of the store wrote the second
_BYTES: Final = 32
_DIGITS: Final = 40  # of the signature in an address: 160 bits
_ID_LENGTH: Final = 32  # characters of a seller notice's id


def read_secret(store: Store, database: Database) -> bytes:
    """The secret of the store, made at the first call. Raises RegistryError when it can't be read or made.

    Keep the file with the store. With another secret, the addresses that sellers have stop working, and the public ids
    of statements no longer lead to their cases. So one that is lost or damaged is made anew only where nothing was
    signed with it.
    """
    if len(secret := _read(store)) == _BYTES:
        return secret
    with database.write(datetime.now(UTC)) as write:  # one process at a time
        if len(secret := _read(store)) == _BYTES:
            return secret
        signed = select(history.c.event_id).where(history.c.what.in_(SIGNED)).limit(1)
        if write.connection.execute(signed).first() is not None:
            raise RegistryError(
                f"{store.place_of(store.secret)} is missing or damaged ({len(secret)} bytes instead of {_BYTES}), and "
                "seller notices or checkpoints were signed with it: restore the file from a backup. If it is lost for "
                f"good, put {_BYTES} new random bytes there; then the addresses that sellers have stop working, "
                "and earlier checkpoints are named as signed with another key"
            )
        secret = secrets.token_bytes(_BYTES)
        store.keep(store.secret, secret, mode=0o600)
    return secret


def _read(store: Store) -> bytes:
    """The bytes of the file; none where there is no file."""
    try:
        return store.read(store.secret) or b""
    except OSError as error:
        raise RegistryError(f"{store.secret} cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads the addresses of sellers' pages; without the secret nobody can make one."""

    secret: bytes
    site: str | None  # where sellers reach the service, such as https://ip.example; None: unknown

    def path(self, seller_notice_id: str) -> str:
        """The path of a seller notice's page."""
        return f"{PAGE}/{seller_notice_id}{self._signature(seller_notice_id)}"

    def address(self, seller_notice_id: str) -> str | None:
        """The full address for the seller; None: the settings do not say where sellers reach the service."""
        return None if self.site is None else f"{self.site.rstrip('/')}{self.path(seller_notice_id)}"

    def seller_notice(self, token: str) -> str | None:
        """The id of the seller notice that the last part of a path is for; None: for none. Takes constant time."""
        seller_notice_id, signature = token[:_ID_LENGTH], token[_ID_LENGTH:]
        right = hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(seller_notice_id).encode())
        return seller_notice_id if right else None

    def _signature(self, seller_notice_id: str) -> str:
        # Format 1 of the store called seller notices so; the addresses that sellers have must keep working.
        message = b"notice " + seller_notice_id.encode("utf-8", "replace")
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()[:_DIGITS]
