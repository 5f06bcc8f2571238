"""The console in a real browser, as reviewers and brand owners use it; needs Playwright and a Chromium."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from skimage import data as photographs

from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.decisions import decisions_on
from scanner.moderation.seller_notices.documents import SubmittedDocument
from scanner.moderation.seller_notices.store import Measures
from scanner.moderation.seller_notices.submission import AppealSubmission, submit_appeal
from scanner.moderation.seller_notices.types import Form, Signatory
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.policy import Restriction
from tests.conftest import jpeg, rocket_with_sticker
from tests.scanner.service.api.test_scans import CLEAN, COPY, post
from tests.scanner.service.conftest import Running
from tests.scanner.service.people import PASSWORD, add_people

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (1280, 390)


def await_decision(page: "Page") -> None:
    """Wait until the case has been shown, so that it can be decided."""
    page.locator("form[data-decides]:not([aria-busy])").wait_for(state="attached")


playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: the browser's half is not run"
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: no browser is driven")


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, ("ann", "bob"), owners={"owner": "acme"})


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def logged_in(browser: "Browser", running: Running, name: str, **options: Any) -> "Page":
    page: Page = browser.new_context(base_url=str(running.http.base_url), **options).new_page()
    page.goto("/console")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/console/**")
    return page


def new_case(running: Running, seller_id: str, market: str = "GB") -> str:
    image = ("front.jpg", COPY + seller_id.encode())
    return str(post(running, [image], seller_id=seller_id, market=market).json()["scan_id"])


def case_of_three(running: Running, seller_id: str) -> str:
    """A case that its second image, a copy, opened; its third shows a logo."""
    images = [("clean.jpg", CLEAN), ("copy.jpg", COPY), ("logo.jpg", jpeg(rocket_with_sticker()))]
    return str(post(running, images, seller_id=seller_id).json()["scan_id"])


def state_of(running: Running, case_id: str) -> CaseState | None:
    case = Cases(running.registry.database).case(case_id)
    return None if case is None else case.state


def decided(running: Running, case_ids: list[str]) -> list[str]:
    """Those of `case_ids` that were confirmed."""
    return [each for each in case_ids if state_of(running, each) is CaseState.CONFIRMED]


def audited_logo(page: "Page", running: Running) -> str:
    """The address of a logo's page, after an audit."""
    logo = next(each for each in running.registry.references() if each.source_name == "acme.png")
    page.goto(f"/console/brands/acme/{logo.reference_id}")
    page.get_by_role("button", name="Run audit").click()
    page.get_by_text("false alarms expected on 1,000 photos").wait_for()
    return f"brands/acme/{logo.reference_id}"


def test_a_case_is_taken_decided_and_undone_by_keys_alone(running: Running, browser: "Browser") -> None:
    case_id = new_case(running, "by-keys")
    page = logged_in(browser, running, "ann")
    page.goto("/console/queue?order=newest")
    page.keyboard.press("n")
    page.wait_for_url(f"**/console/cases/{case_id}**")
    await_decision(page)
    page.keyboard.press("t")
    page.keyboard.type("seen in the shop: notes are not keys")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    page.wait_for_url(lambda address: case_id not in address)
    (made,) = decisions_on(running.registry.database, case_id)
    assert (made.ground, made.note) == (Ground.OWN_PHOTO, "seen in the shop: notes are not keys")
    page.goto("/console/queue")
    page.keyboard.press("u")
    page.wait_for_url(f"**/console/cases/{case_id}?undone=1")
    assert state_of(running, case_id) is CaseState.OPEN
    page.context.close()


@pytest.mark.parametrize("hold", ["a held key", "a remote desktop's held key", "a double click", "a late half of it"])
def test_one_press_decides_one_case(running: Running, browser: "Browser", hold: str) -> None:
    seller_id = hold.replace(" ", "-")
    cases = [new_case(running, seller_id) for _ in range(3)]
    page = logged_in(browser, running, "ann")
    page.goto(f"/console/cases/{cases[0]}?seller={seller_id}&order=oldest")
    await_decision(page)
    if "key" not in hold:
        confirm = page.get_by_role("button", name="Confirm").bounding_box()
        assert confirm is not None
        page.mouse.click(confirm["x"] + 20, confirm["y"] + 20)
        if "late" in hold:
            page.wait_for_url(f"**/{cases[1]}?**")
            await_decision(page)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
        page.wait_for_url(f"**/{cases[1]}?**")
        page.wait_for_timeout(300)
    for _ in range(40 if "key" in hold else 0):
        page.keyboard.down("c")
        if "remote" in hold:
            page.keyboard.up("c")
        page.wait_for_timeout(30)
    assert decided(running, cases) == cases[:1]
    await_decision(page)
    page.keyboard.up("c")
    page.wait_for_timeout(500)
    page.keyboard.press("c")
    page.wait_for_url(f"**/{cases[2]}?**")
    assert decided(running, cases) == cases[:2]
    page.context.close()


