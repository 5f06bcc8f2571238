"""Opens a published index and searches it; it reads only the index folder, so workers need no database."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged, IndexUnusable, MarkscanError
from brand_index.features.background import Levels
from brand_index.features.colours import Hues, Tints
from brand_index.features.description import description_fingerprint
from brand_index.features.embedding import Embedder
from brand_index.features.goods import Goods
from brand_index.features.hashing import HASHERS
from brand_index.features.keypoints import Keypoints
from brand_index.features.views.parts import Shown
from brand_index.images import RGBImage
from brand_index.index.catalog import Catalog
from brand_index.index.parts import (
    EmbeddingHit,
    HashHit,
    KeypointSearch,
    LogoSearch,
    PhotoHit,
    PhotoSearch,
    Placed,
    SegmentWords,
    Similarity,
    VoteHit,
    WordPart,
    near_hashes,
)
from brand_index.index.parts.files import read_array
from brand_index.index.published import (
    ORDINARY,
    Manifest,
    Withdrawn,
    check_listed,
    current_folder,
    read_manifest,
    read_withdrawn,
    segment_folder,
    self_test_values,
)
from brand_index.index.references import References
from brand_index.index.segments import Segment
from brand_index.index.segments.files import WORDS
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceKind

# How many of an image's keypoints, the strongest, also vote as in a mirror. A whole photo has enough of them.
MIRRORED: Final = {ReferenceKind.PHOTO: 150, ReferenceKind.LOGO: 300}
SELF_TEST_TOLERANCE: Final = 1e-3  # rounding on another processor differs by less, other weights by far more
Part = TypeVar("Part")


class BrandIndex:
    """One open revision of the index: several segments, searched as if they were one."""

    def __init__(
        self,
        manifest: Manifest,
        segments: Sequence[tuple[Segment, Withdrawn]],
        ordinary: NDArray[np.uint32],
    ) -> None:
        """`ordinary` as WordPart wants them."""
        self.manifest, self.revision = manifest, manifest.revision
        self._segments = [segment for segment, _ in segments]
        starts = np.cumsum([0, *(len(segment.catalog) for segment in self._segments)]).tolist()

        def placed(parts: Sequence[Part]) -> list[Placed[Part]]:
            each = zip(parts, starts, segments, strict=False)
            return [Placed(part, start, withdrawn.references) for part, start, (_, withdrawn) in each]

        self.references = References(placed([each.catalog for each in self._segments]))
        order = self.references.ids_at
        self._hashes = {
            (hasher.name, kind): placed([each.hashes[hasher.name, kind] for each in self._segments])
            for hasher in HASHERS
            for kind in IMAGE_KINDS
        }
        self._keypoints = {
            kind: KeypointSearch(placed([each.keypoints[kind] for each in self._segments]), order)
            for kind in IMAGE_KINDS
        }
        embeddings = placed([each.embeddings for each in self._segments])
        self._logos = LogoSearch(embeddings, self.references.brands(), self.references.marks(), order)
        self._photos = PhotoSearch(placed([each.photos for each in self._segments]), order)
        self.words = _joined([each.words for each in self._segments], [each.words for _, each in segments], ordinary)
        words_kind = {ReferenceKind.WORD} if self.words.count else set()
        self._kinds = self.references.kinds | words_kind

    @classmethod
    def open(cls, store: Store, embedder: Embedder, earlier: "BrandIndex | None" = None) -> Self:
        """The published index of `store`. Raises IndexUnusable: none, damaged, or built by another model or recipe.

        `earlier`: an open index whose segments are not opened again.
        """
        while True:
            folder = current_folder(store)
            try:
                return cls.open_folder(folder, embedder, earlier)
            except IndexDamaged:
                if current_folder(store) == folder:  # else it was replaced, and deleted while it was opened
                    raise

    @classmethod
    def open_folder(cls, folder: Path, embedder: Embedder, earlier: "BrandIndex | None" = None) -> Self:
        """The index in `folder`. Raises as `open`."""
        try:
            return cls._opened(folder, embedder, earlier)
        except MarkscanError:
            raise
        except Exception as error:  # damage has as many faces as its readers: NumPy, FAISS and JSON
            raise IndexDamaged(folder, f"is damaged ({error!r})") from error

    @classmethod
    def _opened(cls, folder: Path, embedder: Embedder, earlier: "BrandIndex | None") -> Self:
        manifest = read_manifest(folder)
        if manifest.fingerprint != description_fingerprint(embedder):
            raise IndexUnusable(
                f"{folder}: was built by another model or another recipe ({manifest.fingerprint}; this program has "
                f"{description_fingerprint(embedder)}). Build it again: markscan index."
            )
        check_listed(folder, manifest)
        if earlier is None or earlier.manifest.self_test != manifest.self_test:
            drift = np.abs(np.array(self_test_values(embedder)) - np.array(manifest.self_test)).max()
            if not drift < SELF_TEST_TOLERANCE:
                raise IndexUnusable(
                    f"{folder}: the model gives other vectors here than where the index was built (by {drift:.2g}). "
                    "Build it again on this machine: markscan index."
                )
        known = {} if earlier is None else {each.folder: each for each in earlier._segments}
        return cls(manifest, open_segments(folder, manifest, known), read_array(folder / ORDINARY))

    def near_hashes(self, kind: ReferenceKind, hasher: str, hashes: NDArray[np.uint8]) -> list[HashHit]:
        """References of this kind near the (8, bits / 8) hashes by the hasher of this name, nearest first."""
        return near_hashes(self._hashes[hasher, kind], hashes, self.references.ids_at)

    def voted_references(self, kind: ReferenceKind, query: Keypoints, width: int, count: int) -> list[VoteHit]:
        """The `count` references of this kind that the keypoints of an image `width` px wide vote for."""
        return self._keypoints[kind].search(query, width, count, MIRRORED[kind])

    def similar_logos(self, vectors: NDArray[np.float32], count: int) -> list[EmbeddingHit]:
        """The `count` logos most similar to any of the (N, D) region vectors, of one mark a few at most."""
        return self._logos.search(vectors, count)

    def similar_photos(self, vector: NDArray[np.float32], count: int) -> list[PhotoHit]:
        """The `count` photos most similar to a (D,) vector of a whole image, as Embedder.embed_photos gives it."""
        return self._photos.search(vector, count)

    def similarities(self, vectors: NDArray[np.float32], queries: Sequence[tuple[int, slice]]) -> list[Similarity]:
        """The similarity of each query: (position of a logo, rows of the crops among the (N, D) `vectors`)."""
        return self._logos.similarities(vectors, queries)

    def patches(self, views: Sequence[int]) -> NDArray[np.int8]:
        """The patches, (N, P, W), of the registered views that hits name."""
        return self._logos.patches(views)

    def shown(self, view: int) -> Shown:
        """What of its logo the registered view that a hit names shows."""
        return self._logos.shown(view)

    def views(self, position: int) -> NDArray[np.float32]:
        """The vectors, (V, D), of the views of the logo at this position."""
        segment, local = self._at(position)
        return segment.embeddings.vectors(segment.embeddings.views_of(local))

    def levels(self, position: int) -> Levels:
        """The background levels of the logo at this position."""
        segment, local = self._at(position)
        return segment.embeddings.levels(segment.embeddings.views_of(local).start)

    def is_hashed(self, hasher: str, position: int) -> bool:
        """Whether the reference at this position has a hash by the hasher of this name: it is not too flat for one."""
        segment, local = self._at(position)
        return segment.hashes[hasher, segment.catalog[local].kind].of(local) is not None

    def has(self, *kinds: ReferenceKind) -> bool:
        """Whether the index holds a reference of one of these kinds."""
        return not self._kinds.isdisjoint(kinds)

    def keypoints(self, position: int) -> Keypoints:
        """The keypoints of the reference at this position, in its own pixels."""
        segment, local = self._at(position)
        return segment.keypoints[segment.catalog[local].kind].of(local)

    def thumbnail(self, position: int) -> NDArray[np.uint8]:
        """The visible part of the reference at this position, grey and resized to a square."""
        segment, local = self._at(position)
        return segment.thumbnails.thumbnail(local)

    def hues(self, position: int) -> Hues:
        """The hues of the visible part of the reference at this position."""
        segment, local = self._at(position)
        return np.asarray(segment.hues[local], np.float32)

    def tints(self, position: int) -> Tints:
        """The tints of the visible part of the reference at this position."""
        segment, local = self._at(position)
        return np.asarray(segment.tints[local], np.int8)

    def goods(self, position: int) -> Goods:
        """How likely each cell of the content of the reference at this position shows goods, not ground."""
        segment, local = self._at(position)
        return segment.goods.goods(local)

    def plate(self, position: int) -> RGBImage:
        """The content of the reference at this position, (H, W, 3), its long side PLATE_SIDE at most.

        Raises IndexDamaged.
        """
        segment, local = self._at(position)
        return segment.plates.plate(local)

    def _at(self, position: int) -> tuple[Segment, int]:
        number, local = self.references.number_at(position)
        return self._segments[number], local


def open_segments(
    folder: Path, manifest: Manifest, known: Mapping[Path, Segment] | None = None
) -> list[tuple[Segment, Withdrawn]]:
    """The segments of the index in `folder` and what was withdrawn of each; `known`: those that are open already.

    Raises IndexDamaged.
    """
    found = []
    for listed in manifest.segments:
        place = segment_folder(folder, listed.name)
        segment = (known or {}).get(place) or Segment.open(place)
        found.append((segment, read_withdrawn(folder, listed.name)))
    return found


def open_words(folder: Path) -> WordPart:
    """The words of the index in `folder`, and nothing else of it. Raises IndexUnusable."""
    manifest = read_manifest(folder)
    lists = [_words_in(segment_folder(folder, listed.name)) for listed in manifest.segments]
    withdrawn = [read_withdrawn(folder, listed.name).words for listed in manifest.segments]
    return _joined(lists, withdrawn, read_array(folder / ORDINARY))


def open_references(folder: Path) -> References:
    """The references of the index in `folder`, and nothing else of it. Raises IndexUnusable."""
    placed, start = list[Placed[Catalog]](), 0
    for listed in read_manifest(folder).segments:
        catalog = Catalog.load(segment_folder(folder, listed.name))
        placed.append(Placed(catalog, start, read_withdrawn(folder, listed.name).references))
        start += len(catalog)
    return References(placed)


def references_digest(folder: Path) -> str:
    """A digest, hexadecimal, of the references of the index in `folder`, in however many segments they are.

    Raises IndexUnusable.
    """
    known = (f"{each.reference_id} {each.mark_id} {each.review_only}" for each in open_references(folder))
    words = open_words(folder)
    said = (each.reference_id for at, each in enumerate(words.words) if at not in words.withdrawn)
    return hashlib.sha256("\n".join(sorted([*known, *said])).encode()).hexdigest()


@lru_cache(maxsize=64)
def _words_in(place: Path) -> SegmentWords:
    return SegmentWords.load(place, WORDS)


def _joined(
    lists: Sequence[SegmentWords], withdrawn: Sequence[NDArray[np.uint32]], ordinary: NDArray[np.uint32]
) -> WordPart:
    starts = np.cumsum([0, *(len(each.words) for each in lists)]).tolist()
    return WordPart([Placed(*each) for each in zip(lists, starts, withdrawn, strict=False)], ordinary)
