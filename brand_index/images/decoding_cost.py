"""Estimates the memory that decoding takes from a file's headers, before Pillow reads it; not a decoder.

A file states its size in a few bytes, and may state anything.
"""

import re
import struct
from collections.abc import Iterator
from itertools import takewhile

from PIL import Image, TiffImagePlugin

from brand_index.errors import ImageTooLarge
from brand_index.images.avif.av1 import coded_frames

_MAX_SCANS = 64  # of one JPEG; encoders write 10, the most thorough optimizer about 20
_MAX_SEGMENTS = 20_000  # of one JPEG; 64 MiB of the largest are 1,024
_MAX_EXIF_BYTES = 2**20  # of one JPEG; the standard allows 64 KiB, and Pillow joins several
_MAX_PAGES = 1000  # of one TIFF that are counted
_MAX_VALUES = 200_000  # of one TIFF tag, such as the offsets of the strips
_COMPRESSED_CHUNKS = frozenset({b"iCCP", b"zTXt", b"iTXt"})
_MAX_COMPRESSED = 200  # of these in one PNG; files have a handful
_MAX_CHUNKS = 400_000  # of one PNG; 64 MiB in chunks of 8 KiB, as most encoders write, are 8,192
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in a JPEG; not a fill byte, a stuffed byte or a restart
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MAX_BYTES = {
    0xDB: 2**20,
    0xED: 2**24,
}  # of one JPEG's quantization tables, and Photoshop's resources: Python reads them
START_OF_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_WHOLE_FILE_DECODERS = {"WEBP": (16, 2), "AVIF": (16, 1), "HEIF": (8, 1)}  # bytes a pixel, copies of the file
_SMALLEST_FRAME = 128 * 128  # pixels that hardware encodes for an image of any smaller size
_TIFF_HEADERS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_VALUE_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)  # by TIFF type, 1 to 18
_TEXT_OR_BYTES = frozenset({1, 2, 6, 7})
_ORIENTATION = 274


def refuse_bombs(data: bytes, named: str) -> None:
    """Raise ImageTooLarge if reading the header alone would take too much; `named` is from `recognize`."""
    if named == "JPEG":
        head = list(takewhile(lambda segment: segment[0] != START_OF_SCAN, segments(data)))
        for marker, most in _MAX_BYTES.items():
            if sum(length for found, _, length in head if found == marker) > most:
                raise ImageTooLarge(f"it is a JPEG of over {most:,} bytes of tables or resources")
        exif = b"".join(  # as Pillow joins it
            data[at + 8 : at + length]
            for marker, at, length in head
            if marker == _APP1 and data[at + 2 : at + 8] == b"Exif\0\0"
        )
        if len(exif) > _MAX_EXIF_BYTES:
            raise ImageTooLarge(f"its Exif has over {_MAX_EXIF_BYTES:,} bytes")
        _refuse_directory(exif)
    elif named == "PNG":
        _refuse_compressed_chunks(data)
    elif named == "TIFF":
        _refuse_directory(data)
    elif named == "AVIF":
        coded_frames(data)
        for header in _TIFF_HEADERS[:2]:
            offset = data.find(header)
            if offset >= 0:
                _refuse_directory(data[offset:])


def exif_orientation(exif: bytes) -> int:
    """The orientation, 1 to 8 (CIPA DC-008, 4.6.5.A), in a block of Exif; 1 if it is missing or damaged."""
    directory = exif.removeprefix(b"Exif\0\0")
    for tag, _, _, value in _tags(directory):
        if tag == _ORIENTATION:
            orientation = int.from_bytes(value[:2], "little" if directory[:2] == b"II" else "big")
            return orientation if 1 <= orientation <= 8 else 1
    return 1


