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
from scanner.engine.bounds.photos import CHANCE_INLIERS, ENOUGH_TURNED, bounded, hues_turned, named
from scanner.engine.boxes import overlap, share_within, side_of
from scanner.engine.types import NO_CONTENT, NO_LOGO, NO_PHOTO, Evidence

SHIPPED: Final = Path(__file__).with_name("confidence.json")
ENOUGH_INLIERS: Final = 100  # more add no confidence
SAME_REGION: Final = 0.5  # intersection over union of two boxes
WITHIN: Final = 0.8  # share of a box inside another from which it is a part of the other
RAREST: Final = 3.0  # one photo in 1,000: a bank of hundreds measures no rarer ones
# Added to the log odds of what an image shows of a brand, times the confidence of its word in a title or description.
BY_WORD_IN_TEXT: Final = 1.5
WIDEST: Final = 0.3  # margin of cosine; a greater one adds nothing
SOME_WINDOWS: Final = 6.0  # rich windows that agree, from which a photo has enough of them to be recognized
MANY_WINDOWS: Final = 60.0  # more add nothing
ENOUGH_WINDOWS: Final = 20.0  # in other colours it needs as many
COARSE: Final = 0.25  # detail up to which a listing shows tones rather than shapes
SMALL_PART: Final = 0.5  # share of a photo or of the image: less is a word or a frame that many photos have
UNKNOWN_COLOUR: Final = 0.3  # how far a grey listing is taken to be off colour
DECISIVE_LEAD: Final = 0.1  # of agreement; a greater one adds nothing
DECISIVE_LOGIT: Final = 8.0  # for or against; a greater one adds nothing
FEW_PIXELS, MANY_PIXELS = 16.0, 256.0  # of a logo's side: fewer say nothing, more add nothing


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

    agreement: float  # of a photo's content, or of the pixels where it is not known
    match_logit: float  # of another brand's
    elsewhere: float = 0.0  # likewise, of another brand's wherever it is in the image


def features(item: Evidence, lead: Lead) -> dict[str, float]:
    """The terms of the regression of its kind by name, 0 where nothing was measured. `lead` is that of `leads`."""
    return _logo_features(item, lead) if item.kind is ReferenceKind.LOGO else _photo_features(item, lead)


def _logo_features(item: Evidence, lead: Lead) -> dict[str, float]:
    inliers = min(math.log1p(item.inliers or 0), math.log1p(ENOUGH_INLIERS))
    ncc = max(0.0, item.ncc or 0.0)
    coverage = math.sqrt(item.inlier_coverage or 0.0)
    cosine = max(0.0, item.cosine or 0.0)
    logo = item.logo or NO_LOGO
    logit = -DECISIVE_LOGIT if logo.match_logit is None else max(-DECISIVE_LOGIT, min(logo.match_logit, DECISIVE_LOGIT))
    return {
        "ncc": ncc,
        "ncc_squared": ncc**2,
        "inliers_and_ncc": inliers * ncc,
        "no_ncc": float(item.inliers is not None and item.ncc is None),
        "all_three": inliers * ncc * coverage,
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
        "lead": min(lead.agreement / DECISIVE_LEAD, 1.0),
        "outmatched": min(lead.match_logit / DECISIVE_LOGIT, 1.0),
        "behind": min(lead.elsewhere / DECISIVE_LOGIT, 1.0),
        "pixels": max(0.0, min(math.log(side_of(item.box) / FEW_PIXELS) / math.log(MANY_PIXELS / FEW_PIXELS), 1.0)),
    }


