"""The page of a case whose listing was judged again: it says what holds now, and leads to a later case."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from brand_index.registration.registering import withdraw
from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence
from scanner.moderation.records.scans import Scan, ScanOutcome, UploadedImage, begin
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import read_policy
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Listing
from tests.conftest import draw_logo, png
from tests.scanner.moderation.test_cases import LOGO
from tests.scanner.rejudging.past_scans import register
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_word_cases import main_of, service_of
from tests.scanner.service.people import PASSWORD, Browsers

IMAGE = png(draw_logo("ACME", (200, 30, 40)))


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_user(running.registry.database, "ann", PASSWORD, Role.REVIEWER, datetime.now(UTC))


def scanned(running: Running, *evidence: Evidence, again: Scan | None = None, has_case: bool = False) -> Scan:
    """A scan in which this was found; `again`: it judges that one again."""
    now, digest = datetime.now(UTC), hashlib.sha256(IMAGE).hexdigest()
    listing, images = Listing("L1", "S1", "DE", None, "Cap"), [UploadedImage("a.png", digest, IMAGE)]
    verdict = judge(evidence, listing, (), read_policy(), now, image_sha256=digest, index_revision=1)
    outcome = ScanOutcome((ScannedImage("a.png", verdict),), (None,), verdict.reason, verdict.decision, "program-1")
    scan = begin(listing, images, now, rejudges=None if again is None else again.scan_id)
    return service_of(running).records.finish(scan, outcome, now, images=images, has_case=has_case)


def test_what_is_no_news_leads_to_no_case_and_a_later_verdict_is_said(running: Running, as_person: Browsers) -> None:
    first = scanned(running, LOGO)
    second = scanned(running, LOGO, again=first, has_case=True)
    address, ann = f"/console/cases/{first.scan_id}", as_person("ann")
    page = main_of(ann.get(address))
    assert ("review now" in page, second.scan_id in page) == (True, False)
    scanned(running, again=second)
    assert "clear now" in main_of(ann.get(address))


def test_news_lead_to_their_case(running: Running, as_person: Browsers) -> None:
    first = scanned(running, LOGO)
    second = scanned(running, LOGO, again=first)
    assert f"/console/cases/{second.scan_id}" in main_of(as_person("ann").get(f"/console/cases/{first.scan_id}"))


def test_a_reference_that_was_withdrawn_since_is_named_so(running: Running, as_person: Browsers) -> None:
    reference = register(running.registry, running.store, service_of(running).settings, ReferenceKind.LOGO, IMAGE)
    case_id = scanned(running, replace(LOGO, reference_id=reference)).scan_id
    ann = as_person("ann")
    assert "(withdrawn)" not in main_of(ann.get(f"/console/cases/{case_id}"))
    withdraw(running.registry, reference, datetime.now(UTC))
    assert "(withdrawn)" in main_of(ann.get(f"/console/cases/{case_id}"))
