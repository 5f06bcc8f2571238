"""The marketplace learns of each decision on a case and what it means for the listing, and no reviewer's name."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from brand_index.registry.checkpoints import TYPE as CHECKPOINT
from scanner.client.messages import SCAN_DONE
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.suppressions import end_suppression, list_suppressions
from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.seller_notices.appeals import Appeals
from scanner.moderation.seller_notices.statuses import CaseStatus, queue_suppression_ended, statuses_of
from scanner.moderation.seller_notices.types import Answer, AppealOutcome
from scanner.moderation.seller_notices.undoing import undo_batch
from scanner.service.answers import CaseMessage
from scanner.service.seller_notice_answers import SellerNoticeMessage
from scanner.service.tasks.looking_back import SCAN_REJUDGED
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.types import Decision
from tests.scanner.moderation.test_cases import COPY, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import DAY, REMOVED, SWORN, Office, office  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "service.md"


def messages(office: Office, case_id: str) -> list[CaseMessage]:  # noqa: F811
    bodies = [json.loads(each.body) for each in list_deliveries(office.desk.registry.database)]
    return [
        CaseMessage.model_validate(each)
        for each in bodies
        if each["type"].startswith("case.") and each["case_id"] == case_id
    ]


def sent(office: Office, case_id: str) -> list[tuple[str, str, str]]:  # noqa: F811
    return [(each.type, each.state.value, each.decision.value) for each in messages(office, case_id)]


def status(office: Office, case: Case) -> CaseStatus:  # noqa: F811
    with office.desk.registry.database.read() as connection:
        return statuses_of(connection, [case.case_id])[case.case_id]


def test_a_dismissal_and_its_undoing_reach_the_marketplace(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(COPY)
    assert (status(office, case).decision, sent(office, case.case_id)) == (case.decision, [])
    (made,) = office.seller_notices.decide(
        [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.NOT_THE_MARK, note="looked twice", now=NOW
    )
    assert status(office, case) == CaseStatus(
        case.case_id, CaseState.DISMISSED, Ground.NOT_THE_MARK, NOW, Decision.CLEAR
    )
    office.seller_notices.undo(made.decision_id, "ann", NOW + DAY)
    assert sent(office, case.case_id) == [
        ("case.decided", "dismissed", "clear"),
        ("case.undone", "open", case.decision.value),
    ]
    first = messages(office, case.case_id)[0]
    assert (first.ground, first.decided_at, first.at) == (Ground.NOT_THE_MARK, NOW, NOW)
    assert (first.listing_id, first.seller_id, first.brand_id) == (case.listing_id, case.seller_id, case.brand_id)
    bodies = "".join(each.body for each in list_deliveries(office.desk.registry.database))
    assert "ann" not in bodies
    assert "looked twice" not in bodies


def test_each_case_of_several_has_its_own_message_and_an_escalation_has_none(office: Office) -> None:  # noqa: F811
    ids = [office.desk.flag(COPY).case_id for _ in range(2)]
    office.seller_notices.decide(ids[:1], "ann", CaseState.ESCALATED, now=NOW)
    made = office.seller_notices.decide(ids, "ann", CaseState.CONFIRMED, measures=REMOVED, now=NOW)
    assert made[0].batch_id is not None
    undo_batch(office.seller_notices, made[0].batch_id, "ann", NOW + DAY)
    for case_id, before in zip(ids, ("escalated", "open"), strict=True):
        assert [each[:2] for each in sent(office, case_id)] == [
            ("case.decided", "confirmed"),
            ("case.undone", before),
        ]


def test_a_suppression_names_its_scope_and_its_end(office: Office) -> None:  # noqa: F811
    case = office.desk.flag(COPY)
    office.seller_notices.decide(
        [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.NOT_THE_MARK, suppress=Scope.SELLER, now=NOW
    )
    found = {each.type: each for each in messages(office, case.case_id)}
    assert found.keys() == {"case.decided", "case.suppressed"}
    made = found["case.suppressed"]
    assert (made.scope, made.reference_id) == (Scope.SELLER, case.reference_id)
    assert made.suppressed_until == NOW + timedelta(days=365)
    database = office.desk.registry.database
    (held,) = [each for each in list_suppressions(database, NOW) if each.case_id == case.case_id]
    settings = office.seller_notices.settings
    end_suppression(
        database,
        held.suppression_id,
        "ann",
        NOW + DAY,
        also=lambda write, ended: queue_suppression_ended(write, settings, ended),
    )
    last = {each.type: each for each in messages(office, case.case_id)}["case.suppression_ended"]
    assert (last.at, last.scope, last.reference_id) == (NOW + DAY, Scope.SELLER, case.reference_id)


def test_a_reversal_by_an_appeal_clears_the_listing(office: Office) -> None:  # noqa: F811
    appeal = office.appealed()
    appeals: Any = Appeals(office.seller_notices)
    appeals.decide(appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW + DAY, ground=Ground.OWN_PHOTO, note="Right.")
    case_id = office.seller_notice(appeal.seller_notice_id).case_id
    assert sent(office, case_id) == [("case.decided", "confirmed", "block"), ("case.decided", "dismissed", "clear")]


def test_a_listing_that_a_counter_notice_put_back_is_clear_until_it_is_decided_anew(
    office: Office,  # noqa: F811
) -> None:
    appeal = office.appealed(submission=SWORN)
    office.appeals.answer(appeal.appeal_id, Answer.INSISTS, "It is ours.", "owner", NOW + DAY)
    assert office.appeals.put_back_due(NOW + 40 * DAY)
    case = office.desk.case(office.seller_notice(appeal.seller_notice_id).case_id)
    assert (status(office, case).state, status(office, case).decision) == (CaseState.CONFIRMED, Decision.CLEAR)
    assert sent(office, case.case_id)[-1] == ("case.put_back", "confirmed", "clear")


def test_without_an_address_no_message_waits(office: Office) -> None:  # noqa: F811
    silent: Any = office.seller_notices
    silent.settings = ServiceSettings()
    case = office.desk.flag(COPY)
    silent.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
    assert list_deliveries(office.desk.registry.database) == ()


def test_the_guide_describes_every_type_of_message() -> None:
    of_models = [get_args(each.model_fields["type"].annotation) for each in (CaseMessage, SellerNoticeMessage)]
    table = GUIDE.read_text("utf-8").partition("## Messages")[2].partition("\n## ")[0]
    described = set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE))
    assert described == {SCAN_DONE, SCAN_REJUDGED, CHECKPOINT, *of_models[0], *of_models[1], "type"}
