"""A case about a concealed mark: it has no brand, shows the patch, and is decided like any other."""

import hashlib
import io
import re
import zipfile
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw

from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.suppressions import list_suppressions
from scanner.moderation.records.scans import ScanOutcome, UploadedImage, begin
from scanner.moderation.seller_notices.types import SellerNotice
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import read_policy
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Listing, Reason
from tests.conftest import png
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.console.test_word_cases import main_of, service_of
from tests.scanner.service.people import PASSWORD, Browsers

PATCH = ConcealedPatch(Box(60, 20, 140, 80), 0, 0.87, size=(200, 100))


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "workers": 1,
            "calls_a_minute": 100_000,
            "secure_cookies": False,
            "site": "https://ip.example",
            "clause": "section 4.2 of our terms",
        }
    )


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_user(running.registry.database, "ann", PASSWORD, Role.REVIEWER, datetime.now(UTC))


def case_of(running: Running) -> str:
    """The case of a listing whose image has a patch on the goods."""
    drawing, now = Image.new("RGB", (200, 100), "navy"), datetime.now(UTC)
    ImageDraw.Draw(drawing).text((4, 4), f"{now}", fill="white")
    data = png(drawing)
    digest = hashlib.sha256(data).hexdigest()
    listing = Listing("L-patch", "S-patch", "DE", None, "Navy cap")
    images = [UploadedImage("a.png", digest, data)]
    verdict = judge((), listing, (), read_policy(), now, image_sha256=digest, index_revision=1, concealed=(PATCH,))
    outcome = ScanOutcome((ScannedImage("a.png", verdict),), (None,), verdict.reason, verdict.decision, "program-1")
    return service_of(running).records.finish(begin(listing, images, now), outcome, now, images=images).scan_id


def pixels(answer: httpx.Response) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    assert answer.status_code == 200
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"), np.int16)


def test_a_case_of_a_concealed_mark_has_no_brand_and_the_confidence_of_the_patch(running: Running) -> None:
    case = Cases(running.registry.database).case(case_of(running))
    assert case is not None
    assert (case.brand_id, case.reference_id, case.kind) == (None, None, None)
    assert (case.reason, case.confidence) == (Reason.MARK_CONCEALED, PATCH.confidence)


def test_its_page_says_what_it_is_about_and_outlines_the_patch(running: Running, as_person: Browsers) -> None:
    case_id, ann = case_of(running), as_person("ann")
    page = main_of(ann.get(f"/console/cases/{case_id}"))
    assert "<h1>Concealed mark</h1>" in page
    assert "with the patch that conceals a mark outlined" in page
    assert "87 % sure" in page
    assert "Not checked: nothing was matched." in page
    for name in ("1/listing", "1/small", "1/full/listing_outlined"):
        drawn = pixels(ann.get(f"/console/cases/{case_id}/{name}.webp"))
        edge = drawn[drawn.shape[0] // 2, round(drawn.shape[1] * 0.3) - 3 : round(drawn.shape[1] * 0.3) + 4]
        assert (edge[:, 0] - edge[:, 2]).max() > 80, f"{name}: the left side of the patch is outlined in red"
    plain = pixels(ann.get(f"/console/cases/{case_id}/1/full/listing.webp"))
    assert (plain[50, 40:80, 0] - plain[50, 40:80, 2]).max() < 0, "without outlines the image is as it is"


def test_the_queue_names_it(running: Running, as_person: Browsers) -> None:
    case_of(running)
    page = main_of(as_person("ann").get("/console/queue?reason=mark_concealed"))
    assert "Concealed mark" in page
    assert "A patch on the goods seems to conceal a mark." in page


@pytest.mark.parametrize(
    ("decision", "state", "ground"),
    [
        ("confirmed", CaseState.CONFIRMED, None),
        (Ground.NOT_THE_MARK.value, CaseState.DISMISSED, Ground.NOT_THE_MARK),
    ],
)
def test_a_reviewer_decides_it(
    running: Running, as_person: Browsers, decision: str, state: CaseState, ground: Ground | None
) -> None:
    case_id, ann = case_of(running), as_person("ann")
    ann.get(f"/console/cases/{case_id}")
    sent = ann.post(f"/console/cases/{case_id}/decide", data={"decision": decision, "csrf": token_of(ann)})
    assert sent.status_code == 303
    case = Cases(running.registry.database).case(case_id)
    assert case is not None
    assert (case.state, case.ground) == (state, ground)


def test_its_patch_is_suppressed_in_its_image_or_similar_ones_and_for_no_seller(
    running: Running, as_person: Browsers
) -> None:
    case_id, ann = case_of(running), as_person("ann")
    page = main_of(ann.get(f"/console/cases/{case_id}"))
    assert ('value="pair"' in page, 'value="cluster"' in page, 'value="seller"' in page) == (True, True, False)
    form = {"decision": Ground.NOT_THE_MARK.value, "suppress": "pair", "csrf": token_of(ann)}
    assert ann.post(f"/console/cases/{case_id}/decide", data=form).status_code == 303
    made = list_suppressions(running.registry.database, datetime.now(UTC))
    assert [(each.reference_id, each.places) for each in made if each.case_id == case_id] == [(None, (PATCH.place,))]


def notified(running: Running, ann: httpx.Client) -> SellerNotice:
    """The notice to the seller of a case that was confirmed on its page."""
    case_id = case_of(running)
    ann.get(f"/console/cases/{case_id}")
    form = {"decision": "confirmed", "restriction": "removed", "points": "2", "csrf": token_of(ann)}
    assert ann.post(f"/console/cases/{case_id}/decide", data=form).status_code == 303
    (sent,) = service_of(running).seller_notices.of_case(case_id)
    return sent


def test_its_seller_sees_the_outlined_image_and_no_registered_one(running: Running, as_person: Browsers) -> None:
    path = service_of(running).seller_notices.links.path(notified(running, as_person("ann")).seller_notice_id)
    page = running.http.get(f"{path}?lang=en").text
    assert "Your image, with the covered area outlined" in page
    assert "a mark seems to be covered, blurred or painted over" in page
    assert "Registered image" not in page
    drawn = pixels(running.http.get(f"{path}/listing.webp"))
    edge = drawn[drawn.shape[0] // 2, round(drawn.shape[1] * 0.3) - 3 : round(drawn.shape[1] * 0.3) + 4]
    assert (edge[:, 0] - edge[:, 2]).max() > 80, "the left side of the patch is outlined in red"
    assert running.http.get(f"{path}/reference.webp").status_code == 404


def test_an_appeal_against_it_names_a_concealed_mark_and_waits_for_no_brand(
    running: Running, as_person: Browsers
) -> None:
    ann = as_person("ann")
    path = service_of(running).seller_notices.links.path(notified(running, ann).seller_notice_id)
    assert running.http.post(path, data={"form": "complaint", "statement": "It is a face."}).status_code == 303
    assert "Complaint: Concealed mark" in main_of(ann.get("/console/appeals"))
    (link,) = re.findall(r"/console/appeals/[0-9a-f]+", ann.get("/console/appeals").text)[:1]
    page = main_of(ann.get(link))
    assert "Listing image, with the concealed area outlined" in page
    assert "Answer of" not in page
    assert "Concealed mark: the listing was removed" in main_of(ann.get("/console/sellers/S-patch"))


def test_the_evidence_bundle_has_the_patch_outlined(running: Running, as_person: Browsers) -> None:
    answer = as_person("ann").get(f"/console/cases/{case_of(running)}/evidence.zip")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "overlay/01-concealed-mark-listing.webp" in names
