"""Suppressions and quarantines: matches that verdicts ignore."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry.database import Database, Write, fetch
from scanner.engine.boxes import Place
from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.labels import labels_in, spreads_in
from scanner.moderation.cases.negatives import marks_in, negatives_in
from scanner.moderation.cases.tables import quarantines, suppressions
from scanner.moderation.records.tables import scanned_images
from scanner.verdicts.case_states import Scope
from scanner.verdicts.feedback import NO_FEEDBACK, Quarantine, ReviewFeedback, Suppression
from scanner.verdicts.precision import PrecisionTable, precision_of
from scanner.verdicts.rows import ScannedImage, from_json
from scanner.verdicts.types import Reason

USUAL_LENGTH: Final = timedelta(days=365)  # how long a suppression lasts


def suppress(
    database: Database, case: Case, scope: Scope, author: str, now: datetime, *, length: timedelta | None = USUAL_LENGTH
) -> Suppression:
    """Suppress matches of this case's reference: in its image, in similar images, or in its seller's listings.

    Where a mark is concealed, the patches are suppressed, in their image or similar ones. `length` None: without end.
    Raises InvalidField when the case lacks what the scope needs.
    """
    with database.write(now) as write:
        return suppress_within(write, case, scope, author, length=length)


def suppress_within(
    write: Write, case: Case, scope: Scope, author: str, *, length: timedelta | None = USUAL_LENGTH
) -> Suppression:
    """As `suppress`, in an open write."""
    subject = {Scope.PAIR: case.image_sha256, Scope.CLUSTER: case.pdq, Scope.SELLER: case.seller_id}[scope]
    places = _places_of_patches(write.connection, case) if case.reason is Reason.MARK_CONCEALED else None
    if places is not None and scope is Scope.SELLER:
        raise InvalidField(
            f"case {case.case_id} is about a concealed mark: nobody may conceal marks everywhere; choose "
            f"{Scope.PAIR.value} or {Scope.CLUSTER.value}"
        )
    if (case.reference_id is None and not places) or subject is None:
        raise InvalidField(f"case {case.case_id} has no {scope.value} to suppress: choose another scope")
    made = Suppression(
        suppression_id=write.next_number(suppressions.c.suppression_id),
        scope=scope,
        reference_id=case.reference_id,
        subject=subject,
        case_id=case.case_id,
        author=author,
        created_at=write.now,
        expires_at=None if length is None else write.now + length,
        ended_at=None,
        places=places if case.reference_id is None else None,
    )
    values = {name: getattr(made, name) for name in Suppression.__dataclass_fields__}
    write.add(suppressions, values)
    details = {"scope": scope, "subject": subject, "case": case.case_id, "author": author}
    write.note("suppressed", case.reference_id or case.case_id, details)
    return made


def _places_of_patches(connection: Connection, case: Case) -> tuple[Place, ...]:
    """Where the patches of a case's image lie that may conceal a mark; none: the image's row is not kept.

    All that were mentioned: a reviewer who dismisses the case has seen the image, and with it the fainter ones.
    """
    table = scanned_images
    of_case = and_(table.c.scan_id == case.case_id, table.c.position == case.position)
    outcome = connection.execute(select(table.c.outcome).where(of_case)).scalar_one_or_none()
    row = None if outcome is None else from_json(outcome)
    patches = row.verdict.concealed if isinstance(row, ScannedImage) else ()
    return tuple(place for patch in patches if patch.counts and (place := patch.place) is not None)


def end_suppression(
    database: Database,
    suppression_id: int,
    author: str,
    now: datetime,
    *,
    also: Callable[[Write, Suppression], None] | None = None,
) -> None:
    """End a suppression; `also` writes more in the same transaction. UnknownRecord: no such suppression is in force."""
    with database.write(now) as write:
        mine = and_(suppressions.c.suppression_id == suppression_id, _in_force(now))
        if not write.update(suppressions, mine, {"ended_at": now}):
            raise UnknownRecord(f"no suppression {suppression_id} is in force")
        write.note("suppression ended", str(suppression_id), {"author": author})
        if also is not None:
            query = select(suppressions).where(suppressions.c.suppression_id == suppression_id)
            also(write, fetch(write.connection, Suppression, query)[0])


def end_suppressions_within(write: Write, case_id: str, made_at: datetime, author: str) -> None:
    """End those suppressions in force that were made at a moment about a case, such as with a decision on it."""
    of_case = and_(suppressions.c.case_id == case_id, suppressions.c.created_at == made_at, _in_force(write.now))
    query = select(suppressions.c.suppression_id).where(of_case)
    for suppression_id in write.connection.execute(query).scalars().all():
        write.update(suppressions, suppressions.c.suppression_id == suppression_id, {"ended_at": write.now})
        write.note("suppression ended", str(suppression_id), {"author": author})


def end_quarantine(database: Database, reference_id: str, author: str, now: datetime) -> None:
    """End the quarantine of a reference. UnknownRecord: it is not in quarantine."""
    with database.write(now) as write:
        mine = and_(quarantines.c.reference_id == reference_id, quarantines.c.ended_at.is_(None))
        if not write.update(quarantines, mine, {"ended_at": now}):
            raise UnknownRecord(f"reference {reference_id!r} is not in quarantine")
        write.note("quarantine ended", reference_id, {"author": author})


def feedback_on(
    database: Database, evidence: Iterable[Evidence], now: datetime, *, patches_in: Collection[str] = ()
) -> ReviewFeedback:
    """The reviewers' feedback on the references of some evidence, on other forms of their marks, and on the methods.

    `patches_in`: the SHA-256 of images in which a patch may conceal a mark; what was dismissed there or in similar
    images counts, too.
    """
    items = tuple(evidence)
    if not items and not patches_in:
        return NO_FEEDBACK
    references, brands = {item.reference_id for item in items}, {item.brand_id for item in items}
    held = and_(quarantines.c.reference_id.in_(references), quarantines.c.ended_at.is_(None))
    of_patches = and_(
        suppressions.c.reference_id.is_(None),
        or_(suppressions.c.scope == Scope.CLUSTER, suppressions.c.subject.in_(patches_in)),
    )
    with database.read() as connection:
        marks = marks_in(connection, references)
        concerned = suppressions.c.reference_id.in_({*references, *marks})
        named = and_(or_(concerned, of_patches) if patches_in else concerned, suppressions.c.ended_at.is_(None))
        names = connection.execute(select(quarantines.c.reference_id).where(held)).scalars()
        return ReviewFeedback(
            fetch(connection, Suppression, select(suppressions).where(named)),
            frozenset(names),
            precision_of(labels_in(connection, brands=brands)),
            spreads_in(connection, references, now),
            negatives=negatives_in(connection, references, marks),
            marks=marks,
        )


def precisions(database: Database) -> PrecisionTable:
    """The precision of each method."""
    with database.read() as connection:
        return precision_of(labels_in(connection))


def list_suppressions(database: Database, now: datetime) -> tuple[Suppression, ...]:
    """The suppressions in force, the newest first."""
    query = select(suppressions).where(_in_force(now))
    with database.read() as connection:
        return fetch(connection, Suppression, query.order_by(suppressions.c.suppression_id.desc()))


def _in_force(now: datetime) -> ColumnElement[bool]:
    lasting = or_(suppressions.c.expires_at.is_(None), suppressions.c.expires_at > now)
    return and_(suppressions.c.ended_at.is_(None), lasting)


def list_quarantines(database: Database) -> tuple[Quarantine, ...]:
    """The quarantines in force, the newest first."""
    query = select(quarantines).where(quarantines.c.ended_at.is_(None)).order_by(quarantines.c.quarantine_id.desc())
    with database.read() as connection:
        return fetch(connection, Quarantine, query)
