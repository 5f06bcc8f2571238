"""What an index finds of what comparing all descriptors finds: the nearest keypoints, and the photos voted for."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import Keypoints
from brand_index.index.parts import KeypointPart, KeypointSearch, Placed
from brand_index.index.parts.codes import decode
from brand_index.index.parts.lists.descriptors import Descriptors
from brand_index.index.parts.placed import RowsInForce
from brand_index.index.published import current_folder, read_manifest
from brand_index.index.reading import MIRRORED, open_segments
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.settings import EngineSettings

ROWS: Final = 100_000  # that are compared with all queries at once


@dataclass(frozen=True, slots=True)
class Recall:
    """Shares of what is found where all descriptors are compared; NaN: nothing is found there."""

    nearest: float  # of keypoints, the nearest keypoint of a photo
    proposed: float  # of images, the photos with enough votes to be verified


class AllCompared:
    """The descriptors of a part of which nothing is withdrawn, all of them compared with each that is asked for."""

    def __init__(self, listed: Descriptors) -> None:
        self._listed, self.rows = listed, listed.rows

    def nearest(
        self, asked: NDArray[np.float32], count: int, rows: RowsInForce
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As Descriptors."""
        distances = np.full((len(asked), count), np.finfo(np.float32).max, np.float32)
        found = np.full((len(asked), count), -1, np.int64)
        for begin in range(0, self.rows, ROWS):
            block = decode(self.codes_of(slice(begin, begin + ROWS))).astype(np.float32)
            farther, others = faiss.knn(np.ascontiguousarray(asked), block, min(count, len(block)))
            distances = np.concatenate([distances, farther], axis=1)
            found = np.concatenate([found, others + begin], axis=1)
            first = np.argsort(distances, axis=1, kind="stable")[:, :count]
            distances, found = np.take_along_axis(distances, first, 1), np.take_along_axis(found, first, 1)
        return distances, found

    def codes_of(self, rows: slice) -> NDArray[np.uint8]:
        """As Descriptors."""
        return self._listed.codes_of(rows)

    def centroids(self) -> NDArray[np.float32] | None:
        """As Descriptors."""
        return self._listed.centroids()


def recall_of(
    store: Store, images: Sequence[tuple[Keypoints, int]], keypoints: int, settings: EngineSettings
) -> Recall:
    """Search the index of `store` for images, each its keypoints and its width in pixels.

    Of their keypoints, so many are searched for by themselves, at random.
    """
    folder = current_folder(store)
    parts = [segment.keypoints[ReferenceKind.PHOTO] for segment, _ in open_segments(folder, read_manifest(folder))]
    exact = [_with_all_compared(part) for part in parts]
    asked = np.concatenate([each.descriptors for each, _ in images])
    chosen = np.random.default_rng(0).choice(len(asked), min(keypoints, len(asked)), replace=False)
    least = _distances(exact, asked[np.sort(chosen)])
    nearest = _distances(parts, asked[np.sort(chosen)]) <= least + 0.5
    found = _proposals(parts, settings)
    expected = _proposals(exact, settings)
    pairs = [(found(*image), expected(*image)) for image in images]
    kept, wanted = (sum(map(len, each)) for each in ([one & other for one, other in pairs], [one for _, one in pairs]))
    return Recall(float(nearest.mean()), kept / wanted if wanted else float("nan"))


def _with_all_compared(part: KeypointPart) -> KeypointPart:
    exact = copy(part)
    exact.searched = AllCompared(part.searched)
    return exact


def _distances(parts: Sequence[KeypointPart], asked: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The least squared distance, (N,), of each of (N, 128) descriptors to those of the parts."""
    each = [part.searched.nearest(asked.astype(np.float32), 1, RowsInForce(len(part), None))[0] for part in parts]
    return np.asarray(np.concatenate(each, axis=1).min(axis=1), np.float32)


def _proposals(parts: Sequence[KeypointPart], settings: EngineSettings) -> Callable[[Keypoints, int], frozenset[int]]:
    """What names the photos that an image's keypoints, and its width, vote for, by their positions."""
    starts = np.cumsum([0, *(len(part.ends) for part in parts)]).tolist()
    search = KeypointSearch([Placed(part, start) for part, start in zip(parts, starts, strict=False)])

    def proposed(keypoints: Keypoints, width: int) -> frozenset[int]:
        strongest = keypoints.strongest(settings.voting_keypoints)
        hits = search.search(strongest, width, settings.verified_photos, MIRRORED[ReferenceKind.PHOTO])
        return frozenset(hit.position for hit in hits if hit.votes >= settings.least_votes)

    return proposed
