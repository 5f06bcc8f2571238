"""Fits scanner/confidence.json: from measurements of a candidate to the probability that it is right.

    python scripts/train_confidence.py --data DIR --marks WORK/marks.npz

Needs `pip install "markscan[train,benchmark]"` and the development images clothing/, grocery/ and other_logos/.

Photos: 240 clothing photos that the benchmark does not register are registered, and a sibling of 80 of them, the
same photo with a part and the colours changed, as packs of one series differ; edits of each, and 370 other photos,
are examined, and of each kind of listing material 20 copies and as many innocents. What is cross-validated is held
out by kind of material, clothing among them. Logos: 400 marks that the embedder never learnt, every fourth on a
badge, are registered among 500 others; 500 photos with one of them printed on, and 389 without, are examined. None of
this is a positive of the benchmark. Real prints: the marks on packshots of six of the nine brands of grocery/ as
other people's photos of those packs show them (training/real_prints.py), with half the weight of a composite; the
other three brands are for measuring, and both the earlier calibration's error and the new one's on them are printed.
A logistic regression is fitted for each kind.

Words: 80 word-like logos are registered among 500 others, and four panels of text, in which a logo's word occurs by
chance, and two prints of it on goods are examined for each. With --in-text the weight of `in_text` is fitted on these
alone, and every other weight stays as it is.
"""

import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from benchmarks.calibration import Claim, calibration_of
from benchmarks.copy_task import read_image
from benchmarks.datasets import other_logos
from benchmarks.material.lettering import latin_fonts
from benchmarks.material.text_panels import draw_panel
from benchmarks.material.word_logos import draw_word_logo, planted_words, printed_on
from benchmarks.materials import pick
from benchmarks.product import Entry, id_of, register_all
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import minimize
from scipy.special import expit
from training.artwork import on_badge, recoloured
from training.confidence_samples import RealTask, Sample, draw_real_task, judged
from training.drawings import Mark
from training.grounds import calibration_photos
from training.marks import HELD_OUT, read_marks
from training.photo_tasks import Task, draw_material_tasks, draw_photo_task, save_jpeg
from training.printing import photographed, print_mark
from training.real_prints import find_real_prints, packs
from training.samples import placement

from brand_index.images import RGBImage
from brand_index.images.listed import FoundImage
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.bulk.batch import Examined, examine_batch
from scanner.engine.confidence import SHIPPED, Calibration, features, leads
from scanner.engine.examiner import Examination
from scanner.settings import read_settings

REGISTERED_LOGOS, PRINTED = 400, 500
BADGED = 4  # every fourth registered mark is a round badge with a word on its rim, as many brands have
# Of squared weights: shares the weight among correlated features, the more the fewer right samples there are.
SHRINKAGE = {ReferenceKind.LOGO: 0.1, ReferenceKind.PHOTO: 0.03}
FOLDS = 5  # of images
OTHER = "other-"  # begins the brands of logos that no image shows
PHOTOS_EACH = 8  # of each pack, in which real prints are looked for
PRINTS_WEIGHT = 0.25  # composites that a candidate on a real print counts as: the same flat artwork is the easy case
PRINTS_OF = "prints of "  # begins the material of those candidates
WORD_LOGOS, PANELS_EACH, PRINTS_EACH = 80, 4, 2
AGAINST = frozenset(
    {
        *{"lead", "outmatched", "behind", "no_ncc", "in_text"},
        *{"small_part", "unknown", "only_ground", "replaced", "rest_differs"},
        *{"off_colour", "off_colour_with_few", "off_colour_and_added", "off_colour_and_unknown"},
        *{"shared_and_off_colour", "shared_and_replaced", "shared_and_rest_differs_cleanly"},
    }
)
# Wrong candidates that one wrong candidate stands for: among listings innocent images are far more frequent than here.
WRONG = {ReferenceKind.LOGO: 1.0, ReferenceKind.PHOTO: 3.0}
# Of logos. What composites do not need but a person would: keypoints whose pixels agree always count for something.
# What they teach too well: each shows one mark, so another brand's likelier one elsewhere says too much against it.
LEAST = {"inliers_and_ncc": 0.3, "behind": -2.0}
# Textured photos in other colours are still copies; where few windows agree, or a shape is shared, colour weighs more.
# Where blur leaves hardly any keypoints, windows that all agree must do.
LEAST_OF_PHOTOS = {"off_colour": -2.0, "all_and_many": 1.5}
# Of logos. What composites rarely show: marks within marks; a letter of a likelier word is no mark of its own.
# A word in its own letters is surely right but for the text around it, which must outweigh all else that is measured.
MOST = {"outmatched": -4.0, "in_text": -16.0}


