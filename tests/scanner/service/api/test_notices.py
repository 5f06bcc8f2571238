"""Rights holders submit notices over HTTP and on their brand's page; a reviewer decides every one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import Response

from brand_index.types import ReferenceKind
from scanner.moderation.cases.cases import Case, Cases
from scanner.moderation.cases.decisions import decide
from scanner.moderation.cases.notices import LONGEST_STATEMENT, list_notifiers, notice_on
from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.roles import Role
from scanner.service.api.scans import AdmissionLimit
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.types import Decision, Reason
from tests.scanner.service.api.test_scans import CLEAN, COPY
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import Browsers, add_people

KEY = ApiKey("k", "uploads", Role.PIPELINE, frozenset(), "0" * 64, None, datetime.now(UTC), None)
SAID = {"kind": "photo", "statement": "Our photo, not our goods."}


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False, max_images=2, queue=2)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, owners={"owner": "acme"})


def send_notice(
    running: Running,
    image: bytes = CLEAN,
    *,
    role: Role = Role.BRAND_OWNER,
    brand: str = "acme",
    headers: dict[str, str] | None = None,
    images: int = 1,
    said: dict[str, str] | None = None,
) -> Response:
    return running.http.post(
        f"/v1/brands/{brand}/notices",
        files=[("images", (f"{number}.jpg", image)) for number in range(images)],
        data=SAID | (said or {}),
        headers=running.as_role(role) | (headers or {}),
    )


def case_of(running: Running, answer: Response) -> Case:
    assert answer.status_code == 201, answer.text
    case = Cases(running.registry.database).case(answer.json()["case_id"])
    assert case is not None
    return case


def notices_by(running: Running, name: str) -> int:
    return sum(each.notices for each in list_notifiers(running.registry.database) if each.name == name)


def test_a_listing_in_which_the_scan_sees_nothing_has_a_case(running: Running) -> None:
    answer = send_notice(running, said={"seller_id": "S1", "listing_id": "L-1"})
    case = case_of(running, answer)
    assert (case.brand_id, case.kind, case.seller_id) == ("acme", ReferenceKind.PHOTO, "S1")
    assert (case.decision, case.reason, case.reference_id) == (Decision.CLEAR, Reason.NO_MATCH, None)
    result = answer.json()
    assert (result["statement"], result["kind"], result["listing_id"]) == (SAID["statement"], "photo", "L-1")
    assert [(each["image"], each["found"], each["error"]) for each in result["images"]] == [("0.jpg", [], None)]
    records = running.app.state.service.records
    scan = records.scan(case.case_id)
    assert records.image(scan, 0) == CLEAN
    made = notice_on(running.registry.database, case.case_id)
    assert made is not None
    assert made.notifier.endswith("(brand-owner)")


def test_a_notice_about_a_flagged_listing_opens_one_case_with_its_statement(running: Running) -> None:
    answer = send_notice(running, COPY)
    case = case_of(running, answer)
    assert (case.decision, case.reason) == (Decision.REVIEW, Reason.PHOTO_COPIED), "nothing is decided without a person"
    assert answer.json()["images"][0]["found"] == [case.reference_id]
    assert notice_on(running.registry.database, case.case_id) is not None


def test_a_rights_holder_does_not_see_references_of_others(running: Running) -> None:
    answer = send_notice(running, COPY, role=Role.ADMIN, brand="bolt")
    assert case_of(running, answer).brand_id == "acme"
    assert "acme" not in answer.text


def test_a_notice_of_which_no_image_can_be_read_is_refused(running: Running, as_person: Browsers) -> None:
    owner, entry = as_person("owner"), running.registry.history_digest()
    files = [("images", ("cut.jpg", CLEAN[:400])), ("images", ("page.jpg", b"<!doctype html><p>Not found</p>"))]
    form = {**SAID, "csrf": token_of(owner)}
    shown = owner.post("/console/brands/acme/notices", data=form, files=files)
    answer = running.http.post(
        "/v1/brands/acme/notices", data=SAID, files=files, headers=running.as_role(Role.BRAND_OWNER)
    )
    assert (shown.status_code, answer.status_code, answer.json()["code"]) == (422, 422, "no_readable_image")
    for text in (shown.text, answer.json()["detail"]):
        assert "none of the images can be read (cut.jpg: " in text
        assert "page.jpg: not an image" in text
    assert "The notice was not submitted" in shown.text
    assert running.registry.history_digest() == entry


def test_an_image_of_a_notice_that_was_not_scanned_whole_is_named_to_its_sender_and_to_the_reviewer(
    running: Running, as_person: Browsers
) -> None:
    owner, ann = as_person("owner"), as_person("ann")
    page = ("page.jpg", b"<!doctype html><p>Not found</p>")
    half = ("half.jpg", CLEAN[: len(CLEAN) // 2])
    form = {**SAID, "csrf": token_of(owner), "kind": "logo"}
    sent = owner.post("/console/brands/acme/notices", data=form, files=[("images", page), ("images", half)])
    case_id = sent.headers["location"].partition("notice=")[2]
    own = f"/console/holder/cases/{case_id}"
    pages = [owner.get(each).text for each in (sent.headers["location"], own, f"{own}?image=1")]
    pages += [ann.get(f"/console/cases/{case_id}?image={place}").text for place in (1, 2)]
    for text in pages:
        assert "This image could not be read: not an image." in text
        assert "The file is cut off or damaged" in text
    assert pages[2].count("The scan found nothing of yours") == 1, "of half.jpg alone"
    assert owner.get(f"{own}/1/small.webp").status_code != 500
    answer = running.http.get(f"/v1/brands/acme/cases/{case_id}", headers=running.as_role(Role.BRAND_OWNER)).json()
    assert [each["image"] for each in answer["images"] if each["remark"]] == ["page.jpg", "half.jpg"]
    assert answer["notice_kind"] == "logo"
    assert "You reported a logo." in pages[1]
    assert "Acme logo" in owner.get("/console/holder/notices").text


def test_a_second_notice_about_a_listing_names_the_open_case_of_the_first(
    running: Running, as_person: Browsers
) -> None:
    said = {"listing_id": "L-twice", "seller_id": "S-twice"}
    case = case_of(running, send_notice(running, said=said))
    again = send_notice(running, said=said | {"statement": "In other words."})
    assert (again.status_code, again.json()["code"]) == (409, "notice_open")
    assert f"you already have an open notice about listing 'L-twice': case {case.case_id}" in again.json()["detail"]
    assert send_notice(running, said=said | {"kind": "logo"}).status_code == 201, "another claim"
    assert send_notice(running, said=said, role=Role.ADMIN).status_code == 201, "another notifier"
    assert send_notice(running, said=said | {"seller_id": "S-other"}).status_code == 201, "another seller"
    owner = as_person("owner")
    form = {**SAID, **said, "csrf": token_of(owner)}
    files = {"images": ("a.jpg", CLEAN)}
    first, second = (owner.post("/console/brands/acme/notices", data=form, files=files) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "you already have an open notice" in second.text
    decide(running.registry.database, [case.case_id], "ann", CaseState.CONFIRMED, now=datetime.now(UTC))
    assert send_notice(running, said=said).status_code == 201


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"statement": ""}, "statement is empty"),
        ({"statement": "x" * (LONGEST_STATEMENT + 1)}, "2001 characters"),
        ({"kind": "song"}, "kind 'song'"),
        ({"colour": "red"}, "field 'colour'"),
        ({"seller_id": "a\nb"}, "seller_id"),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(running: Running, said: dict[str, str], complaint: str) -> None:
    answer = send_notice(running, said=said)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert complaint in answer.json()["detail"]


def test_a_statement_and_an_image_must_come(running: Running) -> None:
    path, headers = "/v1/brands/acme/notices", running.as_role(Role.BRAND_OWNER)
    without_image = running.http.post(path, files={"kind": (None, "photo"), "statement": (None, "x")}, headers=headers)
    without_words = running.http.post(path, files={"images": ("a.jpg", CLEAN)}, data={"kind": "photo"}, headers=headers)
    assert [answer.status_code for answer in (without_image, without_words)] == [422, 422]
    assert "images" in without_image.json()["detail"]
    assert "statement" in without_words.json()["detail"]


def test_a_notice_may_have_as_many_images_as_a_scan(running: Running) -> None:
    assert send_notice(running, images=2).status_code == 201
    refused = send_notice(running, images=3)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_files")
    assert "send 2 at most in a call, as the service's setting max_images says" in refused.json()["detail"]


def test_a_notice_for_an_unknown_brand_is_refused(running: Running) -> None:
    answer = send_notice(running, role=Role.ADMIN, brand="no-such-brand")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_record")


def test_a_call_sent_again_opens_no_second_case(running: Running) -> None:
    headers = {"Idempotency-Key": "notice-1"}
    first, second = (send_notice(running, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    other = send_notice(running, headers=headers, said={"statement": "Something else."})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_a_notice_is_refused_when_the_queue_is_full_and_nothing_is_recorded(
    running: Running, as_person: Browsers
) -> None:
    owner = as_person("owner")
    form, before = {**SAID, "csrf": token_of(owner)}, notices_by(running, "user owner")

    def submit_notice(number: int) -> int:
        files = [("images", (name, CLEAN + f"{name} of {number}".encode())) for name in ("a.jpg", "b.jpg")]
        return owner.post("/console/brands/acme/notices", data=form, files=files).status_code

    with ThreadPoolExecutor(12) as threads:
        answers = Counter(threads.map(submit_notice, range(12)))
    assert answers.keys() == {303, 503}
    assert notices_by(running, "user owner") - before == answers[303]


@pytest.mark.parametrize(
    ("method", "path", "counted"),
    [
        ("POST", "/v1/scans", True),
        ("POST", "/v1/brands/acme/notices", True),
        ("GET", "/v1/brands/acme/notices", False),
        ("POST", "/v1/brands/acme/references", False),
        ("POST", "/v1/brands/acme/notices/x", False),
    ],
)
def test_every_call_that_scans_images_counts_towards_the_limit(method: str, path: str, *, counted: bool) -> None:
    admission = AdmissionLimit(1)
    scope: dict[str, Any] = {"method": method, "path": path, "state": {"key": KEY}}
    with admission.admit({"method": "POST", "path": "/v1/scans", "state": {"key": KEY}}):
        if counted:
            with pytest.raises(Exception, match="calls are running"), admission.admit(scope):
                pass
        else:
            with admission.admit(scope):
                pass


# The console


def test_an_owner_submits_a_notice_on_its_brands_page(running: Running, as_person: Browsers) -> None:
    owner = as_person("owner")
    form = {**SAID, "csrf": token_of(owner), "seller_id": "S9", "statement": "Two\r\nlines."}
    answer = owner.post("/console/brands/acme/notices", data=form, files={"images": ("a.jpg", CLEAN)})
    assert answer.status_code == 303, answer.text
    shown = owner.get(answer.headers["location"]).text
    case_id = answer.headers["location"].partition("notice=")[2]
    assert f"Case {case_id[:8]} was opened" in shown
    assert f"user owner: {notices_by(running, 'user owner')} notices, none decided" in shown
    made = notice_on(running.registry.database, case_id)
    assert made is not None
    assert (made.notifier, made.statement) == ("user owner", "Two\nlines.")
    case = Cases(running.registry.database).case(case_id)
    assert case is not None
    assert (case.seller_id, case.decision) == ("S9", Decision.CLEAR)


@pytest.mark.parametrize(
    ("said", "images", "complaint"),
    [
        ({"statement": " "}, 1, "statement is empty"),
        ({}, 3, "more than 2 images: send 2 at most"),
        ({"kind": ""}, 1, "logo, photo or word"),
    ],
)
def test_a_notice_with_a_wrong_field_is_refused_on_the_page(
    running: Running, as_person: Browsers, said: dict[str, str], images: int, complaint: str
) -> None:
    owner = as_person("owner")
    entry = running.registry.history_digest()
    answer = owner.post(
        "/console/brands/acme/notices",
        data={**SAID, "csrf": token_of(owner), **said},
        files=[("images", (f"{number}.jpg", CLEAN)) for number in range(images)],
    )
    assert "The notice was not submitted" in answer.text
    assert complaint in answer.text
    assert running.registry.history_digest() == entry


def test_nobody_points_out_a_listing_for_another_or_by_another_sites_form(
    running: Running, as_person: Browsers
) -> None:
    entry = None
    for name, brand, with_token in (("ann", "acme", True), ("owner", "bolt", True), ("owner", "acme", False)):
        browser = as_person(name)
        form = {**SAID, "csrf": token_of(browser) if with_token else "0" * 64}
        entry = running.registry.history_digest()
        path = f"/console/brands/{brand}/notices"
        assert browser.post(path, data=form, files={"images": ("a.jpg", CLEAN)}).status_code == 403
        assert running.registry.history_digest() == entry


def test_the_page_says_nothing_of_a_case_of_another_brand(running: Running, as_person: Browsers) -> None:
    other = send_notice(running, role=Role.ADMIN, brand="bolt").json()["case_id"]
    owner = as_person("owner")
    for case_id in (other, "none", "<b>x</b>"):
        shown = owner.get("/console/brands/acme", params={"notice": case_id}).text
        assert "is opened" not in shown
        assert "<b>x" not in shown


def test_the_overview_lists_notifiers_and_marks_trusted_ones(running: Running, as_person: Browsers) -> None:
    automatic = running.app.state.service.scanner.automatic
    assert (automatic.labels, automatic.least_precision) == (40, 0.9)
    database, ann = running.registry.database, as_person("ann")
    cases = [case_of(running, send_notice(running, role=Role.ADMIN)).case_id for _ in range(automatic.labels)]
    decide(database, cases[1:], "ann", CaseState.CONFIRMED, now=datetime.now(UTC))
    assert ">trusted<" not in ann.get("/console/overview").text
    decide(database, cases[:1], "ann", CaseState.CONFIRMED, now=datetime.now(UTC))
    shown = ann.get("/console/overview").text
    assert ">trusted<" in shown
    row = shown.partition("(admin)")[2].partition("</tr>")[0]
    assert "40 of 40" in row
    assert "91 to 100 %" in row
