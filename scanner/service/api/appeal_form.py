"""Parses the form of a seller's appeal, sent from the seller's page or by the marketplace."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from brand_index import fields
from brand_index.errors import InvalidField
from scanner.moderation.seller_notices.submission import (
    LONGEST_STATEMENT,
    MAX_DOCUMENTS,
    AppealSubmission,
    SubmittedDocument,
    check_possible,
)
from scanner.moderation.seller_notices.types import Form, Signatory
from scanner.service.limits.bodies import declared_size
from scanner.service.service import Service

FIELDS: Final = ("form", "statement", "name", "address", "phone", "sworn", "listing_first_day")
LONGEST_PART: Final = 65_536  # bytes, of a field
_LONGEST: Final = 500  # characters of a signatory's name, address or phone
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
                        "documents": {
                            "type": "array",
                            "maxItems": MAX_DOCUMENTS,
                            "items": {"type": "string", "format": "binary"},
                        },
                    },
                },
                "example": {"form": "complaint", "statement": "I took this photo myself."},
            }
        },
    }
}


async def check_before_reading(request: Request, service: Service, seller_notice_id: str) -> None:
    """Check that an appeal with the length that its headers declare may be accepted. Raises MarkscanError."""
    length = declared_size(request.headers, service.settings.service.max_body_bytes)
    now = datetime.now(UTC)
    await asyncio.to_thread(check_possible, service.seller_notices, seller_notice_id, length, now)


async def submission_of(form: FormData) -> AppealSubmission:
    """The appeal in a form. Raises InvalidField."""
    values = {name: form.get(name) for name in FIELDS}
    if any(value is not None and not isinstance(value, str) for value in values.values()):
        raise InvalidField(f"send {', '.join(FIELDS)} as text, and documents as files")
    said = {name: value for name, value in values.items() if isinstance(value, str)}
    word = said.get("form", "")
    if word not in set(Form):
        raise InvalidField(f"form {word[:64]!r}: send {' or '.join(Form)}")
    signed = [said.get(name, "").strip() for name in ("name", "address", "phone")]
    if any(len(value) > _LONGEST for value in signed):
        raise InvalidField(f"name, address and phone: send at most {_LONGEST} characters each")
    files = [each for each in form.getlist("documents") if isinstance(each, UploadFile) and each.filename]
    if len(files) > MAX_DOCUMENTS:
        raise InvalidField(f"{len(files)} documents: send at most {MAX_DOCUMENTS}")
    documents = [SubmittedDocument(file.filename or "", await file.read()) for file in files]
    return AppealSubmission(
        Form(word),
        said.get("statement", ""),
        Signatory(*signed) if any(signed) else None,
        "sworn" in said,
        documents,
        fields.day(said.get("listing_first_day", "")),
    )
