"""What merging all segments of an index costs, in a process of its own; it says nothing about searches."""

import resource
import threading
import time
from dataclasses import dataclass
from typing import Final

import psutil

from brand_index.index.merging import merge_due
from brand_index.store import Store

SAMPLED_EVERY: Final = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Merge:
    """Time, and the most memory at any moment."""

    seconds: float
    own_bytes: int  # without pages of files, which the system takes back where it needs room
    bytes: int  # with them


def merge_all(store: Store) -> Merge:
    """Merge all segments in this process, which should be fresh, and measure it."""
    begun, own, done, process = time.perf_counter(), [0], threading.Event(), psutil.Process()

    def watch() -> None:
        while not done.wait(SAMPLED_EVERY):
            now = process.memory_info()
            own[0] = max(own[0], now.rss - now.shared)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        while merge_due(store):
            pass
    finally:
        done.set()
        watcher.join()
    seconds = time.perf_counter() - begun
    return Merge(seconds, own[0], 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
