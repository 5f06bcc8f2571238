"""Attacks with notices, sellers' appeals and the receiver of messages."""

import secrets
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from attacks.findings import Finding, NotTried, judged
from attacks.forms import blocked_notice
from attacks.measuring import SLOWER, in_threads, watching
from attacks.own_service import BRAND, free_port
from attacks.target import Target
from attacks.uploads import another_logo, quiet_registration

DOCUMENT: Final = 2 * 2**20  # bytes
_TRIES: Final = 8  # of an appeal; ten a minute are let in
_DAY: Final = 64 * 2**20  # bytes of documents that all appeals against one notice may leave on the disk
_DRIP: Final = 1.0  # seconds between two bytes of a receiver that never ends
_DELIVERED: Final = 75.0  # seconds within which a message arrives though the one before hangs
_WATCHERS: Final = 24  # calls for a seller's images at once
_TIMES: Final = 6  # that each calls for both


def block_by_notice(target: Target) -> Finding:
    """A notice never has a listing disabled without a reviewer: a brand that sends its own photo proves nothing."""
    own = target.needs_own()
    victim = f"victim-{secrets.token_hex(4)}"
    photo = (own.pristine.parent / "registered.jpg").read_bytes() + secrets.token_bytes(8)
    with target.calling(target.keys.owner) as http:
        answer = http.post(
            f"/v1/brands/{BRAND}/notices",
            files={"images": ("photo.jpg", photo)},
            data={"kind": "photo", "statement": "ours", "seller_id": victim, "listing_id": "L-victim"},
        )
    if answer.status_code != 201:
        raise NotTried(f"the notice was answered {answer.status_code}")
    sent = own.rows("SELECT restriction, automated FROM seller_notices WHERE seller_id = ?", victim)
    decided = own.rows("SELECT state FROM cases WHERE seller_id = ?", victim)
    automatic = [str(row[0]) for row in sent if row[1]]
    faults = [f"the seller was notified that the listing is {automatic[0]}"] if automatic else []
    return judged(faults, f"the case is {decided[0][0] if decided else 'missing'}, {len(sent)} seller notices")


def page_of(target: Target, seller_notice: str) -> str:
    """The path of the seller's page of a notice, as the marketplace gets it."""
    with target.calling(target.keys.pipeline) as http:
        answer = http.get(f"/v1/seller-notices/{seller_notice}").raise_for_status()
    return urlsplit(str(answer.json()["link"])).path


def appeals_fill_the_disk(target: Target) -> Finding:
    """Nothing of an appeal that is refused stays on the disk."""
    own = target.needs_own()
    path = page_of(target, blocked_notice(target, "seller-of-appeals"))
    folder = own.store.root / "appeals"
    document = b"%PDF-" + secrets.token_bytes(DOCUMENT)
    statuses: Counter[int] = Counter()
    with target.calling(None) as http:
        for number in range(_TRIES):
            form = {"form": "complaint", "statement": f"try {number}"}
            files = [("documents", (f"{place}.pdf", document)) for place in range(3)]
            statuses[http.post(path, data=form, files=files).status_code] += 1
    recorded = int(own.rows("SELECT coalesce(sum(length), 0) FROM appeal_documents")[0][0])
    kept = bytes_in(folder)
    faults = [f"{(kept - recorded) / 1e6:.0f} MB of refused appeals stay"] if kept > recorded else []
    faults += [f"{kept / 1e6:.0f} MB were accepted"] if recorded > _DAY else []
    return judged(faults, f"{_TRIES} tries of 6 MB at one address, {dict(statuses)}: {kept / 1e6:.0f} MB stay")


def bytes_in(folder: Path) -> int:
    """The bytes of all files in a folder; 0: there is none."""
    return sum(file.stat().st_size for file in folder.glob("**/*") if file.is_file())


