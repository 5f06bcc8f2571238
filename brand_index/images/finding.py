"""Finds the images among the files and folders that somebody names; it decodes none."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from brand_index.images.formats import name_of_unread, recognize

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff"}
    | {".heic", ".heif", ".mpo", ".jp2", ".jxl", ".psd"}
)
_FIRST_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class FoundImage:
    """A file to scan."""

    path: Path
    inside: PurePath  # its path below the given folder; of a file that was given itself, its name


def find_images(paths: Iterable[Path]) -> Iterator[FoundImage]:
    """The files among `paths`, and all images in the folders among them, sorted.

    A file in a folder is an image by its suffix, so that a broken one is reported, or by its first bytes. Links are
    followed, and each folder is walked once.
    """
    for path in paths:
        if not path.is_dir():
            yield FoundImage(path, PurePath(path.name))
            continue
        walked: set[str] = set()
        for folder, folders, names in os.walk(path, followlinks=True):
            real = os.path.realpath(folder)
            if real in walked:
                folders.clear()
                continue
            walked.add(real)
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                if _may_be_image(file):
                    yield FoundImage(file, file.relative_to(path))


def _may_be_image(file: Path) -> bool:
    if file.suffix.lower() in SUFFIXES:
        return True
    try:
        if not file.is_file():
            return False
        with file.open("rb") as opened:
            start = opened.read(_FIRST_BYTES)
    except OSError:
        return False
    return recognize(start) is not None and name_of_unread(start) is None
