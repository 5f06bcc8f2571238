"""The listing of each image, from a table: what matches, what is said, and what is refused."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from brand_index.images.listed import FoundImage
from brand_index.types import Authorization, ReferenceKind
from scanner.bulk.listing_doubts import doubts
from scanner.bulk.listing_table import read_listings
from scanner.bulk.listings import ImageListings, ListingsUnusable, write_left_over
from scanner.bulk.path_pattern import listings_by_pattern
from scanner.verdicts.policy import read_policy
from scanner.verdicts.types import Listing
from tests.conftest import NOW

ACCENTED = "Café.jpg"


def image(inside: str) -> FoundImage:
    return FoundImage(Path("/photos") / inside, PurePath(inside))


def matched(folder: Path, text: str, *inside: str) -> ImageListings:
    table = folder / "listings.csv"
    table.write_text(text, "utf-8")
    return read_listings(table).match([image(each) for each in inside])


def sellers(listings: ImageListings) -> dict[str, str | None]:
    return {image.inside.as_posix(): listing.seller_id for image, listing in listings.images.items()}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_gives_the_listing_by_path_and_then_by_name(tmp_path: Path, separator: str) -> None:
    rows = [("image", "listing_id", "seller_id", "market"), ("a.jpg", "1", "S1", "DE"), ("sub/a.jpg", "2", "", "fr")]
    text = "\ufeff" + "\n".join(separator.join(row) for row in rows)
    listings = matched(tmp_path, text, "a.jpg", "sub/a.jpg", "elsewhere/a.jpg", "b.jpg")
    assert listings(image("a.jpg")) == Listing("1", "S1", "DE")
    assert listings(image("sub/a.jpg")) == Listing("2", None, "FR")
    assert listings(image("elsewhere/a.jpg")) == Listing("1", "S1", "DE")
    assert listings(image("b.jpg")) == Listing()
    said = " ".join(listings.sentences())
    assert "line 2 a.jpg (2 images)" in said
    assert "1 of 4 images have no listing" in said
    assert ("between its cells" in said) == (separator != ",")


@pytest.mark.parametrize(
    ("written", "file"),
    [
        (ACCENTED, unicodedata.normalize("NFD", ACCENTED)),
        (unicodedata.normalize("NFD", ACCENTED), ACCENTED),
        (r"sub\x.jpg", "sub/x.jpg"),
        (r".\sub\\x.jpg", "sub/x.jpg"),
        ("./x.jpg", "x.jpg"),
        ("/photos/sub/x.jpg", "sub/x.jpg"),
    ],
)
def test_a_name_that_is_written_otherwise_is_the_same_name(tmp_path: Path, written: str, file: str) -> None:
    listings = matched(tmp_path, f"image,seller_id\n{written},S1\n", file)
    assert (sellers(listings), list(listings.sentences())) == ({file: "S1"}, [])


def test_letter_case_is_overlooked_only_where_one_file_fits_and_it_is_said(tmp_path: Path) -> None:
    text = "image,seller_id\nimg_1.jpg,S1\nboth.jpg,S2\nx.jpg,S3\nX.JPG,S4\nsame.jpg,S5\n"
    listings = matched(tmp_path, text, "IMG_1.JPG", "BOTH.jpg", "sub/Both.jpg", "X.jpg", "same.jpg", "SAME.jpg")
    assert sellers(listings) == {"IMG_1.JPG": "S1", "same.jpg": "S5"}
    said = " ".join(listings.sentences())
    assert "letter case alone: line 2 img_1.jpg is IMG_1.JPG" in said
    assert "line 3 both.jpg (without regard to letter case it fits 2 images)" in said
    assert "line 4 x.jpg (without regard to letter case lines 4 and 5 all fit X.jpg)" in said


def test_what_has_no_counterpart_is_counted_named_and_listed_in_a_file(tmp_path: Path) -> None:
    text = "image,seller_id,price\n" + "".join(f"{number}.jpg,S1,9\n" for number in range(6)) + "5.jpg,S1,9\n"
    listings = matched(tmp_path, text, "0.jpg", *"abcd")
    columns, twice, images, rows = listings.sentences()
    assert columns.endswith("say nothing about listings: price")
    assert twice.endswith("twice with the same content: 1 (line 8 as line 7)")
    assert re.search(r"4 of 5 images have no listing .* a, b, c, and 1 more$", images)
    assert re.search(r"5 of 6 rows .* line 3 1\.jpg, line 4 2\.jpg, line 5 3\.jpg, and 2 more$", rows)
    written = write_left_over(tmp_path, listings)
    assert written is not None
    lines = written.read_text("utf-8").splitlines()
    assert (len(lines), lines[1], lines[-1]) == (10, "image,,a,", "row,7,5.jpg,")
    assert write_left_over(tmp_path, matched(tmp_path, "image,seller_id\na,S1\n", "a")) is None
    assert not written.exists(), "it is about an earlier run"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column|has the columns"),
        ("a,b\n1,2\n", "has the columns a, b"),
        ("image\nx.jpg\n", "at least one of"),
        ("image,seller_id\n", "has columns and no row: write a row for each image"),
        ("image,seller_id\n,S1\n", "line 2: column image is empty"),
        ("image,seler_id\nx.jpg,S1\n", "do you mean seller_id"),
        ("image,title,seller_id\nx.jpg,Dress, red,S1\n", "line 2: 4 cells under 3 columns"),
        ('image,seller_id\nx.jpg,"S1\n', "line 2: .*quotation mark"),
        ("image,seller_id\nx.jpg,S1\n./x.jpg,S2\n", r"line 3: \./x.jpg has another listing in line 2"),
        (
            "image,market\na.jpg,DE\nb.jpg,Germany\nc.jpg,UK\n",
            "Germany is DE; line 4: .*Kingdom is GB",
        ),
        ("image,seller_id\ny.jpg,S1\n", "names none of 1 images: line 2 is about y.jpg, and the first image is x.jpg"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_its_lines(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ListingsUnusable, match=f"listings\\.csv.*({reason})"):
        matched(tmp_path, text, "x.jpg")


def test_a_path_pattern_says_what_it_does_not_fit_and_refuses_what_cannot_be_meant() -> None:
    match = listings_by_pattern("{market}/{seller_id}/{name}")
    listings = match([image("de/S1/a.jpg"), image("b.jpg")])
    assert listings(image("de/S1/a.jpg")) == Listing(seller_id="S1", market="DE")
    assert [sentence[:16] for sentence in listings.sentences()] == ["1 of 2 images ha"]
    with pytest.raises(ListingsUnusable, match=r"Germany/S1/a\.jpg: market Germany"):
        match([image("Germany/S1/a.jpg")])
    with pytest.raises(ListingsUnusable, match="fits none of 1 images"):
        listings_by_pattern("{seller_id}-{name}")([image("b.jpg")])


def test_what_keeps_an_authorization_from_applying_by_a_slip_is_said() -> None:
    granted = Authorization(
        authorization_id=1,
        brand_id="acme",
        seller_id="Shop-1",
        kinds=frozenset(ReferenceKind),
        markets=None,
        nice=frozenset({25}),
        first_day=NOW.date(),
        last_day=None,
        grantors=(),
        document_sha256=None,
        granted_at=NOW,
        revoked_at=None,
    )
    given = [Listing(seller_id=each, category=what) for each, what in (("shop-1", "shirts"), ("Shop-1", "clothing"))]
    given.extend(Listing(seller_id=each) for each in ("1,23457E+11", "12345.0", "Shop\u20111", "Shop\u200b-1", "NaN"))
    listings = ImageListings("l.csv", {image(str(number)): listing for number, listing in enumerate(given)})
    policy = read_policy()
    sellers, alike, rewritten, nothing, categories = doubts(listings, policy, [granted])
    assert sellers.endswith("not authorized: shop-1 (Shop-1)")
    assert alike.endswith(r"'Shop\u20111' ('Shop-1'), 'Shop\u200b-1' ('Shop-1')")
    assert "a spreadsheet or a program: 1,23457E+11, 12345.0." in rewritten
    assert "taken for names: NaN." in nothing
    assert categories.endswith("limited to classes: shirts (1)")
    assert len(list(doubts(listings, policy, [replace(granted, seller_id="S9", nice=None)]))) == 2


def test_a_description_that_is_not_searched_whole_is_named(tmp_path: Path) -> None:
    listings = matched(tmp_path, f"image,description\na.jpg,{'x ' * 30_000}\nb.jpg,short", "a.jpg", "b.jpg")
    said = " ".join(listings.sentences())
    assert "with more than 50,000 characters: 1 (line 2); the rest of each is not searched" in said
