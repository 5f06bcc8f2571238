"""The three searchable parts of an index, each a FAISS file and arrays beside it: the one home of faiss.

Rows are FAISS's own consecutive numbers; `owners` maps a row to its reference's position in the catalog, since a
reference has many rows and FAISS's own id maps break with that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from brand_index.background import Level
from brand_index.embedding import Embedded
from brand_index.errors import IndexUnusable
from brand_index.hashing import TURNS, Hasher, Turn
from brand_index.index.voting import vote
from brand_index.keypoints import DIMENSIONS, Keypoints

NEIGHBOURS: Final = 8  # rows looked at for each query keypoint; the last is the background that the others must beat
EXACT_ROWS: Final = 2_000  # up to here a flat search is about as quick as lists
PROBES: Final = 4  # lists looked through for each query keypoint
# The graph (HNSW, Malkov and Yashunin 2016) that leads a query to the nearest lists: links of each list's middle to
# others, and how many middles are held in view on the way.
LINKS: Final = 16
IN_VIEW: Final = 8
MIRRORED: Final = 300  # the strongest keypoints, that are also asked about as in a mirror
TRAINING_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class HashHit:
    """A reference whose hash lies near; `turn` is how the listing picture must be laid to look like it."""

    position: int
    distance: int  # bits
    turn: Turn


@dataclass(frozen=True, slots=True)
class VoteHit:
    """A reference that keypoints voted for."""

    position: int
    votes: float
    mirrored: bool


@dataclass(frozen=True, slots=True)
class EmbeddingHit:
    """A reference that one region looks like."""

    position: int
    cosine: float
    region: int  # row of the query
    view: int  # row of the reference's view that it is most like


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much one place of a picture, looked at in several ways, looks like one logo."""

    cosine: float  # of the best look
    rarity: float  # as Level.rarity
    margin: float  # of that cosine over the best of any other brand's logo in any of the looks
    steadiness: float  # mean cosine over the looks
    looks: tuple[EmbeddingHit, ...]  # each


class HashPart:
    """Binary hashes of one hasher and one kind of reference."""

    def __init__(self, hasher: Hasher, index: Any, owners: NDArray[np.int32]) -> None:
        self._hasher, self._index, self._owners = hasher, index, owners

    @classmethod
    def build(cls, hasher: Hasher, rows: Iterable[tuple[int, NDArray[np.uint8]]]) -> "HashPart":
        """From (position, (bits / 8,) packed hash) rows."""
        pairs = list(rows)
        index = faiss.IndexBinaryFlat(hasher.bits)
        if pairs:
            index.add(np.stack([value for _, value in pairs]))
        return cls(hasher, index, np.array([position for position, _ in pairs], np.int32))

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.faiss and `name`.owners.npy into `folder`."""
        faiss.write_index_binary(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)

    @classmethod
    def load(cls, hasher: Hasher, folder: Path, name: str) -> "HashPart":
        """Read what `save` wrote. Raises IndexUnusable."""
        index = _read(folder / f"{name}.faiss", faiss.read_index_binary)
        return cls(hasher, index, _owners(folder, name, index.ntotal))

    def search(self, hashes: NDArray[np.uint8]) -> list[HashHit]:
        """Every reference within the hasher's distance of any of the (8, bits / 8) laid forms, its nearest form."""
        if not len(self._owners):
            return []
        # FAISS keeps distances strictly below the radius.
        limits, distances, rows = self._index.range_search(hashes, self._hasher.max_distance + 1)
        best: dict[int, HashHit] = {}
        for form, turn in enumerate(TURNS):
            for place in range(int(limits[form]), int(limits[form + 1])):
                hit = HashHit(int(self._owners[rows[place]]), int(distances[place]), turn)
                if hit.position not in best or hit.distance < best[hit.position].distance:
                    best[hit.position] = hit
        return sorted(best.values(), key=lambda hit: (hit.distance, hit.position))


