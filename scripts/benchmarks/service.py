"""Measures the service under load from another process: throughput, latency, overload, index swaps and crashes."""

import csv
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import numpy as np

from benchmarks.datasets import clothing_photos, grocery_photos
from benchmarks.load import Images, Load, closed_loop, open_loop
from benchmarks.options import Options, Outcome
from benchmarks.parts import cut_parts
from benchmarks.product import Entry, register_all
from benchmarks.runs import occasion
from benchmarks.servers import free_port
from benchmarks.tables import Table
from benchmarks.throughput import Round, Served, side_by_side, throughput_table
from benchmarks.uploads import upload
from benchmarks.watching import ProcessMemory, Watch, Watched
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.commands.shell import ExitCode
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role

LOGOS, PHOTOS = 300, 200  # registered
MARKSCAN: Final = (sys.executable, "-c", "from scanner.commands.main import markscan_main; markscan_main()")
WARM_UP: Final = 20  # calls


@dataclass(frozen=True, slots=True)
class Phase:
    """One load and its results."""

    name: str
    load: Load
    watched: Watched


@dataclass(frozen=True, slots=True)
class Measured:
    """The results of all rounds and phases."""

    references: int  # registered
    rounds: tuple[Round, ...]
    phases: tuple[Phase, ...]


def run_service(
    options: Options, folder: Path, store: Store, *, seconds: float, minutes: float, rounds: int, parts: int
) -> Outcome:
    """Load a service over `store` with photos that are not registered there; `folder` is empty.

    Logos, photos and `parts` parts of photos are registered first, unless there is something in `store`. Each load
    lasts `seconds`, double load `minutes` (0: there is none); `rounds` compare the service with the batch before.
    """
    clothing = clothing_photos(options.data)
    if not store.is_marked():
        fill(store, options.data)
        register_parts(store, clothing[:PHOTOS], parts, folder)
    keys = keys_of(store, Role.PIPELINE, Role.ADMIN)
    result = measure(store, offered_photos(options), keys, options, seconds, minutes, rounds, folder)
    return Outcome(
        occasion=occasion("service"),
        options=options,
        results=[result],
        missing=(),
        tables=[throughput_table(result.rounds, options.workers), load_table(result), memory_table(result.phases)],
        truths=(),
        runs=(),
        sections=(),
    )


def offered_photos(options: Options) -> list[bytes]:
    """Photos that `fill` does not register, as a seller's app uploads them."""
    queries = [*clothing_photos(options.data)[PHOTOS:], *grocery_photos(options.data, "photo")]
    # Shop photos take longer than clothing, so every measurement uses the same mixture.
    np.random.default_rng(options.seed).shuffle(queries)
    return [upload(path) for path in queries[: options.limit]]


def keys_of(store: Store, *roles: Role) -> dict[Role, str]:
    """A new key of each role, which nothing limits."""
    with open_registry(store) as registry:
        now = datetime.now(UTC)
        return {
            role: create_key(registry.database, role=role, name=role, calls_a_minute=10**9, now=now)[1]
            for role in roles
        }


def fill(store: Store, data: Path, logos: int = LOGOS, photos: int = PHOTOS) -> None:
    """Register so many logos and photos of clothing."""
    found = sorted((data / "other_logos").glob("*.png"))[:logos]
    entries = [Entry(path, f"brand-{number}", ReferenceKind.LOGO, path.name) for number, path in enumerate(found)]
    entries += [Entry(path, "seller", ReferenceKind.PHOTO, path.name) for path in clothing_photos(data)[:photos]]
    register_all(store, entries)


def register_parts(store: Store, sources: list[Path], count: int, folder: Path) -> None:
    """Register parts of photos as somebody does who has many: by a table, on all processors."""
    if not count:
        return
    table = folder / "parts.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "kind", "brand", "name", "owner", "contact"))
        rows.writerows((path, "photo", "seller", "", "", "") for path in cut_parts(sources, count, folder / "parts"))
    done = subprocess.run(
        [*MARKSCAN, "register", "--csv", str(table), "--no-audit", "--store", str(store.root)], check=False
    )
    if done.returncode not in (0, ExitCode.SOME_FAILED):  # some parts show nothing that can be recognized
        raise RuntimeError(f"markscan register ended with {done.returncode}")
    subprocess.run([*MARKSCAN, "index", "--store", str(store.root)], check=True)