def _photo_features(item: Evidence, lead: Lead) -> dict[str, float]:
    """Of what agrees beyond solid changes, and of goods on a new ground; against it, what was replaced or recoloured.

    Without a comparison in detail all that supports it is 0.
    """
    photo = item.photo or NO_PHOTO
    found = photo.content or NO_CONTENT
    some = min(1.0, found.rest_windows / SOME_WINDOWS)
    many = min(math.log1p(found.rest_windows) / math.log1p(MANY_WINDOWS), 1.0)
    pairs = min(math.log1p(item.inliers or 0) / math.log1p(ENOUGH_INLIERS), 1.0)
    surely_paired = min(max(0.0, math.log10(max(item.inliers or 0, 1) / CHANCE_INLIERS)), 1.0)
    rest = found.rest_agreement
    new_ground = _beyond(found.goods_agreement, 0.6) * (
        1 - (1.0 if found.ground_agreement is None else found.ground_agreement)
    )
    # What has an outline of its own lies over the photo, and says nothing of what is under it.
    overlaid = 1 - found.outline_followed if found.covered_area > 0.03 else 0.0
    off = UNKNOWN_COLOUR if found.colour is None else 1 - found.colour
    # No light turns hues, and other goods are seldom on a ground that was turned with them: this photo was edited.
    turned = off * min(1.0, hues_turned(found) / ENOUGH_TURNED)
    rest_off = off if found.rest_colour is None else 1 - found.rest_colour
    ground_colour = 1.0 if found.ground_colour is None else found.ground_colour
    in_colour = _beyond(found.colour or 0.0, 0.8) * _beyond(ground_colour, 0.8)
    off -= overlaid * max(0.0, off - rest_off)
    replaced = found.replaced - overlaid * max(0.0, found.replaced - (1 - rest))
    differs = min(1.0, replaced / 0.3)
    same_ground = 1 - min(1.0, found.added_area / 0.15)
    # Where all else is as in the photo, what differs was replaced; an overlay shows on plain areas too.
    clean = (1 - off) * (1 - min(1.0, found.covered_area / 0.1)) * (1 - min(1.0, found.added_area / 0.03))
    return {
        # Where a print or a thumbnail has lost the detail, its tones are left.
        "tones_alone": 0.0 if item.review_only or found.detail > COARSE else _beyond(photo.blurred_ncc or 0.0, 0.5),
        "all_and_many": _beyond(found.agreement, 0.9) * many,
        "all_and_pairs": _beyond(found.agreement, 0.9) * surely_paired,
        # Plain goods have few windows; all of them, in all colours of goods and ground, are this photo.
        "all_in_colour": _beyond(found.agreement, 0.9) * in_colour * found.visible * found.known,
        "new_ground_and_pairs": new_ground * surely_paired,
        "pairs_in_colour": pairs * _beyond(1 - off, 0.85) * (1 - found.known),
        "turned_and_pairs": turned * _beyond(found.agreement, 0.6) * surely_paired,
        "small_part": 1 - min(1.0, max(found.visible, found.occupied) / SMALL_PART),
        "unknown": 1 - found.known,
        "only_ground": max(0.0, (found.ground_agreement or 0.0) - found.goods_agreement),
        # Of a photo that is there with its ground other colours are an edit; of goods or a shape alone they are not.
        "off_colour": off * (1 - surely_paired * _beyond(rest, 0.7) * some * same_ground),
        "off_colour_with_few": off * (1 - min(1.0, found.rest_windows / ENOUGH_WINDOWS)),
        "off_colour_and_added": off * min(1.0, found.added_area / 0.2),
        "off_colour_and_unknown": off * (1 - found.known),
        "replaced": differs,
        "rest_differs": min(1.0, (1 - rest) / 0.12) * (1 - new_ground),
        # A chart, a label or plain goods: their layout and shape are shared, so what differs weighs more.
        "shared_and_off_colour": off * item.review_only,
        "shared_and_replaced": differs * item.review_only,
        "shared_and_rest_differs_cleanly": min(1.0, (1 - rest) / 0.08) * clean * item.review_only,
        "lead": min(lead.agreement / DECISIVE_LEAD, 1.0),
    }


