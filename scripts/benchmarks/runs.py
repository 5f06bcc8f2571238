"""Runs Markscan and its peers over one set of images, timed; measures.py evaluates the predictions."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from benchmarks.copy_task import read_image
from benchmarks.peers import (
    EmbeddingPeer,
    Labelled,
    Peer,
    PeerUnavailable,
    SiftPeer,
    available,
    imagededup_cnn,
    imagededup_phash,
    pdq,
    phash,
)
from benchmarks.product import Entry, Refusal, entry_names, predictions_of, register_all
from benchmarks.records import Prediction
from brand_index.store import Store
from scanner.bulk.batch import examine_batch
from scanner.engine.types import FailedImage
from scanner.settings import read_settings

Item = TypeVar("Item")
MEASURED_WITH = (
    "markscan",
    "faiss-cpu",
    "imagehash",
    "numpy",
    "onnxruntime",
    "opencv-python",
    "pdqhash",
    "augly",
    "imagededup",
)


@dataclass(frozen=True, slots=True)
class Query:
    """A file, and the name that predictions use for it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Run:
    """The predictions of one system on all queries, and their time."""

    system: str
    predictions: tuple[Prediction, ...]
    seconds: float  # wall time of the queries, without registration and opening
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and with what a benchmark ran."""

    benchmark: str
    date: str  # ISO 8601, UTC
    python: str
    versions: dict[str, str | None]  # JSON; None: not installed


def occasion(benchmark: str) -> Occasion:
    """Here and now."""
    return Occasion(
        benchmark,
        datetime.now(UTC).isoformat(timespec="seconds"),
        sys.version.split()[0],
        {name: _version(name) for name in MEASURED_WITH},
    )


def run_product(store: Store, queries: Sequence[Query], entries: Sequence[Entry], workers: int) -> Run:
    """Register `entries` in the empty `store` and examine `queries`; all evidence counts, however weak."""
    refusals = register_all(store, entries)
    names = entry_names(entries)
    predictions: list[Prediction] = []
    started = time.perf_counter()
    batch = examine_batch([query.path for query in queries], store, read_settings(), workers=workers)
    for query, examined in zip(queries, shown(batch, "Markscan", len(queries)), strict=True):
        if isinstance(examined.outcome, FailedImage):
            refusals.append(Refusal(query.path, examined.outcome.code, examined.outcome.message))
        else:
            predictions += predictions_of(examined.outcome.evidence, query.name, names)
    return Run("Markscan", tuple(predictions), time.perf_counter() - started, tuple(refusals))


def run_peer(peer: Peer, references: Sequence[Labelled], queries: Sequence[Query]) -> Run:
    """Let `peer` index `references` and score `queries`, decoded as the product decodes them."""
    peer.index(references)
    predictions: list[Prediction] = []
    started = time.perf_counter()
    for query in shown(queries, peer.name, len(queries)):
        predictions += peer.score(Labelled(query.name, read_image(query.path)))
    return Run(peer.name, tuple(predictions), time.perf_counter() - started, ())


def all_peers(tiles_across: Sequence[int]) -> tuple[list[Peer], list[tuple[str, str]]]:
    """Every peer that is quick enough for all queries, and (name, what it lacks) of those that cannot run here."""
    makers: list[tuple[str, Callable[[], Peer]]] = [
        ("pHash (imagehash)", phash),
        ("PDQ", pdq),
        ("imagededup PHash", imagededup_phash),
        ("imagededup CNN", imagededup_cnn),
        ("ImageNet embedding with tiles", lambda: imagenet_peer(tiles_across)),
    ]
    return available(makers)


def imagenet_peer(tiles_across: Sequence[int]) -> EmbeddingPeer:
    """ImageNet's EfficientNet-Lite0 of the whole image and of tiles. Raises PeerUnavailable."""
    try:
        from benchmarks.imagenet import imagenet_embedding  # noqa: PLC0415 - imports torch
    except ImportError as error:
        raise PeerUnavailable(f"{error.name} is not installed") from error
    return EmbeddingPeer("EfficientNet-Lite0 of ImageNet, tiles", imagenet_embedding(), tiles_across=tiles_across)


def sift_peer() -> Peer:
    """The slow one, for a subsample of the queries."""
    return SiftPeer()


def shown(items: Iterable[Item], what: str, total: int) -> Iterable[Item]:
    """The items; a terminal shows how many of `total` are done."""
    console = Console(stderr=True)
    return track(items, what, total, console=console, disable=not console.is_terminal)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
