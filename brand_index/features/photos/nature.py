"""Decides from an image's traits what it is: a photograph, a panel of text and lines, or plain; no bank, no search.

A mock-up with another print cannot be recognized from one image, so nothing is said of it.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from brand_index.features.photos.repetition import Repetition
from brand_index.features.photos.traits import Traits

# Logistic regression on drawn sheets (scripts/training/listing_material.py) against photos that may be learned from:
# 207 of clothing, 31 packshots and 90 shop photos.
_BIAS: Final = 2.92
_WEIGHTS: Final = {
    "flat": -1.38,
    "texture": -6.35,
    "middling": -3.68,
    "letters": 0.58,
    "lettered": 2.81,
    "letter_area": 0.6,
    "rules": 2.04,
    "largest_colours": 1.62,
    "inner_texture": -5.7,
    "colours": -0.57,
    "main_colours": -1.32,
    "blobs": -3.92,
}
PANEL: Final = 0.6  # likelihood from which an image is a panel
FEW_LETTERS: Final = 25  # up to which goods on a plain ground are goods with a label, and no panel
FEW_RULES: Final = 0.06  # share of straight lines, likewise
NO_LETTERS: Final = 3
SMOOTH: Final = 4.0  # levels of relief below which an image is one colour, whatever its weave
# A weave that the camera shows has some relief, and knots that look like letters, but neither goods nor many colours.
WOVEN: Final = 12.0
FEW_COLOURS: Final = math.log(1 + 15)
FEW_MAIN_COLOURS: Final = math.log(1 + 7)
DRAWN_FLAT: Final = 0.8  # share of flat pixels from which it is a drawing
SCATTERED: Final = 0.3  # share of whatever is no ground in one piece, below which it is no goods
PLAIN_FLAT: Final = 0.85  # share of flat pixels of plain goods on a plain ground,
PLAIN_INSIDE: Final = 0.12  # and the share of their inside that is not flat
PLAIN_RIM: Final = 0.6  # share of the rim that has one colour, from which there is a plain ground
COMPACT: Final = 0.8  # share of whatever is no ground in one piece, from which it is goods,
WHOLE: Final = 0.95  # and from which it is one piece of cloth
PIECE: Final = (0.3, 0.85)  # share of the image that such a piece takes
GOODS: Final = (0.03, 0.75)  # share of the image that goods take on a plain ground
PHOTOGRAPHIC: Final = 0.3  # likelihood of a panel below which an image is no artwork

SOLID: Final = 0.97  # share of its convex hull that a piece of plain cloth fills: cut straight, round or in teeth
BARE: Final = 0.03  # share of its inside that is not flat, up to which nothing is drawn on it

STUDIO_RIM: Final = 0.8  # share of the rim that has one colour,
STUDIO_LEVEL: Final = 200  # and its level, 0..255, from which goods were photographed on white
FAINT_STROKES: Final = 0.05  # share of such a ground's cells with faint strokes alone from which it has a watermark,
AT_GOODS: Final = 0.03  # share of cells with bold strokes that may be the outline of the goods
MOSTLY_FAINT: Final = 0.2  # and of the ground of charts and cloth
SOMEWHAT_FLAT: Final = 0.45  # share of flat pixels of such an image,
MOSTLY_FLAT: Final = 0.6  # and of charts and cloth
# Of 727 photos without a watermark (clothing, shops) none reaches both.
TILED: Final = 40.0  # sum of peaks from which what is repeated is printed over a photograph,
# Of 202 photos of clothing and 80 of packs none is as like itself (0.62 at most), each of 16 drawn fabrics is (0.95).
PATTERN: Final = 0.75  # likeness to itself, moved, from which an image is a repeated pattern
PATTERN_OF_PANEL: Final = 0.93  # likewise, of what looks like a panel: a colour chart has equal fields
ALIKE: Final = 0.8  # unless the surroundings are as similar, as of a weave

ARTWORK: Final = 0.9  # likelihood of a panel from which an image may be a logo's artwork
ARTWORK_COLOURS: Final = math.log(1 + 16)


class Nature(StrEnum):
    """What an image is."""

    PHOTOGRAPH = "photograph"
    PANEL = "panel"  # chart, table, label, certificate, calendar, screen: flat ground, text and ruled lines
    PLAIN = "plain"  # swatch or goods of one colour: hardly any texture or detail of its own


@dataclass(frozen=True, slots=True)
class Look:
    """What an image is, and on what."""

    nature: Nature
    goods: float | None  # share of the image that goods take on a plain ground; None: no such ground
    watermark: bool  # faint lettering or lines across a plain ground, or again and again across a photo
    pattern: bool = False  # one pattern is repeated all over it, as on a fabric


def look_of(traits: Traits) -> Look:
    """What an image with these traits is."""
    on_plain_ground = traits.rim >= PLAIN_RIM and GOODS[0] <= traits.goods <= GOODS[1]
    is_goods = on_plain_ground and traits.compactness >= COMPACT and traits.rules <= FEW_RULES
    is_smooth = traits.relief < SMOOTH or (traits.flat >= PLAIN_FLAT and traits.inner_texture <= PLAIN_INSIDE)
    if _is_cloth(traits) or (traits.letters < NO_LETTERS and is_smooth):
        nature = Nature.PLAIN
    elif panel_likelihood(traits) >= PANEL and not (is_goods and traits.letters < FEW_LETTERS):
        nature = Nature.PANEL
    else:
        nature = Nature.PHOTOGRAPH
    goods = traits.goods if is_goods and nature is not Nature.PANEL else None
    return Look(nature, goods, _has_watermark(traits, is_drawn=nature is Nature.PANEL or _is_cloth(traits)))


def is_tiled(repetition: Repetition | None) -> bool:
    """Whether faint words or lines are repeated all over a photograph, as marketplaces do."""
    return repetition is not None and repetition.far >= TILED and repetition.near < ALIKE * repetition.highest


def is_pattern(likeness: float, nature: Nature) -> bool:
    """Whether an image so like itself once moved is a repeated pattern."""
    return likeness >= (PATTERN_OF_PANEL if nature is Nature.PANEL else PATTERN)


def _is_cloth(traits: Traits) -> bool:
    """Whether the image is one weave in one colour, all over or as a piece on a plain ground."""
    if traits.colours > FEW_COLOURS:
        return False
    if traits.relief < WOVEN:
        return traits.compactness < SCATTERED and traits.flat < DRAWN_FLAT
    is_piece = traits.rim >= PLAIN_RIM and PIECE[0] <= traits.goods <= PIECE[1] and traits.compactness >= WHOLE
    is_woven = traits.inner_texture > PLAIN_INSIDE and traits.main_colours <= FEW_MAIN_COLOURS
    # Knots look like letters, but not in lines on flat ground.
    return is_piece and is_woven and (traits.letters < 2 * NO_LETTERS or is_photographic(traits))


def panel_likelihood(traits: Traits) -> float:
    """How likely the image is drawn of flat areas, text and lines, 0..1."""
    values = {
        "flat": traits.flat,
        "texture": traits.texture,
        "middling": 1 - traits.flat - traits.edges,
        "letters": math.log1p(traits.letters),
        "lettered": traits.lettered,
        "letter_area": math.sqrt(100 * traits.letter_area),
        "rules": math.sqrt(100 * traits.rules),
        "largest_colours": traits.largest_colours,
        "inner_texture": traits.inner_texture,
        "colours": traits.colours,
        "main_colours": traits.main_colours,
        "blobs": traits.blobs,
    }
    logit = _BIAS + sum(_WEIGHTS[name] * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def is_photographic(traits: Traits) -> bool:
    """Whether the image is no artwork, as logos are, but a photo."""
    return panel_likelihood(traits) < PHOTOGRAPHIC and traits.relief >= SMOOTH


def is_artwork(traits: Traits) -> bool:
    """Whether the image is drawn of a few flat colours, as logos are, without a text or a table."""
    is_flat = traits.flat >= 0.6 and traits.texture < 0.02 and traits.relief >= 2 * SMOOTH
    is_simple = traits.letters < FEW_LETTERS / 2 and traits.colours <= ARTWORK_COLOURS
    return is_flat and is_simple and not _is_swatch(traits) and panel_likelihood(traits) >= ARTWORK


def _is_swatch(traits: Traits) -> bool:
    """Whether all that differs from the ground is one plain piece with a simple outline: no logo, but a swatch."""
    is_bare = traits.inner_texture <= BARE and traits.letters < NO_LETTERS
    return is_bare and traits.compactness >= WHOLE and traits.solidity >= SOLID


def _has_watermark(traits: Traits, *, is_drawn: bool) -> bool:
    """Whether faint strokes alone lie on a plain ground; what `is_drawn` has faint lines of its own, as cloth has."""
    if traits.flat > 0.985:  # a weave is flatter
        return False
    few = 0.1 * traits.faint_strokes
    if is_drawn:
        is_faint = traits.faint_strokes > MOSTLY_FAINT and traits.bold_strokes < few
        return is_faint and traits.rim >= PLAIN_RIM and traits.flat >= MOSTLY_FLAT
    is_studio = traits.rim >= STUDIO_RIM and traits.ground_level >= STUDIO_LEVEL  # boards have faint lines
    is_faint = traits.faint_strokes > FAINT_STROKES and traits.bold_strokes < max(few, AT_GOODS)
    return is_studio and is_faint and traits.flat >= SOMEWHAT_FLAT
