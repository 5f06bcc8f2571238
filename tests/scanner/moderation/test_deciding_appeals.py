"""An appeal is decided by somebody else than who decided before, on a ground that fits, in sight of all documents."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from brand_index.errors import InvalidField
from scanner.moderation.cases.notices import NoticeSubmission, list_notifiers
from scanner.moderation.seller_notices.appeals import Appeals, SecondReviewerNeeded
from scanner.moderation.seller_notices.deciders import deciders_of
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.store import Measures, SellerNotices
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, SellerNotice
from scanner.verdicts.case_states import CaseState, Ground, grounds_for
from scanner.verdicts.policy import Restriction
from tests.scanner.moderation.test_cases import COPY, LISTING, LOGO, Shown, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import (
    COMPLAINT,
    REMOVED,
    SECRET,
    SETTINGS,
    Office,
    office,  # noqa: F401 - a fixture
)
from tests.scanner.verdicts.test_judgement import NOW

SHOWN_SINCE = date(2024, 5, 1)


def deciders(office: Office, seller_notice: SellerNotice) -> frozenset[str]:  # noqa: F811
    with office.desk.registry.database.read() as connection:
        return deciders_of(connection, [seller_notice])[seller_notice.seller_notice_id]


def uphold(office: Office, appeal: Appeal, user: str) -> Appeal:  # noqa: F811
    return office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, user, NOW, note="No licence was shown.")


def test_who_confirmed_or_sent_the_notice_does_not_decide_the_appeal(office: Office) -> None:  # noqa: F811
    both = [office.desk.flag(COPY, listing=replace(LISTING, seller_id=name)).case_id for name in ("S1", "S2")]
    office.seller_notices.decide(both, "ann", CaseState.CONFIRMED, now=NOW)  # in one batch
    sent = office.seller_notices.send(both[1], REMOVED, "bob", NOW)
    appeal = submit_appeal(office.seller_notices, sent.seller_notice_id, COMPLAINT, NOW)
    assert deciders(office, sent) == {"ann", "bob"}
    for user in ("ann", "bob"):
        with pytest.raises(SecondReviewerNeeded, match="somebody other than ann and bob must"):
            uphold(office, appeal, user)
        with pytest.raises(SecondReviewerNeeded):
            office.appeals.decide(
                appeal.appeal_id, AppealOutcome.REVERSED, user, NOW, ground=Ground.OWN_PHOTO, note="Theirs."
            )
    assert uphold(office, appeal, "cy").decided_by == "cy"


def test_the_rights_holders_consent_is_not_reported_by_who_decided(office: Office) -> None:  # noqa: F811
    appeal = office.appealed(LOGO)
    with pytest.raises(SecondReviewerNeeded):
        office.appeals.answer(appeal.appeal_id, Answer.AGREES, "They wrote so.", "ann", NOW)
    assert office.appeals.answer(appeal.appeal_id, Answer.INSISTS, "They wrote so.", "ann", NOW).outcome is None
    assert uphold(office, appeal, "bob").outcome is AppealOutcome.UPHELD


def test_an_undone_confirmation_and_the_policy_exclude_nobody(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(COPY)
    (first,) = office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
    office.seller_notices.undo(first.decision_id, "ann", NOW)
    office.seller_notices.decide([case.case_id], "bob", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    (sent,) = office.seller_notices.of_case(case.case_id)
    assert deciders(office, sent) == {"bob"}
    assert deciders(office, replace(sent, automated=True, author="strict", case_id="purged")) == frozenset()


def test_a_team_of_one_decides_its_appeals_where_the_settings_say_so(office: Office) -> None:  # noqa: F811
    alone = SETTINGS.model_copy(update={"second_reviewer": False})
    notices = SellerNotices(office.desk.registry, office.seller_notices.store, alone, Links(SECRET, None))
    appeal = office.appealed()
    done = Appeals(notices).decide(appeal.appeal_id, AppealOutcome.UPHELD, "ann", NOW, note="No licence was shown.")
    assert done.decided_by == "ann"


def test_grounds_fit_the_kind_of_match(office: Office) -> None:  # noqa: F811
    assert {Ground.OWN_PHOTO, Ground.LICENSED_PHOTO}.isdisjoint(grounds_for(LOGO.kind))
    assert {Ground.GENUINE_RESALE, Ground.NOMINATIVE_USE}.isdisjoint(grounds_for(COPY.kind))
    assert set(grounds_for(None)) == set(Ground)
    appeal, logo = office.appealed(), office.desk.flag(LOGO)
    with pytest.raises(InvalidField, match=r"about a photo: ground genuine-resale does not fit; choose .*own-photo"):
        office.appeals.decide(
            appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.GENUINE_RESALE, note="x"
        )
    with pytest.raises(InvalidField, match="about a logo"):
        office.seller_notices.decide([logo.case_id], "bob", CaseState.DISMISSED, ground=Ground.LICENSED_PHOTO, now=NOW)


def test_a_notice_about_the_sellers_own_photo_was_wrong_though_the_match_was_right(office: Office) -> None:  # noqa: F811
    notice = NoticeSubmission("acme", COPY.kind, "Ours.")
    case_id = office.desk.scan(Shown((COPY,)), listing=LISTING, notice=notice).scan_id
    for ground, right in ((Ground.OWN_PHOTO, 0), (Ground.LICENSED_PHOTO, 1)):
        (made,) = office.seller_notices.decide([case_id], "ann", CaseState.DISMISSED, ground=ground, now=NOW)
        (notifier,) = list_notifiers(office.desk.registry.database)
        assert (notifier.precision.right, notifier.precision.decided) == (right, 1)
        office.seller_notices.undo(made.decision_id, "ann", NOW)


def test_the_first_day_of_the_listing_is_the_sellers_word_until_a_person_records_another(
    office: Office,  # noqa: F811
) -> None:
    appeal = office.appealed(submission=replace(COMPLAINT, listing_first_day=SHOWN_SINCE))
    assert appeal.listing_first_day == SHOWN_SINCE
    found = SHOWN_SINCE + timedelta(days=2)
    done = office.appeals.decide(
        appeal.appeal_id,
        AppealOutcome.REVERSED,
        "bob",
        NOW,
        ground=Ground.OWN_PHOTO,
        note="It was shown before.",
        listing_first_day=found,
    )
    assert done.listing_first_day == found
    case_id = office.seller_notice(appeal.seller_notice_id).case_id
    details = [json.loads(event.details) for event in office.desk.registry.history(subject=case_id)]
    days = [each.get("listing_first_day") for each in details]
    assert [day for day in days if day] == [SHOWN_SINCE.isoformat(), found.isoformat()]
    kept = office.appealed(submission=replace(COMPLAINT, listing_first_day=SHOWN_SINCE))
    assert uphold(office, kept, "bob").listing_first_day == SHOWN_SINCE


@pytest.mark.parametrize("day", [date(1989, 12, 31), NOW.date() + timedelta(days=2)])
def test_a_first_day_that_cannot_be_is_refused(office: Office, day: date) -> None:  # noqa: F811
    seller_notice = office.notified(measures=Measures(Restriction.REMOVED))
    with pytest.raises(InvalidField, match="not a possible day"):
        submit_appeal(
            office.seller_notices, seller_notice.seller_notice_id, replace(COMPLAINT, listing_first_day=day), NOW
        )
