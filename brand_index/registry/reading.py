"""Queries on the registry, each answered from one consistent view."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, func, select

from brand_index import fields
from brand_index.errors import UnknownRecord
from brand_index.fields import is_slug
from brand_index.registry import schema
from brand_index.registry.database import Database, Record, fetch
from brand_index.registry.history import NOTHING_KNOWN, Event, Head, faults
from brand_index.registry.integrity import UNREADABLE, RowFault, foreign_objects, row_faults, sealed_rows
from brand_index.registry.records import Conflict
from brand_index.types import Authorization, Brand, Mark, ReferenceImage, ReferenceKind

REFERENCE_REGISTERED: Final = "reference registered"
REFERENCE_REINSTATED: Final = "reference reinstated"
REFERENCE_WITHDRAWN: Final = "reference withdrawn"
REFERENCE_MARKED: Final = "reference given a mark"
REFERENCE_EVENTS: Final = (REFERENCE_REGISTERED, REFERENCE_REINSTATED, REFERENCE_WITHDRAWN, REFERENCE_MARKED)
AUTHORIZATION_GRANTED: Final = "authorization granted"
AUTHORIZATION_REVOKED: Final = "authorization revoked"
JUDGING_EVENTS: Final = (AUTHORIZATION_GRANTED, AUTHORIZATION_REVOKED, REFERENCE_WITHDRAWN, REFERENCE_MARKED)
"""Events after which the same evidence may be judged otherwise."""


class RegistryReader:
    """The queries of the registry; it cannot write."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def revision(self) -> int:
        """The number of writes that changed something; 0: a new registry."""
        with self.database.read() as connection:
            revision: int = connection.execute(select(schema.registry_revision.c.revision)).scalar_one()
            return revision

    def references_revision(self) -> int:
        """The revision that last changed a reference; 0: none did. An index of this revision is up to date."""
        table = schema.history
        query = select(func.coalesce(func.max(table.c.revision), 0)).where(table.c.what.in_(REFERENCE_EVENTS))
        with self.database.read() as connection:
            revision: int = connection.execute(query).scalar_one()
            return revision

    def references_changed_since(self, revision: int) -> frozenset[str]:
        """The ids of the references that a change after a revision concerns."""
        table = schema.history
        query = select(table.c.subject).where(table.c.what.in_(REFERENCE_EVENTS), table.c.revision > revision)
        with self.database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def withdrawn_among(self, reference_ids: Collection[str]) -> frozenset[str]:
        """Those of these references that are withdrawn, without logos of a mark of which another logo is in force.

        Of the forms of a mark at one place a scan names the surest alone: such a mark is still claimed there.
        """
        table, other = schema.reference_images, schema.reference_images.alias()
        another_form = exists().where(
            table.c.kind == ReferenceKind.LOGO,
            other.c.kind == ReferenceKind.LOGO,
            other.c.mark_id == table.c.mark_id,
            other.c.withdrawn_at.is_(None),
        )
        query = select(table.c.reference_id).where(
            table.c.reference_id.in_(reference_ids), table.c.withdrawn_at.is_not(None), ~another_form
        )
        with self.database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def references_newer_since(self, revision: int) -> datetime | None:
        """When the first change of a reference after a revision was written; None: there is none."""
        table = schema.history
        query = select(func.min(table.c.at)).where(table.c.what.in_(REFERENCE_EVENTS), table.c.revision > revision)
        with self.database.read() as connection:
            moment: datetime | None = connection.execute(query).scalar_one()
            return moment

    def registered_in(self) -> dict[str, int]:
        """The revision that last put each reference in force, by its id."""
        table = schema.history
        begun = table.c.what.in_((REFERENCE_REGISTERED, REFERENCE_REINSTATED))
        query = select(table.c.subject, func.max(table.c.revision)).where(begun).group_by(table.c.subject)
        with self.database.read() as connection:
            return {str(subject): int(revision) for subject, revision in connection.execute(query)}

    def judged_otherwise_since(self, revision: int) -> bool:
        """Whether a write after a revision changed what evidence is judged by: authorizations, or what is in force."""
        table = schema.history
        query = select(table.c.event_id).where(table.c.what.in_(JUDGING_EVENTS), table.c.revision > revision).limit(1)
        with self.database.read() as connection:
            return connection.execute(query).first() is not None

    def history(self, *, subject: str | None = None) -> tuple[Event, ...]:
        """The events of one subject, or (None) of all, the oldest first."""
        query = select(schema.history).order_by(schema.history.c.event_id)
        if subject is not None:
            query = query.where(schema.history.c.subject == subject)
        return self._records(Event, query)

    def history_faults(self, known: Mapping[int, str] = NOTHING_KNOWN) -> tuple[str, ...]:
        """The faults of the history, in words; empty: each event is as it was written, in its place.

        `known`: the digests of earlier events, by number, that the history must continue.
        """
        with self.database.read() as connection:
            heads = _heads(connection)
            if len(heads) != 1:
                return (f"the registry has {len(heads)} rows that say where the audit log ends, and should have one",)
            query = select(schema.history).order_by(schema.history.c.event_id).execution_options(yield_per=1000)
            found = list[str]()
            try:
                with connection.execute(query) as rows:
                    found.extend(faults((Event(**row._mapping) for row in rows), heads[0], known))
            except UNREADABLE as error:
                found.append(f"the audit log holds a value that Markscan never writes ({error})")
            return (*found, *map(str, foreign_objects(connection)))

    def row_faults(self) -> tuple[RowFault, ...]:
        """The rows that were changed, added or deleted past the audit log; empty: none."""
        with self.database.read() as connection:
            return tuple(row_faults(connection))

    def sealed_rows(self) -> dict[str, int]:
        """The number of rows that the audit log seals, by table."""
        with self.database.read() as connection:
            return sealed_rows(connection)

    def history_digest(self) -> tuple[int, str]:
        """The number of events, and the digest of the last. Kept elsewhere, they prove that nothing was rewritten."""
        with self.database.read() as connection:
            (head,) = _heads(connection)
        return head.events, head.digest

    def brands(self) -> tuple[Brand, ...]:
        """All brands, by brand_id."""
        return self._records(Brand, select(schema.brands).order_by(schema.brands.c.brand_id))

    def brand(self, slug: str) -> Brand:
        """The brand with this id. Raises UnknownRecord."""
        with self.database.read() as connection:
            return brand_in(connection, slug)

    def marks(self) -> tuple[Mark, ...]:
        """All marks, by number."""
        return self._records(Mark, select(schema.marks).order_by(schema.marks.c.mark_id))

    def references(self, *, include_withdrawn: bool = False) -> tuple[ReferenceImage, ...]:
        """The references in force, or with the withdrawn ones, by id."""
        table = schema.reference_images
        query = select(table).order_by(table.c.reference_id)
        if not include_withdrawn:
            query = query.where(table.c.withdrawn_at.is_(None))
        return self._records(ReferenceImage, query)

    def count_in_force(self, kind: ReferenceKind) -> int:
        """The number of references of this kind in force."""
        table = schema.reference_images
        query = select(func.count()).where(table.c.kind == kind, table.c.withdrawn_at.is_(None))
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def reference(self, identity: str) -> ReferenceImage | None:
        """The reference with this id, in force or withdrawn; None: there is none."""
        with self.database.read() as connection:
            return reference_in(connection, identity)

    def authorizations(
        self, *, seller_id: str | None = None, brands: Iterable[str] | None = None
    ) -> tuple[Authorization, ...]:
        """Authorizations by number, revoked and expired ones too, of one seller and some brands (None: of all)."""
        table = schema.authorizations
        query = select(table).order_by(table.c.authorization_id)
        if seller_id is not None:
            query = query.where(table.c.seller_id == seller_id)
        if brands is not None:
            query = query.where(table.c.brand_id.in_(sorted(set(brands))))
        return self._records(Authorization, query)

    def conflicts(self, *, sha256: str | None = None) -> tuple[Conflict, ...]:
        """Conflicts by number, resolved ones too, about one file or (None) about all."""
        query = select(schema.conflicts).order_by(schema.conflicts.c.conflict_id)
        if sha256 is not None:
            query = query.where(schema.conflicts.c.sha256 == sha256)
        return self._records(Conflict, query)

    def descriptor(self, key: str, fingerprint: str) -> bytes | None:
        """The saved description of a reference for this model and recipe; None: there is none, or it was published."""
        table = schema.descriptors
        query = select(table.c.payload).where(table.c.key == key, table.c.fingerprint == fingerprint)
        with self.database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def descriptor_keys(self, fingerprint: str) -> tuple[str, ...]:
        """The keys under which descriptions by this model and recipe are saved."""
        table = schema.descriptors
        query = select(table.c.key).where(table.c.fingerprint == fingerprint)
        with self.database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def _records(self, record: type[Record], query: Select[Any]) -> tuple[Record, ...]:
        with self.database.read() as connection:
            return fetch(connection, record, query)


