"""The room for bodies that are on their way: a newcomer always gets in, at the cost of whoever holds most of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from scanner.service.limits.receiving import Receiving
from scanner.service.limits.shares import FairShares

UPLOADS: Final = 200  # bodies on their way at once, of callers with a key; and likewise of those without


class Uploads:
    """The bodies on their way, the oldest first. Belongs to the event loop."""

    def __init__(self, most: int) -> None:
        """`most`: bodies."""
        self._most, self._caller_of = most, dict[Receiving, str]()

    def add(self, caller: str, body: Receiving) -> None:
        """Count a body. Where there are too many, the oldest of the caller that holds most is cut off."""
        self._caller_of[body] = caller
        if len(self._caller_of) > self._most:
            held = Counter(self._caller_of.values())
            largest = max(held.values())
            oldest = next(each for each, whose in self._caller_of.items() if held[whose] == largest)
            self.discard(oldest)
            oldest.cut_off()

    def discard(self, body: Receiving) -> None:
        """Forget a body, which is whole or whose call ended."""
        self._caller_of.pop(body, None)


class Places:
    """Places of calls: one whose body is on its way has a place among bodies, and takes one of a call when it is whole.

    Who sends slowly costs nothing but a connection, so it must not keep out who is ready to be served.
    """

    def __init__(self, calls: int, uploads: int = UPLOADS) -> None:
        """`calls`: whose bodies are whole. `uploads`: bodies of callers with a key, and of those without."""
        self._shares = FairShares(calls)
        self._with_key, self._without = Uploads(uploads), Uploads(uploads)

    @contextmanager
    def hold(self, caller: str, body: Receiving, *, known: bool) -> Iterator[None]:
        """Count a call until it ends; `known`: it has a key. Raises Problem when too many calls run."""
        self._shares.check(caller)
        uploads = self._with_key if known else self._without
        with ExitStack() as stack:

            def is_whole() -> None:
                uploads.discard(body)
                stack.enter_context(self._shares.hold(caller))

            if body.whole:
                is_whole()
            else:
                stack.callback(uploads.discard, body)
                body.when_whole = is_whole
                uploads.add(caller, body)
            yield
