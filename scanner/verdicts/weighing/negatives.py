"""What reviewers dismissed as another mark, and which evidence is nearer to that than to the mark: no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from scanner.engine.boxes import overlap
from scanner.engine.crops.crop_embedding import cosine_of
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

        What an earlier judgement said is left out: negatives come and go.
        """
        fresh = tuple(map(_without_earlier, evidence))
        return tuple(self._compared(item, fresh) for item in fresh) if self.items else fresh

    def _compared(self, item: Evidence, others: Sequence[Evidence]) -> Evidence:
        if item.logo is None or item.logo.embedding is None or item.logo.cosine is None:
            return item
        negatives = [each for each in self.items if self._is_of_one_mark(each.reference_id, item.reference_id)]
        cosines = [cosine_of(item.logo.embedding, each.embedding) for each in negatives]
        nearest = max((cosine for cosine in cosines if cosine is not None), default=-1.0)
        forms = [
            other.logo.cosine
            for other in others
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
    if item.logo is None or item.logo.dismissed is None:
        return item
    return replace(item, logo=replace(item.logo, dismissed=None))
