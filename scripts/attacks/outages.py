"""Full disks, damaged rows and folders, kills and stops: afterwards the service is whole again by itself."""

import os
import resource
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import psutil

from attacks.findings import Finding, NotTried, judged
from attacks.forms import blocked_notice
from attacks.own_service import BRAND, REVIEWER, RIVAL, OwnService, register
from attacks.records import run
from attacks.target import Target
from attacks.uploads import another_logo, forget_descriptions, settled
from brand_index.index.published import CURRENT
from brand_index.types import ReferenceKind
from scanner.moderation.cases.cases import Cases, Filters, Order
from scanner.service.accounts.registry import open_registry

_FULL: Final = 6.0  # seconds for which the disk is full
_WHOLE: Final = 60.0  # seconds after the end of a cause within which the service is whole again
_SCANS: Final = 6  # accepted ones, when the service is killed
_REFERENCES: Final = 16  # of a store whose index takes long to build


def full_disk(target: Target) -> Finding:
    """After a full disk the service scans, registers and publishes indexes again, and no record is damaged."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        _limit_files(service, 4_096)
        until, calls = time.monotonic() + _FULL, 0
        with attacked.calling(target.keys.pipeline, 30) as http:
            while time.monotonic() < until:
                with suppress(httpx.HTTPError):
                    attacked.register(target.keys.owner, another_logo(), "full.png")
                    http.post("/v1/scans?async=1", files={"images": ("full.jpg", target.new_photo())})
                _limit_files(service, 4_096)  # of processes that were started meanwhile
                calls += 2
        _limit_files(service, resource.RLIM_INFINITY)
        faults = [*_not_whole(attacked), *_not_intact(service)]
    return judged(faults, f"for {_FULL:.0f} s no file could grow over 4 kB, {calls} calls")


def _limit_files(service: OwnService, most: int) -> None:
    """Let no process of the service write a file beyond `most` bytes, as on a full disk."""
    for process in service.tree():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def _not_whole(target: Target) -> list[str]:
    """What does not work again within the time: a registration, its index, and a scan that is accepted."""
    faults, begun = [], time.monotonic()
    status = 0
    while status != 201 and time.monotonic() < begun + _WHOLE:
        with suppress(httpx.HTTPError):
            status = target.register(target.keys.rival, another_logo(), "after.png", brand=RIVAL).status_code
        time.sleep(0.5)
    if status != 201:
        faults.append(f"a registration is answered {status}")
    if settled(target, _WHOLE) is None:
        faults.append("no index is published any more")
    if not _scanned_later(target):
        faults.append("accepted scans are not done any more")
    return faults


def _scanned_later(target: Target) -> bool:
    """Whether a scan that is accepted is done within the time."""
    with target.calling(target.keys.pipeline) as http:
        answer = http.post("/v1/scans?async=1", files={"images": ("later.jpg", target.new_photo())})
        if answer.status_code not in {200, 202}:
            return False
        place, until = f"/v1/scans/{answer.json()['scan_id']}", time.monotonic() + _WHOLE
        while time.monotonic() < until:
            if http.get(place).json()["state"] == "done":
                return True
            time.sleep(0.2)
    return False


def _not_intact(service: OwnService) -> list[str]:
    verified = run("audit", "verify", "--store", str(service.store.root))
    return [] if verified.exit_code == 0 else [f"audit verify: {verified.output.strip()[:120]}"]


def stray_folders(target: Target) -> Finding:
    """A folder or file that the program did not make does not stop the deletion of old images."""
    with target.needs_own().fresh(start=False) as service:
        root, old = service.store.root, time.time() - 40 * 86_400
        for folder in ("uploads/ab/cd-0.image", "uploads/stray", "appeals/ab/cd-0.document", "media/stray/x"):
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / "file").write_bytes(b"x")
            os.utime(root / folder, (old, old))
        (root / "uploads" / "loose").write_bytes(b"x")
        done = run("purge", "--store", str(root))
        service.start()
        log, until = "", time.monotonic() + 15
        while '"purged"' not in log and "purge failed" not in log and time.monotonic() < until:
            time.sleep(0.2)
            log = service.log.read_text("utf-8", "replace")
    faults = [] if done.exit_code == 0 else [f"markscan purge exits with {done.exit_code}"]
    faults += [] if '"purged"' in log else ["the service deletes nothing any more"]
    return judged(faults, "4 folders and a file in the store that are not the program's")


def damaged_backlog(target: Target) -> Finding:
    """A queued scan without images, or of an odd shape, does not stop the scans behind it."""
    with target.needs_own().fresh(start=False) as service:
        for number, state in enumerate(("queued", "queued")):
            service.change(
                "INSERT INTO scans (scan_id, request_sha256, state, accepted_at) VALUES (?, ?, ?, ?)",
                f"{number:032}", "0" * 64, state, "2026-01-01 00:00:00.000000",
            )  # fmt: skip
        service.start()
        done = _scanned_later(target.of(service))
    return judged([] if done else ["accepted scans are not done any more"], "2 queued scans have no images")


def clock_ahead(target: Target) -> Finding:
    """A clock that ran ahead holds no scan and no case: a lease that is too long counts as ended."""
    ahead = (datetime.now(UTC) + timedelta(days=400)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        blocked_notice(attacked, "seller-of-clock")
        with attacked.calling(target.keys.pipeline) as http:
            answer = http.post("/v1/scans?async=1", files={"images": ("a.jpg", target.new_photo())})
            service.process.suspend()  # before it is done, most times
            scan_id = answer.json()["scan_id"]
        service.end()
        queued = service.change(
            "UPDATE scans SET leased_until = ? WHERE scan_id = ? AND state = 'queued'", ahead, scan_id
        )
        service.change("UPDATE cases SET leased_by = 'nobody', leased_until = ?", ahead)
        with open_registry(service.store, create=False) as registry:
            taken = Cases(registry.database).take_next(Filters(), Order.SUREST, REVIEWER, datetime.now(UTC))
        service.start()
        done, until = False, time.monotonic() + _WHOLE
        with attacked.calling(target.keys.pipeline) as http:
            while not done and time.monotonic() < until:
                done = http.get(f"/v1/scans/{scan_id}").json()["state"] == "done"
                time.sleep(0.2)
    faults = [] if taken else ["a case is held by a lease of 400 days"]
    faults += [] if done else ["a scan is held by a lease of 400 days"]
    return judged(faults, f"leases of {queued} scans and 1 case end in 400 days")


def empty_secret(target: Target) -> Finding:
    """A full disk leaves no empty secret behind, and an empty one is made anew while nothing was signed."""
    with target.needs_own().fresh(start=False) as service:
        service.store.secret.unlink(missing_ok=True)
        service.launch()
        until = time.monotonic() + 30
        while not service.store.secret.exists() and time.monotonic() < until and service.runs:
            _limit_files(service, 0)  # from before the secret is made
            time.sleep(0.02)
        service.end()
        left = service.store.secret.stat().st_size if service.store.secret.exists() else None
        service.store.secret.write_bytes(b"")
        try:
            service.start()
        except RuntimeError:
            return judged(["an empty secret.key keeps the service from starting"], f"a full disk leaves {left} bytes")
        made = service.store.secret.stat().st_size
    faults = ["a full disk leaves an empty secret.key"] if left == 0 else []
    faults += [f"the secret has {made} bytes"] if made != 32 else []
    return judged(faults, f"a full disk leaves {left} bytes; an empty secret.key was made anew")


def long_build(target: Target) -> Finding:
    """While an index is built, the health endpoint answers and SIGTERM stops the service, and no folder is left."""
    with target.needs_own().fresh(start=False) as service:
        with open_registry(service.store, create=False) as registry:
            entries = [(registry.brand(BRAND), ReferenceKind.LOGO, another_logo(), "x.png") for _ in range(_REFERENCES)]
            register(registry, service.store, entries)
        forget_descriptions(service)
        begun = time.monotonic()
        health = service.start("/healthz")
        ready = service.answers("/readyz", 90)
        whole = time.monotonic() - begun
        ready = ready and settled(target.of(service), 90) is not None
        whole = max(whole, time.monotonic() - begun)
        quiet = service.stop()
        forget_descriptions(service)
        with suppress(RuntimeError):
            service.start("/healthz") if health < whole / 2 else service.launch()
        _wait_for_build(service, whole)
        stop = service.stop()
        left = _build(service, signal.SIGKILL, whole)
    faults = [f"the health endpoint is silent for {health / whole:.0%} of the start"] if health > 0.6 * whole else []
    faults += (
        [f"SIGTERM took {stop:.0f} s, {stop / quiet:.0f} times as long"] if stop > max(0.5 * whole, 4 * quiet) else []
    )
    faults += [f"{left} folders of a killed build stay"] if left else []
    faults += [] if ready else ["the index was not published"]
    return judged(
        faults, f"start {whole:.0f} s, health after {health:.1f} s; stop {quiet:.1f} s, in a build {stop:.1f} s"
    )


def _wait_for_build(service: OwnService, seconds: float) -> None:
    """Until a build runs, or half of the time that one takes."""
    until = time.monotonic() + seconds / 2
    while time.monotonic() < until and not _building(service):
        time.sleep(0.05)


def _building(service: OwnService) -> list[Path]:
    return list(service.store.index.glob(".building*")) if service.store.index.exists() else []


def _build(service: OwnService, how: signal.Signals, seconds: float) -> int:
    """Kill a build, start the service again, and count the folders of builds that stay."""
    forget_descriptions(service)
    service.launch()
    _wait_for_build(service, seconds)
    time.sleep(0.2)
    for process in service.tree():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(how)
    service.end()
    service.start()
    until = time.monotonic() + _WHOLE
    while _building(service) and time.monotonic() < until:
        time.sleep(0.2)
    return len(_building(service))


def killed_service(target: Target) -> Finding:
    """A service that is killed loses no accepted scan, does none twice, and leaves whole records."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        with attacked.calling(target.keys.pipeline) as http:
            accepted = [
                http.post("/v1/scans?async=1", files={"images": ("a.jpg", target.new_photo())}).json()["scan_id"]
                for _ in range(_SCANS)
            ]
        for process in service.tree():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        service.end()
        service.start()
        until, left = time.monotonic() + _WHOLE, list(accepted)
        with attacked.calling(target.keys.pipeline) as http:
            while left and time.monotonic() < until:
                left = [each for each in left if http.get(f"/v1/scans/{each}").json()["state"] != "done"]
                time.sleep(0.2)
        query = "SELECT subject, count(*) FROM history WHERE what = 'scan done' GROUP BY subject"
        counts = {str(subject): int(count) for subject, count in service.rows(query)}
        faults = [f"{len(left)} accepted scans are not done"] if left else []
        faults += ["a scan was done twice"] if any(counts.get(each, 0) > 1 for each in accepted) else []
        faults += _not_intact(service)
    return judged(faults, f"killed with {_SCANS} accepted scans")


def killed_processes(target: Target) -> Finding:
    """Each process beside the first is replaced when it is killed."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        for process in service.tree()[1:]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if not service.runs:
            raise NotTried("the service ended with its children")
        faults = _not_whole(attacked)
    return judged(faults, "all processes of the service but the first were killed")


def damaged_index(target: Target) -> Finding:
    """An index that is deleted or damaged under a running service is built anew."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        (service.store.index / CURRENT).unlink()
        faults = _not_whole(attacked)
        part = next(service.store.index.glob("segments/*/pdq-photo.faiss"))
        part.unlink()  # processes that have it open keep it
        part.write_bytes(b"damaged")
        for process in service.tree()[1:]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        faults += _not_whole(attacked)
    return judged(faults, "the index's pointer was deleted, then one of its files damaged and all workers killed")
