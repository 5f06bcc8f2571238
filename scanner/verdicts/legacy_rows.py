"""Rows written before row format 1, as the fields of format 1: they stay readable."""

from typing import Any, Final

LEGACY_REASONS: Final = {"silenced": "suppressed"}
"""Reasons by the names that they had before format 1."""
_LOGO: Final = {
    "cosine": "cosine",
    "neg_log10_far": "rarity",
    "margin": "margin",
    "mean_cosine": "steadiness",
    "match_logit": "log_odds",
    "hue_intersection": "colour",
    "objectness": "likelihood",
}
_PHOTO: Final = {
    "cosine": "cosine",
    "window_agreement": "agreeing",
    "blurred_ncc": "coarse",
    "alteration": "alteration",
}
_RENAMED: Final = {"inlier_coverage": "covered", "ncc": "correlation"}
_KEPT: Final = (
    *("reference_id", "brand_id", "kind", "box", "quad", "reference_box", "hash_distance", "inliers"),
    *("review_only", "mirrored", "frame", "confidence"),
)


def upgraded(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a row of format 1 that say what a row without a format says. KeyError: it lacks one."""
    changed: dict[str, Any] = {"format": 1}
    if "error" not in fields:
        changed["reason"] = LEGACY_REASONS.get(fields["reason"], fields["reason"])
        changed["evidence"] = [_evidence(each) for each in fields["evidence"]]
    return fields | changed


def _evidence(fields: dict[str, Any]) -> dict[str, Any]:
    head = {name: fields[name] for name in _KEPT} | {later: fields[name] for later, name in _RENAMED.items()}
    own = _LOGO if fields["kind"] == "logo" else _PHOTO
    return head | {fields["kind"]: {later: fields[earlier] for later, earlier in own.items()}}
