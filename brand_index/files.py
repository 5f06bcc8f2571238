"""Writes files atomically, and reads them back as they were recorded, whatever their content."""

import contextlib
import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from brand_index.errors import FileAltered, RegistryError

_log = logging.getLogger(__name__)


def keep(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file completely or not at all, even if the power fails.

    An existing file with these bytes stays as it is. `mode`: who may do what with it, less what the process's mask
    takes away. Raises RegistryError.
    """
    if path.exists() and path.stat().st_size == len(data) and path.read_bytes() == data:
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


def read_recorded(path: Path, sha256: str) -> bytes | None:
    """The bytes of a kept file; None: it is gone. Raises FileAltered unless they have the recorded SHA-256 (hex)."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):  # somebody put something else there
        return None
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise FileAltered(path, sha256, found)
    return data
