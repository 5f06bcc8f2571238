"""How often people agree with what is flagged, and what a policy makes of it: pure, with no database."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from brand_index.types import ReferenceKind
from scanner.verdicts.case_states import CaseState, Ground

SURE: Final = 1.959964  # standard deviations within which 95 % of a normal distribution lies
# Dismissals that say nothing against the finding: what was seen is the mark or the photo, and the showing is allowed.
RIGHTLY_FOUND: Final = frozenset({Ground.AUTHORIZED, Ground.GENUINE_RESALE, Ground.NOMINATIVE_USE, Ground.PARODY})


class Method(NamedTuple):
    """What flagged a case: a brand's logos or its photos."""

    brand_id: str
    kind: ReferenceKind


@dataclass(frozen=True, slots=True)
class Precision:
    """Of what was flagged and decided by people, what they upheld."""

    right: int
    decided: int

    @property
    def share(self) -> float | None:
        """0..1; None: nothing was decided."""
        return self.right / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float]:
        """Within which the true share lies with 95 % (Wilson 1927); 0 to 1 where nothing was decided."""
        return wilson(self.right, self.decided)


@dataclass(frozen=True, slots=True)
class Label:
    """Cases that people decided alike."""

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
        """Whether a block may be acted upon without a person.

        Once `labels` cases of the method are decided the lower bound of its precision must be at least `least`, 0..1;
        before, the policy's word stands.
        """
        known = self.of.get(method, Precision(0, 0))
        return known.decided < labels or known.interval[0] >= least


def wilson(right: int, decided: int, deviations: float = SURE) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), 0..1 each; 0 and 1 where nothing was decided."""
    if decided == 0:
        return 0.0, 1.0
    share, square = right / decided, deviations**2
    middle = (share + square / (2 * decided)) / (1 + square / decided)
    half = deviations / (1 + square / decided) * math.sqrt(share * (1 - share) / decided + square / (4 * decided**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def is_right(state: CaseState, ground: Ground | None) -> bool | None:
    """Whether a person found that what was flagged is there; None: nobody decided yet."""
    if state is CaseState.CONFIRMED:
        return True
    return None if state is not CaseState.DISMISSED else ground in RIGHTLY_FOUND


def precision_of(labels: Iterable[Label]) -> PrecisionTable:
    """The precision of each method, by what people decided."""
    counts: dict[Method, _Count] = {}
    for label in labels:
        right = is_right(label.state, label.ground)
        if right is not None:
            count = counts.setdefault(label.method, _Count())
            count.right, count.decided = count.right + right * label.cases, count.decided + label.cases
    return PrecisionTable({method: Precision(count.right, count.decided) for method, count in counts.items()})