def print_on(photo: RGBImage, mark: Mark, chance: np.random.Generator) -> RGBImage:
    """`photo` with a mark printed on it at a random position."""
    height, width = photo.shape[:2]
    rgba = recoloured(mark.rgba, chance)
    long = max(rgba.shape[:2])
    room = min(width * long / rgba.shape[1], height * long / rgba.shape[0])
    side = float(np.exp(chance.uniform(np.log(0.12), np.log(0.95)))) * room
    wide, high = side * rgba.shape[1] / long, side * rgba.shape[0] / long
    x = width / 2 + float(chance.uniform(-0.5, 0.5)) * (width - wide)
    y = height / 2 + float(chance.uniform(-0.5, 0.5)) * (height - high)
    return photographed(print_mark(photo, rgba, placement(chance, rgba, x, y, side), chance).image, chance)


def draw_logo_task(data: Path, folder: Path, marks: Sequence[Mark]) -> Task:
    """Marks that the embedder never learnt among others that it did, and photos with and without one of the former."""
    chance = np.random.default_rng(2026)
    photos = calibration_photos(data)
    held = [mark for mark in marks[::HELD_OUT] if mark.rgba.shape[0] * mark.rgba.shape[1] > 2000]
    chosen = [held[position] for position in chance.permutation(len(held))[:REGISTERED_LOGOS]]
    words = [mark.rgba for mark in marks if mark.name.startswith("word-")]
    for number in range(0, len(chosen) if words else 0, BADGED):
        badge, _ = on_badge(chosen[number].rgba, pick(chance, words), chance)
        chosen[number] = replace(chosen[number], rgba=badge)
    entries = []
    for number, mark in enumerate(chosen):
        made = folder / f"mark-{number}.png"
        Image.fromarray(mark.rgba).resize((2 * mark.rgba.shape[1], 2 * mark.rgba.shape[0])).save(made)
        entries.append(Entry(made, f"mark-{number}", ReferenceKind.LOGO, made.name))
    queries: dict[Path, str | None] = dict.fromkeys(photos)
    for number in range(PRINTED):
        position = int(chance.integers(len(chosen)))
        made = folder / f"print-{number}.jpg"
        save_jpeg(made, print_on(read_image(pick(chance, photos)), chosen[position], chance))
        queries[made] = id_of(entries[position])
    return Task([*entries, *other_entries(data)], queries)


def other_entries(data: Path) -> list[Entry]:
    """Logos that no image shows, every other one of the development images'."""
    return [
        Entry(logo.path, f"{OTHER}{number}", ReferenceKind.LOGO, logo.path.name)
        for number, logo in enumerate(other_logos(data)[::2])
    ]


def draw_text_task(data: Path, folder: Path, fonts: Sequence[Path]) -> Task:
    """Word-like logos among others, panels of text in which their words occur by chance, and prints of them."""
    photos = [path for path in calibration_photos(data) if "clothing" in path.parts]
    entries: list[Entry] = []
    queries: dict[Path, str | None] = {}
    for number in range(WORD_LOGOS):
        chance = np.random.default_rng([2026, number])
        logo = draw_word_logo(chance, fonts)
        made = folder / f"word-{number}.png"
        cv2.imwrite(str(made), logo.registered()[..., ::-1])
        entries.append(Entry(made, f"word-{number}", ReferenceKind.LOGO, made.name))
        for count in range(PANELS_EACH + PRINTS_EACH):
            photo = read_image(pick(chance, photos))
            drawn = folder / f"text-{number}-{count}.jpg"
            if count < PANELS_EACH:
                planted = planted_words(chance, logo.word)
                save_jpeg(drawn, draw_panel(chance, fonts, planted, own=logo.font, photo=photo))
                queries[drawn] = None
            else:
                save_jpeg(drawn, printed_on(chance, logo, photo))
                queries[drawn] = id_of(entries[-1])
    return Task([*entries, *other_entries(data)], queries)


