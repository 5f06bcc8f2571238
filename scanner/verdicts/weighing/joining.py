"""How evidence of one brand in one listing strengthens each other: a word and a logo, an image and a title.

The weights of words and logos in images were fitted by scripts/train_joining.py; that of texts is half of it. A word's
own places in image and texts were joined when it was found.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from brand_index.types import ReferenceKind
from scanner.engine.confidence import BY_WORD_IN_TEXT
from scanner.engine.types import Evidence, Where

LEAST: Final = 0.02  # confidence that evidence needs to be strengthened: less is what any image has
BY_WORD_IN_IMAGE: Final = 3.0  # added to the log odds of a logo, times the word's confidence
BY_LOGO: Final = 3.0  # added to the log odds of a word, times the logo's confidence


def strengthened(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The same evidence with the confidence that it has together, the surest first; twice is as once."""
    alone = [each if each.alone is None else replace(each, confidence=each.alone, alone=None) for each in evidence]
    believed = [each for each in alone if not each.is_held_down]
    joined = (item if item.is_held_down else _strengthened(item, believed) for item in alone)
    return tuple(sorted(joined, key=lambda item: (-item.confidence, item.reference_id)))


def _strengthened(item: Evidence, others: Sequence[Evidence]) -> Evidence:
    if item.kind is ReferenceKind.PHOTO or item.confidence < LEAST:
        return item
    of_brand = [each for each in others if each.brand_id == item.brand_id]
    if item.kind is ReferenceKind.LOGO:
        added = max((_by_word(each) for each in of_brand), default=0.0)
    else:
        logos = (each.confidence for each in of_brand if each.kind is ReferenceKind.LOGO)
        surest = max(logos, default=0.0)
        added = BY_LOGO * surest if surest >= LEAST else 0.0
    if added <= 0:
        return item
    together = _sigmoid(_logit(item.confidence) + added)
    return replace(item, confidence=round(max(item.confidence, together), 12), alone=item.confidence)


def _by_word(item: Evidence) -> float:
    if item.word is None or item.word.best.is_lookalike:  # another word says nothing of the logo
        return 0.0
    is_in_image = item.word.best.where is Where.IMAGE
    return (BY_WORD_IN_IMAGE if is_in_image else BY_WORD_IN_TEXT) * item.confidence


def _logit(share: float) -> float:
    bounded = min(max(share, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
