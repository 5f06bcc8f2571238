"""A seller notice stands and falls with its decision; appeals follow the law that applies."""

import json
import signal
from concurrent.futures import ThreadPoolExecutor
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
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.cases.suppressions import list_suppressions, suppress
from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.enforcement import PointsGiven, PointsTakenBack
from scanner.moderation.enforcement.ledger import Ledger
from scanner.moderation.purging import purge_old
from scanner.moderation.registry import open_registry
from scanner.moderation.seller_notices.appeals import BY_LAW, Appeals, StepRefused
from scanner.moderation.seller_notices.documents import MAX_DOCUMENTS, SubmittedDocument
from scanner.moderation.seller_notices.faults import AppealRefused
from scanner.moderation.seller_notices.languages import ENGLISH, wording
from scanner.moderation.seller_notices.links import Links, read_secret
from scanner.moderation.seller_notices.queries import (
    appeals_against,
    documents_of,
    ended_appeals,
    pending_appeals,
    purge_seller_notices,
    read_document,
)
from scanner.moderation.seller_notices.rules import AppealStep, due, put_back_window, steps
from scanner.moderation.seller_notices.store import Measures, SellerNotices
from scanner.moderation.seller_notices.submission import AppealSubmission, submit_appeal
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, Form, SellerNotice, Signatory, Track
from scanner.moderation.seller_notices.undoing import standing_notices
from scanner.moderation.seller_notices.wording import appeal_status, seller_notice_text
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Listing, Reason
from tests.scanner.moderation.test_cases import COPY, LISTING, LOGO, UNREADABLE, Desk, Shown, desk  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
SECRET = b"s" * 32
MONDAY = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
REMOVED = Measures(Restriction.REMOVED, 6)
SWORN = AppealSubmission(
    Form.COUNTER_NOTICE, "It is my own photo.", Signatory("Ada L", "1 Main St", "+1 555"), sworn=True
)
COMPLAINT = AppealSubmission(Form.COMPLAINT, "I have a licence.")
WORDS = wording(ENGLISH)
SETTINGS = ServiceSettings.model_validate(
    {"webhook_url": "http://market.example/hook", "webhook_secret": "whsec_" + "x" * 32, "site": "https://ip.example/"}
)


@dataclass(frozen=True)
class Office:
    """A store with what is done about sellers in it."""

    desk: Desk
    seller_notices: SellerNotices
    appeals: Appeals

    def confirmed(self, evidence: object = COPY, listing: Listing = LISTING) -> Case:
        """A case that was confirmed, without a seller notice."""
        case = self.desk.flag(evidence, listing=listing)  # type: ignore[arg-type]
        self.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
        return self.desk.case(case.case_id)

    def notified(
        self, evidence: object = COPY, *, at: datetime = NOW, measures: Measures = REMOVED, market: str = "DE"
    ) -> SellerNotice:
        """A notice about a confirmed case."""
        case = self.confirmed(evidence, replace(LISTING, market=market))
        return self.seller_notices.send(case.case_id, measures, "ann", at)

    def appealed(
        self, evidence: object = COPY, submission: AppealSubmission = COMPLAINT, *, at: datetime = NOW
    ) -> Appeal:
        """An appeal against such a notice; a counter-notice against one for the United States."""
        market = "US" if submission.form is Form.COUNTER_NOTICE else "DE"
        notice = self.notified(evidence, at=at, market=market)
        return submit_appeal(self.seller_notices, notice.seller_notice_id, submission, at)

    def seller_notice(self, seller_notice_id: str) -> SellerNotice:
        """As it is now."""
        found = self.seller_notices.seller_notice(seller_notice_id)
        assert found is not None
        return found

    def points(self) -> int:
        """Of the seller, that were given and not taken back."""
        events = Ledger(self.desk.registry.database).of("S1")
        taken = {event.of for event in events if isinstance(event, PointsTakenBack)}
        return sum(event.points for event in events if isinstance(event, PointsGiven) and event.event_id not in taken)

    def sent(self) -> list[str]:
        """The types of the messages to the marketplace about notices and appeals, the oldest first."""
        types = [json.loads(each.body)["type"] for each in list_deliveries(self.desk.registry.database)]
        return [each for each in types if not each.startswith("case.")]


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Office:  # noqa: F811
    desk.registry.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
    links = Links(SECRET, str(SETTINGS.site))
    seller_notices = SellerNotices(desk.registry, Store(tmp_path), SETTINGS, links)
    return Office(desk, seller_notices, Appeals(seller_notices))


