"""An image that is to be scanned, and how its bytes are read; remote.py has those that lie in object stores."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from brand_index.errors import ImageError
from brand_index.files import file_sha256
from brand_index.images.decoding import read_bytes
from brand_index.limits import Limits


class ReadableImage(Protocol):
    """What a worker needs of an image."""

    @property
    def name(self) -> str:
        """What rows call it."""
        ...

    def read(self, limits: Limits) -> bytes:
        """Its bytes, within the limits. Raises ImageError."""
        ...

    def sha256(self) -> str | None:
        """Of its bytes, of any number, in hexadecimal; None: they cannot be read."""
        ...


class ListedImage(ReadableImage, Protocol):
    """An image of a scan."""

    @property
    def inside(self) -> PurePath:
        """Its path below the folder that was given; of an image that was given itself, its name."""
        ...

    @property
    def fault(self) -> str | None:
        """Why it must not be opened, or cannot, such as "a named pipe"; None: nothing is known."""
        ...

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder; True only with a fault."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """How a table of listings may call it, the likeliest first."""
        ...

    @property
    def folders(self) -> tuple[str, ...]:
        """The names that rows would have of the folders that hold it."""
        ...

    def stamp(self) -> tuple[int, int] | None:
        """Size in bytes and time of change in ns; None: unknown."""
        ...

    def is_still(self, stamp: tuple[int, int] | None, sha256: str | None) -> bool:
        """Whether it is what had this stamp and this SHA-256 (None: unknown) when it was scanned."""
        ...


@dataclass(frozen=True, slots=True)
class FoundImage:
    """A file that is or claims to be an image, or a folder that cannot be looked into."""

    path: Path
    inside: PurePath  # its path below the given folder; of a file that was given itself, its name
    named: bool = False  # whether it was given itself
    fault: str | None = None  # why it must not be opened, or cannot, such as "a named pipe"; None: nothing is known
    is_folder: bool = False  # True only with a fault

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    @property
    def names(self) -> tuple[str, ...]:
        """As the protocol says."""
        return self.inside.as_posix(), str(self.path), str(self.path.absolute()), self.inside.name

    @property
    def folders(self) -> tuple[str, ...]:
        """As the protocol says."""
        return tuple(map(str, self.path.parents))

    def read(self, limits: Limits) -> bytes:
        """As the protocol says."""
        return read_bytes(self.path, limits)

    def sha256(self) -> str | None:
        """As the protocol says."""
        return file_sha256(self.path)

    def stamp(self) -> tuple[int, int] | None:
        """As the protocol says."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def is_still(self, stamp: tuple[int, int] | None, sha256: str | None) -> bool:
        """As the protocol says."""
        return (stamp is not None and stamp == self.stamp()) or self.sha256() == sha256


@dataclass(frozen=True, slots=True)
class LoadedImage:
    """An image that was read ahead."""

    name: str
    content: bytes | ImageError  # ImageError: it cannot be read

    def read(self, limits: Limits) -> bytes:
        """As the protocol says; who decodes the bytes checks their number."""
        if isinstance(self.content, ImageError):
            raise self.content
        return self.content

    def sha256(self) -> str | None:
        """As the protocol says."""
        return None if isinstance(self.content, ImageError) else hashlib.sha256(self.content).hexdigest()
