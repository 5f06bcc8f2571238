"""Recognizes what operating systems, network drives and Markscan leave beside images, by name; it opens nothing."""

import re
from typing import Final

# macOS (https://developer.apple.com/documentation/foundation, "AppleDouble" in RFC 1740), Windows, Synology and QNAP
# drives, and freedesktop's trash. Deleted files and thumbnails are no images of a listing.
_FOLDERS: Final = frozenset(
    {"__macosx", ".appledouble", ".spotlight-v100", ".fseventsd", ".temporaryitems", ".documentrevisions-v100"}
    | {".trashes", ".trash", "$recycle.bin", "system volume information", "lost+found"}
    | {"@eadir", "#recycle", "#snapshot", "@recycle", ".@__thumb", ".thumbnails"}
)
_FILES: Final = frozenset(
    {".ds_store", ".localized", "icon\r", "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"}
    | {".directory", ".nomedia", ".picasa.ini", "picasa.ini"}
)
RESULTS: Final = "verdicts.jsonl"  # a folder with this file holds results of a scan
_RESULT: Final = re.compile(r"(?:verdicts|report|unmatched|runs)(?:\.[1-9][0-9]*)?\.(?:jsonl|csv|html|json)", re.ASCII)
_APPLE_DOUBLE: Final = b"\0\5\x16\7"


def is_left_behind_folder(name: str) -> bool:
    """Whether a folder of this name holds thumbnails, deleted files or notes of a system."""
    return name.lower() in _FOLDERS or name.startswith(".Trash-")


def is_left_behind(name: str) -> bool:
    """Whether a file of this name is a note of a system."""
    return name.lower() in _FILES


def is_result(name: str) -> bool:
    """Whether a file of this name, beside RESULTS, is a result of a scan."""
    return _RESULT.fullmatch(name) is not None


def is_apple_double(name: str, start: bytes) -> bool:
    """Whether a file is the other half that macOS writes beside one on a foreign drive: `._photo.jpg`."""
    return name.startswith("._") and (start.startswith(_APPLE_DOUBLE) or not start.strip(b"\0"))
