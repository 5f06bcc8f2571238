"""A listing's texts in pieces, those that are registered words marked; it writes no markup and finds no words."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from scanner.engine.types import Evidence, Where, WordPlace

AROUND: Final = 60  # characters that an excerpt shows on each side of a word


class Piece(NamedTuple):
    """A part of a text."""

    text: str
    is_marked: bool


def marked_text(text: str | None, where: Where, evidence: Iterable[Evidence]) -> tuple[Piece, ...]:
    """All of a title or description, with the words marked that evidence places there; empty: there is no text."""
    places = (place for item in evidence if item.word is not None for place in item.word.places)
    spans = [span for place in places if place.where is where for span in _spans(text or "", place)]
    return _pieces(text or "", spans)


def excerpt(place: WordPlace) -> tuple[Piece, ...]:
    """A word as it stands in its line, with AROUND characters of it on each side; "…" where the line is cut."""
    begin, end = max(0, place.begin - AROUND), min(len(place.text), place.end + AROUND)
    before = Piece("…" * (begin > 0) + place.text[begin : place.begin], is_marked=False)
    after = Piece(place.text[place.end : end] + "…" * (end < len(place.text)), is_marked=False)
    return tuple(piece for piece in (before, Piece(place.spelled, is_marked=True), after) if piece.text)


def excerpts(evidence: Iterable[Evidence], where: Where) -> tuple[tuple[Piece, ...], ...]:
    """What a title or description has around each word that evidence places there, each piece of text once."""
    places = (place for item in evidence if item.word is not None for place in item.word.places)
    return tuple(dict.fromkeys(excerpt(place) for place in places if place.where is where))


def _spans(text: str, place: WordPlace) -> Iterator[tuple[int, int]]:
    """Where the word of a place is in the whole text. Its line may be joined of two, or of one that was cut."""
    seen = [at for at, character in enumerate(text) if not character.isspace()]
    letters, line = "".join(text[at] for at in seen), _without_spaces(place.text)
    begin, length = len(_without_spaces(place.text[: place.begin])), len(_without_spaces(place.spelled))
    at = letters.find(line)
    while length and at >= 0:
        yield seen[at + begin], seen[at + begin + length - 1] + 1
        at = letters.find(line, at + len(line))


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _pieces(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    joined = list[tuple[int, int]]()
    for begin, end in sorted(spans):
        if joined and begin < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    pieces, at = list[Piece](), 0
    for begin, end in joined:
        pieces += [Piece(text[at:begin], is_marked=False), Piece(text[begin:end], is_marked=True)]
        at = end
    pieces.append(Piece(text[at:], is_marked=False))
    return tuple(piece for piece in pieces if piece.text)
