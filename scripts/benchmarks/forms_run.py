"""The logos benchmark with several forms of each mark, from folder to outcome; forms.py draws them and compares."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.calibration import best_claims, calibration_of, calibration_table
from benchmarks.copy_task import read_image
from benchmarks.datasets import evenly_spaced, mark_photos, other_logos, registered_logos
from benchmarks.forms import Croppable, Draw, FormsResult, draw_forms, forms_table, largest_box, twins_of
from benchmarks.logos import Asked, by_query, evaluate_logos
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry, register_all
from benchmarks.records import Truth
from benchmarks.runs import Query, Run, occasion
from benchmarks.shared_scan import scan_stores
from benchmarks.words.marks import clean_images
from benchmarks.words.scanning import BrandWord, asked_of, claims, fill
from benchmarks.words.task import By, WordsTask
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind


@dataclass(frozen=True, slots=True)
class FormsTask:
    """What is asked of the benchmark beside the options."""

    forms: tuple[int, ...]  # of each brand, rising; always with 0
    draws: int
    words: bool  # the brands' words are registered, too, and pages are clean images
    clean_count: int | None  # None: all clean photos


@dataclass(frozen=True, slots=True)
class Registered:
    """A store with so many forms of each brand."""

    forms: int
    draw: Draw | None  # None: no form, whatever the draw
    store: Store


def run_forms(options: Options, task: FormsTask, folder: Path) -> Outcome:
    """Register the artwork, and beside it forms of several draws, each in a store of its own; scan all photos once."""
    own = registered_logos(options.data)[: options.limit]
    logos = [*own, *other_logos(options.data)[: options.limit]]
    words = [BrandWord(brand, brand) for brand in sorted({logo.brand for logo in own})] if task.words else []
    asked = [asked_of(photo) for photo in evenly_spaced(mark_photos(options.data), options.limit)]
    images = {each.truth.query: read_image(each.photo.path) for each in asked}
    photos = _croppable(asked, twins_of(images))
    draws = [
        draw_forms(photos, max(task.forms), number, options.seed)
        for number in range(1, (task.draws if max(task.forms) else 1) + 1)  # without forms they are all the same
    ]
    words_task = WordsTask(options, folder, None, 0, verbose=False)
    clean = clean_images(words_task, garments=task.clean_count, with_pages=task.words)
    plain = Store(folder / "artwork")
    refusals = fill(plain, words, [Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in logos])
    stores = [Registered(0, None, plain)]
    for draw in draws:
        entries = {each.name: _crop(each, images[each.name], folder / f"forms-{draw.number}") for each in draw.cropped}
        for forms in task.forms[1:]:
            store = Store(folder / f"forms-{draw.number}-{forms}")
            shutil.copytree(plain.root, store.root, symlinks=True)
            refusals += register_all(store, [entries[each.name] for each in draw.first(forms)])
            stores.append(Registered(forms, draw, store))
    queries = [*(Query(each.truth.query, each.photo.path) for each in asked), *clean.queries]
    scans = scan_stores([each.store for each in stores], queries, options.workers)
    ways = tuple(By) if task.words else (By.LOGOS,)
    results: list[FormsResult] = []
    runs: list[Run] = [Run("registration", (), 0.0, tuple(refusals))]
    for each, scan in zip(stores, scans, strict=True):
        for by in ways:
            run = scan.run(_system(each, by), claims(scan.seen, by))
            runs.append(run)
            for draw in draws if each.draw is None else (each.draw,):
                names = set(draw.queries(photos))
                left = [one for one in asked if one.truth.query in names]
                results += [
                    _result(each.forms, draw.number, by, run, left, (name, queries), len(logos))
                    for name, queries in clean.sets.items()
                ]
    results.sort(key=lambda each: (list(clean.sets).index(each.clean), ways.index(By(each.by)), each.forms))
    calibrations = [
        each.calibration for each in results if each.calibration is not None and each.clean == list(clean.sets)[-1]
    ]
    return Outcome(
        occasion=occasion("forms"),
        options=options,
        results=[*draws, *results],
        missing=(),
        tables=[forms_table(results, len(asked), len(logos), len(words)), calibration_table(calibrations)],
        truths=[*(each.truth for each in asked), *(Truth(query.name) for query in clean.queries)],
        runs=runs,
        sections=(),
    )


def _croppable(asked: Sequence[Asked], twins: dict[str, frozenset[str]]) -> list[Croppable]:
    return [
        Croppable(
            each.truth.query,
            each.photo.brand,
            largest_box(each.photo.boxes, (each.width, each.height)),
            twins[each.truth.query],
        )
        for each in asked
    ]


def _crop(photo: Croppable, image: RGBImage, folder: Path) -> Entry:
    """The form that a photo gives, as a file to register."""
    assert photo.box is not None
    left, top, right, bottom = photo.box
    path = folder / f"{Path(photo.name).stem}.png"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.ascontiguousarray(image[top:bottom, left:right])).save(path)
    return Entry(path, photo.brand, ReferenceKind.LOGO, photo.brand)


def _system(registered: Registered, by: By) -> str:
    draw = "" if registered.draw is None else f", draw {registered.draw.number}"
    return f"{registered.forms} forms{draw}, {by}"


def _result(
    forms: int, draw: int, by: By, run: Run, asked: Sequence[Asked], clean: tuple[str, Sequence[str]], marks: int
) -> FormsResult:
    name, queries = clean
    truths = [*(each.truth for each in asked), *map(Truth, queries)]
    claimed = best_claims(by_query(run.predictions), truths)
    return FormsResult(
        forms,
        draw,
        by,
        name,
        evaluate_logos(run.system, run.predictions, asked, queries, marks=marks),
        calibration_of(f"{forms} forms, draw {draw}, {by}; {name}", claimed),
    )