def test_a_case_that_was_not_drawn_is_not_decided_by_a_key(running: Running, browser: "Browser") -> None:
    case_id = new_case(running, "undrawn")
    page = logged_in(browser, running, "ann")
    page.route("**/listing.webp", lambda route: None)  # as if it were never drawn
    page.goto(f"/console/cases/{case_id}", wait_until="commit")
    page.locator("form[data-decides]").wait_for(state="attached")
    for _ in range(10):
        page.keyboard.press("c")
        page.wait_for_timeout(50)
    page.unroute_all(behavior="ignoreErrors")
    assert state_of(running, case_id) is CaseState.OPEN
    page.context.close()


def test_the_next_case_says_what_was_decided_before_and_undoes_it(running: Running, browser: "Browser") -> None:
    first, second = (new_case(running, "one-by-one") for _ in range(2))
    page = logged_in(browser, running, "ann")
    page.goto(f"/console/cases/{first}?seller=one-by-one&order=oldest")
    await_decision(page)
    page.keyboard.press("c")
    page.wait_for_url(f"**/{second}?seller=one-by-one&order=oldest")
    assert f"Confirmed: case {first[:8]}" in page.get_by_role("status").inner_text()
    page.keyboard.press("u")
    page.wait_for_url(f"**/cases/{first}?undone=1")
    assert state_of(running, first) is CaseState.OPEN
    page.context.close()


def test_a_phone_decides_once_the_reference_was_on_screen(running: Running, browser: "Browser") -> None:
    case_id = new_case(running, "phone")
    page = logged_in(browser, running, "ann", viewport={"width": 390, "height": 844})
    page.goto(f"/console/cases/{case_id}?seller=phone")
    page.locator(".bar").get_by_text("Scroll to the reference first.").wait_for()
    page.keyboard.press("c")
    page.get_by_role("button", name="Confirm violation").click(force=True)
    page.get_by_alt_text("Reference, with").scroll_into_view_if_needed()
    await_decision(page)
    assert state_of(running, case_id) is CaseState.OPEN
    box = page.get_by_role("button", name="Confirm violation").bounding_box()
    assert box is not None
    assert 700 < box["y"] < 844 - box["height"]
    page.get_by_text("Dismiss…").click()
    page.get_by_role("button", name="Seller's own photo").click()
    page.wait_for_url("**/console/queue?seller=phone")
    assert state_of(running, case_id) is CaseState.DISMISSED
    page.context.close()


def test_a_case_whose_images_failed_to_load_is_decided_only_once_they_are_shown(
    running: Running, browser: "Browser"
) -> None:
    case_id = new_case(running, "broken")
    page = logged_in(browser, running, "ann")
    page.route("**/reference.webp", lambda route: route.abort())
    page.goto(f"/console/cases/{case_id}?seller=broken")
    again = page.locator("form[data-decides]").get_by_role("button", name="Load again")
    again.wait_for()
    assert page.get_by_text("An image could not be shown").first.is_visible()
    page.wait_for_timeout(500)
    page.keyboard.press("c")
    page.get_by_role("button", name="Confirm violation").click(force=True)
    page.unroute("**/reference.webp")
    again.click()
    await_decision(page)
    assert state_of(running, case_id) is CaseState.OPEN
    page.wait_for_timeout(500)
    page.keyboard.press("c")
    page.wait_for_url("**/console/queue?seller=broken")
    page.context.close()


