"""How similar what is written is to a registered word, and what makes it differ; it searches for nothing.

| spelled | similarity | when |
| --- | --- | --- |
| EXACT | 1.0 | the word's own tokens, on their own |
| | 0.97 | joined to another by a hyphen or the like; 0.95 over two lines; 0.8 with a comma or the like inside |
| SPACED | 0.97 | several words with the spaces left out, or an apostrophe |
| | 0.95 | single letters (T A R N); 0.9 other parts; 0.93 over two lines with a hyphen |
| | 0.93 | a letter three or more times, or two letters twice; 0.85 one of five letters twice |
| LOOKALIKE_LETTERS | 0.95 | letters of two scripts; 0.92 one foreign script, or digits and signs |
| | 0.92 | a sign for one letter: T*rnvik |
| | 0.9 | i for l, rn for m; 0.03 less for any of them if spaces are in it or missing |
| EDITED | 0.97 − 0.7 × wrong / letters | 0.85 for one of six letters, 0.91 for one of twelve; 0.05 less: the first |
| | as that | several words of ten letters and more that are written as one |
| INSIDE | 0.95 | parted by capitals or digits, or with an s; 0.9 between ordinary words; 0.8 anywhere else |
| | 0.95 | another case of a Cyrillic word |
| | 0.95 | Chinese and Japanese; 0.9 of two characters, or where an ordinary word crosses its end; 0.8 if both are so |

ORDINARY for whatever an ordinary word of a language explains as well: a lookalike token, and all parts of a spaced word
unless a hyphen joins them, or they stand alone on two lines of an image, one below the other and of one size. An edited
token that is an ordinary word is none at all. Of a word that is not `alone`, only exact, letter by letter and
foreign or leet spellings count.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from rapidfuzz.distance import OSA

from brand_index.features.words.folding import aligned, letters, skeleton, unpaired
from brand_index.features.words.running_text import (
    IsOrdinary,
    is_declined,
    is_inflected,
    similarity_in_run,
    weight,
    writes_no_spaces,
)
from brand_index.index.parts.word_windows import ANDS, Token, Window, tokens_of
from brand_index.types import Spelling

ORDINARY: Final = 0.7
LEAST_ALIKE: Final = 4  # letters of a word, from which other spellings than its own count
LEAST_EDITED: Final = 6
LEAST_TWICE_EDITED: Final = 12
LEAST_JOINED: Final = 10  # letters of several words that may be written as one with a letter wrong
LEAST_IN_DIGITS: Final = 5  # letters of a word that may be written mostly in digits
LEAST_LIKE_MODEL: Final = 7  # likewise, as model numbers are: letters, then digits
APOSTROPHES: Final = frozenset("'’‘`´")
FEWEST_CRUMBS: Final = 3  # parts of one or two letters, of which ordinary text has no so many in a row
# Model numbers and sizes: B550, GT40, 100cl, 5l. Letters replaced by digits stand among letters.
_MODEL: Final = re.compile(r"[^\W\d]+\d{2,}|\d{2,}[^\W\d]+|\d[^\W\d]{1,2}|[^\W\d]\d+")


@dataclass(frozen=True, slots=True)
class SpelledWord:
    """A registered word, folded in each way."""

    letters: str
    skeleton: str
    unpaired: str  # as folding.unpaired, as long as the letters
    tokens: tuple[str, ...]
    between: str  # as Window.between
    weight: int  # as running_text.weight


@lru_cache(maxsize=5_000)
def spelled_word(word: str) -> SpelledWord:
    """The word folded; the s of "Lovi's" stays."""
    own = letters(word, possessive=False)
    return SpelledWord(own, skeleton(word), unpaired(aligned(own).alike), *tokens_of(word), weight(own))


@lru_cache(maxsize=5_000)
def forms_of(word: str) -> tuple[SpelledWord, ...]:
    """The word folded, and, where it has an "and" between its words, with & for it."""
    parts = word.split()
    joined = ["&" if 0 < at < len(parts) - 1 and letters(part) in ANDS else part for at, part in enumerate(parts)]
    return (spelled_word(word),) if joined == parts else (spelled_word(word), spelled_word(" ".join(joined)))


def similarity(
    window: Window, word: SpelledWord, alone: bool, is_ordinary: IsOrdinary, *, rare: bool = False
) -> tuple[float, Spelling] | None:
    """How similar (0 to 1) the window is to the word, by the table above; None: not at all.

    `rare`: ordinary text never has the word.
    """
    if window.masked is not None:
        return _masked(window, word, alone)
    if window.letters == word.letters:
        if tuple(token.letters for token in window.tokens) == word.tokens:
            # "O & M" is O&M; the sizes "S, M" and "S M" are not S&M.
            short = word.weight < LEAST_ALIKE and len(word.tokens) > 1 and window.between != word.between
            return None if short else (_exact(window), Spelling.EXACT)
        value = _spaced(window, word, alone, is_ordinary, rare)
        return None if value is None else (value, Spelling.SPACED)
    if word.weight < LEAST_ALIKE:
        return None
    if word.skeleton in {window.skeleton, window.unpaired}:
        value = _alike(window, word, alone, is_ordinary, rare)
        return None if value is None else (value, Spelling.LOOKALIKE_LETTERS)
    if not alone or not word.letters.isalnum():
        return None
    if _is_drawn_out(window.letters, word.letters):
        ordinary = len(window.tokens) > 1 or is_ordinary(window.letters)
        return (ORDINARY if ordinary else 0.93), Spelling.SPACED
    if _is_doubled(window.letters, word.letters):
        ordinary = len(window.tokens) > 1 or is_inflected(window.letters, is_ordinary)
        return None if ordinary else (0.85, Spelling.SPACED)
    if word.weight >= LEAST_EDITED and is_declined(window.letters, word.letters):
        return None if is_inflected(window.letters, is_ordinary) else (0.95, Spelling.INSIDE)
    value = _edited(window, word, is_ordinary)
    return None if value is None else (value, Spelling.EDITED)


def inside(
    token: Token, start: int, end: int, word: SpelledWord, parted: bool, is_ordinary: IsOrdinary
) -> float | None:
    """How similar a token is to a word that it has at these letters; `parted`: capitals or digits set it off."""
    before, after = token.letters[:start], token.letters[end:]
    if not (before or after) or is_inflected(token.letters, is_ordinary):
        return None
    value: float | None
    exact = token.letters[start:end] == word.letters
    if parted or (not before and after == "s"):
        value = 0.95
    elif writes_no_spaces(word.letters):
        value = similarity_in_run(token.letters, start, end, is_ordinary)
    elif weight(word.letters) == 2 * len(word.letters):  # Korean, to which particles are joined
        value = 0.95 if len(word.letters) > 2 else 0.8
    elif _ends_ordinary(before, is_ordinary) and _begins_ordinary(after, is_ordinary):
        value = 0.9
    else:
        value = 0.8
    if value is None or (not exact and not any(each.isalpha() for each in token.letters[start:end])):
        return None
    return value if exact else value - 0.04


def collapsed(text: str) -> str:
    """The text with each run of one letter as one letter."""
    return "".join(letter for letter, _ in groupby(text))


def _masked(window: Window, word: SpelledWord, alone: bool) -> tuple[float, Spelling] | None:
    at = window.masked or 0
    is_it = word.letters[:at] + word.letters[at + 1 :] == window.letters and word.letters.isalnum()
    return (0.92, Spelling.LOOKALIKE_LETTERS) if is_it and alone and word.weight >= LEAST_ALIKE else None


def _exact(window: Window) -> float:
    if window.sentence:
        return 0.8
    if window.over is not None:
        return 0.95
    return 1.0 if window.whole else 0.97


def _spaced(window: Window, word: SpelledWord, alone: bool, is_ordinary: IsOrdinary, rare: bool) -> float | None:
    if alone and len(window.tokens) == 1 and word.between and APOSTROPHES.issuperset(word.between):
        return 0.97  # "Lovis" for "Lovi's"
    in_one = len(window.tokens) == 1 and len(word.tokens) > 1  # "#redtiger": together they are no ordinary word
    if word.weight < LEAST_ALIKE or (not alone and not window.spelled_out and not in_one):
        return None
    if len(window.tokens) == 1:
        return ORDINARY if is_inflected(window.letters, is_ordinary) else 0.97
    return _parts(window, word, is_ordinary, rare)


def _parts(window: Window, word: SpelledWord, is_ordinary: IsOrdinary, rare: bool) -> float | None:
    """The similarity of a word whose letters are parted otherwise than its own."""
    if window.spelled_out:
        return 0.95
    if _is_crumbs(window):
        return 0.9
    if window.sentence:
        return None
    if _is_deliberate(window):
        return 0.9
    if window.hyphen:
        return 0.93
    long_parts = [token.letters for token in window.tokens if len(token.letters) > 2]
    ordinary = [is_ordinary(part) for part in long_parts]
    joined = word.weight >= LEAST_EDITED and (window.hyphenated or (window.stacked and rare))
    if not joined and (all(ordinary) or (word.weight < LEAST_EDITED and any(ordinary))):
        return ORDINARY
    return 0.9


def _is_deliberate(window: Window) -> bool:
    """Whether nobody parts ordinary words so: by dots, by two hyphens, or into letters that are no words."""
    gaps = len(window.tokens) - 1
    signs = len(window.between) >= gaps and set(window.between) <= set("._*~-")
    single = [token.letters for token in window.tokens if len(token.letters) == 1]
    # The last may be a size: "black S".
    odd = any(len(token.letters) == 1 and token.letters not in "aeiouy" for token in window.tokens[:-1])
    return (signs and (gaps >= 2 or "-" not in window.between)) or len(single) >= 2 or odd


def _is_crumbs(window: Window) -> bool:
    """Whether it is letters and pairs alone, whatever stands between them."""
    return len(window.tokens) >= FEWEST_CRUMBS and all(len(token.letters) <= 2 for token in window.tokens)


def _alike(window: Window, word: SpelledWord, alone: bool, is_ordinary: IsOrdinary, rare: bool) -> float | None:
    written = window.letters
    foreign = word.letters.isascii() and any(each.isalnum() and not each.isascii() for each in written)
    digits = sum(each.isdigit() for each in written) - sum(each.isdigit() for each in word.letters)
    signs = not written.isalnum()
    if not alone and not (foreign or digits or signs):
        return None
    if digits and _is_number(written, word):
        return None
    if foreign:
        value = 0.95 if any(each.isascii() and each.isalpha() for each in written) else 0.92
    else:
        value = 0.92 if digits or signs else 0.9
    if all(is_inflected(token.letters, is_ordinary) for token in window.tokens if len(token.letters) > 1) and not (
        window.spelled_out
    ):
        return ORDINARY
    if len(window.tokens) != len(word.tokens):
        parts = _parts(window, word, is_ordinary, rare) if len(window.tokens) > 1 else value
        return parts and min(value, parts) - 0.03
    return 0.7 if window.sentence else value


def _is_number(written: str, word: SpelledWord) -> bool:
    """Whether letters and digits are a code or a size rather than the word; few codes look like a long word."""
    count = sum(each.isdigit() for each in written)
    if _MODEL.fullmatch(written):
        return word.weight < LEAST_LIKE_MODEL or count == len(written)
    return 2 * count > len(written) and (word.weight < LEAST_IN_DIGITS or count == len(written))


def _is_drawn_out(written: str, word: str) -> bool:
    """Whether it is the word with a letter three times or more where the word has it fewer times, or with two twice."""
    runs = _longer_runs(written, word)
    return len(runs) >= 2 or any(a > max(b, 2) for a, b in runs)


def _is_doubled(written: str, word: str) -> bool:
    """Whether it is a word of five letters with one of them twice: in longer words that is a letter wrong."""
    return len(word) == LEAST_EDITED - 1 and len(written) == LEAST_EDITED and len(_longer_runs(written, word)) == 1


def _longer_runs(written: str, word: str) -> list[tuple[int, int]]:
    """(times there, times in the word) of each letter that stands there more often in a row; empty: not the word."""
    if len(written) <= len(word) or collapsed(written) != collapsed(word):
        return []
    runs = [(len(list(a)), len(list(b))) for (_, a), (_, b) in zip(groupby(written), groupby(word), strict=True)]
    return [(a, b) for a, b in runs if a > b] if all(a >= b for a, b in runs) else []


def _edited(window: Window, word: SpelledWord, is_ordinary: IsOrdinary) -> float | None:
    length = len(word.letters)
    joined = len(window.tokens) == 1 and len(word.tokens) > 1 and length >= LEAST_JOINED
    if length < LEAST_EDITED or window.sentence or window.over is not None:
        return None
    if len(window.tokens) != len(word.tokens) and not joined:
        return None
    most = 2 if length >= LEAST_TWICE_EDITED else 1
    # By letters, too: letters swapped may make another skeleton, such as m for rn.
    ways = ((window.skeleton, word.skeleton), (window.letters, word.letters))
    wrong = min(OSA.distance(one, other, score_cutoff=most) for one, other in ways)
    written = window.letters
    if wrong > most or abs(len(written) - length) > most + 1:
        return None
    # A word's own digits are what tells it from its neighbours: Sirona 24, Sirona 25.
    own_digits = [each for each in word.letters if each.isdigit()]
    if (own_digits and own_digits != [each for each in written if each.isdigit()]) or not written.isalnum():
        return None
    if not own_digits and 2 * sum(each.isdigit() for each in written) > len(written):
        return None
    beside = zip(window.tokens, (word.letters,) if joined else word.tokens, strict=True)
    differing = [token.letters for token, own in beside if token.letters not in {own, f"{own}s"}]
    if any(is_ordinary(each) or (len(each) < LEAST_ALIKE and not each.isalpha()) for each in differing):
        return None  # "Tarnvik shirt" is no "Tarnvik Sport", nor a size a word
    if any(len(each) < LEAST_ALIKE for each in differing):
        return ORDINARY
    return 0.97 - 0.7 * wrong / length - (0.05 if window.skeleton[0] != word.skeleton[0] else 0.0)


def _begins_ordinary(rest: str, is_ordinary: IsOrdinary) -> bool:
    if not rest or rest.isdigit() or rest == "s" or (len(rest) > 1 and is_ordinary(rest)):
        return True
    return any(is_ordinary(rest[:end]) for end in range(4, min(len(rest), 14)))


def _ends_ordinary(rest: str, is_ordinary: IsOrdinary) -> bool:
    if not rest or rest.isdigit() or (len(rest) > 1 and is_ordinary(rest)):
        return True
    return any(is_ordinary(rest[start:]) for start in range(max(1, len(rest) - 14), len(rest) - 3))
