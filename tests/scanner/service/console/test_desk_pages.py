"""The pages on which reviewers search, select, assign and comment on cases, without a browser."""

import io
import json
import re
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs
from sqlalchemy import select

from scanner.moderation.cases.cases import Case, Cases
from scanner.moderation.cases.comments import comments_on
from scanner.moderation.cases.decisions import decisions_on
from scanner.moderation.records.tables import scanned_images, scans
from scanner.service.accounts.users import disable_user
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from tests.conftest import draw_logo, jpeg
from tests.scanner.service.api.test_scans import CLEAN, COPY, post
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import Browsers, add_people


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    address = "https://market.example/{market}/item/{listing_id}"
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False, listing_url=address)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, ("ann", "bob", "gone"), admins=["root"], owners={"owner": "acme"})
    disable_user(running.registry.database, "gone", datetime.now(UTC))


def new_case(
    running: Running, seller_id: str, listing_id: str = "L", title: str = "A thing", market: str | None = None
) -> str:
    images = [("front.jpg", COPY + seller_id.encode())]
    known: dict[str, Any] = {"market": market} if market else {}
    answer = post(running, images, seller_id=seller_id, listing_id=listing_id, title=title, **known)
    return str(answer.json()["scan_id"])


def case_of(running: Running, case_id: str) -> Case:
    found = Cases(running.registry.database).case(case_id)
    assert found is not None
    return found


# Search


def test_a_search_shows_cases_of_all_states_with_their_title_and_a_link_to_the_listing(
    running: Running, as_person: Browsers
) -> None:
    ann = as_person("ann")
    case_id = new_case(running, "s-1", listing_id="a/b c", market="DE", title="Lamp <b> of 1920")
    other = new_case(running, "s-2", listing_id="x-2", title="A chair")  # without a market there is no link
    form = {"csrf": token_of(ann), "decision": "parody"}
    ann.post(f"/console/cases/{case_id}/decide", data=form)
    shown = ann.get("/console/queue", params={"q": "lamp"}).text
    assert f"/console/cases/{case_id}" in shown
    assert f"/console/cases/{other}" not in shown
    assert "Lamp &lt;b&gt; of 1920" in shown
    assert '<a href="https://market.example/DE/item/a%2Fb%20c" rel="noopener noreferrer" target="_blank">' in shown
    assert "https://market.example" not in ann.get("/console/queue", params={"q": other[:8]}).text


def test_a_search_that_finds_nothing_says_what_was_searched(as_person: Browsers) -> None:
    shown = as_person("ann").get("/console/queue", params={"q": "no such lamp"}).text
    assert "No case has “no such lamp”" in shown
    assert "of all states" in shown


def test_a_part_of_a_sellers_name_leads_to_the_sellers_with_it(running: Running, as_person: Browsers) -> None:
    ann = as_person("ann")
    for seller_id in ("typed & one", "typed-two"):
        new_case(running, seller_id)
    shown = ann.get("/console/queue?seller=typed").text
    assert "No seller is called “typed”" in shown
    assert "/console/queue?seller=typed%20%26%20one" in shown
    assert "No seller is called" not in ann.get("/console/queue?seller=typed-two").text


@pytest.mark.parametrize("query", ["q=" + "x" * 5_000, "q=%25", "mine=1&state=none", "seller=%20"])
def test_no_query_breaks_the_queue(as_person: Browsers, query: str) -> None:
    assert as_person("ann").get(f"/console/queue?{query}").status_code == 200


def test_after_a_decision_the_next_case_is_one_of_the_same_search(running: Running, as_person: Browsers) -> None:
    first, second = (new_case(running, f"same-{place}") for place in range(2))
    new_case(running, "another")
    ann = as_person("ann")
    form = {"csrf": token_of(ann), "decision": "parody", "q": "same-"}
    answer = ann.post(f"/console/cases/{first}/decide", data=form)
    assert answer.headers["location"] == f"/console/cases/{second}?q=same-"


