"""A checkpoint that is kept elsewhere shows that the end of the audit log was cut off, or that all was rewritten."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brand_index.errors import RegistryError
from brand_index.registry import Registry
from brand_index.registry.checkpoints import append_checkpoint, public_key, read_checkpoint, sign
from brand_index.store import Store
from brand_index.types import Brand
from scanner.moderation.checkpointing import Checked, Checkpoints, check_files, checkpoints_of, make_checkpoint
from scanner.moderation.deliveries import list_deliveries, purge_messages
from scanner.moderation.registry import open_registry
from scanner.moderation.seller_notices.links import read_secret
from scanner.settings import ServiceSettings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = b"s" * 32


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(store: Store) -> Iterator[Registry]:
    with open_registry(store) as opened:
        opened.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
        yield opened


def made(registry: Registry, store: Store) -> None:
    make_checkpoint(registry.database, checkpoints_of(registry.database, store, ServiceSettings()), NOW)


def change(registry: Registry, name: str) -> None:
    registry.save_brand(Brand("acme", name, "Acme Ltd", "ip@acme.example"), NOW)


def checked(registry: Registry, store: Store, other: Path | None = None) -> Checked:
    return check_files(registry, store, None, other)


def faults(registry: Registry, store: Store, other: Path | None = None) -> list[str]:
    found = checked(registry, store, other)
    return [*registry.history_faults(found.known), *found.faults]


def copied(store: Store, to: Path) -> Path:
    """The database as it is now, for somebody who puts it back later."""
    with sqlite3.connect(store.root / "registry.db") as source, sqlite3.connect(to) as target:
        source.backup(target)
    return to


def put_back(store: Store, earlier: Path) -> None:
    with sqlite3.connect(earlier) as source, sqlite3.connect(store.root / "registry.db") as target:
        source.backup(target)


def test_a_log_that_goes_on_after_its_checkpoints_has_no_fault(registry: Registry, store: Store) -> None:
    for name in ("Acme 1", "Acme 2"):
        made(registry, store)
        change(registry, name)
    assert faults(registry, store) == []
    assert sorted(checked(registry, store).known) == [1, 3]


def test_a_checkpoint_is_made_only_where_something_happened_since_the_last(registry: Registry, store: Store) -> None:
    made(registry, store)
    made(registry, store)
    assert len(store.checkpoints.read_text().splitlines()) == 1


def test_a_database_that_was_put_back_to_an_earlier_state_is_found(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    earlier = copied(store, tmp_path / "earlier.db")
    change(registry, "Acme 1")
    made(registry, store)
    put_back(store, earlier)
    assert registry.history_faults() == ()
    assert registry.row_faults() == ()
    (fault,) = faults(registry, store)
    assert fault.startswith("event 2, ")
    assert fault.endswith("is gone")


def test_a_log_that_was_written_anew_is_found(registry: Registry, store: Store, tmp_path: Path) -> None:
    earlier = copied(store, tmp_path / "earlier.db")
    change(registry, "Acme 1")
    made(registry, store)
    put_back(store, earlier)
    change(registry, "Bolt")
    change(registry, "Colt")
    assert "event 2 is another" in faults(registry, store)[0]


def test_a_second_checkpoint_of_the_same_event_contradicts_the_first(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    earlier = copied(store, tmp_path / "earlier.db")
    change(registry, "Acme 1")
    made(registry, store)
    put_back(store, earlier)
    change(registry, "Bolt")
    made(registry, store)
    assert "contradicts an earlier line about event 2" in " ".join(faults(registry, store))


def test_a_file_that_was_shortened_is_found_by_the_log(registry: Registry, store: Store) -> None:
    made(registry, store)
    change(registry, "Acme 1")
    made(registry, store)
    lines = store.checkpoints.read_text().splitlines(keepends=True)
    store.checkpoints.write_text(lines[0])
    assert "lacks 1 checkpoints" in faults(registry, store)[0]
    store.checkpoints.unlink()
    assert "lacks 2 checkpoints" in faults(registry, store)[0]


def test_a_shortened_log_with_a_shortened_file_is_found_by_a_copy_kept_elsewhere(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    earlier = copied(store, tmp_path / "earlier.db")
    made(registry, store)
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_bytes(store.checkpoints.read_bytes())
    change(registry, "Acme 1")
    made(registry, store)
    elsewhere.write_bytes(store.checkpoints.read_bytes())
    store.checkpoints.unlink()
    put_back(store, earlier)
    assert faults(registry, store) == []
    assert "event 3, whose digest" in faults(registry, store, elsewhere)[0]


@pytest.mark.parametrize("field", ["event_id", "digest", "at", "signature"])
def test_a_line_that_was_changed_is_named(registry: Registry, store: Store, field: str) -> None:
    made(registry, store)
    line = json.loads(store.checkpoints.read_text())
    others = {"event_id": 7, "digest": "0" * 64, "at": "2020-01-01T00:00:00+00:00", "signature": "00" * 64}
    store.checkpoints.write_text(json.dumps(line | {field: others[field]}) + "\n")
    assert "was changed since it was signed" in " ".join(checked(registry, store).faults)


def test_a_line_that_another_store_signed_is_named(registry: Registry, store: Store) -> None:
    count, digest = registry.history_digest()
    append_checkpoint(store.checkpoints, sign(count, digest, NOW, b"another secret" * 3))
    (fault,) = checked(registry, store).faults
    assert "another key" in fault


def test_what_a_crash_left_unfinished_is_no_fault_and_goes_with_the_next_line(registry: Registry, store: Store) -> None:
    made(registry, store)
    with store.checkpoints.open("a") as file:
        file.write('{"type": "audit.chec')
    assert faults(registry, store) == []
    change(registry, "Acme 1")
    made(registry, store)
    assert faults(registry, store) == []
    assert len(store.checkpoints.read_text().splitlines()) == 2


def test_a_file_that_cannot_be_written_leaves_no_event(registry: Registry, store: Store) -> None:
    store.checkpoints.mkdir()
    with pytest.raises(RegistryError, match=r"checkpoints\.jsonl"):
        made(registry, store)
    assert [event.what for event in registry.history()] == ["brand registered"]


def test_a_checkpoint_is_sent_to_the_webhook_and_purged_once_delivered(registry: Registry, store: Store) -> None:
    to = Checkpoints(store.checkpoints, read_secret(store, registry.database), webhook=True, store=store)
    checkpoint = make_checkpoint(registry.database, to, NOW)
    (message,) = list_deliveries(registry.database)
    assert read_checkpoint(message.body) == checkpoint
    purge_messages(registry.database, NOW + timedelta(days=1), NOW)
    assert len(list_deliveries(registry.database)) == 1, "it was not delivered yet"


def test_anybody_with_the_public_key_can_check_a_checkpoint() -> None:
    checkpoint = sign(7, "d" * 64, NOW, SECRET)
    assert read_checkpoint(checkpoint.to_json()) == checkpoint
    assert checkpoint.is_signed()
    assert checkpoint.public_key == public_key(SECRET) != public_key(b"t" * 32)


NO_CHECKPOINTS = ("", "[]", "{}", '{"type": "scan.done"}', "\\xff", '{"type": "audit.checkpoint"}')
ENDLESS = json.dumps(json.loads(sign(7, "d" * 64, NOW, SECRET).to_json()) | {"event_id": float("inf")})


@pytest.mark.parametrize("line", [*NO_CHECKPOINTS, ENDLESS])
def test_what_is_no_checkpoint_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_checkpoint(line)
