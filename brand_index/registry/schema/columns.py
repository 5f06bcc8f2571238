"""Column types that work the same in SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which has no time zones, stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value for the database. Raises ValueError for a datetime without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: pass an aware datetime, such as datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """A member of an enum, stored as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """The value for the database."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """The member of the enum."""
        return None if value is None else self.words(value)


class Collection(TypeDecorator[frozenset[Any] | tuple[Any, ...]]):
    """Several values, stored as a JSON list: a set sorted, a tuple in its order. None is SQL's NULL.

    Each is a text, a number or, of `tuple`, several numbers.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, shape: type[frozenset[Any]] | type[tuple[Any, ...]], of: type[Any] = str) -> None:
        super().__init__()
        self.shape = shape
        self.of = of

    def process_bind_param(self, value: frozenset[Any] | tuple[Any, ...] | None, dialect: Dialect) -> list[Any] | None:
        """The list for the database."""
        if value is None:
            return None
        return sorted(value) if isinstance(value, frozenset) else list(value)

    def process_result_value(
        self, value: list[Any] | None, dialect: Dialect
    ) -> frozenset[Any] | tuple[Any, ...] | None:
        """The set or the tuple."""
        return None if value is None else self.shape(map(self.of, value))
