"""Photos as a seller's app uploads them; it measures nothing."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.copy_task import read_image
from benchmarks.materials import jpeg

LONG_SIDE: Final = 640  # pixels
QUALITY: Final = 90


def upload(path: Path) -> bytes:
    """The photo with a long side of LONG_SIDE, as the bytes of a JPEG file."""
    photo = read_image(path)
    scale = LONG_SIDE / max(photo.shape[:2])
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    sized = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return jpeg(np.asarray(sized, np.uint8), QUALITY)
