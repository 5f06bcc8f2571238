"""Row format 1: what earlier programs wrote is read, and what later programs write is read as far as it is known."""

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import pytest

from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.engine.types import (
    NO_CONTENT,
    Alteration,
    Evidence,
    FailedImage,
    LogoMeasurements,
    PhotoMeasurements,
    Shared,
)
from scanner.verdicts.legacy_rows import upgraded
from scanner.verdicts.rows import FORMAT, SHARED_WRITTEN, RowFields, ScannedImage, from_json, to_json
from scanner.verdicts.types import Reason
from tests.scanner.bulk.test_report import EVIDENCE, LOGO, VERDICT

DATA = Path(__file__).parents[2] / "data"
BEFORE = (DATA / "rows_before_format_1.jsonl").read_text("utf-8").splitlines()
FIRST = (DATA / "rows_format_1.jsonl").read_text("utf-8").splitlines()
ROW = ScannedImage("a.jpg", replace(VERDICT, evidence=(EVIDENCE, LOGO)))


@pytest.mark.parametrize("line", BEFORE)
def test_a_row_from_before_format_1_is_read_and_says_the_same(line: str) -> None:
    row, said = from_json(line), json.loads(line)
    assert row.image == said["image"]
    if isinstance(row, FailedImage):
        assert {"code": row.code, "message": row.message} == said["error"]
        return
    verdict = row.verdict
    assert (verdict.decision, verdict.image_sha256) == (said["decision"], said["image_sha256"])
    assert verdict.counted == tuple(said.get("counted", ()))
    assert [(item.reference_id, item.confidence) for item in verdict.evidence] == [
        (item["reference_id"], item["confidence"]) for item in said["evidence"]
    ]


@pytest.mark.parametrize("line", [line for line in BEFORE if '"error"' not in line])
def test_every_measurement_from_before_format_1_is_found_under_its_new_name(line: str) -> None:
    row = from_json(line)
    assert isinstance(row, ScannedImage)
    for item, said in zip(row.verdict.evidence, json.loads(line)["evidence"], strict=True):
        assert (item.ncc, item.inlier_coverage, item.inliers) == (said["correlation"], said["covered"], said["inliers"])
        if item.kind is ReferenceKind.LOGO:
            earlier = ("cosine", "rarity", "margin", "steadiness", "log_odds", "colour", "likelihood")
            assert item.logo == LogoMeasurements(*(said[name] for name in earlier))
        else:
            assert item.photo is not None
            measured = (item.photo.cosine, item.photo.window_agreement, item.photo.blurred_ncc)
            assert measured == (said["cosine"], said["agreeing"], said["coarse"])
            assert (item.alteration is None) == (said["alteration"] is None)


def test_the_reason_silenced_of_earlier_rows_is_suppressed() -> None:
    (line,) = [line for line in BEFORE if '"silenced"' in line]
    row = from_json(line)
    assert isinstance(row, ScannedImage)
    assert row.verdict.reason is Reason.SUPPRESSED


def says_all(later: object, earlier: object) -> bool:
    """Whether JSON says what an earlier one said; its objects may say more."""
    if isinstance(later, dict) and isinstance(earlier, dict):
        return all(name in later and says_all(later[name], value) for name, value in earlier.items())
    if isinstance(later, list) and isinstance(earlier, list):
        return len(later) == len(earlier) and all(map(says_all, later, earlier))
    return later == earlier


@pytest.mark.parametrize("line", FIRST)
def test_a_row_of_format_1_is_read_for_as_long_as_rows_are_kept(line: str) -> None:
    """If this fails after a field was added, give that field a default: rows without it are kept for years."""
    assert says_all(json.loads(to_json(from_json(line))), json.loads(line))


def test_a_row_says_its_format() -> None:
    assert json.loads(to_json(ROW))["format"] == FORMAT == 1
    assert json.loads(to_json(FailedImage("a.jpg", "empty_image", "no bytes")))["format"] == 1


