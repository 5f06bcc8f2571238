"""Words in running text: their endings, how much a character says, and what parts two where no spaces are written."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

IDEOGRAPHS: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WIDE: Final = re.compile(rf"[\u3040-\u30ff\uac00-\ud7af{IDEOGRAPHS}]")  # each says as much as two Latin letters
_SPACELESS: Final = re.compile(rf"[\u3040-\u30fa\u30fc-\u30ff{IDEOGRAPHS}]+")
_KATAKANA: Final = re.compile("[\u30a0-\u30fa\u30fc-\u30ff]+")
SHORT_RUN: Final = 2  # ideographs or kana of a word that chance may put side by side
LONG_KATAKANA: Final = 5  # kana of a word that counts within a longer run, whatever is beside it
KANA: Final = range(3, 9)  # kana of an ordinary word beside it
CROSSING: Final = range(2, 5)  # characters of an ordinary word that may cross the end of another
_ENDINGS: Final = ("s", "es", "ed", "d", "ing", "er", "ers", "en", "n", "e", "ly")
# Of nouns in Russian and other Slavic languages that are written in Cyrillic letters.
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]+")
_VOWELS: Final = frozenset("аеиоуыэюяйь")
_CASES: Final = frozenset(("а", "у", "ы", "и", "е", "ю", "я", "ой", "ом", "ою", "ей", "ем", "ов", "ам", "ах"))

IsOrdinary: TypeAlias = Callable[[str], bool]


def weight(letters: str) -> int:
    """How many Latin letters say as much: an ideograph, a kana or a Hangul syllable counts for two."""
    return len(letters) if letters.isascii() else len(letters) + len(WIDE.findall(letters))


def writes_no_spaces(letters: str) -> bool:
    """Whether a word is of ideographs and kana alone, so that in running text nothing parts it from others."""
    return bool(_SPACELESS.fullmatch(letters))


def is_katakana(letters: str) -> bool:
    """Whether a word is of katakana alone."""
    return bool(_KATAKANA.fullmatch(letters))


def similarity_in_run(run: str, start: int, end: int, is_ordinary: IsOrdinary) -> float | None:
    """How similar (0 to 1) a word is that stands between these characters; None: it may be a part of another word.

    Katakana beside katakana must be ordinary words, unless the word is long: a run of it is one word more often than
    not. Two characters, or those that an ordinary word crosses, say less.
    """
    length = end - start
    if not is_katakana(run):
        crossed = _is_crossed(run, start, end, CROSSING, is_ordinary)
        if length <= SHORT_RUN:
            return 0.8 if crossed else 0.9
        return 0.9 if crossed else 0.95
    if length <= SHORT_RUN:
        return None
    ends = run[:start], [run[start - kana : start] for kana in KANA if kana <= start]
    begins = run[end:], [run[end : end + kana] for kana in KANA if end + kana <= len(run)]
    parted = all(
        not side or (len(side) > 1 and any(map(is_ordinary, (side, *words)))) for side, words in (ends, begins)
    )
    if parted and not _is_crossed(run, start, end, KANA, is_ordinary):
        return 0.95
    return 0.9 if length >= LONG_KATAKANA else None


def _is_crossed(run: str, start: int, end: int, lengths: range, is_ordinary: IsOrdinary) -> bool:
    """Whether an ordinary word of these lengths is partly of what stands between and partly of what is beside it."""
    for length in lengths:
        for a in range(max(0, start - length + 1), min(end, len(run) - length + 1)):
            if (a < start or a + length > end) and is_ordinary(run[a : a + length]):
                return True
    return False


def is_inflected(token: str, is_ordinary: IsOrdinary) -> bool:
    """Whether a token is an ordinary word, or one with an ending."""
    if is_ordinary(token):
        return True
    stems = (token.removesuffix(ending) for ending in _ENDINGS if token.endswith(ending))
    return any(len(stem) > 3 and is_ordinary(stem) for stem in stems)


def is_declined(written: str, word: str) -> bool:
    """Whether it is a Cyrillic word with the ending of another case; both are folded."""
    if not _CYRILLIC.fullmatch(word):
        return False
    stem = word[:-1] if word[-1] in _VOWELS else word
    return written != word and written.startswith(stem) and written[len(stem) :] in _CASES
