"""Forms that break off, or whose fields are repeated, misspelt or no UTF-8: each is refused by every route."""

import asyncio
import re
from datetime import UTC, datetime

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message

from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.service.api.listing_form import listing_of
from scanner.service.limits.filenames import printable_name, with_plain_name
from scanner.service.limits.forms import FormRequest, FormRoute
from scanner.service.problems import Problem
from scanner.settings import ServiceSettings
from scanner.verdicts.policy import Restriction
from tests.scanner.service.api.test_scans import CLEAN
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_appeals import blocked, page_of
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import PASSWORD, Browsers

END = b"--B--\r\n"
MULTIPART = "multipart/form-data; boundary=B"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Cookies over plain HTTP, and notices to sellers."""
    return ServiceSettings(
        workers=1, calls_a_minute=100_000, secure_cookies=False, notify_on_block=Restriction.DISABLED
    )


def part(name: str, data: bytes | str, file: str | None = None, head: str = "") -> bytes:
    named = f'; filename="{file}"' if file is not None else ""
    text = f'--B\r\nContent-Disposition: form-data; name="{name}"{named}{head}\r\n\r\n'
    return text.encode() + (data.encode() if isinstance(data, str) else data) + b"\r\n"


def form_of(body: bytes, path: str = "/v1/scans", media_type: str = MULTIPART, chunk: int = 7) -> FormData:
    """The form as a route gets it, from a body that comes in small chunks."""
    chunks = [body[start : start + chunk] for start in range(0, len(body), chunk)] or [b""]

    async def receive() -> Message:
        data = chunks.pop(0)
        return {"type": "http.request", "body": data, "more_body": bool(chunks)}

    async def read() -> FormData:
        headers = [(b"content-type", media_type.encode())]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
        async with FormRequest({**scope, "server": ("a", 80), "scheme": "http"}, receive).form() as form:
            return form

    return asyncio.run(read())


def refused(body: bytes, path: str = "/v1/scans", media_type: str = MULTIPART) -> tuple[int, str]:
    with pytest.raises(Problem) as found:
        form_of(body, path, media_type)
    return found.value.status, found.value.code


def test_no_route_that_takes_a_form_lets_one_pass_that_breaks_off(running: Running) -> None:
    now = datetime.now(UTC)
    add_user(running.registry.database, "root", PASSWORD, Role.ADMIN, now)
    seller_notice, browsers = blocked(running, "S-broken"), Browsers(running)
    browser = browsers("root")
    token, known = token_of(browser), {"brand": "acme", "seller_notice_id": seller_notice.seller_notice_id}
    known |= {"token": page_of(running, seller_notice).removeprefix("/appeal/"), "case_id": seller_notice.case_id}
    before, tried = len(list(running.registry.history())), 0
    body = part("csrf", token) + part("name", "root") + part("seller_id", "S1")
    for route in iter_route_contexts(running.app.routes):
        if not {"POST", "PUT", "PATCH"} & set(route.methods or ()):
            continue
        template = str(route.path)
        assert isinstance(route.original_route, FormRoute), f"the router of {template} needs route_class=FormRoute"
        path = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "1"), template)
        if "POST" not in (route.methods or ()) or path == "/v1/brands/acme/forms/1/refuse":  # JSON
            continue
        key = running.as_role(Role.ADMIN) if path.startswith("/v1/") else {}
        for cut in (body, body[:-9]):
            answer = browser.post(path, content=cut, headers={"Content-Type": MULTIPART, **key})
            made_up = not set(re.findall(r"\{(\w+)\}", template)) <= known.keys() or path.endswith("/documents")
            if answer.status_code in {404, 409} and made_up:
                continue  # there is nothing at the address, or no appeal that takes documents
            assert answer.status_code == 400, f"{path}: {answer.status_code}"
            assert "closing boundary" in answer.text or path.startswith("/appeal/"), path  # in its own words
        tried += 1
    browser.close()
    assert tried > 20
    assert len(list(running.registry.history())) == before, "something was written"


@pytest.mark.parametrize("cut", [1, 2, 3, len(END), len(END) + 2, len(END) + 3, 60])
def test_a_form_needs_its_closing_boundary(cut: int) -> None:
    whole = part("images", b"\xff\xd8...", "a.jpg") + part("seller_id", "S1") + END.rstrip()
    assert form_of(whole)["seller_id"] == form_of(whole + b"\r\n")["seller_id"] == "S1"
    assert refused(whole[:-cut])[0] == 400
    assert refused(b"") == (400, "form_broken_off")


def test_what_follows_the_closing_boundary_is_not_dropped() -> None:
    one = part("title", "a") + END
    assert refused(one + part("seller_id", "S1") + END) == refused(one + b"x") == (400, "invalid_form")


@pytest.mark.parametrize("data", [b"Caf\xe9", b"\xff\xfe", b"a\xc3"])
def test_text_that_is_not_utf_8_is_no_latin_1(data: bytes) -> None:
    assert refused(part("title", data) + END) == (400, "invalid_text")
    assert refused(part("title", "a").replace(b"title", data) + END) == (400, "invalid_text")
    quoted = "".join(f"%{each:02x}" for each in data).encode()
    for body in (b"title=" + quoted, quoted + b"=a"):
        assert refused(body, media_type="application/x-www-form-urlencoded") == (400, "invalid_text")


def test_a_field_that_is_sent_twice_has_no_single_value() -> None:
    form = form_of(part("seller_id", "S1") + part("seller_id", "S2") + part("kinds", "logo") + END)
    assert form.getlist("seller_id") == ["S1", "S2"]
    assert form.get("kinds") == "logo"
    with pytest.raises(Problem, match="send it once"):
        form.get("seller_id")


def test_a_part_without_a_name_or_with_encoded_bytes_is_refused() -> None:
    nameless = b"--B\r\nContent-Disposition: form-data\r\n\r\na\r\n"
    encoded = part("title", "YQ==", head="\r\nContent-Transfer-Encoding: base64")
    twice = part("title", "a", head='\r\nContent-Disposition: form-data; name="seller_id"')
    assert {refused(each + END) for each in (nameless, encoded, twice)} == {(400, "invalid_form")}


def test_a_limit_of_a_form_is_answered_with_what_is_too_much_and_what_to_do() -> None:
    long, urlencoded = b"a" * (2**20 + 1), "application/x-www-form-urlencoded"
    for body, media_type in ((part("title", long) + END, MULTIPART), (b"title=" + long, urlencoded)):
        with pytest.raises(Problem, match="field 'title' is longer than 1,048,576 bytes: shorten it") as found:
            form_of(body, media_type=media_type, chunk=2**16)
        assert (found.value.status, found.value.code) == (413, "field_too_long")
    for body, media_type in ((part("a", "") * 1_001 + END, MULTIPART), (b"a=b&" * 1_001, urlencoded)):
        with pytest.raises(Problem, match="more than 1,000 text fields: send 1,000 at most") as found:
            form_of(body, media_type=media_type, chunk=2**16)
        assert (found.value.status, found.value.code) == (422, "too_many_fields")
    with pytest.raises(Problem, match="a part of the form has no name: send Content-Disposition"):
        form_of(b"--B\r\nContent-Disposition: form-data\r\n\r\na\r\n" + END)


def test_a_field_that_comes_as_a_file_is_asked_for_as_text() -> None:
    with pytest.raises(Problem, match="seller_id: send it as text"):
        listing_of(form_of(part("seller_id", "S1", "seller.txt") + END))


def test_an_empty_file_is_refused_and_only_a_browser_sends_one_where_none_was_chosen() -> None:
    for path in ("/v1/scans", "/console/brands/acme/references", "/appeal/x"):
        assert refused(part("images", b"", "front.jpg") + END, path) == (422, "invalid_field")
    nothing = part("images", b"", "") + part("kind", "logo") + END
    assert list(form_of(nothing, "/console/brands/acme/references")) == ["kind"]
    assert refused(nothing) == (422, "invalid_field")
    file = form_of(part("documents", b"abc", "") + END, "/appeal/x")["documents"]
    assert isinstance(file, UploadFile)
    assert file.filename == "document-1", "a file without a name is not left out"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=UTF-8''a%C3%A9.jpg", "aé.jpg"),
        ("filename*=iso-8859-1'en'caf%e9.jpg", "café.jpg"),
        ("filename*=UTF-8''a%22%5C%0D%0Ab.jpg", 'a"\\\ufffd\ufffdb.jpg'),
        ("filename=\"plain.jpg\"; filename*=UTF-8''other.jpg", "plain.jpg"),
        (r'filename="a\"b\\c.jpg"', r'a"b\c.jpg'),
        (r'filename="C:\fakepath\a.jpg"', "a.jpg"),
        ('filename="../../etc/a.jpg"', "../../etc/a.jpg"),
        ("filename=a.jpg", "a.jpg"),
    ],
)
def test_a_file_name_is_read_however_clients_write_it(disposition: str, name: str) -> None:
    file = form_of(part("images", b"abc", head="; " + disposition) + END)["images"]
    assert isinstance(file, UploadFile)
    assert file.filename == name


@pytest.mark.parametrize("value", ["UTF-8''%ff", "utf-16''%00a", "a.jpg", "UTF-8'a.jpg"])
def test_a_malformed_extended_file_name_is_refused(value: str) -> None:
    with pytest.raises(Problem, match="RFC 8187"):
        with_plain_name(f'form-data; name="images"; filename*={value}'.encode())


def test_a_file_name_that_is_not_utf_8_is_shown_as_such() -> None:
    body = part("images", b"abc", "caf?.jpg").replace(b"?", b"\xe9")
    file = form_of(body + END)["images"]
    assert isinstance(file, UploadFile)
    assert file.filename == "caf\ufffd.jpg"
    assert printable_name("a\x00\u202egpj.exe") == "a\ufffd\ufffdgpj.exe"


@pytest.mark.parametrize(
    ("place", "fields", "why"),
    [
        ("/v1/scans", {"seller-id": "S1"}, "seller-id"),
        ("/v1/brands/acme/authorizations", {"seller_id": "S9", "market": "DE"}, "market"),
        ("/v1/brands/acme/authorizations", {"seller_id": ["S9", "S8"]}, "seller_id"),
        ("/v1/brands/acme/references", {"kind": ["photo", "logo"]}, "kind"),
        ("/v1/brands/acme/notices", {"kind": "photo", "statement": "Ours.", "brand": "bolt"}, "brand"),
    ],
)
def test_a_misspelt_or_repeated_field_is_named_and_nothing_is_recorded(
    running: Running, place: str, fields: dict[str, str | list[str]], why: str
) -> None:
    before = len(list(running.registry.history()))
    name = "image" if place.endswith("references") else "images"
    files = None if place.endswith("authorizations") else {name: ("a.jpg", CLEAN)}
    answer = running.http.post(place, data=fields, files=files, headers=running.as_role(Role.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert f"'{why}'" in answer.json()["detail"]
    assert len(list(running.registry.history())) == before


def test_json_where_a_form_is_asked_for_is_refused_as_such(running: Running) -> None:
    place, key = "/v1/brands/acme/authorizations", running.as_role(Role.ADMIN)
    answer = running.http.post(place, json={"seller_id": "S9"}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_form")
    assert "takes a form, and application/json was sent" in answer.json()["detail"]


def test_a_form_where_json_is_asked_for_is_refused_as_such(running: Running) -> None:
    answer = running.http.patch("/v1/brands/acme", data={"owner": "Acme Ltd"}, headers=running.as_role(Role.ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert "takes an object in JSON, and application/x-www-form-urlencoded was sent" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "seller_id is missing: send it"),
        ({"seller_id": "S9", "last_day": "soon"}, "last_day is no day: send one, such as 2026-01-31"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_plain_words(running: Running, fields: dict[str, str], said: str) -> None:
    place, key = "/v1/brands/acme/authorizations", running.as_role(Role.ADMIN)
    answer = running.http.post(place, data=fields, headers=key)
    assert (answer.status_code, answer.json()["detail"]) == (422, said)


def test_a_title_on_several_lines_is_one_line(running: Running) -> None:
    def scan(**listing: str) -> httpx.Response:
        files, key = {"images": ("a.jpg", CLEAN)}, running.as_role(Role.PIPELINE)
        return running.http.post("/v1/scans", files=files, data=listing, headers=key)

    answer = scan(title=" Red\tdress\r\n new\u2028\n", category="a\n\nb").json()
    assert (answer["title"], answer["category"]) == ("Red dress new", "a b")
    assert scan(title="a\x1bb").status_code == scan(seller_id="S\t1").status_code == 422


@pytest.mark.parametrize(
    "place", ["/healthz", "/readyz", "/metrics", "/openapi.json", "/console/login", "/v1/scans/no"]
)
def test_head_answers_as_get_does_without_a_body(running: Running, place: str) -> None:
    head, got = (running.http.request(each, place, headers=running.as_role(Role.ADMIN)) for each in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert running.http.head("/v1/scans/no").status_code == 401
    assert running.http.head("/console/logout").status_code == 405
