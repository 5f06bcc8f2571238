"""The plate of a reference: its own pixels, for fine comparison with a listing; the index keeps it as WebP."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

PLATE_SIDE: Final = 768  # pixels, long side: a chart's digits are about 10 pixels high there
QUALITY: Final = 85  # of WebP


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
