"""A day's work in real browsers, against `markscan serve` on the demo's store."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.store import Store
from scanner.client import Client, scan_listing
from scanner.service.answers import ScanAnswer
from scanner.verdicts.types import Decision, Listing
from tests.conftest import draw_logo, jpeg, png
from tests.scanner.service.console.test_browser import CHROMIUM, await_decision
from tests.scanner.service.people import PASSWORD
from tests.scanner.service.test_serving import ROOT, free_port, serving
from tests.scanner.service.worn_logos import CONFIRMED, MISSED, worn_logo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: the browser's half is not run"
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: no browser is driven")
COPIED = Path("brands", "fernholt-lyle", "tea-tin.jpg")
PATIENCE = 90.0  # seconds: a browser, the service and its worker share what there is
PHOTO = np.asarray(photographs.astronaut(), np.uint8)


def markscan(*arguments: str, main: str = "markscan_main") -> subprocess.CompletedProcess[str]:
    """Run a command as a process."""
    code = f"from scanner.commands.main import {main}; {main}()"
    environment = os.environ | {"MARKSCAN_PASSWORD": PASSWORD, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


@dataclass(frozen=True)
class Market:
    """The service, and a key for scans."""

    address: str
    key: str
    store: Store
    demo: Path

    def copied(self) -> bytes:
        """A registered photo of the demo, with more bytes at its end that make it a new file."""
        return (self.demo / COPIED).read_bytes() + os.urandom(8)

    def scan(self, image: bytes, seller_id: str) -> ScanAnswer:
        """What the service says of a listing."""
        with Client(self.address, self.key) as client:
            listing = Listing(listing_id=f"listing-of-{seller_id}", seller_id=seller_id, market="GB")
            return client.send(scan_listing([("front.jpg", image)], listing))

    def upload(self, image: bytes, seller_id: str) -> str:
        """The id of the new case."""
        answer = self.scan(image, seller_id)
        assert answer.decision == "block", answer
        return answer.scan_id


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    folder = tmp_path_factory.mktemp("market")
    made = markscan("--demo", str(folder / "demo"), "--format", "jsonl", main="scan_images_main")
    assert made.returncode == 0, made.stderr
    store = Store(folder / "demo" / "markscan-store")
    at = ("--store", str(store.root))
    for name, role, *brands in (("ann", "reviewer"), ("bob", "reviewer"), ("fern", "brand-owner", "fernholt-lyle")):
        owned = ("--brands", brands[0]) if brands else ()
        assert markscan("users", "add", name, "--role", role, *owned, *at).returncode == 0
    key = markscan("keys", "create", "--role", "pipeline", "--name", "uploads", *at).stdout.strip()
    port = free_port()
    with serving(store, port):
        yield Market(f"http://127.0.0.1:{port}", key, store, folder / "demo")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def as_person(browser: "Browser", market: Market, name: str, **options: Any) -> "Page":
    page: Page = browser.new_context(base_url=market.address, **options).new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.goto("/console")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").wait_for()
    return page


def revision(market: Market) -> int:
    return int(httpx.get(f"{market.address}/readyz").json()["index_revision"])


def await_index(market: Market, before: int) -> int:
    """The revision of the next index, once scans use it."""
    until = time.monotonic() + 4 * PATIENCE  # what builds it yields to all others on the machine
    while (found := revision(market)) == before:
        assert time.monotonic() < until, "no new index is published"
        time.sleep(0.2)
    return found


def await_answer(market: Market, image: bytes, decision: Decision) -> ScanAnswer:
    """Scan an image until this is the answer, as it is once the index has, or lacks, what was changed."""
    until = time.monotonic() + 4 * PATIENCE
    while (found := market.scan(image, "missed")).decision != decision:
        assert time.monotonic() < until, f"the answer never is {decision}"
        time.sleep(0.2)
    return found


def points(page: "Page", seller_id: str) -> str:
    page.goto(f"/console/sellers/{seller_id}")
    return str(page.locator(".tiles b").first.inner_text())


def confirm_by_keys(page: "Page", case_id: str) -> None:
    """Choose “removed” and six points, and confirm, with the keyboard."""
    page.wait_for_url(f"**/console/cases/{case_id}**")
    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("6")
    page.get_by_label("Points").blur()
    await_decision(page)
    page.keyboard.press("c")
    page.wait_for_url(lambda address: case_id not in address)


def test_an_owner_registers_a_photo_and_its_copy_becomes_a_case(
    market: Market, browser: "Browser", tmp_path: Path
) -> None:
    before, owner = revision(market), as_person(browser, market, "fern")
    (tmp_path / "astronaut.jpg").write_bytes(jpeg(PHOTO))
    owner.get_by_label("Images", exact=True).first.set_input_files(tmp_path / "astronaut.jpg")
    owner.get_by_label("Kind").first.select_option("photo")
    owner.get_by_role("button", name="Register", exact=True).click()
    owner.get_by_text("astronaut.jpg: registered").wait_for()
    await_index(market, before)
    mirrored = np.ascontiguousarray(PHOTO[20:, 10:-40][:, ::-1])
    case_id, ann = market.upload(jpeg(mirrored), "mirrors"), as_person(browser, market, "ann")
    ann.goto("/console/queue?seller=mirrors")
    ann.locator("h2").get_by_role("link", name="Fernholt & Lyle photo").click()
    assert case_id in ann.url
    for page in (owner, ann):
        page.context.close()


def test_two_reviewers_at_once_never_get_the_same_case(market: Market, browser: "Browser") -> None:
    cases = {market.upload(market.copied(), "at-once") for _ in range(2)}
    users = [as_person(browser, market, name) for name in ("ann", "bob")]
    for page in users:
        page.goto("/console/queue?seller=at-once")
    for page in users:
        page.keyboard.press("n")
    for page in users:
        page.wait_for_url("**/console/cases/**")
    assert {re.sub(r".*/cases/|\?.*", "", page.url) for page in users} == cases
    for page in users:
        page.context.close()


def test_a_case_is_confirmed_by_keys_and_undone_and_the_points_follow(market: Market, browser: "Browser") -> None:
    case_id, ann = market.upload(market.copied(), "by-keys"), as_person(browser, market, "ann")
    ann.goto(f"/console/cases/{case_id}")
    confirm_by_keys(ann, case_id)
    assert points(ann, "by-keys") == "6"
    ann.goto("/console/queue")
    ann.keyboard.press("u")
    ann.get_by_role("button", name="Undo and withdraw").click()
    ann.wait_for_url(f"**/console/cases/{case_id}?undone=1")
    assert points(ann, "by-keys") == "0"
    ann.context.close()


def test_a_seller_appeals_and_another_reviewer_takes_it_back(
    market: Market, browser: "Browser", tmp_path: Path
) -> None:
    case_id, ann = market.upload(market.copied(), "appeals"), as_person(browser, market, "ann")
    ann.goto(f"/console/cases/{case_id}")
    confirm_by_keys(ann, case_id)
    ann.goto(f"/console/cases/{case_id}")
    ann.get_by_role("link", name=re.compile("Sent on")).click()
    seller_id = browser.new_context(base_url=market.address).new_page()
    seller_id.set_default_timeout(1000 * PATIENCE)
    seller_id.goto(ann.locator("a[href^='/appeal/']").inner_text())
    assert seller_id.get_by_text(
        "Your listing listing-of-appeals was removed. Penalty points added to your account: 6."
    ).is_visible()
    overlays = "all => all.length === 2 && all.every(image => image.complete && image.naturalWidth > 100)"
    assert seller_id.locator("figure img").evaluate_all(overlays)
    (tmp_path / "contract.pdf").write_bytes(b"%PDF-1.4 a contract")
    seller_id.get_by_label("Why the decision is wrong").fill("We are authorized.")
    seller_id.get_by_label("Documents that prove it").set_input_files(tmp_path / "contract.pdf")
    seller_id.get_by_role("button", name="Send appeal").click()
    seller_id.get_by_text("A reviewer of the marketplace decides.").wait_for()

    bob = as_person(browser, market, "bob")
    bob.goto("/console/appeals")
    bob.get_by_role("link", name=re.compile("Complaint: Fernholt")).click()
    with bob.expect_download() as document:
        bob.get_by_role("link", name="contract.pdf").click()
    assert Path(document.value.path()).read_bytes() == b"%PDF-1.4 a contract"
    bob.get_by_label("Reason, sent to the seller").fill("The contract is in force.")
    bob.get_by_role("button", name="Authorized seller").click()
    bob.get_by_role("heading", name="The decision was wrong and is withdrawn").wait_for()
    assert points(bob, "appeals") == "0"
    seller_id.reload()
    assert seller_id.get_by_text("The contract is in force.").is_visible()
    for page in (ann, bob, seller_id):
        page.context.close()


def test_a_form_that_a_confirmation_teaches_finds_what_was_missed_until_an_appeal_takes_it_back(
    market: Market, browser: "Browser", tmp_path: Path
) -> None:
    (tmp_path / "acme.png").write_bytes(png(draw_logo("ACME", (200, 30, 40))))
    before, named = (
        revision(market),
        ("--brand", "acme", "--name", "Acme", "--owner", "Acme Ltd", "--contact", "ip@a.example"),
    )
    at = ("--store", str(market.store.root))
    assert markscan("register", str(tmp_path / "acme.png"), *named, "--kind", "logo", *at).returncode == 0
    assert markscan("users", "add", "ada", "--role", "brand-owner", "--brands", "acme", *at).returncode == 0
    await_index(market, before)
    assert market.scan(worn_logo(MISSED), "missed").decision == "clear"
    learnt = market.scan(worn_logo(CONFIRMED), "learnt")
    assert learnt.decision == "review"

    ann, owner = as_person(browser, market, "ann"), as_person(browser, market, "ada")
    ann.goto(f"/console/cases/{learnt.scan_id}")
    ann.keyboard.press("m")
    confirm_by_keys(ann, learnt.scan_id)
    owner.goto("/console/brands/acme/forms")
    owner.get_by_role("button", name=re.compile("Accept form")).click()
    owner.get_by_text("is accepted. Scans find it within a minute.").wait_for()
    again = await_answer(market, worn_logo(MISSED), Decision.REVIEW)
    owner.goto("/console/brands/acme/forms")
    owner.get_by_text(f"Found 1 case: case {again.scan_id[:8]}").wait_for()

    ann.goto(f"/console/cases/{learnt.scan_id}")
    ann.get_by_role("link", name=re.compile("Sent on")).click()
    seller, bob = browser.new_context(base_url=market.address).new_page(), as_person(browser, market, "bob")
    seller.set_default_timeout(1000 * PATIENCE)
    seller.goto(ann.locator("a[href^='/appeal/']").inner_text())
    seller.get_by_label("Why the decision is wrong").fill("We are authorized.")
    seller.get_by_role("button", name="Send appeal").click()
    seller.get_by_text("A reviewer of the marketplace decides.").wait_for()
    bob.goto("/console/appeals")
    bob.get_by_role("link", name=re.compile("Complaint: Acme")).click()
    bob.get_by_label("Reason, sent to the seller").fill("The contract is in force.")
    bob.get_by_role("button", name="Authorized seller").click()
    bob.get_by_role("heading", name="The decision was wrong and is withdrawn").wait_for()
    await_answer(market, worn_logo(MISSED), Decision.CLEAR)
    owner.reload()
    owner.get_by_text("1 refused, taken back or withdrawn").click()
    assert owner.get_by_text("An appeal against the decision").is_visible()
    for page in (ann, bob, seller, owner):
        page.context.close()


def test_the_evidence_is_downloaded_and_any_changed_byte_of_it_is_found(
    market: Market, browser: "Browser", tmp_path: Path
) -> None:
    case_id, ann = market.upload(market.copied(), "evidence"), as_person(browser, market, "ann")
    ann.goto(f"/console/cases/{case_id}")
    with ann.expect_download() as download:
        ann.get_by_role("link", name="Download as zip").click()
    bundle = tmp_path / "evidence.zip"
    shutil.copy(download.value.path(), bundle)
    assert markscan("evidence", "verify", str(bundle)).returncode == 0
    spoilt = bytearray(bundle.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    bundle.write_bytes(spoilt)
    assert markscan("evidence", "verify", str(bundle)).returncode == 3
    ann.context.close()


def test_the_history_of_the_day_is_whole(market: Market) -> None:
    assert markscan("audit", "verify", "--store", str(market.store.root)).returncode == 0
