"""Examines images on a Ray cluster: one Examiner an actor, fed by Ray Data; it judges and writes nothing."""

import math
import pickle
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from brand_index.errors import ImageError, MarkscanError
from brand_index.files import file_sha256
from brand_index.images.decoding import read_bytes
from brand_index.images.listed import FoundImage, ListedImage, LoadedImage, ReadableImage
from brand_index.images.remote import RemoteImage
from brand_index.limits import Limits
from scanner.bulk.batch import Examined, ExaminerPool, Outcome
from scanner.bulk.cluster.connection import processors
from scanner.bulk.cluster.mapping import Mapping
from scanner.bulk.cluster.shipping import ShippedEngine

BATCH: Final = 32  # images of one task, at most: what a killed node loses
TASKS: Final = 4  # of an actor at least, where there are so many images, so that none is idle at the end
AHEAD: Final = 8  # objects that an actor reads while it examines others


class ExaminingActor:
    """Examines batches of images on a node, in a process of its own: an image that kills it costs itself alone."""

    def __init__(self, engine: ShippedEngine) -> None:
        """What keeps it from working is the outcome of each batch: an actor that fails would be started for ever."""
        self._why_not: MarkscanError | None = None
        try:
            store, settings = engine.here()
            self._limits = settings.limits
            self._pool = ExaminerPool(store, settings, 1)
        except MarkscanError as error:
            self._why_not = error

    def __call__(self, batch: pa.Table) -> pa.Table:
        """The outcome of each image of a batch with its number."""
        numbers = batch["number"].to_pylist()
        images = [pickle.loads(each) for each in batch["image"].to_pylist()]
        try:
            if self._why_not is not None:
                raise self._why_not
            outcomes: list[Outcome | MarkscanError] = [
                each.outcome for each in self._pool.examine(read_ahead(images, self._limits))
            ]
        except MarkscanError as error:
            outcomes = [error] * len(numbers)
        return pa.table(
            {"number": pa.array(numbers, pa.int64()), "outcome": pa.array(map(pickle.dumps, outcomes), pa.binary())}
        )


@dataclass(frozen=True, slots=True)
class FileOfNodes:
    """A file as nodes read it, which work in other folders: by its path from the root, with its name here."""

    name: str
    path: Path

    def read(self, limits: Limits) -> bytes:
        """As the protocol says."""
        return read_bytes(self.path, limits)

    def sha256(self) -> str | None:
        """As the protocol says."""
        return file_sha256(self.path)


def for_nodes(image: ListedImage) -> ReadableImage:
    """The image as nodes can read it, with the same name."""
    return FileOfNodes(image.name, image.path.absolute()) if isinstance(image, FoundImage) else image


def read_ahead(images: Sequence[ReadableImage], limits: Limits) -> Iterator[ReadableImage]:
    """The images in order; those of an object store with their bytes, read while earlier ones are examined."""
    coming = iter(images)
    waiting: deque[ReadableImage | Future[LoadedImage]] = deque()
    with ThreadPoolExecutor(AHEAD) as readers:
        while True:
            while len(waiting) < AHEAD and (image := next(coming, None)) is not None:
                is_remote = isinstance(image, RemoteImage)
                waiting.append(readers.submit(_loaded, image, limits) if is_remote else image)
            if not waiting:
                return
            first = waiting.popleft()
            yield first.result() if isinstance(first, Future) else first


def _loaded(image: ReadableImage, limits: Limits) -> LoadedImage:
    try:
        return LoadedImage(image.name, image.read(limits))
    except ImageError as error:
        return LoadedImage(image.name, error)


@dataclass(frozen=True, slots=True)
class ClusterExaminer:
    """Examines images on the cluster that this process is connected to."""

    engine: ShippedEngine
    actors: int | None  # at most; None: one for each processor of the cluster

    def __call__(self, images: Iterable[ListedImage]) -> Iterator[Examined[ListedImage]]:
        """Examine images, and yield each once as it is done. What a lost node was at is done again by others.

        Raises ClusterUnavailable, IndexUnusable, ModelUnusable and WorkersUnavailable.
        """
        asked = list(images)
        if not asked:
            return
        actors = min(self.actors or processors(), len(asked))
        size = min(BATCH, math.ceil(len(asked) / (TASKS * actors)))
        packed = [pickle.dumps(for_nodes(image)) for image in asked]
        numbers = range(len(asked))
        blocks = [
            pa.table(
                {
                    "number": pa.array(numbers[at : at + size], pa.int64()),
                    "image": pa.array(packed[at : at + size], pa.binary()),
                }
            )
            for at in range(0, len(asked), size)
        ]
        for batch in Mapping(blocks, ExaminingActor, {"engine": self.engine}, actors).results():
            for number, data in zip(batch["number"].to_pylist(), batch["outcome"].to_pylist(), strict=True):
                outcome = pickle.loads(data)
                if isinstance(outcome, MarkscanError):
                    raise outcome
                yield Examined(asked[number], outcome)
