"""Are copied photos found among photos that are only alike? Measures what copy_task asks; it runs no system."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from benchmarks.measures import (
    OperatingPoint,
    Share,
    micro_average_precision,
    recall_above,
    recall_at_false_pairs,
    true_pairs,
)
from benchmarks.records import Prediction, Truth
from benchmarks.tables import Table, number, percent, ratio

RATES = (1e-4, 1e-5)


@dataclass(frozen=True, slots=True)
class EditResult:
    """How one edit's copies fare among all uncopied photos, at the thresholds of the whole task."""

    edit: str
    average_precision: float | None  # None: no query has this edit
    recalls: tuple[Share, ...]  # one for each of RATES


@dataclass(frozen=True, slots=True)
class AtDefault:
    """What the system's own threshold gives."""

    score: float
    found: Share
    false: Share  # wrong pairs, of all pairs
    flagged: Share  # uncopied photos with a wrong pair, of all uncopied photos


@dataclass(frozen=True, slots=True)
class CopyResult:
    """One system on one set of queries."""

    system: str
    queries: int
    references: int
    average_precision: float | None  # None: there is no copy among the queries
    points: tuple[OperatingPoint, ...]  # one for each of RATES
    at_default: AtDefault | None  # None: its makers name no threshold
    by_edit: tuple[EditResult, ...]
    seconds_a_query: float | None  # None: not timed


def evaluate_copies(
    system: str,
    predictions: Sequence[Prediction],
    truths: Sequence[Truth],
    *,
    references: int,
    edits: Sequence[str] = (),
    default: float | None = None,
    seconds: float | None = None,
) -> CopyResult:
    """Measure `predictions`; from a score of `default` the system itself says match; `seconds` is for all queries."""
    pairs = len(truths) * references
    points = tuple(recall_at_false_pairs(predictions, truths, pairs=pairs, rate=rate) for rate in RATES)
    return CopyResult(
        system,
        len(truths),
        references,
        micro_average_precision(predictions, truths),
        points,
        None if default is None else _at_default(predictions, truths, pairs, default),
        _by_edit(predictions, truths, edits, [point.threshold for point in points]),
        None if seconds is None or not truths else seconds / len(truths),
    )


def copy_tables(
    results: Sequence[CopyResult], sampled: Sequence[CopyResult], missing: Sequence[tuple[str, str]]
) -> list[Table]:
    """All systems, then the edits one by one; ours is first in `results`, and in `sampled`, on fewer queries."""
    ours = results[0]
    rows = [_row(result, base) for group in (results, sampled) for result, base in ((each, group[0]) for each in group)]
    columns = (
        "system",
        "queries",
        "µAP",
        "ours ÷ it",
        *(f"found at {rate:.0e} false pairs" for rate in RATES),
        "found at its own threshold",
        "uncopied photos flagged there",
        "ms a query",
    )
    rows += [(f"{name}: {lacks}", *("-" for _ in columns[1:])) for name, lacks in missing]
    compared = Table(
        f"Copied photos: {ours.queries} queries against {ours.references} registered photos",
        columns,
        tuple(rows),
        "Ties count against each system. A query's time is the wall time of all, on all workers for Markscan and one "
        "process for the others, divided by their number.",
    )
    by_edit = Table(
        "Copied photos by edit: µAP, and recall at 1e-04 (1e-05) false pairs of all pairs",
        ("edit", "queries", *(result.system for result in results)),
        tuple(
            (row.edit, str(row.recalls[0].whole), *(_edit_cell(result.by_edit[position]) for result in results))
            for position, row in enumerate(ours.by_edit)
        ),
    )
    return [compared, by_edit]


def worst_misses(
    predictions: Collection[Prediction], truths: Collection[Truth], count: int
) -> list[tuple[Truth, float | None]]:
    """The copies that scored lowest, with their score (None: not weighed at all)."""
    scores = {(found.query, found.reference): found.score for found in predictions}
    asked = [
        (truth, scores.get((truth.query, reference))) for truth in truths for reference in sorted(truth.references)
    ]
    return sorted(asked, key=lambda each: (each[1] is not None, each[1]))[:count]


def worst_false_alarms(predictions: Collection[Prediction], truths: Collection[Truth], count: int) -> list[Prediction]:
    """The wrong pairs that scored highest."""
    truth = true_pairs(truths)
    wrong = [found for found in predictions if (found.query, found.reference) not in truth]
    return sorted(wrong, key=lambda found: -found.score)[:count]


def _at_default(
    predictions: Collection[Prediction], truths: Collection[Truth], pairs: int, default: float
) -> AtDefault:
    truth = true_pairs(truths)
    claimed = {(found.query, found.reference) for found in predictions if found.score >= default}
    uncopied = {each.query for each in truths if not each.references}
    flagged = {query for query, _ in claimed} & uncopied
    return AtDefault(
        default,
        Share(len(claimed & truth), len(truth)),
        Share(len(claimed - truth), pairs),
        Share(len(flagged), len(uncopied)),
    )


def _by_edit(
    predictions: Sequence[Prediction], truths: Sequence[Truth], edits: Sequence[str], thresholds: Sequence[float]
) -> tuple[EditResult, ...]:
    of_query: dict[str, list[Prediction]] = defaultdict(list)
    for found in predictions:
        of_query[found.query].append(found)
    uncopied = [truth for truth in truths if not truth.references]
    theirs = [found for truth in uncopied for found in of_query[truth.query]]
    results = []
    for edit in edits:
        copies = [truth for truth in truths if truth.references and truth.edit == edit]
        ours = [found for truth in copies for found in of_query[truth.query]]
        results.append(
            EditResult(
                edit,
                micro_average_precision([*ours, *theirs], copies),
                tuple(recall_above(ours, copies, threshold) for threshold in thresholds),
            )
        )
    return tuple(results)


def _row(result: CopyResult, base: CopyResult) -> tuple[str, ...]:
    own = result.at_default
    return (
        result.system,
        str(result.queries),
        number(result.average_precision),
        ratio(base.average_precision, result.average_precision),
        *(percent(point.found) for point in result.points),
        "-" if own is None else percent(own.found),
        "-" if own is None else percent(own.flagged),
        "-" if result.seconds_a_query is None else f"{result.seconds_a_query * 1000:.0f}",
    )


def _edit_cell(result: EditResult) -> str:
    recalls = [f"{recall.value:.0%}" if recall.value is not None else "-" for recall in result.recalls]
    return f"{number(result.average_precision, 2)}, {recalls[0]} ({recalls[1]})"
