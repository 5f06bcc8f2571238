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
from scanner.bulk.report.outlines import (
    NO_MARKS,
    Marks,
    Outline,
    marks_in_listing,
    marks_in_reference,
    marks_of_patch,
    overlaid_part,
    part_to_show,
)
from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch, Evidence
from scanner.service.workers.overlays import aligned_listing
from scanner.settings import Settings

LONG_SIDE: Final = 1100  # pixels
FULL_LINE: Final = 2  # pixels: width of outlines in an image at full size
FULL_SIDE: Final = 4096  # likewise, to look closely: 16 megapixels at most take two seconds to draw
SMALL_SIDE: Final = 260  # likewise, in lists
SECONDS: Final = 20.0  # of one drawing; the slowest SVG takes half of them
QUALITY: Final = 84
CHECKER: Final = (168, 196)  # greys on which a white mark is seen as well as a black one
LINE: Final = (255, 77, 85)  # where the two agree, or the match
DIFFERS: Final = (63, 140, 255)  # where their content differs, dashed
WHOLE: Final = (255, 255, 255)  # of the whole reference, thin
DASH: Final = (10.0, 6.0)  # widths of the line: drawn, and left out
MAP_SHARE: Final = 0.09  # of the long side: width of the whole of a long image, beside its part
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
    concealed: tuple[ConcealedPatch, ...] = ()  # patches to outline, of one frame
    vector: bool = False  # the listing image may be an SVG, as it is one that was registered


def draw(request: DrawingRequest, settings: Settings) -> Drawings:
    """Decode and draw. An image that cannot be decoded is None, and so is that of a registered word, which has none."""
    if request.concealed:
        marked = _with_patches(request, settings, LONG_SIDE)
        return Drawings(None if marked is None else _webp(marked, LONG_SIDE), None, None, None)
    listing, evidence = _frame_with_match(request, settings)
    reference_image, reference = request.reference, _reference_of(request, settings)
    if listing is None:
        return Drawings(None, None if reference is None else _webp(reference, LONG_SIDE), None, None)
    outlined = _outline_match(listing, evidence, reference_image, LONG_SIDE)
    if reference is None or reference_image is None or evidence is None:
        return Drawings(_webp(outlined, LONG_SIDE), None, None, None)
    scale = reference.shape[1] / reference_image.width  # a vector is drawn at a size of its own
    marks = marks_in_reference(evidence, reference_image).scaled(scale)
    left, top, right, bottom = (round(side * scale) for side in overlaid_part(evidence, reference_image))
    aligned = aligned_listing(listing, evidence, reference, Box(left, top, right, bottom), LONG_SIDE)
    return Drawings(
        _webp(outlined, LONG_SIDE),
        _webp(_marked(reference, marks, LONG_SIDE), LONG_SIDE),
        None if aligned is None else _webp(aligned, LONG_SIDE),
        None if aligned is None else _webp(_resize(reference, aligned.shape[1], aligned.shape[0]), LONG_SIDE),
    )


@dataclass(frozen=True, slots=True)
class FullImages:
    """A listing image and its reference as WebP at full size, or FULL_SIDE; None: it is not kept or not decoded."""

    listing: bytes | None
    reference: bytes | None


def draw_full(request: DrawingRequest, settings: Settings, *, outlined: bool = False) -> FullImages:
    """Decode both images and draw them without outlines, which would hide what one wants to look at closely.

    `outlined`: with thin ones, which say where to look.
    """
    if request.concealed:
        marked = _with_patches(request, settings, FULL_SIDE, FULL_LINE, outlined=outlined)
        return FullImages(None if marked is None else _webp(marked, FULL_SIDE), None)
    listing, evidence = _frame_with_match(request, settings)
    known, reference = request.reference, _reference_of(request, settings)
    if outlined and evidence is not None:
        if listing is not None:
            marks = marks_in_listing(evidence, known, listing.shape[1], listing.shape[0])
            listing = _marked(listing, marks, FULL_SIDE, FULL_LINE)
        if reference is not None and known is not None:
            marks = marks_in_reference(evidence, known).scaled(reference.shape[1] / known.width)
            reference = _marked(reference, marks, FULL_SIDE, FULL_LINE)
    return FullImages(*(None if image is None else _webp(image, FULL_SIDE) for image in (listing, reference)))


def thumbnail(request: DrawingRequest, settings: Settings) -> bytes | None:
    """The listing image with the match outlined, as WebP for lists; None: it cannot be decoded.

    The reference is not read, so that a page of a queue is drawn in a moment.
    """
    if request.concealed:
        marked = _with_patches(request, settings, SMALL_SIDE)
        return None if marked is None else _webp(marked, SMALL_SIDE)
    image, evidence = _frame_with_match(request, settings)
    if image is None:
        return None
    return _webp(_outline_match(image, evidence, request.reference, SMALL_SIDE), SMALL_SIDE)


def _with_patches(
    request: DrawingRequest, settings: Settings, long_side: int, line: int | None = None, *, outlined: bool = True
) -> RGBImage | None:
    """The frame with the patches that conceal a mark, outlined, or as they are; None: it cannot be decoded."""
    decoded = _decoded(request.listing, settings)
    if decoded is None:
        return None
    across, down = decoded.scale
    frame = decoded.frame(request.concealed[0].frame)
    height, width = frame.shape[:2]
    placed = [each.scaled(1 / across, 1 / down) for each in request.concealed if outlined]
    outlines = tuple(outline for each in placed for outline in marks_of_patch(each, width, height).match)
    return _marked(frame, Marks(outlines), long_side, line)


