"""Checks whether a reference image can be recognized at all, and warns of weak ones; it compares no images."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.errors import UnrecognizableReference
from brand_index.features.content import FAINT_STEP, ground_of, visible_box
from brand_index.images import DecodedImage, RGBImage
from brand_index.types import Form, ReferenceKind

MIN_SIDE: Final = 32  # pixels, of the image and of the long side of its visible part
MIN_HEIGHT: Final = 12  # pixels, of the short side of its visible part: a word mark is long and low
SMALL_SIDE: Final = 64  # pixels, of the visible part: below it print dots and weaves are as large as its details
# Long side by short, of what is described: a logo's visible part, a whole photo. Word marks reach 20. Keypoints are
# found on 320 px of the long side with its margins: at 32 a mark is 8 px high there, which is half of the window that
# SIFT describes, and nothing of it would be found.
MAX_ASPECT: Final = 32
FEW_KEYPOINTS: Final = 10  # an alignment needs several, and a listing never shows them all
# A plain shape has few outlines, and few corners or keypoints on them. Set by looking at which of 1,000 icons (Simple
# Icons) are above and below: one in six is called plain. Photographs hardly ever are.
PLAIN_OUTLINES: Final = 2
PLAIN_DETAIL: Final = 45  # keypoints and corners together

_SIDE = 256  # pixels, long side at which plainness is measured, so that a large file is no richer than a small one
_MARGIN = 32
_SOFTENING = 1.0  # standard deviation, in pixels of the file or of the measured image, whichever are larger


@dataclass(frozen=True, slots=True)
class Plainness:
    """How much detail the visible part of an image has."""

    keypoints: int  # SIFT's, at its usual contrast threshold
    outlines: int  # outer and inner, of the dark parts against the light
    corners: int  # of the polygons that follow those outlines within 1 % of the long side


def check_recognizable(
    image: DecodedImage, kind: ReferenceKind, name: str, form: Form | None = None
) -> tuple[str, ...]:
    """The warnings why the image is a weak reference of this kind, in sentences; empty: none.

    Raises UnrecognizableReference, which names the image and the reason, if it is too small, blank, flat or long.
    """
    pixels = image.frames[0]
    height, width = pixels.shape[:2]
    in_use = form is Form.IN_USE
    if (max(width, height) if in_use else min(width, height)) < MIN_SIDE:
        which = "the long side, better 100" if in_use else "either side, better 256"
        raise UnrecognizableReference(f"{name}: {width} x {height} pixels; give at least {MIN_SIDE} on {which}")
    ground = ground_of(image)
    box = visible_box(image, ground)
    if (kind is ReferenceKind.PHOTO or in_use) and image.alpha is None:  # all of it is shown, however little it differs
        is_flat = box is None and visible_box(image, ground, FAINT_STEP) is None
        box = None if is_flat else (0, 0, width, height)
    if box is None:
        why = "nothing in it is visible" if image.alpha is not None else "it is one flat colour"
        raise UnrecognizableReference(f"{name}: {why}; give an image that shows something")
    left, top, right, bottom = box
    visible_width, visible_height = right - left, bottom - top
    if max(visible_width, visible_height) < MIN_SIDE or min(visible_width, visible_height) < MIN_HEIGHT:
        raise UnrecognizableReference(
            f"{name}: {'it' if in_use else 'its visible part'} has {visible_width} x {visible_height} pixels; "
            f"give at least {MIN_SIDE} by {MIN_HEIGHT}, better 256"
        )
    described = (visible_width, visible_height) if kind is ReferenceKind.LOGO else (width, height)
    if max(described) > MAX_ASPECT * min(described):
        raise UnrecognizableReference(
            f"{name}: {described[0]} x {described[1]} pixels are over {MAX_ASPECT} times as long as wide; "
            "give an image of a shorter form of it, or of a part"
        )
    warnings = []
    is_drawn = kind is ReferenceKind.LOGO and not in_use
    plainness = measure_plainness(pixels[top:bottom, left:right], ground)
    if plainness.keypoints < FEW_KEYPOINTS or (is_drawn and is_plain_shape(plainness)):
        what = "a plain shape" if is_drawn else "hardly any detail"
        found = f"{plainness.keypoints} keypoints, {plainness.outlines} outlines, {plainness.corners} corners"
        warnings.append(f"{what} ({found}): often missed or confused; register one with more detail too")
    if min(visible_width, visible_height) < SMALL_SIDE:
        warnings.append(
            f"small ({visible_width} x {visible_height} pixels visible): register a larger file if you have one"
        )
    if image.frame_count > 1:
        warnings.append("animated, or of several pages: only its first image is used")
    return tuple(warnings)


def is_plain_shape(plainness: Plainness) -> bool:
    """Whether it is drawn with few outlines and corners: a circle, ring, bar, square, arrow or single letter."""
    return plainness.outlines <= PLAIN_OUTLINES and plainness.keypoints + plainness.corners < PLAIN_DETAIL


def measure_plainness(visible: RGBImage, ground: NDArray[np.uint8]) -> Plainness:
    """Measure the visible part, (H, W, 3), on its own background, (3,)."""
    height, width = visible.shape[:2]
    scale = _SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    sized = cv2.resize(visible, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    colour = tuple(int(level) for level in ground)
    framed = cv2.copyMakeBorder(sized, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT, value=colour)
    # Blurred, because the steps of a curve without anti-aliasing are no detail.
    grey = cv2.GaussianBlur(cv2.cvtColor(framed, cv2.COLOR_RGB2GRAY), (0, 0), _SOFTENING * max(1.0, scale))
    keypoints = cv2.SIFT.create().detect(grey, None)
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if ink[0, 0]:  # the margin is background
        ink = 255 - ink
    found, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outlines = [outline for outline in found if cv2.contourArea(outline) > _SIDE * _SIDE / 4000]  # without specks
    corners = sum(len(cv2.approxPolyDP(outline, _SIDE / 100, closed=True)) for outline in outlines)
    return Plainness(len(keypoints), len(outlines), corners)
