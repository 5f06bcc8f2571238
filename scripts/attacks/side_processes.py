"""Attacks on the processes that draw and register: tenant against tenant, deaths, and what outlives the service."""

import threading
import time
from contextlib import suppress
from typing import Final

import psutil

from attacks import images
from attacks.findings import Finding, NotTried, judged
from attacks.measuring import MEGABYTES, in_threads, watching
from attacks.own_service import BRAND, RIVAL
from attacks.target import Target
from attacks.uploads import another_logo, quiet_registration, settled

_DRAWINGS: Final = 6  # costly SVGs of one brand, at once
_LARGE: Final = 48 * 2**20  # bytes of an image that is registered
_REGISTRATIONS: Final = 24  # of these, at once
_OUTLIVES: Final = 15.0  # seconds after a kill within which every process has ended


def drawings_of_a_rival(target: Target) -> Finding:
    """A brand's costly SVGs delay another brand by one of them at most."""
    begun = time.monotonic()
    target.register(target.keys.rival, images.slow_svg(99), "first.svg", brand=RIVAL)
    one = time.monotonic() - begun
    quiet, logo = quiet_registration(target), another_logo()

    def draw(number: int) -> None:
        with suppress(Exception):
            target.register(target.keys.rival, images.slow_svg(10 + number), "slow.svg", brand=RIVAL)

    attack = threading.Thread(target=in_threads, args=(_DRAWINGS, draw), daemon=True)
    attack.start()
    time.sleep(0.5)
    begun = time.monotonic()
    status = target.register(target.keys.owner, logo, "honest.png").status_code
    took = time.monotonic() - begun
    attack.join(120)
    most = 2 * one + 6 * quiet
    faults = [f"another brand waited for {took / one:.1f} drawings"] if took > most else []
    faults += [f"another brand was answered {status}"] if status != 201 else []
    return judged(faults, f"{_DRAWINGS} SVGs of {one:.0f} s each: another brand took {took / quiet:.0f} × quiet")


def large_registrations(target: Target) -> Finding:
    """Registrations that wait hold no more memory than the service admits."""
    image = target.photo + bytes(_LARGE)
    statuses: list[int] = []

    def register(number: int) -> None:
        with suppress(Exception):
            answer = target.register(target.keys.owner, image + number.to_bytes(4, "big"), "large.jpg", kind="photo")
            statuses.append(answer.status_code)

    with watching(target, scans=False) as watched:
        in_threads(_REGISTRATIONS, register)
    if not statuses:
        raise NotTried("no registration was answered")
    counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    faults = [f"its processes took {watched.added:,.0f} MB more"] if watched.added > MEGABYTES else []
    return judged(faults, f"{_REGISTRATIONS} of {_LARGE >> 20} MiB at once, {counts}: +{watched.added:,.0f} MB")


def killed_side_process(target: Target) -> Finding:
    """When the process that registers dies, the call is tried again, and no answer says that the image is at fault."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        before = {process.pid for process in service.tree()}
        quiet = quiet_registration(attacked)
        settled(attacked, 60)
        time.sleep(1)
        side = [process for process in service.tree() if process.pid not in before]
        statuses: list[int] = []

        def register(_: int) -> None:
            statuses.append(attacked.register(target.keys.owner, another_logo(), "honest.png").status_code)

        waiting = threading.Thread(target=in_threads, args=(3, register), daemon=True)
        waiting.start()
        time.sleep(min(0.3, quiet / 4))
        for process in side:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        waiting.join(90)
    if not side:
        raise NotTried("no process beside the workers was found")
    lost = [status for status in statuses if status != 201]
    faults = [f"{len(lost)} of 3 honest registrations were answered {lost}"] if lost or len(statuses) < 3 else []
    return judged(faults, f"{len(side)} processes were killed during 3 registrations, answered {statuses}")


def drawing_outlives_service(target: Target) -> Finding:
    """When the service is killed, all its processes end, a costly drawing too."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)

        def draw() -> None:
            with suppress(Exception):
                attacked.register(target.keys.owner, images.slow_svg(77, 4000), "slow.svg", brand=BRAND)

        threading.Thread(target=draw, daemon=True).start()
        drawing: list[psutil.Process] = []
        until = time.monotonic() + 20
        while not drawing and time.monotonic() < until:
            with suppress(psutil.NoSuchProcess):
                drawing = [each for each in service.tree() if "vector" in " ".join(each.cmdline())]
            time.sleep(0.05)
        left = service.tree()
        service.process.kill()
        _, alive = psutil.wait_procs(left, timeout=_OUTLIVES)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
    if not drawing:
        raise NotTried("no process that draws was found")
    faults = [f"{len(alive)} processes ran on after {_OUTLIVES:.0f} s"] if alive else []
    return judged(faults, f"{len(left)} processes when the service was killed")
