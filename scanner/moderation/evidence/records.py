"""Finds which records of a case are not as the audit log says, for its evidence bundle."""

import json
from collections.abc import Iterable, Iterator

from brand_index.registry import Registry
from brand_index.registry.history import Event
from scanner.moderation.evidence.parts import Altered


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
