"""Draws a registered logo as a seller may print it, for the embedder: all of it, and in part."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.views.parts import ALL_OF_IT, Shown, cut_part, separate_parts
from brand_index.images import RGBImage

VIEW_MARGIN: Final = 0.06  # of each side, around a view that is embedded, as in the embedder's training
SAME_IMAGE: Final = 12.0  # mean difference in grey levels below which the one-colour view is the logo itself


def logo_views(visible: RGBImage, ground: NDArray[np.uint8]) -> tuple[list[RGBImage], list[Shown]]:
    """The visible part as a print may show it, and what each view shows of it: at first all, then a part."""
    parts = separate_parts(visible, ground)
    views = _inked(visible, ground)
    shown = [ALL_OF_IT] * len(views)
    for part in parts:
        inked = _inked(cut_part(visible, part), ground)
        views += inked
        shown += [part] * len(inked)
    return views, shown


def _inked(visible: RGBImage, ground: NDArray[np.uint8]) -> list[RGBImage]:
    """In ink: on its own background, reversed, and in one colour if that differs."""
    own = _padded(visible, ground)
    plain = in_one_colour(own)
    views = [own, 255 - own]
    if differ(plain, own):
        views += [plain, 255 - plain]
    return views


def _padded(visible: RGBImage, ground: NDArray[np.uint8]) -> RGBImage:
    """With the margin of a view that is embedded."""
    down, across = (max(2, round(VIEW_MARGIN * side)) for side in visible.shape[:2])
    return framed(visible, down, across, ground)


def framed(visible: RGBImage, down: int, across: int, ground: NDArray[np.uint8]) -> RGBImage:
    """The visible part with margins of its background, `down` and `across` pixels each."""
    colour = tuple(int(level) for level in ground)
    padded = cv2.copyMakeBorder(visible, down, down, across, across, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(padded, np.uint8)


def differ(plain: RGBImage, own: RGBImage) -> bool:
    """Whether a logo in one colour is clearly another image than the logo itself."""
    return float(cv2.absdiff(plain, own).mean()) > SAME_IMAGE


def in_one_colour(logo: RGBImage) -> RGBImage:
    """The logo in black on white, with the threshold of Otsu's method (1979) between ink and background."""
    grey = cv2.cvtColor(logo, cv2.COLOR_RGB2GRAY)
    _, split = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if split[0, 0] == 0:  # the margin is background, which becomes white
        split = 255 - split
    return np.asarray(cv2.cvtColor(split, cv2.COLOR_GRAY2RGB), np.uint8)
