"""Object stores (s3://, gs://, abfs://) by address: opened, listed, read and written through fsspec."""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from brand_index.errors import UsageError
from brand_index.files import keep

_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]+://", re.ASCII)  # two letters at least: c:// is a drive
# Of file systems of fsspec that are object stores, or stand for one. Others fetch from any host that an address names.
SCHEMES: Final = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "file", "memory"})
_CHANGED: Final = ("LastModified", "last_modified", "updated", "mtime", "created")  # as file systems of fsspec call it


class StoreUnusable(UsageError):
    """An object store that cannot be reached, listed or written, or whose package is not installed."""

    code = "store_unusable"


def is_address(text: str) -> bool:
    """Whether a text is the address of an object store, and no path."""
    return _ADDRESS.match(text) is not None


def check_address(uri: str) -> None:
    """Raises StoreUnusable for an address that is not of an object store: a table must not choose hosts to ask."""
    scheme = uri.partition("://")[0]
    if is_address(uri) and (scheme not in SCHEMES or "::" in uri):  # fsspec chains addresses by two colons
        raise StoreUnusable(f"{uri}: is no address of an object store; there are {', '.join(sorted(SCHEMES))}")


def opened(uri: str, **options: Any) -> tuple[Any, str]:
    """The file system of fsspec that an address names, and the path in it. `options` of fsspec's.

    Raises StoreUnusable.
    """
    check_address(uri)
    try:
        import fsspec  # noqa: PLC0415 - of the extra cluster

        files, path = fsspec.core.url_to_fs(uri, **options)
    except ImportError as error:
        raise StoreUnusable(
            f"{uri}: {error}: pip install 'markscan[cluster]', and for stores other than S3 their package of fsspec"
        ) from error
    except ValueError as error:  # such as an unknown scheme
        raise StoreUnusable(f"{uri}: {error}; check the address") from error
    return files, str(path)


def reason_of(error: Exception) -> str:
    """What an error of a store says, in short."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def changed_of(about: dict[str, Any]) -> float | None:
    """When an object was last changed, as seconds, by what fsspec says of it; None: the store says nothing."""
    moment = next((about[key] for key in _CHANGED if key in about), None)
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        return float(round(moment.timestamp()))  # stores differ in what is below a second
    return float(moment) if isinstance(moment, int | float) else None


@dataclass(frozen=True, slots=True)
class ObjectFolder:
    """The objects below an address, by their names in it, such as `media/ab/abcdef….png`.

    An object is written whole or not at all. All methods raise StoreUnusable, which names the address, what the store
    says and what to do.
    """

    address: str  # without a slash at its end

    def read(self, name: str) -> bytes | None:
        """The bytes of an object; None: there is none of this name."""
        with self._plain_errors("read", name) as (files, path):
            try:
                return bytes(files.cat_file(f"{path}/{name}"))
            except FileNotFoundError:
                return None

    def has(self, name: str) -> bool:
        """Whether there is an object of this name."""
        with self._plain_errors("read", name) as (files, path):
            try:
                files.info(f"{path}/{name}")
            except FileNotFoundError:
                return False
            return True

    def write(self, name: str, data: bytes) -> None:
        """Write an object, in place of one of this name."""
        with self._plain_errors("written", name) as (files, path):
            if _is_local(files):
                keep(Path(path, name), data)
            else:
                files.pipe_file(f"{path}/{name}", data)

    def write_file(self, name: str, source: Path) -> None:
        """Write a file of this machine as an object."""
        with self._plain_errors("written", name) as (files, path):
            if _is_local(files):
                partial = Path(path, name).with_name(f".{uuid.uuid4().hex}.part")
                partial.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, partial)
                partial.replace(Path(path, name))
            else:
                files.put_file(str(source), f"{path}/{name}")

    def fetch(self, name: str, target: Path) -> bool:
        """Copy an object to a file of this machine; False: there is none of this name, and no file is left."""
        with self._plain_errors("read", name) as (files, path):
            try:
                files.get_file(f"{path}/{name}", str(target))
            except FileNotFoundError:
                target.unlink(missing_ok=True)
                return False
            return True

    def names(self, folder: str) -> dict[str, float | None]:
        """The names of all objects below a folder, with when each was changed, as `changed_of` says."""
        with self._plain_errors("listed", folder) as (files, path):
            found = files.find(f"{path}/{folder}", detail=True)
            return {each.removeprefix(f"{path}/"): changed_of(about) for each, about in found.items()}

    def remove(self, name: str) -> None:
        """Delete an object, if there is one."""
        with self._plain_errors("deleted", name) as (files, path), contextlib.suppress(FileNotFoundError):
            files.rm_file(f"{path}/{name}")

    def clear(self, *, last: str = "") -> None:
        """Delete all objects below the address, and the one with the name `last` after all others."""
        with self._plain_errors("deleted", "") as (files, path):
            for each in sorted(files.find(path), key=lambda found: found == f"{path}/{last}"):
                files.rm_file(each)
            if _is_local(files):
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def _plain_errors(self, what: str, name: str) -> Iterator[tuple[Any, str]]:
        # Without a cache of listings: other machines write, too.
        files, path = opened(self.address, use_listings_cache=False)
        try:
            yield files, path.rstrip("/")
        except Exception as error:  # each store has errors of its own
            advice = "check that the bucket is there, the name is spelled right, and the credentials may use it"
            raise StoreUnusable(f"{self.address}/{name} cannot be {what} ({reason_of(error)}); {advice}") from error


def _is_local(files: Any) -> bool:
    protocol = files.protocol
    return "file" in ((protocol,) if isinstance(protocol, str) else protocol)
