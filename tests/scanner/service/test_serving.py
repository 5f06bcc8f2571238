"""`markscan serve` as a process: it finishes every accepted scan, even after a kill."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.store import Store
from scanner.moderation.store import Records
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.tables import Role
from tests.conftest import jpeg
from tests.scanner.service.conftest import copy_of

ROOT = Path(__file__).parents[3]
SCANS = 12


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(store: Store, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", "from scanner.commands.main import markscan_main; markscan_main()", "serve"]
    options = ["--store", str(store.root), "--port", str(port), "--workers", "1"]
    environment = os.environ | {"SCANNER_SERVICE__LEASE_SECONDS": "3", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_service_that_is_killed_loses_no_accepted_scan_and_no_event(store: Store, tmp_path: Path) -> None:
    place, port = copy_of(store, tmp_path), free_port()
    with open_registry(place) as registry:
        _, key = create_key(registry.database, role=Role.PIPELINE, name="eu", now=datetime.now(UTC))
        image = np.asarray(photographs.astronaut(), np.uint8)
        accepted = []
        headers, address = {"Authorization": f"Bearer {key}"}, f"http://127.0.0.1:{port}"
        with serving(place, port) as process, httpx.Client(base_url=address, headers=headers, timeout=30) as http:
            for number in range(SCANS):
                images = {"images": ("copy.jpg", jpeg(image[number:]))}
                answer = http.post("/v1/scans?async=1", files=images, data={"listing_id": str(number)})
                assert answer.status_code == 202
                accepted.append(answer.json()["scan_id"])
            process.send_signal(signal.SIGKILL)
            process.wait()
        records = Records(registry.database, place)
        assert records.queued() > 0, "it was killed too late to show anything"
        with serving(place, port):
            until = time.monotonic() + 90
            while records.queued() and time.monotonic() < until:
                time.sleep(0.2)
        scans = [records.scan(scan_id) for scan_id in accepted]
        assert [scan is not None and scan.decision for scan in scans] == ["block"] * SCANS
        events = [event.subject for event in registry.history() if event.what == "scan done"]
        assert sorted(events) == sorted(accepted), "each was done once"
        assert registry.history_faults() == ()
        assert registry.row_faults() == ()


@pytest.mark.skipif(os.name != "posix", reason="signals work otherwise there")
def test_a_service_that_is_stopped_finishes_running_calls(store: Store, tmp_path: Path) -> None:
    place, port = copy_of(store, tmp_path), free_port()
    with serving(place, port) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in {0, -signal.SIGTERM}
