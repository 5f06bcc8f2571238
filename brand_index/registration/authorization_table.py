"""Authorizations as a CSV file: what a file would change, row by row, the import of it, and the export of the same."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from brand_index import fields
from brand_index.csv_files import ALIKE_BRANDS, BadRow, Columns, CSVRow, CSVTable, nearest
from brand_index.errors import FileUnusable, InvalidField, MarkscanError
from brand_index.registration.authorizing import check_not_over, checked_authorization, in_words, overlaps
from brand_index.registry import Registry
from brand_index.registry.recording import authorize_all_within, is_same
from brand_index.types import Authorization, ReferenceKind

COLUMNS: Final = Columns(
    required=("brand", "seller"), optional=("kinds", "markets", "nice", "from", "until", "grantors")
)
LINK: Final = "|"  # between the grantors of a chain
_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "'",
)  # what a spreadsheet would calculate (OWASP, "CSV Injection"), and its guard


class RowState(StrEnum):
    """What a row would do."""

    NEW = "new"
    KNOWN = "already authorized"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What a row of a file would do."""

    line: int  # of the file, from 1
    state: RowState
    text: str  # the authorization in words, or what is wrong
    remarks: tuple[str, ...] = ()  # others that it overlaps
    asked: Authorization | None = None  # of a new one; None: nothing is to be recorded
    from_today: bool = False  # it names no first day

    @property
    def sentence(self) -> str:
        """The row for people."""
        return f"line {self.line}: {self.state.value}: {'; '.join((self.text, *self.remarks))}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do."""

    rows: tuple[PlannedRow, ...]

    def of(self, state: RowState) -> tuple[PlannedRow, ...]:
        """The rows in a state."""
        return tuple(row for row in self.rows if row.state is state)

    @property
    def counts(self) -> str:
        """How many rows are in each state."""
        return ", ".join(f"{len(self.of(state))} {state.value}" for state in RowState)


def plan_import(
    registry: Registry, table: CSVTable, now: datetime, *, may_change: Callable[[str], bool] = lambda brand: True
) -> Plan:
    """What the rows of a file would do; it changes nothing. `may_change`: whether the user may authorize for a brand.

    Raises FileUnusable where the file has no row.
    """
    known_brands = {brand.brand_id for brand in registry.brands()}
    held: dict[tuple[str, str], list[Authorization]] = {}
    for each in registry.authorizations():
        held.setdefault((each.brand_id, each.seller_id), []).append(each)
    lines = dict[int, int]()  # of rows above, by the number that they have meanwhile
    rows = []
    for row in table.rows():
        if isinstance(row, BadRow):
            rows.append(PlannedRow(row.line, RowState.WRONG, str(row.error)))
            continue
        try:
            if row.cells["brand"] in known_brands and not may_change(row.cells["brand"]):
                raise InvalidField(f"brand {row.cells['brand']!r} is not yours")
            if row.cells["brand"] not in known_brands:
                raise InvalidField(_unknown(row.cells["brand"], filter(may_change, known_brands)))
            asked, from_today = _asked(row, now)
            rows.append(_planned(row.line, asked, from_today, held, lines, now))
        except MarkscanError as error:
            rows.append(PlannedRow(row.line, RowState.WRONG, str(error)))
    if not rows:
        raise FileUnusable(f"{table.file} has no row under its first: give one line for each authorization")
    return Plan(tuple(rows))


def import_rows(registry: Registry, plan: Plan, now: datetime, *, partial: bool = False) -> tuple[Authorization, ...]:
    """Record the new authorizations of a plan, in one write. Raises FileUnusable at a wrong row, unless `partial`."""
    if (wrong := plan.of(RowState.WRONG)) and not partial:
        count = "1 row is" if len(wrong) == 1 else f"{len(wrong)} rows are"
        raise FileUnusable(f"nothing was recorded: {count} wrong, the first in line {wrong[0].line}; mend that first")
    new = [(row.asked, row.from_today) for row in plan.rows if row.asked is not None]
    with registry.database.write(now) as write:
        return authorize_all_within(write, new)


def export_rows(given: Iterable[Authorization], now: datetime) -> str:
    """Authorizations in force, now or later, as a CSV file that can be imported; without their documents."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS.known)
    for each in given:
        if each.revoked_at is None and (each.last_day is None or each.last_day >= now.date()):
            writer.writerow([_guarded(cell) for cell in _cells(each)])
    return out.getvalue()


def _cells(each: Authorization) -> Iterator[str]:
    yield each.brand_id
    yield each.seller_id
    yield ",".join(sorted(kind.value for kind in each.kinds))
    yield ",".join(sorted(each.markets or ()))
    yield ",".join(str(number) for number in sorted(each.nice or ()))
    yield each.first_day.isoformat()
    yield "" if each.last_day is None else each.last_day.isoformat()
    yield LINK.join(each.grantors)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _asked(row: CSVRow, now: datetime) -> tuple[Authorization, bool]:
    """The authorization of a row, and whether it names no first day. Raises InvalidField."""
    cells = {name: _unguarded(row.cells.get(name, "")) for name in COLUMNS.known}
    words = fields.split(cells["kinds"].lower()) or (ReferenceKind.LOGO.value,)
    if unknown := [word for word in words if word not in set(ReferenceKind)]:
        raise InvalidField(f"kinds {', '.join(unknown)}: write logo, photo or word, or several with commas")
    first_day = fields.day(cells["from"])
    asked = checked_authorization(
        brand=cells["brand"],
        seller_id=cells["seller"],
        kinds=map(ReferenceKind, words),
        markets=fields.split(cells["markets"]) or None,
        nice=fields.nice_classes(fields.split(cells["nice"])) or None,
        first_day=first_day,
        last_day=fields.day(cells["until"]),
        grantors=tuple(part for part in cells["grantors"].split(LINK) if part.strip()),
        now=now,
    )
    return asked, first_day is None


def _planned(
    line: int,
    asked: Authorization,
    from_today: bool,
    held: dict[tuple[str, str], list[Authorization]],
    lines: dict[int, int],
    now: datetime,
) -> PlannedRow:
    """What a row would do after those above it; adds it to `held`."""
    others = held.setdefault((asked.brand_id, asked.seller_id), [])
    text = f"{asked.brand_id} for {asked.seller_id}: {in_words(asked)}"
    same = next((each for each in others if is_same(each, asked, from_today=from_today)), None)
    if same is not None:
        return PlannedRow(line, RowState.KNOWN, f"{_name(same.authorization_id, lines)} ({text})")
    check_not_over(asked, now)
    remarks = tuple(overlaps(asked, others, now, lambda number: _name(number, lines)))
    stand_in = replace(asked, authorization_id=-line)  # no authorization has this number
    lines[stand_in.authorization_id] = line
    others.append(stand_in)
    return PlannedRow(line, RowState.NEW, text, remarks, asked, from_today)


def _unknown(brand: str, known: Iterable[str]) -> str:
    if not brand:
        return "brand is empty: name one"
    near = nearest(brand.lower(), known, ALIKE_BRANDS)
    return f"no brand {brand!r:.99}: " + ("register it first" if near is None else f"did you mean {near}?")


def _name(number: int, lines: dict[int, int]) -> str:
    return f"line {lines[number]}" if number in lines else f"authorization {number}"
