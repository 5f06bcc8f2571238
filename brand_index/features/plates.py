"""The plate and the thumbnail of a reference: its own pixels, to compare with a listing, as WebP."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

PLATE_SIDE: Final = 768  # pixels, long side: a chart's digits are about 10 pixels high there
QUALITY: Final = 85  # of WebP; by 60 a strip that was cut off before pasting looks drawn over
THUMBNAIL_SIDE: Final = 96  # pixels
THUMBNAIL_QUALITY: Final = 80  # of WebP


def plate_of(image: RGBImage, content: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """The content (left, top, right, bottom) of a (H, W, 3) image as the bytes of a WebP file, (N,)."""
    left, top, right, bottom = content
    visible = image[top:bottom, left:right]
    scale = min(1.0, PLATE_SIDE / max(visible.shape[:2]))
    size = (max(1, round(visible.shape[1] * scale)), max(1, round(visible.shape[0] * scale)))
    sized = cv2.resize(visible, size, interpolation=cv2.INTER_AREA) if scale < 1 else visible
    _, data = cv2.imencode(".webp", cv2.cvtColor(sized, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return np.asarray(data, np.uint8).ravel()


def read_plate(data: NDArray[np.uint8]) -> RGBImage:
    """The inverse of `plate_of`, (H, W, 3), the long side PLATE_SIDE at most. Raises ValueError."""
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if decoded is None:
        raise ValueError("no plate")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def thumbnail_of(image: RGBImage, content: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """The content (left, top, right, bottom) of a (H, W, 3) image as a grey square, in the bytes of a WebP file."""
    left, top, right, bottom = content
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    sized = cv2.resize(grey, (THUMBNAIL_SIDE, THUMBNAIL_SIDE), interpolation=cv2.INTER_AREA)
    return packed_thumbnail(np.asarray(sized, np.uint8))


def packed_thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The (S, S) grey pixels of a thumbnail as the bytes, (N,), of a WebP file."""
    _, data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, THUMBNAIL_QUALITY])
    return np.asarray(data, np.uint8).ravel()


def read_thumbnail(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The (THUMBNAIL_SIDE, THUMBNAIL_SIDE) grey pixels of the bytes of `thumbnail_of`. Raises ValueError."""
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if len(data) else None
    if decoded is None or decoded.shape != (THUMBNAIL_SIDE, THUMBNAIL_SIDE):
        raise ValueError("no thumbnail")
    return np.asarray(decoded, np.uint8)
