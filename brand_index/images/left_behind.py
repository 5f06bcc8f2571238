"""Recognizes what operating systems and network drives leave beside images, by name; it opens nothing."""

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
_APPLE_DOUBLE: Final = b"\0\5\x16\7"


def is_left_behind_folder(name: str) -> bool:
    """Whether a folder of this name holds thumbnails, deleted files or notes of a system."""
    return name.lower() in _FOLDERS or name.startswith(".Trash-")


def is_left_behind(name: str) -> bool:
    """Whether a file of this name is a note of a system."""
    return name.lower() in _FILES


def is_apple_double(name: str, start: bytes) -> bool:
    """Whether a file is the other half that macOS writes beside one on a foreign drive: `._photo.jpg`."""
    return name.startswith("._") and (start.startswith(_APPLE_DOUBLE) or not start.strip(b"\0"))
