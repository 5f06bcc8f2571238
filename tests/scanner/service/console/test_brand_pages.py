"""The pages of references, the documents of authorizations, and the overview, as a browser gets them."""

import asyncio
import re
import time
from datetime import UTC, datetime

import pytest
from skimage import data as photographs

from brand_index.registration import withdraw
from brand_index.types import ReferenceImage, ReferenceKind
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.decisions import decide
from scanner.moderation.store import Records
from scanner.service.accounts.roles import Role
from scanner.service.workers.fair_calls import FairCall
from scanner.service.workers.fair_queue import Tenant
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from tests.conftest import draw_logo, jpeg, png
from tests.scanner.moderation.test_calibrations import decided
from tests.scanner.moderation.test_cases import Desk
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written, new_case, token_of
from tests.scanner.service.people import Browsers, add_people

DOCUMENT = b"%PDF-1.7 <script>alert(1)</script> a contract"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, admins=["root"], owners={"of-acme": "acme", "of-bolt": "bolt"})


def reference(running: Running, name: str) -> ReferenceImage:
    return next(each for each in running.registry.references(include_withdrawn=True) if each.source_name == name)


def page_of(entry: ReferenceImage) -> str:
    return f"/console/brands/{entry.brand_id}/{entry.reference_id}"


def test_a_tile_leads_to_the_references_page_with_its_image_large(running: Running, as_person: Browsers) -> None:
    ann, entry = as_person("ann"), reference(running, "astronaut.jpg")
    assert f'href="{page_of(entry)}"' in ann.get("/console/brands/acme").text
    shown = ann.get(page_of(entry)).text
    for fact in ("astronaut.jpg", entry.sha256, entry.reference_id, f"{entry.width} × {entry.height}"):
        assert fact in shown
    large, small = (ann.get(f"{page_of(entry)}{end}") for end in ("/large.webp", ".webp"))
    assert [answer.headers["content-type"] for answer in (large, small)] == ["image/webp"] * 2
    assert len(large.content) > 2 * len(small.content)
    assert [answer.headers["cache-control"] for answer in (large, small)] == ["no-store"] * 2


def test_the_page_shows_how_often_it_matched_and_was_correct(running: Running, as_person: Browsers) -> None:
    ann, entry = as_person("ann"), reference(running, "astronaut.jpg")
    cases = [new_case(running, f"found-{number}") for number in range(3)]
    now, database = datetime.now(UTC), running.registry.database
    decide(database, cases[:1], "ann", CaseState.CONFIRMED, now=now)
    decide(database, cases[1:2], "ann", CaseState.DISMISSED, ground=Ground.NOT_THE_MARK, now=now)
    shown = re.sub(r"<[^>]+>", "", ann.get(page_of(entry)).text)
    assert "3 cases since it was registered" in shown
    assert "found 1 of 2" in shown
    assert "No cases yet" in ann.get(page_of(reference(running, "bolt.png"))).text


def test_a_logo_is_audited_by_the_button_and_not_by_opening_its_page(running: Running, as_person: Browsers) -> None:
    owner, entry, audits = as_person("of-acme"), reference(running, "acme.png"), running.app.state.service.audits
    assert "false alarms expected" not in owner.get(page_of(entry)).text
    assert audits.get(entry.reference_id) is None
    answer = owner.post(f"{page_of(entry)}/audit", data={"csrf": token_of(owner)})
    assert (answer.status_code, answer.headers["location"]) == (303, page_of(entry))
    shown = owner.get(page_of(entry)).text
    expected = audits.get(entry.reference_id).audit.rate
    assert f'<b class="num">{expected}</b> false alarms expected on 1,000 photos' in shown
    assert "after this audit" not in shown


def test_the_audit_names_what_it_may_be_confused_with_and_links_to_what_may_be_seen(
    running: Running, as_person: Browsers
) -> None:
    owner, root = as_person("of-acme"), as_person("root")
    form, image = {"csrf": token_of(root), "kind": "logo"}, ("twin.png", png(draw_logo("ACME", (20, 30, 190))))
    said = root.post("/console/brands/bolt/references", data=form, files={"images": image}).text
    assert "twin.png: registered" in said
    entry, twin = reference(running, "acme.png"), reference(running, "twin.png")
    owner.post(f"{page_of(entry)}/audit", data={"csrf": token_of(owner)})
    assert "May be confused with Bolt" in owner.get(page_of(entry)).text
    assert f'href="{page_of(twin)}"' in root.get(page_of(entry)).text
    assert f'href="{page_of(twin)}"' not in owner.get(page_of(entry)).text
    for each in (twin, reference(running, "bolt.png")):
        withdraw(running.registry, each.reference_id, datetime.now(UTC))
    assert "after this audit" in owner.get(page_of(entry)).text
    owner.post(f"{page_of(entry)}/audit", data={"csrf": token_of(owner)})
    assert "No registered mark of another brand looks similar" in owner.get(page_of(entry)).text
    refused = root.post(f"{page_of(twin)}/audit", data={"csrf": token_of(root)})
    assert (refused.status_code, "is withdrawn" in refused.text) == (409, True)


def test_no_drawing_delays_a_registration(running: Running, as_person: Browsers) -> None:
    root = as_person("root")
    assert root.get(f"{page_of(reference(running, 'astronaut.jpg'))}/large.webp").status_code == 200
    drawing = running.app.state.service.drawing
    loop, nobody = drawing._runner.get_loop(), Tenant("users", "nobody")

    async def begin() -> FairCall[None]:
        return drawing.submit(nobody, time.sleep, lambda: 600.0)  # type: ignore[no-any-return]

    slow = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    files = {"images": ("new.png", png(draw_logo("SIDE", (120, 20, 90))))}
    data = {"csrf": token_of(root), "kind": "logo"}
    assert "new.png: registered" in root.post("/console/brands/bolt/references", data=data, files=files).text
    assert not slow.outcome.done()
    loop.call_soon_threadsafe(slow.outcome.cancel)


