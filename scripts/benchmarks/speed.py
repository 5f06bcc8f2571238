"""Measures speed, memory and the time of each step of a scan; accuracy is measured elsewhere."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import cv2

from benchmarks.copy_task import REGISTERED_CLOTHING
from benchmarks.datasets import (
    clothing_photos,
    evenly_spaced,
    grocery_photos,
    mark_photos,
    other_logos,
    registered_logos,
)
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry, register_all
from benchmarks.runs import occasion
from benchmarks.tables import Table
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.regions import crop
from scanner.engine.types import Evidence
from scanner.settings import read_settings
from scanner.verdicts.types import Listing
from scanner.walk import Scanner

Given = ParamSpec("Given")
Result = TypeVar("Result")
VERBS = ("decode", "describe", "match", "verify", "judge")
SAMPLED_EVERY = 0.05  # seconds between memory samples
# Until 0.1.0 the commands lay in scanner.cli, and earlier versions are measured, too.
COMMAND = """
import sys
try:
    from scanner.commands.main import {0}
except ImportError:
    from scanner.cli import {0}
sys.exit({0}())
"""
SCAN = COMMAND.format("scan_images_main")


@dataclass(frozen=True, slots=True)
class Pace:
    """One run of scan-images, as a user starts it."""

    workers: int
    photos: int
    seconds: float  # wall time of the whole command
    seconds_to_start: float  # the same for a single photo: interpreter, libraries, weights, index
    peak_bytes: int  # resident memory of the process tree; what processes share counts in each

    @property
    def photos_a_second(self) -> float:
        """After the start."""
        return (self.photos - 1) / max(1e-9, self.seconds - self.seconds_to_start)


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds in one process on one thread, all photos together."""

    photos: int
    verbs: tuple[tuple[str, float], ...]
    models: float  # the embedder alone on the regions of all photos
    decoder: float  # decoding alone

    @property
    def seconds(self) -> float:
        """The total of all steps."""
        return sum(seconds for _, seconds in self.verbs)


def run_speed(options: Options, photos: int, folder: Path) -> Outcome:
    """Register photos and logos, time scan-images on `photos` others with 1 and 2 workers, and profile."""
    clothing = clothing_photos(options.data)
    logos = [*registered_logos(options.data), *other_logos(options.data)[: options.limit]]
    entries = [
        *(Entry(logo.path, logo.brand, ReferenceKind.LOGO, logo.brand) for logo in logos),
        *(
            Entry(path, "seller", ReferenceKind.PHOTO, path.name)
            for path in clothing[:REGISTERED_CLOTHING][: options.limit]
        ),
    ]
    offered = [
        *clothing[REGISTERED_CLOTHING:],
        *grocery_photos(options.data, "photo"),
        *(photo.path for photo in mark_photos(options.data)),
    ]
    store = Store(folder / "store")
    register_all(store, entries)
    chosen = evenly_spaced(offered, photos)
    paces = [pace(store, chosen, workers, folder) for workers in (1, 2)]
    profile = profile_verbs(store, chosen)
    return Outcome(
        occasion=occasion("speed"),
        options=options,
        results=[*paces, profile],
        missing=(),
        tables=speed_tables(paces, profile, len(entries)),
        truths=(),
        runs=(),
        sections=(),
    )


def pace(store: Store, photos: Sequence[Path], workers: int, folder: Path, tree: Path | None = None) -> Pace:
    """Run scan-images on one photo and then on all of `photos`, in `folder`; `tree` as in `environment`."""
    one, _ = _timed_scan(store, photos[:1], workers, folder, tree)
    seconds, peak = _timed_scan(store, photos, workers, folder, tree)
    return Pace(workers, len(photos), seconds, one, peak)


