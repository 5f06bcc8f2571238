"""POST /v1/search: what it lists, for whom, what it keeps to itself, and what it refuses."""

import time
from typing import Any

import httpx
import pytest

from scanner.client import Client, search_marks
from scanner.service.accounts.roles import Role
from tests.conftest import draw_logo, png
from tests.scanner.service.conftest import Running

ACME_LOGO = png(draw_logo("ACME", (200, 30, 40)))
OTHER_LOGO = png(draw_logo("VELTRO", (30, 120, 60)))


@pytest.fixture(scope="module", autouse=True)
def words(running: Running) -> None:
    """Bolt's word Tarnvik, once it is in the published index."""
    fields = {"word": "Tarnvik", "nice": "9"}
    done = running.http.post("/v1/brands/bolt/references", data=fields, headers=running.as_role(Role.ADMIN))
    assert done.status_code == 201, done.text
    until = time.monotonic() + 60
    while asked(running, data={"word": "Tarnvik"}).status_code == 404:
        assert time.monotonic() < until
        time.sleep(0.2)


def asked(running: Running, role: Role = Role.BRAND_OWNER, **body: Any) -> httpx.Response:
    return running.http.post("/v1/search", headers=running.as_role(role), **body)


def test_a_brand_owner_finds_the_word_of_another_brand_as_a_public_register_shows_it(running: Running) -> None:
    (found,) = asked(running, data={"word": "Tarnwik"}).json()["results"]
    assert (found["brand_id"], found["registered_word"], found["read"]) == ("bolt", "Tarnvik", "Tarnwik")
    assert (found["similarity"], found["word"], found["likeness"]) == (0.857, 0.857, "spelled alike")
    assert found["mark"]["nice"] == [9]
    assert (found["owner"], found["shape"], found["colour"]) == ("Bolt GmbH", None, None)


def test_no_answer_has_the_contact_or_the_file_name_of_a_brand(running: Running) -> None:
    answer = asked(running, files={"image": ("mine.png", ACME_LOGO)})
    assert {each["brand_id"] for each in answer.json()["results"]} == {"acme", "bolt"}
    assert "@" not in answer.text
    assert ".png" not in answer.text


def test_an_image_is_compared_by_shape_and_colour(running: Running) -> None:
    first, second = asked(running, files={"image": ("mine.png", ACME_LOGO)}).json()["results"]
    assert (first["brand_id"], first["kind"], first["mark"]) == ("acme", "logo", None)
    assert first["similarity"] == first["shape"] > 0.99
    assert first["colour"] == 1.0
    assert second["shape"] < first["shape"]


def test_classes_and_limit_narrow_the_list(running: Running) -> None:
    assert asked(running, data={"word": "Tarnvik", "nice": "25"}).json() == {"results": []}
    assert len(asked(running, data={"word": "Tarnvik", "nice": "9,25"}).json()["results"]) == 1
    assert asked(running, data={"word": "Tarnvik", "vienna": "26.4"}).json() == {"results": []}
    limited = asked(running, data={"limit": "1"}, files={"image": ("mine.png", ACME_LOGO)})
    assert len(limited.json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"data": {"nice": "25"}}, "send either a file"),
        ({"data": {"word": "Tarnvik"}, "files": {"image": ("mine.png", ACME_LOGO)}}, "send either a file"),
        ({"data": {"word": "!!"}}, "no letter or digit"),
        ({"data": {"word": "Tarnvik", "nice": "99"}}, "Nice class '99'"),
        ({"data": {"word": "Tarnvik", "vienna": "x"}}, "Vienna code 'x'"),
        ({"data": {"word": "Tarnvik", "limit": "101"}}, "limit"),
        ({"data": {"word": "Tarnvik", "nise": "25"}}, "'nise' is not known"),
        ({"files": {"image": ("mine.png", b"no image")}}, "mine.png"),
    ],
)
def test_what_cannot_be_searched_for_is_refused_with_the_reason(
    running: Running, body: dict[str, Any], why: str
) -> None:
    answer = asked(running, **body)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


def test_the_client_searches_for_a_word_and_for_an_image(running: Running) -> None:
    with Client(str(running.http.base_url), running.keys[Role.REVIEWER]) as client:
        by_word = client.send(search_marks("Tarnvek", nice=[9]))
        by_image = client.send(search_marks(("mine.png", ACME_LOGO), limit=1))
    assert [each.registered_word for each in by_word.results] == ["Tarnvik"]
    assert [each.brand_id for each in by_image.results] == ["acme"]


def test_what_an_image_says_is_found_among_the_words(running: Running) -> None:
    logo = png(draw_logo("TARNVIK", (30, 120, 60)))
    found = asked(running, files={"image": ("new.png", logo)}).json()["results"]
    (said,) = [each for each in found if each["word"] is not None]
    assert (said["read"], said["registered_word"], said["word"]) == ("TARNVIK", "Tarnvik", 1.0)


def test_a_search_registers_nothing(running: Running) -> None:
    before = running.registry.revision()
    asked(running, files={"image": ("new.png", OTHER_LOGO)})
    assert running.registry.revision() == before
