"""The audit log: a chain of events, each sealed by a digest of itself and of all before it; no database in it.

`faults` finds an event that was changed, dropped or moved, unless all later events were rewritten too. A rewritten
chain is found by anybody who kept an earlier digest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

LOCAL: Final = "local"  # the actor of commands that run on the machine of the store
NOTHING_KNOWN: Final[Mapping[int, str]] = MappingProxyType({})
TAKEN_OVER: Final = "rows taken over"  # of a store from before there were seals, once for each component
FIRST_DIGEST: Final = "0" * 64  # before the first event


@dataclass(frozen=True, slots=True)
class Event:
    """One change that a write made. The new values are in the records, the replaced ones in `earlier`."""

    event_id: int  # from 1, without a gap
    revision: int
    at: datetime  # UTC
    what: str  # such as "brand changed"
    subject: str  # brand_id, reference_id, scan_id, or the number of another record
    earlier: str  # JSON object of the replaced values; "{}": none
    actor: str  # LOCAL, an API key, a user, or a part of the program
    details: str  # JSON object of further facts
    digest: str  # SHA-256 in hexadecimal of this event and the digest before it
    seals: str = ""  # JSON: seals of rows before and after the write, by table and key; null: no row; "": none


def digest_of(event: Event, before: str) -> str:
    """The digest of `event` after an event whose digest is `before`."""
    values = [event.event_id, event.revision, event.at.astimezone(UTC).isoformat(), event.what, event.subject]
    sealed = [event.seals] if event.seals else []  # events from before there were seals keep their digest
    content = json.dumps([before, *values, event.earlier, event.actor, event.details, *sealed], ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """What the registry says of the end of its history."""

    revision: int  # of the registry
    events: int
    digest: str  # of the last event


def faults(events: Iterable[Event], head: Head, known: Mapping[int, str] = NOTHING_KNOWN) -> Iterator[str]:
    """The faults of a history, in words; none: it is complete and unchanged.

    `events` come in order of their number. `known`: the digests of earlier events, by number.
    """
    expected, before, revision = 1, FIRST_DIGEST, 0
    predates_seals, taken_over = False, set[str]()
    for event in events:
        if event.event_id != expected:
            missing = f"event {expected} is" if event.event_id == expected + 1 else f"events from {expected} on are"
            yield f"{missing} missing before event {event.event_id}"
        elif event.digest != digest_of(event, before):
            yield f"event {event.event_id} ({event.what} {event.subject}) is not as it was written, or not in its place"
        predates_seals = predates_seals or (event.event_id == 1 and not event.seals)
        if event.what == TAKEN_OVER and (event.subject in taken_over or not predates_seals):
            yield f"event {event.event_id}: rows of {event.subject} were sealed anew, which may hide what was changed"
        taken_over |= {event.subject} if event.what == TAKEN_OVER else set()
        if (once := known.get(event.event_id, event.digest)) != event.digest:
            yield f"event {event.event_id} is another than when its digest was {once}"
        expected, before, revision = event.event_id + 1, event.digest, event.revision
    for event_id in sorted(known):
        if event_id >= expected:
            yield f"event {event_id}, whose digest was {known[event_id]}, is gone"
    if expected - 1 != head.events:
        yield f"the last event is {expected - 1} where {head.events} happened"
    elif before != head.digest:
        yield f"the digest of the last event is not the registry's ({head.digest})"
    elif revision != head.revision:
        yield f"the registry's revision is {head.revision}, and that of the last event {revision}"
