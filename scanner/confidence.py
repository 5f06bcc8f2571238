"""From measurements to a calibrated confidence: of evidence like this, the share that is right. It sets no threshold.

A logistic regression for each kind, fitted by scripts/train_confidence.py on pictures that no figure is reported on.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from brand_index.errors import ModelUnusable
from brand_index.types import ReferenceKind

SHIPPED: Final = Path(__file__).with_name("confidence.json")
HASH_REACH: Final = 64  # bits: a PDQ distance of this and more says nothing


@dataclass(frozen=True, slots=True)
class Measurements:
    """All that was measured on one candidate; None where the measurement was impossible, as in Evidence."""

    inliers: int | None
    correlation: float | None
    covered: float | None
    hash_distance: int | None
    cosine: float | None

    def features(self) -> dict[str, float]:
        """The terms of the regression, by name; what was impossible adds nothing."""
        inliers = 0 if self.inliers is None else self.inliers
        correlation = 0.0 if self.correlation is None else max(0.0, self.correlation)
        return {
            "inliers": min(math.log1p(inliers), math.log1p(100)),
            "correlation": correlation,
            "correlation_squared": correlation**2,
            "inliers_and_correlation": min(math.log1p(inliers), math.log1p(100)) * correlation,
            "uncorrelated": float(inliers > 0 and self.correlation is None),
            "covered": 0.0 if self.covered is None else math.sqrt(self.covered),
            "hash": 0.0 if self.hash_distance is None else max(0.0, 1 - self.hash_distance / HASH_REACH),
            "cosine": 0.0 if self.cosine is None else max(0.0, self.cosine),
        }


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of one kind; a feature without a weight counts for nothing."""

    intercept: float
    weights: Mapping[str, float]

    def confidence(self, measured: Measurements) -> float:
        """0..1, rounded to what the calibration can tell apart."""
        total = self.intercept + sum(self.weights.get(name, 0.0) * value for name, value in measured.features().items())
        return round(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), 6)


@cache
def shipped_calibrations(path: Path = SHIPPED) -> Mapping[ReferenceKind, Calibration]:
    """The calibrations that ship, by kind. Raises ModelUnusable when the file is missing or damaged."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {
            kind: Calibration(float(content[kind.value]["intercept"]), dict(content[kind.value]["weights"]))
            for kind in ReferenceKind
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{path}: no usable calibration ({error}). Install again.") from error
