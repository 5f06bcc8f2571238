"""The head of a call: what its address and its media type may be, checked before the call reaches a route."""

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import Scope

from scanner.service.limits.media_types import check_media_type
from scanner.service.problems import Problem

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_head(scope: Scope, headers: Headers) -> None:
    """Raises Problem for an address with control characters, and for a media type that is not accepted.

    No identifier has control characters, databases refuse some of them, and they would stand in pages and in the log.
    """
    query = unquote_to_bytes(scope.get("query_string", b""))
    try:
        text = query.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid_address", "the address is not UTF-8: encode it anew") from error
    if _CONTROLS.search(scope["path"]) or _CONTROLS.search(text):
        detail = "the address has control characters: leave them out"
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid_address", detail)
    check_media_type(headers)
