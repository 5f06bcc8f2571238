"""Fonts and inks of drawn text: which fonts there are, at which size, and in which colours they can be read."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageFont
from training.words import font_files

from benchmarks.material.ink import FOLDERS, sized
from benchmarks.material.text_words import Chance
from benchmarks.materials import Colour, through_jpeg
from brand_index.images import RGBImage


@cache
def latin_fonts(folders: tuple[str, ...] = FOLDERS) -> tuple[Path, ...]:
    """All fonts in `folders` that have Latin letters, one file for each name, in a stable order."""
    found = [path for folder in folders if Path(folder).is_dir() for path in font_files(Path(folder))]
    return tuple(sorted({path.name: path for path in found}.values(), key=lambda path: path.name))


def fitted(font: Path, size: int, text: str, wide: float) -> ImageFont.FreeTypeFont:
    """The font at `size`, or smaller so that `text` takes at most `wide` pixels."""
    length = sized(font, size).getlength(text)
    return sized(font, size if length <= wide else max(7, int(size * wide / length)))


def contrasting(ground: Sequence[int], wanted: Colour | None = None) -> Colour:
    """`wanted` if it can be read on `ground`, else black or white."""
    if wanted is not None and abs(sum(wanted) - sum(ground)) > 240:
        return wanted
    return (15, 15, 15) if sum(ground) > 400 else (250, 250, 250)


def saved(image: RGBImage, chance: Chance) -> RGBImage:
    """The image as a marketplace has it: at times smaller, mostly a JPEG."""
    if chance.random() < 0.3:
        scale = float(chance.uniform(0.5, 0.95))
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    if chance.random() < 0.8:
        image = through_jpeg(image, int(chance.integers(55, 96)))
    return np.ascontiguousarray(image)
