"""Browsers of several people, for the tests of the console's pages."""

from collections.abc import Iterator

import pytest

from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Browsers


@pytest.fixture
def as_person(running: Running) -> Iterator[Browsers]:
    browsers = Browsers(running)
    yield browsers
    for browser in browsers.opened:
        browser.close()
