"""Watches a service while it is attacked: honest scans, the health endpoint, and the memory of its processes."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import httpx
import psutil

from attacks.target import Target

SLOWER: Final = 12.0  # times a quiet scan: what an honest caller may wait under attack; the faults took 100 times
SILENT: Final = 12.0  # times a quiet scan: how long the event loop may say nothing
MEGABYTES: Final = 1_000.0  # that an attack may add to all processes together; half of it is promised
_EVERY: Final = 0.05  # seconds between two samples


@dataclass(slots=True)
class Watched:
    """What was seen during an attack."""

    quiet_scan: float  # seconds
    scans: list[float] = field(default_factory=list)  # seconds of each honest scan that was answered with a verdict
    refused: int = 0  # honest scans that were not
    silence: float = 0.0  # seconds of the longest answer of /healthz
    before: float = 0.0  # MB of all processes at the start
    peak: float = 0.0  # MB at most

    @property
    def slowdown(self) -> float:
        """The slowest of twenty honest scans, as a multiple of the quiet one; 0: there was none."""
        if not self.scans:
            return 0.0
        ordered = sorted(self.scans)
        return ordered[int(0.95 * (len(ordered) - 1))] / self.quiet_scan

    @property
    def silent(self) -> float:
        """The longest silence of /healthz, as a multiple of a quiet scan."""
        return self.silence / self.quiet_scan

    @property
    def added(self) -> float:
        """MB that the attack added."""
        return max(0.0, self.peak - self.before)

    def faults(self) -> Iterator[str]:
        """What was worse than promised."""
        if self.slowdown > SLOWER:
            yield f"honest scans took {self.slowdown:.0f} times as long"
        if self.refused > len(self.scans):
            yield f"{self.refused} of {self.refused + len(self.scans)} honest scans were refused"
        if self.silent > SILENT:
            yield f"the service was silent for {self.silent:.0f} quiet scans"
        if self.added > MEGABYTES:
            yield f"its processes took {self.added:,.0f} MB more"

    def words(self) -> str:
        """The same as figures."""
        scans = f"{len(self.scans)} honest scans at {self.slowdown:.1f} × quiet, {self.refused} refused; "
        return f"{scans}silence {self.silent:.1f} × a quiet scan; +{self.added:,.0f} MB"


@contextmanager
def watching(target: Target, *, scans: bool = True) -> Iterator[Watched]:
    """Watch the service until the block ends; `scans`: also as an honest caller who has images scanned."""
    watched, done = Watched(target.quiet_scan), threading.Event()
    watched.before = watched.peak = memory(target)

    def sample() -> None:
        while not done.wait(_EVERY):
            watched.peak = max(watched.peak, memory(target))

    def probe() -> None:
        with target.calling(None, 30) as http:
            while not done.wait(2 * _EVERY):
                begun = time.monotonic()
                with suppress(httpx.TransportError):
                    http.get("/healthz")
                watched.silence = max(watched.silence, time.monotonic() - begun)

    def scan() -> None:
        with target.calling(target.keys.other_pipeline) as http:
            while not done.wait(_EVERY):
                begun = time.monotonic()
                try:
                    answered = target.scan(http).status_code == 200
                except httpx.TransportError:
                    answered = False
                if answered:
                    watched.scans.append(time.monotonic() - begun)
                else:
                    watched.refused += 1

    work: list[Callable[[], None]] = [sample, probe, *([scan] if scans else [])]
    threads = [threading.Thread(target=each, daemon=True) for each in work]
    for each in threads:
        each.start()
    try:
        yield watched
    finally:
        done.set()
        for each in threads:
            each.join(90)


def memory(target: Target) -> float:
    """MB of all processes of a service of ours, together; 0: it is not ours."""
    total = 0
    for process in target.own.tree() if target.own is not None else ():
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 1e6


def quiet_scan(target: Target, count: int = 7) -> float:
    """Seconds: the median of an honest scan with nothing else going on."""
    seconds = []
    with target.calling(target.keys.pipeline) as http:
        for _ in range(count + 2):
            begun = time.monotonic()
            target.scan(http).raise_for_status()
            seconds.append(time.monotonic() - begun)
    return statistics.median(seconds[2:])  # the first two warm up


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work` with 0, 1, … at once, and wait for all; each has to bound itself."""
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(180)
