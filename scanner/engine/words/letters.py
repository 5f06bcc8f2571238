"""A letter of a word that somebody wrote is no logo, however like one that is a single letter it may look."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from brand_index.features.words.text_line import Corners, TextLine
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box, overlap
from scanner.engine.stages import Stage, StageClock
from scanner.engine.types import Evidence
from scanner.engine.words.reading import FoundWords, WordReader

A_LETTER: Final = 0.1  # confidence at most of what is a letter of a word
CLAIMED: Final = 0.2  # confidence from which it is read whether a logo is a letter, where the image was not
MOST_LETTERS: Final = 2  # of the word that the logo takes; more may be a mark within a word
OTHERS: Final = 2  # letters of the word beside it, at least
SURELY_READ: Final = 0.85  # confidence of the line, at least: an emblem beside a word is read as a letter, unsurely
AS_HIGH: Final = 1.6  # times as high as the line that a letter's region may be; an emblem beside a word is larger


def doubt_letters(
    frame: RGBImage, evidence: Sequence[Evidence], read: FoundWords, reader: WordReader, clock: StageClock
) -> tuple[Evidence, ...]:
    """The evidence in its order, with a logo that is a letter of a longer word believed no more than such a letter is.

    `read`: what the (H, W, 3) image says; if nothing was read, `reader` reads around the logos that would be
    claimed, unless there is no time. A word of a logo's own brand at its place is no reason to doubt it. Raises
    ModelUnusable.
    """
    lines = list(read.lines)
    logos = [item for item in evidence if item.kind is ReferenceKind.LOGO and item.confidence > A_LETTER]
    claimed = dict.fromkeys(logo.box for logo in logos if logo.confidence > CLAIMED)
    for box in claimed if reader.allowed and not lines else ():
        lines += clock.run(Stage.READ, partial(reader.lines_around, frame, box), ())
    doubted = {
        logo.reference_id
        for logo in logos
        if any(is_letter_of(line, logo.box) for line in lines)
        and not any(word.brand_id == logo.brand_id and overlap(word.box, logo.box) > 0 for word in read.evidence)
    }
    return tuple(replace(item, confidence=A_LETTER) if item.reference_id in doubted else item for item in evidence)


def is_letter_of(line: TextLine, box: Box) -> bool:
    """Whether a box holds a letter or two of a longer word of the line, and hardly anything else."""
    corners = np.array(line.corners)
    height = float(np.linalg.norm(corners[3] - corners[0]))
    if line.bent or line.confidence < SURELY_READ or min(box.right - box.left, box.bottom - box.top) > AS_HIGH * height:
        return False
    begin = 0
    for word in line.text.split(" "):
        letters = [begin + at for at, character in enumerate(word) if character.isalpha()]
        within = sum(_holds(box, line.part(number, number + 1)) for number in letters)
        if 0 < within <= MOST_LETTERS and len(letters) - within >= OTHERS:
            return True
        begin += len(word) + 1
    return False


def _holds(box: Box, corners: Corners) -> bool:
    x, y = np.mean(corners, axis=0)
    return bool(box.left <= x <= box.right and box.top <= y <= box.bottom)