def samples_of(batch: Iterator[Examined[FoundImage]], task: Task, material: str = "") -> Iterator[Sample]:
    """All candidates with evidence; of photos those that were compared in detail, since no other is ever believed.

    A reference made of the one that is right is neither right nor wrong, for the image does show a part of it.
    """
    for examined in batch:
        if isinstance(examined.outcome, Examination):
            evidence, right = examined.outcome.evidence, task.queries[examined.image.path]
            for item, lead in zip(evidence, leads(evidence), strict=True):
                is_compared = item.photo is None or item.photo.content is not None
                if is_compared and (right is None or task.made_of.get(item.reference_id) != right):
                    is_right = item.reference_id == right
                    yield Sample(item.kind, examined.image.path.name, features(item, lead), is_right, material)


def real_samples(batch: Iterator[Examined[FoundImage]], task: RealTask) -> Iterator[Sample]:
    """The candidates of real prints that are known to be right or wrong; a fold is a brand."""
    for examined in batch:
        if isinstance(examined.outcome, Examination):
            evidence = examined.outcome.evidence
            found, brand = leads(evidence), task.prints[examined.image.path][0].pack.brand
            for row, right in judged(evidence, task, examined.image.path):
                values = features(evidence[row], found[row])
                yield Sample(evidence[row].kind, examined.image.path.name, values, right, PRINTS_OF + brand)


def weighed(samples: Sequence[Sample], prints_weight: float) -> Iterator[Sample]:
    """The samples, those of real prints with that weight; 0: without them."""
    for sample in samples:
        if not sample.material.startswith(PRINTS_OF):
            yield sample
        elif prints_weight > 0:
            yield replace(sample, weight=prints_weight)


def fit(samples: list[Sample], kept: dict[str, float] | None = None) -> dict[str, object]:
    """The calibration of one kind, as JSON; prints its cross-validated error.

    The weights in `kept`, "intercept" among them, stay as they are.
    """
    names, shrinkage = list(samples[0].values), SHRINKAGE[samples[0].kind]
    table = np.array([[1.0, *(sample.values[name] for name in names)] for sample in samples])
    truth = np.array([sample.right for sample in samples], float)
    is_logo = samples[0].kind is ReferenceKind.LOGO
    least, most = (LEAST, MOST) if is_logo else (LEAST_OF_PHOTOS, {})
    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    bounds += [
        (least.get(name), most.get(name, 0.0)) if name in AGAINST else (least.get(name, 0.0), None) for name in names
    ]
    fixed = {} if kept is None else kept
    bounds = [
        (fixed[name], fixed[name]) if name in fixed else bound
        for name, bound in zip(["intercept", *names], bounds, strict=True)
    ]
    costs = np.where(truth > 0, 1.0, WRONG[samples[0].kind]) * np.array([sample.weight for sample in samples])
    fold = np.array([sample.material or str(zlib.crc32(sample.image.encode()) % FOLDS) for sample in samples])
    predicted = np.zeros(len(truth))
    for held in sorted(set(fold.tolist())):
        others = fold != held
        weights = _weights(table[others], truth[others], costs[others], bounds, shrinkage)
        predicted[~others] = expit(table[~others] @ weights)
        _say_fold(held, predicted[~others], truth[~others])
    bins = np.minimum((predicted * 10).astype(int), 9)
    error = sum(
        abs(predicted[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())
    )
    typer.echo(f"{len(truth)} candidates, {truth.sum():.0f} right, expected calibration error {error:.4f}, by tenths:")
    for b in sorted(set(bins.tolist())):
        chosen = bins == b
        typer.echo(f"  predicted {predicted[chosen].mean():.2f}, right {truth[chosen].mean():.2f} of {chosen.sum()}")
    weights = _weights(table, truth, costs, bounds, shrinkage)
    return {
        "intercept": round(float(weights[0]), 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights[1:], strict=True)},
    }