def test_cases_whose_images_failed_to_load_are_not_decided_together(running: Running, browser: "Browser") -> None:
    cases = [new_case(running, f"dark-{place}") for place in range(2)]
    page = logged_in(browser, running, "ann")
    page.goto("/console/queue?q=dark-")
    page.route(f"**/{cases[0]}/**.webp", lambda route: route.abort())
    page.get_by_role("button", name="of this list").click()
    page.get_by_text("1 of the images could not be shown").wait_for()
    confirm = page.get_by_role("button", name="Confirm violation for selected")
    assert confirm.is_disabled()
    page.locator(f"input[value='{cases[0]}']").uncheck()
    page.wait_for_function("!document.querySelector('[data-waits]').disabled")
    page.context.close()


def test_what_was_typed_stays_until_it_is_sent(running: Running, browser: "Browser") -> None:
    case_id = case_of_three(running, "typed")
    page = logged_in(browser, running, "ann")
    page.goto(f"/console/cases/{case_id}?seller=typed")
    await_decision(page)
    page.get_by_label("Note").fill("half a note")
    page.get_by_label("Penalty points").fill("6")
    page.get_by_label("Notify the seller").select_option("removed")
    page.get_by_label("Add a comment").fill("look here")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.wait_for_url("**#comments")
    page.get_by_text("Restored: what you had typed").wait_for()
    assert page.get_by_label("Add a comment").input_value() == ""  # it was sent
    page.get_by_label("Add a comment").fill("one more")
    page.get_by_role("link", name="logo.jpg").click()
    page.wait_for_url("**?image=3")
    fields = [page.get_by_label(name) for name in ("Note", "Penalty points", "Notify the seller", "Add a comment")]
    assert [field.input_value() for field in fields] == ["half a note", "6", "removed", "one more"]
    await_decision(page)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Confirm violation").click()
    assert state_of(running, case_id) is CaseState.OPEN
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Confirm violation").click()
    page.wait_for_url(lambda address: case_id not in address)
    drafts = [key for key in page.evaluate("Object.keys(sessionStorage)") if "draft" in key]
    assert [key.rsplit(" ", 1)[1] for key in drafts] == ["comment"]
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_a_field_decides_nothing(running: Running, browser: "Browser", scripts: bool) -> None:
    case_id = new_case(running, f"enter-{scripts}")
    page = logged_in(browser, running, "ann", java_script_enabled=scripts)
    page.goto(f"/console/cases/{case_id}")
    if scripts:
        await_decision(page)
    page.get_by_label("Penalty points").fill("6")
    page.get_by_label("Notify the seller").select_option("removed")
    page.get_by_label("Penalty points").press("Enter")
    page.wait_for_timeout(300)
    assert page.url.endswith(case_id)
    assert state_of(running, case_id) is CaseState.OPEN
    page.context.close()


def test_the_keyboard_shortcuts_are_shown(running: Running, browser: "Browser") -> None:
    page = logged_in(browser, running, "ann")
    page.goto(f"/console/cases/{new_case(running, 'keys')}")
    page.keyboard.press("?")
    assert page.get_by_role("heading", name="Keyboard shortcuts").is_visible()
    page.context.close()


def test_the_slider_fades_between_the_aligned_two(running: Running, browser: "Browser") -> None:
    page = logged_in(browser, running, "ann")
    page.goto(f"/console/cases/{new_case(running, 'slider')}")
    over = page.locator(".stack .over")
    assert over.evaluate("image => image.complete && image.naturalWidth > 100")
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert over.evaluate("image => getComputedStyle(image).opacity") == "0"
    page.context.close()


def test_both_images_are_looked_at_closely_in_step_by_keys_and_by_wheel(running: Running, browser: "Browser") -> None:
    page, case_id = logged_in(browser, running, "ann"), new_case(running, "zoom")
    page.goto(f"/console/cases/{case_id}")
    page.get_by_label("Note").fill("half a note")
    page.get_by_label("Note").press("Escape")
    page.keyboard.press("z")
    images = page.locator("dialog .view img")
    images.nth(1).wait_for()
    page.wait_for_load_state("networkidle")
    sizes = "images => images.map(image => Math.round(image.getBoundingClientRect().width))"
    before = images.evaluate_all(sizes)
    page.keyboard.press("+")
    page.locator("dialog .view").first.hover()
    page.mouse.wheel(0, -200)
    page.wait_for_function(
        "before => document.querySelector('dialog .view img').clientWidth > 1.6 * before", arg=before[0]
    )
    after = images.evaluate_all(sizes)
    assert after[1] / before[1] == pytest.approx(after[0] / before[0], rel=0.02)
    with page.expect_response("**/full/listing_outlined.webp") as answer:
        page.get_by_label("Outlines").check()
    assert answer.value.ok
    page.wait_for_function("document.querySelector('dialog .view img').naturalWidth > 0")
    assert images.evaluate_all(sizes)[0] == after[0]
    page.keyboard.press("c")  # decides nothing while the dialog is open
    page.keyboard.press("Escape")
    assert page.get_by_label("Note").input_value() == "half a note"
    assert state_of(running, case_id) is CaseState.OPEN
    page.context.close()


