"""Sellers get notices and appeal on their page or through the marketplace; users decide in the console."""

import io
import json
import re
import socket
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from scanner.client import Client, add_appeal_documents, appeal, read_seller_notice
from scanner.moderation.cases.cases import Cases
from scanner.moderation.deliveries import list_deliveries
from scanner.moderation.seller_notices.queries import appeals_against
from scanner.moderation.seller_notices.types import AppealOutcome, Form, SellerNotice, Signatory
from scanner.service.accounts.roles import Role
from scanner.service.seller_notice_answers import SellerNoticeMessage
from scanner.service.seller_page import CALLS_OF_NOTICE, IMAGES_OF_ADDRESS, IMAGES_OF_NOTICE
from scanner.service.service import Service
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from tests.scanner.service.api.test_scans import COPY, post
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written, token_of
from tests.scanner.service.people import Browsers, add_people

STATEMENT = "I took it <script>alert(1)</script> myself."


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Sellers of automatically blocked listings get notices; the webhook's address does not answer."""
    return ServiceSettings.model_validate(
        {
            "workers": 1,
            "calls_a_minute": 100_000,
            "secure_cookies": False,
            "webhook_url": "http://127.0.0.1:9/hook",
            "webhook_secret": "whsec_" + "x" * 32,
            "webhook_attempts": 1,
            "site": "https://ip.example",
            "notify_on_block": "disabled",
            "seller_appeal_bytes": 100_000,
        }
    )


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, ("ann", "bob"), owners={"owner": "acme", "rival": "bolt"})


def blocked(running: Running, seller_id: str, market: str = "GB") -> SellerNotice:
    """The notice to the seller of an automatically blocked listing."""
    image = ("front.jpg", COPY + seller_id.encode())
    case_id = str(post(running, [image], seller_id=seller_id, market=market).json()["scan_id"])
    (seller_notice,) = service_of(running).seller_notices.of_case(case_id)
    return seller_notice


def service_of(running: Running) -> Service:
    service: Service = running.app.state.service
    return service


def page_of(running: Running, seller_notice: SellerNotice) -> str:
    return service_of(running).seller_notices.links.path(seller_notice.seller_notice_id)


def appealed(running: Running, seller_id: str) -> tuple[SellerNotice, str]:
    """A notice, and the id of a complaint against it."""
    seller_notice = blocked(running, seller_id)
    answer = running.http.post(page_of(running, seller_notice), data={"form": "complaint", "statement": STATEMENT})
    assert answer.status_code == 303, answer.text
    (made,) = appeals_against(running.registry.database, seller_notice.seller_notice_id)
    return seller_notice, made.appeal_id


def test_the_seller_of_an_automatically_blocked_listing_gets_a_notice(running: Running) -> None:
    seller_notice = blocked(running, "alone")
    assert (seller_notice.automated, seller_notice.restriction, seller_notice.points) == (True, "disabled", 0)
    messages = [
        SellerNoticeMessage.model_validate_json(each.body)
        for each in list_deliveries(running.registry.database)
        if each.scan_id and '"type": "case.' not in each.body  # those without are checkpoints
    ]
    (result,) = [each for each in messages if each.seller_notice_id == seller_notice.seller_notice_id]
    assert result.link == f"https://ip.example{page_of(running, seller_notice)}"
    assert result.text is not None
    assert "Software made the decision" in result.text


def messages_about(running: Running, listing_id: str) -> list[str]:
    bodies = [each.body for each in list_deliveries(running.registry.database)]
    return [each for each in bodies if listing_id in each and '"type": "case.' not in each]


def submit_notice(running: Running, image: bytes, listing_id: str, **headers: str) -> httpx.Response:
    """A notice of Acme with its own photo, which names a seller and a listing that never had it."""
    said = {"kind": "photo", "statement": "Ours.", "seller_id": "victim", "listing_id": listing_id}
    owner = running.as_role(Role.BRAND_OWNER) | headers
    return running.http.post("/v1/brands/acme/notices", files={"images": ("a.jpg", image)}, data=said, headers=owner)


