"""From measurements to a calibrated confidence: of evidence like this, the share that is right. It sets no threshold.

A logistic regression for each kind, fitted by scripts/train_confidence.py on images that no figure is reported on.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from brand_index.errors import ModelUnusable
from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence, overlap, share_within

SHIPPED: Final = Path(__file__).with_name("confidence.json")
HASH_REACH: Final = 64  # bits: a PDQ distance of this and more says nothing
ENOUGH_INLIERS: Final = 100  # more make nothing surer
SAME_PLACE: Final = 0.5  # intersection over union of two boxes
WITHIN: Final = 0.8  # share of a box that lies in another, from which it is a part of what is there
RAREST: Final = 3.0  # one photo in 1,000: a bank of hundreds tells nothing beyond
WIDEST: Final = 0.3  # margin of cosine; a greater one says no more
DECISIVE_LEAD: Final = 0.1  # of correlation; a greater one says no more
DECISIVE_ODDS: Final = 8.0  # log odds, for or against; greater ones say no more


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of one kind; a feature without a weight counts for nothing."""

    intercept: float
    weights: Mapping[str, float]

    def confidence(self, values: Mapping[str, float]) -> float:
        """0..1, with digits enough that near-certain evidence can still be put in order."""
        total = self.intercept + sum(self.weights.get(name, 0.0) * value for name, value in values.items())
        return round(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), 12)


class Lead(NamedTuple):
    """By how much the best of the rivals of an evidence is ahead of it; 0: none is."""

    correlation: float
    log_odds: float  # of another brand's


def features(item: Evidence, lead: Lead) -> dict[str, float]:
    """The terms of the regression, by name; what could not be measured adds nothing. `lead` as `leads` gives it."""
    inliers = min(math.log1p(item.inliers or 0), math.log1p(ENOUGH_INLIERS))
    correlation = max(0.0, item.correlation or 0.0)
    covered = math.sqrt(item.covered or 0.0)
    cosine = max(0.0, item.cosine or 0.0)
    near = 0.0 if item.hash_distance is None else max(0.0, 1 - item.hash_distance / HASH_REACH)
    odds = -DECISIVE_ODDS if item.log_odds is None else max(-DECISIVE_ODDS, min(item.log_odds, DECISIVE_ODDS))
    return {
        "inliers": inliers,
        "correlation": correlation,
        "correlation_squared": correlation**2,
        "inliers_and_correlation": inliers * correlation,
        "uncorrelated": float(item.inliers is not None and item.correlation is None),
        "agreeing": item.agreeing or 0.0,
        "all_agreeing": inliers * (item.agreeing or 0.0) * covered,
        "partial": 0.0 if item.alteration is None else 1 - max(item.alteration.visible, item.alteration.occupied),
        "hash_and_coarse": near * max(0.0, item.coarse or 0.0),
        "covered": covered,
        "all_three": inliers * correlation * covered,
        "hash": near,
        "cosine": cosine,
        "cosine_squared": cosine**2,
        "rarity": max(0.0, min(item.rarity or 0.0, RAREST)),
        "margin": 0.0 if item.margin is None else max(-WIDEST, min(item.margin, WIDEST)),
        "steadiness": max(0.0, item.steadiness or 0.0),
        "places": (odds / DECISIVE_ODDS + 1) / 2,
        "colour": item.colour or 0.0,
        "cosine_and_inliers": cosine * inliers,
        "cosine_and_correlation": cosine * correlation,
        "lead": min(lead.correlation / DECISIVE_LEAD, 1.0),
        "outmatched": min(lead.log_odds / DECISIVE_ODDS, 1.0),
    }


def leads(evidence: Sequence[Evidence]) -> list[Lead]:
    """For each evidence of one frame, how far its rivals are ahead.

    Rivals are of its kind and lie in the same place, or have it within themselves: a letter of a word is no mark of its
    own. Registered photos of sibling packs, or marks within one frame, all fit an image of one of them; only the best
    is what is seen.
    """
    told = []
    for item in evidence:
        alike = [each for each in evidence if each.kind is item.kind]
        correlations = [
            (rival.correlation or 0.0) - (item.correlation or 0.0)
            for rival in alike
            if overlap(rival.box, item.box) > SAME_PLACE
        ]
        log_odds = [0.0] + [
            rival.log_odds - item.log_odds
            for rival in alike
            if rival.brand_id != item.brand_id
            and (rival.log_odds is not None and item.log_odds is not None)
            and (overlap(rival.box, item.box) > SAME_PLACE or share_within(item.box, rival.box) > WITHIN)
        ]
        told.append(Lead(max(correlations, default=0.0), max(log_odds)))
    return told


def calibrated(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence of one frame, in its order, with the confidence that its measurements deserve."""
    calibrations = shipped_calibrations()
    return tuple(
        replace(item, confidence=calibrations[item.kind].confidence(features(item, lead)))
        for item, lead in zip(evidence, leads(evidence), strict=True)
    )


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
