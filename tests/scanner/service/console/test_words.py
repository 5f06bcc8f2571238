"""Words in the console, as a browser gets them: registered by a form, shown as text, withdrawn and reinstated."""

from datetime import UTC, datetime

import pytest

from brand_index.registration import register_word
from brand_index.registry.conflicts import list_conflicts
from brand_index.types import ReferenceImage
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from tests.conftest import ACME, BOLT, draw_logo, png
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import PASSWORD, Browsers


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    now, database = datetime.now(UTC), running.registry.database
    add_user(database, "ann", PASSWORD, Role.REVIEWER, now)
    add_user(database, "owner", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({"acme"}))


def word(running: Running, text: str) -> ReferenceImage:
    return register_word(running.registry, store=running.store, brand=ACME, word=text, now=datetime.now(UTC)).reference


def page_of(reference: ReferenceImage) -> str:
    return f"/console/brands/{reference.brand_id}/{reference.reference_id}"


def test_words_are_registered_by_a_form_and_each_is_answered(running: Running, as_person: Browsers) -> None:
    owner = as_person("owner")
    form = {"csrf": token_of(owner), "words": "Tarnvik\r\n\r\nTARNVIK\r\n501\r\nSummer", "nice": "25"}
    shown = owner.post("/console/brands/acme/words", data=form).text
    assert "Tarnvik: registered" in shown
    assert "TARNVIK: already registered as Tarnvik" in shown
    assert "501: refused." in shown
    assert "dictionary word" in shown
    held = {each.word: each for each in running.registry.references() if each.word}
    assert set(held) == {"Tarnvik", "Summer"}
    assert [each.nice for each in running.registry.marks() if each.mark_id == held["Tarnvik"].mark_id] == [{25}]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"words": " \r\n "}, "Give at least one word"),
        ({"words": "\n".join(f"Tarnvik {number}" for number in range(201))}, "200 at most"),
        ({"words": "Tarnvik", "nice": "77"}, "Nothing was registered: Nice class"),
    ],
)
def test_a_form_that_names_no_words_registers_nothing(
    running: Running, as_person: Browsers, form: dict[str, str], reason: str
) -> None:
    owner, before = as_person("owner"), running.registry.references()
    assert reason in owner.post("/console/brands/acme/words", data={"csrf": token_of(owner), **form}).text
    assert running.registry.references() == before


def test_a_reviewer_registers_no_words(as_person: Browsers) -> None:
    ann = as_person("ann")
    form = {"csrf": token_of(ann), "words": "Tarnvik"}
    assert ann.post("/console/brands/acme/words", data=form).status_code == 403


def test_a_word_is_shown_as_text_on_every_page_and_escaped(running: Running, as_person: Browsers) -> None:
    owner, reference = as_person("owner"), word(running, "<b>Veltro</b>")
    pages = (
        "/console/brands/acme",
        page_of(reference),
        f"/console/brands/acme/withdraw?reference={reference.reference_id}",
    )
    for path in pages:
        shown = owner.get(path).text
        assert 'dir="auto">&lt;b&gt;Veltro&lt;/b&gt;</span>' in shown
        assert f"{reference.reference_id}.webp" not in shown
    assert "0 × 0" not in owner.get(page_of(reference)).text
    assert '<td class="r num">' in owner.get("/console/brands").text


@pytest.mark.parametrize("end", [".webp", "/large.webp"])
def test_the_image_of_a_word_is_not_found_and_says_why(running: Running, as_person: Browsers, end: str) -> None:
    answer = as_person("owner").get(f"{page_of(word(running, 'Orlanda'))}{end}")
    assert answer.status_code == 404
    assert "it has no image" in answer.text


def test_a_word_is_not_audited(running: Running, as_person: Browsers) -> None:
    owner, reference = as_person("owner"), word(running, "Orlanda")
    assert "Run audit" not in owner.get(page_of(reference)).text
    assert owner.post(f"{page_of(reference)}/audit", data={"csrf": token_of(owner)}).status_code == 409


def test_the_mark_of_a_word_is_edited_and_it_is_withdrawn_and_reinstated(running: Running, as_person: Browsers) -> None:
    owner, reference = as_person("owner"), word(running, "Zorbel")
    token = token_of(owner)
    assert "The mark is changed" in owner.post(f"{page_of(reference)}/mark", data={"csrf": token, "nice": "25"}).text
    form = {"csrf": token, "references": reference.reference_id}
    assert "Zorbel is withdrawn" in owner.post("/console/brands/acme/withdraw", data=form).text
    assert "Zorbel is in force again" in owner.post("/console/brands/acme/reinstate", data=form).text


def test_a_conflict_of_words_shows_the_word(running: Running, as_person: Browsers) -> None:
    reference = word(running, "Quorvel")
    now = datetime.now(UTC)
    register_word(running.registry, store=running.store, brand=BOLT, word="Quorvel", now=now)
    assert len(list_conflicts(running.registry.database, resolved=False)) == 1
    shown = as_person("ann").get("/console/conflicts").text
    assert "Both registered this word, Acme first" in shown
    assert '<span class="word" dir="auto">Quorvel</span>' in shown
    assert f"{reference.reference_id}.webp" not in shown


def test_the_words_of_a_new_logo_are_offered_and_registered_by_the_form(running: Running, as_person: Browsers) -> None:
    owner = as_person("owner")
    token = token_of(owner)
    files = [("images", (f"{red}.png", png(draw_logo("VELTRAN", (red, 30, 40))), "image/png")) for red in (30, 200)]
    form = {"csrf": token, "kind": "logo"}
    shown = owner.post("/console/brands/acme/references", data=form, files=files).text
    assert shown.count('<input type="checkbox" name="words" value="VELTRAN" checked>') == 1
    assert "Register as a word" in shown
    assert (
        "VELTRAN: registered"
        in owner.post("/console/brands/acme/words", data={"csrf": token, "words": ["VELTRAN", "Zorbelan"]}).text
    )
    assert {"VELTRAN", "Zorbelan"} <= {each.word for each in running.registry.references()}
    assert 'name="words" value=' not in owner.get("/console/brands/acme").text
