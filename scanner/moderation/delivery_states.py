"""The states of messages to the marketplace, without the database: a command offers them as choices."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """The state of a message."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # all attempts failed; it is kept until somebody retries it
