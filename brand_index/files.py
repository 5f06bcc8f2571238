"""Writes files atomically, and reads them back as they were recorded, whatever their content."""

import contextlib
import errno
import hashlib
import logging
import os
import stat
import uuid
from collections.abc import Callable, Container, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Final

from brand_index.errors import FileAltered, RegistryError

MAX_RECORDED: Final = 2**30  # bytes of a kept file: what is longer was never written by this program
OF_THE_DISK: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EIO})
"""Errors of a disk, which writing meets without naming the file."""
_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})  # of this machine, not of the file
SYNCED_AT_ONCE: Final = 8  # files
_log = logging.getLogger(__name__)


def keep(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file completely or not at all, even if the power fails.

    An existing file with these bytes stays as it is. `mode`: who may do what with it, less what the process's mask
    takes away. Raises RegistryError.
    """
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    with staged([(path, data)], mode=mode) as put_in_place:
        put_in_place()


@contextlib.contextmanager
def staged(files: Iterable[tuple[Path, bytes]], *, mode: int = 0o666) -> Iterator[Callable[[], None]]:
    """Write files under other names beside where they belong; what the block calls puts all of them there.

    Those that are not put in place are deleted in the end. After a crash they stay, with names that begin with a dot.
    Raises RegistryError.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, data in files:
            with _plain_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                waiting[path] = path.with_name(f".{uuid.uuid4().hex}.part")
                _write(waiting[path], data, mode)

        def put_in_place() -> None:
            for path, unfinished in waiting.items():
                with _plain_errors(path):
                    unfinished.replace(path)
            for folder in {path.parent for path in waiting}:
                _sync(folder)

        yield put_in_place
    finally:
        for unfinished in waiting.values():
            with contextlib.suppress(OSError):  # it is in place, or may not exist yet
                unfinished.unlink()


def sync_files(paths: Iterable[Path]) -> None:
    """Return once the disk has the files, several at once: it makes them last in about the time of one.

    Raises OSError.
    """
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:
        list(threads.map(_sync_file, paths))


def sweep(folder: Path, kept: Container[Path], before: datetime) -> None:
    """Delete the files in the folders of a folder that are not `kept`, unless they were written after `before`."""
    for path in folder.glob("*/*"):
        try:
            if path not in kept and path.stat().st_mtime < before.timestamp():
                path.unlink()
        except FileNotFoundError:
            pass  # another process sweeps, too
        except OSError as error:  # such as a folder that somebody made: the others are deleted all the same
            _log.warning("%s does not belong there and cannot be deleted: %s", path, error.strerror)


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode), "wb"
    ) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextlib.contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RegistryError(f"{path} cannot be written: {error.strerror}; make room or check permissions") from error


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file to read it, also through links.

    Raises OSError for anything else, and at once: a FIFO would keep its reader waiting, and a device may have no end.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        mode = os.fstat(descriptor).st_mode  # of what was opened: the path may change meanwhile
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def file_sha256(path: Path) -> str | None:
    """The SHA-256 of a file of any size, in hexadecimal; None: it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def read_regular(path: Path, most: int = MAX_RECORDED) -> bytes:
    """The bytes of a regular file. Raises OSError, also for over `most` bytes."""
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"over {most:,} bytes", str(path))
    return data


def read_recorded(path: Path, sha256: str) -> bytes | None:
    """The bytes of a kept file; None: it is gone, or its place is a folder's.

    Raises FileAltered unless it is a regular file that can be read and has the recorded SHA-256 (hex).
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_RECORDED:
                raise FileAltered(path, sha256, f"it has {size:,} bytes")
            data = file.read(size + 1)  # no more, should it grow meanwhile
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):  # somebody put a folder there
        return None
    except OSError as error:
        if error.errno in _SHORTAGES:
            raise
        raise FileAltered(path, sha256, f"it cannot be read ({error.strerror})") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise FileAltered(path, sha256, f"its SHA-256 is {found}")
    return data
