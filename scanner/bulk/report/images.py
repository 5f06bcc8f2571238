"""Images of the report: small copies as data URIs; it decides nothing."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from brand_index.errors import ImageError
from brand_index.images import DEFAULT_LIMITS, DecodedImage, Limits, RGBImage, decode
from brand_index.images.listed import FoundImage
from brand_index.images.remote import RemoteImage, image_named
from brand_index.types import ReferenceImage
from scanner.engine.boxes import Box

MAP_SIDE: Final = 400  # pixels: long side of a long image that is shown whole beside its part
MAP_QUALITY: Final = 60


@dataclass(frozen=True, slots=True)
class InlineImage:
    """An image, or the part of a long one, as the report shows it."""

    uri: str  # data: with a small WebP
    width: int  # pixels of the whole image, in which outlines are given
    height: int
    part: Box | None = None  # that `uri` shows; None: all
    whole_uri: str = ""  # of all of it, tiny, if `uri` shows a part

    @property
    def shown(self) -> Box:
        """What `uri` shows, in pixels of the whole image."""
        return self.part or Box(0, 0, self.width, self.height)


@dataclass(frozen=True, slots=True)
class MissingImage:
    """An image that cannot be shown."""

    why: str  # a sentence


def small_uri(pixels: RGBImage, long_side: int, quality: int) -> str:
    """A WebP of at most `long_side` pixels as a data URI."""
    scale = long_side / max(pixels.shape[:2])
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode("ascii")


@dataclass(frozen=True, slots=True, eq=False)
class ListingPixels:
    """The frame of a listing image that is shown, decoded."""

    pixels: RGBImage  # of a large file, at a reduced scale
    width: int  # of the file
    height: int


def read_listing(image: str, sha256: str, frame: int, limits: Limits = DEFAULT_LIMITS) -> ListingPixels | MissingImage:
    """A frame of the scanned image that a row calls `image`, read within the scan's `limits`.

    MissingImage: it is gone, or no longer the file with this sha256.
    """
    decoded = _decoded(image_named(image), limits, vector=False)
    if isinstance(decoded, MissingImage):
        return decoded
    if decoded.sha256 != sha256:
        return MissingImage("The file has changed since it was scanned.")
    pixels = decoded.frame(frame)
    width, height = decoded.size if frame == 0 or decoded.seconds else (pixels.shape[1], pixels.shape[0])
    return ListingPixels(pixels, width, height)


def inlined(listing: ListingPixels, long_side: int, quality: int, part: Box | None = None) -> InlineImage:
    """A listing image of at most `long_side` pixels, or a `part` of it beside the whole."""
    if part is None:
        return InlineImage(small_uri(listing.pixels, long_side, quality), listing.width, listing.height)
    scale = listing.pixels.shape[1] / listing.width
    left, top, right, bottom = (round(side * scale) for side in part)
    uri = small_uri(listing.pixels[top : max(top + 1, bottom), left : max(left + 1, right)], long_side, quality)
    whole = small_uri(listing.pixels, MAP_SIDE, MAP_QUALITY)
    return InlineImage(uri, listing.width, listing.height, part, whole)


def reference_image(path: Path, reference: ReferenceImage, long_side: int, quality: int) -> InlineImage | MissingImage:
    """The registered file at `path`; width and height are those that the registry has."""
    if not path.is_file():
        return MissingImage("The reference's file is gone: register the same file again.")
    decoded = _decoded(image_named(str(path)), DEFAULT_LIMITS, vector=True)
    if isinstance(decoded, MissingImage):
        return decoded
    return InlineImage(small_uri(decoded.frames[0], long_side, quality), reference.width, reference.height)


def _decoded(image: FoundImage | RemoteImage, limits: Limits, *, vector: bool) -> DecodedImage | MissingImage:
    if isinstance(image, FoundImage) and not image.path.is_file():
        return MissingImage("The file is no longer there.")
    try:
        return decode(image.read(limits), limits, name=image.inside.name, vector=vector)
    except ImageError as error:
        return MissingImage(f"The file cannot be read now: {error}")
