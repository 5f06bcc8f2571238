"""What every drawing is made with: a canvas with smooth edges, typefaces of the system, colours, cloth and light."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.materials import Colour, pick
from brand_index.images import RGBImage

Ink = Colour
Point = tuple[float, float]
Plane = NDArray[np.float32]
"""(H, W) float32."""
OVER: Final = 2  # drawn this many times larger, so that edges come out smooth
BLACK: Final[Ink] = (20, 20, 22)
WHITE: Final[Ink] = (255, 255, 255)
FOLDERS: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
# Families with Latin letters, digits and a bold face, as file names begin.
LATIN: Final = (
    *("Arial", "DejaVuSans", "DejaVuSerif", "FreeSans", "FreeSerif", "Georgia", "Lato", "Liberation", "NotoSans-"),
    *("NotoSerif-", "OpenSans", "Open_Sans", "Roboto", "Ubuntu", "Verdana"),
)


@dataclass(frozen=True, slots=True)
class Typeface:
    """Two files of one family; None: what Pillow brings."""

    regular: Path | None = None
    bold: Path | None = None

    def at(self, size: float, *, bold: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        """The face at `size` pixels."""
        path, pixels = self.bold if bold else self.regular, max(6, round(size))
        return _pillows_own(pixels) if path is None else sized(path, pixels)


@cache
def typefaces() -> tuple[Typeface, ...]:
    """The families of this machine in a stable order; Pillow's own where it has none."""
    files = {path.stem: path for folder in FOLDERS if Path(folder).is_dir() for path in Path(folder).rglob("*.ttf")}
    found = []
    for stem, path in sorted(files.items()):
        if stem.startswith(LATIN) and "Mono" not in stem:
            base = stem.removesuffix("-Regular")
            bold = files.get(f"{base}-Bold")
            if bold is not None:
                found.append(Typeface(path, bold))
    return tuple(found) or (Typeface(),)


@lru_cache(maxsize=512)
def sized(font: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels."""
    return ImageFont.truetype(str(font), size)


@cache
def _pillows_own(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def typeface(chance: np.random.Generator) -> Typeface:
    """One of the machine's families."""
    return pick(chance, typefaces())


class Drawing:
    """A canvas of `width` × `height` pixels; all measures are in them."""

    def __init__(self, width: int, height: int, ground: Ink = WHITE, face: Typeface | None = None) -> None:
        """`face` is the family of texts that name none."""
        self.width, self.height = width, height
        self._face = face or Typeface()
        self._image = Image.new("RGB", (width * OVER, height * OVER), ground)
        self._pen = ImageDraw.Draw(self._image)

    def text(
        self, x: float, y: float, words: str, size: float, *, ink: Ink = BLACK, bold: bool = False, anchor: str = "la"
    ) -> None:
        """`words` at a point, anchored as in Pillow."""
        self._pen.text((x * OVER, y * OVER), words, ink, self._face.at(size * OVER, bold=bold), anchor)

    def fitted(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        room: float,
        *,
        ink: Ink = BLACK,
        bold: bool = False,
        anchor: str = "la",
    ) -> None:
        """As `text`, smaller where it would be wider than `room`."""
        wide = self.wide(words, size, bold=bold)
        self.text(x, y, words, size * min(1.0, room / max(1.0, wide)), ink=ink, bold=bold, anchor=anchor)

    def wide(self, words: str, size: float, *, bold: bool = False) -> float:
        """The width of `words`."""
        return self._pen.textlength(words, self._face.at(size * OVER, bold=bold)) / OVER

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        *,
        fill: Ink | None = None,
        outline: Ink | None = None,
        width: float = 1,
        radius: float = 0,
    ) -> None:
        """A rectangle, with rounded corners if asked."""
        corners = (left * OVER, top * OVER, right * OVER, bottom * OVER)
        self._pen.rounded_rectangle(corners, radius * OVER, fill, outline, max(1, round(width * OVER)))

    def shape(self, points: Sequence[Point], fill: Ink) -> None:
        """A filled polygon."""
        self._pen.polygon([(x * OVER, y * OVER) for x, y in points], fill)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: Ink | None = None,
        outline: Ink | None = None,
        width: float = 1,
    ) -> None:
        """A circle about a point."""
        corners = tuple(value * OVER for value in (x - radius, y - radius, x + radius, y + radius))
        self._pen.ellipse((corners[0], corners[1], corners[2], corners[3]), fill, outline, max(1, round(width * OVER)))

    def line(self, points: Sequence[Point], ink: Ink = BLACK, width: float = 1) -> None:
        """A line through points."""
        self._pen.line([(x * OVER, y * OVER) for x, y in points], ink, max(1, round(width * OVER)), joint="curve")

    def paste(self, image: RGBImage, left: float, top: float) -> None:
        """An image, its corner at a point."""
        height, width = image.shape[:2]
        large = Image.fromarray(image).resize((width * OVER, height * OVER), Image.Resampling.NEAREST)
        self._image.paste(large, (round(left * OVER), round(top * OVER)))

    def pixels(self) -> RGBImage:
        """The drawing at its size."""
        return np.asarray(self._image.reduce(OVER), np.uint8)

    def mask(self, turn: float = 0.0) -> Plane:
        """1 where the drawing is white, 0 where it is black; turned by so many degrees about its middle."""
        levels = self.pixels()[:, :, 0]
        if turn:
            matrix = cv2.getRotationMatrix2D((self.width / 2, self.height / 2), turn, 1)
            levels = np.asarray(cv2.warpAffine(levels, matrix, (self.width, self.height)), np.uint8)
        return np.asarray(levels / 255, np.float32)