# Notices


def test_the_policy_alone_notifies_no_seller_whom_a_notice_named(office: Office) -> None:
    blocks = SETTINGS.model_copy(update={"notify_on_block": Restriction.DISABLED})
    sending = SellerNotices(office.desk.registry, office.seller_notices.store, blocks, Links(SECRET, None))
    notice = NoticeSubmission("acme", ReferenceKind.PHOTO, "Ours.")
    seen, noticed = office.desk.scan(Shown((COPY,))), office.desk.scan(Shown((COPY,)), notice=notice)
    for scan in (seen, noticed):
        with sending.database.write(NOW) as write:
            sending.send_for_block(write, scan.scan_id, "policy")
    assert [each.author for each in sending.of_case(seen.scan_id)] == ["policy"]
    assert sending.of_case(noticed.scan_id) == ()


def test_a_confirmation_notifies_the_seller_and_gives_the_points_in_one_go(office: Office) -> None:
    case = office.desk.flag(COPY)
    office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    (seller_notice,) = office.seller_notices.of_case(case.case_id)
    assert (seller_notice.seller_id, seller_notice.restriction, seller_notice.points, seller_notice.automated) == (
        "S1",
        "removed",
        6,
        False,
    )
    assert seller_notice.appeal_by == NOW + timedelta(days=184)
    assert office.points() == 6
    assert office.sent() == ["seller_notice.sent"]


