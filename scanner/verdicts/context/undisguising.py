"""Puts the words of phrases back where they stand disguised: rep1ica, r e p l i c a, replcia; it knows no meaning."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from string import ascii_lowercase
from typing import Final

LEAST_LETTERS: Final = 4  # of a word that is put back: a shorter one may be anything
SHORT: Final = 4  # likewise: of so many, one at most is disguised, since codes and sizes are short, too
LEAST_PLAIN: Final = 6  # likewise, where only i stands for l, or l for i
LEAST_TWICE_MASKED: Final = 7  # likewise, with a sign for two of them
LEAST_MISSPELT: Final = 7  # likewise, where a letter is wrong
MASKS: Final = "*#•…?"  # a sign for one letter
_SPELLED_OUT: Final = re.compile(r"(?<![^\W_])(?:[^\W_] ?[ .·•*/|~] ?){3,}[^\W_](?![^\W_])")
_CRUMBS: Final = re.compile(r"(?<![^\W_])(?:[^\W_]{1,2} ?[ .·•*/|~] ?){2,}[^\W_]{1,2}(?![^\W_])")
_TOKEN: Final = re.compile(r"[^\W_][^\s,;:()/]*(?:[^\W_]|[@$€](?![^\W_]))")
_RATIO: Final = re.compile(r"(?<=\d) : (?=\d)")
# What looks like a letter, in folded text: digits, signs, Cyrillic and Greek; i as l, which is read for it.
_ALIKE: Final = str.maketrans(
    "i1|!¡0234$579@€¢£8авеіјкмнорѕстухαεικνορτυχ",
    "lllllozeasstgaeclbabeljkmhopsctyxaelkvoptux",
)
_SIGNS: Final = re.compile(r"[\W_]+")
_VOWELS: Final = "aeiouy"


def vocabulary_of(words: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """The Latin words that can be put back, by what they look like."""
    found: dict[str, tuple[str, ...]] = {}
    for word in sorted(words):
        if word.isascii() and word.isalpha() and len(word) >= LEAST_LETTERS:
            found[_alike(word)] = (*found.get(_alike(word), ()), word)
    return found


def misspellings_of(words: Iterable[str]) -> Mapping[str, str]:
    """The Latin words that say something alone, by how they are misspelt: only as no common word is spelled."""
    long = [word for word in words if word.isascii() and word.isalpha() and len(word) >= LEAST_MISSPELT]
    return {spelled: word for word in long for spelled in _misspelt(word)} | {word: word for word in long}


def _misspelt(word: str) -> Iterator[str]:
    """Within the word two letters are exchanged, one is too many, a vowel is missing or another, or a double single."""
    for at in range(1, len(word) - 1):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        yield before + after[0] + letter + after[1:]
        yield from (before + more + letter + after for more in ascii_lowercase)
        if letter in _VOWELS or letter == after[0]:
            yield before + after
        if letter in _VOWELS:
            yield from (before + other + after for other in _VOWELS)
    yield from (word + word[-1], word[0] + word)


def undisguised(
    folded: str, places: list[int], vocabulary: Mapping[str, tuple[str, ...]], misspelt: Mapping[str, str]
) -> tuple[str, list[int]]:
    """Folded text and the places of its letters, with each disguised word as it is spelled.

    `vocabulary` and `misspelt` as `vocabulary_of` and `misspellings_of` give them.
    """
    for pattern in (_SPELLED_OUT, _CRUMBS):
        folded, places = _respelled(folded, places, pattern, lambda word: _word_of(word, vocabulary, in_parts=True))
    folded, places = _respelled(
        folded, places, _TOKEN, lambda word: _word_of(word, vocabulary, in_parts=False) or misspelt.get(word)
    )
    return _respelled(folded, places, _RATIO, lambda _: ":")


def _respelled(
    folded: str, places: list[int], pattern: re.Pattern[str], spell: Callable[[str], str | None]
) -> tuple[str, list[int]]:
    letters: list[str] = []
    kept: list[int] = []
    end = 0
    for found in pattern.finditer(folded):
        word = spell(found[0])
        if word is not None:
            start, last = places[found.start()], places[found.end() - 1]
            letters += [folded[end : found.start()], word]
            kept += places[end : found.start()]
            kept += [min(start + at, last) for at in range(len(word) - 1)] + [last]
            end = found.end()
    return ("".join(letters) + folded[end:], kept + places[end:]) if end else (folded, places)


def _word_of(written: str, vocabulary: Mapping[str, tuple[str, ...]], *, in_parts: bool) -> str | None:
    """The word that is written so; None: none, or it is written plainly."""
    if in_parts:
        written = _SIGNS.sub("", written)
    if len(written) < LEAST_LETTERS or (written.isascii() and written.isalpha() and not in_parts):
        return _plainly(written, vocabulary)
    letters = sum(each.isascii() and each.isalpha() for each in written)
    if not letters and not any(each.isdigit() for each in written):
        return None  # a word of another script
    if not in_parts and 0 < sum(each in MASKS for each in written) <= 1 + (len(written) >= LEAST_TWICE_MASKED):
        masked = re.compile("".join("." if each in MASKS else re.escape(each) for each in written))
        words = (word for words in vocabulary.values() for word in words if len(word) == len(written))
        return next(filter(masked.fullmatch, words), None)
    parted = _SIGNS.sub("", written)  # rep.lica
    found = next((each for form in (written, parted) for each in vocabulary.get(_alike(form), ())), None)
    is_code = found is not None and len(found) <= SHORT and letters < len(found) - 1
    return None if is_code else found


def _plainly(written: str, vocabulary: Mapping[str, tuple[str, ...]]) -> str | None:
    """Of letters alone, in which i and l are exchanged."""
    if len(written) < LEAST_PLAIN:
        return None
    words = vocabulary.get(_alike(written), ())
    alike = [word for word in words if word.replace("i", "l") == written.replace("i", "l")]
    return None if not alike or written in alike else alike[0]


def _alike(written: str) -> str:
    return written.translate(_ALIKE)
