"""Measures how soon the first page of a reviewer's queue shows its images; it judges no match."""

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from benchmarks.datasets import clothing_photos
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry, register_all
from benchmarks.runs import occasion
from benchmarks.service import serving
from benchmarks.tables import Table, ratio
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.service.console.cases.queue import PAGE

REVIEWER: Final = "reviewer"
AT_ONCE: Final = 6  # images that a browser asks one server for at the same time


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Seconds, with nothing drawn before."""

    cases: int
    page: float  # the page of the queue itself
    thumbnails: float  # all of its images
    whole: float  # the same cases' images as their own pages show them


def run_console(options: Options, folder: Path) -> Outcome:
    """Register photos in the empty `folder`, send their copies as listings, and open the queue as a browser does."""
    photos, store = clothing_photos(options.data)[:PAGE], Store(folder / "store")
    register_all(store, [Entry(path, "seller", ReferenceKind.PHOTO, path.name) for path in photos])
    password = secrets.token_urlsafe(16)
    with open_registry(store) as registry:
        now = datetime.now(UTC)
        key = create_key(
            registry.database, role=Role.PIPELINE, name="uploads", calls_a_minute=10**9, brands=frozenset(), now=now
        )[1]
        add_user(registry.database, REVIEWER, password, Role.REVIEWER, now)
    with serving(store.root, options.workers) as (address, _), httpx.Client(base_url=address, timeout=120) as browser:
        cases = [_upload(address, key, path) for path in photos]
        browser.get("/console/login").raise_for_status()
        browser.post("/console/login", data={"name": REVIEWER, "password": password})
        # A browser sends these to its own machine without HTTPS too; httpx does not.
        browser.headers["Cookie"] = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
        result = measure(browser, [case for case in cases if case is not None])
    return Outcome(
        occasion=occasion("console"),
        options=options,
        results=[result],
        missing=(),
        tables=[console_table(result)],
        truths=(),
        runs=(),
        sections=(),
    )


def measure(browser: httpx.Client, cases: Sequence[str]) -> QueuePage:
    """Open the queue, then its thumbnails, then the images of all `cases` in full."""
    begun = time.monotonic()
    browser.get("/console/queue").raise_for_status()
    page = time.monotonic() - begun
    return QueuePage(len(cases), page, _all(browser, cases, "small"), _all(browser, cases, "listing"))


def console_table(result: QueuePage) -> Table:
    """A row for each way to show the page."""
    return Table(
        "The first page of the queue, nothing drawn before",
        ("what", "seconds", "÷ in full"),
        (
            ("the page", f"{result.page:.2f}", ratio(result.page, result.whole)),
            (f"its {result.cases} thumbnails", f"{result.thumbnails:.2f}", ratio(result.thumbnails, result.whole)),
            ("the same images in full", f"{result.whole:.2f}", "1.00"),
        ),
        "In full: outlined, with the reference and both aligned, as a case shows them and as the queue did at first.",
    )


def _upload(address: str, key: str, path: Path) -> str | None:
    """The case of a copy of a registered photo; None: it was cleared."""
    files, headers = {"images": (path.name, path.read_bytes() + b"copy")}, {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{address}/v1/scans", files=files, headers=headers, timeout=120).raise_for_status().json()
    return None if answer["decision"] == "clear" else str(answer["scan_id"])


def _all(browser: httpx.Client, cases: Sequence[str], image: str) -> float:
    """Seconds until all of these images have come."""
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(lambda case: browser.get(f"/console/cases/{case}/{image}.webp"), cases):
            answer.raise_for_status()
    return time.monotonic() - begun
