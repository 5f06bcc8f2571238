"""Opens a published index and searches it; it reads only the index folder, so workers need no database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged, IndexUnusable, MarkscanError
from brand_index.features.colours import Hues, Tints
from brand_index.features.description import description_fingerprint
from brand_index.features.embedding import Embedder
from brand_index.features.goods import Goods
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import Keypoints
from brand_index.features.views.parts import Shown
from brand_index.images import RGBImage
from brand_index.index.catalog import IndexedReference, read_catalog
from brand_index.index.parts import (
    EmbeddingHit,
    EmbeddingPart,
    HashHit,
    HashPart,
    KeypointPart,
    PhotoHit,
    PhotoPart,
    PlatePart,
    Similarity,
    VoteHit,
    WordPart,
)
from brand_index.index.parts.files import read_array
from brand_index.index.published import (
    EMBEDDINGS,
    FORMAT,
    GOODS_FILE,
    HUES_FILE,
    PHOTOS,
    PLATES,
    THUMBNAILS,
    TINTS_FILE,
    WORDS,
    check_sizes,
    current_folder,
    read_manifest,
    self_test_values,
)
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceKind

# How many of an image's keypoints, the strongest, also vote as in a mirror. A whole photo has enough of them.
MIRRORED: Final = {ReferenceKind.PHOTO: 150, ReferenceKind.LOGO: 300}
SELF_TEST_TOLERANCE: Final = 1e-3  # rounding on another processor differs by less, other weights by far more


class BrandIndex:
    """One open revision of the index: hashes and keypoints for each kind of reference, embeddings of logos."""

    def __init__(
        self,
        revision: int,
        references: tuple[IndexedReference, ...],
        hashes: dict[tuple[str, ReferenceKind], HashPart],
        keypoints: dict[ReferenceKind, KeypointPart],
        embeddings: EmbeddingPart,
        photos: PhotoPart,
        thumbnails: NDArray[np.uint8],
        hues: NDArray[np.float32],
        tints: NDArray[np.int8],
        goods: NDArray[np.uint8],
        plates: PlatePart,
        words: WordPart,
    ) -> None:
        self.revision = revision
        self.references = references
        self._hashes, self._keypoints, self._embeddings, self._photos = hashes, keypoints, embeddings, photos
        self._thumbnails, self._hues, self._tints = thumbnails, hues, tints
        self._goods, self._plates, self.words = goods, plates, words
        numbers = {
            brand: number for number, brand in enumerate(sorted({reference.brand_id for reference in references}))
        }
        self._brands = np.array([numbers[reference.brand_id] for reference in references], np.int32)
        known = sorted({each.mark_id for each in references if each.mark_id is not None})
        marks: dict[int | None, int] = {mark: number for number, mark in enumerate(known)}
        self._marks = np.array([marks.get(each.mark_id, -1) for each in references], np.int32)
        words_kind = {ReferenceKind.WORD} if words.words else set()
        self._kinds = frozenset(reference.kind for reference in references) | words_kind

    @classmethod
    def open(cls, store: Store, embedder: Embedder) -> "BrandIndex":
        """The published index of `store`. Raises IndexUnusable: none, damaged, or built by another model or recipe."""
        return cls.open_folder(current_folder(store), embedder)

    @classmethod
    def open_folder(cls, folder: Path, embedder: Embedder) -> "BrandIndex":
        """The index in `folder`. Raises as `open`."""
        try:
            return cls._opened(folder, embedder)
        except MarkscanError:
            raise
        except Exception as error:  # damage has as many faces as its readers: NumPy, FAISS and JSON
            raise IndexDamaged(folder, f"is damaged ({error!r})") from error

    @classmethod
    def _opened(cls, folder: Path, embedder: Embedder) -> "BrandIndex":
        manifest = read_manifest(folder)
        if manifest.format != FORMAT or manifest.fingerprint != description_fingerprint(embedder):
            raise IndexUnusable(
                f"{folder}: was built by another model or another recipe ({manifest.fingerprint}, format "
                f"{manifest.format}; this program has {description_fingerprint(embedder)}, format {FORMAT}). "
                "Build it again: markscan index."
            )
        check_sizes(folder, manifest)
        drift = np.abs(np.array(self_test_values(embedder)) - np.array(manifest.self_test)).max()
        if not drift < SELF_TEST_TOLERANCE:
            raise IndexUnusable(
                f"{folder}: the model gives other vectors here than where the index was built (by {drift:.2g}). "
                "Build it again on this machine: markscan index."
            )
        return cls(
            manifest.revision,
            read_catalog(folder),
            {
                (hasher.name, kind): HashPart.load(hasher, folder, f"{hasher.name}-{kind.value}")
                for hasher in HASHERS
                for kind in IMAGE_KINDS
            },
            {kind: KeypointPart.load(folder, f"keypoints-{kind.value}") for kind in IMAGE_KINDS},
            EmbeddingPart.load(folder, EMBEDDINGS),
            PhotoPart.load(folder, PHOTOS),
            read_array(folder / THUMBNAILS),
            read_array(folder / HUES_FILE),
            read_array(folder / TINTS_FILE),
            read_array(folder / GOODS_FILE),
            PlatePart.load(folder, PLATES),
            WordPart.load(folder, WORDS),
        )

    def near_hashes(self, kind: ReferenceKind, hasher: str, hashes: NDArray[np.uint8]) -> list[HashHit]:
        """References of this kind near the (8, bits / 8) hashes by the hasher of this name, nearest first."""
        return self._hashes[hasher, kind].search(hashes)

    def voted_references(self, kind: ReferenceKind, query: Keypoints, width: int, count: int) -> list[VoteHit]:
        """The `count` references of this kind that the keypoints of an image `width` px wide vote for."""
        return self._keypoints[kind].search(query, width, count, MIRRORED[kind])

    def similar_logos(self, vectors: NDArray[np.float32], count: int) -> list[EmbeddingHit]:
        """The `count` logos most similar to any of the (N, D) region vectors, of one mark a few at most."""
        return self._embeddings.search(vectors, count, self._marks)

    def similar_photos(self, vector: NDArray[np.float32], count: int) -> list[PhotoHit]:
        """The `count` photos most similar to a (D,) vector of a whole image, as Embedder.embed_photos gives it."""
        return self._photos.search(vector, count)

    def similarities(self, vectors: NDArray[np.float32], queries: Sequence[tuple[int, slice]]) -> list[Similarity]:
        """The similarity of each query: (position of a logo, rows of the crops among the (N, D) `vectors`)."""
        return self._embeddings.similarities(vectors, self._brands, queries)

    def patches(self, views: Sequence[int]) -> NDArray[np.int8]:
        """The patches, (N, P, W), of the registered views that hits name."""
        return self._embeddings.patches(views)

    def shown(self, view: int) -> Shown:
        """What of its logo the registered view that a hit names shows."""
        return self._embeddings.shown(view)

    def views(self, position: int) -> NDArray[np.float32]:
        """The vectors, (V, D), of the views of the logo at this position."""
        return self._embeddings.of(position)

    def is_hashed(self, hasher: str, position: int) -> bool:
        """Whether the reference at this position has a hash by the hasher of this name: it is not too flat for one."""
        return self._hashes[hasher, self.references[position].kind].has(position)

    @property
    def dimensions(self) -> int:
        """Numbers in the vector of a view."""
        return self._embeddings.dimensions

    def has(self, *kinds: ReferenceKind) -> bool:
        """Whether the index holds a reference of one of these kinds."""
        return not self._kinds.isdisjoint(kinds)

    def keypoints(self, position: int) -> Keypoints:
        """The keypoints of the reference at this position, in its own pixels."""
        return self._keypoints[self.references[position].kind].of(position)

    def thumbnail(self, position: int) -> NDArray[np.uint8]:
        """The visible part of the reference at this position, grey and resized to a square."""
        return np.asarray(self._thumbnails[position], np.uint8)

    def hues(self, position: int) -> Hues:
        """The hues of the visible part of the reference at this position."""
        return np.asarray(self._hues[position], np.float32)

    def tints(self, position: int) -> Tints:
        """The tints of the visible part of the reference at this position."""
        return np.asarray(self._tints[position], np.int8)

    def goods(self, position: int) -> Goods:
        """How likely each cell of the content of the reference at this position shows goods, not ground."""
        return np.asarray(self._goods[position], np.uint8)

    def plate(self, position: int) -> RGBImage:
        """The content of the reference at this position, (H, W, 3), its long side PLATE_SIDE at most.

        Raises IndexDamaged.
        """
        return self._plates.of(position)
