"""Retrieves the references that may be in an image, by hashes, keypoints and embeddings; it verifies nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.embedding import Embedded
from brand_index.features.hashing import HASHERS, PDQ, DihedralTransform, Hasher
from brand_index.features.keypoints import Keypoints
from brand_index.features.views.parts import ALL_OF_IT, Shown
from brand_index.images import RGBImage
from brand_index.index import BrandIndex, EmbeddingHit, HashHit, VoteHit
from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.engine.alignment.geometry import align
from scanner.engine.boxes import Box, Quad
from scanner.engine.concealment.patches import ConcealedMap
from scanner.engine.crops.crop_matcher import CropMatcher
from scanner.engine.crops.crop_matching import CropMatch, match_logits
from scanner.engine.looks import KeypointLooks
from scanner.engine.regions import Region
from scanner.engine.settings import EngineSettings
from scanner.engine.words.reading import SeenText

FEW_KEYPOINTS: Final = 75  # of a first look, or of a registered photo: one clothing photo in fifty has fewer at first
FIRST_PHOTOS: Final = 4  # that most of a first look's keypoints vote for, whose geometry is tried
FIRST_VOTES: Final = 1.0  # that they need for it
FIRST_INLIERS: Final = 5  # keypoint pairs of a first look on one geometry, from which a photo may be there
NO_HASHES: Final = (None,) * len(HASHERS)


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """One frame of a listing image as the query to the index; coordinates are pixels of the frame."""

    frame: RGBImage  # (H, W, 3)
    hashes: tuple[NDArray[np.uint8] | None, ...]  # of each of HASHERS, (8, bits / 8), by TRANSFORMS; None: too flat
    keypoints: KeypointLooks
    regions: tuple[Region, ...]  # the last is the whole image; empty: no logo is registered
    region_embeddings: Embedded  # in the order of the regions
    photo_vector: NDArray[np.float32]  # (D,) of the whole image; empty: photos are not embedded
    inset: Quad | None = None  # the image that lies in a flat surround in it; None: there is none
    inset_hashes: tuple[NDArray[np.uint8] | None, ...] = NO_HASHES  # as `hashes`, of that inset
    on_flat_ground: bool = False  # goods that were cut out may lie on it, or a small photo, as in a screenshot
    region_keypoints: dict[Box, Keypoints] = field(default_factory=dict)  # of the regions described closely so far
    around: RGBImage | None = None  # the panel of which `frame` is a part; None: it is no part
    offset: tuple[int, int] = (0, 0)  # right and down, pixels: where `frame` begins in `around`
    whole: RGBImage | None = None  # the image of which `frame` is a part; None: it is no part
    place: tuple[int, int] = (0, 0)  # as `offset`, in `whole`
    text: SeenText | None = None  # the lines to read; None: there are none, or it is not read
    concealed: ConcealedMap | None = None  # where a mark is concealed; None: the region finder did not say

    @property
    def shown(self) -> RGBImage:
        """The whole image, (H, W, 3), of which `frame` may be a part."""
        return self.frame if self.whole is None else self.whole

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.frame.shape[1], self.frame.shape[0]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference that retrieval proposes; fields of a feature that did not propose it are None."""

    position: int  # in the index's catalog
    hash_distance: int | None = None  # bits of PDQ
    transform: DihedralTransform | None = None  # that makes the image's hash near the reference's
    inset: Quad | None = None  # in which that hash was taken; None: in the whole image
    region: Region | None = None  # the most similar one
    region_cosine: float = -1.0  # of that region as detected
    shown: Shown = ALL_OF_IT  # what of the logo that region resembles
    match: CropMatch | None = None  # of that region or of the quadrilateral; None: not rescored yet
    mirrored: bool | None = None  # as the keypoints that voted for it are
    photo_cosine: float | None = None  # of the whole image with a photo
    closely: bool = (
        True  # whether it is likely enough for all keypoints of the image, and of its region, to be detected
    )


