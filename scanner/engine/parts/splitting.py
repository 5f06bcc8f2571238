"""Decides which parts of a frame are examined on their own, besides the frame as a whole.

Features are taken at a fixed long side, so what is a small part of an image is seen at a small part of that. A
photograph of common proportions and up to TILED pixels has no parts, and costs what the frame costs.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from brand_index.images import RGBImage
from scanner.engine.boxes import Box
from scanner.engine.parts.panels import panels
from scanner.engine.types import Evidence

LONG: Final = 2.0  # long side by short, from which a frame is examined in bands
LONG_PANEL: Final = 4.0  # likewise of a panel, in which little lies beside a copy
LEAST_SIDE: Final = 32  # pixels, short side: a thinner image shows nothing, however long it is
BAND: Final = 1.5  # length of a band by its width
STRIDE: Final = 0.75  # likewise, from one band to the next: half a band
MOST_OF_FRAME: Final = 0.7  # of the area: a panel that takes more was seen with the frame
# Of copies that take 2 % of a photo of 2400 x 1800 pixels, all are found in tiles and less than half without.
TILED: Final = 1600  # pixels: short side from which a photo is examined in nine tiles; it has ten times 640 x 480
EVEN: Final = 2.0  # levels of deviation in each channel: a part that has less is of one colour
FILLED: Final = 0.6  # share of the frame that a photo takes, from which the frame shows it and nothing else
ALL_OF_IT: Final = 0.8  # share of the photo that is visible there
SEEN_WITH_FRAME: Final = 640  # pixels: long side of a frame whose marks are looked for in the whole frame alone


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a frame that is examined on its own."""

    box: Box
    panel: Box  # in which what it shows may go on: its seams end any photo
    marks: bool  # whether marks are looked for in it anew, at its larger scale

    def of(self, frame: RGBImage) -> RGBImage:
        """The pixels of the part, contiguous."""
        left, top, right, bottom = self.box
        return np.ascontiguousarray(frame[top:bottom, left:right])

    def around(self, frame: RGBImage) -> RGBImage:
        """The pixels of the panel."""
        left, top, right, bottom = self.panel
        return frame[top:bottom, left:right]

    @property
    def offset(self) -> tuple[int, int]:
        """Pixels from the panel's left and top to its own."""
        return self.box.left - self.panel.left, self.box.top - self.panel.top

    def placed(self, evidence: Evidence) -> Evidence:
        """Evidence in the part as evidence in its frame."""
        return evidence.moved(self.box.left, self.box.top)


def parts_of(frame: RGBImage) -> tuple[Part, ...]:
    """The parts of a (H, W, 3) frame that need a look of their own, in the order in which they are examined.

    Empty for a photograph of common proportions and size. If only the first ones are examined, they are spread over
    the frame.
    """
    height, width = frame.shape[:2]
    if min(height, width) < LEAST_SIDE:
        return ()
    found = panels(frame)
    if len(found) == 1 and _proportion(found[0]) <= LONG:
        tiles = _tiles(found[0]) if min(height, width) >= TILED else []
        return tuple(Part(box, found[0], marks=True) for box in tiles if not _is_even(frame, box))
    marks = max(height, width) > SEEN_WITH_FRAME
    first: list[Part] = []
    overlapping: list[Part] = []
    for panel in found:
        if _proportion(panel) > (LONG if len(found) == 1 else LONG_PANEL):
            bands = [Part(band, panel, marks) for band in _bands(panel)]
            first += bands[::2]
            overlapping += bands[1::2]
        elif _area(panel) <= MOST_OF_FRAME * width * height:
            first.append(Part(panel, panel, marks))
    return tuple(part for part in (*first, *overlapping) if not _is_even(frame, part.box))


def _bands(box: Box) -> list[Box]:
    """Overlapping bands along the long side."""
    width, height = box.right - box.left, box.bottom - box.top
    short, long = min(width, height), max(width, height)
    length = round(BAND * short)
    count = 1 + int(np.ceil((long - length) / (STRIDE * short)))
    starts = [round(step * (long - length) / (count - 1)) for step in range(count)]
    if height > width:
        return [Box(box.left, box.top + start, box.right, box.top + start + length) for start in starts]
    return [Box(box.left + start, box.top, box.left + start + length, box.bottom) for start in starts]


def _tiles(box: Box) -> list[Box]:
    """Nine tiles of half its sides, each overlapping the next by half; first the four that cover it."""
    wide, high = (box.right - box.left + 1) // 2, (box.bottom - box.top + 1) // 2
    places = sorted(((row, column) for row in range(3) for column in range(3)), key=lambda at: at[0] % 2 + at[1] % 2)
    starts = [(box.left + column * wide // 2, box.top + row * high // 2) for row, column in places]
    return [Box(left, top, min(left + wide, box.right), min(top + high, box.bottom)) for left, top in starts]


def _proportion(box: Box) -> float:
    width, height = box.right - box.left, box.bottom - box.top
    return max(width, height) / max(1, min(width, height))


def _area(box: Box) -> int:
    return (box.right - box.left) * (box.bottom - box.top)


def _is_even(frame: RGBImage, box: Box) -> bool:
    """Whether the part is of about one colour, seen at every few pixels."""
    step = max(1, min(box.right - box.left, box.bottom - box.top) // 64)
    some = frame[box.top : box.bottom : step, box.left : box.right : step]
    return float(some.std(axis=(0, 1)).max()) < EVEN


def saw_all(earlier: Evidence) -> bool:
    """Whether the frame as a whole was compared with a photo, so that no part of it says more."""
    content = None if earlier.photo is None else earlier.photo.content
    return (
        earlier.refined is True and content is not None and content.occupied >= FILLED and content.visible >= ALL_OF_IT
    )
