"""Fits scanner/confidence.json: from what was measured on a candidate to the share of such candidates that is right.

    python scripts/train_confidence.py --data DIR

Needs `pip install "markscan[train,benchmark]"` and the development images clothing/, grocery/ and other_logos/.

Photos: 240 clothing photos that the benchmark does not register are registered, and beside 80 of them a sibling, the
same photo with a part and the colours changed, as packs of one series differ; one edit of each, and 300 other photos,
are examined. Logos: 300 are registered; 250 shop photos with one of them printed on, and 300 without, are examined.
None of this is a positive of the benchmark; the 300 other clothing photos are among its many negatives. A logistic
regression is fitted for each kind.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from benchmarks.copy_task import split_clothing
from benchmarks.edits import EDITS
from benchmarks.product import Entry, register_all
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from brand_index.images import RGBImage, decode, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind, reference_id
from scanner.batch import Examined, examine_batch
from scanner.confidence import SHIPPED, features, leads
from scanner.pipeline import Examination
from scanner.settings import read_settings

REGISTERED_PHOTOS, OTHER_PHOTOS, REGISTERED_LOGOS, PRINTED, SIBLINGS = 240, 300, 300, 250, 80
# Of squared weights: shares the weight among proofs that go together, the more the fewer right samples there are.
SHRINKAGE = {ReferenceKind.LOGO: 1.0, ReferenceKind.PHOTO: 0.1}
AGAINST = frozenset({"lead", "uncorrelated"})


def bent(flat: NDArray[np.uint8], facing: float, sag: float) -> NDArray[np.uint8]:
    """A picture, (H, W, C), as on a mug seen from a little above: `facing` radians of it face the viewer."""
    height, width = flat.shape[:2]
    across = np.linspace(-1, 1, width) * np.sin(facing / 2)
    columns = (np.arcsin(across) / facing + 0.5) * (width - 1)
    drop = sag * height * (1 - across**2 / np.sin(facing / 2) ** 2)
    rows = np.arange(round(height * (1 + sag)))[:, None] - drop[None]
    where = np.broadcast_to(columns[None], rows.shape).astype(np.float32)
    return np.asarray(cv2.remap(flat, where, rows.astype(np.float32), cv2.INTER_LINEAR), np.uint8)


def print_logo(logo: RGBImage, alpha: NDArray[np.uint8], ground: RGBImage, chance: np.random.Generator) -> RGBImage:
    """`ground` with a logo on it: on a label or not, in its colours or one, bent, at an angle, shaded, blurred."""
    height, width = ground.shape[:2]
    side = float(chance.uniform(0.25, 0.9)) * min(height, width)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    cut = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    margin = max(alpha[cut].shape) // 6
    colour = np.pad(logo[cut], ((margin, margin), (margin, margin), (0, 0)), "edge")
    ink = np.pad(alpha[cut], margin)[..., None] / 255.0
    if chance.random() < 0.6:
        colour = np.full_like(colour, chance.integers(0, 256, 3))
    label = float(chance.random() < 0.7)
    paper = np.full_like(colour, chance.integers(0, 256, 3))
    flat = np.dstack([colour * ink + paper * (1 - ink), 255 * np.maximum(ink, label)]).astype(np.uint8)
    if chance.random() < 0.5:
        flat = bent(flat, float(chance.uniform(0.6, 2.4)), float(chance.uniform(0.0, 0.2)))
    scale = side / max(flat.shape)
    corners = np.array([[0, 0], [flat.shape[1], 0], [flat.shape[1], flat.shape[0]], [0, flat.shape[0]]], np.float32)
    angle = np.deg2rad(float(chance.normal(0, 12)))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    laid = (corners * scale) @ rotation.T + chance.normal(0, 0.05 * side, (4, 2))
    laid -= laid.min(axis=0)
    laid += chance.uniform(0, 1, 2) * np.maximum(np.array([width, height]) - laid.max(axis=0), 0)
    onto = cv2.getPerspectiveTransform(corners, laid.astype(np.float32))
    softened = cv2.GaussianBlur(flat, (0, 0), max(1.0, 1 / scale) / 2)
    print_ = np.asarray(cv2.warpPerspective(softened, onto, (width, height)), np.float32)
    cover = 0.97 * print_[..., 3:] / 255
    light = 0.55 + cv2.GaussianBlur(ground, (0, 0), side / 8).astype(np.float32).mean(axis=2, keepdims=True) / 255
    printed = ground * (1 - cover) + np.clip(print_[..., :3] * light, 0, 255) * cover
    blurred = cv2.GaussianBlur(printed, (0, 0), float(chance.uniform(0.3, 1.3)))
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(40, 95))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(blurred.astype(np.uint8), cv2.COLOR_RGB2BGR), quality)
    return decode(data.tobytes()).frames[0]


def sibling(photo: RGBImage, other: RGBImage, chance: np.random.Generator) -> RGBImage:
    """Another pack of the same series: a third to a half of the photo is another's, and the hues are turned."""
    height, width = photo.shape[:2]
    wide, high = (round(side * float(chance.uniform(0.58, 0.72))) for side in (width, height))
    left, top = int(chance.integers(width - wide + 1)), int(chance.integers(height - high + 1))
    changed = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2HSV), np.uint8)
    changed[..., 0] = (changed[..., 0] + int(chance.integers(20, 160))) % 180
    made = np.asarray(cv2.cvtColor(changed, cv2.COLOR_HSV2RGB), np.uint8)
    made[top : top + high, left : left + wide] = cv2.resize(other, (wide, high), interpolation=cv2.INTER_AREA)
    return made


