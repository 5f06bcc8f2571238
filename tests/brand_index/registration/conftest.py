"""An empty store of each test's own, and its registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brand_index.registry import Registry
from brand_index.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(store: Store) -> Iterator[Registry]:
    with Registry.open(store) as opened:
        yield opened
