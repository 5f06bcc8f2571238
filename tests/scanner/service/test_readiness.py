"""A service whose index lags too far behind the registry is not ready and says why; the test sets the clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.registration import MarkFields, register_reference
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.service.accounts.registry import open_registry
from scanner.service.app import create_app
from scanner.settings import ServiceSettings, Settings
from tests.conftest import describer, jpeg
from tests.scanner.service.conftest import copy_of, listening

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
