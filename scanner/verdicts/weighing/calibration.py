"""A mark's confidence, refitted on what reviewers decided about its matches: pure, with no database.

Platt scaling (Platt 1999) in the log odds of the shipped confidence, with a prior at the shipped one: a mark on which
little was decided moves little.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from scanner.engine.types import Evidence, MarkCalibration
from scanner.verdicts.policy import Policy
from scanner.verdicts.precision import Precision

# Standard deviations of the prior: before anything is decided, the log odds are taken to be off by a few tenths up to
# about one, and to spread half to twice as far as they should.
INTERCEPT_WIDTH: Final = 1.0
SLOPE_WIDTH: Final = 0.5
LEAST_SLOPE: Final = 0.1  # the surer of two matches stays the surer one
FURTHEST: Final = 3.0  # log odds by which a calibration may move a confidence: odds 20 times as high or low
NEWEST: Final = 500  # decided matches of a mark that count: older ones may be of another model or another market
_EXTREME: Final = 7.0  # log odds; a confidence beyond (0.1 % to 99.9 %) counts as this
_STEPS: Final = 50
_EXACT: Final = 1e-10

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DecidedMatch:
    """A match of a mark that reviewers decided."""

    confidence: float  # 0..1, shipped: with what else the listing shows of the brand, before any calibration by mark
    is_right: bool  # the mark is there, whether or not it may be


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a mark's shipped confidence becomes its own."""

    intercept: float
    slope: float
    lowest: float  # log odds of the least and of the most sure match that was decided; beyond them nothing is known
    highest: float
    decided: int

    def confidence(self, shipped: float) -> float:
        """The calibrated confidence, 0..1: it never falls as the shipped one rises.

        Beyond what was decided, a confidence moves as far as the last that was; nowhere further than FURTHEST.
        """
        odds = float(_logits([shipped])[0])
        known = min(max(odds, self.lowest), self.highest)
        moved = self.intercept + (self.slope - 1) * known
        return round(float(_sigmoid(np.array(odds + min(max(moved, -FURTHEST), FURTHEST)))), 12)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was expected of a mark's matches, and what reviewers found."""

    expected: float  # 0..1: mean of the shipped confidence
    precision: Precision
    loss: float  # mean log loss of the shipped confidence
    left_out_loss: float | None  # of the refitted one, of each match by a fit without it; None: too few are decided
    calibration: Calibration | None  # None: too few are decided, or it would predict worse than what ships
    calibrated: float | None  # 0..1: mean of the calibrated confidence; None: as calibration


def assess(decided: Sequence[DecidedMatch], least: int) -> Assessment:
    """Compare the matches of one mark with what was decided, and refit their confidence if that predicts better.

    `decided`: at least one. `least`: matches from which it is refitted; 0: never. The refit is kept where the mean log
    loss falls, each match predicted by a fit without it (leave-one-out).
    """
    odds = _logits([each.confidence for each in decided])
    right = np.array([each.is_right for each in decided], np.float64)
    expected, loss = float(np.mean([each.confidence for each in decided])), _loss(odds, right)
    precision = Precision(int(right.sum()), len(decided))
    if not 0 < least <= len(decided):
        return Assessment(expected, precision, loss, None, None, None)
    without = _fits(odds, right, 1 - np.eye(len(decided)))
    left_out = _loss(without[:, 0] + without[:, 1] * odds, right)
    if left_out >= loss:
        return Assessment(expected, precision, loss, left_out, None, None)
    intercept, slope = _fits(odds, right, np.ones((1, len(decided))))[0]
    kept = Calibration(float(intercept), float(slope), float(odds.min()), float(odds.max()), len(decided))
    calibrated_mean = float(np.mean([kept.confidence(each.confidence) for each in decided]))
    return Assessment(expected, precision, loss, left_out, kept, calibrated_mean)


def as_shipped(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The same evidence without what an earlier calibration made of its confidence."""
    return tuple(
        item
        if item.calibration is None
        else replace(item, confidence=item.calibration.shipped_confidence, calibration=None)
        for item in evidence
    )


def calibrated(
    evidence: Sequence[Evidence], calibrations: Mapping[str, Calibration], policy: Policy
) -> tuple[Evidence, ...]:
    """The evidence, which ships its own confidence, with that of its mark, the surest first.

    `calibrations` by reference_id. None lifts a match over a threshold of the policy: of what is less sure no case was
    opened, so nobody knows how much of it is right. It may lower one below.
    """
    if not any(item.reference_id in calibrations for item in evidence):
        return tuple(evidence)
    found = (_calibrated(item, calibrations.get(item.reference_id), policy) for item in evidence)
    return tuple(sorted(found, key=lambda item: (-item.confidence, item.reference_id)))


def _calibrated(item: Evidence, calibration: Calibration | None, policy: Policy) -> Evidence:
    if calibration is None:
        return item
    confidence = calibration.confidence(item.confidence)
    by = MarkCalibration(item.confidence, calibration.decided)
    moved = replace(item, confidence=confidence, calibration=by)
    if confidence > item.confidence and policy.reason_for(moved) is not policy.reason_for(item):
        return item
    return moved


def _fits(odds: _Floats, right: _Floats, weights: _Floats) -> _Floats:
    """Intercept and slope (M, 2) of M fits to N matches with these weights (M, N), by Newton's method."""
    fits = np.tile([0.0, 1.0], (len(weights), 1))
    _descend(fits, odds, right, weights, fixed=np.zeros(len(weights), bool))
    flat = fits[:, 1] < LEAST_SLOPE
    if flat.any():
        fits[flat, 1] = LEAST_SLOPE
        some = fits[flat]
        _descend(some, odds, right, weights[flat], fixed=np.ones(len(some), bool))
        fits[flat] = some
    return fits


def _descend(fits: _Floats, odds: _Floats, right: _Floats, weights: _Floats, fixed: npt.NDArray[np.bool_]) -> None:
    """Minimize in place the log loss and the prior of each fit; where `fixed`, the slope stays."""
    for _ in range(_STEPS):
        shares = _sigmoid(fits[:, :1] + fits[:, 1:] * odds)
        off, curved = weights * (shares - right), weights * shares * (1 - shares)
        down = off.sum(1) + fits[:, 0] / INTERCEPT_WIDTH**2
        aslant = np.where(fixed, 0.0, off @ odds + (fits[:, 1] - 1) / SLOPE_WIDTH**2)
        both = np.where(fixed, 0.0, curved @ odds)
        first = curved.sum(1) + 1 / INTERCEPT_WIDTH**2
        second = curved @ odds**2 + 1 / SLOPE_WIDTH**2
        determinant = first * second - both**2
        step = np.stack([second * down - both * aslant, first * aslant - both * down], 1) / determinant[:, None]
        length = np.abs(step).max()
        fits -= step if length <= 1 else step / length  # from afar Newton's step may go too far
        if length < _EXACT:
            return


def _loss(odds: _Floats, right: _Floats) -> float:
    """The mean log loss, in nats, of log odds."""
    return float(np.mean(np.logaddexp(0, np.where(right > 0, -odds, odds))))


def _logits(shares: Sequence[float]) -> _Floats:
    bounded = np.clip(np.array(shares, np.float64), 1e-9, 1 - 1e-9)
    return np.clip(np.log(bounded / (1 - bounded)), -_EXTREME, _EXTREME)


def _sigmoid(odds: _Floats) -> _Floats:
    return 1 / (1 + np.exp(-odds))