def test_an_address_of_no_page_and_a_seller_whom_nobody_knows_say_so(running: Running, as_person: Browsers) -> None:
    new_case(running, "known/seller")
    ann = as_person("ann")
    nowhere = ann.get("/console/nowhere")
    assert nowhere.status_code == 404
    assert 'href="/console/queue"' in nowhere.text
    assert "There is no page under this address" in nowhere.text
    assert "check the spelling" in ann.get("/console/sellers/nosuch").text
    assert "check the spelling" not in ann.get("/console/sellers/known%2Fseller").text


# Assignment and comments


def test_a_case_is_assigned_filtered_counted_and_taken_back(running: Running, as_person: Browsers) -> None:
    case_id, ann, bob = new_case(running, "assigned"), as_person("ann"), as_person("bob")
    form = {"csrf": token_of(ann), "assignee": "bob"}
    assert ann.post(f"/console/cases/{case_id}/assign", data=form).status_code == 303
    assert "Assigned to bob" in ann.get("/console/queue?q=assigned").text
    mine = bob.get("/console/queue?mine=1").text
    assert 'My cases <b class="num">1</b>' in mine
    assert f"/console/cases/{case_id}?mine=1" in mine
    assert (
        bob.post("/console/queue/next", data={"csrf": token_of(bob)})
        .headers["location"]
        .startswith(f"/console/cases/{case_id}")
    )
    ann.post(f"/console/cases/{case_id}/assign", data=form | {"csrf": token_of(ann), "nobody": "1"})
    assert case_of(running, case_id).assignee is None


@pytest.mark.parametrize("name", ["owner", "gone", "nobody-of-that-name"])
def test_a_case_is_assigned_to_nobody_who_could_not_decide_it(running: Running, as_person: Browsers, name: str) -> None:
    case_id, ann = new_case(running, f"not-{name}"), as_person("ann")
    answer = ann.post(f"/console/cases/{case_id}/assign", data={"csrf": token_of(ann), "assignee": name})
    assert answer.status_code == 422
    assert case_of(running, case_id).assignee is None


def test_a_comment_is_on_the_page_and_in_the_evidence_bundle(running: Running, as_person: Browsers) -> None:
    case_id, ann = new_case(running, "commented"), as_person("ann")
    form = {"csrf": token_of(ann), "comment": "<i>asked</i> the seller"}
    assert ann.post(f"/console/cases/{case_id}/comments", data=form).status_code == 303
    assert "&lt;i&gt;asked&lt;/i&gt; the seller" in as_person("bob").get(f"/console/cases/{case_id}").text
    bundle = ZipFile(io.BytesIO(ann.get(f"/console/cases/{case_id}/evidence.zip").content))
    assert b"<i>asked</i> the seller" in bundle.read("comments.jsonl")
    assert len(comments_on(running.registry.database, case_id)) == 1


def test_a_brand_owner_neither_comments_nor_assigns_nor_decides_together(running: Running, as_person: Browsers) -> None:
    case_id, owner = new_case(running, "foreign"), as_person("owner")
    form = {"csrf": token_of(owner), "comment": "mine", "assignee": "ann", "case": case_id, "decision": "confirmed"}
    for path in (f"cases/{case_id}/comments", f"cases/{case_id}/assign", "selection", "selection/decide"):
        assert owner.post(f"/console/{path}", data=form).status_code == 403
    for path in (f"cases/{case_id}/1/zoom", f"cases/{case_id}/1/full/listing.webp"):
        assert owner.get(f"/console/{path}").status_code == 403


# Selections


