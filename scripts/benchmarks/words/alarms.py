"""Part alarms: clean photos and text-heavy pages that are flagged by a word alone where many words are registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.measures import Share
from benchmarks.records import Truth
from benchmarks.tables import Table, percent
from benchmarks.words.marks import clean_images
from benchmarks.words.names import names_for
from benchmarks.words.scanning import Seen, claims, register_names, scan
from benchmarks.words.task import By, Measured, WordsTask, counts
from brand_index.features.words import letters
from scanner.engine.types import Evidence

EXAMPLES: Final = 30


@dataclass(frozen=True, slots=True)
class Alarm:
    """A registered word that was claimed of a clean image."""

    query: str
    word: str
    read: str  # the line
    confidence: float
    literal: bool  # that word stands there, letter by letter
    review_only: bool


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """One set of clean images."""

    images: str
    registered: int
    flagged: Share  # by any word
    misread: Share  # by a word that does not stand there
    not_review_only: Share  # by a word that is neither short nor ordinary, whether it stands there or not


def measure_alarms(task: WordsTask) -> Measured:
    """Register names, and scan clean images in which nobody looked for one of them."""
    options = task.options
    names = names_for(task.names, options.data, task.registered, options.seed)
    clean = clean_images(task)
    store = task.store("alarms")
    part = register_names(store, names)
    scanned = scan(store, clean.queries, options.workers)
    alarms = [alarm for each in scanned.seen for alarm in alarms_in(each)]
    pages = tuple(query.name for query in clean.queries if query.name not in clean.sets["clothing"])
    sets = {**{name: clean.sets[name] for name in ("clothing", "clothing without marked")}, "pages": pages}
    rates = [rate_of(name, queries, alarms, len(part.words)) for name, queries in sets.items()]
    return Measured(
        results=[*rates, *alarms],
        tables=[_table(rates), *([_examples(alarms)] if task.verbose else [])],
        truths=[Truth(query.name) for query in clean.queries],
        runs=[scanned.run("words alone, many registered", claims(scanned.seen, By.WORDS))],
    )


def alarms_in(seen: Seen) -> list[Alarm]:
    """The words that the policy acts on in one image."""
    return [_alarm(seen.query, item) for item in seen.evidence if item.word is not None and counts(item)]


def rate_of(name: str, queries: Sequence[str], alarms: Sequence[Alarm], registered: int) -> AlarmRate:
    """How many of `queries` have an alarm, of any sort and of each."""

    def share(kept: Sequence[Alarm]) -> Share:
        return Share(len({alarm.query for alarm in kept} & set(queries)), len(queries))

    return AlarmRate(
        name,
        registered,
        share(alarms),
        share([alarm for alarm in alarms if not alarm.literal]),
        share([alarm for alarm in alarms if not alarm.review_only]),
    )


def _alarm(query: str, item: Evidence) -> Alarm:
    assert item.word is not None
    best = item.word.best
    literal = letters(best.spelled) == letters(item.word.word)
    return Alarm(query, item.word.word, best.text, item.confidence, literal, item.review_only)


def _table(rates: Sequence[AlarmRate]) -> Table:
    return Table(
        f"Clean images flagged by a word alone: {rates[0].registered} words registered",
        ("images", "flagged", "by a word that does not stand there", "by a word that is not review-only"),
        tuple(
            (each.images, percent(each.flagged), percent(each.misread), percent(each.not_review_only)) for each in rates
        ),
        "At the policy's threshold. Pages have dictionary words, of which some are registered names, too.",
    )


def _examples(alarms: Sequence[Alarm]) -> Table:
    rows = tuple(
        (alarm.query, alarm.word, alarm.read, f"{alarm.confidence:.2f}", "yes" if alarm.literal else "no")
        for alarm in sorted(alarms, key=lambda each: (each.literal, -each.confidence))[:EXAMPLES]
    )
    return Table("Words claimed of clean images", ("image", "word", "line", "confidence", "stands there"), rows)
