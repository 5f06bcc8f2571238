"""Statements of reasons: nothing that the database would refuse, nothing about a person; and the yearly counts."""

import json
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.fields import EEA, EU
from brand_index.types import ReferenceKind, reference_id
from scanner.moderation.statements import (
    Account,
    Automation,
    Complaint,
    ComplaintOutcome,
    ContentType,
    Count,
    Ground,
    Keyword,
    Monetary,
    Provision,
    Source,
    Statement,
    StatementUnusable,
    Visibility,
    as_json,
    as_json_value,
    counts_of,
    puid_of,
    statement_of,
)
from scanner.verdicts.types import Reason

KEY = b"0123456789abcdef"
OF_WORDS = (
    *(Reason.WORD_UNAUTHORIZED, Reason.WORD_IN_TEXT, Reason.NOMINATIVE_USE),
    *(Reason.LOOKALIKE, Reason.IMITATION_NAMED, Reason.REPLICA_OFFERED),
)
TERMS_ALONE = {Reason.MARK_CONCEALED}  # test_concealed_notices.py has its statement
INFRINGEMENTS = (Reason.LOGO_UNAUTHORIZED, Reason.PHOTO_COPIED, Reason.PHOTO_SUSPECTED, *OF_WORDS)
APPLIED = date(2026, 3, 1)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
LENGTHS = {
    "puid": 500,
    "decision_visibility_other": 500,
    "decision_monetary_other": 500,
    "content_type_other": 500,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "source_identity": 500,
    "decision_facts": 5000,
}
ENDS = {
    "end_date_visibility_restriction": "decision_visibility",
    "end_date_monetary_restriction": "decision_monetary",
    "end_date_service_restriction": "decision_provision",
    "end_date_account_restriction": "decision_account",
}
BY_TERMS = {
    "decision_ground": Ground.INCOMPATIBLE,
    "illegal_content_legal_ground": None,
    "illegal_content_explanation": None,
    "incompatible_content_ground": "clause 7",
    "incompatible_content_explanation": "because",
}


def statement(**changed: Any) -> Statement:
    """A statement that says as much as one on illegal content can."""
    said: dict[str, Any] = {
        "puid": "p-1_A",
        "decision_visibility": frozenset({Visibility.REMOVED, Visibility.OTHER}),
        "decision_visibility_other": "moved",
        "decision_monetary": Monetary.OTHER,
        "decision_monetary_other": "held",
        "decision_provision": Provision.SUSPENDED,
        "decision_account": Account.SUSPENDED,
        "decision_ground": Ground.ILLEGAL,
        "illegal_content_legal_ground": "the law",
        "illegal_content_explanation": "because",
        "category_specification": frozenset({Keyword.TRADEMARK}),
        "content_type": frozenset({ContentType.PRODUCT, ContentType.OTHER}),
        "content_type_other": "catalogue",
        "content_date": date(2026, 2, 1),
        "territorial_scope": frozenset({"DE", "AT"}),
        "application_date": APPLIED,
        "decision_facts": "facts",
        "source_type": Source.TRUSTED_FLAGGER,
        "source_identity": "a body",
        "automated_detection": True,
        "automated_decision": Automation.NOT,
    }
    return Statement(**{**said, **changed})


def built(**changed: Any) -> Statement:
    given: dict[str, Any] = {
        "case_id": "case 7",
        "key": KEY,
        "reason": Reason.LOGO_UNAUTHORIZED,
        "listing": Visibility.REMOVED,
        "countries": ("DE",),
        "posted_on": date(2026, 2, 1),
        "applied_on": APPLIED,
        "brand": "Acme",
        "reference_id": reference_id("acme", ReferenceKind.LOGO, "0123456789abcdef" * 4),
        "detected_by_machine": True,
        "decided": Automation.NOT,
        "confidence": "97 % sure",
    }
    return statement_of(**{**given, **changed})


def sent(*statements: Statement) -> list[dict[str, Any]]:
    return [each for body in as_json(statements) for each in json.loads(body)["statements"]]


def assert_refused(complaint: str, **changed: Any) -> None:
    with pytest.raises(StatementUnusable, match=complaint):
        statement(**changed)


