"""The walk of one listing picture: decode, describe, match, verify, judge. Read this file first.

Decode, describe, match and verify need only the index folder; judge reads the authorizations of the moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.embedding import Embedded, Embedder, OnnxEmbedder
from brand_index.errors import IndexUnusable
from brand_index.hashing import HASHERS, Turn
from brand_index.images import DecodedImage, RGBImage, decode, read_bytes
from brand_index.index import BrandIndex, EmbeddingHit, build_index
from brand_index.keypoints import Keypoints, describe_keypoints
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from brand_index.weights import read_manifest
from scanner.confidence import calibrated
from scanner.judgement import judge, read_policy
from scanner.looks import Look, compared, looked_again
from scanner.matching import CropMatcher, OnnxCropMatcher
from scanner.photometry import correlation
from scanner.regions import OnnxRegionFinder, Region, RegionFinder, cut_out, with_air
from scanner.settings import Settings, read_settings
from scanner.types import Box, Evidence, Listing, Quad, Verdict
from scanner.verification import Alignment, align, box_of, whole_quad

PDQ: Final = "pdq"
CLOSE_SIDE: Final = 256  # pixels, long side at which a region is looked at closely
CLOSE_KEYPOINTS: Final = 250
STRAIGHT_INLIERS: Final = 4  # keypoint pairs from which a logo is laid straight and embedded where they say it lies
UNKNOWN_LISTING: Final = Listing()


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """One frame of a listing picture as the index is asked about it; positions are its pixels."""

    frame: RGBImage  # (H, W, 3)
    hashes: tuple[NDArray[np.uint8] | None, ...]  # for each of HASHERS the (8, bits / 8) laid forms; None: too flat
    keypoints: Keypoints
    regions: tuple[Region, ...]  # that may be marks, the last the whole picture; none where no logo is registered
    looks: Embedded  # of the regions, in their order
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
    turn: Turn | None = None  # how the picture must be laid to look like the reference, as a hash says
    region: Region | None = None  # most like it
    alike: float = -1.0  # cosine of that region as found
    look: Look | None = None  # once it was looked at again, there or where keypoints say that it lies
    mirrored: bool | None = None  # as the keypoints say that voted for it


@dataclass(frozen=True, slots=True)
class Examination:
    """What is in one picture, before anybody's leave is asked about; it can be judged again and again."""

    image_sha256: str
    width: int  # of the upright picture, pixels
    height: int
    evidence: tuple[Evidence, ...]
    index_revision: int


