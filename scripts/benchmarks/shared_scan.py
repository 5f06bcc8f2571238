"""Scans images against several stores at once, so that an image is described and read once; it measures nothing."""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import cv2
from threadpoolctl import threadpool_limits

from benchmarks.product import Refusal
from benchmarks.runs import Query, shown
from benchmarks.words.scanning import Scan, Seen
from brand_index.errors import MarkscanError
from brand_index.features.words.lines import Line
from brand_index.features.words.reading import ReadImage, TextReader
from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage, read_bytes
from brand_index.index import BrandIndex
from brand_index.limits import MOST_WIDTH
from brand_index.store import Store
from scanner.engine.candidates import Description
from scanner.engine.examiner import Examiner, open_models
from scanner.engine.regions import Region
from scanner.engine.settings import EngineSettings
from scanner.engine.stages import StageClock
from scanner.engine.types import Evidence
from scanner.engine.words.reading import WordReader
from scanner.engine.worker import SPAWNED, begin_process, watched
from scanner.settings import read_settings

Found = tuple[tuple[Evidence, ...], ...] | Refusal  # of one image in each store
_examiners: Final[list["OnceDescribing"]] = []  # of a worker process, one a store


class RememberedReader:
    """A text reader that reads an image once; to be emptied before the next."""

    def __init__(self, reader: TextReader) -> None:
        """`reader` reads."""
        self._reader = reader
        self.kept: dict[bytes, ReadImage] = {}

    def see(self, frame: RGBImage, *, side: int | None = None) -> tuple[Line, ...]:
        """Where a (H, W, 3) image has lines, the largest first: a description keeps it."""
        return self._reader.see(frame, side=side)

    def read_lines(self, frame: RGBImage, seen: Sequence[Line], width: int = MOST_WIDTH) -> ReadImage:
        """What all lines seen in a (H, W, 3) image say."""
        key = _digest(frame)
        if key not in self.kept:
            self.kept[key] = self._reader.read_lines(frame, seen, width)
        return self.kept[key]

    def read_closely(self, frame: RGBImage) -> tuple[TextLine, ...]:
        """What is written in a (H, W, 3) part of an image, larger and along rings; it is not remembered."""
        return self._reader.read_closely(frame)

    def read_all(self, frame: RGBImage) -> ReadImage:
        """The lines of a (H, W, 3) image, and where there are more."""
        return self.read_lines(frame, self.see(frame))

    def read(self, frame: RGBImage) -> tuple[TextLine, ...]:
        """The lines of a (H, W, 3) image from top to bottom."""
        return self.read_all(frame).lines


class OnceDescribing(Examiner):
    """An examiner that shares descriptions with others; to be emptied before the next image.

    Right only where the indexes have the same kinds of references: what is described depends on nothing else of them.
    """

    descriptions: dict[tuple[object, ...], Description]

    def describe(
        self,
        frame: RGBImage,
        regions: tuple[Region, ...] | None = None,
        *,
        clock: StageClock | None = None,
        enlarge: float = 2.0,
    ) -> Description:
        """As an examiner describes a frame; an equal one is described once."""
        key = (_digest(frame), regions, enlarge)
        if key not in self.descriptions:
            self.descriptions[key] = super().describe(frame, regions, clock=clock, enlarge=enlarge)
        return self.descriptions[key]


def scan_stores(stores: Sequence[Store], queries: Sequence[Query], workers: int) -> list[Scan]:
    """Examine `queries` against each store; the stores hold the same kinds of references. The times are of all."""
    settings, started = read_settings(), time.perf_counter()
    seen: list[list[Seen]] = [[] for _ in stores]
    refusals: list[Refusal] = []
    folders = [store.root for store in stores]
    with ProcessPoolExecutor(workers, mp_context=SPAWNED, initializer=_begin, initargs=(folders, settings)) as pool:
        found = pool.map(_examine, [query.path for query in queries])
        for query, each in zip(queries, shown(found, "Markscan", len(queries)), strict=True):
            if isinstance(each, Refusal):
                refusals.append(each)
            else:
                for kept, evidence in zip(seen, each, strict=True):
                    kept.append(Seen(query.name, evidence))
    seconds = time.perf_counter() - started
    return [Scan(tuple(kept), seconds, tuple(refusals)) for kept in seen]


def _begin(folders: Sequence[Path], settings: EngineSettings) -> None:
    """In a new process: open an examiner for each store. Raises IndexUnusable, ModelUnusable."""
    begin_process()
    embedder, matcher, finder = open_models(settings)
    reader = WordReader(settings).opened()
    words = WordReader(settings, None if reader is None else RememberedReader(reader))
    descriptions: dict[tuple[object, ...], Description] = {}
    for folder in folders:
        examiner = OnceDescribing(BrandIndex.open(Store(folder), embedder), embedder, matcher, finder, settings, words)
        examiner.descriptions = descriptions
        _examiners.append(examiner)
    cv2.setNumThreads(1)  # as in the product's workers
    threadpool_limits(1)


def _examine(path: Path) -> Found:
    """In a worker: the evidence of an image in each store."""
    first = _examiners[0]
    first.descriptions.clear()
    reader = first.word_reader.opened()
    if isinstance(reader, RememberedReader):
        reader.kept.clear()
    try:
        data = read_bytes(path, first.settings.limits)
        found = []
        for examiner in _examiners:
            with watched(first.settings):
                found.append(examiner.examine(data, name=str(path)).evidence)
        return tuple(found)
    except MarkscanError as error:
        return Refusal(path, error.code, str(error))


def _digest(frame: RGBImage) -> bytes:
    return hashlib.sha256(repr(frame.shape).encode() + frame.tobytes()).digest()
