"""Markscan as a system under measurement: it registers, examines pictures as a batch does, and gives predictions."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.records import Prediction, best_of_each
from brand_index.errors import MarkscanError
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind, reference_id
from scanner.judgement import read_policy
from scanner.pipeline import ensure_index
from scanner.settings import read_settings
from scanner.types import Evidence


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture to register."""

    path: Path
    brand: str  # a slug
    kind: ReferenceKind
    name: str  # what predictions are to call it


@dataclass(frozen=True, slots=True)
class Refusal:
    """A picture that was not registered, or could not be examined, and why."""

    path: Path
    code: str
    message: str


def register_all(store: Store, entries: Iterable[Entry]) -> list[Refusal]:
    """Register `entries` through the product's own door and build the index; returns those that it refuses."""
    refusals = []
    with Registry.open(store) as registry:
        for entry in entries:
            brand = Brand(entry.brand, entry.brand, f"Owner of {entry.brand}", f"ip@{entry.brand}.example")
            try:
                register_reference(
                    registry, store, brand=brand, kind=entry.kind, picture=entry.path, now=datetime.now(UTC)
                )
            except MarkscanError as error:
                refusals.append(Refusal(entry.path, error.code, str(error)))
        ensure_index(store, registry, read_settings())
    return refusals


def entry_names(entries: Iterable[Entry]) -> dict[str, str]:
    """Reference id → the name that predictions use, for all `entries`."""
    return {
        reference_id(entry.brand, entry.kind, hashlib.sha256(entry.path.read_bytes()).hexdigest()): entry.name
        for entry in entries
    }


def predictions_of(evidence: Iterable[Evidence], query: str, names: Mapping[str, str]) -> list[Prediction]:
    """All that was weighed in one picture, the best of each name; `names` as `entry_names` gives them."""
    return best_of_each(Prediction(query, names[item.reference_id], item.confidence, item.box) for item in evidence)


def default_threshold(kind: ReferenceKind) -> float:
    """The confidence from which the policy in force acts on evidence of this kind."""
    thresholds = read_policy(read_settings().policy).thresholds
    return thresholds.logo if kind is ReferenceKind.LOGO else thresholds.photo_suspected
