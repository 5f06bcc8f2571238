"""Makes checkpoints of the audit log, and compares the log with those that were made."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from brand_index.errors import RegistryError
from brand_index.registry import Registry
from brand_index.registry.checkpoints import (
    Checkpoint,
    append_checkpoint,
    public_key,
    read_checkpoints,
    sign,
)
from brand_index.registry.database import Database
from brand_index.registry.schema import history
from brand_index.store import Store
from scanner.moderation.deliveries import OF_NO_SCAN, send
from scanner.moderation.seller_notices.links import CHECKPOINT_MADE, read_secret
from scanner.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where a store's checkpoints go."""

    file: Path
    secret: bytes  # of the store
    webhook: bool  # whether each is also sent to the marketplace
    store: Store


def make_checkpoint(database: Database, checkpoints: Checkpoints, now: datetime) -> Checkpoint | None:
    """Sign what the audit log is, add it to the file, and queue the message. None: nothing happened since the last.

    Raises RegistryError.
    """
    with database.write(now) as write:
        newest = select(history.c.what).where(history.c.event_id == write.events)
        if write.connection.execute(newest).scalar_one_or_none() in (None, CHECKPOINT_MADE):
            return None
        made = sign(write.events, write.digest, now, checkpoints.secret)
        with checkpoints.store.edited(checkpoints.file):
            append_checkpoint(checkpoints.file, made)  # first: the log never names one that is nowhere
        write.note(CHECKPOINT_MADE, str(made.event_id), {"event_id": made.event_id, "public_key": made.public_key})
        if checkpoints.webhook:
            send(write, OF_NO_SCAN, made.to_json())
    return made


def checkpoints_of(database: Database, store: Store, settings: ServiceSettings) -> Checkpoints:
    """Where the settings say that a store's checkpoints go. Raises RegistryError."""
    file = settings.checkpoint_file or store.checkpoints
    return Checkpoints(file, read_secret(store, database), settings.webhook_url is not None, store)


@dataclass(frozen=True, slots=True)
class Checked:
    """What files of checkpoints say of the log."""

    known: dict[int, str]  # the digest of each event that has a checkpoint
    faults: tuple[str, ...]  # in words
    last: Checkpoint | None


def check_files(registry: Registry, store: Store, file: Path | None, other: Path | None) -> Checked:
    """Read the checkpoints in the settings' `file` (None: the store's) and in an `other`; None: there is no other.

    A fault is a line that this store did not sign, and a checkpoint that the log says was made and `file` lacks. Raises
    RegistryError.
    """
    own_file = file or store.refresh(store.checkpoints)
    made = _made(registry)
    if not (made or own_file.exists() or other is not None):
        return Checked({}, (), None)
    own = public_key(read_secret(store, registry.database))
    known, faults = _read(own_file, own)
    gone = [event_id for event_id in made if event_id not in known]
    if gone:
        faults.append(f"{own_file} lacks {len(gone)} checkpoints that were made, the first of event {gone[0]}")
    if other is not None:
        if not other.exists():  # else a mistyped name would pass for a file without a fault
            raise RegistryError(f"{other} is not there: check the path of the checkpoints")
        further, wrong = _read(other, own)
        known, faults = further | known, faults + wrong
        # Where two files differ about an event, the log can be right about one at most.
        faults += [
            f"{other} and {own_file} differ about event {event_id}"
            for event_id, each in further.items()
            if known[event_id].digest != each.digest
        ]
    last = max(known.values(), key=lambda each: each.event_id, default=None)
    return Checked({each.event_id: each.digest for each in known.values()}, tuple(faults), last)


def _read(file: Path, own: str) -> tuple[dict[int, Checkpoint], list[str]]:
    """The checkpoints in a file by event, and what is wrong with its lines; `own`: the store's public key."""
    known, faults = dict[int, Checkpoint](), list[str]()
    for number, found in read_checkpoints(file):
        if found is None or not found.is_signed():
            faults.append(f"line {number} of {file} is no checkpoint, or was changed since it was signed")
        elif found.public_key != own:
            faults.append(f"line {number} of {file} is signed with another key ({found.public_key}) than {own}")
        elif known.get(found.event_id, found).digest != found.digest:
            faults.append(f"line {number} of {file} contradicts an earlier line about event {found.event_id}")
        else:
            known[found.event_id] = found
    return known, faults


def _made(registry: Registry) -> list[int]:
    """The events of which the log says that a checkpoint was made."""
    with registry.database.read() as connection:
        query = select(history.c.subject).where(history.c.what == CHECKPOINT_MADE).order_by(history.c.event_id)
        subjects = connection.execute(query).scalars().all()
    return [int(subject) for subject in subjects if subject.isdecimal()]
