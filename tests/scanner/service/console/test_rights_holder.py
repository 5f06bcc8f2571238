"""What a rights holder sees and does in the console and the API: its own brands, and nothing of another's."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import httpx
import pytest

from brand_index.errors import InvalidField
from brand_index.types import Brand, ReferenceKind
from scanner.moderation.cases.decisions import decide
from scanner.moderation.seller_notices.store import Measures
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import set_brands
from scanner.service.api.brand_cases import load_own
from scanner.service.api.edits import MAX_TABLE_BYTES, MOST_ROWS, take_table
from scanner.service.api.own_images import own_images
from scanner.service.service import Service
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.rows import ScannedImage
from tests.scanner.service.api.test_scans import CLEAN, COPY, post
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written, token_of
from tests.scanner.service.people import Browsers, add_people

SECRET = "a note among reviewers"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    add_people(running, admins=["root"], owners={"of-acme": "acme", "of-bolt": "bolt"})


@pytest.fixture(scope="module")
def case_id(running: Running) -> str:
    """A listing whose copied photo is Acme's."""
    images = [("front.jpg", COPY + b"holder"), ("clean.jpg", CLEAN + b"holder")]
    done = post(running, images, seller_id="S-holder", listing_id="L-holder", title="Café Größe XL")
    return str(done.json()["scan_id"])


