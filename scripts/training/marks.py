"""The marks that models are trained on: icon sets from the npm registry and wordmarks set in fonts; it prints nothing.

Each mark is an RGBA drawing. Brands of public benchmarks are left out in every variant, so that a figure on them is of
marks that the models never saw.
"""

import json
import random
import re
import string
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIDE: Final = 128  # pixels, long side of a drawing
# What `npm pack` brings, and under which licence: material for training only, no drawing ships.
PACKAGES: Final = {
    "simple-icons@16.37.0": "CC0-1.0",
    "@iconify-json/logos@1.2.19": "CC0-1.0",
    "@iconify-json/cib@1.2.3": "CC0-1.0",
    "@iconify-json/cryptocurrency-color@1.2.4": "CC0-1.0",
    "@iconify-json/devicon@1.2.68": "MIT",
    "@iconify-json/token-branded@1.2.45": "MIT",
    "@iconify-json/vscode-icons@1.2.97": "MIT",
    "@iconify-json/skill-icons@1.2.4": "MIT",
    "@iconify-json/fluent-emoji-flat@1.2.6": "MIT",
    "@iconify-json/mdi@1.2.3": "Apache-2.0",
    "@iconify-json/game-icons@1.2.4": "CC-BY-3.0",
}
# Of packages whose drawings differ little (an icon and its outlined twin, skin tones), only so many are taken.
MOST: Final = {"mdi": 1200, "fluent-emoji-flat": 900, "token-branded": 1800, "vscode-icons": 900}
# Brands of FlickrLogos-27, FlickrLogos-32 and what is close to them: none may be learnt.
LEFT_OUT: Final = frozenset(
    """adidas apple bmw citroen citroën cocacola dhl fedex ferrari ford google heineken hp intel mcdonalds mini nbc nike
    pepsi porsche puma redbull sprite starbucks texaco unicef vodafone yahoo lexus asahi kirin goldenstatewarriors aldi
    becks carlsberg chimay corona erdinger esso fosters guinness milka nvidia paulaner rittersport shell singha
    stellaartois tsingtao ups""".split()  # noqa: SIM905 - a paragraph of names reads better than a page of quotes
)
LEFT_OUT_PARTS: Final = ("macos", "ios", "osx", "gmail", "chrome", "chromium", "appstore", "hewlett")
TWIN_WORDS: Final = re.compile(
    r"^(file-type|folder-type|default)-|-(icon|original|plain|line|wordmark|dark|light|alt|color|opened|square|circle|"
    r"outline|variant|box|off|fill|\d+)(?=-|$)"
)
HELD_OUT: Final = 50  # one mark in so many is never learnt: progress and confidence are told by those
WORDMARKS: Final = 7000
LETTERS: Final = "bcdfghjklmnprstvwz"
VOWELS: Final = "aeiou"


@dataclass(frozen=True, slots=True)
class Mark:
    """One drawing; marks of one `group` may show the same brand and are never held against each other."""

    name: str
    group: str
    rgba: NDArray[np.uint8]  # (H, W, 4), cut to what is visible


def is_left_out(name: str) -> bool:
    """Whether a mark of this name may be of a benchmark's brand: a whole word of it, or any part if it is long."""
    words = re.split(r"[^\w]+|_", name.lower())
    joined = "".join(words)
    return (
        not LEFT_OUT.isdisjoint(words)
        or joined in LEFT_OUT
        or any(brand in joined for brand in LEFT_OUT if len(brand) >= 6 or brand in {"apple", "adidas", "pepsi"})
        or any(part == word for part in LEFT_OUT_PARTS for word in words)
    )


