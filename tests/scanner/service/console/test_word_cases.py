"""Cases about registered words, as a browser gets them: for reviewers, the rights holder and the seller."""

import hashlib
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import httpx
import pytest
from PIL import Image, ImageDraw

from brand_index.registration import register_word
from brand_index.types import ReferenceImage, ReferenceKind, Spelling
from scanner.engine.types import Evidence, Where
from scanner.moderation.evidence import bundle_digest, faults_in
from scanner.moderation.records.scans import ScanOutcome, UploadedImage, begin
from scanner.moderation.seller_notices.store import Measures
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.service.console.pages import grounds_of
from scanner.service.service import Service
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import Restriction, read_policy
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Listing
from tests.conftest import ACME, png
from tests.scanner.found_words import a_place, a_word
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written
from tests.scanner.service.people import PASSWORD, Browsers

HOSTILE = "</text><script>alert(1)</script>"
WORD = "Tarnvik <b>"
TITLE = f"{HOSTILE} cap in the style of Tarnvik <b>"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    now, database = datetime.now(UTC), running.registry.database
    add_user(database, "ann", PASSWORD, Role.REVIEWER, now)
    add_user(database, "of-acme", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({"acme"}))


@pytest.fixture(scope="module")
def held(running: Running) -> ReferenceImage:
    now = datetime.now(UTC)
    return register_word(running.registry, store=running.store, brand=ACME, word=WORD, now=now).reference


def service_of(running: Running) -> Service:
    service: Service = running.app.state.service
    return service


def case_of(running: Running, *evidence: Evidence, title: str = TITLE, description: str | None = None) -> str:
    """The case of a listing in whose image or texts this was found."""
    drawing, now = Image.new("RGB", (200, 100), "white"), datetime.now(UTC)
    ImageDraw.Draw(drawing).text((30, 40), f"TARNVIK {now}", fill="black")
    data = png(drawing)
    digest = hashlib.sha256(data).hexdigest()
    listing = Listing("L-word", "S-word", "DE", None, title, None, description)
    images = [UploadedImage("a.png", digest, data)]
    verdict = judge(evidence, listing, (), read_policy(), now, image_sha256=digest, index_revision=1)
    outcome = ScanOutcome((ScannedImage("a.png", verdict),), (None,), verdict.reason, verdict.decision, "program-1")
    return service_of(running).records.finish(begin(listing, images, now), outcome, now, images=images).scan_id


def in_image(held: ReferenceImage) -> Evidence:
    found = a_word(a_place(Where.IMAGE, "TARNVIK <b> sport", "TARNVIK <b>"), word=WORD)
    return replace(found, reference_id=held.reference_id)


def in_title(held: ReferenceImage) -> Evidence:
    return replace(a_word(a_place(Where.TITLE, TITLE, WORD), word=WORD), reference_id=held.reference_id)


def main_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200
    written = Written()
    written.feed(answer.text)
    assert written.inline == []
    assert "alert(1)</script>" not in answer.text
    return answer.text


def marked_in(page: str) -> set[str]:
    return set(re.findall(r"<mark>(.*?)</mark>", page, re.S))