def text_of(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace(" ,", ",")


def test_its_cases_are_listed_searched_and_shown_with_the_evidence(
    running: Running, as_person: Browsers, case_id: str
) -> None:
    owner = as_person("of-acme")
    link = f"/console/holder/cases/{case_id}"
    for query in ("", "?text=café größe", "?text=L-HOLD", "?text=s-holder&state=open&brand=acme"):
        assert link in owner.get(f"/console/holder/cases{query}").text, query
    for query in ("?text=other", "?state=confirmed&text=holder", "?since=2999-01-01", "?until=2001-01-01"):
        assert link not in owner.get(f"/console/holder/cases{query}").text, query
    assert "write it as" in owner.get("/console/holder/cases?since=soon").text
    shown = owner.get(link)
    for fact in (
        "Café Größe XL",
        "S-holder",
        "L-holder",
        "A reviewer will decide",
        "keypoints agree",
        "Photo: over 99 %",
    ):
        assert fact in text_of(shown), fact
    assert "clean.jpg" not in shown.text  # nothing of the brand is in it
    images = [owner.get(f"{link}/{name}.webp") for name in ("1/small", "1/listing", "1/reference", "2/listing", "1/x")]
    assert [answer.status_code for answer in images] == [200, 200, 200, 404, 404]
    written = Written()
    written.feed(shown.text)
    assert written.inline == []
    answers = [
        running.http.get(f"/v1/brands/acme/cases/{case_id}/images/{place}", headers=running.as_role(Role.BRAND_OWNER))
        for place in (1, 2)
    ]
    assert (answers[0].content, answers[1].status_code) == (images[0].content, 404)


def test_it_reads_how_a_case_ended_and_neither_who_decided_nor_the_note(
    running: Running, as_person: Browsers, case_id: str
) -> None:
    service: Service = running.app.state.service
    now = datetime.now(UTC)
    decide(running.registry.database, [case_id], "ann", CaseState.ESCALATED, note=SECRET, now=now)
    owner, link = as_person("of-acme"), f"/console/holder/cases/{case_id}"
    pages = [text_of(owner.get(link))]
    assert " Open " in pages[0]
    decide(running.registry.database, [case_id], "ann", CaseState.DISMISSED, ground=Ground.PARODY, note=SECRET, now=now)
    pages.append(text_of(owner.get(link)))
    assert "The listing is a parody." in pages[1]
    acting = service.seller_notices.acting("user ann")
    other = str(post(running, [("front.jpg", COPY + b"other")], seller_id="S-other").json()["scan_id"])
    measures = Measures(Restriction.REMOVED, 2, serious=False)
    acting.decide([other], "ann", CaseState.CONFIRMED, note=SECRET, measures=measures, now=now)
    link = f"/console/holder/cases/{other}"
    pages += [text_of(owner.get(link)), text_of(owner.get("/console/holder/cases?state=confirmed"))]
    for text in pages[2:]:
        assert f"The listing was removed ({now:%Y-%m-%d})." in text
    pages.append(text_of(owner.get("/console/brands/acme")))
    for text in pages:
        assert SECRET not in text
        assert not re.search(r"\bann\b", text)


def test_a_match_of_another_brand_in_the_same_listing_is_not_shown(running: Running, case_id: str) -> None:
    case, scan = load_own(running.app.state.service, case_id, frozenset({"acme"}))
    first = scan.images[0]
    assert isinstance(first.row, ScannedImage)
    verdict = first.row.verdict
    foreign = replace(verdict.evidence[0], brand_id="bolt", reference_id="bolt-photo-1", confidence=1.0)
    both = replace(verdict, evidence=(foreign, *verdict.evidence), counted=("bolt-photo-1", *verdict.counted))
    clean = replace(both, evidence=(foreign,), counted=("bolt-photo-1",))
    rows = [replace(first.row, verdict=each) for each in (both, clean)]
    mixed = replace(scan, images=tuple(replace(first, row=row) for row in rows))
    (shown,) = own_images(mixed, case)
    assert {each.brand_id for each in shown.matches} == {"acme"}


def test_its_notices_are_listed_with_what_became_of_each(running: Running, as_person: Browsers) -> None:
    owner = as_person("of-acme")
    form = {
        "csrf": token_of(owner),
        "kind": "photo",
        "statement": "Our own photo",
        "listing_id": "L-note",
        "title": "Bag",
    }
    files = [("images", ("listing.jpg", COPY + b"notice"))]
    sent = owner.post("/console/brands/acme/notices", data=form, files=files)
    case = sent.headers["location"].split("=")[1]
    assert "Our own photo" in owner.get("/console/holder/notices?state=open&text=bag").text
    now = datetime.now(UTC)
    decide(running.registry.database, [case], "ann", CaseState.DISMISSED, ground=Ground.OWN_PHOTO, now=now)
    shown = text_of(owner.get("/console/holder/notices"))
    assert "The seller took the photo, or showed it before others did." in shown
    assert f"decided {now:%Y-%m-%d}" in shown
    answer = running.http.get("/v1/brands/acme/notices?text=L-note", headers=running.as_role(Role.BRAND_OWNER)).json()
    assert [(each["state"], each["ground"]) for each in answer["cases"]] == [("dismissed", "own-photo")]
    other = as_person("of-bolt")
    assert "Our own photo" not in other.get("/console/holder/notices").text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/console/holder/cases/{case}", 404),
        ("GET", "/console/holder/cases/{case}/1/small.webp", 404),
        ("GET", "/console/holder/cases?brand=acme", 403),
        ("GET", "/console/holder/notices?brand=acme", 403),
        ("GET", "/console/brands/acme/withdraw?reference={reference}", 403),
        ("POST", "/console/brands/acme/withdraw", 403),
        ("POST", "/console/brands/bolt/withdraw", 404),
        ("GET", "/console/brands/bolt/withdraw?reference={reference}", 404),
        ("POST", "/console/brands/acme/reinstate", 403),
        ("POST", "/console/brands/bolt/reinstate", 404),
        ("POST", "/console/brands/acme/edit", 403),
        ("POST", "/console/brands/acme/{reference}/mark", 403),
        ("POST", "/console/brands/bolt/{reference}/mark", 404),
        ("GET", "/console/brands/acme/authorizations.csv", 403),
        ("POST", "/console/brands/acme/authorizations/import", 403),
        ("POST", "/console/new-brand", 403),
    ],
)
def test_another_brands_owner_is_refused_everywhere(
    running: Running, as_person: Browsers, case_id: str, method: str, path: str, status: int
) -> None:
    other = as_person("of-bolt")
    reference = next(each.reference_id for each in running.registry.references() if each.brand_id == "acme")
    before = running.registry.revision()
    form = {
        "csrf": token_of(other),
        "references": reference,
        "brand": "fresh",
        "name": "x",
        "owner": "x",
        "contact": "x",
    }
    address = path.format(case=case_id, reference=reference)
    answer = other.request(method, address, data=form if method == "POST" else None)
    assert answer.status_code == status, answer.text
    assert "L-holder" not in answer.text
    assert running.registry.revision() == before


def test_a_reviewer_changes_nothing_of_a_brand(running: Running, as_person: Browsers) -> None:
    ann = as_person("ann")
    for path in ("acme/edit", "acme/withdraw", "acme/reinstate", "acme/authorizations/import"):
        assert ann.post(f"/console/brands/{path}", data={"csrf": token_of(ann)}).status_code == 403
    assert ann.get("/console/new-brand").status_code == 403


