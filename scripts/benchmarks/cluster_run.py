"""Compares scan-images on a Ray cluster of this machine with scan-images alone, and restarts a killed scan."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.copy_task import REGISTERED_CLOTHING
from benchmarks.datasets import clothing_photos, evenly_spaced, grocery_photos, registered_logos
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry, register_all
from benchmarks.runs import occasion
from benchmarks.speed import SCAN
from benchmarks.tables import Table
from brand_index.store import Store
from brand_index.types import ReferenceKind

BATCH, TASKS = 32, 4  # as scanner/bulk/cluster/examining.py has them: a task's rows come together
OBJECT_STORE = 200 * 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Raced:
    """The same photos alone and on the cluster, in one round."""

    actors: int
    alone: "Rate"
    cluster: "Rate"
    are_equal: bool  # the rows

    @property
    def overhead(self) -> float:
        """Of the time alone."""
        return self.alone.images / self.cluster.images - 1

    @property
    def more_spent(self) -> float:
        """Of the processor time alone, which other work on the machine changes less."""
        return self.cluster.spent / self.alone.spent - 1


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one scan, from its first rows on, without the start."""

    images: float  # a second
    spent: float  # seconds of processor time an image, of all processes together


@dataclass(frozen=True, slots=True)
class Restarted:
    """A scan that was killed and started again."""

    photos: int
    kept: int  # rows that the second command found
    are_equal: bool  # its rows at the end, with those of a scan that was not killed


