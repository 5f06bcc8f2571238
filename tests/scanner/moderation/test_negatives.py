"""A dismissal as another mark teaches: the same crop is held down at once, until the dismissal is undone."""

from dataclasses import replace

import numpy as np
import pytest

from scanner.engine.crops.crop_embedding import pack
from scanner.engine.types import NO_LOGO, Evidence
from scanner.moderation.cases.negatives import negatives_of
from scanner.moderation.cases.suppressions import feedback_on
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.feedback import ReviewFeedback
from scanner.verdicts.types import Decision, Reason
from tests.scanner.moderation.test_cases import COPY, LOGO, Shown, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import Office, office  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

CROP = np.random.default_rng(7).standard_normal(64).astype(np.float32)
MATCH = replace(LOGO, logo=replace(NO_LOGO, cosine=0.55, embedding=pack(CROP, "weights")))


def lessons(office: Office, match: Evidence = MATCH) -> ReviewFeedback:  # noqa: F811
    return feedback_on(office.desk.registry.database, [match], NOW)


def dismissed(office: Office, ground: Ground, match: Evidence = MATCH) -> int:  # noqa: F811
    """The number of the decision."""
    case = office.desk.flag(match)
    (made,) = office.seller_notices.decide([case.case_id], "ann", CaseState.DISMISSED, ground=ground, now=NOW)
    return made.decision_id


def test_what_was_dismissed_as_another_mark_is_not_asked_about_in_the_next_listing(office: Office) -> None:  # noqa: F811
    dismissed(office, Ground.NOT_THE_MARK)
    scan = office.desk.scan(Shown((MATCH,), sha256="b" * 64, pdq=None), lessons=lessons(office))
    assert (scan.decision, scan.reason) == (Decision.CLEAR, Reason.SUPPRESSED)


def test_undoing_the_dismissal_ends_that(office: Office) -> None:  # noqa: F811
    office.seller_notices.undo(dismissed(office, Ground.NOT_THE_MARK), "ann", NOW)
    scan = office.desk.scan(Shown((MATCH,), sha256="b" * 64, pdq=None), lessons=lessons(office))
    assert scan.decision is Decision.REVIEW


@pytest.mark.parametrize("ground", [Ground.AUTHORIZED, Ground.GENUINE_RESALE, Ground.NOMINATIVE_USE, Ground.PARODY])
def test_a_mark_that_is_there_and_was_allowed_is_no_negative(office: Office, ground: Ground) -> None:  # noqa: F811
    dismissed(office, ground)
    assert negatives_of(office.desk.registry.database, "acme") == ()


@pytest.mark.parametrize("match", [COPY, LOGO], ids=["a photo", "a logo that no crop was compared with"])
def test_without_a_crop_there_is_no_negative(office: Office, match: Evidence) -> None:  # noqa: F811
    dismissed(office, Ground.NOT_THE_MARK, match)
    assert negatives_of(office.desk.registry.database, "acme") == ()


def test_an_appeal_that_shows_another_mark_leaves_a_negative(office: Office) -> None:  # noqa: F811
    appeal = office.appealed(MATCH)
    office.appeals.decide(
        appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.NOT_THE_MARK, note="Another mark."
    )
    assert [each.author for each in negatives_of(office.desk.registry.database, "acme")] == ["bob"]


def test_the_audit_log_says_who_taught_what_from_which_case_and_that_it_ended(office: Office) -> None:  # noqa: F811
    office.seller_notices.undo(dismissed(office, Ground.NOT_THE_MARK), "ann", NOW)
    ((subject, begun),) = office.desk.events("negative recorded")
    ((_, ended),) = office.desk.events("negative ended")
    assert subject == MATCH.reference_id
    assert (begun["author"], ended["author"], begun["case"]) == ("ann", "ann", ended["case"])
    assert office.desk.registry.row_faults() == ()
