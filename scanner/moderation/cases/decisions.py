"""Decisions of reviewers on cases, and their undoing. Each is an event of the history."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database, Write, fetch
from brand_index.types import ReferenceKind
from scanner.moderation.cases.cases import LEASE, Case
from scanner.moderation.cases.covered import read_covered
from scanner.moderation.cases.tables import case_decisions, cases
from scanner.moderation.leases import is_over
from scanner.verdicts.case_states import UNDECIDED, CaseState, Ground, grounds_for

LONGEST_NOTE = 2_000  # characters


class CaseTaken(InvalidField):
    """Somebody else is reviewing the case, or it was decided meanwhile."""

    code = "case_taken"


@dataclass(frozen=True, slots=True)
class CaseDecision:
    """One decision of one reviewer on one case."""

    decision_id: int
    case_id: str
    user_id: str
    at: datetime  # UTC
    state: CaseState  # of the case after the decision
    ground: Ground | None  # of a dismissal
    note: str
    before: CaseState  # of the case before it
    undone_at: datetime | None  # None: it stands
    batch_id: str | None  # of decisions that were made together; None: it was made alone


def decide(
    database: Database,
    case_ids: Iterable[str],
    user: str,
    state: CaseState,
    *,
    ground: Ground | None = None,
    note: str = "",
    now: datetime,
) -> tuple[CaseDecision, ...]:
    """Decide cases, all of them or none. A dismissal needs a ground; other decisions have none.

    Decisions on several cases have one batch_id. Raises InvalidField, UnknownRecord, and CaseTaken where somebody else
    is reviewing a case or it is decided.
    """
    with database.write(now) as write:
        return decide_within(write, case_ids, user, state, ground=ground, note=note)


def decide_within(
    write: Write,
    case_ids: Iterable[str],
    user: str,
    state: CaseState,
    *,
    ground: Ground | None = None,
    note: str = "",
) -> tuple[CaseDecision, ...]:
    """As `decide`, in an open write."""
    if state is CaseState.OPEN:
        raise InvalidField("a decision confirms, dismisses or escalates; undo opens a case again")
    if (ground is not None) != (state is CaseState.DISMISSED):
        raise InvalidField(f"ground {ground}: a dismissal needs a ground, and no other decision has one")
    text = fields.passage("note", note, LONGEST_NOTE)
    ids, made = tuple(dict.fromkeys(case_ids)), []
    batch = uuid.uuid4().hex if len(ids) > 1 else None
    for case_id in ids:
        case = find_case(write.connection, case_id)
        if why := refusal(case, user, write.now, state):
            raise CaseTaken(f"case {case_id[:8]} {why}")
        if ground is not None and ground not in grounds_for(case.kind):  # it may fit another match of the listing
            kinds = read_covered(write.connection, [case])[case_id].kinds
            refuse_unless_fitting(ground, kinds, f"case {case_id}")
        made.append(_record(write, case, user, state, ground, text, batch))
    return tuple(made)


def refusal(case: Case, user: str, now: datetime, state: CaseState | None = None) -> str | None:
    """Why `user` cannot decide this case, or not to `state`, after its name; None: nothing stands in the way."""
    if (why := _held(case, user, now)) is not None:
        return why
    if case.state not in UNDECIDED or case.state is state:
        return f"is {case.state.value} already: its page says by whom, and who can undo that"
    return None


def refuse_unless_fitting(ground: Ground | None, kinds: Iterable[ReferenceKind | None], what: str) -> None:
    """Raises InvalidField where a ground makes no sense for a match of any of these kinds."""
    known = tuple(kinds)
    if ground is not None and ground not in (possible := grounds_for(*known)):
        about = " and a ".join(sorted(kind for kind in known if kind is not None))
        raise InvalidField(f"{what} is about a {about}: ground {ground} does not fit; choose {', '.join(possible)}")


def reverse_within(write: Write, case_id: str, user: str, ground: Ground, note: str) -> CaseDecision | None:
    """Dismiss a case because an appeal succeeded. None: the case was purged, or is dismissed already."""
    text = fields.passage("note", note, LONGEST_NOTE)
    found = fetch(write.connection, Case, select(cases).where(cases.c.case_id == case_id))
    if not found or found[0].state is CaseState.DISMISSED:
        return None
    return _record(write, found[0], user, CaseState.DISMISSED, ground, text)


def undo(database: Database, decision_id: int, user: str, now: datetime) -> Case:
    """Undo the last decision on a case: the case gets its earlier state back.

    Raises UnknownRecord, and CaseTaken where the decision is not the last or somebody else is reviewing the case.
    """
    with database.write(now) as write:
        return undo_within(write, decision_id, user)


def undo_within(write: Write, decision_id: int, user: str) -> Case:
    """As `undo`, in an open write."""
    query = select(case_decisions).where(case_decisions.c.decision_id == decision_id)
    known = next(iter(fetch(write.connection, CaseDecision, query)), None)
    if known is None:
        raise UnknownRecord(f"no decision {decision_id}")
    last = _standing(write.connection, known.case_id)
    if known.undone_at is not None or last != decision_id:
        raise CaseTaken(f"decision {decision_id} no longer stands, or is not the last on its case")
    if why := _held(find_case(write.connection, known.case_id), user, write.now):
        raise CaseTaken(f"case {known.case_id} {why}")
    write.update(case_decisions, case_decisions.c.decision_id == decision_id, {"undone_at": write.now})
    values = {"state": known.before, "ground": None, "decided_at": None, "leased_by": None, "leased_until": None}
    write.update(cases, cases.c.case_id == known.case_id, values)
    write.note("decision undone", known.case_id, {"decision": decision_id, "user": user})
    return find_case(write.connection, known.case_id)


def decision_with(database: Database, decision_id: int) -> CaseDecision | None:
    """The decision with this number, undone or not; None: there is none."""
    query = select(case_decisions).where(case_decisions.c.decision_id == decision_id)
    with database.read() as connection:
        return next(iter(fetch(connection, CaseDecision, query)), None)


def decisions_on(database: Database, case_id: str) -> tuple[CaseDecision, ...]:
    """All decisions on a case, undone ones too, the oldest first."""
    query = select(case_decisions).where(case_decisions.c.case_id == case_id).order_by(case_decisions.c.decision_id)
    with database.read() as connection:
        return fetch(connection, CaseDecision, query)


def last_of(database: Database, user: str) -> CaseDecision | None:
    """The newest decision of a user that stands; None: there is none."""
    mine = and_(case_decisions.c.user_id == user, case_decisions.c.undone_at.is_(None))
    query = select(case_decisions).where(mine).order_by(case_decisions.c.decision_id.desc()).limit(1)
    with database.read() as connection:
        return next(iter(fetch(connection, CaseDecision, query)), None)


def batch_of(connection: Connection, batch_id: str) -> tuple[CaseDecision, ...]:
    """The decisions of a batch, undone ones too, the oldest first; none: there is no such batch."""
    query = select(case_decisions).where(case_decisions.c.batch_id == batch_id).order_by(case_decisions.c.decision_id)
    return fetch(connection, CaseDecision, query)


def batch_with(database: Database, decision: CaseDecision) -> tuple[CaseDecision, ...]:
    """The decisions of this one's batch that still stand, this one too; none: it was made alone."""
    if decision.batch_id is None:
        return ()
    with database.read() as connection:
        return tuple(each for each in batch_of(connection, decision.batch_id) if stands(connection, each))


