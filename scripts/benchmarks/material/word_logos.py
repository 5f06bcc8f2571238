"""Logos that are short ordinary words in some design, and photos of goods that they are printed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from training.printing import photographed, print_mark
from training.samples import placement

from benchmarks.material.ink import sized
from benchmarks.material.lettering import contrasting
from benchmarks.material.text_words import HOLDERS, Chance
from benchmarks.materials import any_colour, pick
from brand_index.images import RGBImage

LOGO_HEIGHT: Final = 200  # pixels of a logo's letters as registered
GOODS_SIDE: Final = 640  # pixels: long side of a photo that a logo is printed on


@dataclass(frozen=True, slots=True, eq=False)
class WordLogo:
    """A logo that is a short word in some design."""

    word: str  # as it is written, in its own case
    font: Path
    rgba: NDArray[np.uint8]  # (H, W, 4), cut to what is visible

    def registered(self) -> RGBImage:
        """The logo as an owner submits it: on white, or, if its ink is light, on black."""
        alpha = self.rgba[..., 3:].astype(np.float32) / 255
        ink = float((self.rgba[..., :3] * alpha).sum() / max(3 * float(alpha.sum()), 1.0))
        height, width = self.rgba.shape[:2]
        margin = height // 4
        ground = np.full((height + 2 * margin, width + 2 * margin, 3), 255 if ink < 190 else 0, np.uint8)
        inner = ground[margin : margin + height, margin : margin + width]
        inner[:] = (inner * (1 - alpha) + self.rgba[..., :3] * alpha).astype(np.uint8)
        return ground


def draw_word_logo(chance: Chance, fonts: Sequence[Path], word: str | None = None) -> WordLogo:
    """A word of HOLDERS in any font: plain, or slightly styled."""
    word = word or pick(chance, tuple(HOLDERS))
    word = pick(chance, (word.lower(), word.upper(), word.capitalize()))
    for _ in range(20):
        font = pick(chance, fonts)
        drawn = _styled(chance, word, font)
        if drawn is not None:
            return WordLogo(word, font, drawn)
    raise ValueError("no font has Latin letters")


def _styled(chance: Chance, word: str, font: Path) -> NDArray[np.uint8] | None:
    """The word in one or two colours, spaced, slanted, underlined or in a band; None: the font lacks its letters."""
    type_ = sized(font, LOGO_HEIGHT)
    spacing = float(chance.choice((0.0, 0.0, 0.0, 0.06, 0.18))) * LOGO_HEIGHT
    widths = [type_.getlength(letter) for letter in word]
    if min(widths) <= 2 or len({bytes(type_.getmask(letter)) for letter in set(word)}) < len(set(word)):
        return None
    canvas = Image.new("RGBA", (int(sum(widths) + spacing * len(word)) + 2 * LOGO_HEIGHT, 3 * LOGO_HEIGHT), (0,) * 4)
    pen = ImageDraw.Draw(canvas)
    style = float(chance.random())
    ink, second = (0, 0, 0), any_colour(chance)
    if chance.random() < 0.6:
        ink = any_colour(chance)
    left, middle = float(LOGO_HEIGHT), 1.5 * LOGO_HEIGHT
    if style > 0.85:
        box = (0.4 * LOGO_HEIGHT, 0.75 * LOGO_HEIGHT, canvas.width - 0.4 * LOGO_HEIGHT, 2.25 * LOGO_HEIGHT)
        pen.rounded_rectangle(box, int(chance.integers(0, LOGO_HEIGHT // 2)), fill=(*second, 255))
        ink = contrasting(second)
    elif style > 0.75:
        pen.rectangle((left, 2.05 * LOGO_HEIGHT, canvas.width - left, 2.13 * LOGO_HEIGHT), fill=(*second, 255))
    for number, (letter, width) in enumerate(zip(word, widths, strict=True)):
        fill = second if 0.6 < style <= 0.75 and number == 0 else ink
        pen.text((left, middle), letter, font=type_, fill=(*fill, 255), anchor="lm")
        left += width + spacing
    rgba = np.asarray(canvas)
    if style < 0.12:
        shear = np.array([[1, -0.22, 0.33 * LOGO_HEIGHT], [0, 1, 0]], np.float32)
        rgba = np.asarray(cv2.warpAffine(rgba, shear, rgba.shape[1::-1]), np.uint8)
    rows, columns = (np.flatnonzero(rgba[..., 3].max(axis=axis) > 64) for axis in (1, 0))
    if rows.size < 20 or columns.size < 20:
        return None
    return np.ascontiguousarray(rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def planted_words(chance: Chance, word: str) -> tuple[str, ...]:
    """What a panel says of `word`: itself as an ordinary word, longer words that hold it, both, or nothing."""
    plain = (word, word.lower(), word.capitalize())
    held = HOLDERS[word.lower()]
    if word.isupper():
        held = (*held, *(each.upper() for each in held))
    return (plain, held, (*plain, *held), ())[int(chance.choice(4, p=(0.35, 0.3, 0.2, 0.15)))]


def printed_on(chance: Chance, logo: WordLogo, photo: RGBImage) -> RGBImage:
    """The logo in its own design printed on goods: 15 to 70 % of the room there is, and photographed."""
    scale = GOODS_SIDE / max(photo.shape[:2])
    ground = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = ground.shape[:2]
    room = min(width / logo.rgba.shape[1], height / logo.rgba.shape[0])
    scale = float(np.exp(chance.uniform(np.log(0.15), np.log(0.7)))) * room
    wide, high = logo.rgba.shape[1] * scale, logo.rgba.shape[0] * scale
    x = width / 2 + float(chance.uniform(-0.4, 0.4)) * (width - wide)
    y = height / 2 + float(chance.uniform(-0.4, 0.4)) * (height - high)
    shrink = min(1.0, 2 * scale)
    mark = np.asarray(cv2.resize(logo.rgba, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    pose = placement(chance, mark, x, y, max(wide, high))
    return photographed(print_mark(ground, mark, pose, chance).image, chance)
