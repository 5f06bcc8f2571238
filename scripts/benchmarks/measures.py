"""Measures of predictions against the truth, as pure functions; ties always count against the system measured."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.records import Prediction, Truth
from scanner.engine.boxes import overlap

NEVER = -math.inf
"""The score of a pair that a system does not claim."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, as counts so that a reader can judge its uncertainty."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """0..1; None: nothing was counted."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The recall at the threshold where at most a given share of claims is wrong."""

    rate: float  # allowed: wrong pairs among all pairs, or flagged images among the clean
    threshold: float  # what scores above it counts as claimed; -inf: everything does
    wrong: Share  # as it came out
    found: Share


def true_pairs(truths: Iterable[Truth]) -> frozenset[tuple[str, str]]:
    """All true (query, reference) pairs."""
    return frozenset((truth.query, reference) for truth in truths for reference in truth.references)


def micro_average_precision(predictions: Collection[Prediction], truths: Collection[Truth]) -> float | None:
    """Average precision over all pairs of all queries in one ranking; None: there is no true pair to find.

    The measure of the Image Similarity Challenge (Douze et al. 2021, arXiv:2106.09672): precision at each true pair of
    the ranking, summed and divided by the number of true pairs, those never predicted included. Of equal scores, the
    wrong pairs come first.
    """
    truth = true_pairs(truths)
    if not truth:
        return None
    correct = np.array([(found.query, found.reference) in truth for found in predictions], dtype=bool)
    scores = np.array([found.score for found in predictions], dtype=np.float64)
    ranked = correct[np.lexsort((correct, -scores))]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].sum() / len(truth))


def strict_threshold(wrong_scores: Sequence[float], allowed: int) -> float:
    """The lowest score that at most `allowed` of `wrong_scores` lie above; -inf: any score may count."""
    ranked = sorted(wrong_scores, reverse=True)
    return ranked[allowed] if allowed < len(ranked) else NEVER


def allowance(rate: float, whole: int) -> int:
    """How many of `whole` may be wrong at `rate`, rounded down (1e-9 forgives the float's own error)."""
    return math.floor(rate * whole + 1e-9)


def recall_at_false_pairs(
    predictions: Collection[Prediction], truths: Collection[Truth], *, pairs: int, rate: float
) -> OperatingPoint:
    """The true pairs found where at most `rate` of all `pairs` (queries × references) are falsely claimed."""
    truth = true_pairs(truths)
    wrong = [found.score for found in predictions if (found.query, found.reference) not in truth]
    threshold = strict_threshold(wrong, allowance(rate, pairs))
    false = sum(score > threshold for score in wrong)
    return OperatingPoint(rate, threshold, Share(false, pairs), recall_above(predictions, truths, threshold))


def recall_above(predictions: Iterable[Prediction], truths: Iterable[Truth], threshold: float) -> Share:
    """Which share of the true pairs scores above `threshold`."""
    truth = true_pairs(truths)
    hits = {(found.query, found.reference) for found in predictions if found.score > threshold}
    return Share(len(hits & truth), len(truth))


@dataclass(frozen=True, slots=True)
class MarkOutcome:
    """The result of a system on one photo of one mark."""

    query: str
    own: float  # score of the true brand; -inf: not claimed
    other: float  # best score of any other brand; -inf: none claimed
    other_brand: str | None  # which; None: none claimed
    iou: float | None  # of the own brand's box with the nearest true box; None: one of the two is missing
    area_share: float  # of the largest true box in the photo, 0..1; 0: not labelled

    def found_above(self, threshold: float) -> bool:
        """Whether the own brand is over `threshold` and ahead of every other; a draw is not ahead."""
        return self.own > threshold and self.own > self.other


def mark_outcome(predictions: Iterable[Prediction], truth: Truth, *, width: int, height: int) -> MarkOutcome:
    """One photo's `predictions` (references are brands) as an outcome; `truth` has one brand; size in pixels."""
    (brand,) = truth.references
    own = max((found for found in predictions if found.reference == brand), key=_score, default=None)
    other = max((found for found in predictions if found.reference != brand), key=_score, default=None)
    overlaps = [overlap(own.box, box) for box in truth.boxes] if own is not None and own.box is not None else []
    areas = [(box.right - box.left) * (box.bottom - box.top) for box in truth.boxes]
    return MarkOutcome(
        query=truth.query,
        own=own.score if own else NEVER,
        other=other.score if other else NEVER,
        other_brand=other.reference if other else None,
        iou=max(overlaps, default=None),
        area_share=max(areas, default=0) / (width * height),
    )


def found_at_flag_rate(outcomes: Collection[MarkOutcome], clean_scores: Sequence[float], rate: float) -> OperatingPoint:
    """Which share of photos of marks is found where at most `rate` of the clean photos is flagged by any mark.

    `clean_scores` has the best score of each clean photo, -inf where nothing was claimed.
    """
    threshold = strict_threshold(clean_scores, allowance(rate, len(clean_scores)))
    flagged = sum(score > threshold for score in clean_scores)
    found = sum(outcome.found_above(threshold) for outcome in outcomes)
    return OperatingPoint(rate, threshold, Share(flagged, len(clean_scores)), Share(found, len(outcomes)))


def others_claimed(outcomes: Collection[MarkOutcome], threshold: float) -> Share:
    """The share of photos of a mark on which another mark scores above `threshold`."""
    return Share(sum(outcome.other > threshold for outcome in outcomes), len(outcomes))


def _score(prediction: Prediction) -> float:
    return prediction.score
