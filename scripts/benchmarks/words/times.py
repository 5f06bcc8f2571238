"""Part times: processor time of a scan with words and without, on clean photos and on photos that show words.

Packs are 348 pixels wide, so that they are enlarged to be read, and show words all over; photos of brands have 500.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
from threadpoolctl import threadpool_limits
from training.grounds import split_clean

from benchmarks.datasets import clothing_photos, evenly_spaced, mark_photos, other_logos
from benchmarks.measures import Share
from benchmarks.product import Entry
from benchmarks.tables import Table, percent
from benchmarks.words.grocery import shop_photos
from benchmarks.words.scanning import fill
from benchmarks.words.task import Measured, WordsTask
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.stages import Stage
from scanner.settings import read_settings

LOGOS: Final = 50
PHOTOS: Final = 120  # of each sort
WARM: Final = 3  # photos that are scanned first and not timed
READ_AT_ALL: Final = 0.002  # seconds of the stage, from which an image was read


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of processor time of each photo, one thread."""

    photos: str
    without: tuple[float, ...]
    with_words: tuple[float, ...]
    read: Share  # photos in which something was read

    @property
    def of_medians(self) -> float:
        """The median with words, divided by that without."""
        return statistics.median(self.with_words) / statistics.median(self.without)

    @property
    def of_means(self) -> float:
        """Likewise, of means."""
        return statistics.fmean(self.with_words) / statistics.fmean(self.without)


def measure_times(task: WordsTask) -> Measured:
    """Register logos and the words of packs, and scan each photo with the setting `words` on and off, in turns."""
    options = task.options
    packs, words = shop_photos(options.data)
    logos = [Entry(each.path, each.brand, ReferenceKind.LOGO, each.brand) for each in other_logos(options.data)[:LOGOS]]
    store = task.store("times")
    refused = fill(store, words, logos)
    unseen = split_clean(sorted(clothing_photos(options.data)))[1]
    sorts = {
        "clean clothing photos": evenly_spaced(unseen, task.count(PHOTOS)),
        "photos of brands": [each.path for each in evenly_spaced(mark_photos(options.data), task.count(PHOTOS))],
        "photos of packs with words": [each.query.path for each in evenly_spaced(packs, task.count(PHOTOS))],
    }
    results = [time_photos(store, name, paths) for name, paths in sorts.items()]
    return Measured(results=[*results, *refused], tables=[_table(results, len(logos) - len(refused), len(words))])


def time_photos(store: Store, name: str, paths: Sequence[Path]) -> Timed:
    """Scan every photo twice on one thread of this process, by turns first with words and first without."""
    settings = read_settings()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    limits = threadpool_limits(1)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    read = 0
    try:
        reading = Examiner.open(store, settings.model_copy(update={"words": True}))
        models = reading.embedder, reading.matcher, reading.finder
        blind = Examiner(reading.index, *models, settings.model_copy(update={"words": False}))
        for path in paths[:WARM]:
            for examiner in (reading, blind):
                _spent(examiner, path.read_bytes())
        for number, path in enumerate(paths):
            data = path.read_bytes()
            for with_words in (True, False) if number % 2 else (False, True):
                spent, examination = _spent(reading if with_words else blind, data)
                seconds[with_words].append(spent)
                read += with_words and dict(examination.seconds).get(Stage.READ, 0.0) > READ_AT_ALL
    finally:
        cv2.setNumThreads(threads)
        limits.restore_original_limits()
    return Timed(name, tuple(seconds[False]), tuple(seconds[True]), Share(read, len(paths)))


def _spent(examiner: Examiner, data: bytes) -> tuple[float, Examination]:
    started = time.process_time()
    examination = examiner.examine(data)
    return time.process_time() - started, examination


def _table(results: Sequence[Timed], logos: int, words: int) -> Table:
    rows = tuple(
        (
            each.photos,
            str(len(each.without)),
            percent(each.read),
            f"{1000 * statistics.median(each.without):.0f}, {1000 * statistics.fmean(each.without):.0f}",
            f"{1000 * statistics.median(each.with_words):.0f}, {1000 * statistics.fmean(each.with_words):.0f}",
            f"{each.of_medians:.2f}",
            f"{each.of_means:.2f}",
        )
        for each in results
    )
    return Table(
        f"Time of a scan with words and without: {logos} logos and {words} words registered, one thread",
        ("photos", "photos timed", "read", "ms without: median, mean", "ms with", "ratio of medians", "ratio of means"),
        rows,
        "Processor time of Examiner.examine, every photo in both ways, by turns. Read: the finder saw text in it.",
    )
