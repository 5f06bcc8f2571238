"""Errors as problem details (RFC 9457), and the HTTP status of each error of Markscan; logs what answers leave out."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from brand_index.bounded_process import ProcessUnusable
from brand_index.errors import (
    Contradictory,
    FileAltered,
    FileUnusable,
    ImageError,
    ImageTooLarge,
    IndexUnusable,
    MarkscanError,
    RegistrationError,
    RegistryError,
    UnknownRecord,
)
from brand_index.object_stores import StoreUnusable
from scanner.engine.worker import WorkersUnavailable
from scanner.moderation.forms.proposing import FormDecided
from scanner.moderation.forms.reinstating import FormTakenBack, NoOwnLogo
from scanner.moderation.seller_notices.appeals import StepRefused
from scanner.moderation.seller_notices.faults import AppealRefused, TooManyBytes

MEDIA_TYPE: Final = "application/problem+json"
_STATUSES: Final = (  # the first match counts
    (UnknownRecord, HTTPStatus.NOT_FOUND),
    (Contradictory, HTTPStatus.CONFLICT),
    (TooManyBytes, HTTPStatus.TOO_MANY_REQUESTS),
    (AppealRefused, HTTPStatus.CONFLICT),
    (StepRefused, HTTPStatus.CONFLICT),
    (FormDecided, HTTPStatus.CONFLICT),
    (FormTakenBack, HTTPStatus.CONFLICT),
    (NoOwnLogo, HTTPStatus.CONFLICT),
    (ImageTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (ImageError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RegistrationError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (FileUnusable, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RegistryError, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (IndexUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (ProcessUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (WorkersUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
RETRY_AFTER: Final = 1  # seconds
_NO_OBJECT: Final = frozenset({"model_attributes_type", "model_type", "dict_type"})  # of pydantic
_FAULTS: Final = {  # type of pydantic's → what is said of the field
    "missing": "is missing: send it",
    "extra_forbidden": "is not known: leave it out, or correct its spelling",
    "int_parsing": "is no whole number: send one, such as 10",
    "int_type": "is no whole number: send one, such as 10",
    "float_parsing": "is no number: send one, such as 0.5",
    "bool_parsing": "is neither true nor false: send one of them",
    "date_from_datetime_parsing": "is no day: send one, such as 2026-01-31",
    "date_parsing": "is no day: send one, such as 2026-01-31",
    "datetime_from_date_parsing": "is no time: send one, such as 2026-01-31T12:00:00Z",
    "datetime_parsing": "is no time: send one, such as 2026-01-31T12:00:00Z",
}
_log = logging.getLogger(__name__)


class ProblemDetails(BaseModel):
    """The error of a call (RFC 9457)."""

    type: str = Field(examples=["urn:markscan:problem:queue_full"])
    title: str = Field(examples=["Service Unavailable"])
    status: int = Field(examples=[503])
    detail: str = Field(examples=["64 images are waiting: try again after 1 s"])
    code: str = Field(examples=["queue_full"])
    request_id: str = Field(examples=["8f14e45fceea4f5ab0b1c2d3e4f50617"])


class Problem(HTTPException):
    """Ends a call. `code` is a stable snake_case word; `detail` says what is wrong, which value, and what to do.

    It is an HTTPException so that FastAPI passes it on where it reads a body: any other error becomes a 400 there.
    """

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.headers: dict[str, str] = dict(headers or {})
        super().__init__(status, detail, self.headers)
        self.status, self.code = status, code

    def __str__(self) -> str:
        """What pages say: HTTPException would put the status before it."""
        return self.detail


def invalid_call(faults: Sequence[Mapping[str, Any]], media_type: str) -> Problem:
    """The problem of a call whose fields are not those declared: `faults`, as pydantic lists them, in plain words.

    `media_type`: of what was sent.
    """
    if any(fault["loc"] == ("body",) and fault["type"] in _NO_OBJECT for fault in faults):
        detail = f"this call takes an object in JSON, and {media_type[:99]} was sent: send application/json"
    else:
        detail = "; ".join(map(_fault, faults))
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_field", detail[:2_000])


def _fault(fault: Mapping[str, Any]) -> str:
    where, *names = map(str, fault["loc"])
    text = str(fault["msg"]).removeprefix("Value error, ")
    said = _FAULTS.get(fault["type"], text[:1].lower() + text[1:])
    return f"{'.'.join(names) or where} {said}" if fault["type"] in _FAULTS else f"{'.'.join(names) or where}: {said}"


def problem_of(error: MarkscanError) -> Problem:
    """The problem that a caller gets for an error of Markscan."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, FileAltered):
        # Without its cause, whose text may hold the values of a row.
        _log.error("call failed: %s: %s", error.code, error)
    if isinstance(
        error, RegistryError | IndexUnusable | StoreUnusable
    ):  # its text describes the server, so only the log gets it
        return Problem(status, error.code, "the store is unavailable: try again later", {"Retry-After": "5"})
    if isinstance(error, FileAltered):  # likewise
        detail = "a kept file is not the one that was recorded: tell whoever runs the service, whose log names it"
        return Problem(HTTPStatus.CONFLICT, error.code, detail)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Problem(status, error.code, str(error), {"Retry-After": "5"})
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem(status, error.code, "the service failed; its log has the details under this request id")
    return Problem(status, error.code, str(error))


def response_of(problem: Problem, request_id: str) -> JSONResponse:
    """The HTTP response."""
    details = ProblemDetails(
        type=f"urn:markscan:problem:{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        request_id=request_id,
    )
    return JSONResponse(details.model_dump(), problem.status, problem.headers, media_type=MEDIA_TYPE)
