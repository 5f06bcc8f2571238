"""Fits the confidence of words, in scanner/engine/confidence.json: from what is measured to the share that is right.

    python scripts/train_word_confidence.py --data DIR [--names FILE]

Right: invented words printed on photos and sheets, large and small, turned and blurred, and in titles, as sellers write
them: spaced, with letters alike, with one letter wrong. Wrong: every other registered word that is found there, in
photos without one, in drawn sheets and in ordinary titles. Registered are these words and 20,000 others, invented as
brands are, or read from --names, one a line. None of this is in the benchmark.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.optimize import minimize
from scipy.special import expit
from training.grounds import calibration_photos, load_grounds
from training.listing_material import drawn
from training.options import Data, Fonts
from training.printing import photographed
from training.words import FONTS, font_files, invented_word
from wordfreq import top_n_list

from brand_index.features.weights import read_manifest
from brand_index.features.words import is_dictionary_word, zipf
from brand_index.features.words.folding import letters
from brand_index.features.words.reading import OnnxTextReader
from brand_index.images import RGBImage
from brand_index.index.parts import IndexedWord, WordPart
from scanner.engine.confidence import SHIPPED
from scanner.engine.types import Evidence, Where
from scanner.engine.words import words_in_image, words_in_texts
from scanner.engine.words.confidence import word_features

REGISTERED: Final = 20_000
MARKS: Final = 600  # of these, that are printed and written
SHEETS: Final = ("table", "energy_label", "nutrition", "certificate", "screen", "pack")
TITLES: Final = 6_000
LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pl", "nl")
SHRINKAGE: Final = 0.02  # of squared weights
# Wrong finds that one stands for: a marketplace has far more listings without a brand's word than with it.
WRONG: Final = 1.0
AGAINST: Final = frozenset(
    {"common", "common_and_short", "unsure", "amid_text", "lookalike_letters", "edited", "edited_and_short", "inside"}
)
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """One registered word that was found, and whether it is there."""

    features: dict[str, float]
    is_right: bool


def main(
    data: Data,
    fonts: Fonts = FONTS,
    names: Annotated[Path | None, typer.Option(help="Names to register beside the invented ones, one a line.")] = None,
    out: Annotated[Path, typer.Option(help="The file to change.")] = SHIPPED,
) -> None:
    """Fit."""
    chance = Random(23)
    words = list(dict.fromkeys(islice(_brand_words(chance), REGISTERED)))
    marks = words[:MARKS]
    if names is not None:
        words = list(dict.fromkeys([*marks, *names.read_text("utf-8").split("\n")]))[:REGISTERED]
    part = WordPart.build(
        IndexedWord(str(number), f"brand-{number}", word, False, zipf(word), not is_dictionary_word(word))
        for number, word in enumerate(words)
        if len(letters(word)) >= 3
    )
    samples = [*_titles(part, marks, chance), *_images(part, marks, data, font_files(fonts), chance)]
    right = sum(sample.is_right for sample in samples)
    typer.echo(f"{len(samples)} finds, {right} of them right")
    intercept, weights = _fitted(samples)
    content = json.loads(out.read_text("utf-8"))
    rounded = {name: round(each, 4) for name, each in weights.items()}
    content["word"] = {"intercept": round(intercept, 4), "weights": rounded}
    out.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    typer.echo(json.dumps(content["word"], indent=2))


def _brand_words(chance: Random) -> Iterator[str]:
    """Words as brands are called: invented, ordinary, and two of them."""
    ordinary = [word for word in top_n_list("en", 12_000)[400:] if len(word) >= 4 and word.isalpha()]
    while True:
        kind = chance.random()
        if kind < 0.6:
            yield invented_word(chance)
        elif kind < 0.8:
            yield chance.choice(ordinary).capitalize()
        else:
            yield f"{chance.choice(ordinary)}{chance.choice(('', ' '))}{invented_word(chance).lower()}".title()


def _spelled(word: str, chance: Random) -> str:
    """A word as sellers write it who do not want it found, or as it is."""
    kind = chance.random()
    at = chance.randrange(len(word))
    if kind < 0.45:
        return chance.choice((word, word.upper(), word.lower()))
    if kind < 0.6:
        return chance.choice((" ", ".", "-", "_")).join(word)
    if kind < 0.75:
        alike = {"o": "0", "e": "3", "a": "4", "i": "1", "s": "5", "l": "1", "t": "7", "c": "с", "p": "р", "x": "х"}
        return "".join(alike.get(each, each) if chance.random() < 0.6 else each for each in word.lower())
    if kind < 0.82:
        return word[:at] + word[at] * chance.randint(2, 3) + word[at:]
    if kind < 0.9:
        return f"{chance.choice(('super', 'the', 'my', ''))}{word}{chance.choice(('shop', 'style', 's', '24'))}".lower()
    return word[:at] + chance.choice("abcdefghiklmnoprstuvwz") + word[at + chance.choice((0, 1)) :]


@cache
def _ordinary(language: str) -> list[str]:
    return list(top_n_list(language, 20_000))


def _title(chance: Random) -> list[str]:
    language = chance.choice(LANGUAGES)
    ordinary = _ordinary(language)
    words = [ordinary[int(len(ordinary) * chance.random() ** 2)] for _ in range(chance.randint(3, 12))]
    extras = ("2024", "XL", "100%", "cotton", "set", "10cm", "USB-C", "for", "new", "pcs", "size M", "36-42")
    return [*words, *chance.sample(extras, chance.randint(0, 3))]


def _titles(part: WordPart, marks: Sequence[str], chance: Random) -> Iterator[Sample]:
    """Of titles, half of which have a mark."""
    for number in range(TITLES):
        title = _title(chance)
        mark = chance.choice(marks) if number % 2 else None
        if mark is not None:
            title.insert(chance.randrange(len(title) + 1), _spelled(mark, chance))
        found = words_in_texts({Where.TITLE: " ".join(title)}, part)
        yield from _samples(found, mark, " ".join(title))


def _images(
    part: WordPart, marks: Sequence[str], data: Path, fonts: Sequence[Path], chance: Random
) -> Iterator[Sample]:
    """Of photos and sheets, half of which have a mark printed on."""
    manifest = read_manifest()
    assert manifest.lines is not None
    assert manifest.characters is not None
    reader = OnnxTextReader(manifest.lines, manifest.characters)
    grounds = load_grounds(calibration_photos(data))
    grounds += [drawn(family, seed) for family in SHEETS for seed in range(900, 930)]
    for number, ground in enumerate(grounds):
        mark = chance.choice(marks) if number % 3 else None
        image = ground if mark is None else _printed(ground, mark, chance.choice(fonts), chance, number)
        lines = reader.read(image)
        yield from _samples(words_in_image(lines, part), mark, " ".join(line.text for line in lines))


def _printed(ground: RGBImage, mark: str, font: Path, chance: Random, seed: int) -> RGBImage:
    """`ground` with a word on it, turned a little, and photographed."""
    height, width = ground.shape[:2]
    size = max(9, int(width * np.exp(chance.uniform(np.log(0.03), np.log(0.22)))))
    drawn_word = ImageFont.truetype(str(font), size)
    text = chance.choice((mark, mark, mark.upper(), _spelled(mark, chance)))
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    place = (chance.randint(0, width // 2), chance.randint(0, max(1, height - size)))
    ink = tuple(chance.randrange(256) for _ in range(3))
    ImageDraw.Draw(layer).text(place, text, font=drawn_word, fill=(*ink, 255))
    turned = layer.rotate(chance.gauss(0, 6), resample=Image.Resampling.BICUBIC)
    made = Image.alpha_composite(Image.fromarray(ground).convert("RGBA"), turned).convert("RGB")
    return photographed(np.asarray(made), np.random.default_rng(seed))


def _samples(found: Sequence[Evidence], mark: str | None, text: str) -> Iterator[Sample]:
    """What was found, but for words that ordinary text happens to have: these are rightly found."""
    said = f" {' '.join(map(letters, text.split()))} "
    for item in found:
        assert item.word is not None
        is_mark = mark is not None and letters(item.word.word) == letters(mark)
        if is_mark or f" {letters(item.word.word)} " not in said:
            yield Sample(word_features(item), is_mark)


def _fitted(samples: Sequence[Sample]) -> tuple[float, dict[str, float]]:
    names = sorted(samples[0].features)
    table = np.array([[sample.features[name] for name in names] for sample in samples])
    right = np.array([sample.is_right for sample in samples], float)
    order = np.random.default_rng(5).permutation(len(samples))
    predicted = np.zeros(len(samples))
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        rest = np.setdiff1d(order, held)
        given = _weights(table[rest], right[rest], names)
        predicted[held] = expit(given[0] + table[held] @ given[1:])
    _report(predicted, right)
    given = _weights(table, right, names)
    return float(given[0]), dict(zip(names, map(float, given[1:]), strict=True))


def _weights(table: NDArray[np.float64], right: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
    counted = np.where(right > 0, 1.0, WRONG)

    def loss(given: NDArray[np.float64]) -> float:
        logits = given[0] + table @ given[1:]
        each = np.logaddexp(0, logits) - right * logits
        return float((counted * each).sum() / counted.sum() * 1000 + SHRINKAGE * (given[1:] ** 2).sum())

    bounds = [(None, None), *((None, 0.0) if name in AGAINST else (0.0, None) for name in names)]
    return np.asarray(minimize(loss, np.zeros(len(names) + 1), method="L-BFGS-B", bounds=bounds).x)


def _report(predicted: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        inside = (predicted >= low) & (predicted <= high)
        share = right[inside].mean() if inside.any() else float("nan")
        typer.echo(f"held out, confidence {low:.2f} to {high:.2f}: {inside.sum()} finds, {share:.1%} right")


if __name__ == "__main__":
    typer.run(main)
