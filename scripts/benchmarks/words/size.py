"""Part size: how long a line takes, and how much memory is needed, where many words are registered."""

import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.tables import Table
from benchmarks.words.names import coined_names, names_for
from benchmarks.words.task import Measured, WordsTask
from benchmarks.words.title_texts import draw_titles
from brand_index.features.words import is_dictionary_word, zipf
from brand_index.features.words.limits import limits_of_word
from brand_index.index.parts import IndexedWord, Placed, SegmentWords, WordPart, ordinary_words
from brand_index.index.parts.files import read_array

WORDS: Final = 100_000
LINE: Final = 60  # characters
LINES: Final = 3_000
WARM: Final = 20  # lines that are not timed
NAME: Final = "words"  # of the part's files
ORDINARY: Final = "ordinary.npy"
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789 .-"


@dataclass(frozen=True, slots=True)
class Searched:
    """Lines searched one by one in a fresh process."""

    load_seconds: float
    resident_bytes: int  # by which the process grew: what was loaded, and what of the files was read
    loaded_bytes: int  # likewise, before the first line
    milliseconds: tuple[tuple[str, tuple[float, ...]], ...]  # of each sort of lines


@dataclass(frozen=True, slots=True)
class SizeResult:
    """A register of one size."""

    words: int
    build_seconds: float
    file_bytes: int
    searched: Searched


def measure_size(task: WordsTask) -> Measured:
    """Build registers of 1 % of WORDS and of all, and search lines of ordinary titles, of noise and with a word."""
    options = task.options
    most = WORDS if options.limit is None else 100 * options.limit
    names = names_for(task.names, options.data, most, options.seed)
    names = list(dict.fromkeys([*names, *coined_names(most, options.seed)]))[:most]
    lines = _lines(options.data, names, task.count(LINES), options.seed)
    results = [size_result(names[:count], lines, task.folder / f"size-{count}") for count in (most // 100, most)]
    return Measured(results=results, tables=[_table(results)])


def size_result(names: Sequence[str], lines: Sequence[tuple[str, Sequence[str]]], folder: Path) -> SizeResult:
    """Build and save the part of `names` in the new `folder`, and search `lines`, by sort, in a process of its own."""
    folder.mkdir(parents=True)
    zipf("")  # loads the dictionaries, which building does once
    started = time.process_time()
    SegmentWords.of(indexed(number, name) for number, name in enumerate(names)).save(folder, NAME)
    np.save(folder / ORDINARY, ordinary_words())
    seconds = time.process_time() - started
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        searched = pool.submit(load_and_search, folder, lines).result()
    return SizeResult(len(names), seconds, sum(path.stat().st_size for path in folder.iterdir()), searched)


def indexed(number: int, name: str) -> IndexedWord:
    """A name as the index holds it, as the word of a brand of its own."""
    is_ordinary = is_dictionary_word(name)
    return IndexedWord(
        f"word-{number}", f"brand-{number}", name, bool(limits_of_word(name)), zipf(name), not is_ordinary
    )


def load_and_search(folder: Path, lines: Sequence[tuple[str, Sequence[str]]]) -> Searched:
    """Load a saved part and search every line alone; runs in a fresh process, whose memory it measures."""
    before = _resident_bytes()
    started = time.perf_counter()
    part = WordPart([Placed(SegmentWords.load(folder, NAME))], read_array(folder / ORDINARY))
    loaded = time.perf_counter() - started
    at_rest = _resident_bytes()
    spent = []
    for sort, some in lines:
        for line in some[:WARM]:
            part.search([line])
        spent.append((sort, tuple(_milliseconds(part, line) for line in some)))
    return Searched(loaded, _resident_bytes() - before, at_rest - before, tuple(spent))


def _milliseconds(part: WordPart, line: str) -> float:
    started = time.process_time_ns()
    part.search([line])
    return (time.process_time_ns() - started) / 1e6


def _lines(data: Path, names: Sequence[str], count: int, seed: int) -> list[tuple[str, list[str]]]:
    """Lines of LINE characters by sort: of titles, of titles with a registered word, of any characters."""
    chance = random.Random(f"lines-{seed}")
    titles = [" ".join(pair) for pair in zip(*[iter(draw_titles(data, 2 * count, seed))] * 2, strict=True)]
    plain = [title[:LINE].ljust(LINE, "x") for title in titles]
    with_word = [f"{chance.choice(names)} {title}"[:LINE].ljust(LINE, "x") for title in titles]
    noise = ["".join(chance.choices(LETTERS, k=LINE)) for _ in titles]
    return [("titles", plain), ("titles with a registered word", with_word), ("random characters", noise)]


def _resident_bytes() -> int:
    import psutil  # noqa: PLC0415 - of the extra benchmark; the other parts do without

    return int(psutil.Process(os.getpid()).memory_info().rss)


def _table(results: Sequence[SizeResult]) -> Table:
    sorts = [sort for sort, _ in results[0].searched.milliseconds]
    rows = tuple(
        (
            f"{each.words:,}",
            *(
                f"{np.median(spent):.2f}, {np.percentile(spent, 99):.2f}, {max(spent):.1f}"
                for _, spent in each.searched.milliseconds
            ),
            f"{each.searched.loaded_bytes / 1e6:.0f}, {each.searched.resident_bytes / 1e6:.0f}",
            f"{each.file_bytes / 1e6:.0f}",
            f"{each.searched.load_seconds:.2f}",
            f"{each.build_seconds:.1f}",
        )
        for each in results
    )
    return Table(
        f"Registers of many words: lines of {LINE} characters, one at a time",
        (
            "words",
            *(f"ms, {sort}: median, p99, most" for sort in sorts),
            "MB loaded, after searching",
            "MB of files",
            "s to load",
            "s to build",
        ),
        rows,
        "Time of one core. Memory: by which a fresh process grew; what is read from files is shared by processes.",
    )
