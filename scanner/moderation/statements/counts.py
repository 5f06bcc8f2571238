"""The counts for the yearly transparency report (Articles 15 and 24 DSA), from statements and appeals."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from statistics import median
from typing import Any, NamedTuple

from scanner.moderation.statements.statement import Statement, StatementUnusable
from scanner.moderation.statements.words import Account, Automation, Ground, Keyword, Monetary, Provision, Visibility


class ComplaintOutcome(StrEnum):
    """How an appeal ended."""

    UPHELD = "upheld"  # the decision stands
    REVERSED = "reversed"  # wholly or in part


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint about one decision (Article 20 DSA). Raises StatementUnusable for contradictory fields."""

    received_on: date
    decided_on: date | None  # None: still open
    outcome: ComplaintOutcome | None  # None: still open

    def __post_init__(self) -> None:
        """Check that outcome and decided_on come together, and not before received_on."""
        if (self.decided_on is None) != (self.outcome is None):
            raise StatementUnusable(
                f"appeal of {self.received_on}: decided_on {self.decided_on}, outcome {self.outcome}: give both or none"
            )
        if self.decided_on is not None and self.decided_on < self.received_on:
            raise StatementUnusable(
                f"appeal of {self.received_on}: decided_on {self.decided_on} is earlier; correct one of them"
            )


class Count(NamedTuple):
    """The number of statements with one value of the database."""

    word: str
    number: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one period; each tuple has all values, also those with a count of 0."""

    first_day: date
    last_day: date  # inclusive
    statements: int  # whose decision applies from a day of the period on
    by_restriction: tuple[Count, ...]  # a statement with several restrictions counts for each
    by_ground: tuple[Count, ...]
    by_keyword: tuple[Count, ...]  # as by_restriction
    detected_by_machine: int
    detected_otherwise: int
    by_automation: tuple[Count, ...]
    decided_by_machine_alone: int
    appeals_received: int  # in the period, whenever they were decided
    appeals_decided: int  # in the period, whenever they came in
    appeals_reversed: int  # of these
    median_days_to_decide: float | None  # of these; None: none was decided


def counts_of(statements: Iterable[Statement], appeals: Iterable[Complaint], first_day: date, last_day: date) -> Counts:
    """The counts of a period, both days inclusive; statements and appeals outside it are ignored.

    Raises StatementUnusable when the period ends before it starts.
    """
    if last_day < first_day:
        raise StatementUnusable(f"period {first_day} to {last_day}: give the first day first")
    within = [each for each in statements if first_day <= each.application_date <= last_day]
    received = tuple(appeals)
    days = [
        ((appeal.decided_on - appeal.received_on).days, appeal.outcome)
        for appeal in received
        if appeal.decided_on is not None and first_day <= appeal.decided_on <= last_day
    ]
    machine = sum(each.automated_detection for each in within)
    return Counts(
        first_day=first_day,
        last_day=last_day,
        statements=len(within),
        by_restriction=_counted(
            chain(Visibility, Monetary, Provision, Account), chain.from_iterable(map(_restrictions, within))
        ),
        by_ground=_counted(Ground, (each.decision_ground for each in within)),
        by_keyword=_counted(Keyword, chain.from_iterable(each.category_specification for each in within)),
        detected_by_machine=machine,
        detected_otherwise=len(within) - machine,
        by_automation=_counted(Automation, (each.automated_decision for each in within)),
        decided_by_machine_alone=sum(each.automated_decision is Automation.FULLY for each in within),
        appeals_received=sum(first_day <= appeal.received_on <= last_day for appeal in received),
        appeals_decided=len(days),
        appeals_reversed=sum(outcome is ComplaintOutcome.REVERSED for _, outcome in days),
        median_days_to_decide=float(median(taken for taken, _ in days)) if days else None,
    )


def as_json_value(counts: Counts) -> dict[str, Any]:
    """The counts in JSON's types: days as YYYY-MM-DD, each tuple as an object from value to number, None as null."""
    return {name: _plain(getattr(counts, name)) for name in Counts.__dataclass_fields__}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return dict(value) if isinstance(value, tuple) else value


def _restrictions(statement: Statement) -> tuple[StrEnum, ...]:
    single = (statement.decision_monetary, statement.decision_provision, statement.decision_account)
    return (*statement.decision_visibility, *(word for word in single if word is not None))


def _counted(words: Iterable[StrEnum], values: Iterable[StrEnum]) -> tuple[Count, ...]:
    counter = Counter(values)
    return tuple(Count(word.value, counter[word]) for word in words)