def _frame_with_match(request: DrawingRequest, settings: Settings) -> tuple[RGBImage | None, Evidence | None]:
    """The frame of the listing image that shows the match, and the evidence in its pixels; None: as Drawings."""
    decoded, evidence = _decoded(request.listing, settings, vector=request.vector), request.evidence
    if decoded is None or evidence is None:
        if decoded is not None and request.vector:  # an image that a rights holder registered
            return _as_registered(decoded), evidence
        return (None if decoded is None else decoded.frames[0]), evidence
    across, down = decoded.scale  # of a large JPEG, whose evidence is in pixels of the file
    return decoded.frame(evidence.frame), evidence.scaled(1 / across, 1 / down)


def _reference_of(request: DrawingRequest, settings: Settings) -> RGBImage | None:
    """The reference's image; None: it is not kept or not decoded, or a word, whose text is never read as an image."""
    file, known = request.reference_file, request.reference
    if file is None or known is None or known.word is not None:
        return None
    registered = _decoded(read_recorded(file, known.sha256), settings, vector=True)
    return None if registered is None else _as_registered(registered)


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
    """The listing image with a long side of so many pixels at most, and the match outlined where there is one.

    Of a tall or wide image, the part with the match beside the whole, in which that part is framed.
    """
    height, width = listing.shape[:2]
    marks = NO_MARKS if evidence is None else marks_in_listing(evidence, reference, width, height)
    part = part_to_show((marks.around,), width, height)
    if part is None:
        return _marked(listing, marks, long_side)
    left, top, right, bottom = part
    shown = _marked(listing[top:bottom, left:right], marks.scaled(1.0, left, top), long_side)
    return _beside(_map(listing, part, shown), shown, 0 if width > height else 1)


def _map(listing: RGBImage, part: Box, shown: RGBImage) -> RGBImage:
    """A long image as a strip as long as the `shown` part of it, with a frame around that part."""
    height, width = listing.shape[:2]
    along = shown.shape[1] if width > height else shown.shape[0]
    scale = min(along / max(height, width), max(MAP_SHARE * max(shown.shape), 12.0) / min(height, width))
    strip = _resize(listing, round(width * scale), round(height * scale)).copy()
    framed = [(x * scale, y * scale) for x, y in ((part.left, part.top), (part.right, part.bottom))]
    (left, top), (right, bottom) = ((round(x), round(y)) for x, y in framed)
    for colour, thick in ((HALO, 3), (LINE, 1)):
        cv2.rectangle(strip, (left + 1, top + 1), (right - 2, bottom - 2), colour, thick, cv2.LINE_AA)
    return strip


def _beside(strip: RGBImage, shown: RGBImage, axis: int) -> RGBImage:
    """A strip over (`axis` 0) or left of (1) an image, each in the middle of its row or column of a grey sheet."""
    gap = max(6, max(shown.shape) // 80)
    size = [max(one, other) for one, other in zip(strip.shape, shown.shape, strict=True)]
    size[axis] = strip.shape[axis] + gap + shown.shape[axis]
    sheet = np.full(size, 127, np.uint8)
    for image, start in ((strip, 0), (shown, strip.shape[axis] + gap)):
        place = [(whole - own) // 2 for whole, own in zip(size, image.shape, strict=True)]
        place[axis] = start
        sheet[place[0] : place[0] + image.shape[0], place[1] : place[1] + image.shape[1]] = image
    return sheet


def _marked(image: RGBImage, marks: Marks, long_side: int, line: int | None = None) -> RGBImage:
    """The image with a long side of so many pixels at most, and outlines given in the image's own pixels.

    `line`: their width in pixels; None: by the size of the image.
    """
    scale = min(1.0, long_side / max(image.shape[:2]))
    resized = _resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale)).copy()
    placed, width = marks.scaled(scale), line or max(2, round(max(resized.shape[:2]) / 260))
    thin = max(1, width // 2)
    for outlines, colour, thick in (((placed.whole,), WHOLE, thin), (placed.match, LINE, width)):
        _draw(resized, [_fixed(each) for each in outlines if each], colour, thick, closed=True)
    dashes = [dash for each in placed.differing for dash in _dashes(each, width)]
    _draw(resized, [_fixed(each) for each in dashes], DIFFERS, width, closed=False)
    return resized


def _draw(
    image: RGBImage, lines: list[NDArray[np.int32]], colour: tuple[int, int, int], width: int, *, closed: bool
) -> None:
    for tint, thick in ((HALO, 2 * width + 1), (colour, width)):
        cv2.polylines(image, lines, closed, tint, thick, cv2.LINE_AA, shift=3)


def _fixed(outline: Outline) -> NDArray[np.int32]:
    """Corners in eighths of a pixel, as OpenCV draws them."""
    return np.round(np.array(outline) * 8).astype(np.int32)


def _dashes(outline: Outline, width: int) -> list[Outline]:
    """The dashes of a closed outline, each with its ends and the corners between."""
    corners = np.array([*outline, outline[0]])
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    drawn, left_out = (each * width for each in DASH)
    dashes: list[Outline] = []
    for start in np.arange(0.0, along[-1], drawn + left_out):
        end = min(start + drawn, along[-1])
        inner = along[(along > start) & (along < end)]
        stops = np.concatenate([[start], inner, [end]])
        x, y = (np.interp(stops, along, corners[:, axis]) for axis in (0, 1))
        dashes.append(tuple(zip(x.tolist(), y.tolist(), strict=True)))
    return dashes


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
