"""The confidence of a word: the terms of its regression; the weights are with those of logos and photos."""

import math
import unicodedata
from typing import Final

from brand_index.features.words import letters
from brand_index.features.words.running_text import weight, writes_no_spaces
from brand_index.types import ReferenceKind, Spelling
from scanner.engine.confidence import BY_WORD_IN_TEXT, shipped_calibrations
from scanner.engine.types import Evidence, Where

EXACT: Final = 0.97  # similarity of a word's own letters, alone or joined to others by a sign
LONG: Final = 10  # letters; more say no more
RARE: Final = 3.5  # zipf up to which a word says as much as an unknown one: well-known brands are written about, too
AMPERSAND: Final = 2  # letters that the & of "H&K" counts for
COMMON: Final = 5.0  # zipf of the most ordinary words that are no function words
LEAST_SURE: Final = 0.5  # confidence of a line that was read at all
LIKELY: Final = 0.5  # confidence from which a place is believed where a word has others besides


def word_confidence(item: Evidence) -> float:
    """The confidence, 0..1, of a word by its surest place."""
    return shipped_calibrations()[ReferenceKind.WORD].confidence(word_features(item))


def confidence_with_text(shown: float, written: float) -> float:
    """The confidence, 0..1, of a word that an image shows, whose listing writes it, too: of each alone, 0..1."""
    bounded = min(max(shown, 1e-9), 1 - 1e-9)
    return round(1 / (1 + math.exp(-(math.log(bounded / (1 - bounded)) + BY_WORD_IN_TEXT * written))), 12)


def word_features(item: Evidence) -> dict[str, float]:
    """The terms of the regression by name, each 0..1. Raises ValueError where the evidence is of no word.

    Inside a longer word counts against a word of scripts with spaces alone: in others nothing parts it from its
    neighbours, and its similarity says what these are.
    """
    if item.word is None:
        raise ValueError(f"{item.reference_id} is no word")
    place, word = item.word.best, unicodedata.normalize("NFKC", item.word.word)
    length = min(sum(map(_weight, word)), LONG) / LONG
    has_borders = not writes_no_spaces(letters(word))
    around = sum(character.isalnum() for character in place.text) - sum(
        character.isalnum() for character in place.spelled
    )
    common = min(max(0.0, (item.word.zipf - RARE) / (COMMON - RARE)), 1.0)
    in_text = place.where is not Where.IMAGE
    return {
        "similarity": max(0.0, (place.similarity - 0.6) / 0.4),
        "length": length,
        "exact": float(place.similarity >= EXACT),
        "exact_and_long": float(place.similarity >= EXACT) * length,
        "common": common,
        "common_and_short": common * (1 - length),
        "unsure": 0.0 if in_text else (1 - place.sureness) / (1 - LEAST_SURE),
        "amid_text": math.log1p(around) / math.log1p(100),
        "lookalike_letters": float(place.spelling is Spelling.LOOKALIKE_LETTERS),
        "edited": float(place.spelling is Spelling.EDITED),
        "edited_and_short": float(place.spelling is Spelling.EDITED) * (1 - length),
        "inside": float(place.spelling is Spelling.INSIDE and has_borders),
        "spaced": float(place.spelling is Spelling.SPACED),
    }


def _weight(character: str) -> int:
    """How many letters a character of a registered word counts for.

    What joins initials is seldom between others; an ideograph, a kana or a Hangul syllable says as much as two letters.
    """
    return AMPERSAND if character in "&+" else weight(character) if character.isalnum() else 0
