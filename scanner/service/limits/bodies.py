"""Bounds how many bytes the bodies of running calls may have, by caller and in total, each counted before it is read.

Bodies are parsed to files, so these bytes are of a disk, and of memory where the disk is one.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers

from scanner.service.problems import RETRY_AFTER, Problem

OF_ALL: Final = 8  # bodies of the longest kind at once
OF_ONE: Final = 2  # likewise, of one caller


class BodyLimit:
    """Counts the bodies of running calls. Belongs to the event loop."""

    def __init__(self, longest: int) -> None:
        """`longest`: bytes that a body may have."""
        self._longest, self._held = longest, Counter[str]()

    @contextmanager
    def hold(self, caller: str, headers: Headers) -> Iterator[None]:
        """Count the body of a call until the call ends, with the length that its headers declare, or the longest.

        Raises Problem when there is no room.
        """
        size = declared_size(headers, self._longest)
        if size and (
            self._held[caller] + size > OF_ONE * self._longest or self._held.total() + size > OF_ALL * self._longest
        ):
            detail = f"too many bytes are being uploaded: try again after {RETRY_AFTER} s"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue_full", detail, {"Retry-After": str(RETRY_AFTER)})
        self._held[caller] += size
        try:
            yield
        finally:
            self._held[caller] -= size
            if not self._held[caller]:
                del self._held[caller]


def declared_size(headers: Headers, longest: int) -> int:
    """The bytes of a body as its headers declare them, before it is read; `longest` where they do not."""
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit():
        return min(int(declared[:20]), longest)  # a longer body is refused anyway
    return longest if "transfer-encoding" in headers else 0
