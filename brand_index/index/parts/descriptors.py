"""The search structure over the codes of a segment's descriptors: flat for few, inverted lists for many."""

import tempfile
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from faiss.contrib.ondisk import merge_ondisk
from numpy.typing import NDArray

from brand_index.features.keypoints import DIMENSIONS
from brand_index.index.parts.codes import CODE_BYTES, centroids, decode
from brand_index.index.parts.files import read_faiss, read_faiss_lists
from brand_index.index.parts.placed import RowsInForce

NEIGHBOURS: Final = 8  # of each query keypoint; the last is the background that the others must beat
EXACT_ROWS: Final = 2_000  # up to here a flat search is about as fast as inverted lists
PROBES: Final = 4  # inverted lists searched for each query keypoint
# The coarse quantizer finds the nearest inverted lists by a graph over their centroids (HNSW, Malkov and Yashunin
# 2016): the links of each centroid, and the candidates kept during a search.
HNSW_LINKS: Final = 16
HNSW_SEARCH: Final = 8
TRAINING_ROWS: Final = 200_000
LISTS: Final = 4  # times the square root of the rows
GROWTH: Final = 2  # times the rows that centroids were trained on, up to which they serve
BLOCK: Final = 100_000  # rows that are read and added at once
ROWS_AT_ONCE: Final = 1_000_000  # in one file of inverted lists before they are put together on disk: 24 MB


def nearest_rows(
    index: Any, asked: NDArray[np.float32], count: int, rows: RowsInForce
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Squared distances and rows, (N, count), of the nearest descriptors in force; row −1: there are fewer."""
    probes = {"nprobe": index.nprobe} if isinstance(index, faiss.IndexIVF) else {}
    distances, found = index.search(asked, count, params=rows.parameters(**probes))
    return distances, found


def read_descriptors(folder: Path, name: str, codes: NDArray[np.uint8]) -> Any:
    """What `write_descriptors` wrote of these (N, CODE_BYTES) codes; of few it is made here. Raises IndexUnusable."""
    if len(codes) <= EXACT_ROWS:
        flat = faiss.IndexScalarQuantizer(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct, faiss.METRIC_L2)
        if len(codes):
            flat.train(decode(codes).astype(np.float32))
            flat.add(decode(codes).astype(np.float32))
        return flat
    path = folder / f"{name}.faiss"
    index = read_faiss_lists(path) if path.with_suffix(".lists").exists() else read_faiss(path)
    index.nprobe = min(PROBES, index.nlist)
    lists_of: Any = index.invlists
    lists = faiss.downcast_InvertedLists(lists_of)
    if isinstance(lists, faiss.OnDiskInvertedLists):
        lists.prefetch_nthread = 0  # the system reads ahead; threads would take the cores of other workers
    return index


def write_descriptors(folder: Path, name: str, codes: NDArray[np.uint8], earlier: Any = None) -> None:
    """Write the index of the descriptors that (N, CODE_BYTES) codes stand for, as `name`.faiss; of few it writes none.

    The codes may lie on disk. `earlier`: an index, of some of them, whose centroids serve again unless this one is
    GROWTH times what they were trained on; None: they are trained.
    """
    rows = len(codes)
    if rows <= EXACT_ROWS:
        return
    lists_at = None if earlier is None else _centroids_of(earlier, rows)
    if lists_at is None:
        lists = int(LISTS * np.sqrt(rows))
        sample = min(rows, max(TRAINING_ROWS, 20 * lists))
        chosen = np.random.default_rng(0).choice(rows, sample, replace=False, shuffle=False)
        lists_at = _trained(decode(codes[np.sort(chosen)]).astype(np.float32), lists)
    coarse = _hnsw_quantizer(lists_at)
    trained = _empty(coarse, len(lists_at))
    if rows <= ROWS_AT_ONCE:
        _add(trained, codes, 0, rows)
    else:
        with tempfile.TemporaryDirectory(dir=folder) as shards:
            paths = []
            for number, begin in enumerate(range(0, rows, ROWS_AT_ONCE)):
                _add(trained, codes, begin, min(rows, begin + ROWS_AT_ONCE))
                paths.append(str(Path(shards) / f"{number}.faiss"))
                faiss.write_index(trained, paths[-1])
                trained.reset()
            merge_ondisk(trained, paths, str(folder / f"{name}.lists"))
    faiss.write_index(trained, str(folder / f"{name}.faiss"))


def _empty(coarse: Any, lists: int) -> Any:
    """The trained index without rows."""
    index = faiss.IndexIVFPQ(coarse, DIMENSIONS, lists, CODE_BYTES, 8, faiss.METRIC_L2)
    index.by_residual = False  # the codes are of the descriptors themselves, as the proof has them
    faiss.copy_array_to_vector(centroids().astype(np.float32).ravel(), index.pq.centroids)
    index.is_trained = True  # the lists' centroids are there, and those of the codes always are
    return index


def _add(index: Any, codes: NDArray[np.uint8], begin: int, end: int) -> None:
    """Add the rows from `begin` to `end` under their own numbers."""
    for first in range(begin, end, BLOCK):
        last = min(end, first + BLOCK)
        index.add_with_ids(decode(codes[first:last]).astype(np.float32), np.arange(first, last))


def _centroids_of(earlier: Any, rows: int) -> NDArray[np.float32] | None:
    """The centroids of an index if they serve for so many rows; None: they do not, or it has none."""
    if not isinstance(earlier, faiss.IndexIVF) or rows > GROWTH * (earlier.nlist / LISTS) ** 2:
        return None
    graph: Any = faiss.downcast_index(earlier.quantizer)
    storage = faiss.downcast_index(graph.storage)
    return np.asarray(storage.reconstruct_n(0, earlier.nlist), np.float32)


def _trained(sample: NDArray[np.float32], lists: int) -> NDArray[np.float32]:
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
