"""Which files of references are gone is seen again and again without reading what did not change."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brand_index.registry import Registry
from brand_index.registry.kept_files import LostFiles
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage, ReferenceKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(store: Store) -> Iterator[Registry]:
    with Registry.open(store) as opened:
        opened.add_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
        yield opened


def registered(registry: Registry, store: Store, number: int) -> ReferenceImage:
    """A reference whose file is kept; all are in one folder."""
    sha256 = f"ab{number:014x}".ljust(64, "0")
    store.keep(store.media_path(sha256, ".png"), b"file")
    given = {"sha256": sha256, "suffix": ".png", "mark_id": None, "source_name": "a.png", "warnings": ()}
    reference, _ = registry.add_reference(
        brand="acme",
        kind=ReferenceKind.PHOTO,
        width=64,
        height=64,
        now=NOW,
        **given,  # type: ignore[arg-type]
    )
    return reference


def test_a_file_that_is_deleted_is_missed_and_one_that_is_put_back_is_not(registry: Registry, store: Store) -> None:
    one, _ = registered(registry, store, 1), registered(registry, store, 2)
    path, files = store.media_path(one.sha256, one.suffix), LostFiles(store)
    found = [files.among(registry)]
    path.unlink()
    found.append(files.among(registry))
    path.write_bytes(b"file")
    found.append(files.among(registry))
    assert found == [(), (one,), ()]


def test_a_folder_that_has_not_changed_is_not_listed_again(registry: Registry, store: Store) -> None:
    one, files = registered(registry, store, 1), LostFiles(store)
    path = store.media_path(one.sha256, one.suffix)
    os.utime(path.parent, (1e9, 1e9))
    files.among(registry)
    path.unlink()
    os.utime(path.parent, (1e9, 1e9))
    unlisted = files.among(registry)
    os.utime(path.parent, (2e9, 2e9))
    assert (unlisted, files.among(registry)) == ((), (one,))


def test_a_lost_file_is_not_missed_once_its_reference_is_withdrawn(registry: Registry, store: Store) -> None:
    one, files = registered(registry, store, 1), LostFiles(store)
    files.among(registry)
    store.media_path(one.sha256, one.suffix).unlink()
    other = registered(registry, store, 2)
    assert files.among(registry) == (one,)
    registry.withdraw_reference(one.reference_id, NOW)
    store.media_path(other.sha256, other.suffix).unlink()
    assert [each.reference_id for each in files.among(registry)] == [other.reference_id]
