"""The references of an index by position: those of its segments, one segment after another; some are withdrawn."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from brand_index.index.catalog import LONGEST_ID, Catalog, IndexedReference
from brand_index.index.parts.placed import Placed, start_of
from brand_index.types import ReferenceKind


class References:
    """The references of several segments; it iterates over those in force, and counts them."""

    def __init__(self, catalogs: Sequence[Placed[Catalog]]) -> None:
        self._catalogs = catalogs
        self._starts = np.cumsum([0, *(len(placed.part) for placed in catalogs)])
        self._count = int(self._starts[-1]) - sum(len(placed.withdrawn) for placed in catalogs)

    def __getitem__(self, position: int) -> IndexedReference:
        """The reference at a position, as a search gives it."""
        number, local = self.number_at(position)
        return self._catalogs[number].part[local]

    def __len__(self) -> int:
        """How many are in force."""
        return self._count

    def __iter__(self) -> Iterator[IndexedReference]:
        """Those in force."""
        return (reference for _, reference in self.placed())

    def placed(self) -> Iterator[tuple[int, IndexedReference]]:
        """Those in force, each with its position."""
        return (
            (placed.start + local, placed.part[local])
            for placed in self._catalogs
            for local in range(len(placed.part))
            if placed.holds(local)
        )

    def number_at(self, position: int) -> tuple[int, int]:
        """The number of the segment in which a position lies, and the position there."""
        number = start_of(self._starts, position)
        return number, position - int(self._starts[number])

    def ids_at(self, positions: NDArray[np.int64]) -> NDArray[np.bytes_]:
        """The ids, in ASCII, of the references at these positions: what is equally similar is listed by them."""
        numbers = np.searchsorted(self._starts, positions, "right") - 1
        found = np.zeros(len(positions), f"S{LONGEST_ID}")
        for number in np.unique(numbers).tolist():
            here = numbers == number
            found[here] = self._catalogs[number].part.id_column[positions[here] - self._starts[number]]
        return found

    def find(self, reference_id: str) -> IndexedReference | None:
        """The reference in force with this id; None: there is none."""
        for placed in self._catalogs:
            local = placed.part.position_of(reference_id)
            if local is not None and placed.holds(local):
                return placed.part[local]
        return None

    def marks_of(self, reference_ids: Iterable[str]) -> dict[str, int | None]:
        """The recorded mark of each logo in force among these; None: it has none."""
        found = filter(None, map(self.find, reference_ids))
        return {each.reference_id: each.mark_id for each in found if each.kind is ReferenceKind.LOGO}

    @property
    def kinds(self) -> frozenset[ReferenceKind]:
        """The kinds of those in force."""
        return frozenset().union(*(_kinds(placed) for placed in self._catalogs))

    def brands(self) -> NDArray[np.int32]:
        """The brand of each position, by number."""
        numbers: dict[str, int] = {}
        parts = [np.zeros(0, np.int32)]
        for placed in self._catalogs:
            own = [numbers.setdefault(each, len(numbers)) for each in placed.part.brands]
            parts.append(np.array(own, np.int32)[placed.part.brand_numbers])
        return np.concatenate(parts)

    def marks(self) -> NDArray[np.int64]:
        """The mark of each position; −1: none is recorded."""
        return np.concatenate([np.zeros(0, np.int64), *(placed.part.marks for placed in self._catalogs)])


def _kinds(placed: Placed[Catalog]) -> frozenset[ReferenceKind]:
    """Those of the references in force of one segment."""
    if not len(placed.withdrawn):
        return placed.part.kinds
    return frozenset(kind for kind in placed.part.kinds if placed.part.has(kind, placed.withdrawn))