def test_without_scripts_the_zoom_is_a_page_with_both_images_at_full_size(running: Running, browser: "Browser") -> None:
    page, case_id = logged_in(browser, running, "ann", java_script_enabled=False), new_case(running, "no-script")
    page.goto(f"/console/cases/{case_id}")
    page.get_by_role("link", name="Zoom both images at full size").last.click()
    page.get_by_role("link", name="full size").last.click()
    assert page.url.endswith(f"/console/cases/{case_id}/1/full/reference.webp")
    page.context.close()


def test_cases_are_decided_together_only_once_all_were_on_screen(running: Running, browser: "Browser") -> None:
    ids = [new_case(running, f"scroll-{place}") for place in range(9)]
    page = logged_in(browser, running, "ann", viewport={"width": 390, "height": 844})
    page.goto("/console/queue?q=scroll-")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Show 9 selected cases").click()
    confirm = page.get_by_role("button", name="Confirm violation for selected")
    assert confirm.is_disabled()
    for tile in page.locator(".tile img").all():
        tile.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=tile.element_handle())
    page.wait_for_function("!document.querySelector('[data-waits]').disabled")
    confirm.click()
    page.wait_for_url("**/console/queue")
    assert [state_of(running, each) for each in ids] == [CaseState.CONFIRMED] * 9
    page.get_by_role("button", name="Undo all 9").click()
    page.wait_for_load_state("networkidle")
    assert [state_of(running, each) for each in ids] == [CaseState.OPEN] * 9
    page.context.close()


def test_ticks_on_several_pages_of_the_queue_count_together(running: Running, browser: "Browser") -> None:
    made = [post(running, [("front.jpg", COPY)], seller_id="paged").json()["scan_id"] for _ in range(26)]
    page = logged_in(browser, running, "ann")
    page.goto("/console/queue?q=paged&order=oldest")
    page.get_by_label(f"Select case {made[0][:8]}").check()
    page.get_by_role("link", name="Next").click()
    page.get_by_label(f"Select case {made[25][:8]}").check()
    button = page.locator("[data-selected]")
    assert button.inner_text() == "Show 2 selected cases (1 on other pages)"
    page.go_back()
    page.get_by_label(f"Select case {made[0][:8]}").wait_for()
    assert page.get_by_label(f"Select case {made[0][:8]}").is_checked()
    button.click()
    page.locator("[data-waits]:enabled").first.wait_for()
    assert page.locator(".tile").count() == 2
    page.get_by_role("button", name="Confirm violation for selected").click()
    page.wait_for_url("**/console/queue")
    assert decided(running, made) == [made[0], made[25]]
    page.goto("/console/queue?q=paged&order=oldest")
    assert button.inner_text() == "Show selected cases"
    page.context.close()


def test_another_image_of_the_listing_is_shown_by_its_number(running: Running, browser: "Browser") -> None:
    page, case_id = logged_in(browser, running, "ann"), case_of_three(running, "numbers")
    page.goto(f"/console/cases/{case_id}")
    page.keyboard.press("3")
    page.wait_for_url(f"**/console/cases/{case_id}?image=3")
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("acme.png").is_visible()
    whole = "images => images.every(image => image.complete && image.naturalWidth > 20)"
    assert page.locator("section.images img").evaluate_all(whole)
    assert page.locator(".strip [aria-current]").inner_text().startswith("logo.jpg")
    page.context.close()


