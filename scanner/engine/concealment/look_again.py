"""A second look at images in which a mark may be concealed: larger and mirrored, so that it errs elsewhere."""

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage
from scanner.engine.canvas import canvas_of, cell_of
from scanner.engine.concealment import patches
from scanner.engine.concealment.patches import ConcealedMap

DUE: Final = 0.2  # the logit of the first look's surest cell, from which there is a second
# Confidence by the logits of both looks at a cell, as scripts/train_concealed_head.py --again fits it.
FIRST_WEIGHT: Final = 0.494
AGAIN_WEIGHT: Final = 0.957
OFFSET: Final = -3.343


class LookAgain:
    """Runs one ONNX file: uint8 (1, h, w, 3) in, sides multiples of 32; logits (1, h / 8, w / 8) out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Load the file. Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = model.side

    def due(self, first: ConcealedMap, frame: RGBImage) -> ConcealedMap:
        """What the first look sees in a (H, W, 3) frame, with the second to come if it sees enough to look again."""
        return replace(first, again=partial(self._both, first, frame)) if self.is_due(first) else first

    def is_due(self, first: ConcealedMap) -> bool:
        """Whether the first look sees enough to look again."""
        return bool(first.logits.max(initial=-np.inf) >= DUE)

    def look(self, frame: RGBImage) -> ConcealedMap:
        """What the second look alone sees in a (H, W, 3) frame."""
        canvas, scale = canvas_of(frame, self._side)
        logits = self._session.run(None, {self._input: np.ascontiguousarray(canvas[:, ::-1])[None]})[0][0]
        return ConcealedMap(np.ascontiguousarray(logits[:, ::-1]), cell_of(logits, canvas, scale))

    def _both(self, first: ConcealedMap, frame: RGBImage) -> ConcealedMap:
        """What both looks see, as logits of the first look with the same confidence."""
        second = self.look(frame)
        likely = FIRST_WEIGHT * first.at_cells_of(second) + AGAIN_WEIGHT * second.logits + OFFSET
        return replace(second, logits=np.asarray((likely - patches.OFFSET) / patches.SLOPE, np.float32))
