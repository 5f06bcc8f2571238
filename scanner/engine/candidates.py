"""What of the index may be in an image: hashes, keypoints and embeddings propose it; nothing is proved here."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from brand_index.features.embedding import Embedded
from brand_index.features.hashing import HASHERS, PDQ, DihedralTransform
from brand_index.features.keypoints import Keypoints
from brand_index.images import RGBImage
from brand_index.index import BrandIndex, EmbeddingHit
from brand_index.types import ReferenceKind
from scanner.engine.crop_matcher import CropMatcher
from scanner.engine.crop_matching import CropMatch, match_logits
from scanner.engine.regions import Region
from scanner.engine.settings import EngineSettings
from scanner.engine.types import Box


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """One frame of a listing image as the index is asked about it; positions are its pixels."""

    frame: RGBImage  # (H, W, 3)
    hashes: tuple[NDArray[np.uint8] | None, ...]  # for each of HASHERS the (8, bits / 8) laid forms; None: too flat
    keypoints: Keypoints
    regions: tuple[Region, ...]  # that may be marks, the last the whole image; none where no logo is registered
    looks: Embedded  # of the regions, in their order
    whole: NDArray[np.float32]  # (D,) of the whole image; empty: photos are not embedded
    close_ups: dict[Box, Keypoints] = field(default_factory=dict)  # of regions that were looked at closely, so far

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.frame.shape[1], self.frame.shape[0]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference that something proposed; what did not propose it is None."""

    position: int  # in the index's catalog
    hash_distance: int | None = None  # bits of PDQ
    turn: DihedralTransform | None = None  # how the image must be laid to look like the reference, as a hash says
    region: Region | None = None  # most like it
    alike: float = -1.0  # cosine of that region as found
    match: CropMatch | None = None  # once it was looked at again, there or where keypoints say that it lies
    mirrored: bool | None = None  # as the keypoints say that voted for it
    whole: float | None = None  # cosine of the whole image with a photo


def propose(
    description: Description, index: BrandIndex, matcher: CropMatcher, settings: EngineSettings
) -> tuple[Candidate, ...]:
    """The references that a hash, the keypoints or an embedding propose, each once."""
    proved = {ReferenceKind.PHOTO: settings.proved_photos, ReferenceKind.LOGO: settings.proved_logos}
    found: dict[int, Candidate] = {}

    def of(position: int) -> Candidate:
        return found.setdefault(position, Candidate(position))

    for kind in ReferenceKind:
        for hasher, hashes in zip(HASHERS, description.hashes, strict=True):
            if hashes is None:
                continue
            for near in index.near_hashes(kind, hasher.name, hashes)[: proved[kind]]:
                known = of(near.position)
                if hasher is PDQ:
                    found[near.position] = replace(known, hash_distance=near.distance, turn=near.turn)
                elif known.turn is None:
                    found[near.position] = replace(known, turn=near.turn)
        # Half of the keypoints say which photo it is as well as all do; a small mark may own but a few of them.
        photos = kind is ReferenceKind.PHOTO
        asked = description.keypoints.strongest(settings.voting_keypoints) if photos else description.keypoints
        for voted in index.most_votes(kind, asked, description.size[0], proved[kind]):
            if voted.votes >= settings.least_votes or not photos:
                found[voted.position] = replace(of(voted.position), mirrored=voted.mirrored)
    for photo in index.photos_alike(description.whole, settings.proved_photos):
        if photo.cosine >= settings.least_photo_cosine:
            found[photo.position] = replace(of(photo.position), whole=photo.cosine)
    for alike in _likeliest(description, index, matcher, settings):
        region = description.regions[alike.region]
        found[alike.position] = replace(of(alike.position), region=region, alike=alike.cosine)
    return tuple(found.values())


def _likeliest(
    description: Description, index: BrandIndex, matcher: CropMatcher, settings: EngineSettings
) -> list[EmbeddingHit]:
    """Of the logos that regions look like the likeliest, as the matcher says, and others that are likely enough."""
    alike = index.most_alike(description.looks.vectors, settings.compared_candidates)
    hits = [hit for hit in alike if hit.cosine >= settings.least_cosine]
    logits = match_logits(description.looks, hits, matcher, index)
    likeliest = np.argsort(-logits, kind="stable")[: settings.alike_candidates]
    return [
        hits[place] for rank, place in enumerate(likeliest) if rank == 0 or logits[place] >= settings.least_match_logit
    ]
