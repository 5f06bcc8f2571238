"""The compact description of one listing image, to bytes and back: 3 KB at most; it describes and compares nothing.

Layout, little endian: a header; the hashes; regions with box, gain and code; lines of text; keypoints, each with its
place and code. Keypoints come last and take what room is left: they are what most images have too many of.
"""

import struct
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.features.description import description_fingerprint
from brand_index.features.embedding import Embedder

VERSION: Final = 2  # of the recipe of codes and layout; descriptions of one that is not READABLE are never compared
READABLE: Final = (2, 1)  # 1 had one bit for each number of a region's code, and longer codes of keypoints
MOST_BYTES: Final = 3_072  # of one description
GRID: Final = 255  # steps of the image's long side, in which places are kept
KEYPOINT_BYTES: Final = 8  # of a keypoint's code
FIRST_KEYPOINT_BYTES: Final = 16  # likewise, in descriptions of the first version
PLACE_BYTES: Final = 4  # of a keypoint: x, y, scale, angle; of a region: left, top, right, bottom
MOST_OF_EACH: Final = 255  # hashes, regions, lines and keypoints: counts are one byte
MOST_LINE: Final = 255  # bytes of a line's text
LINE_BYTES: Final = 2 + PLACE_BYTES  # of a line beside its text: length, sureness and box
_HEADER: Final = struct.Struct("<IIBBBBBBH")  # width, height, flags, counts of all five, bytes of a region's code
_SOUGHT, _READ, _IN_PART, _SHORT = 1, 2, 4, 8  # flags; the last: keypoints have codes of KEYPOINT_BYTES
GAIN_STEPS: Final = 255.0  # of a region's gain, 0..1


