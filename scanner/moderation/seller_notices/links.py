"""The page of a notice, which whoever has its address may open; and the secret that such addresses are made with."""

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
_DIGITS: Final = 40  # of an address's proof: 160 bits
_ID_LENGTH: Final = 32  # characters of a notice's id


def read_secret(store: Store) -> bytes:
    """The store's secret, made when it is first asked for. Raises RegistryError: it can't be read or made.

    Keep the file with the store: with another, the addresses that sellers have and the public ids of statements are
    worth nothing.
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
        raise RegistryError(f"{path} has {len(secret)} bytes and should have {_BYTES}: bring back the one of before")
    return secret


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of notices; nobody can make one up without the secret."""

    secret: bytes
    site: str | None  # as sellers reach the service, such as https://ip.example; None: not said

    def path(self, seller_notice_id: str) -> str:
        """On the service itself."""
        return f"{PAGE}/{seller_notice_id}{self._proof(seller_notice_id)}"

    def address(self, seller_notice_id: str) -> str | None:
        """As a seller is told it; None: the settings don't say where sellers reach the service."""
        return None if self.site is None else f"{self.site.rstrip('/')}{self.path(seller_notice_id)}"

    def seller_notice(self, token: str) -> str | None:
        """The id of the notice that a page's last part is for; None: for none. Tells nothing by the time it takes."""
        seller_notice_id, proof = token[:_ID_LENGTH], token[_ID_LENGTH:]
        right = hmac.compare_digest(proof.encode("utf-8", "replace"), self._proof(seller_notice_id).encode())
        return seller_notice_id if right else None

    def _proof(self, seller_notice_id: str) -> str:
        told = b"notice " + seller_notice_id.encode("utf-8", "replace")
        return hmac.new(self.secret, told, hashlib.sha256).hexdigest()[:_DIGITS]
