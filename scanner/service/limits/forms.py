"""Forms, read strictly for every route: what is broken off, repeated, misspelt or no UTF-8 is refused, never dropped.

starlette reads on where a form breaks off, takes text that is no UTF-8 for Latin-1, and gives the last of two values.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Coroutine
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Request, Response, params
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from scanner.service.limits.filenames import with_plain_name
from scanner.service.limits.query_parameters import API, check_query, declared_names
from scanner.service.problems import Problem

_PLAIN: Final = frozenset({b"", b"7bit", b"8bit", b"binary"})  # transfer encodings that change no byte
_PAGES: Final = ("/console/", "/appeal/")  # browsers send a part without name and bytes where no file is chosen
TOO_MANY_FILES: Final = "too_many_files"
_SHOWN: Final = 64  # characters of a foreign word in an answer


class Form(FormData):
    """The fields of a form. Who asks for the one value of a field is not given the last of several."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a field that is sent once at most. Raises Problem where it is sent twice."""
        if len(self.getlist(key)) > 1:
            raise _wrong(f"field {key[:_SHOWN]!r}: send it once")
        return super().get(key, default)

    def check_names(self, names: Collection[str]) -> None:
        """Raises Problem for a field that is none of these: it may be a misspelt one."""
        for name in self:
            if name not in names:
                raise _wrong(f"field {name[:_SHOWN]!r} is not known: send {', '.join(names)}")


class FormRequest(Request):
    """A request whose forms are read strictly."""

    names: Collection[str] = ()  # of the fields that the route declares; none: the route checks them itself
    keeps_empty_files = False  # True: the route answers each file by itself

    async def _get_form(self, **bounds: Any) -> FormData:
        """The form, which `form` gives and closes. Raises Problem."""
        if self._form is None:
            try:
                async with aclosing(self.stream()) as stream:
                    found = await self._parsed(stream, **bounds)
            except MultiPartException as error:
                why = error.message.rstrip(".")
                raise _bad("invalid_form", f"the form is malformed ({why}): send it as RFC 7578 has it") from error
            try:
                chosen = not self.url.path.startswith(_PAGES)
                form = Form(_checked_files(found, chosen=chosen, empty=self.keeps_empty_files))
                if self.names:
                    form.check_names(self.names)
            except Problem:
                await found.close()
                raise
            self._form = form
        return self._form

    async def _parsed(self, stream: AsyncGenerator[bytes, None], **bounds: Any) -> FormData:
        kind, _ = parse_options_header(self.headers.get("content-type"))
        if kind == b"multipart/form-data":
            return await _Multipart(self.headers, stream, **bounds).parse()
        if kind == b"application/x-www-form-urlencoded":
            bounds.pop("max_files", None)
            return await _Urlencoded(self.headers, stream, **bounds).parse()
        if kind:
            sent = kind.decode("latin-1")[:_SHOWN]
            raise _bad("not_a_form", f"this call takes a form, and {sent} was sent: send multipart/form-data")
        return FormData()


async def _keep_empty_files(request: FormRequest) -> None:
    request.keeps_empty_files = True


EACH_FILE: Final = Depends(_keep_empty_files)
"""For a route that answers each file by itself: an empty one does not refuse the whole form."""


class FormRoute(APIRoute):
    """A route that reads forms, and of the API query parameters, strictly; every router has it as its route_class."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI's, with a FormRequest."""
        handle = super().get_route_handler()
        declared = [each for each in self.dependant.body_params if isinstance(each.field_info, params.Form)]
        names = tuple(each.alias for each in declared)
        parameters, has_body = declared_names(self.dependant), bool({"POST", "PUT", "PATCH"} & set(self.methods or ()))

        async def strictly(request: Request) -> Response:
            if self.path.startswith(API):
                check_query(request.query_params, parameters, has_body=has_body)
            strict = FormRequest(request.scope, request.receive, request._send)
            strict.names = names
            return await handle(strict)

        return strictly


