"""The names of uploaded files, as clients write them in a Content-Disposition header; they are labels, never paths."""

from email.message import Message
from http import HTTPStatus
from typing import Final

from python_multipart.multipart import parse_options_header

from brand_index.fields import CONTROLS, DIRECTIONS
from scanner.service.problems import Problem

LONGEST_NAME: Final = 255  # characters
_CHARSETS: Final = {"utf-8", "iso-8859-1"}


def with_plain_name(disposition: bytes | None) -> bytes | None:
    """The header with `filename` where it has only `filename*` (RFC 8187). Raises Problem where that is malformed.

    RFC 7578 forbids `filename*` in forms, and clients send it all the same; where both are there, the plain one counts.
    """
    if disposition is None or b"*" not in disposition or b"filename" in parse_options_header(disposition)[1]:
        return disposition
    head = Message()
    head["content-disposition"] = disposition.decode("latin-1")
    found = head.get_param("filename", header="content-disposition")
    if found is None:
        return disposition
    name = _decoded(*found) if isinstance(found, tuple) else None
    if name is None:
        detail = "filename* of a file is not as RFC 8187 has it: send filename*=UTF-8''… in percent-encoded UTF-8"
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid_form", detail)
    quoted = printable_name(name).replace("\\", "\\\\").replace('"', '\\"')
    return disposition + b'; filename="' + quoted.encode() + b'"'


def printable_name(name: str) -> str:
    """A file's name without characters that cannot be shown or that reorder what is shown; "" if there is none."""
    return DIRECTIONS.sub("\ufffd", CONTROLS.sub("\ufffd", name))[:LONGEST_NAME]


def _decoded(charset: str | None, _language: str | None, value: str) -> str | None:
    """The text of an extended parameter, whose bytes are the characters of `value`; None: it is no such text."""
    if charset is None or charset.lower() not in _CHARSETS:
        return None
    try:
        return value.encode("latin-1").decode(charset)
    except UnicodeError:
        return None
