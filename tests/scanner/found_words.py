"""Evidence of registered words, as finding words makes it."""

from brand_index.types import ReferenceKind, Spelling
from scanner.engine.boxes import Box, Quad
from scanner.engine.types import Evidence, Where, WordMeasurements, WordPlace

QUAD: Quad = ((20.0, 30.0), (120.0, 30.0), (120.0, 60.0), (20.0, 60.0))


def a_place(
    where: Where, text: str, spelled: str, spelling: Spelling = Spelling.EXACT, similarity: float = 1.0
) -> WordPlace:
    """Where a text has the word as it is spelled there."""
    begin = text.index(spelled)
    sureness = 0.98 if where is Where.IMAGE else 1.0
    return WordPlace(where, text, begin, begin + len(spelled), spelling, similarity, sureness)


def a_word(
    *places: WordPlace, word: str = "Tarnvik", brand: str = "acme", name: str = "r", confidence: float = 0.9
) -> Evidence:
    """Evidence of a word; where the first place is in the image, it is at QUAD."""
    is_in_image = places[0].where is Where.IMAGE
    return Evidence(
        reference_id=f"{brand}-word-{name}",
        brand_id=brand,
        kind=ReferenceKind.WORD,
        box=Box(20, 30, 120, 60) if is_in_image else Box(0, 0, 0, 0),
        quad=QUAD if is_in_image else None,
        reference_box=None,
        hash_distance=None,
        inliers=None,
        inlier_coverage=None,
        ncc=None,
        review_only=False,
        mirrored=False,
        frame=0,
        confidence=confidence,
        word=WordMeasurements(word, 0.0, tuple(places)),
    )
