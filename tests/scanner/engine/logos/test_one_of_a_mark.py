"""Many forms of one mark make one claim at one place."""

from dataclasses import replace

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.logos.one_of_a_mark import one_of_each_mark
from scanner.engine.types import NO_LOGO, Evidence

MARKS = {"artwork": 1, "part": 1, "in-use": 1, "other": 2, "loose": None, "loose-2": None}
HERE = Box(100, 100, 200, 160)


def seen(name: str, confidence: float, box: Box = HERE, frame: int = 0) -> Evidence:
    return Evidence(
        reference_id=name,
        brand_id="acme",
        kind=ReferenceKind.LOGO,
        box=box,
        quad=None,
        reference_box=None,
        hash_distance=None,
        inliers=None,
        inlier_coverage=None,
        ncc=None,
        review_only=False,
        mirrored=False,
        frame=frame,
        confidence=confidence,
        logo=NO_LOGO,
    )


def names(*evidence: Evidence) -> list[str]:
    return [each.reference_id for each in one_of_each_mark(evidence, MARKS)]


def test_of_several_forms_at_one_place_the_surest_counts() -> None:
    assert names(seen("artwork", 0.4), seen("in-use", 0.9, Box(104, 96, 206, 158)), seen("part", 0.1)) == ["in-use"]


def test_a_part_within_the_whole_is_the_same_claim() -> None:
    assert names(seen("artwork", 0.9), seen("part", 0.8, Box(105, 105, 140, 150))) == ["artwork"]


def test_the_same_mark_at_two_places_is_two_claims() -> None:
    assert names(seen("artwork", 0.9), seen("part", 0.8, Box(300, 100, 400, 160))) == ["artwork", "part"]


def test_another_mark_at_the_same_place_is_another_claim() -> None:
    assert names(seen("artwork", 0.9), seen("other", 0.8)) == ["artwork", "other"]


def test_the_same_place_in_another_frame_is_another_claim() -> None:
    assert names(seen("artwork", 0.9), seen("part", 0.8, frame=1)) == ["artwork", "part"]


def test_logos_without_a_recorded_mark_count_by_themselves() -> None:
    assert names(seen("loose", 0.9), seen("loose-2", 0.8), seen("unknown", 0.7)) == ["loose", "loose-2", "unknown"]


def test_nothing_else_of_the_evidence_changes() -> None:
    given = (replace(seen("artwork", 0.9), inliers=12), seen("other", 0.2))
    assert one_of_each_mark(given, MARKS) == given