def hsv(hue: float, saturation: float, value: float) -> Ink:
    """An ink of hue 0..1, saturation and value 0..1."""
    pixel = np.array([[[hue % 1 * 360, saturation, value]]], np.float32)
    red, green, blue = (round(float(part) * 255) for part in cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0])
    return red, green, blue


def ink(chance: np.random.Generator, *, dark: bool = False) -> Ink:
    """Any colour, or any that white letters can be read on."""
    value = chance.uniform(0.15, 0.6) if dark else chance.uniform(0.25, 1)
    return hsv(float(chance.random()), float(chance.uniform(0.2, 0.95)), float(value))


def tint(chance: np.random.Generator) -> Ink:
    """A ground that black letters can be read on: often white."""
    if chance.random() < 0.5:
        return WHITE
    return hsv(float(chance.random()), float(chance.uniform(0, 0.12)), float(chance.uniform(0.93, 1)))


def readable(ground: Ink, light: int = 380) -> Ink:
    """The ink of letters on `ground`: black on what is lighter than the sum `light` of its channels, else white."""
    return BLACK if sum(ground) > light else WHITE


def apart(chance: np.random.Generator, count: int, least: float = 28.0) -> list[Ink]:
    """`count` colours of goods, each at least `least` (CIE76) from the first; the first is any."""
    inks: list[Ink] = []
    while len(inks) < count:
        new = goods_ink(chance)
        if not inks or distance(new, inks[0]) >= least:
            inks.append(new)
    return inks


def goods_ink(chance: np.random.Generator) -> Ink:
    """A colour that cloth and cases come in, seldom a grey."""
    sort = chance.random()
    if sort < 0.1:
        return hsv(float(chance.random()), 0.05, float(chance.choice((0.1, 0.16, 0.93))))
    return hsv(float(chance.random()), float(chance.uniform(0.25, 0.95)), float(chance.uniform(0.25, 0.97)))


def distance(first: Ink, second: Ink) -> float:
    """CIE76 between two inks."""
    pair = np.array([[first, second]], np.float32) / 255
    one, other = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)[0]
    return float(np.linalg.norm(one - other))


def drift(chance: np.random.Generator, height: int, width: int, cells: int) -> Plane:
    """A smooth random field of about `cells` hills across, mean 0, deviation 1."""
    rows = max(2, round(cells * height / width))
    grid = chance.normal(0, 1, (rows + 1, cells + 1)).astype(np.float32)
    field = np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return np.asarray((field - field.mean()) / (field.std() + 1e-6), np.float32)


def lit(image: RGBImage | Plane, light: Plane, chance: np.random.Generator, noise: float = 2.0) -> RGBImage:
    """`image` multiplied by `light` (1: as it is), with a sensor's noise (its deviation in levels)."""
    shaded = np.array(image, np.float32)
    shaded *= light[:, :, None]
    shaded += noise * chance.standard_normal(shaded.shape, np.float32)
    return np.asarray(np.clip(shaded, 0, 255, out=shaded), np.uint8)
