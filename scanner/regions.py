"""Where in a picture to look for a logo: the whole and a pyramid of overlapping tiles; it looks at no pixel."""

from typing import Final

import numpy as np

from scanner.types import Box

# Share of each side that a tile takes, and how many lie along each side: they overlap by half.
LEVELS: Final = ((1.0, 1), (0.5, 3))
LEAST_SIDE: Final = 32  # pixels: a smaller tile shows nothing that the embedder could tell


def tile_pyramid(width: int, height: int) -> tuple[Box, ...]:
    """Boxes that cover a picture of this size at each of LEVELS, the whole first; only the whole if it is tiny."""
    boxes = []
    for share, count in LEVELS:
        wide, high = round(width * share), round(height * share)
        if share < 1.0 and min(wide, high) < LEAST_SIDE:
            continue
        lefts = np.linspace(0, width - wide, count).round().astype(int).tolist()
        tops = np.linspace(0, height - high, count).round().astype(int).tolist()
        boxes += [Box(left, top, left + wide, top + high) for top in tops for left in lefts]
    return tuple(boxes)
