"""Makes the compact description that a scan leaves of a listing image, of what was described for the scan anyway."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from brand_index.features.compact import (
    CompactDescription,
    CompactLine,
    CompactRegions,
    compact_keypoints,
    region_codes,
)
from brand_index.features.compact.codes import STEPS
from brand_index.features.compact.description import GRID, PLACE_BYTES
from brand_index.features.hashing import HASHERS, PDQ
from brand_index.features.keypoints import NONE, Keypoints, join
from brand_index.features.words.text_line import TextLine
from scanner.engine.candidates import Description

KEYPOINTS_A_LOOK: Final = 220  # of a frame or part, the strongest; what does not fit is left out at the end
MOST_HASHES: Final = 12  # of each hasher: of an image, its parts and insets
MOST_REGIONS: Final = 32  # of an image, the likeliest marks
REGION_BYTES: Final = 1_300  # of all regions of an image: the fewer they are, the more bits the numbers of each have
TEXT_BYTES: Final = 480  # of all lines of an image together, the longest first
LEAST_LETTERS: Final = 2  # of a line that is kept
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A frame or a part of one, as it was described, and what was read in it."""

    description: Description
    lines: tuple[TextLine, ...] = ()


class Seen(NamedTuple):
    """What a scan looked at in an image."""

    regions: bool  # regions that may be marks were looked for
    text: bool  # text was read
    in_part: bool  # some of the image was not examined


def compact(looks: Sequence[Look], size: tuple[int, int], seen: Seen) -> CompactDescription:
    """The compact description of an image of `size`, width and height in pixels of the file.

    The first of `looks` is its first frame.
    """
    first = looks[0].description
    long_side = float(max(first.shown.shape[:2]))
    pdq, phash = (
        _hashes((look.description for look in looks), number, hasher.bits // 8) for number, hasher in enumerate(HASHERS)
    )
    assert HASHERS[0] is PDQ
    return CompactDescription(
        width=size[0],
        height=size[1],
        pdq=pdq,
        phash=phash,
        keypoints=compact_keypoints(_keypoints([look.description for look in looks]), long_side),
        regions=_regions([look.description for look in looks], long_side),
        lines=tuple(_lines(looks, long_side)),
        regions_sought=seen.regions,
        was_read=seen.text,
        is_part=seen.in_part,
    )


def _hashes(descriptions: Iterable[Description], number: int, width: int) -> NDArray[np.uint8]:
    """The hashes of one hasher, (N, width), as the images are: the whole ones first."""
    found: list[NDArray[np.uint8]] = []
    for description in descriptions:
        both = (description.hashes[number], description.inset_hashes[number])
        found += [transformed[0] for transformed in both if transformed is not None]
    return np.array(found[:MOST_HASHES], np.uint8).reshape(-1, width)


def _keypoints(descriptions: Sequence[Description]) -> Keypoints:
    """The strongest keypoints in pixels of the first frame; by turns one of that frame and one of all else."""
    placed = [each.keypoints.known.strongest(KEYPOINTS_A_LOOK).translated(*each.place) for each in descriptions]
    every = join(tuple(placed)) if placed else NONE
    starts = np.cumsum([0, *map(len, placed)])
    rows = [range(int(begin), int(end)) for begin, end in pairwise(starts)]
    order = np.array([*_in_turn(rows[0], list(_in_turn(*rows[1:])))], np.int64)
    return Keypoints(every.points[order], every.scales[order], every.angles[order], every.descriptors[order])


def _in_turn(*lists: Sequence[Item]) -> Iterator[Item]:
    """One of each list, then the next of each."""
    missing = object()
    for each in chain.from_iterable(zip_longest(*lists, fillvalue=missing)):
        if each is not missing:
            yield each  # type: ignore[misc]


def _regions(descriptions: Sequence[Description], long_side: float) -> CompactRegions:
    """Those of the whole first frame, then the likeliest marks of all looks."""
    boxes, vectors, ranks = [], [], []
    for turn, description in enumerate(descriptions):
        right, down = description.place
        for row, region in enumerate(description.regions):
            is_frame = row == len(description.regions) - 1
            if is_frame and turn:
                continue
            left, top, far, low = region.box
            boxes.append((left + right, top + down, far + right, low + down))
            vectors.append(description.region_embeddings.vectors[row])
            ranks.append(2.0 if is_frame else region.objectness)
    best = sorted(range(len(ranks)), key=lambda row: -ranks[row])[:MOST_REGIONS]
    width = descriptions[0].region_embeddings.vectors.shape[1]
    needed = {bits: len(best) * (PLACE_BYTES + 1 + width * bits // 8) for bits in STEPS}
    bits = max((each for each in STEPS if needed[each] <= REGION_BYTES), default=min(STEPS))
    return region_codes(
        np.array([boxes[row] for row in best], float).reshape(-1, 4),
        np.array([vectors[row] for row in best], np.float32).reshape(-1, width),
        long_side,
        bits,
    )


def _lines(looks: Sequence[Look], long_side: float) -> Iterator[CompactLine]:
    """The longest lines that fit into TEXT_BYTES, in their order in the image."""
    every = [
        (line, look.description.place)
        for look in looks
        for line in look.lines
        if sum(letter.isalnum() for letter in line.text) >= LEAST_LETTERS
    ]
    room, chosen = TEXT_BYTES, set[int]()
    for row in sorted(range(len(every)), key=lambda row: -len(every[row][0].text)):
        needed = len(every[row][0].text.encode("utf-8", "replace")) + 6
        if needed <= room:
            room -= needed
            chosen.add(row)
    for row in sorted(chosen):
        line, (right, down) = every[row]
        points = np.array(line.corners) + np.array([right, down])
        low, high = (np.clip(np.round(side / long_side * GRID), 0, GRID) for side in (points.min(0), points.max(0)))
        yield CompactLine(line.text, line.confidence, (int(low[0]), int(low[1]), int(high[0]), int(high[1])))
