"""Markscan as a system under measurement: it registers, examines images as a batch does, and gives predictions."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.records import Prediction, best_of_each
from brand_index.errors import MarkscanError
from brand_index.features.describing import BoundedDescriber
from brand_index.images import RGBImage
from brand_index.registration import register_reference
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind, reference_id
from scanner.engine.boxes import Box
from scanner.engine.examiner import Examiner
from scanner.engine.regions import Region
from scanner.engine.types import Evidence
from scanner.service.accounts.registry import open_registry
from scanner.settings import read_settings
from scanner.verdicts.policy import read_policy
from scanner.walk import ensure_index

AROUND: Final = 0.25  # of each side: what the product is shown around a box that it is asked about


@dataclass(frozen=True, slots=True)
class Entry:
    """An image to register."""

    path: Path
    brand: str  # a slug
    kind: ReferenceKind
    name: str  # in predictions


@dataclass(frozen=True, slots=True)
class Refusal:
    """An image that was not registered, or could not be examined, and why."""

    path: Path
    code: str
    message: str


def register_all(store: Store, entries: Iterable[Entry]) -> list[Refusal]:
    """Register `entries` as the product does and build the index; returns those that it refuses."""
    refusals = []
    with open_registry(store) as registry, BoundedDescriber(read_settings().model_manifest) as describer:
        for entry in entries:
            brand = Brand(entry.brand, entry.brand, f"Owner of {entry.brand}", f"ip@{entry.brand}.example")
            try:
                register_reference(
                    registry,
                    store,
                    brand=brand,
                    kind=entry.kind,
                    image=entry.path,
                    describer=describer,
                    now=datetime.now(UTC),
                )
            except MarkscanError as error:
                refusals.append(Refusal(entry.path, error.code, str(error)))
        ensure_index(store, registry, read_settings())
    return refusals


def id_of(entry: Entry) -> str:
    """The reference id that registering `entry` gives it."""
    return reference_id(entry.brand, entry.kind, hashlib.sha256(entry.path.read_bytes()).hexdigest())


def entry_names(entries: Iterable[Entry]) -> dict[str, str]:
    """Reference id → the name that predictions use, for all `entries`."""
    return {id_of(entry): entry.name for entry in entries}


def predictions_of(evidence: Iterable[Evidence], query: str, names: Mapping[str, str]) -> list[Prediction]:
    """The predictions of one image, the best of each name; `names` as `entry_names` gives them."""
    return best_of_each(Prediction(query, names[item.reference_id], item.confidence, item.box) for item in evidence)


def brand_at(examiner: Examiner, image: RGBImage, box: Box) -> str | None:
    """The brand that the product is surest of when it is shown `box` of an image and little more; None: it is tied."""
    width, height = box.right - box.left, box.bottom - box.top
    left, top = (max(0, int(low - AROUND * side)) for low, side in ((box.left, width), (box.top, height)))
    right, bottom = (int(high + AROUND * side) for high, side in ((box.right, width), (box.bottom, height)))
    cut = np.ascontiguousarray(image[top:bottom, left:right])
    inner = Box(max(0, box.left) - left, max(0, box.top) - top, box.right - left, box.bottom - top)
    inner = inner._replace(right=min(inner.right, cut.shape[1]), bottom=min(inner.bottom, cut.shape[0]))
    description = examiner.describe(cut, (Region(inner, 1.0),))
    best: dict[str, float] = {}
    for item in examiner.verify(description, examiner.match(description)):
        best[item.brand_id] = max(item.confidence, best.get(item.brand_id, 0.0))
    ranked = sorted(best.items(), key=lambda each: -each[1])
    return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None


def default_threshold(kind: ReferenceKind) -> float:
    """The confidence from which the policy in force acts on evidence of this kind."""
    thresholds = read_policy(read_settings().policy).thresholds
    return thresholds.logo if kind is ReferenceKind.LOGO else thresholds.photo_suspected
