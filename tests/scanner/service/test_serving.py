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
from typer.testing import CliRunner

from brand_index.index.published import CURRENT
from brand_index.registration import register_reference
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.commands.main import markscan
from scanner.moderation.store import Records
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from tests.conftest import ACME, describer, jpeg
from tests.scanner.service.conftest import copy_of

ROOT = Path(__file__).parents[3]
SCANS = 12


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(store: Store, port: int, path: str = "/readyz") -> Iterator[subprocess.Popen[bytes]]:
    """`markscan serve` as a process, once it answers 200 at `path`."""
    command = [sys.executable, "-c", "from scanner.commands.main import markscan_main; markscan_main()", "serve"]
    options = ["--store", str(store.root), "--port", str(port), "--workers", "1"]
    environment = os.environ | {"SCANNER_SERVICE__LEASE_SECONDS": "3", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{port}{path}").is_success:
                    break
            except httpx.TransportError:
                pass
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


@pytest.fixture
def unindexed(tmp_path: Path) -> Store:
    """A store of a dozen photos without an index, whose build takes some seconds."""
    place = Store(tmp_path / "unindexed")
    by_shipped_weights = describer()
    photo, now = np.asarray(photographs.astronaut(), np.uint8), datetime.now(UTC)
    with open_registry(place) as registry:
        for number in range(12):
            top, left = divmod(number, 6)
            part = np.ascontiguousarray(photo[40 * top :, 30 * left :])
            register_reference(
                registry,
                place,
                brand=ACME,
                kind=ReferenceKind.PHOTO,
                image=jpeg(part),
                describer=by_shipped_weights,
                name="a.jpg",
                now=now,
            )
        with registry.database.write(now) as write:  # what registration described is described once more
            write.connection.exec_driver_sql("DELETE FROM descriptors")
    return place


@pytest.mark.skipif(os.name != "posix", reason="signals work otherwise there")
def test_a_service_answers_while_its_first_index_is_built_and_stops_at_once(unindexed: Store) -> None:
    port = free_port()
    with open_registry(unindexed) as registry:
        _, key = create_key(registry.database, role=Role.PIPELINE, name="eu", now=datetime.now(UTC))
    headers, address = {"Authorization": f"Bearer {key}"}, f"http://127.0.0.1:{port}"
    images = {"images": ("copy.jpg", jpeg(np.asarray(photographs.astronaut(), np.uint8)[20:480, 30:500]))}
    with (
        serving(unindexed, port, "/healthz") as process,
        httpx.Client(base_url=address, headers=headers, timeout=30) as http,
    ):
        until = time.monotonic() + 60
        while "index is being built" not in "".join((ready := http.get("/readyz")).json()["problems"]):
            assert time.monotonic() < until, ready.text
        assert (ready.status_code, ready.json()["ready"], ready.json()["index_revision"]) == (503, False, None)
        assert http.get("/healthz").status_code == 200
        refused = http.post("/v1/scans", files=images)
        assert (refused.status_code, refused.json()["code"]) == (503, "starting")
        assert int(refused.headers["retry-after"]) > 0
        assert http.get("/console/brands").status_code == 503
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM}
    assert not (unindexed.index / CURRENT).exists(), "the build went on or was done before"
    with serving(unindexed, port) as process, httpx.Client(base_url=address, headers=headers, timeout=60) as http:
        assert http.post("/v1/scans", files=images).json()["decision"] == "block"


@pytest.mark.parametrize("damage", ["secret", "model", "policy", "registry"])
def test_what_no_waiting_mends_ends_serve_with_a_plain_message(
    store: Store, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, words = copy_of(store, tmp_path), list[str]()
    if damage == "secret":
        place.secret.unlink(missing_ok=True)  # which a test before this one may have made
        place.secret.mkdir()
    elif damage == "model":
        words = ["--model", str(tmp_path / "gone.json")]
    elif damage == "policy":
        monkeypatch.setenv("SCANNER_POLICY", str(tmp_path / "gone.toml"))
    else:
        (place.root / "registry.db").write_bytes(b"no database" * 1000)
    ended = CliRunner().invoke(markscan, ["serve", "--store", str(place.root), *words])
    assert ended.exit_code == 2
    assert ended.stderr.startswith("error: ")
    assert len(ended.stderr.splitlines()) == 1