@pytest.mark.parametrize("name", LENGTHS)
def test_a_text_may_be_as_long_as_the_database_allows_and_no_longer(name: str) -> None:
    ground: dict[str, Any] = BY_TERMS if name.startswith("incompatible") else {}
    longest = "é" if name != "puid" else "a"
    assert statement(**{**ground, name: longest * LENGTHS[name]})
    assert_refused(f"^{name} .*at most {LENGTHS[name]} characters", **{**ground, name: longest * (LENGTHS[name] + 1)})


@pytest.mark.parametrize("name", LENGTHS)
@pytest.mark.parametrize("blank", ["", " \n\t"])
def test_a_text_of_blanks_is_none(name: str, blank: str) -> None:
    assert_refused(f"^{name} ", **{**(BY_TERMS if name.startswith("incompatible") else {}), name: blank})


@given(st.text(max_size=20))
def test_a_puid_has_letters_digits_hyphens_and_underscores_only(puid: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9_-]+", puid, re.ASCII):
        assert statement(puid=puid).puid == puid
    else:
        assert_refused("^puid ", puid=puid)


@pytest.mark.parametrize("puid", ["a\n", "a b", "a.b", "ä", "a/b"])
def test_a_puid_with_anything_else_is_refused(puid: str) -> None:
    assert_refused("^puid ", puid=puid)


@given(st.sets(st.sampled_from(list(ENDS.values()))))
def test_a_statement_says_one_of_the_four_decisions_at_least(kept: set[str]) -> None:
    nothing: dict[str, Any] = {"decision_visibility": frozenset(), "decision_visibility_other": None}
    nothing |= {"decision_monetary": None, "decision_monetary_other": None}
    nothing |= {"decision_provision": None, "decision_account": None}
    whole: dict[str, Any] = {"decision_visibility": frozenset({Visibility.DISABLED})}
    whole |= {"decision_monetary": Monetary.SUSPENDED}
    whole |= {"decision_provision": Provision.TERMINATED, "decision_account": Account.TERMINATED}
    changed = {**nothing, **{name: whole[name] for name in kept}}
    if kept:
        assert statement(**changed)
    else:
        assert_refused("give at least one", **changed)


@pytest.mark.parametrize(
    ("name", "nothing_asks"),
    [
        ("decision_visibility_other", {"decision_visibility": frozenset({Visibility.REMOVED})}),
        ("decision_monetary_other", {"decision_monetary": Monetary.SUSPENDED}),
        ("content_type_other", {"content_type": frozenset({ContentType.IMAGE})}),
    ],
)
def test_what_is_other_is_stated_and_nothing_else_is(name: str, nothing_asks: dict[str, Any]) -> None:
    assert statement(**{name: "given"})
    assert_refused(f"^{name} is missing", **{name: None})
    assert statement(**nothing_asks, **{name: None})
    assert_refused(f"^{name} 'given': leave it out", **nothing_asks, **{name: "given"})


@pytest.mark.parametrize("name", ["illegal_content_legal_ground", "illegal_content_explanation"])
def test_illegal_content_needs_its_law_and_why_and_terms_need_neither(name: str) -> None:
    assert_refused(f"^{name} is missing", **{name: None})
    assert_refused(f"^{name} 'x': leave it out", **{**BY_TERMS, name: "x"})


@pytest.mark.parametrize("name", ["incompatible_content_ground", "incompatible_content_explanation"])
def test_incompatible_content_needs_its_clause_and_why_and_the_law_needs_neither(name: str) -> None:
    assert statement(**BY_TERMS)
    assert_refused(f"^{name} is missing", **{**BY_TERMS, name: None})
    assert_refused(f"^{name} 'x': leave it out", **{name: "x"})


@pytest.mark.parametrize(("illegal", "word"), [(True, "Yes"), (False, "No")])
def test_only_incompatible_content_may_be_called_illegal_besides(illegal: bool, word: str) -> None:
    besides = {"incompatible_content_illegal": illegal}
    assert sent(statement(**BY_TERMS, **besides))[0]["incompatible_content_illegal"] == word
    assert_refused("incompatible_content_illegal: leave it out", **besides)