def _heads(connection: Connection) -> tuple[Head, ...]:
    """One, unless somebody changed the table."""
    table = schema.registry_revision
    return fetch(connection, Head, select(table.c.revision, table.c.events, table.c.digest))


def one(connection: Connection, record: type[Record], query: Select[Any]) -> Record | None:
    """The first row of `query` as a record; None: it has none."""
    return next(iter(fetch(connection, record, query)), None)


def known_brand(connection: Connection, slug: str) -> Brand | None:
    """The brand with this id; None: there is none."""
    return one(connection, Brand, select(schema.brands).where(schema.brands.c.brand_id == slug))


def brand_in(connection: Connection, slug: str) -> Brand:
    """The brand with this id. Raises UnknownRecord."""
    known = known_brand(connection, slug)
    if known is not None:
        return known
    registered = connection.execute(select(schema.brands.c.brand_id)).scalars()
    near = difflib.get_close_matches(slug.lower(), registered, n=3)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    if not is_slug(slug):  # register would refuse it
        raise UnknownRecord(f"no brand {slug!r:.99}{meant or ': `markscan brands` shows all'}")
    first = f"{meant} To register it:" if meant else "; register it first:"
    raise UnknownRecord(
        f"no brand {slug!r}{first} markscan register --brand {slug} --name … --owner … --contact … PATH"
    )


