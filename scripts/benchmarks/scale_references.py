"""Many references for the scale benchmark: described images, then their descriptions varied; it measures nothing.

A varied reference has the frame, views and pixels of one described image. Of its keypoints' descriptors each is that of
some keypoint of any described image, with noise of NOISE steps in each byte, so that no two references are one image
and all are as real ones are distributed. Its views' vectors lie between those of two logos. Its hashes are random.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from brand_index.features.audit import is_review_only
from brand_index.features.description import ReferenceDescription, describe_reference
from brand_index.features.embedding import Embedded, Embedder
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import Keypoints
from brand_index.images import decode
from brand_index.index.catalog import IndexedReference
from brand_index.types import Form, ReferenceKind, reference_id

NOISE: Final = 8.0  # standard deviation in each of 128 bytes: two of one keypoint are 16,000 apart, squared
BRANDS: Final = 200
MIX: Final = 0.6  # of the second logo's vectors in the first's


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """An image that was really described."""

    path: Path
    kind: ReferenceKind
    description: ReferenceDescription


def describe_images(paths: Sequence[Path], kind: ReferenceKind, embedder: Embedder) -> Iterator[Described]:
    """The descriptions of image files as references."""
    for path in paths:
        image = decode(path.read_bytes(), name=path.name, vector=True)
        yield Described(path, kind, describe_reference(image, kind, embedder))


class Varied:
    """As many references as are asked for; the first are the described images themselves."""

    def __init__(self, described: Sequence[Described], seed: int) -> None:
        self._described, self._seed = described, seed
        self._logos = [each for each in described if each.kind is ReferenceKind.LOGO]
        self._descriptors = {
            kind: np.concatenate([each.description.keypoints.descriptors for each in described if each.kind is kind])
            for kind in {each.kind for each in described}
        }

    def numbered(self, numbers: Sequence[int]) -> Iterator[tuple[IndexedReference, ReferenceDescription]]:
        """The references with these numbers, by ascending id."""
        for identity, number in sorted((self.id_of(number), number) for number in numbers):
            origin = self._described[number % len(self._described)]
            description = origin.description
            if number >= len(self._described):
                description = self._varied(origin, np.random.default_rng((self._seed, number)))
            yield (
                IndexedReference(
                    identity,
                    _brand(number),
                    origin.kind,
                    f"{number:064x}",
                    description.width,
                    description.height,
                    description.content,
                    is_review_only(description),
                    None,
                    Form.ARTWORK if origin.kind is ReferenceKind.LOGO else None,
                ),
                description,
            )

    def id_of(self, number: int) -> str:
        """The id of the reference with this number."""
        kind = self._described[number % len(self._described)].kind
        return reference_id(_brand(number), kind, f"{number:016x}")

    def _varied(self, origin: Described, chance: np.random.Generator) -> ReferenceDescription:
        own, pool = origin.description.keypoints, self._descriptors[origin.kind]
        rows = pool[chance.integers(0, len(pool), len(own))] + chance.normal(0, NOISE, (len(own), pool.shape[1]))
        hashes = tuple(
            chance.integers(0, 256, hasher.bits // 8, np.uint8) if value is not None else None
            for hasher, value in zip(HASHERS, origin.description.hashes, strict=True)
        )
        descriptors = np.clip(np.round(rows), 0, 255).astype(np.uint8)
        keypoints = Keypoints(own.points, own.scales, own.angles, descriptors)
        views = self._between(origin.description.views, chance)
        return replace(origin.description, keypoints=keypoints, hashes=hashes, views=views)

    def _between(self, views: Embedded, chance: np.random.Generator) -> Embedded:
        if not len(views.vectors):
            return views
        other = self._logos[int(chance.integers(len(self._logos)))].description.views.vectors
        mixed = (1 - MIX) * views.vectors + MIX * other[np.arange(len(views.vectors)) % len(other)]
        mixed += chance.normal(0, 0.02, mixed.shape)
        return Embedded((mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32), views.patches)


def _brand(number: int) -> str:
    return f"brand{number % BRANDS:03d}"