def test_who_gave_notice_is_not_stated_where_nobody_did() -> None:
    assert_refused("^source_identity 'a body': leave it out", source_type=Source.VOLUNTARY)
    assert statement(source_type=Source.VOLUNTARY, source_identity=None)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("content_date", date(2000, 1, 1), date(2038, 1, 1)),
        ("application_date", date(2020, 1, 1), date(2038, 1, 1)),
        *((name, APPLIED, date(2038, 1, 1)) for name in ENDS),
    ],
)
def test_a_day_lies_within_what_the_database_knows(name: str, first: date, last: date) -> None:
    one = timedelta(days=1)
    assert statement(**{name: first})
    assert statement(**{name: last})
    assert_refused(f"^{name} ", **{name: first - one})
    assert_refused(f"^{name} ", **{name: last + one})


@pytest.mark.parametrize("name", ["content_date", "application_date", *ENDS])
@pytest.mark.parametrize("value", ["2026-03-01", "01/03/2026", datetime(2026, 3, 1), 0])
def test_a_day_is_a_date_and_nothing_that_could_be_read_in_two_ways(name: str, value: object) -> None:
    assert_refused(f"^{name} ", **{name: value})


@given(st.dates(date(2020, 1, 1), date(2038, 1, 1)))
def test_days_are_sent_as_year_month_day(day: date) -> None:
    fields = sent(statement(application_date=day, end_date_account_restriction=day))[0]
    assert fields["application_date"] == fields["end_date_account_restriction"] == f"{day:%Y-%m-%d}"
    assert fields["content_date"] == "2026-02-01"


@pytest.mark.parametrize("end", ENDS)
def test_an_end_needs_its_own_decision(end: str) -> None:
    decision = ENDS[end]
    nothing: dict[str, Any] = {decision: frozenset() if decision == "decision_visibility" else None}
    if decision in ("decision_visibility", "decision_monetary"):
        nothing[f"{decision}_other"] = None
    assert statement(**{end: APPLIED})
    assert statement(**nothing)
    assert_refused(f"^{end} 2026-03-01: no decision has this end", **nothing, **{end: APPLIED})


@pytest.mark.parametrize("state", ["GB", "CH", "EL", "XX", "de", "EU", ""])
def test_a_decision_applies_in_states_of_the_eea(state: str) -> None:
    assert (len(EU), len(EEA)) == (27, 30)
    assert sent(statement(territorial_scope=EEA))[0]["territorial_scope"] == sorted(EEA)
    assert_refused(f"^territorial_scope {state}: outside the EEA", territorial_scope=frozenset({"DE", state}))


def test_a_decision_applies_somewhere_and_to_something() -> None:
    assert_refused("^territorial_scope .*at least 1", territorial_scope=frozenset())
    assert_refused("^content_type .*at least 1", content_type=frozenset(), content_type_other=None)


@pytest.mark.parametrize("language", ["de", "XX", "DEU", ""])
def test_a_language_is_two_capital_letters_that_are_one(language: str) -> None:
    assert sent(statement(content_language="DE"))[0]["content_language"] == "DE"
    assert_refused("^content_language ", content_language=language)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decision_visibility", frozenset({"DECISION_VISIBILITY_CONTENT_HIDDEN"})),
        ("decision_monetary", "DECISION_MONETARY_FINE"),
        ("decision_provision", "x"),
        ("decision_account", "x"),
        ("account_type", "x"),
        ("decision_ground", "x"),
        ("content_type", frozenset({"x"})),
        ("category", "STATEMENT_CATEGORY_VIOLENCE"),
        ("category_specification", frozenset({"KEYWORD_NUDITY"})),
        ("source_type", "x"),
        ("automated_detection", "Yes"),
        ("automated_decision", "x"),
    ],
)
def test_a_choice_is_one_of_its_words(name: str, value: object) -> None:
    assert_refused(name, **{name: value})


def test_a_field_that_the_database_does_not_have_is_refused() -> None:
    assert_refused("^seller_id ", seller_id="S1")


def test_a_statement_is_checked_again_when_it_is_changed_and_does_not_change_in_place() -> None:
    whole = statement()
    with pytest.raises(StatementUnusable, match=r"^puid "):
        replace(whole, puid="a b")
    with pytest.raises(FrozenInstanceError):
        whole.puid = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("reason", "keyword", "law"),
    [
        (Reason.LOGO_UNAUTHORIZED, "KEYWORD_TRADEMARK_INFRINGEMENT", "2017/1001"),
        (Reason.PHOTO_COPIED, "KEYWORD_COPYRIGHT_INFRINGEMENT", "2001/29"),
        (Reason.PHOTO_SUSPECTED, "KEYWORD_COPYRIGHT_INFRINGEMENT", "2001/29"),
    ],
)
def test_a_logo_infringes_a_trade_mark_and_a_photo_copyright(reason: Reason, keyword: str, law: str) -> None:
    fields = sent(built(reason=reason))[0]
    assert fields["category"] == "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    assert fields["category_specification"] == [keyword]
    assert law in fields["illegal_content_legal_ground"]
    assert ("probably" in fields["decision_facts"]) == (reason is Reason.PHOTO_SUSPECTED)


@pytest.mark.parametrize("reason", OF_WORDS)
def test_a_word_infringes_a_trade_mark_and_it_is_said_where_it_is(reason: Reason) -> None:
    fields = sent(built(reason=reason))[0]
    assert fields["category_specification"] == ["KEYWORD_TRADEMARK_INFRINGEMENT"]
    assert "CONTENT_TYPE_TEXT" in fields["content_type"]
    assert ("CONTENT_TYPE_IMAGE" in fields["content_type"]) == (reason is not Reason.WORD_IN_TEXT)
    facts = fields["decision_facts"]
    assert ("registered for" in facts, "a logo" in facts, "photo" in facts, "{" in facts) == (True, False, False, False)
    assert ("replica" in facts) == (reason is Reason.REPLICA_OFFERED)


@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason not in {*INFRINGEMENTS, Reason.MARK_CONCEALED}]
)
def test_what_infringes_nothing_has_no_statement(reason: Reason) -> None:
    with pytest.raises(StatementUnusable, match=f"^reason {reason.value}: is no infringement"):
        built(reason=reason)


