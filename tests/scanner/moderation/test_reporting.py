"""Notices become statements of reasons that say what was decided and nothing of the seller, and appeals are counted."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from brand_index.errors import InvalidField
from brand_index.fields import EEA
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind, reference_id
from scanner.moderation.registry import open_registry
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.tables import appeals, seller_notices
from scanner.moderation.seller_notices.types import AppealOutcome, Form, SellerNotice
from scanner.moderation.statements import (
    Automation,
    Ground,
    Keyword,
    Source,
    Statement,
    StatementUnusable,
    Visibility,
    counts_of,
    puid_of,
)
from scanner.moderation.statements.reporting import name_batches, report_on, statement_for
from scanner.settings import ServiceSettings
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
SECRET = bytes(range(32))
SELLER_NOTICE = SellerNotice(
    seller_notice_id="a" * 32,
    case_id="case-1",
    nth=1,
    seller_id="SELLER-77",
    listing_id="LISTING-88",
    market=None,
    brand_id="acme",
    reference_id=reference_id("acme", ReferenceKind.LOGO, "0123456789abcdef" * 4),
    kind=ReferenceKind.LOGO,
    reason=Reason.LOGO_UNAUTHORIZED,
    confidence=0.976,
    from_notice=False,
    restriction=Restriction.REMOVED,
    automated=False,
    author="ann",
    ledger_event=None,
    points=0,
    posted_at=NOW - 20 * DAY,
    sent_at=NOW,
    appeal_by=NOW + 184 * DAY,
    ended_at=None,
    language=None,
)


@pytest.fixture
def registry(tmp_path: Path, address: str) -> Iterator[Registry]:
    with open_registry(Store(tmp_path), address) as opened:
        opened.save_brand(Brand("acme", "Acme & Søn", "Acme Ltd", "ip@acme.example"), NOW)
        yield opened


def stated(*, clause: str | None = None, **changed: Any) -> Statement:
    made = statement_for(replace(SELLER_NOTICE, **changed), "Acme", SECRET, {"DE", "FR"}, clause)
    assert made is not None
    return made


def sent(registry: Registry, number: int, **changed: Any) -> SellerNotice:
    """A notice of a case of its own, as it is kept."""
    seller_notice = replace(
        SELLER_NOTICE, **{"seller_notice_id": f"{number:032x}", "case_id": f"case-{number}", **changed}
    )
    with registry.database.write(NOW) as write:
        write.connection.execute(seller_notices.insert(), asdict(seller_notice))
    return seller_notice


def appealed(
    registry: Registry,
    seller_notice: SellerNotice,
    received: datetime,
    *,
    outcome: AppealOutcome | None = None,
    at: datetime | None = None,
) -> None:
    values: dict[str, Any] = {
        "appeal_id": f"{seller_notice.seller_notice_id}-{received:%j}",
        "seller_notice_id": seller_notice.seller_notice_id,
    }
    values |= {"form": Form.COMPLAINT, "received_at": received, "statement": "mine", "answer_note": ""}
    values |= {"outcome": outcome, "outcome_note": "", "decided_at": at}
    with registry.database.write(NOW) as write:
        write.connection.execute(appeals.insert().values(**values))


def test_a_notice_becomes_a_statement_of_what_was_decided() -> None:
    made = stated()
    assert made.decision_visibility == {Visibility.REMOVED}
    assert (made.content_date, made.application_date) == (date(2026, 2, 9), date(2026, 3, 1))
    assert made.end_date_visibility_restriction is None
    assert made.decision_ground is Ground.ILLEGAL
    assert made.category_specification == {Keyword.TRADEMARK}
    assert made.source_type is Source.VOLUNTARY
    assert made.automated_detection
    assert f"for Acme (reference {SELLER_NOTICE.reference_id})" in made.decision_facts
    assert "97 % sure" in made.decision_facts


@pytest.mark.parametrize(
    ("restriction", "word"),
    [
        (Restriction.REMOVED, Visibility.REMOVED),
        (Restriction.DISABLED, Visibility.DISABLED),
        (Restriction.DEMOTED, Visibility.DEMOTED),
    ],
)
def test_each_restriction_has_its_word(restriction: Restriction, word: Visibility) -> None:
    assert stated(restriction=restriction).decision_visibility == {word}


@pytest.mark.parametrize(("automated", "word"), [(True, Automation.FULLY), (False, Automation.PARTIALLY)])
def test_a_person_who_confirms_what_a_machine_compared_decides_together_with_it(
    automated: bool, word: Automation
) -> None:
    assert stated(automated=automated).automated_decision is word


def test_a_listing_that_a_rights_holder_named_in_a_notice_has_its_notice_for_a_source() -> None:
    made = stated(from_notice=True)
    assert made.source_type is Source.ARTICLE_16
    assert not made.automated_detection


def test_what_no_machine_compared_is_said_to_be_peoples_alone() -> None:
    made = stated(from_notice=True, reference_id=None, confidence=None)
    assert made.automated_decision is Automation.NOT
    assert "A person found it." in made.decision_facts
    assert "None" not in made.decision_facts
    assert "reference" not in made.decision_facts


def test_the_marketplaces_clause_takes_the_place_of_the_law() -> None:
    made = stated(clause="Clause 7: no goods that bear another's mark.")
    assert (made.decision_ground, made.illegal_content_legal_ground) == (Ground.INCOMPATIBLE, None)
    assert made.incompatible_content_ground == "Clause 7: no goods that bear another's mark."


def test_a_restriction_that_ended_says_when() -> None:
    assert stated(ended_at=NOW + 5 * DAY).end_date_visibility_restriction == date(2026, 3, 6)


@pytest.mark.parametrize(
    ("market", "scope"), [(None, {"DE", "FR"}), ("AT", {"AT"}), ("is", {"IS"}), ("GB", None), ("us", None)]
)
def test_a_decision_applies_in_the_market_or_wherever_the_marketplace_says(
    market: str | None, scope: set[str] | None
) -> None:
    made = statement_for(replace(SELLER_NOTICE, market=market), "Acme", SECRET, {"DE", "FR"})
    assert (None if made is None else made.territorial_scope) == scope


@pytest.mark.parametrize("market", ["EL", "UK", "EU", "Germany", "de_DE", ""])
def test_a_market_that_is_no_country_is_refused_rather_than_passed_over(market: str) -> None:
    with pytest.raises(StatementUnusable, match=r"^market "):
        stated(market=market)


@pytest.mark.parametrize("reason", [Reason.AUTHORIZED, Reason.INCOMPLETE, Reason.NO_MATCH])
def test_what_infringes_nothing_is_no_statement(reason: Reason) -> None:
    with pytest.raises(StatementUnusable, match=f"reason {reason.value}"):
        stated(reason=reason)


def test_each_decision_has_a_puid_of_its_own_that_stays_and_shows_neither_case_nor_link() -> None:
    puids = {stated(case_id=case, nth=nth).puid for case in ("case-1", "case-2") for nth in (1, 2)}
    assert len(puids) == 4
    assert stated().puid in puids
    other = statement_for(SELLER_NOTICE, "Acme", SECRET[::-1], EEA)
    assert other is not None
    assert other.puid not in puids
    assert stated().puid != puid_of(
        SELLER_NOTICE.case_id, SECRET
    )  # which is the key of the addresses that sellers are given
    proof = Links(SECRET, None).path(SELLER_NOTICE.seller_notice_id).rpartition(SELLER_NOTICE.seller_notice_id)[2]
    assert not stated().puid.startswith(proof)


def test_nothing_of_seller_listing_author_or_case_is_sent() -> None:
    ((_, body),) = name_batches([stated(market="DE", ended_at=NOW)])
    assert not [
        word for word in ("SELLER-77", "LISTING-88", "ann", "case-1", SELLER_NOTICE.seller_notice_id) if word in body
    ]


def test_what_was_sent_within_the_period_is_stated_in_order_by_the_brands_name(registry: Registry) -> None:
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    for number, at in enumerate([begin - instant, end - instant, begin, end]):
        sent(registry, number, sent_at=at, posted_at=at - DAY)
    made = report_on(registry, SECRET, ServiceSettings(), FIRST, LAST)
    assert [each.application_date for each in made.statements] == [FIRST, LAST]
    assert {each.territorial_scope for each in made.statements} == {EEA}
    assert all("for Acme & Søn (" in each.decision_facts for each in made.statements)
    assert counts_of(made.statements, made.appeals, FIRST, LAST).statements == 2


def test_withdrawn_notices_are_stated_too_and_say_when_they_ended(registry: Registry) -> None:
    sent(registry, 1, ended_at=NOW + DAY)
    sent(registry, 2, case_id="case-1", nth=2)
    made = report_on(registry, SECRET, ServiceSettings(), FIRST, LAST).statements
    assert [each.end_date_visibility_restriction for each in made] == [date(2026, 3, 2), None]
    assert len({each.puid for each in made}) == 2


def test_settings_say_where_and_by_which_clause_decisions_are_made(registry: Registry) -> None:
    sent(registry, 1)
    settings = ServiceSettings(countries=frozenset({"AT"}), clause="Clause 7")
    (made,) = report_on(registry, SECRET, settings, FIRST, LAST).statements
    assert made.territorial_scope == {"AT"}
    assert made.incompatible_content_ground == "Clause 7"


def test_one_notice_that_cannot_be_sent_stops_no_other(registry: Registry) -> None:
    sent(registry, 1, market="Germany")
    sent(registry, 2, market="US")
    good = sent(registry, 3, market="DE")
    made = report_on(registry, SECRET, ServiceSettings(), FIRST, LAST)
    assert [each.territorial_scope for each in made.statements] == [{good.market}]
    assert made.outside == 1
    (refused,) = made.unusable
    assert refused.case_id == "case-1"
    assert "'Germany'" in refused.why


def test_a_put_back_and_a_withdrawal_count_as_reversals(registry: Registry) -> None:
    for number, outcome in enumerate([AppealOutcome.UPHELD, AppealOutcome.REVERSED, AppealOutcome.PUT_BACK, None]):
        at = None if outcome is None else NOW + 4 * DAY
        appealed(registry, sent(registry, number), NOW + DAY, outcome=outcome, at=at)
    appealed(registry, sent(registry, 9, ended_at=NOW + 6 * DAY), NOW + DAY)
    made = report_on(registry, SECRET, ServiceSettings(), FIRST, LAST)
    counts = counts_of(made.statements, made.appeals, FIRST, LAST)
    assert (counts.appeals_received, counts.appeals_decided, counts.appeals_reversed) == (5, 4, 3)
    assert counts.median_days_to_decide == 3.0


def test_appeals_count_where_they_came_or_ended_within_the_period_and_the_eea(registry: Registry) -> None:
    before, after = datetime(2025, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    kept = {"sent_at": before - DAY, "posted_at": before - DAY}
    appealed(registry, sent(registry, 1, **kept), before, outcome=AppealOutcome.UPHELD, at=before + DAY)
    appealed(registry, sent(registry, 2, **kept), before, outcome=AppealOutcome.UPHELD, at=NOW)
    appealed(registry, sent(registry, 3, **kept), NOW, outcome=AppealOutcome.UPHELD, at=after)
    appealed(registry, sent(registry, 4, **kept), after)
    appealed(registry, sent(registry, 5, **kept, market="US"), NOW)
    appealed(registry, sent(registry, 6, **kept, market="FR"), NOW)
    made = report_on(registry, SECRET, ServiceSettings(), FIRST, LAST)
    assert len(made.appeals) == 3
    counts = counts_of(made.statements, made.appeals, FIRST, LAST)
    assert (counts.statements, counts.appeals_received, counts.appeals_decided) == (0, 2, 1)


def test_a_period_ends_after_it_begins(registry: Registry) -> None:
    with pytest.raises(InvalidField, match="2026-12-31"):
        report_on(registry, SECRET, ServiceSettings(), LAST, FIRST)


def test_files_are_numbered_and_hold_a_hundred_each() -> None:
    made = [stated(case_id=f"case-{number}") for number in range(201)]
    batches = dict(name_batches(made))
    assert list(batches) == ["statements-001.json", "statements-002.json", "statements-003.json"]
    assert [len(json.loads(body)["statements"]) for body in batches.values()] == [100, 100, 1]


# As the database's own StatementsStoreRequest.php (its commit 05ac95b) and API documentation (1b33f55) have them.
REQUIRED = {"decision_ground", "content_type", "category", "territorial_scope", "content_date", "application_date"}
REQUIRED |= {"decision_facts", "source_type", "automated_detection", "automated_decision", "puid"}
LISTS = {"decision_visibility", "content_type", "category_specification", "territorial_scope"}
LONGEST = {"illegal_content_legal_ground": 500, "illegal_content_explanation": 2000, "decision_facts": 5000}
LONGEST |= {"incompatible_content_ground": 500, "incompatible_content_explanation": 2000, "puid": 500}


@pytest.mark.parametrize("clause", [None, "Clause 7"])
def test_what_is_written_is_what_the_databases_own_rules_ask_for(clause: str | None) -> None:
    ((_, body),) = name_batches([stated(clause=clause, market="GR", ended_at=NOW + DAY)])
    (fields,) = json.loads(body)["statements"]
    ground = "incompatible_content" if clause else "illegal_content"
    last = "ground" if clause else "legal_ground"
    known = {*REQUIRED, *LISTS, f"{ground}_{last}", f"{ground}_explanation", "end_date_visibility_restriction"}
    assert set(fields) == known
    for name, value in fields.items():
        assert isinstance(value, list) == (name in LISTS)
        assert len(value) <= LONGEST.get(name, 500)
        if "date" in name:
            assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", fields["puid"])
    assert fields["category"] == "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    assert fields["automated_detection"] in ("Yes", "No")
    assert fields["end_date_visibility_restriction"] >= fields["application_date"]
