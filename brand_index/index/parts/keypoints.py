"""Keypoints of references: descriptors are searched for votes, and one reference's are read for verification."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.features.keypoints import DIMENSIONS, Keypoints
from brand_index.index.parts.files import read_array, read_faiss, read_owners
from brand_index.index.voting import vote

NEIGHBOURS: Final = 8  # of each query keypoint; the last is the background that the others must beat
EXACT_ROWS: Final = 2_000  # up to here a flat search is about as fast as inverted lists
PROBES: Final = 4  # inverted lists searched for each query keypoint
# The coarse quantizer finds the nearest inverted lists by a graph over their centroids (HNSW, Malkov and Yashunin
# 2016): the links of each centroid, and the candidates kept during a search.
HNSW_LINKS: Final = 16
HNSW_SEARCH: Final = 8
TRAINING_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class VoteHit:
    """A reference that keypoints vote for."""

    position: int
    votes: float
    mirrored: bool


class KeypointPart:
    """Keypoints of one kind of reference, for voting and for verification."""

    def __init__(
        self,
        index: Any,
        owners: NDArray[np.int32],
        starts: NDArray[np.int64],
        frames: NDArray[np.float32],
        keypoints: Keypoints,
    ) -> None:
        self._index, self._owners, self._starts, self._frames = index, owners, starts, frames
        self._keypoints = keypoints

    @classmethod
    def build(cls, rows: Iterable[tuple[int, Keypoints]], frames: NDArray[np.float32]) -> "KeypointPart":
        """Build the part from (position, keypoints) rows by position; `frames` (R, 3): centres and long sides."""
        pairs = list(rows)
        counts = np.zeros(len(frames), np.int64)
        for position, keypoints in pairs:
            counts[position] = len(keypoints)
        starts = np.concatenate([[0], np.cumsum(counts)])
        joined = Keypoints(
            np.concatenate([np.zeros((0, 2), np.float32), *(part.points for _, part in pairs)]),
            np.concatenate([np.zeros(0, np.float32), *(part.scales for _, part in pairs)]),
            np.concatenate([np.zeros(0, np.float32), *(part.angles for _, part in pairs)]),
            np.concatenate([np.zeros((0, DIMENSIONS), np.uint8), *(part.descriptors for _, part in pairs)]),
        )
        owners = np.repeat(np.arange(len(frames), dtype=np.int32), counts)
        return cls(_descriptor_index(joined.descriptors), owners, starts, frames, joined)

    def save(self, folder: Path, name: str) -> None:
        """Write the FAISS file and seven arrays, all beginning with `name`, into `folder`."""
        faiss.write_index(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)
        np.save(folder / f"{name}.starts.npy", self._starts)
        np.save(folder / f"{name}.frames.npy", self._frames)
        for field in ("points", "scales", "angles", "descriptors"):
            np.save(folder / f"{name}.{field}.npy", getattr(self._keypoints, field))

    @classmethod
    def load(cls, folder: Path, name: str) -> "KeypointPart":
        """Read what `save` wrote; the arrays stay on disk and are shared by all processes. Raises IndexUnusable."""
        index = read_faiss(folder / f"{name}.faiss", faiss.read_index)
        if isinstance(index, faiss.IndexIVF):
            index.nprobe = min(PROBES, index.nlist)
        points, scales, angles, descriptors = (
            read_array(folder / f"{name}.{field}.npy") for field in ("points", "scales", "angles", "descriptors")
        )
        starts, frames = read_array(folder / f"{name}.starts.npy"), read_array(folder / f"{name}.frames.npy")
        keypoints = Keypoints(points, scales, angles, descriptors)
        return cls(index, read_owners(folder, name, index.ntotal), starts, frames, keypoints)

    def of(self, position: int) -> Keypoints:
        """The keypoints of the reference at this position of the catalog."""
        return self._keypoints.rows(slice(int(self._starts[position]), int(self._starts[position + 1])))

    def search(self, query: Keypoints, width: int, count: int, mirrored: int) -> list[VoteHit]:
        """The `count` references with most votes from a listing image `width` px wide, as it is or mirrored.

        Of its keypoints only the `mirrored` strongest vote as in a mirror.
        """
        if not len(self._owners) or not len(query):
            return []
        hits: dict[int, VoteHit] = {}
        neighbours = min(NEIGHBOURS, len(self._owners))
        for in_mirror in (False, True):
            asking = query.strongest(mirrored).mirrored(width) if in_mirror else query
            distances, rows = self._index.search(asking.descriptors.astype(np.float32), neighbours)
            positions, votes = vote(asking, self._keypoints, distances, rows, self._owners, self._frames, count)
            for position, weight in zip(positions.tolist(), votes.tolist(), strict=True):
                if position not in hits or weight > hits[position].votes:
                    hits[position] = VoteHit(position, weight, in_mirror)
        return sorted(hits.values(), key=lambda hit: (-hit.votes, hit.position))[:count]


def _descriptor_index(descriptors: NDArray[np.uint8]) -> Any:
    """A FAISS index over byte descriptors: flat for few, inverted lists for more than EXACT_ROWS."""
    rows = len(descriptors)
    direct = faiss.ScalarQuantizer.QT_8bit_direct
    if rows <= EXACT_ROWS:
        flat = faiss.IndexScalarQuantizer(DIMENSIONS, direct, faiss.METRIC_L2)
        if rows:
            flat.train(descriptors.astype(np.float32))
            flat.add(descriptors.astype(np.float32))
        return flat
    lists = int(4 * np.sqrt(rows))
    chosen = np.random.default_rng(0).permutation(rows)[: max(TRAINING_ROWS, 20 * lists)]
    sample = descriptors[chosen].astype(np.float32)
    coarse = _hnsw_quantizer(_centroids(sample, lists))
    index = faiss.IndexIVFScalarQuantizer(coarse, DIMENSIONS, lists, direct, faiss.METRIC_L2)
    index.by_residual = False  # residuals would not fit the bytes that "direct" stores
    index.train(sample)
    for start in range(0, rows, TRAINING_ROWS):
        index.add(descriptors[start : start + TRAINING_ROWS].astype(np.float32))
    index.nprobe = min(PROBES, lists)
    return index


def _centroids(sample: NDArray[np.float32], lists: int) -> NDArray[np.float32]:
    """The k-means centroids, (lists, D), of the (N, D) sample."""
    clustering = faiss.Clustering(DIMENSIONS, lists)
    clustering.niter = 8  # lists need only be of even length; more rounds change recall by less than a tenth of a point
    clustering.min_points_per_centroid = 1
    clustering.train(sample, faiss.IndexFlatL2(DIMENSIONS))
    return np.asarray(faiss.vector_to_array(clustering.centroids), np.float32).reshape(lists, DIMENSIONS)


def _hnsw_quantizer(centroids: NDArray[np.float32]) -> Any:
    """The HNSW graph over the centroids, built by one thread: several threads link them differently each time."""
    graph = faiss.IndexHNSWFlat(DIMENSIONS, HNSW_LINKS)
    graph.hnsw.efSearch = HNSW_SEARCH
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        graph.add(centroids)
    finally:
        faiss.omp_set_num_threads(threads)
    return graph
