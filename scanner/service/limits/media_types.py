"""The media types of bodies: what each may have of bytes, and that no caller chooses a codec to decode text with."""

from http import HTTPStatus
from typing import Final

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers

from scanner.service.problems import Problem

LONGEST_TEXT: Final = 2**20  # bytes of JSON, and of anything else that is no form
LONGEST_LINE: Final = 128 * 1024  # bytes of a form without files: a field of 8,192 characters has 96 KiB at most
LONGEST_LOGIN: Final = 64 * 1024  # bytes of any body where the caller is not known yet
LOGIN: Final = "/console/login"
_UTF_8: Final = frozenset({b"utf-8", b"utf8"})


def check_media_type(headers: Headers) -> None:
    """Raises Problem for a Content-Type with any charset but UTF-8, and for two of them, before the body is read.

    Starlette decodes the fields of a multipart form, on the event loop, with any codec of Python that the header names:
    punycode takes a minute for a megabyte, others raise errors of their own. A charset of a single part, a field
    `_charset_` and `filename*=` need no check: the parser ignores them. The header is parsed as Starlette parses it.
    """
    given = headers.getlist("content-type")
    if len(given) > 1:
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid_header", "a call has one Content-Type: send it once")
    charset = parse_options_header(given[0])[1].get(b"charset") if given else None
    if charset is not None and charset.strip().lower() not in _UTF_8:
        detail = f"charset {charset[:40].decode('latin-1')!r} is not accepted: send text as UTF-8"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_charset", detail)


def has_files(headers: Headers) -> bool:
    """Whether a body may have files; any other is text."""
    return parse_options_header(headers.get("content-type"))[0] == b"multipart/form-data"


def most_bytes(path: str, headers: Headers, longest: int) -> int:
    """How many bytes the body of a call may have: `longest` only where it may have files.

    The rest is parsed in one go on the event loop, and parsers count fields, but neither the separators of empty ones
    nor what is before the first part and after the last.
    """
    kind, _ = parse_options_header(headers.get("content-type"))
    if path.rstrip("/") == LOGIN:
        return min(longest, LONGEST_LOGIN)
    if has_files(headers):
        return longest
    return min(longest, LONGEST_LINE if kind == b"application/x-www-form-urlencoded" else LONGEST_TEXT)
