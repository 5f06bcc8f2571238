"""Brings a listing image onto a reference, so that the two can be compared in one overlay; it decodes nothing."""

from typing import Final

from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner.engine.alignment.bending import FLAT, bend_of, unbent
from scanner.engine.boxes import Box
from scanner.engine.types import Evidence

BEYOND: Final = 127  # grey where the listing image shows nothing of the reference


def aligned_listing(
    listing: RGBImage, evidence: Evidence, reference: RGBImage, part: Box, long_side: int
) -> RGBImage | None:
    """The listing image as it lies over the reference, where `part` of the reference was found.

    It has the reference's proportions and a long side of so many pixels at most. A logo that is bent, as on a mug, is
    unbent. None: the two do not coincide, so that an overlay would mislead.
    """
    if evidence.quad is None or not evidence.refined or part.right <= part.left or part.bottom <= part.top:
        return None
    height, width = reference.shape[:2]
    scale = min(1.0, long_side / max(width, height))
    left, top = round(part.left * scale), round(part.top * scale)
    size = max(1, round(part.right * scale) - left), max(1, round(part.bottom * scale) - top)
    canvas = Box(-left, -top, max(1, round(width * scale)) - left, max(1, round(height * scale)) - top)
    bend = FLAT
    if evidence.kind is ReferenceKind.LOGO:
        bend = bend_of(listing, evidence.quad, reference[part.top : part.bottom, part.left : part.right])
    return unbent(listing, evidence.quad, bend, size, canvas, beyond=BEYOND)
