"""Refines the quadrilaterals of logos, so that an overlay of reference and listing can be shown to a person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage
from brand_index.index import BrandIndex, IndexedReference
from brand_index.types import ReferenceKind
from scanner.engine.alignment.geometry import bounding_box
from scanner.engine.alignment.refinement import refine
from scanner.engine.boxes import Box, Quad
from scanner.engine.types import Evidence

REFINED_FROM: Final = 0.05  # confidence; below it nobody looks at an overlay


def with_refined_logos(
    frame: RGBImage, positions: Sequence[int], evidence: Sequence[Evidence], index: BrandIndex
) -> tuple[Evidence, ...]:
    """The evidence in a (H, W, 3) frame, in its order, of references at `positions`; logos refined where that succeeds.

    A refined quadrilateral replaces the approximate one, and the part that matched is then all that is visible of the
    logo. Measurements and confidence stay as they are. Photos are refined before they are measured. Raises
    IndexDamaged.
    """
    return tuple(
        _refined(frame, position, item, item.quad, index)
        if item.kind is ReferenceKind.LOGO and item.quad is not None and item.confidence >= REFINED_FROM
        else item
        for position, item in zip(positions, evidence, strict=True)
    )


def _refined(frame: RGBImage, position: int, item: Evidence, quad: Quad, index: BrandIndex) -> Evidence:
    reference = index.references[position]
    # A hash is of the whole file of a logo, keypoints place its visible part.
    approximate = quad if item.inliers is not None else _content_quad(quad, reference)
    found = refine(frame, approximate, index.plate(position))
    if found is None:
        return item
    box = bounding_box(found.quad, (frame.shape[1], frame.shape[0]))
    return replace(item, quad=found.quad, box=box, reference_box=Box(*reference.content), refined=True)


def _content_quad(quad: Quad, reference: IndexedReference) -> Quad:
    """Where the visible part of a reference lies whose whole file fills `quad`."""
    left, top, right, bottom = reference.content
    wide, high = reference.width, reference.height
    whole = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    visible = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    onto = cv2.getPerspectiveTransform(whole, np.array(quad, np.float32))
    one, two, three, four = ((float(x), float(y)) for x, y in cv2.perspectiveTransform(visible, onto)[0])
    return one, two, three, four
