"""Measures how far confidence is from the share of claims that are right; it runs no system."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.measures import Share
from benchmarks.records import Prediction, Truth
from benchmarks.tables import Table, number, percent

BINS: Final = 10  # of equal mass, as the usual estimate has


@dataclass(frozen=True, slots=True)
class Claim:
    """The surest claim of a system on one image."""

    confidence: float  # 0..1
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims of like confidence."""

    confidence: float  # their mean
    right: Share


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """One set of claims."""

    images: str
    claims: int
    error: float  # expected calibration error over `bins`
    bins: tuple[Bin, ...]  # by rising confidence
    system: str = "Markscan"  # peers' scores are no probabilities


def best_claims(of_query: Mapping[str, Sequence[Prediction]], truths: Sequence[Truth]) -> list[Claim]:
    """The surest claim on each image on which something is claimed; right if the image shows that reference.

    Of equal confidence the wrong one counts, as everywhere here.
    """
    claims = []
    for truth in truths:
        found = of_query.get(truth.query, ())
        if found:
            best = max(found, key=lambda each: (each.score, each.reference not in truth.references))
            claims.append(Claim(best.score, best.reference in truth.references))
    return claims


def calibration_of(images: str, claims: Sequence[Claim]) -> CalibrationResult | None:
    """The expected calibration error of `claims` in BINS bins of equal mass; None: there is no claim.

    Sorted by confidence and cut into bins of as many claims each, the wrong ones first among equals: the mean over
    the claims of how far the share that is right is from the mean confidence of their bin (Naeini et al. 2015,
    "Obtaining Well Calibrated Probabilities Using Bayesian Binning"; equal mass as in Nguyen and O'Connor 2015).
    """
    if not claims:
        return None
    ordered = sorted(claims, key=lambda each: (each.confidence, each.right))
    parts = [part for part in np.array_split(np.arange(len(ordered)), BINS) if len(part)]
    bins = tuple(
        Bin(
            float(np.mean([ordered[row].confidence for row in part])),
            Share(sum(ordered[row].right for row in part), len(part)),
        )
        for part in parts
    )
    apart = sum(abs(each.confidence * each.right.whole - each.right.part) for each in bins)
    return CalibrationResult(images, len(ordered), apart / len(ordered), bins)


def calibrations_of(
    predictions: Sequence[Prediction], truths: Sequence[Truth], marked: Collection[str] = ()
) -> list[CalibrationResult]:
    """Of photos of marks with clean ones, and of photos of marks alone; `marked` clean photos do show a mark."""
    of_query: dict[str, list[Prediction]] = {}
    for found in predictions:
        of_query.setdefault(found.query, []).append(found)
    shown = [truth for truth in truths if truth.references or truth.query not in marked]
    sets = (("marks and clean photos", shown), ("marks alone", [truth for truth in shown if truth.references]))
    measured = [calibration_of(name, best_claims(of_query, chosen)) for name, chosen in sets]
    return [each for each in measured if each is not None]


def calibration_table(results: Sequence[CalibrationResult]) -> Table:
    """A row for each set of claims: its error, and confidence beside the share that is right in the upper bins."""
    shown = 4
    return Table(
        "How well confidence is calibrated",
        ("images", "claims", "expected calibration error", *(f"bin {BINS - shown + 1 + bin}" for bin in range(shown))),
        tuple(
            (
                each.images,
                str(each.claims),
                number(each.error, 4),
                *(f"{part.confidence:.3f}: {percent(part.right)}" for part in each.bins[-shown:]),
                *("-" for _ in range(shown - len(each.bins))),
            )
            for each in results
        ),
        f"Of the surest claim on each image. {BINS} bins of equal mass by rising confidence; of the upper ones the "
        "mean confidence, and the share that is right.",
    )
