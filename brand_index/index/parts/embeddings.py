"""Embeddings of logos' views, searched by cosine, with the views' patches and each logo's background level."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Levels
from brand_index.features.embedding import Embedded
from brand_index.features.views.parts import ALL_OF_IT, Shown
from brand_index.index.parts.files import as_half, read_array, read_faiss, read_owners

FORMS_A_MARK: Final = 3  # that are compared: the nearest; further ones of the same mark add nothing but time
MOST_RANKS: Final = 200  # further views that are retrieved, because one brand or mark may fill the first ranks
WHOLE: Final = np.array([ALL_OF_IT], np.float32)


@dataclass(frozen=True, slots=True)
class EmbeddingHit:
    """A reference similar to one row of the query."""

    position: int
    cosine: float
    region: int  # row of the query
    view: int  # row of the reference's most similar view


@dataclass(frozen=True, slots=True)
class Similarity:
    """How similar several crops of one part of an image are to one logo."""

    cosine: float  # of the best crop
    neg_log10_far: float  # as Levels.neg_log10_far
    margin: float  # of that cosine over the best of any other brand's logos, in any of the crops
    mean_cosine: float  # over the crops
    hits: tuple[EmbeddingHit, ...]  # one for each crop


class EmbeddingPart:
    """Embeddings of logos, a row a view, compared by cosine, and the background levels of each logo."""

    def __init__(
        self,
        index: Any,
        owners: NDArray[np.int32],
        levels: NDArray[np.float32],
        patches: NDArray[np.int8],
        shown: NDArray[np.float32],
    ) -> None:
        self._index, self._owners, self._levels, self._patches, self._shown = index, owners, levels, patches, shown
        self._most_views = int(np.bincount(owners).max(initial=1)) if len(owners) else 1

    @classmethod
    def build(
        cls, dimensions: int, rows: Iterable[tuple[int, Embedded, Levels, NDArray[np.float32]]]
    ) -> "EmbeddingPart":
        """Build the part from (position, views with vectors of `dimensions`, their logo's levels, what they show) rows.

        What they show is (V, 4), each as Shown; empty: all of the logo.
        """
        kept = list(rows)
        index = faiss.IndexScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        if kept:
            index.add(as_half(np.concatenate([views.vectors for _, views, *_ in kept])))
        owners = [np.full(len(views.vectors), position, np.int32) for position, views, *_ in kept]
        levels = [np.tile(each.to_array(), (len(views.vectors), 1)) for _, views, each, _ in kept]
        shown = [each if len(each) else np.tile(WHOLE, (len(views.vectors), 1)) for _, views, _, each in kept]
        return cls(
            index,
            np.concatenate([np.zeros(0, np.int32), *owners]),
            np.concatenate([np.zeros((0, 4)), *levels]).astype(np.float32),
            np.concatenate([views.patches for _, views, *_ in kept]) if kept else np.zeros((0, 0, 0), np.int8),
            np.concatenate([np.zeros((0, 4)), *shown]).astype(np.float32),
        )

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.faiss and four arrays, all beginning with `name`, into `folder`."""
        faiss.write_index(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)
        np.save(folder / f"{name}.levels.npy", self._levels)
        np.save(folder / f"{name}.patches.npy", self._patches)
        np.save(folder / f"{name}.shown.npy", self._shown)

    @classmethod
    def load(cls, folder: Path, name: str) -> "EmbeddingPart":
        """Read what `save` wrote. Raises IndexUnusable."""
        index = read_faiss(folder / f"{name}.faiss", faiss.read_index)
        fields = ("levels", "patches", "shown")
        levels, patches, shown = (read_array(folder / f"{name}.{field}.npy") for field in fields)
        return cls(index, read_owners(folder, name, index.ntotal), levels, patches, shown)

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""
        return int(self._index.d)

    def of(self, position: int) -> NDArray[np.float32]:
        """The vectors, (V, D), of the views of the logo at this position of the catalog; none of another reference."""
        first, end = np.searchsorted(self._owners, [position, position + 1])
        return np.asarray(self._index.reconstruct_n(int(first), int(end - first)), np.float32)

    def patches(self, views: Sequence[int]) -> NDArray[np.int8]:
        """The patches, (N, P, W), of the registered views at these rows."""
        return np.asarray(self._patches[list(views)], np.int8)

    def shown(self, view: int) -> Shown:
        """What of its logo the registered view at this row shows."""
        left, top, right, bottom = (float(edge) for edge in self._shown[view])
        return left, top, right, bottom

    def search(
        self, vectors: NDArray[np.float32], count: int, marks: NDArray[np.int32] | None = None
    ) -> list[EmbeddingHit]:
        """The `count` references most similar to any of the (N, D) query rows, each with its most similar row.

        `marks`: the mark of each position, by number, of which no more than FORMS_A_MARK are named, so that the forms
        of one do not keep others out; -1, as None of all: a reference counts by itself.
        """
        if not len(self._owners) or not len(vectors):
            return []
        cosines, rows = self._nearest(
            vectors, self._most_views * (count + 2) + (0 if marks is None else self._most_of_one(marks))
        )
        best: dict[int, EmbeddingHit] = {}
        named = Counter[int]()
        for flat in np.argsort(-cosines, axis=None, kind="stable"):
            region, column = divmod(int(flat), cosines.shape[1])
            position = int(self._owners[rows[region, column]])
            mark = -1 if marks is None else int(marks[position])
            if position not in best and (mark < 0 or named[mark] < FORMS_A_MARK):
                named[mark] += 1
                view = int(rows[region, column])
                best[position] = EmbeddingHit(position, float(cosines[region, column]), region, view)
            if len(best) == count:
                break
        return list(best.values())

    def similarities(
        self, vectors: NDArray[np.float32], brands: NDArray[np.int32], queries: Sequence[tuple[int, slice]]
    ) -> list[Similarity]:
        """The similarity of each query: (position of a logo, rows of the crops among the (N, D) `vectors`)."""
        if not queries:
            return []
        cosines, rows = self._nearest(vectors, 3 * self._most_views + self._most_of_one(brands))
        found = []
        for position, crops in queries:
            first, end = np.searchsorted(self._owners, [position, position + 1])
            views = self._index.reconstruct_n(int(first), int(end - first))
            by_view = vectors[crops] @ views.T
            best, nearest = by_view.max(axis=1), int(first) + by_view.argmax(axis=1)
            cosine = float(best.max())
            hits = tuple(
                EmbeddingHit(position, float(value), crops.start + row, int(view))
                for row, (value, view) in enumerate(zip(best, nearest, strict=True))
            )
            levels = Levels.from_array(self._levels[first])
            rival = self._rival(cosines[crops], rows[crops], brands, position)
            found.append(Similarity(cosine, levels.neg_log10_far(cosine), cosine - rival, float(best.mean()), hits))
        return found

    def _nearest(self, vectors: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The cosines and rows of the `count` nearest views of each of the vectors, or of all there are."""
        cosines, rows = self._index.search(vectors, min(count, len(self._owners)))
        return cosines, rows

    def _most_of_one(self, groups: NDArray[np.int32]) -> int:
        """How many views one brand or mark has at most, which may fill the first ranks; MOST_RANKS at most."""
        of_views = groups[self._owners]
        of_views = of_views[of_views >= 0]
        return int(min(MOST_RANKS, np.bincount(of_views).max())) if len(of_views) else 0

    def _rival(
        self, cosines: NDArray[np.float32], rows: NDArray[np.int64], brands: NDArray[np.int32], position: int
    ) -> float:
        """The cosine of the nearest view of another brand than that of `position`; the last retrieved if none is."""
        others = cosines[brands[self._owners[rows]] != brands[position]]
        return float(others.max(initial=cosines.min()))
