"""Checkpoints: signed statements that the audit log had so many events, and what the digest of the last was.

Kept where nobody can change them, they show that events at the end of the log were deleted, or all of it rewritten.
Signatures are Ed25519 (RFC 8032), so that anybody who knows the public key can check them.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from brand_index.errors import RegistryError
from brand_index.files import open_regular

TYPE: Final = "audit.checkpoint"  # of the message, and of each line of a file
LONGEST_LINE: Final = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the audit log was at a moment."""

    event_id: int  # of the last event
    digest: str  # of that event
    at: datetime  # UTC
    public_key: str  # that checks the signature, in hexadecimal
    signature: str  # likewise

    def to_json(self) -> str:
        """One line."""
        return json.dumps({**_content(self), "signature": self.signature}, sort_keys=True)

    def is_signed(self) -> bool:
        """Whether the signature is of this checkpoint and by its public key."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
            key.verify(bytes.fromhex(self.signature), _signed_bytes(self))
        except (InvalidSignature, ValueError):
            return False
        return True


def sign(event_id: int, digest: str, at: datetime, secret: bytes) -> Checkpoint:
    """The checkpoint of an event, signed with a key that is derived from the store's secret."""
    unsigned = Checkpoint(event_id, digest, at, public_key(secret), "")
    return Checkpoint(event_id, digest, at, unsigned.public_key, _key(secret).sign(_signed_bytes(unsigned)).hex())


def public_key(secret: bytes) -> str:
    """The public key of a store with this secret, in hexadecimal."""
    return _key(secret).public_key().public_bytes_raw().hex()


def read_checkpoint(line: str | bytes) -> Checkpoint:
    """The checkpoint on a line. Raises ValueError."""
    try:
        found = json.loads(line)
        if found["type"] != TYPE:
            raise ValueError(f"its type is {found['type']!r}")
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        texts = [str(found[name]) for name in ("digest", "public_key", "signature")]
        return Checkpoint(int(found["event_id"]), texts[0], at, *texts[1:])
    except (LookupError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"it lacks a field ({error})") from error


def append_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Add a line to a file of checkpoints; a line that a crash left unfinished goes. Raises RegistryError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            end = _end_of_whole_lines(file)
            file.truncate(end)
            try:
                file.write(checkpoint.to_json().encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
    except OSError as error:
        raise RegistryError(f"{path} cannot be written: {error.strerror}; make room or check permissions") from error


def read_checkpoints(path: Path) -> Iterator[tuple[int, Checkpoint | None]]:
    """The number of each line of a file, with its checkpoint; None: it is none. A missing file has no lines.

    Raises RegistryError.
    """
    try:
        with open_regular(path) as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
                try:
                    yield number, read_checkpoint(line)
                except ValueError:
                    if line.endswith(b"\n"):  # else a crash left it unfinished
                        yield number, None
    except FileNotFoundError:
        return
    except OSError as error:
        raise RegistryError(f"{path} cannot be read: {error.strerror}") from error


def _end_of_whole_lines(file: Any) -> int:
    """The length of a file without an unfinished last line."""
    length = int(file.seek(0, os.SEEK_END))
    start = max(0, length - LONGEST_LINE)
    file.seek(start)
    tail: bytes = file.read()
    return start + tail.rfind(b"\n") + 1 if tail else length


def _key(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.new(secret, TYPE.encode(), hashlib.sha256).digest())


def _signed_bytes(checkpoint: Checkpoint) -> bytes:
    return json.dumps(_content(checkpoint), sort_keys=True).encode("ascii")


def _content(checkpoint: Checkpoint) -> dict[str, str | int]:
    return {
        "type": TYPE,
        "event_id": checkpoint.event_id,
        "digest": checkpoint.digest,
        "at": checkpoint.at.astimezone(UTC).isoformat(),
        "public_key": checkpoint.public_key,
    }
