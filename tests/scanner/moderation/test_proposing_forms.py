"""A confirmed match is proposed as a form of its mark, and taken back with its confirmation."""

from dataclasses import replace

import numpy as np
import pytest

from brand_index.errors import InvalidField, UnknownRecord
from scanner.engine.boxes import Box, overlap
from scanner.engine.crops.crop_embedding import pack
from scanner.engine.examiner import Examiner
from scanner.engine.types import NO_LOGO
from scanner.moderation.forms.proposing import (
    FormDecided,
    NoForm,
    confirmed_together,
    forms_of_case,
    list_forms,
    refuse,
)
from scanner.moderation.forms.tables import FormState, ProposedForm
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.verdicts.case_states import CaseState, Ground
from tests.scanner.engine.test_part_views import examiner, printed, sign  # noqa: F401 - a fixture
from tests.scanner.moderation.test_cases import COPY, LOGO, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import COMPLAINT, REMOVED, Office, office  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

RNG = np.random.default_rng(7)
CROP, OTHER = (RNG.standard_normal(64).astype(np.float32) for _ in range(2))
MATCH = replace(LOGO, box=Box(3, 4, 60, 40), logo=replace(NO_LOGO, cosine=0.55, embedding=pack(CROP, "weights")))


def proposed(office: Office, user: str = "ann") -> tuple[int, ProposedForm]:  # noqa: F811
    """The number of a decision that proposes MATCH, and the form."""
    case = office.desk.flag(MATCH)
    (made,) = office.seller_notices.decide([case.case_id], user, CaseState.CONFIRMED, propose=True, now=NOW)
    (form,) = forms_of_case(office.desk.registry.database, case.case_id)
    return made.decision_id, form


def now_of(office: Office, form: ProposedForm) -> ProposedForm:  # noqa: F811
    (found,) = forms_of_case(office.desk.registry.database, form.case_id)
    return found


def test_a_confirmation_proposes_the_region_of_its_match_if_the_reviewer_wants_that(office: Office) -> None:  # noqa: F811
    _, form = proposed(office)
    assert (form.region, form.reference_id, form.proposed_by) == ((3, 4, 60, 40), MATCH.reference_id, "ann")
    assert form.state is FormState.PROPOSED


def test_a_part_that_stands_alone_is_proposed_without_the_bare_ground_beside_it(
    office: Office,  # noqa: F811
    examiner: Examiner,  # noqa: F811
) -> None:
    (item,) = examiner.examine(printed(sign(), 150)).evidence
    case = office.desk.flag(replace(item, reference_id=LOGO.reference_id, brand_id=LOGO.brand_id))
    office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, propose=True, now=NOW)
    (form,) = forms_of_case(office.desk.registry.database, case.case_id)
    assert overlap(Box(*form.region), Box(300, 60, 450, 210)) > 0.7


