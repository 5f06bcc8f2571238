"""The confidence of a word: the terms of its regression; the weights are with those of logos and photos."""

import math
from typing import Final

from brand_index.types import ReferenceKind, Spelling
from scanner.engine.confidence import shipped_calibrations
from scanner.engine.types import Evidence, Where

EXACT: Final = 0.97  # similarity of a word's own letters, alone or joined to others by a sign
LONG: Final = 10  # letters; more say no more
RARE: Final = 3.5  # zipf up to which a word says as much as an unknown one: well-known brands are written about, too
AMPERSAND: Final = 2  # letters that the & of "H&K" counts for
COMMON: Final = 5.0  # zipf of the most ordinary words that are no function words
LEAST_SURE: Final = 0.5  # confidence of a line that was read at all
LIKELY: Final = 0.5  # confidence from which a place is believed where a word has others besides
# Added to the log odds of what an image shows of a brand, times the confidence of its word in a title or description.
BY_WORD_IN_TEXT: Final = 1.5


def word_confidence(item: Evidence) -> float:
    """The confidence, 0..1, of a word by its surest place."""
    return shipped_calibrations()[ReferenceKind.WORD].confidence(word_features(item))


def confidence_with_text(shown: float, written: float) -> float:
    """The confidence, 0..1, of a word that an image shows, whose listing writes it, too: of each alone, 0..1."""
    bounded = min(max(shown, 1e-9), 1 - 1e-9)
    return round(1 / (1 + math.exp(-(math.log(bounded / (1 - bounded)) + BY_WORD_IN_TEXT * written))), 12)


def word_features(item: Evidence) -> dict[str, float]:
    """The terms of the regression by name, each 0..1. Raises ValueError where the evidence is of no word."""
    if item.word is None:
        raise ValueError(f"{item.reference_id} is no word")
    place, letters = item.word.best, sum(_weight(character) for character in item.word.word)
    length = min(letters, LONG) / LONG
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
        "inside": float(place.spelling is Spelling.INSIDE),
        "spaced": float(place.spelling is Spelling.SPACED),
    }


def _weight(character: str) -> int:
    """How many letters a character of a registered word counts for; what joins initials is seldom between others."""
    return AMPERSAND if character in "&+" else int(character.isalnum())
