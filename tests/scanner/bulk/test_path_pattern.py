"""Which listing each image belongs to, by the names of its file and folders."""

from pathlib import Path, PurePath

import pytest

from brand_index.images.finding import FoundImage
from scanner.bulk.listings import ListingsUnusable
from scanner.bulk.path_pattern import read_path_pattern
from scanner.verdicts.types import Listing


def image(inside: str) -> FoundImage:
    return FoundImage(Path("/photos") / inside, PurePath(inside))


def test_folders_can_say_the_listing() -> None:
    listing_of = read_path_pattern("{seller_id}/{listing_id}/{name}")
    assert listing_of(image("S1/L9/front.jpg")) == Listing("L9", "S1")
    assert listing_of(image("2026/S1/L9/front.jpg")) == Listing("L9", "S1")


def test_a_part_of_a_name_can_be_a_field() -> None:
    listing_of = read_path_pattern("{market}_{seller_id}_{name}.jpg")
    assert listing_of(image("DE_S1_front_view.jpg")) == Listing(seller_id="S1", market="DE")


@pytest.mark.parametrize(
    ("pattern", "path", "listing"),
    [
        ("{listing_id}-{name}", "a-b-c", Listing("a")),
        ("{listing_id}-{name}", "-b-c", Listing("-b")),
        ("{listing_id}--{name}", "a---b", Listing("a")),
        ("x{listing_id}.{name}.jpg", "xa.jpg.b.jpg", Listing("a")),
        ("{listing_id}.jpg", "L1/a.jpg", Listing("a")),
        ("in/{listing_id}/{name}", "in/a/b", Listing("a")),
        ("/in/{listing_id}/", "here/in/a", Listing("a")),
        ("{listing_id}-{name}", "a-", Listing()),
        ("{listing_id}-{name}", "a", Listing()),
        ("{listing_id}.jpg", ".jpg", Listing()),
        ("in/{listing_id}/{name}", "on/a/b", Listing()),
        ("ab{listing_id}ba", "aba", Listing()),
    ],
)
def test_a_field_ends_where_the_text_after_it_first_occurs(pattern: str, path: str, listing: Listing) -> None:
    assert read_path_pattern(pattern)(image(path)) == listing


def test_a_long_name_that_does_not_match_is_given_up_at_once() -> None:
    listing_of = read_path_pattern("{seller_id}-{listing_id}-{market}-{category}-{title}-{condition}-{name}!")
    assert listing_of(image("-" * 100_000)) == Listing()  # a regular expression would go back for years


@pytest.mark.parametrize(
    "pattern", ["", "{seler_id}/{name}", "{name}/{name}", "photos/", "{seller_id}{listing_id}", "{seller_id}}{name}{"]
)
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ListingsUnusable, match="path-pattern"):
        read_path_pattern(pattern)
