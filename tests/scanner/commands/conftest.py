"""Commands that scan share their workers, where a test does not start a process of its own."""

from collections.abc import Iterator

import pytest

from tests.kept_processes import examiners_kept


@pytest.fixture(scope="module", autouse=True)
def _examiners_kept() -> Iterator[None]:
    with examiners_kept():
        yield
