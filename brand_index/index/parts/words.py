"""Registered words, searched for in lines of text; what a match is worth beside others is not decided here.

Bounds: a line is cut at 10,000 characters; each of its characters starts at most six windows (twenty where single
letters stand in a row), each with at most about 120 keys, and under a key at most 256 words are looked at. Lines are
independent but for words broken over two, so that a page takes its lines' sum. With 100,000 words: 1.2 ms for a line of
60 characters on one core, 5 ms if it consists of misspelled marks, under 1.5 s for the worst 10,000 characters.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_lowercase
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brand_index.features.words.running_text import writes_no_spaces
from brand_index.index.parts.placed import Placed
from brand_index.index.parts.word_keys import (
    JoinedKeys,
    drawn_out_key,
    edited_keys,
    inside_key,
    inside_start,
    letters_key,
    skeleton_key,
)
from brand_index.index.parts.word_lists import IndexedWord, SegmentWords, ordinary_words
from brand_index.index.parts.word_spelling import (
    LEAST_ALIKE,
    LEAST_EDITED,
    LEAST_TWICE_EDITED,
    forms_of,
    inside,
    similarity,
    spelled_word,
)
from brand_index.index.parts.word_windows import Line, Token, Window, over_two_lines
from brand_index.types import Spelling

TOGETHER: Final = 32  # lines whose keys are looked up at once
_DRAWN_OUT: Final = re.compile(r"(.)\1\1|(.)\2.*(.)\3")  # a letter three times, or two of them twice
_TWICE: Final = re.compile(r"(.)\1")
MOST_EDITED_TOKENS: Final = 3  # of a word that is searched for with errors
LONGEST: Final = 60  # letters of a registered word that are searched for; what is longer is a sentence


@dataclass(frozen=True, slots=True)
class WordHit:
    """A registered word found in a line of text."""

    position: int  # of the word in the part
    line: int
    start: int  # characters of that line
    end: int
    text: str  # as it stands there; both parts and a line break for a word over two lines
    similarity: float  # 0 to 1, by the table of word_spelling
    spelled: Spelling
    whole: bool  # whether nothing is joined to it
    lines: int = 1  # 2: broken over this line and the next


class _Place(NamedTuple):
    """Where keys come from: a window, or a token and where inside it a word may begin."""

    line: int  # number among the lines looked up together
    window: Window | None = None
    token: Token | None = None
    start: int = 0


class WordPart:
    """Registered words of several segments, or of one list, and the keys by which they are found."""

    def __init__(self, lists: Sequence[Placed[SegmentWords]], ordinary: NDArray[np.uint32]) -> None:
        """`ordinary`: the keys of ordinary words of LANGUAGES, since a scan must not take them for marks."""
        self.words = tuple(word for placed in lists for word in placed.part.words)  # withdrawn ones, too
        self.withdrawn = frozenset(placed.start + each for placed in lists for each in placed.withdrawn.tolist())
        self.count = len(self.words) - len(self.withdrawn)  # of words in force
        self._keys = JoinedKeys(
            [(placed.part.keys, placed.start) for placed in lists],
            self.withdrawn,
            lambda position: self.words[position].reference_id,
        )
        # A registered word is none of the ordinary ones, else "tarnviks" would be ordinary.
        own = np.concatenate([np.zeros(0, np.uint32), *(_own(placed) for placed in lists)])
        self._ordinary = ordinary[~np.isin(ordinary, own)] if len(own) else ordinary
        self._longest = min(max((placed.part.longest for placed in lists), default=0) + 2, LONGEST)

    @cached_property
    def brands(self) -> frozenset[str]:
        """The brands with a word in force."""
        return frozenset(word.brand_id for at, word in enumerate(self.words) if at not in self.withdrawn)

    @classmethod
    def build(cls, words: Iterable[IndexedWord]) -> "WordPart":
        """A part of these words alone."""
        return cls([Placed(SegmentWords.of(tuple(words)))], ordinary_words())

    def search(
        self,
        lines: Sequence[str],
        count: int = 8,
        *,
        disguised: bool = False,
        going_on: Collection[int] = frozenset(),
    ) -> list[WordHit]:
        """The `count` registered words most similar to anything in the lines, best first, each where it is best.

        `going_on`: numbers of lines of an image below which the next one stands as if they were one.
        `disguised`: and, after all of them, those that stand there with lookalike letters besides.
        """
        if not self.count:
            return []
        best: dict[int, WordHit] = {}
        besides: dict[int, WordHit] = {}
        previous: Line | None = None
        for first in range(0, len(lines), TOGETHER):
            numbered = enumerate(lines[first : first + TOGETHER], first)
            cut = [Line(text, number, goes_on_below=number in going_on) for number, text in numbered]
            for hit in self._hits([previous, *cut] if previous else cut, fresh=1 if previous else 0):
                known = best.get(hit.position)
                if known is None or self._rank(hit) < self._rank(known):
                    best[hit.position] = hit
                if disguised and hit.spelled is Spelling.LOOKALIKE_LETTERS:
                    known = besides.get(hit.position)
                    besides[hit.position] = hit if known is None else min(known, hit, key=self._rank)
            previous = cut[-1]
        found = sorted(best.values(), key=self._rank)[:count]
        hidden = (besides.get(hit.position) for hit in found if hit.spelled is not Spelling.LOOKALIKE_LETTERS)
        return [*found, *(hit for hit in hidden if hit is not None)]

    def _hits(self, lines: Sequence[Line], fresh: int) -> Iterator[WordHit]:
        """What is found in the lines from `fresh` on, and over the ends of all."""
        keys: list[int] = []
        places: list[_Place] = []
        for place, found in self._asked(lines, fresh):
            keys.extend(found)
            places.extend([place] * len(found))
        seen: set[tuple[int, int]] = set()
        hits: list[WordHit] = []
        for number, position in self._keys.find(keys):
            if (id(places[number]), position) not in seen:
                seen.add((id(places[number]), position))
                hit = self._hit(places[number], position, lines)
                if hit is not None:
                    hits.append(hit)
        # What is exactly one registered word is no other one misspelled, nor a longer one of its brand.
        exact = [hit for hit in hits if hit.spelled is Spelling.EXACT]
        spans = {(hit.line, hit.start, hit.end) for hit in exact}
        of_brand = defaultdict[tuple[int, str], list[WordHit]](list)
        for hit in exact:
            of_brand[hit.line, self._brand(hit)].append(hit)
        for hit in hits:
            own = of_brand[hit.line, self._brand(hit)] if hit.spelled is Spelling.EDITED else []
            takes_one_in = any(hit.start <= each.start and each.end <= hit.end for each in own)
            if hit.spelled is Spelling.EXACT or not (takes_one_in or (hit.line, hit.start, hit.end) in spans):
                yield hit

    def _brand(self, hit: WordHit) -> str:
        return self.words[hit.position].brand_id

    def _asked(self, lines: Sequence[Line], fresh: int) -> Iterator[tuple[_Place, Sequence[int]]]:
        """Each place in the lines and the keys under which a word that stands there may lie."""
        ordinary = self._ordinary_among({token.letters for line in lines for token in line.tokens})
        for number in range(fresh, len(lines)):
            line = lines[number]
            for window in line.windows(self._longest):
                yield _Place(number, window), list(_window_keys(window, ordinary))
            for window in line.signed(self._longest):
                yield _Place(number, window), [skeleton_key(window.skeleton)]
            for window in line.masked(self._longest):
                yield _Place(number, window), list(_masked_keys(window))
            for token in line.tokens:
                if token.letters not in ordinary:
                    yield from ((_Place(number, None, token, at), [key]) for at, key in _inside_keys(line, token))
        for number in range(1, len(lines)):
            for window in over_two_lines(lines[number - 1], lines[number], self._longest):
                yield _Place(number - 1, window), [letters_key(window.letters), skeleton_key(window.skeleton)]

    def _hit(self, place: _Place, position: int, lines: Sequence[Line]) -> WordHit | None:
        """The hit if the word at this position is what stands there; None: only their keys are the same."""
        word, line = self.words[position], lines[place.line]
        if place.window is None:
            return self._inside(place, position, line)
        forms = (
            similarity(place.window, form, word.alone, self._is_ordinary, rare=not word.zipf)
            for form in forms_of(word.word)
        )
        value, spelling = max((each for each in forms if each is not None), default=(None, None))
        if value is None or spelling is None:
            return None
        tokens, over = place.window.tokens, place.window.over
        start, end = line.span(tokens[0].start, tokens[-1 if over is None else over - 1].end)
        text = line.text[start:end]
        if over is not None:
            lower = lines[place.line + 1]
            text += "\n" + lower.text[slice(*lower.span(tokens[over].start, tokens[-1].end))]
        whole, broken_over = place.window.whole, 1 if over is None else 2
        return WordHit(position, line.number, start, end, text, value, spelling, whole, broken_over)

    def _inside(self, place: _Place, position: int, line: Line) -> WordHit | None:
        token, word = place.token, self.words[position]
        spelled = spelled_word(word.word)
        if token is None or not word.alone or spelled.weight < LEAST_ALIKE:
            return None
        start, end = place.start, place.start + len(spelled.letters)
        if not line.unpaired.startswith(spelled.unpaired, token.start + start, token.end):
            return None
        parted = (start, end) in line.humps(token)
        if spelled.weight < LEAST_EDITED and not (parted or writes_no_spaces(spelled.letters)):
            return None
        value = inside(token, start, end, spelled, parted, self._is_ordinary)
        if value is None:
            return None
        first, last = line.span(token.start + start, token.start + end)
        return WordHit(position, line.number, first, last, line.text[first:last], value, Spelling.INSIDE, False)

    def _rank(self, hit: WordHit) -> tuple[float, int, int, int, str, int]:
        identity = self.words[hit.position].reference_id
        return (-hit.similarity, hit.line, hit.start, hit.end, identity, hit.position)

    def _ordinary_among(self, tokens: set[str]) -> set[str]:
        listed = list(tokens)
        asked = np.array([letters_key(token) for token in listed], np.uint32)
        # np.isin would sort the ordinary words anew.
        counts = np.searchsorted(self._ordinary, asked, "right") - np.searchsorted(self._ordinary, asked, "left")
        return {listed[n] for n in np.flatnonzero(counts)}

    def _is_ordinary(self, token: str) -> bool:
        key = np.uint32(letters_key(token))
        at = int(np.searchsorted(self._ordinary, key))
        return at < len(self._ordinary) and bool(self._ordinary[at] == key)


def _own(placed: Placed[SegmentWords]) -> NDArray[np.uint32]:
    positions, keys = np.asarray(placed.part.own, np.uint32).T
    return np.asarray(keys[~np.isin(positions, placed.withdrawn)], np.uint32)


def _window_keys(window: Window, ordinary: set[str]) -> Iterator[int]:
    yield letters_key(window.letters)
    if window.spelled_out:
        yield skeleton_key(window.skeleton)
        return
    if all(len(token.letters) < 3 or token.letters in ordinary for token in window.tokens):
        return  # ordinary words are no misspelled marks
    text = window.skeleton
    yield skeleton_key(text)
    if window.unpaired != text:
        yield skeleton_key(window.unpaired)
    if _DRAWN_OUT.search(window.letters) or (len(window.letters) == LEAST_EDITED and _TWICE.search(window.letters)):
        yield drawn_out_key(window.letters)
    if len(text) >= LEAST_EDITED - 2 and len(window.tokens) <= MOST_EDITED_TOKENS:
        for spelled in {text, window.letters}:
            yield from edited_keys(spelled, twice=len(window.letters) >= LEAST_TWICE_EDITED - 2)


def _masked_keys(window: Window) -> Iterator[int]:
    """The keys of the window's letters with each letter of the alphabet where one is masked."""
    at = window.masked or 0
    return (letters_key(window.letters[:at] + each + window.letters[at:]) for each in ascii_lowercase)


def _inside_keys(line: Line, token: Token) -> Iterator[tuple[int, int]]:
    """(where it may begin, key) of words inside a token."""
    text = line.unpaired[token.start : token.end]
    for start in range(len(text) - 1):
        beginning = inside_start(text, start)
        if beginning:
            yield start, inside_key(beginning)
    for start, end in line.humps(token):
        if LEAST_ALIKE <= end - start < LEAST_EDITED and (start, end) != (0, len(text)):
            yield start, letters_key(token.letters[start:end])
