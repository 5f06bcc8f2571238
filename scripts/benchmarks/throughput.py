"""Compares the throughput of the service and of scan-images, in turns on the same images and cores."""

import contextlib
import itertools
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.load import Images, closed_loop
from benchmarks.tables import Table
from brand_index.images.listed import FoundImage
from brand_index.store import Store
from scanner.bulk.starting import start_workers
from scanner.engine.worker import examine_together
from scanner.settings import read_settings

if TYPE_CHECKING:
    import psutil

IMAGES = 24  # of a round


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs."""

    address: str
    key: str  # of a pipeline
    process: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What one of them did in a round."""

    images: float  # a second
    spent: float  # seconds of processor time an image, of all processes together


@dataclass(frozen=True, slots=True)
class Round:
    """Both on the same images."""

    batch: Rate
    service: Rate


def side_by_side(
    store: Store, served: Served, images: Images, workers: int, turns: int, folder: Path
) -> tuple[Round, ...]:
    """Many short rounds: these machines are faster and slower from one second to the next."""
    paths, rounds = [folder / f"{number}.jpg" for number in range(IMAGES)], list[Round]()
    with start_workers(store, read_settings(), workers) as pool:
        for number in range(turns + 1):
            photos = list(itertools.islice(images, IMAGES))
            for path, data in zip(paths, photos, strict=True):
                path.write_bytes(data)
            if number % 2:  # neither is always the first
                batch = batch_rate(pool, paths, served)
                rounds.append(Round(batch, service_rate([served], photos, 3 * workers)))
            else:
                service = service_rate([served], photos, 3 * workers)
                rounds.append(Round(batch_rate(pool, paths, served), service))
    return tuple(rounds[1:])  # the first one warmed up


def batch_rate(pool: Executor, paths: list[Path], served: Served) -> Rate:
    """Of the workers of scan-images; what the service spends meanwhile is not counted."""
    import psutil  # noqa: PLC0415 - of the extra benchmark

    me = psutil.Process()
    everybody = [me, *(each for each in me.children() if each.pid != served.process)]
    before, begun = processor_seconds(everybody), time.monotonic()
    for _ in pool.map(examine_together, [(FoundImage(path, PurePath(path.name)),) for path in paths]):
        pass
    return Rate(len(paths) / (time.monotonic() - begun), spent_since(before) / len(paths))


def service_rate(services: Sequence[Served], photos: list[bytes], at_once: int) -> Rate:
    """Of services that get the photos in turn, with what their caller spends."""
    import psutil  # noqa: PLC0415 - as above

    everybody = [psutil.Process()]
    for each in services:
        process = psutil.Process(each.process)
        everybody += [process, *process.children(recursive=True)]
    before = processor_seconds(everybody)
    load = closed_loop(
        [each.address for each in services], services[0].key, iter(photos), at_once=at_once, calls=len(photos)
    )
    return Rate(load.rate, spent_since(before) / len(photos))


def processor_seconds(processes: Iterable["psutil.Process"]) -> dict["psutil.Process", float]:
    """What each of these that still runs has spent."""
    import psutil  # noqa: PLC0415 - as above

    found = dict["psutil.Process", float]()
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found[each] = sum(each.cpu_times()[:2])
    return found


def spent_since(before: Mapping["psutil.Process", float]) -> float:
    """What these have spent since; a process that has ended, such as one that merged segments, is left out."""
    return sum(seconds - before[each] for each, seconds in processor_seconds(before).items())


def throughput_table(rounds: Sequence[Round], workers: int) -> Table:
    """Batch and service in turn."""
    figures = [
        (
            each.service.images / each.batch.images,
            each.batch.spent / each.service.spent,
            1000 * each.service.spent,
            1000 * each.batch.spent,
        )
        for each in rounds
    ]
    rows = []
    for name, share in (("lower quartile", 0.25), ("median", 0.5), ("upper quartile", 0.75)):
        clock, processor, ours, alone = np.quantile(figures, share, axis=0)
        rows.append((name, f"{clock:.2f}", f"{processor:.2f}", f"{ours:.0f}", f"{alone:.0f}"))
    return Table(
        f"The service against the batch, {workers} workers each",
        (
            f"{len(rounds)} rounds",
            "images a second ÷ the batch's",
            "the batch's processor time ÷ its own",
            "its own, ms",
            "the batch's, ms",
        ),
        tuple(rows),
        f"{IMAGES} images a round. Closed loop, three open calls for each worker; who calls runs on the same "
        "cores and is counted with the service. Processor time is of all processes, an image.",
    )
