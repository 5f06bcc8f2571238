"""Fits scanner/confidence.json: from what was measured on a candidate to the share of such candidates that is right.

    python scripts/train_confidence.py --data DIR

Needs `pip install "markscan[train]"` and the folders grocery/ and other_logos/ of the development images. Photos: 300 shop
photos are registered, 300 of their edits and 400 other shop photos (many of the same products) are examined. Logos: 500
are registered, 300 pictures with one of them laid on, as sellers print it, and the same 400 photos are examined. No
picture of it is a positive of the benchmark; a logistic regression of few weights is fitted for each kind.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from benchmarks.edits import EDITS
from benchmarks.product import Entry, register_all
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from brand_index.images import RGBImage, decode, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind, reference_id
from scanner.batch import Examined, examine_batch
from scanner.confidence import SHIPPED, Measurements
from scanner.pipeline import Examination
from scanner.settings import read_settings
from scanner.types import Evidence

REGISTERED_PHOTOS, OTHER_PHOTOS, REGISTERED_LOGOS, PRINTED = 300, 400, 500, 300


def print_logo(logo: RGBImage, alpha: NDArray[np.uint8], ground: RGBImage, chance: np.random.Generator) -> RGBImage:
    """`ground` with a logo printed on it: in its colours, one colour or reversed; at an angle, shaded, blurred."""
    height, width = ground.shape[:2]
    side = float(chance.uniform(0.12, 0.55)) * min(height, width)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    cut = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink, cover = logo[cut], alpha[cut]
    if chance.random() < 0.6:
        ink = np.full_like(ink, chance.integers(0, 256, 3))
    scale = side / max(cover.shape)
    corners = np.array([[0, 0], [cover.shape[1], 0], [cover.shape[1], cover.shape[0]], [0, cover.shape[0]]], np.float32)
    angle = np.deg2rad(float(chance.normal(0, 12)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    laid = (corners * scale) @ turn.T + chance.normal(0, 0.05 * side, (4, 2))
    laid -= laid.min(axis=0)
    laid += chance.uniform(0, 1, 2) * np.maximum(np.array([width, height]) - laid.max(axis=0), 0)
    onto = cv2.getPerspectiveTransform(corners, laid.astype(np.float32))
    shrunk = max(1.0, 1 / scale)
    colour = cv2.warpPerspective(cv2.GaussianBlur(ink, (0, 0), shrunk / 2), onto, (width, height))
    mask = cv2.warpPerspective(cv2.GaussianBlur(cover, (0, 0), shrunk / 2), onto, (width, height))[..., None] / 255.0
    light = 0.5 + ground.astype(np.float32).mean(axis=2, keepdims=True) / 255
    shaded = np.clip(colour * light, 0, 255)
    printed = ground * (1 - 0.95 * mask) + shaded * 0.95 * mask
    blurred = cv2.GaussianBlur(printed, (0, 0), float(chance.uniform(0.3, 1.3)))
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(40, 95))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(blurred.astype(np.uint8), cv2.COLOR_RGB2BGR), quality)
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def draw_queries(data: Path, folder: Path) -> tuple[list[Entry], dict[Path, str | None]]:
    """What to register, and pictures to examine with the reference id that each shows; None: none of them."""
    chance = np.random.default_rng(2026)
    photos = sorted((data / "grocery" / "photos").rglob("*.jpg"))
    logos = sorted((data / "other_logos").glob("*.png"))
    photos = [photos[place] for place in chance.permutation(len(photos))]
    logos = [logos[place] for place in chance.permutation(len(logos))[:REGISTERED_LOGOS]]
    registered, others = photos[:REGISTERED_PHOTOS], photos[REGISTERED_PHOTOS:][:OTHER_PHOTOS]
    grounds = photos[REGISTERED_PHOTOS + OTHER_PHOTOS :]
    entries = [Entry(path, "shop", ReferenceKind.PHOTO, path.name) for path in registered]
    entries += [Entry(path, f"logo-{number}", ReferenceKind.LOGO, path.name) for number, path in enumerate(logos)]
    queries: dict[Path, str | None] = {path: None for path in others}
    unregistered = [_picture(path) for path in grounds[:60]]
    for number, path in enumerate(registered):
        edit = EDITS[number % len(EDITS)]
        made = folder / f"edit-{number}.jpg"
        _save(made, edit(_picture(path), seed=number, others=unregistered))
        queries[made] = reference_id("shop", ReferenceKind.PHOTO, _sha256(path))
    for number in range(PRINTED):
        entry = entries[REGISTERED_PHOTOS + int(chance.integers(len(logos)))]
        logo = decode(read_bytes(entry.path))
        if logo.alpha is None:
            continue
        made = folder / f"print-{number}.jpg"
        ground = unregistered[int(chance.integers(len(unregistered)))]
        _save(made, print_logo(logo.frames[0], logo.alpha, ground, chance))
        queries[made] = reference_id(entry.brand, ReferenceKind.LOGO, logo.sha256)
    return entries, queries


def labelled(batch: Iterator[Examined], queries: dict[Path, str | None]) -> Iterator[tuple[Evidence, bool]]:
    """Each evidence of the right kind for its picture, and whether it is right."""
    for examined in batch:
        if isinstance(examined.outcome, Examination):
            for evidence in examined.outcome.evidence:
                yield evidence, evidence.reference_id == queries[examined.path]


def fit(samples: list[tuple[Evidence, bool]]) -> dict[str, object]:
    """The calibration of one kind, as JSON."""
    features = [
        Measurements(e.inliers, e.correlation, e.covered, e.hash_distance, e.cosine).features() for e, _ in samples
    ]
    names = list(features[0])
    table = np.array([[row[name] for name in names] for row in features])
    truth = np.array([right for _, right in samples])
    model = LogisticRegression(C=10.0, max_iter=10_000).fit(table, truth)
    told = model.predict_proba(table)[:, 1]
    bins = np.minimum((told * 10).astype(int), 9)
    error = sum(abs(told[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist()))
    typer.echo(f"{len(truth)} candidates, {truth.sum()} right, expected calibration error {error:.4f}")
    weights = {name: round(float(weight), 4) for name, weight in zip(names, model.coef_[0], strict=True)}
    return {"intercept": round(float(model.intercept_[0]), 4), "weights": weights}


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = SHIPPED,
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Fit and write the calibration."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        entries, queries = draw_queries(data, Path(folder))
        register_all(store, entries)
        samples = list(labelled(examine_batch(queries, store, read_settings(), workers=workers), queries))
    fitted = {kind.value: fit([sample for sample in samples if sample[0].kind is kind]) for kind in ReferenceKind}
    out.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")


def _picture(path: Path) -> RGBImage:
    return decode(read_bytes(path)).frames[0]


def _sha256(path: Path) -> str:
    return decode(read_bytes(path)).sha256


def _save(path: Path, picture: RGBImage) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    typer.run(main)
