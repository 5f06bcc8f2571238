"""A concealed mark in the report and in verdicts.csv: outlined, with its sureness, and without a reference."""

from dataclasses import replace
from pathlib import Path

from scanner.bulk.report.outlines import marks_of_patch
from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch
from scanner.verdicts.types import Decision, Reason
from tests.scanner.bulk.test_report import LOGO, Desk, table

SURE, UNSURE = ConcealedPatch(Box(20, 30, 120, 90), 0, 0.87), ConcealedPatch(Box(0, 0, 9, 9), 0, 0.2)
CONCEALED = {
    "decision": Decision.REVIEW,
    "reason": Reason.MARK_CONCEALED,
    "evidence": (),
    "counted": (),
    "concealed": (SURE, UNSURE),
}


def test_the_patch_that_counts_is_outlined_and_said(tmp_path: Path) -> None:
    page = Desk(tmp_path).page(Desk(tmp_path / "other").row("a.png", **CONCEALED))
    assert sum(attributes.get("class") == "line" for tag, attributes in page.tags if tag == "polygon") == 1
    assert "A patch on the goods seems to conceal a mark." in page.said
    assert "Concealed mark87 % sure" in page.said
    assert "no authorization" not in page.said
    (card,) = page.cards()
    assert card["data-sure"] == "0.87"


def test_evidence_beside_a_concealed_mark_is_not_decisive(tmp_path: Path) -> None:
    row = Desk(tmp_path / "other").row("a.png", **{**CONCEALED, "evidence": (replace(LOGO, confidence=0.6),)})
    assert "(not decisive)" in Desk(tmp_path).page(row).said


def test_the_table_has_the_box_and_the_confidence_of_the_patch(tmp_path: Path) -> None:
    (line,) = table(tmp_path, Desk(tmp_path / "other").row("a.png", **CONCEALED))
    assert (line["reason"], line["confidence"], line["left"], line["bottom"]) == ("mark_concealed", "0.87", "20", "90")
    assert (line["reference_id"], line["kind"], line["counted"]) == ("", "", "")


def test_an_outline_is_cut_at_the_edge_of_the_image() -> None:
    (outline,) = marks_of_patch(replace(SURE, box=Box(-5, 10, 300, 40)), 100, 50).match
    assert all(0 <= x <= 100 for x, _ in outline)
