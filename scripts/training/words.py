"""Wordmarks: invented words set in fonts, in families of near-misses."""

import random
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.drawings import Mark, fitted

FONTS: Final = Path("/usr/share/fonts")  # where they are, if nobody says
WORDMARKS: Final = 7000
LETTERS: Final = "bcdfghjklmnprstvwz"
VOWELS: Final = "aeiou"


def font_files(fonts: Path) -> list[Path]:
    """The fonts that have Latin capitals, sorted; symbol fonts are left out by name."""
    symbols = re.compile(r"symbol|dingbat|emoji|math|D05|ornament|cmsy|cmmi|cmex|barcode|Noto(Sans|Serif)[A-Z]", re.I)
    found = [path for path in sorted(fonts.rglob("*.[to]tf")) if not symbols.search(path.name.replace("NotoSans-", ""))]
    return [path for path in found if _has_letters(path)]


def _has_letters(path: Path) -> bool:
    try:
        font = ImageFont.truetype(str(path), 32)
        shapes = {bytes(font.getmask(letter)) for letter in "AEQgk"}
    except (OSError, ValueError):
        return False
    return len(shapes) == 5


def wordmarks(fonts: Path) -> Iterator[Mark]:
    """WORDMARKS invented words in families of near-misses: one letter apart is another mark, and must stay one."""
    chance = random.Random(2026)
    files = font_files(fonts)
    number = 0
    while files and number < WORDMARKS:
        path, word = chance.choice(files), invented_word(chance)
        family = [word] + [near_miss(word, chance) for _ in range(chance.choice((0, 0, 1, 2)))]
        colours = [tuple(chance.randrange(256) for _ in range(3)) for _ in range(2)]
        style, spacing = chance.random(), chance.choice((0.0, 0.0, 0.05, 0.2))
        for text in family:
            rgba = _set_word(text, path, colours, style, spacing)
            if rgba is not None:
                yield Mark(f"word-{number}-{text}", f"word-{number}", rgba)
                number += 1


def invented_word(chance: random.Random) -> str:
    """A word that can be said, as brands like to write them."""
    if chance.random() < 0.12:
        word = "".join(chance.choice(string.ascii_uppercase) for _ in range(chance.randint(2, 4)))
    else:
        word = "".join(
            chance.choice(LETTERS) + chance.choice(VOWELS) + (chance.choice(LETTERS) if chance.random() < 0.4 else "")
            for _ in range(chance.randint(1, 4))
        )
    if chance.random() < 0.1:
        word += chance.choice((" & co", " 1", "24", " of", " one", ".com", " " + "".join(chance.sample(LETTERS, 3))))
    return chance.choice((str.upper, str.capitalize, str.capitalize, str.lower))(word)


def near_miss(word: str, chance: random.Random) -> str:
    """The word with a letter replaced, doubled or dropped."""
    position = chance.randrange(len(word))
    letter = chance.choice(VOWELS if word[position].lower() in VOWELS else LETTERS)
    other = letter.upper() if word[position].isupper() else letter
    return (
        chance.choice(
            (
                word[:position] + other + word[position + 1 :],
                word[:position] + word[position] + word[position:],
                word[:position] + word[position + 1 :],
            )
        )
        or word + word
    )


def _set_word(
    text: str, path: Path, colours: list[tuple[int, ...]], style: float, spacing: float
) -> NDArray[np.uint8] | None:
    """`text` as a mark: letters alone, with an edge, in a band, or as a second line under the first."""
    font = ImageFont.truetype(str(path), 96)
    widths = [font.getlength(letter) + spacing * 96 for letter in text]
    canvas = Image.new("RGBA", (int(sum(widths)) + 240, 340), (0, 0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    ink, second = colours
    if style > 0.8:
        around = (40, 60, canvas.width - 40, 280)
        if style > 0.93:
            pen.ellipse(around, fill=(*second, 255))
        else:
            pen.rounded_rectangle(around, int(110 * (style - 0.8) / 0.13), fill=(*second, 255))
        if sum(abs(one - other) for one, other in zip(ink, second, strict=True)) < 200:
            ink = (255, 255, 255) if sum(second) < 380 else (0, 0, 0)
    left = 120.0
    edge = 5 if 0.7 < style <= 0.8 else 0
    for letter, width in zip(text, widths, strict=True):
        pen.text(
            (left, 170), letter, font=font, fill=(*ink, 255), anchor="lm", stroke_width=edge, stroke_fill=(*second, 255)
        )
        left += width
    if 0.6 < style <= 0.7:
        pen.line((120, 250, left, 250), fill=(*second, 255), width=8)
    return fitted(np.asarray(canvas))
