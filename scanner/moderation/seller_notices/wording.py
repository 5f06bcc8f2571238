"""The text of seller notices and the state of appeals in words: short, plain, without legal conclusions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from brand_index.types import ReferenceKind
from scanner.moderation.seller_notices.languages import ENGLISH, Wording, languages_of, wording
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.rules import Law, law_of, offered_forms, put_back_window
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, Form, SellerNotice, Track
from scanner.settings import ServiceSettings
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import First, Reason

ONE_DAY: Final = timedelta(days=1)
SUREST: Final = 0.99  # no text says that software is surer
# Words of the console, whose users read English.
RESTRICTIONS: Final = {
    Restriction.REMOVED: "was removed",
    Restriction.DISABLED: "is no longer shown to buyers",
    Restriction.DEMOTED: "is shown to fewer buyers",
}
OUTCOMES: Final = {
    AppealOutcome.UPHELD: "The decision stands",
    AppealOutcome.REVERSED: "The decision was wrong and is withdrawn",
    AppealOutcome.PUT_BACK: "The listing is shown again",
}
ANSWERS: Final = {
    Answer.AGREES: "agrees that the listing may be shown",
    Answer.INSISTS: "maintains its complaint",
    Answer.SUES: "has filed an action in court",
}

# Where software found a word, by the reason; after any other reason, or where people alone saw it, the text says less.
_OF_WORDS: Final = {
    Reason.WORD_UNAUTHORIZED: "why_word_in_image",
    Reason.WORD_IN_TEXT: "why_word_in_text",
    Reason.LOOKALIKE: "why_lookalike",
}
# By kind, where the text differs from that of images; None: a concealed mark.
_SOFTWARE: Final = {ReferenceKind.WORD: "notice.software_word", None: "notice.software_concealed"}
_IMAGES: Final = {ReferenceKind.WORD: "notice.images_word", None: "notice.images_concealed"}
_FIRST: Final = {
    First.OWN: "first_own_listing",
    First.OTHER: "first_other_listing",
    First.REFERENCE: "first_reference",
}
_SAID_BESIDE: Final = {Reason.REPLICA_OFFERED: "replica", Reason.IMITATION_NAMED: "imitation"}


@dataclass(frozen=True, slots=True)
class SellerNoticeText:
    """A seller notice in words, section by section."""

    headings: tuple[str, ...]
    what: str
    where: str
    why: str
    evidence: str
    options: tuple[str, ...]  # what the seller can do, and until when

    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each heading with its paragraphs."""
        bodies = ((self.what,), (self.where,), (self.why,), (self.evidence,), self.options)
        return tuple(zip(self.headings, bodies, strict=True))

    def plain(self) -> str:
        """As plain text."""
        return "\n\n".join("\n".join((heading, *body)) for heading, body in self.sections())


@dataclass(frozen=True, slots=True)
class SellerTexts:
    """What is written to sellers, by the settings of a marketplace."""

    settings: ServiceSettings
    links: Links

    def usual_language(self, market: str | None) -> str:
        """The language in which the seller of a listing in a market is written to."""
        return languages_of(market or self.settings.home_market)[0]

    def words(self, seller_notice: SellerNotice, language: str | None = None) -> Wording:
        """The texts for the seller of a notice, in a language or (None) in its own. Raises WordingUnusable."""
        market = seller_notice.market or self.settings.home_market
        return wording(language or seller_notice.language or ENGLISH, market, folder=self.settings.wordings)

    def law(self, seller_notice: SellerNotice) -> Law:
        """The law that says what the seller of a notice can do."""
        return law_of(seller_notice.market or self.settings.home_market)

    def forms(self, seller_notice: SellerNotice) -> tuple[Form, ...]:
        """The forms of appeal that a notice offers."""
        return offered_forms(seller_notice, self.settings.counter_notice_markets, self.settings.home_market)

    def text_of(
        self,
        seller_notice: SellerNotice,
        brand: str | None,
        language: str | None = None,
        *,
        word: str | None = None,
        on_its_page: bool = False,
    ) -> SellerNoticeText:
        """The text of a seller notice, in a language or (None) in its own.

        `brand`: its name; None: the mark is concealed. `word`: that is registered; None: no word is, or it is unknown.
        `on_its_page`: for its own page, which needs no link to itself.
        """
        return seller_notice_text(
            self.words(seller_notice, language),
            seller_notice,
            brand,
            None if on_its_page else self.links.address(seller_notice.seller_notice_id),
            word=word,
            clause=self.settings.clause,
            on_its_page=on_its_page,
            law=self.law(seller_notice),
            forms=self.forms(seller_notice),
        )


