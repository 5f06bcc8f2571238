"""Tables of images and their listings on an object store: what is matched, and what is said of a table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.bulk.listings import ListingsUnusable

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
TABLE = "memory://shop/x/day.csv"


@pytest.fixture
def written() -> Iterator[Callable[[str], None]]:
    """Writes the table."""
    import fsspec  # noqa: PLC0415 - where it is installed

    store = fsspec.filesystem("memory")
    yield lambda text: store.pipe_file("/shop/x/day.csv", text.encode())
    if store.exists("/shop"):
        store.rm("/shop", recursive=True)


def sellers(place: str) -> dict[str, str | None]:
    """The seller of each image of a table, by the image's name."""
    from scanner.bulk.cluster.tables import read_image_table  # noqa: PLC0415 - where it is installed

    images, table = read_image_table(place)
    listing_of: Any = table.match(images)
    return {image.name: listing_of(image).seller_id for image in images}


def test_images_of_a_table_that_share_a_file_name_have_each_their_own_listing(
    written: Callable[[str], None],
) -> None:
    rows = {f"memory://shop/listings/{seller}/copy.jpg": seller for seller in ("S1", "S2")}
    written("\n".join(["uri,seller_id", *(",".join(row) for row in rows.items()), "copy.jpg,S3"]))
    assert sellers(TABLE) == {**rows, "memory://shop/x/copy.jpg": "S3"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("uri,sellerid\na.jpg,S1\n", "has an unknown column sellerid: do you mean seller_id?"),
        ("uri,seller_id\n", "has columns and no row: write a row for each image"),
        ("uri,seller_id\na.jpg,S1\na.jpg,S2\n", ", line 3: a.jpg has another listing in line 2: keep one of the two"),
        ("uri,seller_id\na.jpg,S1\nftp://x/y.jpg,S2\n", ", line 3: ftp://x/y.jpg: is no address of an object store"),
        ("uri\na.jpg\n", "has the columns uri: it needs image or name"),
    ],
)
def test_what_is_wrong_with_a_table_on_an_object_store_names_its_address(
    written: Callable[[str], None], text: str, said: str
) -> None:
    written(text)
    with pytest.raises(ListingsUnusable) as raised:
        sellers(TABLE)
    assert str(raised.value).startswith(f"{TABLE}{'' if said.startswith(',') else ' '}{said}")
    assert "--listings" not in str(raised.value)


def test_notes_about_a_table_on_an_object_store_name_its_address(written: Callable[[str], None]) -> None:
    from scanner.bulk.cluster.tables import read_image_table  # noqa: PLC0415 - where it is installed

    written("uri;seller_id;colour\na.jpg;S1;red\n")
    assert [note.startswith(f"{TABLE} ") for note in read_image_table(TABLE)[1].notes] == [True, True]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([12345678901.0, None], ["12345678901", None]),
        ([12345678901.0, float("nan")], ["12345678901", None]),
        ([1.5, 2.0], ["1.5", "2"]),
        ([b"S1", "Zo\u00eb".encode()], ["S1", "Zo\u00eb"]),
    ],
    ids=["missing", "not a number", "fraction", "bytes"],
)
def test_cells_of_parquet_are_the_ids_that_were_meant(cells: list[Any], said: list[str | None], tmp_path: Path) -> None:
    place = parquet({"image": ["0.jpg", "1.jpg"], "seller_id": cells, "tags": [["x"], []]}, tmp_path)
    assert list(sellers(place).values()) == said


@pytest.mark.parametrize("cell", [["S1"], b"\xff\xfe\xfa", {"id": 1}], ids=["list", "bytes", "structure"])
def test_cells_of_parquet_that_are_no_text_are_refused_with_their_column(cell: object, tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {"image": ["0.jpg"], "seller_id": [cell]}
    place = parquet(columns, tmp_path)
    with pytest.raises(ListingsUnusable, match=r"column seller_id holds .*, which is no text: write one text a cell"):
        sellers(place)


def test_a_line_break_or_zero_byte_in_a_text_of_parquet_loses_no_row(tmp_path: Path) -> None:
    images, titles = ["0.jpg", "1.jpg"], ["red\r\nshoe\0", "blue"]
    place = parquet({"image": images, "title": titles, "seller_id": ["S1", "S2"]}, tmp_path)
    assert list(sellers(place).values()) == ["S1", "S2"]


@pytest.mark.parametrize("cell", ["S\0002", "S\n2"], ids=["zero byte", "line break"])
def test_an_unseen_character_in_an_id_of_parquet_is_refused_with_its_row(cell: str, tmp_path: Path) -> None:
    texts = ["of two\nlines", "short"]
    place = parquet({"image": ["0.jpg", "1.jpg"], "title": texts, "seller_id": ["S1", cell]}, tmp_path)
    with pytest.raises(ListingsUnusable, match="line 3: column seller_id has a control character"):
        sellers(place)


def parquet(columns: dict[str, list[Any]], folder: Path) -> str:
    """The path of a new Parquet file with these columns."""
    import pyarrow as pa  # noqa: PLC0415 - where it is installed
    import pyarrow.parquet  # noqa: PLC0415 - likewise

    place = str(folder / "day.parquet")
    pa.parquet.write_table(pa.table(columns), place)
    return place
