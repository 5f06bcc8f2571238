"""The copies benchmark on listing material: registers, scans and counts by kind; material_task.py draws."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import typer

from benchmarks.copy_task import read_image
from benchmarks.datasets import clothing_photos, evenly_spaced
from benchmarks.gallery import Exhibit, Outlined, Section
from benchmarks.material.kinds import KINDS
from benchmarks.material_results import (
    FLAGGED,
    Conditions,
    EditRecall,
    KindReport,
    KindResult,
    edits_table,
    joined_edits,
    material_table,
    read_report,
    said,
    write_report,
)
from benchmarks.material_task import Asked, KindTask, draw_kind
from benchmarks.materials import some
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.peers import Labelled, Peer, pdq, phash
from benchmarks.product import Refusal, entry_names, predictions_of, register_all
from benchmarks.records import Prediction
from benchmarks.runs import Query, Run, occasion, run_peer, sift_peer
from brand_index.store import Store
from scanner.bulk.batch import examine_batch
from scanner.engine.types import FailedImage
from scanner.moderation.judging import Judge
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.registry import open_registry
from scanner.settings import read_settings
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Decision, Listing, Reason, Verdict

WORST: Final = 12  # of each sort and kind, in the gallery


@dataclass(frozen=True, slots=True)
class _Examined:
    """What Markscan says of the images of one kind."""

    verdicts: dict[str, Verdict]  # by query; not those that could not be examined
    found: frozenset[str]  # queries in which the reference that they were drawn beside counts
    names: dict[str, str]  # reference id → name
    run: Run


def run_material(options: Options, kinds: Sequence[str], folder: Path, keep: Path | None = None) -> Outcome:
    """Draw each of `kinds` (none: all) into the empty `folder`, register and scan it, and ask the peers.

    What is found of a kind is kept in the folder `keep`, if any, and a kind that is there already isn't measured again.
    """
    chosen = chosen_kinds(kinds)
    kept = {} if keep is None else {kind: read_report(keep, kind, options) for kind in chosen}
    photos = some(np.random.default_rng(options.seed), found := clothing_photos(options.data), len(found))
    now = occasion("copies --material")
    reports: list[KindReport] = []
    runs: dict[str, list[Run]] = defaultdict(list)
    tasks: list[KindTask] = []
    sections: list[Section] = []
    for number, kind in enumerate(chosen):
        report = kept.get(kind)
        if report is None:
            place = folder / f"{number:02}"
            task = draw_kind(kind, photos, place / "images", seed=options.seed, limit=options.limit)
            examined = _examine(task, Store(place / "store"), options.workers)
            tasks.append(task)
            results = [_of_markscan(task, examined)]
            runs[examined.run.system].append(examined.run)
            for peer in (phash(), pdq(), sift_peer()) if options.peers else ():
                result, run = _of_peer(peer, task, options.sift_queries)
                results.append(result)
                runs[run.system].append(run)
            by_edit = _by_edit(task.asked, examined.found)
            report = KindReport(now, Conditions.of(options), tuple(results), by_edit, examined.run.refusals)
            if keep is not None:
                write_report(keep, kind, report)
            if options.misses is not None:
                sections += _sections(task, examined)
        else:
            ours = report.results[0].system
            runs[ours].append(Run(ours, (), 0.0, report.refusals))
        reports.append(report)
        typer.echo(said(report.results[0]), err=True)
    of_all = [result for report in reports for result in report.results]
    by_edit_of_all = joined_edits(each for report in reports for each in report.by_edit)
    return Outcome(
        occasion=now,
        options=options,
        results=[*of_all, *by_edit_of_all],
        missing=(),
        tables=[material_table(of_all), edits_table(by_edit_of_all)],
        truths=[each.truth for task in tasks for each in task.asked],
        runs=[_joined(system, parts) for system, parts in runs.items()],
        sections=sections,
    )


def chosen_kinds(kinds: Sequence[str]) -> list[str]:
    """`kinds`, or all that there are. Raises a usage error that names them if one is unknown."""
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise typer.BadParameter(f"no such kind: {', '.join(unknown)}; there are: {', '.join(KINDS)}")
    return list(kinds or KINDS)


def threshold_for(best: Sequence[float], share: float) -> float | None:
    """The lowest whole score that at most `share` of the innocents reach; `best` is each one's highest. None: none."""
    if not best:
        return None
    ordered = sorted(best, reverse=True)
    return float(np.floor(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) + 1)


