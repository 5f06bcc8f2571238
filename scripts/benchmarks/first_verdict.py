"""Measures how long scan-images takes until its first verdict, beside a bare start of the same networks."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.datasets import clothing_photos, evenly_spaced
from benchmarks.first_version import sized_photos, unpack
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.speed import SCAN, environment
from benchmarks.tables import Table
from brand_index.features.weights import Manifest, ModelFile, read_manifest
from brand_index.store import Store
from scanner.bulk.results import VERDICTS

OURS, BARE = "this version", "bare networks"
ASKED_EVERY = 0.005  # seconds between looks at the results
# All that a worker cannot do without: it opens the networks whose files it is given, on one thread each.
OPEN = """
import sys, time
import cv2, faiss, numpy, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
opened = [onnxruntime.InferenceSession(each, options, providers=["CPUExecutionProvider"]) for each in sys.argv[1:]]
print(time.process_time())
"""


@dataclass(frozen=True, slots=True)
class Start:
    """One start, until the first verdict is written, or until the networks are open."""

    who: str  # OURS, BARE or a revision
    seconds: float  # wall time
    processor: float  # seconds of processor time of all processes together
    parent: float  # of these, of the process that was started


def run_first_verdict(
    options: Options, photos: int, revision: str | None, stores: Sequence[Path], rounds: int, folder: Path
) -> Outcome:
    """Start scan-images over each store, and with `revision` (None: there is none), in turns, `rounds` times."""
    sized = sized_photos(evenly_spaced(sorted(clothing_photos(options.data)), photos), folder / "sized")
    trees: dict[str, Path | None] = {OURS: None}
    if revision is not None:
        trees[revision] = folder / "earlier"
        unpack(revision, folder / "earlier")
    starts = [
        (store, [_turn(Store(store), sized, options.workers, trees, folder) for _ in range(rounds)]) for store in stores
    ]
    return Outcome(
        occasion=occasion("speed"),
        options=options,
        results=[each for _, turns in starts for turn in turns for each in turn],
        missing=(),
        tables=[start_table(store.name, turns, options.workers) for store, turns in starts],
        truths=(),
        runs=(),
        sections=(),
    )


def start_table(store: str, turns: Sequence[Sequence[Start]], workers: int) -> Table:
    """A row each: what the first start took, and the median of the others."""
    rows = []
    for number, first in enumerate(turns[0]):
        later = [turn[number] for turn in turns[1:]] or [first]
        ours = [turn[0] for turn in turns[1:]] or [turns[0][0]]
        shares = [each.seconds / own.seconds for each, own in zip(later, ours, strict=True)]
        rows.append(
            (
                first.who,
                f"{first.processor:.2f}",
                f"{median(each.processor for each in later):.2f}",
                f"{median(each.parent for each in later):.2f}",
                f"{median(each.seconds for each in later):.2f}",
                f"{median(shares):.2f}",
            )
        )
    return Table(
        f"Start to first verdict: {workers} workers over {store}",
        ("who", "first: processor s", "later: processor s", "of these, parent", "wall, s", f"wall ÷ {OURS}'s"),
        tuple(rows),
        f"{len(turns)} rounds in turns; later: the median of all but the first. Processor time is of all processes.",
    )


def _turn(
    store: Store, photos: Sequence[Path], workers: int, trees: dict[str, Path | None], folder: Path
) -> list[Start]:
    scans = [_scan(who, store, photos, workers, tree, folder) for who, tree in trees.items()]
    return [*scans, _bare(read_manifest())]


def _scan(who: str, store: Store, photos: Sequence[Path], workers: int, tree: Path | None, folder: Path) -> Start:
    """One scan, ended at its first verdict. Raises RuntimeError where it writes none."""
    import psutil  # noqa: PLC0415 - of the extra benchmark; the other benchmarks do without

    with tempfile.TemporaryDirectory(dir=folder) as name:
        out, log = Path(name, "out"), Path(name, "log")
        options = ["--store", store.root, "--out", out, "--workers", workers, "--format", "jsonl"]
        begun = time.perf_counter()
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [sys.executable, "-c", SCAN, *map(str, (photos[0].parent, *options))],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment(tree),
            ) as command,
        ):
            parent = psutil.Process(command.pid)
            while not _has_row(out / VERDICTS):
                if command.poll() is not None:
                    raise RuntimeError(f"scan-images ended: {log.read_text(errors='replace')[-2000:]}")
                time.sleep(ASKED_EVERY)
            seconds = time.perf_counter() - begun
            spent = [sum(each.cpu_times()[:2]) for each in (parent, *parent.children(recursive=True))]
            command.terminate()
        return Start(who, seconds, sum(spent), spent[0])


def _has_row(path: Path) -> bool:
    try:
        return b"\n" in path.read_bytes()
    except OSError:
        return False


def networks(manifest: Manifest) -> tuple[ModelFile, ...]:
    """The networks that a worker opens to examine and to read images."""
    there = (manifest.embedder, manifest.matcher, manifest.finder, manifest.concealed, manifest.lines)
    return tuple(each for each in (*there, manifest.characters) if each is not None)


def _bare(manifest: Manifest) -> Start:
    files = [str(each.path) for each in networks(manifest)]
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", OPEN, *files], check=True, capture_output=True, text=True)
    processor = float(json.loads(done.stdout))
    return Start(BARE, time.perf_counter() - begun, processor, processor)