class Examiner:
    """The first four verbs, over the index folder and the weights, without a database; one a thread."""

    def __init__(
        self,
        index: BrandIndex,
        embedder: Embedder,
        matcher: CropMatcher,
        finder: RegionFinder,
        settings: Settings,
    ) -> None:
        self.index, self.settings = index, settings
        self.embedder, self.matcher, self.finder = embedder, matcher, finder

    @classmethod
    def open(cls, store: Store, settings: Settings) -> Self:
        """An examiner over the published index of `store`. Raises IndexUnusable, ModelUnusable."""
        embedder = open_embedder(settings)
        manifest = read_manifest(settings.model_manifest)
        matcher, finder = OnnxCropMatcher(manifest.matcher), OnnxRegionFinder(manifest.finder)
        return cls(BrandIndex.open(store, embedder), embedder, matcher, finder, settings)

    def examine(self, data: bytes, *, name: str = "image") -> Examination:
        """All that is seen or suspected in a picture, from its bytes. Raises ImageError; `name` is for its message."""
        picture = self.decode(data, name=name)
        seen: dict[str, Evidence] = {}
        for number, frame in enumerate(picture.frames):
            description = self.describe(frame)
            for item in self.verify(description, self.match(description)):
                known = seen.get(item.reference_id)
                if known is None or item.confidence > known.confidence:
                    seen[item.reference_id] = replace(item, frame=number)
        evidence = tuple(sorted(seen.values(), key=lambda item: (-item.confidence, item.reference_id)))
        height, width = picture.frames[0].shape[:2]
        return Examination(picture.sha256, width, height, evidence, self.index.revision)

    def decode(self, data: bytes, *, name: str = "image") -> DecodedImage:
        """Untrusted bytes to upright sRGB frames."""
        return decode(data, self.settings.limits, name=name)

    def describe(self, frame: RGBImage, regions: tuple[Region, ...] | None = None) -> Description:
        """One (H, W, 3) frame to all that the index can be asked with. `regions` None: as the finder finds them."""
        if regions is None:
            marks = self.index.has(ReferenceKind.LOGO)
            most, least = self.settings.regions, self.settings.least_likelihood
            regions = self.finder.find(frame, most, least) if marks else ()
        return Description(
            frame=frame,
            hashes=tuple(hasher.hashes(frame) for hasher in HASHERS),
            keypoints=describe_keypoints(frame, side=self.settings.keypoint_side, limit=self.settings.keypoint_count),
            regions=regions,
            looks=self.embedder.embed([cut_out(frame, region.box) for region in regions]),
        )

    def match(self, description: Description) -> tuple[Candidate, ...]:
        """The references that a hash, the keypoints or an embedding propose, each once."""
        proved = {
            ReferenceKind.PHOTO: self.settings.proved_photos,
            ReferenceKind.LOGO: self.settings.proved_logos,
        }
        found: dict[int, Candidate] = {}

        def of(position: int) -> Candidate:
            return found.setdefault(position, Candidate(position))

        for kind in ReferenceKind:
            for hasher, hashes in zip(HASHERS, description.hashes, strict=True):
                if hashes is None:
                    continue
                for near in self.index.near_hashes(kind, hasher.name, hashes)[: proved[kind]]:
                    known = of(near.position)
                    if hasher.name == PDQ:
                        found[near.position] = replace(known, hash_distance=near.distance, turn=near.turn)
                    elif known.turn is None:
                        found[near.position] = replace(known, turn=near.turn)
            for voted in self.index.most_votes(kind, description.keypoints, description.size[0], proved[kind]):
                found[voted.position] = replace(of(voted.position), mirrored=voted.mirrored)
        for alike in self._likeliest(description):
            region = description.regions[alike.region]
            found[alike.position] = replace(
                of(alike.position),
                region=region,
                alike=alike.cosine,
            )
        return tuple(found.values())

    def _likeliest(self, description: Description) -> list[EmbeddingHit]:
        """Of the logos that regions look like, those that the matcher finds likely enough, the likeliest first."""
        alike = self.index.most_alike(description.looks.vectors, self.settings.compared_candidates)
        hits = [hit for hit in alike if hit.cosine >= self.settings.least_cosine]
        log_odds = compared(description.looks, hits, self.matcher, self.index)
        likeliest = np.argsort(-log_odds, kind="stable")[: self.settings.alike_candidates]
        return [hits[place] for place in likeliest if log_odds[place] >= self.settings.least_log_odds]

    def verify(self, description: Description, candidates: Iterable[Candidate]) -> tuple[Evidence, ...]:
        """Each candidate with the geometry that ties it to the picture, if there is one, and a confidence."""
        tied = [(candidate, self._alignment(description, candidate)) for candidate in candidates]
        return calibrated([self._evidence(description, *each) for each in self._looked_again(description, tied)])

    def _looked_again(
        self, description: Description, tied: list[tuple[Candidate, Alignment | None]]
    ) -> list[tuple[Candidate, Alignment | None]]:
        """Logos with the likeness of their region, or of where geometry says that they lie, whichever is greater."""
        places: list[tuple[int, Box | Quad]] = []  # the first of each: a place in `tied`
        for number, (candidate, alignment) in enumerate(tied):
            if self.index.references[candidate.position].kind is not ReferenceKind.LOGO:
                continue
            if candidate.region is not None:
                places.append((number, candidate.region.box))
            if alignment is not None and alignment.inliers >= STRAIGHT_INLIERS:
                places.append((number, alignment.quad))
        asked = [(tied[number][0].position, place) for number, place in places]
        told = looked_again(
            description.frame, asked, description.looks, description.regions, self.embedder, self.matcher, self.index
        )
        for (number, _), look in zip(places, told, strict=True):
            candidate, alignment = tied[number]
            if candidate.look is None or look.log_odds > candidate.look.log_odds:
                tied[number] = replace(candidate, look=look), alignment
        return tied

    def _evidence(self, description: Description, candidate: Candidate, alignment: Alignment | None) -> Evidence:
        reference, thumbnail = self.index.references[candidate.position], self.index.thumbnail(candidate.position)
        quad: Quad | None = None
        if alignment is not None:
            quad = alignment.quad
        elif candidate.turn is not None:  # too few keypoints: the hash says that the whole picture is the reference
            quad = whole_quad(description.size, candidate.turn)
        pixels = None if quad is None else correlation(description.frame, quad, thumbnail, reference.kind)
        region, look, whole = candidate.region, candidate.look, Box(0, 0, *description.size)
        return Evidence(
            reference_id=reference.reference_id,
            brand_id=reference.brand,
            kind=reference.kind,
            box=box_of(quad, description.size) if quad is not None else (whole if region is None else region.box),
            quad=quad,
            reference_box=None if alignment is None else alignment.reference_box,
            hash_distance=candidate.hash_distance,
            cosine=None if look is None else round(look.likeness.cosine, 4),
            rarity=None if look is None else round(look.likeness.rarity, 4),
            margin=None if look is None else round(look.likeness.margin, 4),
            steadiness=None if look is None else round(look.likeness.steadiness, 4),
            log_odds=None if look is None else round(look.log_odds, 4),
            likelihood=None if region is None else round(region.likelihood, 4),
            inliers=None if alignment is None else alignment.inliers,
            correlation=_rounded(pixels),
            covered=None if alignment is None else round(alignment.covered, 4),
            review_only=reference.review_only,
            mirrored=alignment.mirrored if alignment is not None else bool(candidate.turn and candidate.turn.mirrored),
            frame=0,
            confidence=0.0,  # until it is seen beside its rivals
        )

    def _alignment(self, description: Description, candidate: Candidate) -> Alignment | None:
        """The best geometry, of the whole picture's keypoints or, where a region looks alike, of that region's own."""
        reference = self.index.references[candidate.position]
        keypoints = self.index.keypoints(candidate.position)
        told = {candidate.mirrored, None if candidate.turn is None else candidate.turn.mirrored} - {None}
        ways = told or {False}
        tried = [
            align(description.keypoints, description.size, keypoints, reference, mirrored=mirrored)
            for mirrored in (False, True)
            if mirrored in ways
        ]
        if candidate.region is not None and candidate.alike >= self.settings.closer_look:
            close = self._close_up(description, candidate.region.box)
            tried.append(align(close, description.size, keypoints, reference, mirrored=bool(candidate.mirrored)))
        return max((way for way in tried if way is not None), key=lambda way: way.inliers, default=None)

    def _close_up(self, description: Description, box: Box) -> Keypoints:
        """The keypoints of one region, looked at closely; a small mark has few of the whole picture's."""
        left, top, right, bottom = with_air(box, description.size)
        known = description.close_ups.get(box)
        if known is None:
            known = describe_keypoints(
                description.frame[top:bottom, left:right], side=CLOSE_SIDE, limit=CLOSE_KEYPOINTS, enlarge=4.0
            ).moved(left, top)
            description.close_ups[box] = known
        return known


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


