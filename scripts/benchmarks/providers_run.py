"""Compares a scan whose networks another processor runs, such as a GPU, with a scan on the CPU alone."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from benchmarks.cluster_run import Rate, measured, plain_rows, prepared
from benchmarks.datasets import mark_photos
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.tables import Table
from brand_index.features.running import CPU
from brand_index.features.running.providers import open_session
from brand_index.features.weights import MANIFEST, read_manifest
from brand_index.store import Store
from scanner.bulk.starting import AT_ONCE

SIDES: Final = {"finder": 320, "lines": 480, "characters": 320}  # pixels: where a network takes any
# Sizes of batches, rows, as the product asks for them.
NETWORKS: Final[dict[str, tuple[int, ...]]] = {
    "finder": (1,),
    "lines": (1, 8),
    "embedder": (1, 32, 128),
    "matcher": (1, 32, 128),
    "characters": (1, 32),
}
RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class NetworkTime:
    """Milliseconds a row of one network at one size of batch."""

    network: str
    batch: int
    one_thread: float
    all_threads: float
    provider: float


@dataclass(frozen=True, slots=True)
class Scanned:
    """The same photos on both, in one round."""

    cpu_workers: int
    workers: int  # whose networks the provider runs
    cpu: Rate
    provider: Rate
    photos: int
    other_decisions: int  # photos whose decision is not that of the CPU
    farthest: float  # the greatest difference of two confidences in one reference on one photo


def run_providers(options: Options, provider: str, photos: int, rounds: int, folder: Path) -> Outcome:
    """Time the networks alone, then register logos and photos, and scan `photos` others in turns on both."""
    networks = network_times(provider)
    marked = [each.path for each in mark_photos(options.data)]
    store, registered, offered = prepared(options, photos, folder, marked)
    scans = [raced(store, offered, folder, provider, turn, workers) for turn in range(rounds) for workers in (1, 2, 4)]
    return Outcome(
        occasion=occasion("providers"),
        options=options,
        results=[*networks, *scans],
        missing=(),
        tables=(network_table(networks, provider), scan_table(scans, provider, registered)),
        truths=(),
        runs=(),
        sections=(),
    )


def network_times(provider: str) -> list[NetworkTime]:
    """Of each network that ships, with one thread and with all of the CPU, and on the provider."""
    found = []
    manifest = read_manifest(MANIFEST)
    for name, batches in NETWORKS.items():
        weights = getattr(manifest, name).path.read_bytes()
        sessions = [
            open_session(weights, (CPU,), threads=1),
            open_session(weights, (CPU,), threads=os.cpu_count() or 1),
            open_session(weights, (provider, CPU), threads=1),
        ]
        for batch in batches:
            given = inputs_of(sessions[0], batch, SIDES.get(name, 0))
            found.append(NetworkTime(name, batch, *(milliseconds(each, given) / batch for each in sessions)))
    return found


def inputs_of(session: Any, batch: int, side: int) -> dict[str, Any]:
    """Inputs of chance for a session; where an axis is free, it has `side` pixels."""
    chance, kinds = (
        np.random.default_rng(0),
        {"tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(float16)": np.float16},
    )
    given = {}
    for each in session.get_inputs():
        shape = [batch if not axis and not isinstance(size, int) else size for axis, size in enumerate(each.shape)]
        sizes = [size if isinstance(size, int) else side for size in shape]
        given[each.name] = (127 * chance.random(sizes)).astype(kinds.get(each.type, np.float32))
    return given


def milliseconds(session: Any, given: dict[str, Any]) -> float:
    """The median of a run, once it is warm."""
    taken = []
    for number in range(RUNS + 2):
        begun = time.perf_counter()
        session.run(None, given)
        taken += [time.perf_counter() - begun] if number >= 2 else []
    return 1000 * median(taken)


def raced(store: Store, offered: Path, folder: Path, provider: str, turn: int, workers: int) -> Scanned:
    """One scan on each, the CPU with a worker for each processor, the provider with `workers`."""
    processors = os.cpu_count() or 1
    rates, rows = {}, {}
    both = [(CPU,), (provider, CPU)]
    for chosen in both if turn % 2 else reversed(both):  # neither is always the first
        os.environ["SCANNER_PROVIDERS"] = json.dumps(chosen)
        out = folder / f"out-{turn}-{workers}-{chosen[0]}"
        count, together = (processors, 1) if chosen == (CPU,) else (workers, AT_ONCE)
        rates[chosen[0]] = measured(store, offered, out, count, (), count * together)
        rows[chosen[0]] = plain_rows(out)
    decisions = zip(rows[CPU], rows[provider], strict=True)
    return Scanned(
        processors,
        workers,
        rates[CPU],
        rates[provider],
        len(rows[CPU]),
        sum(one["decision"] != other["decision"] for one, other in decisions),
        max((farthest(*pair) for pair in zip(rows[CPU], rows[provider], strict=True)), default=0.0),
    )


def farthest(one: dict[str, Any], other: dict[str, Any]) -> float:
    """The greatest difference of what two rows of one photo say of one reference; what one lacks counts as 0."""
    sure = [{item["reference_id"]: item["confidence"] for item in row["evidence"]} for row in (one, other)]
    return max((abs(sure[0].get(each, 0.0) - sure[1].get(each, 0.0)) for each in {*sure[0], *sure[1]}), default=0.0)


def network_table(networks: Sequence[NetworkTime], provider: str) -> Table:
    """How many times as fast as the CPU each network is there."""
    rows = [
        (
            each.network,
            str(each.batch),
            f"{each.one_thread:.2f}",
            f"{each.all_threads:.2f}",
            f"{each.provider:.3f}",
            f"{each.one_thread / each.provider:.1f}",
            f"{each.all_threads / each.provider:.1f}",
        )
        for each in networks
    ]
    threads = f"CPU, {os.cpu_count()} threads"
    times = ("CPU, one thread: ms a row", f"{threads}: ms a row", f"{provider}: ms a row")
    columns = ("network", "batch", *times, f"CPU, one thread ÷ {provider}", f"{threads} ÷ {provider}")
    return Table(f"The networks alone, on the CPU and on {provider}", columns, tuple(rows), "")


def scan_table(scans: Sequence[Scanned], provider: str, registered: int) -> Table:
    """A row a number of workers, the median of the rounds."""
    rows = []
    for workers in sorted({each.workers for each in scans}):
        some = [each for each in scans if each.workers == workers]
        rows.append(
            (
                str(workers),
                f"{median(each.provider.images / each.cpu.images for each in some):.2f}",
                f"{median(each.provider.spent / each.cpu.spent for each in some):.2f}",
                f"{median(each.provider.images for each in some):.1f}",
                f"{median(each.cpu.images for each in some):.1f}",
                f"{max(each.other_decisions for each in some)} of {some[0].photos}",
                f"{max(each.farthest for each in some):.4f}",
            )
        )
    note = (
        f"{registered:,} references; on the CPU {scans[0].cpu_workers} workers, {len(scans) // len(rows)} rounds in "
        "turns, from the first row to the last, without the start."
    )
    return Table(
        f"scan-images with {provider} beside scan-images on the CPU",
        (
            f"workers with {provider}",
            "images a second ÷ the CPU's",
            "processor time ÷ the CPU's",
            f"{provider}, images a second",
            "CPU, images a second",
            "other decisions",
            "confidences differ by at most",
        ),
        tuple(rows),
        note,
    )
