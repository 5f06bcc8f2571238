"""Searches an index in a process of its own, and measures time and memory."""

import gc
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import cv2
import numpy as np
import psutil
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from brand_index.index import BrandIndex
from brand_index.store import Store
from scanner.engine.examiner import Examiner, open_models
from scanner.settings import read_settings

TIMES: Final = 3  # each query is searched for; the first time, which reads from the disk, is not counted


@dataclass(frozen=True, slots=True)
class Searched:
    """An index searched in a fresh process on one thread."""

    open_seconds: float
    resident_bytes: int  # by which the process grew over its models: index and pages of it that were read
    milliseconds: tuple[float, ...]  # of the match stage, a query
    found: float  # share of the copies whose original is a candidate


def search_in_a_process(
    store: Store, clean: Sequence[bytes], copies: Sequence[bytes], originals: Sequence[str]
) -> Searched:
    """As `search_all`, in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(search_all, store, clean, copies, originals).result()


def search_all(store: Store, clean: Sequence[bytes], copies: Sequence[bytes], originals: Sequence[str]) -> Searched:
    """Search the index of `store` for JPEG files on one thread of a fresh process, whose memory it measures.

    `originals` are the ids of the references of which the copies are edits.
    """
    cv2.setNumThreads(1)
    threadpool_limits(1)
    settings = read_settings()
    embedder, matcher, finder = open_models(settings)
    process = psutil.Process()
    describing = Examiner(BrandIndex.open(store, embedder), embedder, matcher, finder, settings)
    asked = [describing.describe(describing.decode(data).frames[0]) for data in (*clean, *copies)]
    del describing
    gc.collect()
    before, begun = process.memory_info().rss, time.perf_counter()
    index = BrandIndex.open(store, embedder)
    opened = time.perf_counter() - begun
    examiner = Examiner(index, embedder, matcher, finder, settings)
    spent = []
    found = list[bool]()
    for time_of in range(TIMES):
        for number, description in enumerate(asked):
            begun = time.perf_counter()
            candidates = examiner.match(description)
            if time_of:  # the first time reads from the disk
                spent.append(1000 * (time.perf_counter() - begun))
            elif number >= len(clean):
                named = {index.references[each.position].reference_id for each in candidates}
                found.append(originals[number - len(clean)] in named)
    grown = process.memory_info().rss - before
    return Searched(opened, grown, tuple(spent), float(np.mean(found)))


def percentiles(searched: Searched) -> NDArray[np.float64]:
    """(2,): the median of the times, in milliseconds, and what 99 % are below."""
    return np.asarray(np.percentile(searched.milliseconds, [50, 99]), np.float64)