def test_pasted_ids_are_shown_decided_and_undone_together(running: Running, as_person: Browsers) -> None:
    ids = [new_case(running, f"many-{place}", listing_id=f"many-{place}") for place in range(3)]
    ann, bob = as_person("ann"), as_person("bob")
    bob.get(f"/console/cases/{ids[2]}")  # who reviews it
    pasted = {"csrf": token_of(ann), "ids": f"{ids[0]}\nmany-1, many-2 unknown-9"}
    shown = ann.post("/console/selection", data=pasted).text
    assert "2 cases to decide together" in shown
    assert "is being reviewed by bob" in shown
    assert "unknown-9" in shown
    assert all(f"/console/cases/{each}/1/small.webp" in shown for each in ids[:2])
    form = {"csrf": token_of(ann), "case": ids, "decision": "own-photo"}
    refused = ann.post("/console/selection/decide", data=form)
    assert refused.status_code == 409
    assert [case_of(running, each).state for each in ids] == [CaseState.OPEN] * 3
    assert ann.post("/console/selection/decide", data=form | {"case": ids[:2]}).status_code == 303
    assert [case_of(running, each).ground for each in ids[:2]] == [Ground.OWN_PHOTO] * 2
    batch = decisions_on(running.registry.database, ids[0])[0].batch_id
    assert f"/console/batches/{batch}/undo" in ann.get("/console/queue").text
    assert f"/console/batches/{batch}/undo" in ann.get(f"/console/cases/{ids[1]}").text
    assert bob.post(f"/console/batches/{batch}/undo", data={"csrf": token_of(bob)}).status_code == 422
    ann.post(f"/console/batches/{batch}/undo", data={"csrf": token_of(ann)})
    assert [case_of(running, each).state for each in ids] == [CaseState.OPEN] * 3


def test_a_selection_shows_each_flagged_image_and_counts_each_brand(running: Running, as_person: Browsers) -> None:
    pixels = np.asarray(photographs.rocket(), np.uint8).copy()
    pixels[100:260, 150:470] = np.asarray(
        draw_logo("bolt&co", (20, 60, 160), ground=(250, 250, 250, 255)).convert("RGB").resize((320, 160))
    )
    images = [("clean.jpg", CLEAN + b"sel"), ("copy.jpg", COPY + b"sel"), ("bolt.jpg", jpeg(pixels))]
    case_id, ann = str(post(running, images, seller_id="both").json()["scan_id"]), as_person("ann")
    selection = ann.post("/console/selection", data={"csrf": token_of(ann), "ids": case_id}).text
    cluster = ann.get(f"/console/clusters/{case_of(running, case_id).cluster}").text
    for shown in (selection, cluster):
        assert set(re.findall(rf"/console/cases/{case_id}/(\d)/small.webp", shown)) == {"2", "3"}
    assert '<li>Acme <b class="num">1</b></li><li>Bolt <b class="num">1</b></li>' in selection
    case = ann.get(f"/console/cases/{case_id}").text
    assert "the whole listing: 2 flagged images with 2 matches, of Acme and Bolt." in case
    for text in (case, selection):
        assert "Genuine resale (logo)" in text
        assert "Seller&#39;s own photo (photo)" in text
    for ground in (Ground.GENUINE_RESALE, Ground.OWN_PHOTO):  # what the page offers is not refused
        form = {"csrf": token_of(ann), "decision": ground.value}
        ann.post(f"/console/cases/{case_id}/decide", data=form)
        assert case_of(running, case_id).ground is ground
        made = decisions_on(running.registry.database, case_id)[-1]
        ann.post(f"/console/decisions/{made.decision_id}/undo", data={"csrf": token_of(ann)})


def test_a_whole_list_is_shown_to_be_decided_and_can_be_assigned(running: Running, as_person: Browsers) -> None:
    ids, ann = [new_case(running, f"whole-{place}") for place in range(3)], as_person("ann")
    shown = ann.post("/console/selection", data={"csrf": token_of(ann), "q": "whole-", "all": "1"}).text
    assert "3 cases to decide together" in shown
    form = {"csrf": token_of(ann), "case": ids, "decision": "assign", "assignee": "bob"}
    assert ann.post("/console/selection/decide", data=form).status_code == 303
    assert [case_of(running, each).assignee for each in ids] == ["bob"] * 3