def test_it_edits_its_brand_and_the_mark_of_a_logo_at_once(running: Running, as_person: Browsers) -> None:
    owner = as_person("of-bolt")
    csrf = token_of(owner)
    known = running.registry.brand("bolt")
    form = {"csrf": csrf, "name": "Bolt <b>2</b>", "owner": "Bolt AG", "contact": known.contact}
    assert "Bolt &lt;b&gt;2&lt;/b&gt;" in owner.post("/console/brands/bolt/edit", data=form).text
    assert "name is empty" in owner.post("/console/brands/bolt/edit", data=form | {"name": " "}).text
    assert running.registry.brand("bolt") == Brand("bolt", "Bolt <b>2</b>", "Bolt AG", known.contact)
    logo = next(each for each in running.registry.references() if each.brand_id == "bolt")
    assert logo.kind is ReferenceKind.LOGO
    mark = {"csrf": csrf, "office": "em", "registration_number": "018", "nice": "25, 35", "expires": "2031-05-01"}
    said = text_of(owner.post(f"/console/brands/bolt/{logo.reference_id}/mark", data=mark))
    assert "EM 018" in said
    before = running.registry.references_revision()  # the index knows which mark it is, and no more of it
    assert "25, 35" in said
    cleared = mark | {"nice": "", "expires": ""}
    owner.post(f"/console/brands/bolt/{logo.reference_id}/mark", data=cleared)
    (found,) = [each for each in running.registry.marks() if each.brand_id == "bolt"]
    assert (found.office, found.nice, found.expires) == ("EM", frozenset(), None)
    wrong = text_of(owner.post(f"/console/brands/bolt/{logo.reference_id}/mark", data=mark | {"nice": "99"}))
    assert "Nothing was changed: Nice class" in wrong
    assert running.registry.references_revision() == before
    assert (running.registry.history_faults(), running.registry.row_faults()) == ((), ())


def test_several_are_withdrawn_after_a_preview_and_the_undo_brings_them_back(
    running: Running, as_person: Browsers
) -> None:
    owner = as_person("of-acme")
    own = [each.reference_id for each in running.registry.references() if each.brand_id == "acme"]
    assert own
    preview = owner.get("/console/brands/acme/withdraw", params={"reference": own})
    assert "has no other reference in force" in text_of(preview)
    assert {each.reference_id for each in running.registry.references()} >= set(own)  # nothing happened yet
    form = {"csrf": token_of(owner), "references": " ".join(own)}
    done = owner.post("/console/brands/acme/withdraw", data=form)
    assert "Undo: reinstate" in done.text
    assert not {each.reference_id for each in running.registry.references()} & set(own)
    assert "in force again" in owner.post("/console/brands/acme/reinstate", data=form).text
    assert {each.reference_id for each in running.registry.references()} >= set(own)
    assert "Select references" in owner.get("/console/brands/acme/withdraw").text


def test_a_new_brand_needs_its_identifier_granted(running: Running, as_person: Browsers) -> None:
    owner, now = as_person("of-bolt"), datetime.now(UTC)
    assert "You may register no new brand" in owner.get("/console/new-brand").text
    set_brands(running.registry.database, "of-bolt", frozenset({"bolt", "bolt-kids"}), now)
    assert "bolt-kids" in owner.get("/console/brands").text
    form = {"csrf": token_of(owner), "brand": "bolt-kids", "name": "Kids", "owner": "Bolt AG", "contact": "k@b.example"}
    assert owner.post("/console/new-brand", data=form).headers["location"] == "/console/brands/bolt-kids"
    again = owner.post("/console/new-brand", data=form | {"name": "Taken"})
    assert (again.status_code, running.registry.brand("bolt-kids").name) == (422, "Kids")
    root = as_person("root")
    answer = root.post("/console/new-brand", data=form | {"csrf": token_of(root), "brand": "any"})
    assert answer.status_code == 303