def words_in_force(connection: Connection, brand: str | None = None) -> Iterator[tuple[str, str, str]]:
    """Of each word in force the id of its reference, its brand and the word, by id; of this brand, or (None) of all."""
    table = schema.reference_images
    query = select(table.c.reference_id, table.c.brand_id, table.c.source_name).where(
        table.c.kind == ReferenceKind.WORD, table.c.withdrawn_at.is_(None)
    )
    if brand is not None:
        query = query.where(table.c.brand_id == brand)
    for row in connection.execute(query.order_by(table.c.reference_id)):
        yield row.reference_id, row.brand_id, row.source_name


def reference_in(connection: Connection, identity: str) -> ReferenceImage | None:
    """The reference with this id, in force or withdrawn; None: there is none."""
    table = schema.reference_images
    return one(connection, ReferenceImage, select(table).where(table.c.reference_id == identity))


def mark_in(connection: Connection, mark_id: int | None) -> Mark | None:
    """The mark with this number; None: there is none."""
    return one(connection, Mark, select(schema.marks).where(schema.marks.c.mark_id == mark_id))


def named_as(connection: Connection, wanted: Mark) -> Mark | None:
    """The mark of the same brand and name, however that is capitalized; None: there is none, or it has no name."""
    if wanted.name is None:
        return None
    table, seen = schema.marks, fields.look(wanted.name)
    of_brand = select(table.c.mark_id, table.c.name).where(
        table.c.brand_id == wanted.brand_id, table.c.name.is_not(None)
    )  # an index holds both, and a brand may have tens of thousands
    alike = [mark_id for mark_id, name in connection.execute(of_brand) if fields.look(name) == seen]
    return mark_in(connection, min(alike)) if alike else None


def numbered_as(connection: Connection, wanted: Mark) -> Mark | None:
    """The mark of the same brand, office and number; None: there is none, or it is not registered."""
    if wanted.office is None or wanted.registration_number is None:
        return None
    table = schema.marks
    same = select(table).where(
        table.c.brand_id == wanted.brand_id,
        table.c.office == wanted.office,
        table.c.registration_number == wanted.registration_number,
    )
    return one(connection, Mark, same.order_by(table.c.mark_id))