def test_so_many_cases_are_decided_in_one_form_as_are_shown_and_no_more(running: Running, as_person: Browsers) -> None:
    ann = as_person("ann")
    token = token_of(ann)
    for count, why in ((200, "no case"), (201, "select 1 to 200")):
        names = [f"{place:032x}" for place in range(count)]
        answer = ann.post("/console/selection/decide", data={"csrf": token, "case": names, "decision": "parody"})
        assert why in answer.text
        assert answer.status_code == 409


def test_a_selection_of_nothing_asks_for_ids(as_person: Browsers) -> None:
    ann = as_person("ann")
    answer = ann.post("/console/selection", data={"csrf": token_of(ann)})
    assert answer.status_code == 409
    assert "No case is named" in answer.text


# Zoom


def test_images_are_looked_at_closely_as_large_as_they_are_and_drawn_anew(
    running: Running, as_person: Browsers
) -> None:
    astronaut = Image.fromarray(np.asarray(photographs.astronaut(), np.uint8)).resize((1600, 1600))
    data = jpeg(np.asarray(astronaut))
    case_id = str(post(running, [("large.jpg", data)], seller_id="large").json()["scan_id"])
    ann = as_person("ann")
    page = ann.get(f"/console/cases/{case_id}/1/zoom")
    assert f"/console/cases/{case_id}/1/full/listing.webp" in page.text
    answer = ann.get(f"/console/cases/{case_id}/1/full/listing.webp")
    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == (1600, 1600)
    outlined = ann.get(f"/console/cases/{case_id}/1/full/listing_outlined.webp").content
    assert Image.open(io.BytesIO(outlined)).size == (1600, 1600)
    assert outlined != answer.content
    reference = ann.get(f"/console/cases/{case_id}/1/full/reference.webp").content
    assert Image.open(io.BytesIO(reference)).size == (512, 512)
    for path in ("1/full/small.webp", "2/full/listing.webp", "x/zoom"):
        assert ann.get(f"/console/cases/{case_id}/{path}").status_code == 404


# Forms that are refused

MISFITS = (
    ({"decision": "confirmed", "points": "6"}, "Penalty points go with a notice to the seller only"),
    ({"decision": "confirmed", "serious": "1"}, "A serious violation goes with a notice to the seller only"),
    ({"decision": "parody", "restriction": "removed", "points": "6"}, "goes with a confirmed violation only"),
    ({"decision": "escalated", "restriction": "removed"}, "goes with a confirmed violation only"),
    ({"decision": "confirmed", "suppress": "pair"}, "A match is suppressed by a dismissal only"),
    ({"decision": "parody", "suppress": "elsewhere"}, "is no way to suppress a match"),
    ({"decision": "confirmed", "restriction": "burned"}, "is nothing that happens to a listing"),
    ({"decision": "confirmed", "restriction": "removed", "points": "many"}, "Give 0 to 999".lower()),
)


@pytest.mark.parametrize(("chosen", "why"), MISFITS)
def test_what_does_not_fit_a_decision_is_refused_and_comes_back_as_it_was_typed(
    running: Running, as_person: Browsers, chosen: dict[str, str], why: str
) -> None:
    case_id, ann = new_case(running, "misfit"), as_person("ann")
    form = {"csrf": token_of(ann), "note": "A long <note>", **chosen}
    answer = ann.post(f"/console/cases/{case_id}/decide", data=form)
    assert answer.status_code == 409
    assert why in answer.text
    assert "A long &lt;note&gt;</textarea>" in answer.text
    assert not chosen.get("points") or f'value="{chosen["points"]}"' in answer.text
    for name in ("restriction", "suppress"):
        known = chosen.get(name) in ("removed", "pair")
        assert not known or f'<option value="{chosen[name]}" selected>' in answer.text
    assert ("serious" in chosen) == ('name="serious" value="1" checked' in answer.text)
    assert case_of(running, case_id).state is CaseState.OPEN


