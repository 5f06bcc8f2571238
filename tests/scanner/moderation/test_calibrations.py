"""The decided cases of a mark calibrate its next matches; undone ones, notices and repeated images do not count."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from brand_index.types import Brand, Form, ReferenceKind
from scanner.engine.types import Evidence
from scanner.moderation.cases.calibrations import Calibrations, mark_names
from scanner.moderation.cases.cases import Filters
from scanner.moderation.cases.decisions import undo
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.feedback import ReviewFeedback
from scanner.verdicts.weighing.calibration import Calibration
from tests.scanner.moderation.test_cases import Desk, Shown, desk
from tests.scanner.verdicts.test_judgement import NOW, an_item

__all__ = ["desk"]  # the fixture
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
DAY = timedelta(days=1)


def register(
    desk: Desk,
    digit: str,
    mark: int | None,
    kind: ReferenceKind = ReferenceKind.LOGO,
    form: Form | None = None,
    now: datetime = NOW,
) -> str:
    """The id of a reference of this mark."""
    desk.registry.add_brand(ACME, NOW)
    reference, _ = desk.registry.add_reference(
        brand="acme",
        kind=kind,
        sha256=digit * 64,
        suffix=".png",
        mark_id=mark,
        source_name=f"{digit}.png",
        width=64,
        height=64,
        warnings=(),
        now=now,
        form=form,
    )
    return reference.reference_id


def mark(desk: Desk, number: str = "1") -> int:
    desk.registry.add_brand(ACME, NOW)
    return desk.registry.add_mark(brand="acme", office="EM", registration_number=number, now=NOW).mark_id


def match(reference: str, confidence: float = 0.9) -> Evidence:
    return replace(an_item(ReferenceKind.LOGO, confidence), reference_id=reference)


def decided(desk: Desk, reference: str, number: int, *, wrong: int, ground: Ground = Ground.NOT_THE_MARK) -> list[int]:
    """The numbers of decisions on so many cases of one reference, the first `wrong` of which are dismissed."""
    made = []
    for place in range(number):
        # Images that differ are clusters of their own.
        pdq = f"{(place * 2654435761) % 2**32:08x}" * 8
        case = desk.flag(match(reference, 0.8 + 0.004 * (place % 30)), pdq=pdq, sha256=f"{place:064x}")
        state = CaseState.DISMISSED if place < wrong else CaseState.CONFIRMED
        made.append(desk.decide(case, state, ground=ground if place < wrong else None))
    return made


def test_the_decided_cases_of_a_mark_calibrate_all_its_references(desk: Desk) -> None:
    number = mark(desk)
    one, other = register(desk, "a", number), register(desk, "b", number)
    decided(desk, one, 30, wrong=15)
    found = Calibrations(desk.registry.database, 30).of({one, other})
    assert found[one] == found[other]
    assert found[one].decided == 30
    assert found[one].confidence(0.9) < 0.75


def test_other_marks_and_the_words_of_the_mark_keep_their_confidence(desk: Desk) -> None:
    number = mark(desk)
    one, word = register(desk, "a", number), register(desk, "b", number, ReferenceKind.WORD)
    other, alone = register(desk, "c", mark(desk, "2")), register(desk, "d", None)
    decided(desk, one, 30, wrong=15)
    assert set(Calibrations(desk.registry.database, 30).of({one, word, other, alone})) == {one}


def test_a_reference_without_a_mark_is_a_mark_by_itself(desk: Desk) -> None:
    one, other = register(desk, "a", None), register(desk, "b", None)
    decided(desk, one, 30, wrong=15)
    assert set(Calibrations(desk.registry.database, 30).of({one, other})) == {one}


def test_with_29_decided_cases_nothing_changes(desk: Desk) -> None:
    one = register(desk, "a", None)
    decided(desk, one, 29, wrong=20)
    assert Calibrations(desk.registry.database, 30).of({one}) == {}


def test_an_undone_decision_counts_no_more(desk: Desk) -> None:
    one = register(desk, "a", None)
    calibrations = Calibrations(desk.registry.database, 30)
    last = decided(desk, one, 30, wrong=15)[-1]
    assert set(calibrations.of({one})) == {one}
    undo(desk.registry.database, last, "ann", NOW)
    assert calibrations.of({one}) == {}


def test_a_case_that_is_decided_later_changes_what_was_known(desk: Desk) -> None:
    one = register(desk, "a", None)
    calibrations = Calibrations(desk.registry.database, 30)
    decided(desk, one, 30, wrong=15)
    before = calibrations.of({one})[one]
    case = desk.flag(match(one), pdq=None, sha256="f" * 64)
    desk.decide(case, CaseState.DISMISSED, ground=Ground.NOT_THE_MARK)
    after = calibrations.of({one})[one]
    assert (before.decided, after.decided) == (30, 31)
    assert after.confidence(0.9) < before.confidence(0.9)


def test_decisions_on_other_marks_do_not_fit_this_one_again(desk: Desk) -> None:
    one, other = register(desk, "a", None), register(desk, "b", None)
    calibrations = Calibrations(desk.registry.database, 30)
    decided(desk, one, 30, wrong=15)
    before = calibrations.of({one})[one]
    decided(desk, other, 1, wrong=0)
    assert calibrations.of({one})[one] is before


@pytest.mark.parametrize("ground", [Ground.AUTHORIZED, Ground.GENUINE_RESALE, Ground.NOMINATIVE_USE, Ground.PARODY])
def test_a_mark_that_may_be_shown_was_rightly_found(desk: Desk, ground: Ground) -> None:
    one = register(desk, "a", None)
    decided(desk, one, 30, wrong=20, ground=ground)
    (assessment,) = Calibrations(desk.registry.database, 30).all().values()
    assert assessment.precision.right == 30


def test_cases_with_one_image_count_once(desk: Desk) -> None:
    one = register(desk, "a", None)
    for _ in range(40):
        desk.flag(match(one))
    for case_id in desk.found(Filters(brand_id="acme")):
        desk.decide(desk.case(case_id), CaseState.DISMISSED, ground=Ground.NOT_THE_MARK)
    (assessment,) = Calibrations(desk.registry.database, 30).all().values()
    assert assessment.precision.decided == 1
    assert assessment.calibration is None


def test_cases_of_notices_do_not_count(desk: Desk) -> None:
    one = register(desk, "a", None)
    notice = NoticeSubmission(brand_id="acme", kind=ReferenceKind.LOGO, statement="it is ours")
    scan = desk.scan(Shown((match(one),)), notice=notice)
    desk.decide(desk.case(scan.scan_id))
    assert Calibrations(desk.registry.database, 30).all() == {}


def test_cases_that_a_calibration_flagged_teach_with_the_confidence_that_ships(desk: Desk) -> None:
    one = register(desk, "a", None)
    lowered = ReviewFeedback(calibrations={one: Calibration(-1.0, 1.0, 0.0, 4.0, 40)})
    scan = desk.scan(Shown((match(one, 0.9),)), lessons=lowered)
    case = desk.case(scan.scan_id)
    assert case.confidence == pytest.approx(0.768, abs=0.001)
    desk.decide(case)
    (assessment,) = Calibrations(desk.registry.database, 30).all().values()
    assert assessment.expected == 0.9


def test_a_mark_is_named_as_its_owner_names_it_else_by_its_first_artwork(desk: Desk) -> None:
    desk.registry.add_brand(ACME, NOW)
    sign = desk.registry.add_mark(brand="acme", name="sign", office="EM", registration_number="1", now=NOW).mark_id
    plain = desk.registry.add_mark(brand="acme", now=NOW).mark_id
    register(desk, "0", plain, form=Form.IN_USE)
    later, earlier = register(desk, "a", plain, now=NOW + DAY), register(desk, "b", plain)
    decided(desk, register(desk, "c", sign), 2, wrong=0)
    decided(desk, later, 1, wrong=0)
    assert earlier > later
    names = mark_names(desk.registry, Calibrations(desk.registry.database, 30).all())
    assert list(names.values()) == ["sign", "b.png"]


def test_a_mark_is_named_by_its_number_or_by_its_file(desk: Desk) -> None:
    one, other = register(desk, "a", mark(desk)), register(desk, "b", None)
    decided(desk, one, 2, wrong=0)
    decided(desk, other, 1, wrong=0)
    assessed = Calibrations(desk.registry.database, 30).all()
    assert list(mark_names(desk.registry, assessed).values()) == ["EM 1", "b.png"]
