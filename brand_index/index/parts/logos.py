"""Logos of several segments, searched by the cosine of their views as if all were in one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brand_index.features.views.parts import Shown
from brand_index.index.parts.embeddings import EmbeddingPart
from brand_index.index.parts.placed import Order, Placed, RowsInForce, by_position, start_of

FORMS_A_MARK: Final = 3  # that are compared: the nearest; further ones of the same mark add nothing but time
MOST_RANKS: Final = 200  # further views that are retrieved, because one brand or mark may fill the first ranks


@dataclass(frozen=True, slots=True)
class EmbeddingHit:
    """A reference similar to one row of the query."""

    position: int
    cosine: float
    region: int  # row of the query
    view: int  # row, over all segments, of the reference's most similar view


@dataclass(frozen=True, slots=True)
class Similarity:
    """How similar several crops of one part of an image are to one logo."""

    cosine: float  # of the best crop
    neg_log10_far: float  # as Levels.neg_log10_far
    margin: float  # of that cosine over the best of any other brand's logos, in any of the crops
    mean_cosine: float  # over the crops
    hits: tuple[EmbeddingHit, ...]  # one for each crop


class _Near(NamedTuple):
    """The nearest views of N vectors over all segments, (N, K) each, nearest first."""

    cosines: NDArray[np.float32]
    views: NDArray[np.int64]
    positions: NDArray[np.int64]


class LogoSearch:
    """The logos of several segments."""

    def __init__(
        self,
        parts: Sequence[Placed[EmbeddingPart]],
        brands: NDArray[np.integer],
        marks: NDArray[np.integer] | None = None,
        order: Order = by_position,
    ) -> None:
        """`brands` are those of the references by position, by number.

        `marks` likewise: of one mark no more than FORMS_A_MARK references are named, so that the forms of one do not
        keep others out; −1, as None of all: a reference counts by itself.
        """
        self._parts, self._brands, self._marks, self._order = parts, brands, marks, order
        self._rows = [RowsInForce.of(placed.part.owners, placed.withdrawn) for placed in parts]
        self._total = sum(rows.count for rows in self._rows)
        self._starts = np.cumsum([0, *(len(placed.part.owners) for placed in parts)])
        views = np.zeros(len(brands), np.int64)  # in force, of each reference
        for placed in parts:
            counts = placed.part.counts
            views[placed.start : placed.start + len(counts)] = counts
            views[placed.start + placed.withdrawn.astype(np.int64)] = 0
        self._most_views = int(views.max(initial=1))
        self._most_of_a_brand = _most_of_one(brands, views)
        self._most_of_a_mark = 0 if marks is None else _most_of_one(marks, views)

    def search(self, vectors: NDArray[np.float32], count: int) -> list[EmbeddingHit]:
        """The `count` references most similar to any of the (N, D) query rows, each with its most similar row."""
        if not self._total or not len(vectors):
            return []
        near = self._nearest(vectors, self._most_views * (count + 2) + self._most_of_a_mark)
        best: dict[int, EmbeddingHit] = {}
        named = Counter[int]()
        for flat in self._ranked(near):
            region, column = divmod(flat, near.cosines.shape[1])
            position = int(near.positions[region, column])
            mark = -1 if self._marks is None else int(self._marks[position])
            if position not in best and (mark < 0 or named[mark] < FORMS_A_MARK):
                named[mark] += 1
                cosine, view = float(near.cosines[region, column]), int(near.views[region, column])
                best[position] = EmbeddingHit(position, cosine, region, view)
            if len(best) == count:
                break
        return list(best.values())

    def similarities(self, vectors: NDArray[np.float32], queries: Sequence[tuple[int, slice]]) -> list[Similarity]:
        """The similarity of each query: (position of a logo, rows of the crops among the (N, D) `vectors`)."""
        if not queries:
            return []
        near = self._nearest(vectors, 3 * self._most_views + self._most_of_a_brand)
        found = []
        for position, crops in queries:
            number = max(at for at, placed in enumerate(self._parts) if placed.start <= position)
            part, start = self._parts[number].part, int(self._starts[number])
            rows = part.views_of(position - self._parts[number].start)
            by_view = vectors[crops] @ part.vectors(rows).T
            best, nearest = by_view.max(axis=1), start + rows.start + by_view.argmax(axis=1)
            cosine = float(best.max())
            hits = tuple(
                EmbeddingHit(position, float(value), crops.start + row, int(view))
                for row, (value, view) in enumerate(zip(best, nearest, strict=True))
            )
            far = part.levels(rows.start).neg_log10_far(cosine)
            rival = self._rival(near.cosines[crops], near.positions[crops], position)
            found.append(Similarity(cosine, far, cosine - rival, float(best.mean()), hits))
        return found

    def patches(self, views: Sequence[int]) -> NDArray[np.int8]:
        """The patches, (N, P, W), of the registered views at these rows."""
        if not len(views):
            return self._parts[0].part.patches([]) if self._parts else np.zeros((0, 0, 0), np.int8)
        return np.stack([part.patches(slice(row, row + 1))[0] for part, row in map(self._at, views)])

    def shown(self, view: int) -> Shown:
        """What of its logo the registered view at this row shows."""
        part, row = self._at(view)
        return part.shown(row)

    def _at(self, view: int) -> tuple[EmbeddingPart, int]:
        number = start_of(self._starts, view)
        return self._parts[number].part, view - int(self._starts[number])

    def _nearest(self, vectors: NDArray[np.float32], count: int) -> _Near:
        """The `count` nearest views of each of the vectors, or all that are in force."""
        found = []
        for placed, rows, start in zip(self._parts, self._rows, self._starts, strict=False):
            if rows.count:
                cosines, local = placed.part.nearest(vectors, min(count, rows.count), rows)
                found.append(_Near(cosines, local + start, placed.start + placed.part.owners[local].astype(np.int64)))
        if len(found) == 1:
            return found[0]
        joined = _Near(
            np.concatenate([each.cosines for each in found], axis=1),
            np.concatenate([each.views for each in found], axis=1),
            np.concatenate([each.positions for each in found], axis=1),
        )
        best = np.argsort(-joined.cosines, axis=1, kind="stable")[:, : min(count, self._total)]
        return _Near(
            np.take_along_axis(joined.cosines, best, 1),
            np.take_along_axis(joined.views, best, 1),
            np.take_along_axis(joined.positions, best, 1),
        )

    def _ranked(self, near: _Near) -> Iterator[int]:
        """The flat places of what is near by falling cosine; what is equally near by the order of the references."""
        order = np.argsort(-near.cosines, axis=None, kind="stable")
        cosines, positions = near.cosines.ravel()[order], near.positions.ravel()
        begin = 0
        while begin < len(order):
            end = begin + 1
            while end < len(order) and cosines[end] == cosines[begin]:
                end += 1
            same = order[begin:end]
            if len(same) > 1:
                same = same[np.argsort(self._order(positions[same]), kind="stable")]
            yield from same.tolist()
            begin = end

    def _rival(self, cosines: NDArray[np.float32], positions: NDArray[np.int64], position: int) -> float:
        """The cosine of the nearest view of another brand than that of `position`; the last retrieved if none is."""
        others = cosines[self._brands[positions] != self._brands[position]]
        return float(others.max(initial=cosines.min()))


def _most_of_one(groups: NDArray[np.integer], views: NDArray[np.int64]) -> int:
    """How many views one brand or mark has at most, which may fill the first ranks; MOST_RANKS at most."""
    grouped = groups >= 0
    totals = np.bincount(groups[grouped], views[grouped]) if grouped.any() else np.zeros(0)
    return int(min(MOST_RANKS, totals.max(initial=0)))
