"""Cuts a line of text into tokens and windows of neighbouring tokens; it compares with nothing.

A token is a run of letters and digits; where Chinese, kana and other scripts meet, one ends. A window is one token or
several, joined: what a registered word may look like there.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

from brand_index.features.words.folding import MAX_CHARACTERS, AlignedText, aligned, merged, unpaired, with_signs
from brand_index.features.words.running_text import IDEOGRAPHS

MAX_TOKENS: Final = 6  # of a window
MAX_SINGLES: Final = 20  # likewise, where each is a single letter
DRAWN_OUT: Final = 3  # times as many letters as it has, that a word may be written with
# Vowel signs and tones of Indic and South-East Asian scripts, which stand within a word and are no letters to Python.
_SIGNS: Final = "".join(
    chr(number)
    for block in (range(0x0900, 0x0E80), range(0x0E80, 0x10A0), range(0x1780, 0x17E0))
    for number in block
    if unicodedata.category(chr(number)).startswith("M")
)
_TOKEN: Final = re.compile(
    rf"[\u3040-\u309f]+|[\u30a0-\u30fa\u30fc-\u30ff]+|[{IDEOGRAPHS}]+"
    rf"|[^\W_\u3040-\u30fa\u30fc-\u30ff{IDEOGRAPHS}](?:[^\W_\u3040-\u30fa\u30fc-\u30ff{IDEOGRAPHS}]|[{_SIGNS}])*"
)
_NO_SIGNS: Final = str.maketrans("", "", _SIGNS)
# A sign that stands for one letter: the * of "T*rnvik". Not those that join or part words, or stand for known letters.
_MASK: Final = re.compile("[*#?_\u00b0\u2022\u2026\u2190-\u2bff\U0001f300-\U0001faff]\ufe0f?")
_SIZES: Final = frozenset({"xs", "s", "m", "l", "xl"})  # "S and M" are sizes, and not S&M
ANDS: Final = frozenset({"and", "und", "et", "en", "y", "og", "och"})  # as & may be spelled out
HYPHENS: Final = frozenset("-‐‑–")
_JOINS: Final = frozenset("-‐‑'’_&+.")
_SENTENCE: Final = re.compile(r"[^\s\-‐‑–'’_&+./·*]")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits of a folded line."""

    start: int  # of the folded line
    end: int
    letters: str
    alike: str  # as AlignedText.alike
    joined_left: bool  # to what stands before it, by a hyphen or the like
    joined_right: bool


@dataclass(frozen=True)
class Window:
    """Neighbouring tokens of a line, or of the end of one and the beginning of the next."""

    line: int
    tokens: tuple[Token, ...]
    between: str  # what is written between the tokens, without spaces
    over: int | None = None  # how many of the tokens are on the first of two lines; None: all on one
    hyphen: bool = False  # whether the first of two lines ends in a hyphen
    stacked: bool = False  # whether these are the whole of two lines of which one goes on in the other
    masked: int | None = None  # before which of the letters one is masked; None: none is

    @cached_property
    def letters(self) -> str:
        """The letters of all tokens."""
        return "".join(token.letters for token in self.tokens)

    @cached_property
    def skeleton(self) -> str:
        """The skeleton of all tokens together."""
        return merged("".join(token.alike for token in self.tokens))

    @cached_property
    def unpaired(self) -> str:
        """The skeleton if no two letters are read as one: of "Gucc1" the 1 is an i, and no part of a d."""
        return unpaired("".join(token.alike for token in self.tokens))

    @property
    def sentence(self) -> bool:
        """Whether a sign between the tokens parts sentences."""
        return bool(_SENTENCE.search(self.between))

    @property
    def hyphenated(self) -> bool:
        """Whether it is two tokens that a hyphen joins on one line: "tarn-vik", not "tarn - vik"."""
        two = self.over is None and len(self.tokens) == 2 and self.between in HYPHENS
        return two and self.tokens[1].start - self.tokens[0].end == 1

    @property
    def spelled_out(self) -> bool:
        """Whether it is several single letters."""
        return len(self.tokens) > 1 and all(len(token.letters) == 1 for token in self.tokens)

    @property
    def whole(self) -> bool:
        """Whether it stands on its own: nothing is joined to it."""
        return not (self.tokens[0].joined_left or self.tokens[-1].joined_right)