def test_a_row_of_a_later_format_is_refused_with_what_to_do() -> None:
    line = json.dumps(json.loads(to_json(ROW)) | {"format": 2})
    with pytest.raises(ValueError, match="row format 2, and this Markscan reads up to 1"):
        from_json(line)


def test_fields_that_a_later_program_added_to_format_1_are_passed_over() -> None:
    fields = json.loads(to_json(ROW))
    fields["weather"] = "fine"
    fields["evidence"][0]["weather"] = fields["evidence"][0]["photo"]["weather"] = "fine"
    fields["evidence"][0]["photo"]["alteration"]["weather"] = "fine"
    assert from_json(json.dumps(fields)) == ROW


@pytest.mark.parametrize("kind", IMAGE_KINDS)
def test_evidence_has_the_measurements_of_its_kind_and_no_others(kind: ReferenceKind) -> None:
    item = next(item for item in json.loads(to_json(ROW))["evidence"] if item["kind"] == kind)
    assert {name for name in ("logo", "photo") if item[name] is not None} == {kind.value}


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json(ScannedImage("a.jpg", replace(VERDICT, evidence=(replace(EVIDENCE, ncc=math.nan),))))


def test_half_a_row_is_none() -> None:
    fields = json.loads(to_json(ROW))
    del fields["policy"]
    with pytest.raises(ValueError, match="neither a verdict nor an error"):
        from_json(json.dumps(fields))


def test_a_row_from_before_format_1_that_lacks_a_field_is_refused() -> None:
    said = json.loads(next(line for line in BEFORE if '"photo_copied"' in line))
    del said["evidence"][0]["correlation"]
    with pytest.raises(KeyError):
        upgraded(said)


def test_every_field_of_a_row_is_in_its_json() -> None:
    fields_of_row = json.loads(to_json(ROW))
    assert set(RowFields.model_fields) - set(fields_of_row) == {"error"}
    photo, logo = fields_of_row["evidence"]
    assert set(photo) == {field.name for field in fields(Evidence)}
    assert set(photo["photo"]) == {field.name for field in fields(PhotoMeasurements)}
    assert set(photo["photo"]["alteration"]) == {field.name for field in fields(Alteration)}
    assert set(logo["logo"]) == {field.name for field in fields(LogoMeasurements)}


def test_what_says_why_an_image_is_no_copy_is_written_however_weak_it_is() -> None:
    assert EVIDENCE.photo is not None
    cells = tuple(((x, 0.0), (x + 9.0, 0.0), (x + 9.0, 9.0)) for x in (0.0, 20.0))
    chart = replace(
        EVIDENCE.photo,
        shared=Shared.TEMPLATE,
        differing=cells,
        region=cells[:1],
        content=replace(NO_CONTENT, agreement=0.4),
    )
    alike = tuple(replace(EVIDENCE, reference_id=str(number), confidence=0.01, photo=chart) for number in range(5))
    weak = replace(EVIDENCE, confidence=0.01)
    row = ScannedImage("a.jpg", replace(VERDICT, evidence=(*alike, weak)))
    read = from_json(to_json(row, min_confidence=0.5))
    assert isinstance(read, ScannedImage)
    assert read.verdict.evidence == alike[:SHARED_WRITTEN]


@pytest.mark.parametrize("line", [*BEFORE, *FIRST])
def test_rows_of_before_say_nothing_of_regions_and_claim_no_refined_quadrilateral(line: str) -> None:
    row = from_json(line)
    for item in row.verdict.evidence if isinstance(row, ScannedImage) else ():
        assert (item.refined, item.shared) == (None, None)
        assert item.photo is None or (item.photo.region, item.photo.differing) == ((), ())


def test_the_other_places_of_a_logo_are_written_and_read_and_earlier_rows_have_none() -> None:
    found = replace(LOGO, elsewhere=(replace(LOGO, confidence=0.4),))
    row = ScannedImage("a.jpg", replace(VERDICT, evidence=(found,)))
    assert from_json(to_json(row)) == row
    earlier = from_json(FIRST[0])
    assert isinstance(earlier, ScannedImage)
    assert {each.elsewhere for each in earlier.verdict.evidence} == {()}