def run_cluster(options: Options, photos: int, rounds: int, folder: Path) -> Outcome:
    """Register logos and photos, scan `photos` others in turns with 1 and 2 actors, and kill one scan on the way."""
    store, registered, offered = prepared(options, photos, folder)
    raced: list[Raced] = []
    with ray_on(2) as address:
        for turn in range(rounds):
            for actors in (1, 2):
                both = [(), ("--cluster", address)]
                rates = {}
                rows = {}
                for more in both if turn % 2 else reversed(both):  # neither is always the first
                    out = folder / f"out-{turn}-{actors}-{len(more)}"
                    at_first = actors * (min(BATCH, -(-photos // (TASKS * actors))) if more else 1)
                    rates[len(more)] = measured(store, offered, out, actors, more, at_first)
                    rows[len(more)] = plain_rows(out)
                raced.append(Raced(actors, rates[0], rates[2], rows[0] == rows[2]))
        restarted = restart(store, offered, folder / "killed", address, rows[0])
    return Outcome(
        occasion=occasion("cluster"),
        options=options,
        results=[*raced, restarted],
        missing=(),
        tables=cluster_tables(raced, restarted, registered),
        truths=(),
        runs=(),
        sections=(),
    )


def prepared(options: Options, photos: int, folder: Path, more: Sequence[Path] = ()) -> tuple[Store, int, Path]:
    """A store with logos and photos, the number of these, and a folder of `photos` others, some of `more` too."""
    clothing = clothing_photos(options.data)
    entries = [Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in registered_logos(options.data)]
    shown = clothing[:REGISTERED_CLOTHING][: options.limit]
    entries += [Entry(path, "seller", ReferenceKind.PHOTO, path.name) for path in shown]
    store, offered = Store(folder / "store"), folder / "photos"
    register_all(store, entries)
    offered.mkdir()
    others = [*clothing[REGISTERED_CLOTHING:], *grocery_photos(options.data, "photo"), *more]
    for number, path in enumerate(evenly_spaced(others, photos)):
        shutil.copy(path, offered / f"{number:05}{path.suffix}")
    return store, len(entries), offered


@contextmanager
def ray_on(processors: int) -> Iterator[str]:
    """The address of a cluster of one node on this machine."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - of the extra cluster

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with tempfile.TemporaryDirectory(prefix="mk-", dir="/tmp") as short:  # names of sockets are short
        os.environ["RAY_TMPDIR"] = short
        head = {"num_cpus": processors, "object_store_memory": OBJECT_STORE}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            yield str(cluster.address)
        finally:
            cluster.shutdown()


def command(store: Store, offered: Path, out: Path, workers: int, more: Sequence[str]) -> list[str]:
    """The command line of a scan."""
    given = [offered, "--store", store.root, "--out", out, "--workers", workers, "--format", "jsonl", *more]
    return [sys.executable, "-W", "ignore", "-c", SCAN, *map(str, given)]


def scan(store: Store, offered: Path, out: Path, workers: int, more: Sequence[str]) -> str:
    """What a scan printed. Raises CalledProcessError."""
    done = subprocess.run(command(store, offered, out, workers, more), capture_output=True, text=True, check=True)
    return done.stderr


def measured(store: Store, offered: Path, out: Path, workers: int, more: Sequence[str], at_first: int) -> Rate:
    """The rate of a scan, where `at_first` images were done by its first row or nearly so. Raises RuntimeError."""
    import psutil  # noqa: PLC0415 - of the extra benchmark

    quiet, spent = subprocess.DEVNULL, dict[int, float]()
    begun: float | None = None
    with subprocess.Popen(command(store, offered, out, workers, more), stdout=quiet, stderr=quiet) as process:
        top = psutil.Process() if more else psutil.Process(process.pid)  # the cluster belongs to this process
        while process.poll() is None:
            for each in (*((top,) if not more else ()), *top.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    spent[each.pid] = sum(each.cpu_times()[:2])
            begun = sum(spent.values()) if begun is None and rows_in(out) else begun
            time.sleep(0.2)
    moments = sorted(datetime.fromisoformat(row["scanned_at"]) for row in read(out) if "scanned_at" in row)
    if process.returncode or begun is None:
        raise RuntimeError(f"scan-images ended with {process.returncode}")
    images = len(moments) - at_first
    seconds = (moments[-1] - moments[0]).total_seconds()
    return Rate(images / seconds, (sum(spent.values()) - begun) / images)


def restart(store: Store, offered: Path, out: Path, address: str, expected: list[dict[str, Any]]) -> Restarted:
    """Kill a scan as soon as a row is there, and give the command again."""
    more = ("--cluster", address)
    process = subprocess.Popen(
        command(store, offered, out, 2, more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not (out / "verdicts.jsonl").exists() or not (out / "verdicts.jsonl").read_text().count("\n"):
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = rows_in(out)
    scan(store, offered, out, 2, more)
    return Restarted(len(expected), kept, plain_rows(out) == expected)


def rows_in(out: Path) -> int:
    """How many whole rows there are."""
    path = out / "verdicts.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def plain_rows(out: Path) -> list[dict[str, Any]]:
    """The rows by image, without what differs from run to run."""
    changing = {"scanned_at", "run", "judged_in"}
    rows = [{key: value for key, value in row.items() if key not in changing} for row in read(out)]
    return sorted(rows, key=lambda row: str(row["image"]))


def read(out: Path) -> list[dict[str, Any]]:
    """The rows of a scan."""
    return [json.loads(line) for line in (out / "verdicts.jsonl").read_text("utf-8").splitlines()]


def cluster_tables(raced: Sequence[Raced], restarted: Restarted, registered: int) -> tuple[Table, ...]:
    """The race by number of actors, and the restart."""
    rows = []
    for actors in sorted({each.actors for each in raced}):
        some = [each for each in raced if each.actors == actors]
        rates = (median(each.alone.images for each in some), median(each.cluster.images for each in some))
        spent = f"{median(each.more_spent for each in some):.0%}"
        worst = f"{min(each.overhead for each in some):.0%} to {max(each.overhead for each in some):.0%}"
        overhead = f"{median(each.overhead for each in some):.0%}"
        equal = "yes" if all(each.are_equal for each in some) else "no"
        rows.append((str(actors), *(f"{each:.2f}" for each in rates), overhead, worst, spent, equal))
    note = (
        f"{registered:,} references, {restarted.photos} photos, {len(raced) // len(rows)} rounds in turns; from the "
        "first row to the last, without the start. All on one machine, whose load in the last five minutes was "
        f"{os.getloadavg()[1]:.1f}."
    )
    killed = (str(restarted.photos), str(restarted.kept), "yes" if restarted.are_equal else "no")
    return (
        Table(
            "scan-images --cluster beside scan-images alone",
            (
                "actors",
                "alone, images a second",
                "cluster",
                "median overhead",
                "of all rounds",
                "of processor time",
                "rows equal",
            ),
            tuple(rows),
            note,
        ),
        Table(
            "A scan that was killed, and given again", ("photos", "rows kept", "rows equal at the end"), (killed,), ""
        ),
    )