@dataclass(frozen=True, slots=True, eq=False)
class CompactKeypoints:
    """N keypoints, the strongest of each neighbourhood first."""

    places: NDArray[np.uint8]  # (N, 4): x and y in GRID steps of the long side, scale and angle as codes.py says
    codes: NDArray[np.uint8]  # (N, KEYPOINT_BYTES), or (N, FIRST_KEYPOINT_BYTES): packed bits

    @property
    def width(self) -> int:
        """Bytes of a code."""
        return int(self.codes.shape[1])

    def __len__(self) -> int:
        """The number of keypoints."""
        return len(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class CompactRegions:
    """R regions that may be marks, the likeliest first."""

    boxes: NDArray[np.uint8]  # (R, 4): left, top, right and bottom in GRID steps of the long side
    gains: NDArray[np.uint8]  # (R,): cosine of a vector with its code, in GAIN_STEPS
    codes: NDArray[np.uint8]  # (R, D / 8 times the bits of a number): the embedding, packed

    def __len__(self) -> int:
        """The number of regions."""
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class CompactLine:
    """A line of text as it was read."""

    text: str  # MOST_LINE bytes at most
    sureness: float  # 0..1: of its characters
    box: tuple[int, int, int, int]  # GRID steps of the long side


@dataclass(frozen=True, slots=True, eq=False)
class CompactDescription:
    """What a scan leaves of one listing image."""

    width: int  # pixels of the file
    height: int
    pdq: NDArray[np.uint8]  # (A, 32): of its frames, their parts and what lies in a flat surround; as they are
    phash: NDArray[np.uint8]  # (B, 8): likewise
    keypoints: CompactKeypoints
    regions: CompactRegions
    lines: tuple[CompactLine, ...] = ()
    regions_sought: bool = True  # False: no logo or word was registered, so that nobody looked for regions
    was_read: bool = True  # False: no word was registered, so that nobody read it
    is_part: bool = False  # some of the image was not examined, for lack of time or by the limits

    @property
    def step(self) -> float:
        """Pixels of the file in a step of GRID."""
        return max(self.width, self.height) / GRID

    def to_bytes(self) -> bytes:
        """MOST_BYTES at most: the last keypoints are left out if need be."""
        flags = _SOUGHT * self.regions_sought | _READ * self.was_read | _IN_PART * self.is_part
        flags |= _SHORT * (self.keypoints.width == KEYPOINT_BYTES)
        boxes = np.asarray(self.regions.boxes, np.uint8).tobytes()
        middle = [self.pdq.tobytes(), self.phash.tobytes(), boxes, self.regions.gains.tobytes()]
        middle.append(self.regions.codes.tobytes())
        for line in self.lines:
            text = _cut(line.text)
            middle.append(bytes([len(text), round(line.sureness * 255), *line.box]) + text)
        used = _HEADER.size + sum(map(len, middle))
        room = max(0, (MOST_BYTES - used) // (self.keypoints.width + PLACE_BYTES))
        kept = min(len(self.keypoints), room, MOST_OF_EACH)
        header = _HEADER.pack(
            self.width,
            self.height,
            flags,
            len(self.pdq),
            len(self.phash),
            len(self.regions),
            len(self.lines),
            kept,
            self.regions.codes.shape[1] if len(self.regions) else 0,
        )
        places, codes = self.keypoints.places[:kept].tobytes(), self.keypoints.codes[:kept].tobytes()
        return b"".join((header, *middle, places, codes))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse of `to_bytes`. Raises ValueError for anything else."""
        try:
            width, height, flags, many_pdq, many_phash, regions, lines, keypoints, width_of_code = _HEADER.unpack_from(
                data
            )
            rows = _Rows(data, _HEADER.size)
            pdq, phash = rows.take(many_pdq, 32), rows.take(many_phash, 8)
            boxes, gains = rows.take(regions, PLACE_BYTES), rows.take(regions, 1)[:, 0]
            region_codes = rows.take(regions, width_of_code)
            read = tuple(rows.line() for _ in range(lines))
            width_of_keypoint = KEYPOINT_BYTES if flags & _SHORT else FIRST_KEYPOINT_BYTES
            places, codes = rows.take(keypoints, PLACE_BYTES), rows.take(keypoints, width_of_keypoint)
            rows.end()
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError(f"no compact description: {error}") from error
        return cls(
            width,
            height,
            pdq,
            phash,
            CompactKeypoints(places, codes),
            CompactRegions(boxes, gains, region_codes),
            read,
            bool(flags & _SOUGHT),
            bool(flags & _READ),
            bool(flags & _IN_PART),
        )


class _Rows:
    """Reads one array after another from bytes."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._at = data, start

    def take(self, rows: int, columns: int) -> NDArray[np.uint8]:
        size = rows * columns
        if self._at + size > len(self._data):
            raise ValueError(f"no compact description: it ends after {len(self._data)} bytes")
        found = np.frombuffer(self._data, np.uint8, size, self._at).reshape(rows, columns)
        self._at += size
        return found

    def line(self) -> CompactLine:
        length, sureness, *box = (int(value) for value in self.take(1, LINE_BYTES)[0])
        text = self.take(1, length).tobytes().decode()
        return CompactLine(text, sureness / 255, (box[0], box[1], box[2], box[3]))

    def end(self) -> None:
        if self._at != len(self._data):
            raise ValueError(f"no compact description: {len(self._data) - self._at} bytes are left over")


def compact_recipe(embedder: Embedder, version: int = VERSION) -> str:
    """The identity of layout, codes, hashers and weights."""
    return f"compact-{version}-{description_fingerprint(embedder)}"


def readable_recipes(embedder: Embedder) -> frozenset[str]:
    """The recipes whose descriptions can be compared: descriptions of any other never are."""
    return frozenset(compact_recipe(embedder, version) for version in READABLE)


def _cut(text: str) -> bytes:
    """A text as UTF-8, cut between characters to MOST_LINE bytes."""
    return text.encode("utf-8", "replace")[:MOST_LINE].decode("utf-8", "ignore").encode()
