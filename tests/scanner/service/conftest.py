"""A running application over a copy of the small store, with a key of each role; tests of one module share it."""

import multiprocessing
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import httpx
import limits.aio.storage.memory
import limits.aio.strategies
import pytest
import uvicorn
from fastapi import FastAPI

from brand_index.registry import Registry
from brand_index.store import Store
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.app import create_app
from scanner.service.serving import config_of
from scanner.service.workers import worker_process
from scanner.settings import ServiceSettings, Settings
from tests.scanner.service.people import Browsers
from tests.scanner.service.remembering import begin_remembering_worker


@dataclass(frozen=True, slots=True)
class Running:
    """A running service, and a key of each role."""

    app: FastAPI
    http: httpx.Client
    store: Store
    registry: Registry
    keys: dict[Role, str]

    def as_role(self, role: Role) -> dict[str, str]:
        """The header with the key of a role; the brand owner's key is for Acme."""
        return {"Authorization": f"Bearer {self.keys[role]}"}


@pytest.fixture(scope="session", autouse=True)
def quickly_started_workers() -> Iterator[None]:
    """Workers are forked from a process that has imported what they need, which takes half of a test otherwise.

    What ships starts each anew, as the tests in which a service is a process of its own do.
    """
    with pytest.MonkeyPatch.context() as patched:
        forked = multiprocessing.get_context("forkserver")
        forked.set_forkserver_preload(["tests.scanner.service.conftest", "scanner.service.workers.registering"])
        patched.setattr(worker_process, "SPAWNED", forked)
        yield


@pytest.fixture(scope="session")
def examinations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what workers found."""
    return tmp_path_factory.mktemp("examinations")


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Service settings; a test module may override them."""
    return ServiceSettings(workers=1, index_seconds=0.2, lease_seconds=5, calls_a_minute=100_000)


@pytest.fixture(scope="module")
def running(
    store: Store,
    bounds: ServiceSettings,
    settings: Settings,
    examinations: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """A service over a copy of the store, so that tests do not see registrations of other modules."""
    begin = partial(begin_remembering_worker, examinations)
    place = copy_of(store, tmp_path_factory.mktemp("service"))
    keys: dict[Role, str] = {}
    with open_registry(place) as registry:
        for role in Role:
            brands = frozenset({"acme"}) if role is Role.BRAND_OWNER else frozenset[str]()
            now = datetime.now(UTC)
            _, keys[role] = create_key(registry.database, role=role, name=role.value, brands=brands, now=now)
        app = create_app(place, settings.model_copy(update={"service": bounds}))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("scanner.service.workers.pool.begin_worker", begin)
            with listening(app) as address, httpx.Client(base_url=address, timeout=120) as http:
                yield Running(app, http, place, registry, keys)


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """The address of a real server in a thread, once the service is open."""
    server = uvicorn.Server(config_of(app, Settings(), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        until = time.monotonic() + 120
        while app.state.service is None:
            assert time.monotonic() < until, app.state.why_closed
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def copy_of(store: Store, folder: Path) -> Store:
    """A copy of the store in another folder."""
    return Store(Path(shutil.copytree(store.root, folder / "store")))


@pytest.fixture
def still_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still for the limits of calls, so that no minute ends while a test counts them."""
    now = time.time()
    for module in (limits.aio.storage.memory, limits.aio.strategies):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def as_person(running: Running) -> Iterator[Browsers]:
    """A browser for each of several people."""
    browsers = Browsers(running)
    yield browsers
    for browser in browsers.opened:
        browser.close()
