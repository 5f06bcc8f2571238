"""How alike a word and registered words look and sound, for a search before registering; scans match more strictly.

The highest of these counts. `share` is the shorter word's letters over the longer's.

| how | similarity |
| --- | --- |
| the same letters, apart from case, accents, spaces and punctuation | 1.0 |
| letters that look alike (the same skeleton) | 0.98 |
| letters wrong, swapped, dropped or added | 1 less edits over letters: one wrong of five is 0.8 |
| one has the other as words of its own | 0.7 + 0.25 share |
| one begins or ends with the other, of four letters and more | 0.6 + 0.3 share |
| one has the other inside, of four letters and more | 0.5 + 0.3 share |
| the same consonants, three and more, in the Latin script | 0.6 + 0.3 × that of the letters |
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from brand_index.features.words import folded, letters, skeleton
from brand_index.index.parts.word_spelling import collapsed

LEAST: Final = 0.6  # similarity from which a registered word is listed
LOOKALIKE: Final = 0.98  # of another spelling with letters that look alike: the same spelling comes first
LEAST_INSIDE: Final = 4  # letters that begin, end or stand inside another word by design, not by chance
LEAST_WORD: Final = 2  # letters of a word that another has beside more words
LEAST_CONSONANTS: Final = 3
_VOWELS: Final = str.maketrans("", "", "aeiouy")


class Likeness(StrEnum):
    """In what way a word resembles a registered one."""

    SAME = "same letters"
    LOOKALIKE_LETTERS = "letters look alike"
    SPELLING = "spelled alike"
    CONTAINED = "one contains the other"
    CONSONANTS = "same consonants"


@dataclass(frozen=True, slots=True)
class WordLikeness:
    """A registered word that resembles a text."""

    position: int  # of the word in the list
    similarity: float  # LEAST to 1, by the table above
    likeness: Likeness
    text: str  # that it resembles


@dataclass(frozen=True, slots=True)
class _Word:
    letters: str
    skeleton: str
    words: str  # its letters with one space before, between and after its words
    consonants: str  # empty: fewer than three, or another script

    @classmethod
    def of(cls, text: str) -> "_Word":
        own = letters(text, possessive=False)
        parts = [part for each in folded(text).split() if (part := letters(each, possessive=False))]
        sounds = collapsed(own.translate(_VOWELS)) if own.isascii() and own.isalpha() else ""
        return cls(own, skeleton(text), f" {' '.join(parts)} ", sounds if len(sounds) >= LEAST_CONSONANTS else "")


class WordList:
    """Registered words, folded once, with which texts are compared."""

    def __init__(self, words: Iterable[str]) -> None:
        """`words` as they are registered."""
        self._words = [_Word.of(each) for each in words]
        self._letters = [each.letters for each in self._words]
        self._skeletons = [each.skeleton for each in self._words]
        self._by_consonants: dict[str, list[int]] = defaultdict(list)
        for position, each in enumerate(self._words):
            self._by_consonants[each.consonants].append(position)

    def similar(self, text: str) -> list[WordLikeness]:
        """The words that resemble a text, in their order. About 0.1 s for 100,000 words."""
        query = _Word.of(text)
        if not query.letters or not self._words:
            return []
        found = []
        for position in sorted(self._candidates(query)):
            similarity, likeness = _likeness(query, self._words[position])
            if similarity >= LEAST:
                found.append(WordLikeness(position, similarity, likeness, text))
        return found

    def _candidates(self, query: _Word) -> set[int]:
        """All words that may reach LEAST, found at little cost."""
        own = query.letters
        found = {position for position, each in enumerate(self._letters) if each and (each in own or own in each)}
        found.update(_spelled_alike(own, self._letters), _spelled_alike(query.skeleton, self._skeletons))
        if query.consonants:
            found.update(self._by_consonants.get(query.consonants, ()))
        return found


def _spelled_alike(text: str, words: list[str]) -> list[int]:
    """The positions of words with edits for two letters in five at most."""
    cutoff = LEAST - 0.01  # rapidfuzz leaves out what is equal to a cutoff of 0.6
    scores = process.cdist([text], words, scorer=OSA.normalized_similarity, score_cutoff=cutoff, dtype=np.float32)
    return [int(each) for each in np.flatnonzero(scores[0])]


def _likeness(query: _Word, word: _Word) -> tuple[float, Likeness]:
    """The similarity of two words, and how they resemble each other."""
    if query.letters == word.letters:
        return 1.0, Likeness.SAME
    spelling = OSA.normalized_similarity(query.letters, word.letters)
    look = OSA.normalized_similarity(query.skeleton, word.skeleton)
    found = [
        (LOOKALIKE * look, Likeness.LOOKALIKE_LETTERS if look == 1.0 else Likeness.SPELLING),
        (spelling, Likeness.SPELLING),
        (_contained(query, word), Likeness.CONTAINED),
    ]
    if query.consonants and query.consonants == word.consonants:
        found.append((0.6 + 0.3 * spelling, Likeness.CONSONANTS))
    return max(found, key=lambda each: each[0])


def _contained(one: _Word, other: _Word) -> float:
    """How similar two words are of which one has the other in it; 0: neither does."""
    short, long = sorted((one, other), key=lambda each: len(each.letters))
    length = len(short.letters)
    if length < LEAST_WORD or short.letters not in long.letters:
        return 0.0
    share = length / len(long.letters)
    if short.words in long.words:
        return 0.7 + 0.25 * share
    if length < LEAST_INSIDE:
        return 0.0
    at_an_end = long.letters.startswith(short.letters) or long.letters.endswith(short.letters)
    return (0.6 if at_an_end else 0.5) + 0.3 * share
