"""Conflicts: the same file or word, registered by two brands. Both stay until a person resolves it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, select

from brand_index import fields
from brand_index.errors import InvalidField, UnknownRecord
from brand_index.features.words import skeleton
from brand_index.registry import schema
from brand_index.registry.database import Database, Write, fetch
from brand_index.registry.reading import REFERENCE_WITHDRAWN, one, reference_in, words_in_force
from brand_index.registry.records import Conflict
from brand_index.types import ReferenceImage, ReferenceKind, Resolution, reference_id

CONFLICT_RESOLVED: Final = "conflict resolved"
LONGEST_NOTE: Final = 2_000  # characters


def list_conflicts(
    database: Database, *, resolved: bool | None = None, brands: Iterable[str] | None = None
) -> tuple[Conflict, ...]:
    """Conflicts by number: the resolved or the open ones (None: both), of any of these brands (None: of all)."""
    table = schema.conflicts
    query = select(table).order_by(table.c.conflict_id)
    if resolved is not None:
        query = query.where(table.c.resolved_at.is_not(None) if resolved else table.c.resolved_at.is_(None))
    if brands is not None:
        slugs = sorted(set(brands))
        query = query.where(table.c.earlier_brand_id.in_(slugs) | table.c.later_brand_id.in_(slugs))
    with database.read() as connection:
        return fetch(connection, Conflict, query)


def resolve_conflict(
    database: Database, conflict_id: int, *, withdraw: str | None = None, note: str = "", now: datetime
) -> Conflict:
    """Resolve a conflict: withdraw the reference of the brand `withdraw`, or (None) keep both.

    The resolution, and the withdrawal with it, are one transaction and events of the history. UnknownRecord: no such
    conflict. InvalidField: it is resolved already, or `withdraw` is none of its brands.
    """
    with database.write(now) as write:
        return resolve_within(write, conflict_id, withdraw=withdraw, note=note)


def resolve_within(write: Write, conflict_id: int, *, withdraw: str | None, note: str) -> Conflict:
    """As resolve_conflict, in an open write."""
    text = fields.passage("note", note, LONGEST_NOTE)
    table = schema.conflicts
    known = one(write.connection, Conflict, select(table).where(table.c.conflict_id == conflict_id))
    if known is None:
        raise UnknownRecord(f"no conflict {conflict_id}: `markscan conflicts list` shows their numbers")
    if known.resolved_at is not None:
        raise InvalidField(f"conflict {conflict_id} is resolved already, by {known.resolved_by}")
    if withdraw is not None and withdraw not in known.brands:
        raise InvalidField(f"brand {withdraw!r} has no part in conflict {conflict_id}: {' or '.join(known.brands)}")
    if withdraw is not None:
        withdraw_within(write, reference_of(write.connection, known, withdraw))
    resolved = replace(
        known,
        resolved_at=write.now,
        resolved_by=write.actor,
        resolution=Resolution.BOTH_KEPT if withdraw is None else Resolution.WITHDRAWN,
        resolution_note=text,
    )
    write.change(table.c.conflict_id, known, resolved, CONFLICT_RESOLVED)
    return resolved


def withdraw_within(write: Write, reference: str) -> ReferenceImage:
    """Take the reference with this id out of force, in an open write. One that is withdrawn stays as it is.

    UnknownRecord: no such reference.
    """
    table = schema.reference_images
    known = one(write.connection, ReferenceImage, select(table).where(table.c.reference_id == reference))
    if known is None:
        raise UnknownRecord(f"no reference {reference!r}: `markscan brands --json` shows their ids")
    if known.withdrawn_at is not None:
        return known
    withdrawn = replace(known, withdrawn_at=write.now)
    write.change(table.c.reference_id, known, withdrawn, REFERENCE_WITHDRAWN)
    return withdrawn


@lru_cache(maxsize=200_000)
def as_one_word(word: str) -> str:
    """What two words have in common that scans take for one: the skeleton, whatever capitals, accents and signs."""
    return skeleton(word)


def other_holders(connection: Connection, reference: ReferenceImage) -> tuple[str, ...]:
    """The other brands with a reference in force of the same file, or of the same word however it is spelled."""
    table = schema.reference_images
    if reference.kind is ReferenceKind.WORD:
        wanted = as_one_word(reference.source_name)
        found = {brand for _, brand, word in words_in_force(connection) if as_one_word(word) == wanted}
    else:
        same_file = select(table.c.brand_id).where(
            table.c.sha256 == reference.sha256, table.c.kind == reference.kind, table.c.withdrawn_at.is_(None)
        )
        found = set(connection.execute(same_file).scalars())
    return tuple(sorted(found - {reference.brand_id}))


def reference_of(connection: Connection, conflict: Conflict, brand: str) -> str:
    """The id of a brand's reference in a conflict: of a word it may be of another spelling, and so of another file."""
    identity = reference_id(brand, conflict.kind, conflict.sha256)
    if conflict.kind is not ReferenceKind.WORD or reference_in(connection, identity) is not None:
        return identity
    others = (reference_in(connection, reference_id(each, conflict.kind, conflict.sha256)) for each in conflict.brands)
    wanted = {as_one_word(each.source_name) for each in others if each is not None}
    own = (key for key, _, word in words_in_force(connection, brand) if as_one_word(word) in wanted)
    return next(own, identity)


def record_conflict(write: Write, kind: ReferenceKind, sha256: str, earlier_brand: str, later_brand: str) -> None:
    """Record that both brands hold this file, unless there is an open conflict about that."""
    pair = {earlier_brand, later_brand}
    if any(set(known.brands) == pair for known in _open_about(write.connection, kind, sha256)):
        return
    table = schema.conflicts
    number = write.next_number(table.c.conflict_id)
    conflict = Conflict(number, kind, sha256, earlier_brand, later_brand, write.now)
    write.insert(table, conflict, "conflict detected", str(number))


def _open_about(connection: Connection, kind: ReferenceKind, sha256: str) -> tuple[Conflict, ...]:
    table = schema.conflicts
    of_file = select(table).where(table.c.sha256 == sha256, table.c.kind == kind, table.c.resolved_at.is_(None))
    return fetch(connection, Conflict, of_file)
