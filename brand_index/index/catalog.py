"""The references of an index, and those that it lacks, as JSON, for readers without the registry; no vectors."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from brand_index.errors import IndexDamaged
from brand_index.types import ReferenceKind

FILE_NAME = "catalog.json"
SET_ASIDE = "set_aside.json"  # its time is that of the last try to describe them


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


def write_catalog(folder: Path, references: tuple[IndexedReference, ...]) -> None:
    """Write the catalog into `folder`, in order."""
    rows = [asdict(reference) for reference in references]
    (folder / FILE_NAME).write_text(json.dumps(rows), "utf-8")


def read_catalog(folder: Path) -> tuple[IndexedReference, ...]:
    """Read what `write_catalog` wrote. Raises IndexDamaged."""
    path = folder / FILE_NAME
    try:
        return tuple(
            IndexedReference(**{**row, "kind": ReferenceKind(row["kind"]), "content": tuple(row["content"])})
            for row in json.loads(path.read_text("utf-8"))
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def write_set_aside(folder: Path, references: tuple[SetAside, ...], tried: float) -> None:
    """Write what the index lacks into `folder`, in order; `tried`: when they could not be described, as seconds."""
    path = folder / SET_ASIDE
    path.write_text(json.dumps([asdict(each) for each in references]), "utf-8")
    os.utime(path, (tried, tried))


def read_set_aside(folder: Path) -> tuple[SetAside, ...]:
    """Read what `write_set_aside` wrote; none if there is no such file. Raises IndexDamaged."""
    path = folder / SET_ASIDE
    try:
        return tuple(SetAside(**row) for row in json.loads(path.read_text("utf-8")))
    except FileNotFoundError:  # an index of before
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error
