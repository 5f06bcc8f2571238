"""The benchmark of several hosts: calls go to all in turn, and what a killed one loses is counted."""

import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from benchmarks.hosts_run import MeasuredHosts, OfSetup, kill_table, setups_table
from benchmarks.killed_host import Survived, kill_under_load
from benchmarks.load import Answered, Load, closed_loop
from benchmarks.servers import answers, free_port
from benchmarks.throughput import Rate, Served

from tests.servers import wait_for

SERVICE = """
import sys, uuid
from pathlib import Path
from aiohttp import web
folder = Path(sys.argv[2])
async def accept(request):
    await request.read()
    scan = folder / uuid.uuid4().hex
    scan.touch()
    return web.json_response({"scan_id": scan.name}, status=202 if "async" in request.query else 200)
async def read(request):
    known = (folder / request.match_info["scan"]).exists()
    return web.json_response({"state": "done"}, status=200 if known else 404)
app = web.Application()
app.add_routes([web.post("/v1/scans", accept), web.get("/v1/scans/{scan}", read)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@contextmanager
def service(folder: Path) -> Iterator[Served]:
    """A service that does each scan at once, and keeps it in a folder."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", SERVICE, str(port), str(folder)])
    try:
        wait_for(lambda: answers(port), 60, pause=0.05)
        yield Served(f"http://127.0.0.1:{port}", "key", process.pid)
    finally:
        process.kill()
        process.wait()


def killed(*folders: Path) -> Survived:
    """The first of two services, which keep their scans in these folders, is killed."""
    with ExitStack() as stack:
        services = [stack.enter_context(service(folder)) for folder in folders]
        return kill_under_load(services, "key", itertools.repeat(b"photo"), 40, 1.0, np.random.default_rng(1))


def test_calls_go_to_the_addresses_in_turn(tmp_path: Path) -> None:
    with service(tmp_path / "one") as one, service(tmp_path / "two") as two:
        load = closed_loop([one.address, two.address], "key", itertools.repeat(b"photo"), at_once=2, calls=6)
    assert load.statuses == Counter({200: 6})
    assert [len(list((tmp_path / name).iterdir())) for name in ("one", "two")] == [3, 3]


def test_hosts_that_share_their_scans_lose_none_when_one_is_killed(tmp_path: Path) -> None:
    survived = killed(tmp_path / "shared", tmp_path / "shared")
    assert survived.lost == 0
    assert survived.accepted == survived.listings > 20
    assert survived.broken_off > 0


def test_scans_that_the_killed_host_alone_knew_are_counted_as_lost(tmp_path: Path) -> None:
    survived = killed(tmp_path / "dead", tmp_path / "alive")
    assert survived.accepted == survived.listings
    assert survived.lost == len(list((tmp_path / "dead").iterdir())) > 0


def test_a_setup_is_compared_with_the_first_one_round_by_round() -> None:
    def of(name: str, rates: list[float], seconds: float) -> OfSetup:
        half = Load(tuple(Answered(0.0, seconds, 200) for _ in range(4)), 1.0)
        return OfSetup(name, tuple(Rate(rate, 1 / rate) for rate in rates), (half,))

    setups = (of("alone", [2.0, 4.0, 8.0], 0.5), of("shared", [1.0, 3.0, 8.0], 1.0))
    survived = Survived(listings=9, accepted=9, broken_off=1, refused=0, lost=0, done_after=12.0)
    table = setups_table(MeasuredHosts(200, 2, setups, survived))
    assert table.rows[1][:4] == ("shared", "0.75 (0.50 to 1.00)", "1.33 (1.00 to 2.00)", "2.00")
    assert kill_table(survived).rows == (("9", "9", "1", "0", "0", "12 s"),)


@pytest.mark.parametrize("lost", [1, 5])
def test_no_time_is_said_where_scans_are_lost(lost: int) -> None:
    survived = Survived(listings=9, accepted=9, broken_off=1, refused=0, lost=lost, done_after=180.0)
    assert kill_table(survived).rows[0][-2:] == (str(lost), "-")
