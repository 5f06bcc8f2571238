"""Withdraws references, and with the last logo of a mark that its owner registered the forms that rested on it.

A conflict's loser loses the learnt forms of that mark: they are taken back, and cannot be reinstated.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, select

from brand_index.registry.conflicts import list_conflicts, reference_of, resolve_within, withdraw_within
from brand_index.registry.contradictions import mark_in_words
from brand_index.registry.database import Database, fetch
from brand_index.registry.reading import mark_in, reference_in
from brand_index.registry.records import Conflict
from brand_index.registry.schema import reference_images
from brand_index.types import ReferenceImage, ReferenceKind
from scanner.moderation.forms.admission import MOST_FORMS
from scanner.moderation.forms.proposing import drop_within
from scanner.moderation.forms.tables import FormState, proposed_forms

NO_OWN_LOGO: Final = "Its mark has no logo in force that its owner registered: reinstate or register one first."


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What is out of force."""

    references: tuple[ReferenceImage, ...]  # those that were named
    learnt: tuple[ReferenceImage, ...]  # forms that went with the last logo of their mark


def withdraw(database: Database, references: Sequence[str], now: datetime) -> Withdrawn:
    """Take references out of force: all or, at an unknown one, none. Those that are withdrawn stay as they are."""
    with database.write(now) as write:
        done = tuple(withdraw_within(write, each) for each in references)
        marks = sorted({each.mark_id for each in done if each.mark_id is not None and each.kind is ReferenceKind.LOGO})
        learnt = [
            withdraw_within(write, each)
            for mark in marks
            if not own_logos(write.connection, mark)
            for each in learnt_logos(write.connection, mark)
        ]
        return Withdrawn(done, tuple(learnt))


def resolve(
    database: Database, conflict_id: int, *, withdraw: str | None = None, note: str = "", now: datetime
) -> tuple[Conflict, tuple[str, ...]]:
    """Resolve a conflict as resolve_conflict, and take back the learnt forms of the mark of a withdrawn logo.

    Returns the conflict and the ids of those forms.
    """
    known = next((each for each in list_conflicts(database) if each.conflict_id == conflict_id), None)
    with database.write(now) as write:
        lost = None
        if known is not None and withdraw in known.brands:
            lost = reference_in(write.connection, reference_of(write.connection, known, withdraw))
        done = resolve_within(write, conflict_id, withdraw=withdraw, note=note)
        if lost is None or lost.mark_id is None or lost.kind is not ReferenceKind.LOGO:
            return done, ()
        learnt = learnt_logos(write.connection, lost.mark_id)
        for each in learnt:
            why = f"{lost.reference_id} of its mark was withdrawn to resolve conflict {conflict_id}."
            drop_within(write, each, write.actor, why)
        return done, learnt


def without_room(database: Database, new: Iterable[ReferenceImage]) -> tuple[str, ...]:
    """Sentences about marks that have room for no learnt form since these logos of theirs were registered.

    Of a mark that had none before, nothing is said again.
    """
    said, added = [], Counter(each.mark_id for each in new if each.kind is ReferenceKind.LOGO)
    with database.read() as connection:
        for number, count in added.items():
            mark = mark_in(connection, number)
            own = 0 if mark is None else len(own_logos(connection, mark.mark_id))
            if mark is not None and own >= MOST_FORMS > own - count:
                said.append(
                    f"{mark_in_words(mark)} has {own} logos that its owner registered: forms are learnt from "
                    f"confirmations only up to {MOST_FORMS} forms of a mark, so that none of it will be accepted "
                    "any more"
                )
    return tuple(said)


def own_logos(connection: Connection, mark_id: int) -> tuple[str, ...]:
    """The ids of a mark's logos in force that its owner registered."""
    learnt = _learnt(connection)
    return tuple(each for each in _in_force(connection, mark_id) if each not in learnt)


def learnt_logos(connection: Connection, mark_id: int) -> tuple[str, ...]:
    """The ids of a mark's logos in force that were learnt from confirmations."""
    learnt = _learnt(connection)
    return tuple(each for each in _in_force(connection, mark_id) if each in learnt)


def _in_force(connection: Connection, mark_id: int) -> tuple[str, ...]:
    table = reference_images
    wanted = and_(table.c.mark_id == mark_id, table.c.kind == ReferenceKind.LOGO, table.c.withdrawn_at.is_(None))
    found = fetch(connection, ReferenceImage, select(table).where(wanted).order_by(table.c.reference_id))
    return tuple(each.reference_id for each in found)


def _learnt(connection: Connection) -> frozenset[str]:
    table = proposed_forms
    accepted = select(table.c.form_reference_id).where(table.c.state == FormState.ACCEPTED)
    return frozenset(each for each in connection.execute(accepted).scalars() if each is not None)
