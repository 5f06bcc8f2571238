"""Attacks with forms, addresses and headers: character sets, log-ins, numbers, control characters and another Host."""

import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Final

import httpx

from attacks.findings import Finding, NotTried, judged
from attacks.measuring import in_threads, watching
from attacks.own_service import ADMIN, BRAND, OWNER, PASSWORD, REVIEWER
from attacks.target import Target

CODECS: Final = ("punycode", "idna", "utf-7", "utf-16", "unicode_escape", "rot13", "zlib", "base64", "undefined")
GUESSES: Final = 60  # at once; ten a minute are promised
_FROM_ADDRESS: Final = 360  # in a minute; 300 in ten are promised
_SLOW_FIELD: Final = 400_000  # bytes of one field
_LOG_INS: Final = 24


def multipart(name: str, value: bytes, charset: str = "") -> tuple[bytes, str]:
    """A form of one text field, and its Content-Type."""
    edge = secrets.token_hex(8)
    body = b"--%b\r\nContent-Disposition: form-data; name=%b\r\n\r\n%b\r\n--%b--\r\n"
    header = f"multipart/form-data; boundary={edge}" + (f"; charset={charset}" if charset else "")
    return body % (edge.encode(), name.encode(), value, edge.encode()), header


def forms_of(target: Target) -> list[tuple[str, str | None, str]]:
    """Every path that takes a form from somebody else than a user, the key it needs, and the name of a field."""
    keys = target.keys
    return [
        ("/console/login", None, "name"),
        ("/appeal/" + "0" * 72, None, "statement"),
        ("/v1/scans", keys.pipeline, "title"),
        (f"/v1/brands/{BRAND}/notices", keys.owner, "statement"),
        (f"/v1/brands/{BRAND}/references", keys.owner, "nice"),
        (f"/v1/brands/{BRAND}/authorizations", keys.owner, "seller_id"),
        ("/v1/seller-notices/" + "0" * 32 + "/appeals", keys.pipeline, "statement"),
    ]


def slow_charset(target: Target) -> Finding:
    """A form is decoded as UTF-8 or refused, so that no field costs more than its bytes."""
    with watching(target, scans=False) as watched, target.calling(None) as http:
        body, header = multipart("name", b"a" * _SLOW_FIELD, "punycode")
        with suppress(httpx.TransportError):
            http.post("/console/login", content=body, headers={"Content-Type": header})
        smaller, header = multipart("title", b"a" * 65_000, "punycode")
        for path, key, _ in forms_of(target)[1:]:
            headers = {"Content-Type": header} | ({} if key is None else {"Authorization": f"Bearer {key}"})
            with suppress(httpx.TransportError):
                http.post(path, content=smaller, headers=headers)
    faults = [f"the event loop stood still for {watched.silent:.0f} quiet scans"] if watched.silent > 5 else []
    return judged(faults, f"{_SLOW_FIELD // 1000} kB of punycode at the log-in: silence {watched.silent:.1f} × a scan")


def odd_charsets(target: Target) -> Finding:
    """A form in any character set is an error of the caller, never of the service."""
    failed: Counter[str] = Counter()
    count = 0
    with target.calling(None) as http:
        for path, key, name in forms_of(target):
            for charset in CODECS:
                body, header = multipart(name, b"+AAA-\xff\\u12 xn--a", charset)
                headers = {"Content-Type": header} | ({} if key is None else {"Authorization": f"Bearer {key}"})
                status = http.post(path, content=body, headers=headers).status_code
                count += 1
                failed[charset] += status >= 500
    named = ", ".join(charset for charset, times in failed.items() if times)
    return judged([f"500 for {named}"] if named else [], f"{sum(failed.values())} of {count} forms answered with 500")


