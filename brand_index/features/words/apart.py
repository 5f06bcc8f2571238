"""Joins letters that stand apart, beside or below each other, to the lines that they spell; it reads no pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.words.text_line import Corners, TextLine

MOST_LETTERS: Final = 2  # of a line that may be a part of a word
FEWEST: Final = 3  # letters that stand apart and are joined: two may be anything
SAME_SIZE: Final = 0.6  # of the larger of two neighbours, that the smaller has at least
IN_LINE: Final = 0.4  # of their size: how far the middles of two neighbours may be out of line
APART: Final = 2.5  # times their size: how far two neighbours may be apart, from middle to middle

_LETTERS: Final = str.maketrans("01", "OI")
_NONE: Final = str.maketrans("", "", "01")


@dataclass(frozen=True, slots=True)
class _Letter:
    line: TextLine
    middle: NDArray[np.float64]  # (2,)
    size: float  # pixels

    @classmethod
    def of(cls, line: TextLine) -> "_Letter":
        corners = np.array(line.corners)
        return cls(line, corners.mean(axis=0), float(np.linalg.norm(corners[3] - corners[0])))


def joined(lines: Sequence[TextLine]) -> tuple[TextLine, ...]:
    """The lines, with letters that stand apart in a row or a column joined; their parts are left out."""
    letters = [_Letter.of(line) for line in lines if sum(map(str.isalnum, line.text)) <= MOST_LETTERS]
    rest = [line for line in lines if sum(map(str.isalnum, line.text)) > MOST_LETTERS]
    found = []
    for axis in (0, 1):  # rows first: a table of letters is read as text is
        chains = _chains(letters, axis)
        found += [_line_of(chain, axis) for chain in chains]
        taken = {id(letter) for chain in chains for letter in chain}
        letters = [letter for letter in letters if id(letter) not in taken]
    return (*rest, *found, *(letter.line for letter in letters))


def _chains(letters: Sequence[_Letter], axis: int) -> list[list[_Letter]]:
    """The runs of neighbours along an axis, each letter in one at most."""
    place: Callable[[_Letter], float] = lambda letter: float(letter.middle[axis])  # noqa: E731 - a key, used twice
    left = sorted(letters, key=place)
    chains = []
    while left:
        chain = [left.pop(0)]
        while (following := next((each for each in left if _follows(chain[-1], each, axis)), None)) is not None:
            chain.append(following)
            left = [each for each in left if each is not following]
        if sum(map(str.isalnum, "".join(each.line.text for each in chain))) >= FEWEST and len(chain) > 1:
            chains.append(chain)
    return chains


def _follows(one: _Letter, other: _Letter, axis: int) -> bool:
    size = max(one.size, other.size)
    along, across = (other.middle - one.middle)[[axis, 1 - axis]]
    is_near = 0 < along <= APART * size and abs(across) <= IN_LINE * size
    return bool(is_near and min(one.size, other.size) >= SAME_SIZE * size)


def _line_of(chain: Sequence[_Letter], axis: int) -> TextLine:
    first, last = (np.array(chain[end].line.corners) for end in (0, -1))
    # A column begins on top, and what is right of it comes first, as in a line turned to the right.
    corners = [first[0], last[1], last[2], first[3]] if axis == 0 else [first[1], last[2], last[3], first[0]]
    middles = np.array([letter.middle[axis] for letter in chain])
    begin, end = float(corners[0][axis]), float(corners[1][axis])
    shares = np.clip((middles - begin) / max(end - begin, 1e-6), 0.0, 1.0)
    places = [float(share) for share, letter in zip(shares, chain, strict=True) for _ in letter.line.text]
    confidence = float(np.mean([letter.line.confidence for letter in chain]))
    text = "".join(letter.line.text for letter in chain)
    as_corners: Corners = tuple((float(x), float(y)) for x, y in corners)  # type: ignore[assignment]
    assert all(one <= other for one, other in pairwise(places)), "letters are in order"
    return TextLine(_as_letters(text), confidence, as_corners, tuple(places))


def _as_letters(text: str) -> str:
    """The text with O for each 0 and I for each 1, if all else in it is letters: alone they look the same."""
    others = text.translate(_NONE)
    return text.translate(_LETTERS) if others.isalpha() and len(others) >= FEWEST - 1 else text
