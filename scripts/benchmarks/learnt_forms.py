"""Measures what the bounds of learnt forms and of negatives rest on: crops of real photos at their true boxes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets import mark_photos, registered_logos
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.tables import Table, number, percent
from brand_index.features.audit import false_alarms
from brand_index.features.description import describe_reference
from brand_index.features.embedding import Embedder, OnnxEmbedder, levels_of
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage, decode, read_bytes
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.regions import crop
from scanner.moderation.forms.proposing import SAME_FORM
from scanner.verdicts.weighing.negatives import LEAST_COSINE

SHIFT = 0.08  # of each side: how far a box of the same place differs, each of its four sides at random
LEAST_SIDE = 24  # pixels of a box; smaller ones are left out
COSINES = (0.7, 0.75, 0.8, 0.85, 0.9)
CENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Crops:
    """Embeddings of N marks in photos: at the true box, and at a box that differs a little."""

    true: NDArray[np.float32]  # (N, D)
    shifted: NDArray[np.float32]  # (N, D)
    brands: NDArray[np.str_]
    photos: NDArray[np.int64]  # the number of the photo


def run_learnt_forms(options: Options) -> Outcome:
    """The cosines of crops of one place, of one mark in two photos and of two marks, and what bounds make of them."""
    embedder = OnnxEmbedder(read_manifest())
    crops, artwork = _crops(options, embedder), _artwork(options, embedder)
    tables = (_cosines(crops), _alarms(crops, embedder), _dismissed(crops, artwork))
    return Outcome(occasion("learnt-forms"), options, [], (), tables, (), (), ())


def _crops(options: Options, embedder: Embedder) -> Crops:
    rng = np.random.default_rng(options.seed)
    true, shifted, brands, photos = list[RGBImage](), list[RGBImage](), list[str](), list[int]()
    for place, photo in enumerate(each for each in mark_photos(options.data)[: options.limit] if each.is_photo):
        frame = decode(read_bytes(photo.path), name=photo.path.name).frames[0]
        for box in photo.boxes:
            sides = np.array([box.right - box.left, box.bottom - box.top] * 2)
            if sides.min() < LEAST_SIDE:
                continue
            moved = np.clip(box + sides * rng.uniform(-SHIFT, SHIFT, 4), 0, [*frame.shape[1::-1]] * 2).astype(int)
            true.append(crop(frame, box))
            shifted.append(crop(frame, Box(*(int(side) for side in moved))))
            brands.append(photo.brand)
            photos.append(place)
    return Crops(embedder.embed(true).vectors, embedder.embed(shifted).vectors, np.array(brands), np.array(photos))


def _artwork(options: Options, embedder: Embedder) -> dict[str, NDArray[np.float32]]:
    """The views of each brand's registered logos."""
    views: dict[str, list[NDArray[np.float32]]] = {}
    for logo in registered_logos(options.data):
        image = decode(read_bytes(logo.path), name=logo.path.name)
        views.setdefault(logo.brand, []).append(describe_reference(image, ReferenceKind.LOGO, embedder).views.vectors)
    return {brand: np.concatenate(each) for brand, each in views.items()}


def _pairs(crops: Crops) -> dict[str, NDArray[np.float32]]:
    """Cosines by what the two crops show."""
    rows, columns = np.triu_indices(len(crops.true), 1)
    cosines = (crops.true @ crops.true.T)[rows, columns]
    of_one_brand = crops.brands[rows] == crops.brands[columns]
    apart = crops.photos[rows] != crops.photos[columns]
    return {
        "the same place, another box": (crops.true * crops.shifted).sum(axis=1),
        "the same mark in another photo": cosines[of_one_brand & apart],
        "another mark": cosines[~of_one_brand],
    }


def _cosines(crops: Crops) -> Table:
    rows = tuple(
        (
            *(name, str(len(cosines)), number(float(np.median(cosines)), 2)),
            *(percent(Share(int((cosines >= least).sum()), len(cosines))) for least in COSINES),
        )
        for name, cosines in _pairs(crops).items()
    )
    columns = ("two crops of", "pairs", "median cosine", *(f"{least:g} and more" for least in COSINES))
    return Table("How alike crops are", columns, rows, f"Crops from {SAME_FORM:g} on are one form.")


def _alarms(crops: Crops, embedder: Embedder) -> Table:
    alarms = []
    for vector in crops.true:
        levels = levels_of(vector[None], embedder)
        known = [level for level in (levels.photos, levels.material) if level is not None]
        alarms.append(max(map(false_alarms, known)))
    row = tuple(number(float(np.percentile(alarms, share)), 3) for share in CENTILES)
    columns = ("forms", *(f"{share} % at most" for share in CENTILES), "most")
    return Table(
        "Expected false alarms of a form, per 1,000 clean images",
        columns,
        ((str(len(alarms)), *row, number(max(alarms), 2)),),
    )


def _dismissed(crops: Crops, artwork: dict[str, NDArray[np.float32]]) -> Table:
    """What one dismissal holds down: the same place again, and, where it was a mistake, the mark in other photos."""
    own = np.array(
        [float((artwork[brand] @ vector).max()) for brand, vector in zip(crops.brands, crops.true, strict=True)]
    )
    again = (crops.true * crops.shifted).sum(axis=1)
    cosines = crops.true @ crops.true.T
    others = (crops.brands[:, None] == crops.brands[None]) & (crops.photos[:, None] != crops.photos[None])
    rows = []
    for least in (0.6, 0.7, LEAST_COSINE, 0.9):
        held = (cosines >= least) & (cosines > own[None]) & others
        same = (again >= least) & (again > own)
        rows.append(
            (
                f"{least:g}",
                percent(Share(int(same.sum()), len(same))),
                percent(Share(int(held.sum()), int(others.sum()))),
            )
        )
    columns = ("least cosine", "the same place is held down", "the mark in another photo, after a wrong dismissal")
    return Table("What a negative holds down", columns, tuple(rows), f"Verdicts use {LEAST_COSINE:g}.")
