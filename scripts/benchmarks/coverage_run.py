"""The coverage benchmark: what regions cover in photos of marks and in large scenes, and what they cost a scan."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
from threadpoolctl import threadpool_limits
from training.grounds import split_clean

from benchmarks.coverage import boxed_images, coverage_table, coverages
from benchmarks.datasets import clothing_photos, evenly_spaced, mark_photos, other_logos, registered_logos
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry
from benchmarks.runs import occasion
from benchmarks.small_scenes import small_scenes
from benchmarks.tables import Table
from benchmarks.words.scanning import BrandWord, fill
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner, open_models
from scanner.engine.settings import EngineSettings
from scanner.settings import read_settings

LOGOS: Final = 100  # registered where scans are timed
WARM: Final = 3  # photos that are scanned first and not timed
BEFORE: Final[Mapping[str, float]] = {"regions": 30, "text_regions": 0, "least_small": 1.0}  # until 28 November 2026


@dataclass(frozen=True, slots=True)
class ScanTimes:
    """Seconds of processor time of each clean photo, one thread, with the settings before and with those that ship."""

    registered: str
    before: tuple[float, ...]
    now: tuple[float, ...]


def run_coverage(options: Options, scenes: int, timed: int, folder: Path) -> Outcome:
    """Measure coverage in the photos of marks and in `scenes` large ones, and time scans of `timed` clean photos."""
    photos = boxed_images(evenly_spaced(mark_photos(options.data), options.limit))
    covered = coverages(photos)
    results: list[object] = [*covered]
    tables = [coverage_table(covered, f"{len(photos)} photos of nine brands")]
    unseen = split_clean(sorted(clothing_photos(options.data)))[1]
    if scenes:
        drawn = list(small_scenes(evenly_spaced(unseen, scenes), other_logos(options.data), options.seed))
        covered = coverages(drawn)
        results += covered
        tables.append(coverage_table(covered, f"{len(drawn)} clothing photos with small marks printed on them"))
    if timed:
        store = _filled(options, folder)
        times = [
            _scan_times(store, evenly_spaced(unseen, timed), name, {"words": words})
            for name, words in (("logos", False), ("logos and words", True))
        ]
        results += times
        tables.append(_times_table(times))
    return Outcome(
        occasion=occasion("coverage"),
        options=options,
        results=results,
        missing=(),
        tables=tables,
        truths=(),
        runs=(),
        sections=(),
    )


def _filled(options: Options, folder: Path) -> Store:
    """A store with logos and with the nine brands' words."""
    own = registered_logos(options.data)
    logos = [*own, *other_logos(options.data)][:LOGOS]
    store = Store(folder)
    fill(
        store,
        [BrandWord(brand, brand) for brand in sorted({logo.brand for logo in own})],
        [Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in logos],
    )
    return store


def _scan_times(store: Store, paths: Sequence[Path], name: str, update: Mapping[str, bool]) -> ScanTimes:
    """Scan every photo with both settings, by turns first with the one and first with the other."""
    settings = read_settings().model_copy(update=update)
    earlier: EngineSettings = settings.model_copy(update=BEFORE)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    limits = threadpool_limits(1)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    try:
        now = Examiner.open(store, settings)
        before = Examiner(now.index, now.embedder, now.matcher, open_models(earlier)[2], earlier)
        for number, path in enumerate([*paths[:WARM], *paths]):
            data = path.read_bytes()
            for is_now in (True, False) if number % 2 else (False, True):
                started = time.process_time()
                (now if is_now else before).examine(data)
                seconds[is_now].append(time.process_time() - started)
    finally:
        cv2.setNumThreads(threads)
        limits.restore_original_limits()
    return ScanTimes(name, tuple(seconds[False][WARM:]), tuple(seconds[True][WARM:]))


def _times_table(times: Sequence[ScanTimes]) -> Table:
    rows = tuple(
        (
            each.registered,
            str(len(each.now)),
            *(
                f"{1000 * statistics.median(one):.0f}, {1000 * statistics.fmean(one):.0f}"
                for one in (each.before, each.now)
            ),
            f"{statistics.median(each.now) / statistics.median(each.before):.2f}",
            f"{statistics.fmean(each.now) / statistics.fmean(each.before):.2f}",
        )
        for each in times
    )
    return Table(
        "Time of a scan of clean photos with the regions that ship, beside 30 regions of one look",
        ("registered", "photos", "ms before: median, mean", "ms now", "ratio of medians", "ratio of means"),
        rows,
        "Processor time of Examiner.examine on one thread, every photo in both ways, by turns.",
    )