def seller_notice_text(
    words: Wording,
    seller_notice: SellerNotice,
    brand: str | None,
    link: str | None,
    *,
    word: str | None = None,
    clause: str | None = None,
    on_its_page: bool = False,
    law: Law = Law.UNKNOWN,
    forms: Collection[Form] = (Form.COMPLAINT,),
) -> SellerNoticeText:
    """The text of a seller notice.

    `brand`: its name; None: the mark is concealed. `link`: the address of the page with the images; None: there is
    none. `word`: that is registered; None: no word is, or it is unknown. `clause`: of the marketplace's terms, on which
    decisions rely; None: they rely on the law. `on_its_page`: the text is on that page. `law` and `forms`: what the
    seller can do.
    """
    space = _space(words)
    what = [words.say(f"notice.{seller_notice.restriction}", listing=listing_of(words, seller_notice))]
    if seller_notice.points:
        what.append(words.say("notice.points", points=seller_notice.points))
    market = seller_notice.market
    where = "notice.everywhere" if market is None else "notice.market"
    why = [
        *_what_was_seen(words, seller_notice, brand, word),
        *(() if brand is None else (words.say("notice.no_authorization", brand=brand),)),
        words.say(f"notice.rule_{_subject(seller_notice)}"),
    ]
    if clause is not None:
        why.append(words.say("notice.clause", clause=clause))
    evidence = _evidence(words, seller_notice)
    if link is not None:
        evidence.append(words.say(_IMAGES.get(seller_notice.kind, "notice.images"), link=link))
    place = "below" if on_its_page else "with_marketplace" if link is None else "at_link"
    return SellerNoticeText(
        headings=tuple(words.say(f"notice.heading_{each}") for each in ("what", "where", "why", "evidence", "options")),
        what=space.join(what),
        where=words.say(where, market=words.country(market or "")),
        why=space.join(why),
        evidence=space.join(evidence),
        options=_options(words, seller_notice, brand, words.say(f"notice.{place}", link=link), law, forms),
    )


def listing_of(words: Wording, seller_notice: SellerNotice) -> str:
    """The listing's id as the wordings place it, right after another word; empty: it is unknown."""
    after = " " if words.language == "zh" else ""  # Chinese has none between words, but one beside Latin letters
    return "" if seller_notice.listing_id is None else f" {seller_notice.listing_id}{after}"


def _subject(seller_notice: SellerNotice) -> str:
    """What the notice is about, as the keys of the wordings end."""
    return "concealed" if seller_notice.kind is None else seller_notice.kind.value


def _what_was_seen(words: Wording, seller_notice: SellerNotice, brand: str | None, word: str | None) -> list[str]:
    """What the listing shows, and what it says beside that, one sentence each."""
    reason, key = seller_notice.reason, f"why_{_subject(seller_notice)}"
    if seller_notice.kind is ReferenceKind.WORD and seller_notice.confidence is not None:
        key = _OF_WORDS.get(reason, key)
    sentences = [words.say(f"notice.{key}", brand=brand)]
    if word is not None:
        sentences.append(words.say("notice.registered_word", word=word))
    if (first := seller_notice.first_seen) is not None and seller_notice.first_seen_day is not None:
        sentences.append(words.say(f"notice.{_FIRST[first]}", brand=brand, day=seller_notice.first_seen_day))
    if reason in _SAID_BESIDE:
        sentences.append(words.say(f"notice.{_SAID_BESIDE[reason]}", brand=brand))
    return sentences


