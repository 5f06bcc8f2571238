"""Refits the confidence of marks on their decided cases; the fit itself is scanner.verdicts.calibration's."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection, and_, func, or_, select

from brand_index.registry import Registry
from brand_index.registry.database import Database
from brand_index.registry.schema import reference_images
from brand_index.types import Form, ReferenceKind
from scanner.moderation.cases.notices import FROM_NOTICE
from scanner.moderation.cases.tables import case_decisions, cases
from scanner.moderation.records.tables import scanned_images
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.precision import is_right
from scanner.verdicts.weighing.calibration import NEWEST, Assessment, Calibration, DecidedMatch, assess

_Value = TypeVar("_Value")
AT_ONCE: Final = 500  # ids in one SQL statement
_KINDS: Final = (ReferenceKind.LOGO, ReferenceKind.WORD)  # photos are no marks
_RECALIBRATED: Final = '"shipped_confidence"'  # in the JSON of rows with evidence of another confidence than ships


class MarkKey(NamedTuple):
    """What is calibrated together: the logos or the words of one mark, whose confidence has one origin.

    A reference without a recorded mark is a mark by itself.
    """

    brand_id: str
    kind: ReferenceKind
    mark_id: int | None
    reference_id: str  # the least of its references


class _Revision(NamedTuple):
    """Changes whenever a decision is made, undone or purged."""

    last: int
    decisions: int
    undone: int


@dataclass(frozen=True, slots=True)
class _Known:
    revision: _Revision
    references: tuple[str, ...]
    decided: tuple[DecidedMatch, ...]
    assessment: Assessment | None  # None: nothing is decided


class Calibrations:
    """The calibrations of the marks of a database, each fitted again only when its decisions change."""

    def __init__(self, database: Database, least: int) -> None:
        """`least`: decided cases of a mark from which it is calibrated; 0: none is."""
        self._database, self._least = database, least
        self._known: dict[MarkKey, _Known] = {}
        self._shipped: dict[str, float] = {}  # by case_id; a recorded scan does not change

    def of(self, references: Collection[str]) -> Mapping[str, Calibration]:
        """The calibrations of these references, by reference_id; those without one are left out."""
        if not (self._least and references):
            return {}
        with self._database.read() as connection:
            revision = _revision(connection)
            if revision.decisions < self._least:
                return {}
            marks = _marks_of(connection, references)
            found = {key: self._assessed(connection, key, members, revision) for key, members in marks.items()}
        wanted = set(references)
        return {
            reference: assessment.calibration
            for key, assessment in found.items()
            if assessment is not None and assessment.calibration is not None
            for reference in wanted.intersection(marks[key])
        }

    def all(self) -> Mapping[MarkKey, Assessment]:
        """The assessment of each mark of which a case is decided, those with the most decided cases first."""
        with self._database.read() as connection:
            revision = _revision(connection)
            query = select(cases.c.reference_id).where(_decided()).distinct()
            marks = _marks_of(connection, connection.execute(query).scalars().all())
            found = {key: self._assessed(connection, key, members, revision) for key, members in marks.items()}
        ranked = [(key, each) for key, each in found.items() if each is not None]
        return dict(sorted(ranked, key=lambda each: (-each[1].precision.decided, each[0].brand_id, each[0][3])))

    def _assessed(
        self, connection: Connection, key: MarkKey, references: tuple[str, ...], revision: _Revision
    ) -> Assessment | None:
        known = self._known.get(key)
        if known is not None and (known.revision, known.references) == (revision, references):
            return known.assessment
        decided = tuple(self._decided(connection, references))
        if known is not None and known.decided == decided:
            assessment = known.assessment
        else:
            assessment = assess(decided, self._least) if decided else None
        self._known[key] = _Known(revision, references, decided, assessment)
        return assessment

    def _decided(self, connection: Connection, references: Sequence[str]) -> Iterator[DecidedMatch]:
        """The NEWEST decided matches; cases of one cluster, which show one image, count once, by the last decision."""
        columns = (cases.c.case_id, cases.c.cluster, cases.c.confidence, cases.c.state, cases.c.ground)
        rows = [
            row
            for some in _chunks(references)
            for row in connection.execute(
                select(*columns, cases.c.decided_at).where(cases.c.reference_id.in_(some), _decided())
            )
        ]
        rows.sort(key=lambda row: (row.decided_at, row.case_id), reverse=True)
        newest: dict[str, Any] = {}
        for row in rows:
            newest.setdefault(row.cluster, row)
        taken = list(newest.values())[:NEWEST]
        shipped = self._shipped_of(connection, taken)
        for row in taken:
            right = is_right(row.state, row.ground)
            assert right is not None
            yield DecidedMatch(shipped[row.case_id], right)

    def _shipped_of(self, connection: Connection, rows: Sequence[Any]) -> Mapping[str, float]:
        """The shipped confidence of the match of each case, by case_id."""
        confidence = {row.case_id: row.confidence for row in rows if row.case_id not in self._shipped}
        for some in _chunks(list(confidence)):
            image = and_(scanned_images.c.scan_id == cases.c.case_id, scanned_images.c.position == cases.c.position)
            query = select(cases.c.case_id, cases.c.reference_id, scanned_images.c.outcome).join_from(
                cases, scanned_images, image
            )
            recalibrated = scanned_images.c.outcome.contains(_RECALIBRATED)
            for case_id, reference, outcome in connection.execute(query.where(cases.c.case_id.in_(some), recalibrated)):
                confidence[case_id] = _shipped_in(outcome, reference, confidence[case_id])
        self._shipped |= confidence
        return self._shipped


def mark_names(registry: Registry, marks: Iterable[MarkKey]) -> Mapping[MarkKey, str]:
    """What people call these marks: the name of each, its office and number, or its first artwork's file, or a word."""
    recorded = {each.mark_id: each for each in registry.marks()}
    names = {}
    for key in marks:
        mark = None if key.mark_id is None else recorded.get(key.mark_id)
        if mark is not None and mark.name is not None:
            names[key] = mark.name
        elif mark is not None and mark.office is not None:
            names[key] = f"{mark.office} {mark.registration_number}"
        else:
            names[key] = _first_file(registry, key)
    return names


