"""What was made lately, kept in memory so that it need not be made again; the oldest goes first."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """At most so many values by their names."""

    def __init__(self, most: int) -> None:
        self._most, self._kept = most, OrderedDict[str, Value]()

    def get(self, name: str) -> Value | None:
        """The value of this name, which is the newest from now on; None: it is not kept."""
        value = self._kept.get(name)
        if value is not None:
            self._kept.move_to_end(name)
        return value

    def keep(self, name: str, value: Value) -> Value:
        """Keep a value; returns it."""
        self._kept[name] = value
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value
