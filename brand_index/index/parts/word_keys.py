"""The keys by which registered words are found: hashes of spellings in sorted arrays; what is found is checked later.

Words lie under their letters, their skeleton, their letters with repeated ones once, and, for words of six letters
or more, under letters and skeleton with one character deleted (SymSpell: Garbe 2012), those of twelve or more under the
first ten characters with up to two deleted; for a search inside longer tokens, under the first six letters.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from brand_index.features.words.running_text import WIDE
from brand_index.index.parts.word_spelling import LEAST_ALIKE, LEAST_EDITED, LEAST_TWICE_EDITED, SpelledWord, collapsed

PREFIX: Final = 10  # characters of a long word's skeleton from which two are deleted
INSIDE_PREFIX: Final = 6  # letters by which a word inside a longer token is found
WIDE_PREFIX: Final = 2  # likewise, of words that begin with an ideograph, a kana or a Hangul syllable
MOST_CANDIDATES: Final = 256  # under one key that are looked at: bounds the time


class Keys:
    """Sorted keys and, beside each, what lies under it."""

    def __init__(self, keys: NDArray[np.uint32], positions: NDArray[np.uint32]) -> None:
        self.keys, self.positions = keys, positions

    @classmethod
    def build(cls, pairs: Iterable[tuple[int, int]]) -> "Keys":
        """Build it from (key, position) pairs."""
        joined = np.fromiter((key << 32 | position for key, position in pairs), np.uint64)
        joined = np.unique(joined)
        return cls((joined >> np.uint64(32)).astype(np.uint32), (joined & np.uint64(0xFFFFFFFF)).astype(np.uint32))

    def under(self, wanted: NDArray[np.uint32]) -> Iterator[tuple[int, list[int]]]:
        """(number of the wanted key, the first MOST_CANDIDATES positions under it); the keys are ascending."""
        first = np.searchsorted(self.keys, wanted)
        there = np.flatnonzero(self.keys[np.minimum(first, len(self.keys) - 1)] == wanted) if len(self.keys) else ()
        for at in there:
            run = slice(int(first[at]), int(first[at]) + MOST_CANDIDATES)
            same = int(np.searchsorted(self.keys[run], wanted[at], "right"))
            yield int(at), self.positions[run][:same].tolist()


class JoinedKeys:
    """The keys of several segments."""

    def __init__(
        self, keys: Sequence[tuple[Keys, int]], withdrawn: frozenset[int], order: Callable[[int], str]
    ) -> None:
        """`keys` of each segment with the position of its first word; `order`: by which words under a key come."""
        self._keys, self._withdrawn, self._order = keys, withdrawn, order

    def find(self, wanted: Sequence[int]) -> Iterator[tuple[int, int]]:
        """(number of the wanted key, position) of what lies under the keys, of MOST_CANDIDATES of each at most."""
        asked = np.array(wanted, np.uint32)
        order = np.argsort(asked, kind="stable")  # a search in order reads memory in order: four times as fast
        asked = asked[order]
        found: dict[int, list[int]] = {}
        for keys, start in self._keys:
            for at, positions in keys.under(asked):
                found.setdefault(at, []).extend(start + each for each in positions)
        for at in sorted(found):
            positions = [each for each in found[at] if each not in self._withdrawn]
            if len(positions) > MOST_CANDIDATES:
                positions = sorted(positions, key=self._order)[:MOST_CANDIDATES]
            for position in positions:
                yield int(order[at]), position


def keys_of(word: SpelledWord, alone: bool) -> set[int]:
    """All keys of a registered word; one that is not `alone` is not searched for with errors or inside of others."""
    found = {letters_key(word.letters)}
    if word.weight >= LEAST_ALIKE:
        found.update((skeleton_key(word.skeleton), drawn_out_key(word.letters)))
    if alone and len(word.letters) >= LEAST_EDITED:
        for text in {word.skeleton, word.letters}:
            found.update(edited_keys(text, twice=len(word.letters) >= LEAST_TWICE_EDITED))
    if alone and word.weight >= LEAST_ALIKE:
        start = inside_start(word.unpaired, 0)
        if start:
            found.add(inside_key(start))
    return found


def letters_key(text: str) -> int:
    """The key of a word's letters."""
    return crc32(("l" + text).encode())


def skeleton_key(text: str) -> int:
    """The key of a skeleton."""
    return crc32(("s" + text).encode())


def drawn_out_key(text: str) -> int:
    """The key of letters without those that repeat the one before."""
    return crc32(("r" + collapsed(text)).encode())


def inside_key(text: str) -> int:
    """The key of what `inside_start` gives."""
    return crc32(("p" + text).encode())


def inside_start(text: str, start: int) -> str:
    """The characters from there on by which a word that begins there is found; empty: it is too short."""
    length = WIDE_PREFIX if WIDE.match(text, start) else INSIDE_PREFIX
    found = text[start : start + length]
    return found if len(found) == length else ""


def edited_keys(text: str, *, twice: bool) -> set[int]:
    """The keys of a skeleton with one character deleted, and itself; `twice`: of its beginning with up to two."""
    found = {crc32(("d" + text).encode())}
    found.update(crc32(("d" + text[:at] + text[at + 1 :]).encode()) for at in range(len(text)))
    if twice:
        start = text[:PREFIX]
        found.add(crc32(("e" + start).encode()))
        found.update(crc32(("e" + start[:at] + start[at + 1 :]).encode()) for at in range(len(start)))
        for a, b in combinations(range(len(start)), 2):
            found.add(crc32(("e" + start[:a] + start[a + 1 : b] + start[b + 1 :]).encode()))
    return found


def set_of_words(words: Iterable[str]) -> NDArray[np.uint32]:
    """Words as sorted keys of their letters: four bytes each, and one unknown word in 10,000 passes for known."""
    return np.unique(np.fromiter((letters_key(word) for word in words), np.uint32))