def measure(
    store: Store,
    photos: list[bytes],
    keys: dict[Role, str],
    options: Options,
    seconds: float,
    minutes: float,
    turns: int,
    folder: Path,
) -> Measured:
    """The phases, one after another, on one service."""
    chance, images = np.random.default_rng(options.seed), never_the_same(photos)
    with open_registry(store) as registry:
        registered = len(registry.references())
    with serving(store.root, options.workers) as (address, process):
        key = keys[Role.PIPELINE]
        closed_loop([address], key, images, at_once=2, calls=WARM_UP)
        rounds = side_by_side(store, Served(address, key, process), images, options.workers, turns, folder)
        full = float(np.median([each.service.images for each in rounds]))

        def loaded(name: str, times: float, length: float, event: str = "") -> Phase:
            watched = Watched()
            watch = Watch(process, watched, event, address, keys[Role.ADMIN], photos)
            load = open_loop([address], key, images, rate=times * full, seconds=length, chance=chance, meanwhile=watch)
            return Phase(name, load, watched)

        phases = [
            loaded("half load", 0.5, seconds),
            loaded("full load", 1.0, seconds),
            loaded("half load, references registered and withdrawn", 0.5, seconds, "swap"),
            loaded("half load, workers killed", 0.5, seconds, "kill"),
        ]
        if minutes:
            phases.append(loaded(f"double load, {minutes:g} minutes", 2.0, 60 * minutes))
        return Measured(registered, rounds, (*phases, loaded("half load, afterwards", 0.5, seconds)))


def never_the_same(photos: list[bytes]) -> Images:
    """The photos in a cycle, each time with different bytes after the end of the image."""
    for number in itertools.count():
        yield photos[number % len(photos)] + number.to_bytes(8, "big")


@contextmanager
def serving(
    store: Path | str, workers: int, *options: str, variables: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """The address and the process id of `markscan serve` over a folder or an address, once it is ready."""
    port = free_port()
    given = ["serve", "--store", str(store), "--port", str(port), "--workers", str(workers), *options]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([*MARKSCAN, *given], stderr=subprocess.DEVNULL, env={**os.environ, **(variables or {})})
    try:
        while process.poll() is None and not _is_ready(address):
            time.sleep(0.2)
        assert process.poll() is None, "the service did not start"
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False


def load_table(result: Measured) -> Table:
    """A row a phase. Latency as multiples of the median at half load, which shared machines change less."""
    base = result.phases[0].load.percentile(0.5)
    after = _found(result.phases)
    return Table(
        f"{result.references:,} references; calls arrive at random and do not wait for earlier answers",
        ("load", "calls", "answered", "503", "failed", "p50", "p95", "p99", "MB at 1/10", "MB at the end", "events"),
        tuple(
            (
                phase.name,
                str(len(phase.load.answered)),
                str(phase.load.count(200)),
                str(phase.load.count(503)),
                str(phase.load.failed),
                *(f"{phase.load.percentile(share) / base:.1f}" for share in (0.5, 0.95, 0.99)),
                *(f"{_memory(phase.watched, share):.0f}" for share in (0.1, 1.0)),
                str(phase.watched.done or "-"),
            )
            for phase in result.phases
        ),
        f"Latency ÷ the median at half load ({1000 * base:.0f} ms here). Memory: median of a tenth of the time, all "
        f"processes together, what they share counted once. Events: indexes published and taken over, or "
        f"workers killed.{after}",
    )


def memory_table(phases: Sequence[Phase]) -> Table:
    """A row a process, at the moment in which all together took the most."""
    most = max(phases, key=lambda phase: max(phase.watched.megabytes, default=0.0))
    held = most.watched.most
    together = ProcessMemory(
        "all", sum(each.resident for each in held), sum(each.shared for each in held), sum(each.own for each in held)
    )
    return Table(
        f"Each process when all together took the most: {most.name}",
        ("process", "resident, MB", "what is shared divided, MB", "its own, MB"),
        tuple(
            (each.name, *(f"{count / 1e6:.0f}" for count in (each.resident, each.shared, each.own)))
            for each in (*held, together)
        ),
        "The first that start after the service are a tracker of resources and the workers.",
    )


def _found(phases: Sequence[Phase]) -> str:
    """A sentence about the references that were registered and withdrawn; empty: there were none."""
    swapped = [phase.watched for phase in phases if phase.watched.found_after]
    if not swapped:
        return ""
    found, answered, gone = (
        _span([seconds for times in of_phases for seconds in times])
        for of_phases in (
            [each.found_after for each in swapped],
            [each.answered_after for each in swapped],
            [each.gone_after for each in swapped],
        )
    )
    proved, count = sum(each.proved for each in swapped), sum(len(each.found_after) for each in swapped)
    return (
        f" A new reference was in the index that workers open after {found} s (a scan begun then found {proved} of "
        f"{count}), the answer with its audit came after {answered} s, and a withdrawn one was gone after {gone} s."
    )


def _span(seconds: Sequence[float]) -> str:
    return f"{min(seconds):.2f} to {max(seconds):.2f} (median {np.median(seconds):.2f})" if seconds else "-"


def _memory(watched: Watched, share: float) -> float:
    """The median of a tenth of the samples, which ends at this share of them."""
    count = len(watched.megabytes)
    end = max(1, round(share * count))
    return float(np.median(watched.megabytes[max(0, end - max(1, count // 10)) : end] or [float("nan")]))
