"""Renders the templates with what every page needs; holds no routes."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final, NamedTuple

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse

from brand_index.fields import isolated
from brand_index.types import ReferenceKind
from scanner.bulk.report.outlines import is_in_image
from scanner.moderation.cases.cases import Order
from scanner.moderation.cases.covered import Covered
from scanner.moderation.seller_notices.types import Form
from scanner.moderation.seller_notices.wording import ANSWERS, OUTCOMES, RESTRICTIONS
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import User
from scanner.service.console.session import csrf_of
from scanner.verdicts import words
from scanner.verdicts.case_states import CaseState, Ground, Scope, grounds_for
from scanner.verdicts.reasons import DECISIONS, REASONS
from scanner.verdicts.types import Reason

FOLDER: Final = Path(__file__).parent
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
STATES: Final = {
    CaseState.OPEN: "Open",
    CaseState.ESCALATED: "Escalated",
    CaseState.CONFIRMED: "Confirmed",
    CaseState.DISMISSED: "Dismissed",
}


class GroundWords(NamedTuple):
    """A ground for dismissal on a page."""

    key: str  # of the keyboard
    label: str
    hint: str


GROUNDS: Final = {
    Ground.AUTHORIZED: GroundWords("a", "Authorized seller", "The seller has an authorization that is not registered"),
    Ground.GENUINE_RESALE: GroundWords("g", "Genuine resale", "The seller resells genuine goods of the brand"),
    Ground.NOMINATIVE_USE: GroundWords("o", "Compatible-with use", "The mark only names what the product fits"),
    Ground.NOT_THE_MARK: GroundWords("f", "Not this mark", "A false match: another mark, word or photo"),
    Ground.PARODY: GroundWords("p", "Parody", ""),
    Ground.OWN_PHOTO: GroundWords("w", "Seller's own photo", "The seller took it, or showed it before others did"),
    Ground.LICENSED_PHOTO: GroundWords(
        "l", "Licensed photo", "The photographer or an agency licensed it to the seller"
    ),
}
_OF_PHOTOS: Final = GROUNDS | {
    Ground.AUTHORIZED: GroundWords("a", "Authorized seller", "The brand lets the seller use its photos"),
    Ground.NOT_THE_MARK: GroundWords("f", "Not this photo", "A false match: it is another photo"),
}
SCOPES: Final = {
    Scope.PAIR: "in this image",
    Scope.CLUSTER: "in similar images",
    Scope.SELLER: "in this seller's listings",
}
ORDERS: Final = {Order.SUREST: "Confidence", Order.OLDEST: "Oldest first", Order.NEWEST: "Newest first"}

FORMS: Final = {Form.COMPLAINT: "Complaint", Form.COUNTER_NOTICE: "Counter-notice"}


def age(moment: datetime, now: datetime) -> str:
    """The time since a moment, in its largest unit."""
    passed = max(timedelta(0), now - moment)
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if passed.total_seconds() >= seconds:
            return f"{int(passed.total_seconds() // seconds)} {unit}"
    return "just now"


def sentence(text: str) -> str:
    """A message as a sentence: with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", ":")) else ".")


def grounds_of(*kinds: ReferenceKind | None) -> dict[Ground, GroundWords]:
    """The grounds that fit a match of one of these kinds, with their words; those of one kind only name it."""
    return {ground: _words_of(ground, kinds) for ground in grounds_for(*kinds)}


def shared_grounds(cases: Iterable[Covered]) -> dict[Ground, GroundWords]:
    """The grounds on which each of these cases can be dismissed, with their words."""
    covered = tuple(cases)
    kinds = tuple(frozenset[ReferenceKind | None]().union(*(each.kinds for each in covered)))
    fitting = [ground for ground in Ground if all(ground in each.grounds for each in covered)]
    return {ground: _words_of(ground, kinds) for ground in fitting}


def _words_of(ground: Ground, kinds: Collection[ReferenceKind | None]) -> GroundWords:
    if set(kinds) == {ReferenceKind.PHOTO}:
        return _OF_PHOTOS[ground]
    words, given = GROUNDS[ground], [kind for kind in ReferenceKind if kind in kinds]
    if ReferenceKind.PHOTO not in given or len(given) == 1:
        return words
    if ground is Ground.NOT_THE_MARK:
        return words._replace(label="Not this mark or photo")
    fitting = [kind.value for kind in given if ground in grounds_for(kind)]
    return words if len(fitting) == len(given) else words._replace(label=f"{words.label} ({' or '.join(fitting)})")


def ground_label(ground: Ground, kind: ReferenceKind | None) -> str:
    """What a ground is called for a match of this kind, also one that was recorded before grounds fitted the kind."""
    return (_OF_PHOTOS if kind is ReferenceKind.PHOTO else GROUNDS)[ground].label


def subject_without_brand(reason: Reason) -> str:
    """What a case is about that concerns no brand."""
    return "Concealed mark" if reason is Reason.MARK_CONCEALED else "Unknown"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        states=STATES,
        grounds=GROUNDS,
        grounds_of=grounds_of,
        shared_grounds=shared_grounds,
        ground_label=ground_label,
        scopes=SCOPES,
        orders=ORDERS,
        reasons=REASONS,
        subject_without_brand=subject_without_brand,
        decisions=DECISIONS,
        sureness=words.sureness,
        approximate=words.approximate,
        outlined=words.outlined,
        is_in_image=is_in_image,
        restrictions=RESTRICTIONS,
        outcomes=OUTCOMES,
        answers=ANSWERS,
        forms=FORMS,
        CaseState=CaseState,
        Reason=Reason,
        Role=Role,
    )
    environment.filters["age"] = lambda moment: age(moment, datetime.now(UTC))
    environment.filters["isolated"] = isolated
    environment.filters["sentence"] = sentence
    environment.filters["clock_time"] = words.clock_time
    environment.filters["moment"] = lambda moment: f"{moment:%Y-%m-%d %H:%M} UTC"
    return environment


ENVIRONMENT: Final = _environment()


def page(request: Request, template: str, shown: Mapping[str, object], status: int = HTTPStatus.OK) -> HTMLResponse:
    """A rendered page; for a logged-in user with the navigation and the form token."""
    user: User | None = getattr(request.state, "user", None)
    common: dict[str, object] = {
        "user": user,
        "csrf": csrf_of(request) if user is not None else "",
        "path": request.url.path,
    }
    text = ENVIRONMENT.get_template(template).render(common | dict(shown))
    return HTMLResponse(text, status, HEADERS)
