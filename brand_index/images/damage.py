"""Mends the files that browsers show although they are cut off or damaged; it decodes no pixels.

Pillow has switches for this, but they hold for a whole process, and one of them unpacks texts without a bound.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from brand_index.images.decoding_cost import START_OF_FRAME, START_OF_SCAN, segments

_PNG_SIGNATURE = 8  # bytes
_PNG_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IEND"})
_PNG_ANIMATION = {b"acTL": 8, b"fcTL": 26, b"fdAT": 4}  # least bytes of each
_PNG_SHOWN = frozenset({b"tRNS", b"eXIf", *_PNG_ANIMATION})  # without texts; the profile goes beside
_TRANSPARENCY = {b"\0": 2, b"\2": 6}  # least bytes of tRNS, by the kind of colours
_MAX_PROFILE_BYTES = 4 * 2**20  # of a profile that is unpacked; the largest press profiles have 3 MB
_WEBP_HEADER = 8  # bytes before those that it counts
_GIF_EXTENSION = 0x21
_GIF_BLOCKS = frozenset({_GIF_EXTENSION, 0x2C})  # with images
_MAX_GIF_BLOCKS = 1_000_000
_ANY_PART = frozenset({"JPEG", "GIF", "BMP"})  # are decoded from their first byte on


_TABLES = 0xC4  # the marker of a JPEG's Huffman tables
_SEQUENTIAL = frozenset({0xC0, 0xC1})  # markers of a JPEG's frame that is coded by Huffman tables in one pass
_ZEROED = bytes(512)  # no encoder writes so many zeros among codes whose zeros are coefficients


@dataclass(frozen=True, slots=True)
class Mended:
    """A file that may be decoded in place of a damaged one."""

    data: bytes
    is_cut: bool  # pixels are missing, or may be
    profile: bytes | None = None  # of a PNG: its ICC profile, which `data` is without


def mended(data: bytes, named: str, max_bytes: int) -> Iterator[Mended]:
    """What to try in place of a file that Pillow refuses, the best first; none: nothing can be done for this format."""
    if named == "JPEG":  # the decoder makes grey of what is missing before an end marker
        yield Mended(data + b"\xff\xd9", is_cut=True)
    elif named == "PNG":
        yield _mended_png(data)
    elif named == "WEBP":
        stated = _WEBP_HEADER + int.from_bytes(data[4:8], "little")
        if len(data) < stated <= max_bytes:
            yield Mended(data + bytes(stated - len(data)), is_cut=True)
            yield Mended(_whole_webp_chunks(data), is_cut=True)
    if named in _ANY_PART:
        yield Mended(data, is_cut=True)
    if named == "GIF":
        yield Mended(_whole_gif_blocks(data), is_cut=True)


def is_zeroed(data: bytes) -> bool:
    """Whether part of a JPEG's pixels was overwritten by zeros, as a transfer or a disk that fails leaves them.

    The shortest code of a Huffman table is all zeros (ITU-T T.81, Annex C). Where it stands for a coefficient, as in
    the tables that most encoders use, a long run of zeros is blocks of 63 equal coefficients each, which no photo has.
    Where it stands for the end of a block, the run may be a plain area: False then, and for a progressive JPEG.
    """
    shortest, components, is_sequential = list[int](), 0, False
    for marker, at, length in segments(data):
        if marker in START_OF_FRAME:
            is_sequential, components = marker in _SEQUENTIAL, int.from_bytes(data[at + 7 : at + 8])
        elif marker == _TABLES:
            shortest += _shortest_codes(data[at + 2 : at + length])
        elif marker == START_OF_SCAN:
            if not is_sequential or not any(shortest) or data[at + 2 : at + 3] != bytes([components]):
                return False
            end = data.find(b"\xff\xd9", at + length)
            return data.find(_ZEROED, at + length, len(data) if end < 0 else end) >= 0
    return False


def _shortest_codes(tables: bytes) -> Iterator[int]:
    """What the shortest code of each table for coefficients stands for; 0: the end of a block."""
    at = 0
    while at + 17 < len(tables):
        if tables[at] >> 4:
            yield tables[at + 17]
        at += 17 + sum(tables[at + 1 : at + 17])


def _mended_png(data: bytes) -> Mended:
    """The PNG without texts and without damaged ancillary chunks, as libpng reads it, and whole at its end.

    Of an animation, the frames before the first that is damaged.
    """
    kept: list[tuple[bytes, bytes | memoryview, bool]] = []
    profile, is_cut, is_animated, has_pixels, least_transparency = None, False, True, False, 1
    for kind, body, is_right in _chunks(data):
        if kind == b"IHDR":
            least_transparency = _TRANSPARENCY.get(bytes(body[9:10]), 1)
        if kind == b"iCCP":
            profile = _unpacked_profile(body) if is_right else None
        elif kind in _PNG_ANIMATION and not (is_right and len(body) >= _PNG_ANIMATION[kind]):
            is_cut = True
            if has_pixels and kind != b"acTL":
                break
            is_animated = False
        elif kind == b"IDAT":
            has_pixels = True
            is_cut = is_cut or not is_right
            kept.append((kind, body, True))  # what can be unpacked of it
        elif kind in _PNG_CRITICAL:
            kept.append((kind, body, is_right))  # a wrong one leaves the file unreadable
        elif kind in _PNG_SHOWN and is_right and not (kind == b"tRNS" and len(body) < least_transparency):
            kept.append((kind, body, True))
    if not kept or kept[-1][0] != b"IEND":
        is_cut = True
        kept.append((b"IEND", b"", True))
    parts: list[bytes | memoryview] = [data[:_PNG_SIGNATURE]]
    for kind, content, is_right in kept:
        if is_animated or kind not in _PNG_ANIMATION:
            checksum = zlib.crc32(content, zlib.crc32(kind)) ^ (not is_right)
            parts += [struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)]
    return Mended(b"".join(parts), is_cut, profile)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """The chunks of a PNG, (type, content, whether its checksum is right), up to the end; the last may be cut."""
    view, at = memoryview(data), _PNG_SIGNATURE
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, stated = view[at + 8 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        yield kind, body, int.from_bytes(stated, "big") == zlib.crc32(body, zlib.crc32(kind)) and len(stated) == 4
        if kind == b"IEND":
            return
        at += 12 + length


def _unpacked_profile(body: memoryview) -> bytes | None:
    """The ICC profile in an iCCP chunk; None: it is damaged or too large to be one."""
    name_end = bytes(body[:80]).find(b"\0")
    try:
        profile = zlib.decompressobj().decompress(body[name_end + 2 :], _MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return None
    return profile if name_end > 0 and len(profile) <= _MAX_PROFILE_BYTES else None


def _whole_webp_chunks(data: bytes) -> bytes:
    """The WebP up to its last whole chunk, with a header that says so: the frames before the one that is cut."""
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if end > len(data):
            break
        at = end
    return data[:4] + struct.pack("<I", at - _WEBP_HEADER) + data[8:at]


def _whole_gif_blocks(data: bytes) -> bytes:
    """The GIF up to its last whole block, with a trailer: the frames before one whose header is cut."""
    at = whole = 13 + _colours(data, 10)
    blocks = 0
    while at + 10 < len(data) and data[at] in _GIF_BLOCKS and blocks < _MAX_GIF_BLOCKS:
        at += 2 if data[at] == _GIF_EXTENSION else 11 + _colours(data, at + 9)
        while at < len(data) and data[at] and blocks < _MAX_GIF_BLOCKS:
            at += 1 + data[at]
            blocks += 1
        if at >= len(data):
            break
        at = whole = at + 1
        blocks += 1
    return data[:whole] + b";"


def _colours(data: bytes, flags: int) -> int:
    """The bytes of the table of colours that the flags at this place announce."""
    byte = data[flags] if flags < len(data) else 0
    return 3 << ((byte & 7) + 1) if byte & 128 else 0