def log_ins_starve(target: Target) -> Finding:
    """Log-ins, however many, do not slow down scans."""
    statuses: Counter[int] = Counter()

    def log_in(number: int) -> None:
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}  # as our own proxy would name the callers
        with target.calling(None) as http:
            for turn in range(3):
                form = {"name": f"nobody-{number}-{turn}", "password": "wrong" * 4}
                with suppress(httpx.TransportError):
                    statuses[http.post("/console/login", data=form, headers=headers).status_code] += 1

    with watching(target) as watched:
        time.sleep(target.quiet_scan)
        in_threads(_LOG_INS, log_in)
    return judged(watched.faults(), f"{_LOG_INS} log-ins at once, {dict(statuses)}: {watched.words()}")


def guesses_at_one_name(target: Target) -> Finding:
    """Ten guesses a minute at one name are checked, also when they come all at once."""
    checked = _guess(
        target, lambda _: {"name": "victim", "password": "x" * 20}, "203.0.113.7", GUESSES, at_once=GUESSES
    )
    faults = [f"{checked} guesses were checked"] if checked > 15 else []
    return judged(faults, f"{checked} of {GUESSES} guesses at once were checked")


def guesses_from_one_address(target: Target) -> Finding:
    """Guesses from one address are limited over all names, and a forged X-Forwarded-For makes no new address."""

    def form(number: int) -> dict[str, str]:
        return {"name": f"victim-{secrets.token_hex(4)}-{number}", "password": "Password1234"}

    checked = _guess(target, form, "198.51.100.{}, 203.0.113.9", _FROM_ADDRESS, at_once=12)
    faults = [f"{checked} guesses from one address were checked"] if checked > 310 else []
    return judged(faults, f"{checked} of {_FROM_ADDRESS} guesses at as many names were checked")


def _guess(target: Target, form: Callable[[int], dict[str, str]], callers: str, count: int, *, at_once: int) -> int:
    """How many wrong passwords were compared; `callers` is the X-Forwarded-For, with a number where it has {}."""
    statuses: list[int] = []

    def guess(number: int) -> None:
        headers = {"X-Forwarded-For": callers.format(number % 250)}
        with target.calling(None) as http, suppress(httpx.TransportError):
            statuses.append(http.post("/console/login", data=form(number), headers=headers).status_code)

    for first in range(0, count, at_once):
        in_threads(min(at_once, count - first), partial(_from, guess, first))
    if 404 in statuses:
        raise NotTried("there is no log-in page at this address")
    return statuses.count(401)


def _from(work: Callable[[int], None], first: int, number: int) -> None:
    work(first + number)


def log_in(target: Target, user: str) -> tuple[httpx.Client, str]:
    """A browser with a session of one of our users, and the token of its forms. NotTried: the log-in was refused."""
    target.needs_own()
    browser = httpx.Client(base_url=target.address, timeout=60, trust_env=False)
    for _ in range(8):  # an attack may just have used up the attempts of this minute
        answer = browser.post("/console/login", data={"name": user, "password": PASSWORD})
        if answer.status_code == 303:
            page = browser.get("/console/brands").text
            return browser, page.partition('name="csrf" value="')[2].partition('"')[0]
        time.sleep(10)
    raise NotTried(f"the log-in of {user} was answered {answer.status_code}")


def huge_numbers(target: Target) -> Finding:
    """A number in an address that no record can have is unknown, not an error of the service."""
    huge = (2**63, 2**64, 10**40)
    statuses: Counter[int] = Counter()
    with target.calling(target.keys.admin) as http:
        for number in huge:
            statuses[http.delete(f"/v1/brands/{BRAND}/authorizations/{number}").status_code] += 1
    if target.own is not None:
        browser, csrf = log_in(target, ADMIN)
        with closing(browser):
            for number in huge:
                for path in (
                    f"decisions/{number}/undo",
                    f"conflicts/{number}/resolve",
                    f"brands/{BRAND}/authorizations/{number}/revoke",
                    f"brands/{BRAND}/suppressions/{number}/end",
                ):
                    statuses[browser.post(f"/console/{path}", data={"csrf": csrf}).status_code] += 1
                statuses[browser.get(f"/console/appeals/none/documents/{number}").status_code] += 1
    failed = sum(count for status, count in statuses.items() if status >= 500)
    return judged([f"{failed} calls ended with 500"] if failed else [], str(dict(statuses)))


