"""Refines the quadrilaterals of logos, so that an overlay of reference and listing can be shown to a person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from brand_index.features.views.parts import ALL_OF_IT, cut_part
from brand_index.images import RGBImage
from brand_index.index import BrandIndex, IndexedReference
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import bounding_box
from scanner.engine.alignment.lone_parts import part_box, part_quad, reaches_beyond, shows_the_rest
from scanner.engine.alignment.refinement import refine
from scanner.engine.boxes import Box, Quad
from scanner.engine.candidates import Candidate
from scanner.engine.types import Evidence

REFINED_FROM: Final = 0.05  # confidence; below it nobody looks at an overlay


def with_refined_logos(
    frame: RGBImage, candidates: Sequence[Candidate], evidence: Sequence[Evidence], index: BrandIndex
) -> tuple[Evidence, ...]:
    """The evidence in a (H, W, 3) frame for these candidates, in its order; logos refined where that succeeds.

    A refined quadrilateral replaces the approximate one, and the part that matched is then all that is visible of the
    logo. Where only a part of it matched and the rest is not there, the outlines are that part's. Measurements and
    confidence stay as they are. Photos are refined before they are measured. Raises IndexDamaged.
    """
    return tuple(
        _placed(frame, candidate, item, index)
        if item.kind is ReferenceKind.LOGO and item.confidence >= REFINED_FROM
        else item
        for candidate, item in zip(candidates, evidence, strict=True)
    )


def _placed(frame: RGBImage, candidate: Candidate, item: Evidence, index: BrandIndex) -> Evidence:
    position, shown, quad = candidate.position, candidate.shown, item.quad
    reference = index.references[position]
    if quad is None:
        return item if shown == ALL_OF_IT else _of_part(item, part_box(reference.content, shown))
    # A hash is of the whole file of a logo, keypoints place its visible part.
    approximate = quad if item.inliers is not None else _content_quad(quad, reference)
    plate = index.plate(position)
    found = refine(frame, approximate, plate)
    quads = [approximate] if found is None else [approximate, found.quad]
    if _shows_a_part_alone(frame, candidate, item, quads, index):
        part = part_box(reference.content, shown)
        place = part_quad(approximate, shown)
        found = refine(frame, place, cut_part(plate, shown))
        return _outlined(frame, _of_part(item, part), place if found is None else found.quad, found is not None)
    if found is None:
        return item
    return _outlined(frame, replace(item, reference_box=Box(*reference.content)), found.quad, True)


def _shows_a_part_alone(
    frame: RGBImage, candidate: Candidate, item: Evidence, quads: Sequence[Quad], index: BrandIndex
) -> bool:
    """Whether what matched is a part, and neither keypoints nor pixels show the rest at one of these places."""
    shown, thumbnail = candidate.shown, index.thumbnail(candidate.position)
    if shown == ALL_OF_IT or item.inliers is None or item.reference_box is None:
        return False
    if reaches_beyond(item.reference_box, index.references[candidate.position].content, shown):
        return False
    return not any(shows_the_rest(frame, quad, thumbnail, shown) for quad in quads)


def _of_part(item: Evidence, part: Box) -> Evidence:
    logo = None if item.logo is None else replace(item.logo, part_alone=True)
    return replace(item, reference_box=part, logo=logo)


def _outlined(frame: RGBImage, item: Evidence, quad: Quad, refined: bool) -> Evidence:
    box = bounding_box(quad, (frame.shape[1], frame.shape[0]))
    return replace(item, quad=quad, box=box, refined=refined)


def _content_quad(quad: Quad, reference: IndexedReference) -> Quad:
    """Where the visible part of a reference lies whose whole file fills `quad`."""
    left, top, right, bottom = reference.content
    wide, high = reference.width, reference.height
    whole = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    visible = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    onto = cv2.getPerspectiveTransform(whole, np.array(quad, np.float32))
    one, two, three, four = ((float(x), float(y)) for x, y in cv2.perspectiveTransform(visible, onto)[0])
    return one, two, three, four
