"""Rows as Parquet files: the columns of verdicts.csv with their types, and each row's line of verdicts.jsonl."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet

from scanner.bulk.report.files import COLUMNS, Cell, table_cells
from scanner.engine.types import FailedImage
from scanner.verdicts.rows import from_json

POSITION: Final = "position"  # of the line in verdicts.jsonl, from 0
LINE: Final = "row"  # the line itself, without its end
FAILED: Final = "failed"  # the partition of images without a verdict, beside the decisions
_FLOATS: Final = frozenset({"confidence", "left", "top", "right", "bottom", "hash_distance", "cosine"})
_INTEGERS: Final = frozenset({"inliers", "evidence_count", "index_revision"})
_LEFT_OUT: Final = frozenset({"decision"})  # the partition says it
_TIME: Final = "scanned_at"


def _type_of(column: str) -> Any:
    if column in _FLOATS:
        return pa.float64()
    if column == _TIME:
        return pa.timestamp("us", "UTC")
    return pa.int64() if column in _INTEGERS else pa.string()


SCHEMA: Final = pa.schema(
    [
        (POSITION, pa.int64()),
        *((column, _type_of(column)) for column in COLUMNS if column not in _LEFT_OUT),
        (LINE, pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of verdicts.jsonl where it is."""

    position: int  # from 0
    line: bytes  # with its end


def by_decision(lines: Iterable[PlacedLine]) -> dict[str, list[PlacedLine]]:
    """The lines of each decision; FAILED: of images without one. ValueError: one is no row."""
    found = defaultdict[str, list[PlacedLine]](list)
    for each in lines:
        row = from_json(each.line.decode())
        found[FAILED if isinstance(row, FailedImage) else row.verdict.decision.value].append(each)
    return found


def packed(lines: Sequence[PlacedLine]) -> bytes:
    """A Parquet file with these rows."""
    columns: Mapping[str, list[object]] = {name: [] for name in SCHEMA.names}
    for each in lines:
        text = each.line.decode().rstrip("\n")
        cells = dict(zip(COLUMNS, table_cells(from_json(text)), strict=True))
        for name, values in columns.items():
            values.append(each.position if name == POSITION else text if name == LINE else _value(name, cells[name]))
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(columns, SCHEMA), file, compression="zstd")
    return file.getvalue()


def unpacked(data: bytes) -> tuple[PlacedLine, ...]:
    """The lines of a Parquet file. ValueError: it is none, such as one that a killed program wrote half."""
    table = pa.parquet.read_table(io.BytesIO(data), columns=[POSITION, LINE])
    pairs = zip(table[POSITION].to_pylist(), table[LINE].to_pylist(), strict=True)
    return tuple(PlacedLine(position, f"{line}\n".encode()) for position, line in pairs)


def _value(column: str, cell: Cell) -> object:
    if cell is None:
        return None
    if column == _TIME:
        return datetime.fromisoformat(str(cell))
    if column in _FLOATS:
        return float(cell)
    return cell if column in _INTEGERS else str(cell).encode("utf-8", "backslashreplace").decode()
