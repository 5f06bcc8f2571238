"""Negatives of marks: the crops that reviewers dismissed as another mark; verdicts hold down what is nearer to them."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, and_, select

from brand_index.registry.database import Database, Write, fetch
from brand_index.registry.schema import reference_images
from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case
from scanner.moderation.cases.tables import mark_negatives
from scanner.moderation.records.tables import scanned_images
from scanner.verdicts.rows import ScannedImage, from_json
from scanner.verdicts.weighing.negatives import NO_NEGATIVES, Negative, Negatives

MOST: Final = 1_000  # of the marks in one listing that are compared, the newest


def match_of(connection: Connection, case: Case) -> Evidence | None:
    """The match that a case is about, as its scan recorded it; None: it is about none, or its scan was purged."""
    table = scanned_images
    this = and_(table.c.scan_id == case.case_id, table.c.position == case.position)
    outcome = connection.execute(select(table.c.outcome).where(this)).scalar_one_or_none()
    row = None if outcome is None else from_json(outcome)
    if not isinstance(row, ScannedImage):
        return None
    return next((each for each in row.verdict.evidence if each.reference_id == case.reference_id), None)


def record_negative_within(write: Write, case: Case, author: str) -> Negative | None:
    """Record the crop of a case that was dismissed as another mark; None: it is about no logo, or none was compared."""
    match = match_of(write.connection, case) if case.kind is ReferenceKind.LOGO else None
    embedding = None if match is None or match.logo is None else match.logo.embedding
    if match is None or embedding is None:
        return None
    number = write.next_number(mark_negatives.c.negative_id)
    made = Negative(number, match.brand_id, match.reference_id, case.case_id, embedding, author, write.now, None)
    write.add(mark_negatives, {name: getattr(made, name) for name in Negative.__dataclass_fields__})
    write.note("negative recorded", made.reference_id, {"negative": number, "case": case.case_id, "author": author})
    return made


def end_negatives_within(write: Write, case_id: str, author: str) -> None:
    """End the negatives of a case whose dismissal is undone."""
    table = mark_negatives
    of_case = and_(table.c.case_id == case_id, table.c.ended_at.is_(None))
    for each in fetch(write.connection, Negative, select(table).where(of_case)):
        write.update(table, table.c.negative_id == each.negative_id, {"ended_at": write.now})
        details = {"negative": each.negative_id, "case": case_id, "author": author}
        write.note("negative ended", each.reference_id, details)


def marks_in(connection: Connection, references: Collection[str]) -> dict[str, int]:
    """The marks of the logos among these references, by each logo that is a form of one of them, in force or not."""
    known = reference_images
    logos = and_(known.c.kind == ReferenceKind.LOGO, known.c.mark_id.is_not(None))
    own = select(known.c.mark_id).where(known.c.reference_id.in_(references), logos)
    pairs = connection.execute(select(known.c.reference_id, known.c.mark_id).where(known.c.mark_id.in_(own), logos))
    return {row.reference_id: row.mark_id for row in pairs}


def negatives_in(connection: Connection, references: Collection[str], marks: Mapping[str, int]) -> Negatives:
    """The negatives of these references and of the `marks` that they show, as marks_in gives them."""
    table = mark_negatives
    counting = and_(table.c.reference_id.in_({*references, *marks}), table.c.ended_at.is_(None))
    query = select(table).where(counting).order_by(table.c.negative_id.desc()).limit(MOST)
    found = fetch(connection, Negative, query)
    return Negatives(found, marks) if found else NO_NEGATIVES


def negatives_of(database: Database, brand_id: str) -> tuple[Negative, ...]:
    """The negatives of a brand's marks that count, the newest first."""
    table = mark_negatives
    counting = and_(table.c.brand_id == brand_id, table.c.ended_at.is_(None))
    with database.read() as connection:
        return fetch(connection, Negative, select(table).where(counting).order_by(table.c.negative_id.desc()))
