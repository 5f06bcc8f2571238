"""How often reviewers agree with what is flagged, and how widely it is: pure, with no database."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NamedTuple

from brand_index.types import ReferenceKind
from scanner.verdicts.case_states import CaseState, Ground

PERIOD: Final = timedelta(days=30)  # over which the spread of a reference is counted
SURE: Final = 1.959964  # standard deviations on each side that hold 95 % of a normal distribution
# Dismissals of correct matches: the mark or the photo is there, and it may be shown.
RIGHTLY_FOUND: Final = frozenset(Ground) - {Ground.NOT_THE_MARK}


class Method(NamedTuple):
    """What flagged a case: the logos of a brand, or its photos."""

    brand_id: str
    kind: ReferenceKind


@dataclass(frozen=True, slots=True)
class Precision:
    """Of the flagged cases that reviewers decided, how many matches were correct."""

    right: int
    decided: int

    @property
    def share(self) -> float | None:
        """The share of correct matches, 0..1; None: nothing was decided."""
        return self.right / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of the share (Wilson 1927); 0 to 1 where nothing was decided."""
        return wilson(self.right, self.decided)


@dataclass(frozen=True, slots=True)
class Label:
    """A number of cases with the same method and the same decision."""

    method: Method
    state: CaseState
    ground: Ground | None
    cases: int = 1


@dataclass(slots=True)
class _Count:
    right: int = 0
    decided: int = 0


@dataclass(frozen=True, slots=True)
class PrecisionTable:
    """The precision of each method."""

    of: Mapping[Method, Precision] = field(default_factory=dict)

    def may_block(self, method: Method, least: float, labels: int) -> bool:
        """Whether a listing may be blocked without a reviewer.

        Once `labels` cases of the method are decided, the lower bound of its precision must be at least `least`, 0..1.
        Before that, the policy alone decides.
        """
        known = self.of.get(method, Precision(0, 0))
        return known.decided < labels or known.interval[0] >= least


@dataclass(frozen=True, slots=True)
class Spread:
    """The cases that a reference's matches opened within PERIOD; those that notices opened do not count.

    What is matched in the listings of many sellers, and mostly shows something else, is no copy that they all made: it
    is a template, such as a size chart or a mock-up, that they all filled in.
    """

    sellers: int  # whose listings were flagged, each once; unknown ones are left out
    decided: int  # cases
    wrong: int  # of these, dismissed since they show something else

    def may_be_template(self, sellers: int) -> bool:
        """Whether a reviewer should know: `sellers` or more, and not mostly confirmed. `sellers` 0: never."""
        return 0 < sellers <= self.sellers and (self.decided == 0 or 2 * self.wrong > self.decided)

    def is_template(self, sellers: int, decided: int) -> bool:
        """Whether it must not block by itself: likewise, once so many cases are `decided`, at least one."""
        return self.may_be_template(sellers) and self.decided >= max(1, decided)


def wilson(right: int, decided: int, deviations: float = SURE) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), both bounds 0..1; 0 and 1 where nothing was decided."""
    if decided == 0:
        return 0.0, 1.0
    share, square = right / decided, deviations**2
    middle = (share + square / (2 * decided)) / (1 + square / decided)
    half = deviations / (1 + square / decided) * math.sqrt(share * (1 - share) / decided + square / (4 * decided**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def is_right(state: CaseState, ground: Ground | None) -> bool | None:
    """Whether a reviewer found that the match is correct; None: undecided."""
    if state is CaseState.CONFIRMED:
        return True
    return None if state is not CaseState.DISMISSED else ground in RIGHTLY_FOUND


def precision_of(labels: Iterable[Label]) -> PrecisionTable:
    """The precision of each method, from the decisions of reviewers."""
    counts: dict[Method, _Count] = {}
    for label in labels:
        right = is_right(label.state, label.ground)
        if right is not None:
            count = counts.setdefault(label.method, _Count())
            count.right, count.decided = count.right + right * label.cases, count.decided + label.cases
    return PrecisionTable({method: Precision(count.right, count.decided) for method, count in counts.items()})
