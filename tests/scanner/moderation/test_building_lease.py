"""The lease on building: one holder at a time, renewed, released, and taken over from one that is dead."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from brand_index.registry.database import Database
from brand_index.store import Store
from scanner.moderation.building_lease import lease_held, lease_holder, new_holder, release_lease, take_lease
from scanner.moderation.registry import open_registry

MINUTE = timedelta(minutes=1)
OVER = timedelta(seconds=-1)  # a lease that is over at once


@pytest.fixture
def database(address: str, tmp_path: Path) -> Iterator[Database]:
    with open_registry(Store(tmp_path), address) as registry:
        yield registry.database


def test_a_lease_has_one_holder(database: Database) -> None:
    assert take_lease(database, "one", MINUTE)
    assert not take_lease(database, "two", MINUTE)
    assert lease_holder(database) == "one"


def test_its_holder_renews_it(database: Database) -> None:
    assert all(take_lease(database, "one", MINUTE) for _ in range(2))


def test_a_lease_that_was_not_renewed_is_taken_over(database: Database) -> None:
    take_lease(database, "one", OVER)
    assert lease_holder(database) is None
    assert take_lease(database, "two", MINUTE)
    assert not take_lease(database, "one", MINUTE)


def test_a_lease_that_was_released_is_free(database: Database) -> None:
    take_lease(database, "one", MINUTE)
    release_lease(database, "one")
    assert take_lease(database, "two", MINUTE)


def test_only_its_holder_releases_it(database: Database) -> None:
    take_lease(database, "one", MINUTE)
    release_lease(database, "two")
    assert lease_holder(database) == "one"


def test_a_block_holds_the_lease_until_its_end(database: Database) -> None:
    with lease_held(database, timedelta(seconds=0.3)) as first, lease_held(database) as second:
        assert (first, second) == (True, False)
    with lease_held(database) as third:
        assert third


def test_no_two_processes_are_one_holder() -> None:
    assert new_holder() != new_holder()