def test_a_photo_is_audited_too(running: Running, as_person: Browsers) -> None:
    root, entry = as_person("root"), reference(running, "coffee.jpg")
    assert entry.kind is ReferenceKind.PHOTO
    assert root.post(f"{page_of(entry)}/audit", data={"csrf": token_of(root)}).status_code == 303
    shown = root.get(page_of(entry)).text
    assert "of its keypoints are its own" in shown
    assert "No other registered photo resembles it" in shown


def test_photos_that_are_registered_as_logos_are_named_in_one_message(running: Running, as_person: Browsers) -> None:
    root = as_person("root")
    files = [("images", (f"{number}.jpg", jpeg(photographs.rocket(), 70 + number))) for number in range(4)]
    said = root.post("/console/brands/bolt/references", data={"csrf": token_of(root), "kind": "logo"}, files=files).text
    assert "0.jpg, 1.jpg, 2.jpg and 1 more look like photos: withdraw, and register as photo." in said
    assert "false alarms expected" not in said
    for number in range(4):
        withdraw(running.registry, reference(running, f"{number}.jpg").reference_id, datetime.now(UTC))


def test_a_references_page_is_for_its_owner_and_reviewers_alone(running: Running, as_person: Browsers) -> None:
    entry, owner, other = reference(running, "acme.png"), as_person("of-acme"), as_person("of-bolt")
    for end in ("", ".webp", "/large.webp"):
        assert owner.get(f"{page_of(entry)}{end}").status_code == 200, "and it is kept in memory from now on"
        assert other.get(f"{page_of(entry)}{end}").status_code == 403
        assert other.get(f"/console/brands/bolt/{entry.reference_id}{end}").status_code == 404, (
            "it is not of this brand"
        )
    assert other.post(f"{page_of(entry)}/audit", data={"csrf": token_of(other)}).status_code == 403
    assert owner.post(f"{page_of(entry)}/audit", data={"csrf": "0" * 64}).status_code == 403


def authorized(running: Running, document: bytes | None, name: str = "contract.html") -> int:
    answer = running.http.post(
        "/v1/brands/acme/authorizations",
        data={"seller_id": f"dealer of {name}"},
        files={} if document is None else {"document": (name, document, "text/html")},
        headers=running.as_role(Role.ADMIN),
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["authorization_id"])


@pytest.mark.parametrize("name", ["of-acme", "ann", "root"])
def test_the_document_of_an_authorization_is_a_download_and_never_rendered(
    running: Running, as_person: Browsers, name: str
) -> None:
    browser, number = as_person(name), authorized(running, DOCUMENT)
    path = f"/console/brands/acme/authorizations/{number}/document"
    assert f'href="{path}"' in browser.get("/console/brands/acme").text
    answer = browser.get(path)
    assert (answer.status_code, answer.content) == (200, DOCUMENT)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="acme-authorization-{number}.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_document_is_for_its_brands_owner_and_reviewers_only(running: Running, as_person: Browsers) -> None:
    number, without = authorized(running, DOCUMENT), authorized(running, None, "nothing")
    other, root = as_person("of-bolt"), as_person("root")
    assert other.get(f"/console/brands/acme/authorizations/{number}/document").status_code == 403
    assert other.get(f"/console/brands/bolt/authorizations/{number}/document").status_code == 404
    assert root.get(f"/console/brands/acme/authorizations/{without}/document").status_code == 404
    assert running.http.get(f"/console/brands/acme/authorizations/{number}/document").status_code == 303, "to the login"


def test_the_overview_shows_cases_by_brand_and_reason_in_words_and_bars(running: Running, as_person: Browsers) -> None:
    new_case(running, "overview")
    shown = as_person("ann").get("/console/overview").text
    for name, heading in (("By brand", "Acme"), ("By reason", "photo copied")):
        section = shown.partition(f'aria-label="{name}"')[2].partition("</section>")[0]
        assert heading in section
        assert "<svg" in section
    assert "95 % interval" in shown


def test_the_overview_shows_what_was_expected_of_a_mark_beside_what_was_upheld(
    running: Running, as_person: Browsers
) -> None:
    registry = running.registry
    logo = next(each for each in registry.references() if each.kind is ReferenceKind.LOGO)
    desk = Desk(registry, Records(registry.database, running.store), Cases(registry.database))
    decided(desk, logo.reference_id, 30, wrong=15)
    shown = as_person("ann").get("/console/overview").text
    section = shown.partition('aria-label="Confidence"')[2].partition("</section>")[0]
    cells = re.findall(r'<td class="r num">(\d+ %|\d+ of \d+|as shipped)', section)
    assert logo.source_name in section
    assert cells[:2] == ["86 %", "15 of 30"]
    assert 50 <= int(cells[2].removesuffix(" %")) < 70


def test_these_pages_have_no_inline_script_or_style(running: Running, as_person: Browsers) -> None:
    root = as_person("root")
    for path in ("/console/overview", "/console/brands/acme", page_of(reference(running, "acme.png"))):
        answer = root.get(path)
        assert answer.status_code == 200
        written = Written()
        written.feed(answer.text)
        assert written.inline == [], path