class Scanner:
    """The whole walk, for one process: an Examiner, the registry's authorizations and a policy."""

    def __init__(self, examiner: Examiner, registry: Registry, settings: Settings) -> None:
        self._examiner, self._registry = examiner, registry
        self._policy = read_policy(settings.policy)

    @classmethod
    def open(cls, store: Store | Path | str, settings: Settings | None = None) -> Self:
        """A scanner over a store; its index is built first where the registry is newer.

        `settings` None: as read_settings gives them. Raises RegistryError, ModelUnusable, PolicyUnusable.
        """
        place = store if isinstance(store, Store) else Store(Path(store))
        chosen = settings or read_settings()
        registry = Registry.open(place, chosen.registry_url, create=False)
        try:
            ensure_index(place, registry, chosen)
            return cls(Examiner.open(place, chosen), registry, chosen)
        except BaseException:
            registry.close()
            raise

    def scan(
        self, image: bytes | Path | str, listing: Listing = UNKNOWN_LISTING, *, now: datetime | None = None
    ) -> Verdict:
        """The verdict on one picture, given as bytes or as a path. `now` None: the present. Raises ImageError."""
        if isinstance(image, bytes):
            examination = self._examiner.examine(image)
        else:
            data = read_bytes(Path(image), self._examiner.settings.limits)
            examination = self._examiner.examine(data, name=str(image))
        return self.judge(examination, listing, now or datetime.now(UTC))

    def judge(self, examination: Examination, listing: Listing, now: datetime) -> Verdict:
        """The verdict on what was examined, by the authorizations that the registry holds now."""
        held = () if listing.seller_id is None else self._registry.authorizations(seller=listing.seller_id)
        return judge(
            examination.evidence,
            listing,
            held,
            self._policy,
            now,
            image_sha256=examination.image_sha256,
            index_revision=examination.index_revision,
        )

    def close(self) -> None:
        """Let the registry go."""
        self._registry.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name, on one thread. Raises ModelUnusable."""
    return OnnxEmbedder(read_manifest(settings.model_manifest))


def ensure_index(
    store: Store, registry: Registry, settings: Settings, progress: Callable[[int, int], None] | None = None
) -> None:
    """Build the index if there is none, or if it is older than the registry's references or of another model.

    `progress` as in build_index.
    """
    embedder = open_embedder(settings)
    try:
        if BrandIndex.open(store, embedder).revision == registry.references_revision():
            return
    except IndexUnusable:
        pass  # the build below mends it
    build_index(store, registry, embedder, progress)