def test_a_confirmation_alone_proposes_nothing(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(MATCH)
    office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
    assert forms_of_case(office.desk.registry.database, case.case_id) == ()


def test_a_photo_is_no_form_and_its_case_stays_open(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(COPY)
    with pytest.raises(NoForm, match="is about a photo: only the region of a logo"):
        office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, propose=True, now=NOW)
    assert office.desk.case(case.case_id).state is CaseState.OPEN


def test_a_mark_in_a_later_frame_of_an_animation_is_no_form(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(replace(MATCH, frame=2))
    with pytest.raises(NoForm, match="frame 3 of an animation"):
        office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, propose=True, now=NOW)


def test_a_mark_in_a_video_is_no_form(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(replace(MATCH, seconds=0.0))
    with pytest.raises(NoForm, match="shows the mark in a video"):
        office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, propose=True, now=NOW)


def test_undoing_the_confirmation_takes_a_waiting_form_back(office: Office) -> None:  # noqa: F811
    decision, form = proposed(office)
    office.seller_notices.undo(decision, "ann", NOW)
    assert (now_of(office, form).state, now_of(office, form).reason) == (
        FormState.TAKEN_BACK,
        f"The confirmation of case {form.case_id[:8]} is undone.",
    )


def test_a_successful_appeal_takes_a_waiting_form_back(office: Office) -> None:  # noqa: F811
    _, form = proposed(office)
    sent = office.seller_notices.send(form.case_id, REMOVED, "ann", NOW)
    appeal = submit_appeal(office.seller_notices, sent.seller_notice_id, COMPLAINT, NOW)
    office.appeals.decide(
        appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.AUTHORIZED, note="They are authorized."
    )
    assert now_of(office, form).state is FormState.TAKEN_BACK


def test_a_form_is_refused_with_a_reason_and_not_twice(office: Office) -> None:  # noqa: F811
    _, form = proposed(office)
    database = office.desk.registry.database
    assert refuse(database, form.form_id, "owner", "It is cut off.", NOW).reason == "It is cut off."
    with pytest.raises(FormDecided, match="form 1 is refused already by owner"):
        refuse(database, form.form_id, "owner", "", NOW)


def test_a_refused_form_stays_refused_when_its_confirmation_is_undone(office: Office) -> None:  # noqa: F811
    decision, form = proposed(office)
    refuse(office.desk.registry.database, form.form_id, "owner", "", NOW)
    office.seller_notices.undo(decision, "ann", NOW)
    assert now_of(office, form).state is FormState.REFUSED


@pytest.mark.parametrize(("number", "reason", "error"), [(7, "", UnknownRecord), (1, "x" * 501, InvalidField)])
def test_what_cannot_be_refused_says_why(
    office: Office,  # noqa: F811
    number: int,
    reason: str,
    error: type[Exception],
) -> None:
    proposed(office)
    with pytest.raises(error):
        refuse(office.desk.registry.database, number, "owner", reason, NOW)


def test_forms_are_listed_by_brand_and_state_the_newest_first(office: Office) -> None:  # noqa: F811
    _, first = proposed(office)
    _, second = proposed(office)
    database = office.desk.registry.database
    refuse(database, first.form_id, "owner", "", NOW)
    assert [each.form_id for each in list_forms(database, "acme")] == [second.form_id, first.form_id]
    assert list_forms(database, "acme", FormState.PROPOSED) == (second,)
    assert list_forms(database, "bolt") == ()


def test_the_audit_log_says_who_proposed_and_who_took_back_and_from_which_case(office: Office) -> None:  # noqa: F811
    decision, form = proposed(office)
    office.seller_notices.undo(decision, "ann", NOW)
    ((subject, begun),) = office.desk.events("form proposed")
    ((_, ended),) = office.desk.events("form taken back")
    assert (subject, begun["user"], ended["case"], ended["author"]) == (form.case_id, "ann", form.case_id, "ann")
    assert office.desk.registry.row_faults() == ()


# The policy


def a_form(number: int, user: str, crop: np.ndarray = CROP, reference: str = "acme-logo-r") -> ProposedForm:
    return ProposedForm(
        *(number, "acme", reference, f"case-{number}", 0, "00", (0, 0, 9, 9), pack(crop, "weights"), user, NOW),
        *(FormState.PROPOSED, "", None, None, None),
    )


def one_mark(one: str, other: str) -> bool:
    return one == other or {one, other} == {"acme-logo-r", "acme-logo-flat"}


def together(*forms: ProposedForm, confirmations: int = 2) -> list[list[int]]:
    return [[each.form_id for each in group] for group in confirmed_together(forms, confirmations, one_mark)]


def test_two_reviewers_who_propose_the_same_form_agree_whichever_form_was_matched() -> None:
    assert together(a_form(2, "bob", reference="acme-logo-flat"), a_form(1, "ann")) == [[1, 2]]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(a_form(2, "ann"), id="the same reviewer"),
        pytest.param(a_form(2, "bob", OTHER), id="another form"),
        pytest.param(a_form(2, "bob", reference="acme-logo-2"), id="another mark"),
        pytest.param(replace(a_form(2, "bob"), embedding=None), id="nothing to compare"),
    ],
)
def test_anything_else_is_no_agreement(other: ProposedForm) -> None:
    assert together(a_form(1, "ann"), other) == []


def test_a_policy_of_no_confirmations_accepts_nothing_and_of_one_each_form() -> None:
    assert together(a_form(1, "ann"), a_form(2, "bob"), confirmations=0) == []
    assert together(a_form(1, "ann"), a_form(2, "bob", OTHER), confirmations=1) == [[1], [2]]
