"""Documents that people attach, to an authorization or an appeal: which kinds of files are taken; it keeps none."""

from typing import Final

from brand_index.images.formats import recognize

MAX_DOCUMENT_BYTES: Final = 64 * 2**20
# What every computer opens without running anything of it, by its first bytes; not video, archives, HTML or macros.
DOCUMENT_SUFFIXES: Final = {
    "PDF": ".pdf",
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "GIF": ".gif",
    "TIFF": ".tiff",
    "HEIF": ".heic",
}
TAKEN: Final = "PDF, JPEG, PNG, WebP, GIF, TIFF or HEIC"


def document_kind(data: bytes) -> str | None:
    """The kind of a file by its content, of DOCUMENT_SUFFIXES; None: it is none of these."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:5] == b"%PDF-":
        return "PDF"
    found = recognize(data)
    return found if found in DOCUMENT_SUFFIXES else None
