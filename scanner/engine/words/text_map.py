"""Where in an image something can be read, as the region finder sees it; it reads nothing."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanner.engine.boxes import Box

MARGIN: Final = 2  # cells around those that can be read, at least: words reach beyond them
ROOM: Final = 0.3  # likewise, as a share of the longer side of their box
WHOLE_FROM: Final = 0.5  # share of an image's sides from which all of it is read


@dataclass(frozen=True, slots=True, eq=False)
class TextMap:
    """Where in an image something can be read, as the region finder sees it."""

    logits: NDArray[np.float32]  # (H, W), one for each cell: above 0 it is more likely than not
    cell: tuple[float, float]  # pixels of the image: width and height of a cell

    def area(self, size: tuple[int, int], least: float) -> Box | None:
        """The part of an image of `size` (width, height) to read; None: no cell has this logit, so that there is none.

        It is the whole image, unless all that can be read lies in a small part, which is seen larger alone.
        """
        rows, columns = np.nonzero(self.logits >= least)
        if not len(rows):
            return None
        across, down = self.cell
        room = max(MARGIN, ROOM * (1 + max(np.ptp(columns), np.ptp(rows))))
        left, right = (columns.min() - room) * across, (columns.max() + 1 + room) * across
        top, bottom = (rows.min() - room) * down, (rows.max() + 1 + room) * down
        width, height = size
        part = Box(max(0, int(left)), max(0, int(top)), min(width, int(right) + 1), min(height, int(bottom) + 1))
        is_small = part.right - part.left <= WHOLE_FROM * width and part.bottom - part.top <= WHOLE_FROM * height
        return part if is_small else Box(0, 0, width, height)

    def is_seen_in(self, box: Box, least: float = 0.0) -> bool:
        """Whether a cell in a box of the image has this logit."""
        across, down = self.cell
        rows = slice(int(box.top / down), int(np.ceil(box.bottom / down)))
        columns = slice(int(box.left / across), int(np.ceil(box.right / across)))
        return bool((self.logits[rows, columns] >= least).any())
