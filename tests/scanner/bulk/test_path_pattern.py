"""Which listing each image belongs to, by the names of its file and folders."""

from pathlib import Path, PurePath

import pytest

from brand_index.images.listed import FoundImage
from scanner.bulk.listings import ListingsUnusable
from scanner.bulk.path_pattern import listings_by_pattern, read_path_pattern
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


def test_a_file_that_lies_too_high_has_no_seller_and_is_named() -> None:
    high, low = image("front.jpg"), image("S1/front.jpg")
    listings = listings_by_pattern("{seller_id}/{name}")([high, low])
    assert (listings(low), listings(high)) == (Listing(seller_id="S1"), Listing())
    (said,) = listings.sentences()
    assert said.startswith("1 of 2 images have no listing in --path-pattern")
    assert said.endswith(": front.jpg")
    with pytest.raises(ListingsUnusable, match=r"fits none of 1 images, such as front\.jpg: .* name the folder"):
        listings_by_pattern("{seller_id}/{name}")([high])


def test_images_at_another_depth_than_most_are_named_since_they_have_another_seller() -> None:
    images = [image(path) for path in ("S1/L1/a.jpg", "S1/L2/a.jpg", "S1/L2/thumbs/a.jpg")]
    listings = listings_by_pattern("{seller_id}/{listing_id}/{name}")(images)
    (said,) = listings.sentences()
    assert said.startswith("1 images lie deeper or higher than the other 2")
    assert said.endswith(": S1/L2/thumbs/a.jpg")
    assert list(listings_by_pattern("{seller_id}/{listing_id}/{name}")(images[:2]).sentences()) == []
