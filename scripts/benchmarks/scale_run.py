"""What an index costs as it grows: build, merge, disk, memory, time until a new reference is found, search, recall."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.datasets import clothing_photos, evenly_spaced, other_logos
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.scale_merge import Merge, merge_all
from benchmarks.scale_recall import Recall, recall_of
from benchmarks.scale_references import Described, Varied, describe_images
from benchmarks.scale_search import Searched, percentiles, search_in_a_process
from benchmarks.tables import Table
from benchmarks.uploads import upload
from brand_index.features.description import ReferenceDescription
from brand_index.features.keypoints import describe_keypoints
from brand_index.images import decode
from brand_index.index import BrandIndex
from brand_index.index.building import ChangesPublisher, build_index
from brand_index.index.catalog import IndexedReference
from brand_index.index.published import Withdrawn, current_folder, read_manifest
from brand_index.index.publishing import Draft, new_segment_folder, pointer_of, publish, unpublished_folder
from brand_index.index.segments import Segment, SegmentWriter
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind
from scanner.engine.examiner import open_embedder
from scanner.settings import read_settings

DESCRIBED: Final = 120  # photos, and as many logos
QUERIES: Final = 60  # clean photos that are searched for
COPIES: Final = 40  # of described photos, cropped and compressed again
EXACT: Final = 1_000  # keypoints whose nearest neighbour is also sought among all, of the following
EXACT_CLEAN: Final = 5  # clean photos of which all keypoints are, and as many copies as the next says
EXACT_COPIES: Final = 10


@dataclass(frozen=True, slots=True)
class ScaleResult:
    """A register of one size."""

    references: int
    build_seconds: float  # of two segments, from descriptions
    merge: Merge
    disk_bytes: int
    found_seconds: float  # from a registration's end until a reader has it open
    parted: Searched  # in two segments
    merged: Searched  # in one
    recall: Recall  # of that


def run_scale(options: Options, sizes: Sequence[int], folder: Path) -> Outcome:
    """Build an index of each size in the empty `folder`, and search it."""
    embedder = open_embedder(read_settings())
    clothing = clothing_photos(options.data)
    photos = evenly_spaced(clothing[: len(clothing) // 2], options.limit or DESCRIBED)
    logos = [each.path for each in evenly_spaced(other_logos(options.data), options.limit or DESCRIBED)]
    described = [
        *describe_images(photos, ReferenceKind.PHOTO, embedder),
        *describe_images(logos, ReferenceKind.LOGO, embedder),
    ]
    clean = [upload(path) for path in evenly_spaced(clothing[len(clothing) // 2 :], options.limit or QUERIES)]
    copies = [copy_of(path) for path in photos[: min(COPIES, len(photos))]]
    results = [_measured(size, described, clean, copies, options.seed, folder / str(size)) for size in sizes]
    return Outcome(
        occasion=occasion("scale"),
        options=options,
        results=results,
        missing=(),
        tables=[scale_table(results)],
        truths=(),
        runs=(),
        sections=(),
    )


def copy_of(path: Path) -> bytes:
    """The photo without a seventh of each side, as a JPEG file of quality 60."""
    image = decode(path.read_bytes(), name=path.name).frames[0]
    height, width = image.shape[:2]
    cropped = image[height // 14 : height - height // 14, width // 14 : width - width // 14]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(cropped, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 60])
    return data.tobytes()


def _measured(
    size: int, described: Sequence[Described], clean: Sequence[bytes], copies: Sequence[bytes], seed: int, folder: Path
) -> ScaleResult:
    store, varied = Store(folder), Varied(described, seed)
    embedder = open_embedder(read_settings())
    with Registry.open(store) as registry:
        build_index(store, registry, embedder)  # of nothing: what all of them have
    originals = [varied.id_of(number) for number in range(len(copies))]
    begun = time.perf_counter()
    publish_halves(store, varied, size)
    built = time.perf_counter() - begun
    parted = search_in_a_process(store, clean, copies, originals)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        merge = pool.submit(merge_all, store).result()
    disk = disk_of(store)
    in_one = search_in_a_process(store, clean, copies, originals)
    recall = _recall(store, clean, copies)
    return ScaleResult(size, built, merge, disk, _found_after(store, varied, size), parted, in_one, recall)


def disk_of(store: Store) -> int:
    """Bytes of the published segments."""
    return sum(
        path.stat().st_size
        for listed in read_manifest(current_folder(store)).segments
        for path in (store.index / "segments" / listed.name).iterdir()
    )


def publish_halves(store: Store, varied: Varied, size: int) -> None:
    """Publish the first `size` references in two segments, over a published index of none."""
    publish_parts(store, [varied.numbered(range(half, size, 2)) for half in range(2)])


def publish_parts(store: Store, parts: Iterable[Iterable[tuple[IndexedReference, ReferenceDescription]]]) -> None:
    """Publish one segment of each part, whose references are by id, over a published index of none."""
    folder = current_folder(store)
    manifest = replace(read_manifest(folder), revision=1, segments=(), files={})
    with unpublished_folder(store) as fresh:
        segments = []
        for part in parts:
            place = new_segment_folder(fresh, 1)
            with SegmentWriter(place, manifest.dimensions, manifest.photo_dimensions) as writer:
                for reference, description in part:
                    writer.add(reference, description)
            segments.append((Segment.open(place), Withdrawn()))
        if not publish(store, fresh, Draft(manifest, tuple(segments), (), 0.0, folder), pointer_of(store)):
            raise RuntimeError("another process published an index there")


class _OneMore(Registry):
    """A registry in which one more reference is in force and described."""

    def __init__(self, reference: ReferenceImage, description: bytes, revision: int) -> None:
        self._reference, self._description, self._revision = reference, description, revision

    def references_revision(self) -> int:
        return self._revision

    def references_changed_since(self, revision: int) -> frozenset[str]:
        return frozenset({self._reference.reference_id})

    def reference(self, identity: str) -> ReferenceImage | None:
        return self._reference

    def descriptor(self, key: str, fingerprint: str) -> bytes | None:
        return self._description

    def descriptor_keys(self, fingerprint: str) -> tuple[str, ...]:
        return ()

    def delete_descriptors(self, fingerprint: str, keys: Sequence[str], *, others: bool = False) -> None:
        pass


def _found_after(store: Store, varied: Varied, size: int) -> float:
    number = size + next(at for at in range(size) if "-photo-" in varied.id_of(size + at))
    ((indexed, description),) = varied.numbered([number])
    return found_after(store, indexed, description)


def found_after(store: Store, indexed: IndexedReference, description: ReferenceDescription) -> float:
    """Seconds in which one more reference is published and open in a reader that has the index open."""
    embedder = open_embedder(read_settings())
    reader, publisher = BrandIndex.open(store, embedder), ChangesPublisher(store)
    known = ReferenceImage(
        reference_id=indexed.reference_id,
        brand_id=indexed.brand_id,
        kind=indexed.kind,
        sha256=indexed.sha256,
        suffix=".jpg",
        mark_id=None,
        source_name="new.jpg",
        width=indexed.width,
        height=indexed.height,
        warnings=(),
        registered_at=datetime.now(UTC),
        withdrawn_at=None,
    )
    registry = _OneMore(known, description.to_bytes(), read_manifest(current_folder(store)).revision + 1)
    begun = time.perf_counter()
    publisher.publish(registry)
    later = BrandIndex.open(store, embedder, reader)
    seconds = time.perf_counter() - begun
    if later.references.find(indexed.reference_id) is None:
        raise RuntimeError("the new reference is not in the index")
    return seconds


def _recall(store: Store, clean: Sequence[bytes], copies: Sequence[bytes]) -> Recall:
    settings, images = read_settings(), []
    for data in (*clean[:EXACT_CLEAN], *copies[:EXACT_COPIES]):
        frame = decode(data, name="image").frames[0]
        side, limit = settings.keypoint_side, settings.keypoint_count
        images.append((describe_keypoints(frame, side=side, limit=limit), frame.shape[1]))
    return recall_of(store, images, EXACT, settings)


def scale_table(results: Sequence[ScaleResult]) -> Table:
    """One row a size."""
    rows = tuple(
        (
            f"{each.references:,}",
            f"{each.build_seconds:.0f} s",
            f"{each.merge.seconds:.0f} s, {each.merge.own_bytes / 1e6:.0f} of {each.merge.bytes / 1e6:.0f} MB",
            f"{each.disk_bytes / each.references / 1000:.1f} kB",
            f"{each.merged.resident_bytes / 1e6:.0f} MB",
            f"{each.found_seconds:.2f} s",
            _times(each.parted),
            _times(each.merged),
            share_text(each.merged.found),
            share_text(each.recall.nearest),
            share_text(each.recall.proposed),
        )
        for each in results
    )
    columns = ("references", "build", "merge", "disk a reference", "memory", "found after")
    searches = ("match, two segments: p50, p99", "match, one segment", "copies proposed")
    exact = ("nearest keypoint of all found", "photos voted for of all comparisons found")
    note = (
        "Half of the references are photos, half logos: described images, and variations of them. Merging "
        "takes so much memory of its own, of what it takes with the pages of files that it reads and writes. Memory "
        "is what a process grows by when it opens the index and searches; its pages are shared by all processes of a "
        "host. Times are of one thread of this machine, while others ran."
    )
    return Table("An index that grows", (*columns, *searches, *exact), rows, note)


def share_text(share: float) -> str:
    """A share as a percentage; NaN: none."""
    return "–" if np.isnan(share) else f"{share:.1%}".replace("%", " %")


def _times(searched: Searched) -> str:
    half, most = percentiles(searched)
    return f"{half:.0f}, {most:.0f} ms"
