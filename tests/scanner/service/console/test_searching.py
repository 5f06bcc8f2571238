"""The search on a brand's page: who may, what is shown of other brands, and what is said where it cannot be done."""

import time

import httpx
import pytest

from scanner.service.accounts.roles import Role
from scanner.settings import ServiceSettings
from tests.conftest import draw_logo, png
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import Browsers, add_people

LOGO = png(draw_logo("ACME", (200, 30, 40)))


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, index_seconds=0.2, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, owners={"of-acme": "acme"})


def searched(browser: httpx.Client, brand: str = "acme", image: bytes | None = None, **given: str) -> httpx.Response:
    token = token_of(browser, "/console/brands/acme")
    files = None if image is None else {"image": ("mine.png", image)}
    return browser.post(f"/console/brands/{brand}/search", data=given | {"csrf": token}, files=files)


def test_the_page_of_a_brand_has_the_form_and_so_has_a_page_of_its_own(as_person: Browsers) -> None:
    owner = as_person("of-acme")
    for address in ("/console/brands/acme", "/console/brands/acme/search"):
        page = owner.get(address)
        assert page.status_code == 200
        assert 'action="/console/brands/acme/search"' in page.text


def test_an_owner_sees_its_own_logo_and_of_others_what_a_public_register_shows(as_person: Browsers) -> None:
    page = searched(as_person("of-acme"), image=LOGO)
    assert page.status_code == 200
    assert "2 marks similar to mine.png" in page.text
    assert page.text.count(".webp") == 1
    assert '<img src="/console/brands/acme/' in page.text
    assert "Bolt GmbH" in page.text
    assert "bolt.example" not in page.text
    assert "similar shape and colour" in page.text


def test_a_word_is_searched_for_with_its_classes_kept_in_the_form(running: Running, as_person: Browsers) -> None:
    data = {"word": "Tarn<i>vik", "nice": "9"}
    done = running.http.post("/v1/brands/bolt/references", data=data, headers=running.as_role(Role.ADMIN))
    assert done.status_code == 201, done.text
    owner, until = as_person("of-acme"), time.monotonic() + 60
    while "1 mark similar" not in (page := searched(owner, word="Tarn<i>vik", nice="9")).text:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert "Tarn<i>vik" not in page.text
    assert "Tarn&lt;i&gt;vik" in page.text
    assert 'name="nice" maxlength="500" value="9"' in page.text
    nothing = searched(owner, word="Tarn<i>vik", nice="12").text
    assert "No registered mark is similar" in nothing
    assert "were left out" in nothing


@pytest.mark.parametrize(
    ("given", "image", "why"),
    [
        ({}, None, "Nothing was searched for: give either a word or a logo"),
        ({"word": "Tarnvik"}, LOGO, "Nothing was searched for: give either a word or a logo"),
        ({"word": "Tarnvik", "nice": "99"}, None, "Nice class"),
        ({"word": "!!"}, None, "no letter or digit"),
        ({}, b"no image", "mine.png"),
    ],
)
def test_what_cannot_be_searched_for_is_said_on_the_page(
    as_person: Browsers, given: dict[str, str], image: bytes | None, why: str
) -> None:
    page = searched(as_person("of-acme"), image=image, **given)
    assert page.status_code == 422
    assert why in page.text
    assert "<form" in page.text


def test_who_may_not_see_a_brand_has_no_search_on_its_page(as_person: Browsers) -> None:
    owner = as_person("of-acme")
    assert owner.get("/console/brands/bolt/search").status_code == 403
    assert searched(owner, brand="bolt", word="Tarnvik").status_code == 403


def test_a_reviewer_searches_and_sees_the_logos_of_all_brands(as_person: Browsers) -> None:
    page = searched(as_person("ann"), image=LOGO)
    assert page.text.count(".webp") == 2