def load_marks(packages: Path, fonts: Path, cache: Path, *, most: int | None = None) -> list[Mark]:
    """All marks, drawn on the first call and read from `cache` after it; `most`: an even choice of so many.

    `packages` holds what `npm pack` brought (PACKAGES), `fonts` is a folder of TrueType and OpenType files.
    """
    if not cache.exists():
        marks = [*_drawn_icons(packages), *_wordmarks(fonts)]
        cache.parent.mkdir(parents=True, exist_ok=True)
        _write(cache, marks)
    marks = read_marks(cache)
    return marks if most is None else marks[:: max(1, len(marks) // most)][:most]


def _drawn_icons(packages: Path) -> Iterator[Mark]:
    tasks = []
    for path in sorted(packages.glob("*.tgz")):
        found = list(_icons_of(path))
        limit = MOST.get(next((part for part in MOST if part in path.name), ""), len(found))
        tasks += [found[place * len(found) // limit] for place in range(min(limit, len(found)))]
    with ProcessPoolExecutor() as pool:
        drawings = pool.map(_draw, (svg for _, svg in tasks), chunksize=64)
        for (name, _), rgba in zip(tasks, drawings, strict=True):
            if rgba is not None:
                yield Mark(name, _group(name), rgba)


def _icons_of(path: Path) -> Iterator[tuple[str, str]]:
    """(name, SVG) of each drawing of one package."""
    with tarfile.open(path) as archive:
        if path.name.startswith("simple-icons"):
            data = json.load(archive.extractfile("package/data/simple-icons.json"))  # type: ignore[arg-type]
            colours = {_slug(entry): entry["hex"] for entry in data}
            for member in archive.getmembers():
                if member.name.startswith("package/icons/") and not is_left_out(Path(member.name).stem):
                    slug = Path(member.name).stem
                    svg = archive.extractfile(member).read().decode("utf-8")  # type: ignore[union-attr]
                    yield slug, svg.replace("<path", f'<path fill="#{colours.get(slug, "000000")}"', 1)
            return
        icons = json.load(archive.extractfile("package/icons.json"))  # type: ignore[arg-type]
    for name, icon in icons["icons"].items():
        skin_tone = re.search(r"-(light|medium|dark|medium-light|medium-dark)(-|$)", name) and "emoji" in path.name
        twin = path.name.startswith("iconify-json-mdi") and name.endswith(("-outline", "-off", "-variant"))
        if is_left_out(name) or skin_tone or twin or icon.get("hidden"):
            continue
        width, height = icon.get("width", icons.get("width", 16)), icon.get("height", icons.get("height", 16))
        left, top = icon.get("left", 0), icon.get("top", 0)
        yield (
            name,
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {width} {height}" color="#111">{icon["body"]}</svg>',
        )


def _slug(entry: dict[str, str]) -> str:
    return entry.get("slug") or re.sub(
        r"[^a-z0-9]", "", entry["title"].lower().replace("+", "plus").replace(".", "dot")
    )


def _group(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", TWIN_WORDS.sub("", TWIN_WORDS.sub("", name))) or name


def _draw(svg: str) -> NDArray[np.uint8] | None:
    """An SVG as (H, W, 4), cut to what is visible, SIDE pixels long; None: it cannot be drawn, or is too thin."""
    try:
        data = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=2 * SIDE))
    except (ValueError, RuntimeError, TypeError):
        return None
    bgra = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if bgra is None or bgra.ndim != 3 or bgra.shape[2] != 4:
        return None
    return fitted(np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8))


def fitted(rgba: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8] | None:
    """Cut to what is visible and scaled to a long side of `side`; None: hardly anything is."""
    rows, columns = (np.flatnonzero(rgba[..., 3].max(axis=axis) > 32) for axis in (1, 0))
    if rows.size < 8 or columns.size < 8:
        return None
    cut = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = side / max(cut.shape[:2])
    size = (max(4, round(cut.shape[1] * scale)), max(4, round(cut.shape[0] * scale)))
    if min(size) < side / 12:
        return None
    premultiplied = cut.astype(np.float32) * np.dstack([cut[..., 3:] / 255.0] * 3 + [np.ones_like(cut[..., 3:])])
    small = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small = np.dstack([small[..., :3] / np.maximum(small[..., 3:] / 255.0, 1e-3), small[..., 3:]])
    return np.clip(np.round(small), 0, 255).astype(np.uint8)


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


def _wordmarks(fonts: Path) -> Iterator[Mark]:
    """Invented words in families of near-misses: one letter apart in one font is another mark, and must stay one."""
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
    place = chance.randrange(len(word))
    letter = chance.choice(VOWELS if word[place].lower() in VOWELS else LETTERS)
    other = letter.upper() if word[place].isupper() else letter
    return (
        chance.choice(
            (
                word[:place] + other + word[place + 1 :],
                word[:place] + word[place] + word[place:],
                word[:place] + word[place + 1 :],
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


def _write(path: Path, marks: Iterable[Mark]) -> None:
    kept = list(marks)
    shapes = np.array([mark.rgba.shape[:2] for mark in kept], np.int32)
    names = np.array([f"{mark.name}\t{mark.group}" for mark in kept])
    np.savez(path, shapes=shapes, names=names, pixels=np.concatenate([mark.rgba.ravel() for mark in kept]))


def split_marks(marks: Sequence[Mark]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places in `marks` of those held out, and of those to learn."""
    everywhere = np.arange(len(marks))
    return everywhere[::HELD_OUT], everywhere[everywhere % HELD_OUT > 0]


def brands_of(marks: Sequence[Mark], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for the brand of each of the marks at `places`: equal for marks of one group."""
    return np.unique([marks[place].group for place in places], return_inverse=True)[1].astype(np.int64)


def read_marks(path: Path) -> list[Mark]:
    """The marks in a cache that `load_marks` made, in their order."""
    with np.load(path, allow_pickle=False) as file:
        shapes, names, pixels = file["shapes"], file["names"], file["pixels"]
    ends = np.cumsum(shapes.prod(axis=1) * 4)
    marks = []
    for (height, width), label, end in zip(shapes.tolist(), names.tolist(), ends.tolist(), strict=True):
        name, _, group = label.partition("\t")
        marks.append(Mark(name, group, pixels[end - height * width * 4 : end].reshape(height, width, 4)))
    return marks