def stands(connection: Connection, decision: CaseDecision) -> bool:
    """Whether a decision was not undone, and none that stands was made on its case after it."""
    return decision.undone_at is None and _standing(connection, decision.case_id) == decision.decision_id


def find_case(connection: Connection, case_id: str) -> Case:
    """The case with this id. Raises UnknownRecord."""
    found = fetch(connection, Case, select(cases).where(cases.c.case_id == case_id))
    if not found:
        raise UnknownRecord(f"no case {case_id[:64]!r}")
    return found[0]


def _record(
    write: Write,
    case: Case,
    user: str,
    state: CaseState,
    ground: Ground | None,
    note: str,
    batch: str | None = None,
) -> CaseDecision:
    number = write.next_number(case_decisions.c.decision_id)
    made = CaseDecision(number, case.case_id, user, write.now, state, ground, note, case.state, None, batch)
    values = {name: getattr(made, name) for name in CaseDecision.__dataclass_fields__}
    write.add(case_decisions, values)
    at = None if state in UNDECIDED else write.now
    later = {"state": state, "ground": ground, "decided_at": at, "leased_by": None, "leased_until": None}
    write.update(cases, cases.c.case_id == case.case_id, later | {"assignee": None})
    details = {"decision": number, "state": state, "ground": ground, "user": user, "note": made.note}
    details |= {} if batch is None else {"batch": batch}
    write.note("case decided", case.case_id, details)
    return made


def _held(case: Case, user: str, now: datetime) -> str | None:
    if case.leased_by in (None, user) or is_over(case.leased_until, now, LEASE):
        return None
    return f"is being reviewed by {case.leased_by}: take another"


def _standing(connection: Connection, case_id: str) -> int | None:
    """The number of the last decision on a case that was not undone."""
    mine = and_(case_decisions.c.case_id == case_id, case_decisions.c.undone_at.is_(None))
    query = select(func.max(case_decisions.c.decision_id)).where(mine)
    number: int | None = connection.execute(query).scalar_one()
    return number