@dataclass(frozen=True, slots=True)
class Task:
    """What to register, and pictures to examine with the reference id that each shows; None: none of them."""

    entries: list[Entry]
    queries: dict[Path, str | None]


def draw_photo_task(data: Path, folder: Path) -> Task:
    """Photos, siblings of some of them, and edited copies, of the clothing that the benchmark does not register."""
    chance = np.random.default_rng(2026)
    _, photos = split_clothing(data, np.random.default_rng(0))
    registered, others = photos[:REGISTERED_PHOTOS], photos[REGISTERED_PHOTOS:][:OTHER_PHOTOS]
    grounds = [_picture(path) for path in photos[REGISTERED_PHOTOS + OTHER_PHOTOS :][:60]]
    entries = [Entry(path, "shop", ReferenceKind.PHOTO, path.name) for path in registered]
    queries: dict[Path, str | None] = dict.fromkeys(others)
    for number, path in enumerate(registered[:SIBLINGS]):
        made = folder / f"sibling-{number}.jpg"
        _save(made, sibling(_picture(path), grounds[number % len(grounds)], chance))
        entries.append(Entry(made, "sibling", ReferenceKind.PHOTO, made.name))
    for number, path in enumerate(registered):
        made = folder / f"edit-{number}.jpg"
        _save(made, EDITS[number % len(EDITS)](_picture(path), seed=number, others=grounds))
        queries[made] = reference_id("shop", ReferenceKind.PHOTO, _sha256(path))
    return Task(entries, queries)


def draw_logo_task(data: Path, folder: Path) -> Task:
    """Logos, and shop photos with and without one of them printed on."""
    chance = np.random.default_rng(2026)
    photos = sorted((data / "grocery" / "photos").rglob("*.jpg"))
    logos = sorted((data / "other_logos").glob("*.png"))
    photos = [photos[place] for place in chance.permutation(len(photos))]
    chosen = [logos[place] for place in chance.permutation(len(logos))[:REGISTERED_LOGOS]]
    grounds = [_picture(path) for path in photos[OTHER_PHOTOS:][:60]]
    entries = [Entry(path, f"logo-{number}", ReferenceKind.LOGO, path.name) for number, path in enumerate(chosen)]
    queries: dict[Path, str | None] = dict.fromkeys(photos[:OTHER_PHOTOS])
    for number in range(PRINTED):
        entry = entries[int(chance.integers(len(entries)))]
        logo = decode(read_bytes(entry.path))
        if logo.alpha is None:
            continue
        made = folder / f"print-{number}.jpg"
        ground = grounds[int(chance.integers(len(grounds)))]
        _save(made, print_logo(logo.frames[0], logo.alpha, ground, chance))
        queries[made] = reference_id(entry.brand, ReferenceKind.LOGO, logo.sha256)
    return Task(entries, queries)


