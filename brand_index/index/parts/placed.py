"""A part of one segment as an index of several holds it: where its references begin, and which were withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import faiss
import numpy as np
from numpy.typing import NDArray

_faiss: Any = faiss  # its wrappers take other arguments than its types say
Part = TypeVar("Part")
Order = Callable[[NDArray[np.int64]], NDArray[Any]]
"""What references at equal distance are ordered by, given their positions: the same in any number of segments."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed(Generic[Part]):
    """One segment's part among others."""

    part: Part
    start: int = 0  # position in the index of the segment's first reference
    withdrawn: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))  # ascending, in the segment

    def holds(self, local: int) -> bool:
        """Whether the reference at this position of the segment is in force."""
        at = int(np.searchsorted(self.withdrawn, local))
        return at == len(self.withdrawn) or int(self.withdrawn[at]) != local


@dataclass(frozen=True, slots=True, eq=False)
class RowsInForce:
    """The rows of a part that belong to references in force."""

    count: int
    selector: Any  # for FAISS; None: all rows
    bits: NDArray[np.uint8] | None = None  # packed, the lowest first: whether each row is in force; None: all are

    @classmethod
    def of(cls, owners: NDArray[np.int32], withdrawn: NDArray[np.uint32]) -> "RowsInForce":
        """`owners`, ascending, map a row to its reference's position in the segment."""
        return cls._but(np.searchsorted(owners, withdrawn), np.searchsorted(owners, withdrawn, "right"), len(owners))

    @classmethod
    def of_stretches(cls, ends: NDArray[np.int64], withdrawn: NDArray[np.uint32]) -> "RowsInForce":
        """`ends`, (R,), say where the rows of the reference at each position end; they begin where others end."""
        begins = np.where(withdrawn > 0, ends[withdrawn.astype(np.int64) - 1], 0) if len(withdrawn) else withdrawn
        return cls._but(begins, ends[withdrawn], int(ends[-1]) if len(ends) else 0)

    @classmethod
    def _but(cls, begins: NDArray[np.integer], ends: NDArray[np.integer], rows: int) -> "RowsInForce":
        """All rows but those from each of `begins` to that of `ends`."""
        gone = int(ends.sum()) - int(begins.sum())
        if not gone:
            return cls(rows, None)
        kept = np.ones(rows, bool)
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            kept[begin:end] = False
        bits = np.packbits(kept, bitorder="little")
        return cls(rows - gone, _faiss.IDSelectorBitmap(bits), bits)

    def are_in_force(self, found: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Whether each of the rows, −1 for none, is in force; None: all rows are."""
        if self.bits is None:
            return None
        return np.asarray((found >= 0) & ((self.bits[found >> 3] >> (found & 7).astype(np.uint8)) & 1 > 0), bool)

    def parameters(self) -> Any:
        """What FAISS is asked with; None: as the index says."""
        return None if self.selector is None else _faiss.SearchParameters(sel=self.selector)


def by_position(positions: NDArray[np.int64]) -> NDArray[Any]:
    """The order within one segment, which lists its references by id."""
    return positions


def best_first(distances: Sequence[float], positions: Sequence[int], order: Order) -> list[int]:
    """The numbers of what was found, by rising distance; what is equally far by `order`."""
    if not positions:
        return []
    keys = (order(np.array(positions, np.int64)), np.array(distances))  # the last is the first that counts
    found: list[int] = np.lexsort(keys).tolist()
    return found


def start_of(starts: NDArray[np.int64], number: int) -> int:
    """Which of several stretches a number is in, given where they begin, ascending; empty ones are never it."""
    return int(np.searchsorted(starts, number, "right")) - 1
