"""Images in an object store, by address (s3://, gs://, abfs://): listed and read through fsspec, not decoded."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from brand_index.errors import UnreadableFile, UsageError
from brand_index.images.finding import SUFFIXES, Empty, Found, PassedOver
from brand_index.images.left_behind import is_left_behind
from brand_index.images.listed import FoundImage
from brand_index.limits import Limits
from brand_index.object_stores import StoreUnusable, changed_of, is_address, opened, reason_of


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An object that is or claims to be an image."""

    uri: str
    inside: PurePath  # as of FoundImage
    listed_as: tuple[int, int] | None = field(default=None, compare=False)  # its stamp; None: a table names it

    @property
    def name(self) -> str:
        """Its address."""
        return self.uri

    @property
    def names(self) -> tuple[str, ...]:
        """As the protocol says: its address first, which no other image has."""
        return self.uri, self.inside.as_posix(), self.inside.name

    @property
    def folders(self) -> tuple[str, ...]:
        """As the protocol says, though they are but the beginnings of its address."""
        parts = self.uri.split("/")
        return tuple("/".join(parts[:count]) for count in range(len(parts) - 1, 2, -1))

    @property
    def fault(self) -> None:
        """None: what cannot be read shows when it is read."""
        return None

    @property
    def is_folder(self) -> bool:
        """False: folders are not listed."""
        return False

    def read(self, limits: Limits) -> bytes:
        """As the protocol says; of an object over the limit as much as shows that."""
        try:
            files, path = opened(self.uri)
            size = int(files.info(path)["size"]) if self.listed_as is None else self.listed_as[0]
            end = limits.max_bytes + 1 if size > limits.max_bytes else None
            return bytes(files.cat_file(path, end=end))
        except UsageError:
            raise
        except Exception as error:  # each store has errors of its own
            advice = "check that it exists and who may read it"
            raise UnreadableFile(f"{self.uri}: cannot be read ({reason_of(error)}); {advice}") from error

    def sha256(self) -> str | None:
        """As the protocol says."""
        try:
            files, path = opened(self.uri)
            with files.open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except Exception:  # as above
            return None

    def stamp(self) -> tuple[int, int] | None:
        """As the protocol says: as the store listed it, without another call."""
        return self.listed_as

    def is_still(self, stamp: tuple[int, int] | None, sha256: str | None) -> bool:
        """As the protocol says. What a table names is taken not to change: asking for each would take a day."""
        if self.listed_as is None:
            return True
        return stamp == self.listed_as or self.sha256() == sha256


def image_named(name: str, inside: str | None = None) -> FoundImage | RemoteImage:
    """The image that a row calls `name`; `inside` as of FoundImage, None: its file name."""
    if is_address(name):
        return RemoteImage(name, PurePosixPath(inside or PurePosixPath(name).name))
    path = Path(name)
    return FoundImage(path, PurePath(inside or path.name))


def find_remote(uris: Sequence[str]) -> Found[RemoteImage]:
    """The images at these addresses: of objects, folders (prefixes) and globs such as s3://bucket/2026-*/*.jpg.

    An object in a folder is an image by its suffix: none is opened to see. Raises StoreUnusable.
    """
    images: dict[str, RemoteImage] = {}
    empty: list[Empty] = []
    passed = PassedOver()
    for uri in uris:
        files, path = opened(uri)
        try:
            found, top = _objects(files, path)
        except Exception as error:  # each store has errors of its own
            advice = "check the address and who may list it"
            raise StoreUnusable(f"{uri}: cannot be listed ({reason_of(error)}); {advice}") from error
        of_uri = [image for each in found if (image := _image(files, each, top, passed)) is not None]
        if not of_uri:
            empty.append(Empty(uri, "holds no image" if found else "is not there"))
        passed.repeated += [each.uri for each in of_uri if each.uri in images]
        images |= {each.uri: each for each in of_uri}
    return Found(tuple(images.values()), tuple(empty), passed)


def _objects(files: Any, path: str) -> tuple[list[dict[str, Any]], str]:
    """What fsspec says of the objects at a path, sorted, and the folder that their names are taken below."""
    if any(sign in path for sign in "*?["):
        found = files.glob(path, detail=True)
        fixed = path[: min(path.find(sign) for sign in "*?[" if sign in path)]
        top = fixed.rpartition("/")[0]
    else:
        found, top = files.find(path, detail=True), path.rstrip("/")
    return [found[key] for key in sorted(found) if found[key]["type"] == "file"], top


def _image(files: Any, about: dict[str, Any], top: str, passed: PassedOver) -> RemoteImage | None:
    """The image that an object is by its name; None: it is counted as passed over."""
    name = str(about["name"])
    file, suffix = PurePosixPath(name).name, PurePosixPath(name).suffix.lower()
    if is_left_behind(file):
        passed.left_behind.append(file)
        return None
    if suffix not in SUFFIXES and name != top:
        passed.others[suffix] += 1
        return None
    inside = name.removeprefix(top).lstrip("/") or file
    changed = _nanoseconds(about)
    return RemoteImage(files.unstrip_protocol(name), PurePosixPath(inside), listed_as=(int(about["size"]), changed))


def _nanoseconds(about: dict[str, Any]) -> int:
    """A time of change; 0: the store says none, and the size alone tells. Objects have it by the second."""
    moment = changed_of(about)
    if moment is None:
        return 0
    return int(moment * 10**9)
