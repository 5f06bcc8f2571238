"""A listing's image and its match, drawn beside the service: both with outlines, and laid over each other."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brand_index.errors import ImageError
from brand_index.images import RGBImage, decode
from brand_index.types import ReferenceImage
from scanner.bulk.report.images import Outline, outline_in_listing, outline_in_reference
from scanner.engine.types import Evidence
from scanner.engine.worker import watched
from scanner.settings import Settings

LONG_SIDE: Final = 1100  # pixels
SMALL_SIDE: Final = 260  # likewise, of an image in a list
QUALITY: Final = 84
LINE: Final = (255, 77, 85)
UNDER: Final = (16, 19, 24)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An image of a case, and what it was matched with, as WebP; None: it cannot be had."""

    listing: bytes | None  # what flagged it outlined
    small: bytes | None
    reference: bytes | None  # the part that is shown outlined
    laid: bytes | None  # the listing image where the reference lies in it, laid straight
    registered: bytes | None  # the reference, of the same size


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be drawn."""

    listing: bytes | None
    reference: ReferenceImage | None
    reference_file: Path | None
    evidence: Evidence | None


def draw(shown: Shown, settings: Settings, *, vector: bool = False) -> Drawn:
    """Decode and draw. An image that cannot be decoded is None; `vector`: the first may be an SVG."""
    with watched(settings):
        listing = _decoded(
            shown.listing, settings, 0 if shown.evidence is None else shown.evidence.frame, vector=vector
        )
        file = shown.reference_file
        reference = (
            None if file is None or not file.is_file() else _decoded(file.read_bytes(), settings, 0, vector=True)
        )
        evidence, registered = shown.evidence, shown.reference
        if listing is None:
            return Drawn(None, None, None if reference is None else _webp(reference, LONG_SIDE), None, None)
        outline: Outline = ()
        if evidence is not None:
            outline = outline_in_listing(evidence, registered, listing.shape[1], listing.shape[0])
        marked = _marked(listing, outline)
        small = _webp(marked, SMALL_SIDE)
        if reference is None or registered is None or evidence is None:
            return Drawn(_webp(marked, LONG_SIDE), small, None, None, None)
        scale = reference.shape[1] / registered.width  # a vector is drawn at a size of its own
        part = tuple((x * scale, y * scale) for x, y in outline_in_reference(evidence, registered))
        laid = _laid(listing, evidence, reference)
        return Drawn(
            _webp(marked, LONG_SIDE),
            small,
            _webp(_marked(reference, part), LONG_SIDE),
            None if laid is None else _webp(laid, LONG_SIDE),
            None if laid is None else _webp(_sized(reference, laid.shape[1], laid.shape[0]), LONG_SIDE),
        )


def _laid(listing: RGBImage, evidence: Evidence, reference: RGBImage) -> RGBImage | None:
    """What lies under the reference's place in the listing, in the reference's proportions; None: none was proved."""
    if evidence.quad is None:
        return None
    height, width = reference.shape[:2]
    scale = min(1.0, LONG_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    onto = cv2.getPerspectiveTransform(np.array(evidence.quad, np.float32), corners)
    ground = (127, 127, 127)
    laid = cv2.warpPerspective(
        listing, onto, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=ground
    )
    return np.asarray(laid, np.uint8)


def _marked(image: RGBImage, outline: Outline) -> RGBImage:
    """The image at the size it is shown at, with an outline given in its own pixels."""
    scale = min(1.0, LONG_SIDE / max(image.shape[:2]))
    drawn = _sized(image, round(image.shape[1] * scale), round(image.shape[0] * scale)).copy()
    if outline:
        points: NDArray[np.int32] = np.round(np.array(outline) * scale * 8).astype(np.int32)
        width = max(2, round(max(drawn.shape[:2]) / 260))
        for colour, thick in ((UNDER, 2 * width + 1), (LINE, width)):
            cv2.polylines(drawn, [points], True, colour, thick, cv2.LINE_AA, shift=3)
    return drawn


def _sized(image: RGBImage, width: int, height: int) -> RGBImage:
    shrinking = width < image.shape[1]
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (max(1, width), max(1, height)), interpolation=way), np.uint8)


def _webp(image: RGBImage, long_side: int) -> bytes:
    scale = min(1.0, long_side / max(image.shape[:2]))
    packed = io.BytesIO()
    sized = _sized(image, round(image.shape[1] * scale), round(image.shape[0] * scale))
    Image.fromarray(sized).save(packed, "WEBP", quality=QUALITY, method=2)
    return packed.getvalue()


def _decoded(data: bytes | None, settings: Settings, frame: int, *, vector: bool = False) -> RGBImage | None:
    if not data:
        return None
    try:
        frames = decode(data, settings.limits, vector=vector).frames
    except ImageError:
        return None
    return frames[min(frame, len(frames) - 1)]
