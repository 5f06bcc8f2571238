"""How sure a photo can be at most, and what it has in common with an image that is surely no copy of it."""

from dataclasses import replace
from typing import Final

from scanner.engine.types import PLAIN, Content, Evidence, Shared

NO_COPY: Final = 0.4  # confidence below which what a photo and an image have in common is named
IN_COMMON: Final = 0.3  # agreement from which an image has something in common with a photo of which it is no copy
KNOWN: Final = 0.15  # share of the content that can be decided, below which nothing is named
MOSTLY: Final = 0.65  # share of the ground, or of what covers the goods, from which only the ground is in common
ALL_AGREES: Final = 0.95  # agreement from which all of the content, or of the goods, is there
UNSURE: Final = 0.9  # confidence at most, below that
SAME_COLOURS: Final = 0.85  # share of the goods that a copy keeps in their colours, whatever lies over it
OTHER_COLOUR: Final = 0.5  # likewise, of goods of another colour at most; a grey copy keeps more
OTHER_GOODS: Final = 0.39  # confidence at most of other goods, and of a chart with other values
SAME_VALUES: Final = 0.975  # of a chart's content: with less, a digit or more is another; a sharp copy agrees to 0.984
SAME_CELLS: Final = 0.99  # of what is read, likewise, where it is placed by few keypoints
MUCH_TO_READ: Final = 20.0  # rich windows that agree, from which a chart or label is read rather than a plain shape
OVER: Final = 0.01  # share of the area under solid changes, or of what was added: words and stickers take more
BARE: Final = 0.12  # share of a solid change where a print is away, from which another is in its place
FOLLOWED: Final = 0.4  # how far the outline of such a change follows the photo's own edges
HIDES_LITTLE: Final = 0.985  # agreement from which no print is away: a light that is too strong looks like bare goods
MOSTLY_THERE: Final = 0.85  # share of the rest, and of the ground, that agrees then
LARGE: Final = 0.03  # share of the goods: what lies on so much of them may be another print, whatever its outline
ALL_BESIDE: Final = 0.985  # share of what is beside a sticker that agrees
KEPT_COLOURS: Final = 0.94  # share of the rest of the goods that keeps its colours then
CHANCE_INLIERS: Final = 10  # any two images may share as many
SURE_INLIERS: Final = 20  # so many say more than that goods are of one shape: seams and gleams lie alike on any towel
HALF_KNOWN: Final = 0.6  # share of the content that can be decided, below which as much may differ
FEW_OF_A_CHART: Final = 35  # inliers below which only the layout may be one; a copy of a chart has 50 and more
SCATTERED: Final = 5  # places that differ, from which they may be the values of another chart; stickers are fewer
CUT: Final = 0.75  # of what a photo takes of the image: where less is left, sides that differ were taken to be cut off
OTHER_SURFACE: Final = 0.02  # of the area: where so much has another grain, it is other goods in the same photo
PERHAPS_OTHER: Final = 0.01  # likewise: it may be, and it is where the goods have another colour, too
OFF_COLOUR: Final = 0.75  # of the goods: with less they have one
KEPT_GROUND: Final = 0.95  # of the ground's colours then
PUT_OVER: Final = 0.12  # of the goods, that other goods in their place cover
ON_GOODS: Final = 2.0  # times the share of the area that they cover: a sticker lies on the ground, too
SIMPLE: Final = 0.915  # outline from which what covers them is a sticker or a banner
DRAWN: Final = 0.2  # likewise, of what is as even as a drawing
SAME_SURFACE: Final = 0.7  # grain under changes from which it is the photo's, in other colours
BESIDE_BAND: Final = 0.98  # of what is beside a band across all of a photo, that agrees: the band lies over a copy
LIKELY: Final = 0.6  # confidence at least then
ONE_SHAPE: Final = 0.94  # outline of one sticker, once all of it is known
MOST_HIDDEN: Final = 0.85  # of the goods, that a sticker hides: in the place of all of them are others
SURELY_PLACED: Final = 35  # inliers from which goods with fewer windows than that beside a sticker are placed by them
ITS_OWN: Final = 0.9  # how far an outline follows the photo's edges that is one of its own
A_COVER: Final = 0.1  # of the area: of what hides less the regression says enough
SOME_WINDOWS: Final = 4.0  # rich windows that agree, at least
ENOUGH_TURNED: Final = 0.3  # share of the area whose hues were turned; more adds nothing