def _first_file(registry: Registry, key: MarkKey) -> str:
    """The file of a mark's artwork, or its word: of those in force, the one that was registered first."""
    table = reference_images
    of_mark = table.c.reference_id == key.reference_id if key.mark_id is None else table.c.mark_id == key.mark_id
    is_artwork = or_(table.c.form.is_(None), table.c.form == Form.ARTWORK)  # rows of before forms have none
    order = (table.c.withdrawn_at.is_(None).desc(), is_artwork.desc(), table.c.registered_at, table.c.reference_id)
    query = select(table.c.source_name).where(of_mark, table.c.kind == key.kind).order_by(*order).limit(1)
    with registry.database.read() as connection:
        found: str | None = connection.execute(query).scalar()
    return key.reference_id if found is None else found


def _decided() -> Any:
    """Cases that a scan opened by what it saw of a mark, and that are decided; as in labels.py, no notices."""
    return and_(
        cases.c.kind.in_(_KINDS),
        cases.c.reference_id.is_not(None),
        cases.c.confidence.is_not(None),
        cases.c.state.in_((CaseState.CONFIRMED, CaseState.DISMISSED)),
        ~FROM_NOTICE,
    )


def _revision(connection: Connection) -> _Revision:
    table = case_decisions
    query = select(func.max(table.c.decision_id), func.count(), func.count(table.c.undone_at)).select_from(table)
    last, decisions, undone = connection.execute(query).one()
    return _Revision(last or 0, int(decisions), int(undone))


def _marks_of(connection: Connection, references: Collection[str]) -> dict[MarkKey, tuple[str, ...]]:
    """The marks of these references, with all their references, withdrawn ones too; photos are left out."""
    table = reference_images
    columns = select(table.c.reference_id, table.c.brand_id, table.c.kind, table.c.mark_id).where(
        table.c.kind.in_(_KINDS)
    )
    known = [
        row
        for some in _chunks(sorted(set(references)))
        for row in connection.execute(columns.where(table.c.reference_id.in_(some)))
    ]
    shared = sorted({row.mark_id for row in known if row.mark_id is not None})
    members = [row for some in _chunks(shared) for row in connection.execute(columns.where(table.c.mark_id.in_(some)))]
    groups: dict[tuple[str, ReferenceKind, int | str], set[str]] = {}
    for row in known + members:
        mark = row.reference_id if row.mark_id is None else row.mark_id
        groups.setdefault((row.brand_id, row.kind, mark), set()).add(row.reference_id)
    asked = {(row.brand_id, row.kind, row.reference_id if row.mark_id is None else row.mark_id) for row in known}
    return {
        MarkKey(group[0], group[1], None if isinstance(group[2], str) else group[2], min(each)): tuple(sorted(each))
        for group, each in groups.items()
        if group in asked
    }


def _shipped_in(outcome: str, reference: str, recorded: float) -> float:
    """The shipped confidence of a reference in a recorded row; `recorded`: where the row calibrated it by no mark."""
    for item in json.loads(outcome).get("evidence", ()):
        if item.get("reference_id") == reference:
            by_mark = item.get("calibration")
            return recorded if by_mark is None else float(by_mark["shipped_confidence"])
    return recorded


def _chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    for begin in range(0, len(values), AT_ONCE):
        yield values[begin : begin + AT_ONCE]
