"""Parses the form of a call about one listing: its fields and its images. Scans nothing."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.fields import CONTROLS
from scanner.engine.words.plain import LONGEST_TEXT
from scanner.moderation.records.scans import UploadedImage
from scanner.service.limits.filenames import printable_name
from scanner.service.limits.forms import TOO_MANY_FILES
from scanner.service.problems import RETRY_AFTER, Problem
from scanner.verdicts.types import Listing

LISTING_FIELDS: Final = ("listing_id", "seller_id", "market", "category", "title", "condition", "description")
_FREE_TEXT: Final = ("category", "title", "condition")  # for people; the rest identifies something
LONGEST_FIELD: Final = 2_000  # characters
HASHED_AT_ONCE: Final = 2**20  # bytes: about a millisecond
LONGEST_PART: Final = 262_144  # bytes of a field, checked before it is parsed


def form_body(more: dict[str, Any], example: dict[str, str]) -> dict[str, Any]:
    """For OpenAPI: a form with images, the fields of a listing and `more` required fields."""
    images = {
        "type": "array",
        "minItems": 1,
        "items": {"type": "string", "format": "binary"},
        "description": "The image files of one listing. Addresses are not accepted.",
    }
    fields = {name: {"type": "string", "maxLength": LONGEST_FIELD} for name in LISTING_FIELDS}
    fields["description"] = {"type": "string", "maxLength": LONGEST_TEXT}
    schema = {
        "type": "object",
        "required": ["images", *more],
        "properties": {"images": images, **fields, **more},
    }
    content = {"multipart/form-data": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@asynccontextmanager
async def listing_form(request: Request, most: int, extra: Collection[str] = ()) -> AsyncIterator[FormData]:
    """The form of a call with `most` images at most, the fields of a listing and the `extra` ones. Raises Problem."""
    fields_at_most = len(LISTING_FIELDS) + len(extra)
    try:
        form = await request.form(max_files=most, max_fields=fields_at_most, max_part_size=LONGEST_PART)
    except Problem as problem:
        if problem.code == TOO_MANY_FILES:
            raise Problem(problem.status, TOO_MANY_FILES, too_many_images(most)) from problem
        raise
    try:
        yield form
    finally:
        await form.close()


def too_many_images(most: int) -> str:
    """What to do about too many images."""
    return f"more than {most} images: send {most} at most in a call, as the service's setting max_images says"


def listing_of(form: FormData, extra: Iterable[str] = ()) -> Listing:
    """The listing of a form.

    Raises Problem for any field that is neither a listing's nor one of `extra`, InvalidField for a wrong text.
    """
    values: dict[str, str] = {}
    for name, value in form.multi_items():
        if name == "images" or name in extra:
            continue
        if name in LISTING_FIELDS and not isinstance(value, str):
            raise wrong_field(f"{name}: send it as text, in a part without a filename; it came as a file")
        if name not in LISTING_FIELDS or not isinstance(value, str) or name in values:
            allowed = ", ".join((*LISTING_FIELDS, *extra))
            raise wrong_field(f"field {name[:64]!r}: send images, and each of {allowed} at most once")
        if name == "description":
            values[name] = fields.passage(name, value, LONGEST_TEXT)
            continue
        if name in _FREE_TEXT:
            values[name] = fields.line(name, value, LONGEST_FIELD)
            continue
        if len(value) > LONGEST_FIELD or CONTROLS.search(value):
            raise wrong_field(f"{name}: send at most {LONGEST_FIELD} characters, and no control characters")
        values[name] = value.strip()
    try:
        return Listing(**{name: values.get(name) or None for name in LISTING_FIELDS}).checked()
    except InvalidField as error:
        raise wrong_field(str(error)) from error


def text_of(form: FormData, name: str) -> str:
    """The value of a text field; "" when it is missing. Raises Problem when it is a file or sent twice."""
    values = form.getlist(name)
    if len(values) > 1 or not all(isinstance(value, str) for value in values):
        raise wrong_field(f"{name}: send it once, as text")
    return next((value for value in values if isinstance(value, str)), "")


def files_of(form: FormData) -> Sequence[UploadFile]:
    """The files of the field `images`. Raises Problem when there are none, or when one is not a file."""
    files = [each for each in form.getlist("images") if isinstance(each, UploadFile)]
    if not files or len(files) < len(form.getlist("images")):
        raise wrong_field("images: send one or more files under this name, as multipart/form-data")
    return files


async def images_of(files: Sequence[tuple[str | None, bytes]]) -> Sequence[UploadedImage]:
    """Uploaded images from file names and bytes, with printable names; large ones are hashed in a thread."""
    if sum(len(data) for _, data in files) <= HASHED_AT_ONCE:
        return _hashed(files)
    return await asyncio.to_thread(_hashed, files)


def _hashed(files: Iterable[tuple[str | None, bytes]]) -> Sequence[UploadedImage]:
    return [
        UploadedImage(
            printable_name(name or "") or f"image-{place}",
            hashlib.sha256(data).hexdigest(),
            data,
        )
        for place, (name, data) in enumerate(files, start=1)
    ]


def wrong_field(detail: str) -> Problem:
    """A field with an invalid value."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_field", detail)


def queue_full(why: str) -> Problem:
    """The queue is full."""
    detail = f"{why}: try again after {RETRY_AFTER} s"
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue_full", detail, {"Retry-After": str(RETRY_AFTER)})
