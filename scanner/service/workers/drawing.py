"""Draws a listing image and the reference that it matched, both outlined and aligned; runs in the side process."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brand_index.errors import ImageError
from brand_index.files import read_recorded
from brand_index.images import DecodedImage, RGBImage, decode
from brand_index.types import ReferenceImage
from scanner.bulk.report.images import Outline, outline_in_listing, outline_in_reference, overlaid_part
from scanner.engine.types import Evidence
from scanner.settings import Settings

LONG_SIDE: Final = 1100  # pixels
FULL_SIDE: Final = 4096  # likewise, to look closely: 16 megapixels at most take two seconds to draw
SMALL_SIDE: Final = 260  # likewise, in lists
SECONDS: Final = 20.0  # of one drawing; the slowest SVG takes half of them
QUALITY: Final = 84
CHECKER: Final = (168, 196)  # greys on which a white mark is seen as well as a black one
LINE: Final = (255, 77, 85)
HALO: Final = (16, 19, 24)


@dataclass(frozen=True, slots=True)
class Drawings:
    """A listing image and its reference as WebP; None: an image that is not kept or cannot be aligned."""

    listing: bytes | None  # with the match outlined
    reference: bytes | None  # with the matched part outlined
    aligned_listing: bytes | None  # the matched part, warped onto the reference
    aligned_reference: bytes | None  # the reference at the same size


@dataclass(frozen=True, slots=True)
class DrawingRequest:
    """The images to draw, and the evidence that relates them."""

    listing: bytes | None
    reference: ReferenceImage | None
    reference_file: Path | None
    evidence: Evidence | None
    vector: bool = False  # the listing image may be an SVG, as it is one that was registered


def draw(request: DrawingRequest, settings: Settings) -> Drawings:
    """Decode and draw. An image that cannot be decoded is None."""
    listing, evidence = _frame_with_match(request, settings)
    file, reference_image = request.reference_file, request.reference
    data = None if file is None or reference_image is None else read_recorded(file, reference_image.sha256)
    registered = _decoded(data, settings, vector=True)
    reference = None if registered is None else _as_registered(registered)
    if listing is None:
        return Drawings(None, None if reference is None else _webp(reference, LONG_SIDE), None, None)
    outlined = _outline_match(listing, evidence, reference_image, LONG_SIDE)
    if reference is None or reference_image is None or evidence is None:
        return Drawings(_webp(outlined, LONG_SIDE), None, None, None)
    scale = reference.shape[1] / reference_image.width  # a vector is drawn at a size of its own
    part = tuple((x * scale, y * scale) for x, y in outline_in_reference(evidence, reference_image))
    overlaid = tuple(side * scale for side in overlaid_part(evidence, reference_image))
    aligned = _align(listing, evidence, reference, overlaid)
    return Drawings(
        _webp(outlined, LONG_SIDE),
        _webp(_outline(reference, part, LONG_SIDE), LONG_SIDE),
        None if aligned is None else _webp(aligned, LONG_SIDE),
        None if aligned is None else _webp(_resize(reference, aligned.shape[1], aligned.shape[0]), LONG_SIDE),
    )


@dataclass(frozen=True, slots=True)
class FullImages:
    """A listing image and its reference as WebP at full size, or FULL_SIDE; None: it is not kept or not decoded."""

    listing: bytes | None
    reference: bytes | None


def draw_full(request: DrawingRequest, settings: Settings) -> FullImages:
    """Decode both images and draw them without outlines, which would hide what one wants to look at closely."""
    listing, _ = _frame_with_match(request, settings)
    file, known = request.reference_file, request.reference
    data = None if file is None or known is None else read_recorded(file, known.sha256)
    registered = _decoded(data, settings, vector=True)
    reference = None if registered is None else _as_registered(registered)
    return FullImages(*(None if image is None else _webp(image, FULL_SIDE) for image in (listing, reference)))


def thumbnail(request: DrawingRequest, settings: Settings) -> bytes | None:
    """The listing image with the match outlined, as WebP for lists; None: it cannot be decoded.

    The reference is not read, so that a page of a queue is drawn in a moment.
    """
    image, evidence = _frame_with_match(request, settings)
    if image is None:
        return None
    return _webp(_outline_match(image, evidence, request.reference, SMALL_SIDE), SMALL_SIDE)


def _frame_with_match(request: DrawingRequest, settings: Settings) -> tuple[RGBImage | None, Evidence | None]:
    """The frame of the listing image that shows the match, and the evidence in its pixels; None: as Drawings."""
    decoded, evidence = _decoded(request.listing, settings, vector=request.vector), request.evidence
    if decoded is None or evidence is None:
        if decoded is not None and request.vector:  # an image that a rights holder registered
            return _as_registered(decoded), evidence
        return (None if decoded is None else decoded.frames[0]), evidence
    across, down = decoded.scale  # of a large JPEG, whose evidence is in pixels of the file
    return decoded.frame(evidence.frame), evidence.scaled(1 / across, 1 / down)


def _as_registered(decoded: DecodedImage) -> RGBImage:
    """The image; a light mark on transparency, which is decoded on black, on a checker: nobody made it black."""
    image, alpha = decoded.frames[0], decoded.alpha
    if alpha is None or not (clear := alpha == 0).any() or image[clear].any():
        return image
    height, width = alpha.shape
    square = max(4, max(height, width) // 40)
    rows, columns = np.arange(height)[:, None] // square, np.arange(width)[None, :] // square
    checker = np.where((rows + columns) % 2, *CHECKER)
    added = checker * ((255 - alpha.astype(np.float32)) / 255)
    return np.asarray(np.clip(np.round(image + added[..., None]), 0, 255), np.uint8)


def _outline_match(
    listing: RGBImage, evidence: Evidence | None, reference: ReferenceImage | None, long_side: int
) -> RGBImage:
    """The listing image with a long side of so many pixels at most, and the match outlined where there is one."""
    outline: Outline = ()
    if evidence is not None:
        outline = outline_in_listing(evidence, reference, listing.shape[1], listing.shape[0])
    return _outline(listing, outline, long_side)


def _align(listing: RGBImage, evidence: Evidence, reference: RGBImage, part: tuple[float, ...]) -> RGBImage | None:
    """The listing image as it lies over the reference, where `part` of it (left, top, right, bottom) was found.

    None: the two do not coincide, so that an overlay would mislead.
    """
    if evidence.quad is None or not evidence.refined:
        return None
    height, width = reference.shape[:2]
    scale = min(1.0, LONG_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top, right, bottom = (side * scale for side in part)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    onto = cv2.getPerspectiveTransform(np.array(evidence.quad, np.float32), corners)
    ground = (127, 127, 127)
    aligned = cv2.warpPerspective(
        listing, onto, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=ground
    )
    return np.asarray(aligned, np.uint8)


def _outline(image: RGBImage, outline: Outline, long_side: int) -> RGBImage:
    """The image with a long side of so many pixels at most, and an outline given in the image's own pixels."""
    scale = min(1.0, long_side / max(image.shape[:2]))
    resized = _resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale)).copy()
    if outline:
        points: NDArray[np.int32] = np.round(np.array(outline) * scale * 8).astype(np.int32)
        width = max(2, round(max(resized.shape[:2]) / 260))
        for colour, thick in ((HALO, 2 * width + 1), (LINE, width)):
            cv2.polylines(resized, [points], True, colour, thick, cv2.LINE_AA, shift=3)
    return resized


def _resize(image: RGBImage, width: int, height: int) -> RGBImage:
    shrinking = width < image.shape[1]
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (max(1, width), max(1, height)), interpolation=way), np.uint8)


def _webp(image: RGBImage, long_side: int) -> bytes:
    scale = min(1.0, long_side / max(image.shape[:2]))
    packed = io.BytesIO()
    sized = _resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale))
    Image.fromarray(sized).save(packed, "WEBP", quality=QUALITY, method=2)
    return packed.getvalue()


def _decoded(data: bytes | None, settings: Settings, *, vector: bool = False) -> DecodedImage | None:
    if not data:
        return None
    try:
        return decode(data, settings.limits, vector=vector)
    except ImageError:
        return None