def bounded(item: Evidence, confidence: float) -> float:
    """`confidence`, not near certain where content of the goods differs, or many places do: another print looks like
    a sticker, and a photographed chart is that of other goods where its cells differ.

    Likely at least where a band across a photo, or one drawn sticker, is all that differs.
    Low where another print is in the place of that of the goods, other goods are in their place, or another grain is on
    them: many sellers have one stock photo, and one rendering shows furniture in each wood.
    Low where what is read differs in many places, and few keypoints agree: a layout has as many.
    Nor where no more keypoints than any two images share say that it is this photo, and no hash or that of plain goods,
    which says their shape; without a hash and goods that agree, low.
    Nor where the goods agree in other colours, unless all hues were turned: it may be another colour of one article, a
    chart of other colours, or somebody else's photo of the same print on another ground.
    """
    photo = item.photo
    if photo is None or photo.content is None:
        return confidence
    content = photo.content
    if _is_under_a_band(item, content) or _is_under_a_sticker(item, content):
        confidence = max(confidence, LIKELY)
    few_inliers = item.inliers is not None and item.inliers < CHANCE_INLIERS
    # Plain goods have one shape and one gleam, and another colour may be near theirs.
    by_chance = few_inliers and item.hash_distance is None
    is_plain = item.review_only or content.texture < PLAIN
    if _is_other_goods(content, is_plain=is_plain or by_chance) or (
        item.review_only and _is_of_another_colour(content)
    ):
        return min(confidence, OTHER_GOODS)
    if (item.review_only and _has_other_values(content)) or _has_other_cells(item, content):
        return min(confidence, OTHER_GOODS)
    if by_chance and content.goods_agreement < IN_COMMON:
        return min(confidence, OTHER_GOODS)  # its tones alone may be like those of any dark goods
    if _is_other_print(content) or _has_another_surface(content) or _is_put_over(content):
        return min(confidence, OTHER_GOODS)
    in_other_colours = content.colour is not None and content.colour < SAME_COLOURS
    on_other_ground = content.ground_agreement is not None and content.ground_agreement < ALL_AGREES
    is_turned = hues_turned(content) >= ENOUGH_TURNED and not on_other_ground
    is_unsure = by_chance or (is_plain and (item.inliers or 0) < CHANCE_INLIERS) or _may_be_of_one_shape(item, content)
    was_cut = photo.alteration is not None and content.occupied < CUT * photo.alteration.occupied
    is_unsure = is_unsure or was_cut  # or it is a layout with other goods at a side
    is_unsure = is_unsure or content.other_surface >= PERHAPS_OTHER
    differs = is_unsure or content.goods_agreement < ALL_AGREES or len(photo.differing) >= SCATTERED
    differs_unless_turned = in_other_colours or _may_be_another_print(content)
    return min(confidence, UNSURE) if differs or (differs_unless_turned and not is_turned) else confidence


def _may_be_of_one_shape(item: Evidence, content: Content) -> bool:
    """Whether half of goods that keypoints alone place, and not many, cannot be decided."""
    is_placed = item.hash_distance is None and item.inliers is not None and item.inliers < SURE_INLIERS
    return is_placed and content.known < HALF_KNOWN


def _has_other_values(content: Content) -> bool:
    """Whether a chart or label, seen in all its detail with nothing over it, differs, as in the digits of another."""
    is_clear = content.detail == 1.0 and content.rest_windows >= MUCH_TO_READ
    nothing_over = max(content.covered_area, content.added_area) < OVER
    return is_clear and nothing_over and content.rest_agreement <= SAME_VALUES


def _has_other_cells(item: Evidence, content: Content) -> bool:
    """Whether what is read, as a chart is, differs in many places, and only as many keypoints agree as of a layout."""
    photo = item.photo
    is_scattered = photo is not None and len(photo.differing) >= SCATTERED
    is_of_a_layout = item.inliers is not None and item.inliers < FEW_OF_A_CHART
    is_read = content.rest_windows >= MUCH_TO_READ
    return is_scattered and is_of_a_layout and is_read and content.goods_agreement < SAME_CELLS


def named(item: Evidence) -> Evidence:
    """The evidence, with what the two have in common where they have something and the image is surely no copy."""
    photo = item.photo
    if photo is None or photo.content is None:
        return item
    content, shared = photo.content, None
    in_common = content.agreement >= IN_COMMON and content.known >= KNOWN
    if item.refined and in_common and item.confidence < NO_COPY:
        ground = content.ground_agreement or 0.0
        is_ground = ground > MOSTLY > 1 - content.covered_goods and content.goods_agreement < 1 - MOSTLY
        shared = Shared.BACKGROUND if is_ground else Shared.TEMPLATE
    return replace(item, photo=replace(photo, shared=shared))


def hues_turned(content: Content) -> float:
    """The share of the area whose hues were turned, 0 where the ground stayed as it is."""
    return (content.turned or 0.0) * (1 - (content.ground_colour or 0.0))


def _may_be_another_print(content: Content) -> bool:
    """Whether what lies on the goods is large, has an outline that they have, too, or strokes beside it, as prints."""
    has_strokes = content.rest_agreement < ALL_BESIDE
    is_one = content.covered_goods >= LARGE or content.outline_followed >= FOLLOWED or has_strokes
    return _lies_on_goods(content) and is_one


