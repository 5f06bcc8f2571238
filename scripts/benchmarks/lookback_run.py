"""The lookback benchmark from folder to outcome: examines images, then looks for references in what that leaves."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from benchmarks.copy_task import all_edits, draw_task, short_name
from benchmarks.datasets import clothing_photos, evenly_spaced, mark_photos, other_logos, registered_logos
from benchmarks.lookback import Alone, PastScan, Results, lookback_tables
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry, register_all
from benchmarks.runs import occasion, shown
from brand_index.errors import MarkscanError
from brand_index.features.compact import CompactDescription
from brand_index.images import read_bytes
from brand_index.index.past import PastSearch
from brand_index.index.past_hits import PastHit
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner
from scanner.rejudging.likely import likely_evidence, surest
from scanner.settings import read_settings

OTHERS: Final = 30  # logos that are registered besides, of which no image shows one: rivals, as any registry has them
BATCH: Final = 2_000  # descriptions that are searched at once, as the product does
ALONE: Final = 8  # references of each kind that are looked for one at a time
MARKS, CLEAN = 3, 6  # photos with marks, and clean ones besides, of each of --limit
Item = TypeVar("Item")
FLIPPED: Final = 0.06  # share of the bits of a code that differ in a varied description


def run_lookback(options: Options, past: int, folder: Path, references: int | None = None) -> Outcome:
    """Register photos and logos in the empty `folder`, examine past images, look back in `past` descriptions.

    `references` of each kind are looked for; None: all.
    """
    task = draw_task(
        options.data, folder / "queries", all_edits(), seed=options.seed, edits_each=4, limit=options.limit
    )
    photos = [each for each in mark_photos(options.data) if each.is_photo]
    marks = evenly_spaced(turned(photos, options.seed), None if options.limit is None else MARKS * options.limit)
    clean = [each for each in clothing_photos(options.data) if each not in task.references]
    clean = evenly_spaced(turned(clean, options.seed), None if options.limit is None else CLEAN * options.limit)
    entries = [Entry(path, "seller", ReferenceKind.PHOTO, short_name(path)) for path in task.references]
    entries += [
        Entry(each.path, each.brand, ReferenceKind.LOGO, short_name(each.path))
        for each in registered_logos(options.data)
    ]
    besides = [Entry(each.path, f"other-{each.brand}", ReferenceKind.LOGO, "") for each in other_logos(options.data)]
    store = Store(folder / "store")
    register_all(store, [*entries, *besides[:OTHERS]])
    paths = [*(each.path for each in task.queries), *(each.path for each in marks), *clean]
    images = list(dict.fromkeys(paths))
    examiner = Examiner.open(store, read_settings())
    scans = tuple(past_scans(examiner, images))
    results = look_back_in(examiner, scans, past, options.seed, references)
    return Outcome(
        occasion=occasion("lookback"),
        options=options,
        results=(),  # the tables say all: what scans left is bytes
        missing=(),
        tables=lookback_tables(results),
        truths=(),
        runs=(),
        sections=(),
    )


def turned(items: Sequence[Item], seed: int) -> list[Item]:
    """The items from another one on for each seed, so that evenly spaced ones of them are others."""
    begin = seed % max(1, len(items))
    return [*items[begin:], *items[:begin]]


def past_scans(examiner: Examiner, images: Sequence[Path]) -> Iterable[PastScan]:
    """The images examined, with what a scan leaves of each; images that cannot be read are left out."""
    for path in shown(images, "Rescan", len(images)):
        try:
            data = read_bytes(path, examiner.settings.limits)
            begun = time.process_time()
            found = examiner.examine(data, name=str(path))
        except MarkscanError:
            continue
        if found.left is not None:
            yield PastScan(short_name(path), found.left.data, found.evidence, time.process_time() - begun)


def look_back_in(
    examiner: Examiner, scans: Sequence[PastScan], past: int, seed: int, references: int | None = None
) -> Results:
    """Look for all references but the rivals in the descriptions of `scans`, varied until they are `past`.

    `references` of each kind are looked for; None: all.
    """
    known = examiner.index.references.placed()
    wanted = [position for position, each in known if not each.brand_id.startswith("other-")]
    wanted = wanted if references is None else _some(examiner, wanted, references)
    real = [CompactDescription.from_bytes(each.left) for each in scans]
    ids = {each.reference_id for each in (examiner.index.references[position] for position in wanted)}
    clean = [row for row, each in enumerate(scans) if not each.found(ids)]
    hits: list[PastHit] = []
    seconds, opened, searched = 0.0, 0, 0
    search = PastSearch(examiner.index, wanted)
    sample: list[CompactDescription] = []
    for batch in batches(real, clean, past, seed):
        sample = [*real, *(batch if searched else ())]  # in which one reference at a time is looked for
        kept = [each.to_bytes() for each in batch]
        begun = time.process_time()
        found = search.likely([CompactDescription.from_bytes(each) for each in kept])
        seconds += time.process_time() - begun
        opened += len({hit.row for hit in found})
        hits += [hit for hit in found if searched + hit.row < len(real)]  # the first of all are the real ones
        searched += len(batch)
    pairs = {(row, found) for row, each in enumerate(scans) for found in each.found(ids)}
    alone = [one_alone(examiner, position, sample, pairs) for position in _some(examiner, wanted, ALONE)]
    likely = {(hit.row, likely_evidence(hit, examiner.index)) for hit in surest(hits)}
    return Results(
        scans=tuple(scans),
        references=frozenset(ids),
        searched=searched,
        seconds=seconds,
        opened=opened,
        hits=frozenset((hit.row, examiner.index.references[hit.position].reference_id) for hit in hits),
        likely=frozenset((row, item.reference_id) for row, item in likely if item.confidence >= 0.5),
        alone=tuple(alone),
        alone_in=len(sample),
    )


def one_alone(
    examiner: Examiner, position: int, past: Sequence[CompactDescription], pairs: Collection[tuple[int, str]]
) -> Alone:
    """What a look-back for one reference alone opens and takes; `pairs` are those that a rescan finds."""
    begun = time.process_time()
    opened = {hit.row for hit in PastSearch(examiner.index, [position]).likely(past)}
    seconds, reference = time.process_time() - begun, examiner.index.references[position]
    needless = sum((row, reference.reference_id) not in pairs for row in opened)
    return Alone(reference.kind, seconds, len(opened), needless)


def batches(
    real: Sequence[CompactDescription], clean: Sequence[int], past: int, seed: int
) -> Iterable[list[CompactDescription]]:
    """The real descriptions, then varied ones of those that show no new reference, `past` in all."""
    chance, left = np.random.default_rng(seed), max(0, past - len(real))
    yield list(real)
    while left > 0:
        count = min(BATCH, left)
        yield [varied(real[clean[int(chance.integers(len(clean)))]], chance) for _ in range(count)]
        left -= count


def varied(known: CompactDescription, chance: np.random.Generator) -> CompactDescription:
    """A description as of another image of the same kind: every code differs in some bits, every place by a step."""

    def flipped(codes: np.ndarray) -> np.ndarray:
        return codes ^ np.packbits(chance.random((*codes.shape[:-1], codes.shape[-1] * 8)) < FLIPPED, axis=-1)

    shift = chance.integers(-1, 2, known.keypoints.places.shape)
    places = np.clip(known.keypoints.places.astype(int) + shift, 0, 255).astype(np.uint8)
    return replace(
        known,
        pdq=flipped(known.pdq),
        phash=flipped(known.phash),
        keypoints=replace(known.keypoints, places=places, codes=flipped(known.keypoints.codes)),
        regions=replace(known.regions, codes=flipped(known.regions.codes)),
    )


def _some(examiner: Examiner, wanted: Sequence[int], count: int) -> list[int]:
    """So many of the references of each kind."""
    of_kinds = (
        [each for each in wanted if examiner.index.references[each].kind is kind]
        for kind in (ReferenceKind.PHOTO, ReferenceKind.LOGO)
    )
    return [position for each in of_kinds for position in evenly_spaced(each, count)]
