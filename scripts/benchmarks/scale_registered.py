"""What searching all of a register costs that was really made, beside parts of it; it registers nothing there."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.alignment_scenes import LOGOS, chance_of, rgba_of
from benchmarks.datasets import clothing_photos, evenly_spaced
from benchmarks.materials import Materials
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.scale_references import describe_images
from benchmarks.scale_run import (
    QUERIES,
    copy_of,
    disk_of,
    found_after,
    publish_parts,
    share_text,
)
from benchmarks.scale_search import Searched, percentiles, search_in_a_process
from benchmarks.tables import Table
from benchmarks.uploads import upload
from brand_index.features.description import ReferenceDescription
from brand_index.images import RGBImage, decode
from brand_index.index.building import build_index
from brand_index.index.catalog import IndexedReference
from brand_index.index.published import current_folder, read_manifest
from brand_index.index.reading import open_segments
from brand_index.registry import Registry
from brand_index.registry.kept_files import registered_file
from brand_index.store import Store
from brand_index.types import ReferenceKind, reference_id
from scanner.engine.examiner import open_embedder
from scanner.settings import read_settings

COPIES: Final = 60  # of references of the smallest part: printed logos, and cropped photos
KIND: Final = "printed, 200 to 400 px"


@dataclass(frozen=True, slots=True)
class RegisteredResult:
    """A part of the register, or all of it."""

    references: int
    segments: int
    disk_bytes: int
    found_seconds: float  # from a registration's end until a reader has it open
    searched: Searched


def run_registered(options: Options, registered: Store, sizes: Sequence[int], folder: Path) -> Outcome:
    """Search parts of so many references, each within the next, and all, with the same images; `folder` is empty."""
    catalog = in_force(registered)
    order = np.random.default_rng(options.seed).permutation(len(catalog))
    sizes = sorted({size for size in sizes if size < len(catalog)})
    clothing = clothing_photos(options.data)
    paths = evenly_spaced(clothing[len(clothing) // 2 :], options.limit or QUERIES)
    clean = [upload(path) for path in paths]
    others = [decode(path.read_bytes(), name=path.name).frames[0] for path in clothing[: len(clothing) // 2 : 10]]
    smallest = [catalog[at] for at in order[: sizes[0] if sizes else None]]
    chosen = evenly_spaced(smallest, min(options.limit or COPIES, COPIES))
    copies = list(_copies(registered, chosen, others, options.seed))
    originals = [identity for identity, _ in copies]
    described = next(iter(describe_images(paths[:1], ReferenceKind.PHOTO, open_embedder(read_settings()))))
    results = []
    for size in (*sizes, len(catalog)):
        store = Store(folder / str(size))
        if size == len(catalog):
            shutil.copytree(registered.index, store.index)
        else:
            publish_part(store, registered, {catalog[at] for at in order[:size]})
        searched = search_in_a_process(store, clean, [data for _, data in copies], originals)
        manifest, disk = read_manifest(current_folder(store)), disk_of(store)
        found = found_after(store, _new(described.description), described.description)
        results.append(RegisteredResult(size, len(manifest.segments), disk, found, searched))
    return Outcome(
        occasion=occasion("scale"),
        options=options,
        results=results,
        missing=(),
        tables=[registered_table(results)],
        truths=(),
        runs=(),
        sections=(),
    )


def registered_table(results: Sequence[RegisteredResult]) -> Table:
    """One row a part, the smallest first."""
    rows = tuple(
        (
            f"{each.references:,}",
            str(each.segments),
            f"{each.disk_bytes / each.references / 1000:.1f} kB",
            f"{each.searched.resident_bytes / 1e6:.0f} MB",
            f"{each.found_seconds:.2f} s",
            "{:.0f}, {:.0f} ms".format(*percentiles(each.searched)),
            "{:.2f}, {:.2f}".format(*percentiles(each.searched) / percentiles(results[0].searched)),
            share_text(each.searched.found),
        )
        for each in results
    )
    columns = ("references", "segments", "disk a reference", "memory", "found after", "match: p50, p99")
    note = (
        "Parts of one register, each within the next, and all of it. The images that are matched are the same: clean "
        "photos, and printed logos and cropped photos of the smallest part, which are proposed where what they show "
        "is a candidate. Memory is what a process grows by when it opens the index and searches."
    )
    return Table("A register that was really made", (*columns, "÷ the first", "copies proposed"), rows, note)


def in_force(store: Store) -> tuple[str, ...]:
    """The ids of all references with pixels that the published index has in force, by id."""
    return tuple(sorted(indexed.reference_id for indexed, _, _ in _rows(store)))


def _rows(store: Store) -> Iterator[tuple[IndexedReference, int, int]]:
    """Each reference in force, with the number of its segment and its position there."""
    folder = current_folder(store)
    for number, (segment, withdrawn) in enumerate(open_segments(folder, read_manifest(folder))):
        gone = set(withdrawn.references.tolist())
        for at in range(len(segment.catalog)):
            if at not in gone:
                yield segment.catalog[at], number, at


def publish_part(store: Store, registered: Store, chosen: set[str]) -> None:
    """Publish one segment of the chosen references in a new store."""
    with Registry.open(store) as registry:
        build_index(store, registry, open_embedder(read_settings()))  # of nothing: what all of them have
    publish_parts(store, [_described(registered, chosen)])


def _described(store: Store, chosen: set[str]) -> Iterator[tuple[IndexedReference, ReferenceDescription]]:
    folder = current_folder(store)
    segments = [segment for segment, _ in open_segments(folder, read_manifest(folder))]
    wanted = [each for each in _rows(store) if each[0].reference_id in chosen]
    for indexed, number, at in sorted(wanted, key=lambda each: each[0].reference_id):
        yield indexed, segments[number].description(at)


def _copies(store: Store, chosen: Sequence[str], others: Sequence[RGBImage], seed: int) -> Iterator[tuple[str, bytes]]:
    """Of each reference its id and a JPEG file that shows it."""
    with Registry.open(store) as registry:
        for identity in chosen:
            reference = registry.reference(identity)
            if reference is None:
                continue
            path = registered_file(store, reference)
            if reference.kind is ReferenceKind.PHOTO:
                yield identity, copy_of(path)
                continue
            given = Materials(chance_of(seed, KIND, identity), others)
            made = LOGOS[KIND](rgba_of(decode(path.read_bytes(), name=path.name, vector=True)), given)
            pixels = cv2.cvtColor(made.listing, cv2.COLOR_RGB2BGR)
            yield identity, cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def _new(description: ReferenceDescription) -> IndexedReference:
    return IndexedReference(
        reference_id("acme", ReferenceKind.PHOTO, f"{0:016x}"),
        "acme",
        ReferenceKind.PHOTO,
        f"{0:064x}",
        description.width,
        description.height,
        description.content,
    )
