"""Which phrases in a title or description concern a mark, and what they say; no rule of judgement and no model."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from scanner.verdicts.context.phrases import (
    SPACED,
    START,
    UNSPACED,
    Aid,
    Context,
    Phrase,
    Position,
    Use,
    fold,
    shipped_context,
)
from scanner.verdicts.context.undisguising import undisguised

MOST_WORDS: Final = 3  # between a mark and a phrase that must be near it
MOST_CHARACTERS: Final = 60  # the same, so that a long text costs no more than a short one

_BREAK: Final = re.compile(r"[.!?;…](?=\s|$)|[\n\r|•·。！？；]")  # ends what a phrase may concern
_WORDS: Final = re.compile(rf"[{UNSPACED}]{{1,2}}|[^\W{UNSPACED}]+")  # two characters of Han or kana are about a word
_NOTHING: Final = re.compile(r"(?:'s\b)?[^\w,.;!?、，/]*")  # what may stand between neighbours: spaces, quotes, ®
# What parts a negation from a phrase: signs other than quotes, hyphens within words and ®, and a dash with a space.
_APART: Final = re.compile(
    r"[^\w\s\"'“”„‟«»‹›‘’‚`´®™℠©\u00ad\u200b-\u200f\u2060\ufeff\-‐‑\u0300-\u036f]|[\n\r\v\f\u2028\u2029]|\s-|-\s"
)
_LABEL: Final = re.compile(r"\s{0,2}[:：]")
_DENIABLE: Final = frozenset({Use.REPLICA, Use.STYLE, Use.USED})


@dataclass(frozen=True, slots=True)
class ContextWord:
    """A phrase that concerns a mark."""

    use: Use
    language: str  # of LANGUAGES
    phrase: str  # as registered in the file
    text: str  # as it stands in the title
    start: int  # characters of the title, from 0
    end: int  # exclusive


@dataclass(frozen=True, slots=True)
class _Hit:
    phrase: Phrase
    first: int  # in the folded text
    last: int  # exclusive
    start: int  # in the text
    end: int


def foremost(words: Iterable[ContextWord]) -> Use | None:
    """The use that counts most of those that `words` say; None: there are no words."""
    said = {word.use for word in words}
    return next((use for use in Use if use in said), None)


def context_of(
    text: str,
    spans: Iterable[tuple[int, int]],
    context: Context | None = None,
    named: Iterable[tuple[int, int]] = (),
) -> tuple[ContextWord, ...]:
    """The phrases of a title or description that concern a mark, each once, where it first does, in their order.

    `spans` are where the mark stands, in characters, end exclusive; the words of a span are the mark's own. Empty: the
    mark is in the image alone, and phrases that must stand beside it do not count. `named`: where else the text names
    the brand, which parts no negation from what it denies. `context` None: the shipped file. Raises ValueError for a
    span that is not within the text.
    """
    own = tuple(spans)
    marks, names = _Marks(text, own), _Marks(text, {*own, *named})
    context = context or shipped_context()
    folded, places = undisguised(*names.parted(*fold(text)), context.disguised, context.misspelt)
    hits: list[_Hit] = []
    negations: list[_Hit] = []
    for hit in _hits(text, folded, places, context):
        if hit.phrase.meaning is Aid.NEGATION:
            negations += [] if names.hold(hit) else [hit]
        elif marks.concern(hit, context):
            hits.append(hit)
    denials = _Denials(names, negations, context)
    tails = {each.last: each.first for each in sorted(negations, key=attrgetter("first"), reverse=True)}
    counting = [each for each in _outermost(hits) if tails.get(each.last, each.first) >= each.first]  # "beware of"
    of = {hit: denials.of(hit) for hit in counting if hit.phrase.meaning in _DENIABLE}
    denying = {at for negations in of.values() for each in negations for at in range(each.start, each.end)}
    found: dict[str, ContextWord] = {}
    for hit in counting:
        phrase = hit.phrase
        if not isinstance(phrase.meaning, Use) or of.get(hit):
            continue
        if phrase.meaning is Use.UNAFFILIATED and not denying.isdisjoint(range(hit.start, hit.end)):
            continue  # "not a Tarnvik replica" denies the replica, not the mark
        word = ContextWord(
            phrase.meaning, phrase.language, phrase.phrase, text[hit.start : hit.end], hit.start, hit.end
        )
        found.setdefault(f"{phrase.meaning}:{phrase.phrase}", word)
    return tuple(found.values())


class _Marks:
    """Where a mark stands in a text, to tell what stands beside it."""

    def __init__(self, text: str, spans: Iterable[tuple[int, int]]) -> None:
        self.text = text
        ordered = sorted(spans)
        for start, end in ordered:
            if not 0 <= start < end <= len(text):
                raise ValueError(f"the span ({start}, {end}) is not within a text of {len(text)} characters")
        self.starts = [start for start, _ in ordered]
        self.ends = sorted(end for _, end in ordered)
        self.spans = ordered

    def hold(self, hit: _Hit) -> bool:
        """Whether the hit shares a character with a mark."""
        return bisect_left(self.starts, hit.end) > bisect_right(self.ends, hit.start)

    def parted(self, folded: str, places: list[int]) -> tuple[str, list[int]]:
        """Folded text with a space where a mark begins or ends within a word, and the places of its letters."""
        borders = {*self.starts, *self.ends}
        letters: list[str] = []
        kept: list[int] = []
        for letter, place in zip(folded, places, strict=True):
            if place in borders and letters and letters[-1] != " " != letter and kept[-1] != place:
                letters.append(" ")
                kept.append(place)
            letters.append(letter)
            kept.append(place)
        return "".join(letters), kept

    def between(self, start: int, end: int) -> str:
        """The text from one character to another, with a space for each mark in it."""
        pieces = []
        for begin, last in self.spans[bisect_left(self.starts, start) : bisect_left(self.starts, end)]:
            if start <= begin and last <= end:
                pieces.append(self.text[start:begin])
                start = last
        return " ".join((*pieces, self.text[start:end]))

    def concern(self, hit: _Hit, context: Context) -> bool:
        """Whether the hit stands where its phrase must, and is not of the mark's own words."""
        if self.hold(hit):
            return False
        after, before = bisect_left(self.starts, hit.end), bisect_right(self.ends, hit.start)
        match hit.phrase.position:
            case Position.ANYWHERE:
                return True
            case Position.BEFORE | Position.RIGHT_BEFORE:
                gap = None if after == len(self.starts) else self.text[hit.end : self.starts[after]]
            case _:
                gap = None if before == 0 else self.text[self.ends[before - 1] : hit.start]
        if gap is None or len(gap) > MOST_CHARACTERS or _BREAK.search(gap):
            return False
        if hit.phrase.position in {Position.BEFORE, Position.AFTER}:
            return len(_WORDS.findall(gap)) <= MOST_WORDS
        letters = fold(gap)[0]
        if hit.phrase.position is Position.RIGHT_AFTER:  # "Style: boho" after a mark is the name of the next field
            return bool(_NOTHING.fullmatch(letters)) and not _LABEL.match(self.text, hit.end)
        return _only_fillers(letters, hit.phrase.language, context)


