"""Finds registered words in the lines that were read in an image, and in a listing's texts; it reads no pixels."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from brand_index.features.words.text_line import TextLine
from brand_index.index.parts import WordHit, WordPart
from brand_index.types import ReferenceKind, Spelling
from scanner.engine.boxes import Box, Quad
from scanner.engine.types import Evidence, Where, WordMeasurements, WordPlace
from scanner.engine.words.confidence import LIKELY, confidence_with_text, word_confidence
from scanner.engine.words.plain import LONGEST_TEXT, plain_text

NOWHERE: Final = Box(0, 0, 0, 0)  # of a word in a text
MOST_WORDS: Final = 8  # registered words of a line or text, the most similar
MOST_PLACES: Final = 4  # of one word that the evidence names
OVER_LINES: Final = 0.95  # similarity of a word over several lines, at most
LONGEST_LINE: Final = 200  # characters of a text that are searched at once: a description is searched in such pieces


def words_in_image(lines: Sequence[TextLine], words: WordPart) -> tuple[Evidence, ...]:
    """The evidence of registered words in the lines of an image, the surest first.

    A word may go on in the next line; its box is around both then.
    """
    found: dict[int, list[tuple[WordPlace, Quad]]] = {}
    going_on = {number for number, (line, below) in enumerate(pairwise(lines)) if line.goes_on_in(below)}
    for hit in words.search([line.text for line in lines], MOST_WORDS, going_on=going_on):
        line = lines[hit.line]
        following = lines[hit.line + 1 : hit.line + hit.lines]
        sureness = min(each.confidence for each in (line, *following))
        whole = " ".join(each.text for each in (line, *following))
        place = WordPlace(Where.IMAGE, whole, hit.start, hit.end, hit.spelled, hit.similarity, sureness)
        quad = line.part(hit.start, min(hit.end, len(line.text)))
        if following:
            quad = _corners(_around([quad, *(each.corners for each in following)]))
        found.setdefault(hit.position, []).append((place, quad))
    for stack in _stacks(lines, going_on):
        for position, place in _over_three(stack, words):
            found.setdefault(position, []).append((place, _corners(_around(line.corners for line in stack))))
    return _sorted(_evidence(words, position, places) for position, places in found.items())


def _stacks(lines: Sequence[TextLine], going_on: Collection[int]) -> Iterator[Sequence[TextLine]]:
    """Each three lines of which each goes on in the next, as a mark of three words is set."""
    for first in range(len(lines) - 2):
        if first in going_on and first + 1 in going_on:
            yield lines[first : first + 3]


def _over_three(lines: Sequence[TextLine], words: WordPart) -> Iterator[tuple[int, WordPlace]]:
    """The words that are exactly what three lines say together, with their positions in `words`."""
    text = " ".join(line.text for line in lines)
    sureness = min(line.confidence for line in lines)
    for hit in words.search([text], MOST_WORDS):
        if hit.spelled is Spelling.EXACT and (hit.start, hit.end) == (0, len(text)):
            similarity = min(hit.similarity, OVER_LINES)
            yield hit.position, WordPlace(Where.IMAGE, text, hit.start, hit.end, hit.spelled, similarity, sureness)


def surest_of_each(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Of each reference the surest evidence, the surest first."""
    found: dict[str, Evidence] = {}
    for item in evidence:
        known = found.get(item.reference_id)
        found[item.reference_id] = item if known is None or item.confidence > known.confidence else known
    return _sorted(found.values())


def words_in_texts(texts: Mapping[Where, str], words: WordPart) -> tuple[Evidence, ...]:
    """The evidence of registered words in a title or description, the surest first; it has no box.

    A word that stands in a text as it is registered and with lookalike letters besides is a lookalike there: who writes
    both hides one behind the other.
    """
    found: dict[int, list[tuple[WordPlace, Quad | None]]] = {}
    for where, text in texts.items():
        pieces = _pieces(plain_text(text[:LONGEST_TEXT]))
        for hit in words.search(pieces, MOST_WORDS, disguised=True):
            place = _in_text(where, pieces, hit)
            found.setdefault(hit.position, []).append((place, None))
    return _sorted(_disguised_first(_evidence(words, position, places)) for position, places in found.items())


def _disguised_first(item: Evidence) -> Evidence:
    """The evidence of a text by its place with lookalike letters, if that is likely enough alone."""
    word = item.word
    if word is None or word.best.is_lookalike:
        return item
    first = sorted(word.places, key=lambda place: place.spelling is not Spelling.LOOKALIKE_LETTERS)
    hidden = replace(item, word=replace(word, places=tuple(first)))
    confidence = word_confidence(hidden)
    is_one = first[0].is_lookalike and confidence >= LIKELY
    return replace(hidden, confidence=confidence) if is_one else item