def _evidence(words: Wording, seller_notice: SellerNotice) -> list[str]:
    sentences = [words.say("notice.from_notice")] if seller_notice.from_notice else []
    if seller_notice.confidence is not None:
        key = _SOFTWARE.get(seller_notice.kind, "notice.software")
        sentences.append(words.say(key, sureness=_sureness(words, seller_notice.confidence)))
    sentences.append(words.say("notice.automated" if seller_notice.automated else "notice.person"))
    return sentences


def _sureness(words: Wording, confidence: float) -> str:
    """A confidence of 0..1 in words, never rounded up to certainty nor down to none."""
    if confidence > SUREST:
        return words.say("notice.sure_over", percent=words.percent(SUREST))
    if confidence < 1 - SUREST:
        return words.say("notice.sure_under", percent=words.percent(0.01))
    return words.say("notice.sure", percent=words.percent(confidence))


def _options(
    words: Wording, seller_notice: SellerNotice, brand: str | None, place: str, law: Law, forms: Collection[Form]
) -> tuple[str, ...]:
    appeal = words.say(
        f"notice.appeal_{_subject(seller_notice)}", brand=brand, place=place, until=seller_notice.appeal_by
    )
    return (
        _space(words).join((appeal, words.say("notice.free"))),
        *((words.say("notice.to_brand", brand=brand),) if seller_notice.track is Track.TRADE_MARK else ()),
        *((words.say("notice.counter_notice"),) if Form.COUNTER_NOTICE in forms else ()),
        words.say("notice.no_repeat" if seller_notice.kind is ReferenceKind.WORD else "notice.no_upload"),
        words.say(f"redress.{law}"),
    )


def appeal_status(words: Wording, appeal: Appeal, seller_notice: SellerNotice, holidays: Collection[date] = ()) -> str:
    """The state of an appeal, in a sentence or two for the seller."""
    if appeal.outcome is not None:
        return words.say(f"status.{_key(appeal.outcome)}")
    if seller_notice.ended_at is not None:
        return words.say("status.withdrawn")
    if appeal.form is Form.COUNTER_NOTICE:
        if appeal.answer is Answer.SUES:
            return words.say("status.sued")
        window = put_back_window(appeal.received_at, holidays)
        last = (window.closes - ONE_DAY).date()
        return words.say("status.put_back_between", first=window.opens.date(), last=last)
    if seller_notice.track is not Track.TRADE_MARK or appeal.answer is Answer.INSISTS:
        return words.say("status.reviewer")
    if appeal.answer_by is None:
        return words.say("status.rights_holder")
    return words.say("status.rights_holder_until", day=appeal.answer_by.date())


def outcome_reason(words: Wording, appeal: Appeal) -> str | None:
    """Why an appeal ended as it did, beside what its decider wrote; None: nothing but that."""
    if appeal.outcome is AppealOutcome.PUT_BACK:
        return words.say("status.put_back_why")
    if appeal.ground is None:
        return None
    return words.say("page.reason", ground=words.say(f"ground.{_key(appeal.ground)}"))


def outcome_text(words: Wording, appeal: Appeal, law: Law) -> str:
    """The outcome of an appeal for its seller, with what can be done against a decision that stands."""
    assert appeal.outcome is not None
    note = None if appeal.outcome is AppealOutcome.PUT_BACK else appeal.outcome_note
    redress = redress_after(words, law) if appeal.outcome is AppealOutcome.UPHELD else None
    parts = (words.say(f"status.{_key(appeal.outcome)}"), outcome_reason(words, appeal), note, redress)
    return "\n\n".join(part for part in parts if part)


def redress_after(words: Wording, law: Law) -> str:
    """What a seller can do against an appeal's outcome: in the EU the marketplace's own procedure is over then."""
    return words.say("redress.eu_decided" if law is Law.EU else f"redress.{law}")


def _key(word: StrEnum) -> str:
    return word.value.replace("-", "_")


def _space(words: Wording) -> str:
    """What stands between two sentences."""
    return "" if words.language == "zh" else " "
