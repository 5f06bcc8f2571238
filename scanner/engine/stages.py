"""The stages of examining one image, the time each takes, and those skipped for lack of time."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

Result = TypeVar("Result")
Other = TypeVar("Other")


class Stage(StrEnum):
    """The stages, in order; each uses the results of those before it."""

    DECODE = "decode"
    HASH = "hash"
    KEYPOINTS = "keypoints"
    FIND = "find"  # regions that may be marks
    EMBED = "embed"  # of those, and of the whole image
    MATCH = "match"
    VERIFY = "verify"
    READ = "read"  # lines of text, for registered words


class StageClock:
    """Runs stages until the time is up."""

    def __init__(self, seconds: float | None = None) -> None:
        """Start the clock: `seconds` from now the time is up; None: never."""
        self._end = None if seconds is None else time.monotonic() + seconds
        self.spent: dict[Stage, float] = {}  # seconds
        self._within = 0.0  # seconds of stages that ran within the present one
        self._skipped: set[Stage] = set()

    @property
    def skipped(self) -> tuple[Stage, ...]:
        """The stages skipped for at least one frame, in order."""
        return tuple(stage for stage in Stage if stage in self._skipped)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._end is not None and time.monotonic() >= self._end

    def skip(self, stage: Stage) -> None:
        """Note that a stage left something out."""
        self._skipped.add(stage)

    def skip_rest(self) -> None:
        """Note that what is left was skipped for lack of time."""
        self._skipped.update(set(Stage) - {Stage.DECODE})

    def run(self, stage: Stage, work: Callable[[], Result], otherwise: Other) -> Result | Other:
        """The result of `work`, or `otherwise` once the time is up. Work that has begun is completed.

        A stage may ask for another one within it, whose time counts for that one alone.
        """
        if self.is_over:
            self._skipped.add(stage)
            return otherwise
        begun, within = time.monotonic(), self._within
        self._within = 0.0
        try:
            return work()
        finally:
            spent = time.monotonic() - begun
            self.spent[stage] = self.spent.get(stage, 0.0) + spent - self._within
            self._within = within + spent
