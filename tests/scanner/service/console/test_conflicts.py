"""The page of conflicts, as a browser gets it: a reviewer keeps both references, or withdraws one."""

from datetime import UTC, datetime

import pytest

from brand_index.registration import register_reference
from brand_index.registry import Conflict
from brand_index.registry.conflicts import list_conflicts
from brand_index.types import Brand, ReferenceKind
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from tests.conftest import ACME, BOLT, describer, draw_logo, png
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written, token_of
from tests.scanner.service.people import PASSWORD, Browsers


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    now, database = datetime.now(UTC), running.registry.database
    add_user(database, "ann", PASSWORD, Role.REVIEWER, now)
    add_user(database, "root", PASSWORD, Role.ADMIN, now)
    add_user(database, "owner", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({"acme"}))


def new_conflict(running: Running, word: str) -> Conflict:
    """Both brands register a logo with this word."""

    def register(brand: Brand) -> None:
        kind, image, now = ReferenceKind.LOGO, png(draw_logo(word, (90, 30, 140))), datetime.now(UTC)
        register_reference(
            running.registry,
            running.store,
            brand=brand,
            kind=kind,
            image=image,
            describer=describer(),
            name=word,
            now=now,
        )

    register(ACME)
    register(BOLT)
    return list_conflicts(running.registry.database, resolved=False)[-1]


def in_force(running: Running, conflict: Conflict) -> list[str]:
    return [each.brand_id for each in running.registry.references() if each.sha256 == conflict.sha256]


def test_a_conflict_is_on_the_pages_of_its_brands_and_on_the_overview(running: Running, as_person: Browsers) -> None:
    new_conflict(running, "shown")
    ann, owner = as_person("ann"), as_person("owner")
    for path in ("/console/brands/acme", "/console/brands/bolt", "/console/overview"):
        assert 'href="/console/conflicts"' in ann.get(path).text
    shown = owner.get("/console/brands/acme").text
    assert "also registered by another brand" in shown
    assert 'href="/console/conflicts"' not in shown, "the page is for reviewers"


@pytest.mark.parametrize(("name", "button", "kept"), [("ann", "", ["acme", "bolt"]), ("root", "acme", ["bolt"])])
def test_a_button_resolves_a_conflict_and_the_page_names_the_user(
    running: Running, as_person: Browsers, name: str, button: str, kept: list[str]
) -> None:
    conflict, browser = new_conflict(running, f"by {name}"), as_person(name)
    path = f"/console/conflicts/{conflict.conflict_id}/resolve"
    assert f'action="{path}"' in browser.get("/console/conflicts").text
    form = {"csrf": token_of(browser), "withdraw": button, "note": "<b>as agreed</b>"}
    assert browser.post(path, data=form).headers["location"] == "/console/conflicts"
    assert in_force(running, conflict) == kept
    shown = browser.get("/console/conflicts").text
    assert f'action="{path}"' not in shown
    assert f"user {name}" in shown
    assert "&lt;b&gt;as agreed&lt;/b&gt;" in shown


def test_an_invalid_resolution_is_refused_on_the_page(running: Running, as_person: Browsers) -> None:
    conflict, ann = new_conflict(running, "wrong"), as_person("ann")
    path, form = f"/console/conflicts/{conflict.conflict_id}/resolve", {"csrf": token_of(ann)}
    assert "Choose to keep both" in ann.post(path, data=form).text
    other = ann.post(path, data=form | {"withdraw": "cobalt"})
    assert (other.status_code, "acme or bolt" in other.text) == (409, True)
    assert ann.post(path, data=form | {"withdraw": "bolt"}).status_code == 303
    assert "is resolved already, by user ann" in ann.post(path, data=form | {"withdraw": "acme"}).text
    assert in_force(running, conflict) == ["acme"]


def test_conflicts_are_for_reviewers_and_forms_of_their_own(running: Running, as_person: Browsers) -> None:
    conflict, owner, ann = new_conflict(running, "mine"), as_person("owner"), as_person("ann")
    path = f"/console/conflicts/{conflict.conflict_id}/resolve"
    assert owner.get("/console/conflicts").status_code == 403
    assert owner.post(path, data={"csrf": token_of(owner), "withdraw": "bolt"}).status_code == 403
    assert ann.post(path, data={"csrf": "0" * 64, "withdraw": "bolt"}).status_code == 403
    assert in_force(running, conflict) == ["acme", "bolt"]


def test_nothing_on_the_page_needs_a_weaker_policy(running: Running, as_person: Browsers) -> None:
    new_conflict(running, "strict")
    written = Written()
    written.feed(as_person("ann").get("/console/conflicts").text)
    assert written.inline == []
