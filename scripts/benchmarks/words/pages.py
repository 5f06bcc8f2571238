"""Draws text-heavy pages that listings show and no brand made: charts, labels, receipts, books, posters, screens.

Their words are dictionary words of eight languages and invented ones, their values are invented; every page is drawn
anew from a seed.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw
from training.listing_material import drawn

from benchmarks.material.ink import sized
from benchmarks.material.lettering import contrasting, fitted, latin_fonts, saved
from benchmarks.material.text_panels import barcode, draw_panel
from benchmarks.material.text_words import Chance
from benchmarks.materials import any_colour, cover, jpeg, pick
from benchmarks.words.names import ALPHABETIC, dictionary_words
from brand_index.features.words import letters
from brand_index.images import RGBImage

FORMS: Final = ("table", "energy_label", "nutrition", "certificate", "screen")  # of training.listing_material
PLANTED: Final = 300  # dictionary words that a panel takes some of its words from
QUALITY: Final = 92  # of the JPEG that a page is uploaded as


class Text:
    """Dictionary words of one language, without some."""

    def __init__(self, chance: Chance, left_out: Collection[str]) -> None:
        """`left_out`: letters of words that are registered."""
        self.chance = chance
        self._words = [
            word for word in dictionary_words(pick(chance, ALPHABETIC)) if letters(word) not in left_out
        ]  # the frequent ones first

    def word(self) -> str:
        """One word; the more frequent, the likelier."""
        return self._words[int(len(self._words) * float(self.chance.random()) ** 3)]

    def phrase(self, low: int, high: int) -> str:
        """`low` to `high` words."""
        return " ".join(self.word() for _ in range(int(self.chance.integers(low, high + 1))))

    def sentence(self) -> str:
        """A sentence of 4 to 16 words."""
        said = self.phrase(4, 16)
        return said[0].upper() + said[1:] + pick(self.chance, (".", ".", ".", ",", "?", "!"))


def draw_pages(
    folder: Path, count: int, seed: int, photos: Sequence[RGBImage], left_out: Collection[str]
) -> list[Path]:
    """Draw `count` pages as JPEG files into the new `folder`, each kind in its turn; some show one of `photos`."""
    folder.mkdir(parents=True)
    kinds = list(PAGES.items())
    paths = []
    for number in range(count):
        kind, draw = kinds[number % len(kinds)]
        chance = np.random.default_rng([seed, number])
        page = draw(chance, Text(chance, left_out), pick(chance, photos))
        path = folder / f"{number:04}-{kind}.jpg"
        path.write_bytes(jpeg(page, QUALITY))
        paths.append(path)
    return paths


def _panel(chance: Chance, text: Text, photo: RGBImage) -> RGBImage:
    """A size chart, a list, a paragraph, a banner, a care label or a screenshot of a shop."""
    planted = [text.word() for _ in range(PLANTED)]
    return draw_panel(chance, latin_fonts(), planted, photo=photo)


def _form(chance: Chance, text: Text, photo: RGBImage) -> RGBImage:
    """A table, an energy label, a nutrition panel, a certificate or a screen of an app, with invented words."""
    return drawn(pick(chance, FORMS), int(chance.integers(2**31)))


def _receipt(chance: Chance, text: Text, photo: RGBImage) -> RGBImage:
    """A receipt: a shop's address, articles with prices, a total, thanks and a barcode."""
    width, height = int(chance.integers(300, 460)), int(chance.integers(560, 900))
    canvas, ink = _sheet(chance, width, height)
    pen, size = ImageDraw.Draw(canvas), int(chance.integers(13, 21))
    file = pick(chance, latin_fonts())
    font = sized(file, size)
    y, line = 20, int(1.5 * size)
    for said in (text.phrase(1, 2).upper(), f"{text.word().title()} {chance.integers(1, 200)}", _date(chance)):
        pen.text((width / 2, y), said, font=fitted(file, size + 3, said, width - 40), fill=ink, anchor="ma")
        y += line
    total = 0.0
    while y < height - 9 * line:
        many, price = int(chance.integers(1, 4)), float(chance.uniform(0.3, 60))
        total += many * price
        pen.text((20, y), f"{many} x {text.phrase(1, 2)[:18]}", font=font, fill=ink)
        pen.text((width - 20, y), f"{many * price:.2f}", font=font, fill=ink, anchor="ra")
        y += line
    pen.line((20, y + 4, width - 20, y + 4), fill=ink)
    pen.text((20, y + 10), text.word().upper(), font=font, fill=ink)
    pen.text((width - 20, y + 10), f"{total:.2f} EUR", font=font, fill=ink, anchor="ra")
    pen.text((width / 2, y + 10 + 2 * line), text.phrase(2, 4), font=font, fill=ink, anchor="ma")
    barcode(canvas, chance, (40, y + 4 * line, width - 40, y + 6 * line))
    return saved(np.asarray(canvas.rotate(float(chance.normal(0, 1.5)), fillcolor=(120, 110, 100))), chance)