def test_a_case_shows_the_registered_word_beside_the_image_in_which_it_was_read(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    case_id, ann = case_of(running, in_image(held)), as_person("ann")
    page = main_of(ann.get(f"/console/cases/{case_id}"))
    assert f'<span class="word large" dir="auto">{escape(WORD)}</span>' in page
    assert "reference.webp" not in page
    assert "so no overlay is shown" not in page
    assert "“TARNVIK &lt;b&gt;” in the image" in page
    address = f"/console/cases/{case_id}/1"
    answers = [ann.get(f"{address}/{name}.webp") for name in ("listing", "full/listing_outlined", "reference")]
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert "reference" not in re.sub(r"<nav.*?</nav>", "", main_of(ann.get(f"{address}/zoom")), flags=re.S)


def test_a_word_in_the_title_is_marked_there_and_what_stands_around_it_is_said(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    page = main_of(as_person("ann").get(f"/console/cases/{case_of(running, in_title(held))}"))
    assert marked_in(page) == {escape(WORD)}
    assert "The word is not in this image" in page
    assert "“in the style of”: the listing says that the goods are like the brand" in page.replace("&#39;", "'")
    assert "with the match outlined" not in page


@pytest.mark.parametrize("words", [3, 90])
def test_a_description_is_shown_and_folded_where_it_is_long(
    running: Running, as_person: Browsers, held: ReferenceImage, words: int
) -> None:
    line = f"Inspired by {WORD}"
    description = "\n".join([*[f"{number} cap" for number in range(words)], line, HOSTILE])
    found = a_word(a_place(Where.DESCRIPTION, line, WORD), word=WORD)
    case_id = case_of(running, replace(found, reference_id=held.reference_id), title="Cap", description=description)
    page = main_of(as_person("ann").get(f"/console/cases/{case_id}"))
    assert f"Inspired by <mark>{escape(WORD)}</mark>" in page
    assert ("The whole description" in page, escape(HOSTILE) in page) == (words > 50, True)


def test_a_word_is_dismissed_on_the_grounds_of_a_mark(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    page = main_of(as_person("ann").get(f"/console/cases/{case_of(running, in_image(held))}"))
    assert ("Compatible-with use" in page, "own photo" in page) == (True, False)


def test_a_ground_of_one_kind_names_it_beside_a_photo_alone() -> None:
    logo, photo, word = ReferenceKind.LOGO, ReferenceKind.PHOTO, ReferenceKind.WORD
    labels = {kinds: grounds_of(*kinds)[Ground.NOMINATIVE_USE].label for kinds in ((logo, word), (word, photo))}
    assert labels == {(logo, word): "Compatible-with use", (word, photo): "Compatible-with use (word)"}
    every = grounds_of(logo, photo, word)
    assert every[Ground.GENUINE_RESALE].label == "Genuine resale (logo or word)"
    assert every[Ground.OWN_PHOTO].label == "Seller's own photo (photo)"


def test_the_evidence_of_a_word_has_its_text_and_proves_itself(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    case_id = case_of(running, in_image(held))
    data = as_person("ann").get(f"/console/cases/{case_id}/evidence.zip").content
    assert faults_in(data, bundle_digest(data)) == ()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        (word,) = [name for name in names if name.startswith("reference/")]
        assert (word.endswith(".txt"), archive.read(word).decode()) == (True, WORD)
        assert WORD in archive.read("verdicts.jsonl").decode()
    overlays = [name for name in names if name.startswith("overlay/")]
    assert overlays == [f"overlay/01-{held.reference_id}-listing.webp"]


def test_a_word_in_the_title_alone_has_no_overlay(running: Running, as_person: Browsers, held: ReferenceImage) -> None:
    data = as_person("ann").get(f"/console/cases/{case_of(running, in_title(held))}/evidence.zip").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if name.startswith("overlay/")]


def test_its_rights_holder_sees_the_word_and_where_it_stands(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    owner = as_person("of-acme")
    page = main_of(owner.get(f"/console/holder/cases/{case_of(running, in_title(held))}"))
    assert (marked_in(page), "Your registered word" in page) == ({escape(WORD)}, True)
    assert "“in the style of”: the listing says" in page
    assert main_of(owner.get(f"/console/holder/cases/{case_of(running, in_image(held))}")).count("reference.webp") == 0


def test_its_rights_holder_reads_no_context_of_another_brands_mark(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    title = f"Fits Orlanda caps, and {WORD} too"
    other = a_word(a_place(Where.TITLE, title, "Orlanda"), word="Orlanda", brand="bolt", name="0" * 16)
    own = a_word(a_place(Where.IMAGE, WORD, WORD), a_place(Where.TITLE, title, WORD), word=WORD)
    case_id = case_of(running, replace(own, reference_id=held.reference_id), other, title=title)
    said = "“Fits”: the listing says what the goods fit"
    assert said in main_of(as_person("ann").get(f"/console/cases/{case_id}"))
    page = main_of(as_person("of-acme").get(f"/console/holder/cases/{case_id}"))
    assert ("Your registered word" in page, said in page, "bolt" in page) == (True, False, False)


@pytest.mark.parametrize(("where", "image", "text"), [("image", True, False), ("title", False, True)])
def test_a_seller_sees_the_word_in_the_image_or_in_its_own_text(
    running: Running, held: ReferenceImage, where: str, image: bool, text: bool
) -> None:
    found = in_image(held) if where == "image" else in_title(held)
    case_id, notices, now = case_of(running, found), service_of(running).seller_notices, datetime.now(UTC)
    measures = Measures(Restriction.REMOVED)
    notices.decide([case_id], "ann", CaseState.CONFIRMED, measures=measures, now=now)
    (sent,) = notices.of_case(case_id)
    address = notices.links.path(sent.seller_notice_id)
    page = main_of(running.http.get(f"{address}?lang=en"))
    assert ("listing.webp" in page, escape(WORD) in marked_in(page)) == (image, text)
    assert ("Registered word" in page, "reference.webp" in page) == (True, False)
    assert ("An image of the listing shows a word" in page) == image


def test_a_lookalike_is_listed_in_the_queue_by_its_reason(
    running: Running, as_person: Browsers, held: ReferenceImage
) -> None:
    spelled = a_word(a_place(Where.IMAGE, "TARNV1K", "TARNV1K", Spelling.LOOKALIKE_LETTERS, 0.83), word=WORD)
    case_id = case_of(running, replace(spelled, reference_id=held.reference_id))
    listed = main_of(as_person("ann").get("/console/queue?reason=lookalike"))
    assert (case_id in listed, "Shows what resembles a registered mark" in listed) == (True, True)
