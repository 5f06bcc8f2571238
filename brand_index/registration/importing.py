"""Lists the images and words that a rights holder wants to register, by a CSV file; it registers nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.csv_files import ALIKE_BRANDS, BadRow, Columns, faults, file_named, nearest, read_csv
from brand_index.errors import Contradictory, FileUnusable, InvalidField, MarkscanError
from brand_index.registration import MarkFields, check_brand, check_form, check_mark_of
from brand_index.registration.words import check_word
from brand_index.registry.contradictions import brand_differences, check_same_brand
from brand_index.types import Brand, Form, ReferenceKind, SourceRegion

COLUMNS: Final = Columns(
    ("brand", "name", "owner", "contact", "kind"),
    ("path", "word", "mark", "form", "region", "office", "registration_number", "nice", "vienna"),
)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A checked row of a CSV file."""

    line: int  # of the file, from 1
    brand: Brand
    kind: ReferenceKind
    path: Path | None  # None: a word
    word: str | None  # None: an image
    mark: MarkFields
    form: Form | None = None  # None: as check_form says
    region: SourceRegion | None = None  # of the image, that is to be registered; None: all of it

    @property
    def label(self) -> str:
        """The row in messages."""
        return f"line {self.line}: {self.word if self.path is None else self.path}"


def read_rows(file: Path, registered: Iterable[Brand]) -> Iterator[ImportRow | BadRow]:
    """The rows of a CSV file with the columns of `COLUMNS`.

    Name, owner and contact may be empty for a `registered` brand or one of a row above. Paths are relative to the file.
    A word has no path, and an image no word. Raises FileUnusable as read_csv does, before the first row, and where
    there is neither a column of paths nor one of words.
    """
    table = read_csv(file, COLUMNS)
    if not {"path", "word"} & set(table.columns):
        raise FileUnusable(f"{file} has no column path, which names the images, and none of words, called word")
    brands = {brand.brand_id: brand for brand in registered}
    lines_of = dict[str, int]()  # the first row of a brand that the file registers
    for row in table.rows():
        if isinstance(row, BadRow):
            yield row
            continue
        wrong: list[MarkscanError] = []
        try:
            brand = _brand_of(row.line, row.cells, brands, lines_of)
        except MarkscanError as error:
            wrong.append(error)
        try:
            described = _reference_of(row.cells, file.parent)
        except MarkscanError as error:
            wrong.append(error)
        if wrong:
            yield BadRow(row.line, _together(wrong))
        else:
            yield ImportRow(row.line, brand, *described)


def _together(wrong: list[MarkscanError]) -> MarkscanError:
    """The only error, or one that says both: of what kind the first is."""
    return wrong[0] if len(wrong) == 1 else type(wrong[0])("; and ".join(map(str, wrong)))


def agreeing(file: Path, rows: Iterable[ImportRow | BadRow]) -> list[ImportRow | BadRow]:
    """The rows of a file. Raises Contradictory where one contradicts another, or the registry, about a brand.

    Which of the two is right only a person knows, so nothing of the file is registered.
    """
    found = list(rows)
    bad = [row for row in found if isinstance(row, BadRow) and isinstance(row.error, Contradictory)]
    if bad:
        raise Contradictory(f"nothing was registered: {faults(file, bad)}")
    return found


def complete_brand(slug: str, name: str, owner: str, contact: str, brands: Iterable[Brand]) -> Brand:
    """The brand with these fields, and those of the one among the registered `brands` where a field is empty.

    Raises InvalidField, which names the missing fields, and Contradictory where a field is registered otherwise.
    """
    known = {each.brand_id: each for each in brands}
    brand, registered = _completed(slug, name, owner, contact, known), known.get(slug)
    if registered is not None:
        check_same_brand(registered, brand)
    return brand


def _completed(slug: str, name: str, owner: str, contact: str, known: dict[str, Brand]) -> Brand:
    registered = known.get(slug)
    try:
        fields.slug(slug)
    except InvalidField as error:
        raise InvalidField(f"{error}{_meant(slug, known)}") from error
    values = {"name": name, "owner": owner, "contact": contact}
    if registered is not None:
        values = {field: value or getattr(registered, field) for field, value in values.items()}
    if missing := [field for field, value in values.items() if not value]:
        raise InvalidField(f"brand {slug} is new: give its {', '.join(missing)} too{_meant(slug, known)}")
    return check_brand(Brand(brand_id=slug, **values))


def _meant(slug: str, known: Iterable[str]) -> str:
    """Which brand a misspelt identifier probably means, as a clause; only of a bad row, for it compares them all."""
    near = nearest(slug.lower(), known, ALIKE_BRANDS)
    return "" if near is None else f"; did you mean {near}?"


def _brand_of(line: int, row: dict[str, str], brands: dict[str, Brand], lines_of: dict[str, int]) -> Brand:
    """The brand of a row, which is noted for those below, whether or not the rest of this one can be used."""
    slug = row["brand"]
    known = brands.get(slug)
    brand = _completed(slug, row.get("name", ""), row.get("owner", ""), row.get("contact", ""), brands)
    if known is None:
        brands[brand.brand_id], lines_of[brand.brand_id] = brand, line
        return brand
    if slug in lines_of and (differing := brand_differences(known, brand)):
        raise Contradictory(f"brand {slug} is another in line {lines_of[slug]}: {differing}; make the rows agree")
    check_same_brand(known, brand)
    return brand


def _reference_of(
    row: dict[str, str], folder: Path
) -> tuple[ReferenceKind, Path | None, str | None, MarkFields, Form | None, SourceRegion | None]:
    """What else a row says: the kind, the path or the word, the mark, and of a logo its form and region."""
    name, path, word = row.get("kind", "").lower(), row.get("path", ""), row.get("word", "")
    if name not in set(ReferenceKind):
        raise InvalidField(f"kind {name!r}: give logo, photo or word")
    kind = ReferenceKind(name)
    if kind is ReferenceKind.WORD:
        if not word:
            raise InvalidField("word is empty: give it, in a column called word")
        if path:
            raise InvalidField(f"path {path!r:.80} is given for a word: leave it empty, or register it as a logo")
    elif word:
        raise InvalidField(f"word {word!r:.80} is given for a {kind}: give the word a row of its own, of kind word")
    elif not path:
        raise InvalidField("path is empty: name an image")
    mark = MarkFields(
        name=row.get("mark") or None,
        office=row.get("office") or None,
        registration_number=row.get("registration_number") or None,
        nice=fields.nice_classes(fields.split(row.get("nice", ""))),
        vienna=fields.split(row.get("vienna", "")),
    )
    file = file_named(folder, path) if path else None
    form = fields.form(row["form"]) if row.get("form") else None
    region = fields.region(row["region"]) if row.get("region") else None
    check_form(kind, form, region)
    return kind, file, check_word(word) if word else None, check_mark_of(kind, mark), form, region
