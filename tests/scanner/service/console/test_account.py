"""A user's own page: its sessions, and forms that take the current password to change it or to end other sessions."""

from datetime import UTC, datetime

import httpx
import pytest

from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written, token_of
from tests.scanner.service.people import PASSWORD, Browsers

PAGE = "/console/account"
NEW = "a stapler in the orchard"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    for name in ("ann", "bob", "cat", "dan", "eve"):
        add_user(running.registry.database, name, PASSWORD, Role.REVIEWER, datetime.now(UTC))


def change(browser: httpx.Client, **fields: str) -> httpx.Response:
    form = {"current": PASSWORD, "new": NEW, "again": NEW, "csrf": token_of(browser)} | fields
    return browser.post(f"{PAGE}/password", data=form)


def logs_in(running: Running, name: str, password: str) -> bool:
    with httpx.Client(base_url=running.http.base_url, timeout=60) as browser:
        return browser.post("/console/login", data={"name": name, "password": password}).status_code == 303


def is_open(browser: httpx.Client) -> bool:
    return browser.get(PAGE).status_code == 200


def test_a_new_password_ends_all_sessions_but_this_one(running: Running, as_person: Browsers) -> None:
    ann, elsewhere = as_person("ann"), as_person("ann")
    before = dict(ann.cookies)
    answer = change(ann)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=1")
    assert (is_open(ann), is_open(elsewhere)) == (True, False)
    assert ann.cookies["markscan"] != before["markscan"], "who proves who it is gets a new token"
    assert (logs_in(running, "ann", PASSWORD), logs_in(running, "ann", NEW)) == (False, True)
    assert "user ann" in {event.actor for event in running.registry.history() if event.what == "password changed"}


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"current": "wrong"}, 403, "current password is wrong"),
        ({"current": ""}, 403, "current password is wrong"),
        ({"again": "another"}, 422, "two new passwords differ"),
        ({"new": "short", "again": "short"}, 422, "use 12 to 200"),
        ({"new": "password1234", "again": "password1234"}, 422, "easy to guess"),
    ],
)
def test_a_password_is_changed_by_whoever_knows_it_to_a_good_one(
    running: Running, as_person: Browsers, fields: dict[str, str], status: int, words: str
) -> None:
    bob = as_person("bob")
    answer = change(bob, **fields)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert is_open(bob)
    assert logs_in(running, "bob", PASSWORD)


@pytest.mark.usefixtures("still_minute")
def test_guesses_at_the_current_password_are_counted(as_person: Browsers) -> None:
    cat = as_person("cat")
    came = [change(cat, current="wrong").status_code for _ in range(11)]
    assert (came[0], came[-1]) == (403, 429)


def test_other_sessions_are_shown_and_ended_by_the_password(as_person: Browsers) -> None:
    dan, elsewhere = as_person("dan"), as_person("dan")
    shown = dan.get(PAGE).text
    assert (shown.count(" UTC</td>"), shown.count("this browser")) == (4, 1)
    path, form = f"{PAGE}/sessions/end", {"csrf": token_of(dan)}
    assert dan.post(path, data=form | {"current": "wrong"}).status_code == 403
    assert is_open(elsewhere)
    assert dan.post(path, data=form | {"current": PASSWORD}).status_code == 303
    assert (is_open(dan), is_open(elsewhere)) == (True, False)
    assert dan.get(PAGE).text.count(" UTC</td>") == 2


def test_forms_of_the_page_are_its_own_and_it_has_nothing_inline(as_person: Browsers) -> None:
    eve, bob = as_person("eve"), as_person("bob")
    assert change(eve, csrf=token_of(bob)).status_code == 403
    assert eve.post(f"{PAGE}/sessions/end", data={"current": PASSWORD}).status_code == 403
    written = Written()
    written.feed(eve.get(PAGE).text)
    assert written.inline == []


def test_without_a_session_the_page_asks_to_log_in(running: Running) -> None:
    assert running.http.get(PAGE).headers["location"] == "/console/login?next=/console/account"
