"""People who log in to the console: their accounts, and their browsers, for the tests of pages and of the API."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user

if TYPE_CHECKING:
    from tests.scanner.service.conftest import Running

PASSWORD = "correct horse battery"
NO_OWNERS: Mapping[str, str] = {}


def add_people(
    running: "Running",
    reviewers: Iterable[str] = ("ann",),
    *,
    admins: Iterable[str] = (),
    owners: Mapping[str, str] = NO_OWNERS,
) -> None:
    """Add reviewers, administrators and `owners`, each of one brand."""
    now, database = datetime.now(UTC), running.registry.database
    for role, names in ((Role.REVIEWER, reviewers), (Role.ADMIN, admins)):
        for name in names:
            add_user(database, name, PASSWORD, role, now)
    for name, brand in owners.items():
        add_user(database, name, PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({brand}))


class Browsers:
    """A client that is logged in as a user."""

    def __init__(self, running: "Running") -> None:
        self.running, self.opened = running, list[httpx.Client]()

    def __call__(self, name: str) -> httpx.Client:
        browser = httpx.Client(base_url=self.running.http.base_url, timeout=60)
        self.opened.append(browser)
        answer = browser.post("/console/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser
