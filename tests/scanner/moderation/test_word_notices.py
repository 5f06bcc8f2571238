"""Notices to sellers name words in their language: where a word was found, which is registered, and nothing more."""

from dataclasses import replace

import pytest

from brand_index.registration import register_word
from brand_index.types import Brand, ReferenceKind, Spelling
from scanner.engine.types import Evidence, Where
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.seller_notices.languages import ENGLISH, LANGUAGES, wording
from scanner.moderation.seller_notices.rules import confirmed_reason
from scanner.moderation.seller_notices.types import Form, SellerNotice, Track
from scanner.moderation.statements.reporting import statement_for
from scanner.verdicts.case_states import CaseState, Ground, grounds_for
from scanner.verdicts.types import Listing, Reason
from tests.scanner.found_words import a_place, a_word
from tests.scanner.moderation.test_cases import LISTING, SUSPECTED, Shown, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import REMOVED, SECRET, Office, office  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

IN_IMAGE = a_word(a_place(Where.IMAGE, "TARNVIK", "TARNVIK"))
ALIKE = a_word(a_place(Where.IMAGE, "TARNV1K", "TARNV1K", Spelling.LOOKALIKE_LETTERS, 0.9))
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")


def notified(office: Office, evidence: Evidence, listing: Listing = LISTING) -> SellerNotice:  # noqa: F811
    return office.seller_notices.send(office.confirmed(evidence, listing).case_id, REMOVED, "ann", NOW)


def as_of(office: Office, reason: Reason, confidence: float | None = 0.9) -> SellerNotice:  # noqa: F811
    """A notice about a word for this reason."""
    sent = notified(office, IN_IMAGE)
    return replace(sent, reason=reason, confidence=confidence, market=None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("reason", "confidence", "text"),
    [
        (Reason.WORD_UNAUTHORIZED, 0.9, "why_word_in_image"),
        (Reason.WORD_IN_TEXT, 0.9, "why_word_in_text"),
        (Reason.LOOKALIKE, 0.9, "why_lookalike"),
        (Reason.NOMINATIVE_USE, 0.9, "why_word"),
        (Reason.WORD_UNAUTHORIZED, None, "why_word"),
    ],
)
def test_a_notice_says_in_every_language_where_the_word_is(
    office: Office,  # noqa: F811
    language: str,
    reason: Reason,
    confidence: float | None,
    text: str,
) -> None:
    said = office.seller_notices.text_of(as_of(office, reason, confidence), language)
    words = wording(language)
    assert said.why.startswith(words.say(f"notice.{text}", brand="Acme"))
    assert "{" not in said.plain()
    compared = words.say("notice.software", sureness="90").partition("90")[0]
    assert compared not in said.plain(), "no images were compared"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("reason", "text"), [(Reason.REPLICA_OFFERED, "replica"), (Reason.IMITATION_NAMED, "imitation")]
)
def test_what_the_listing_says_of_its_goods_is_told(
    office: Office,  # noqa: F811
    language: str,
    reason: Reason,
    text: str,
) -> None:
    said = wording(language).say(f"notice.{text}", brand="Acme")
    assert said in office.seller_notices.text_of(as_of(office, reason), language).why
    assert said not in office.seller_notices.text_of(as_of(office, Reason.WORD_UNAUTHORIZED), language).why


def test_a_notice_names_the_registered_word(office: Office) -> None:  # noqa: F811
    desk_of, store = office.desk.registry, office.seller_notices.store
    held = register_word(desk_of, store=store, brand=ACME, word="Tarnvik", now=NOW).reference
    sent = notified(office, replace(IN_IMAGE, reference_id=held.reference_id))
    assert office.seller_notices.word_of(sent) == "Tarnvik"
    assert "The registered word is: Tarnvik." in office.seller_notices.text_of(sent, ENGLISH).why
    assert "registered word is" not in office.seller_notices.text_of(as_of(office, sent.reason), ENGLISH).why


def test_trade_mark_law_applies_to_a_word(office: Office) -> None:  # noqa: F811
    sent = notified(office, IN_IMAGE, replace(LISTING, market="US"))
    assert (sent.track, sent.reason) == (Track.TRADE_MARK, Reason.WORD_UNAUTHORIZED)
    assert Form.COUNTER_NOTICE not in office.seller_notices.texts.forms(sent)
    named = replace(sent, market="DE", reference_id=f"acme-word-{'0' * 16}")
    made = statement_for(named, "Acme", SECRET, ["DE"])
    assert made is not None
    assert "shows a word" in made.decision_facts


@pytest.mark.parametrize(
    ("kind", "reason", "given"),
    [
        (ReferenceKind.WORD, Reason.WORD_IN_TEXT, Reason.WORD_IN_TEXT),
        (ReferenceKind.WORD, Reason.LOOKALIKE, Reason.LOOKALIKE),
        (ReferenceKind.WORD, Reason.INCOMPLETE, Reason.WORD_UNAUTHORIZED),
        (ReferenceKind.LOGO, Reason.REPLICA_OFFERED, Reason.REPLICA_OFFERED),
        (ReferenceKind.LOGO, Reason.WORD_IN_TEXT, Reason.LOGO_UNAUTHORIZED),
        (ReferenceKind.PHOTO, Reason.REPLICA_OFFERED, Reason.PHOTO_COPIED),
        (ReferenceKind.PHOTO, Reason.PHOTO_SUSPECTED, Reason.PHOTO_SUSPECTED),
    ],
)
def test_a_confirmed_case_has_the_reason_of_its_scan_where_that_fits_its_kind(
    office: Office,  # noqa: F811
    kind: ReferenceKind,
    reason: Reason,
    given: Reason,
) -> None:
    case = replace(office.confirmed(SUSPECTED), kind=kind, reason=reason)
    assert confirmed_reason(case) is given


def test_of_a_word_that_only_people_saw_it_is_not_said_where_the_scan_found_another(office: Office) -> None:  # noqa: F811
    notice = NoticeSubmission("acme", ReferenceKind.WORD, "Ours.")
    other = a_word(a_place(Where.TITLE, "Orlanda cap", "Orlanda"), word="Orlanda", brand="bolt")
    listing = replace(LISTING, title="Orlanda cap")
    case_id = office.desk.scan(Shown((other,)), listing=listing, notice=notice).scan_id
    office.seller_notices.decide([case_id], "ann", CaseState.CONFIRMED, now=NOW)
    sent = office.seller_notices.send(case_id, REMOVED, "ann", NOW)
    assert (sent.kind, sent.reason, sent.confidence) == (ReferenceKind.WORD, Reason.WORD_UNAUTHORIZED, None)


def test_a_word_is_dismissed_on_the_grounds_of_a_logo(office: Office) -> None:  # noqa: F811
    assert grounds_for(ReferenceKind.WORD) == grounds_for(ReferenceKind.LOGO)
    assert Ground.OWN_PHOTO not in grounds_for(ReferenceKind.WORD)
    case = office.desk.flag(ALIKE)
    office.seller_notices.decide([case.case_id], "ann", CaseState.DISMISSED, ground=Ground.NOMINATIVE_USE, now=NOW)
    assert office.desk.case(case.case_id).ground is Ground.NOMINATIVE_USE