def test_what_was_done_is_said_in_the_words_of_the_database() -> None:
    suspended = built(listing=Visibility.DISABLED, account=Account.SUSPENDED, account_until=date(2026, 4, 1))
    fields = sent(suspended)[0]
    assert fields["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    assert fields["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert fields["end_date_account_restriction"] == "2026-04-01"
    with pytest.raises(StatementUnusable, match="give at least one"):
        built(listing=None)


@pytest.mark.parametrize("machine", [True, False])
@pytest.mark.parametrize("decided", Automation)
def test_who_found_and_who_decided_is_stated_twice_and_alike(machine: bool, decided: Automation) -> None:
    fields = sent(built(detected_by_machine=machine, decided=decided))[0]
    assert fields["automated_detection"] == ("Yes" if machine else "No")
    assert fields["automated_decision"] == decided.value
    assert ("Software found it" in fields["decision_facts"]) == machine
    assert ("without a person" in fields["decision_facts"]) == (decided is Automation.FULLY)
    assert ("A person decided" in fields["decision_facts"]) == (decided is Automation.NOT)


def test_how_sure_the_comparison_was_is_stated_where_there_was_one() -> None:
    assert "The comparison was 97 % sure." in built().decision_facts
    assert "comparison was" not in built(confidence=None).decision_facts


def test_a_clause_that_was_relied_on_takes_the_place_of_the_law() -> None:
    fields = sent(built(clause="Clause 7: no goods that bear another's mark."))[0]
    assert fields["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert fields["incompatible_content_ground"].startswith("Clause 7")
    assert not [name for name in fields if name.startswith("illegal")]


# These letters make no word of the statements' own texts, so that what is found there came from outside.
private = st.text("qxzjQXZJ", min_size=4, max_size=12)


@given(private, private, private, st.sampled_from(INFRINGEMENTS), st.integers(1, 9))
def test_nothing_of_seller_title_or_file_is_in_what_is_sent(
    seller_id: str, title: str, file: str, reason: Reason, nth: int
) -> None:
    body = "".join(as_json([built(case_id=f"{seller_id}-{title}_{file}", reason=reason, nth=nth)]))
    assert not [word for word in (seller_id, title, file) if word in body]


@pytest.mark.parametrize("name", ["IMG_1.jpg", "acme-logo", "Red shoes, new", "acme-logo-0123456789abcdef.png", ""])
def test_a_reference_goes_by_the_id_of_the_registry_and_by_no_name(name: str) -> None:
    with pytest.raises(StatementUnusable, match=r"^reference_id "):
        built(reference_id=name)


def test_a_puid_stays_for_a_decision_and_is_another_for_any_other_decision_case_or_key() -> None:
    puids = [puid_of(case, key, nth) for case in ("1", "11") for key in (KEY, KEY[::-1]) for nth in (1, 2, 11)]
    assert len(set(puids)) == len(puids)
    assert all(re.fullmatch("[0-9a-f]{64}", puid) for puid in puids)
    assert puid_of("1", KEY) == puids[0] == built(case_id="1").puid


@pytest.mark.parametrize(
    ("case_id", "key", "nth", "complaint"),
    [("", KEY, 1, "^case ''"), ("c", KEY, 0, "decision 0"), ("c", KEY[:-1], 1, "has 15 bytes")],
)
def test_a_puid_needs_a_case_a_number_and_a_key_that_nobody_guesses(
    case_id: str, key: bytes, nth: int, complaint: str
) -> None:
    with pytest.raises(StatementUnusable, match=complaint) as raised:
        puid_of(case_id, key, nth)
    assert "0123" not in str(raised.value)


@pytest.mark.parametrize(
    ("number", "sizes"), [(0, []), (1, [1]), (99, [99]), (100, [100]), (101, [100, 1]), (200, [100, 100])]
)
def test_a_call_takes_a_hundred_statements(number: int, sizes: list[int]) -> None:
    whole = statement()
    bodies = [json.loads(body) for body in as_json(replace(whole, puid=str(nth)) for nth in range(number))]
    assert [list(body) for body in bodies] == [["statements"]] * len(sizes)
    assert [len(body["statements"]) for body in bodies] == sizes
    assert [each["puid"] for body in bodies for each in body["statements"]] == [str(nth) for nth in range(number)]


def test_bodies_are_made_as_they_are_asked_for() -> None:
    def endless() -> Iterator[Statement]:
        whole, nth = statement(), 0
        while True:
            yield replace(whole, puid=str(nth))
            nth += 1

    assert len(json.loads(next(as_json(endless())))["statements"]) == 100


def test_a_decision_that_is_sent_twice_in_one_call_is_refused_before_the_database_refuses_all() -> None:
    with pytest.raises(StatementUnusable, match=r"^puid p-1_A: given twice"):
        list(as_json([statement(), statement(puid="other"), statement()]))


def test_what_is_not_said_is_left_out_and_lists_are_in_order() -> None:
    assert "decision_visibility" not in sent(built(listing=None, account=Account.TERMINATED))[0]
    fields = sent(built())[0]
    assert None not in fields.values()
    assert [] not in fields.values()
    assert fields["content_type"] == ["CONTENT_TYPE_IMAGE", "CONTENT_TYPE_PRODUCT"]
    assert not set(fields) - set(Statement.__dataclass_fields__)


def test_a_brands_name_is_sent_as_it_is_written() -> None:
    body = "".join(as_json([built(brand="Žižka & Søn")]))
    assert "Žižka & Søn" in body
    assert body.encode("utf-8")


def appeal(received: date, decided: date | None = None, outcome: ComplaintOutcome | None = None) -> Complaint:
    return Complaint(received, decided, outcome)


def test_each_restriction_ground_and_keyword_is_counted_under_its_word() -> None:
    stated = [
        statement(),
        built(account=Account.TERMINATED, detected_by_machine=False, decided=Automation.FULLY),
        built(reason=Reason.PHOTO_COPIED, clause="7", decided=Automation.FULLY),
        built(decided=Automation.PARTIALLY),
    ]
    counts = counts_of(stated, [], FIRST, LAST)
    assert counts.statements == 4
    assert {count for count in counts.by_restriction if count.number} == {
        Count("DECISION_VISIBILITY_CONTENT_REMOVED", 4),
        Count("DECISION_VISIBILITY_OTHER", 1),
        Count("DECISION_MONETARY_OTHER", 1),
        Count("DECISION_PROVISION_TOTAL_SUSPENSION", 1),
        Count("DECISION_ACCOUNT_SUSPENDED", 1),
        Count("DECISION_ACCOUNT_TERMINATED", 1),
    }
    assert [count.number for count in counts.by_ground] == [3, 1]
    assert [count.number for count in counts.by_keyword] == [3, 1]
    assert (counts.detected_by_machine, counts.detected_otherwise) == (3, 1)
    assert [count.number for count in counts.by_automation] == [2, 1, 1]
    assert counts.decided_by_machine_alone == 2


def test_a_word_that_nothing_says_is_counted_as_none() -> None:
    counts = counts_of([], [], FIRST, LAST)
    assert [count.word for count in counts.by_restriction] == [*Visibility, *Monetary, *Provision, *Account]
    assert {count.number for count in counts.by_restriction} == {0}
    assert counts.median_days_to_decide is None


@pytest.mark.parametrize(("day", "number"), [(-1, 0), (0, 1), (364, 1), (365, 0)])
def test_a_statement_counts_in_the_period_from_which_it_applies(day: int, number: int) -> None:
    stated = statement(application_date=FIRST + timedelta(days=day))
    assert counts_of([stated], [], FIRST, LAST).statements == number


def test_an_appeal_counts_when_it_came_in_and_when_it_was_decided() -> None:
    one = timedelta(days=1)
    appeals = [
        appeal(FIRST - one, FIRST, ComplaintOutcome.REVERSED),  # came in last year
        appeal(FIRST, FIRST + 9 * one, ComplaintOutcome.UPHELD),
        appeal(FIRST, FIRST + 9 * one, ComplaintOutcome.UPHELD),
        appeal(LAST, LAST + one, ComplaintOutcome.REVERSED),  # decided next year
        appeal(LAST),
        appeal(FIRST - one, FIRST - one, ComplaintOutcome.REVERSED),
    ]
    counts = counts_of([], appeals, FIRST, LAST)
    assert (counts.appeals_received, counts.appeals_decided, counts.appeals_reversed) == (4, 3, 1)
    assert counts.median_days_to_decide == 9.0


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(ComplaintOutcome)), min_size=1))
def test_half_of_the_decisions_took_no_longer_than_the_median(ended: list[tuple[int, ComplaintOutcome]]) -> None:
    appeals = [appeal(FIRST, FIRST + timedelta(days=days), outcome) for days, outcome in ended]
    middle = counts_of([], appeals, FIRST, LAST).median_days_to_decide
    assert middle is not None
    assert 2 * sum(days <= middle for days, _ in ended) >= len(ended)
    assert 2 * sum(days >= middle for days, _ in ended) >= len(ended)