class EmbeddingPart:
    """Embeddings of logos, a row a view, compared by cosine, and what likeness is usual for each logo."""

    def __init__(
        self, index: Any, owners: NDArray[np.int32], levels: NDArray[np.float32], places: NDArray[np.int8]
    ) -> None:
        self._index, self._owners, self._levels, self._places = index, owners, levels, places

    @classmethod
    def build(cls, dimensions: int, rows: Iterable[tuple[int, Embedded, Level]]) -> "EmbeddingPart":
        """From (position, views with vectors of so many dimensions, their logo's level) rows."""
        kept = list(rows)
        index = faiss.IndexScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        if kept:
            index.add(np.concatenate([views.vectors for _, views, _ in kept]))
        owners = [np.full(len(views.vectors), position, np.int32) for position, views, _ in kept]
        levels = [np.tile([level.cosine, level.slope], (len(views.vectors), 1)) for _, views, level in kept]
        return cls(
            index,
            np.concatenate([np.zeros(0, np.int32), *owners]),
            np.concatenate([np.zeros((0, 2)), *levels]).astype(np.float32),
            np.concatenate([views.places for _, views, _ in kept]) if kept else np.zeros((0, 0, 0), np.int8),
        )

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.faiss and three arrays, all beginning with `name`, into `folder`."""
        faiss.write_index(self._index, str(folder / f"{name}.faiss"))
        np.save(folder / f"{name}.owners.npy", self._owners)
        np.save(folder / f"{name}.levels.npy", self._levels)
        np.save(folder / f"{name}.places.npy", self._places)

    @classmethod
    def load(cls, folder: Path, name: str) -> "EmbeddingPart":
        """Read what `save` wrote. Raises IndexUnusable."""
        index = _read(folder / f"{name}.faiss", faiss.read_index)
        levels, places = (read_array(folder / f"{name}.{field}.npy") for field in ("levels", "places"))
        return cls(index, _owners(folder, name, index.ntotal), levels, places)

    def places(self, views: Sequence[int]) -> NDArray[np.int8]:
        """(N, P, W): what lies at the places of the registered views at these rows."""
        return np.asarray(self._places[list(views)], np.int8)

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
            told.append(Likeness(cosine, level.rarity(cosine), cosine - rival, float(each.mean()), hits))
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


class KeypointPart:
    """Keypoints of one kind of reference: they vote, and they are read back for the proof."""

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
        """From (position, keypoints) rows in rising order of position; `frames` (R, 3): all middles and long sides."""
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
        index = _read(folder / f"{name}.faiss", faiss.read_index)
        if isinstance(index, faiss.IndexIVF):
            index.nprobe = min(PROBES, index.nlist)
        points, scales, angles, descriptors = (
            read_array(folder / f"{name}.{field}.npy") for field in ("points", "scales", "angles", "descriptors")
        )
        starts, frames = read_array(folder / f"{name}.starts.npy"), read_array(folder / f"{name}.frames.npy")
        keypoints = Keypoints(points, scales, angles, descriptors)
        return cls(index, _owners(folder, name, index.ntotal), starts, frames, keypoints)

    def of(self, position: int) -> Keypoints:
        """The keypoints of the reference at this position of the catalog."""
        part = slice(int(self._starts[position]), int(self._starts[position + 1]))
        whole = self._keypoints
        return Keypoints(whole.points[part], whole.scales[part], whole.angles[part], whole.descriptors[part])

    def search(self, query: Keypoints, width: int, count: int) -> list[VoteHit]:
        """The `count` references with most votes from a listing picture `width` px wide, as it is or as in a mirror."""
        if not len(self._owners) or not len(query):
            return []
        hits: dict[int, VoteHit] = {}
        neighbours = min(NEIGHBOURS, len(self._owners))
        for mirrored in (False, True):
            seen = query.strongest(MIRRORED).mirrored(width) if mirrored else query
            distances, rows = self._index.search(seen.descriptors.astype(np.float32), neighbours)
            positions, votes = vote(seen, self._keypoints, distances, rows, self._owners, self._frames, count)
            for position, value in zip(positions.tolist(), votes.tolist(), strict=True):
                if position not in hits or value > hits[position].votes:
                    hits[position] = VoteHit(position, value, mirrored)
        return sorted(hits.values(), key=lambda hit: (-hit.votes, hit.position))[:count]


def _descriptor_index(descriptors: NDArray[np.uint8]) -> Any:
    """A FAISS index over byte descriptors: flat while they are few, inverted lists beyond."""
    rows = len(descriptors)
    direct = faiss.ScalarQuantizer.QT_8bit_direct
    if rows <= EXACT_ROWS:
        flat = faiss.IndexScalarQuantizer(DIMENSIONS, direct, faiss.METRIC_L2)
        if rows:
            flat.train(descriptors.astype(np.float32))
            flat.add(descriptors.astype(np.float32))
        return flat
    lists = int(4 * np.sqrt(rows))
    coarse = faiss.IndexHNSWFlat(DIMENSIONS, LINKS)
    coarse.hnsw.efSearch = IN_VIEW
    index: Any = faiss.IndexIVFScalarQuantizer(coarse, DIMENSIONS, lists, direct, faiss.METRIC_L2)
    index.quantizer_trains_alone = 2  # faiss: the lists' middles are found without the graph, then linked
    index.cp.niter = 8  # lists only have to be even; more rounds change recall by less than a tenth of a point
    index.cp.min_points_per_centroid = 1
    index.by_residual = False  # residuals would not fit the bytes that "direct" stores
    chosen = np.random.default_rng(0).permutation(rows)[: max(TRAINING_ROWS, 20 * lists)]
    index.train(descriptors[chosen].astype(np.float32))
    for start in range(0, rows, TRAINING_ROWS):
        index.add(descriptors[start : start + TRAINING_ROWS].astype(np.float32))
    index.nprobe = min(PROBES, lists)
    return index


def _read(path: Path, reader: Any) -> Any:
    try:
        return reader(str(path))
    except RuntimeError as error:  # what faiss raises for a missing file and for a damaged one
        raise IndexUnusable(f"{path}: cannot be read ({error}). Build the index again: markscan index.") from error


def read_array(path: Path) -> NDArray[Any]:
    """An array that stays on disk until it is looked at. Raises IndexUnusable."""
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{path}: cannot be read ({error}). Build the index again: markscan index.") from error


def _owners(folder: Path, name: str, rows: int) -> NDArray[np.int32]:
    owners = read_array(folder / f"{name}.owners.npy")
    if len(owners) != rows:
        raise IndexUnusable(
            f"{folder / name}: {rows} rows but {len(owners)} owners. Build the index again: markscan index."
        )
    return owners
