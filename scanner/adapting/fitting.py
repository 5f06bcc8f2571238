"""Fits the confidence of logos to another embedder, with the shipped weights as the prior; it measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanner.engine.confidence import Calibration

SHRINKAGE: Final = 0.3  # of squared distances from the shipped weights
LOOSE: Final = 0.01  # likewise, of the intercept
FOLDS: Final = 5  # of images
LEAST_RIGHT: Final = 30  # right candidates from which a fit is tried
# What counts against a match. The rest never does.
AGAINST: Final = frozenset({"lead", "outmatched", "behind", "no_ncc", "in_text"})
KEPT: Final = frozenset({"in_text", "behind"})  # no print shows text around it, or two marks: these stay as they ship
_STEPS: Final = 100
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One candidate: its features, and whether the image shows that brand's mark."""

    image: int
    values: dict[str, float]
    is_right: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibration, and how well it predicts candidates of images that it was not fitted on."""

    calibration: Calibration
    is_refitted: bool  # False: the shipped weights predict better, or too few candidates are right
    right: int  # candidates
    wrong: int
    shipped_loss: float  # mean log loss, in nats, of the shipped weights; 0: there are no candidates
    left_out_loss: float | None  # of the refitted, each image by a fit without it; None: too few candidates are right


def fitted(samples: Sequence[Sample], shipped: Calibration) -> Fit:
    """The refitted calibration where it predicts better than the shipped one, else that."""
    right = sum(each.is_right for each in samples)
    if not samples:
        return Fit(shipped, False, 0, 0, 0.0, None)
    names = list(samples[0].values)
    table = np.array([[1.0, *(each.values[name] for name in names)] for each in samples])
    truth = np.array([each.is_right for each in samples], np.float64)
    prior = np.array([shipped.intercept, *(shipped.weights.get(name, 0.0) for name in names)])
    loss = _loss(table @ prior, truth)
    if right < LEAST_RIGHT or right == len(samples):
        return Fit(shipped, False, right, len(samples) - right, loss, None)
    fold = np.array([each.image % FOLDS for each in samples])
    predicted = np.zeros(len(samples))
    for held in range(FOLDS):
        others = fold != held
        predicted[~others] = table[~others] @ _weights(table[others], truth[others], prior, names)
    left_out = _loss(predicted, truth)
    if left_out >= loss:
        return Fit(shipped, False, right, len(samples) - right, loss, left_out)
    weights = _weights(table, truth, prior, names)
    made = Calibration(
        round(float(weights[0]), 4),
        {name: round(float(weight), 4) for name, weight in zip(names, weights[1:], strict=True)},
    )
    return Fit(made, True, right, len(samples) - right, loss, left_out)


def _weights(table: _Floats, truth: _Floats, prior: _Floats, names: Sequence[str]) -> _Floats:
    """The least of log loss and squared distance from `prior`; a weight with the wrong sign is held at 0."""
    against = np.array([False, *(name in AGAINST for name in names)])
    free = np.array([True, *(name not in KEPT for name in names)])
    weights = prior.copy()
    for _ in names:
        weights[free] = _newton(table, truth, prior, weights, free)
        wrong = free & np.where(against, weights > 0, weights < 0)
        wrong[0] = False
        if not wrong.any():
            break
        weights[wrong], free = 0.0, free & ~wrong
    return weights


def _newton(table: _Floats, truth: _Floats, prior: _Floats, weights: _Floats, free: NDArray[np.bool_]) -> _Floats:
    strength = 2 * np.array([LOOSE, *([SHRINKAGE] * (table.shape[1] - 1))])[free]
    some, rest = table[:, free], table[:, ~free] @ weights[~free]
    found = weights[free].copy()
    for _ in range(_STEPS):
        shares = 1 / (1 + np.exp(-np.clip(some @ found + rest, -30, 30)))
        down = some.T @ (shares - truth) + strength * (found - prior[free])
        curve = (some * (shares * (1 - shares))[:, None]).T @ some + np.diag(strength)
        step = np.linalg.solve(curve, down)
        length = float(np.abs(step).max())
        found -= step if length <= 1 else step / length
        if length < 1e-8:
            break
    return np.asarray(found)


def _loss(odds: _Floats, truth: _Floats) -> float:
    bounded = np.clip(odds, -30, 30)
    return float(np.mean(np.logaddexp(0, np.where(truth > 0, -bounded, bounded))))
