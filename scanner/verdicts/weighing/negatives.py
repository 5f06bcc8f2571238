"""What reviewers dismissed as another mark, and which evidence is nearer to that than to the mark: no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from scanner.engine.boxes import overlap
from scanner.engine.crops.crop_embedding import cosine_of
from scanner.engine.logos.elsewhere import is_same_place, surest_first
from scanner.engine.types import Evidence

LEAST_COSINE: Final = 0.8  # with a negative, from which a crop may show the same; docs/benchmarks.md, "Forms learnt"
SAME_PLACE: Final = 0.3  # intersection over union of boxes, from which two forms of a mark were compared with one place


@dataclass(frozen=True, slots=True)
class Negative:
    """A crop that a reviewer dismissed as not the mark that was matched."""

    negative_id: int
    brand_id: str
    reference_id: str  # that it was matched with; it is a negative of this reference's mark
    case_id: str
    embedding: str  # as crop_embedding packs it
    author: str
    created_at: datetime  # UTC
    ended_at: datetime | None  # None: it counts


@dataclass(frozen=True, slots=True)
class Negatives:
    """The negatives that count, and which references are forms of one mark."""

    items: tuple[Negative, ...] = ()
    marks: Mapping[str, int] = field(default_factory=dict)  # mark_id by reference_id; left out: it has no mark

    def held_down(self, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        """The evidence in one image; what is nearer to a negative of its mark than to any form says so.

        Where a logo has another place that is not, and no other form of its mark was found there, that is its match.
        What an earlier judgement said is left out: negatives come and go.
        """
        fresh = tuple(map(_without_earlier, evidence))
        return tuple(self._first_of(item, fresh) for item in fresh) if self.items else fresh

    def cosine_in(self, case_id: str, item: Evidence) -> float | None:
        """-1..1: the cosine of a match with what was dismissed in a case; None: nothing was, or it has no crop."""
        dismissed = [each.embedding for each in self.items if each.case_id == case_id]
        crop = None if item.logo is None else item.logo.embedding
        cosines = [] if crop is None else [cosine_of(crop, each) for each in dismissed]
        return max((each for each in cosines if each is not None), default=None)

    def _first_of(self, item: Evidence, others: Sequence[Evidence]) -> Evidence:
        """The surest place of a logo that is not held down; the surest of all, held down, where each is."""
        places = (replace(item, elsewhere=()), *item.elsewhere)
        for row, place in enumerate(places):
            if (row == 0 or not self._is_known(place, others)) and not self._compared(place, others).is_held_down:
                return replace(place, elsewhere=(*places[:row], *places[row + 1 :]))
        return self._compared(item, others)

    def _is_known(self, place: Evidence, others: Iterable[Evidence]) -> bool:
        """Whether another form of the mark was found at a place."""
        forms = (each for each in others if each.reference_id != place.reference_id)
        return any(
            self._is_of_one_mark(each.reference_id, place.reference_id) and is_same_place(each.box, place.box)
            for each in forms
        )

    def _compared(self, item: Evidence, others: Sequence[Evidence]) -> Evidence:
        if item.logo is None or item.logo.embedding is None or item.logo.cosine is None:
            return item
        negatives = [each for each in self.items if self._is_of_one_mark(each.reference_id, item.reference_id)]
        cosines = [cosine_of(item.logo.embedding, each.embedding) for each in negatives]
        nearest = max((cosine for cosine in cosines if cosine is not None), default=-1.0)
        forms = [
            other.logo.cosine
            for other in (item, *others)
            if other.logo is not None
            and other.logo.cosine is not None
            and self._is_of_one_mark(other.reference_id, item.reference_id)
            and (other is item or overlap(other.box, item.box) >= SAME_PLACE)
        ]
        if nearest < LEAST_COSINE or nearest <= max(forms):
            return item
        return replace(item, logo=replace(item.logo, dismissed=round(nearest, 4)))

    def _is_of_one_mark(self, one: str, other: str) -> bool:
        mark = self.marks.get(one)
        return one == other or (mark is not None and mark == self.marks.get(other))


NO_NEGATIVES: Final = Negatives()
"""Nothing was dismissed as another mark."""


def _without_earlier(item: Evidence) -> Evidence:
    if item.logo is not None and item.logo.dismissed is not None:
        item = replace(item, logo=replace(item.logo, dismissed=None))
    if not item.elsewhere:
        return item
    shipped = item if item.alone is None else replace(item, confidence=item.alone, alone=None)
    return surest_first((shipped, *item.elsewhere))
