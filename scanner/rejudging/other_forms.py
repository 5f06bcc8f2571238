"""The other forms of marks that are likely in a past image, by what its scan left of it; it judges nothing."""

from collections.abc import Collection
from functools import cached_property

from brand_index.features.compact import CompactDescription
from brand_index.index import BrandIndex
from brand_index.index.past import PastSearch
from brand_index.registry.database import Database
from scanner.engine.types import Evidence
from scanner.moderation.records.past import descriptions_of
from scanner.rejudging.likely import likely_evidence, surest


class OtherForms:
    """The forms of marks that an index holds."""

    def __init__(self, database: Database, index: BrandIndex, recipes: Collection[str]) -> None:
        """`recipes` of the descriptions that can be compared."""
        self._database, self._index, self._recipes = database, index, recipes

    def has(self, mark: int) -> bool:
        """Whether a mark has a form in the index."""
        return mark in self._positions

    def likely(self, scan_id: str, place: int, marks: Collection[int]) -> list[Evidence]:
        """The forms of these marks that are likely in the image at this place of a scan, the surest of each place."""
        left = descriptions_of(self._database, scan_id).get(place)
        if left is None or left.recipe not in self._recipes:
            return []
        search = PastSearch(self._index, [position for mark in marks for position in self._positions.get(mark, ())])
        hits = surest(search.likely([CompactDescription.from_bytes(left.data)]))
        return [likely_evidence(hit, self._index) for hit in hits]

    @cached_property
    def _positions(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for position, each in self._index.references.placed():
            if each.mark_id is not None:
                found.setdefault(each.mark_id, []).append(position)
        return found
