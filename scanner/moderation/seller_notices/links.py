"""Addresses of the sellers' pages, which nobody can guess, and the secret that makes them."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from typing import Final

from brand_index.errors import RegistryError
from brand_index.store import Store

PAGE: Final = "/appeal"
_BYTES: Final = 32
_DIGITS: Final = 40  # of the signature in an address: 160 bits
_ID_LENGTH: Final = 32  # characters of a seller notice's id


def read_secret(store: Store) -> bytes:
    """The secret of the store, made at the first call. Raises RegistryError when it can't be read or made.

    Keep the file with the store. With another secret, the addresses that sellers have stop working, and the public ids
    of statements no longer lead to their cases.
    """
    path = store.secret
    try:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_BYTES))
                file.flush()
                os.fsync(file.fileno())
        secret = path.read_bytes()
    except OSError as error:
        raise RegistryError(f"{path} cannot be read or made: {error.strerror}") from error
    if len(secret) != _BYTES:
        raise RegistryError(f"{path} has {len(secret)} bytes and should have {_BYTES}: restore the file from a backup")
    return secret


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
