"""Emblems: invented marks of several parts, a sign, words and a shape that holds them, in families of near-misses.

Most brands' marks are of this sort, and sets of icons have few of them: round badges with words on their rim, crests,
labels, plates, words next to stripes, and signs made of a few repeated strokes.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from training.canvas import SIDE, Canvas, Colour, around, fields, shape, sign_of, within, written
from training.drawings import Mark, fitted
from training.words import font_files, invented_word, near_miss

EMBLEMS: Final = 6000


@dataclass(frozen=True, slots=True)
class Emblem:
    """What one is made of; two that differ in one word or in the sign alone are different marks."""

    layout: "Layout"
    seed: int  # of the random choices of the layout
    words: tuple[str, str]
    sign: str  # SVG
    fonts: tuple[Path, Path]
    colours: tuple[Colour, Colour, Colour]  # each distinguishable from the one before it


Layout = Callable[[Canvas, Emblem, random.Random], None]


def drawn_emblems(signs: Sequence[str], fonts: Path) -> Iterator[Mark]:
    """Some EMBLEMS of them, around `signs`, SVGs of icons that are no mark by themselves."""
    before: deque[NDArray[np.uint8]] = deque(maxlen=4)  # as many as a family has
    with ProcessPoolExecutor() as pool:
        for number, rgba in enumerate(pool.map(drawn, _families(signs, font_files(fonts)), chunksize=64)):
            if rgba is None or any(np.array_equal(rgba, other) for other in before):
                continue  # the word, or the sign, in which it differs is not in this layout
            before.append(rgba)
            yield Mark(f"emblem-{number}", f"emblem-{number}", rgba)


def _families(signs: Sequence[str], fonts: Sequence[Path]) -> Iterator[Emblem]:
    """One after the other: an emblem, then up to three that differ in a word or in the sign."""
    chance = random.Random(2027)
    number = 0
    while signs and fonts and number < EMBLEMS:
        words = invented_word(chance), invented_word(chance)
        first = Emblem(
            chance.choice(LAYOUTS), number, words, chance.choice(signs), (chance.choice(fonts), chance.choice(fonts)),
            some_colours(chance),
        )  # fmt: skip
        family = [first]
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            other = chance.choice((near_miss(words[0], chance), invented_word(chance)))
            kind = chance.random()
            if kind < 0.4:
                family.append(replace(first, sign=chance.choice(signs)))
            else:
                family.append(replace(first, words=(other, words[1])))
        yield from family
        number += len(family)


def some_colours(chance: random.Random) -> tuple[Colour, Colour, Colour]:
    """White, black, gold and strong colours, as on packs; neighbours differ in grey too."""
    plain = [(255, 255, 255), (250, 248, 235), (15, 15, 15), (212, 175, 75), (190, 195, 200)]
    chosen: list[Colour] = []
    while len(chosen) < 3:
        if chance.random() < 0.5:
            colour = chance.choice(plain)
        else:
            hsv = np.array([[[chance.randrange(180), chance.randrange(120, 256), chance.randrange(70, 256)]]], np.uint8)
            red, green, blue = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].tolist()
            colour = red, green, blue
        if not chosen or abs(_grey(colour) - _grey(chosen[-1])) > 60:
            chosen.append(colour)
    return chosen[0], chosen[1], chosen[2]


def _grey(colour: Colour) -> float:
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def drawn(emblem: Emblem) -> NDArray[np.uint8] | None:
    """(H, W, 4), cut to what is visible; None: its font cannot set these letters."""
    canvas = Canvas()
    try:
        emblem.layout(canvas, emblem, random.Random(emblem.seed))
    except OSError:
        return None
    return fitted(canvas.rgba)


def badge(canvas: Canvas, emblem: Emblem, chance: random.Random) -> None:
    """A disc within a ring that has words on it; the disc holds the sign, or fields of two colours."""
    rim, letters, disc = emblem.colours
    band = chance.uniform(0.1, 0.17)
    canvas.lay(shape("ellipse", (0.01, 0.01, 0.99, 0.99)), letters if chance.random() < 0.5 else rim)
    canvas.lay(shape("ellipse", within((0.01, 0.01, 0.99, 0.99), chance.uniform(0.008, 0.03))), rim)
    outer = 0.45
    top = written(emblem.words[0], emblem.fonts[0])
    long = min(170.0, max(50.0, 28.0 * len(emblem.words[0]) * chance.uniform(0.7, 1.1)))
    canvas.lay(around(top, outer - band * 0.75, outer, below=False, width=long), letters)
    if chance.random() < 0.5:
        low = written(emblem.words[1], emblem.fonts[0])
        canvas.lay(around(low, outer - band * 0.75, outer, below=True, width=min(160.0, long)), letters)
    inner = outer - band - 0.02
    box = (0.5 - inner, 0.5 - inner, 0.5 + inner, 0.5 + inner)
    canvas.lay(shape("ellipse", box), letters)
    inside = shape("ellipse", within(box, chance.uniform(0.0, 0.02)))
    canvas.lay(inside, disc)
    kind = chance.random()
    if kind < 0.3:
        canvas.lay(np.minimum(inside, fields(chance)), rim)
    if kind > 0.15:
        canvas.put(sign_of(emblem.sign), within(box, inner * chance.uniform(0.15, 0.5)), letters)


def crest(canvas: Canvas, emblem: Emblem, chance: random.Random) -> None:
    """A plate with an edge, fields, the sign, and the word in it or on a band across it."""
    edge, ground, ink = emblem.colours
    kind = chance.choice(("shield", "shield", "hexagon", "octagon", "diamond", "ellipse", "triangle", "rounded"))
    half = chance.uniform(0.33, 0.46)
    box = (0.5 - half, 0.02, 0.5 + half, 0.98)
    canvas.lay(shape(kind, box), edge)
    inside = shape(kind, within(box, chance.uniform(0.015, 0.05)))
    canvas.lay(inside, ground)
    if chance.random() < 0.35:
        canvas.lay(np.minimum(inside, fields(chance)), edge)
    word = written(emblem.words[0], emblem.fonts[0])
    if chance.random() < 0.5:
        high = chance.uniform(0.08, 0.13)
        middle = chance.choice((0.5, 0.66, 0.75, 0.25))
        wide = 0.48 if chance.random() < 0.6 else half
        band = (0.5 - wide, middle - high, 0.5 + wide, middle + high)
        canvas.lay(shape(chance.choice(("ribbon", "rectangle", "rounded")), band), ink)
        canvas.put(word, within(band, 0.035), ground)
        rest = (0.3, 0.08, 0.7, middle - high - 0.03) if middle > 0.4 else (0.3, middle + high + 0.03, 0.7, 0.85)
    else:
        canvas.put(word, (0.5 - half * 0.8, 0.1, 0.5 + half * 0.8, 0.3), ink)
        rest = (0.28, 0.35, 0.72, 0.85)
    canvas.put(sign_of(emblem.sign), rest, ink)


def label(canvas: Canvas, emblem: Emblem, chance: random.Random) -> None:
    """A label as on a bottle: a large word, small lines, an edge, the sign above."""
    ground, ink, accent = emblem.colours
    kind = chance.choice(("ellipse", "rounded", "rectangle", "octagon"))
    high = chance.uniform(0.28, 0.48)
    box = (0.02, 0.5 - high, 0.98, 0.5 + high)
    canvas.lay(shape(kind, box), ink)
    canvas.lay(shape(kind, within(box, 0.015)), ground)
    if chance.random() < 0.6:
        canvas.lay(shape(kind, within(box, 0.035)), accent)
        canvas.lay(shape(kind, within(box, 0.05)), ground)
    middle = chance.uniform(0.47, 0.58)
    tall = chance.uniform(0.08, 0.14)
    if chance.random() < 0.4:
        band = (0.0, middle - tall, 1.0, middle + tall)
        canvas.lay(shape(chance.choice(("rectangle", "ribbon", "slanted")), band), ink)
        canvas.put(written(emblem.words[0], emblem.fonts[0]), within(band, 0.04), ground)
    else:
        canvas.put(written(emblem.words[0], emblem.fonts[0]), (0.1, middle - tall, 0.9, middle + tall), ink)
    line = f"{emblem.words[1]} {chance.choice(('brewed', 'since', 'quality', 'original', 'premium', 'est'))}"
    low = middle + tall + 0.02
    canvas.put(written(line, emblem.fonts[1]), (0.25, low, 0.75, min(low + 0.08, 0.5 + high - 0.06)), ink)
    canvas.put(sign_of(emblem.sign), (0.35, 0.5 - high + 0.06, 0.65, middle - tall - 0.02), ink)


def lockup(canvas: Canvas, emblem: Emblem, chance: random.Random) -> None:
    """The sign over or next to the word, perhaps in or on a plate, perhaps with a line under it."""
    ink, second, third = emblem.colours
    sign, word = sign_of(emblem.sign), written(emblem.words[0], emblem.fonts[0], slant=chance.choice((0, 0, 0, 0.25)))
    above = chance.random() < 0.5
    plate_box = (0.25, 0.15, 0.75, 0.6) if above else (0.0, 0.36, 0.28, 0.64)
    kind = chance.random()
    if kind < 0.35:
        plate = chance.choice(("ellipse", "rounded", "diamond", "hexagon", "star", "shield"))
        canvas.lay(shape(plate, plate_box), second)
        canvas.put(sign, within(plate_box, (plate_box[2] - plate_box[0]) * 0.22), ink)
    elif kind < 0.5:  # a letter of the word's own fills the plate instead
        canvas.lay(shape(chance.choice(("ellipse", "rounded", "rectangle")), plate_box), second)
        canvas.put(
            written(emblem.words[0][:1], emblem.fonts[1]), within(plate_box, (plate_box[2] - plate_box[0]) * 0.2), ink
        )
    else:
        canvas.put(sign, plate_box, chance.choice((ink, second)))
    text = (0.05, 0.65, 0.95, 0.82) if above else (0.31, 0.38, 1.0, 0.62)
    canvas.put(word, text, chance.choice((ink, ink, second)))
    if chance.random() < 0.3:
        under = (0.2, 0.85, 0.8, 0.91) if above else (0.35, 0.63, 1.0, 0.69)
        canvas.put(written(emblem.words[1], emblem.fonts[1]), under, third)


def stripes(canvas: Canvas, emblem: Emblem, chance: random.Random) -> None:
    """A word with strokes next to, under or over it, on a plate or on none; often leaning."""
    ink, second, third = emblem.colours
    lean = chance.choice((0.0, 0.2, 0.35))
    if chance.random() < 0.4:
        canvas.lay(shape(chance.choice(("rounded", "rectangle", "slanted", "ellipse")), (0.0, 0.3, 1.0, 0.7)), second)
        second = third
    word = written(emblem.words[0], emblem.fonts[0], slant=lean)
    kind = chance.random()
    if kind < 0.4:  # bars that run on next to the word
        count = chance.randrange(2, 5)
        canvas.put(word, (0.2, 0.4, 0.8, 0.6), ink)
        for number in range(count):
            top = 0.4 + 0.2 * number / count
            canvas.lay(shape("slanted", (0.02, top, 0.17, top + 0.12 / count)), second)
            canvas.lay(shape("slanted", (0.83, top, 0.98, top + 0.12 / count)), second)
    elif kind < 0.7:  # a stroke under or over it
        canvas.put(word, (0.08, 0.38, 0.92, 0.58), ink)
        bow = np.zeros((SIDE, SIDE), np.uint8)
        way = chance.choice((-1, 1))
        middle = (SIDE // 2, round((0.5 + way * chance.uniform(-0.2, 0.25)) * SIDE))
        axes = (round(0.45 * SIDE), round(chance.uniform(0.05, 0.2) * SIDE))
        start = 20 if way > 0 else 200
        cv2.ellipse(bow, middle, axes, chance.uniform(-8, 8), start, start + 140, 255, chance.randrange(6, 18), 16)
        canvas.lay(bow, second)
    else:  # two words run together in two colours
        both = written(emblem.words[0] + emblem.words[1][:6], emblem.fonts[0], slant=lean)
        cut = round(both.shape[1] * len(emblem.words[0]) / len(emblem.words[0] + emblem.words[1][:6]))
        left, right = both.copy(), both.copy()
        left[:, cut:], right[:, :cut] = 0, 0
        canvas.put(left, (0.04, 0.38, 0.96, 0.62), ink)
        canvas.put(right, (0.04, 0.38, 0.96, 0.62), second)


def strokes(canvas: Canvas, emblem: Emblem, _: random.Random) -> None:
    """A plain sign of a few bars, bows or wedges, turned about the middle or set in a row, with a word or none."""
    own = random.Random(f"{emblem.sign} {emblem.words[0]}")  # another sign or word: other strokes
    colours = emblem.colours[: own.choice((1, 1, 2, 3))]
    count, row = own.randrange(2, 7), own.random() < 0.4
    piece = np.zeros((SIDE, SIDE), np.uint8)
    kind, wide = own.choice(("bar", "wedge", "bow", "drop", "bend")), own.uniform(0.04, 0.13)
    if kind == "bow":
        axes = (round(own.uniform(0.1, 0.3) * SIDE), round(own.uniform(0.05, 0.2) * SIDE))
        cv2.ellipse(
            piece, (SIDE // 2, round(0.3 * SIDE)), axes, own.uniform(0, 180), 0, own.choice((180, 250, 360)), 255,
            round(wide * SIDE * 0.8), 16,
        )  # fmt: skip
    else:
        base = {
            "bar": [[-wide, -0.4], [wide, -0.4], [wide, -0.05], [-wide, -0.05]],
            "wedge": [[0, -0.42], [2 * wide, -0.1], [-2 * wide, -0.1]],
            "drop": [[0, -0.42], [1.5 * wide, -0.25], [0, -0.05], [-1.5 * wide, -0.25]],
            "bend": [
                [-0.25, -0.1],
                [0, -0.3],
                [0.25, -0.1],
                [0.25, -0.1 + wide],
                [0, -0.3 + wide],
                [-0.25, -0.1 + wide],
            ],
        }[kind]
        lean = own.uniform(-0.6, 0.6) if own.random() < 0.5 else 0.0
        points = np.array([[x + lean * (y + 0.25), y] for x, y in base]) + 0.5
        cv2.fillPoly(piece, [(points * SIDE * 8).round().astype(np.int32)], 255, 16, 3)
    grows = own.uniform(0.5, 1.0) if own.random() < 0.4 else 1.0
    for number in range(count):
        if row:
            along = (number - (count - 1) / 2) * min(0.8 / count, 2.4 * wide) * SIDE
            x, y = (0.0, along) if kind == "bend" else (along, 0.0)
            matrix = np.array([[1, 0, x], [0, grows ** (count - number - 1), y + 0.1 * SIDE]])
        else:
            matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 360 * number / count, 1.0)
        rotated = cv2.warpAffine(piece, matrix.astype(np.float32), (SIDE, SIDE))
        canvas.lay(np.asarray(rotated, np.uint8), colours[number % len(colours)])
    if own.random() < 0.25:
        ring = shape("ellipse", (0.03, 0.03, 0.97, 0.97))
        canvas.lay(np.where(shape("ellipse", within((0.03, 0.03, 0.97, 0.97), wide / 2)) > 128, 0, ring), colours[0])
    if own.random() < 0.35:
        canvas.rgba = _smaller(canvas.rgba)
        canvas.put(written(emblem.words[0], emblem.fonts[0]), (0.1, 0.74, 0.9, 0.92), emblem.colours[0])


def _smaller(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same at seven tenths, in the upper part."""
    size = round(0.7 * SIDE)
    out = np.zeros_like(rgba)
    left = (SIDE - size) // 2
    out[:size, left : left + size] = cv2.resize(rgba, (size, size), interpolation=cv2.INTER_AREA)
    return out


LAYOUTS: Final = (badge, badge, crest, crest, label, lockup, lockup, stripes, strokes, strokes)
