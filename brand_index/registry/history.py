"""All that ever happened, each event sealed by a digest of itself and of all before it; no database in it.

Whoever changes, drops or reorders an event without writing all later ones anew is found out by `faults`; whoever writes
them all anew is found out by anybody who kept an earlier digest.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

LOCAL: Final = "local"  # the actor of whoever runs a command on the machine of the store
FIRST_DIGEST: Final = "0" * 64  # before anything happened


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a write did. What it made is in the records, what it replaced in `earlier`."""

    event_id: int  # from 1, without a gap
    revision: int
    at: datetime  # UTC
    what: str  # such as "brand changed"
    subject: str  # slug, reference id, scan id, or the number of another record
    earlier: str  # JSON object of the values that were replaced; "{}": none were
    actor: str  # LOCAL, or the API key by which it was asked for
    details: str  # JSON object of what else is to be kept of it
    digest: str  # SHA-256 in hexadecimal of this event and the digest before it


def digest_of(event: Event, before: str) -> str:
    """What seals `event` after an event whose digest is `before`."""
    told = [event.event_id, event.revision, event.at.astimezone(UTC).isoformat(), event.what, event.subject]
    content = json.dumps([before, *told, event.earlier, event.actor, event.details], ensure_ascii=True)
    return hashlib.sha256(content.encode("ascii")).hexdigest()


def faults(events: Iterable[Event], count: int, digest: str, since: tuple[int, str] | None = None) -> Iterator[str]:
    """What is wrong with a history, in words; nothing: it is whole.

    `events` in order of their number; `count` and `digest` are what the registry says of the last of them;
    `since` (None: nothing was kept) what it said of an earlier one.
    """
    expected, before = 1, FIRST_DIGEST
    for event in events:
        if event.event_id != expected:
            missing = f"event {expected} is" if event.event_id == expected + 1 else f"events from {expected} on are"
            yield f"{missing} missing before event {event.event_id}"
        elif event.digest != digest_of(event, before):
            yield f"event {event.event_id} ({event.what} {event.subject}) is not as it was written, or not in its place"
        if since is not None and event.event_id == since[0] and event.digest != since[1]:
            yield f"event {event.event_id} is another than when its digest was {since[1]}"
        expected, before = event.event_id + 1, event.digest
    if since is not None and since[0] >= expected:
        yield f"event {since[0]}, whose digest was {since[1]}, is gone"
    if expected - 1 != count:
        yield f"the last event is {expected - 1} where {count} happened"
    elif before != digest:
        yield f"the digest of the last event is not the registry's ({digest})"
