"""Two services over one PostgreSQL and one bucket: one is killed under load, and the database is restarted."""

import itertools
import signal
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from benchmarks.servers import PostgreSQL
from skimage import data as photographs

from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.records.tables import ScanState
from scanner.moderation.store import Records
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from tests.conftest import ACME, describer, jpeg
from tests.scanner.service.shared.conftest import LEASE, Host, host, wait_until_ready
from tests.servers import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


@dataclass
class Balancer:
    """Sends listings to hosts in turn, as a load balancer does; a host that does not answer gets no more calls."""

    hosts: list[Host]
    key: str
    accepted: dict[str, str] = field(default_factory=dict)  # id of the scan, by that of the listing
    broken_off: list[str] = field(default_factory=list)  # listings whose call a host that died did not answer
    refused: list[int] = field(default_factory=list)  # status of what was not accepted, and sent again

    def send(self, number: int) -> None:
        """Have one listing scanned later; it is sent until a host accepts it, with one idempotency key."""
        image = np.asarray(photographs.coffee(), np.uint8)[number % 40 :, number % 60 :]
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid.uuid4().hex}
        listing = f"L{number}"
        for attempt in itertools.count():
            assert attempt < 400, f"{listing} was never accepted: {self.refused[-5:]}"
            turn = self.hosts[(number + attempt) % len(self.hosts)]
            try:
                answer = httpx.post(
                    f"{turn.url}/v1/scans?async=1",
                    headers=headers,
                    files={"images": ("copy.jpg", jpeg(image))},
                    data={"listing_id": listing},
                    timeout=60,
                )
            except httpx.TransportError:
                self.broken_off.append(turn.url)
                if turn.process.poll() is not None and turn in self.hosts:
                    self.hosts.remove(turn)
                continue
            if answer.status_code == 202:
                self.accepted[listing] = answer.json()["scan_id"]
                return
            self.refused.append(answer.status_code)
            threading.Event().wait(0.3)


@pytest.fixture(scope="module")
def registry(address: str, postgresql: PostgreSQL) -> Iterator[Registry]:
    """A photo is registered, by this machine, which is none of those that serve."""
    with open_registry(Store.at(address), postgresql.url) as opened:
        add_photo(opened, address, "coffee")
        yield opened


@pytest.fixture(scope="module")
def key(registry: Registry) -> str:
    return create_key(registry.database, role=Role.PIPELINE, name="eu", calls_a_minute=100_000, now=datetime.now(UTC))[
        1
    ]


def add_photo(registry: Registry, address: str, name: str) -> str:
    image = jpeg(np.asarray(getattr(photographs, name)(), np.uint8), 92)
    done = register_reference(
        registry,
        Store.at(address),
        brand=ACME,
        kind=ReferenceKind.PHOTO,
        image=image,
        describer=describer(),
        name=f"{name}.jpg",
        now=datetime.now(UTC),
    )
    return done.reference.reference_id


def all_done(registry: Registry, address: str, scans: list[str]) -> bool:
    records = Records(registry.database, Store.at(address))
    found = [records.scan(each) for each in scans]
    assert None not in found, "an accepted scan is lost"
    return all(each is not None and each.state is ScanState.DONE for each in found)


def test_a_service_that_is_killed_under_load_loses_nothing_and_the_other_goes_on(
    address: str, postgresql: PostgreSQL, registry: Registry, key: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(host("first", address, postgresql.url, tmp_path))
        wait_until_ready(first)  # it builds the index, and leads
        second = stack.enter_context(host("second", address, postgresql.url, tmp_path))
        wait_until_ready(second)
        assert "another service builds" not in first.log.read_text()
        balancer = Balancer([first, second], key)
        with ThreadPoolExecutor(4) as clients:
            calls = [clients.submit(balancer.send, number) for number in range(60)]
            wait_for(lambda: len(balancer.accepted) >= 20)
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            for call in calls:
                call.result()
        assert len(balancer.accepted) == 60
        assert set(balancer.broken_off) <= {first.url}
        assert len(balancer.broken_off) <= 8, "more than were in flight, or came before the balancer knew"
        assert not balancer.refused
        wait_for(lambda: all_done(registry, address, list(balancer.accepted.values())))
        before = second.revision()
        reference = add_photo(registry, address, "chelsea")
        wait_for(lambda: second.revision() > before, LEASE + 120)
        assert "this service builds and purges now" in second.log.read_text()
        found = httpx.post(
            f"{second.url}/v1/scans",
            headers={"Authorization": f"Bearer {key}"},
            files={"images": ("new.jpg", jpeg(np.asarray(photographs.chelsea(), np.uint8)[10:, 20:]))},
            timeout=120,
        )
        assert reference in found.text


def test_a_database_that_is_restarted_under_load_is_answered_503_and_nothing_is_half_written(
    address: str, postgresql: PostgreSQL, registry: Registry, key: str, tmp_path: Path
) -> None:
    with host("third", address, postgresql.url, tmp_path) as third:
        wait_until_ready(third)
        balancer = Balancer([third], key)
        with ThreadPoolExecutor(4) as clients:
            calls = [clients.submit(balancer.send, number) for number in range(100, 160)]
            wait_for(lambda: len(balancer.accepted) >= 10)
            postgresql.control("-m", "fast", "restart")
            for call in calls:
                call.result()
        assert set(balancer.refused) <= {503}
        assert not balancer.broken_off
        wait_for(lambda: all_done(registry, address, list(balancer.accepted.values())))
        records = Records(registry.database, Store.at(address))
        listings = {f"L{number}" for number in range(100, 160)}
        assert set(balancer.accepted) == listings
        assert len(set(balancer.accepted.values())) == len(listings), "each was accepted once"
        assert records.queued() == 0
    assert registry.history_faults({}) == ()
    assert list(map(str, registry.row_faults())) == []
