"""Finds the coded data in an AVIF as its decoder puts them together, and counts its parts; it decodes nothing.

ISO/IEC 14496-12 describes the boxes. Where files may do what libavif refuses or reads in another way, they are refused:
what this module overlooks, the decoder must not see either.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from brand_index.errors import ImageTooLarge, TruncatedImage

_PARENTS = {b"meta": 4, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}  # bytes before their first child
_MAX_DEPTH = 8  # of boxes in boxes; a sample table is at 5
_SINGLE = frozenset({b"iloc", b"iinf", b"idat", b"stco", b"co64", b"stsc", b"stsz"})  # in one parent
_CODED = b"av01"  # the type of an item
_MAX_PARTS = 100_000  # of one file; a film of 10,000 frames has about 40,000


class PartCounter:
    """Counts the parts of one file: boxes, entries of tables, and the units of the coded data."""

    def __init__(self, limit: int = _MAX_PARTS) -> None:
        self.limit = limit
        self._counted = 0

    def count(self) -> None:
        """Count one more. Raises ImageTooLarge over the limit."""
        self._counted += 1
        if self._counted > self.limit:
            raise ImageTooLarge(f"it is an AVIF of over {self.limit:,} parts")


@dataclass(frozen=True, slots=True)
class CodedStream:
    """What one decoder is given, one after the other: the data of an item, or the samples of a track."""

    samples: Iterator[memoryview]
    is_track: bool


def coded_streams(data: bytes, parts: PartCounter) -> Iterator[CodedStream]:
    """The coded items and all tracks of a file.

    Raises ImageTooLarge for a file of too many parts, or of more coded bytes than it has; TruncatedImage for tables
    that contradict each other.
    """
    yield from _streams_in(memoryview(data), 0, len(data), 0, parts)


def _streams_in(data: memoryview, start: int, end: int, depth: int, parts: PartCounter) -> Iterator[CodedStream]:
    """The streams that the boxes from `start` to `end` describe."""
    tables: dict[bytes, memoryview] = {}
    for kind, first, last in _boxes(data, start, end, parts):
        if kind in _PARENTS and depth < _MAX_DEPTH:
            yield from _streams_in(data, first + _PARENTS[kind], last, depth + 1, parts)
        elif kind in _SINGLE:
            if kind in tables:
                raise TruncatedImage(f"an AVIF with two boxes {kind.decode()} where there is one")
            tables[kind] = data[first:last]
    if b"iloc" in tables:
        coded = _coded_items(tables.get(b"iinf", data[:0]), parts)
        for item_id, item in _items(data, tables[b"iloc"], tables.get(b"idat", data[:0]), parts):
            if item_id in coded:
                yield CodedStream(iter((item,)), is_track=False)
    if b"stco" in tables or b"co64" in tables:
        yield CodedStream(_samples(data, tables, parts), is_track=True)


def _boxes(data: memoryview, start: int, end: int, parts: PartCounter) -> Iterator[tuple[bytes, int, int]]:
    """The sibling boxes, (kind, first byte, byte after the last); ends where one does not fit."""
    while start + 8 <= end:
        parts.count()
        size, header = int.from_bytes(data[start : start + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        last = end if size == 0 else start + size
        if last > end or last < start + header:
            return
        yield bytes(data[start + 4 : start + 8]), start + header, last
        start = last


class _Fields:
    """The big-endian numbers of a box, one after the other."""

    def __init__(self, box: memoryview) -> None:
        self._box = box
        self._at = 0

    def number(self, width: int) -> int:
        """The next `width` bytes. Raises TruncatedImage past the end."""
        self._at += width
        if self._at > len(self._box):
            raise TruncatedImage("an AVIF with a table that is cut off")
        return int.from_bytes(self._box[self._at - width : self._at], "big")


def _coded_items(box: memoryview, parts: PartCounter) -> frozenset[int]:
    """The ids of the items of type AV1 (8.11.6); the others are Exif, grids of items and the like."""
    coded = set()
    first = 8 if bytes(box[:1]) != b"\0" else 6  # after a count of 32 or 16 bits
    for _, start, end in _boxes(box, first, len(box), parts):
        fields = _Fields(box[start:end])
        item_id = fields.number(4 if fields.number(4) >> 24 >= 3 else 2)
        fields.number(2)
        if fields.number(4) == int.from_bytes(_CODED, "big"):
            coded.add(item_id)
    return frozenset(coded)


def _items(
    data: memoryview, box: memoryview, inline: memoryview, parts: PartCounter
) -> Iterator[tuple[int, memoryview]]:
    """The id and the bytes of each item, its extents joined (8.11.3); `inline` is the content of the `idat` box."""
    fields = _Fields(box)
    version = fields.number(4) >> 24
    sizes = fields.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    if version and index_size:  # libavif takes no notice of it, and so reads another place
        raise TruncatedImage("an AVIF with indexed extents")
    joined = 0
    for _ in range(fields.number(4 if version >= 2 else 2)):
        parts.count()
        item_id = fields.number(4 if version >= 2 else 2)
        source = inline if version >= 1 and fields.number(2) & 15 == 1 else data
        fields.number(2)
        base = fields.number(base_size)
        extents = []
        for _ in range(fields.number(2)):
            parts.count()
            offset = base + fields.number(offset_size)
            extents.append(source[offset : offset + fields.number(length_size)])
        if len(extents) == 1:
            yield item_id, extents[0]
            continue
        joined += sum(map(len, extents))
        if joined > len(data):  # each byte belongs to one item at most
            raise ImageTooLarge("it is an AVIF whose parts overlap")
        yield item_id, memoryview(b"".join(extents))


def _samples(data: memoryview, tables: dict[bytes, memoryview], parts: PartCounter) -> Iterator[memoryview]:
    """The bytes of each sample of a track, by chunks (8.7.4, 8.7.5) and sizes (8.7.3)."""
    if len({b"stco", b"co64"} & tables.keys()) != 1 or not {b"stsc", b"stsz"} <= tables.keys():
        raise TruncatedImage("an AVIF with an incomplete table of samples")
    width = 4 if b"stco" in tables else 8
    chunks, runs, sizes = (_Fields(tables[kind]) for kind in (b"stco" if width == 4 else b"co64", b"stsc", b"stsz"))
    for fields in (chunks, runs, sizes):
        fields.number(4)  # version and flags
    run_count = runs.number(4)
    same_size = sizes.number(4)
    sizes.number(4)
    samples_a_chunk, next_run = 0, runs.number(4) if run_count else None
    for chunk in range(1, chunks.number(4) + 1):
        parts.count()
        at = chunks.number(width)
        while next_run is not None and next_run <= chunk:
            parts.count()
            samples_a_chunk = runs.number(4)
            runs.number(4)
            run_count -= 1
            first = runs.number(4) if run_count else None
            if first is not None and first <= next_run:
                raise TruncatedImage("an AVIF with a table of chunks out of order")
            next_run = first
        for _ in range(samples_a_chunk):
            parts.count()
            size = same_size or sizes.number(4)
            yield data[at : at + size]
            at += size