def profile_verbs(store: Store, photos: Sequence[Path]) -> Profile:
    """Time each step on `photos` on one thread of this process, and run models and decoder alone on the same."""
    settings = read_settings()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    clock = Clock()
    alone = Clock()
    try:
        examiner = Examiner.open(store, settings)
        with Scanner.open(store, settings) as scanner:
            for path in photos:
                data = path.read_bytes()
                image = clock.time("decode", examiner.decode, data)
                evidence: list[Evidence] = []
                for frame in image.frames:
                    description = clock.time("describe", examiner.describe, frame)
                    candidates = clock.time("match", examiner.match, description)
                    evidence += clock.time("verify", examiner.verify, description, candidates)
                    alone.time("models", _run_models, examiner, frame)
                examined = Examination(image.sha256, tuple(evidence), examiner.index.revision, None)
                clock.time("judge", scanner.judge, examined, Listing(), datetime.now(UTC))
                alone.time("decoder", examiner.decode, data)
    finally:
        cv2.setNumThreads(threads)
    return Profile(
        len(photos),
        tuple((verb, clock.seconds[verb]) for verb in VERBS),
        alone.seconds["models"],
        alone.seconds["decoder"],
    )


def speed_tables(paces: Sequence[Pace], profile: Profile, references: int) -> list[Table]:
    """Pace by workers, and where the time of one worker goes."""
    first = paces[0]
    return [
        Table(
            f"Speed: scan-images on {first.photos} photos, {references} references registered",
            (
                "workers",
                "photos a second",
                "against 1 worker",
                "command, s",
                "start, s",
                "peak memory, MB",
            ),
            tuple(
                (
                    str(each.workers),
                    f"{each.photos_a_second:.2f}",
                    f"{each.photos_a_second / first.photos_a_second:.2f}",
                    f"{each.seconds:.1f}",
                    f"{each.seconds_to_start:.1f}",
                    f"{each.peak_bytes / 1e6:.0f}",
                )
                for each in paces
            ),
        ),
        Table(
            f"Where the time goes: {profile.photos} photos in one process on one thread",
            ("step", "ms a photo", "share of total"),
            tuple(
                (name, f"{seconds / profile.photos * 1000:.1f}", f"{seconds / profile.seconds:.1%}".replace("%", " %"))
                for name, seconds in (
                    *profile.verbs,
                    ("all five", profile.seconds),
                    ("the models alone", profile.models),
                    ("the decoder alone", profile.decoder),
                )
            ),
        ),
    ]


class Clock:
    """Seconds by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def time(self, name: str, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
        """Call `work` with the arguments and add its duration to `name`."""
        started = time.perf_counter()
        result = work(*given, **named)
        self.seconds[name] += time.perf_counter() - started
        return result


def _run_models(examiner: Examiner, frame: RGBImage) -> None:
    regions = examiner.finder.find(frame, examiner.settings.regions, examiner.settings.least_objectness).regions
    examiner.embedder.embed([crop(frame, region.box) for region in regions])


def environment(tree: Path | None) -> dict[str, str]:
    """Of a child that runs the Markscan in the checkout `tree`; None: this one."""
    return dict(os.environ) if tree is None else {**os.environ, "PYTHONPATH": str(tree)}


def _timed_scan(
    store: Store, photos: Sequence[Path], workers: int, folder: Path, tree: Path | None
) -> tuple[float, int]:
    """Seconds and peak resident bytes of one scan-images over copies of `photos`. Raises RuntimeError if it fails."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        offered, out, log = Path(name, "photos"), Path(name, "out"), Path(name, "log")
        offered.mkdir()
        for number, path in enumerate(photos):
            shutil.copy(path, offered / f"{number:05}{path.suffix}")
        arguments = [offered, "--store", store.root, "--out", out, "--workers", workers, "--format", "jsonl"]
        peak = 0
        started = time.perf_counter()
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [sys.executable, "-c", SCAN, *map(str, arguments)],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,  # so that no checkout is found by being stood in
                env=environment(tree),
            ) as command,
        ):
            while command.poll() is None:
                peak = max(peak, _resident_bytes(command.pid))
                time.sleep(SAMPLED_EVERY)
        seconds = time.perf_counter() - started
        if command.returncode:
            raise RuntimeError(
                f"scan-images ended with {command.returncode}: {log.read_text(errors='replace')[-2000:]}"
            )
        return seconds, peak


def _resident_bytes(pid: int) -> int:
    import psutil  # noqa: PLC0415 - of the extra benchmark; the other benchmarks do without

    total = 0
    try:
        tree = psutil.Process(pid)
        for process in (tree, *tree.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:  # a process ended between two samples
        return total
    return total
