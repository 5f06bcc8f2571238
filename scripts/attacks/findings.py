"""What an attack is and what it found, as records, as a table and as an exit code; it attacks nothing."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

FELL: Final = 1  # exit code: something of medium weight or more fell


class Weight(StrEnum):
    """How bad it is when the attack succeeds."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Outcome(StrEnum):
    """How an attack ended."""

    HELD = "held"
    FALLEN = "fallen"
    NOT_TRIED = "not tried"


class NotTried(Exception):
    """This attack needs something that this run does not have; the message says what."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the promise fell, and what was measured, in words."""

    fell: bool
    measured: str


@dataclass(frozen=True, slots=True)
class Result:
    """One attack and its end."""

    number: int  # of the issue that first reported such a fault
    name: str
    weight: Weight
    outcome: Outcome
    measured: str
    promise: str
    seconds: float


def judged(faults: Iterable[str], measured: str) -> Finding:
    """A finding that fell if there are faults; these are then said first."""
    found = list(faults)
    return Finding(bool(found), "; ".join([*found, measured] if measured else found))


def exit_code(results: Iterable[Result]) -> int:
    """0, or FELL if a promise of medium weight or more fell."""
    fell = any(each.outcome is Outcome.FALLEN and each.weight is not Weight.LOW for each in results)
    return FELL if fell else 0


def as_json(results: Iterable[Result]) -> str:
    """All results, for a program."""
    return json.dumps([asdict(each) for each in results], indent=1) + "\n"


def table(results: Sequence[Result]) -> str:
    """A row an attack, the columns aligned, and a last line that counts."""
    head = ("no.", "attack", "weight", "outcome", "s", "measured")
    rows = [
        (str(each.number), each.name, each.weight, each.outcome, f"{each.seconds:.0f}", each.measured)
        for each in results
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in (head, *rows)
    ]
    counts = {outcome: sum(each.outcome is outcome for each in results) for outcome in Outcome}
    lines.append(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return "\n".join(lines)