def _book_page(chance: Chance, text: Text, photo: RGBImage) -> RGBImage:
    """A page of a book: a running title, a chapter, justified paragraphs, a number."""
    width, height = int(chance.integers(480, 720)), int(chance.integers(700, 960))
    canvas, ink = _sheet(chance, width, height)
    pen, size = ImageDraw.Draw(canvas), int(chance.integers(12, 20))
    file = pick(chance, latin_fonts())
    font, margin, y = sized(file, size), width // 9, height // 12
    pen.text((width / 2, y / 2), text.phrase(2, 4).title(), font=sized(file, max(9, size - 3)), fill=ink, anchor="mm")
    if chance.random() < 0.4:
        said = text.phrase(1, 4).title()
        pen.text((margin, y), said, font=fitted(file, 2 * size, said, width - 2 * margin), fill=ink)
        y += 4 * size
    indent = 2 * size
    while y < height - height // 10:
        words, wide = [text.word()], width - 2 * margin - indent
        while font.getlength(" ".join(words)) < wide and len(words) < 40:
            words.append(text.sentence().split(" ")[0] if chance.random() < 0.12 else text.word())
        words = words[:-1] if len(words) > 2 else words
        gap = (wide - sum(font.getlength(word) for word in words)) / max(1, len(words) - 1)
        x: float = margin + indent
        for word in words:
            pen.text((x, y), word, font=font, fill=ink)
            x += font.getlength(word) + gap
        y += int(1.4 * size)
        indent = 2 * size if chance.random() < 0.15 else 0
    pen.text((width / 2, height - height // 24), str(int(chance.integers(2, 600))), font=font, fill=ink, anchor="mm")
    return saved(np.asarray(canvas), chance)


def _poster(chance: Chance, text: Text, photo: RGBImage) -> RGBImage:
    """A poster: a few large words in lines of one width, on one colour or a photo, and a date in small print."""
    width, height = int(chance.integers(420, 760)), int(chance.integers(600, 960))
    ground = any_colour(chance)
    canvas = Image.new("RGB", (width, height), ground)
    if chance.random() < 0.4:
        shown = Image.fromarray(cover(photo, width, height))
        canvas = Image.blend(shown, canvas, float(chance.uniform(0.3, 0.8)))
    pen, margin, y = ImageDraw.Draw(canvas), width // 12, height // 10
    file, accent = pick(chance, latin_fonts()), contrasting(ground, any_colour(chance))
    for number in range(int(chance.integers(2, 6))):
        said = text.phrase(1, 2)
        said = pick(chance, (said.upper(), said.title(), said))
        size = int(min(height / 5, 60 * (width - 2 * margin) / max(1.0, sized(file, 60).getlength(said))))
        pen.text((margin, y), said, font=sized(file, max(9, size)), fill=accent if number % 2 else contrasting(ground))
        y += int(1.3 * size)
    font = sized(file, max(12, width // 30))
    while y < height - margin:
        pen.text((margin, y), f"{text.phrase(2, 5)} {_date(chance)}", font=font, fill=contrasting(ground))
        y += int(chance.integers(30, 90))
    return saved(np.asarray(canvas), chance)


def _sheet(chance: Chance, width: int, height: int) -> tuple[Image.Image, tuple[int, int, int]]:
    """A plain sheet, white to cream, and an ink for it."""
    level = int(chance.integers(215, 256))
    tone = int(chance.integers(0, 22))
    shade = int(chance.integers(10, 80))
    return Image.new("RGB", (width, height), (level, level - tone // 3, level - tone)), (shade, shade, shade)


def _date(chance: Chance) -> str:
    day, month, year = int(chance.integers(1, 29)), int(chance.integers(1, 13)), int(chance.integers(1995, 2027))
    return f"{day:02}.{month:02}.{year} {int(chance.integers(24)):02}:{int(chance.integers(60)):02}"


PAGES: Final[dict[str, Callable[[Chance, Text, RGBImage], RGBImage]]] = {
    "panel": _panel,
    "receipt": _receipt,
    "book-page": _book_page,
    "shop-panel": _panel,
    "poster": _poster,
    "form": _form,
}
