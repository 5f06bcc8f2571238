"""Panels of text as listings show them, and logos that look like words: the words stand in the panels by chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.material.ink import sized
from benchmarks.material.lettering import contrasting, fitted, latin_fonts, saved
from benchmarks.material.scenes import INNOCENTS, Copy, Scene
from benchmarks.material.text_words import Chance, Prose, prose
from benchmarks.material.word_logos import draw_word_logo, planted_words, printed_on
from benchmarks.materials import Colour, any_colour, pick
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind

SIZES: Final = ("XS", "S", "M", "L", "XL", "XXL", "3XL")
KIND: Final = "text panels"
OWN_FONT: Final = 0.5  # share of panels that are set in the logo's own font
COPIES: Final = 5  # prints of each logo


@dataclass(frozen=True, slots=True)
class Setting:
    """How a panel is set: its prose, fonts, ink and ground, and the size of its text."""

    chance: Chance
    prose: Prose
    plain: Path  # of running text
    bold: Path  # of headings
    ink: Colour
    accent: Colour
    ground: Colour
    size: int  # pixels of running text


def text_panels(chance: Chance, photos: Sequence[RGBImage]) -> Scene:
    """A word-like logo, prints of it on goods, and panels of text in which its word occurs by chance."""
    fonts = latin_fonts()
    logo = draw_word_logo(chance, fonts)
    copies = tuple(Copy("printed", printed_on(chance, logo, pick(chance, photos))) for _ in range(COPIES))
    panels = tuple(
        draw_panel(chance, fonts, planted_words(chance, logo.word), own=logo.font, photo=pick(chance, photos))
        for _ in range(INNOCENTS)
    )
    return Scene(KIND, logo.registered(), copies, panels, ReferenceKind.LOGO)


def draw_panel(
    chance: Chance,
    fonts: Sequence[Path],
    planted: Sequence[str] = (),
    *,
    own: Path | None = None,
    photo: RGBImage | None = None,
) -> RGBImage:
    """A panel of one of PANELS in which the `planted` words occur; half of them are set in the font `own`.

    `photo` is shown in panels that show a photo.
    """
    any_script = not planted and own is None
    plain, bold = (pick(chance, fonts) for _ in range(2))
    if own is not None and chance.random() < OWN_FONT:
        plain = own
        bold = own if chance.random() < 0.7 else bold
    light = chance.random() < 0.75
    ground = (255, 255, 255) if light and chance.random() < 0.5 else _ground(chance, light=light)
    ink = (20, 20, 20) if light else (245, 245, 245)
    if chance.random() < 0.3:
        ink = contrasting(ground, any_colour(chance))
    setting = Setting(
        chance,
        prose(chance, planted, any_script=any_script),
        plain,
        bold,
        ink,
        contrasting(ground, any_colour(chance)),
        ground,
        int(np.exp(chance.uniform(np.log(16), np.log(44)))),
    )
    width = int(chance.choice((600, 750, 800, 1000)))
    height = int(width * chance.uniform(0.6, 1.5))
    canvas = Image.new("RGB", (width, height), ground)
    pick(chance, PANELS)(canvas, setting, photo)
    return saved(np.asarray(canvas), chance)


def _paragraph(canvas: Image.Image, setting: Setting, photo: RGBImage | None) -> None:
    """A heading and running text in one or two columns."""
    margin, top = canvas.width // 16, canvas.width // 18
    top = heading(canvas, setting, margin, top)
    columns = 1 + int(setting.chance.random() < 0.3 and setting.size < 26)
    wide = (canvas.width - margin * (columns + 1)) // columns
    for column in range(columns):
        y = top
        while y < canvas.height - margin:
            text = " ".join(setting.prose.sentence() for _ in range(int(setting.chance.integers(1, 5))))
            y = wrapped(canvas, setting, text, margin + column * (wide + margin), y, wide) + setting.size // 2


def _bullets(canvas: Image.Image, setting: Setting, photo: RGBImage | None) -> None:
    """A heading and a list, each item with a dot, a dash, a tick or a capital word in front."""
    pen, margin = ImageDraw.Draw(canvas), canvas.width // 14
    y = heading(canvas, setting, margin, margin)
    kind, size = int(setting.chance.integers(4)), setting.size
    while y < canvas.height - margin:
        x = margin + int(1.4 * size)
        if kind == 0:
            pen.ellipse((margin, y + size * 0.3, margin + size * 0.5, y + size * 0.8), fill=setting.accent)
        elif kind == 1:
            dash = (margin, y + size * 0.6, margin + size, y + size * 0.6)
            pen.line(dash, fill=setting.ink, width=max(1, size // 10))
        elif kind == 2:
            tick = [(margin + size * across, y + size * down) for across, down in ((0, 0.6), (0.3, 0.9), (0.8, 0.2))]
            pen.line(tick, fill=setting.accent, width=max(2, size // 7))
        else:
            first = setting.prose.certain(1, 2).upper() + ":"
            font = sized(setting.bold, size)
            pen.text((margin, y), first, font=font, fill=setting.accent)
            x = margin + int(font.getlength(first)) + size // 2
        y = wrapped(canvas, setting, setting.prose.certain(4, 10), x, y, canvas.width - x - margin) + int(size * 0.7)


def _table(canvas: Image.Image, setting: Setting, photo: RGBImage | None) -> None:
    """A table of properties in two columns, or a chart of sizes in four to seven."""
    chance, pen = setting.chance, ImageDraw.Draw(canvas)
    margin = canvas.width // 20
    top = heading(canvas, setting, margin, margin)
    sizes = chance.random() < 0.45
    columns = int(chance.integers(4, 8)) if sizes else 2
    size = min(setting.size, canvas.width // (columns * 5))
    row = int(size * chance.uniform(1.7, 2.6))
    shaded, lined = chance.random() < 0.5, chance.random() < 0.7
    tint = _between(setting.ground, setting.accent, 0.1)
    edges = np.linspace(margin, canvas.width - margin, columns + 1)
    if not sizes:
        edges[1] = margin + (canvas.width - 2 * margin) * float(chance.uniform(0.3, 0.5))
    for number, y in enumerate(range(top, canvas.height - margin - row, row)):
        first = number == 0 and sizes
        if first or (shaded and number % 2):
            fill = setting.accent if first else tint
            pen.rectangle((margin, y, canvas.width - margin, y + row), fill=fill)
        for column in range(columns):
            if sizes and number:
                said = SIZES[number % len(SIZES)] if column == 0 else str(int(chance.integers(20, 180)))
            else:
                said = setting.prose.certain(1, 2 if sizes else 3) if column == 0 or sizes else setting.prose.value()
            face = setting.bold if column == 0 or first else setting.plain
            font = fitted(face, size, said, edges[column + 1] - edges[column] - size)
            ink = contrasting(setting.accent) if first else setting.ink
            pen.text((edges[column] + size / 2, y + row / 2), said, font=font, fill=ink, anchor="lm")
        if lined:
            pen.line((margin, y + row, canvas.width - margin, y + row), fill=_between(setting.ground, setting.ink, 0.5))


def _headline(canvas: Image.Image, setting: Setting, photo: RGBImage | None) -> None:
    """Large words on one to four lines with a small line under them, as banners have, at times over a photo."""
    chance = setting.chance
    if photo is not None and chance.random() < 0.5:
        _show(canvas, photo, (0, 0, canvas.width, canvas.height))
        shade = Image.new("RGB", canvas.size, setting.ground)
        canvas.paste(Image.blend(canvas, shade, float(chance.uniform(0.5, 0.85))))
    pen, margin = ImageDraw.Draw(canvas), canvas.width // 14
    y = margin + int(chance.integers(0, canvas.height // 5))
    size = int(canvas.width / chance.uniform(6, 14))
    capitals = chance.random() < 0.5
    for _ in range(int(chance.integers(1, 5))):
        said = setting.prose.certain(2, 4)
        said = said.upper() if capitals else said
        font = fitted(setting.bold, size, said, canvas.width - 2 * margin)
        pen.text((margin, y), said, font=font, fill=setting.ink)
        y += int(size * 1.25)
    wrapped(canvas, setting, setting.prose.sentence(), margin, y + size // 3, canvas.width - 2 * margin)


def _label(canvas: Image.Image, setting: Setting, photo: RGBImage | None) -> None:
    """A framed label: a title, facts with figures, small print and a barcode."""
    chance, pen = setting.chance, ImageDraw.Draw(canvas)
    margin = canvas.width // 10
    inner = (margin, margin, canvas.width - margin, canvas.height - margin)
    pen.rectangle(inner, outline=setting.ink, width=max(2, canvas.width // 200))
    x, wide = margin + setting.size, canvas.width - 2 * margin - 2 * setting.size
    y = heading(canvas, setting, x, margin + setting.size // 2)
    font = sized(setting.plain, setting.size)
    while y < canvas.height * 0.6:
        pen.text((x, y), setting.prose.certain(1, 3), font=font, fill=setting.ink)
        pen.text((x + wide, y), setting.prose.value(), font=font, fill=setting.ink, anchor="ra")
        y += int(setting.size * 1.5)
        pen.line((x, y - setting.size * 0.2, x + wide, y - setting.size * 0.2), fill=setting.ink)
    y = wrapped(canvas, setting, setting.prose.sentence() + " " + setting.prose.sentence(), x, y, wide, least=0.75)
    if y < canvas.height - margin - 3 * setting.size:
        barcode(canvas, chance, (x, y + setting.size // 2, x + wide // 2, canvas.height - margin - setting.size))


def _screenshot(canvas: Image.Image, setting: Setting, photo: RGBImage | None) -> None:
    """A listing's page: a bar with a search field, a photo, a title, a price, buttons and a description."""
    chance, pen = setting.chance, ImageDraw.Draw(canvas)
    bar, size = canvas.width // 12, min(setting.size, canvas.width // 32)
    setting = replace(setting, size=size)
    pen.rectangle((0, 0, canvas.width, bar), fill=setting.accent)
    pen.rounded_rectangle((bar, bar // 5, canvas.width * 0.7, bar * 4 // 5), bar // 5, fill=(255, 255, 255))
    font = sized(setting.plain, size)
    pen.text((bar * 1.3, bar / 2), setting.prose.certain(1, 4), font=font, fill=(60, 60, 60), anchor="lm")
    left, top = bar // 2, bar + bar // 2
    side = min(canvas.width // 2 - bar, canvas.height - top - bar)
    box = (left, top, left + side, top + side)
    if photo is None:
        pen.rectangle(box, fill=_ground(chance, light=True))
    else:
        _show(canvas, photo, box)
    x, wide = left + side + bar // 2, canvas.width - left - side - bar
    large = replace(setting, plain=setting.bold, size=int(size * 1.4))
    y = wrapped(canvas, large, setting.prose.certain(5, 9), x, top, wide) + size
    pen.text((x, y), f"{chance.uniform(3, 300):.2f} €", font=sized(setting.bold, int(size * 1.8)), fill=setting.accent)
    y += int(size * 2.8)
    for fill in (setting.accent, _between(setting.accent, setting.ground, 0.5)):
        pen.rounded_rectangle((x, y, x + wide, y + size * 2), size, fill=fill)
        said = setting.prose.certain(1, 3)
        font = fitted(setting.plain, size, said, wide)
        pen.text((x + wide / 2, y + size), said, font=font, fill=contrasting(fill), anchor="mm")
        y += int(size * 2.6)
    while y < canvas.height - 2 * size:
        y = wrapped(canvas, setting, "· " + setting.prose.certain(4, 9), x, y, wide) + size // 3


PANELS: Final[tuple[Callable[[Image.Image, Setting, RGBImage | None], None], ...]] = (
    _paragraph,
    _bullets,
    _table,
    _table,
    _headline,
    _label,
    _screenshot,
)


def heading(canvas: Image.Image, setting: Setting, x: int, y: int) -> int:
    """Write a heading, or none; returns the y below it."""
    chance = setting.chance
    if chance.random() < 0.25:
        return y
    size = int(setting.size * chance.uniform(1.2, 2.2))
    said = setting.prose.certain(2, 4)  # a word alone in the logo's own font would be the logo
    said = pick(chance, (said, said.upper(), said.title()))
    font = fitted(setting.bold, size, said, canvas.width - 2 * x)
    fill = setting.ink if chance.random() < 0.5 else setting.accent
    ImageDraw.Draw(canvas).text((x, y), said, font=font, fill=fill)
    return y + int(size * 1.6)


def wrapped(canvas: Image.Image, setting: Setting, text: str, x: int, y: int, wide: int, *, least: float = 1.0) -> int:
    """Write `text` in lines of `wide` pixels from (x, y); returns the y below the last."""
    pen, size = ImageDraw.Draw(canvas), max(9, int(setting.size * least))
    font, line = sized(setting.plain, size), ""
    for word in [*text.split(" "), ""]:
        longer = f"{line} {word}".strip()
        if word and (not line or font.getlength(longer) <= wide):
            line = longer
            continue
        if y < canvas.height - size:
            pen.text((x, y), line, font=font, fill=setting.ink)
        y += int(size * 1.35)
        line = word
    return y


def barcode(canvas: Image.Image, chance: Chance, box: tuple[int, int, int, int]) -> None:
    """Black bars on white that fill `box`."""
    pen = ImageDraw.Draw(canvas)
    pen.rectangle(box, fill=(255, 255, 255))
    module, x = max(1, (box[2] - box[0]) // 110), box[0] + 4
    while x < box[2] - 8 * module:
        bar, gap = (int(module * chance.integers(1, 4)) for _ in range(2))
        pen.rectangle((x, box[1] + 4, x + bar - 1, box[3] - 4), fill=(0, 0, 0))
        x += bar + gap


def _show(canvas: Image.Image, photo: RGBImage, box: tuple[int, int, int, int]) -> None:
    canvas.paste(Image.fromarray(photo).resize((max(1, box[2] - box[0]), max(1, box[3] - box[1]))), box[:2])


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _ground(chance: Chance, *, light: bool) -> Colour:
    return any_colour(chance, 215, 256) if light else any_colour(chance, 0, 90)
