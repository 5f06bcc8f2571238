"""The surest place of a logo is its match, and its next surest places stand by."""

from dataclasses import replace
from functools import reduce

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.parts.joining import with_place
from scanner.engine.types import Evidence
from tests.scanner.engine.logos.test_one_of_a_mark import HERE, seen

THERE, FAR, FARTHER = Box(300, 100, 400, 160), Box(300, 400, 400, 460), Box(600, 400, 700, 460)


def joined(*items: Evidence) -> Evidence:
    return reduce(lambda known, item: with_place(known, item, in_part=True), items[1:], items[0])


def places(item: Evidence) -> list[tuple[Box, float]]:
    return [(each.box, each.confidence) for each in (item, *item.elsewhere)]


def test_the_surest_place_is_the_match_and_the_others_stand_by_in_whatever_order_they_are_found() -> None:
    one, other = seen("artwork", 0.9), seen("artwork", 0.6, THERE)
    assert places(joined(one, other)) == places(joined(other, one)) == [(HERE, 0.9), (THERE, 0.6)]


def test_a_place_at_a_surer_one_or_within_it_is_no_other_place() -> None:
    near, within = seen("artwork", 0.6, Box(104, 96, 206, 158)), seen("artwork", 0.5, Box(105, 105, 140, 150))
    assert joined(seen("artwork", 0.9), near, within).elsewhere == ()
    assert places(joined(near, within, seen("artwork", 0.9))) == [(HERE, 0.9)]


def test_two_other_places_are_kept_at_most_the_surest_ones_and_none_that_nobody_would_be_asked_about() -> None:
    found = [seen("artwork", sure, box) for sure, box in ((0.5, THERE), (0.9, HERE), (0.4, FAR), (0.7, FARTHER))]
    assert places(joined(*found)) == [(HERE, 0.9), (FARTHER, 0.7), (THERE, 0.5)]
    assert joined(seen("artwork", 0.9), seen("artwork", 0.01, THERE)).elsewhere == ()
    assert joined(seen("artwork", 0.01, THERE), seen("artwork", 0.9)).elsewhere == ()


def test_a_place_has_no_places_of_its_own() -> None:
    assert all(each.elsewhere == () for each in joined(seen("artwork", 0.6, THERE), seen("artwork", 0.9)).elsewhere)


def test_of_a_photo_the_surest_match_alone_is_kept() -> None:
    one, other = (
        replace(seen("photo", sure, box), kind=ReferenceKind.PHOTO) for sure, box in ((0.6, THERE), (0.9, HERE))
    )
    assert joined(one, other) == joined(other, one) == other


def test_the_other_places_move_and_grow_with_the_image() -> None:
    found = joined(seen("artwork", 0.9), seen("artwork", 0.6, THERE)).scaled(2.0, 0.5).moved(10, 20)
    assert places(found) == [(Box(210, 70, 410, 100), 0.9), (Box(610, 70, 810, 100), 0.6)]
