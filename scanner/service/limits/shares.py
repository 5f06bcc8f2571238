"""Shares of a bounded room: one caller may hold most of it while it is empty, and never all of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from scanner.service.problems import RETRY_AFTER, Problem

OF_FREE: Final = 4  # a caller may hold so many times what is free: alone four fifths, two callers four ninths each


class FairShares:
    """Counts running calls, in total and by caller. Belongs to the event loop.

    A share of what is free needs no number of callers: each leaves room for the next, and where several have filled
    it, what they free goes to others first (Choudhury and Hahne, "Dynamic queue length thresholds", 1998, for buffers
    of a switch).
    """

    def __init__(self, most: int) -> None:
        """`most`: calls of all callers."""
        self._free, self._held = most, Counter[str]()

    def check(self, caller: str) -> None:
        """Raises Problem when there is too little room for one more call of this caller."""
        if self._held[caller] >= OF_FREE * self._free:
            detail = f"too many calls are running: try again after {RETRY_AFTER} s"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue_full", detail, {"Retry-After": str(RETRY_AFTER)})

    @contextmanager
    def hold(self, caller: str) -> Iterator[None]:
        """Count a call until it ends. Raises Problem as `check` does."""
        self.check(caller)
        self._held[caller] += 1
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
            self._held[caller] -= 1
            if not self._held[caller]:
                del self._held[caller]
