"""Compares the processor time of a clean photo, stage by stage, with an earlier revision; accuracy is elsewhere.

Processor time, on one thread and the versions in turn, since other work on the machine affects wall times far more.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from training.grounds import split_clean

from benchmarks.datasets import clothing_photos, evenly_spaced, other_logos, registered_logos
from benchmarks.first_version import SIDE, register_with, sized_photos, unpack
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.speed import environment
from benchmarks.tables import Table
from brand_index.store import Store

ROUNDS = 3
ALL = "all"
# In a process of its own, over the store and the photos that it is given: milliseconds of processor time a photo, of
# each stage and of all. The clock that the stages are timed by is replaced, and two photos warm up.
EXAMINE = """
import json, sys, time
from pathlib import Path
from types import SimpleNamespace
import cv2
from threadpoolctl import threadpool_limits
from brand_index.store import Store
from scanner.engine import examiner, stages
from scanner.settings import read_settings
cv2.setNumThreads(1)
threadpool_limits(1)
stages.time = examiner.time = SimpleNamespace(monotonic=time.process_time)
opened = examiner.Examiner.open(Store(Path(sys.argv[1])), read_settings())
photos = [Path(each).read_bytes() for each in sys.argv[2:]]
for each in photos[:2]:
    opened.examine(each)
spent, begun = {}, time.process_time()
for each in photos:
    for stage, seconds in opened.examine(each).seconds:
        spent[stage] = spent.get(stage, 0.0) + seconds
spent["all"] = time.process_time() - begun
print(json.dumps({stage: 1000 * seconds / len(photos) for stage, seconds in spent.items()}))
"""


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Milliseconds of processor time a photo, the median of the rounds, by stage and for ALL."""

    registered: str
    photos: int
    ours: Mapping[str, float]
    theirs: Mapping[str, float]


def run_stage_race(options: Options, photos: int, revision: str, stores: Sequence[Path], folder: Path) -> Outcome:
    """Compare with `revision`: with logos registered, and with photos alone; or over `stores` that both can read."""
    logos = [(each.brand, each.path, "logo") for each in (*registered_logos(options.data), *other_logos(options.data))]
    clothing = sorted(clothing_photos(options.data))
    offered, clean = split_clean(clothing)
    chosen = evenly_spaced(clean, photos)
    registered = [(path.name, path, "photo") for path in evenly_spaced(offered, 500)]
    theirs = folder / "earlier"
    unpack(revision, theirs)
    sized = sized_photos(chosen, folder / "sized")
    results = [_compared(path.name, Store(path), Store(path), sized, theirs, folder) for path in stores]
    for name, entries in (("logos", logos[: options.limit]), ("photos", registered[: options.limit])):
        if stores:
            break
        our, their = Store(folder / f"our-{name}"), Store(folder / f"their-{name}")
        for tree, store in ((None, our), (theirs, their)):
            register_with(entries, store, tree, folder)
        results.append(_compared(f"{len(entries)} {name}", our, their, sized, theirs, folder))
    return Outcome(
        occasion=occasion("speed"),
        options=options,
        results=results,
        missing=(),
        tables=[stage_race_table(revision, each) for each in results],
        truths=(),
        runs=(),
        sections=(),
    )


def _compared(
    registered: str, our: Store, their: Store, photos: Sequence[Path], tree: Path, folder: Path
) -> StageTimes:
    rounds = [(stage_times(our, photos, None, folder), stage_times(their, photos, tree, folder)) for _ in range(ROUNDS)]
    ours, theirs = (_medians([pair[which] for pair in rounds]) for which in (0, 1))
    return StageTimes(registered, len(photos), ours, theirs)


def stage_times(store: Store, photos: Sequence[Path], tree: Path | None, folder: Path) -> dict[str, float]:
    """Milliseconds of processor time a photo, by stage, of the Markscan in the checkout `tree`; None: this one."""
    done = subprocess.run(
        (sys.executable, "-c", EXAMINE, str(store.root), *map(str, photos)),
        check=True,
        capture_output=True,
        cwd=folder,  # stood in a checkout, Python would take that one
        env=environment(tree),
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def stage_race_table(revision: str, result: StageTimes) -> Table:
    """One row a stage: milliseconds of both, and their ratio."""
    stages = [each for each in result.theirs if each != ALL]
    return Table(
        f"Processor time of a clean photo of {SIDE} px on one thread, {result.registered} registered, "
        f"{result.photos} photos",
        ("stage", f"now ÷ {revision}", "ms", f"ms at {revision}"),
        tuple(
            (
                each,
                f"{result.ours.get(each, 0.0) / result.theirs[each]:.2f}",
                f"{result.ours.get(each, 0.0):.1f}",
                f"{result.theirs[each]:.1f}",
            )
            for each in (*stages, ALL)
        ),
    )


def _medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {stage: median(each[stage] for each in rounds) for stage in rounds[0]}
