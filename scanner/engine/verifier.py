"""What speaks for each candidate: geometry, pixels and looks, as evidence; what that is worth is told elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from brand_index.features.colours import hue_agreement, hues
from brand_index.features.embedding import Embedder
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.images import RGBImage
from brand_index.index import BrandIndex
from brand_index.types import ReferenceKind
from scanner.engine.alteration import alteration_of
from scanner.engine.candidates import Candidate, Description
from scanner.engine.crop_matcher import CropMatcher
from scanner.engine.crop_matching import rescore_crops
from scanner.engine.geometry import Alignment, align, box_of, whole_quad
from scanner.engine.photometry import PhotoAgreement, logo_ncc, photo_agreement
from scanner.engine.regions import crop, pad_box
from scanner.engine.settings import EngineSettings
from scanner.engine.types import Alteration, Box, Evidence, LogoMeasurements, PhotoMeasurements, Quad

CLOSE_SIDE: Final = 256  # pixels, long side at which a region is looked at closely
CLOSE_KEYPOINTS: Final = 250
LEAST_AGREEMENT: Final = 0.25  # correlation from which a photo lies there surely enough to say what was done to it
CLEARLY: Final = 0.1  # of coarse correlation: by how much pixels agree better where a hash says that a photo lies
STRAIGHT_INLIERS: Final = 4  # keypoint pairs from which a logo is laid straight and embedded where they say it lies


class Verifier:
    """Measures candidates of images against one index."""

    def __init__(self, index: BrandIndex, embedder: Embedder, matcher: CropMatcher, settings: EngineSettings) -> None:
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
        told = rescore_crops(
            description.frame, asked, description.looks, description.regions, self._embedder, self._matcher, self._index
        )
        for (number, _), match in zip(places, told, strict=True):
            candidate, alignment = tied[number]
            if candidate.match is None or match.match_logit > candidate.match.match_logit:
                tied[number] = replace(candidate, match=match), alignment
        return tied

    def _measured(self, description: Description, candidate: Candidate, alignment: Alignment | None) -> Evidence:
        reference = self._index.references[candidate.position]
        quad, alignment, pixels = self._laid(description, candidate, alignment)
        agreement = pixels if isinstance(pixels, PhotoAgreement) else None
        region, whole = candidate.region, Box(0, 0, *description.size)
        mirrored = alignment.mirrored if alignment is not None else bool(candidate.turn and candidate.turn.mirrored)
        altered: Alteration | None = None
        if quad is not None and agreement is not None and agreement.ncc >= LEAST_AGREEMENT:
            size, small = (reference.width, reference.height), self._index.thumbnail(candidate.position)
            tints = self._index.tints(candidate.position)
            altered = alteration_of(description.frame, quad, size, small, tints, mirrored=mirrored)
        box = box_of(quad, description.size) if quad is not None else (whole if region is None else region.box)
        ncc = pixels.ncc if isinstance(pixels, PhotoAgreement) else pixels
        is_logo = reference.kind is ReferenceKind.LOGO
        return Evidence(
            reference_id=reference.reference_id,
            brand_id=reference.brand_id,
            kind=reference.kind,
            box=box,
            quad=quad,
            reference_box=None if alignment is None else alignment.reference_box,
            hash_distance=candidate.hash_distance,
            inliers=None if alignment is None else alignment.inliers,
            inlier_coverage=None if alignment is None else round(alignment.inlier_coverage, 4),
            ncc=_rounded(ncc),
            review_only=reference.review_only,
            mirrored=mirrored,
            frame=0,
            confidence=0.0,
            logo=self._logo(description.frame, candidate, box) if is_logo else None,
            photo=None if is_logo else _photo(candidate, agreement, altered),
        )

    def _logo(self, frame: RGBImage, candidate: Candidate, box: Box) -> LogoMeasurements:
        match, region = candidate.match, candidate.region
        similarity = None if match is None else match.likeness
        return LogoMeasurements(
            cosine=None if similarity is None else round(similarity.cosine, 4),
            neg_log10_far=None if similarity is None else round(similarity.neg_log10_far, 4),
            margin=None if similarity is None else round(similarity.margin, 4),
            mean_cosine=None if similarity is None else round(similarity.mean_cosine, 4),
            match_logit=None if match is None else round(match.match_logit, 4),
            hue_intersection=_rounded(hue_agreement(hues(crop(frame, box)), self._index.hues(candidate.position))),
            objectness=None if region is None else round(region.objectness, 4),
        )

    def _laid(
        self, description: Description, candidate: Candidate, alignment: Alignment | None
    ) -> tuple[Quad | None, Alignment | None, PhotoAgreement | float | None]:
        """Where the reference lies, the keypoints' alignment if they say so, and how pixels agree there.

        Of a photo the hash says too: that the whole image is the reference. Few keypoints may be wrong where it is
        right, as in a halftone: it counts where pixels agree clearly better so.
        """
        thumbnail, frame = self._index.thumbnail(candidate.position), description.frame
        ways: list[tuple[Quad, Alignment | None]] = [] if alignment is None else [(alignment.quad, alignment)]
        if candidate.turn is not None:
            ways.append((whole_quad(description.size, candidate.turn), None))
        if not ways:
            return None, None, None
        if self._index.references[candidate.position].kind is ReferenceKind.LOGO:
            quad, way = ways[0]
            return quad, way, logo_ncc(frame, quad, thumbnail)
        (quad, way, pixels), *others = ((*each, photo_agreement(frame, each[0], thumbnail)) for each in ways)
        for other in others:
            if other[2] is not None and (pixels is None or other[2].blurred_ncc > pixels.blurred_ncc + CLEARLY):
                quad, way, pixels = other
        return quad, way, pixels

    def _alignment(self, description: Description, candidate: Candidate) -> Alignment | None:
        """The best geometry, of the whole image's keypoints or, where a region looks alike, of that region's own."""
        reference = self._index.references[candidate.position]
        keypoints = self._index.keypoints(candidate.position)
        told = {candidate.mirrored, None if candidate.turn is None else candidate.turn.mirrored} - {None}
        # What only looks alike is sought as it is; a photo that does so as a whole may be mirrored.
        ways = told or ({False} if candidate.whole is None else {False, True})
        tried = [
            align(description.keypoints, description.size, keypoints, reference, mirrored=mirrored)
            for mirrored in (False, True)
            if mirrored in ways
        ]
        if candidate.region is not None and candidate.alike >= self._settings.closer_look:
            close = self._close_up(description, candidate.region.box)
            tried.append(align(close, description.size, keypoints, reference, mirrored=bool(candidate.mirrored)))
        return max((way for way in tried if way is not None), key=lambda way: way.inliers, default=None)

    def _close_up(self, description: Description, box: Box) -> Keypoints:
        """The keypoints of one region, looked at closely; a small mark has few of the whole image's."""
        left, top, right, bottom = pad_box(box, description.size)
        known = description.close_ups.get(box)
        if known is None:
            known = describe_keypoints(
                description.frame[top:bottom, left:right], side=CLOSE_SIDE, limit=CLOSE_KEYPOINTS, enlarge=4.0
            ).moved(left, top)
            description.close_ups[box] = known
        return known


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _photo(candidate: Candidate, agreement: PhotoAgreement | None, altered: Alteration | None) -> PhotoMeasurements:
    return PhotoMeasurements(
        cosine=_rounded(candidate.whole),
        window_agreement=None if agreement is None else round(agreement.window_agreement, 4),
        blurred_ncc=None if agreement is None else round(agreement.blurred_ncc, 4),
        alteration=altered,
    )
