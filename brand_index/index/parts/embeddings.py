"""Embeddings of logos' views, searched by cosine, with what lies at the views' places and how alike is usual."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Level
from brand_index.features.embedding import Embedded
from brand_index.index.parts.files import as_half, read_array, read_faiss, read_owners


@dataclass(frozen=True, slots=True)
class EmbeddingHit:
    """A reference that one region looks like."""

    position: int
    cosine: float
    region: int  # row of the query
    view: int  # row of the reference's view that it is most like


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much one place of an image, looked at in several ways, looks like one logo."""

    cosine: float  # of the best look
    neg_log10_far: float  # as Level.rarity
    margin: float  # of that cosine over the best of any other brand's logo in any of the looks
    mean_cosine: float  # mean cosine over the looks
    looks: tuple[EmbeddingHit, ...]  # each


class EmbeddingPart:
    """Embeddings of logos, a row a view, compared by cosine, and what likeness is usual for each logo."""

    def __init__(
        self, index: Any, owners: NDArray[np.int32], levels: NDArray[np.float32], patches: NDArray[np.int8]
    ) -> None:
        self._index, self._owners, self._levels, self._patches = index, owners, levels, patches

    @classmethod
    def build(cls, dimensions: int, rows: Iterable[tuple[int, Embedded, Level]]) -> "EmbeddingPart":
        """From (position, views with vectors of so many dimensions, their logo's level) rows."""
        kept = list(rows)
        index = faiss.IndexScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        if kept:
            index.add(as_half(np.concatenate([views.vectors for _, views, _ in kept])))
        owners = [np.full(len(views.vectors), position, np.int32) for position, views, _ in kept]
        levels = [np.tile([level.cosine, level.slope], (len(views.vectors), 1)) for _, views, level in kept]
        return cls(
            index,
            np.concatenate([np.zeros(0, np.int32), *owners]),
            np.concatenate([np.zeros((0, 2)), *levels]).astype(np.float32),
            np.concatenate([views.patches for _, views, _ in kept]) if kept else np.zeros((0, 0, 0), np.int8),
        )

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.faiss and three arrays, all beginning with `name`, into `folder`."""
        faiss.write_index(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)
        np.save(folder / f"{name}.levels.npy", self._levels)
        np.save(folder / f"{name}.patches.npy", self._patches)

    @classmethod
    def load(cls, folder: Path, name: str) -> "EmbeddingPart":
        """Read what `save` wrote. Raises IndexUnusable."""
        index = read_faiss(folder / f"{name}.faiss", faiss.read_index)
        levels, patches = (read_array(folder / f"{name}.{field}.npy") for field in ("levels", "patches"))
        return cls(index, read_owners(folder, name, index.ntotal), levels, patches)

    def patches(self, views: Sequence[int]) -> NDArray[np.int8]:
        """(N, P, W): what lies at the places of the registered views at these rows."""
        return np.asarray(self._patches[list(views)], np.int8)

    def search(self, vectors: NDArray[np.float32], count: int) -> list[EmbeddingHit]:
        """The `count` references most like any of the (N, D) query rows, each with the region that it is most like."""
        if not len(self._owners) or not len(vectors):
            return []
        cosines, rows = self._nearest(vectors, count)
        best: dict[int, EmbeddingHit] = {}
        for place in np.argsort(-cosines, axis=None, kind="stable"):
            region, column = divmod(int(place), cosines.shape[1])
            position = int(self._owners[rows[region, column]])
            if position not in best:
                view = int(rows[region, column])
                best[position] = EmbeddingHit(position, float(cosines[region, column]), region, view)
            if len(best) == count:
                break
        return list(best.values())

    def likenesses(
        self, vectors: NDArray[np.float32], brands: NDArray[np.int32], asked: Sequence[tuple[int, slice]]
    ) -> list[Likeness]:
        """For each (position of a logo, rows of the (N, D) `vectors` that look at one place) their likeness."""
        if not asked:
            return []
        cosines, rows = self._nearest(vectors, 1)
        told = []
        for position, looks in asked:
            first, end = np.searchsorted(self._owners, [position, position + 1])
            views = self._index.reconstruct_n(int(first), int(end - first))
            alike = vectors[looks] @ views.T
            each, nearest = alike.max(axis=1), int(first) + alike.argmax(axis=1)
            cosine = float(each.max())
            hits = tuple(
                EmbeddingHit(position, float(told), looks.start + row, int(view))
                for row, (told, view) in enumerate(zip(each, nearest, strict=True))
            )
            level = Level(*(float(value) for value in self._levels[first]))
            rival = self._rival(cosines[looks], rows[looks], brands, position)
            told.append(Likeness(cosine, level.neg_log10_far(cosine), cosine - rival, float(each.mean()), hits))
        return told

    def _nearest(self, vectors: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        # A reference has up to four views, and a brand several references, which may fill the first places.
        cosines, rows = self._index.search(vectors, min(4 * (count + 2), len(self._owners)))
        return cosines, rows

    def _rival(
        self, cosines: NDArray[np.float32], rows: NDArray[np.int64], brands: NDArray[np.int32], position: int
    ) -> float:
        """The cosine of the nearest view of any brand but that of `position`, or the last that is known of."""
        others = cosines[brands[self._owners[rows]] != brands[position]]
        return float(others.max(initial=cosines.min()))
