"""Cuts the region of an image that is to be a form of a mark, as a PNG of its own; it judges and records nothing."""

from dataclasses import dataclass

import cv2
import numpy as np

from brand_index.errors import InvalidField
from brand_index.features.embedding import Embedder
from brand_index.features.views.drawing import VIEW_MARGIN
from brand_index.images import DecodedImage, RGBImage, decode
from brand_index.images.vector import LONG_SIDE
from brand_index.types import SourceRegion


@dataclass(frozen=True, slots=True)
class Cutting:
    """A region that was cut out of an image."""

    png: bytes
    region: SourceRegion  # as it was given, without the room around it
    size: tuple[int, int]  # width and height of the image, in whose pixels it is
    is_drawing: bool  # whether the image is an SVG, which has no pixels of its own

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        left, top, right, bottom = self.region
        drawn = f", as drawn with {LONG_SIDE} on the long side" if self.is_drawing else ""
        return (
            f"region {left},{top},{right},{bottom} ({right - left} x {bottom - top} of the {self.size[0]} x "
            f"{self.size[1]} pixels of the image{drawn}), with a little room around it"
        )

    @property
    def share(self) -> float:
        """0..1: how much of the image's area it is."""
        left, top, right, bottom = self.region
        return (right - left) * (bottom - top) / (self.size[0] * self.size[1])


def cut_from_file(embedder: Embedder, data: bytes, region: SourceRegion, name: str) -> Cutting:
    """Cut a region out of an untrusted image called `name`; a Describer calls it. Raises ImageError, InvalidField.

    The region is in pixels of the upright image in the file, although a large JPEG is read at a part of its size.
    """
    image = decode(data, name=name, vector=True)
    is_drawing = image.format == "SVG"
    try:
        return Cutting(cut(image, region), region, image.size, is_drawing)
    except InvalidField as error:
        drawn = f"; an SVG is measured as drawn with {LONG_SIDE} pixels on its long side" if is_drawing else ""
        raise InvalidField(f"{error}{drawn}") from None


def cut(image: DecodedImage, region: SourceRegion) -> bytes:
    """As cut_from_file, of the first frame of a decoded image, with its transparency."""
    left, top, right, bottom = with_room(check_region(region, image.size), image.size)
    across, down = image.scale
    rows = slice(int(top / down), max(int(top / down) + 1, round(bottom / down)))
    columns = slice(int(left / across), max(int(left / across) + 1, round(right / across)))
    pixels = image.frames[0][rows, columns]
    alpha = None if image.alpha is None else image.alpha[rows, columns]
    if alpha is None or alpha.min() == 255:
        return png(pixels)
    bgra = np.dstack([pixels[..., ::-1], alpha])
    return cv2.imencode(".png", bgra)[1].tobytes()


def png(pixels: RGBImage) -> bytes:
    """A (H, W, 3) image as PNG; the same pixels give the same bytes."""
    return cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))[1].tobytes()


def check_region(region: SourceRegion, size: tuple[int, int]) -> SourceRegion:
    """The region of an image of this width and height. Raises InvalidField where it is empty or not within it."""
    left, top, right, bottom = region
    width, height = size
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise InvalidField(
            f"region {left},{top},{right},{bottom}: give left,top,right,bottom in pixels of the image, which has "
            f"{width} x {height}, left less than right and top less than bottom"
        )
    return region


def with_room(region: SourceRegion, size: tuple[int, int]) -> SourceRegion:
    """A region with the room around it that the embedder was trained with, within an image of this size."""
    left, top, right, bottom = region
    across, down = VIEW_MARGIN * (right - left), VIEW_MARGIN * (bottom - top)
    return (
        max(0, int(left - across)),
        max(0, int(top - down)),
        min(size[0], int(np.ceil(right + across))),
        min(size[1], int(np.ceil(bottom + down))),
    )