def _examine(task: KindTask, store: Store, workers: int) -> _Examined:
    refusals = register_all(store, task.entries)
    settings = read_settings()
    policy, names = read_policy(settings.policy), entry_names(task.entries)
    verdicts: dict[str, Verdict] = {}
    predictions: list[Prediction] = []
    found = set()
    started = time.perf_counter()
    batch = examine_batch([each.path for each in task.asked], store, settings, workers=workers)
    with open_registry(store, settings.registry_url, create=False) as registry:
        judge = Judge(registry, policy, ListingWords(store))
        for each, examined in zip(task.asked, batch, strict=True):
            if isinstance(examined.outcome, FailedImage):
                refusals.append(Refusal(each.path, examined.outcome.code, examined.outcome.message))
                continue
            verdict = judge.verdict(Listing(), examined.outcome, datetime.now(UTC))
            verdicts[each.truth.query] = verdict
            predictions += predictions_of(verdict.evidence, each.truth.query, names)
            counted = {item.reference_id for item in verdict.evidence if policy.reason_for(item) is not Reason.NO_MATCH}
            if verdict.decision is not Decision.CLEAR and each.beside in {names[counts] for counts in counted}:
                found.add(each.truth.query)
    run = Run("Markscan", tuple(predictions), time.perf_counter() - started, tuple(refusals))
    return _Examined(verdicts, frozenset(found), names, run)


def _of_markscan(task: KindTask, examined: _Examined) -> KindResult:
    copies = [each.truth.query for each in task.asked if each.truth.references]
    verdicts = [examined.verdicts.get(each.truth.query) for each in task.asked if not each.truth.references]
    blocked = sum(verdict is not None and verdict.decision is Decision.BLOCK for verdict in verdicts)
    reviewed = sum(
        verdict is not None and verdict.decision is Decision.REVIEW and verdict.reason is not Reason.INCOMPLETE
        for verdict in verdicts
    )
    return KindResult(
        task.kind,
        examined.run.system,
        Share(sum(query in examined.found for query in copies), len(copies)),
        Share(blocked, len(verdicts)),
        Share(reviewed, len(verdicts)),
        Share(blocked + reviewed, len(verdicts)),
        sum(verdict is not None and verdict.reason is Reason.INCOMPLETE for verdict in verdicts),
        None,
        examined.run.seconds / max(1, len(task.asked)),
    )


def _of_peer(peer: Peer, task: KindTask, most: int) -> tuple[KindResult, Run]:
    """A system that names a threshold at that, on all queries; any other on `most` of them."""
    own = peer.operating_point
    asked = list(task.asked) if own is not None else evenly_spaced(task.asked, most)
    references = [Labelled(entry.name, read_image(entry.path)) for entry in task.entries]
    run = run_peer(peer, references, [Query(each.truth.query, each.path) for each in asked])
    best: dict[str, float] = defaultdict(float) if own is None else defaultdict(lambda: -np.inf)
    of_pair = {(each.query, each.reference): each.score for each in run.predictions}
    for each in run.predictions:
        best[each.query] = max(best[each.query], each.score)
    innocents = [each.truth.query for each in asked if not each.truth.references]
    copies = [each for each in asked if each.truth.references]
    threshold = own if own is not None else threshold_for([best[query] for query in innocents], FLAGGED)
    level = np.inf if threshold is None else threshold
    found = Share(sum(of_pair.get((each.truth.query, each.beside), -np.inf) >= level for each in copies), len(copies))
    flagged = Share(sum(best[query] >= level for query in innocents), len(innocents))
    seconds = run.seconds / max(1, len(asked))
    return KindResult(task.kind, peer.name, found, None, None, flagged, 0, threshold, seconds), run


def _by_edit(asked: Sequence[Asked], found: frozenset[str]) -> tuple[EditRecall, ...]:
    of_edit: dict[str, list[bool]] = defaultdict(list)
    for each in asked:
        if each.truth.references:
            of_edit[each.truth.edit].append(each.truth.query in found)
    return tuple(EditRecall(edit, Share(sum(hits), len(hits))) for edit, hits in of_edit.items())


def _joined(system: str, parts: Sequence[Run]) -> Run:
    predictions = tuple(found for part in parts for found in part.predictions)
    refusals = tuple(refusal for part in parts for refusal in part.refusals)
    return Run(system, predictions, sum(part.seconds for part in parts), refusals)


def _sections(task: KindTask, examined: _Examined) -> list[Section]:
    path_of = {entry.name: entry.path for entry in task.entries}
    missed = [each for each in task.asked if each.truth.references and each.truth.query not in examined.found]
    flagged = [
        (verdict.foremost[0], each, verdict)
        for each in task.asked
        if not each.truth.references
        and (verdict := examined.verdicts.get(each.truth.query)) is not None
        and verdict.decision is not Decision.CLEAR
        and verdict.evidence
    ]
    flagged.sort(key=lambda item: -item[0].confidence)
    return [
        Section(
            f"{task.kind}: copies missed",
            tuple(
                Exhibit(each.truth.edit, (Outlined(each.path), Outlined(path_of[each.beside])))
                for each in missed[:WORST]
            ),
        ),
        Section(
            f"{task.kind}: innocents blocked or sent to review",
            tuple(
                Exhibit(
                    f"{verdict.decision.value} {first.confidence:.2f}",
                    (Outlined(each.path, first.box), Outlined(path_of[examined.names[first.reference_id]])),
                )
                for first, each, verdict in flagged[:WORST]
            ),
        ),
    ]