class _Multipart(MultiPartParser):
    """starlette's parser, which learns where the form ends."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], **bounds: Any) -> None:
        _, options = parse_options_header(headers["content-type"])
        self._closing = b"\r\n--" + options.get(b"boundary", b"") + b"--"
        self._ended, self._rest = False, b""
        super().__init__(headers, self._watched(stream), **bounds)

    async def parse(self) -> FormData:
        """The form. Raises Problem where its closing boundary is missing, or anything follows it."""
        try:
            form = await super().parse()
        except Problem:
            for file in self._files_to_close_on_error:
                file.close()
            raise
        if self._ended and not self._rest:
            return form
        for file in self._files_to_close_on_error:
            file.close()
        if self._ended:
            raise _bad("invalid_form", "something follows the closing boundary of the form: send one form in a call")
        closing = self._closing.decode("latin-1")[2:_SHOWN]
        raise _bad("form_broken_off", f"the form breaks off before its closing boundary {closing}: send it whole")

    def on_end(self) -> None:
        """Learn that the closing boundary has come."""
        self._ended = True

    def on_headers_finished(self) -> None:
        """Begin a part. A name of a file that is no UTF-8 is shown as such: it is a label, and chooses nothing."""
        part = self._current_part
        headers = [(name.lower(), value.strip().lower()) for name, value in part.item_headers]
        if sum(name == b"content-disposition" for name, _ in headers) > 1:
            raise _bad("invalid_form", "a part of the form has two Content-Disposition headers: send one")
        if any(name == b"content-transfer-encoding" and value not in _PLAIN for name, value in headers):
            raise _bad("invalid_form", "a part of the form has a Content-Transfer-Encoding: send its bytes as they are")
        part.content_disposition = with_plain_name(part.content_disposition)
        _, options = parse_options_header(part.content_disposition)
        if b"name" not in options:
            raise _bad("invalid_form", 'a part of the form has no name: send Content-Disposition: form-data; name="…"')
        _text("the name of a field", options[b"name"])
        if b"filename" in options and self._current_files >= self.max_files:
            raise _too_many(self.max_files, TOO_MANY_FILES, "files")
        if b"filename" not in options and self._current_fields >= self.max_fields:
            raise _too_many(self.max_fields, "too_many_fields", "text fields")
        super().on_headers_finished()
        if part.file is not None:
            name = options[b"filename"].decode("utf-8", "replace")
            part.file.filename = name

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a part."""
        part = self._current_part
        if part.file is None and len(part.data) + end - start > self.max_part_size:
            raise _too_long(f"field {part.field_name[:_SHOWN]!r}", self.max_part_size)
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        """End a part, whose text is UTF-8."""
        if self._current_part.file is None:
            _text(f"field {self._current_part.field_name[:_SHOWN]!r}", bytes(self._current_part.data))
        super().on_part_end()

    async def _watched(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The stream. Keeps what follows the closing boundary, without blanks."""
        before = b"\r\n"  # the first line needs none before it
        async for chunk in stream:
            had_ended = self._ended
            yield chunk  # to the parser
            if had_ended:
                self._rest += chunk.strip()[:1]
            elif self._ended:
                self._rest = (before + chunk).partition(self._closing)[2].strip()[:1]
            before = (before + chunk[-len(self._closing) :])[-len(self._closing) :]


class _Urlencoded(FormParser):
    """starlette's parser, whose fields are UTF-8."""

    def on_field_name(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a field's name."""
        self._check_length(end - start)
        super().on_field_name(data, start, end)

    def on_field_data(self, data: bytes, start: int, end: int) -> None:
        """Take a piece of a field's value."""
        self._check_length(end - start)
        super().on_field_data(data, start, end)

    def _check_length(self, more: int) -> None:
        if self._current_field_size + more > self.max_part_size:
            raise _too_long(f"field {self._field_name[:_SHOWN].decode('latin-1')!r}", self.max_part_size)

    def on_field_end(self) -> None:
        """End a field."""
        if self._current_fields >= self.max_fields:
            raise _too_many(self.max_fields, "too_many_fields", "text fields")
        for what, data in (("the name of a field", self._field_name), ("a field", self._field_value)):
            _text(what, unquote_to_bytes(bytes(data).replace(b"+", b" ")))
        super().on_field_end()


def _checked_files(form: FormData, *, chosen: bool, empty: bool) -> list[tuple[str, str | UploadFile]]:
    """The fields, each file with a name.

    `chosen`: a part without name and bytes is no file that was left out. `empty`: a file may have no bytes.
    """
    items, number = list[tuple[str, str | UploadFile]](), 0
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            number += 1
            if not value.size and (value.filename or chosen) and not (empty and value.filename):
                shown = (value.filename or "")[:_SHOWN]
                raise _wrong(f"{name[:_SHOWN]}: the file {shown!r} is empty (0 bytes): send the whole file")
            if not value.size and not value.filename:
                value.file.close()
                continue
            value.filename = value.filename or f"{name.removesuffix('s')}-{number}"
        items.append((name, value))
    return items


def _text(what: str, data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad("invalid_text", f"{what} is not UTF-8 text: encode it anew") from error


def _too_many(most: float, code: str, what: str) -> Problem:
    detail = (
        f"this call takes no {what}" if most == 0 else f"more than {most:,} {what}: send {most:,} at most in a call"
    )
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail)


def _too_long(what: str, most: int) -> Problem:
    detail = f"{what} is longer than {most:,} bytes: shorten it, and send a file as a part with a filename"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "field_too_long", detail)


def _bad(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, code, detail)


def _wrong(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_field", detail)
