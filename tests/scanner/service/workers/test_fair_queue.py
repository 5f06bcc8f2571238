"""The queue in front of a side process gives each tenant its share, whatever one of them sends."""

import pytest

from scanner.service.workers.fair_queue import FairQueue, Tenant
from scanner.service.workers.pool import QueueFull

ACME, BOLT = Tenant("brands", "acme"), Tenant("brands", "bolt")
ANN = Tenant("users", "ann")


def taken(queue: FairQueue[str], cost: float = 1.0) -> list[str]:
    """All items in the order in which they are taken, each charged with `cost`."""
    order = []
    while queue:
        tenant, item = queue.take()
        order.append(item)
        queue.charge(tenant, cost)
    return order


def test_tenants_take_turns_and_each_keeps_its_order() -> None:
    queue: FairQueue[str] = FairQueue(9, 9)
    for number in range(3):
        queue.put(ACME, f"acme {number}")
    queue.put(BOLT, "bolt 0")
    assert taken(queue) == ["acme 0", "bolt 0", "acme 1", "acme 2"]


def test_who_costs_much_waits_until_the_others_have_had_as_much() -> None:
    queue: FairQueue[str] = FairQueue(99, 99)
    for number in range(3):
        queue.put(ACME, f"slow {number}")
    assert queue.take() == (ACME, "slow 0")
    for number in range(5):
        queue.put(BOLT, f"quick {number}")
    queue.charge(ACME, 4.5)
    assert taken(queue) == [*(f"quick {number}" for number in range(5)), "slow 1", "slow 2"]


def test_being_away_earns_nothing() -> None:
    queue: FairQueue[str] = FairQueue(99, 99)
    for number in range(8):
        queue.put(ACME, f"acme {number}")
    for _ in range(4):
        queue.charge(queue.take()[0], 1.0)
    for number in range(3):
        queue.put(BOLT, f"bolt {number}")
    assert taken(queue)[:4] == ["bolt 0", "acme 4", "bolt 1", "acme 5"]


def test_many_tenants_of_one_group_take_no_more_than_the_groups_share() -> None:
    queue: FairQueue[str] = FairQueue(99, 99)
    for number in range(20):
        queue.put(Tenant("sellers", f"s{number}"), "seller")
    queue.charge(queue.take()[0], 1.0)
    for _ in range(3):
        queue.put(ANN, "ann")
    assert taken(queue)[:5].count("ann") == 3


def test_no_more_wait_than_the_bounds_say_of_one_tenant_and_of_all() -> None:
    queue: FairQueue[str] = FairQueue(3, 2)
    queue.put(ACME, "one")
    queue.put(ACME, "two")
    with pytest.raises(QueueFull):
        queue.put(ACME, "three")
    queue.put(BOLT, "one of another")
    with pytest.raises(QueueFull):
        queue.put(ANN, "one too many")
    queue.take()
    queue.put(ANN, "there is room again")
    assert len(queue) == 3


def test_a_queue_that_was_empty_holds_nothing_against_anybody() -> None:
    queue: FairQueue[str] = FairQueue(9, 9)
    queue.put(ACME, "slow")
    queue.charge(queue.take()[0], 60.0)
    queue.put(ACME, "again")
    queue.put(BOLT, "other")
    assert taken(queue) == ["again", "other"]
