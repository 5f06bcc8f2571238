"""Part titles: ordinary titles in which thousands of registered words are searched for; what is found is an alarm."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.datasets import evenly_spaced
from benchmarks.measures import Share
from benchmarks.tables import Table
from benchmarks.words.names import contains_as_words, names_for, words_of
from benchmarks.words.reading_peers import EXACT, FUZZY, LEAST_RATIO, PEERS, exact
from benchmarks.words.scanning import register_names
from benchmarks.words.task import Measured, WordsTask, counts
from benchmarks.words.title_texts import draw_titles
from brand_index.index.parts import WordPart
from scanner.engine.types import Where
from scanner.engine.words import words_in_texts

TITLES: Final = 10_000
MOST_NAMES: Final = 16_000
OF_PEERS: Final[Mapping[str, int]] = {EXACT: 2_000, FUZZY: 500}  # titles, which take a peer a minute
EXAMPLES: Final = 40


@dataclass(frozen=True, slots=True)
class TitleAlarm:
    """A registered word found in a title that does not have it as words."""

    title: str
    word: str
    spelled: str  # as it stands in the title
    spelling: str
    confidence: float
    review_only: bool


@dataclass(frozen=True, slots=True)
class TitleResult:
    """One system on titles."""

    system: str
    registered: int
    flagged: Share  # titles with a word that they do not have as words
    literal: int  # titles in which only words were found that they do have
    literal_in_earnest: int | None  # of those, with a word that is neither short nor ordinary; None: not counted
    ms_a_title: float


def measure_titles(task: WordsTask) -> Measured:
    """Register names and search for them in titles, once with --registered of them and once with all."""
    options = task.options
    titles = draw_titles(options.data, task.count(TITLES), options.seed)
    names = names_for(task.names, options.data, max(MOST_NAMES, task.registered), options.seed)
    results, alarms = [], list[TitleAlarm]()
    for count in dict.fromkeys(min(each, len(names)) for each in (task.registered, MOST_NAMES)):
        part = register_names(task.store(f"titles-{count}"), names[:count])
        result, alarms = alarms_in_titles(titles, part)
        results.append(result)
    peers = [_peer_result(peer, titles, names[: task.registered]) for peer in PEERS] if options.peers else []
    return Measured(
        results=[*results, *peers, *alarms],
        tables=[_table([*results, *peers]), *([_examples(alarms)] if task.verbose else [])],
    )


def alarms_in_titles(titles: Sequence[str], part: WordPart) -> tuple[TitleResult, list[TitleAlarm]]:
    """What the product claims of titles, and each claim of a word that its title does not have; the surest first."""
    alarms: list[TitleAlarm] = []
    flagged = literal = in_earnest = 0
    started = time.process_time()
    for title in titles:
        claimed = [item for item in words_in_texts({Where.TITLE: title}, part) if counts(item)]
        if not claimed:
            continue
        stands, wrong = words_of(title), []
        for item in claimed:
            if item.word is not None and not contains_as_words(stands, words_of(item.word.word)):
                best = item.word.best
                wrong.append(
                    TitleAlarm(title, item.word.word, best.spelled, best.spelling, item.confidence, item.review_only)
                )
        flagged += bool(wrong)
        literal += not wrong
        in_earnest += not wrong and any(not item.review_only for item in claimed)
        alarms += wrong
    spent = 1000 * (time.process_time() - started) / max(1, len(titles))
    result = TitleResult(
        "Markscan",
        len(part.words),
        Share(flagged, len(titles)),
        literal,
        in_earnest,
        spent,
    )
    return result, sorted(alarms, key=lambda alarm: -alarm.confidence)


def _peer_result(peer: str, titles: Sequence[str], names: Sequence[str]) -> TitleResult:
    chosen = evenly_spaced(titles, OF_PEERS[peer])
    name_words = [words_of(name) for name in names]
    flagged = literal = 0
    started = time.process_time()
    for title in chosen:
        claimed = _claimed(peer, title, names)
        stands = words_of(title)
        wrong = any(not contains_as_words(stands, name_words[position]) for position in claimed)
        flagged += wrong
        literal += bool(claimed) and not wrong
    spent = 1000 * (time.process_time() - started) / max(1, len(chosen))
    return TitleResult(peer, len(names), Share(flagged, len(chosen)), literal, None, spent)


def _claimed(peer: str, title: str, names: Sequence[str]) -> list[int]:
    """The positions of the names that a peer finds in a title."""
    if peer == EXACT:
        return [position for position, name in enumerate(names) if exact(name, title)]
    lower = [name.lower() for name in names]
    ratios = process.cdist([title.lower()], lower, scorer=fuzz.partial_ratio, score_cutoff=LEAST_RATIO, workers=1)
    return [int(position) for position in np.flatnonzero(ratios[0] >= LEAST_RATIO)]


def _table(results: Sequence[TitleResult]) -> Table:
    rows = tuple(
        (
            each.system,
            f"{each.registered:,}",
            f"{each.flagged.whole:,}",
            f"{1000 * (each.flagged.value or 0):.1f} ({each.flagged.part})",
            str(each.literal),
            "-" if each.literal_in_earnest is None else str(each.literal_in_earnest),
            f"{each.ms_a_title:.2f}",
        )
        for each in results
    )
    return Table(
        "Ordinary titles: registered words found in them",
        (
            *("system", "words registered", "titles", "flagged in 1,000", "titles that have the words"),
            *("of these, words not review-only", "ms a title"),
        ),
        rows,
        "Flagged: a word is over the policy's threshold that the title does not have as words. Titles that have the "
        "words that are found, such as a dictionary word that is a name, too, are counted apart. Time is of one core.",
    )


def _examples(alarms: Sequence[TitleAlarm]) -> Table:
    rows = tuple(
        (alarm.title, alarm.word, alarm.spelled, alarm.spelling, f"{alarm.confidence:.2f}")
        for alarm in alarms[:EXAMPLES]
    )
    return Table("Titles flagged, the surest first", ("title", "word", "stands there", "spelling", "confidence"), rows)
