"""Part attacks: words that are spelled or drawn so that a search misses them, at rising strength, and what is found."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from training.grounds import split_clean

from benchmarks.copy_task import read_image
from benchmarks.datasets import clothing_photos, evenly_spaced
from benchmarks.material.lettering import latin_fonts
from benchmarks.materials import jpeg
from benchmarks.measures import Share
from benchmarks.runs import Query
from benchmarks.tables import Table, percent
from benchmarks.words.names import coined_names
from benchmarks.words.prints import FONTS, PLAIN, PRINTS, QUALITY, SIDE, Print, drawn_word
from benchmarks.words.reading_peers import PEERS, PlainReader, finds
from benchmarks.words.scanning import BrandWord, Seen, evidence_by, fill, scan, words_of_index
from benchmarks.words.spellings import SPELLINGS
from benchmarks.words.task import By, Measured, WordsTask, counts
from brand_index.index.parts import WordPart
from scanner.engine.types import Where
from scanner.engine.words import words_in_texts

OURS: Final = "Markscan"
SYSTEMS: Final = (OURS, *PEERS)
WORDS: Final = 200  # registered, and spelled in every way
DRAWN: Final = 40  # of them, drawn at every strength
PHOTOS: Final = 20  # that they are drawn on
SENTENCES: Final = ("{} jacket, size M, blue", "new {} bag for women", "{}", "shoes {} 42 black", "Jacke von {} Gr. L")
NONE: Final = "another word"  # control: a word that is not registered
ALL_FONTS: Final = "fonts"
TOGETHER: Final = "all of these"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One attack at one strength."""

    attack: str
    strength: str
    found: tuple[tuple[str, Share], ...]  # of each system: words found; of the control: words flagged


@dataclass(frozen=True, slots=True)
class DrawnWord:
    """A word in an image."""

    attack: str
    strength: str
    word: BrandWord
    query: Query


def measure_attacks(task: WordsTask) -> Measured:
    """Register coined words, spell them in a title in every way, and draw some of them in every way."""
    seed, coined = task.options.seed, coined_words(task)
    registered = registered_words(coined, task.count(WORDS))
    unknown = coined[2 * WORDS :][: len(registered)]
    store = task.store("attacks")
    fill(store, registered)
    spelled = together(spelling_curves(words_of_index(store), registered, unknown, seed))
    drawn = draw_words(task, registered[: task.count(DRAWN)])
    scanned = scan(store, [each.query for each in drawn], task.options.workers)
    printed = together(print_curves(drawn, scanned.seen, peers=task.options.peers))
    return Measured(
        results=[*spelled, *printed],
        tables=[
            _table(
                f"Words spelled otherwise in a title: {len(registered)} registered",
                spelled,
                "Found: over the policy's threshold. Of another word, which nobody registered: titles flagged.",
            ),
            _table(
                f"Words drawn in photos of {SIDE} px: {len(registered)} registered",
                printed,
                "Found: likewise. Peers search the lines that the product's reader reads in the whole image.",
            ),
        ],
    )


def measure_fonts(task: WordsTask) -> Measured:
    """Register coined words, and draw one of them in each of many fonts."""
    fonts = evenly_spaced(latin_fonts() if task.fonts is None else latin_fonts((str(task.fonts),)), task.count(FONTS))
    registered = registered_words(coined_words(task), WORDS)
    store, ink = task.store("fonts"), Ink(task, "in-fonts")
    fill(store, registered)
    for number, font in enumerate(fonts):
        ink.draw(ALL_FONTS, "all", registered[number % WORDS], Print(font=font, height=PLAIN.height))
    scanned = scan(store, [each.query for each in ink.made], task.options.workers)
    curves = print_curves(ink.made, scanned.seen, peers=task.options.peers)
    title = f"Words in {len(fonts)} fonts, {PLAIN.height} px high in photos of {SIDE} px: {WORDS} registered"
    return Measured(results=curves, tables=[_table(title, curves, "Found: over the policy's threshold.")])


def coined_words(task: WordsTask) -> list[str]:
    """Words that nobody has, which the seed chooses."""
    return [name for name in coined_names(6 * WORDS, task.options.seed) if " " not in name]


def registered_words(coined: Sequence[str], count: int) -> list[BrandWord]:
    """The first so many of them, a brand each."""
    return [BrandWord(f"coined-{number}", name) for number, name in enumerate(coined[:count])]