def test_a_decision_waits_until_each_flagged_image_was_seen(running: Running, browser: "Browser") -> None:
    page, case_id = logged_in(browser, running, "ann"), case_of_three(running, "covered")
    page.goto(f"/console/cases/{case_id}?seller=covered")
    await_decision(page)
    assert "2 flagged images with 2 matches, of Acme. You have seen 1 of 2." in page.locator(".covers").inner_text()
    page.keyboard.press("f")
    page.keyboard.press("1")  # nothing was found in it
    page.wait_for_url("**image=1**")
    await_decision(page)
    page.keyboard.press("f")
    assert page.get_by_role("button", name="Escalate").is_enabled()
    page.keyboard.press("v")
    page.wait_for_url("**image=3**")
    await_decision(page)
    assert state_of(running, case_id) is CaseState.OPEN
    page.locator("button[name=decision][value=confirmed]:enabled").first.wait_for()
    page.keyboard.press("f")
    page.wait_for_url("**/console/queue?seller=covered")
    assert state_of(running, case_id) is CaseState.DISMISSED
    page.context.close()


def test_a_second_reviewer_sees_the_assignment_and_gets_another_case(running: Running, browser: "Browser") -> None:
    first = new_case(running, "held-1")
    new_case(running, "held-2")
    ann, bob = (logged_in(browser, running, name) for name in ("ann", "bob"))
    ann.goto(f"/console/cases/{first}")
    bob.goto(f"/console/cases/{first}")
    assert bob.get_by_text("Under review by ann").is_visible()
    assert bob.get_by_role("button", name="Confirm").count() == 0
    bob.goto("/console/queue?order=newest")
    bob.get_by_role("button", name="Review next case").click()
    bob.wait_for_url("**/console/cases/**")
    assert first not in bob.url
    for page in (ann, bob):
        page.context.close()


def test_a_brand_owner_registers_an_image(running: Running, browser: "Browser", tmp_path: Path) -> None:
    image = tmp_path / "rocket.jpg"
    image.write_bytes(jpeg(np.asarray(photographs.rocket(), np.uint8)))
    page = logged_in(browser, running, "owner")
    page.get_by_label("Images", exact=True).set_input_files(image)
    page.get_by_label("Kind").select_option("photo")
    page.get_by_role("button", name="Register", exact=True).click()
    assert page.get_by_text("rocket.jpg: registered").is_visible()
    assert "rocket.jpg" in {reference.source_name for reference in running.registry.references()}
    page.context.close()


def test_a_brand_owner_draws_a_box_around_the_mark_and_registers_it(
    running: Running, browser: "Browser", tmp_path: Path
) -> None:
    image = tmp_path / "suit.jpg"
    image.write_bytes(jpeg(np.asarray(photographs.astronaut(), np.uint8)))
    page = logged_in(browser, running, "owner")
    form = page.locator("form[data-box]")
    form.get_by_label("Photo").set_input_files(image)
    form.get_by_label("Mark").fill("badge")
    canvas = form.locator("canvas")
    canvas.scroll_into_view_if_needed()
    assert "512 × 512 pixels" in form.get_by_role("status").inner_text()
    place = canvas.bounding_box()
    assert place is not None
    scale = place["width"] / 512
    page.mouse.move(place["x"] + 450 * scale, place["y"] + 385 * scale)
    page.mouse.down()
    page.mouse.move(place["x"] + 370 * scale, place["y"] + 315 * scale, steps=4)
    page.mouse.up()
    drawn = [int(form.get_by_label(side).input_value()) for side in ("Left", "Top", "Right", "Bottom")]
    assert drawn == pytest.approx([370, 315, 450, 385], abs=3)
    form.get_by_label("Right").fill("452")  # by keyboard
    form.get_by_role("button", name="Register region").click()
    assert page.get_by_text("suit.jpg: registered").is_visible()
    (found,) = [each for each in running.registry.references() if each.source_name == "suit.jpg"]
    assert found.source_region == (*drawn[:2], 452, drawn[3])
    assert page.get_by_role("heading", name="Mark badge").is_visible()
    page.context.close()


