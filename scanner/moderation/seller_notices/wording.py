"""The text of seller notices and the state of appeals in words: short, plain, without legal conclusions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from scanner.moderation.seller_notices.rules import put_back_window
from scanner.moderation.seller_notices.types import Answer, Appeal, AppealOutcome, Form, SellerNotice, Track
from scanner.verdicts.policy import Restriction
from scanner.verdicts.words import sureness

ONE_DAY: Final = timedelta(days=1)
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
SWORN: Final = (
    "I swear, under penalty of perjury, that I have a good faith belief that the photo was removed or disabled as a "
    "result of mistake or misidentification. I consent to the jurisdiction of the federal district court for the "
    "district in which my address is, or, if it is outside the United States, of any in which the marketplace may be "
    "found, and I will accept service of process from the person who submitted the notice, or an agent of that person."
)
"""What 17 U.S.C. 512(g)(3)(C) and (D) ask for."""
HEADINGS: Final = ("What we did", "Where it applies", "Why", "Evidence", "What you can do")


@dataclass(frozen=True, slots=True)
class SellerNoticeText:
    """A seller notice in words, section by section; HEADINGS has their headings."""

    what: str
    where: str
    why: str
    evidence: str
    options: tuple[str, ...]  # what the seller can do, and until when

    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each heading with its paragraphs."""
        bodies = ((self.what,), (self.where,), (self.why,), (self.evidence,), self.options)
        return tuple(zip(HEADINGS, bodies, strict=True))

    def plain(self) -> str:
        """As plain text."""
        return "\n\n".join("\n".join((heading, *body)) for heading, body in self.sections())


def seller_notice_text(
    seller_notice: SellerNotice, brand: str, link: str | None, *, clause: str | None = None, on_its_page: bool = False
) -> SellerNoticeText:
    """The text of a seller notice.

    `brand`: its name. `link`: the address of the page with the images; None: there is none. `clause`: of the
    marketplace's terms, on which decisions rely; None: they rely on the law. `on_its_page`: the text is on that page.
    """
    photo = seller_notice.track is Track.COPYRIGHT
    listing = "Your listing" if seller_notice.listing_id is None else f"Your listing {seller_notice.listing_id}"
    points = seller_notice.points
    counted = f" Your account gets {points} {'point' if points == 1 else 'points'}." if points else ""
    markets = "In all markets" if seller_notice.market is None else f"In the market {seller_notice.market}"
    rule = (
        "Showing a photo needs the permission of its rights holder (copyright)."
        if photo
        else "Offering goods under a brand's mark needs the brand's authorization (trade mark)."
    )
    basis = "" if clause is None else f" The decision is based on {clause}."
    images = "" if link is None else f" You can see both images, with the matching part outlined, at {link}."
    place = "below" if on_its_page else "with the marketplace" if link is None else f"at {link}"
    return SellerNoticeText(
        what=f"{listing} {RESTRICTIONS[seller_notice.restriction]}.{counted}",
        where=f"{markets}, until the decision is withdrawn.",
        why=f"An image of the listing shows a {'photo' if photo else 'logo'} that {brand} registered. "
        f"We have no record of an authorization of {brand} for you. {rule}{basis}",
        evidence=_evidence(seller_notice) + images,
        options=_options(seller_notice, brand, place),
    )


def _evidence(seller_notice: SellerNotice) -> str:
    sentences = ["The rights holder submitted a notice about the listing."] if seller_notice.from_notice else []
    if seller_notice.confidence is not None:
        sentences.append(f"Software compared the images and is {sureness(seller_notice.confidence)} that they match.")
    by_whom = "Software made the decision; no person was involved." if seller_notice.automated else "A person decided."
    return " ".join([*sentences, by_whom])


def _options(seller_notice: SellerNotice, brand: str, place: str) -> tuple[str, ...]:
    until = f"{seller_notice.appeal_by:%d %B %Y %H:%M} UTC"
    photo = seller_notice.track is Track.COPYRIGHT
    case = "this is your own photo" if photo else f"the goods are genuine {brand} goods"
    appeal = (
        f"If {case}, or you have an authorization, you can appeal {place} before {until}. An appeal is free, and a "
        "person reviews it. Attach documents that support it, such as an invoice or a licence."
    )
    next_step = (
        "Or send a counter-notice. The listing is then shown again after 10 to 14 business days, unless the rights "
        "holder goes to court before that. You sign it under penalty of perjury: a false statement can make you liable "
        "for damages."
        if photo
        else f"We send your appeal to {brand}, which can agree. If it does not, one of our reviewers decides."
    )
    return (
        appeal,
        next_step,
        "Please do not upload the same image again before the appeal is decided.",
        "You can also go to court or, in the EU, to a certified out-of-court dispute settlement body.",
    )


def appeal_status(appeal: Appeal, seller_notice: SellerNotice, holidays: Collection[date] = ()) -> str:
    """The state of an appeal, in one sentence for the seller."""
    if appeal.outcome is not None:
        return f"{OUTCOMES[appeal.outcome]}."
    if seller_notice.ended_at is not None:
        return "The notice was withdrawn, so there is nothing left to decide."
    if appeal.form is Form.COUNTER_NOTICE:
        if appeal.answer is Answer.SUES:
            return "The rights holder has filed an action in court. Nothing changes until the court decides."
        window = put_back_window(appeal.received_at, holidays)
        return (
            f"The listing is shown again between {_day(window.opens)} and {_day(window.closes - ONE_DAY)}, "
            "unless the rights holder goes to court before that."
        )
    if seller_notice.track is Track.COPYRIGHT or appeal.answer is Answer.INSISTS:
        return "A reviewer of the marketplace decides."
    until = "" if appeal.answer_by is None else f" until {_day(appeal.answer_by)}"
    return f"The rights holder can answer{until}. Then a reviewer of the marketplace decides."


def _day(moment: datetime) -> str:
    return f"{moment:%d %B %Y}"
