"""Finds the further images of a JPEG in the format MPF (CIPA DC-007), which phones show; not a decoder."""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from brand_index.images.decoding_cost import START_OF_FRAME, START_OF_SCAN, segments

_APP2: Final = 0xE2
_BEGIN: Final = b"\xff\xd8\xff"
_FINISH: Final = b"\xff\xd9"
_LABEL: Final = b"MPF\0"
_ENTRIES: Final = 0xB002  # the tag with 16 bytes for each image
_MAX_IMAGES: Final = 1000  # of one file that are counted
_THUMBNAIL: Final = 0x01  # the class of an image that is a smaller copy of the first
_GAIN_MAPS: Final = (b"hdrgm", b"urn:iso:std:iso:ts:21496", b"hdrgainmap", b"HDRGainMap")  # what their headers hold


def further_images(data: bytes) -> list[tuple[int, int]]:
    """The images of a JPEG after the first that galleries show, each as its first byte and its length.

    Smaller copies, gain maps and depth maps are none, and neither is what the index names and the file lacks: editors
    often keep the index of images that they drop.
    """
    types = dict(_entries(data))
    if not types:
        return []
    first = _shape(data)
    found = list[tuple[int, int]]()
    for at, length in _images(data, sorted(types)):
        part = data[at : at + length]
        shape = _shape(part)
        if shape is not None and first is not None:
            height, width, components, header = shape
            is_smaller = height * width < first[0] * first[1]
            if is_smaller and (types.get(at) == _THUMBNAIL or components == 1):
                continue
            if any(word in part[:header] for word in _GAIN_MAPS):
                continue
        found.append((at, length))
    return found


def _images(data: bytes, named: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First byte and length of each image after the first: each follows the last at once, or the index names it.

    Pillow (13.0) writes an index with wrong places from the fourth image on. No byte belongs to two images.
    """
    reached = _end(data, 0)
    for _ in range(_MAX_IMAGES):
        at = next((each for each in (reached, *named) if each >= reached and data.startswith(_BEGIN, each)), None)
        if at is None:
            return
        reached = _end(data, at)
        yield at, reached - at


def _end(data: bytes, start: int) -> int:
    """The first byte after the image that begins there."""
    last = 2
    for _, at, length in segments(data[start:]):
        last = at + length
    end = data.find(_FINISH, start + last)
    return len(data) if end < 0 else end + len(_FINISH)


def _entries(data: bytes) -> Iterator[tuple[int, int]]:
    """Of each image that the file's index names: its first byte, and the class of its type."""
    for marker, at, length in segments(data):
        if marker == START_OF_SCAN:
            return
        if marker == _APP2 and data[at + 2 : at + 6] == _LABEL:
            start = at + 6
            index = data[start : at + length]
            order = "<" if index[:2] == b"II" else ">"
            try:
                (offset,) = struct.unpack_from(order + "L", index, 4)
                (tags,) = struct.unpack_from(order + "H", index, offset)
                for number in range(tags):
                    tag, _, count, value = struct.unpack_from(order + "HHLL", index, offset + 2 + 12 * number)
                    if tag == _ENTRIES:
                        for each in range(min(count // 16, _MAX_IMAGES)):
                            kind, _, place = struct.unpack_from(order + "LLL", index, value + 16 * each)
                            yield place and start + place, kind >> 16 & 0xFF
            except struct.error:  # damaged: readers of such files show the first image alone
                pass
            return


def _shape(image: bytes) -> tuple[int, int, int, int] | None:
    """Height, width and number of components of a JPEG, and the length of its header; None: it has no frame."""
    shape = None
    for marker, at, _ in segments(image):
        if marker in START_OF_FRAME and at + 8 <= len(image):
            height, width, components = struct.unpack_from(">HHB", image, at + 3)
            shape = height, width, components
        elif marker == START_OF_SCAN:
            return None if shape is None else (*shape, at)
    return None
