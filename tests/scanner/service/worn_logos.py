"""Photos of Acme's logo as it is worn: printed in a dark colour, in little light, at an angle."""

import numpy as np
from numpy.typing import NDArray
from skimage import data as photographs

from tests.conftest import draw_logo, in_perspective, jpeg

CONFIRMED, MISSED = 6, 26  # numbers of photos: found by the artwork alone, and found only by a form like the first


def worn_logo(number: int) -> bytes:
    """A photo; the same number gives the same one."""
    ground: NDArray[np.uint8] = np.asarray(photographs.coffee() if number % 2 else photographs.rocket(), np.uint8)
    corners = np.array([(170, 100), (440, 100), (440, 270), (170, 270)], float)
    corners += np.random.default_rng(number).uniform(-70, 70, (4, 2))
    dark = (ground[:400, :600] * 0.45).astype(np.uint8) if number % 2 else (ground * 0.45).astype(np.uint8)
    return jpeg(in_perspective(draw_logo("ACME", (70, 70, 85)), [(x, y) for x, y in corners], dark), 90)
