"""Which listing each image belongs to, by a table."""

from pathlib import Path, PurePath

import pytest

from brand_index.images.finding import FoundImage
from scanner.bulk.listings import ListingsUnusable, read_listings
from scanner.verdicts.types import Listing


def image(inside: str) -> FoundImage:
    return FoundImage(Path("/photos") / inside, PurePath(inside))


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