def test_what_cannot_be_sent_leaves_the_case_undecided(office: Office) -> None:
    unknown = office.desk.flag(COPY, listing=Listing(listing_id="L-2"))
    with pytest.raises(InvalidField, match="seller is unknown"):
        office.seller_notices.decide([unknown.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    assert office.desk.case(unknown.case_id).state is CaseState.OPEN
    assert office.points() == 0


def test_a_dismissal_suppresses_and_withdraws_in_one_go(office: Office) -> None:
    case = office.desk.flag(COPY)
    (made,) = office.seller_notices.decide(
        [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.OWN_PHOTO, suppress=Scope.SELLER, now=NOW
    )
    (kept,) = list_suppressions(office.desk.registry.database, NOW)
    assert (kept.case_id, kept.scope, kept.subject, kept.author) == (case.case_id, Scope.SELLER, "S1", "ann")
    assert made.state is CaseState.DISMISSED


def test_a_dismissal_whose_suppression_is_refused_decides_nothing(office: Office) -> None:
    first, unread = office.desk.flag(COPY), office.desk.case(office.desk.scan(UNREADABLE).scan_id)
    with pytest.raises(InvalidField, match="choose another scope"):
        office.seller_notices.decide(
            [first.case_id, unread.case_id],
            "ann",
            CaseState.DISMISSED,
            ground=Ground.OWN_PHOTO,
            suppress=Scope.PAIR,
            now=NOW,
        )
    assert {office.desk.case(each.case_id).state for each in (first, unread)} == {CaseState.OPEN}
    assert list_suppressions(office.desk.registry.database, NOW) == ()


def test_nobody_is_notified_of_a_case_that_is_not_confirmed(office: Office) -> None:
    case = office.desk.flag(COPY)
    with pytest.raises(InvalidField, match="confirm it"):
        office.seller_notices.send(case.case_id, REMOVED, "ann", NOW)
    office.seller_notices.decide(
        [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.PARODY, measures=REMOVED, now=NOW
    )
    assert office.seller_notices.of_case(case.case_id) == ()


def test_what_only_a_rights_holder_and_a_person_saw_is_said_as_such(office: Office) -> None:
    notice = NoticeSubmission("acme", ReferenceKind.LOGO, "Not our goods.")
    case = office.desk.case(office.desk.scan(Shown(), listing=LISTING, notice=notice).scan_id)
    office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    (seller_notice,) = office.seller_notices.of_case(case.case_id)
    assert (seller_notice.from_notice, seller_notice.confidence, seller_notice.reason) == (
        True,
        None,
        Reason.LOGO_UNAUTHORIZED,
    )
    said = office.seller_notices.text_of(seller_notice, ENGLISH).plain()
    assert "The rights holder submitted a notice about the listing. A person decided." in said
    assert "Software" not in said


def test_of_no_brand_there_is_nothing_to_send(office: Office) -> None:
    case = office.desk.case(office.desk.scan(None, listing=LISTING).scan_id)
    with pytest.raises(InvalidField, match="no brand"):
        office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)


def test_one_notice_stands_at_a_time_and_the_next_is_counted(office: Office) -> None:
    first = office.notified()
    with pytest.raises(InvalidField, match="stands already"):
        office.seller_notices.send(first.case_id, REMOVED, "ann", NOW)
    office.seller_notices.withdraw(first.seller_notice_id, "ann", NOW)
    assert office.seller_notices.send(first.case_id, REMOVED, "ann", NOW).nth == 2


def test_undoing_the_decision_takes_notice_and_points_back(office: Office) -> None:
    case = office.desk.flag(COPY)
    (made,) = office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    office.seller_notices.undo(made.decision_id, "ann", NOW + DAY)
    (seller_notice,) = office.seller_notices.of_case(case.case_id)
    assert seller_notice.ended_at == NOW + DAY
    assert office.points() == 0
    assert office.desk.case(case.case_id).state is CaseState.OPEN
    assert office.sent() == ["seller_notice.sent", "seller_notice.withdrawn"]
    bodies = [json.loads(each.body) for each in list_deliveries(office.desk.registry.database)]
    at = {each["type"]: each["at"] for each in bodies}
    assert at["seller_notice.sent"] == at["case.decided"] == "2026-03-01T12:00:00Z"
    assert at["seller_notice.withdrawn"] == at["case.undone"] == "2026-03-02T12:00:00Z"


def test_undoing_a_dismissal_ends_the_suppression_that_it_made_and_no_other(office: Office) -> None:
    case, database = office.desk.flag(COPY), office.desk.registry.database
    earlier = suppress(database, case, Scope.PAIR, "bob", NOW - DAY)
    (made,) = office.seller_notices.decide(
        [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.AUTHORIZED, suppress=Scope.SELLER, now=NOW
    )
    assert len(list_suppressions(database, NOW)) == 2
    office.seller_notices.undo(made.decision_id, "ann", NOW + DAY)
    assert list_suppressions(database, NOW + DAY) == (earlier,)


@pytest.mark.parametrize("outcome", [AppealOutcome.UPHELD, AppealOutcome.REVERSED])
def test_nothing_is_undone_once_an_appeal_about_it_was_decided(office: Office, outcome: AppealOutcome) -> None:
    appeal = office.appealed()
    case_id = office.seller_notice(appeal.seller_notice_id).case_id
    ground = Ground.OWN_PHOTO if outcome is AppealOutcome.REVERSED else None
    office.appeals.decide(appeal.appeal_id, outcome, "bob", NOW, ground=ground, note="seen")
    before = office.desk.case(case_id).state
    *_, last = decisions_on(office.desk.registry.database, case_id)
    with pytest.raises(CaseTaken, match="appeal about it was decided"):
        office.seller_notices.undo(last.decision_id, "root", NOW + DAY, anybodys=True)
    assert office.desk.case(case_id).state is before


def test_undoing_says_beforehand_which_notices_it_withdraws_and_whether_they_are_appealed(office: Office) -> None:
    appeal, other = office.appealed(), office.notified()
    case_ids = [office.seller_notice(each).case_id for each in (appeal.seller_notice_id, other.seller_notice_id)]
    withdrawn = standing_notices(office.seller_notices, case_ids)
    assert [(each.seller_notice.seller_notice_id, each.appealed) for each in withdrawn] == [
        (appeal.seller_notice_id, True),
        (other.seller_notice_id, False),
    ]
    office.seller_notices.withdraw(other.seller_notice_id, "ann", NOW)
    assert standing_notices(office.seller_notices, case_ids[1:]) == ()


def test_a_reviewer_undoes_its_own_decisions_alone(office: Office) -> None:
    case = office.desk.flag(COPY)
    (made,) = office.seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
    with pytest.raises(CaseTaken, match="by ann"):
        office.seller_notices.undo(made.decision_id, "bob", NOW)
    assert office.seller_notices.undo(made.decision_id, "root", NOW, anybodys=True).state is CaseState.OPEN


def test_points_that_somebody_took_back_are_not_taken_twice(office: Office) -> None:
    seller_notice = office.notified()
    assert seller_notice.ledger_event is not None
    Ledger(office.desk.registry.database).take_back(seller_notice.ledger_event, "bob", NOW)
    office.seller_notices.withdraw(seller_notice.seller_notice_id, "ann", NOW)
    events = Ledger(office.desk.registry.database).of("S1")
    assert len([event for event in events if isinstance(event, PointsTakenBack)]) == 1


def test_a_notice_that_fell_is_not_withdrawn_again(office: Office) -> None:
    seller_notice = office.notified()
    office.seller_notices.withdraw(seller_notice.seller_notice_id, "ann", NOW)
    with pytest.raises(UnknownRecord):
        office.seller_notices.withdraw(seller_notice.seller_notice_id, "ann", NOW)


def test_a_notice_says_what_where_why_on_what_evidence_and_what_now(office: Office) -> None:
    seller_notice = office.notified(market="US")
    said = office.seller_notices.text_of(seller_notice).plain()
    for part in ("listing L-1 was removed", "account: 6.", "States (US)", "Acme", "99% sure", "A person decided."):
        assert part in said
    assert f"https://ip.example/appeal/{seller_notice.seller_notice_id}" in said
    assert "counter-notice" in said
    assert "before September 1, 2026, 12:00 UTC" in said
    of_logo = office.seller_notices.text_of(replace(seller_notice, kind=ReferenceKind.LOGO)).plain()
    assert "counter-notice" not in of_logo
    assert "is based on" not in said
    settings = ServiceSettings(clause="Clause 7 of our terms")
    other = SellerNotices(office.desk.registry, office.seller_notices.store, settings, office.seller_notices.links)
    assert "The decision is based on Clause 7 of our terms." in other.text_of(seller_notice).plain()
    automated = office.seller_notices.text_of(replace(seller_notice, automated=True)).plain()
    assert "Software made the decision; no person was involved." in automated


def test_each_step_is_an_event_of_the_history(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(
        appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.AUTHORIZED, note="A licence."
    )
    case_id = office.seller_notice(appeal.seller_notice_id).case_id
    happened = [event.what for event in office.desk.registry.history(subject=case_id)]
    assert happened[-4:] == ["seller notice sent", "appeal received", "appeal decided", "case decided"]
    assert office.desk.registry.history_faults() == ()


# Addresses


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with open_registry(store) as registry:
        made = read_secret(store, registry.database)
        assert read_secret(store, registry.database) == made
    assert store.secret.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damaged", [b"", b"short"])
def test_a_damaged_secret_is_made_anew_while_nothing_was_signed_with_it(tmp_path: Path, damaged: bytes) -> None:
    store = Store(tmp_path)
    store.secret.write_bytes(damaged)
    with open_registry(store) as registry:
        made = read_secret(store, registry.database)
        assert len(made) == 32
        assert store.secret.read_bytes() == made


@pytest.mark.parametrize("damaged", [None, b"", b"short"])
def test_a_damaged_secret_that_notices_were_signed_with_is_not_replaced(
    office: Office, tmp_path: Path, damaged: bytes | None
) -> None:
    office.notified()
    store = Store(tmp_path / "damaged")
    store.root.mkdir()
    if damaged is not None:
        store.secret.write_bytes(damaged)
    with pytest.raises(RegistryError, match="from a backup"):
        read_secret(store, office.desk.registry.database)
    assert damaged == (store.secret.read_bytes() if store.secret.exists() else None)


def test_a_full_disk_leaves_no_empty_secret_behind(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="no limit of the size of files here")
    store = Store(tmp_path)
    with open_registry(store) as registry:
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))
        try:
            with pytest.raises(RegistryError):
                read_secret(store, registry.database)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
            signal.signal(signal.SIGXFSZ, handler)
        assert not store.secret.exists()
        assert len(read_secret(store, registry.database)) == 32


def test_processes_that_race_make_one_secret(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with open_registry(store) as registry, ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: read_secret(store, registry.database), range(16)))
    assert set(made) == {store.secret.read_bytes()}


def test_an_address_is_of_its_notice_alone() -> None:
    links = Links(SECRET, None)
    token = links.path("a" * 32).rpartition("/")[2]
    assert links.seller_notice(token) == "a" * 32
    assert links.seller_notice("b" * 32 + token[32:]) is None
    assert Links(b"t" * 32, None).seller_notice(token) is None
    assert links.address("a" * 32) is None


@given(st.text(max_size=120))
def test_no_text_that_is_made_up_is_an_address(text: str) -> None:
    assert Links(SECRET, None).seller_notice(text) is None


# Bringing an appeal


def test_an_appeal_is_kept_with_its_documents(office: Office) -> None:
    submitted = (SubmittedDocument("../../licence.pdf", b"%PDF-1.4"), SubmittedDocument("bill\n.jpg", b"\xff\xd8\xff"))
    appeal = office.appealed(submission=replace(COMPLAINT, documents=submitted))
    database = office.desk.registry.database
    assert appeals_against(database, appeal.seller_notice_id) == (appeal,)
    documents = documents_of(database, appeal.appeal_id)
    assert [each.name for each in documents] == ["licence.pdf", "bill\ufffd.jpg"]
    assert [read_document(office.seller_notices.store, each) for each in documents] == [b"%PDF-1.4", b"\xff\xd8\xff"]
    assert sorted(office.sent()) == ["appeal.received", "seller_notice.sent"]


def test_an_appeal_in_time_is_taken_and_one_moment_later_is_not(office: Office) -> None:
    seller_notice = office.notified()
    with pytest.raises(AppealRefused, match="time to appeal ended"):
        submit_appeal(office.seller_notices, seller_notice.seller_notice_id, COMPLAINT, seller_notice.appeal_by)
    submit_appeal(office.seller_notices, seller_notice.seller_notice_id, COMPLAINT, seller_notice.appeal_by - MOMENT)


def test_there_is_one_appeal_of_a_form_and_one_at_a_time(office: Office) -> None:
    appeal = submit_appeal(office.seller_notices, office.notified(market="US").seller_notice_id, COMPLAINT, NOW)
    with pytest.raises(AppealRefused, match="already"):
        submit_appeal(office.seller_notices, appeal.seller_notice_id, SWORN, NOW)
    office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No licence was shown.")
    with pytest.raises(AppealRefused, match="already"):
        submit_appeal(office.seller_notices, appeal.seller_notice_id, COMPLAINT, NOW)
    submit_appeal(office.seller_notices, appeal.seller_notice_id, SWORN, NOW)


def test_a_notice_that_fell_is_not_appealed_against(office: Office) -> None:
    seller_notice = office.notified()
    office.seller_notices.withdraw(seller_notice.seller_notice_id, "ann", NOW)
    with pytest.raises(AppealRefused, match="no longer stands"):
        submit_appeal(office.seller_notices, seller_notice.seller_notice_id, COMPLAINT, NOW)


def test_a_trade_mark_knows_no_counter_notice(office: Office) -> None:
    with pytest.raises(AppealRefused, match="not possible here"):
        office.appealed(LOGO, SWORN)


@pytest.mark.parametrize(
    "submission",
    [
        replace(SWORN, sworn=False),
        replace(SWORN, signatory=None),
        replace(SWORN, signatory=Signatory("Ada L", " ", "+1 555")),
        replace(COMPLAINT, statement=" \n"),
        replace(COMPLAINT, statement="x" * 5_001),
        replace(COMPLAINT, statement="bell \x07"),
        replace(COMPLAINT, documents=(SubmittedDocument("empty.pdf", b""),)),
        replace(COMPLAINT, documents=(SubmittedDocument("x.pdf", b"%PDF-"),) * (MAX_DOCUMENTS + 1)),
    ],
    ids=[
        "not sworn",
        "nobody",
        "no address",
        "nothing said",
        "too long",
        "controls",
        "empty document",
        "many documents",
    ],
)
def test_an_appeal_that_lacks_something_is_refused(office: Office, submission: AppealSubmission) -> None:
    seller_notice = office.notified()
    with pytest.raises(InvalidField):
        submit_appeal(office.seller_notices, seller_notice.seller_notice_id, submission, NOW)
    assert appeals_against(office.desk.registry.database, seller_notice.seller_notice_id) == ()


# Copyright


def test_a_photos_complaint_is_the_marketplaces_to_decide(office: Office) -> None:
    appeal = office.appealed()
    assert appeal.answer_by is None
    assert steps(appeal, office.seller_notice(appeal.seller_notice_id), NOW) == {AppealStep.REVERSE, AppealStep.UPHOLD}


def test_a_reversal_takes_all_of_it_back_and_corrects_the_label(office: Office) -> None:
    appeal = office.appealed()
    done = office.appeals.decide(
        appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW + DAY, ground=Ground.NOT_THE_MARK, note="Another photo."
    )
    seller_notice = office.seller_notice(appeal.seller_notice_id)
    case = office.desk.case(seller_notice.case_id)
    assert (done.outcome, done.decided_by, done.outcome_note) == (AppealOutcome.REVERSED, "bob", "Another photo.")
    assert seller_notice.ended_at == NOW + DAY
    assert office.points() == 0
    assert (case.state, case.ground) == (CaseState.DISMISSED, Ground.NOT_THE_MARK)
    assert decisions_on(office.desk.registry.database, case.case_id)[-1].user_id == "bob"
    assert office.sent()[-1] == "appeal.decided"


def test_a_decision_that_stands_keeps_notice_and_points(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No licence was shown.")
    assert office.seller_notice(appeal.seller_notice_id).ended_at is None
    assert office.points() == 6


@pytest.mark.parametrize(
    ("outcome", "ground", "note"),
    [
        (AppealOutcome.UPHELD, None, " "),
        (AppealOutcome.UPHELD, Ground.PARODY, "why"),
        (AppealOutcome.REVERSED, None, "why"),
        (AppealOutcome.PUT_BACK, None, "why"),
    ],
)
def test_an_outcome_says_why(office: Office, outcome: AppealOutcome, ground: Ground | None, note: str) -> None:
    appeal = office.appealed()
    with pytest.raises(InvalidField):
        office.appeals.decide(appeal.appeal_id, outcome, "bob", NOW, ground=ground, note=note)


def test_what_is_decided_is_not_decided_again(office: Office) -> None:
    appeal = office.appealed()
    office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No.")
    with pytest.raises(StepRefused):
        office.appeals.decide(appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.PARODY, note="Yes.")


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
    appeal = office.appealed(submission=SWORN, at=MONDAY)
    opens = put_back_window(MONDAY).opens
    assert office.appeals.put_back_due(opens - MOMENT) == ()
    (done,) = office.appeals.put_back_due(opens)
    assert (done.appeal_id, done.outcome, done.decided_by) == (appeal.appeal_id, AppealOutcome.PUT_BACK, BY_LAW)
    seller_notice = office.seller_notice(appeal.seller_notice_id)
    assert seller_notice.ended_at == opens
    assert office.points() == 0
    assert office.desk.case(seller_notice.case_id).state is CaseState.CONFIRMED, "nobody found that the match was wrong"
    assert office.appeals.put_back_due(opens + DAY) == ()


def test_an_action_at_a_court_keeps_it_down(office: Office) -> None:
    appeal = office.appealed(submission=SWORN, at=MONDAY)
    office.appeals.answer(appeal.appeal_id, Answer.SUES, "N.D. Cal., 26-cv-1", "owner", MONDAY + DAY)
    assert office.appeals.put_back_due(MONDAY + 60 * DAY) == ()
    assert (
        due(
            office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", MONDAY + 61 * DAY, note="Judgment."),
            office.seller_notice(appeal.seller_notice_id),
        )
        is None
    )


def test_an_action_names_its_court(office: Office) -> None:
    appeal = office.appealed(submission=SWORN)
    with pytest.raises(InvalidField, match="court"):
        office.appeals.answer(appeal.appeal_id, Answer.SUES, "", "owner", NOW)


def test_to_insist_does_not_stop_a_counter_notice(office: Office) -> None:
    appeal = office.appealed(submission=SWORN, at=MONDAY)
    office.appeals.answer(appeal.appeal_id, Answer.INSISTS, "It is ours.", "owner", MONDAY + DAY)
    with pytest.raises(StepRefused):
        office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", MONDAY + 60 * DAY, note="They insist.")
    assert len(office.appeals.put_back_due(put_back_window(MONDAY).opens)) == 1


# Trade mark


def test_a_logos_appeal_goes_to_the_owner_first(office: Office) -> None:
    appeal = office.appealed(LOGO)
    assert appeal.answer_by == NOW + timedelta(days=7)
    seller_notice = office.seller_notice(appeal.seller_notice_id)
    assert seller_notice.track is Track.TRADE_MARK
    assert due(appeal, seller_notice) == appeal.answer_by
    with pytest.raises(StepRefused):
        office.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No.")


def test_a_person_decides_once_the_owner_insists_or_is_late(office: Office) -> None:
    appeal = office.appealed(LOGO)
    seller_notice = office.seller_notice(appeal.seller_notice_id)
    assert appeal.answer_by is not None
    assert AppealStep.UPHOLD not in steps(appeal, seller_notice, appeal.answer_by - MOMENT)
    assert AppealStep.UPHOLD in steps(appeal, seller_notice, appeal.answer_by)
    insists = office.appeals.answer(appeal.appeal_id, Answer.INSISTS, "A fake.", "owner", NOW)
    assert steps(insists, seller_notice, NOW) == {AppealStep.REVERSE, AppealStep.UPHOLD}


def test_an_owner_that_agrees_ends_it(office: Office) -> None:
    appeal = office.appealed(LOGO)
    done = office.appeals.answer(appeal.appeal_id, Answer.AGREES, "They are a dealer.", "owner", NOW)
    assert (done.outcome, done.ground, done.decided_by) == (AppealOutcome.REVERSED, Ground.AUTHORIZED, "owner")
    assert office.points() == 0


def test_no_action_at_a_court_answers_a_trade_marks_appeal(office: Office) -> None:
    appeal = office.appealed(LOGO)
    with pytest.raises(StepRefused):
        office.appeals.answer(appeal.appeal_id, Answer.SUES, "Court 1", "owner", NOW)


# What waits, and what is taken away


def test_the_most_urgent_waits_first_and_an_owner_sees_its_own(office: Office) -> None:
    plain, counter, logo = office.appealed(), office.appealed(submission=SWORN), office.appealed(LOGO)
    database = office.desk.registry.database
    ids = [each.appeal.appeal_id for each in pending_appeals(database)]
    assert ids == [logo.appeal_id, counter.appeal_id, plain.appeal_id]
    assert pending_appeals(database, brands=frozenset({"other"})) == ()
    assert len(pending_appeals(database, brands=frozenset({"acme"}))) == 3
    office.appeals.decide(plain.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No.")
    assert [each.appeal.appeal_id for each in ended_appeals(database)] == [plain.appeal_id]
    office.seller_notices.withdraw(counter.seller_notice_id, "ann", NOW)
    assert [each.appeal.appeal_id for each in pending_appeals(database)] == [logo.appeal_id]


def test_how_far_it_is_is_said_for_every_state(office: Office) -> None:
    appeal = office.appealed(submission=SWORN, at=MONDAY)
    seller_notice = office.seller_notice(appeal.seller_notice_id)
    assert "between 16 November 2026 and 20 November 2026" in appeal_status(WORDS, appeal, seller_notice)
    assert "court" in appeal_status(WORDS, replace(appeal, answer=Answer.SUES), seller_notice)
    assert "shown again" in appeal_status(WORDS, replace(appeal, outcome=AppealOutcome.PUT_BACK), seller_notice)
    assert "withdrawn" in appeal_status(WORDS, appeal, replace(seller_notice, ended_at=NOW))
    assert "A reviewer" in appeal_status(WORDS, replace(appeal, form=Form.COMPLAINT), seller_notice)


def test_notices_are_purged_with_their_documents_but_not_what_is_undecided(office: Office) -> None:
    documents = (SubmittedDocument("licence.pdf", b"%PDF-1.4"),)
    old = office.appealed(submission=replace(COMPLAINT, documents=documents))
    undecided = office.appealed(LOGO)
    office.appeals.decide(old.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="No.")
    store, database = office.seller_notices.store, office.desk.registry.database
    assert purge_seller_notices(database, store, NOW, NOW) == 0, "they were sent at that moment, and not before"
    assert purge_seller_notices(database, store, NOW + MOMENT, NOW + DAY) == 1
    assert office.seller_notices.seller_notice(old.seller_notice_id) is None
    assert not store.appeal_path(old.appeal_id, 0).exists()
    assert office.seller_notice(undecided.seller_notice_id).ended_at is None
    purge_old(database, store, SETTINGS, NOW + timedelta(days=SETTINGS.keep_verdict_days + 1))
    assert len(pending_appeals(database)) == 1


def test_no_message_is_queued_where_no_address_is_set(office: Office, tmp_path: Path) -> None:
    quiet = SellerNotices(office.desk.registry, Store(tmp_path), ServiceSettings(), Links(SECRET, None))
    quiet.send(office.confirmed().case_id, REMOVED, "ann", NOW)
    assert office.sent() == []


@pytest.mark.parametrize("reason", [Reason.LOGO_UNAUTHORIZED, Reason.PHOTO_COPIED, Reason.PHOTO_SUSPECTED])
@pytest.mark.parametrize("restriction", list(Restriction))
def test_every_notice_can_be_said(office: Office, reason: Reason, restriction: Restriction) -> None:
    seller_notice = replace(
        office.notified(), reason=reason, restriction=restriction, market=None, listing_id=None, points=1
    )
    said = seller_notice_text(WORDS, seller_notice, "Acme", None).plain()
    assert "None" not in said
    assert "account: 1." in said
