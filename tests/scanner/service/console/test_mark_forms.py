"""Forms of marks in the console and the API: proposed with a confirmation, decided by the brand's owner, taken back."""

import re
import time
from datetime import UTC, datetime

import httpx
import pytest

from brand_index.types import Form
from scanner.moderation.forms.proposing import forms_of_case
from scanner.moderation.forms.tables import FormState, ProposedForm
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState
from tests.scanner.service.api.test_scans import post
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written, new_case, token_of
from tests.scanner.service.people import PASSWORD, Browsers
from tests.scanner.service.worn_logos import CONFIRMED, worn_logo


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False, index_seconds=0.5)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    now, database = datetime.now(UTC), running.registry.database
    for name, role in (("ann", Role.REVIEWER), ("bob", Role.REVIEWER), ("root", Role.ADMIN)):
        add_user(database, name, PASSWORD, role, now)
    for brand in ("acme", "bolt"):
        add_user(database, f"of-{brand}", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({brand}))


def case_of_logo(running: Running, seller_id: str) -> str:
    return str(
        post(running, [("front.jpg", worn_logo(CONFIRMED) + seller_id.encode())], seller_id=seller_id).json()["scan_id"]
    )


def decide(browser: httpx.Client, case_id: str, decision: str, **fields: str) -> httpx.Response:
    form = {"csrf": token_of(browser), "decision": decision, **fields}
    return browser.post(f"/console/cases/{case_id}/decide", data=form)


def proposed(running: Running, browser: httpx.Client, seller_id: str) -> ProposedForm:
    case_id = case_of_logo(running, seller_id)
    assert decide(browser, case_id, "confirmed", propose="1").status_code == 303
    (form,) = forms_of_case(running.registry.database, case_id)
    return form


def state_of(running: Running, form: ProposedForm) -> FormState:
    return forms_of_case(running.registry.database, form.case_id)[0].state


def undo(running: Running, browser: httpx.Client, form: ProposedForm) -> None:
    shown = browser.get(f"/console/cases/{form.case_id}").text
    (address,) = re.findall(r'action="(/console/decisions/\d+/undo)"', shown)
    answer = browser.post(address, data={"csrf": token_of(browser), "sure": "1"})
    assert answer.status_code == 303, answer.text


def in_use(running: Running) -> list[str]:
    return [each.reference_id for each in running.registry.references() if each.form is Form.IN_USE]


def test_the_case_page_offers_to_propose_a_logo_by_a_key_and_no_photo(running: Running, as_person: Browsers) -> None:
    ann = as_person("ann")
    logo, photo = (
        ann.get(f"/console/cases/{case}").text for case in (case_of_logo(running, "S-key"), new_case(running))
    )
    assert 'name="propose" value="1" data-key="m"' in logo
    assert 'name="propose"' not in photo


def test_a_form_is_proposed_with_a_confirmation_only(running: Running, as_person: Browsers) -> None:
    ann, case_id = as_person("ann"), case_of_logo(running, "S-dismissed")
    refused = decide(ann, case_id, "genuine-resale", propose="1")
    assert refused.status_code == 409
    assert "A form is proposed with a confirmed violation only" in refused.text
    assert re.search(r'name="propose"[^>]* checked', refused.text)
    assert forms_of_case(running.registry.database, case_id) == ()


def test_the_policy_accepts_what_two_reviewers_proposed_alike(running: Running, as_person: Browsers) -> None:
    ann, bob = as_person("ann"), as_person("bob")
    forms = [proposed(running, ann, "S-two"), proposed(running, bob, "S-three")]
    until = time.monotonic() + 90
    while any(state_of(running, form) is FormState.PROPOSED for form in forms):
        assert time.monotonic() < until, "the policy accepts nothing"
        time.sleep(0.2)
    assert {state_of(running, form) for form in forms} == {FormState.ACCEPTED}
    assert len(in_use(running)) == 1
    assert "accepted by the policy" in as_person("of-acme").get("/console/brands/acme/forms").text
    undo(running, ann, forms[0])
    assert in_use(running) == []
    undo(running, bob, forms[1])


def test_the_owner_sees_the_form_accepts_it_and_it_is_withdrawn_with_its_confirmation(
    running: Running, as_person: Browsers
) -> None:
    ann, owner = as_person("ann"), as_person("of-acme")
    form = proposed(running, ann, "S-accepted")
    page = owner.get("/console/brands/acme/forms").text
    assert f"<b>Form {form.form_id}</b> from" in page
    assert "ann" not in page  # who reviews is no owner's affair
    image = owner.get(f"/console/brands/acme/forms/{form.form_id}.webp")
    assert (image.status_code, image.headers["content-type"]) == (200, "image/webp")
    done = owner.post(f"/console/brands/acme/forms/{form.form_id}/accept", data={"csrf": token_of(owner)})
    assert f"Form {form.form_id} is accepted" in done.text
    assert "learnt from" in done.text
    (reference,) = in_use(running)
    again = owner.post(f"/console/brands/acme/forms/{form.form_id}/accept", data={"csrf": token_of(owner)})
    assert (again.status_code, "is accepted already" in again.text) == (409, True)
    assert f"Form {form.form_id}</a> of its mark: accepted" in ann.get(f"/console/cases/{form.case_id}").text
    undo(running, ann, form)
    assert in_use(running) == []
    assert reference not in owner.get("/console/brands/acme/forms").text
    sent = {"csrf": token_of(owner), "references": reference}
    refused = owner.post("/console/brands/acme/reinstate", data=sent)
    assert (refused.status_code, "is not put in force again" in refused.text) == (409, True)


