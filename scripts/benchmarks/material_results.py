"""The results of the copies benchmark on listing material, as tables, and as files from which a later run goes on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import typer
from pydantic import TypeAdapter, ValidationError

from benchmarks.measures import Share
from benchmarks.options import Options
from benchmarks.product import Refusal
from benchmarks.runs import Occasion
from benchmarks.tables import Table, percent, write_json

FLAGGED: Final = 0.03  # of innocents, at most: where SIFT's number of inliers is set, which has no threshold of its own


@dataclass(frozen=True, slots=True)
class KindResult:
    """One system on one kind."""

    kind: str
    system: str
    found: Share  # true copies: of Markscan blocked or sent to review for their own reference
    blocked: Share | None  # innocents; None: the system does not tell blocking from review
    reviewed: Share | None
    flagged: Share  # innocents: blocked or reviewed, or over the system's threshold
    incomplete: int  # innocents of which Markscan did not see all
    threshold: float | None  # of the score; None: of no use to this system, or unknown
    seconds_a_query: float


@dataclass(frozen=True, slots=True)
class EditRecall:
    """True copies of one edit over all kinds, as Markscan finds them."""

    edit: str
    found: Share


@dataclass(frozen=True, slots=True)
class Conditions:
    """The options on which the results of a kind depend."""

    seed: int
    limit: int | None
    peers: bool
    sift_queries: int

    @classmethod
    def of(cls, options: Options) -> "Conditions":
        """Those of a run."""
        return cls(options.seed, options.limit, options.peers, options.sift_queries)


@dataclass(frozen=True, slots=True)
class KindReport:
    """Everything that one run says of one kind."""

    occasion: Occasion
    conditions: Conditions
    results: tuple[KindResult, ...]  # ours first
    by_edit: tuple[EditRecall, ...]
    refusals: tuple[Refusal, ...]  # of Markscan


def read_report(folder: Path, kind: str, options: Options) -> KindReport | None:
    """What an earlier run kept of `kind` in `folder`; None: nothing. Raises a usage error where it can't be used."""
    path = _file_of(folder, kind)
    if not path.exists():
        return None
    try:
        report = TypeAdapter(KindReport).validate_json(path.read_bytes())
    except ValidationError as error:
        raise typer.BadParameter(f"{path} is no report of a kind; delete it") from error
    if report.conditions != Conditions.of(options):
        raise typer.BadParameter(f"{path} was measured with {report.conditions}; use another folder, or these options")
    return report


def write_report(folder: Path, kind: str, report: KindReport) -> None:
    """Keep `report` for `read_report`; an interrupted run leaves all of it or nothing."""
    path = _file_of(folder, kind)
    unfinished = path.with_suffix(".unfinished")
    write_json(unfinished, report)
    unfinished.replace(path)


def _file_of(folder: Path, kind: str) -> Path:
    return folder / f"{kind}.json"


def material_table(results: Sequence[KindResult]) -> Table:
    """A row for each kind and one for all, ours first."""
    systems = list(dict.fromkeys(result.system for result in results))
    kinds = list(dict.fromkeys(result.kind for result in results))
    of = {(result.kind, result.system): result for result in results}
    ours, *peers = systems
    rows = [_row(kind, of[kind, ours], [of[kind, peer] for peer in peers if (kind, peer) in of]) for kind in kinds]
    summed = {system: _sum(system, [each for each in results if each.system == system]) for system in systems}
    rows.append(_row("all", summed[ours], [summed[peer] for peer in peers]))
    columns = ("kind", "copies found", "innocents blocked", "sent to review", "incomplete")
    theirs = tuple(column for peer in peers for column in (f"{peer}: found", "innocents flagged"))
    return Table(
        "Copies among listing material, by kind",
        (*columns, *theirs),
        tuple(rows),
        "A copy is found if it is blocked or sent to review for the image that it copies. pHash and PDQ are at the "
        "distance their makers advise; SIFT, kind by kind, at the inliers that flag at most "
        f"{FLAGGED:.0%} of the innocents (where there are none, at none).",
    )


def edits_table(by_edit: Sequence[EditRecall]) -> Table:
    """How often each edit's copies are found, over all kinds, worst first."""
    ordered = sorted(by_edit, key=lambda each: each.found.value or 0.0)
    rows = tuple((each.edit, percent(each.found)) for each in ordered)
    return Table("Copies of listing material, by edit", ("edit", "found"), rows)


def joined_edits(parts: Iterable[EditRecall]) -> list[EditRecall]:
    """One for each edit, over all kinds."""
    of_edit: dict[str, list[Share]] = defaultdict(list)
    for each in parts:
        of_edit[each.edit].append(each.found)
    return [EditRecall(edit, _total(shares)) for edit, shares in of_edit.items()]


def said(result: KindResult) -> str:
    """A line for the terminal as soon as a kind is measured."""
    blocked, reviewed = (share.part if share else 0 for share in (result.blocked, result.reviewed))
    return (
        f"{result.kind}: {percent(result.found)} of the copies found; of {result.flagged.whole} innocents {blocked} "
        f"blocked, {reviewed} sent to review; {result.seconds_a_query * 1000:.0f} ms an image"
    )


def _sum(system: str, results: Sequence[KindResult]) -> KindResult:
    return KindResult(
        "all",
        system,
        _total([each.found for each in results]),
        _total([each.blocked for each in results]),
        _total([each.reviewed for each in results]),
        _total([each.flagged for each in results]),
        sum(each.incomplete for each in results),
        None,
        float(np.mean([each.seconds_a_query for each in results])),
    )


def _row(kind: str, ours: KindResult, peers: Sequence[KindResult]) -> tuple[str, ...]:
    mine = [percent(share) if share is not None else "-" for share in (ours.found, ours.blocked, ours.reviewed)]
    theirs = [percent(share) for peer in peers for share in (peer.found, peer.flagged)]
    return (kind, *mine, str(ours.incomplete), *theirs)


def _total(shares: Sequence[Share | None]) -> Share:
    known = [share for share in shares if share is not None]
    return Share(sum(share.part for share in known), sum(share.whole for share in known))
