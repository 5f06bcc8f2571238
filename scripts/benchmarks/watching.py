"""Watches a service under load from outside: its memory, and how soon references are found and gone again."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    import psutil

KILL_EVERY: Final = 5.0  # seconds
LONGEST_BUILD: Final = 120.0  # seconds to wait for a new index
ASKED_EVERY: Final = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class ProcessMemory:
    """The memory of one process, in bytes."""

    name: str
    resident: int  # with all that it shares with others, such as a mapped index
    shared: int  # likewise, but divided by the number of processes that share it (PSS)
    own: int  # without what it shares (USS)


@dataclass(slots=True)
class Watched:
    """Observations of the service from outside during a load; times are seconds from the call."""

    megabytes: list[float] = field(default_factory=list)  # of all processes, once a second; what they share counts once
    most: list[ProcessMemory] = field(default_factory=list)  # each process, when all together took the most
    done: int = 0  # references registered and withdrawn again, or workers killed
    found_after: list[float] = field(default_factory=list)  # until the index that workers open has the new one
    answered_after: list[float] = field(default_factory=list)  # until the answer to the registration, with its audit
    gone_after: list[float] = field(default_factory=list)  # of a withdrawal, until that index lacks the reference
    proved: int = 0  # of the new references, those that a scan begun then found


class Watch:
    """Samples the memory of all processes once a second, and registers a reference or kills a worker at intervals."""

    def __init__(self, process: int, watched: Watched, event: str, address: str, key: str, photos: list[bytes]) -> None:
        """`key`: of an administrator. `photos` are registered one after another, from the last."""
        import psutil  # noqa: PLC0415 - of the extra benchmark

        self._process, self._watched, self._event = psutil.Process(process), watched, event
        self._http = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=180)
        self._photos, self._next = photos, KILL_EVERY

    def __call__(self, seconds: float) -> None:
        """Sample at `seconds` after the start."""
        now = memory_of(self._process)
        if _together(now) > _together(self._watched.most):
            self._watched.most = now
        self._watched.megabytes.append(_together(now) / 1e6)
        if self._event and seconds >= self._next:
            self._watched.done += self._swap() if self._event == "swap" else self._kill()
            self._next = max(seconds + KILL_EVERY, self._next)

    def _swap(self) -> int:
        """Register one more photo, wait until workers open an index with it, scan it, and withdraw it again."""
        photo, before = self._photos.pop(), self._revision()
        with ThreadPoolExecutor(1) as thread:
            begun = time.monotonic()
            answer = thread.submit(self._register, photo)
            found = self._published_after(before, begun)
            reference, seconds = answer.result()
        if found is None:
            return 0
        self._watched.found_after.append(found)
        self._watched.answered_after.append(seconds)
        scan = self._http.post("/v1/scans", files={"images": ("new.jpg", photo)}, data={"seller_id": "S1"})
        self._watched.proved += reference in scan.text
        before, begun = self._revision(), time.monotonic()
        self._http.delete(f"/v1/brands/seller/references/{reference}").raise_for_status()
        gone = self._published_after(before, begun)
        if gone is not None:
            self._watched.gone_after.append(gone)
        return 1

    def _register(self, photo: bytes) -> tuple[str, float]:
        """The id of the new reference, and the seconds until the answer."""
        begun = time.monotonic()
        answer = self._http.post(
            "/v1/brands/seller/references", files={"image": ("new.jpg", photo)}, data={"kind": "photo"}
        )
        answer.raise_for_status()
        return str(answer.json()["reference"]["reference_id"]), time.monotonic() - begun

    def _published_after(self, before: int, begun: float) -> float | None:
        """Seconds since `begun` at which the service says that another index is published; None: it never does."""
        while time.monotonic() < begun + LONGEST_BUILD:
            if self._revision() != before:
                return time.monotonic() - begun
            time.sleep(ASKED_EVERY)
        return None

    def _revision(self) -> int:
        return int(self._http.get("/readyz").json()["index_revision"])

    def _kill(self) -> int:
        workers = [each for each in self._process.children() if "spawn_main" in " ".join(each.cmdline())]
        if not workers:
            return 0
        os.kill(max(workers, key=lambda each: each.cpu_times().user).pid, signal.SIGKILL)
        return 1


def memory_of(service: "psutil.Process") -> list[ProcessMemory]:
    """The memory of the service and of each process below it, in the order in which they started."""
    import psutil  # noqa: PLC0415 - of the extra benchmark

    found = list[ProcessMemory]()
    for each in sorted((service, *service.children(recursive=True)), key=lambda one: one.create_time()):
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            held = each.memory_full_info()
            after = each.create_time() - service.create_time()
            name = "the service" if each == service else f"started after {after:.0f} s"
            found.append(ProcessMemory(name, held.rss, getattr(held, "pss", held.uss), held.uss))
    return found


def _together(memory: Sequence[ProcessMemory]) -> int:
    return sum(each.shared for each in memory)
