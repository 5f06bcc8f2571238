"""Parts of one segment, written and read back, for tests that search one part alone."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Level, Levels
from brand_index.features.embedding import Embedded
from brand_index.features.hashing import Hasher
from brand_index.features.keypoints import Keypoints
from brand_index.index.parts import (
    EmbeddingPart,
    EmbeddingWriter,
    HashHit,
    HashPart,
    HashWriter,
    KeypointPart,
    KeypointSearch,
    KeypointWriter,
    LogoSearch,
    Placed,
    near_hashes,
)

Logo = tuple[int, Embedded, Levels, NDArray[np.float32]]
LEVELS = Levels(Level(0.3, 0.05))
NO_PARTS = np.zeros((0, 4), np.float32)


def one_view_each(vectors: NDArray[np.float32]) -> Iterable[Logo]:
    """A logo of each vector, (N, D)."""
    empty = np.zeros((1, 1, 1), np.int8)
    return ((n, Embedded(row[None], empty), LEVELS, NO_PARTS) for n, row in enumerate(vectors))


def embeddings_in(
    folder: Path, rows: Iterable[Logo], dimensions: int = 2, earlier: EmbeddingPart | None = None
) -> EmbeddingPart:
    with EmbeddingWriter(folder, "logos", dimensions) as writer:
        for row in rows:
            writer.add(*row)
    writer.make_searchable(earlier)
    return EmbeddingPart.load(folder, "logos")


def logos_in(
    folder: Path,
    rows: Iterable[Logo],
    brands: NDArray[np.int32],
    marks: NDArray[np.int32] | None = None,
    dimensions: int = 2,
) -> LogoSearch:
    return LogoSearch([Placed(embeddings_in(folder, rows, dimensions))], brands, marks)


def hashes_near(folder: Path, hasher: Hasher, value: NDArray[np.uint8], asked: NDArray[np.uint8]) -> list[HashHit]:
    """What is near of a part with one hash, of the reference at position 7."""
    with HashWriter(hasher, folder, "hashes") as writer:
        writer.add(7, value)
    return near_hashes([Placed(HashPart.load(hasher, folder, "hashes"))], asked)


def keypoint_part_in(folder: Path, keypoints: Iterable[Keypoints], frame: tuple[float, float, float]) -> KeypointPart:
    folder.mkdir(exist_ok=True)
    with KeypointWriter(folder, "points") as writer:
        for position, each in enumerate(keypoints):
            writer.add(position, each, frame)
    writer.make_searchable()
    return KeypointPart.load(folder, "points")


def packed_as_in_format_13(patches: NDArray[np.int8]) -> bytes:
    """The patches, (P, W), of a view as format 13 kept them: four bits a number, of patches of 64 numbers."""
    codes = np.clip(np.round(patches / 6), -8, 7).astype(np.int8).ravel()
    halves = codes.view(np.uint8) & 15
    return zlib.compress(np.array(patches.shape, np.uint16).tobytes() + (halves[::2] | halves[1::2] << 4).tobytes(), 9)


def keypoints_in(folder: Path, keypoints: Iterable[Keypoints], frame: tuple[float, float, float]) -> KeypointSearch:
    return KeypointSearch([Placed(keypoint_part_in(folder, keypoints, frame))])
