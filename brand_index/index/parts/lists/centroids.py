"""Trains the centroids of inverted lists."""

from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.index.parts.lists.inverted import BLOCK

ROUNDS: Final = 8  # lists need only be of even length; more rounds change recall by less than a tenth of a point


def trained(sample: NDArray[Any], lists: int, *, of_directions: bool = False) -> NDArray[np.float32]:
    """The centroids, (lists, D), of the (N, D) sample: of a few parts of it, and of each of these.

    That takes less time than all centroids at once by the square root of their number. `of_directions`: they are of
    length 1, and compared by cosine.
    """
    few = _k_means(sample, int(np.sqrt(lists)), of_directions)
    blocks = range(0, len(sample), BLOCK)
    flat = _flat(sample.shape[1], of_directions)
    flat.add(few)
    parts = np.concatenate([flat.search(sample[at : at + BLOCK].astype(np.float32), 1)[1][:, 0] for at in blocks])
    ends = np.round(np.cumsum(np.bincount(parts, minlength=len(few))) * (lists / len(sample))).astype(int)
    counts = np.diff(ends, prepend=0)  # of a part as many centroids as it has of the sample
    found = [_k_means(sample[parts == part], int(counts[part]), of_directions) for part in np.flatnonzero(counts)]
    return np.concatenate(found)


def _k_means(sample: NDArray[Any], count: int, of_directions: bool) -> NDArray[np.float32]:
    """The centroids, (count, D), of the (N, D) sample, of which FAISS uses a part if it is large."""
    dimensions = sample.shape[1]
    clustering = faiss.Clustering(dimensions, count)
    clustering.niter = ROUNDS
    clustering.spherical = of_directions
    clustering.min_points_per_centroid = 1
    step = max(1, len(sample) // (clustering.max_points_per_centroid * count))
    clustering.train(sample[::step].astype(np.float32), _flat(dimensions, of_directions))
    return np.asarray(faiss.vector_to_array(clustering.centroids), np.float32).reshape(count, dimensions)


def _flat(dimensions: int, of_directions: bool) -> Any:
    return faiss.IndexFlatIP(dimensions) if of_directions else faiss.IndexFlatL2(dimensions)
