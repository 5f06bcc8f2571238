"""What sellers are told stands with its decision and falls with it; appeals go the way that their law says."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import InvalidField, RegistryError, UnknownRecord
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.decisions import CaseTaken, decisions_on
from scanner.moderation.cases.notices import Claim
from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.enforcement import PointsGiven, PointsTakenBack
from scanner.moderation.enforcement.ledger import Ledger
from scanner.moderation.purging import purge_old
from scanner.moderation.seller_notices.appeals import BY_LAW, Appeals
from scanner.moderation.seller_notices.links import Links, read_secret
from scanner.moderation.seller_notices.queries import (
    appeals_against,
    documents_of,
    ended_appeals,
    notice_faults,
    pending_appeals,
    purge_notices,
    read_paper,
)
from scanner.moderation.seller_notices.rules import Step, due, put_back_window, steps
from scanner.moderation.seller_notices.store import Measures, Notices
from scanner.moderation.seller_notices.submission import MAX_DOCUMENTS, AppealRefused, Brought, Paper, bring_appeal
from scanner.moderation.seller_notices.tables import appeals, notices
from scanner.moderation.seller_notices.types import Answer, Appeal, Form, Notice, Outcome, Signatory, Track
from scanner.moderation.seller_notices.wording import standing_words, told
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Listing, Reason
from tests.scanner.moderation.test_cases import COPY, LISTING, LOGO, Desk, Look, desk  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
SECRET = b"s" * 32
MONDAY = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
REMOVED = Measures(Restriction.REMOVED, 6)
SWORN = Brought(Form.COUNTER_NOTICE, "It is my own photo.", Signatory("Ada L", "1 Main St", "+1 555"), sworn=True)
COMPLAINT = Brought(Form.COMPLAINT, "I have a licence.")
TOLD = ServiceSettings.model_validate(
    {"webhook_url": "http://market.example/hook", "webhook_secret": "whsec_" + "x" * 32, "site": "https://ip.example/"}
)


@dataclass(frozen=True)
class Office:
    """A store with what is done about sellers in it."""

    desk: Desk
    notices: Notices
    appeals: Appeals

    def confirmed(self, evidence: object = COPY, listing: Listing = LISTING) -> Case:
        """A case that was confirmed, of which nobody was told."""
        case = self.desk.flag(evidence, listing=listing)  # type: ignore[arg-type]
        self.notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
        return self.desk.case(case.case_id)

    def told(self, evidence: object = COPY, *, at: datetime = NOW, measures: Measures = REMOVED) -> Notice:
        """A notice about a confirmed case."""
        return self.notices.send(self.confirmed(evidence).case_id, measures, "ann", at)

    def appealed(self, evidence: object = COPY, brought: Brought = COMPLAINT, *, at: datetime = NOW) -> Appeal:
        """An appeal against such a notice."""
        return bring_appeal(self.notices, self.told(evidence, at=at).notice_id, brought, at)

    def notice(self, notice_id: str) -> Notice:
        """As it is now."""
        found = self.notices.notice(notice_id)
        assert found is not None
        return found

    def points(self) -> int:
        """Of the seller, that were given and not taken back."""
        events = Ledger(self.desk.registry.database).of("S1")
        taken = {event.of for event in events if isinstance(event, PointsTakenBack)}
        return sum(event.points for event in events if isinstance(event, PointsGiven) and event.event_id not in taken)

    def sent(self) -> list[str]:
        """The types of the messages to the marketplace, the oldest first."""
        return [json.loads(each.body)["type"] for each in list_deliveries(self.desk.registry.database)]


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Office:  # noqa: F811
    desk.registry.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
    links = Links(SECRET, str(TOLD.site))
    notices = Notices(desk.registry, Store(tmp_path), TOLD, links)
    return Office(desk, notices, Appeals(notices))


# Notices


def test_a_confirmation_tells_the_seller_and_gives_the_points_in_one_go(office: Office) -> None:
    case = office.desk.flag(COPY)
    office.notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    (notice,) = office.notices.of_case(case.case_id)
    assert (notice.seller_id, notice.restriction, notice.points, notice.automated) == ("S1", "removed", 6, False)
    assert notice.appeal_by == NOW + timedelta(days=184)
    assert office.points() == 6
    assert office.sent() == ["notice.sent"]


def test_what_cannot_be_told_leaves_the_case_undecided(office: Office) -> None:
    unknown = office.desk.flag(COPY, listing=Listing(listing_id="L-2"))
    with pytest.raises(InvalidField, match="seller is not known"):
        office.notices.decide([unknown.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    assert office.desk.case(unknown.case_id).state is CaseState.OPEN
    assert office.points() == 0


def test_nobody_is_told_of_a_case_that_is_not_confirmed(office: Office) -> None:
    case = office.desk.flag(COPY)
    with pytest.raises(InvalidField, match="confirm it"):
        office.notices.send(case.case_id, REMOVED, "ann", NOW)
    office.notices.decide([case.case_id], "ann", CaseState.DISMISSED, ground=Ground.PARODY, measures=REMOVED, now=NOW)
    assert office.notices.of_case(case.case_id) == ()


def test_what_only_a_rights_holder_and_a_person_saw_is_told_as_such(office: Office) -> None:
    claim = Claim("acme", ReferenceKind.LOGO, "Not our goods.")
    case = office.desk.case(office.desk.scan(Look(), listing=LISTING, claim=claim).scan_id)
    office.notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    (notice,) = office.notices.of_case(case.case_id)
    assert (notice.notified, notice.confidence, notice.reason) == (True, None, Reason.LOGO_UNAUTHORIZED)
    said = office.notices.words(notice)
    assert "The rights holder pointed it out. A person decided." in said
    assert "machine" not in said


def test_of_no_brand_there_is_nothing_to_tell(office: Office) -> None:
    case = office.desk.case(office.desk.scan(None, listing=LISTING).scan_id)
    with pytest.raises(InvalidField, match="no brand"):
        office.notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)


def test_one_notice_stands_at_a_time_and_the_next_is_counted(office: Office) -> None:
    first = office.told()
    with pytest.raises(InvalidField, match="stands already"):
        office.notices.send(first.case_id, REMOVED, "ann", NOW)
    office.notices.withdraw(first.notice_id, "ann", NOW)
    assert office.notices.send(first.case_id, REMOVED, "ann", NOW).nth == 2


def test_undoing_the_decision_takes_notice_and_points_back(office: Office) -> None:
    case = office.desk.flag(COPY)
    (made,) = office.notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    office.notices.undo(made.decision_id, "ann", NOW + DAY)
    (notice,) = office.notices.of_case(case.case_id)
    assert notice.ended_at == NOW + DAY
    assert office.points() == 0
    assert office.desk.case(case.case_id).state is CaseState.OPEN
    assert office.sent() == ["notice.sent", "notice.withdrawn"]


def test_a_reviewer_undoes_its_own_decisions_alone(office: Office) -> None:
    case = office.desk.flag(COPY)
    (made,) = office.notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
    with pytest.raises(CaseTaken, match="ann's"):
        office.notices.undo(made.decision_id, "bob", NOW)
    assert office.notices.undo(made.decision_id, "root", NOW, anybodys=True).state is CaseState.OPEN


def test_points_that_somebody_took_back_are_not_taken_twice(office: Office) -> None:
    notice = office.told()
    assert notice.ledger_event is not None
    Ledger(office.desk.registry.database).take_back(notice.ledger_event, "bob", NOW)
    office.notices.withdraw(notice.notice_id, "ann", NOW)
    events = Ledger(office.desk.registry.database).of("S1")
    assert len([event for event in events if isinstance(event, PointsTakenBack)]) == 1


def test_a_notice_that_fell_is_not_withdrawn_again(office: Office) -> None:
    notice = office.told()
    office.notices.withdraw(notice.notice_id, "ann", NOW)
    with pytest.raises(UnknownRecord):
        office.notices.withdraw(notice.notice_id, "ann", NOW)


def test_a_notice_says_what_where_why_on_what_evidence_and_what_now(office: Office) -> None:
    notice = office.told()
    said = office.notices.words(notice)
    for part in ("listing L-1 was removed", "6 points", "market DE", "Acme", "99 % sure", "A person decided."):
        assert part in said
    assert f"https://ip.example/appeal/{notice.notice_id}" in said
    assert "counter-notice" in said
    assert "counter-notice" not in office.notices.words(replace(notice, kind=ReferenceKind.LOGO))
    assert "relies on" not in said
    relying = ServiceSettings(clause="Clause 7 of our terms")
    other = Notices(office.desk.registry, office.notices.store, relying, office.notices.links)
    assert "The decision relies on Clause 7 of our terms." in other.words(notice)
    assert "A machine decided" in office.notices.words(replace(notice, automated=True))


def test_each_step_is_an_event_of_the_history(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(appeal.appeal_id, Outcome.REVERSED, "bob", NOW, ground=Ground.AUTHORIZED, note="A licence.")
    case_id = office.notice(appeal.notice_id).case_id
    happened = [event.what for event in office.desk.registry.history(subject=case_id)]
    assert happened[-4:] == ["notice sent", "appeal received", "appeal decided", "case decided"]
    assert office.desk.registry.history_faults() == ()


def test_what_was_changed_since_it_was_recorded_is_found(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", NOW, note="No.")
    database = office.desk.registry.database
    assert list(notice_faults(database)) == []
    with database.write(NOW) as write:
        write.connection.execute(notices.update().values(points=0))
        write.connection.execute(appeals.update().values(outcome_note="Yes."))
    assert list(notice_faults(database)) == [
        f"notice {appeal.notice_id} is not as it was recorded",
        f"appeal {appeal.appeal_id} is not as it was recorded",
    ]


# Addresses


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    made = read_secret(Store(tmp_path))
    assert read_secret(Store(tmp_path)) == made
    assert Store(tmp_path).secret.stat().st_mode & 0o077 == 0
    Store(tmp_path).secret.write_bytes(b"short")
    with pytest.raises(RegistryError, match="bring back"):
        read_secret(Store(tmp_path))


def test_an_address_is_of_its_notice_alone() -> None:
    links = Links(SECRET, None)
    token = links.path("a" * 32).rpartition("/")[2]
    assert links.notice(token) == "a" * 32
    assert links.notice("b" * 32 + token[32:]) is None
    assert Links(b"t" * 32, None).notice(token) is None
    assert links.address("a" * 32) is None


@given(st.text(max_size=120))
def test_no_text_that_is_made_up_is_an_address(text: str) -> None:
    assert Links(SECRET, None).notice(text) is None


# Bringing an appeal


def test_an_appeal_is_kept_with_its_papers(office: Office) -> None:
    papers = (Paper("../../licence.pdf", b"%PDF"), Paper("bill\n.jpg", b"\xff\xd8"))
    appeal = office.appealed(brought=replace(COMPLAINT, papers=papers))
    database = office.desk.registry.database
    assert appeals_against(database, appeal.notice_id) == (appeal,)
    documents = documents_of(database, appeal.appeal_id)
    assert [each.name for each in documents] == ["licence.pdf", "bill\ufffd.jpg"]
    assert [read_paper(office.notices.store, each) for each in documents] == [b"%PDF", b"\xff\xd8"]
    assert sorted(office.sent()) == ["appeal.received", "notice.sent"]


def test_an_appeal_in_time_is_taken_and_one_moment_later_is_not(office: Office) -> None:
    notice = office.told()
    with pytest.raises(AppealRefused, match="were to come before"):
        bring_appeal(office.notices, notice.notice_id, COMPLAINT, notice.appeal_by)
    bring_appeal(office.notices, notice.notice_id, COMPLAINT, notice.appeal_by - MOMENT)


def test_there_is_one_appeal_of_a_form_and_one_at_a_time(office: Office) -> None:
    appeal = office.appealed()
    with pytest.raises(AppealRefused, match="already"):
        bring_appeal(office.notices, appeal.notice_id, SWORN, NOW)
    office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", NOW, note="No licence was shown.")
    with pytest.raises(AppealRefused, match="already"):
        bring_appeal(office.notices, appeal.notice_id, COMPLAINT, NOW)
    bring_appeal(office.notices, appeal.notice_id, SWORN, NOW)


def test_a_notice_that_fell_is_not_appealed_against(office: Office) -> None:
    notice = office.told()
    office.notices.withdraw(notice.notice_id, "ann", NOW)
    with pytest.raises(AppealRefused, match="no longer stands"):
        bring_appeal(office.notices, notice.notice_id, COMPLAINT, NOW)


def test_a_trade_mark_knows_no_counter_notice(office: Office) -> None:
    with pytest.raises(AppealRefused, match="trade mark"):
        office.appealed(LOGO, SWORN)


@pytest.mark.parametrize(
    "brought",
    [
        replace(SWORN, sworn=False),
        replace(SWORN, signatory=None),
        replace(SWORN, signatory=Signatory("Ada L", " ", "+1 555")),
        replace(COMPLAINT, statement=" \n"),
        replace(COMPLAINT, statement="x" * 5_001),
        replace(COMPLAINT, statement="bell \x07"),
        replace(COMPLAINT, papers=(Paper("empty.pdf", b""),)),
        replace(COMPLAINT, papers=(Paper("x.pdf", b"x"),) * (MAX_DOCUMENTS + 1)),
    ],
    ids=["not sworn", "nobody", "no address", "nothing said", "too long", "controls", "empty paper", "many papers"],
)
def test_an_appeal_that_lacks_something_is_refused(office: Office, brought: Brought) -> None:
    notice = office.told()
    with pytest.raises(InvalidField):
        bring_appeal(office.notices, notice.notice_id, brought, NOW)
    assert appeals_against(office.desk.registry.database, notice.notice_id) == ()


# Copyright


def test_a_photos_complaint_is_the_marketplaces_to_decide(office: Office) -> None:
    appeal = office.appealed()
    assert appeal.owner_by is None
    assert steps(appeal, office.notice(appeal.notice_id), NOW) == {Step.REVERSE, Step.UPHOLD}


def test_a_reversal_takes_all_of_it_back_and_corrects_the_label(office: Office) -> None:
    appeal = office.appealed()
    done = office.appeals.decide(
        appeal.appeal_id, Outcome.REVERSED, "bob", NOW + DAY, ground=Ground.NOT_THE_MARK, note="Another photo."
    )
    notice = office.notice(appeal.notice_id)
    case = office.desk.case(notice.case_id)
    assert (done.outcome, done.decided_by, done.outcome_note) == (Outcome.REVERSED, "bob", "Another photo.")
    assert notice.ended_at == NOW + DAY
    assert office.points() == 0
    assert (case.state, case.ground) == (CaseState.DISMISSED, Ground.NOT_THE_MARK)
    assert decisions_on(office.desk.registry.database, case.case_id)[-1].user_id == "bob"
    assert office.sent()[-1] == "appeal.decided"


def test_a_decision_that_stands_keeps_notice_and_points(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", NOW, note="No licence was shown.")
    assert office.notice(appeal.notice_id).ended_at is None
    assert office.points() == 6


@pytest.mark.parametrize(
    ("outcome", "ground", "note"),
    [
        (Outcome.UPHELD, None, " "),
        (Outcome.UPHELD, Ground.PARODY, "why"),
        (Outcome.REVERSED, None, "why"),
        (Outcome.PUT_BACK, None, "why"),
    ],
)
def test_an_outcome_says_why(office: Office, outcome: Outcome, ground: Ground | None, note: str) -> None:
    appeal = office.appealed()
    with pytest.raises(InvalidField):
        office.appeals.decide(appeal.appeal_id, outcome, "bob", NOW, ground=ground, note=note)


def test_what_is_decided_is_not_decided_again(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", NOW, note="No.")
    with pytest.raises(AppealRefused):
        office.appeals.decide(appeal.appeal_id, Outcome.REVERSED, "bob", NOW, ground=Ground.PARODY, note="Yes.")


def test_business_days_pass_over_weekends_and_holidays() -> None:
    window = put_back_window(MONDAY)
    assert window == (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    assert put_back_window(MONDAY, {date(2026, 11, 11)}).opens == datetime(2026, 11, 17, tzinfo=UTC)
    saturday = MONDAY + 5 * DAY
    assert (
        put_back_window(saturday).opens == put_back_window(saturday + DAY).opens == datetime(2026, 11, 20, tzinfo=UTC)
    )


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda each: each.replace(tzinfo=UTC)))
def test_a_window_opens_after_ten_business_days_and_closes_with_the_fourteenth(received: datetime) -> None:
    opens, closes = put_back_window(received)
    days = [received.date() + timedelta(days=number) for number in range(1, 40)]
    business = [day for day in days if day.weekday() < 5]
    assert opens.date() == business[9]
    assert closes.date() == business[13] + DAY
    assert opens - received >= 10 * DAY


def test_a_counter_notice_is_put_back_when_its_window_opens_and_not_before(office: Office) -> None:
    appeal = office.appealed(brought=SWORN, at=MONDAY)
    opens = put_back_window(MONDAY).opens
    assert office.appeals.put_back_due(opens - MOMENT) == ()
    (done,) = office.appeals.put_back_due(opens)
    assert (done.appeal_id, done.outcome, done.decided_by) == (appeal.appeal_id, Outcome.PUT_BACK, BY_LAW)
    notice = office.notice(appeal.notice_id)
    assert notice.ended_at == opens
    assert office.points() == 0
    assert office.desk.case(notice.case_id).state is CaseState.CONFIRMED, "nobody found that the match was wrong"
    assert office.appeals.put_back_due(opens + DAY) == ()


def test_an_action_at_a_court_keeps_it_down(office: Office) -> None:
    appeal = office.appealed(brought=SWORN, at=MONDAY)
    office.appeals.answer(appeal.appeal_id, Answer.SUES, "N.D. Cal., 26-cv-1", "owner", MONDAY + DAY)
    assert office.appeals.put_back_due(MONDAY + 60 * DAY) == ()
    assert (
        due(
            office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", MONDAY + 61 * DAY, note="Judgment."),
            office.notice(appeal.notice_id),
        )
        is None
    )


def test_an_action_names_its_court(office: Office) -> None:
    appeal = office.appealed(brought=SWORN)
    with pytest.raises(InvalidField, match="court"):
        office.appeals.answer(appeal.appeal_id, Answer.SUES, "", "owner", NOW)


def test_to_insist_does_not_stop_a_counter_notice(office: Office) -> None:
    appeal = office.appealed(brought=SWORN, at=MONDAY)
    office.appeals.answer(appeal.appeal_id, Answer.INSISTS, "It is ours.", "owner", MONDAY + DAY)
    with pytest.raises(AppealRefused):
        office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", MONDAY + 60 * DAY, note="They insist.")
    assert len(office.appeals.put_back_due(put_back_window(MONDAY).opens)) == 1


# Trade mark


def test_a_logos_appeal_goes_to_the_owner_first(office: Office) -> None:
    appeal = office.appealed(LOGO)
    assert appeal.owner_by == NOW + timedelta(days=7)
    notice = office.notice(appeal.notice_id)
    assert notice.track is Track.TRADE_MARK
    assert due(appeal, notice) == appeal.owner_by
    with pytest.raises(AppealRefused):
        office.appeals.decide(appeal.appeal_id, Outcome.UPHELD, "bob", NOW, note="No.")


def test_a_person_decides_once_the_owner_insists_or_is_late(office: Office) -> None:
    appeal = office.appealed(LOGO)
    notice = office.notice(appeal.notice_id)
    assert appeal.owner_by is not None
    assert Step.UPHOLD not in steps(appeal, notice, appeal.owner_by - MOMENT)
    assert Step.UPHOLD in steps(appeal, notice, appeal.owner_by)
    insists = office.appeals.answer(appeal.appeal_id, Answer.INSISTS, "A fake.", "owner", NOW)
    assert steps(insists, notice, NOW) == {Step.REVERSE, Step.UPHOLD}


def test_an_owner_that_agrees_ends_it(office: Office) -> None:
    appeal = office.appealed(LOGO)
    done = office.appeals.answer(appeal.appeal_id, Answer.AGREES, "They are a dealer.", "owner", NOW)
    assert (done.outcome, done.ground, done.decided_by) == (Outcome.REVERSED, Ground.AUTHORIZED, "owner")
    assert office.points() == 0


def test_no_action_at_a_court_answers_a_trade_marks_appeal(office: Office) -> None:
    appeal = office.appealed(LOGO)
    with pytest.raises(AppealRefused):
        office.appeals.answer(appeal.appeal_id, Answer.SUES, "Court 1", "owner", NOW)


# What waits, and what is taken away


def test_the_most_urgent_waits_first_and_an_owner_sees_its_own(office: Office) -> None:
    plain, counter, logo = office.appealed(), office.appealed(brought=SWORN), office.appealed(LOGO)
    database = office.desk.registry.database
    ids = [each.appeal.appeal_id for each in pending_appeals(database)]
    assert ids == [logo.appeal_id, counter.appeal_id, plain.appeal_id]
    assert pending_appeals(database, brands=frozenset({"other"})) == ()
    assert len(pending_appeals(database, brands=frozenset({"acme"}))) == 3
    office.appeals.decide(plain.appeal_id, Outcome.UPHELD, "bob", NOW, note="No.")
    assert [each.appeal.appeal_id for each in ended_appeals(database)] == [plain.appeal_id]
    office.notices.withdraw(counter.notice_id, "ann", NOW)
    assert [each.appeal.appeal_id for each in pending_appeals(database)] == [logo.appeal_id]


def test_how_far_it_is_is_said_for_every_state(office: Office) -> None:
    appeal = office.appealed(brought=SWORN, at=MONDAY)
    notice = office.notice(appeal.notice_id)
    assert "between 16 November 2026 and 20 November 2026" in standing_words(appeal, notice)
    assert "court" in standing_words(replace(appeal, answer=Answer.SUES), notice)
    assert "shown again" in standing_words(replace(appeal, outcome=Outcome.PUT_BACK), notice)
    assert "withdrawn" in standing_words(appeal, replace(notice, ended_at=NOW))
    assert "A person" in standing_words(replace(appeal, form=Form.COMPLAINT), notice)


def test_notices_are_purged_with_their_papers_but_not_what_is_undecided(office: Office) -> None:
    papers = (Paper("licence.pdf", b"%PDF"),)
    old = office.appealed(brought=replace(COMPLAINT, papers=papers))
    undecided = office.appealed(LOGO)
    office.appeals.decide(old.appeal_id, Outcome.UPHELD, "bob", NOW, note="No.")
    store, database = office.notices.store, office.desk.registry.database
    assert purge_notices(database, store, NOW, NOW) == 0, "they were sent at that moment, and not before"
    assert purge_notices(database, store, NOW + MOMENT, NOW + DAY) == 1
    assert office.notices.notice(old.notice_id) is None
    assert not store.appeal_path(old.appeal_id, 0).exists()
    assert office.notice(undecided.notice_id).ended_at is None
    purge_old(database, store, TOLD, NOW + timedelta(days=TOLD.keep_verdict_days + 1))
    assert len(pending_appeals(database)) == 1


def test_nobody_is_told_where_no_address_is_set(office: Office, tmp_path: Path) -> None:
    quiet = Notices(office.desk.registry, Store(tmp_path), ServiceSettings(), Links(SECRET, None))
    quiet.send(office.confirmed().case_id, REMOVED, "ann", NOW)
    assert office.sent() == []


@pytest.mark.parametrize("reason", [Reason.LOGO_UNAUTHORIZED, Reason.PHOTO_COPIED, Reason.PHOTO_SUSPECTED])
@pytest.mark.parametrize("restriction", list(Restriction))
def test_every_notice_can_be_said(office: Office, reason: Reason, restriction: Restriction) -> None:
    notice = replace(office.told(), reason=reason, restriction=restriction, market=None, listing_id=None, points=1)
    said = told(notice, "Acme", None).text()
    assert "None" not in said
    assert "1 point." in said
