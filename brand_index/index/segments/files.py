"""The files of a segment's folder and its own manifest, which says what they are; it opens no part."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from brand_index.errors import IndexDamaged
from brand_index.files import open_regular

FILES: Final = "segment.json"
SEGMENTS: Final = "segments"  # the folder beside the published ones
EMBEDDINGS: Final = "embeddings"  # name of the part
PHOTOS: Final = "photos"  # likewise
THUMBNAILS: Final = "thumbnails"  # name of the part
HUES_FILE: Final = "hues.npy"  # (R, HUES), in the catalog's order
TINTS_FILE: Final = "tints.npy"  # (R, TINTS, TINTS, 2), likewise
PLATES: Final = "plates"  # name of the part
GOODS: Final = "goods"  # name of the part
ASSESSMENTS: Final = "assessments.npy"  # (R, 8), likewise; NaN: a logo
WORDS: Final = "words"  # name of the part

Digests = dict[str, tuple[int, str]]
"""Bytes, and SHA-256 in hexadecimal, of the files in a folder."""


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """What a segment holds."""

    references: int  # with pixels, withdrawn ones too
    words: int
    files: Digests = field(default_factory=dict)  # all but this record's


def write_segment_files(folder: Path, record: SegmentFiles) -> None:
    """Write the record into a folder whose other files are complete, with their sizes and digests."""
    record = replace(record, files=digests_of(folder))
    (folder / FILES).write_text(json.dumps(asdict(record)), "utf-8")


def read_segment_files(folder: Path) -> SegmentFiles:
    """The record of a segment. Raises IndexDamaged."""
    path = folder / FILES
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return SegmentFiles(**record)
    except (OSError, ValueError, TypeError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def digests_of(folder: Path) -> Digests:
    """Those of all files of a folder."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    return {path.name: (path.stat().st_size, sha256_of(path)) for path in paths}


def check_sizes(folder: Path, files: Digests) -> None:
    """Raises IndexDamaged where a file is gone or of another size; that costs nothing, whatever the size."""
    for name, (size, _) in files.items():
        path = folder / name
        try:
            found = path.stat().st_size
        except OSError as error:
            raise IndexDamaged(path, f"cannot be read ({error.strerror})") from error
        if found != size:
            raise IndexDamaged(path, f"it has {found:,} bytes, and {size:,} were written")


def check_bytes(folder: Path, files: Digests) -> None:
    """Read all files and compare them with what was written. Raises IndexDamaged, naming one that differs."""
    check_sizes(folder, files)
    for name, (_, recorded) in files.items():
        path = folder / name
        try:
            found = sha256_of(path)
        except OSError as error:
            raise IndexDamaged(path, f"cannot be read ({error.strerror})") from error
        if found != recorded:
            raise IndexDamaged(path, "its bytes are not those that were written (the SHA-256 differs)")


def sha256_of(path: Path) -> str:
    """Raises OSError."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
