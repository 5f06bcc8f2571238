"""Recognizes image formats by their first bytes and opens their headers; not a decoder."""

import io
import struct
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar, Final

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from brand_index.errors import ImageTooLarge, UnsupportedImage
from brand_index.images.decoding_cost import tiff_pages

ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
VIDEOS = frozenset({"MP4", "WEBM"})  # MP4 with QuickTime's MOV, WebM with Matroska; read elsewhere
PAGED = frozenset({"TIFF", "HEIF"})  # of images of their own size; those of a JPEG are found elsewhere
_PREFIXES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
_NOT_READ = (
    (b"\x1f\x8b", "a gzip archive, perhaps an .svgz: unpack it"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\1\0", "an icon"),
    (b"DDS ", "a DirectDraw surface"),
    (b"qoif", "QOI"),
)
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_EBML = b"\x1a\x45\xdf\xa3"
_MOV_BOXES = frozenset({b"moov", b"mdat", b"wide"})  # with which QuickTime files of old begin
_MAX_READS = 1_000_000  # of a parser; 64 MiB of honest GIF in blocks of 255 bytes takes about 530,000
_warnings_lock = threading.Lock()


def recognize(data: bytes) -> str | None:
    """The format by the first bytes, as Pillow names it, or HEIF, MP4 or WEBM; None: not a supported one."""
    for prefix, named in _PREFIXES:
        if data.startswith(prefix):
            return named
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    brands = _iso_brands(data)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    if data.startswith(_EBML):
        return "WEBM"
    return "MP4" if brands or data[4:8] in _MOV_BOXES else None


def name_of_unread(data: bytes) -> str | None:
    """A description of a known but unsupported format; None: an unknown format."""
    for prefix, words in _NOT_READ:
        if data.startswith(prefix):
            return words
    return None


def _iso_brands(data: bytes) -> frozenset[bytes]:
    """The brands of an ISO base media file's `ftyp` box (ISO/IEC 14496-12, 4.3); empty: not such a file."""
    if data[4:8] != b"ftyp":
        return frozenset()
    box = data[8 : min(int.from_bytes(data[:4], "big"), 512)]
    return frozenset({box[:4], *(box[at : at + 4] for at in range(8, len(box), 4))})


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress warnings in the block: Pillow warns of what is either harmless or an error here.

    The filters are global, so one thread enters at a time; decode pixels outside.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _MeteredBytes(io.BytesIO):
    """A stream with a limited number of reads: a million empty chunks are an attack."""

    limit: ClassVar[int] = _MAX_READS
    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > self.limit:
            raise ImageTooLarge(f"it is made of over {self.limit:,} parts")
        return super().read(size)


class _FixedGif(GifImagePlugin.GifImageFile):
    """A GIF whose canvas stays as its first frame made it; Pillow lets later frames enlarge it to gigabytes.

    A frame that would is the end of what is read. Pillow has no other place to ask before it allocates.
    """

    is_fixed = False
    _canvas: tuple[int, int] = (0, 0)

    @property
    def _size(self) -> tuple[int, int]:
        return self._canvas

    @_size.setter
    def _size(self, size: tuple[int, int]) -> None:
        if self.is_fixed and size != self._canvas:
            raise EOFError("a frame that is larger than the first")
        self._canvas = size


def open_header(data: bytes, named: str) -> ImageFile.ImageFile:
    """The image with its header read and no pixel decoded, by the plugin of that one format.

    `named` is from `recognize`. Raises UnsupportedImage if a package is missing, and whatever the plugin raises.
    """
    source = _MeteredBytes(data)
    if named == "HEIF":
        try:
            from pillow_heif import HeifImageFile  # noqa: PLC0415 - an extra
        except ImportError:
            raise UnsupportedImage("HEIC images need one more package: pip install 'markscan[heic]'") from None
        image: ImageFile.ImageFile = HeifImageFile(source)
        return image
    try:
        # Image.open would also apply Pillow's own limit of pixels, and read a JPEG's index of further images, which
        # costs Pillow 12 gigabytes.
        opened = _PLUGINS[named](source)
    except (SyntaxError, IndexError, TypeError, struct.error) as error:
        raise UnidentifiedImageError from error
    if isinstance(opened, _FixedGif):
        opened.is_fixed = True
    return opened


def frame_count(image: ImageFile.ImageFile, data: bytes, named: str) -> int:
    """The frames of an animation, or the pages, as far as the file says."""
    if named == "TIFF":
        return max(1, len(tiff_pages(data)))
    if named not in ANIMATED and named not in PAGED:
        return 1
    return int(getattr(image, "n_frames", 1))


_PLUGINS: Final[Mapping[str, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "GIF": _FixedGif,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}