def _beyond(value: float, least: float) -> float:
    """How far a share is beyond `least`, 0..1."""
    return max(0.0, (value - least) / (1 - least))


def leads(evidence: Sequence[Evidence]) -> list[Lead]:
    """The lead of the strongest rival of each piece of evidence in one frame.

    Rivals are of the same kind and in the same region, or contain it: a letter of a word is not a mark of its own.
    Photos of sibling packs, or marks in the same frame, all fit an image of one of them; only the best fit is shown.
    """
    found = []
    for item in evidence:
        rivals = [each for each in evidence if each.kind is item.kind]
        by_agreement = [
            _agreement(rival) - _agreement(item) for rival in rivals if overlap(rival.box, item.box) > SAME_REGION
        ]
        own = _match_logit(item)
        ahead = [
            (rival.box, logit - own)
            for rival in rivals
            if rival.brand_id != item.brand_id and own is not None and (logit := _match_logit(rival)) is not None
        ]
        here = [by for box, by in ahead if overlap(box, item.box) > SAME_REGION or share_within(item.box, box) > WITHIN]
        found.append(Lead(max(by_agreement, default=0.0), max([0.0, *here]), max([0.0, *(by for _, by in ahead)])))
    return found


def _agreement(item: Evidence) -> float:
    """Of the content of a photo, with few windows less of it, else of the pixels."""
    content = None if item.photo is None else item.photo.content
    if content is None:
        return item.ncc or 0.0 if item.photo is None else 0.0
    return content.agreement * min(1.0, content.rest_windows / SOME_WINDOWS)


def _match_logit(item: Evidence) -> float | None:
    return None if item.logo is None else item.logo.match_logit


def calibrated(
    evidence: Sequence[Evidence], calibrations: Mapping[ReferenceKind, Calibration] | None = None
) -> tuple[Evidence, ...]:
    """The evidence of one frame, in its order, with its calibrated confidence. `calibrations` None: those that ship."""
    calibrations = calibrations or shipped_calibrations()
    alone = [
        replace(item, confidence=bounded(item, calibrations[item.kind].confidence(features(item, lead))))
        for item, lead in zip(evidence, leads(evidence), strict=True)
    ]
    return tuple(named(replace(item, confidence=item.confidence * (1 - _of_a_part(item, alone)))) for item in alone)


def _of_a_part(item: Evidence, evidence: Sequence[Evidence]) -> float:
    """The confidence in the surest logo of another brand of which a less sure logo may be a part; 0: there is none.

    A letter of a word, or the star on a label, is as like somebody else's mark as a print of it. Where the larger mark
    is what is there, the smaller one is nothing but a part of it.
    """
    if item.kind is not ReferenceKind.LOGO:
        return 0.0
    return max(
        (
            whole.confidence
            for whole in evidence
            if whole.kind is item.kind
            and whole.brand_id != item.brand_id
            and whole.confidence > item.confidence
            and share_within(item.box, whole.box) > WITHIN
            and overlap(item.box, whole.box) < SAME_REGION
        ),
        default=0.0,
    )


@cache
def shipped_calibrations(path: Path = SHIPPED) -> Mapping[ReferenceKind, Calibration]:
    """The calibrations that ship, by kind. Raises ModelUnusable when the file is missing or damaged."""
    try:
        return parsed_calibrations(path.read_bytes(), path)
    except OSError as error:
        raise ModelUnusable(f"{path}: no usable calibration ({error}). Install again.") from error


def parsed_calibrations(data: bytes, path: Path) -> Mapping[ReferenceKind, Calibration]:
    """The calibrations in the bytes of a file, by kind. Raises ModelUnusable, naming the file, when they are none."""
    try:
        content = json.loads(data)
        return {
            kind: Calibration(float(content[kind.value]["intercept"]), dict(content[kind.value]["weights"]))
            for kind in ReferenceKind
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{path}: no usable calibration ({error}). Install again.") from error
