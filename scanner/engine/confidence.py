"""Calibrates confidence from measurements: the share of similar evidence that is right. It sets no threshold.

One logistic regression for each kind, fitted by scripts/train_confidence.py on images outside every benchmark.
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
from scanner.engine.types import NO_LOGO, NO_PHOTO, Evidence, overlap, share_within

SHIPPED: Final = Path(__file__).with_name("confidence.json")
HASH_REACH: Final = 64  # bits: a PDQ distance from which the hash counts for nothing
ENOUGH_INLIERS: Final = 100  # more add no confidence
SAME_REGION: Final = 0.5  # intersection over union of two boxes
WITHIN: Final = 0.8  # share of a box inside another from which it is a part of the other
RAREST: Final = 3.0  # one photo in 1,000: a bank of hundreds measures no rarer ones
WIDEST: Final = 0.3  # margin of cosine; a greater one adds nothing
DECISIVE_LEAD: Final = 0.1  # of ncc; a greater one adds nothing
DECISIVE_LOGIT: Final = 8.0  # for or against; a greater one adds nothing


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of one kind; a feature without a weight counts for nothing."""

    intercept: float
    weights: Mapping[str, float]

    def confidence(self, values: Mapping[str, float]) -> float:
        """The confidence, 0..1, with enough digits to rank near-certain evidence."""
        total = self.intercept + sum(self.weights.get(name, 0.0) * value for name, value in values.items())
        return round(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), 12)


class Lead(NamedTuple):
    """How much better the strongest rival of one piece of evidence scores; 0: no rival scores better."""

    ncc: float
    match_logit: float  # of another brand's


def features(item: Evidence, lead: Lead) -> dict[str, float]:
    """The terms of the regression by name, 0 where nothing was measured. `lead` is that of `leads`."""
    inliers = min(math.log1p(item.inliers or 0), math.log1p(ENOUGH_INLIERS))
    ncc = max(0.0, item.ncc or 0.0)
    coverage = math.sqrt(item.inlier_coverage or 0.0)
    cosine = max(0.0, item.cosine or 0.0)
    near = 0.0 if item.hash_distance is None else max(0.0, 1 - item.hash_distance / HASH_REACH)
    logo, photo = item.logo or NO_LOGO, item.photo or NO_PHOTO
    logit = -DECISIVE_LOGIT if logo.match_logit is None else max(-DECISIVE_LOGIT, min(logo.match_logit, DECISIVE_LOGIT))
    altered = photo.alteration
    return {
        "inliers": inliers,
        "ncc": ncc,
        "ncc_squared": ncc**2,
        "inliers_and_ncc": inliers * ncc,
        "no_ncc": float(item.inliers is not None and item.ncc is None),
        "window_agreement": photo.window_agreement or 0.0,
        "agreeing_inliers": inliers * (photo.window_agreement or 0.0) * coverage,
        "partial": 0.0 if altered is None else 1 - max(altered.visible, altered.occupied),
        "hash_and_blurred_ncc": near * max(0.0, photo.blurred_ncc or 0.0),
        "inlier_coverage": coverage,
        "all_three": inliers * ncc * coverage,
        "hash": near,
        "cosine": cosine,
        "cosine_squared": cosine**2,
        "neg_log10_far": max(0.0, min(logo.neg_log10_far or 0.0, RAREST)),
        "margin": 0.0 if logo.margin is None else max(-WIDEST, min(logo.margin, WIDEST)),
        "mean_cosine": max(0.0, logo.mean_cosine or 0.0),
        "match_logit": (logit / DECISIVE_LOGIT + 1) / 2,
        "hue_intersection": logo.hue_intersection or 0.0,
        "in_text": (logo.text_around or 0.0) ** 2 * (1 - (logo.hue_intersection or 0.0) / 2),
        "cosine_and_inliers": cosine * inliers,
        "cosine_and_ncc": cosine * ncc,
        "lead": min(lead.ncc / DECISIVE_LEAD, 1.0),
        "outmatched": min(lead.match_logit / DECISIVE_LOGIT, 1.0),
    }


def leads(evidence: Sequence[Evidence]) -> list[Lead]:
    """The lead of the strongest rival of each piece of evidence in one frame.

    Rivals are of the same kind and in the same region, or contain it: a letter of a word is not a mark of its own.
    Photos of sibling packs, or marks in the same frame, all fit an image of one of them; only the best fit is shown.
    """
    found = []
    for item in evidence:
        rivals = [each for each in evidence if each.kind is item.kind]
        by_ncc = [
            (rival.ncc or 0.0) - (item.ncc or 0.0) for rival in rivals if overlap(rival.box, item.box) > SAME_REGION
        ]
        by_logit = [0.0] + [
            logit - own
            for rival in rivals
            if rival.brand_id != item.brand_id
            and (logit := _match_logit(rival)) is not None
            and (own := _match_logit(item)) is not None
            and (overlap(rival.box, item.box) > SAME_REGION or share_within(item.box, rival.box) > WITHIN)
        ]
        found.append(Lead(max(by_ncc, default=0.0), max(by_logit)))
    return found


def _match_logit(item: Evidence) -> float | None:
    return None if item.logo is None else item.logo.match_logit


def calibrated(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence of one frame, in its order, with its calibrated confidence."""
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
