"""The stages of looking at one image, how long each took, and which were left out for want of time."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

Result = TypeVar("Result")
Other = TypeVar("Other")


class Stage(StrEnum):
    """What is done to an image, in order; what is found by one is asked by those after it."""

    DECODE = "decode"
    HASH = "hash"
    KEYPOINTS = "keypoints"
    FIND = "find"  # regions that may be marks
    EMBED = "embed"  # of those, and of the whole image
    MATCH = "match"
    VERIFY = "verify"


class StageClock:
    """Runs stages until the time is up."""

    def __init__(self, seconds: float | None = None) -> None:
        """`seconds` from now; None: as long as it takes."""
        self._end = None if seconds is None else time.monotonic() + seconds
        self.spent: dict[Stage, float] = {}  # seconds
        self._skipped: set[Stage] = set()

    @property
    def skipped(self) -> tuple[Stage, ...]:
        """Stages that were left out of at least one frame, in order."""
        return tuple(stage for stage in Stage if stage in self._skipped)

    def run(self, stage: Stage, work: Callable[[], Result], otherwise: Other) -> Result | Other:
        """What `work` gives, or, once the time is up, `otherwise`. What has begun is brought to its end."""
        begun = time.monotonic()
        if self._end is not None and begun >= self._end:
            self._skipped.add(stage)
            return otherwise
        try:
            return work()
        finally:
            self.spent[stage] = self.spent.get(stage, 0.0) + time.monotonic() - begun
