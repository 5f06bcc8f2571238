"""What a seller is told, in plain words: what, where, why, on what evidence, and what now; it sends nothing."""

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
    AppealOutcome.REVERSED: "The decision was wrong and is taken back",
    AppealOutcome.PUT_BACK: "The listing is shown again",
}
ANSWERS: Final = {
    Answer.AGREES: "agrees that it may be shown",
    Answer.INSISTS: "insists on its right",
    Answer.SUES: "has taken it to a court",
}
SWORN: Final = (
    "I swear, under penalty of perjury, that I have a good faith belief that the photo was removed or disabled as a "
    "result of mistake or misidentification. I consent to the jurisdiction of the federal district court for the "
    "district in which my address is, or, if it is outside the United States, of any in which the marketplace may be "
    "found, and I will accept service of process from whoever notified the photo, or its agent."
)
"""What 17 U.S.C. 512(g)(3)(C) and (D) ask for."""


@dataclass(frozen=True, slots=True)
class SellerNoticeText:
    """A notice in words, paragraph by paragraph."""

    what: str
    where: str
    why: str
    evidence: str
    now: tuple[str, ...]

    def text(self) -> str:
        """The same as plain text."""
        heads = ("What", "Where", "Why", "On what evidence", "What now")
        bodies = (self.what, self.where, self.why, self.evidence, "\n".join(self.now))
        return "\n\n".join(f"{head}\n{body}" for head, body in zip(heads, bodies, strict=True))


def told(
    seller_notice: SellerNotice, brand: str, link: str | None, *, clause: str | None = None, here: bool = False
) -> SellerNoticeText:
    """The words of a notice; `brand` by its name, `link` to the page with the images, where there is one.

    `clause` of the marketplace's terms that decisions rely on (None: the law); `here`: they are said on that page.
    """
    photo = seller_notice.track is Track.COPYRIGHT
    listing = "Your listing" if seller_notice.listing_id is None else f"Your listing {seller_notice.listing_id}"
    points = (
        f" It counts {seller_notice.points} {'point' if seller_notice.points == 1 else 'points'}."
        if seller_notice.points
        else ""
    )
    thing = "a photo that is registered for" if photo else "a logo that is registered for"
    law = (
        "whoever made a photo decides who may show it (copyright)"
        if photo
        else ("goods may be offered under a brand's mark with its leave alone (trade mark)")
    )
    relies = "" if clause is None else f" The decision relies on {clause}."
    decided = "A machine decided, and no person did." if seller_notice.automated else "A person decided."
    everywhere = "Everywhere" if seller_notice.market is None else f"In the market {seller_notice.market}"
    return SellerNoticeText(
        what=f"{listing} {RESTRICTIONS[seller_notice.restriction]}.{points}",
        where=f"{everywhere}, until it is taken back.",
        why=f"An image of it shows {thing} {brand}, and no leave of {brand}'s for you is known: {law}.{relies}",
        evidence=_evidence(seller_notice, decided)
        + (f" Both images, with the part that was found, are at {link}." if link else ""),
        now=_now(seller_notice, brand, "below" if here else f"at {link}" if link else "with the marketplace"),
    )


def _evidence(seller_notice: SellerNotice, decided: str) -> str:
    said = ["The rights holder pointed it out."] if seller_notice.from_notice else []
    if seller_notice.confidence is not None:
        said.append(f"A machine compared the images and is {sureness(seller_notice.confidence)} of it.")
    return " ".join([*said, decided])


def _now(seller_notice: SellerNotice, brand: str, there: str) -> tuple[str, ...]:
    last = f"{seller_notice.appeal_by:%d %B %Y %H:%M} UTC"
    right = (
        "If it is your own photo, or you have leave"
        if seller_notice.track is Track.COPYRIGHT
        else f"If the goods are {brand}'s own, or you have leave"
    )
    lines = [
        f"{right}, appeal {there} before {last}. It costs nothing, and a person looks at it. Bring papers as proof.",
    ]
    if seller_notice.track is Track.COPYRIGHT:
        lines.append(
            "Or send a counter-notice: the listing is then shown again 10 to 14 business days later, unless the "
            "rights holder goes to a court meanwhile. It is sworn: what is false in it can cost you damages."
        )
    else:
        lines.append(f"Your appeal goes to {brand}, which may agree; if it does not, a person of ours decides.")
    lines.append(
        "Until then do not bring the same image again. You may also go to a court, or in the EU to a "
        "certified out-of-court dispute settlement body."
    )
    return tuple(lines)


def standing_words(appeal: Appeal, seller_notice: SellerNotice, holidays: Collection[date] = ()) -> str:
    """How far an appeal is, in a sentence."""
    if appeal.outcome is not None:
        return f"{OUTCOMES[appeal.outcome]}."
    if seller_notice.ended_at is not None:
        return "The notice was withdrawn, so there is nothing left to decide."
    if appeal.form is Form.COUNTER_NOTICE:
        if appeal.answer is Answer.SUES:
            return "The rights holder has taken it to a court: it stays as it is until that decides."
        window = put_back_window(appeal.received_at, holidays)
        return (
            f"The listing is shown again between {_day(window.opens)} and {_day(window.closes - ONE_DAY)}, "
            "unless the rights holder goes to a court before."
        )
    if seller_notice.track is Track.COPYRIGHT or appeal.answer is Answer.INSISTS:
        return "A person of the marketplace decides."
    by = "" if appeal.answer_by is None else f" until {_day(appeal.answer_by)}"
    return f"The rights holder was asked and may answer{by}; then a person of the marketplace decides."


def _day(moment: datetime) -> str:
    return f"{moment:%d %B %Y}"
