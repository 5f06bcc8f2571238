"""Fits how much a word strengthens a logo of its brand, and a logo a word: the weights of verdicts/weighing/joining.py.

    python scripts/train_joining.py --data DIR

The brands' names as they stand on the packshots of grocery/ are cut out and registered as logos, and the names as
words, among 500 other logos and their names. Every other shop photo and 200 garments are scanned; a logo or a word is
right where the photo is of its brand. The benchmark
measures on the other photos, and on other brands. It prints the weights and changes nothing.
"""

import csv
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import typer
from benchmarks.datasets import other_logos
from numpy.typing import NDArray
from scipy.optimize import minimize
from training.grounds import learnt_garments
from training.options import Data

from brand_index.features.describing import DirectDescriber
from brand_index.features.weights import read_manifest
from brand_index.features.words import letters
from brand_index.features.words.reading import OnnxTextReader
from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage, decode, read_bytes
from brand_index.registration import register_reference, register_word
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.bulk.batch import examine_batch
from scanner.engine.examiner import Examination, open_embedder
from scanner.engine.types import Evidence
from scanner.moderation.registry import open_registry
from scanner.settings import read_settings
from scanner.verdicts.weighing.joining import LEAST
from scanner.walk import ensure_index

ENLARGED: Final = 4  # times: packshots have 198 pixels
OTHERS: Final = 500  # other logos and their names, registered too
FEWEST: Final = 3  # letters of such a name
GARMENTS: Final = 200  # photos without any of the brands
EACH: Final = 3  # logos of a brand at most
SHRINKAGE: Final = 0.01


def main(data: Data) -> None:
    """Fit."""
    with (data / "grocery" / "labels.csv").open(encoding="utf-8") as file:
        rows = [(data / "grocery" / row["path"], row["brand"], row["kind"]) for row in csv.DictReader(file)]
    photos = sorted((path, brand) for path, brand, kind in rows if kind != "packshot")[::2]
    with tempfile.TemporaryDirectory() as folder:
        store, settings = Store(Path(folder) / "store"), read_settings()
        with open_registry(store) as registry:
            now, describer = datetime.now(UTC), DirectDescriber(open_embedder(settings))
            for name, image in _logos(rows, Path(folder)):
                brand = Brand(_slug(name), name, name, "nobody")
                given = {"kind": ReferenceKind.LOGO, "image": image, "describer": describer, "now": now}
                register_reference(registry, store, brand=brand, **given)  # type: ignore[arg-type]
            for number, logo in enumerate(other_logos(data)[:OTHERS]):
                brand = Brand(f"other-{number}", f"Other {number}", "Other", "nobody")
                given = {"kind": ReferenceKind.LOGO, "image": logo.path, "describer": describer, "now": now}
                register_reference(registry, store, brand=brand, **given)  # type: ignore[arg-type]
                if sum(map(str.isalpha, logo.path.stem)) >= FEWEST:
                    register_word(registry, store=store, brand=brand, word=logo.path.stem, now=now)
            for name in sorted({brand for _, brand in photos}):
                brand = Brand(_slug(name), name, name, "nobody")
                register_word(registry, store=store, brand=brand, word=name.replace("-", " "), now=now)
            ensure_index(store, registry, settings)
        photos += [(path, "") for path in learnt_garments(data)[:GARMENTS]]
        batch = examine_batch([path for path, _ in photos], store, settings)
        found = [
            (each.outcome.evidence, _slug(brand))
            for (_, brand), each in zip(photos, batch, strict=True)
            if isinstance(each.outcome, Examination)
        ]
    for kind, other in ((ReferenceKind.LOGO, ReferenceKind.WORD), (ReferenceKind.WORD, ReferenceKind.LOGO)):
        table, right = _table(found, kind, other)
        without, with_other = _fitted(table[:, :2], right), _fitted(table, right)
        typer.echo(f"{kind.value}: {len(right)} finds, {int(right.sum())} right; log loss {without[1]:.4f} alone, "
                   f"{with_other[1]:.4f} with the {other.value}: {with_other[0][2]:.2f} added to the log odds, "
                   f"times its confidence (log odds weigh {with_other[0][1]:.2f})")  # fmt: skip


def _slug(name: str) -> str:
    return name.lower()


def _logos(rows: Sequence[tuple[Path, str, str]], folder: Path) -> Iterator[tuple[str, Path]]:
    """The brands' names as packshots show them, each cut out into a file."""
    manifest = read_manifest()
    assert manifest.lines is not None
    assert manifest.characters is not None
    reader = OnnxTextReader(manifest.lines, manifest.characters)
    count: dict[str, int] = {}
    for path, brand, kind in sorted(rows):
        if kind == "packshot" and count.get(brand, 0) < EACH:
            image = decode(read_bytes(path), name=str(path)).frames[0]
            large = np.asarray(
                cv2.resize(image, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC), np.uint8
            )
            for line in reader.read(large):
                if letters(brand) in letters(line.text):
                    count[brand] = count.get(brand, 0) + 1
                    made = folder / f"{brand}-{count[brand]}.png"
                    cv2.imwrite(str(made), _cut(large, line)[..., ::-1])
                    yield brand, made
                    break


def _cut(image: RGBImage, line: TextLine) -> RGBImage:
    corners = np.array(line.corners)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return image[top:bottom, left:right]


def _table(
    found: Sequence[tuple[Sequence[Evidence], str]], kind: ReferenceKind, other: ReferenceKind
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A row for each find of a kind (1, its log odds, the confidence of its brand's best of the other), and whether
    it is right."""
    table, right = [], []
    for evidence, brand in found:
        for item in evidence:
            if item.kind is kind and item.confidence >= LEAST:
                besides = [
                    each.confidence for each in evidence if each.kind is other and each.brand_id == item.brand_id
                ]
                odds = np.log(item.confidence / max(1 - item.confidence, 1e-9))
                table.append((1.0, float(np.clip(odds, -9, 9)), max(besides, default=0.0)))
                right.append(float(item.brand_id == brand))
    return np.array(table), np.array(right)


def _fitted(table: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    def loss(weights: NDArray[np.float64]) -> float:
        logits = table @ weights
        return float(
            (np.logaddexp(0, logits) - right * logits).mean() + SHRINKAGE * (weights[2:] ** 2).sum() / len(right)
        )

    done = minimize(loss, np.zeros(table.shape[1]), method="L-BFGS-B")
    return np.asarray(done.x), float(done.fun)


if __name__ == "__main__":
    typer.run(main)
