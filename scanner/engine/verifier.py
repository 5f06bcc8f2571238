"""Measures each candidate by geometry, pixels and crops, as evidence; its confidence is calibrated elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from brand_index.features.colours import hue_intersection, hues
from brand_index.features.embedding import Embedder
from brand_index.features.goods import is_cut_out
from brand_index.features.hashing import DihedralTransform
from brand_index.features.keypoints import Keypoints, describe_keypoints
from brand_index.features.views.parts import Shown, shows_a_word
from brand_index.images import RGBImage
from brand_index.index import BrandIndex
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import Alignment, align, bounding_box, inset_quad, whole_image_quad
from scanner.engine.boxes import Box, Quad
from scanner.engine.candidates import FEW_KEYPOINTS, Candidate, Description
from scanner.engine.crops.crop_embedding import pack
from scanner.engine.crops.crop_matcher import CropMatcher
from scanner.engine.crops.crop_matching import rescore_crops
from scanner.engine.logos.text_around import text_around
from scanner.engine.photometry import PhotoAgreement, logo_ncc, photo_agreement
from scanner.engine.photos.alteration import alteration_of
from scanner.engine.photos.local_match import LocalMatch, match_locally
from scanner.engine.placing import LOOK_INLIERS, Placed, goods_agree, likeliest, placed_by_goods
from scanner.engine.regions import crop, pad_box
from scanner.engine.settings import EngineSettings
from scanner.engine.types import Alteration, Evidence, LogoMeasurements, PhotoMeasurements

REGION_SIDE: Final = 256  # pixels: long side at which a region's own keypoints are described
REGION_KEYPOINTS: Final = 250
ALTERATION_NCC: Final = 0.25  # from which a photo's position is certain enough to measure its alteration
HASH_LEAD: Final = 0.1  # of blurred_ncc: by how much a hash's placement must fit better than that of sure keypoints
GOODS_TRIED: Final = 2  # of the photos without a sign that they are shown, whose goods alone are compared
RECTIFY_INLIERS: Final = 4  # from which a logo's quadrilateral is rectified and embedded
OUTLINE_INLIERS: Final = 5  # from which it says better than the detector's region where the logo ends
WORTH_A_LOOK: Final = 0.1  # confidence from which the surroundings of a logo are looked at


class Verifier:
    """Measures candidates of images against one index."""

    def __init__(self, index: BrandIndex, embedder: Embedder, matcher: CropMatcher, settings: EngineSettings) -> None:
        self._index, self._embedder, self._matcher, self._settings = index, embedder, matcher, settings
        self._word_like: dict[tuple[int, Shown], bool] = {}  # of the logos, and the parts of logos, looked at so far

    def evidence(self, description: Description, candidates: Iterable[Candidate]) -> list[Evidence]:
        """The measurements of each candidate; confidence is 0, since it depends on all evidence of the frame."""
        aligned = [(candidate, self._alignment(description, candidate)) for candidate in candidates]
        placed = [
            Placed(candidate, *self._place(description, candidate, alignment))
            for candidate, alignment in self._rescore(description, aligned)
        ]
        if description.on_flat_ground:
            placed = placed_by_goods(description, placed, self._index)
        looked_at = self._looked_at(description, placed)
        return [self._measure(description, each, in_detail=each.candidate.position in looked_at) for each in placed]

    def with_surroundings(
        self, description: Description, candidates: Sequence[Candidate], evidence: Sequence[Evidence]
    ) -> list[Evidence]:
        """The calibrated evidence for `candidates`; of likely logos like words the text around is measured."""
        return [
            replace(item, logo=replace(item.logo, text_around=_text_around(description, candidate, item)))
            if item.logo is not None and item.confidence >= WORTH_A_LOOK and self._looks_like_a_word(candidate)
            else item
            for candidate, item in zip(candidates, evidence, strict=True)
        ]

    def _looks_like_a_word(self, candidate: Candidate) -> bool:
        """Whether what the image resembles is a word: the logo, or the part of it that a region resembles."""
        wanted = (candidate.position, candidate.shown)
        known = self._word_like.get(wanted)
        if known is None:
            known = self._word_like[wanted] = shows_a_word(self._index.plate(wanted[0]), wanted[1])
        return known

    def _rescore(
        self, description: Description, aligned: list[tuple[Candidate, Alignment | None]]
    ) -> list[tuple[Candidate, Alignment | None]]:
        """The candidates; each logo with the better match of its region and of its quadrilateral."""
        outlines: list[tuple[int, Box | Quad]] = []  # each with its candidate's row in `aligned`
        for row, (candidate, alignment) in enumerate(aligned):
            if self._index.references[candidate.position].kind is not ReferenceKind.LOGO:
                continue
            if candidate.region is not None:
                outlines.append((row, candidate.region.box))
            if alignment is not None and alignment.inliers >= RECTIFY_INLIERS:
                outlines.append((row, alignment.quad))
        matches = rescore_crops(
            description.frame,
            [(aligned[row][0].position, outline) for row, outline in outlines],
            description.region_embeddings,
            description.regions,
            self._embedder,
            self._matcher,
            self._index,
        )
        for (row, _), match in zip(outlines, matches, strict=True):
            candidate, alignment = aligned[row]
            if candidate.match is None or match.match_logit > candidate.match.match_logit:
                aligned[row] = replace(candidate, match=match), alignment
        return aligned

    def _looked_at(self, description: Description, placed: list[Placed]) -> set[int]:
        """The positions of the photos that are compared in detail: the likeliest of those that may be in the image."""
        references = [self._index.references[each.candidate.position] for each in placed]
        photos = [row for row, each in enumerate(references) if each.kind is ReferenceKind.PHOTO]
        shown = [row for row in photos if placed[row].deserves_a_look(review_only=references[row].review_only)]
        others = sorted((row for row in photos if row not in shown), key=lambda row: -placed[row].inliers)
        shown += [row for row in others[:GOODS_TRIED] if self._shows_goods(description, placed[row])]
        best = likeliest([placed[row] for row in shown], self._settings.detailed_photos)
        return {each.candidate.position for each in best}

    def _shows_goods(self, description: Description, placed: Placed) -> bool:
        """Whether the goods of a photo may be in the image, on whatever ground."""
        position = placed.candidate.position
        return goods_agree(description.frame, placed, self._index.thumbnail(position), self._index.goods(position))

    def _measure(self, description: Description, placed: Placed, *, in_detail: bool) -> Evidence:
        candidate, quad, alignment, pixels = placed.candidate, placed.quad, placed.alignment, placed.pixels
        position, frame = candidate.position, description.frame
        reference, agreement = self._index.references[position], placed.agreement
        region, whole, place = candidate.region, Box(0, 0, *description.size), description.place
        mirrored = (
            alignment.mirrored if alignment is not None else bool(candidate.transform and candidate.transform.mirrored)
        )
        local: LocalMatch | None = None
        if in_detail and quad is not None:
            local = self._locally(description, quad, position)
            quad = quad if local is None else local.quad
        altered: Alteration | None = None
        if quad is not None and agreement is not None and agreement.ncc >= ALTERATION_NCC:
            size, thumbnail = (reference.width, reference.height), self._index.thumbnail(position)
            tints = self._index.tints(position)
            altered = alteration_of(description.shown, _moved(quad, place), size, thumbnail, tints, mirrored=mirrored)
        box = whole if region is None else region.box
        if quad is not None:
            box = bounding_box(_moved(quad, place), description.shown.shape[1::-1])
            box = Box(box.left - place[0], box.top - place[1], box.right - place[0], box.bottom - place[1])
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
            logo=self._logo(frame, candidate, box) if is_logo else None,
            photo=None if is_logo else _photo(candidate, agreement, altered, local),
            refined=local is not None and local.is_refined,
        )

    def _locally(self, description: Description, quad: Quad, position: int) -> LocalMatch | None:
        """The match in detail; in all of the panel, so that a band of it does not hide what differs beside it."""
        right, down = description.offset
        image = description.frame if description.around is None else description.around
        plate, goods = self._index.plate(position), self._index.goods(position)
        # Of a chart or plain goods a strip in which nothing agrees is other content, and every digit counts. Goods that
        # were cut out of a photo have a photo's weave and folds, however plain they are.
        is_photograph = not self._index.references[position].review_only or is_cut_out(goods)
        area = description.shown.shape[0] * description.shown.shape[1]
        found = match_locally(image, _moved(quad, (right, down)), plate, goods, area=area, is_photograph=is_photograph)
        return None if found is None else found.moved(-right, -down)

    def _logo(self, frame: RGBImage, candidate: Candidate, box: Box) -> LogoMeasurements:
        match, region = candidate.match, candidate.region
        similarity = None if match is None else match.similarity
        return LogoMeasurements(
            cosine=None if similarity is None else round(similarity.cosine, 4),
            neg_log10_far=None if similarity is None else round(similarity.neg_log10_far, 4),
            margin=None if similarity is None else round(similarity.margin, 4),
            mean_cosine=None if similarity is None else round(similarity.mean_cosine, 4),
            match_logit=None if match is None else round(match.match_logit, 4),
            hue_intersection=_rounded(hue_intersection(hues(crop(frame, box)), self._index.hues(candidate.position))),
            objectness=None if region is None else round(region.objectness, 4),
            embedding=None if match is None else pack(match.vector, self._embedder.fingerprint),
        )

    def _place(
        self, description: Description, candidate: Candidate, alignment: Alignment | None
    ) -> tuple[Quad | None, Alignment | None, PhotoAgreement | float | None]:
        """The reference's quadrilateral, its alignment if keypoints placed it, and the agreement of the pixels there.

        A hash places a photo too: the whole image, or the inset in it, is the reference. It wins where the pixels fit
        clearly better so, or better than by no more keypoints than any two images may share: they may be wrong where
        the hash is right, as in a halftone or a blurred photo.
        """
        thumbnail, frame = self._index.thumbnail(candidate.position), description.frame
        placements: list[tuple[Quad, Alignment | None]] = []
        if alignment is not None:
            placements.append((alignment.quad, alignment))
        if candidate.transform is not None:
            placements.append((_hashed_quad(description, candidate.transform, candidate.inset), None))
        if not placements:
            return None, None, None
        if self._index.references[candidate.position].kind is ReferenceKind.LOGO:
            quad, chosen = placements[0]
            return quad, chosen, logo_ncc(frame, quad, thumbnail)
        lead = HASH_LEAD if alignment is not None and alignment.inliers >= LOOK_INLIERS else 0.0
        measured = ((*each, photo_agreement(frame, each[0], thumbnail)) for each in placements)
        (quad, chosen, pixels), *others = measured
        for other in others:
            if other[2] is not None and (pixels is None or other[2].blurred_ncc > pixels.blurred_ncc + lead):
                quad, chosen, pixels = other
        return quad, chosen, pixels

    def _alignment(self, description: Description, candidate: Candidate) -> Alignment | None:
        """The alignment with most inliers, by the image's keypoints or those of the candidate's similar region."""
        reference = self._index.references[candidate.position]
        keypoints = self._index.keypoints(candidate.position)
        transform = candidate.transform
        orientations = {candidate.mirrored, None if transform is None else transform.mirrored} - {None}
        if not orientations:
            # A similar region is tried unmirrored only; an image similar to a photo may be mirrored.
            orientations = {False} if candidate.photo_cosine is None else {False, True}
        seen = description.keypoints.all() if candidate.closely else description.keypoints.known
        if reference.kind is ReferenceKind.PHOTO and len(keypoints) < FEW_KEYPOINTS:
            orientations = {False, True}  # plain goods look alike in the mirror, and may have voted for it
        alignments = [
            align(seen, description.size, keypoints, reference, mirrored=mirrored)
            for mirrored in (False, True)
            if mirrored in orientations
        ]
        is_similar = candidate.region_cosine >= self._settings.region_keypoints_cosine
        if candidate.region is not None and candidate.closely and is_similar:
            query = self._region_keypoints(description, candidate.region.box)
            alignments.append(align(query, description.size, keypoints, reference, mirrored=bool(candidate.mirrored)))
        return max((each for each in alignments if each is not None), key=lambda each: each.inliers, default=None)

    def _region_keypoints(self, description: Description, box: Box) -> Keypoints:
        """The keypoints of one region, enlarged: a small mark has few of the whole image's. Described once."""
        left, top, right, bottom = pad_box(box, description.size)
        keypoints = description.region_keypoints.get(box)
        if keypoints is None:
            keypoints = describe_keypoints(
                description.frame[top:bottom, left:right], side=REGION_SIDE, limit=REGION_KEYPOINTS, enlarge=4.0
            ).translated(left, top)
            description.region_keypoints[box] = keypoints
        return keypoints