class _Denials:
    """The negations of a text, to tell what they deny."""

    def __init__(self, names: _Marks, negations: Iterable[_Hit], context: Context) -> None:
        self._names, self._articles = names, context.articles
        ordered = sorted(negations, key=attrgetter("end", "start"))
        self._before = [each for each in ordered if each.phrase.position is not Position.AFTER]
        self._ends = [each.end for each in self._before]
        self._after = sorted(
            (each for each in ordered if each.phrase.position is Position.AFTER), key=attrgetter("start")
        )
        self._starts = [each.start for each in self._after]

    def of(self, hit: _Hit) -> tuple[_Hit, ...]:
        """The negations that deny a phrase: between them are articles and the brand's own words at most."""
        first = bisect_left(self._ends, hit.start - MOST_CHARACTERS)
        last = bisect_right(self._starts, hit.end + MOST_CHARACTERS)
        before = self._before[first : bisect_right(self._ends, hit.start)]
        after = self._after[bisect_left(self._starts, hit.end) : last]
        return (
            *(each for each in before if self._parts_nothing(each.end, hit.start, each.phrase.position)),
            *(each for each in after if self._parts_nothing(hit.end, each.start, each.phrase.position)),
        )

    def _parts_nothing(self, start: int, end: int, position: Position) -> bool:
        written = self._names.text[start:end]
        gap = written if position is Position.RIGHT_BEFORE else self._names.between(start, end)
        if _APART.search(gap):
            return False
        words = re.findall(r"\w+", fold(re.sub(r"['’]s\b", " ", gap))[0])
        return not words if position is Position.RIGHT_BEFORE else self._articles.issuperset(words)


def _only_fillers(letters: str, language: str, context: Context) -> bool:
    """Whether folded text between a phrase and a mark is fillers alone, after the first marks of a list if any."""
    first = context.lists[language].match(letters)
    rest = letters if first is None else letters[first.end() :]
    words = re.findall(r"\w+", rest)
    return len(words) <= MOST_WORDS and context.fillers.issuperset(words) and not re.search(r"[,.;!?、，/]", rest)


def _hits(text: str, folded: str, places: list[int], context: Context) -> Iterator[_Hit]:
    """Every phrase in the text at word borders, wherever the mark is."""
    for match in START.finditer(folded):
        first = match.start()
        for head in (folded[first : first + 2], folded[first : first + 1]):
            for phrase in context.heads.get(head, ()):
                last = first + len(phrase.folded)
                if not folded.startswith(phrase.folded, first) or _within_a_word(folded, first, last):
                    continue
                start, end = places[first], places[last - 1] + 1
                while end < len(text) and unicodedata.combining(text[end]):
                    end += 1
                if phrase.exact is None or _has_its_accents(text[start:end], phrase):
                    yield _Hit(phrase, first, last, start, end)


def _has_its_accents(written: str, phrase: Phrase) -> bool:
    """Whether a phrase whose accents count stands there with them, or disguised."""
    return fold(written, accents=True)[0] == phrase.exact or fold(written)[0] != phrase.folded


def _within_a_word(folded: str, first: int, last: int) -> bool:
    tail, following = folded[last - 1], folded[last : last + 1]
    if following and SPACED.match(following) and (SPACED.match(tail) or tail == "+"):
        return True
    if tail.isdigit() and re.match(r"[.,:/]\d", folded[last : last + 2]):
        return True
    return folded[first].isdigit() and bool(re.fullmatch(r"\d[.,:/]", folded[max(first - 2, 0) : first]))


def _outermost(hits: list[_Hit]) -> Iterator[_Hit]:
    """The hits that are not part of a longer one, or of a false friend, in their order."""
    cover: _Hit | None = None
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last, hit.phrase.meaning is not Aid.FALSE_FRIEND)):
        if cover is not None and hit.last <= cover.last:
            same = (hit.first, hit.last) == (cover.first, cover.last)
            if not same or cover.phrase.meaning is Aid.FALSE_FRIEND:
                continue
        else:
            cover = hit
        yield hit
