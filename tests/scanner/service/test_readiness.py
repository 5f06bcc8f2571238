"""A service whose index lags too far behind the registry is not ready and says why; the test sets the clock."""

import asyncio
import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.errors import RegistryError
from brand_index.registration import MarkFields, register_reference
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examination
from scanner.moderation.records.scans import SeenBefore, UploadedImage
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.app import create_app
from scanner.service.lifecycle.readiness import LATE, LEAST_ROOM, LITTLE_ROOM, free_bytes, readiness
from scanner.service.service import Service
from scanner.service.tasks.index_keeper import IndexKeeper
from scanner.settings import ServiceSettings, Settings
from tests.conftest import describer, jpeg
from tests.scanner.service.conftest import Running, copy_of, listening

MOST = 600.0  # seconds
NEW = jpeg(np.asarray(photographs.coffee(), np.uint8))


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Store:
    return copy_of(store, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def http(place: Store, clock: Clock, settings: Settings) -> Iterator[httpx.Client]:
    """A service that compares index and registry when it starts, and then not for hours."""
    bounds = ServiceSettings(workers=1, index_seconds=10_000, max_index_lag_seconds=MOST)
    app = create_app(place, settings.model_copy(update={"service": bounds}), clock=clock)
    with listening(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def register(place: Store, now: datetime) -> None:
    """Register a photo as another machine would, without waking this service."""
    with open_registry(place) as registry:
        register_reference(
            registry,
            place,
            brand=registry.brand("acme"),
            kind=ReferenceKind.PHOTO,
            image=NEW,
            describer=describer(),
            name="new.jpg",
            mark=MarkFields(),
            now=now,
        )


def test_a_service_is_ready_until_references_have_waited_too_long_for_an_index(
    http: httpx.Client, place: Store, clock: Clock
) -> None:
    begun = clock.now
    clock.now = begun + timedelta(days=30)
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["index_lag_seconds"]) == (200, 0), "an old index that lacks nothing"
    register(place, begun)
    clock.now = begun + timedelta(seconds=MOST)
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["problems"]) == (200, True, [])
    assert answer.json()["index_lag_seconds"] == MOST
    clock.now = begun + timedelta(seconds=MOST + 1)
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    (problem,) = answer.json()["problems"]
    assert "601 s" in problem
    assert "max_index_lag_seconds is 600" in problem
    assert http.get("/healthz").status_code == 200


@pytest.fixture
def service(running: Running) -> Service:
    opened: Service = running.app.state.service
    return opened


def test_each_background_task_says_when_it_last_succeeded_and_how_often_it_failed(running: Running) -> None:
    service = running.app.state.service
    until = time.monotonic() + 60
    names = {"index", "index merge", "backlog", "backlog leases", "purge", "restore"}
    while None in [each["last_success"] for name, each in state(running)["tasks"].items() if name in names]:
        assert time.monotonic() < until
    tasks = state(running)["tasks"]
    assert set(tasks) == {each.name for each in service.tasks} > names
    assert tasks["webhooks"] == {"last_success": None, "failures": 0}, "no address, no messages"
    assert {each["failures"] for each in tasks.values()} == {0}
    assert state(running)["warnings"] == []
    metrics = running.http.get("/metrics", headers=running.as_role(Role.ADMIN)).text
    assert 'markscan_task_failures{task="backlog"} 0.0' in metrics
    last = next(line for line in metrics.splitlines() if 'last_success_seconds{task="purge"}' in line)
    (purge,) = (each for each in service.tasks if each.name == "purge")
    assert float(last.split()[-1]) == pytest.approx(purge.last_success.timestamp())


def test_a_task_that_fails_for_long_is_a_warning_and_that_of_the_index_a_problem(service: Service) -> None:
    now = datetime.now(UTC)
    task = next(each for each in service.tasks if each.name == "purge")
    index = service.keeper.task
    most = timedelta(seconds=service.settings.service.max_index_lag_seconds)
    try:
        task._since, task.failures = now - LATE, 3
        assert (readiness(service, now).ready, readiness(service, now).warnings) == (True, [])
        later = readiness(service, now + timedelta(seconds=1))
        assert later.ready
        assert "'purge' has not succeeded for 121 s, and failed 3 times" in later.warnings[0]
    finally:
        task._since, task.failures = None, 0
    # Its own runs, every few moments, say that all is well: a copy says otherwise.
    failing = copy.copy(index)
    failing._since, failing.failures = now - most - timedelta(seconds=1), 9
    keeper = copy.copy(service.keeper)
    keeper.task = failing
    late = readiness(replace(service, keeper=keeper, tasks=()), now)
    assert not late.ready
    assert "'index' has not succeeded for 3601 s, and failed 9 times" in late.problems[0]


def test_a_service_without_workers_or_without_its_registry_is_not_ready(service: Service, tmp_path: Path) -> None:
    pool = copy.copy(service.pool)
    pool._failing = dict.fromkeys(range(pool.workers), "index_damaged")
    assert readiness(replace(service, pool=pool), datetime.now(UTC)).problems == [
        "No worker can be started: index damaged. The log has the details."
    ]
    gone = IndexKeeper(Store(tmp_path), Gone(), service.settings, service.keeper.published)  # type: ignore[arg-type]
    answer = readiness(replace(service, keeper=gone, tasks=()), datetime.now(UTC))
    assert (answer.ready, answer.index_lag_seconds) == (False, None)
    assert answer.problems == ["The registry cannot be read. The log says why."]


def test_a_service_without_room_on_its_disk_is_not_ready_and_warns_before(service: Service) -> None:
    now, alone = datetime.now(UTC), replace(service, tasks=())
    assert readiness(alone, now, lambda _: LITTLE_ROOM).warnings == []
    little = readiness(alone, now, lambda _: LEAST_ROOM)
    assert (little.ready, little.warnings) == (
        True,
        ["Only 16 MiB are free on the disk of the store: make room, or no scan can be recorded."],
    )
    full = readiness(alone, now, lambda _: LEAST_ROOM - 1)
    assert (full.ready, full.problems) == (
        False,
        ["Only 15 MiB are free on the disk of the store, and no scan can be recorded without room: make some."],
    )


def test_a_folder_that_is_gone_has_no_room(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
    assert free_bytes(tmp_path / "gone") == 0


def test_a_service_without_references_is_ready_with_a_warning_and_says_so_of_each_image(service: Service) -> None:
    keeper = copy.copy(service.keeper)
    keeper.published = replace(keeper.published, references=0)
    answer = readiness(replace(service, keeper=keeper, tasks=()), datetime.now(UTC))
    assert (answer.ready, answer.references) == (True, 0)
    assert [each for each in answer.warnings if "No reference is searched" in each]
    image = UploadedImage("a.jpg", "0" * 64, b"")
    examined = asyncio.run(service.scanner._examine(image, SeenBefore((), None), keeper.published, None, False))
    assert isinstance(examined, Examination)
    assert not examined.searched, "evidence that is used again"


class Gone:
    """A registry that cannot be read."""

    def references_newer_since(self, revision: int) -> datetime | None:
        raise RegistryError("gone")


def state(running: Running) -> dict[str, Any]:
    """The answer of /readyz."""
    found: dict[str, Any] = running.http.get("/readyz").json()
    return found