def test_a_notice_does_nothing_to_the_seller_that_it_names_until_a_person_decides(
    running: Running, as_person: Browsers
) -> None:
    image, notices = COPY + b"victim", service_of(running).seller_notices
    retried = {"Idempotency-Key": "once"}
    calls: tuple[tuple[str, dict[str, str]], ...] = (("L-victim", {}), ("L-2", retried), ("L-2", retried))
    answers = [submit_notice(running, image, listing, **headers) for listing, headers in calls]
    assert [answer.status_code for answer in answers] == [201] * 3
    case_ids = {answer.json()["case_id"] for answer in answers}
    assert len(case_ids) == 2
    for case_id in case_ids:
        case, scan = Cases(running.registry.database).case(case_id), service_of(running).records.scan(case_id)
        assert case is not None
        assert scan is not None
        assert (case.decision, case.reason, case.state) == ("review", "photo_copied", CaseState.OPEN)
        decisions = [scan.decision, *(each.row.verdict.decision for each in scan.images)]  # type: ignore[union-attr]
        assert decisions == ["review", "review"], "a program that reads the scan must not block by it either"
        assert case.reference_id in answers[0].json()["images"][0]["found"]
    assert notices.of_seller("victim") == ()
    assert messages_about(running, "L-victim") == []

    ann, case_id = as_person("ann"), answers[0].json()["case_id"]
    form = {"csrf": token_of(ann), "decision": "confirmed", "restriction": "disabled", "points": "6"}
    assert ann.post(f"/console/cases/{case_id}/decide", data=form).status_code == 303
    (seller_notice,) = notices.of_seller("victim")
    assert (seller_notice.automated, seller_notice.author, seller_notice.from_notice) == (False, "ann", True)
    assert len(messages_about(running, "L-victim")) == 1


def test_a_notice_on_the_console_does_no_more(running: Running, as_person: Browsers) -> None:
    owner = as_person("owner")
    form = {"kind": "photo", "statement": "Ours.", "seller_id": "second-victim", "csrf": token_of(owner)}
    answer = owner.post("/console/brands/acme/notices", data=form, files={"images": ("a.jpg", COPY + b"second")})
    case = Cases(running.registry.database).case(answer.headers["location"].partition("notice=")[2])
    assert case is not None
    assert (case.decision, case.seller_id) == ("review", "second-victim")
    assert service_of(running).seller_notices.of_seller("second-victim") == ()


def test_a_listing_that_the_pipeline_scans_is_judged_apart_from_a_notice_with_the_same_image(running: Running) -> None:
    image = COPY + b"third"
    assert submit_notice(running, image, "L-3").status_code == 201
    by_pipeline = post(running, [("a.jpg", image)], seller_id="copier").json()
    assert by_pipeline["decision"] == "block"
    assert len(service_of(running).seller_notices.of_seller("copier")) == 1
    case = Cases(running.registry.database).case(submit_notice(running, image, "L-4").json()["case_id"])
    assert case is not None
    assert case.decision == "review"
    assert case.cluster == case.case_id


def test_a_dismissal_withdraws_an_automatic_notice(running: Running, as_person: Browsers) -> None:
    seller_notice, ann = blocked(running, "dismissed"), as_person("ann")
    form = {"csrf": token_of(ann), "decision": "parody"}
    assert ann.post(f"/console/cases/{seller_notice.case_id}/decide", data=form).status_code == 303
    (entry,) = service_of(running).seller_notices.of_case(seller_notice.case_id)
    assert entry.ended_at is not None
    assert "withdrawn" in running.http.get(page_of(running, seller_notice)).text


def test_a_reviewer_confirms_and_notifies_in_one_form(running: Running, as_person: Browsers) -> None:
    seller_notice, ann = blocked(running, "in-one-form"), as_person("ann")
    token = token_of(ann)
    assert (
        ann.post(f"/console/seller-notices/{seller_notice.seller_notice_id}/withdraw", data={"csrf": token}).status_code
        == 303
    )
    form = {"csrf": token, "decision": "confirmed", "restriction": "removed", "points": "6"}
    assert ann.post(f"/console/cases/{seller_notice.case_id}/decide", data=form).status_code == 303
    result = service_of(running).seller_notices.of_case(seller_notice.case_id)[-1]
    assert (result.restriction, result.points, result.author) == ("removed", 6, "ann")
    assert ">6</b>" in ann.get("/console/sellers/in-one-form").text