def decoding_cost(image: Image.Image, data: bytes, named: str, scale: int = 1) -> int:
    """The peak memory in bytes of decoding one frame to (H, W, 3) uint8 and its alpha, without `data` itself.

    Measured by format, in bytes a pixel; where a decoder's need depends on the file, its maximum. `scale`: a JPEG is
    read at one pixel for so many on either side. Raises ImageTooLarge for a JPEG of too many scans.
    """
    pixels = image.width * image.height
    animated = getattr(image, "is_animated", False)
    held = 1 if image.mode in {"1", "L", "P"} else 2 if image.mode.startswith("I;16") else 4
    array = 4 if image.has_transparency_data else 3
    if named == "JPEG":
        read = -(-image.width // scale) * -(-image.height // scale)
        return read * held + int(max(read * array, pixels * _coefficient_bytes(len(image.getbands()), data)))
    if named == "TIFF":
        return _tiff_cost(image, held, array)
    if named == "AVIF":
        coded = coded_frames(data)
        if coded.largest > 2 * pixels + _SMALLEST_FRAME:
            raise ImageTooLarge(f"its frames have {coded.largest:,} pixels, not {image.width} x {image.height}")
        pixels = max(pixels, coded.largest, coded.of_items // 2)  # an image and its alpha are two
    if named in _WHOLE_FILE_DECODERS:
        bytes_a_pixel, copies = _WHOLE_FILE_DECODERS[named]
        if named == "AVIF" and animated:
            bytes_a_pixel += 24  # eight reference frames
        return pixels * bytes_a_pixel + copies * len(data)
    if animated:  # the previous frame, and the one restored afterwards
        return pixels * (3 * 4 + array)
    return pixels * (held + array)


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The segments of a JPEG, (marker, offset of its length, length), as far as valid; scans are skipped."""
    at, count = 2, 0
    while (found := _MARKER.search(data, at)) is not None and found[0][1] != _END:
        at, count = found.end(), count + 1
        if count > _MAX_SEGMENTS:
            raise ImageTooLarge(f"it is a JPEG of over {_MAX_SEGMENTS:,} segments")
        length = int.from_bytes(data[at : at + 2], "big")
        yield found[0][1], at, length
        at += length


def tiff_pages(data: bytes) -> list[int]:
    """The offsets of a TIFF's directories, one for each page (TIFF 6.0, section 2); it ends where one comes again."""
    return _chain(data)[0]


def lacks_pages(data: bytes) -> bool:
    """Whether the chain of a TIFF's pages leads beyond the end of the file: it is cut off."""
    return _chain(data)[1]


def _chain(data: bytes) -> tuple[list[int], bool]:
    """What `tiff_pages` returns, and what `lacks_pages` does."""
    order, (start, width) = ("<" if data[:2] == b"II" else ">"), ((8, 8) if 43 in data[2:4] else (4, 4))
    number, count, entry = ("Q", "Q", 20) if width == 8 else ("L", "H", 12)
    pages: dict[int, None] = {}
    try:
        (at,) = struct.unpack_from(order + number, data, start)
        while at and at not in pages and len(pages) < _MAX_PAGES:
            (entries,) = struct.unpack_from(order + count, data, at)
            pages[at] = None
            (at,) = struct.unpack_from(order + number, data, at + struct.calcsize(order + count) + entry * entries)
    except struct.error:
        return list(pages), True
    return list(pages), False


def refuse_page(data: bytes, offset: int) -> None:
    """Raise ImageTooLarge if reading the directory of a TIFF's page would take too much."""
    _refuse_directory(data, offset)


def _refuse_compressed_chunks(data: bytes) -> None:
    """Raise ImageTooLarge for a PNG of many compressed profiles and texts: Pillow unpacks each to a megabyte."""
    at, chunks, compressed = 8, 0, 0
    while at + 8 <= len(data):
        chunks += 1
        compressed += data[at + 4 : at + 8] in _COMPRESSED_CHUNKS
        if compressed > _MAX_COMPRESSED:
            raise ImageTooLarge(f"it is a PNG of over {_MAX_COMPRESSED:,} compressed texts")
        if chunks > _MAX_CHUNKS:
            raise ImageTooLarge(f"it is a PNG of over {_MAX_CHUNKS:,} parts")
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def _coefficient_bytes(components: int, data: bytes) -> float:
    """The bytes a pixel of the coefficients that libjpeg keeps for a JPEG of several scans; 0: one scan."""
    scans, progressive, kept = 0, False, 2.0 * components
    for marker, at, _ in segments(data):
        if marker in START_OF_FRAME:
            progressive = marker % 4 == 2
            samples = [(byte >> 4, byte & 15) for byte in data[at + 9 : at + 8 + 3 * components : 3]]
            largest = max((across for across, _ in samples), default=0) * max((down for _, down in samples), default=0)
            kept = 2 * sum(across * down for across, down in samples) / max(1, largest)
        elif marker == START_OF_SCAN:
            scans += 1
            if not progressive and data[at + 2 : at + 3] == bytes([components]):
                return 0.0
            if scans > _MAX_SCANS:
                raise ImageTooLarge(f"it is a JPEG of over {_MAX_SCANS} scans")
    return kept


def _tiff_cost(image: Image.Image, held: int, array: int) -> int:
    """The cost of a TIFF: an unpacked strip or tile (may exceed the image) and a second copy for its rotation."""
    tags = getattr(image, "tag_v2", {})
    raw_bits = max(tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))) * int(tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1))
    strip = image.width * min(image.height, int(tags.get(TiffImagePlugin.ROWSPERSTRIP, image.height)))
    tile = int(tags.get(TiffImagePlugin.TILEWIDTH, 0)) * int(tags.get(TiffImagePlugin.TILELENGTH, 0))
    return int(image.width * image.height * max(2 * held, held + array) + max(strip, tile) * raw_bits // 8)


def _tags(directory: bytes, page: int | None = None) -> Iterator[tuple[int, int, int, bytes]]:
    """The (tag, type, count, value or its offset) of a directory of a TIFF or BigTIFF (TIFF 6.0, section 2).

    `page` is its offset; None: it is the first.
    """
    if directory[:4] not in _TIFF_HEADERS:
        return
    order = "<" if directory[:2] == b"II" else ">"
    big = 43 in directory[2:4]
    start, entry, count_of = (8, order + "HHQ8s", order + "Q") if big else (4, order + "HHL4s", order + "H")
    try:
        (first,) = struct.unpack_from(order + ("Q" if big else "L"), directory, start)
        offset = first if page is None else page
        (entries,) = struct.unpack_from(count_of, directory, offset)
        offset += struct.calcsize(count_of)
        for number in range(min(entries, 65536)):
            yield struct.unpack_from(entry, directory, offset + number * struct.calcsize(entry))
    except struct.error:  # truncated
        return


def _refuse_directory(directory: bytes, page: int | None = None) -> None:
    """Raise ImageTooLarge for tags that claim the same bytes repeatedly or millions of values; `page` as in `_tags`."""
    claimed = 0
    for _, kind, count, _ in _tags(directory, page):
        if kind >= len(_VALUE_BYTES):
            continue
        size = count * _VALUE_BYTES[kind]
        if size > len(directory):  # Pillow skips values outside the file
            continue
        claimed += size
        if claimed > 2 * len(directory) + 65536 or (kind not in _TEXT_OR_BYTES and count > _MAX_VALUES):
            raise ImageTooLarge("its tags claim more values than an image has")
