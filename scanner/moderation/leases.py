"""When a lease or a wait is over: once its time has come, or when only a clock that ran ahead can have set it."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

CLOCKS_DIFFER: Final = timedelta(minutes=1)  # by at most so much between the machines of one store


def is_over(until: datetime | None, now: datetime, length: timedelta) -> bool:
    """Whether a lease until `until` (None: there is none) is over, where no lease is longer than `length`."""
    return until is None or until < now or until > now + length + CLOCKS_DIFFER


def over(until: Any, now: datetime, length: timedelta) -> ColumnElement[bool]:
    """The same of a column, for a query."""
    return or_(until.is_(None), until < now, until > now + length + CLOCKS_DIFFER)
