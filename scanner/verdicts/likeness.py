"""Lookalikes of logos, and how alike a word, a shape and colours are: what a person compares; it decides nothing."""

from collections.abc import Iterable
from typing import Final

from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence
from scanner.verdicts.types import Verdict

# Of the matcher that compares drawings patch by patch: below it, it takes them for two marks. 1 in 200 prints of
# registered marks that are found is below it, and 4 in 100 finds on photos; most lookalikes are above it, for nothing
# that is measured tells them from such prints (scripts/train_lookalike.py).
LEAST_LOGIT: Final = 0.0


def is_lookalike_logo(evidence: Evidence) -> bool:
    """Whether evidence that counts is of another drawing than the logo, which all else in it resembles."""
    logit = None if evidence.logo is None else evidence.logo.match_logit
    return evidence.kind is ReferenceKind.LOGO and logit is not None and logit < LEAST_LOGIT


def likeness(evidence: Iterable[Evidence]) -> str:
    """As trade-mark offices compare, of evidence of one brand: word, shape and colour, each 0..1; empty: no lookalike.

    The surest lookalike of each kind counts, and of a word the brand's logo, if it is there.
    """
    found = sorted(evidence, key=lambda each: -each.confidence)
    word = next((each for each in found if each.word is not None and each.word.best.is_lookalike), None)
    logos = [each for each in found if each.kind is ReferenceKind.LOGO]
    logo = next((each for each in logos if word is not None or is_lookalike_logo(each)), None)
    said = [] if word is None or word.word is None else [f"word {word.word.best.similarity:.2f}"]
    if logo is not None and logo.cosine is not None:
        said.append(f"shape {max(0.0, logo.cosine):.2f}")
    if logo is not None and logo.logo is not None and logo.logo.hue_intersection is not None:
        said.append(f"colour {logo.logo.hue_intersection:.2f}")
    return ", ".join(said)


def likeness_sentences(verdict: Verdict) -> tuple[str, ...]:
    """How alike the surest lookalike that counted and the registered mark are, in a sentence; empty: not measured."""
    brand = next((each.brand_id for each in verdict.counted_evidence), None)
    compared = likeness(each for each in verdict.evidence if each.brand_id == brand)
    return (f"Alike: {compared}.",) if compared else ()
