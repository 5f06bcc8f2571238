"""Past scans as looking back reads them: descriptions in batches, scans with evidence, and the look-backs that ran."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from brand_index.registry.database import Database, fetch
from scanner.engine.types import LeftDescription
from scanner.moderation.records.tables import ScanState, image_descriptions, look_backs, scanned_images, scans
from scanner.verdicts.types import Decision

AT_ONCE: Final = 2_000  # descriptions of a batch: 6 MB
WITH_EVIDENCE: Final = '"confidence"'  # stands in a row that has evidence or a patch, and in no other


@dataclass(frozen=True, slots=True)
class PastImage:
    """The description that a scan left of one image."""

    scan_id: str
    position: int
    index_revision: int  # that the image was searched in
    left: LeftDescription


@dataclass(frozen=True, slots=True)
class LookBack:
    """One run over past scans."""

    look_back_id: int
    at: datetime  # UTC
    since: datetime  # UTC: scans accepted before were left alone
    references_revision: int  # of the index whose references were looked for
    revision: int  # of the registry, whose authorizations counted
    policy: str  # digest of the policy's file
    scans: int  # how many were judged again
    changed: int  # of these, how many have another verdict now


def past_images(database: Database, since: datetime) -> Iterator[list[PastImage]]:
    """The descriptions of all images that the latest scans of listings left since then, in batches, by scan."""
    columns = (image_descriptions, scanned_images.c.index_revision)
    same = and_(
        scanned_images.c.scan_id == image_descriptions.c.scan_id,
        scanned_images.c.position == image_descriptions.c.position,
    )
    joined = image_descriptions.join(scanned_images, same).join(scans, scans.c.scan_id == image_descriptions.c.scan_id)
    every = select(*columns).select_from(joined).where(_latest(since), scanned_images.c.index_revision.is_not(None))
    keys = (image_descriptions.c.scan_id, image_descriptions.c.position)
    last: tuple[str, int] | None = None
    while True:
        query = every if last is None else every.where(_after(keys, last))
        with database.read() as connection:  # one short transaction a batch: scans go on meanwhile
            rows = connection.execute(query.order_by(*keys).limit(AT_ONCE)).all()
        if not rows:
            return
        yield [
            PastImage(row.scan_id, row.position, row.index_revision, LeftDescription(row.recipe, bytes(row.data)))
            for row in rows
        ]
        last = rows[-1].scan_id, rows[-1].position


def oldest_index_of(database: Database, since: datetime) -> int | None:
    """The least revision of an index that an image of the latest scans since then was searched in; None: no image."""
    joined = scanned_images.join(scans, scans.c.scan_id == scanned_images.c.scan_id)
    query = select(func.min(scanned_images.c.index_revision)).select_from(joined).where(_latest(since))
    with database.read() as connection:
        revision: int | None = connection.execute(query).scalar_one()
        return revision


def scans_with_evidence(database: Database, since: datetime) -> Iterator[str]:
    """The ids of the latest scans since then that found something, whatever was decided."""
    found = scanned_images.c.outcome.contains(WITH_EVIDENCE, autoescape=True)
    joined = scans.join(scanned_images, scanned_images.c.scan_id == scans.c.scan_id)
    return _ids(database, select(scans.c.scan_id).distinct().select_from(joined).where(_latest(since), found))


def scans_with_texts(database: Database, since: datetime) -> Iterator[tuple[str, str, str]]:
    """The ids, titles and descriptions of the latest scans since then that have one of them."""
    has_one = or_(scans.c.title.is_not(None), scans.c.description.is_not(None))
    query = select(scans.c.scan_id, scans.c.title, scans.c.description).where(_latest(since), has_one)
    last = ""
    while True:
        with database.read() as connection:
            page = query.where(scans.c.scan_id > last).order_by(scans.c.scan_id).limit(AT_ONCE)
            rows = connection.execute(page).all()
        if not rows:
            return
        yield from ((row.scan_id, row.title or "", row.description or "") for row in rows)
        last = rows[-1].scan_id


def has_past(database: Database) -> bool:
    """Whether any scan left a description."""
    with database.read() as connection:
        return connection.execute(select(image_descriptions.c.scan_id).limit(1)).first() is not None


def number_of_images(database: Database, since: datetime) -> tuple[int, int]:
    """The number of images in the latest scans since then, and of how many there is a description."""
    joined = scanned_images.join(scans, scans.c.scan_id == scanned_images.c.scan_id)
    described = image_descriptions.join(scans, scans.c.scan_id == image_descriptions.c.scan_id)
    with database.read() as connection:
        every, left = (
            int(connection.execute(select(func.count()).select_from(each).where(_latest(since))).scalar_one())
            for each in (joined, described)
        )
    return every, left


def descriptions_of(database: Database, scan_id: str) -> dict[int, LeftDescription]:
    """The descriptions of the images of a scan, by their place."""
    query = select(image_descriptions).where(image_descriptions.c.scan_id == scan_id)
    with database.read() as connection:
        return {row.position: LeftDescription(row.recipe, bytes(row.data)) for row in connection.execute(query)}


class Rejudged(NamedTuple):
    """The scan that judges another again."""

    scan_id: str
    decision: Decision
    at: datetime  # UTC


def rejudged_by(database: Database, scan_id: str) -> Rejudged | None:
    """The newest scan that judges this one again, or one that did so, and says what holds now; None: none does."""
    last: Rejudged | None = None
    columns = select(scans.c.scan_id, scans.c.decision, scans.c.accepted_at)
    with database.read() as connection:
        while True:
            query = columns.where(scans.c.rejudges == scan_id).order_by(scans.c.accepted_at.desc()).limit(1)
            found = connection.execute(query).one_or_none()
            if found is None:
                return last
            last, scan_id = Rejudged(found.scan_id, found.decision, found.accepted_at), found.scan_id


def last_look_back(database: Database) -> LookBack | None:
    """The newest look-back that went to its end; None: there was none."""
    with database.read() as connection:
        query = select(look_backs).order_by(look_backs.c.look_back_id.desc()).limit(1)
        return next(iter(fetch(connection, LookBack, query)), None)


def record_look_back(database: Database, done: LookBack) -> LookBack:
    """Record a look-back that went to its end, with its event; its id is given here."""
    with database.write(done.at) as write:
        values = asdict(done) | {"look_back_id": write.next_number(look_backs.c.look_back_id)}
        write.add(look_backs, values)
        write.note("looked back", str(values["look_back_id"]), {"scans": done.scans, "changed": done.changed})
    return LookBack(**values)


def _latest(since: datetime) -> ColumnElement[bool]:
    """Of a scan: whether it is done, was accepted since then, and no later scan judges it again."""
    again = select(scans.c.rejudges).where(scans.c.rejudges.is_not(None))
    return and_(scans.c.state == ScanState.DONE, scans.c.accepted_at >= since, scans.c.scan_id.not_in(again))


def _after(keys: tuple[ColumnElement[str], ColumnElement[int]], last: tuple[str, int]) -> ColumnElement[bool]:
    return or_(keys[0] > last[0], and_(keys[0] == last[0], keys[1] > last[1]))


def _ids(database: Database, query: Select[Any]) -> Iterator[str]:
    last = ""
    while True:
        with database.read() as connection:
            page = query.where(scans.c.scan_id > last).order_by(scans.c.scan_id).limit(AT_ONCE)
            found = [str(each) for each in connection.execute(page).scalars()]
        if not found:
            return
        yield from found
        last = found[-1]