def pages_of_an_appeal(running: Running, seller_id: str) -> list[str]:
    """The addresses of the seller's page and the appeal's page, after a sworn appeal."""
    service, now, case_id = running.app.state.service, datetime.now(UTC), new_case(running, seller_id)
    measures = Measures(Restriction.REMOVED, 6)
    service.seller_notices.decide([case_id], "bob", CaseState.CONFIRMED, measures=measures, now=now)
    (untouched,) = service.seller_notices.of_case(case_id)
    other = new_case(running, f"{seller_id}-2", "US")  # where counter-notices are possible
    service.seller_notices.decide([other], "bob", CaseState.CONFIRMED, measures=measures, now=now)
    (seller_notice,) = service.seller_notices.of_case(other)
    sworn = AppealSubmission(
        Form.COUNTER_NOTICE, "It is mine. " * 40, Signatory("Ada L", "1 Main St", "+1 555"), sworn=True
    )
    documents = (SubmittedDocument(f"{'contract-' * 12}.pdf", b"%PDF-1.7"),)
    made = submit_appeal(
        service.seller_notices, seller_notice.seller_notice_id, replace(sworn, documents=documents), now
    )
    pages = [
        f"/console/appeals/{made.appeal_id}",
        f"/console/seller-notices/{seller_notice.seller_notice_id}",
        "/console/appeals",
    ]
    return [*pages, *(service.seller_notices.links.path(each.seller_notice_id) for each in (untouched, seller_notice))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen_or_has_a_serious_fault(
    running: Running, browser: "Browser", width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    seller_id = f"axe-{width}-{scheme}-{'x' * 180}"
    image = (f"{'n' * 180}.jpg", COPY + seller_id.encode())
    case_id = str(post(running, [image], seller_id=seller_id, title="T" * 200, listing_id="L" * 180).json()["scan_id"])
    case = Cases(running.registry.database).case(case_id)
    assert case is not None
    page = logged_in(
        browser,
        running,
        "ann",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,  # axe is a script of the test's; that pages have none is tested elsewhere
    )
    paths = [
        "queue",
        f"cases/{case_id}",
        f"clusters/{case.cluster}",
        f"sellers/{seller_id}",
        "overview",
        "brands",
        "brands/acme",
    ]
    paths.append(f"cases/{case_of_three(running, f'axe-{width}-{scheme}')}?image=3")
    paths += [f"cases/{case_id}/1/zoom", "queue?q=axe", f"queue?q={'q' * 200}&seller=by"]
    paths += ["account", "statements", "sellers/by-keys", "nothing", audited_logo(page, running)]
    addresses = [f"/console/{path}" for path in ("login", *paths)]
    for path in [*addresses, *pages_of_an_appeal(running, f"appeals-{width}-{scheme}"), "selection", "zoom"]:
        if path == "selection":
            page.goto("/console/queue?q=axe")
            page.get_by_role("button", name="of this list").click()
        elif path == "zoom":
            page.goto(f"/console/cases/{case_id}")
            page.keyboard.press("z")
        else:
            page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = axe.run(page).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")
        ]
        assert serious == [], path
    page.context.close()


def test_no_page_is_refused_anything_by_its_own_policy(running: Running, browser: "Browser") -> None:
    case_id, said = new_case(running, "csp"), list[str]()
    page = logged_in(browser, running, "ann")
    page.on("console", lambda message: said.append(message.text))
    paths = ("queue", "account", f"cases/{case_id}", "overview", "brands/acme", audited_logo(page, running))
    for path in [*(f"/console/{path}" for path in paths), *pages_of_an_appeal(running, "csp-appeals")]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert said == []
    page.context.close()


def test_what_a_seller_typed_stays_when_the_page_is_shown_in_another_language(
    running: Running, browser: "Browser"
) -> None:
    service, case_id = running.app.state.service, new_case(running, "typing")
    measures = Measures(Restriction.REMOVED)
    service.seller_notices.decide([case_id], "bob", CaseState.CONFIRMED, measures=measures, now=datetime.now(UTC))
    (seller_notice,) = service.seller_notices.of_case(case_id)
    page = browser.new_context(base_url=str(running.http.base_url)).new_page()
    page.goto(service.seller_notices.links.path(seller_notice.seller_notice_id))
    page.get_by_label("Why the decision is wrong").fill("I took it myself.")
    page.get_by_role("link", name="Deutsch").click()
    typed = page.get_by_label("Warum die Entscheidung falsch ist")
    assert typed.input_value() == "I took it myself."
    page.get_by_role("button", name="Beschwerde senden").click()
    page.get_by_text("Das Prüfteam des Marktplatzes entscheidet.").wait_for()
    assert page.evaluate("sessionStorage.length") == 0
    page.context.close()