def propose(
    description: Description, index: BrandIndex, matcher: CropMatcher, settings: EngineSettings
) -> tuple[Candidate, ...]:
    """The references that a hash, the keypoints or an embedding propose, each once."""
    limits = {ReferenceKind.PHOTO: settings.verified_photos, ReferenceKind.LOGO: settings.verified_logos}
    found: dict[int, Candidate] = {}

    def candidate_at(position: int) -> Candidate:
        return found.setdefault(position, Candidate(position))

    nearest: dict[int, float] = {}  # share of its hasher's distance at which a hash places a position
    for kind in IMAGE_KINDS:
        for hasher, near, inset in _near_hashes(description, index, kind, limits[kind]):
            if hasher is PDQ and inset is None:
                found[near.position] = replace(candidate_at(near.position), hash_distance=near.distance)
            share = near.distance / hasher.max_distance
            if share < nearest.get(near.position, np.inf):  # plain goods may have another's PDQ upside down
                nearest[near.position] = share
                found[near.position] = replace(candidate_at(near.position), transform=near.transform, inset=inset)
    for photo in index.similar_photos(description.photo_vector, settings.verified_photos):
        if photo.cosine >= settings.least_photo_cosine:
            found[photo.position] = replace(candidate_at(photo.position), photo_cosine=photo.cosine)
    logos = _matching_logos(description, index, matcher, settings)
    for kind in IMAGE_KINDS:
        is_photo = kind is ReferenceKind.PHOTO
        asked = any(index.references[each].kind is kind for each in found)
        asked = asked or (not is_photo and any(logit >= settings.first_match_logit for _, logit in logos))
        for hit in _votes(description, index, kind, settings, limits[kind], asked=asked):
            found[hit.position] = replace(candidate_at(hit.position), mirrored=hit.mirrored)
    for logo, logit in logos:
        region, known = description.regions[logo.region], logo.position in found
        found[logo.position] = replace(
            candidate_at(logo.position),
            region=region,
            region_cosine=logo.cosine,
            shown=index.shown(logo.view),
            closely=known or logit >= settings.first_match_logit,
        )
    return tuple(found.values())


def _votes(
    description: Description,
    index: BrandIndex,
    kind: ReferenceKind,
    settings: EngineSettings,
    limit: int,
    *,
    asked: bool,
) -> list[VoteHit]:
    """The references of a kind that the keypoints vote for: all of them, if `asked` or if those of a first look do.

    A first look need not vote much for a photo if its few keypoints agree on where it is; then it is among the photos,
    whatever all keypoints vote for: those of what it was pasted on may outvote it. Of plain goods, and of goods or a
    small photo on a flat ground, few are left, which a first look may not see.
    """
    is_photo, width = kind is ReferenceKind.PHOTO, description.size[0]
    if not index.has(kind):
        return []
    is_plain = description.on_flat_ground or len(description.keypoints.first) < FEW_KEYPOINTS
    placed: list[VoteHit] = []
    if not asked and not (is_photo and is_plain):
        least = settings.first_photo_votes if is_photo else settings.first_logo_votes
        at_first = index.voted_references(kind, description.keypoints.first, width, FIRST_PHOTOS if is_photo else 1)
        if not at_first or at_first[0].votes < least:
            placed = _placed_at_first(description, index, at_first) if is_photo else []
            if not placed:
                return []
    # Half of the keypoints identify a photo as well as all do; a small mark may have only a few of them.
    keypoints = description.keypoints.all()
    query = keypoints.strongest(settings.voting_keypoints) if is_photo else keypoints
    hits = index.voted_references(kind, query, width, limit)
    known = {each.position for each in placed}
    others = [
        each for each in hits if each.position not in known and (each.votes >= settings.least_votes or not is_photo)
    ]
    return [*placed, *others][:limit]


def _placed_at_first(description: Description, index: BrandIndex, hits: Iterable[VoteHit]) -> list[VoteHit]:
    """Those of the photos that a first look's keypoints vote for, on whose place they agree."""
    first = description.keypoints.first
    return [
        each
        for each in hits
        if each.votes >= FIRST_VOTES
        and align(
            first,
            description.size,
            index.keypoints(each.position),
            index.references[each.position],
            mirrored=each.mirrored,
            least=FIRST_INLIERS,
        )
        is not None
    ]


def _near_hashes(
    description: Description, index: BrandIndex, kind: ReferenceKind, limit: int
) -> Iterator[tuple[Hasher, HashHit, Quad | None]]:
    """The nearest references by each hash, of the whole image with None, then of its inset."""
    for hashes, inset in ((description.hashes, None), (description.inset_hashes, description.inset)):
        for hasher, packed in zip(HASHERS, hashes, strict=True):
            if packed is not None:
                for near in index.near_hashes(kind, hasher.name, packed)[:limit]:
                    yield hasher, near, inset


def _matching_logos(
    description: Description, index: BrandIndex, matcher: CropMatcher, settings: EngineSettings
) -> list[tuple[EmbeddingHit, float]]:
    """The logos most similar to a region, with the highest match logits: the best always, others above the minimum.

    The most similar of all is among them whatever its logit: a mark that is drawn otherwise than it was registered
    has a low one, and its cosine and margin may still be those of no other mark.
    """
    similar = index.similar_logos(description.region_embeddings.vectors, settings.compared_logos)
    hits = [hit for hit in similar if hit.cosine >= settings.least_cosine]
    if not hits:
        return []
    logits = match_logits(description.region_embeddings, hits, matcher, index)
    best = np.argsort(-logits, kind="stable")[: settings.rescored_logos].tolist()
    chosen = [row for rank, row in enumerate(best) if rank == 0 or logits[row] >= settings.least_match_logit]
    nearest = max(range(len(hits)), key=lambda row: hits[row].cosine)
    return [(hits[row], float(logits[row])) for row in (chosen if nearest in chosen else [*chosen, nearest])]
