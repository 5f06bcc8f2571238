"""One evidence for each mark at a place: its forms look alike, and several that match one region are one claim."""

from collections.abc import Iterable, Mapping

from scanner.engine.logos.elsewhere import is_same_place
from scanner.engine.types import Evidence


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
    return same and is_same_place(item.box, other.box)
