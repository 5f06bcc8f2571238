"""Examines images with one set of models, and counts what was found on labelled ones."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import cv2

from brand_index.errors import ImageError
from brand_index.images import RGBImage, read_bytes
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.adapting.fitting import Sample
from scanner.adapting.material import Labelled, Logo
from scanner.engine.confidence import features, leads
from scanner.engine.examiner import Examination, Examiner
from scanner.engine.settings import EngineSettings
from scanner.moderation.registry import open_registry
from scanner.settings import Settings
from scanner.walk import ensure_index

ENOUGH_CLEAN: Final = 100  # labelled images without a registered logo, from which one in a hundred can be counted
ALLOWED: Final = 0.01  # share of clean images that may be flagged


@dataclass(frozen=True, slots=True)
class Figures:
    """What one set of models found on labelled images."""

    name: str  # of the models
    marked: int  # images with a registered logo that could be read
    clean: int  # images without
    found: int  # of marked: a brand's own logo is the surest, at the threshold or above
    other: int  # of marked: another brand's logo is the surest, at the threshold or above
    flagged: int  # of clean: a logo reaches the threshold
    found_at_1_percent: int | None  # of marked, at the threshold that 1 % of the clean images reach; None: too few
    milliseconds: float  # an image, median, on one thread
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Looked:
    """The logos in one image: the surest, and whether it is one of those that the image shows."""

    confidence: float  # 0: no logo
    is_right: bool
    is_marked: bool
    seconds: float


def store_of(folder: Path, logos: Sequence[Logo], settings: Settings, now: datetime) -> Store:
    """A store in `folder` with these logos alone, and its index by the models of `settings`."""
    store = Store(folder)
    with closing(open_registry(store)) as registry:
        for each in logos:
            registry.save_brand(each.brand, now)
            reference = each.reference
            store.keep(store.media_path(reference.sha256, reference.suffix), each.path.read_bytes())
            registry.add_reference(
                brand=reference.brand_id,
                kind=ReferenceKind.LOGO,
                sha256=reference.sha256,
                suffix=reference.suffix,
                mark_id=None,
                source_name=reference.source_name,
                width=reference.width,
                height=reference.height,
                warnings=reference.warnings,
                now=now,
            )
        ensure_index(store, registry, settings)
    return store


def encoded(image: RGBImage) -> bytes:
    """The bytes of an image as an upload has them."""
    _, data = cv2.imencode(".png", image[..., ::-1])
    return bytes(data)


def examine_all(
    store: Store, settings: EngineSettings, images: Iterable[bytes], advance: Callable[[], None]
) -> Iterator[tuple[Examination | None, float]]:
    """The examination of each image, None where it cannot be read, and the seconds that it took."""
    examiner = Examiner.open(store, settings.model_copy(update={"words": False}))
    for data in images:
        begun = time.perf_counter()
        try:
            examination: Examination | None = examiner.examine(data)
        except ImageError:
            examination = None
        yield examination, time.perf_counter() - begun
        advance()


def samples_of(number: int, examination: Examination, brand_id: str | None) -> Iterator[Sample]:
    """The candidates of image `number`, which shows the logos of one brand, or of none."""
    evidence = [item for item in examination.evidence if item.kind is ReferenceKind.LOGO]
    for item, lead in zip(evidence, leads(evidence), strict=True):
        yield Sample(number, features(item, lead), item.brand_id == brand_id)


def figures(
    name: str,
    store: Store,
    settings: EngineSettings,
    labelled: Sequence[Labelled],
    threshold: float,
    advance: Callable[[], None],
) -> Figures:
    """What the models of `settings` find on labelled images; `threshold`: the policy's, of logos."""
    data = (read_bytes(each.path) for each in labelled)
    looked, unreadable = list[Looked](), 0
    for each, (examination, seconds) in zip(labelled, examine_all(store, settings, data, advance), strict=True):
        if examination is None:
            unreadable += 1
            continue
        looked.append(look_at(examination, each.brand_ids, seconds))
    return count(name, looked, threshold, unreadable)


def look_at(examination: Examination, brand_ids: frozenset[str], seconds: float) -> Looked:
    """The surest logo in an image that shows logos of these brands."""
    logos = [item for item in examination.evidence if item.kind is ReferenceKind.LOGO]
    best = max(logos, key=lambda item: item.confidence, default=None)
    if best is None:
        return Looked(0.0, False, bool(brand_ids), seconds)
    return Looked(best.confidence, best.brand_id in brand_ids, bool(brand_ids), seconds)


def count(name: str, looked: Sequence[Looked], threshold: float, unreadable: int = 0) -> Figures:
    """The figures of images that were looked at."""
    marked, clean = ([each for each in looked if each.is_marked is shown] for shown in (True, False))
    surest = sorted((each.confidence for each in clean), reverse=True)
    strict: float | None = None
    if len(clean) >= ENOUGH_CLEAN:
        strict = surest[int(ALLOWED * len(clean))]  # so many may lie above it
    spent = sorted(each.seconds for each in looked)
    return Figures(
        name=name,
        marked=len(marked),
        clean=len(clean),
        found=sum(each.is_right and each.confidence >= threshold for each in marked),
        other=sum(not each.is_right and each.confidence >= threshold for each in marked),
        flagged=sum(each.confidence >= threshold for each in clean),
        found_at_1_percent=None
        if strict is None
        else sum(each.is_right and each.confidence > strict for each in marked),
        milliseconds=1000 * spent[len(spent) // 2] if spent else 0.0,
        unreadable=unreadable,
    )