def test_a_notice_can_be_sent_after_the_decision(running: Running, as_person: Browsers) -> None:
    seller_notice, ann = blocked(running, "later"), as_person("ann")
    form = {"csrf": token_of(ann), "restriction": "removed"}
    assert ann.post(f"/console/cases/{seller_notice.case_id}/seller-notice", data=form).status_code == 409, "one stands"
    ann.post(f"/console/seller-notices/{seller_notice.seller_notice_id}/withdraw", data=form)
    assert "confirm it" in ann.post(f"/console/cases/{seller_notice.case_id}/seller-notice", data=form).text
    ann.post(f"/console/cases/{seller_notice.case_id}/decide", data=form | {"decision": "confirmed", "restriction": ""})
    assert (
        "Choose what happened"
        in ann.post(f"/console/cases/{seller_notice.case_id}/seller-notice", data=form | {"restriction": ""}).text
    )
    assert ann.post(f"/console/cases/{seller_notice.case_id}/seller-notice", data=form).status_code == 303
    assert [each.nth for each in service_of(running).seller_notices.of_case(seller_notice.case_id)] == [1, 2]


def test_the_seller_reads_the_notice_with_both_images(running: Running) -> None:
    seller_notice = blocked(running, "reads")
    address = page_of(running, seller_notice)
    page = running.http.get(address)
    assert page.status_code == 200
    for head in ("What we did", "Where it applies", "Why", "Evidence", "What you can do"):
        assert f"<h2>{head}</h2>" in page.text
    for name in ("listing", "reference"):
        image = running.http.get(f"{address}/{name}.webp")
        assert (image.status_code, image.headers["content-type"]) == (200, "image/webp")
        assert image.headers["cache-control"] == "no-store"
    assert running.http.get(f"{address}/small.webp").status_code == 404


def test_the_images_of_a_sellers_page_are_drawn_once(running: Running) -> None:
    seller_notice = blocked(running, "drawn-once")
    address = page_of(running, seller_notice)
    first = running.http.get(f"{address}/listing.webp")
    scan = service_of(running).records.scan(seller_notice.case_id)
    assert scan is not None
    for position in range(len(scan.images)):
        running.store.upload_path(scan.scan_id, position).unlink()
    assert running.http.get(f"{address}/listing.webp").content == first.content, "nothing could be drawn anew"
    assert running.http.get(f"{address}/reference.webp").status_code == 200


@pytest.mark.usefixtures("still_minute")
def test_the_images_of_a_sellers_page_are_limited_by_notice_and_by_address(running: Running) -> None:
    """Addresses come from a proxy on this machine, which the server trusts."""
    one, other = (page_of(running, blocked(running, name)) for name in ("looks", "looks-too"))

    def ask(path: str, caller: str) -> int:
        return running.http.get(f"{path}/listing.webp", headers={"X-Forwarded-For": caller}).status_code

    most = IMAGES_OF_NOTICE.amount
    assert [ask(one, f"198.51.100.{number}") for number in range(most + 1)] == [200] * most + [429]
    assert ask(other, "198.51.100.1") == 200
    guesses = [ask(f"{one[:-4]}{number:04}", "203.0.113.5") for number in range(IMAGES_OF_ADDRESS.amount)]
    assert set(guesses) == {404}
    assert ask(other, "203.0.113.5") == 429
    assert ask(other, "203.0.113.6") == 200


@pytest.mark.usefixtures("still_minute")
def test_a_sellers_page_is_limited_before_it_is_loaded(running: Running) -> None:
    path, other = (page_of(running, blocked(running, name)) for name in ("reloads", "reloads-not"))
    came = [running.http.get(path).status_code for _ in range(CALLS_OF_NOTICE.amount + 1)]
    assert came == [200] * CALLS_OF_NOTICE.amount + [429]
    assert running.http.get(other).status_code == 200


