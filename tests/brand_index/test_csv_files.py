"""What is read from CSV files, and what is refused rather than moved or lost."""

from pathlib import Path

import pytest

from brand_index.csv_files import BadRow, Columns, CSVRow, file_named, read_csv
from brand_index.errors import FileUnusable

COLUMNS = Columns(("image",), ("seller_id", "title"), frozenset({"title"}))
OPEN = Columns(COLUMNS.required, COLUMNS.optional, COLUMNS.texts, others_allowed=True)
HEADER = "image,seller_id,title\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def cells(file: Path, content: str | bytes, columns: Columns = COLUMNS) -> list[tuple[int, list[str]]]:
    """Lines and cells of the good rows."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(row.line, list(row.cells.values())) for row in read_csv(file, columns).all_rows()]


def refusal(file: Path, content: str | bytes, columns: Columns = COLUMNS) -> str:
    with pytest.raises(FileUnusable) as caught:
        cells(file, content, columns)
    return str(caught.value).removeprefix(str(file)).lstrip(", ")


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_a_character_that_only_python_takes_for_a_line_break_ends_no_row(file: Path, character: str) -> None:
    assert [row for _, row in cells(file, f"{HEADER}a.jpg,S1,one{character}two\nb.jpg,S2,\n")] == [
        ["a.jpg", "S1", f"one{character if character > chr(0x9F) else ' '}two"],
        ["b.jpg", "S2", ""],
    ]


def test_rows_have_the_line_at_which_they_begin(file: Path) -> None:
    assert cells(file, f'{HEADER}\na.jpg,S1,"two\r\nlines"\r\n\r\nb.jpg,S2,"5"" tall"\r\n') == [
        (3, ["a.jpg", "S1", "two  lines"]),
        (6, ["b.jpg", "S2", '5" tall']),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a.jpg,S1,Dress, red", "line 3: 4 cells under 3 columns"),
        ("a.jpg,S1", "line 3: 2 cells under 3 columns"),
        ('a.jpg,S1,"Dress', "line 3: the row that begins here cannot be read"),
        ('a.jpg,S1,"5" tall"', "line 3: the row that begins here cannot be read"),
        ('a.jpg,"S1\nb.jpg,S2",', "line 3: column seller_id has a line break"),
        ("a.jpg,S\x001,", "line 3, has a zero byte"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(file: Path, row: str, reason: str) -> None:
    assert reason in refusal(file, f"{HEADER}first.jpg,,\n{row}\nlast.jpg,,\n")


def test_the_other_rows_are_read_where_the_caller_goes_on(file: Path) -> None:
    file.write_text(f"{HEADER}a.jpg\nb.jpg,S2,\n")
    bad, good = read_csv(file, COLUMNS).rows()
    assert isinstance(bad, BadRow)
    assert (bad.line, good) == (2, CSVRow(3, {"image": "b.jpg", "seller_id": "S2", "title": ""}))


def test_all_bad_rows_are_told_at_once_the_first_few_by_line(file: Path) -> None:
    said = refusal(file, HEADER + "a\n" * 7)
    assert [f"line {line}: " in said for line in range(2, 9)] == [True] * 5 + [False] * 2
    assert said.endswith("and 2 more")


@pytest.mark.parametrize(
    ("header", "columns", "reason"),
    [
        ("image,seler_id", OPEN, "unknown column seler_id: do you mean seller_id?"),
        ("image,seller", OPEN, "do you mean seller_id?"),
        ("images,seller_id", OPEN, "do you mean image?"),
        ("image,colour", COLUMNS, "unknown column colour; the columns are image, seller_id, title"),
        ("image,image", COLUMNS, "column image twice"),
        ("image:seller_id", OPEN, "no column image"),
        ("", COLUMNS, "no column image"),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused(file: Path, header: str, columns: Columns, reason: str) -> None:
    assert reason in refusal(file, header + "\n", columns)


def test_other_columns_are_named_where_they_are_allowed(file: Path) -> None:
    file.write_text('Image,Seller ID,price,\na.jpg,S1,"1,50",\n')
    table = read_csv(file, OPEN)
    assert (table.columns, table.unused) == (("image", "seller_id", "price", ""), ("price",))
    assert [row.cells["seller_id"] for row in table.all_rows()] == ["S1"]
    assert "without a name" in refusal(file, "image,seller_id,\na.jpg,S1,Dress\n")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_save_is_read(file: Path, separator: str, encoding: str) -> None:
    text = "\r\n".join(separator.join(row) for row in (("image", "title"), ("a.jpg", "Äpfel; groß, rot|\tneu")))
    text = text.replace("Äpfel; groß, rot|\tneu", '"Äpfel; groß, rot|\tneu"')
    assert cells(file, text.encode(encoding)) == [(2, ["a.jpg", "Äpfel; groß, rot| neu"])]


def test_a_first_line_for_excel_says_the_separator(file: Path) -> None:
    assert cells(file, "sep=:\nimage:title\na.jpg:x\n") == [(3, ["a.jpg", "x"])]


def test_a_description_of_a_megabyte_is_read(file: Path) -> None:
    long = "x" * 2**20
    assert cells(file, f"image,title\na.jpg,{long}\n") == [(2, ["a.jpg", long])]


def test_bytes_that_are_not_utf_8_are_refused_with_their_line(file: Path) -> None:
    assert refusal(file, HEADER.encode() + b"a.jpg,S1,Caf\xe9\n").startswith("line 2, is not UTF-8")
    assert "zero byte" in refusal(file, HEADER.encode("utf-16-le"))


def test_a_file_is_found_under_a_name_that_another_system_wrote(tmp_path: Path) -> None:
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    (tmp_path / decomposed).mkdir()
    file = tmp_path / decomposed / "a.png"
    file.touch()
    assert file_named(tmp_path, f"{composed}\\a.png") == file_named(tmp_path, str(file)) == file
    assert file_named(tmp_path, "b\\c.png") == tmp_path / "b\\c.png", "the name in messages is that of the cell"
    (tmp_path / "b\\c.png").touch()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.png").touch()
    assert file_named(tmp_path, "b\\c.png") == tmp_path / "b\\c.png"