def test_the_owner_refuses_a_form_with_a_reason_that_the_reviewer_reads(running: Running, as_person: Browsers) -> None:
    ann, owner = as_person("ann"), as_person("of-acme")
    form = proposed(running, ann, "S-refused")
    sent = {"csrf": token_of(owner), "reason": "It is cut off"}
    assert owner.post(f"/console/brands/acme/forms/{form.form_id}/refuse", data=sent).status_code == 200
    assert "It is cut off." in ann.get(f"/console/cases/{form.case_id}").text


@pytest.mark.parametrize("name", ["ann", "of-bolt"])
def test_nobody_but_its_owner_or_an_admin_decides_about_a_form(
    running: Running, as_person: Browsers, name: str
) -> None:
    form, other = proposed(running, as_person("ann"), f"S-{name}"), as_person(name)
    for action in ("accept", "refuse"):
        answer = other.post(f"/console/brands/acme/forms/{form.form_id}/{action}", data={"csrf": token_of(other)})
        assert answer.status_code == 403
    assert state_of(running, form) is FormState.PROPOSED


def test_a_form_is_no_other_brands(running: Running, as_person: Browsers) -> None:
    form, other = proposed(running, as_person("ann"), "S-other"), as_person("of-bolt")
    addresses = [f"/console/brands/bolt/forms/{form.form_id}{end}" for end in (".webp", "/accept")]
    assert other.get(addresses[0]).status_code == 404
    assert other.post(addresses[1], data={"csrf": token_of(other)}).status_code == 404


def test_the_page_of_forms_has_nothing_inline(running: Running, as_person: Browsers) -> None:
    proposed(running, as_person("ann"), "S-inline")
    written = Written()
    written.feed(as_person("of-acme").get("/console/brands/acme/forms").text)
    assert written.inline == []


# The API


def test_the_api_lists_accepts_and_refuses_the_forms_of_the_keys_own_brand(
    running: Running, as_person: Browsers
) -> None:
    ann, owner = as_person("ann"), running.as_role(Role.BRAND_OWNER)
    form = proposed(running, ann, "S-api")
    listed = running.http.get("/v1/brands/acme/forms?state=proposed", headers=owner).json()
    assert [each["form_id"] for each in listed if each["case_id"] == form.case_id] == [form.form_id]
    done = running.http.post(f"/v1/brands/acme/forms/{form.form_id}/accept", headers=owner).json()
    assert (done["state"], done["form_reference_id"]) == ("accepted", in_use(running)[0])
    running.http.delete(f"/v1/brands/acme/references/{done['form_reference_id']}", headers=owner)
    (ended,) = running.http.get("/v1/brands/acme/forms?state=accepted", headers=owner).json()
    assert (ended["form_id"], ended["withdrawn_at"] is not None) == (form.form_id, True)
    page = as_person("of-acme").get("/console/brands/acme/forms").text
    assert re.search(rf"<b>Form {form.form_id}</b> from .*: withdrawn\. It was accepted", page)
    running.http.post(f"/v1/brands/acme/references/{done['form_reference_id']}/reinstate", headers=owner)
    nearly = proposed(running, ann, "S-nearly")
    same = running.http.post(f"/v1/brands/acme/forms/{nearly.form_id}/accept", headers=owner).json()
    assert same["state"] == "refused"
    assert "the same as the form" in same["reason"]
    undo(running, ann, form)
    taken = running.http.get("/v1/brands/acme/forms?state=taken_back", headers=owner).json()
    assert [each["decided_by"] for each in taken if each["form_id"] == form.form_id] == [None]
    by_a_reviewer = running.http.post(f"/v1/brands/acme/forms/{form.form_id}/accept", headers=owner).json()
    assert "is taken back already on" in by_a_reviewer["detail"]
    address = f"/v1/brands/acme/references/{done['form_reference_id']}/reinstate"
    refused = running.http.post(address, headers=owner)
    assert (refused.status_code, refused.json()["code"]) == (409, "form_taken_back")
    assert in_use(running) == []
    reviewers = running.http.get("/v1/brands/acme/forms?state=taken_back", headers=running.as_role(Role.REVIEWER))
    assert [each["decided_by"] for each in reviewers.json() if each["form_id"] == form.form_id] == ["ann"]
    other = proposed(running, ann, "S-api-2")
    said = {"reason": "Not ours."}
    refused = running.http.post(f"/v1/brands/acme/forms/{other.form_id}/refuse", headers=owner, json=said).json()
    assert (refused["state"], refused["reason"]) == ("refused", "Not ours.")
    for word in ("accept", "refuse"):
        again = running.http.post(f"/v1/brands/acme/forms/{other.form_id}/{word}", headers=owner, json=said)
        assert (again.status_code, again.json()["code"]) == (409, "form_decided")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.REVIEWER, "/v1/brands/acme/forms/1/accept", 403),
        (Role.PIPELINE, "/v1/brands/acme/forms/1/refuse", 403),
        (Role.BRAND_OWNER, "/v1/brands/bolt/forms/1/accept", 403),
        (Role.BRAND_OWNER, "/v1/brands/acme/forms/999999/accept", 404),
    ],
)
def test_the_api_refuses_others_and_unknown_forms(running: Running, role: Role, path: str, status: int) -> None:
    assert running.http.post(path, headers=running.as_role(role), json={}).status_code == status


def test_an_open_case_has_no_form_to_show(running: Running, as_person: Browsers) -> None:
    case_id = case_of_logo(running, "S-open")
    assert "of its mark:" not in as_person("ann").get(f"/console/cases/{case_id}").text
    assert CaseState.OPEN.value in as_person("ann").get(f"/console/cases/{case_id}").text