def test_the_sellers_page_leaks_no_address_and_runs_no_foreign_script(running: Running) -> None:
    seller_notice, _ = appealed(running, "strict")
    page = running.http.get(page_of(running, seller_notice))
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    written = Written()
    written.feed(page.text)
    assert written.inline == []
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("outcome", [None, AppealOutcome.UPHELD, AppealOutcome.REVERSED, "withdrawn"])
def test_the_sellers_page_offers_what_can_still_be_done(running: Running, outcome: AppealOutcome | str | None) -> None:
    seller_notice, appeal_id = appealed(running, f"still-{outcome}")
    service, now, address = running.app.state.service, datetime.now(UTC), page_of(running, seller_notice)
    if outcome == "withdrawn":
        service.seller_notices.withdraw(seller_notice.seller_notice_id, "ann", now)
    elif isinstance(outcome, AppealOutcome):
        ground = Ground.OWN_PHOTO if outcome is AppealOutcome.REVERSED else None
        service.appeals.decide(appeal_id, outcome, "carol", now, ground=ground, note="seen")
    page = running.http.get(address, headers={"Accept-Language": "en"}).text
    assert "you can appeal" not in page
    assert "internal complaint-handling" not in page
    assert ("go to court" in page) is (outcome is AppealOutcome.UPHELD)
    assert "The notice as it was sent" in page
    assert ('<details class="panel text" open>' in page) is (outcome in (None, AppealOutcome.UPHELD)), "it stands"


@pytest.mark.parametrize("spoil", [lambda path: path[:-1], lambda path: path[:-1] + "!", lambda path: path + "0"])
def test_an_address_that_is_not_whole_shows_nothing(running: Running, spoil: Any) -> None:
    address = spoil(page_of(running, blocked(running, "spoilt")))
    assert running.http.get(address).status_code == 404
    assert running.http.get(f"{address}/listing.webp").status_code == 404
    assert running.http.post(address, data={"form": "complaint", "statement": "x"}).status_code == 404


def test_the_seller_appeals_with_documents_and_sees_the_state_of_the_appeal(
    running: Running, as_person: Browsers
) -> None:
    seller_notice, ann = blocked(running, "documents"), as_person("ann")
    files = {"documents": ("contract.html", b"%PDF-1.4 <script>alert(1)</script>")}
    data = {"form": "complaint", "statement": STATEMENT}
    assert running.http.post(page_of(running, seller_notice), data=data, files=files).status_code == 303
    assert "A reviewer of the marketplace decides." in running.http.get(page_of(running, seller_notice)).text
    (made,) = appeals_against(running.registry.database, seller_notice.seller_notice_id)
    shown = ann.get(f"/console/appeals/{made.appeal_id}")
    assert "contract.html" in shown.text
    document = ann.get(f"/console/appeals/{made.appeal_id}/documents/0")
    assert document.content == b"%PDF-1.4 <script>alert(1)</script>"
    assert document.headers["content-type"] == "application/octet-stream"
    assert document.headers["content-disposition"].startswith("attachment")
    assert document.headers["content-disposition"].endswith('-1.pdf"'), "as its content is, whatever its name says"
    assert document.headers["x-content-type-options"] == "nosniff"
    assert ann.get(f"/console/appeals/{made.appeal_id}/documents/1").status_code == 404


