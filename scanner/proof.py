"""What speaks for each candidate: geometry, pixels and looks, as evidence; what that is worth is told elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from brand_index.colours import hue_agreement, hues
from brand_index.embedding import Embedder
from brand_index.images import RGBImage
from brand_index.index import BrandIndex
from brand_index.keypoints import Keypoints, describe_keypoints
from brand_index.types import ReferenceKind
from scanner.alteration import alteration_of
from scanner.candidates import Candidate, Description
from scanner.looks import looked_again
from scanner.matching import CropMatcher
from scanner.photometry import correlation
from scanner.regions import cut_out, with_air
from scanner.settings import Settings
from scanner.types import Alteration, Box, Evidence, Quad
from scanner.verification import Alignment, align, box_of, whole_quad

CLOSE_SIDE: Final = 256  # pixels, long side at which a region is looked at closely
CLOSE_KEYPOINTS: Final = 250
LEAST_AGREEMENT: Final = 0.25  # correlation from which a photo lies there surely enough to say what was done to it
STRAIGHT_INLIERS: Final = 4  # keypoint pairs from which a logo is laid straight and embedded where they say it lies


class Proof:
    """Measures candidates of pictures against one index."""

    def __init__(self, index: BrandIndex, embedder: Embedder, matcher: CropMatcher, settings: Settings) -> None:
        self._index, self._embedder, self._matcher, self._settings = index, embedder, matcher, settings

    def evidence(self, description: Description, candidates: Iterable[Candidate]) -> list[Evidence]:
        """Each candidate with what was measured on it; confidence is 0 until rivals are seen beside each other."""
        tied = [(candidate, self._alignment(description, candidate)) for candidate in candidates]
        return [self._measured(description, *each) for each in self._looked_again(description, tied)]

    def _looked_again(
        self, description: Description, tied: list[tuple[Candidate, Alignment | None]]
    ) -> list[tuple[Candidate, Alignment | None]]:
        """Logos with the likeness of their region, or of where geometry says that they lie, whichever is greater."""
        places: list[tuple[int, Box | Quad]] = []  # the first of each: a place in `tied`
        for number, (candidate, alignment) in enumerate(tied):
            if self._index.references[candidate.position].kind is not ReferenceKind.LOGO:
                continue
            if candidate.region is not None:
                places.append((number, candidate.region.box))
            if alignment is not None and alignment.inliers >= STRAIGHT_INLIERS:
                places.append((number, alignment.quad))
        asked = [(tied[number][0].position, place) for number, place in places]
        told = looked_again(
            description.frame, asked, description.looks, description.regions, self._embedder, self._matcher, self._index
        )
        for (number, _), look in zip(places, told, strict=True):
            candidate, alignment = tied[number]
            if candidate.look is None or look.log_odds > candidate.look.log_odds:
                tied[number] = replace(candidate, look=look), alignment
        return tied

    def _measured(self, description: Description, candidate: Candidate, alignment: Alignment | None) -> Evidence:
        reference, thumbnail = self._index.references[candidate.position], self._index.thumbnail(candidate.position)
        quad: Quad | None = None
        if alignment is not None:
            quad = alignment.quad
        elif candidate.turn is not None:  # too few keypoints: the hash says that the whole picture is the reference
            quad = whole_quad(description.size, candidate.turn)
        pixels = None if quad is None else correlation(description.frame, quad, thumbnail, reference.kind)
        region, look, whole = candidate.region, candidate.look, Box(0, 0, *description.size)
        mirrored = alignment.mirrored if alignment is not None else bool(candidate.turn and candidate.turn.mirrored)
        altered: Alteration | None = None
        if quad is not None and reference.kind is ReferenceKind.PHOTO and (pixels or 0.0) >= LEAST_AGREEMENT:
            size, tints = (reference.width, reference.height), self._index.tints(candidate.position)
            altered = alteration_of(description.frame, quad, size, thumbnail, tints, mirrored=mirrored)
        box = box_of(quad, description.size) if quad is not None else (whole if region is None else region.box)
        return Evidence(
            reference_id=reference.reference_id,
            brand_id=reference.brand,
            kind=reference.kind,
            box=box,
            quad=quad,
            reference_box=None if alignment is None else alignment.reference_box,
            hash_distance=candidate.hash_distance,
            cosine=None if look is None else round(look.likeness.cosine, 4),
            rarity=None if look is None else round(look.likeness.rarity, 4),
            margin=None if look is None else round(look.likeness.margin, 4),
            steadiness=None if look is None else round(look.likeness.steadiness, 4),
            log_odds=None if look is None else round(look.log_odds, 4),
            colour=_rounded(self._colour(description.frame, candidate.position, box)),
            likelihood=None if region is None else round(region.likelihood, 4),
            inliers=None if alignment is None else alignment.inliers,
            correlation=_rounded(pixels),
            covered=None if alignment is None else round(alignment.covered, 4),
            review_only=reference.review_only,
            mirrored=mirrored,
            alteration=altered,
            frame=0,
            confidence=0.0,
        )

    def _alignment(self, description: Description, candidate: Candidate) -> Alignment | None:
        """The best geometry, of the whole picture's keypoints or, where a region looks alike, of that region's own."""
        reference = self._index.references[candidate.position]
        keypoints = self._index.keypoints(candidate.position)
        told = {candidate.mirrored, None if candidate.turn is None else candidate.turn.mirrored} - {None}
        ways = told or {False}  # what only looks alike is sought as it is
        tried = [
            align(description.keypoints, description.size, keypoints, reference, mirrored=mirrored)
            for mirrored in (False, True)
            if mirrored in ways
        ]
        if candidate.region is not None and candidate.alike >= self._settings.closer_look:
            close = self._close_up(description, candidate.region.box)
            tried.append(align(close, description.size, keypoints, reference, mirrored=bool(candidate.mirrored)))
        return max((way for way in tried if way is not None), key=lambda way: way.inliers, default=None)

    def _colour(self, frame: RGBImage, position: int, box: Box) -> float | None:
        """The share of hue that a logo and what lies in `box` have in common."""
        if self._index.references[position].kind is ReferenceKind.PHOTO:
            return None
        return hue_agreement(hues(cut_out(frame, box)), self._index.hues(position))

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