def _text_around(description: Description, candidate: Candidate, item: Evidence) -> float | None:
    """The text around the box of the geometry, or, where that is uncertain, around the detector's region.

    It is looked for in the whole image: a part may show the word alone.
    """
    certain = candidate.region is None or (item.inliers or 0) >= OUTLINE_INLIERS
    box = item.box if certain or candidate.region is None else candidate.region.box
    if description.whole is None:
        return _rounded(text_around(description.frame, box))
    right, down = description.place
    moved = Box(box.left + right, box.top + down, box.right + right, box.bottom + down)
    return _rounded(text_around(description.whole, moved))


def _hashed_quad(description: Description, transform: DihedralTransform, inset: Quad | None) -> Quad:
    """Where a reference lies whose hash is near that of the image or of an inset in it."""
    return whole_image_quad(description.size, transform) if inset is None else inset_quad(inset, transform)


def _moved(quad: Quad, by: tuple[int, int]) -> Quad:
    one, two, three, four = ((x + by[0], y + by[1]) for x, y in quad)
    return one, two, three, four


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _photo(
    candidate: Candidate, agreement: PhotoAgreement | None, altered: Alteration | None, local: LocalMatch | None
) -> PhotoMeasurements:
    return PhotoMeasurements(
        cosine=_rounded(candidate.photo_cosine),
        window_agreement=None if agreement is None else round(agreement.window_agreement, 4),
        blurred_ncc=None if agreement is None else round(agreement.blurred_ncc, 4),
        alteration=altered,
        content=None if local is None else local.content,
        region=() if local is None else local.region,
        differing=() if local is None else local.differing,
    )
