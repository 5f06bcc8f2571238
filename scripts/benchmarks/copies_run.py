"""The copies benchmark from folder to outcome: registers the photos and asks every system; copies.py measures."""

from collections.abc import Sequence
from pathlib import Path

import typer

from benchmarks.copies import CopyResult, copy_tables, evaluate_copies, worst_false_alarms, worst_misses
from benchmarks.copy_task import CopyTask, all_edits, draw_task, read_image, short_name
from benchmarks.datasets import evenly_spaced
from benchmarks.edits import Edit
from benchmarks.gallery import Exhibit, Outlined, Section
from benchmarks.known_edits import known_edits_table, scan_known_edits
from benchmarks.options import WORST, Options, Outcome
from benchmarks.peers import Labelled
from benchmarks.product import Entry, default_threshold
from benchmarks.records import Truth
from benchmarks.runs import Query, Run, all_peers, occasion, run_peer, run_product, sift_peer
from benchmarks.tables import number
from brand_index.store import Store
from brand_index.types import ReferenceKind

TILES_ACROSS = (1, 2)


def run_copies(options: Options, edits_each: int, folder: Path, names: Sequence[str] = ()) -> Outcome:
    """Register the photos in the empty `folder`, ask Markscan and its peers for all queries, measure, try copies/.

    Edits are those of these `names`, none: all; of fewer than `edits_each`, each photo is edited in all ways. Raises a
    usage error that lists the names if one is unknown.
    """
    edits = chosen_edits(names)
    task = draw_task(
        options.data,
        folder / "queries",
        edits,
        seed=options.seed,
        edits_each=min(edits_each, len(edits)),
        limit=options.limit,
    )
    entries = [Entry(path, "seller", ReferenceKind.PHOTO, short_name(path)) for path in task.references]
    queries = [Query(query.truth.query, query.path) for query in task.queries]
    truths = [query.truth for query in task.queries]
    ours = run_product(Store(folder / "store"), queries, entries, options.workers)
    threshold = default_threshold(ReferenceKind.PHOTO)
    runs, results = [ours], [_measured(ours, truths, task, threshold)]
    sampled: list[CopyResult] = []
    missing: list[tuple[str, str]] = []
    if options.peers:
        images = [Labelled(short_name(path), read_image(path)) for path in task.references]
        peers, missing = all_peers(TILES_ACROSS)
        for peer in peers:
            runs.append(run_peer(peer, images, queries))
            results.append(_measured(runs[-1], truths, task, peer.operating_point))
        few = evenly_spaced(truths, options.sift_queries)
        asked = {truth.query for truth in few}
        slow = run_peer(sift_peer(), images, [query for query in queries if query.name in asked])
        runs.append(slow)
        same = [found for found in ours.predictions if found.query in asked]
        count = len(task.references)
        sampled = [
            evaluate_copies(f"Markscan on {len(few)} of them", same, few, references=count, default=threshold),
            evaluate_copies(slow.system, slow.predictions, few, references=count, seconds=slow.seconds),
        ]
    known_edits = scan_known_edits(options.data, Store(folder / "known"), options.workers, threshold)
    return Outcome(
        occasion=occasion("copies"),
        options=options,
        results=[*results, *sampled, *known_edits],
        missing=missing,
        tables=[*copy_tables(results, sampled, missing), known_edits_table(known_edits, threshold)],
        truths=truths,
        runs=runs,
        sections=_sections(task, ours, truths) if options.misses is not None else (),
    )


def chosen_edits(names: Sequence[str]) -> tuple[Edit, ...]:
    """The edits of these names, or all. Raises a usage error that lists them if one is unknown."""
    known = {edit.name: edit for edit in all_edits()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise typer.BadParameter(f"no edit is named {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(known[name] for name in names or known)


def _measured(run: Run, truths: Sequence[Truth], task: CopyTask, threshold: float | None) -> CopyResult:
    return evaluate_copies(
        run.system,
        run.predictions,
        truths,
        references=len(task.references),
        edits=task.edits,
        default=threshold,
        seconds=run.seconds,
    )


def _sections(task: CopyTask, ours: Run, truths: Sequence[Truth]) -> tuple[Section, ...]:
    path_of = {query.truth.query: query.path for query in task.queries}
    path_of |= {short_name(path): path for path in task.references}
    edit_of = {truth.query: truth.edit or "uncopied" for truth in truths}
    misses = tuple(
        Exhibit(
            f"{truth.edit}: {number(score, 2)}",
            (Outlined(path_of[truth.query]), *(Outlined(path_of[reference]) for reference in truth.references)),
        )
        for truth, score in worst_misses(ours.predictions, truths, WORST)
    )
    alarms = tuple(
        Exhibit(
            f"{edit_of[found.query]}: {found.score:.2f}, {found.query} taken for {found.reference}",
            (Outlined(path_of[found.query], found.box), Outlined(path_of[found.reference])),
        )
        for found in worst_false_alarms(ours.predictions, truths, WORST)
    )
    return Section("Copies that scored lowest", misses), Section("Wrong pairs that scored highest", alarms)
