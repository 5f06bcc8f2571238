"""The references of a segment, and those that an index lacks, for readers without the registry; no vectors."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.index.parts.files import ColumnWriter, read_array
from brand_index.types import Form, ReferenceKind

CATALOG: Final = "catalog.npy"
BRANDS: Final = "brands.json"  # of the references, in the order of their numbers in the catalog
SET_ASIDE: Final = "set_aside.json"  # its time is that of the last try to describe them
LONGEST_ID: Final = 96  # characters: a brand of 64, a kind and 16 digits
_KINDS: Final = tuple(ReferenceKind)
_FORMS: Final = (None, *Form)
_ROW: Final = np.dtype(
    [
        ("reference_id", f"S{LONGEST_ID}"),
        ("sha256", np.uint8, 32),
        ("brand", np.int32),
        ("mark_id", np.int64),  # −1: none
        ("size", np.int32, 2),
        ("content", np.int32, 4),
        ("kind", np.uint8),
        ("form", np.uint8),
        ("review_only", np.bool_),
    ]
)


@dataclass(frozen=True, slots=True)
class IndexedReference:
    """One reference in the index; its row in the catalog is its position."""

    reference_id: str
    brand_id: str
    kind: ReferenceKind
    sha256: str
    width: int  # pixels of the registered image
    height: int
    content: tuple[int, int, int, int]  # left, top, right, bottom of its visible part
    review_only: bool = False  # too plain to act on without a person
    mark_id: int | None = None  # None: a photo, or a logo without a recorded mark
    form: Form | None = None  # None: a photo


@dataclass(frozen=True, slots=True)
class SetAside:
    """A reference in force that could not be described, so that no scan searches it."""

    reference_id: str
    brand_id: str
    source_name: str
    sha256: str
    suffix: str  # of its file, with its dot
    code: str  # of the error
    reason: str


class Catalog:
    """The references of one segment by their ids, which say their positions; the rows stay on disk."""

    def __init__(self, rows: NDArray[Any], brands: tuple[str, ...]) -> None:
        self._rows, self.brands = rows, brands
        self.id_column: NDArray[np.bytes_] = rows["reference_id"]  # (R,), ascending
        self.brand_numbers = np.ascontiguousarray(rows["brand"])  # (R,): in `brands`
        self.marks = np.ascontiguousarray(rows["mark_id"])  # (R,): −1: none
        self.kinds = frozenset(_KINDS[number] for number in np.unique(rows["kind"]).tolist())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what a CatalogWriter wrote. Raises IndexDamaged."""
        rows, path = read_array(folder / CATALOG), folder / BRANDS
        try:
            brands = tuple(str(each) for each in json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise IndexDamaged(path, f"cannot be read ({error})") from error
        if rows.dtype != _ROW or int(rows["brand"].max(initial=-1)) >= len(brands):
            raise IndexDamaged(folder / CATALOG, f"has other columns, or brands that {BRANDS} lacks")
        return cls(rows, brands)

    def __len__(self) -> int:
        """The number of references, withdrawn ones too."""
        return len(self._rows)

    def __getitem__(self, position: int) -> IndexedReference:
        """The reference at a position of the segment."""
        row = self._rows[position]
        left, top, right, bottom = row["content"].tolist()
        mark_id = int(row["mark_id"])
        return IndexedReference(
            self.id_of(position),
            self.brands[int(row["brand"])],
            _KINDS[int(row["kind"])],
            row["sha256"].tobytes().hex(),
            int(row["size"][0]),
            int(row["size"][1]),
            (left, top, right, bottom),
            bool(row["review_only"]),
            None if mark_id < 0 else mark_id,
            _FORMS[int(row["form"])],
        )

    def says(self, position: int, mark_id: int | None, form: Form | None) -> bool:
        """Whether the reference at a position has this mark and form: all else of it is in its id."""
        known = int(self.marks[position]), int(self._rows["form"][position])
        return known == (-1 if mark_id is None else mark_id, _FORMS.index(form))

    def has(self, kind: ReferenceKind, withdrawn: NDArray[np.uint32]) -> bool:
        """Whether a reference of this kind is not at one of the positions that were withdrawn."""
        of_kind = np.flatnonzero(self._rows["kind"] == _KINDS.index(kind))
        return not bool(np.isin(of_kind, withdrawn).all())

    def id_of(self, position: int) -> str:
        """The id of the reference at a position."""
        return bytes(self.id_column[position]).decode("ascii")

    def ids(self) -> Iterator[str]:
        """The ids of all references, by position."""
        return (each.decode("ascii") for each in self.id_column.tolist())

    def position_of(self, reference_id: str) -> int | None:
        """Where the reference with this id is; None: not in this segment."""
        wanted = reference_id.encode("ascii", "replace")
        at = int(np.searchsorted(self.id_column, wanted))
        return at if at < len(self.id_column) and bytes(self.id_column[at]) == wanted else None


class CatalogWriter:
    """Writes a Catalog."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, ColumnWriter(folder / CATALOG, _ROW)
        self._brands: dict[str, int] = {}
        self._last = ""

    def add(self, reference: IndexedReference) -> int:
        """Add a reference and return its position; their ids must ascend. Raises ValueError."""
        if reference.reference_id <= self._last or len(reference.reference_id) > LONGEST_ID:
            raise ValueError(f"reference {reference.reference_id} after {self._last}, or too long an id")
        self._last = reference.reference_id
        row = np.zeros(1, _ROW)
        row["reference_id"] = reference.reference_id
        row["sha256"] = np.frombuffer(bytes.fromhex(reference.sha256), np.uint8)
        row["brand"] = self._brands.setdefault(reference.brand_id, len(self._brands))
        row["mark_id"] = -1 if reference.mark_id is None else reference.mark_id
        row["size"], row["content"] = (reference.width, reference.height), reference.content
        row["kind"], row["form"] = _KINDS.index(reference.kind), _FORMS.index(reference.form)
        row["review_only"] = reference.review_only
        self._file.append(row)
        return self._file.rows - 1

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the files, unless something went wrong."""
        if error is not None:
            self._file.abandon()
            return
        self._file.close()
        (self._folder / BRANDS).write_text(json.dumps(list(self._brands)), "utf-8")


def write_set_aside(folder: Path, references: tuple[SetAside, ...], tried: float) -> None:
    """Write what the index lacks into `folder`, in order; `tried`: when they could not be described, as seconds."""
    path = folder / SET_ASIDE
    path.write_text(json.dumps([asdict(each) for each in references]), "utf-8")
    os.utime(path, (tried, tried))


def read_set_aside(folder: Path) -> tuple[SetAside, ...]:
    """Read what `write_set_aside` wrote. Raises IndexDamaged."""
    path = folder / SET_ASIDE
    try:
        return tuple(SetAside(**row) for row in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error
