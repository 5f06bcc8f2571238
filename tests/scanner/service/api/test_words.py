"""Words over HTTP and by the typed client: registered instead of an image, answered with the word."""

import pytest

from brand_index.types import ReferenceKind
from scanner import client as calls
from scanner.client import Client, ServiceError
from scanner.service.accounts.roles import Role
from tests.conftest import draw_logo, png
from tests.scanner.service.conftest import Running

LOGO = {"image": ("logo.png", png(draw_logo("LOGO", (30, 90, 140))))}


def test_a_word_is_registered_by_the_client_withdrawn_and_listed(running: Running) -> None:
    with Client(str(running.http.base_url), running.keys[Role.BRAND_OWNER]) as client:
        done = client.send(calls.register_word("acme", "Tärnvik", nice="25"))
        assert (done.outcome.value, done.reference.word, done.audit) == ("registered", "Tärnvik", None)
        for alike in ("TARNVIK", "T-a-r-n-v-1-k"):
            again = client.send(calls.register_word("acme", alike))
            assert (again.outcome.value, again.reference.word) == ("already registered", "Tärnvik")
        assert client.send(calls.withdraw_reference("acme", done.reference.reference_id)).word == "Tärnvik"
        assert client.send(calls.reinstate_reference("acme", done.reference.reference_id)).word == "Tärnvik"
        words = [each.word for each in client.send(calls.list_references("acme"))]
        assert "Tärnvik" in words
        assert None in words, "the images have none"


def test_a_weak_word_is_answered_with_its_warnings(running: Running) -> None:
    with Client(str(running.http.base_url), running.keys[Role.BRAND_OWNER]) as client:
        done = client.send(calls.register_word("acme", "Qzx"))
    assert done.warnings == done.reference.warnings == ["short (3 letters): its matches in images go to review at most"]


def test_a_word_that_is_refused_says_why(running: Running) -> None:
    address, key = str(running.http.base_url), running.keys[Role.BRAND_OWNER]
    with Client(address, key) as client, pytest.raises(ServiceError) as refused:
        client.send(calls.register_word("acme", "501"))
    assert (refused.value.status, refused.value.problem) == (422, "unrecognizable_reference")
    assert "digits alone" in refused.value.detail


def test_a_word_over_two_lines_is_refused(running: Running) -> None:
    address, key = str(running.http.base_url), running.keys[Role.BRAND_OWNER]
    with Client(address, key) as client, pytest.raises(ServiceError) as refused:
        client.send(calls.register_word("acme", "Zol\nbar"))
    assert (refused.value.status, refused.value.problem) == (422, "invalid_field")
    assert "a line break in it" in refused.value.detail


@pytest.mark.parametrize(
    ("form", "with_image", "reason"),
    [
        ({}, False, "image is missing"),
        ({"kind": "word"}, False, "word is missing"),
        ({"kind": "word"}, True, "word is missing"),
        ({}, True, "kind is missing"),
        ({"word": "Tarnvik"}, True, "one reference in a call"),
        ({"word": "Tarnvik", "kind": "logo"}, False, "one reference in a call"),
    ],
)
def test_what_is_neither_a_word_nor_an_image_with_its_kind_is_refused(
    running: Running, form: dict[str, str], with_image: bool, reason: str
) -> None:
    answer = running.http.post(
        "/v1/brands/acme/references",
        data=form,
        files=LOGO if with_image else None,
        headers=running.as_role(Role.BRAND_OWNER),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert reason in answer.json()["detail"]


def test_a_key_of_another_role_registers_no_word(running: Running) -> None:
    answer = running.http.post(
        "/v1/brands/acme/references", data={"word": "Tarnvik"}, headers=running.as_role(Role.REVIEWER)
    )
    assert answer.status_code == 403


def test_the_words_of_a_new_logo_are_answered_and_registered_if_asked(running: Running) -> None:
    first, second = (("logo.png", png(draw_logo("QUORVEL", (red, 90, 140)))) for red in (30, 200))
    with Client(str(running.http.base_url), running.keys[Role.BRAND_OWNER]) as client:
        done = client.send(calls.register_reference("acme", first, ReferenceKind.LOGO, nice="25"))
        assert (done.reads, done.words) == (["QUORVEL"], [])
        done = client.send(calls.register_reference("acme", second, ReferenceKind.LOGO, with_words=True, nice="25"))
        assert [each.word for each in done.words] == done.reads == ["QUORVEL"]
        marks = {each.mark_id: each.nice for each in running.registry.marks()}
        assert [marks[each.mark_id] for each in done.words if each.mark_id] == [{25}]
        done = client.send(calls.register_reference("acme", first, ReferenceKind.LOGO, with_words=True))
        assert (done.outcome.value, done.reads) == ("already registered", []), "the brand has the word"


@pytest.mark.parametrize("form", [{"word": "Veltro"}, {"kind": "photo"}], ids=["word", "photo"])
def test_words_of_what_is_no_logo_are_refused(running: Running, form: dict[str, str]) -> None:
    answer = running.http.post(
        "/v1/brands/acme/references",
        data={"with_words": "true", **form},
        files=LOGO if "kind" in form else None,
        headers=running.as_role(Role.BRAND_OWNER),
    )
    assert answer.status_code == 422
    assert "only logos are read" in answer.json()["detail"]
