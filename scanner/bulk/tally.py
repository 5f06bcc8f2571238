"""Counts over the rows of a scan, for its summary and its report."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from scanner.engine.types import Evidence, FailedImage
from scanner.verdicts.rows import Row
from scanner.verdicts.types import FOUND_NOTHING, Decision, Verdict


@dataclass(slots=True)
class Tally:
    """The counts of a scan so far."""

    shown_from: float = 0.0  # confidence, 0..1, from which evidence counts for its brand
    decisions: Counter[Decision] = field(default_factory=Counter)
    brands: Counter[str] = field(default_factory=Counter)  # by brand_id: images, each once
    policies: dict[str, None] = field(default_factory=dict)  # in order of first appearance
    revisions: dict[int, None] = field(default_factory=dict)  # of the index, likewise
    failed: int = 0
    in_part: int = 0  # images that were not examined whole
    resumed: int = 0  # of all images, how many an earlier run had done
    first: datetime | None = None  # UTC; None: no image has a verdict
    last: datetime | None = None

    @property
    def images(self) -> int:
        """How many images there are."""
        return self.failed + self.decisions.total()

    def add(self, row: Row) -> None:
        """Count one row."""
        if isinstance(row, FailedImage):
            self.failed += 1
            return
        verdict = row.verdict
        self.decisions[verdict.decision] += 1
        self.in_part += bool(verdict.skipped) or not verdict.coverage.is_whole
        if verdict.reason not in FOUND_NOTHING:
            self.brands.update({item.brand_id for item in shown_evidence(verdict, self.shown_from)})
        self.policies[verdict.policy] = None
        self.revisions[verdict.index_revision] = None
        self.first = min(self.first or verdict.scanned_at, verdict.scanned_at)
        self.last = max(self.last or verdict.scanned_at, verdict.scanned_at)


def shown_evidence(verdict: Verdict, shown_from: float) -> tuple[Evidence, ...]:
    """The matches to show: the foremost, and all other of confidence `shown_from` or more."""
    matches = [item for item in verdict.foremost if item.shared is None]
    return tuple(item for rank, item in enumerate(matches) if rank == 0 or item.confidence >= shown_from)