def _is_other_print(content: Content) -> bool:
    """Whether goods that are else as in the photo bear another print in the place of theirs, which is away.

    What lies over a photo hides what is under it, and has an outline of its own.
    """
    colour = content.colour if content.rest_colour is None else content.rest_colour
    ground = ALL_AGREES if content.ground_agreement is None else content.ground_agreement
    is_as_it_was = min(content.rest_agreement, ground) >= MOSTLY_THERE and (colour or 0.0) >= KEPT_COLOURS
    is_bare = content.laid_bare >= BARE and content.outline_followed >= FOLLOWED
    is_away = is_bare and content.agreement < HIDES_LITTLE
    return is_as_it_was and is_away and _lies_on_goods(content)


def _is_under_a_band(item: Evidence, content: Content) -> bool:
    """Whether a band lies across a photo, and all that is beside it agrees, in its colours, and with many keypoints.

    What was replaced in a layout, as the values of a chart are, is all over it.
    """
    is_beside = content.beside_band is not None and content.beside_band >= BESIDE_BAND
    is_placed = (item.inliers or 0) >= SURE_INLIERS and content.rest_windows >= SOME_WINDOWS
    return is_beside and is_placed and (content.rest_colour is None or content.rest_colour >= KEPT_COLOURS)


def _is_under_a_sticker(item: Evidence, content: Content) -> bool:
    """Whether one drawn sticker lies over a photo, and all that is beside it agrees, in its colours, goods and ground.

    What has the photo's own outline is a part of the goods in another colour, or another label on them. Of a chart, or
    of plain goods, what is beside it is the layout or the shape.
    """
    is_one = content.simple_outline >= ONE_SHAPE and content.drawn >= DRAWN and content.covered_area >= A_COVER
    is_beside = content.rest_agreement >= BESIDE_BAND and (item.inliers or 0) >= SURE_INLIERS and not item.review_only
    is_goods = content.outline_followed > ITS_OWN
    colours = [each for each in (content.rest_colour, content.ground_colour) if each is not None]
    is_known = content.rest_windows >= SOME_WINDOWS or (item.inliers or 0) >= SURELY_PLACED
    leaves_goods = is_known and content.covered_goods <= MOST_HIDDEN and content.rest_colour is not None
    return is_one and not is_goods and is_beside and leaves_goods and min(colours, default=0.0) >= KEPT_COLOURS


def _has_another_surface(content: Content) -> bool:
    """Whether all is as in the photo but the grain of a surface, as where furniture is shown in another wood."""
    colour = content.colour if content.rest_colour is None else content.rest_colour
    is_off = colour is not None and colour < OFF_COLOUR and (content.ground_colour or 0.0) >= KEPT_GROUND
    return content.other_surface >= (PERHAPS_OTHER if is_off else OTHER_SURFACE)


def _is_put_over(content: Content) -> bool:
    """Whether other goods are in the place of the photo's own, as another garment on one model.

    The ground is as it was, their outline follows the photo's edges and is no ellipse or rectangle, as that of stickers
    is; they are no drawing, and their grain is not that of the photo in other colours. Where nothing distinguishes the
    goods from their ground there are edges everywhere, which an outline meets by chance: there all else is as it was.
    """
    is_no_sticker = content.simple_outline < SIMPLE and content.drawn < DRAWN
    is_other = content.covered_surface is not None and content.covered_surface < SAME_SURFACE
    if not (is_no_sticker and is_other and content.covered_goods >= PUT_OVER):
        return False
    if content.ground_agreement is None and content.ground_colour is None:
        return content.rest_agreement >= BESIDE_BAND and (content.rest_colour or 0.0) >= SAME_COLOURS
    is_kept = content.ground_colour is None or content.ground_colour >= SAME_COLOURS
    is_on_goods = content.covered_goods >= ON_GOODS * content.covered_area
    return is_on_goods and is_kept and content.outline_followed >= FOLLOWED


def _lies_on_goods(content: Content) -> bool:
    """Whether solid changes cover more of the goods than of the ground: a banner, or another ground, does not."""
    return content.covered_goods >= max(OVER, content.covered_area)


def _is_of_another_colour(content: Content) -> bool:
    """Whether goods that fill the photo, as a swatch does, are of another colour, and no edit turned all hues."""
    colour = content.colour if content.rest_colour is None else content.rest_colour
    is_other = colour is not None and colour < OTHER_COLOUR
    return is_other and content.ground_colour is None and hues_turned(content) < ENOUGH_TURNED


def _is_other_goods(content: Content, *, is_plain: bool) -> bool:
    """Whether goods have another colour, on a ground that kept its own.

    `is_plain`: they have little else to be known by, or by nothing else they are known to be these.
    """
    colour = content.colour if content.rest_colour is None else content.rest_colour
    if colour is None or content.ground_colour is None:
        return False
    return is_plain and colour < OTHER_COLOUR and content.ground_colour >= SAME_COLOURS
