"""Text in bodies is UTF-8: no caller chooses the codec that decodes it."""

import httpx
import pytest
from starlette.datastructures import Headers

from scanner.service.accounts.roles import Role
from scanner.service.limits.media_types import LONGEST_LINE, LONGEST_LOGIN, LONGEST_TEXT, check_media_type, most_bytes
from scanner.service.problems import Problem
from scanner.settings import ServiceSettings
from tests.scanner.service.conftest import Running

FORMS = (
    "/console/login",
    "/console/logout",
    "/console/brands/acme/references",
    "/console/cases/none/decide",
    "/appeal/none",
    "/v1/scans",
    "/v1/brands/acme/references",
    "/v1/brands/acme/authorizations",
    "/v1/brands/acme/notices",
    "/v1/seller-notices/none/appeals",
    "/no/such/page",
)
CODECS = ("punycode", "idna", "utf-16", "utf-7", "latin-1", "unicode_escape", "undefined", "hex", "no-such-codec", "")


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Cookies over plain HTTP."""
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


def form(part: str = "", fields: str = "") -> bytes:
    text = f'{fields}--b\r\nContent-Disposition: form-data; name="name"{part}\r\n\r\nJosé\r\n--b--\r\n'
    return text.encode()


def post(running: Running, path: str, media_type: str, body: bytes) -> httpx.Response:
    key = running.as_role(Role.ADMIN) if path.startswith("/v1/") else {}
    return running.http.post(path, content=body, headers={"Content-Type": media_type, **key})


@pytest.mark.parametrize("path", FORMS)
def test_a_form_in_another_charset_is_refused_wherever_it_is_sent(running: Running, path: str) -> None:
    answer = post(running, path, "multipart/form-data; boundary=b; charset=punycode", form())
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_charset"


@pytest.mark.parametrize("codec", CODECS)
def test_nothing_but_utf_8_is_accepted(codec: str) -> None:
    for media_type in ("multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "application/json"):
        for written in (
            f"charset={codec}",
            f'Charset="{codec}"',
            f"charset = {codec} ",
            f"charset=utf-8; charset={codec}",
        ):
            with pytest.raises(Problem, match="send text as UTF-8"):
                check_media_type(Headers({"Content-Type": f"{media_type}; {written}"}))


@pytest.mark.parametrize("named", ["utf-8", "UTF-8", "utf8", '"utf-8"'])
def test_utf_8_may_be_named(running: Running, named: str) -> None:
    answer = post(running, "/console/login", f"multipart/form-data; boundary=b; charset={named}", form())
    assert answer.status_code == 401, "a wrong password"


def test_a_second_media_type_is_refused() -> None:
    twice = [(b"content-type", b"text/plain"), (b"content-type", b"multipart/form-data; boundary=b; charset=punycode")]
    with pytest.raises(Problem, match="send it once"):
        check_media_type(Headers(raw=twice))


@pytest.mark.parametrize(
    "body",
    [
        form(part="\r\nContent-Type: text/plain; charset=punycode"),
        form(part="; name*=punycode''other"),
        form(fields='--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\npunycode\r\n'),
    ],
    ids=["of a part", "of a name", "_charset_"],
)
def test_charsets_within_a_form_choose_no_codec(running: Running, body: bytes) -> None:
    answer = post(running, "/console/login", "multipart/form-data; boundary=b", body)
    assert answer.status_code == 401, "read as UTF-8: a wrong password"


def test_a_file_name_is_utf_8_whatever_else_it_claims(running: Running) -> None:
    name = "; filename=\"José.jpg\"; filename*=punycode''abc-"
    body = form().replace(b'name="name"', f'name="images"{name}'.encode())
    answer = post(running, "/v1/scans", "multipart/form-data; boundary=b", body)
    assert answer.status_code == 200
    assert [each["image"] for each in answer.json()["images"]] == ["José.jpg"]


def test_only_forms_with_files_may_be_long() -> None:
    longest = 2**26
    kinds = ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json", "")
    most = [most_bytes("/v1/scans", Headers({"content-type": kind}), longest) for kind in kinds]
    assert most == [longest, LONGEST_LINE, LONGEST_TEXT, LONGEST_TEXT]
    assert {most_bytes("/console/login", Headers({"content-type": kind}), longest) for kind in kinds} == {LONGEST_LOGIN}
    assert {most_bytes("/v1/scans", Headers({"content-type": kind}), 10) for kind in kinds} == {10}


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-32", "utf-32-be", "latin-1"])
def test_json_in_another_encoding_is_refused(running: Running, codec: str) -> None:
    body = '{"name": "Añil", "owner": "Acme Ltd", "contact": "ip@acme.example"}'
    headers = {"Content-Type": "application/json", **running.as_role(Role.ADMIN)}
    assert running.http.put("/v1/brands/acme", content=body.encode(codec), headers=headers).status_code == 400
    assert running.http.put("/v1/brands/acme", content=body.encode(), headers=headers).status_code < 300


@pytest.mark.parametrize("body", [b"name=\xff\xfe&password=a", b"name=ann&password=a\xc3"])
def test_a_form_that_is_not_utf_8_is_refused(running: Running, body: bytes) -> None:
    assert post(running, "/console/login", "application/x-www-form-urlencoded", body).status_code == 400


@pytest.mark.parametrize("control", ["\x80", "\x85", "\x9f", "\x7f", "\x01"])
def test_a_listing_has_no_control_characters(running: Running, control: str) -> None:
    files, key = {"images": ("a.jpg", b"x")}, running.as_role(Role.PIPELINE)
    answer = running.http.post("/v1/scans", files=files, data={"title": f"a{control}b"}, headers=key)
    assert (answer.status_code, "control characters" in answer.text) == (422, True)
