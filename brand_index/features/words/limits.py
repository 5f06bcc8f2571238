"""Says how far a registered word can be trusted: too short, or common in ordinary text; it refuses nothing."""

import unicodedata
from typing import Final

from brand_index.features.words import is_dictionary_word, letters, zipf

LONGEST_SHORT: Final = 3  # letters up to which chance finds a word in other words, codes and sizes
PAIR: Final = 2  # ideographs that are as short
# Signs that stand for a syllable or a word: there are thousands of them, so that one says as much as two letters.
_IDEOGRAPHS: Final = ("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH")
_SYLLABLES: Final = (*_IDEOGRAPHS, "HANGUL SYLLABLE", "YI SYLLABLE")
MOST_COMMON_WORDS: Final = (
    2  # common words in a phrase that ordinary text has by chance; three in this order it has not
)
# How the names begin of letters that the recognizer knows.
_READ: Final = ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC")
_ONLY_REVIEWED: Final = "its matches in images go to review at most"


def letter_count(word: str) -> int:
    """The number of letters of any script, without marks, digits and signs; a ligature counts as its letters."""
    return sum(_is_letter(each) for each in unicodedata.normalize("NFKC", word))


def limits_of_word(word: str) -> tuple[str, ...]:
    """Why matches of a word are for review only, in sentences without a full stop; empty: they need not be.

    A word is short up to three letters, of which an ideograph or a Korean syllable counts as two; so are two
    ideographs, which stand side by side in running text by chance. Two common words side by side count as one, and
    spaces and punctuation within a word make no other word of it.
    """
    limits = []
    if _weight(word) <= LONGEST_SHORT or _is_pair(word):
        limits.append(f"short ({letter_count(word)} letters): {_ONLY_REVIEWED}")
    if is_dictionary_word(letters(word)) or (len(word.split()) <= MOST_COMMON_WORDS and is_dictionary_word(word)):
        limits.append(f"a dictionary word ({commonness(word)}): {_ONLY_REVIEWED}")
    return tuple(limits)


def script_of_texts_alone(word: str) -> tuple[str, ...]:
    """What to say of a word none of whose letters is read in images, without a full stop; empty: images may show it."""
    own = [unicodedata.name(each, "") for each in unicodedata.normalize("NFKC", word) if _is_letter(each)]
    if not own or any(name.startswith(_READ) for name in own):
        return ()
    return ("its script is not read in images: titles and descriptions are searched for it; register its logo, too",)


def commonness(word: str) -> str:
    """How often ordinary text has a word, in words; of several words the rarest counts."""
    highest = max(zipf(word), zipf(letters(word)))
    uses = f"about {_rounded(10 ** (highest - 3))}" if highest > 0 else "under 1"  # Zipf: log10 of uses in a billion
    return f"{uses} in a million words of ordinary text"


def _weight(word: str) -> int:
    text = unicodedata.normalize("NFKC", word)
    return sum((2 if unicodedata.name(each, "").startswith(_SYLLABLES) else 1) for each in text if _is_letter(each))


def _is_pair(word: str) -> bool:
    """Whether a word is of two characters of a script that parts no words."""
    own = [each for each in unicodedata.normalize("NFKC", word) if _is_letter(each)]
    return len(own) == PAIR and all(unicodedata.name(each, "").startswith(_IDEOGRAPHS) for each in own)


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] == "L"


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
