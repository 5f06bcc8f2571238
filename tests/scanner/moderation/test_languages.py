"""Sellers read whole texts in a language of their market, and are offered what applies there."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import scanner
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.seller_notices.appeals import BY_LAW, Appeals
from scanner.moderation.seller_notices.faults import AppealFault, AppealRefused
from scanner.moderation.seller_notices.languages import (
    ENGLISH,
    LANGUAGES,
    WordingUnusable,
    choose_language,
    english_name,
    languages_of,
    placeholders,
    read_texts,
    wording,
)
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.rules import Law, law_of, offered_forms, put_back_window
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.seller_notices.types import AppealOutcome, Form, SellerNotice
from scanner.moderation.seller_notices.wording import outcome_reason, outcome_text
from scanner.service.accounts.registry import open_registry
from scanner.service.service import check_usable
from scanner.settings import ServiceSettings, Settings, SettingsUnusable
from scanner.verdicts.case_states import Ground
from tests.scanner.moderation.test_cases import COPY, LISTING, LOGO, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import (
    COMPLAINT,
    MONDAY,
    REMOVED,
    SECRET,
    SETTINGS,
    SWORN,
    Office,
    office,  # noqa: F401 - a fixture
)
from tests.scanner.verdicts.test_judgement import NOW

BOTH = (Form.COMPLAINT, Form.COUNTER_NOTICE)


def with_settings(office: Office, **values: object) -> SellerNotices:  # noqa: F811
    settings = SETTINGS.model_copy(update=values)
    return SellerNotices(office.desk.registry, office.seller_notices.store, settings, Links(SECRET, None))


def message(office: Office, kind: str) -> dict[str, str]:  # noqa: F811
    """The one message of this type."""
    bodies = [json.loads(each.body) for each in list_deliveries(office.desk.registry.database)]
    (found,) = [body for body in bodies if body["type"] == kind]
    return dict(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    english, texts = read_texts()[ENGLISH], read_texts()[language]
    assert {key: placeholders(text) for key, text in texts.items()} == {
        key: placeholders(text) for key, text in english.items()
    }
    if language != ENGLISH:
        same = {key for key, text in texts.items() if text == english[key] and text.strip("{}") != "percent"}
        assert same <= {"page.moment", "form.counter_documents"}, "these are not translated"


def test_french_never_begins_a_line_with_punctuation() -> None:
    assert [text for text in read_texts()["fr"].values() if re.search(r"[ \w’}][:;!?»]|« ", text)] == []


def test_the_console_names_languages_in_english() -> None:
    assert [english_name(each) for each in ("de", "fr", "zh", ENGLISH)] == ["German", "French", "Chinese", "English"]


def test_no_text_is_written_in_vain() -> None:
    product = Path(scanner.__file__).parent
    used = "".join(path.read_text("utf-8") for kind in ("py", "j2") for path in product.rglob(f"*.{kind}"))
    by_kind = {"heading", "why", "rule", "appeal"}  # and by the part or kind of match that follows
    unused = [
        key
        for key in read_texts()[ENGLISH]
        for section, _, name in [key.partition(".")]
        if section not in ("ground", "redress") and name.partition("_")[0] not in by_kind
        if key not in used and f'"{name}"' not in used
    ]
    assert unused == []
    assert {key.removeprefix("ground.").replace("_", "-") for key in read_texts()[ENGLISH] if "ground." in key} == set(
        Ground
    )


@pytest.mark.parametrize(
    ("market", "language", "law"),
    [
        ("DE", "de", Law.EU),
        ("AT", "de", Law.EU),
        ("BE", "fr", Law.EU),
        ("FR", "fr", Law.EU),
        ("IT", "it", Law.EU),
        ("ES", "es", Law.EU),
        ("PL", "pl", Law.EU),
        ("NO", "en", Law.EU),
        ("CH", "de", Law.OTHER),
        ("CN", "zh", Law.OTHER),
        ("CA", "en", Law.OTHER),
        ("GB", "en", Law.UK),
        ("US", "en", Law.US),
        ("PR", "es", Law.US),
        ("de", "de", Law.EU),
        ("moon", "en", Law.UNKNOWN),
        (None, "en", Law.UNKNOWN),
    ],
)
def test_a_market_has_a_language_and_a_law(market: str | None, language: str, law: Law) -> None:
    assert (languages_of(market)[0], law_of(market)) == (language, law)


def test_a_notice_is_written_in_the_language_of_its_market_and_offers_what_applies_there(office: Office) -> None:  # noqa: F811
    sent = office.notified(market="DE")
    said = office.seller_notices.text_of(sent).plain()
    assert sent.language == "de"
    for part in ("Ihr Angebot L-1 wurde entfernt", "Deutschland (DE)", "1. September 2026, 12:00 UTC", "99\u00a0%"):
        assert part in said
    assert "Verordnung (EU) 2022/2065" in said
    assert "Streitbeilegungsstelle" in said
    assert "17 U.S.C." not in said
    brought = message(office, "seller_notice.sent")
    assert (brought["language"], brought["text"]) == ("de", said)
    assert "您的商品页面 L-1 已被移除" in office.seller_notices.text_of(sent, "zh").plain()
    assert "2026年9月1日 12:00 UTC" in office.seller_notices.text_of(sent, "zh").plain()
    with pytest.raises(AppealRefused) as refused:
        submit_appeal(office.seller_notices, sent.seller_notice_id, SWORN, NOW)
    assert "not possible here" in str(refused.value)
    assert "hier nicht möglich" in refused.value.said(wording("de"))


def test_counter_notices_are_offered_for_photos_in_the_united_states_or_where_the_settings_say(office: Office) -> None:  # noqa: F811
    german, american = office.notified(), office.notified(market="US")
    assert offered_forms(german) == (Form.COMPLAINT,)
    assert offered_forms(american) == BOTH
    assert offered_forms(replace(american, kind=ReferenceKind.LOGO)) == (Form.COMPLAINT,)
    assert offered_forms(german, {"DE"}) == BOTH
    assert offered_forms(replace(american, market=None)) == (Form.COMPLAINT,)
    assert offered_forms(replace(american, market=None), home_market="US") == BOTH
    assert offered_forms(replace(german, language=None)) == BOTH, "its text offered both"


def test_a_listing_without_a_market_is_in_the_home_market_if_there_is_one(office: Office) -> None:  # noqa: F811
    case = office.confirmed(listing=replace(LISTING, market=None)).case_id
    unknown = office.seller_notices.send(case, REMOVED, "ann", NOW)
    assert unknown.language == "en"
    assert "Our general terms say" in office.seller_notices.text_of(unknown).plain()
    office.seller_notices.withdraw(unknown.seller_notice_id, "ann", NOW)
    at_home = with_settings(office, home_market="FR")
    sent = at_home.send(case, REMOVED, "ann", NOW)
    assert sent.language == "fr"
    assert "Sur tous les marchés" in at_home.text_of(sent).plain()


@pytest.mark.parametrize(
    ("asked", "accepted", "market", "usual", "chosen"),
    [
        (None, "", "DE", "de", "de"),
        (None, "en-US,en;q=0.9", "DE", "de", "de"),
        ("zh", "de", "DE", "de", "zh"),
        ("xx", "", "DE", "de", "de"),
        (None, "it-CH, fr;q=0.8", "CH", "de", "it"),
        (None, "fr;q=0, it;q=0.1", "CH", "de", "it"),
        (None, "fr;q=x,,;q=", "CA", "en", "en"),
        (None, "fr", "DE", None, "en"),
    ],
)
def test_the_page_is_in_the_language_asked_for_or_the_markets(
    asked: str | None, accepted: str, market: str, usual: str | None, chosen: str
) -> None:
    assert choose_language(asked, accepted, market, usual) == chosen


def test_dates_numbers_and_shares_are_written_as_the_language_and_the_market_do() -> None:
    day, moment = date(2026, 3, 1), datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    assert wording("en", "GB").written(day) == "1 March 2026"
    assert wording("en", "US").written(day) == "March 1, 2026"
    assert wording("pl", "PL").written(moment) == "1 marca 2026, 09:05 UTC"
    assert wording("de", "AT").written(12_345) in ("12.345", "12 345")
    assert wording("fr", "moon").percent(0.999).split() == ["99", "%"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("evidence", [COPY, LOGO], ids=["photo", "logo"])
def test_every_notice_and_every_outcome_can_be_said_in_every_language(
    office: Office,  # noqa: F811
    language: str,
    evidence: object,
) -> None:
    appeal = office.appealed(evidence)
    sent, words = office.seller_notice(appeal.seller_notice_id), wording(language)
    for law, confidence in zip(Law, (None, 0.999, 0.005, 0.5, 1.0), strict=True):
        other = replace(sent, confidence=confidence, market=None, listing_id=None, from_notice=True, automated=True)
        said = office.seller_notices.text_of(other, language, on_its_page=law is Law.UNKNOWN).plain()
        assert "{" not in said
        assert "None" not in said
    for ground in Ground:
        done = replace(appeal, outcome=AppealOutcome.REVERSED, ground=ground, outcome_note="Because.")
        assert (outcome_reason(words, done) or "") in outcome_text(words, done, Law.EU)
    upheld = replace(appeal, outcome=AppealOutcome.UPHELD, outcome_note="Because.")
    assert words.say("redress.eu_decided") in outcome_text(words, upheld, Law.EU)
    assert words.say("redress.us") in outcome_text(words, upheld, Law.US)


def test_a_put_back_listing_is_announced_in_the_language_of_the_notice(office: Office) -> None:  # noqa: F811
    notices = with_settings(office, counter_notice_markets=frozenset({"IT"}))
    sent: SellerNotice = notices.send(
        office.confirmed(listing=replace(LISTING, market="IT")).case_id, REMOVED, "ann", MONDAY
    )
    submit_appeal(notices, sent.seller_notice_id, SWORN, MONDAY)
    (done,) = Appeals(notices).acting(BY_LAW).put_back_due(put_back_window(MONDAY).opens)
    assert "titolare dei diritti" in done.outcome_note
    brought = message(office, "appeal.decided")
    assert brought["outcome"] == "put-back"
    assert brought["text"].startswith("L’inserzione è mostrata di nuovo.")


def test_what_is_wrong_is_said_in_the_sellers_language(office: Office) -> None:  # noqa: F811
    sent = office.notified()
    with pytest.raises(AppealFault) as fault:
        submit_appeal(office.seller_notices, sent.seller_notice_id, replace(COMPLAINT, statement="x" * 5_001), NOW)
    assert str(fault.value) == "The statement has 5,001 characters: 5,000 at most."
    assert fault.value.said(wording("de", "DE")) == "Die Begründung hat 5.001 Zeichen; höchstens 5.000 sind möglich."


# A marketplace's own wording


def test_a_marketplaces_own_text_replaces_ours_and_the_rest_stays(office: Office, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "de.toml").write_text('[redress]\neu = "Fragen Sie Frau Muster bei Beispiel.de."\n', "utf-8")
    said = with_settings(office, wordings=tmp_path).text_of(office.notified()).plain()
    assert "Fragen Sie Frau Muster" in said
    assert "Ihr Angebot L-1 wurde entfernt" in said


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("nl.toml", "", "there is no such language"),
        ("de.toml", '[redress]\neuropa = "x"\n', "redress.europa is no text"),
        ("de.toml", '[redress]\neu = "Fragen Sie {name}."\n', "has name in braces, which has no value"),
        ("de.toml", '[redress]\neu = "Fragen Sie { uns."\n', "a brace that encloses no name"),
        ("de.toml", "[redress]\neu = 5\n", "redress.eu is no text"),
        ("de.toml", 'eu = "x"\n', "outside of a section"),
        ("de.toml", "[redress\n", "cannot be read"),
    ],
)
def test_a_wording_that_does_not_fit_is_named(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(WordingUnusable, match=why):
        read_texts(tmp_path)
    with pytest.raises(WordingUnusable, match="no such folder"):
        read_texts(tmp_path / "none")


def test_the_service_does_not_start_with_a_wording_that_does_not_fit(tmp_path: Path) -> None:
    settings = Settings(service=ServiceSettings(wordings=tmp_path / "none"))
    open_registry(Store(tmp_path), create=True).close()
    with pytest.raises(WordingUnusable, match="no such folder"):
        check_usable(Store(tmp_path), settings)


@pytest.mark.parametrize("values", [{"home_market": "XX"}, {"counter_notice_markets": ["USA"]}])
def test_markets_of_the_settings_are_countries(values: dict[str, object]) -> None:
    with pytest.raises((ValueError, SettingsUnusable), match="ISO 3166"):
        ServiceSettings.model_validate(values)
