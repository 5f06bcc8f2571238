"""Which files are images, and which listing each belongs to."""

import os
from pathlib import Path, PurePath

import pytest

from scanner.bulk.listings import FoundImage, ListingsUnusable, find_images, read_listings, read_path_pattern
from scanner.verdicts.types import Listing
from tests.conftest import draw_logo, png

IMAGE = png(draw_logo("x", (0, 0, 0)))


def found(folder: Path) -> list[str]:
    return [image.inside.as_posix() for image in find_images([folder])]


def image(inside: str) -> FoundImage:
    return FoundImage(Path("/photos") / inside, PurePath(inside))


def test_folders_are_walked_in_order_with_names_of_every_script(tmp_path: Path) -> None:
    for name in ("b/ключ.jpg", "a/写真.png", "a/with space.webp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(IMAGE)
    assert found(tmp_path) == ["a/with space.webp", "a/写真.png", "b/ключ.jpg"]


def test_a_file_that_only_claims_to_be_an_image_is_found_so_that_it_is_reported(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_text("no image")
    assert found(tmp_path) == ["broken.jpg"]


def test_an_image_without_a_suffix_is_found_and_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(IMAGE)
    (tmp_path / "labels.csv").write_text("a,b")
    (tmp_path / "empty").touch()
    assert found(tmp_path) == ["photo"]


def test_a_file_that_is_named_is_always_tried(tmp_path: Path) -> None:
    assert [each.path.name for each in find_images([tmp_path / "gone.txt"])] == ["gone.txt"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX lets anybody make links")
def test_links_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.png").write_bytes(IMAGE)
    (tmp_path / "shop" / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.png").symlink_to(tmp_path / "shop" / "a.png")
    assert found(tmp_path) == ["link.png", "shop/a.png"]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_name_that_is_no_unicode_is_found(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")).write_bytes(IMAGE)
    assert len(found(tmp_path)) == 1


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_gives_the_listing_by_path_and_then_by_name(tmp_path: Path, separator: str) -> None:
    rows = [("image", "listing_id", "seller_id", "market"), ("a.jpg", "1", "S1", "DE"), ("sub/a.jpg", "2", "", "FR")]
    table = tmp_path / "listings.csv"
    table.write_text("\ufeff" + "\n".join(separator.join(row) for row in rows), "utf-8")
    listing_of = read_listings(table)
    assert listing_of(image("a.jpg")) == Listing("1", "S1", "DE")
    assert listing_of(image("sub/a.jpg")) == Listing("2", None, "FR")
    assert listing_of(image("elsewhere/a.jpg")) == Listing("1", "S1", "DE")
    assert listing_of(image("b.jpg")) == Listing()


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "image\nx.jpg\n", "image,seller_id\n,S1\n"])
def test_a_table_that_says_nothing_usable_is_refused_by_name(tmp_path: Path, text: str) -> None:
    table = tmp_path / "listings.csv"
    table.write_text(text)
    with pytest.raises(ListingsUnusable, match=r"listings\.csv"):
        read_listings(table)


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
