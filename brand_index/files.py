"""Writes files atomically, whatever their content."""

import contextlib
import os
import uuid
from pathlib import Path

from brand_index.errors import RegistryError


def keep(path: Path, data: bytes) -> None:
    """Write a file completely or not at all, even if the power fails.

    An existing file of the same size is kept: files are named by their content. Raises RegistryError.
    """
    if path.exists() and path.stat().st_size == len(data):
        return
    unfinished = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # it may not exist yet
            unfinished.unlink()
        raise RegistryError(f"{path} cannot be written: {error.strerror}; make room or check permissions") from error
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
