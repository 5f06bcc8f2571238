"""What the words around a mark change: the reason of a match, by how the listing uses the mark; it opens nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.engine.types import Evidence, Where, WordPlace
from scanner.engine.words.plain import plain_text
from scanner.verdicts.context import ContextWord, Use, context_of, foremost
from scanner.verdicts.types import Listing, Reason

_OF_A_WORD: Final = {
    Use.REPLICA: Reason.REPLICA_OFFERED,
    Use.UNAFFILIATED: Reason.IMITATION_NAMED,
    Use.STYLE: Reason.IMITATION_NAMED,
    Use.COMPATIBLE: Reason.NOMINATIVE_USE,
    Use.USED: Reason.NOMINATIVE_USE,
}
_MILD: Final = frozenset({Use.COMPATIBLE, Use.USED})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around one mark."""

    in_image: tuple[ContextWord, ...] = ()  # in the lines in which it was read
    in_texts: tuple[ContextWord, ...] = ()  # in title and description

    @property
    def words(self) -> tuple[ContextWord, ...]:
        """All of it."""
        return (*self.in_image, *self.in_texts)


NOTHING_AROUND: Final = Surroundings()


def surroundings_of(matches: Iterable[Evidence], listing: Listing) -> Mapping[str, Surroundings]:
    """The words around each match in title, description and the lines that were read, by reference_id.

    What the texts name of a brand among these matches parts no negation from a phrase, for its logos and photos too.
    """
    found = tuple(matches)
    named: dict[str, tuple[WordPlace, ...]] = {}
    for item in found:
        if item.word is not None:
            named[item.brand_id] = (*named.get(item.brand_id, ()), *item.word.places)
    return {item.reference_id: _around(item, listing, named.get(item.brand_id, ())) for item in found}


def reason_in_context(item: Evidence, reason: Reason, around: Surroundings) -> Reason:
    """The reason of a match, given what stands around it.

    A logo or photo keeps its reason whatever it is said to fit, but for what the seller calls a replica; so does a word
    on the goods in the image. A lookalike stays one: who spells a mark otherwise does not name what the goods fit.
    """
    use = foremost(around.words)
    if use is None or reason is Reason.NO_MATCH:
        return reason
    if item.word is None:
        return Reason.REPLICA_OFFERED if use is Use.REPLICA else reason
    if reason is Reason.LOOKALIKE and use is not Use.REPLICA:
        return reason
    if use in _MILD and item.word.best.where is Where.IMAGE and not any(map(_explains, around.in_image)):
        return reason
    return _OF_A_WORD[use]


def _explains(word: ContextWord) -> bool:
    """Whether what is written in an image says what goods fit, as "compatible with" does, and not a mere "for"."""
    return word.use is Use.COMPATIBLE and (not word.phrase.isascii() or " " in word.phrase)


def _around(item: Evidence, listing: Listing, named: tuple[WordPlace, ...]) -> Surroundings:
    places = () if item.word is None else item.word.places
    in_texts: list[ContextWord] = []
    for where, written in ((Where.TITLE, listing.title), (Where.DESCRIPTION, listing.description)):
        spelled = [place.spelled for place in places if place.where is where]
        if written:
            text = plain_text(written)
            if spelled and not any(word in text for word in spelled):
                text = written  # the word has markup of its own
            names = (place.spelled for place in named if place.where is where)
            in_texts += context_of(text, _spans(text, spelled), named=_spans(text, names))
    in_image = [
        word
        for place in places
        if place.where is Where.IMAGE
        for word in context_of(place.text, [(place.begin, place.end)])
    ]
    return Surroundings(tuple(dict.fromkeys(in_image)), tuple(dict.fromkeys(in_texts)))


def _spans(text: str, spelled: Iterable[str]) -> list[tuple[int, int]]:
    """Where in a text a word stands as it was found in a piece of it."""
    spans = []
    for word in dict.fromkeys(spelled):
        begin = text.find(word)
        while word and begin >= 0:
            spans.append((begin, begin + len(word)))
            begin = text.find(word, begin + 1)
    return spans
