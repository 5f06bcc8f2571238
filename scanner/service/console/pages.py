"""Templates, and what every page shows; no route."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse

from scanner.moderation.seller_notices.types import Form
from scanner.moderation.seller_notices.wording import ANSWERS, OUTCOMES, RESTRICTIONS
from scanner.service.accounts.tables import Role
from scanner.service.accounts.users import User
from scanner.service.console.session import csrf_of
from scanner.verdicts import words
from scanner.verdicts.case_states import CaseState, Ground, Scope

FOLDER: Final = Path(__file__).parent
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
STATES: Final = {
    CaseState.OPEN: "Open",
    CaseState.ESCALATED: "Escalated",
    CaseState.CONFIRMED: "Confirmed",
    CaseState.DISMISSED: "Dismissed",
}
GROUNDS: Final = {
    Ground.AUTHORIZED: ("a", "Authorized", "The seller has leave that the registry does not know"),
    Ground.GENUINE_RESALE: ("g", "Genuine resale", "The brand's own goods, resold"),
    Ground.NOMINATIVE_USE: ("o", "Names what it fits", "Such as “compatible with”"),
    Ground.NOT_THE_MARK: ("f", "False alarm", "Not the mark, or not the photo"),
    Ground.PARODY: ("p", "Parody", ""),
}
SCOPES: Final = {
    Scope.PAIR: "in this very image",
    Scope.CLUSTER: "in images that look like it",
    Scope.SELLER: "in this seller's listings",
}

FORMS: Final = {Form.COMPLAINT: "Complaint", Form.COUNTER_NOTICE: "Counter-notice"}


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in one unit."""
    passed = max(timedelta(0), now - moment)
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if passed.total_seconds() >= seconds:
            return f"{int(passed.total_seconds() // seconds)} {unit}"
    return "now"


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
        scopes=SCOPES,
        reasons=words.REASONS,
        decisions=words.DECISIONS,
        sureness=words.sureness,
        restrictions=RESTRICTIONS,
        outcomes=OUTCOMES,
        answers=ANSWERS,
        forms=FORMS,
        CaseState=CaseState,
        Role=Role,
    )
    environment.filters["age"] = lambda moment: age(moment, datetime.now(UTC))
    environment.filters["moment"] = lambda moment: f"{moment:%Y-%m-%d %H:%M} UTC"
    return environment


ENVIRONMENT: Final = _environment()


def page(request: Request, template: str, shown: Mapping[str, object], status: int = HTTPStatus.OK) -> HTMLResponse:
    """A page of the console; where somebody is logged in, with the navigation and the form's token."""
    user: User | None = getattr(request.state, "user", None)
    told: dict[str, object] = {
        "user": user,
        "csrf": csrf_of(request) if user is not None else "",
        "path": request.url.path,
    }
    text = ENVIRONMENT.get_template(template).render(told | dict(shown))
    return HTMLResponse(text, status, HEADERS)