def _say_fold(held: str, predicted: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
    right, wrong = predicted[truth > 0], predicted[truth == 0]
    found = f"{(right >= 0.5).sum()} of {len(right)} right candidates at 0.5 and more"
    typer.echo(f"  without {held}: {found}, {(wrong >= 0.5).sum()} of {len(wrong)} wrong ones")


def _weights(
    table: NDArray[np.float64],
    truth: NDArray[np.float64],
    costs: NDArray[np.float64],
    bounds: Sequence[object],
    shrinkage: float,
) -> NDArray[np.float64]:
    """Maximum likelihood of a logistic regression, each sample counted `costs` times.

    Evidence never counts against a match, and a rival never for it.
    """

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        predicted = expit(table @ weights)
        likelihood = (costs * np.log(np.where(truth > 0, predicted, 1 - predicted) + 1e-12)).sum()
        return float(shrinkage * weights[1:] @ weights[1:] - likelihood), np.concatenate(
            [[0.0], 2 * shrinkage * weights[1:]]
        ) + table.T @ (costs * (predicted - truth))

    start = np.zeros(table.shape[1])
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 3000})
    return np.asarray(found.x)


def measure(kind: ReferenceKind, data: Path, marks: Path | None, fonts: Sequence[Path], workers: int) -> list[Sample]:
    """Draw the images, register and examine them; words of logos are set in `fonts`, and are all without `marks`."""
    if kind is ReferenceKind.PHOTO:
        measured = _measured(partial(draw_photo_task, data), workers, "clothing")
        with tempfile.TemporaryDirectory() as folder:
            for material, task in draw_material_tasks(data, Path(folder)):
                measured += _measured(lambda _, task=task: task, workers, material)  # type: ignore[misc]
        return measured
    with tempfile.TemporaryDirectory() as folder:
        others = Path(folder) / "others"  # logos that no image shows are described once
        register_all(Store(others), other_entries(data))
        words = _measured(lambda folder: draw_text_task(data, folder, fonts), workers, others=others)
        if marks is None:
            return words
        printed = _measured(lambda folder: draw_logo_task(data, folder, read_marks(marks)), workers, others=others)
        return [*printed, *words, *measure_real(data, workers, others, measured=False)]


def measure_real(data: Path, workers: int, others: Path, *, measured: bool) -> list[Sample]:
    """Candidates on real prints, of the brands that are kept for measuring or of all others.

    `others`: a store of logos that no photo shows.
    """
    chosen = [pack for pack in packs(data) if pack.is_measured is measured]
    with tempfile.TemporaryDirectory() as folder:
        prints = find_real_prints(chosen, Path(folder) / "packs", photos_each=PHOTOS_EACH, workers=workers)
        task = draw_real_task(prints, Path(folder) / "marks")
        store = Store(Path(folder) / "store")
        shutil.copytree(others, store.root, symlinks=True)
        register_all(store, task.entries)
        return list(real_samples(examine_batch(task.prints, store, read_settings(), workers=workers), task))


def measure_real_alone(data: Path, workers: int) -> list[Sample]:
    """Candidates on real prints of the brands that are kept for measuring."""
    with tempfile.TemporaryDirectory() as folder:
        register_all(Store(Path(folder)), other_entries(data))
        return measure_real(data, workers, Path(folder), measured=True)


