"""How common a word is in the marketplace's languages; for registering and for building an index, never for a scan.

Frequencies are wordfreq's (Speer 2022): subtitles, Wikipedia, news, books and the web. Its small lists have each
word of at least one use in a million, Zipf 3, about 340,000 words in eleven languages. They are read when first asked
for (about a second, 40 MB).
"""

import math
from collections.abc import Mapping
from functools import cache
from typing import Final

from brand_index.features.words.folding import folded, letters

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "zh", "ja", "ru")

# Zipf from which a word is one of the language's own, whoever else registered it: twenty uses in a million words, so
# that one in 5,000 titles of ten words has it by chance. Whether a dictionary has the word says less: brands are named
# by rare words that hardly anybody writes otherwise, and well-known brands are written about as often as plain nouns
# (Zipf 3 to 4.9), so that no threshold tells the two apart. This one takes "apple" and "summer" and, to be safe, the
# few names that are in the news daily; it lets pass the many at 3.3 to 4.
DICTIONARY_ZIPF: Final = 4.3


def zipf(word: str) -> float:
    """The highest Zipf frequency (log10 of the uses in a billion words) in any of LANGUAGES; 0.0: unknown, below 3.

    Compared folded: "café" is "cafe". Of several words, the rarest decides.
    """
    words = folded(word).split()
    return min((common_words().get(letters(each), 0.0) for each in words), default=0.0)


def is_dictionary_word(word: str) -> bool:
    """Whether the word is so common that reading it says little about a brand."""
    return zipf(word) >= DICTIONARY_ZIPF


@cache
def common_words() -> Mapping[str, float]:
    """The Zipf frequency of each word of the lists, by its letters."""
    from wordfreq import get_frequency_dict  # noqa: PLC0415 - a quarter of a second, which no scan needs

    found: dict[str, float] = {}
    for language in LANGUAGES:
        for word, frequency in get_frequency_dict(language, wordlist="small").items():
            key = letters(word)
            value = math.log10(frequency) + 9
            if value > found.get(key, 0.0):
                found[key] = value
    found.pop("", None)
    return found
