"""The references of an index as JSON, for readers without the registry; it holds no vectors."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from brand_index.errors import IndexUnusable
from brand_index.types import ReferenceKind

FILE_NAME = "catalog.json"


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


def write_catalog(folder: Path, references: tuple[IndexedReference, ...]) -> None:
    """Write the catalog into `folder`, in order."""
    rows = [asdict(reference) for reference in references]
    (folder / FILE_NAME).write_text(json.dumps(rows), "utf-8")


def read_catalog(folder: Path) -> tuple[IndexedReference, ...]:
    """Read what `write_catalog` wrote. Raises IndexUnusable."""
    path = folder / FILE_NAME
    try:
        return tuple(
            IndexedReference(**{**row, "kind": ReferenceKind(row["kind"]), "content": tuple(row["content"])})
            for row in json.loads(path.read_text("utf-8"))
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"{path}: cannot be read ({error}). Build the index again: markscan index.") from error