def spelling_curves(
    part: WordPart, registered: Sequence[BrandWord], unknown: Sequence[str], seed: int
) -> list[CurvePoint]:
    """Every way of SPELLINGS, and the control: titles with a word that nobody registered."""
    curves = []
    for attack, strengths in SPELLINGS.items():
        for strength, respell in strengths.items():
            chance = random.Random(f"{attack}-{strength}-{seed}")
            pairs = [(each, respell(chance, each.word)) for each in registered]
            titles = [(each, chance.choice(SENTENCES).format(text)) for each, text in pairs if text is not None]
            found = [sum(_is_found(system, each, title, part) for each, title in titles) for system in SYSTEMS]
            shares = (Share(count, len(titles)) for count in found)
            curves.append(CurvePoint(attack, strength, tuple(zip(SYSTEMS, shares, strict=True))))
    chance = random.Random(f"{NONE}-{seed}")
    others = [chance.choice(SENTENCES).format(word) for word in unknown]
    flagged = [sum(_flags_any(system, title, registered, part) for title in others) for system in SYSTEMS]
    shares = (Share(count, len(others)) for count in flagged)
    return [*curves, CurvePoint(NONE, "flagged falsely", tuple(zip(SYSTEMS, shares, strict=True)))]


def _is_found(system: str, wanted: BrandWord, title: str, part: WordPart) -> bool:
    if system != OURS:
        return finds(system, wanted.word, [title])
    return any(item.brand_id == wanted.brand_id and counts(item) for item in words_in_texts({Where.TITLE: title}, part))


def _flags_any(system: str, title: str, registered: Sequence[BrandWord], part: WordPart) -> bool:
    if system != OURS:
        return any(finds(system, each.word, [title]) for each in registered)
    return any(counts(item) for item in words_in_texts({Where.TITLE: title}, part))


class Ink:
    """Draws words on photos that no model saw, into a folder of the run."""

    def __init__(self, task: WordsTask, folder: str) -> None:
        """`folder`: its name, new in the run."""
        unseen = split_clean(sorted(clothing_photos(task.options.data)))[1]
        self._photos = [read_image(path) for path in evenly_spaced(unseen, PHOTOS)]
        self._seed, self._folder = task.options.seed, task.folder / folder
        self._folder.mkdir()
        self.made: list[DrawnWord] = []

    def draw(self, attack: str, strength: str, word: BrandWord, how: Print) -> None:
        """Write one more JPEG file."""
        chance = np.random.default_rng([self._seed, len(self.made)])
        photo = self._photos[int(chance.integers(len(self._photos)))]
        path = self._folder / f"{len(self.made):05}.jpg"
        path.write_bytes(jpeg(drawn_word(chance, word.word, photo, how), QUALITY))
        self.made.append(DrawnWord(attack, strength, word, Query(f"{self._folder.name}/{path.name}", path)))


def draw_words(task: WordsTask, words: Sequence[BrandWord]) -> list[DrawnWord]:
    """Each word in each way of PRINTS."""
    ink = Ink(task, "drawn")
    for attack, strengths in PRINTS.items():
        for strength, how in strengths.items():
            for word in words:
                ink.draw(attack, strength, word, how)
    return ink.made


def print_curves(drawn: Sequence[DrawnWord], seen: Sequence[Seen], *, peers: bool) -> list[CurvePoint]:
    """What was found of the words in images; the peers search what the product's reader reads."""
    evidence = {each.query: evidence_by(each.evidence, By.WORDS) for each in seen}
    reader = PlainReader() if peers else None
    hits: dict[tuple[str, str], list[tuple[bool, ...]]] = {}
    for each in drawn:
        own = [item for item in evidence.get(each.query.name, ()) if item.brand_id == each.word.brand_id]
        found = [any(counts(item) for item in own)]
        if reader is not None:
            lines = reader.lines(read_image(each.query.path))
            found += [finds(peer, each.word.word, lines) for peer in PEERS]
        hits.setdefault((each.attack, each.strength), []).append(tuple(found))
    return [
        CurvePoint(
            attack,
            strength,
            tuple(
                (system, Share(sum(row), len(row)))
                for system, row in zip(SYSTEMS, zip(*rows, strict=True), strict=False)
            ),
        )
        for (attack, strength), rows in hits.items()
    ]


def together(curves: Sequence[CurvePoint]) -> list[CurvePoint]:
    """The curves, and after each attack of several strengths all of them together."""
    extended: list[CurvePoint] = []
    for attack, group in groupby(curves, key=lambda each: each.attack):
        points = list(group)
        extended += points
        if len(points) > 1:
            found = (_sum([dict(point.found)[system] for point in points]) for system, _ in points[0].found)
            systems = (system for system, _ in points[0].found)
            extended.append(CurvePoint(attack, TOGETHER, tuple(zip(systems, found, strict=True))))
    return extended


def _sum(shares: Sequence[Share]) -> Share:
    return Share(sum(share.part for share in shares), sum(share.whole for share in shares))


def _table(title: str, curves: Sequence[CurvePoint], note: str) -> Table:
    systems = [system for system, _ in curves[0].found]
    rows = tuple((f"{each.attack}: {each.strength}", *(percent(share) for _, share in each.found)) for each in curves)
    return Table(title, ("attack: strength", *systems), rows, note)
