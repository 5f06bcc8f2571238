"""The commands statements export and counts from the outside: files, lines, and what they exit with."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from brand_index.registry import Registry
from brand_index.store import Store
from scanner.commands.main import markscan
from scanner.moderation.seller_notices.links import read_secret
from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.moderation.statements import as_json_value, counts_of
from scanner.service.accounts.registry import open_registry
from tests.scanner.moderation.test_reporting import FIRST, LAST, NOW, appealed, sent

PERIOD = ("--first-day", f"{FIRST}", "--last-day", f"{LAST}")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(store: Store) -> Iterator[Registry]:
    """Of a store that a service ran on."""
    with open_registry(store) as opened:
        read_secret(store, opened.database)
        yield opened


def run(store: Store, *words: str) -> Result:
    return CliRunner().invoke(markscan, ["statements", *words, "--store", str(store.root)])


def test_statements_are_written_a_hundred_in_a_file(registry: Registry, store: Store, tmp_path: Path) -> None:
    for number in range(101):
        sent(registry, number, market="DE")
    out = tmp_path / "new" / "folder"
    done = run(store, "export", *PERIOD, "--out", str(out))
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"101 statements in 2 files in {out}\n"
    assert sorted(path.name for path in out.iterdir()) == ["statements-001.json", "statements-002.json"]
    bodies = [json.loads(path.read_text("utf-8"))["statements"] for path in sorted(out.iterdir())]
    assert [len(body) for body in bodies] == [100, 1]
    assert len({each["puid"] for body in bodies for each in body}) == 101


def test_the_same_decision_is_the_same_statement_the_next_time(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    sent(registry, 1)
    texts = []
    for name in ("a", "b"):
        assert run(store, "export", *PERIOD, "--out", str(tmp_path / name)).exit_code == 0
        texts.append((tmp_path / name / "statements-001.json").read_text("utf-8"))
    assert texts[0] == texts[1]


def test_nothing_is_ever_written_over(registry: Registry, store: Store, tmp_path: Path) -> None:
    sent(registry, 1)
    earlier = tmp_path / "statements-007.json"
    earlier.write_text("kept")
    refused = run(store, "export", *PERIOD, "--out", str(tmp_path))
    assert refused.exit_code == 2
    assert f"--out {tmp_path}: {earlier.name} exists already" in refused.stderr
    assert [path.name for path in tmp_path.glob("*.json")] == ["statements-007.json"]
    assert earlier.read_text() == "kept"


def test_a_notice_that_cannot_be_stated_is_named_and_the_rest_is_written(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    bad, good = sent(registry, 1, market="Germany"), sent(registry, 2, market="DE")
    sent(registry, 3, market="US")
    done = run(store, "export", *PERIOD, "--out", str(tmp_path))
    assert done.exit_code == 3
    assert done.stdout.splitlines()[0].startswith("1 statement in 1 file in ")
    assert done.stdout.splitlines()[1].startswith(
        "1 seller notice is for markets outside the EEA and needs no statement"
    )
    (line,) = done.stderr.splitlines()
    assert bad.seller_notice_id in line
    (written,) = json.loads((tmp_path / "statements-001.json").read_text("utf-8"))["statements"]
    assert written["territorial_scope"] == [good.market]


def test_a_store_without_its_secret_is_refused_before_puids_change(store: Store, tmp_path: Path) -> None:
    open_registry(store).close()
    refused = run(store, "export", *PERIOD, "--out", str(tmp_path / "out"))
    assert refused.exit_code == 2
    assert "secret.key" in refused.stderr
    assert not store.secret.exists()


@pytest.mark.parametrize(
    "period",
    [("--first-day", f"{LAST}", "--last-day", f"{FIRST}"), ("--first-day", "soon", "--last-day", f"{LAST}")],
    ids=" ".join,
)
@pytest.mark.parametrize("command", ["export", "counts"])
def test_a_period_that_is_none_is_wrong_use(
    registry: Registry, store: Store, tmp_path: Path, command: str, period: tuple[str, ...]
) -> None:
    more = ("--out", str(tmp_path)) if command == "export" else ()
    refused = run(store, command, *period, *more)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: ")


def test_counts_are_json_and_make_no_secret(store: Store) -> None:
    with open_registry(store) as registry:
        seller_notice = sent(registry, 1)
        appealed(registry, seller_notice, NOW, outcome=AppealOutcome.PUT_BACK, at=NOW + timedelta(14))
    done = run(store, "counts", *PERIOD)
    assert done.exit_code == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts.keys() == as_json_value(counts_of([], [], FIRST, LAST)).keys()
    assert (counts["first_day"], counts["statements"], counts["appeals_reversed"]) == (f"{FIRST}", 1, 1)
    assert counts["by_automation"]["AUTOMATED_DECISION_PARTIALLY"] == 1
    assert not store.secret.exists()


def test_counts_say_what_they_do_not_count(store: Store) -> None:
    with open_registry(store) as registry:
        sent(registry, 1, market="Germany")
    done = run(store, "counts", *PERIOD)
    assert done.exit_code == 3
    assert json.loads(done.stdout)["statements"] == 0
    assert "'Germany'" in done.stderr


def test_settings_say_where_decisions_apply(
    registry: Registry, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(registry, 1)
    monkeypatch.setenv("SCANNER_SERVICE__COUNTRIES", '["AT", "DE"]')
    monkeypatch.setenv("SCANNER_SERVICE__CLAUSE", "Clause 7")
    assert run(store, "export", *PERIOD, "--out", str(tmp_path)).exit_code == 0
    (written,) = json.loads((tmp_path / "statements-001.json").read_text("utf-8"))["statements"]
    assert written["territorial_scope"] == ["AT", "DE"]
    assert written["incompatible_content_ground"] == "Clause 7"