def with_texts(evidence: Iterable[Evidence], written: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The evidence in an image together with that of its listing's texts, `written`, one for each reference.

    A word in both is as sure as its surer place at least, and keeps its box. What earlier texts of the listing said is
    left out: evidence in an image is recorded, and its listing may change.
    """
    found = {item.reference_id: item for item in map(_in_image, evidence) if item is not None}
    for item in written:
        earlier = found.get(item.reference_id)
        found[item.reference_id] = item if earlier is None else _joined(earlier, item)
    return _sorted(found.values())


def _joined(shown: Evidence, written: Evidence) -> Evidence:
    """One word that an image shows and a text writes, as sure as the surer of both at least.

    The place in the image leads where it is likely, given the text; a lookalike, where it is likely alone: what the
    text spells as it is registered makes no lookalike likelier, nor does a lookalike there what the image shows.
    """
    if shown.word is None or written.word is None:
        return written
    alike = shown.word.best.is_lookalike or written.word.best.is_lookalike
    together = shown.confidence if alike else confidence_with_text(shown.confidence, written.confidence)
    leads = together >= LIKELY or shown.confidence >= written.confidence
    places = (shown.word.places, written.word.places) if leads else (written.word.places, shown.word.places)
    word = replace(shown.word, places=tuple(place for each in places for place in each))
    return replace(shown, word=word, confidence=max(together, written.confidence))


def _in_image(item: Evidence) -> Evidence | None:
    """Evidence without what was found in texts; None: nothing is left of it."""
    if item.word is None:
        return item
    places = tuple(place for place in item.word.places if place.where is Where.IMAGE)
    if len(places) == len(item.word.places) or not places:
        return item if places else None
    alone = replace(item, word=replace(item.word, places=places), alone=None, calibration=None)
    return replace(alone, confidence=word_confidence(alone))


def _in_text(where: Where, pieces: Sequence[str], hit: WordHit) -> WordPlace:
    whole = " ".join(pieces[hit.line : hit.line + hit.lines])
    return WordPlace(where, whole, hit.start, hit.end, hit.spelled, hit.similarity, 1.0)


def _pieces(text: str) -> list[str]:
    """The lines of a text, cut at spaces where they are long; a word over a cut is found as one over two lines is."""
    pieces = []
    for line in text.splitlines():
        rest = line.strip()
        while len(rest) > LONGEST_LINE:
            cut = rest.rfind(" ", 1, LONGEST_LINE)
            cut = LONGEST_LINE if cut < 0 else cut
            pieces.append(rest[:cut])
            rest = rest[cut:].strip()
        if rest:
            pieces.append(rest)
    return pieces


def _evidence(words: WordPart, position: int, places: Sequence[tuple[WordPlace, Quad | None]]) -> Evidence:
    word = words.words[position]
    surest = sorted(places, key=lambda each: -each[0].similarity * each[0].sureness)[:MOST_PLACES]
    quad = surest[0][1]
    item = Evidence(
        reference_id=word.reference_id,
        brand_id=word.brand_id,
        kind=ReferenceKind.WORD,
        box=NOWHERE if quad is None else _around([quad]),
        quad=quad,
        reference_box=None,
        hash_distance=None,
        inliers=None,
        inlier_coverage=None,
        ncc=None,
        review_only=word.review_only,
        mirrored=quad is not None and _is_reflected(quad),
        frame=0,
        confidence=0.0,
        word=WordMeasurements(word.word, word.zipf, tuple(place for place, _ in surest)),
    )
    return replace(item, confidence=word_confidence(item))


def _sorted(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda item: (-item.confidence, item.reference_id)))


def _is_reflected(quad: Quad) -> bool:
    """Whether letters that stand so were read in a mirror: their tops and bottoms go round the other way."""
    (left, top), (right, level), _, (below, bottom) = quad
    return (right - left) * (bottom - top) - (level - top) * (below - left) < 0


def _around(quads: Iterable[Quad]) -> Box:
    points = [point for quad in quads for point in quad]
    across, down = ([point[axis] for point in points] for axis in (0, 1))
    return Box(math.floor(min(across)), math.floor(min(down)), math.ceil(max(across)), math.ceil(max(down)))


def _corners(box: Box) -> Quad:
    left, top, right, bottom = (float(side) for side in box)
    return (left, top), (right, top), (right, bottom), (left, bottom)