class Line:
    """One line of text, its tokens, and where a character of the folded line stands in it."""

    def __init__(self, text: str, number: int, *, goes_on_below: bool = False) -> None:
        """`goes_on_below`: the next line stands below it, of the same size, so that both may be one word."""
        self.text, self.number, self.goes_on_below = text[:MAX_CHARACTERS], number, goes_on_below
        self.aligned: AlignedText = aligned(self.text)
        # One character of a ligature may be eighteen letters.
        folded, alike = self.aligned.folded[:MAX_CHARACTERS], self.aligned.alike[:MAX_CHARACTERS]
        self.tokens = tuple(_tokens(folded, alike))
        self.unpaired = unpaired(alike)
        self._humps: dict[int, Collection[tuple[int, int]]] = {}

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters of the folded line stand in the line, marks included."""
        first, last = self.aligned.origins[start], self.aligned.origins[end - 1] + 1
        while last < len(self.text) and (unicodedata.combining(self.text[last]) or self.text[last] in "゛゜ﾞﾟ"):
            last += 1
        return first, last

    def windows(self, longest: int) -> Iterator[Window]:
        """All windows of at most `longest` letters, and tokens of DRAWN_OUT times as many."""
        folded = self.aligned.folded
        gaps = ["".join(folded[a.end : b.start].split()) for a, b in pairwise(self.tokens)]
        for first in range(len(self.tokens)):
            length, single = 0, True
            for last in range(first, len(self.tokens)):
                token = self.tokens[last]
                length += len(token.letters)
                single = single and len(token.letters) == 1
                # A token alone may be longer: its letters may be drawn out.
                too_long = length > (longest if last > first else DRAWN_OUT * longest)
                if too_long or last - first >= (MAX_SINGLES if single else MAX_TOKENS):
                    break
                yield Window(self.number, self.tokens[first : last + 1], "".join(gaps[first:last]))
                if last - first >= 2 and any(each.letters in ANDS for each in self.tokens[first + 1 : last]):
                    joined = self._with_ampersand(first, last, gaps)
                    if not _SIZES.issuperset(each.letters for each in joined.tokens):
                        yield joined

    def _with_ampersand(self, first: int, last: int, gaps: list[str]) -> Window:
        """The window of these tokens with & for each "and" between them."""
        kept = [at for at in range(first, last + 1) if at in {first, last} or self.tokens[at].letters not in ANDS]
        between = "".join("".join(gaps[a:b]) + "&" * (b - a - 1) for a, b in pairwise(kept))
        return Window(self.number, tuple(self.tokens[at] for at in kept), between)

    def masked(self, longest: int) -> Iterator[Window]:
        """Windows of two tokens with a sign for one letter between them, and with the token before or after."""
        folded = self.aligned.folded
        for at, (one, other) in enumerate(pairwise(self.tokens)):
            is_one_letter = _MASK.fullmatch(folded, one.end, other.start)
            if is_one_letter and one.letters[-1].isalpha() and other.letters[0].isalpha():
                for first, last in ((at, at + 2), (at - 1, at + 2), (at, at + 3)):
                    tokens = self.tokens[max(first, 0) : last]
                    before = sum(len(each.letters) for each in tokens if each.start <= one.start)
                    window = Window(self.number, tokens, "", masked=before)
                    if first >= 0 and last <= len(self.tokens) and len(window.letters) < longest:
                        yield window

    def signed(self, longest: int) -> Iterator[Window]:
        """Windows of tokens in which signs stand for letters, with these signs: the $ of "$OLA", the ! of "V!LT"."""
        signed = with_signs(self.aligned.alike)
        if signed != self.aligned.alike:
            for token in _tokens(signed, signed):
                written = self.aligned.folded[token.start : token.end]
                if not written.isalnum() and len(written) <= longest:
                    yield Window(self.number, (replace(token, letters=written),), "")

    def humps(self, token: Token) -> Collection[tuple[int, int]]:
        """Where the parts of a token begin and end if capitals or digits part it: superTarnvik, tarnvik2000."""
        if token.start not in self._humps:
            cased = "".join(self.text[origin] for origin in self.aligned.origins[token.start : token.end])
            borders = [0, *(found.start() for found in _HUMP.finditer(cased)), len(cased)]
            parts = ((a, b) for n, a in enumerate(borders) for b in borders[n + 1 : n + 4])
            self._humps[token.start] = frozenset(parts if len(borders) > 2 else ())
        return self._humps[token.start]


def over_two_lines(upper: Line, lower: Line, longest: int) -> Iterator[Window]:
    """Windows of the last tokens of a line and the first of the next, up to two of each."""
    if not upper.tokens or not lower.tokens:
        return
    rest = upper.aligned.folded[upper.tokens[-1].end :]
    if _SENTENCE.search(rest) or "." in rest or _SENTENCE.search(lower.aligned.folded, 0, lower.tokens[0].start):
        return
    hyphen = rest.strip() in HYPHENS
    for above in range(1, min(2, len(upper.tokens)) + 1):
        for below in range(1, min(2, len(lower.tokens)) + 1):
            tokens = upper.tokens[-above:] + lower.tokens[:below]
            stacked = upper.goes_on_below and len(tokens) == len(upper.tokens) + len(lower.tokens)
            window = Window(upper.number, tokens, "", over=above, hyphen=hyphen, stacked=stacked)
            if len(window.letters) <= longest:
                yield window


def tokens_of(word: str) -> tuple[tuple[str, ...], str]:
    """The letters of each token of a word, and what is written between them without spaces."""
    line = Line(word, 0)
    between = (line.aligned.folded[a.end : b.start] for a, b in pairwise(line.tokens))
    return tuple(token.letters for token in line.tokens), "".join("".join(between).split())


def _tokens(text: str, alike: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        left = start > 1 and text[start - 1] in _JOINS and text[start - 2].isalnum()
        right = end + 1 < len(text) and text[end] in _JOINS and text[end + 1].isalnum()
        # Tarnvik's is Tarnvik.
        if right and text[end] in "'’" and text[end + 1] == "s" and not text[end + 2 : end + 3].isalnum():
            right = False
        own, like = (each.translate(_NO_SIGNS) for each in (found[0], alike[start:end]))
        yield Token(start, end, own, like, left, right)
