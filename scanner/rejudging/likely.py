"""Evidence that a past image's description alone gives: likely, since nobody can compare the two images any more."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from brand_index.features.compact import CompactDescription
from brand_index.features.words.text_line import TextLine
from brand_index.index import BrandIndex
from brand_index.index.parts import WordPart
from brand_index.index.past_hits import PastHit
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box, overlap
from scanner.engine.types import NO_LOGO, NO_PHOTO, Evidence
from scanner.engine.words.finding import words_in_image

FOUND: Final = 0.5  # confidence from which a scan verified a match
SAME_PLACE: Final = 0.5  # intersection over union of two boxes
SUREST: Final = 0.94  # confidence at most: who compares no images is never surer


def likely_evidence(hit: PastHit, index: BrandIndex) -> Evidence:
    """The evidence of one hit."""
    reference = index.references[hit.position]
    is_logo = reference.kind is ReferenceKind.LOGO
    confidence = 1 / (1 + math.exp(-hit.logit))
    return Evidence(
        reference_id=reference.reference_id,
        brand_id=reference.brand_id,
        kind=reference.kind,
        box=Box(*hit.box),
        quad=None,
        reference_box=None,
        hash_distance=None if hit.agreeing is None else round((1 - hit.agreeing) * 256),
        inliers=None,
        inlier_coverage=None,
        ncc=None,
        review_only=reference.review_only,
        mirrored=hit.mirrored,
        frame=0,
        confidence=round(min(confidence, SUREST), 4),
        logo=replace(NO_LOGO, cosine=None if hit.cosine is None else round(hit.cosine, 4)) if is_logo else None,
        photo=None if is_logo else NO_PHOTO,
        refined=False,
        unverified=True,
    )


def surest(hits: Iterable[PastHit]) -> list[PastHit]:
    """The hits without those in whose place a surer one of the same kind lies.

    Registered photos of one series, and marks within one frame, are all likely where one of them is. A hash comes
    first, since it tells those of a series apart.
    """
    kept: list[PastHit] = []

    def order(hit: PastHit) -> tuple[int, bool, float, int]:
        return hit.row, hit.agreeing is None, -hit.logit, hit.position

    for hit in sorted(hits, key=order):
        rivals = (each for each in kept if each.row == hit.row and each.kind is hit.kind)
        if not any(overlap(Box(*each.box), Box(*hit.box)) >= SAME_PLACE for each in rivals):
            kept.append(hit)
    return kept


def words_read(description: CompactDescription, words: WordPart) -> tuple[Evidence, ...]:
    """The evidence of registered words in what was read in a past image, the surest first: as of a scan."""
    if not description.lines:
        return ()
    lines: list[TextLine] = []
    for line in description.lines:
        left, top, right, bottom = (side * description.step for side in line.box)
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        places = tuple((place + 0.5) / max(1, len(line.text)) for place in range(len(line.text)))
        lines.append(TextLine(line.text, line.sureness, corners, places))
    return words_in_image(lines, words)


def merged(stored: Sequence[Evidence], likely: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Stored evidence with what is likely besides, one of each reference, the surest first.

    What is likely in the place of a match of its kind that a scan verified is left out.
    """
    known = {item.reference_id: item for item in stored}
    surely = [item for item in stored if not item.unverified and item.confidence >= FOUND and item.shared is None]
    for item in likely:
        rivals = (each for each in surely if each.kind is item.kind and item.unverified)
        is_new = item.reference_id not in known or known[item.reference_id].unverified
        if is_new and not any(overlap(each.box, item.box) >= SAME_PLACE for each in rivals):
            known[item.reference_id] = item
    return tuple(sorted(known.values(), key=lambda item: (-item.confidence, item.reference_id)))
