"""Parses the form of a seller's appeal, sent from the seller's page or by the marketplace."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from brand_index import fields
from brand_index.errors import InvalidField
from scanner.moderation.seller_notices.documents import MAX_DOCUMENTS, SubmittedDocument, check_addable
from scanner.moderation.seller_notices.faults import AppealFault
from scanner.moderation.seller_notices.submission import (
    EARLIEST_DAY,
    FORM_BYTES,
    LONGEST_STATEMENT,
    AppealSubmission,
    check_possible,
)
from scanner.moderation.seller_notices.types import Form, Signatory
from scanner.service.limits.bodies import declared_size
from scanner.service.service import Service

FIELDS: Final = ("form", "statement", "name", "address", "phone", "sworn", "listing_first_day")
LONGEST_PART: Final = 65_536  # bytes, of a field
MOST_FILES: Final = 50  # that are read, so that whoever sends too many reads so in their language
_LONGEST: Final = 500  # characters of a signatory's name, address or phone
_DOCUMENTS: Final[dict[str, Any]] = {
    "type": "array",
    "maxItems": MAX_DOCUMENTS,
    "items": {"type": "string", "format": "binary"},
    "description": "PDF, JPEG, PNG, WebP, GIF, TIFF or HEIC, by their content.",
}
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["form", "statement"],
                    "properties": {
                        "form": {"type": "string", "enum": [each.value for each in Form]},
                        "statement": {"type": "string", "minLength": 1, "maxLength": LONGEST_STATEMENT},
                        **{name: {"type": "string", "maxLength": _LONGEST} for name in ("name", "address", "phone")},
                        "sworn": {"type": "string", "description": "For a counter-notice: any value means yes."},
                        "listing_first_day": {
                            "type": "string",
                            "format": "date",
                            "description": "About a photo: since when the listing has shown it.",
                        },
                        "documents": _DOCUMENTS,
                    },
                },
                "example": {"form": "complaint", "statement": "I took this photo myself."},
            }
        },
    }
}


MORE_DOCUMENTS: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["documents"], "properties": {"documents": _DOCUMENTS}}
            }
        },
    }
}


async def check_before_reading(request: Request, service: Service, seller_notice_id: str) -> None:
    """Check that an appeal with the length that its headers declare may be accepted. Raises MarkscanError."""
    length = declared_size(request.headers, service.settings.service.max_body_bytes)
    now = datetime.now(UTC)
    await asyncio.to_thread(check_possible, service.seller_notices, seller_notice_id, length, now)


async def check_documents_before_reading(request: Request, service: Service, appeal_id: str) -> None:
    """Likewise for more documents of an appeal. Raises MarkscanError."""
    length = declared_size(request.headers, service.settings.service.max_body_bytes) - FORM_BYTES
    await asyncio.to_thread(check_addable, service.seller_notices, appeal_id, length, datetime.now(UTC))


def typed_in(form: FormData) -> dict[str, str]:
    """The texts of a form, without its files. Raises InvalidField for an unknown field, and for a file as a text."""
    if unknown := [name for name in form if name not in (*FIELDS, "documents")]:
        raise InvalidField(f"field {unknown[0][:64]!r} is not known: send {', '.join(FIELDS)} and documents")
    values = {name: form.get(name) for name in FIELDS}
    if any(value is not None and not isinstance(value, str) for value in values.values()):
        raise InvalidField(f"send {', '.join(FIELDS)} as text, and documents as files")
    return {name: value for name, value in values.items() if isinstance(value, str)}


async def documents_in(form: FormData) -> list[SubmittedDocument]:
    """The files of a form. Raises AppealFault for too many."""
    files = [each for each in form.getlist("documents") if isinstance(each, UploadFile)]
    if len(files) < len(form.getlist("documents")):
        raise InvalidField("documents: send files under this name")
    if len(files) > MAX_DOCUMENTS:
        raise AppealFault("documents_many", count=len(files), most=MAX_DOCUMENTS)
    return [SubmittedDocument(file.filename or "", await file.read()) for file in files]


async def submission_of(form: FormData) -> AppealSubmission:
    """The appeal in a form. Raises InvalidField."""
    typed = typed_in(form)
    word = typed.get("form", "")
    if word not in set(Form):
        raise AppealFault("form")
    signed = [typed.get(name, "").strip() for name in ("name", "address", "phone")]
    if any(len(value) > _LONGEST for value in signed):
        raise AppealFault("field_long", longest=_LONGEST)
    try:
        first_day = fields.day(typed.get("listing_first_day", ""))
    except InvalidField as error:
        raise AppealFault("first_day", first=EARLIEST_DAY) from error
    return AppealSubmission(
        Form(word),
        typed.get("statement", ""),
        Signatory(*signed) if any(signed) else None,
        "sworn" in typed,
        await documents_in(form),
        first_day,
    )
