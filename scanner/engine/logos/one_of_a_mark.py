"""One evidence for each mark at a place: its forms look alike, and several that match one region are one claim."""

from collections.abc import Iterable, Mapping
from typing import Final

from scanner.engine.boxes import Box, overlap, share_within
from scanner.engine.types import Evidence

SAME_PLACE: Final = 0.3  # intersection over union from which two forms of one mark are matched at one place
WITHIN: Final = 0.8  # likewise, share of one that lies in the other: a part within the whole


def one_of_each_mark(evidence: Iterable[Evidence], marks: Mapping[str, int | None]) -> tuple[Evidence, ...]:
    """The evidence without that which names another form of the same mark at the same place, less surely.

    `marks`: the mark of each reference; None, or no entry: it counts by itself. The order is kept.
    """
    given = tuple(evidence)
    kept = list[Evidence]()
    for item in sorted(given, key=lambda each: (-each.confidence, each.reference_id)):
        mark = marks.get(item.reference_id)
        if mark is None or not any(_is_same_claim(item, other, mark, marks) for other in kept):
            kept.append(item)
    return tuple(each for each in given if each in kept)


def _is_same_claim(item: Evidence, other: Evidence, mark: int, marks: Mapping[str, int | None]) -> bool:
    same = marks.get(other.reference_id) == mark and item.kind is other.kind and item.frame == other.frame
    return same and _is_same_place(item.box, other.box)


def _is_same_place(one: Box, other: Box) -> bool:
    return overlap(one, other) >= SAME_PLACE or max(share_within(one, other), share_within(other, one)) >= WITHIN