@pytest.mark.parametrize(
    ("decided", "outcome", "complaint"),
    [
        (FIRST, None, "both or none"),
        (None, ComplaintOutcome.UPHELD, "both or none"),
        (FIRST, ComplaintOutcome.UPHELD, "is earlier"),
    ],
)
def test_an_appeal_ends_with_a_day_and_an_outcome_and_not_before_it_began(
    decided: date | None, outcome: ComplaintOutcome | None, complaint: str
) -> None:
    assert appeal(FIRST, FIRST, ComplaintOutcome.UPHELD)
    with pytest.raises(StatementUnusable, match=complaint):
        appeal(FIRST + timedelta(days=1), decided, outcome)


def test_a_period_begins_before_it_ends() -> None:
    assert counts_of([], [], FIRST, FIRST).first_day == FIRST
    with pytest.raises(StatementUnusable, match=r"^period 2026-12-31 to 2026-01-01"):
        counts_of([], [], LAST, FIRST)


def test_counts_are_plain_json() -> None:
    value = json.loads(json.dumps(as_json_value(counts_of([statement()], [], FIRST, LAST))))
    assert (value["first_day"], value["last_day"], value["statements"]) == ("2026-01-01", "2026-12-31", 1)
    assert value["by_ground"] == {
        "DECISION_GROUND_ILLEGAL_CONTENT": 1,
        "DECISION_GROUND_INCOMPATIBLE_CONTENT": 0,
    }
    assert value["median_days_to_decide"] is None