def test_a_notice_for_germany_is_read_and_appealed_against_in_german(running: Running) -> None:
    seller_notice = blocked(running, "aus-berlin", "DE")
    address = page_of(running, seller_notice)
    page = running.http.get(address, headers={"Accept-Language": "en"}).text
    assert '<html lang="de">' in page
    assert "<h2>Was Sie tun können</h2>" in page
    assert "Streitbeilegungsstelle" in page
    assert "counter-notice" not in page
    assert "512(g)" not in page
    switched = running.http.get(f"{address}?lang=zh").text
    assert '<html lang="zh-Hans">' in switched
    assert f'action="{address}?lang=zh"' in switched
    form = {"form": "complaint", "statement": "Eigenes Foto, <b>siehe Anlage</b>", "listing_first_day": "2024-05-01"}
    film = {"documents": ("rechnung.pdf", (24).to_bytes(4, "big") + b"ftypmp42\0\0\0\0mp42isom")}
    refused = running.http.post(address, data=form, files=film)
    assert refused.status_code == 422
    assert "rechnung.pdf lässt sich nicht sicher öffnen. Angenommen werden PDF, JPEG, PNG" in refused.text
    assert "Eigenes Foto, &lt;b&gt;siehe Anlage&lt;/b&gt;</textarea>" in refused.text, "what was typed stays"
    assert 'value="2024-05-01"' in refused.text
    assert "steht noch im Formular. Bitte fügen Sie Ihre Unterlagen erneut bei." in refused.text
    empty = running.http.post(address, data=form | {"statement": " "})
    assert (empty.status_code, "im Formular" in empty.text, "erneut bei" in empty.text) == (422, False, False)
    sent = running.http.post(f"{address}?lang=fr", data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{address}?lang=fr")
    assert "Das Prüfteam des Marktplatzes entscheidet." in running.http.get(address).text
    again = running.http.post(address, data=form)
    assert (again.status_code, "gibt es bereits eine Beschwerde" in again.text) == (409, True)


def test_an_address_without_a_notice_says_so_in_the_browsers_language(running: Running) -> None:
    answer = running.http.get("/appeal/none", headers={"Accept-Language": "nl, pl;q=0.8, en;q=0.5"})
    assert answer.status_code == 404
    assert '<html lang="pl">' in answer.text
    assert "Prosimy skopiować cały adres" in answer.text


def test_documents_are_added_on_the_page_and_by_the_marketplace(running: Running, as_person: Browsers) -> None:
    (seller_notice, appeal_id), ann = appealed(running, "adds-later"), as_person("ann")
    address, invoice = page_of(running, seller_notice), ("rechnung.pdf", b"%PDF-1.7 an invoice")
    shown = ann.get(f"/console/appeals/{appeal_id}").text
    assert 'name="documents_seen" value="0"' in shown
    refused = running.http.post(f"{address}/documents", files={"documents": ("a.zip", b"PK\3\4")})
    assert (refused.status_code, "cannot be opened safely" in refused.text) == (422, True)
    assert running.http.post(f"{address}/documents", files={"documents": invoice}).status_code == 303
    assert "rechnung.pdf" in running.http.get(address).text
    with Client(str(running.http.base_url), running.keys[Role.PIPELINE]) as client:
        made = client.send(add_appeal_documents(seller_notice.seller_notice_id, appeal_id, [("b.pdf", b"%PDF-1.7 b")]))
    assert [each.name for each in made.documents] == ["rechnung.pdf", "b.pdf"]
    assert all(each.added_at is not None for each in made.documents)
    assert "Documents added" in ann.get("/console/appeals").text
    form = {"csrf": token_of(ann), "outcome": "upheld", "note": "No.", "documents_seen": "0"}
    unseen = ann.post(f"/console/appeals/{appeal_id}/decide", data=form)
    assert (unseen.status_code, "added documents meanwhile" in unseen.text) == (409, True)
    assert ">No.</textarea>" in unseen.text
    assert ann.post(f"/console/appeals/{appeal_id}/decide", data=form | {"documents_seen": "2"}).status_code == 303
    late = running.http.post(f"{address}/documents", files={"documents": invoice})
    assert (late.status_code, "no documents can be added" in late.text) == (409, True)
    of_api = f"/v1/seller-notices/{seller_notice.seller_notice_id}/appeals/{appeal_id}/documents"
    pipeline = running.as_role(Role.PIPELINE)
    assert running.http.post(of_api, files={"documents": invoice}, headers=pipeline).status_code == 409
    other = of_api.replace(appeal_id, "none")
    assert running.http.post(other, files={"documents": invoice}, headers=pipeline).status_code == 404


def answered_before_the_body(running: Running, path: str, length: int | None, **headers: str) -> int:
    """The status of a call whose head arrives, and of whose body nothing does."""
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    more = [f"{name}: {value}" for name, value in headers.items()]
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: multipart/form-data; boundary=b", size, *more]
    host, port = running.http.base_url.host, running.http.base_url.port
    with socket.create_connection((host, port or 80), timeout=60) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        return int(connection.recv(4096).split()[1])


def test_an_appeal_that_cannot_be_accepted_is_refused_before_its_documents_are_read(running: Running) -> None:
    closed, _ = appealed(running, "closed")
    fresh = blocked(running, "large-documents")
    pipeline = running.as_role(Role.PIPELINE)
    for seller_notice, status in ((closed, 409), (fresh, 429)):
        path, of_api = page_of(running, seller_notice), f"/v1/seller-notices/{seller_notice.seller_notice_id}/appeals"
        for length in (60_000_000, None):
            assert answered_before_the_body(running, path, length) == status
            assert answered_before_the_body(running, of_api, length, **pipeline) == status


def test_an_appeal_without_its_large_documents_is_taken(running: Running) -> None:
    seller_notice = blocked(running, "smaller-documents")
    path, form = page_of(running, seller_notice), {"form": "complaint", "statement": STATEMENT}
    files = [("documents", ("a.pdf", b"%PDF-".ljust(60_000))), ("documents", ("b.pdf", b"%PDF-".ljust(60_000)))]
    before = set(running.store.appeals.rglob("*.document"))
    refused = running.http.post(path, data=form, files=files)
    assert (refused.status_code, "100,000 more bytes can be taken today" in refused.text) == (429, True)
    assert {path for path in running.store.appeals.rglob("*") if path.is_file()} == before
    assert running.http.post(path, data=form, files=files[:1]).status_code == 303
    assert len(set(running.store.appeals.rglob("*.document")) - before) == 1


def test_a_counter_notice_must_be_sworn(running: Running) -> None:
    seller_notice = blocked(running, "not-sworn", "US")
    data = {"form": "counter-notice", "statement": STATEMENT, "name": "A", "address": "B", "phone": "C"}
    answer = running.http.post(page_of(running, seller_notice), data=data)
    assert answer.status_code == 422
    assert "sworn" in answer.text
    assert running.http.post(page_of(running, seller_notice), data=data | {"sworn": "1"}).status_code == 303


@pytest.mark.usefixtures("still_minute")
def test_nobody_tries_without_end(running: Running) -> None:
    address, other = (page_of(running, blocked(running, seller_id)) for seller_id in ("tries", "tries-another"))
    empty = {"form": "complaint", "statement": ""}
    assert [running.http.post(address, data=empty).status_code for _ in range(11)] == [422] * 10 + [429]
    assert running.http.post(other, data=empty).status_code == 422, "the seller notice names it"


def test_a_reviewer_reverses_and_the_seller_reads_why(running: Running, as_person: Browsers) -> None:
    (seller_notice, appeal_id), bob = appealed(running, "reversed"), as_person("bob")
    assert appeal_id in bob.get("/console/appeals").text
    form = {"csrf": token_of(bob), "outcome": "authorized", "note": "Your contract is in force."}
    assert bob.post(f"/console/appeals/{appeal_id}/decide", data=form).status_code == 303
    assert bob.post(f"/console/appeals/{appeal_id}/decide", data=form).status_code == 409
    page = running.http.get(page_of(running, seller_notice)).text
    assert "Your contract is in force." in page
    assert "The decision was wrong and is withdrawn" in page
    case = Cases(running.registry.database).case(seller_notice.case_id)
    assert case is not None
    assert case.state is CaseState.DISMISSED


def test_who_decided_reads_why_another_must_and_who_may(running: Running, as_person: Browsers) -> None:
    (seller_notice, appeal_id), ann, bob = appealed(running, "second"), as_person("ann"), as_person("bob")
    confirmed = {"csrf": token_of(ann), "decision": "confirmed"}
    assert ann.post(f"/console/cases/{seller_notice.case_id}/decide", data=confirmed).status_code == 303
    refused = ann.post(f"/console/appeals/{appeal_id}/decide", data=confirmed | {"outcome": "upheld", "note": "No."})
    assert refused.status_code == 409
    page = ann.get(f"/console/appeals/{appeal_id}").text
    assert "Another reviewer must decide this appeal" in page
    assert "These may decide it: bob." in page
    assert 'name="outcome"' not in page

    def row(queue: httpx.Response) -> str:
        return next(part for part in queue.text.split("<li") if appeal_id in part)

    assert "Another reviewer" in row(ann.get("/console/appeals"))
    assert "You can decide" in row(bob.get("/console/appeals"))
    assert "can decide" not in as_person("owner").get("/console/appeals").text
    own = bob.get(f"/console/appeals/{appeal_id}").text
    assert 'value="own-photo"' in own
    assert 'value="genuine-resale"' not in own


def test_nothing_is_decided_without_an_outcome(running: Running, as_person: Browsers) -> None:
    (_, appeal_id), bob = appealed(running, "no-outcome"), as_person("bob")
    form = {"csrf": token_of(bob), "outcome": "put-back", "note": "x", "answer": "maybe"}
    assert bob.post(f"/console/appeals/{appeal_id}/decide", data=form).status_code == 409
    assert bob.post(f"/console/appeals/{appeal_id}/answer", data=form).status_code == 409
    assert bob.post(f"/console/appeals/{appeal_id}/decide", data={"outcome": "upheld", "note": "x"}).status_code == 403


def test_an_owner_answers_for_its_brand_and_sees_no_other(running: Running, as_person: Browsers) -> None:
    seller_notice = blocked(running, "answers", "US")
    data = {"form": "counter-notice", "statement": STATEMENT, "name": "A", "address": "B", "phone": "C", "sworn": "1"}
    running.http.post(page_of(running, seller_notice), data=data)
    (made,) = appeals_against(running.registry.database, seller_notice.seller_notice_id)
    owner, rival = as_person("owner"), as_person("rival")
    assert made.appeal_id in owner.get("/console/appeals").text
    assert made.appeal_id not in rival.get("/console/appeals").text
    for path in ("", "/documents/0"):
        assert rival.get(f"/console/appeals/{made.appeal_id}{path}").status_code == 404
    form = {"csrf": token_of(rival), "answer": "agrees", "note": ""}
    assert rival.post(f"/console/appeals/{made.appeal_id}/answer", data=form).status_code == 404
    form = {"csrf": token_of(owner), "answer": "sues", "note": "N.D. Cal., 26-cv-1"}
    assert owner.post(f"/console/appeals/{made.appeal_id}/decide", data=form).status_code == 403
    assert owner.post(f"/console/appeals/{made.appeal_id}/answer", data=form).status_code == 303
    assert "filed an action in court" in running.http.get(page_of(running, seller_notice)).text
    assert owner.get(f"/console/seller-notices/{seller_notice.seller_notice_id}").status_code == 403


def test_a_marketplace_shows_the_notice_and_takes_the_appeal_on_its_own_pages(running: Running) -> None:
    seller_notice = blocked(running, "through-the-api", "US")
    with Client(str(running.http.base_url), running.keys[Role.PIPELINE]) as client:
        result = client.send(read_seller_notice(seller_notice.seller_notice_id))
        assert (result.seller_id, result.track, result.restriction) == ("through-the-api", "copyright", "disabled")
        assert (result.language, result.forms) == ("en", [Form.COMPLAINT, Form.COUNTER_NOTICE])
        swears = Signatory("Ada L", "1 Main St", "+1 555")
        made = client.send(
            appeal(seller_notice.seller_notice_id, STATEMENT, form=Form.COUNTER_NOTICE, signatory=swears)
        )
        assert made.outcome is None
        assert "shown again" in made.status
        assert client.send(read_seller_notice(seller_notice.seller_notice_id)).appeals == [made]
    again = running.http.post(
        f"/v1/seller-notices/{seller_notice.seller_notice_id}/appeals",
        data={"form": "complaint", "statement": "again"},
        headers=running.as_role(Role.PIPELINE),
    )
    assert (again.status_code, again.json()["code"]) == (409, "appeal_refused")
    in_polish = running.http.post(
        f"/v1/seller-notices/{seller_notice.seller_notice_id}/appeals?lang=pl",
        data={"form": "complaint", "statement": "again"},
        headers=running.as_role(Role.PIPELINE),
    )
    assert "już istnieje" in in_polish.json()["detail"]


@pytest.mark.parametrize(
    "form",
    [
        {"statement": "x"},
        {"form": "letter", "statement": "x"},
        {"form": "complaint"},
        {"form": "complaint", "name": "x" * 501},
    ],
)
def test_an_appeal_that_says_too_little_or_too_much_is_refused(running: Running, form: dict[str, str]) -> None:
    seller_notice = blocked(running, "too-little")
    answer = running.http.post(
        f"/v1/seller-notices/{seller_notice.seller_notice_id}/appeals",
        data=form,
        headers=running.as_role(Role.PIPELINE),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "appeal_unusable")


def test_an_outcome_reaches_the_marketplace(running: Running, as_person: Browsers) -> None:
    (seller_notice, appeal_id), bob = appealed(running, "outcome"), as_person("bob")
    form = {"csrf": token_of(bob), "outcome": "upheld", "note": "It is Acme's photo."}
    assert bob.post(f"/console/appeals/{appeal_id}/decide", data=form).status_code == 303
    messages = [
        SellerNoticeMessage.model_validate_json(each.body)
        for each in list_deliveries(running.registry.database)
        if each.scan_id and '"type": "case.' not in each.body  # those without are checkpoints
    ]
    mine = [each for each in messages if each.seller_notice_id == seller_notice.seller_notice_id]
    assert [each.type for each in mine] == ["seller_notice.sent", "appeal.received", "appeal.decided"]
    assert (mine[-1].outcome, mine[-1].note) == (AppealOutcome.UPHELD, "It is Acme's photo.")


def test_the_bundle_holds_the_seller_notice_and_the_appeal(running: Running, as_person: Browsers) -> None:
    seller_notice, ann = blocked(running, "in-the-evidence"), as_person("ann")
    files = {"documents": ("contract.pdf", b"%PDF-1.4 a contract")}
    data = {"form": "complaint", "statement": STATEMENT}
    assert running.http.post(page_of(running, seller_notice), data=data, files=files).status_code == 303
    answer = ann.get(f"/console/cases/{seller_notice.case_id}/evidence.zip")
    with ZipFile(io.BytesIO(answer.content)) as bundle:
        result = {name: bundle.read(name) for name in bundle.namelist()}
    assert json.loads(result["seller_notices.jsonl"])["seller_notice_id"] == seller_notice.seller_notice_id
    assert json.loads(result["appeals.jsonl"])["documents"][0]["name"] == "contract.pdf"
    assert b"%PDF-1.4 a contract" in result.values()


def test_the_history_names_who_did_it(running: Running, as_person: Browsers) -> None:
    (seller_notice, appeal_id), ann, bob = appealed(running, "named"), as_person("ann"), as_person("bob")
    form = {"csrf": token_of(ann), "decision": "confirmed"}
    assert ann.post(f"/console/cases/{seller_notice.case_id}/decide", data=form).status_code == 303
    form = {"csrf": token_of(bob), "outcome": "parody", "note": "It is one."}
    assert bob.post(f"/console/appeals/{appeal_id}/decide", data=form).status_code == 303
    happened = {event.what: event.actor for event in running.registry.history(subject=seller_notice.case_id)}
    assert happened["appeal received"] == "seller named"
    assert happened["appeal decided"] == "user bob"
    decided = [
        event.actor for event in running.registry.history(subject=seller_notice.case_id) if event.what == "case decided"
    ]
    assert decided == ["user ann", "user bob"]


def test_every_page_says_what_it_is(running: Running, as_person: Browsers) -> None:
    (seller_notice, appeal_id), ann = appealed(running, "titles"), as_person("ann")
    for path, title in (
        ("/console/appeals", "Appeals"),
        (f"/console/appeals/{appeal_id}", "Complaint: Acme"),
        (f"/console/seller-notices/{seller_notice.seller_notice_id}", "Notice to seller titles"),
        (f"/console/cases/{seller_notice.case_id}", "case"),
    ):
        page: httpx.Response = ann.get(path)
        found = re.search("<title>(.*?)</title>", page.text)
        assert page.status_code == 200
        assert found is not None
        assert title in found[1]