def test_what_was_typed_is_not_lost_to_a_decision_that_another_made_first(
    running: Running, as_person: Browsers
) -> None:
    (case_id, other), ann, bob = (
        (new_case(running, name) for name in ("1st", "2nd")),
        as_person("ann"),
        as_person("bob"),
    )
    bob.post(f"/console/cases/{case_id}/decide", data={"csrf": token_of(bob), "decision": "parody", "seller": "1st"})
    typed = {"note": "Seen in the shop", "restriction": "removed", "points": "6", "serious": "1"}
    form = {"csrf": token_of(ann), "decision": "confirmed", **typed}
    shown = ann.post(f"/console/cases/{case_id}/decide", data=form).text
    for text in ("Seen in the shop", "the listing was removed", "Penalty points: 6", "Serious violation"):
        assert text in shown
    many = form | {"case": [case_id, other], "shown": f"{case_id} {other}"}
    cluster = case_of(running, other).cluster
    for path in ("selection/decide", f"clusters/{cluster}"):
        shown = ann.post(f"/console/{path}", data=many if "selection" in path else many | {"points": "x"}).text
        assert "Seen in the shop</textarea>" in shown
        assert '<option value="removed" selected>' in shown
        assert 'name="serious" value="1" checked' in shown
    assert case_of(running, other).state is CaseState.OPEN


def test_an_assignment_of_many_does_not_drop_a_note(running: Running, as_person: Browsers) -> None:
    case_id, ann = new_case(running, "noted"), as_person("ann")
    form = {"csrf": token_of(ann), "decision": "assign", "assignee": "bob", "case": case_id, "note": "For bob"}
    answer = ann.post("/console/selection/decide", data=form)
    assert (answer.status_code, case_of(running, case_id).assignee) == (409, None)
    assert "For bob</textarea>" in answer.text


def test_an_image_that_is_no_longer_kept_is_not_waited_for(running: Running, as_person: Browsers) -> None:
    case_id, ann = new_case(running, "gone-image"), as_person("ann")
    running.store.upload_path(case_id, 0).unlink()
    with running.registry.database.write(datetime.now(UTC)) as write:
        write.update(scanned_images, scanned_images.c.scan_id == case_id, {"kept": False})
    page = ann.get(f"/console/cases/{case_id}").text
    assert "The image is no longer kept." in page
    assert "/1/listing.webp" not in page
    shown = ann.post("/console/selection", data={"csrf": token_of(ann), "case": case_id}).text
    assert "Image 1 is no longer kept." in shown
    assert f"{case_id}/1/small.webp" not in shown
    queue = ann.get(f"/console/queue?q={case_id[:8]}").text
    assert (queue.count("No longer kept"), f"{case_id}/small.webp" in queue) == (1, False)
    again = new_case(running, "gone-image-again")
    neighbour = ann.get(f"/console/cases/{again}").text
    assert (f"/console/cases/{case_id}" in neighbour, f"{case_id}/small.webp" in neighbour) == (True, False)


def test_a_case_of_looking_back_says_once_that_it_is_only_likely(running: Running, as_person: Browsers) -> None:
    case_id, ann = new_case(running, "only-likely"), as_person("ann")
    with running.registry.database.write(datetime.now(UTC)) as write:
        outcome = write.connection.execute(
            select(scanned_images.c.outcome).where(scanned_images.c.scan_id == case_id)
        ).scalar_one()
        row = json.loads(outcome)
        row["evidence"] = [item | {"unverified": True} for item in row["evidence"]]
        write.update(scanned_images, scanned_images.c.scan_id == case_id, {"outcome": json.dumps(row)})
        write.update(scans, scans.c.scan_id == case_id, {"rejudges": "0" * 32})
    page = " ".join(ann.get(f"/console/cases/{case_id}").text.split())
    assert page.count("Likely, image no longer kept") == 1
    assert '<p class="note"><span>Looking back opened this case: it judges the scan <code>00000000</code>' in page


def test_a_sellers_cases_are_listed_with_their_listings(running: Running, as_person: Browsers) -> None:
    case = case_of(running, new_case(running, "listed-by-seller"))
    page = as_person("ann").get(f"/console/sellers/{case.seller_id}").text
    assert f"listing {case.listing_id}</a>" in page
    assert f"case {case.case_id[:8]}" in page
