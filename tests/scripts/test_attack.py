"""The attacks as a tool: whom it attacks, how it judges, what it prints and exits with; no service is attacked here."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import attack
import pytest
import typer
from attacks import forms, images
from attacks.catalogue import ATTACKS, Attack, OutOfTime, run_one
from attacks.findings import Finding, NotTried, Outcome, Result, Weight, exit_code, judged, table
from attacks.tampering import TAMPERINGS, tamper
from attacks.target import ForeignAddress, Keys, Target, check_loopback
from typer.testing import CliRunner

from brand_index.store import Store

KEYS = Keys(*["key"] * 5)


def result(outcome: Outcome, weight: Weight = Weight.HIGH) -> Result:
    return Result(4, "guesses at one name", weight, outcome, "60 were checked", "Ten are checked.", 2.0)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8000",
        "http://0.0.0.0:8000",
        "http://[2001:db8::1]:8000",
        "http://[::ffff:192.0.2.1]:8000",
        "http://127.0.0.1@192.0.2.1:8000",
        "https://127.0.0.1:8000",
        "file:///etc/passwd",
        "127.0.0.1:8000",
        "http://:8000",
        "http://127.0.0.1:port",
    ],
)
def test_an_address_that_is_not_on_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ForeignAddress):
        check_loopback(url)


def test_a_name_that_also_leads_elsewhere_is_refused() -> None:
    def both(_: str, port: int) -> Iterator[tuple[object, ...]]:
        for address in ("127.0.0.1", "192.0.2.1"):
            yield (None, None, None, "", (address, port))

    with pytest.raises(ForeignAddress, match="not on this machine"):
        check_loopback("http://shop.example:8000", both)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8000/console", "http://127.0.0.1:8000"),
        ("http://127.9.9.9", "http://127.9.9.9:80"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_on_this_machine_becomes_its_origin(url: str, origin: str) -> None:
    assert check_loopback(url) == origin


@pytest.mark.parametrize(
    "options",
    [["--url", "http://192.0.2.1:8000", "--admin-key", "mk_x"], ["--url", "http://127.0.0.1:9"]],
    ids=["a foreign address", "no key"],
)
def test_wrong_use_exits_with_2_before_anything_is_sent(options: list[str]) -> None:
    app = typer.Typer()
    app.command()(attack.main)
    assert CliRunner().invoke(app, options, env={"MARKSCAN_ADMIN_KEY": ""}).exit_code == 2


@pytest.mark.parametrize("weight", [Weight.CRITICAL, Weight.HIGH, Weight.MEDIUM])
def test_what_fell_of_medium_weight_or_more_exits_with_1(weight: Weight) -> None:
    assert exit_code([result(Outcome.HELD), result(Outcome.FALLEN, weight)]) == 1


def test_what_held_was_not_tried_or_is_of_low_weight_exits_with_0() -> None:
    assert exit_code([result(Outcome.HELD), result(Outcome.NOT_TRIED), result(Outcome.FALLEN, Weight.LOW)]) == 0


def test_the_table_has_a_row_an_attack_and_counts() -> None:
    head, *rows, last = table([result(Outcome.HELD), result(Outcome.NOT_TRIED), result(Outcome.FALLEN)]).splitlines()
    assert head.split() == ["no.", "attack", "weight", "outcome", "s", "measured"]
    assert [row[head.index("outcome") :][:9].strip() for row in rows] == ["held", "not tried", "fallen"]
    assert {row[head.index("measured") :] for row in rows} == {"60 were checked"}
    assert last == "1 held, 1 fallen, 1 not tried"


def holds(_: Target) -> Finding:
    """It holds."""
    return judged([], "nothing")


def falls(_: Target) -> Finding:
    """It falls."""
    return judged(["everything fell"], "all")


def needs_more(_: Target) -> Finding:
    """It needs a store."""
    raise NotTried("needs a store")


def takes_too_long(_: Target) -> Finding:
    """It ends."""
    raise OutOfTime


def errs(_: Target) -> Finding:
    """It works."""
    raise KeyError("place")


@pytest.mark.parametrize(
    ("run", "outcome", "measured"),
    [
        (holds, Outcome.HELD, "nothing"),
        (falls, Outcome.FALLEN, "everything fell; all"),
        (needs_more, Outcome.NOT_TRIED, "needs a store"),
        (takes_too_long, Outcome.FALLEN, "no end within 5 s"),
        (errs, Outcome.FALLEN, "the attack failed: KeyError: 'place'"),
    ],
)
def test_each_end_of_an_attack_has_its_outcome(run: object, outcome: Outcome, measured: str) -> None:
    assert callable(run)
    done = run_one(Attack(1, "x", Weight.HIGH, run, 5), Target("http://127.0.0.1:9", KEYS, True, b""))
    assert (done.outcome, done.measured, done.promise) == (outcome, measured, run.__doc__)


def test_an_attack_that_never_ends_is_stopped() -> None:
    def never(_: Target) -> Finding:
        """It ends."""
        threading.Event().wait(60)
        return judged([], "")

    done = run_one(Attack(1, "x", Weight.HIGH, never, 1), Target("http://127.0.0.1:9", KEYS, True, b""))
    assert done.measured == "no end within 1 s"


def test_every_attack_says_which_promise_it_attacks_and_is_bounded() -> None:
    assert {each.number for each in ATTACKS} == set(range(1, 16))
    assert len({each.name for each in ATTACKS}) == len(ATTACKS)
    for each in ATTACKS:
        assert each.promise.endswith("."), each.name
        assert 0 < each.seconds <= 400


class Broken(BaseHTTPRequestHandler):
    """A service that answers every form with the status of the class."""

    status: ClassVar[int] = 500

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(("status", "outcome"), [(500, Outcome.FALLEN), (422, Outcome.HELD)])
def test_an_attack_falls_or_holds_by_what_the_service_answers(status: int, outcome: Outcome) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answering", (Broken,), {"status": status}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        target = Target(f"http://127.0.0.1:{server.server_port}", KEYS, True, b"", quiet_scan=1.0)
        assert run_one(Attack(2, "x", Weight.MEDIUM, forms.odd_charsets), target).outcome is outcome
    finally:
        server.shutdown()
        server.server_close()


def test_attacks_on_a_running_service_that_need_a_store_are_not_tried() -> None:
    target = Target("http://127.0.0.1:9", KEYS, True, b"")
    (tampering,) = [each for each in ATTACKS if each.name == "tampered rows"]
    assert run_one(tampering, target).outcome is Outcome.NOT_TRIED


def test_there_are_39_kinds_of_tampering() -> None:
    assert len({each.what for each in TAMPERINGS}) == len(TAMPERINGS) == 39


def test_a_tampering_changes_one_row(store: Store, tmp_path: Path) -> None:
    database = tmp_path / "registry.db"
    with closing(sqlite3.connect(store.root / "registry.db")) as whole, closing(sqlite3.connect(database)) as copy:
        whole.backup(copy)
    (moved,) = [each for each in TAMPERINGS if each.what == "a reference is another file"]
    (revived,) = [each for each in TAMPERINGS if each.what == "a withdrawn reference is in force"]
    assert tamper(database, revived) is None, "none was withdrawn"
    key = tamper(database, moved)
    with closing(sqlite3.connect(database)) as connection:
        changed = connection.execute("SELECT reference_id FROM reference_images WHERE sha256 LIKE '0000000000%'")
        assert changed.fetchall() == [(key,)]


def test_costly_files_are_small() -> None:
    assert len(images.thin_png(1_000_000)) < 10_000
    assert len(images.slow_svg(1)) < 300
    assert len(images.avif_of_two_extents(500)) < 5_000
    assert len(images.long_logo(5_000)) < 100_000
