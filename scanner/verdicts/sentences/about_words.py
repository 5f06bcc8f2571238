"""Evidence of registered words in plain sentences, and what the words around a mark say."""

from collections.abc import Iterator, Sequence
from typing import Final

from brand_index.types import Spelling
from scanner.engine.types import Evidence, Where, WordMeasurements, WordPlace
from scanner.verdicts.context import ContextWord, Use
from scanner.verdicts.likeness import is_lookalike_logo, likeness

RARE: Final = 1.0  # zipf up to which ordinary texts hardly ever have a word
COMMON: Final = 3.5  # from which they often do

_WHERE: Final = {Where.IMAGE: "in the image", Where.TITLE: "in the title", Where.DESCRIPTION: "in the description"}
_SPELLED: Final = {
    Spelling.EXACT: "as it is registered",
    Spelling.SPACED: "with spaces, signs or repeated letters",
    Spelling.INSIDE: "inside a longer word",
    Spelling.LOOKALIKE_LETTERS: "with letters, digits or signs in place of its own",
    Spelling.EDITED: "with other letters",
}
_USES: Final = {
    Use.REPLICA: "calls the goods a replica",
    Use.UNAFFILIATED: "says that the goods are not the brand's",
    Use.STYLE: "says that the goods are like the brand's",
    Use.COMPATIBLE: "says what the goods fit",
    Use.USED: "says that the goods are used, or packaging alone",
}


def word_basis(word: WordMeasurements) -> str:
    """What evidence of a word rests on, as one sentence."""
    place = word.best
    verb = "Reads" if place.where is Where.IMAGE else "Says"
    also = [_WHERE[each.where] for each in word.places[1:] if each.where is not place.where]
    more = f", and {' and '.join(dict.fromkeys(also))} too" if also else ""
    how = "" if place.spelling is Spelling.EXACT else f", {_SPELLED[place.spelling]}"
    return f"{verb} “{place.spelled}” {_WHERE[place.where]}{how}{more}; “{word.word}” is registered."


def word_facts(evidence: Evidence, others: Sequence[Evidence] = ()) -> Iterator[str]:
    """The measurements of a word, one short sentence each.

    `others`: of the same image; a logo of the brand among them says how far shape and colour agree.
    """
    if (word := evidence.word) is None:
        return
    for place in word.places:
        yield _place(place)
    yield from likeness_facts(evidence, others)
    if word.zipf <= RARE:
        yield "Ordinary texts hardly ever have this word"
    elif word.zipf >= COMMON:
        yield "Ordinary texts often have this word"


def likeness_facts(evidence: Evidence, others: Sequence[Evidence]) -> Iterator[str]:
    """How alike a lookalike and the registered mark are, as one sentence; of no lookalike none."""
    is_word = evidence.word is not None and evidence.word.best.is_lookalike
    if is_word or is_lookalike_logo(evidence):
        of_brand = [each for each in others if each.brand_id == evidence.brand_id and each.kind is not evidence.kind]
        yield f"It resembles the registered mark: {likeness([evidence, *of_brand])}"


def strengthened_fact(evidence: Evidence) -> str | None:
    """How sure evidence is alone, if other evidence of its brand strengthens it; None: nothing does."""
    if evidence.alone is None:
        return None
    return (
        f"Alone it would be {evidence.alone * 100:.0f} % sure: other evidence of the brand in this listing adds to it"
    )


def calibrated_fact(evidence: Evidence) -> str | None:
    """How the decided cases of its mark changed a confidence; None: they did not."""
    by_mark = evidence.calibration
    if by_mark is None:
        return None
    was, now = by_mark.shipped_confidence * 100, evidence.confidence * 100
    return f"From {by_mark.decided_cases} decided cases of this mark, {now:.0f} % sure; without them {was:.0f} %"


def context_sentences(context: Sequence[ContextWord]) -> tuple[str, ...]:
    """What the words around the marks say of their use, one sentence each; empty: nothing."""
    said = dict[Use, list[str]]()
    for word in context:
        said.setdefault(word.use, []).append(f"“{word.text}”")
    return tuple(f"{', '.join(dict.fromkeys(texts))}: the listing {_USES[use]}." for use, texts in said.items())


def _place(place: WordPlace) -> str:
    spelled = (
        f"“{place.spelled}” {_WHERE[place.where]}, {_SPELLED[place.spelling]}: {place.similarity * 100:.0f} % alike"
    )
    if place.where is Where.IMAGE:
        spelled += f", letters read with {place.sureness * 100:.0f} % certainty"
    return f"{spelled}, in “{place.text}”" if place.text != place.spelled else spelled