@dataclass(frozen=True, slots=True)
class Sample:
    """One candidate: its features, and whether the picture shows that reference."""

    kind: ReferenceKind
    values: dict[str, float]
    right: bool


def samples_of(batch: Iterator[Examined], queries: dict[Path, str | None]) -> Iterator[Sample]:
    """All candidates that were weighed."""
    for examined in batch:
        if isinstance(examined.outcome, Examination):
            evidence = examined.outcome.evidence
            for item, lead in zip(evidence, leads(evidence), strict=True):
                yield Sample(item.kind, features(item, lead), item.reference_id == queries[examined.path])


def fit(samples: list[Sample]) -> dict[str, object]:
    """The calibration of one kind, as JSON: maximum likelihood, with no proof counting against and no rival for."""
    names, shrinkage = list(samples[0].values), SHRINKAGE[ReferenceKind(samples[0].kind)]
    table = np.array([[1.0, *(sample.values[name] for name in names)] for sample in samples])
    truth = np.array([sample.right for sample in samples], float)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        told = expit(table @ weights)
        likelihood = np.log(np.where(truth > 0, told, 1 - told) + 1e-12).sum()
        return float(shrinkage * weights[1:] @ weights[1:] - likelihood), np.concatenate(
            [[0.0], 2 * shrinkage * weights[1:]]
        ) + table.T @ (told - truth)

    bounds = [(None, None)] + [(None, 0.0) if name in AGAINST else (0.0, None) for name in names]
    weights = minimize(loss, np.zeros(table.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    told = expit(table @ weights)
    bins = np.minimum((told * 10).astype(int), 9)
    error = sum(abs(told[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist()))
    typer.echo(f"{len(truth)} candidates, {truth.sum():.0f} right, expected calibration error {error:.4f}")
    return {
        "intercept": round(float(weights[0]), 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights[1:], strict=True)},
    }


def measure(kind: ReferenceKind, data: Path, workers: int) -> list[Sample]:
    """Draw the pictures, register and examine them."""
    with tempfile.TemporaryDirectory() as folder:
        draw = draw_photo_task if kind is ReferenceKind.PHOTO else draw_logo_task
        task = draw(data, Path(folder))
        store = Store(Path(folder) / "store")
        register_all(store, task.entries)
        return list(samples_of(examine_batch(task.queries, store, read_settings(), workers=workers), task.queries))


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The file to write.")] = SHIPPED,
    samples: Annotated[
        Path | None, typer.Option(help="Keep what was measured in this folder; what is there is only fitted anew.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Fit and write the calibration."""
    fitted = {}
    for kind in ReferenceKind:
        kept = samples / f"{kind.value}.jsonl" if samples is not None else None
        if kept is not None and kept.exists():
            measured = [Sample(**json.loads(line)) for line in kept.read_text("utf-8").splitlines()]
        else:
            measured = measure(kind, data, workers)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text("\n".join(json.dumps(asdict(sample)) for sample in measured), "utf-8")
        typer.echo(kind.value)
        fitted[kind.value] = fit(measured)
    out.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")


def _picture(path: Path) -> RGBImage:
    return decode(read_bytes(path)).frames[0]


def _sha256(path: Path) -> str:
    return decode(read_bytes(path)).sha256


def _save(path: Path, picture: RGBImage) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    typer.run(main)
