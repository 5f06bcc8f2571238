"""A bounded queue that is fair between tenants: who cost much waits until the others have had as much."""

from collections import deque
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from scanner.service.workers.pool import QueueFull

Item = TypeVar("Item")


class Tenant(NamedTuple):
    """For whom something is done. Groups have equal shares, and so have the tenants of one group."""

    group: str
    name: str


class FairQueue(Generic[Item]):
    """Holds at most `most` items, and `most_of_tenant` of one tenant."""

    def __init__(self, most: int, most_of_tenant: int) -> None:
        self._most, self._most_of_tenant = most, most_of_tenant
        self._waiting: dict[str, dict[str, deque[Item]]] = {}  # by group and name, none of them empty
        self._groups, self._tenants = _Shares(), dict[str, _Shares]()

    def __len__(self) -> int:
        """The number of items that wait."""
        return sum(len(items) for names in self._waiting.values() for items in names.values())

    def put(self, tenant: Tenant, item: Item) -> None:
        """Raises QueueFull."""
        if len(self) >= self._most or self._number_of(tenant) >= self._most_of_tenant:
            raise QueueFull
        self._waiting.setdefault(tenant.group, {}).setdefault(tenant.name, deque()).append(item)

    def take(self) -> tuple[Tenant, Item]:
        """The first item of the tenant who has cost least. Raises ValueError when there is none."""
        group = self._groups.least(self._waiting)
        names = self._waiting[group]
        name = self._tenants.setdefault(group, _Shares()).least(names)
        item = names[name].popleft()
        if not names[name]:
            del names[name]
        if not names:
            del self._waiting[group]
        return Tenant(group, name), item

    def charge(self, tenant: Tenant, cost: float) -> None:
        """Count what an item of `tenant` has cost, above 0. When nobody waits, all start anew."""
        self._groups.charge(tenant.group, cost)
        self._tenants.setdefault(tenant.group, _Shares()).charge(tenant.name, cost)
        if not self._waiting:
            self._groups, self._tenants = _Shares(), {}

    def _number_of(self, tenant: Tenant) -> int:
        return len(self._waiting.get(tenant.group, {}).get(tenant.name, ()))


class _Shares:
    """What each of several has had, by start-time fair queueing (Goyal, Vin and Cheng, 1996).

    Who comes, or comes back, begins at what the last one served has had: being away earns nothing.
    """

    def __init__(self) -> None:
        self._had, self._now = dict[str, float](), 0.0

    def least(self, names: Iterable[str]) -> str:
        """The name that has had least; of equals the first."""
        name = min(names, key=self._begins)
        self._now = self._begins(name)
        return name

    def charge(self, name: str, cost: float) -> None:
        """Count a cost."""
        self._had[name] = self._begins(name) + cost
        self._had = {each: had for each, had in self._had.items() if had > self._now}

    def _begins(self, name: str) -> float:
        return max(self._had.get(name, 0.0), self._now)
