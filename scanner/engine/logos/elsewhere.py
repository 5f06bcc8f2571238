"""The places of one logo in an image: the surest is the match, and a few others stand by should it be dismissed."""

from dataclasses import replace
from typing import Final

from scanner.engine.boxes import Box, overlap, share_within
from scanner.engine.types import Evidence

ASKED_ABOUT: Final = 0.02  # confidence of a logo from which people may be asked about it, if its brand's word is near
MOST: Final = 2  # other places of a logo in one image
SAME_PLACE: Final = 0.3  # intersection over union from which two boxes are one place
WITHIN: Final = 0.8  # likewise, share of one that lies in the other


def surest_first(places: tuple[Evidence, ...]) -> Evidence:
    """The surest of these matches of one logo, with those of the others that lie elsewhere; ties go to the first."""
    kept = list[Evidence]()
    for each in sorted(places, key=lambda place: -place.confidence):
        is_likely = not kept or each.confidence >= ASKED_ABOUT
        if is_likely and not any(is_same_place(each.box, other.box) for other in kept):
            kept.append(replace(each, elsewhere=()))
    return replace(kept[0], elsewhere=tuple(kept[1 : MOST + 1]))


def is_same_place(one: Box, other: Box) -> bool:
    """Whether two boxes in one image are taken to show the same thing."""
    return overlap(one, other) >= SAME_PLACE or max(share_within(one, other), share_within(other, one)) >= WITHIN
