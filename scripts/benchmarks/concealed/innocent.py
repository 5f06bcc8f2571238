"""What is no concealed mark and looks like one, on photos that nobody trained on: one image a kind and a seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from training.concealment import innocent, layouts
from training.concealment.innocent import Scenery

from benchmarks.concealed.covering import KNOWN, Chance, Drawing, Strength, covered
from brand_index.images import RGBImage
from scanner.engine.boxes import Box

FACE: Final = Box(172, 62, 276, 200)  # of skimage's astronaut, 512 pixels square


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What is drawn on photos."""

    marks: Sequence[Drawing]
    words: Sequence[Drawing]


def real_face(_: RGBImage, beside: Beside, chance: Chance) -> RGBImage:
    """A person's portrait whose face is blurred, in cells, painted over or starred."""
    from skimage import data  # noqa: PLC0415 - of the extra benchmark, and only this needs it

    image = np.asarray(data.astronaut(), np.uint8)
    zoom = float(chance.uniform(0.75, 1.0))
    high = int(512 * zoom)
    left = int(chance.integers(0, 512 - high + 1))
    cut = np.ascontiguousarray(image[:high, left : left + high])
    grown = [round(float(chance.uniform(0, 12))) for _ in range(4)]
    sides = (FACE.left - left - grown[0], FACE.top - grown[1], FACE.right - left + grown[2], FACE.bottom + grown[3])
    box = Box(*(int(np.clip(side, 0, high)) for side in sides))
    cutter = KNOWN[str(chance.choice(("square cells", "Gaussian blur", "plain", "star")))]
    out = covered(cut, box, cutter, tuple(Strength)[int(chance.integers(3))], chance)
    return np.ascontiguousarray(out[:, ::-1]) if chance.random() < 0.5 else out


def blurred_ground(image: RGBImage, beside: Beside, chance: Chance) -> RGBImage:
    """A part of the ground at the edge is blurred or in cells, off the goods."""
    height, width = image.shape[:2]
    wide, high = int(width * float(chance.uniform(0.1, 0.2))), int(height * float(chance.uniform(0.06, 0.14)))
    left = 0 if chance.random() < 0.5 else width - wide
    top = 0 if chance.random() < 0.5 else height - high
    cutter = KNOWN[str(chance.choice(("square cells", "Gaussian blur")))]
    return covered(image, Box(left, top, left + wide, top + high), cutter, Strength.MEDIUM, chance)


def jpeg_blocks(image: RGBImage, beside: Beside, chance: Chance) -> RGBImage:
    """The blocks of a poor JPEG."""
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(5, 25))])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _drawn(scene: innocent.Scene) -> Callable[[RGBImage, Beside, Chance], RGBImage]:
    def draw(image: RGBImage, beside: Beside, chance: Chance) -> RGBImage:
        scenery = Scenery([image], [None], 1, beside.marks, beside.words, beside.marks)
        return scene(image, None, scenery, chance)

    return draw


KINDS: Final[dict[str, Callable[[RGBImage, Beside, Chance], RGBImage]]] = {
    "a face made unknowable": real_face,
    "a patch on the ground": blurred_ground,
    "depth of field, bokeh": _drawn(innocent.shallow_focus),
    "checks, plaid, pixel camouflage": _drawn(innocent.checked_cloth),
    "prints, pixel art": _drawn(innocent.printed),
    "hang tags, labels": _drawn(innocent.tagged),
    "text, watermarks": _drawn(layouts.overlaid_text),
    "badges in corners": _drawn(layouts.badged),
    "collages, insets, frames": _drawn(layouts.collage),
    "JPEG blocks": jpeg_blocks,
}
