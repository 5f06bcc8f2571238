"""The plate and the thumbnail of a reference: its own pixels, to compare with a listing, as AVIF and as WebP."""

import io
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brand_index.images import RGBImage

PLATE_SIDE: Final = 768  # pixels, long side: a chart's digits are about 10 pixels high there
QUALITY: Final = 42  # of AVIF
SPEED: Final = 8  # of AVIF's encoder, 0 to 10: 6 takes three times as long and saves a fiftieth
THUMBNAIL_SIDE: Final = 96  # pixels
THUMBNAIL_QUALITY: Final = 60  # of WebP


def plate_of(image: RGBImage, content: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """The content (left, top, right, bottom) of a (H, W, 3) image as the bytes of an AVIF file, (N,)."""
    left, top, right, bottom = content
    visible = image[top:bottom, left:right]
    scale = min(1.0, PLATE_SIDE / max(visible.shape[:2]))
    size = (max(1, round(visible.shape[1] * scale)), max(1, round(visible.shape[0] * scale)))
    sized = cv2.resize(visible, size, interpolation=cv2.INTER_AREA) if scale < 1 else visible
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(sized)).save(file, "AVIF", quality=QUALITY, speed=SPEED, max_threads=1)
    return np.frombuffer(file.getvalue(), np.uint8)


def read_plate(data: NDArray[np.uint8]) -> RGBImage:
    """The inverse of `plate_of`, (H, W, 3), the long side PLATE_SIDE at most. Raises ValueError.

    Plates that were made by earlier versions are WebP files.
    """
    try:
        with Image.open(io.BytesIO(data.tobytes()), formats=("AVIF", "WEBP")) as image:
            return np.asarray(image.convert("RGB"), np.uint8)
    except Exception as error:  # damage has as many faces as Pillow's readers
        raise ValueError(f"no plate: {error}") from error


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
