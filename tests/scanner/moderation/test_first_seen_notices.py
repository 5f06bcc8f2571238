"""A notice to a seller says who showed the photo first, in the seller's language, and names no other seller."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scanner.moderation.seller_notices.languages import ENGLISH, LANGUAGES, wording
from scanner.moderation.seller_notices.wording import seller_notice_text
from scanner.verdicts.types import First
from tests.scanner.moderation.test_cases import SUSPECTED, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import REMOVED, Office, office  # noqa: F401 - a fixture
from tests.scanner.verdicts.test_judgement import NOW

DAY = date(2026, 1, 5)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("first", First)
def test_it_says_who_was_first_and_when(office: Office, language: str, first: First) -> None:  # noqa: F811
    sent = office.seller_notices.send(office.confirmed(SUSPECTED).case_id, REMOVED, "ann", NOW)
    words, notice = wording(language, None), replace(sent, first_seen=first, first_seen_day=DAY, market=None)
    key = {First.OWN: "first_own_listing", First.OTHER: "first_other_listing", First.REFERENCE: "first_reference"}[
        first
    ]
    expected = words.say(f"notice.{key}", brand="Acme", day=DAY)
    assert expected in seller_notice_text(words, notice, "Acme", None).why
    assert expected not in seller_notice_text(words, sent, "Acme", None).why


def test_the_day_is_written_as_the_language_writes_days(office: Office) -> None:  # noqa: F811
    sent = office.seller_notices.send(office.confirmed(SUSPECTED).case_id, REMOVED, "ann", NOW)
    notice = replace(sent, first_seen=First.OWN, first_seen_day=DAY + timedelta(days=2))
    why = seller_notice_text(wording(ENGLISH, None), notice, "Acme", None).why
    assert "7 January 2026" in why or "January 7, 2026" in why