def images_of_sellers(target: Target) -> Finding:
    """A seller who loads the images of a notice again and again delays no registration."""
    path = page_of(target, blocked_notice(target, "seller-of-images"))
    quiet, logo = quiet_registration(target), another_logo()
    statuses: Counter[int] = Counter()
    done = threading.Event()

    def load(_: int) -> None:
        with target.calling(None, 120) as http:
            for image in ("listing", "reference") * _TIMES:
                if not done.is_set():
                    with suppress(httpx.TransportError):
                        statuses[http.get(f"{path}/{image}.webp").status_code] += 1

    loading = threading.Thread(target=in_threads, args=(_WATCHERS, load), daemon=True)
    loading.start()
    until = time.monotonic() + 10
    while statuses.total() < 2 and time.monotonic() < until:
        time.sleep(0.05)
    begun = time.monotonic()
    answer = target.register(target.keys.owner, logo, "meanwhile.png").status_code
    times = (time.monotonic() - begun) / quiet
    done.set()
    loading.join(120)
    faults = [f"a registration took {times:.0f} times as long"] if times > SLOWER else []
    faults += [f"a registration was answered {answer}"] if answer != 201 else []
    return judged(faults, f"{_WATCHERS} callers for images, {dict(statuses)}: registration {times:.1f} × quiet")


class DrippingReceiver:
    """A receiver of messages on loopback that answers the first with one byte a second, and each other at once."""

    def __init__(self) -> None:
        self.port, self.calls, self.first_open = free_port(), 0, False
        self.answered: list[bytes] = []  # the messages after the first
        self._done = threading.Event()
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._server.settimeout(0.5)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._done.set()
        self._server.close()

    def _accept(self) -> None:
        while not self._done.is_set() and self.calls < 50:
            with suppress(TimeoutError):
                try:
                    caller, _ = self._server.accept()
                except OSError:
                    continue
                self.calls += 1
                threading.Thread(target=self._answer, args=(caller, self.calls == 1), daemon=True).start()

    def _answer(self, caller: socket.socket, first: bool) -> None:
        with caller, suppress(OSError):
            caller.settimeout(5)
            message = caller.recv(65_536)
            if not first:
                while not message.rstrip().endswith(b"}") and (more := caller.recv(65_536)):
                    message += more
                caller.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                self.answered.append(message)
                return
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self._done.wait(_DRIP):
                caller.sendall(b"x")


def dripping_receiver(target: Target) -> Finding:
    """A receiver that answers byte by byte holds up no other message."""
    receiver = DrippingReceiver()
    settings = {
        "SCANNER_SERVICE__WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/",
        "SCANNER_SERVICE__WEBHOOK_SECRET": "whsec_" + "x" * 32,
    }
    try:
        with target.needs_own().fresh(settings) as service:
            attacked = target.of(service)
            with attacked.calling(target.keys.pipeline) as http:
                http.post("/v1/scans?async=1", files={"images": ("a.jpg", target.new_photo())}).raise_for_status()
                until = time.monotonic() + 30
                while not receiver.calls and time.monotonic() < until:
                    time.sleep(0.1)
                if not receiver.calls:
                    raise NotTried("no message was sent at all")
                begun = time.monotonic()
                second = http.post("/v1/scans?async=1", files={"images": ("b.jpg", target.new_photo())}).json()
            scan_id, arrived = str(second["scan_id"]).encode(), False
            while not arrived and time.monotonic() < begun + _DELIVERED:
                arrived = any(scan_id in message for message in list(receiver.answered))
                time.sleep(0.1)
            took = time.monotonic() - begun
    finally:
        receiver.close()
    faults = [] if arrived else [f"the next message did not arrive within {_DELIVERED:.0f} s"]
    return judged(faults, f"the next message arrived after {took:.0f} s" if arrived else "the first hangs")


def appeal_form_floods(target: Target) -> Finding:
    """The appeal form of one notice is bounded in attempts, and honest callers do not notice."""
    path = page_of(target, blocked_notice(target, "seller-of-floods"))
    statuses: Counter[int] = Counter()
    document = b"%PDF-" + secrets.token_bytes(DOCUMENT)

    def send(number: int) -> None:
        with target.calling(None) as http, suppress(httpx.TransportError):
            files = [("documents", ("x.pdf", document))]
            statuses[http.post(path, data={"form": "none", "statement": str(number)}, files=files).status_code] += 1

    with watching(target) as watched:
        in_threads(32, send)
    let_in = sum(count for status, count in statuses.items() if status != 429)
    faults = [*watched.faults(), *([f"{let_in} attempts were let in"] if let_in > 12 else [])]
    return judged(faults, f"32 attempts at once, {dict(statuses)}: {watched.words()}")
