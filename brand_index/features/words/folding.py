"""Folds what is written, so that one word spelled in many ways compares equal; it knows no registered word.

Three levels, each coarser: `folded` (case, accents, widths, invisible characters), `letters` (spaces and punctuation,
too) and `skeleton` (letters that look alike, by UTS #39's confusables, by leetspeak and by what OCR confuses). All
take time linear in the text; callers cut what has over MAX_CHARACTERS.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

MAX_CHARACTERS: Final = 10_000
MOST_SIGNS: Final = 4  # in a row that stand for letters

# Marks that are written on a letter and left out in a hurry. Not those of kana and of Indic scripts: they make another
# letter. The last two are variation selectors and what encloses a letter.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\ufe20-\ufe2f\ufe00-\ufe0f\u20d0-\u20ff]"
)
_SPELLED_OUT: Final = {
    **{
        "æ": "ae",
        "œ": "oe",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ȷ": "j",
        "ŋ": "n",
        "ĸ": "k",
        "ə": "e",
        "ʼ": "'",
        "ʻ": "'",
        "ʹ": "'",
    },
    # Not letters: unfolded, "Tarnvik™" would end in "tm".
    **{"™": " ", "℠": " ", "®": " ", "©": " ", "℗": " "},
    # The Arabic letters that writers and keyboards exchange.
    **{"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": ""},
}
# Letters that Unicode does not decompose, such as ł, ø, 🅰 and ᴀ, have their Latin letter in their name.
_NAMED: Final = re.compile(
    r"(?:LATIN (?:CAPITAL |SMALL )?LETTER (?:SMALL CAPITAL )?|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER "
    r"|REGIONAL INDICATOR SYMBOL LETTER )([A-Z])(?: WITH .*)?"
)
_CLUSTER: Final = re.compile(
    "[\u1100-\u115f]?[\u1160-\u11ff]+|."
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u3099\u309a\u309b\u309c\uff9e\uff9f\ufe20-\ufe2f]*",
    re.DOTALL,
)
# The marks that make カ a ガ, where they stand apart as half-width kana need them: as Unicode joins them.
_VOICED: Final = str.maketrans("゛゜ﾞﾟ", "\u3099\u309a\u3099\u309a")
_POSSESSIVE: Final = re.compile(r"(?<=[^\W\d_])['’‘`´ʼ＇]s(?![^\W_])")
_OTHERS: Final = re.compile(r"[\W_]+")

# Stylized spellings that UTS #39 does not list, or maps to no Latin letter.
_STYLIZED: Final = {
    **dict(zip("λʌδαξεσηωθφχκτμυγ", "aaaaeeonwooxktuuy", strict=True)),
    **dict(zip("ΛɅΔΑΞΕΣΗΩΘΦΧΚΤΜΥΓ", "aaaaeeehoooxktmyr", strict=True)),
    **dict(zip("яипйшщбзчкмтнвгдьѕіјԛԝ", "rnnnwwbeakmthbrabsijqw", strict=True)),
}
_SIGNS_FOR: Final = dict(zip("€£¢¥@$!¡|", "elcyaslll", strict=True))
_OWN_SCRIPTS: Final = (
    *("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "HALFWIDTH", "HEBREW", "ARABIC", "THAI", "LAO", "DEVANAGARI"),
    *("BENGALI", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "GUJARATI", "GURMUKHI", "ORIYA", "SINHALA", "MYANMAR"),
)
_PAIRS: Final = (("cl", "d"), ("rn", "m"), ("vv", "w"))  # two letters that are read as one
_ALIKE: Final = str.maketrans("0123456789i", "olzeasgtbgl")
_SIGNS: Final = re.compile(r"(?<=[^\W_])[!¡|](?=[!¡|]?[^\W_])|[€£¢¥@$](?=[^\W_])|(?<=[^\W_])[€£¢¥@$]")


@dataclass(frozen=True, slots=True)
class AlignedText:
    """A line folded character by character, so that a match can be pointed at where it stands."""

    folded: str  # as `folded`, with its spaces as they stood
    alike: str  # as long: the Latin letter that each character looks like, or itself
    origins: range | tuple[int, ...]  # where each character came from in the line


def folded(text: str) -> str:
    """The text without case, accents, widths, invisible characters and needless spaces; Latin letters as base letters.

    Unicode NFKC and case folding, and letters such as ł, ø, ß and æ as people without that key write them.
    Idempotent.
    """
    if text.isascii():
        return " ".join(_printable(text.lower()).split())
    previous, text = "", text[: 4 * MAX_CHARACTERS]
    for _ in range(4):  # what is left may compose anew; twice is what was ever needed
        previous, text = text, unicodedata.normalize("NFC", "".join(piece for _, _, piece in _pieces(text)))
        if text == previous:
            break
    return " ".join(text.split())


def letters(text: str, *, possessive: bool = True) -> str:
    """Letters and digits of the folded text: "V E L T", "V.E.L.T" and "Velt" are the same; exact matching compares it.

    Unless `possessive` is False, the s of "Velt's" is left out.
    """
    text = folded(text)
    return _OTHERS.sub("", _POSSESSIVE.sub("", text) if possessive else text)


def skeleton(text: str) -> str:
    """What words that look alike have in common: letters and digits, each group of lookalikes as one of them.

    Confusables of UTS #39 (for the character in the case in which it stands first, then in the other), leetspeak and
    what OCR confuses. Chinese, Japanese, Korean, Hebrew, Arabic and Indic letters stay as they are. For comparing
    only: "Milano" is "mllano".
    """
    return merged(_OTHERS.sub("", with_signs(aligned(text).alike)))


def aligned(text: str) -> AlignedText:
    """The line folded and as it looks, character by character."""
    if text.isascii() and text.isprintable():
        low = text.lower()
        return AlignedText(low, low, range(len(low)))
    lower: list[str] = []
    alike: list[str] = []
    origins: list[int] = []
    for start, cluster, piece in _pieces(text):
        lower.append(piece)
        like = _looks_like(cluster[0]) if len(piece) == 1 else ""
        alike.append(like or "".join(_looks_like(each) or each for each in piece))
        origins.extend([start] * len(piece))
    return AlignedText("".join(lower), "".join(alike), tuple(origins))


def with_signs(alike: str) -> str:
    """Text with the signs that stand for letters replaced: the ! of "V!LT", the $ of "$OLA", both of "$@LA"."""
    for _ in range(MOST_SIGNS):  # a sign beside one that was replaced is beside a letter now
        previous, alike = alike, _SIGNS.sub(lambda found: _SIGNS_FOR[found[0]], alike)
        if alike == previous:
            break
    return alike


def merged(alike: str) -> str:
    """The skeleton of letters that `aligned` found alike: pairs such as rn as one letter, then groups."""
    alike = alike.replace("c1", "cl")  # the only pair that a digit may stand in
    for pair, one in _PAIRS:
        alike = alike.replace(pair, one)
    return unpaired(alike)


def unpaired(alike: str) -> str:
    """As `merged`, with the pairs as they are: as long as the text, so that a part of it can be pointed at."""
    return alike.translate(_ALIKE)


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    """(where it starts, the characters, folded) of each character with its marks."""
    for found in _CLUSTER.finditer(text):
        cluster = found[0]
        yield found.start(), cluster, _folded_cluster(cluster if len(cluster) < 8 else cluster[:1])


@lru_cache(maxsize=20_000)
def _folded_cluster(cluster: str) -> str:
    if len(cluster) > 1 and cluster[-1] in "゛゜ﾞﾟ":
        cluster = unicodedata.normalize("NFKC", cluster[0]) + cluster[1:].translate(_VOICED)
    cluster = unicodedata.normalize("NFC", cluster)
    if cluster.isspace():
        return " "
    known = _SPELLED_OUT.get(cluster)
    if known is not None:
        return known
    named = _NAMED.fullmatch(unicodedata.name(cluster[0], ""))
    if named and not cluster.isascii():
        return named[1].lower()
    for _ in range(2):  # folding the case may decompose
        cluster = _MARKS.sub("", unicodedata.normalize("NFKD", cluster)).casefold()
    text = "".join(_SPELLED_OUT.get(each, each) for each in unicodedata.normalize("NFKC", cluster))
    return "".join(each for each in text if each == " " or unicodedata.category(each)[0] != "C")


@cache
def _looks_like(character: str) -> str:
    """The ASCII letter or digit that a character looks like; empty: none."""
    if character.isascii() or not character.isalnum() or unicodedata.name(character, "").startswith(_OWN_SCRIPTS):
        return ""
    for case in (character, character.lower(), character.upper()):
        found = _STYLIZED.get(case) or _confusables().get(case)
        if found:
            return found
    return ""


@cache
def _confusables() -> Mapping[str, str]:
    """Characters that UTS #39 takes for an ASCII letter or digit, in lower case (Unicode's confusables.txt)."""
    data = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8"))
    found = {}
    for character, alike in data.items():
        if len(character) == 1 and not character.isascii():
            ascii_ones = [each["c"] for each in alike if len(each["c"]) == 1 and each["c"].isascii()]
            if ascii_ones and ascii_ones[0].isalnum():
                found[character] = ascii_ones[0].lower()
    return found


def _printable(text: str) -> str:
    """ASCII text without control characters; those that are spaces stay."""
    if text.isprintable():
        return text
    return "".join(each for each in text if each.isprintable() or each.isspace())
