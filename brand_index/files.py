"""Files that must be there whole or not at all; what is in them is no matter here."""

import contextlib
import os
import uuid
from pathlib import Path

from brand_index.errors import RegistryError


def keep(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the power fails.

    One of the same size is taken for the same: names are of what is in it. Raises RegistryError.
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
        with contextlib.suppress(OSError):  # it may not even have been begun
            unfinished.unlink()
        raise RegistryError(f"{path} cannot be written: {error.strerror}; make room or give leave") from error
    if os.name == "posix":  # elsewhere a folder cannot be opened, and need not be
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
