"""Writes verdicts.jsonl, row by row so that a killed scan can resume, and verdicts.csv; not the HTML report."""

import contextlib
import csv
import os
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from brand_index.files import open_regular
from scanner.bulk.kept_rows import RowNotes, row_line
from scanner.bulk.report.outlines import is_in_image
from scanner.engine.types import FailedImage
from scanner.verdicts.rows import LaterFormat, Row, from_json

_BLOCK = 65536  # bytes read at a time when looking for the last newline


class VerdictWriter:
    """Appends rows to a verdicts.jsonl. Each is handed to the operating system before the next image is scanned."""

    def __init__(self, path: Path, *, resume: bool = False, min_confidence: float = 0.0) -> None:
        """Opens `path` and empties it; with `resume`, keeps its complete rows and cuts off an incomplete last one.

        Evidence under `min_confidence` is left out of the rows.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._min_confidence = min_confidence
        self._file = path.open("r+b" if resume and path.exists() else "wb", buffering=0)
        self._end = self._file.truncate(_end_of_whole_rows(self._file))
        self._file.seek(0, os.SEEK_END)

    def write(self, row: Row, notes: RowNotes = RowNotes()) -> None:  # noqa: B008 - frozen
        """Appends one row and hands it to the operating system; OSError: nothing of it is there."""
        line = memoryview(row_line(row, notes, self._min_confidence))
        try:
            written = 0
            while written < len(line):  # a disk that is nearly full takes a part
                written += self._file.write(line[written:])
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
                self._file.seek(self._end)
            raise
        self._end += len(line)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file."""
        self.close()


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a verdicts.jsonl, in order. A last line without a newline, which a killed scan leaves, is skipped.

    Raises ValueError, which names the line, if a complete line is not a row.
    """
    with open_regular(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield from_json(line.decode())
            except LaterFormat as error:
                raise ValueError(f"line {number}: {error}; update Markscan") from error
            except ValueError as error:
                raise ValueError(f"line {number}: {error}; remove that line") from error


@contextlib.contextmanager
def written_whole(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """A text file that takes its place when the block ends; after a failure, what was there before still is."""
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("w", encoding="utf-8", errors="backslashreplace", newline=newline) as file:
            yield file
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Writes one line an image, with its foremost evidence, as UTF-8.

    A text that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, "CSV Injection"). Bytes of a
    file name that are not UTF-8 become backslash escapes.
    """
    with written_whole(path, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_guarded(value) for value in table_cells(row)] for row in rows)


COLUMNS = (
    *("image", "image_sha256", "listing_id", "seller_id", "market", "category", "title", "decision", "reason"),
    *("brand_ids", "reference_id", "kind", "confidence", "left", "top", "right", "bottom"),
    *("hash_distance", "cosine", "inliers", "mirrored", "evidence_count", "authorization_ids", "unmet_authorizations"),
    *("index_revision", "policy", "scanned_at", "counted", "error_code", "error_message", "shared"),
)
"""The columns of verdicts.csv, in order. Reference, box and measurements are those of the surest evidence that counted,
else of the surest evidence, else empty; so is `shared`, what the image merely has in common with it. A word that stands
in a title or description alone has no box. Of a concealed mark, confidence and box are of the patch."""

Cell = str | int | float | None


def table_cells(row: Row) -> tuple[Cell, ...]:
    """The values of a row in the order of COLUMNS."""
    if isinstance(row, FailedImage):
        empty: tuple[Cell, ...] = (None,) * (len(COLUMNS) - 5)
        return row.image, row.image_sha256, *empty, row.code, row.message, None
    verdict, listing = row.verdict, row.verdict.listing
    patch = next(iter(verdict.concealing), None)
    best = next(iter(verdict.foremost), None) if patch is None else None
    seen: tuple[Cell, ...] = (None,) * 10
    if patch is not None:
        seen = (None, None, patch.confidence, *patch.box, None, None, None)
    if best is not None:
        seen = (
            *(best.reference_id, best.kind.value, best.confidence),
            *(best.box if is_in_image(best) else (None,) * 4),
            *(best.hash_distance, best.cosine, best.inliers),
        )
    return (
        *(row.image, verdict.image_sha256, listing.listing_id, listing.seller_id, listing.market),
        *(listing.category, listing.title, verdict.decision.value, verdict.reason.value),
        ";".join(dict.fromkeys(evidence.brand_id for evidence in verdict.evidence)),
        *seen,
        None if best is None else str(best.mirrored).lower(),
        len(verdict.evidence),
        ";".join(str(each) for each in verdict.authorization_ids),
        ";".join(f"{unmet.authorization_id}:{unmet.field.value}" for unmet in verdict.unmet_authorizations),
        *(verdict.index_revision, verdict.policy, verdict.scanned_at.isoformat(), ";".join(verdict.counted)),
        *(None, None),
        None if best is None or best.shared is None else best.shared.value,
    )


def _guarded(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _end_of_whole_rows(file: FileIO) -> int:
    """The offset after the last newline, where the next row begins."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")  # of a regular file, all of it
        if found >= 0:
            return start + found + 1
        end = start
    return 0
