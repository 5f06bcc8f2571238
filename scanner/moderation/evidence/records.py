"""What the audit log says of a case's evidence: which records are not as they were, and which bundles were made."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from brand_index.registry import Registry
from brand_index.registry.history import Event
from scanner.moderation.evidence.parts import Altered

MADE: Final = "evidence made"  # the event of the history


def altered_records(
    registry: Registry, events: Iterable[Event], records: Iterable[tuple[str, str]]
) -> Iterator[Altered]:
    """What was changed past the audit log among `records`, by table and key, and what the `events` of the case name.

    It reads the whole log and every sealed row, which takes the longer the larger the store is.
    """
    own = {*records, *(each for event in events for each in _sealed_by(event))}
    for fault in registry.row_faults():
        if (fault.table, fault.key) in own or fault.key == "?":
            yield Altered(f"the row {fault.key} of {fault.table}", f"it {fault.what} past the audit log")
    if faults := registry.history_faults():
        yield Altered("the audit log", f"it has {len(faults)} faults: `markscan audit verify` names them")


def _sealed_by(event: Event) -> Iterator[tuple[str, str]]:
    try:
        tables = json.loads(event.seals or "{}")
        yield from ((table, key) for table, keys in tables.items() for key in keys)
    except (AttributeError, TypeError, ValueError):  # an event that was changed: the audit log's faults say so
        return


@dataclass(frozen=True, slots=True)
class BundleMade:
    """A bundle that was downloaded, as the history records it. Two downloads differ: the history goes on."""

    at: datetime  # UTC
    sha256: str  # of the bundle, in hexadecimal; of an older one: of its manifest


def bundles_made(registry: Registry, case_id: str) -> tuple[BundleMade, ...]:
    """The bundles of a case that were downloaded, the newest first."""
    found = []
    for event in registry.history(subject=case_id):
        if event.what == MADE:
            details = json.loads(event.details)
            found.append(BundleMade(event.at, str(details.get("sha256") or details["manifest_sha256"])))
    return tuple(reversed(found))
