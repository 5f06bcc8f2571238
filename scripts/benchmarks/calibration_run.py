"""What refitting confidence by mark gains, on made-up marks whose true confidence is known; no image is read."""

import math
from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import Final

from benchmarks.tables import Table
from scanner.verdicts.weighing.calibration import DecidedMatch, assess

LEAST: Final = 30
DECIDED: Final = (30, 60, 120, 500)
FRESH: Final = 2_000  # matches that nobody decided, on which both confidences are compared
MARKS: Final = 100  # of each kind


@dataclass(frozen=True, slots=True)
class Kind:
    """How the log odds of a kind of mark follow from the shipped ones."""

    name: str
    intercept: float
    slope: float


KINDS: Final = (
    Kind("as it ships", 0.0, 1.0),
    Kind("overconfident: odds a fifth", -1.6, 1.0),
    Kind("underconfident: odds five times", 1.6, 1.0),
    Kind("confidence says little", 0.5, 0.3),
)


def run_calibration(marks: int = MARKS, seed: int = 0) -> Table:
    """The error of confidence before and after, by kind of mark and number of decided matches."""
    rows = []
    for kind in KINDS:
        for number in DECIDED:
            random = Random(f"{seed} {kind.name} {number}")
            tried = [_tried(kind, number, random) for _ in range(marks)]
            columns = list(zip(*tried, strict=True))
            kept, *errors = (mean(column) for column in columns)
            rows.append((kind.name, str(number), f"{kept:.0%}", *(f"{each:.3f}" for each in errors)))
    title = "Confidence by mark, shipped and as refitted, on matches that nobody decided"
    heads = ("mark", "decided", "refitted", "error shipped", "error now", "log loss shipped", "log loss now")
    note = "Error: between the mean confidence and the share that is right. Of simulated marks; means over all of them."
    return Table(title, heads, tuple(rows), note)


def _tried(kind: Kind, number: int, random: Random) -> tuple[float, float, float, float, float]:
    """Whether one mark is refitted, then errors and log losses of fresh matches, shipped and now."""
    found = assess([_match(kind, random) for _ in range(number)], LEAST).calibration
    fresh = [_match(kind, random) for _ in range(FRESH)]
    shipped = [each.confidence for each in fresh]
    now = shipped if found is None else [found.confidence(each) for each in shipped]
    right = mean(each.is_right for each in fresh)
    return (
        float(found is not None),
        abs(mean(shipped) - right),
        abs(mean(now) - right),
        _loss(shipped, fresh),
        _loss(now, fresh),
    )


def _match(kind: Kind, random: Random) -> DecidedMatch:
    """One flagged match: the shipped confidence is 0.5 to 1, mostly high."""
    odds = random.uniform(0, 5)
    true = 1 / (1 + math.exp(-(kind.intercept + kind.slope * odds)))
    return DecidedMatch(1 / (1 + math.exp(-odds)), random.random() < true)


def _loss(confidences: list[float], matches: list[DecidedMatch]) -> float:
    return mean(
        -math.log(max(confidence if match.is_right else 1 - confidence, 1e-9))
        for confidence, match in zip(confidences, matches, strict=True)
    )