def _remembered(folder: Path | None, name: str, make: Callable[[], list[Sample]]) -> list[Sample]:
    """What `make` measures; kept in `folder`, and read from there the next time. None: not kept."""
    path = None if folder is None else folder / f"{name}.jsonl"
    if path is not None and path.exists():
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return [Sample(**{**row, "kind": ReferenceKind(row["kind"])}) for row in rows]
    made = make()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(json.dumps(asdict(sample)) for sample in made), "utf-8")
    return made


def _measured(
    draw: Callable[[Path], Task], workers: int, material: str = "", others: Path | None = None
) -> list[Sample]:
    """`others`: a store that has the task's logos that no image shows already; None: there is none."""
    with tempfile.TemporaryDirectory() as folder:
        task = draw(Path(folder))
        store = Store(Path(folder) / "store")
        if others is not None:
            shutil.copytree(others, store.root, symlinks=True)
        register_all(store, [entry for entry in task.entries if others is None or not entry.brand.startswith(OTHER)])
        batch = examine_batch(task.queries, store, read_settings(), workers=workers)
        return list(samples_of(batch, task, material))


def errors(samples: Sequence[Sample], calibration: Calibration) -> tuple[float, float]:
    """The log loss of a calibration on `samples`, and its expected calibration error in ten bins of equal mass."""
    claims = [Claim(calibration.confidence(sample.values), sample.right) for sample in samples]
    loss = -float(np.mean([np.log(max(1e-9, c.confidence if c.right else 1 - c.confidence)) for c in claims]))
    found = calibration_of("", claims)
    return loss, 0.0 if found is None else found.error


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    marks: Annotated[
        Path | None, typer.Option(help="The drawings that train_embedder.py cached: marks.npz in its --work.")
    ] = None,
    in_text: Annotated[
        bool, typer.Option("--in-text", help="Fit the logos' weight of in_text alone; all others stay as in the file.")
    ] = False,
    fonts: Annotated[
        Path | None, typer.Option(help="Folder of fonts for --in-text; without it, the machine's.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = SHIPPED,
    only: Annotated[
        ReferenceKind | None, typer.Option(help="Fit this kind only; the other keeps its values in the file.")
    ] = None,
    samples: Annotated[
        Path | None, typer.Option(help="Folder that caches measurements; where it has them, only the fit runs.")
    ] = None,
    prints_weight: Annotated[
        float, typer.Option(min=0, help="Composites that a candidate on a real print counts as; 0: none are fitted on.")
    ] = PRINTS_WEIGHT,
    workers: Annotated[int, typer.Option(help="Processes.")] = 2,
) -> None:
    """Fit and write the calibration."""
    fitted = json.loads(out.read_text("utf-8")) if out.exists() else {}
    files = latin_fonts() if fonts is None else latin_fonts((str(fonts),))
    if in_text:
        only, marks = ReferenceKind.LOGO, None
    elif marks is None and only is not ReferenceKind.PHOTO:
        raise typer.BadParameter("logos need --marks")
    for kind in [only] if only is not None else IMAGE_KINDS:
        name = f"{kind.value}{'-in-text' * in_text}"
        measured = _remembered(samples, name, partial(measure, kind, data, marks, files, workers))
        measured = list(weighed(measured, prints_weight))
        typer.echo(kind.value)
        fixed = {"intercept": fitted[kind.value]["intercept"], **fitted[kind.value]["weights"]} if in_text else {}
        fixed.pop("in_text", None)
        earlier, fitted[kind.value] = fitted.get(kind.value), fit(measured, fixed)
        if kind is ReferenceKind.LOGO and not in_text:
            unseen = _remembered(samples, "logo-measured", partial(measure_real_alone, data, workers))
            for what, calibration in (("as it was", earlier), ("as fitted", fitted[kind.value])):
                if calibration is not None:
                    loss, error = errors(unseen, Calibration(calibration["intercept"], calibration["weights"]))
                    right = sum(sample.right for sample in unseen)
                    typer.echo(f"  {what}, on {len(unseen)} candidates of brands kept for measuring, {right} right: "
                               f"log loss {loss:.4f}, calibration error {error:.4f}")  # fmt: skip
    out.write_text(json.dumps(fitted, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
