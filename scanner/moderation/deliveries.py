"""The queue of messages to the marketplace; scanner.service.tasks.webhooks sends them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text, and_, select

from brand_index.errors import UnknownRecord
from brand_index.registry.database import Database, Write, fetch
from brand_index.registry.schema import UTCDateTime, Word, metadata, sealed
from scanner.moderation.delivery_states import DeliveryState

OF_NO_SCAN: Final = ""  # in place of the id of a scan, in a message about none


deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("scan_id", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("last_error", Text),
    Column("created_at", UTCDateTime, nullable=False),
    Index("deliveries_by_state", "state", "due_at"),
    info=sealed(without=["state", "attempts", "due_at", "last_error"]),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A queued message and the state of its delivery."""

    delivery_id: str
    scan_id: str
    body: str
    state: DeliveryState
    attempts: int
    due_at: datetime  # UTC
    last_error: str | None  # of the last attempt; None: none failed
    created_at: datetime


def list_deliveries(database: Database, state: DeliveryState | None = None) -> tuple[Delivery, ...]:
    """All messages, or those in one state, oldest first."""
    query = select(deliveries).order_by(deliveries.c.created_at, deliveries.c.delivery_id)
    with database.read() as connection:
        return fetch(connection, Delivery, query if state is None else query.where(deliveries.c.state == state))


def retry_delivery(database: Database, delivery_id: str, now: datetime) -> None:
    """Queue a dead message again. UnknownRecord: no such dead message."""
    dead = deliveries.c.state == DeliveryState.DEAD
    with database.write(now) as write:
        this = and_(deliveries.c.delivery_id == delivery_id, dead)
        if not write.update(deliveries, this, {"state": DeliveryState.PENDING, "attempts": 0, "due_at": now}):
            raise UnknownRecord(f"no dead message {delivery_id!r}: `markscan webhooks list` shows them")
        write.note("message tried again", delivery_id, {})


def purge_messages(database: Database, before: datetime, now: datetime) -> None:
    """Delete messages about no scan that were delivered, and are from before `before`; others go with their scan."""
    old = and_(
        deliveries.c.scan_id == OF_NO_SCAN,
        deliveries.c.state == DeliveryState.DELIVERED,
        deliveries.c.created_at < before,
    )
    with database.write(now) as write:
        if number := write.delete(deliveries, old):
            write.note("purged", "messages", {"messages": number})


def send(write: Write, scan_id: str, message: str) -> None:
    """Queue a message, in an open write."""
    values = {"delivery_id": uuid.uuid4().hex, "scan_id": scan_id, "body": message, "state": DeliveryState.PENDING}
    write.add(deliveries, values | {"attempts": 0, "due_at": write.now, "last_error": None, "created_at": write.now})
