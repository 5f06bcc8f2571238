"""The copies benchmark from folder to outcome: registers, asks every system, and looks at the known edits of copies/."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.copies import copy_tables, evaluate_copies, worst_false_alarms, worst_misses
from benchmarks.copy_task import CopyTask, draw_task, read_image, short_name
from benchmarks.datasets import CopiedPicture, copied_pictures, evenly_spaced
from benchmarks.gallery import Exhibit, Outlined, Section
from benchmarks.options import WORST, Options, Outcome
from benchmarks.peers import Labelled
from benchmarks.product import Entry, default_threshold
from benchmarks.records import Truth
from benchmarks.runs import Query, Run, all_peers, occasion, run_peer, run_product, sift_peer
from benchmarks.tables import Table, number
from brand_index.store import Store
from brand_index.types import ReferenceKind

TILES_ACROSS = (1, 2)


def run_copies(options: Options, edits_each: int) -> Outcome:
    """Register the photos, ask Markscan and its peers for all queries, measure, and look at copies/."""
    with tempfile.TemporaryDirectory(prefix="markscan-benchmark-") as name:
        folder = Path(name)
        task = draw_task(
            options.data, folder / "queries", seed=options.seed, edits_each=edits_each, limit=options.limit
        )
        entries = [Entry(path, "seller", ReferenceKind.PHOTO, short_name(path)) for path in task.references]
        store = Store(folder / "store")
        queries = [Query(query.truth.query, query.path) for query in task.queries]
        truths = [query.truth for query in task.queries]
        count = len(task.references)
        ours = run_product(store, queries, entries, options.workers)
        threshold = default_threshold(ReferenceKind.PHOTO)
        results = [
            evaluate_copies(
                ours.system,
                ours.predictions,
                truths,
                references=count,
                edits=task.edits,
                default=threshold,
                seconds=ours.seconds,
            )
        ]
        runs, missing = [ours], []
        if options.peers:
            pictures = [Labelled(short_name(path), read_image(path)) for path in task.references]
            peers, missing = all_peers(TILES_ACROSS)
            for peer in peers:
                run = run_peer(peer, pictures, queries)
                runs.append(run)
                results.append(
                    evaluate_copies(
                        run.system,
                        run.predictions,
                        truths,
                        references=count,
                        edits=task.edits,
                        default=peer.operating_point,
                        seconds=run.seconds,
                    )
                )
            few = evenly_spaced(truths, options.sift_queries)
            asked = {truth.query for truth in few}
            slow = run_peer(sift_peer(), pictures, [query for query in queries if query.name in asked])
            runs.append(slow)
            results.append(evaluate_copies(slow.system, slow.predictions, few, references=count, seconds=slow.seconds))
            same = [found for found in ours.predictions if found.query in asked]
            results.append(
                evaluate_copies(f"Markscan, those {len(few)}", same, few, references=count, default=threshold)
            )
        known = look_at_known_edits(options, folder / "known", threshold)
        return Outcome(
            occasion=occasion("copies"),
            options=options,
            results=results,
            missing=missing,
            tables=[*copy_tables(results, missing), known],
            truths=truths,
            runs=runs,
            sections=_sections(task, ours, truths) if options.misses is not None else (),
        )


def look_at_known_edits(options: Options, folder: Path, threshold: float) -> Table:
    """Register the original of each group of copies/, scan all of it, and list what is found at the default threshold."""
    pictures = copied_pictures(options.data)
    originals = known_originals(pictures)
    entries = [Entry(path, "seller", ReferenceKind.PHOTO, group) for group, path in originals.items()]
    store = Store(folder)
    asked = [picture for picture in pictures if picture.path not in originals.values()]
    queries = [Query(picture.path.relative_to(options.data / "copies").as_posix(), picture.path) for picture in asked]
    run = run_product(store, queries, entries, options.workers)
    scores = {(found.query, found.reference): found.score for found in run.predictions}
    unread = {refusal.path: refusal.code for refusal in run.refusals}
    rows = []
    for picture, query in zip(asked, queries, strict=True):
        own = scores.get((query.name, picture.group))
        others = [
            f"{reference} {score:.2f}"
            for (name, reference), score in scores.items()
            if name == query.name and reference != picture.group and score >= threshold
        ]
        if picture.path in unread:
            said = unread[picture.path]
        elif picture.group not in originals:
            said = "not registered"
        else:
            said = "found" if own is not None and own >= threshold else "missed"
        rows.append((query.name, picture.group, picture.edit or "-", said, number(own, 2), ", ".join(others) or "-"))
    found, missed = (sum(row[3] == said for row in rows) for said in ("found", "missed"))
    false = sum(row[5] != "-" for row in rows)
    return Table(
        f"Known edits of {len(originals)} originals at the default threshold {threshold:.2f}: {found} found, {missed} missed, "
        f"{false} pictures with a false match",
        ("picture", "group", "edit", "what was said", "confidence", "false matches"),
        tuple(rows),
        "Groups named “similar, not copy” and distractors are to be missed.",
    )


def known_originals(pictures: Sequence[CopiedPicture]) -> dict[str, Path]:
    """Group → the picture to register: its first that is labelled original or lies upright; groups of one are left out."""
    originals: dict[str, Path] = {}
    for wanted in ("original", "exif-rotn-1", "c"):
        for picture in pictures:
            if picture.edit == wanted:
                originals.setdefault(picture.group, picture.path)
    return originals


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
    return Section("Copies that scored lowest", misses), Section("Uncopied photos that scored highest", alarms)