def other_pipelines_notice(target: Target) -> Finding:
    """A pipeline's key reads the seller notices of its own scans only."""
    seller_notice = blocked_notice(target, "seller-of-pipeline")
    with target.calling(target.keys.other_pipeline) as http:
        status = http.get(f"/v1/seller-notices/{seller_notice}").status_code
    with target.calling(target.keys.pipeline) as http:
        own = http.get(f"/v1/seller-notices/{seller_notice}").status_code
    faults = ["another pipeline's key read it"] if status == 200 else []
    faults += [f"its own key was answered {own}"] if own != 200 else []
    return judged(faults, f"the other key was answered {status}, its own {own}")


def blocked_notice(target: Target, seller: str) -> str:
    """The id of the seller notice that follows a blocked listing. NotTried: no notice came."""
    own = target.needs_own()
    copy = (own.pristine.parent / "copy.jpg").read_bytes() + secrets.token_bytes(8)
    with target.calling(target.keys.pipeline) as http:
        answer = target.scan(http, copy, seller_id=seller, listing_id=f"L-{secrets.token_hex(4)}").json()
    rows = own.rows("SELECT seller_notice_id FROM seller_notices WHERE case_id = ?", str(answer.get("scan_id")))
    if not rows:
        raise NotTried(f"the copied photo was not blocked: {answer.get('decision')}")
    return str(rows[0][0])


def control_characters(target: Target) -> Finding:
    """No form of the console takes control characters into a record."""
    bad = "note\x07\x1b[31m\x08\u202e"
    browser, csrf = log_in(target, OWNER)
    taken = []
    with closing(browser):
        form = {"csrf": csrf, "seller": f"seller{bad}", "kinds": "logo"}
        browser.post(f"/console/brands/{BRAND}/authorizations", data=form)
    reviewer, csrf = log_in(target, REVIEWER)
    with closing(reviewer):
        reviewer.post("/console/sellers/S%07%1b/points", data={"csrf": csrf, "points": "1", "cause": "plain"})
        reviewer.post("/console/sellers/S-control/points", data={"csrf": csrf, "points": "1", "cause": bad})
    own = target.needs_own()
    for table, column in (("authorizations", "seller_id"), ("ledger", "cause"), ("ledger", "seller_id")):
        query = f"SELECT count(*) FROM {table} WHERE instr({column}, char(7)) OR instr({column}, char(27))"
        if own.rows(query)[0][0]:
            taken.append(f"{table}.{column}")
    return judged([f"control characters are in {', '.join(taken)}"] if taken else [], "3 forms sent")


def redirect_follows_host(target: Target) -> Finding:
    """A redirect leads to this service, whatever Host the caller names."""
    with target.calling(target.keys.admin) as http:
        answers = [
            http.get(path, headers={"Host": "evil.example"})
            for path in ("/v1/brands/", "/console/", "/console/queue/", "/console/brands/", "/healthz/")
        ]
    places = [answer.headers.get("location", "") for answer in answers]
    bad = [place for place in places if "evil.example" in place]
    return judged([f"a redirect leads to {bad[0]}"] if bad else [], f"{len(places)} addresses with another Host")


def cut_off_calls(target: Target) -> Finding:
    """A caller who hangs up is no error of the service, and its log does not say so."""
    log = target.needs_own().log
    before = log.read_text("utf-8", "replace").count('"ERROR"')
    head = f"Authorization: Bearer {target.keys.pipeline}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    for _ in range(10):
        with socket.create_connection(target.host_and_port, 5) as caller:
            caller.sendall(f"POST /v1/scans HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 9999\r\n\r\n--x".encode())
            threading.Event().wait(0.05)
    threading.Event().wait(1.0)
    errors = log.read_text("utf-8", "replace").count('"ERROR"') - before
    return judged([f"{errors} errors in the log"] if errors else [], "10 calls were cut off in their bodies")
