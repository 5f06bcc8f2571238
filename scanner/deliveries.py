"""Messages to the marketplace as they are kept; they are sent elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from brand_index.database import Database, fetch
from brand_index.errors import UnknownRecord
from scanner.tables import DeliveryState, deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what became of it."""

    delivery_id: str
    scan_id: str
    body: str
    state: DeliveryState
    attempts: int
    due_at: datetime  # UTC
    last_error: str | None  # None: none yet
    created_at: datetime


def list_deliveries(database: Database, state: DeliveryState | None = None) -> tuple[Delivery, ...]:
    """All messages, or those in one state, oldest first."""
    query = select(deliveries).order_by(deliveries.c.created_at, deliveries.c.delivery_id)
    with database.read() as connection:
        return fetch(connection, Delivery, query if state is None else query.where(deliveries.c.state == state))


def retry_delivery(database: Database, delivery_id: str, now: datetime) -> None:
    """Have a dead message tried again from the beginning. UnknownRecord: no such dead message."""
    dead = deliveries.c.state == DeliveryState.DEAD
    with database.write(now) as write:
        again = deliveries.update().where(deliveries.c.delivery_id == delivery_id, dead)
        if not write.connection.execute(again.values(state=DeliveryState.PENDING, attempts=0, due_at=now)).rowcount:
            raise UnknownRecord(f"no dead message {delivery_id!r}: `markscan webhooks` shows them")
        write.note("message tried again", delivery_id, {})
