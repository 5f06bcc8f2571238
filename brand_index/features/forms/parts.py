"""The parts of artwork that may stand alone, such as a sign and the word beside it, which gaps part.

It looks at ink alone; whether a part can be recognized by itself is judged with the registration.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.content import VISIBLE_STEP, ground_of
from brand_index.features.forms.cutting import cut
from brand_index.features.views.gaps import Ink, ink_in, small_size
from brand_index.images import DecodedImage
from brand_index.types import SourceRegion

MOST_PARTS: Final = 4
SMALL_PRINT: Final = 0.05  # of the content's long side: lower lettering is small print
DETAIL: Final = 0.3  # of the content's short side: what is smaller on both sides is a detail
EVEN_GROUND: Final = 0.6  # share of the outermost pixels that are of one colour, on a ground that is even
ROOM: Final = 0.03  # of the side: from which artwork has room to an edge
_TOUCH: Final = 2  # pixels at the size of Ink: nearer ink meets the edge


@dataclass(frozen=True, slots=True)
class Part:
    """A connected group of the artwork's ink."""

    region: SourceRegion  # of the image, in pixels of the file
    refused: str | None  # why it cannot stand alone, as the end of a sentence; None: it may


def parts_of(image: DecodedImage) -> tuple[Part, ...]:
    """The parts of artwork, from left to right and from the top; none: it is one, or stands on no even ground."""
    ink = _ink_of(image)
    if ink is None:
        return ()
    boxes = ink.groups()
    if not 2 <= len(boxes) <= MOST_PARTS:
        return ()
    height, width = ink.mask.shape
    across, down = image.size[0] / width, image.size[1] / height
    found = []
    for box in boxes:
        left, top, right, bottom = (float(side) for side in box)
        region = (
            max(0, int((left - 1) * across)),
            max(0, int((top - 1) * down)),
            min(image.size[0], int(np.ceil((right + 1) * across))),
            min(image.size[1], int(np.ceil((bottom + 1) * down))),
        )
        found.append(Part(region, _unfit(box, ink.content)))
    return tuple(sorted(found, key=lambda part: (part.region[0], part.region[1])))


def cut_part(image: DecodedImage, part: Part, others: tuple[Part, ...]) -> bytes:
    """The part as a PNG with a little room, in which the `others` are wiped out with the ground."""
    frame = image.frames[0].copy()
    alpha = None if image.alpha is None else image.alpha.copy()
    ground, (across, down) = ground_of(image), image.scale
    for other in others:
        left, top, right, bottom = other.region
        if other == part or _overlaps(part.region, other.region):
            continue
        rows, columns = slice(int(top / down), int(bottom / down)), slice(int(left / across), int(right / across))
        frame[rows, columns] = ground
        if alpha is not None:
            alpha[rows, columns] = 0
    wiped = DecodedImage((frame,), alpha, image.sha256, image.format, file_size=image.file_size)
    return cut(wiped, part.region)


def edges_cut(image: DecodedImage) -> tuple[str, ...]:
    """The edges at which artwork seems to be cut off: it meets them, and has room to those opposite.

    None of an image that is not drawn on one even ground, and of one that fits its artwork on both sides.
    """
    ink = _ink_of(image)
    if ink is None:
        return ()
    height, width = ink.mask.shape
    left, top, right, bottom = (int(side) for side in ink.content)
    rooms = {"left": left / width, "right": (width - right) / width}
    rooms |= {"top": top / height, "bottom": (height - bottom) / height}
    touch = {"left": _TOUCH / width, "right": _TOUCH / width, "top": _TOUCH / height, "bottom": _TOUCH / height}
    opposite = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
    return tuple(edge for edge in rooms if rooms[edge] < touch[edge] and rooms[opposite[edge]] >= ROOM)


def _ink_of(image: DecodedImage) -> Ink | None:
    """The ink of artwork on a transparent or even ground; None: it stands on another, or has none."""
    pixels = image.frames[0]
    size = small_size(*pixels.shape[:2])
    if image.alpha is not None and image.alpha.min() < 128:
        mask = cv2.resize(image.alpha, size, interpolation=cv2.INTER_AREA) >= 64
    else:
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        far = np.abs(small.astype(np.int16) - ground_of(image).astype(np.int16)).max(axis=2)
        edge = np.concatenate([far[0], far[-1], far[:, 0], far[:, -1]])
        if (edge <= VISIBLE_STEP).mean() < EVEN_GROUND:
            return None
        mask = far > VISIBLE_STEP
    return ink_in(mask)


def _unfit(box: NDArray[np.int32], content: NDArray[np.int32]) -> str | None:
    width, height = int(box[2] - box[0]), int(box[3] - box[1])
    sides = content[2] - content[0], content[3] - content[1]
    if height < SMALL_PRINT * max(sides) and width > 3 * height:
        return "it is small print"
    if max(width, height) < DETAIL * min(sides):
        return "it is a small detail"
    return None


def _overlaps(one: SourceRegion, other: SourceRegion) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
