"""A registry that may not be written is read as it is; that is feigned here, since root may write anywhere."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from brand_index.errors import RegistryError, StoreNotWritable
from brand_index.index.building import build_index
from brand_index.registry import Registry
from brand_index.store import Store
from tests.conftest import ACME, NOW, describer

Forbid = Callable[[], None]


@pytest.fixture
def place(tmp_path: Path) -> Store:
    place = Store(tmp_path / "a store #1")  # a name that SQLite's URIs would read as something else
    with Registry.open(place) as registry:
        registry.add_brand(ACME, NOW)
    return place


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """After it is called, no file and no folder may be written."""
    allowed = os.access
    return lambda: monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and allowed(path, mode))


def state(place: Store) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in place.root.iterdir()}


def test_what_may_not_be_written_is_read_and_no_file_is_made_beside_it(place: Store, forbid: Forbid) -> None:
    before = state(place)
    forbid()
    with Registry.open(place, create=False) as registry:
        assert registry.brands() == (ACME,)
        assert state(place) == before, "SQLite makes its log of writes where it may"
        with pytest.raises(RegistryError, match=r"a store #1/registry\.db may not be written here"):
            registry.add_brand(ACME, NOW)
    assert state(place) == before


def test_a_log_of_writes_is_read_with_the_file_or_named(place: Store, forbid: Forbid) -> None:
    file = place.root / "registry.db"
    writer = sqlite3.connect(file)
    writer.execute("UPDATE brands SET name = 'Acme of the log'")
    writer.commit()
    log = Path(f"{file}-wal")
    kept = log.read_bytes()
    forbid()
    with Registry.open(place, create=False) as registry:
        assert registry.brand("acme").name == "Acme of the log"
    writer.close()
    log.write_bytes(kept)
    with pytest.raises(RegistryError, match=r"registry\.db-wal holds changes"):
        Registry.open(place, create=False)


def test_an_older_registry_that_may_not_be_written_says_what_brings_it_up_to_date(place: Store, forbid: Forbid) -> None:
    with sqlite3.connect(place.root / "registry.db") as older:
        older.execute("DELETE FROM component_migrations WHERE number >= 2")
    older.close()
    forbid()
    with pytest.raises(RegistryError, match="earlier version of Markscan"):
        Registry.open(place, create=False)


def test_an_index_that_has_to_be_built_where_nothing_may_be_written_says_so(place: Store, forbid: Forbid) -> None:
    forbid()
    with Registry.open(place, create=False) as registry, pytest.raises(StoreNotWritable, match="markscan index"):
        build_index(place, registry, describer()._embedder)
    assert not place.index.exists()
