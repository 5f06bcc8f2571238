"""Measures two services that share a store beside one alone, all on this machine, and kills one of the two under load.

PostgreSQL and an S3 server run here, too: what they cost says nothing of those that somebody runs for many.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.killed_host import Survived, kill_under_load
from benchmarks.load import Images, Load, closed_loop, open_loop
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.servers import postgresql_server, s3_server
from benchmarks.service import MARKSCAN, WARM_UP, fill, keys_of, never_the_same, offered_photos, serving
from benchmarks.tables import Table
from benchmarks.throughput import Rate, Served, service_rate
from brand_index.store import Store
from scanner.service.accounts.roles import Role

LOGOS, PHOTOS = 60, 60  # registered
HOSTS: Final = 2
IMAGES: Final = 24  # of a round
TURNS: Final = 3  # of half load in each setup
LEASE: Final = 10  # seconds; 60 if nobody says otherwise
BUCKET: Final = "markscan-benchmark"


@dataclass(frozen=True, slots=True)
class SharedStore:
    """A store on an object store and PostgreSQL."""

    address: str
    registry_url: str


@dataclass(frozen=True, slots=True)
class Setup:
    """Services that share the calls."""

    name: str
    services: tuple[Served, ...]

    @property
    def addresses(self) -> list[str]:
        """Of the services."""
        return [each.address for each in self.services]


@dataclass(frozen=True, slots=True)
class OfSetup:
    """The results of one setup."""

    name: str
    rounds: tuple[Rate, ...]  # of all setups one after another, so that the same place is the same time
    half: tuple[Load, ...]  # likewise; at half the rate of the first setup

    def percentile(self, share: float) -> float:
        """Seconds within which this share, 0..1, of the calls at half load was answered."""
        answered = tuple(each for load in self.half for each in load.answered)
        return Load(answered, sum(load.seconds for load in self.half)).percentile(share)


@dataclass(frozen=True, slots=True)
class MeasuredHosts:
    """The results of all setups, and of the kill."""

    references: int
    workers: int  # of each setup, all its hosts together
    setups: tuple[OfSetup, ...]
    survived: Survived


def run_hosts(options: Options, folder: Path, *, seconds: float, rounds: int) -> Outcome:
    """Serve a new store in the empty `folder` and a copy that two hosts share, and load them in turns.

    `seconds` is the time of half load in each setup, and of that in which a host is killed.
    """
    store, workers = Store(folder / "store"), HOSTS * max(1, options.workers // HOSTS)
    fill(store, options.data, LOGOS, PHOTOS)
    key = keys_of(store, Role.PIPELINE)[Role.PIPELINE]
    photos = offered_photos(options)
    with shared_copy(store) as shared, ExitStack() as stack:
        # The first of the two is the first of all that share the store, and so the one that leads.
        pair = tuple(
            stack.enter_context(host(f"host-{number}", shared, workers // HOSTS, key, folder))
            for number in range(HOSTS)
        )
        one = stack.enter_context(host("one-host", shared, workers, key, folder))
        address, process = stack.enter_context(serving(store.root, workers))
        setups = (
            Setup("one host, a store in a folder", (Served(address, key, process),)),
            Setup("one host, the shared store", (one,)),
            Setup("two hosts, the shared store", pair),
        )
        images = never_the_same(photos)
        measured = measure_setups(setups, images, 3 * workers, seconds, rounds, np.random.default_rng(options.seed))
        rate = float(np.median([each.images for each in measured[0].rounds]))
        survived = kill_under_load(pair, key, images, rate, seconds, np.random.default_rng(options.seed))
    result = MeasuredHosts(LOGOS + PHOTOS, workers, measured, survived)
    return Outcome(
        occasion=occasion("service"),
        options=options,
        results=[result],
        missing=(),
        tables=[setups_table(result), kill_table(survived)],
        truths=(),
        runs=(),
        sections=(),
    )


@contextmanager
def shared_copy(store: Store) -> Iterator[SharedStore]:
    """A copy of a store in a bucket and a database; servers for both run as long as the block."""
    import fsspec  # noqa: PLC0415 - of the extra cluster

    with s3_server() as variables, postgresql_server() as database:
        os.environ.update(variables)
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir(BUCKET)
        shared = SharedStore(f"s3://{BUCKET}/markscan", database.make_database("markscan"))
        copy = ["store", "copy", str(store.root), shared.address, "--to-registry", shared.registry_url]
        subprocess.run([*MARKSCAN, *copy], check=True, stdout=subprocess.DEVNULL)
        yield shared


@contextmanager
def host(name: str, shared: SharedStore, workers: int, key: str, folder: Path) -> Iterator[Served]:
    """`markscan serve` with a cache folder of its own, once it is ready."""
    variables = {"XDG_CACHE_HOME": str(folder / name), "SCANNER_SERVICE__LEASE_SECONDS": str(LEASE)}
    options = ("--registry-url", shared.registry_url)
    with serving(shared.address, workers, *options, variables=variables) as (address, process):
        yield Served(address, key, process)


def measure_setups(
    setups: Sequence[Setup], images: Images, at_once: int, seconds: float, rounds: int, chance: np.random.Generator
) -> tuple[OfSetup, ...]:
    """All setups in turns, as these machines change from minute to minute; `at_once` calls are open in a round."""
    rates: dict[str, list[Rate]] = {each.name: [] for each in setups}
    halves: dict[str, list[Load]] = {each.name: [] for each in setups}
    key = setups[0].services[0].key
    for each in setups:
        closed_loop(each.addresses, key, images, at_once=2, calls=WARM_UP)
    for turn in range(rounds):
        for each in _from(turn, setups):
            rates[each.name].append(service_rate(each.services, list(islice(images, IMAGES)), at_once))
    half = float(np.median([each.images for each in rates[setups[0].name]])) / 2
    for turn in range(TURNS):
        for each in _from(turn, setups):
            load = open_loop(each.addresses, key, images, rate=half, seconds=seconds / TURNS, chance=chance)
            halves[each.name].append(load)
    return tuple(OfSetup(each.name, tuple(rates[each.name]), tuple(halves[each.name])) for each in setups)


def setups_table(result: MeasuredHosts) -> Table:
    """A row a setup, as multiples of the first one, in the same round."""
    first = result.setups[0]
    base = first.percentile(0.5)
    rows = []
    for each in result.setups:
        rates = [its.images / of_first.images for its, of_first in zip(each.rounds, first.rounds, strict=True)]
        spent = [its.spent / of_first.spent for its, of_first in zip(each.rounds, first.rounds, strict=True)]
        calls = [call for load in each.half for call in load.answered]
        rows.append(
            (
                each.name,
                f"{np.median(rates):.2f} ({min(rates):.2f} to {max(rates):.2f})",
                f"{np.median(spent):.2f} ({min(spent):.2f} to {max(spent):.2f})",
                f"{each.percentile(0.5) / base:.2f}",
                f"{each.percentile(0.99) / base:.2f}",
                str(len(calls)),
                str(sum(call.status != 200 for call in calls)),
            )
        )
    ours = first.rounds
    return Table(
        f"{result.references} references; {result.workers} workers in each setup, and calls go to its hosts in turn",
        ("", "calls a second ÷", "processor time a call ÷", "p50 ÷", "p99 ÷", "calls at half load", "not answered 200"),
        tuple(rows),
        f"÷: the first row's, of calls and processor time the median (and range) of {len(ours)} rounds of {IMAGES} "
        f"calls, of latencies its median at half load. It has {np.median([each.images for each in ours]):.1f} calls a "
        f"second, {1000 * np.median([each.spent for each in ours]):.0f} ms and {1000 * base:.0f} ms. Processor time is "
        "that of the services and of who calls, without PostgreSQL and the S3 server, which run on the same cores.",
    )


def kill_table(survived: Survived) -> Table:
    """What became of the calls."""
    return Table(
        f"One of two hosts, the one that builds, is killed at full load; leases of {LEASE} s",
        (
            "listings sent",
            "accepted",
            "calls broken off, and sent again",
            "refused",
            "accepted scans lost",
            "all done after",
        ),
        (
            (
                str(survived.listings),
                str(survived.accepted),
                str(survived.broken_off),
                str(survived.refused),
                str(survived.lost),
                f"{survived.done_after:.0f} s" if survived.lost == 0 else "-",
            ),
        ),
        "Scans are accepted at once and done later (async=1); their caller sends a call again, with the same "
        "Idempotency-Key, until a host accepts it. All done: from the kill until the other host had done all.",
    )


def _from(turn: int, setups: Sequence[Setup]) -> list[Setup]:
    """All of them, with another first each turn."""
    first = turn % len(setups)
    return [*setups[first:], *setups[:first]]
