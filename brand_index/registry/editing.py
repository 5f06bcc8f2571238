"""Corrections of what is registered: a brand's words, a mark, and which references are in force; each is an event.

A correction is a function from the record that is there to the one that shall be: it is called in the write, so that
two that come at once do not undo each other.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from brand_index.errors import Contradictory, InvalidField, UnknownRecord
from brand_index.registry import schema
from brand_index.registry.conflicts import other_holders, record_conflict, withdraw_within
from brand_index.registry.contradictions import (
    MARK_FIELDS,
    check_one_mark,
    differs,
    mark_differences,
    mark_in_words,
)
from brand_index.registry.database import Database
from brand_index.registry.reading import REFERENCE_MARKED, REFERENCE_REINSTATED, brand_in, named_as, numbered_as, one
from brand_index.registry.transaction import Write
from brand_index.types import Brand, Mark, ReferenceImage, ReferenceKind


def edit_brand(database: Database, brand_id: str, change: Callable[[Brand], Brand], now: datetime) -> Brand:
    """Correct a brand. UnknownRecord: no such brand."""
    table = schema.brands
    with database.write(now) as write:
        known = brand_in(write.connection, brand_id)
        wanted = change(known)
        write.change(table.c.brand_id, known, wanted, "brand changed")
        return wanted


def edit_mark(database: Database, mark_id: int, change: Callable[[Mark], Mark], now: datetime) -> Mark:
    """Correct a mark, for all references that show it. UnknownRecord: no such mark."""
    with database.write(now) as write:
        return _changed(write, _mark(write.connection, mark_id), change)


def edit_mark_of(
    database: Database, reference_id: str, change: Callable[[Mark], Mark], now: datetime, *, alone: bool = False
) -> Mark:
    """Correct the mark of a logo or word, or record one where it has none.

    `alone`: for this reference alone, which then has a mark of its own; the references that shared it keep theirs.
    UnknownRecord: no such reference. InvalidField: it is a photo.
    """
    table = schema.reference_images
    with database.write(now) as write:
        reference = _reference(write.connection, reference_id)
        if reference.kind is ReferenceKind.PHOTO:
            raise InvalidField(f"reference {reference_id} is a photo: only logos and words show a mark")
        if reference.mark_id is not None and not alone:
            return _changed(write, _mark(write.connection, reference.mark_id), change)
        empty = Mark(0, reference.brand_id, None, None, None, frozenset(), (), None)
        base = empty if reference.mark_id is None else _mark(write.connection, reference.mark_id)
        mark = _recorded(write, change(base))
        write.change(table.c.reference_id, reference, replace(reference, mark_id=mark.mark_id), REFERENCE_MARKED)
        return mark


def withdraw_all(database: Database, references: Sequence[str], now: datetime) -> tuple[ReferenceImage, ...]:
    """Take references out of force: all or, at an unknown one, none. Those that are withdrawn stay as they are."""
    with database.write(now) as write:
        return tuple(withdraw_within(write, each) for each in references)


def reinstate_all(database: Database, references: Sequence[str], now: datetime) -> tuple[ReferenceImage, ...]:
    """Put withdrawn references in force again: all or, at an unknown one, none. As reinstate_within."""
    with database.write(now) as write:
        return tuple(reinstate_within(write, each) for each in references)


def reinstate_within(write: Write, reference: str) -> ReferenceImage:
    """Put a withdrawn reference in force again, in an open write. One in force stays as it is.

    As with a new reference, a conflict is recorded with each other brand that holds the same file or word.
    UnknownRecord: no such reference.
    """
    known = _reference(write.connection, reference)
    if known.withdrawn_at is None:
        return known
    in_force = replace(known, withdrawn_at=None)
    write.change(schema.reference_images.c.reference_id, known, in_force, REFERENCE_REINSTATED)
    for holder in other_holders(write.connection, known):
        record_conflict(write, known.kind, known.sha256, holder, known.brand_id)
    return in_force


def _changed(write: Write, known: Mark, change: Callable[[Mark], Mark]) -> Mark:
    wanted = change(known)
    of_others = (find(write.connection, wanted) for find in (named_as, numbered_as))
    other = next((each for each in of_others if each is not None and each.mark_id != known.mark_id), None)
    if other is not None:
        raise Contradictory(
            f"{mark_in_words(other)} is recorded already, as number {other.mark_id}: give each reference that shows "
            "it that mark with --only-this"
        )
    write.change(schema.marks.c.mark_id, known, wanted, "mark changed")
    return wanted


def _recorded(write: Write, wanted: Mark) -> Mark:
    """The mark of the same name, or office and number, if it is the same in all, else a new one."""
    table = schema.marks
    other = _registered_as(write.connection, wanted)
    if other is not None:
        unlike = [name for name in MARK_FIELDS if differs(other, wanted, name)]
        if unlike:
            raise Contradictory(
                f"{mark_in_words(other)} is one for all references that show it, and "
                f"{mark_differences(other, wanted, unlike)}: leave that out, change the mark for all of them, or "
                "change or clear the office and number for this one too, and the name"
            )
        return other
    mark = replace(wanted, mark_id=write.next_number(table.c.mark_id))
    write.insert(table, mark, "mark registered", str(mark.mark_id))
    return mark


def _registered_as(connection: Connection, wanted: Mark) -> Mark | None:
    return check_one_mark(named_as(connection, wanted), numbered_as(connection, wanted))


def _mark(connection: Connection, mark_id: int) -> Mark:
    known = one(connection, Mark, select(schema.marks).where(schema.marks.c.mark_id == mark_id))
    if known is None:
        raise UnknownRecord(f"no mark {mark_id}: `markscan brands --json` shows their numbers")
    return known


def _reference(connection: Connection, reference_id: str) -> ReferenceImage:
    table = schema.reference_images
    known = one(connection, ReferenceImage, select(table).where(table.c.reference_id == reference_id))
    if known is None:
        raise UnknownRecord(f"no reference {reference_id!r}: `markscan brands --json` shows their ids")
    return known