def test_authorizations_are_imported_all_or_none_and_exported_again(running: Running, as_person: Browsers) -> None:
    owner = as_person("of-acme")
    path, form = "/console/brands/acme/authorizations", {"csrf": token_of(owner)}

    def send(rows: str, **more: str) -> str:
        table = ("sellers.csv", f"brand,seller,markets\n{rows}".encode())
        return text_of(owner.post(f"{path}/import", data=form | more, files={"file": table}))

    said = send("acme,C1,DE\nbolt,C2,\nacme,C3,UK\n", do="record")
    assert "Nothing was recorded, because 2 rows are wrong" in said
    assert "not yours" in said
    assert running.registry.authorizations(seller_id="C1") == ()
    assert "only checked" in send("acme,C1,DE\n", do="check")
    assert running.registry.authorizations(seller_id="C1") == ()
    assert "1 authorization is recorded" in send("acme,C1,DE\nacme,C3,UK\n", do="record", partial="1")
    table = owner.get(f"{path}.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "acme,C1,logo,DE" in table.text
    again = owner.post(f"{path}/import", data=form | {"do": "record"}, files={"file": ("again.csv", table.content)})
    assert "0 new" in text_of(again)
    assert "Nothing was imported" in send('acme,"C1,DE\n', do="record")


def test_a_table_that_would_hold_up_other_writes_is_refused(running: Running) -> None:
    many = b"brand,seller\n" + b"".join(b"acme,M%d\n" % number for number in range(MOST_ROWS + 1))
    for data, limit in ((many, "5001 rows"), (b"x" * (MAX_TABLE_BYTES + 1), "over 1 MiB")):
        with pytest.raises(InvalidField, match=limit):
            take_table(running.app.state.service, "user x", "acme", "in.csv", data, record=True, partial=False)
    assert running.registry.authorizations(seller_id="M1") == ()


def test_a_table_that_cannot_be_read_is_refused_by_the_api_with_the_reason(running: Running) -> None:
    table = {"file": ("table.csv", b"0\r\n", "text/csv")}
    answer = running.http.post(
        "/v1/brands/acme/authorizations/import", files=table, headers=running.as_role(Role.ADMIN)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unusable")
    assert "table.csv" in answer.json()["detail"]


def test_the_api_edits_reinstates_and_imports(running: Running) -> None:
    key, base = running.as_role(Role.BRAND_OWNER), "/v1/brands/acme"
    http = running.http
    assert http.patch(base, headers=key, json={"owner": "Acme Holding"}).json()["owner"] == "Acme Holding"
    assert http.patch(base, headers=key, json={}).json()["code"] == "invalid_field"
    assert http.patch(base, headers=key, json={"nam": "x"}).status_code == 422
    logo = next(each.reference_id for each in running.registry.references() if each.brand_id == "bolt")
    admin = running.as_role(Role.ADMIN)
    mark = {"office": "US", "registration_number": "77", "nice": [9], "expires": "2030-01-02"}
    made = http.patch(f"/v1/brands/bolt/references/{logo}/mark", headers=admin, json=mark).json()
    assert (made["office"], made["expires"]) == ("US", "2030-01-02")
    address = f"/v1/brands/bolt/marks/{made['mark_id']}"
    assert http.patch(address, headers=admin, json={"expires": None}).json()["expires"] is None
    assert http.patch(f"{base}/marks/{made['mark_id']}", headers=key, json={"nice": []}).status_code == 404
    assert http.patch(f"{base}/references/{logo}/mark", headers=key, json={"nice": []}).status_code == 404
    photo = next(each.reference_id for each in running.registry.references() if each.brand_id == "acme")
    assert http.delete(f"{base}/references/{photo}", headers=key).json()["withdrawn_at"] is not None
    assert http.post(f"{base}/references/{photo}/reinstate", headers=key).json()["withdrawn_at"] is None
    assert http.post(f"{base}/references/{logo}/reinstate", headers=key).status_code == 404
    files = {"file": ("in.csv", b"brand,seller\nacme,A1\nacme, \n")}
    answer = http.post(f"{base}/authorizations/import", headers=key, files=files).json()
    assert (answer["recorded"], [row["state"] for row in answer["rows"]]) == (0, ["new", "wrong"])
    answer = http.post(f"{base}/authorizations/import", headers=key, files=files, data={"partial": "true"}).json()
    assert answer["recorded"] == 1
    given = {"seller_id": "A1", "last_day": date.max.isoformat()}
    narrower = http.post(f"{base}/authorizations", headers=key, data=given).json()
    assert "covers all of this" in narrower["remarks"][0]
    past = http.post(f"{base}/authorizations", headers=key, data={"seller_id": "A2", "last_day": "2020-01-01"})
    assert (past.status_code, "is past" in past.json()["detail"]) == (422, True)
