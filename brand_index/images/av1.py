"""Reads the frame size in the AV1 data of an AVIF, whatever its container says; not a decoder.

The decoder allocates frames of that size and only then scales them to the container's: 64 x 64 pixels can cost a
gigabyte. ISO/IEC 14496-12 describes the boxes, the AV1 Bitstream & Decoding Process Specification the rest.
"""

from collections.abc import Iterator

from brand_index.errors import ImageTooLarge

_PARENTS = {b"meta": 4, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}  # bytes before their first child
_MAX_UNITS = 200_000  # of one file; a film of 10,000 frames has about 30,000
_SEQUENCE_HEADER = 1


def largest_frame(data: bytes) -> int:
    """The pixels of the largest frame in any sequence header; 0: no header found.

    Raises ImageTooLarge if the data have too many parts.
    """
    largest = units = 0
    for start in _sample_offsets(data, 0, len(data), 0):
        units += 1
        for kind, payload in _units(data, start):
            units += 1
            if units > _MAX_UNITS:
                raise ImageTooLarge(f"it is an AVIF of over {_MAX_UNITS:,} parts")
            if kind == _SEQUENCE_HEADER:
                largest = max(largest, _frame_pixels(payload))
    return largest


def _sample_offsets(data: bytes, start: int, end: int, depth: int) -> Iterator[int]:
    """The offsets of the items of `iloc` and the chunks of `stco` and `co64` inside one box."""
    inline = [first for kind, first, _ in _boxes(data, start, end) if kind == b"idat"]
    for kind, first, last in _boxes(data, start, end):
        if kind in _PARENTS and depth < 8:
            yield from _sample_offsets(data, first + _PARENTS[kind], last, depth + 1)
        elif kind == b"iloc":
            yield from _item_offsets(data[first:last], inline[0] if inline else 0)
        elif kind in {b"stco", b"co64"}:
            width = 4 if kind == b"stco" else 8
            for at in range(first + 8, last - width + 1, width):
                yield int.from_bytes(data[at : at + width], "big")


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The sibling boxes, (kind, first byte, byte after the last); ends where one does not fit."""
    while start + 8 <= end:
        size, header = int.from_bytes(data[start : start + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        last = end if size == 0 else start + size
        if last > end or last < start + header:
            return
        yield data[start + 4 : start + 8], start + header, last
        start = last


def _item_offsets(box: bytes, inline: int) -> Iterator[int]:
    """The offset of each extent of each item; `inline` is that of the `idat` box's bytes (8.11.3)."""
    at = 0

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(box[at - width : at], "big")

    version = number(4) >> 24
    sizes = number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(number(4 if version >= 2 else 2)):
        number(4 if version >= 2 else 2)
        in_idat = version >= 1 and number(2) & 15 == 1
        number(2)
        base = number(base_size) + (inline if in_idat else 0)
        for _ in range(number(2)):
            if version >= 1:
                number(index_size)
            yield base + number(offset_size)
            number(length_size)
        if at >= len(box):
            return


def _units(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The open bitstream units from here on, (type, first bytes), as long as each states its size (5.3)."""
    while at < len(data):
        header, at = data[at], at + 1
        if header & 0x82 != 0x02:  # the forbidden bit, or no size
            return
        at += header >> 2 & 1
        size = 0
        for shift in range(0, 56, 7):
            byte = int.from_bytes(data[at : at + 1], "big")
            at += 1
            size |= (byte & 127) << shift
            if byte < 128:
                break
        yield header >> 3 & 15, data[at : at + min(size, 512)]
        at += size


def _frame_pixels(header: bytes) -> int:
    """The width times the height in a sequence header (5.5.1)."""
    bits, left = int.from_bytes(header, "big"), 8 * len(header)

    def read(count: int) -> int:
        nonlocal left
        left -= count
        return bits >> left & ((1 << count) - 1) if left >= 0 else 0

    read(4)
    if read(1):  # the reduced header of a still image
        read(5)
    else:
        delay_bits = 0
        if read(1):  # timing
            read(64)
            if read(1):
                zeros = 0
                while left > 0 and not read(1):
                    zeros += 1
                read(zeros)
            if read(1):  # decoder model
                delay_bits = read(5) + 1
                read(42)
        display_delay = read(1)
        for _ in range(read(5) + 1):  # operating points
            read(12)
            if read(5) > 7:
                read(1)
            if delay_bits and read(1):
                read(2 * delay_bits + 1)
            if display_delay and read(1):
                read(4)
    width_bits, height_bits = read(4) + 1, read(4) + 1
    return (read(width_bits) + 1) * (read(height_bits) + 1)
