"""The console without a browser: log-ins, forms and refusals."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import select
from starlette.responses import Response
from typer.testing import CliRunner

from scanner.commands.main import markscan
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.decisions import decisions_on
from scanner.moderation.cases.suppressions import list_suppressions
from scanner.moderation.cases.tables import case_decisions
from scanner.moderation.records.tables import scanned_images
from scanner.moderation.store import Records
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.service.console.cases.case_view import OTHERS
from scanner.service.console.session import give_cookie, give_device_cookie
from scanner.service.service import Service
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.rows import ScannedImage
from tests.conftest import jpeg, rocket_with_sticker
from tests.scanner.service.api.test_scans import CLEAN, COPY, post
from tests.scanner.service.conftest import Running
from tests.scanner.service.people import PASSWORD, Browsers, add_people

NAME = "<img src=x onerror=alert(1)>.jpg"
LOGO = jpeg(rocket_with_sticker())


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Cookies over plain HTTP, which these tests use."""
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, ("ann", "bob"), admins=["root"], owners={"owner": "acme"})


class Written(HTMLParser):
    """Collects the parts of a page that a strict policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.inline = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if (tag == "script" and "src" not in names) or tag == "style":
            self.inline.append(tag)
        self.inline += [name for name in names if name.startswith("on") or name == "style"]


def token_of(browser: httpx.Client, path: str = "/console/brands") -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', browser.get(path).text)
    assert found is not None
    return found[1]


def new_case(running: Running, seller_id: str = "S1") -> str:
    return str(
        post(running, [(NAME, COPY + seller_id.encode())], seller_id=seller_id, listing_id=NAME).json()["scan_id"]
    )


def case_of_four(running: Running, seller_id: str) -> str:
    """Its second image is a copy, its third shows a logo, its last is broken."""
    uploads = [("clean.jpg", CLEAN), ("copy.jpg", COPY), ("logo.jpg", LOGO), ("broken.jpg", CLEAN[:400])]
    images = [(name, data + seller_id.encode()) for name, data in uploads]
    return str(post(running, images, seller_id=seller_id).json()["scan_id"])


def test_the_bare_address_leads_to_the_console(running: Running) -> None:
    answer = running.http.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


def test_without_a_session_the_log_in_page_leads_on_to_the_page(running: Running) -> None:
    asked = running.http.get("/console/queue?brand=acme")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/console/login?next=/console/queue%3Fbrand%3Dacme"
    form = {"name": "ann", "password": PASSWORD, "next": "/console/queue?brand=acme"}
    assert running.http.post("/console/login", data=form).headers["location"] == "/console/queue?brand=acme"
    running.http.cookies.clear()


@pytest.mark.parametrize(
    ("sent", "referer", "page"),
    [
        ("cases/c1/decide", "{own}/console/cases/c1?image=2&q=x", "/console/cases/c1?image=2&q=x"),
        ("cases/c1/decide", "{own}/console/cases/c1/decide", "/console/cases/c1"),  # which said why it was refused
        ("cases/c1/comments", "https://evil.example/console/queue", "/console/cases/c1"),
        ("selection/decide", "", "/console"),
        ("clusters/c1", "", "/console/clusters/c1"),
        ("sellers/a/b/remove/e1", "", "/console/sellers/a/b"),
        ("brands/acme/authorizations/3/revoke", "{own}/console/login", "/console/brands/acme"),
    ],
)
def test_a_form_without_a_session_says_that_nothing_was_recorded_and_leads_back_to_its_page(
    running: Running, sent: str, referer: str, page: str
) -> None:
    headers = {"Referer": referer.format(own=str(running.http.base_url).rstrip("/"))}
    answer = running.http.post(f"/console/{sent}", data={"decision": "parody"}, headers=headers)
    assert answer.status_code == 303
    shown = running.http.get(answer.headers["location"]).text
    assert "nothing was recorded" in shown
    assert f'name="next" value="{escape(page)}"' in shown


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/console", "/\\evil.example", "/consoles//x"]
)
def test_a_login_leads_to_no_other_site(running: Running, onward: str) -> None:
    answer = running.http.post("/console/login", data={"name": "ann", "password": PASSWORD, "next": onward})
    running.http.cookies.clear()
    assert answer.headers["location"] == "/console"


@pytest.mark.usefixtures("still_minute")
def test_a_wrong_password_or_name_is_refused_alike_and_not_for_ever(running: Running) -> None:
    wrong = [
        running.http.post("/console/login", data={"name": name, "password": "x" * 20}) for name in ("bob", "nobody")
    ]
    assert [answer.status_code for answer in wrong] == [401, 401]
    assert all("The name or the password is wrong" in answer.text for answer in wrong)
    tries = [running.http.post("/console/login", data={"name": "guessed", "password": "x"}) for _ in range(11)]
    assert tries[-1].status_code == 429


@pytest.mark.usefixtures("still_minute")
def test_guesses_that_come_together_are_counted_before_they_are_checked(running: Running) -> None:
    def guess(_: int) -> int:
        form, headers = {"name": "hunted", "password": "x"}, {"X-Forwarded-For": "203.0.113.9"}
        return running.http.post("/console/login", data=form, headers=headers).status_code

    with ThreadPoolExecutor(40) as threads:
        came = Counter(threads.map(guess, range(120)))
    assert came[401] == 10
    assert came.keys() <= {401, 429, 503}


@pytest.mark.usefixtures("still_minute")
def test_a_browser_that_was_logged_in_before_is_not_kept_out_by_guesses_at_its_user(
    running: Running, as_person: Browsers
) -> None:
    add_user(running.registry.database, "cat", PASSWORD, Role.REVIEWER, datetime.now(UTC))
    cat, form = as_person("cat"), {"name": "cat", "password": PASSWORD}
    for number in range(50):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        running.http.post("/console/login", data={"name": "cat", "password": "x"}, headers=headers)
    elsewhere = {"X-Forwarded-For": "203.0.113.8"}
    refused = running.http.post("/console/login", data=form, headers=elsewhere)
    assert (refused.status_code, "Too many attempts" in refused.text) == (429, True)
    assert int(refused.headers["retry-after"]) <= 600
    assert cat.post("/console/login", data=form, headers=elsewhere).status_code == 303


@pytest.mark.parametrize("field", ["name", "password", "next", "anything"])
def test_a_log_in_takes_no_long_field(running: Running, field: str) -> None:
    form = {"name": "ann", "password": "x", field: "x" * 10_000}
    assert running.http.post("/console/login", data=form).status_code == 413
    files = {name: (None, value) for name, value in form.items()}
    assert running.http.post("/console/login", files=files).status_code == 413


def test_the_cookie_is_for_no_script_and_no_other_site(running: Running) -> None:
    answer = running.http.post("/console/login", data={"name": "ann", "password": PASSWORD})
    running.http.cookies.clear()
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags


def test_over_https_cookies_are_for_this_host_alone(running: Running) -> None:
    service: Service = running.app.state.service
    bounds = service.settings.service.model_copy(update={"secure_cookies": True})
    behind_https = replace(service, settings=service.settings.model_copy(update={"service": bounds}))
    for give, name in ((give_cookie, "__Host-markscan"), (give_device_cookie, "__Host-markscan-device")):
        answer = Response()
        give(answer, behind_https, "value")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{name}=value; HttpOnly; Max-Age=")
        assert cookie.endswith("; Path=/; SameSite=strict; Secure")
        assert "domain" not in cookie.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_no_other_site_logs_a_browser_in(running: Running, headers: dict[str, str]) -> None:
    form = {"name": "ann", "password": PASSWORD}
    answer = running.http.post("/console/login", data=form, headers=headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:9"}, {"Sec-Fetch-Site": "none"}]
)
def test_the_log_in_page_of_the_console_logs_in(running: Running, headers: dict[str, str]) -> None:
    answer = running.http.post("/console/login", data={"name": "ann", "password": PASSWORD}, headers=headers)
    running.http.cookies.clear()
    assert answer.status_code == 303


def test_a_log_in_ends_the_browsers_earlier_session(as_person: Browsers) -> None:
    ann = as_person("ann")
    earlier = dict(ann.cookies)
    assert ann.post("/console/login", data={"name": "ann", "password": PASSWORD}).status_code == 303
    assert ann.get("/console/queue").status_code == 200
    ann.cookies.update(earlier)
    assert ann.get("/console/queue").status_code == 303


def test_a_browser_forgets_what_it_showed_at_log_out_and_keeps_its_device_cookie(as_person: Browsers) -> None:
    ann = as_person("ann")
    answer = ann.post("/console/logout", data={"csrf": token_of(ann)})
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert dict(ann.cookies).keys() == {"markscan-device"}


def test_a_form_of_another_site_is_refused(running: Running, as_person: Browsers) -> None:
    ann, case_id = as_person("ann"), new_case(running)
    for token in ({}, {"csrf": "0" * 64}, {"csrf": token_of(as_person("bob"))}):
        answer = ann.post(f"/console/cases/{case_id}/decide", data={"decision": "confirmed", **token})
        assert answer.status_code == 403
    case = Cases(running.registry.database).case(case_id)
    assert case is not None
    assert case.state is CaseState.OPEN


def test_a_logged_out_session_has_ended(as_person: Browsers) -> None:
    ann = as_person("ann")
    cookies = dict(ann.cookies)
    ann.post("/console/logout", data={"csrf": token_of(ann)})
    ann.cookies.update(cookies)
    assert ann.get("/console/queue").status_code == 303


def test_a_case_is_confirmed_and_the_next_is_taken(running: Running, as_person: Browsers) -> None:
    ann = as_person("ann")
    first, second = new_case(running, "A"), new_case(running, "B")
    form = {"csrf": token_of(ann), "decision": "confirmed", "note": "same carpet"}
    answer = ann.post(f"/console/cases/{first}/decide", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/cases/")
    (made,) = decisions_on(running.registry.database, first)
    assert (made.state, made.user_id, made.note) == (CaseState.CONFIRMED, "ann", "same carpet")
    undone = ann.post(f"/console/decisions/{made.decision_id}/undo", data={"csrf": token_of(ann)})
    assert undone.headers["location"] == f"/console/cases/{first}?undone=1"
    assert "Undone: this case is open again" in ann.get(undone.headers["location"]).text
    case = Cases(running.registry.database).case(first)
    assert case is not None
    assert case.state is CaseState.OPEN
    assert second != first


def test_undoing_asks_before_it_withdraws_a_seller_notice(running: Running, as_person: Browsers) -> None:
    ann, case_id = as_person("ann"), new_case(running, "asked-first")
    form = {"csrf": token_of(ann), "decision": "confirmed", "restriction": "removed", "points": "6"}
    assert ann.post(f"/console/cases/{case_id}/decide", data=form).status_code == 303
    (made,) = decisions_on(running.registry.database, case_id)
    address, token = f"/console/decisions/{made.decision_id}/undo", {"csrf": token_of(ann)}
    asked = ann.post(address, data=token)
    assert (asked.status_code, "To asked-first" in asked.text, "6 points" in asked.text) == (200, True, True)
    (notice,) = running.app.state.service.seller_notices.of_case(case_id)
    assert notice.ended_at is None
    assert ann.post(address, data=token | {"sure": "1"}).status_code == 303
    (notice,) = running.app.state.service.seller_notices.of_case(case_id)
    assert notice.ended_at is not None


def test_a_dismissal_that_suppresses_its_match_clears_the_next_listing_of_that_seller(
    running: Running, as_person: Browsers
) -> None:
    ann, case_id = as_person("ann"), new_case(running, "silent")
    form = {"csrf": token_of(ann), "decision": Ground.OWN_PHOTO.value, "suppress": Scope.SELLER.value}
    assert ann.post(f"/console/cases/{case_id}/decide", data=form).status_code == 303
    again = post(running, [("x.jpg", COPY + b"again")], seller_id="silent").json()
    assert (again["decision"], again["reason"]) == ("clear", "suppressed")
    assert post(running, [("x.jpg", COPY + b"other")], seller_id="loud").json()["decision"] == "block"
    assert [each.subject for each in list_suppressions(running.registry.database, datetime.now(UTC))] == ["silent"]


def test_a_dismissal_whose_suppression_is_refused_decides_nothing(running: Running, as_person: Browsers) -> None:
    ann, case_id = (
        as_person("ann"),
        str(post(running, [("broken.jpg", CLEAN[:400])], seller_id="S1").json()["scan_id"]),
    )
    form = {"csrf": token_of(ann), "decision": Ground.GENUINE_RESALE.value, "suppress": Scope.PAIR.value}
    answer = ann.post(f"/console/cases/{case_id}/decide", data=form)
    assert (answer.status_code, "choose another scope" in answer.text) == (409, True)
    case = Cases(running.registry.database).case(case_id)
    assert case is not None
    assert case.state is CaseState.OPEN
    assert decisions_on(running.registry.database, case_id) == ()


def test_a_case_assigned_to_another_reviewer_is_shown_but_cannot_be_decided(
    running: Running, as_person: Browsers
) -> None:
    ann, bob, case_id = as_person("ann"), as_person("bob"), new_case(running, "held")
    assert "Under review by" not in ann.get(f"/console/cases/{case_id}").text
    assert "Under review by ann" in bob.get(f"/console/cases/{case_id}").text
    answer = bob.post(f"/console/cases/{case_id}/decide", data={"csrf": token_of(bob), "decision": "confirmed"})
    assert answer.status_code == 409
    ann.post(f"/console/cases/{case_id}/release", data={"csrf": token_of(ann)})
    assert "Under review by" not in bob.get(f"/console/cases/{case_id}").text


def test_two_reviewers_are_never_given_the_same_case(running: Running, as_person: Browsers) -> None:
    for number in range(3):
        new_case(running, f"two-{number}")
    taken = [
        browser.post("/console/queue/next", data={"csrf": token_of(browser)}).headers["location"].partition("?")[0]
        for browser in (as_person("ann"), as_person("bob"))
    ]
    assert taken[0] != taken[1]


def test_similar_cases_are_decided_together(running: Running, as_person: Browsers) -> None:
    ids = [new_case(running, f"cluster-{number}") for number in range(3)]
    case = Cases(running.registry.database).case(ids[0])
    assert case is not None
    root = as_person("root")
    form = {"csrf": token_of(root), "decision": "not-the-mark", "case": ids}
    answer = root.post(f"/console/clusters/{case.cluster}", data=form)
    assert answer.status_code == 303, answer.text
    decided = [Cases(running.registry.database).case(case_id) for case_id in ids]
    assert [each.ground if each else None for each in decided] == [Ground.NOT_THE_MARK] * 3


def test_what_a_seller_wrote_is_never_markup(running: Running, as_person: Browsers) -> None:
    ann, case_id = as_person("ann"), new_case(running, "<script>x</script>")
    for path in ("/console/queue", f"/console/cases/{case_id}"):
        text = ann.get(path).text
        assert "<script>x" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;x" in text


@pytest.mark.parametrize("image", ["listing", "small", "reference", "aligned_listing", "aligned_reference"])
def test_images_are_drawn_anew(running: Running, as_person: Browsers, image: str) -> None:
    answer = as_person("ann").get(f"/console/cases/{new_case(running, 'overlays')}/{image}.webp")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content[:4] == b"RIFF"
    assert answer.headers["cache-control"] == "no-store"


def test_a_case_of_before_overlays_were_refined_says_that_an_earlier_version_scanned_its_image(
    running: Running, as_person: Browsers
) -> None:
    case_id = new_case(running, "of before")
    of_case = scanned_images.c.scan_id == case_id
    with running.registry.database.write(datetime.now(UTC)) as write:
        (outcome,) = write.connection.execute(select(scanned_images.c.outcome).where(of_case)).scalars()
        earlier = re.sub(r', ?"refined": ?(true|false)', "", outcome)
        assert earlier != outcome
        write.connection.execute(scanned_images.update().where(of_case).values(outcome=earlier))
    text = as_person("ann").get(f"/console/cases/{case_id}").text
    assert "could not be aligned" not in text
    assert "An earlier version scanned this image" in text
    assert "so no overlay is shown" in text


def test_a_case_lists_all_images_of_its_listing_with_what_was_decided_on_each(
    running: Running, as_person: Browsers
) -> None:
    text = as_person("ann").get(f"/console/cases/{case_of_four(running, 'strip')}?age=1").text
    strip = text.partition('<nav class="strip"')[2].partition("</nav>")[0]
    each = r"<b>([^<]+)</b> <span class=\"pill[ a-z]*\">([^<]+)</span> <span class=\"soft small\">([^.]+)"
    result = re.findall(each, strip)
    assert result == [
        ("clean.jpg", "Clear", "Nothing registered was found"),
        ("copy.jpg", "Block", "Shows a registered photo, and no authorization covers it"),
        ("logo.jpg", "Review", "Shows a registered logo, and no authorization covers it"),
        ("broken.jpg", "No verdict", "This image could not be read: truncated image"),
    ]
    links = re.findall(r'href="[^"?]+\?image=(\d)&amp;age=1"( aria-current="true")? data-key="(\d)"', strip)
    assert links == [("1", "", "1"), ("2", ' aria-current="true"', "2"), ("3", "", "3"), ("4", "", "4")]


def test_a_case_shows_the_other_cases_of_its_seller_and_of_its_brand(running: Running, as_person: Browsers) -> None:
    for number in range(OTHERS):
        new_case(running, f"more-than-are-shown-{number}")
    case_id, other = new_case(running, "history"), new_case(running, "history")
    text = as_person("ann").get(f"/console/cases/{case_id}").text
    history = text.partition('aria-label="Seller history"')[2].partition("</section>")[0]
    assert re.findall(r'href="/console/cases/(\w+)"><img src="/console/cases/(\w+)/small', history) == [(other, other)]
    assert '<span class="soft num">1</span>' in history
    of_brand = text.partition('aria-label="Other cases of this brand"')[2].partition("</section>")[0]
    assert "<b>history</b>" in of_brand, "sellers tell apart the cases of one brand"
    assert "/console/queue?state=confirmed&amp;brand=acme" in of_brand


def test_the_next_case_is_of_those_that_were_asked_for(running: Running, as_person: Browsers) -> None:
    ann, first = as_person("ann"), new_case(running, "asked-for")
    new_case(running, "not-asked-for")
    second, asked = new_case(running, "asked-for"), {"seller": "asked-for", "order": "oldest"}
    shown = ann.get(f"/console/cases/{first}", params=asked).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    form = fields | {"csrf": token_of(ann), "decision": "confirmed"}
    answer = ann.post(f"/console/cases/{first}/decide", data=form)
    assert asked.items() <= fields.items()
    assert answer.headers["location"] == f"/console/cases/{second}?seller=asked-for&order=oldest"


def test_a_case_of_one_image_has_no_list_of_images(running: Running, as_person: Browsers) -> None:
    assert 'class="strip"' not in as_person("ann").get(f"/console/cases/{new_case(running, 'single')}").text


def test_a_chosen_image_is_shown_with_its_own_match_and_facts(running: Running, as_person: Browsers) -> None:
    ann, case_id = as_person("ann"), case_of_four(running, "chosen")
    shown = {place: ann.get(f"/console/cases/{case_id}{place}").text for place in ("", "?image=1", "?image=3")}
    pairs = {place: text.partition('class="pair"')[2].partition("<nav")[0] for place, text in shown.items()}
    assert re.findall(r"</b> ([^<]+)<", pairs[""]) == ["copy.jpg", "astronaut.jpg"]
    assert re.findall(r"</b> ([^<]+)<", pairs["?image=3"]) == ["logo.jpg", "acme.png"]
    assert re.findall(r"</b> ([^<]+)<", pairs["?image=1"]) == ["clean.jpg"]
    assert set(re.findall(rf"{case_id}/(\d)/", pairs["?image=3"])) == {"3"}
    facts = {place: text.partition("<h2>Evidence</h2>")[2].partition("</section>")[0] for place, text in shown.items()}
    assert "Cropped" in facts[""]
    assert "The hues agree" in facts["?image=3"]
    assert "<li>" not in facts["?image=1"]


def test_images_of_a_listing_are_drawn_and_kept_by_their_place(running: Running, as_person: Browsers) -> None:
    ann, address = as_person("ann"), f"/console/cases/{case_of_four(running, 'places')}"
    for _ in range(2):
        for image in ("listing", "small", "reference", "aligned_listing"):
            copy, logo = (ann.get(f"{address}/{place}/{image}.webp").content for place in (2, 3))
            assert copy[:4] == logo[:4] == b"RIFF"
            assert copy != logo
            assert ann.get(f"{address}/{image}.webp").content == copy, "the one that tells the case"


@pytest.mark.parametrize("place", ["0", "5", "x", "-1", "²", "9" * 5_000])
def test_an_image_that_a_listing_lacks_is_not_found(running: Running, as_person: Browsers, place: str) -> None:
    ann, address = as_person("ann"), f"/console/cases/{case_of_four(running, 'lacks')}"
    for path in (f"{address}?image={place}", f"{address}/{place}/listing.webp"):
        answer = ann.get(path)
        assert answer.status_code == 404
        assert "images of this listing are 1 to 4" in answer.text


def test_a_deleted_image_is_reported(running: Running, as_person: Browsers) -> None:
    ann, case_id = as_person("ann"), case_of_four(running, "gone")
    running.store.upload_path(case_id, 2).unlink()
    gone = (scanned_images.c.scan_id == case_id) & (scanned_images.c.position == 2)
    with running.registry.database.write(datetime.now(UTC)) as write:
        write.connection.execute(scanned_images.update().where(gone).values(kept=False))
    text = ann.get(f"/console/cases/{case_id}?image=3").text
    assert "The image is no longer kept." in text
    assert (text.count("No longer kept"), text.count(f"{case_id}/3/listing.webp")) == (1, 0)
    assert text.count(f"{case_id}/3/reference.webp") == 1, "of these only what was registered"
    assert ann.get(f"/console/cases/{case_id}/3/listing.webp").status_code == 404
    assert ann.get(f"/console/cases/{case_id}/3/reference.webp").status_code == 200


def test_the_evidence_of_a_case_has_overlays_of_every_flagged_image_and_what_each_was_matched_with(
    running: Running, as_person: Browsers, tmp_path: Path
) -> None:
    case_id, bundle = case_of_four(running, "overlays"), tmp_path / "evidence.zip"
    bundle.write_bytes(as_person("ann").get(f"/console/cases/{case_id}/evidence.zip").content)
    names = [info.filename for info in ZipFile(bundle).infolist()]
    overlays = sorted(re.sub("[0-9a-f]{16}", "ID", name) for name in names if name.startswith("overlay/"))
    shows = ("aligned-listing", "aligned-reference", "listing", "reference")
    assert overlays == [
        *(f"overlay/02-acme-photo-ID-{each}.webp" for each in shows),
        *(f"overlay/03-acme-logo-ID-{each}.webp" for each in shows),
    ]
    assert sorted(name.rpartition(".")[2] for name in names if name.startswith("reference/")) == ["jpg", "png"]


def test_every_page_has_a_strict_policy_and_no_inline_script(running: Running, as_person: Browsers) -> None:
    ann = as_person("ann")
    case_id = new_case(running, "csp")
    case = Cases(running.registry.database).case(case_id)
    assert case is not None
    for path in (
        "/console/queue",
        f"/console/cases/{case_id}",
        f"/console/cases/{case_of_four(running, 'csp')}?image=3",
        f"/console/clusters/{case.cluster}",
        "/console/overview",
        "/console/brands",
        "/console/brands/acme",
        "/console/nothing",
    ):
        answer = ann.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        written = Written()
        written.feed(answer.text)
        assert written.inline == [], path


def test_a_brand_owner_sees_its_brand_and_no_case(running: Running, as_person: Browsers) -> None:
    owner, case_id = as_person("owner"), new_case(running, "owned")
    assert owner.get("/console").headers["location"] == "/console/brands/acme"
    assert "Acme" in owner.get("/console/brands/acme").text
    for path in ("/console/queue", f"/console/cases/{case_id}", "/console/overview", "/console/brands/bolt"):
        assert owner.get(path).status_code == 403, path
    assert owner.get(f"/console/cases/{case_id}/listing.webp").status_code == 403


def test_a_brand_owner_registers_authorizes_revokes_and_withdraws(running: Running, as_person: Browsers) -> None:
    owner = as_person("owner")
    path = "/console/brands/acme"
    form = {"csrf": token_of(owner), "kind": "photo"}
    files = [
        ("images", (name, data)) for name, data in (("none.jpg", b""), ("bad.jpg", b"no image"), ("clean.jpg", CLEAN))
    ]
    said = owner.post(f"{path}/references", data=form, files=files).text
    assert "clean.jpg: registered" in said
    assert "bad.jpg: refused" in said
    assert "none.jpg: refused. none.jpg: no bytes at all" in said
    given = {"csrf": token_of(owner), "seller": "dealer", "kinds": ["photo"], "markets": "DE", "last_day": "2030-01-01"}
    assert "is authorized" in owner.post(f"{path}/authorizations", data=given).text
    assert "was not recorded" in owner.post(f"{path}/authorizations", data=given | {"last_day": "soon"}).text
    (authorization,) = running.registry.authorizations(seller_id="dealer")
    owner.post(f"{path}/authorizations/{authorization.authorization_id}/revoke", data={"csrf": token_of(owner)})
    assert running.registry.authorizations(seller_id="dealer")[0].revoked_at is not None
    reference = next(each for each in running.registry.references() if each.source_name == "clean.jpg")
    owner.post(f"{path}/withdraw", data={"csrf": token_of(owner), "references": reference.reference_id})
    entry = running.registry.reference(reference.reference_id)
    assert entry is not None
    assert entry.withdrawn_at is not None
    assert {event.actor for event in running.registry.history()[-3:]} >= {"user owner"}


def test_a_reviewer_changes_no_brand(as_person: Browsers) -> None:
    ann = as_person("ann")
    answer = ann.post(
        "/console/brands/acme/authorizations", data={"csrf": token_of(ann), "seller": "x", "kinds": ["logo"]}
    )
    assert answer.status_code == 403


def test_an_unknown_case_is_a_page_that_says_so(as_person: Browsers) -> None:
    answer = as_person("ann").get("/console/cases/none")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no case" in answer.text


def test_the_evidence_of_a_case_proves_itself(running: Running, as_person: Browsers, tmp_path: Path) -> None:
    case_id = new_case(running, "evidence")
    answer = as_person("ann").get(f"/console/cases/{case_id}/evidence.zip")
    digest, bundle = answer.headers["x-manifest-sha256"], tmp_path / "evidence.zip"
    bundle.write_bytes(answer.content)
    verify = ["evidence", "verify", str(bundle), "--digest", digest]
    assert CliRunner().invoke(markscan, verify).exit_code == 0
    (event,) = [each for each in running.registry.history(subject=case_id) if each.what == "evidence made"]
    assert json.loads(event.details)["manifest_sha256"] == digest
    beside = re.search(
        r"SHA-256 of the bundle: <code>([0-9a-f]{64})", as_person("bob").get(f"/console/cases/{case_id}").text
    )
    assert beside is not None
    by_page = CliRunner().invoke(markscan, ["evidence", "verify", str(bundle), "--sha256", beside[1]])
    assert (by_page.exit_code, f"SHA-256 of the bundle: {beside[1]}" in by_page.output) == (0, True)
    other = CliRunner().invoke(markscan, ["evidence", "verify", str(bundle), "--sha256", "0" * 64])
    assert other.exit_code == 3
    names = {info.filename.partition("/")[0] for info in ZipFile(bundle).infolist()}
    assert names >= {"listing", "reference", "overlay", "verdicts.jsonl", "authorizations.json", "history.jsonl"}
    bundle.write_bytes(answer.content.replace(b"acme", b"bolt", 1))
    assert CliRunner().invoke(markscan, verify).exit_code == 3


def test_points_bring_what_the_ladder_asks_for_and_an_appeal_takes_them_back(
    running: Running, as_person: Browsers
) -> None:
    ann, path = as_person("ann"), "/console/sellers/S%2F1%20%C3%A9"
    form = {"csrf": token_of(ann), "points": "0", "serious": "1", "cause": "a copied photo"}
    assert ann.post(f"{path}/points", data=form).status_code == 303
    shown = ann.get(path).text
    assert "a copied photo" in shown
    assert "Shop frozen until" in shown
    measure = re.search(r'name="measure" value="([^"]+)"', shown)
    assert measure is not None
    assert ann.post(f"{path}/confirm", data={"csrf": token_of(ann), "measure": measure[1]}).status_code == 303
    assert "(confirmed)" in ann.get(path).text
    event = re.search(r"remove/([0-9a-f]{32})", shown)
    assert event is not None
    assert ann.post(f"{path}/remove/{event[1]}", data={"csrf": token_of(ann)}).status_code == 303
    after = ann.get(path).text
    assert "Removed: they do not count" in after
    assert "Shop frozen" not in after
    assert ann.post(f"{path}/remove/{event[1]}", data={"csrf": token_of(ann)}).status_code == 409
    assert running.registry.history_faults() == ()


@pytest.mark.parametrize("points", ["", "-1", "1000", "x", "0"])
def test_points_that_are_none_are_refused(as_person: Browsers, points: str) -> None:
    ann = as_person("ann")
    answer = ann.post("/console/sellers/S1/points", data={"csrf": token_of(ann), "points": points})
    assert answer.status_code == 409
    assert "No points." in answer.text


@pytest.mark.parametrize("altered", ["listing", "reference"])
def test_a_file_altered_on_disk_is_left_out_of_the_bundle_which_says_so(
    running: Running, as_person: Browsers, tmp_path: Path, altered: str
) -> None:
    case_id, bundle = new_case(running, f"altered-{altered}"), tmp_path / "evidence.zip"
    path = running.store.upload_path(case_id, 0)
    if altered == "reference":
        scan = Records(running.registry.database, running.store).scan(case_id)
        assert scan is not None
        assert isinstance(scan.images[0].row, ScannedImage)
        found = running.registry.reference(scan.images[0].row.verdict.counted_evidence[0].reference_id)
        assert found is not None
        path = running.store.media_path(found.sha256, found.suffix)
    before = path.read_bytes()
    path.write_bytes(before[:-1] + b"?")
    try:
        answer = as_person("ann").get(f"/console/cases/{case_id}/evidence.zip")
    finally:
        path.write_bytes(before)
    bundle.write_bytes(answer.content)
    verified = CliRunner().invoke(markscan, ["evidence", "verify", str(bundle)])
    assert verified.exit_code == 3
    assert f"{altered}" in verified.output
    assert "was altered before the bundle was made" in verified.output
    assert not [name for name in ZipFile(bundle).namelist() if name.startswith(f"{altered}/")]


def test_a_record_altered_in_the_database_is_named_by_the_bundle(
    running: Running, as_person: Browsers, tmp_path: Path
) -> None:
    case_id, ann, bundle = new_case(running, "altered-record"), as_person("ann"), tmp_path / "evidence.zip"
    form = {"csrf": token_of(ann), "decision": "confirmed", "note": "It is Acme's photo."}
    assert ann.post(f"/console/cases/{case_id}/decide", data=form).status_code == 303
    (decision,) = decisions_on(running.registry.database, case_id)
    table = case_decisions
    with running.registry.database.write(datetime.now(UTC)) as write:
        this = table.c.decision_id == decision.decision_id
        write.connection.execute(table.update().where(this).values(note="It is not."))
    bundle.write_bytes(ann.get(f"/console/cases/{case_id}/evidence.zip").content)
    with running.registry.database.write(datetime.now(UTC)) as write:
        write.connection.execute(table.update().where(this).values(note=decision.note))
    verified = CliRunner().invoke(markscan, ["evidence", "verify", str(bundle)])
    assert verified.exit_code == 3
    assert f"row {decision.decision_id} of case_decisions" in verified.output


def test_an_altered_image_is_not_shown_and_the_case_says_so(running: Running, as_person: Browsers) -> None:
    case_id, ann = new_case(running, "altered-shown"), as_person("ann")
    running.store.upload_path(case_id, 0).write_bytes(CLEAN)
    assert ann.get(f"/console/cases/{case_id}/listing.webp").status_code == 409
    assert "is not the one that was recorded" in ann.get(f"/console/cases/{case_id}").text
