"""Measures which methods propose the registered photo of a copy as the register grows; it verifies nothing."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.copy_task import OTHERS, CopyQuery, all_edits, draw_task, read_image, short_name, split_clothing
from benchmarks.datasets import grocery_photos
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.parts import cut_parts
from benchmarks.product import Entry, entry_names, register_all
from benchmarks.runs import occasion
from benchmarks.stages import lite0
from benchmarks.tables import Table, percent
from brand_index.features.hashing import HASHERS
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.candidates import Description
from scanner.engine.examiner import Examiner
from scanner.settings import read_settings

WAYS: Final = ("hashes", "keypoints' votes", "ImageNet's EfficientNet-Lite0, whole photo")
TOGETHER: Final = ((0,), (1,), (2,), (0, 1), (0, 1, 2))  # indexes into WAYS


@dataclass(frozen=True, slots=True)
class Proposals:
    """How often the right photo is among the proposals of some methods."""

    references: int
    ways: tuple[str, ...]
    found: Share
    proposed: float  # photos a query, the mean


def run_proposals(options: Options, sizes: Sequence[int], folder: Path) -> Outcome:
    """Register photos and parts of photos up to each of `sizes`, and count proposals for copies of the photos."""
    seed, limit = options.seed, options.limit
    task = draw_task(options.data, folder / "queries", all_edits(), seed=seed, edits_each=2, limit=limit)
    copies = [query for query in task.queries if query.truth.references]
    references = [Entry(path, "seller", ReferenceKind.PHOTO, short_name(path)) for path in task.references]
    _, others = split_clothing(options.data, np.random.default_rng(seed))
    # The first of them are what edits paste copies on: registered, their parts would rightly be proposed too.
    sources = [*others[OTHERS:], *grocery_photos(options.data, "photo")]
    results: list[Proposals] = []
    for size in sizes:
        parts = cut_parts(sources, max(0, size - len(references)), folder / f"parts-{size}")
        entries = [*references, *(Entry(path, "filler", ReferenceKind.PHOTO, f"part {path.name}") for path in parts)]
        results += measure_proposals(Store(folder / f"store-{size}"), entries, copies)
    return Outcome(
        occasion=occasion("proposals"),
        options=options,
        results=results,
        missing=(),
        tables=[proposals_table(results)],
        truths=(),
        runs=(),
        sections=(),
    )


def measure_proposals(store: Store, entries: Sequence[Entry], copies: Sequence[CopyQuery]) -> list[Proposals]:
    """Register `entries` in the empty `store`, and ask each way, and some together, for each copy."""
    register_all(store, entries)
    settings = read_settings()
    examiner = Examiner.open(store, settings)
    names = entry_names(entries)
    catalog = {position: names[each.reference_id] for position, each in examiner.index.references.placed()}
    alike = _whole_photos(entries, settings.verified_photos)
    proposals: list[tuple[set[str], ...]] = []
    for copy in copies:
        frame = read_image(copy.path)
        description = examiner.describe(frame)
        hashed, voted = _hashed(examiner, description), _voted(examiner, description)
        proposals.append(
            ({catalog[position] for position in hashed}, {catalog[position] for position in voted}, alike(copy.path))
        )
    results = []
    for indexes in TOGETHER:
        proposed = [set().union(*(each[position] for position in indexes)) for each in proposals]
        hits = [bool(found & copy.truth.references) for found, copy in zip(proposed, copies, strict=True)]
        mean = float(np.mean([len(found) for found in proposed]))
        ways = tuple(WAYS[position] for position in indexes)
        results.append(Proposals(len(entries), ways, Share(sum(hits), len(hits)), mean))
    return results


def proposals_table(results: Sequence[Proposals]) -> Table:
    """A row for what proposes, a column for how many are registered."""
    sizes = list(dict.fromkeys(result.references for result in results))
    ways = list(dict.fromkeys(result.ways for result in results))
    cells = {(result.ways, result.references): result for result in results}
    return Table(
        f"Copies whose photo is proposed, of {results[0].found.whole} edits; in brackets how many are proposed a query",
        ("proposed by", *(f"{size} registered" for size in sizes)),
        tuple(
            (
                " and ".join(way),
                *(f"{percent(cells[way, size].found)} [{cells[way, size].proposed:.1f}]" for size in sizes),
            )
            for way in ways
        ),
    )


def _hashed(examiner: Examiner, description: Description) -> list[int]:
    """The positions that the hashes propose."""
    most = examiner.settings.verified_photos
    hashes_by_hasher = zip(HASHERS, description.hashes, strict=True)
    return [
        hit.position
        for hasher, hashes in hashes_by_hasher
        if hashes is not None
        for hit in examiner.index.near_hashes(ReferenceKind.PHOTO, hasher.name, hashes)[:most]
    ]


def _voted(examiner: Examiner, description: Description) -> list[int]:
    """The positions that the keypoints propose."""
    most = examiner.settings.verified_photos
    return [
        hit.position
        for hit in examiner.index.voted_references(
            ReferenceKind.PHOTO, description.keypoints.all(), description.size[0], most
        )
    ]


def _whole_photos(entries: Collection[Entry], most: int) -> Callable[[Path], set[str]]:
    """A function from an image to the `most` entries whose ImageNet features are nearest to its own."""
    network = lite0()

    def vector(path: Path) -> NDArray[np.float32]:
        features = network(read_image(path))
        return np.asarray(features / np.maximum(np.linalg.norm(features), 1e-9), np.float32)

    vectors = np.stack([vector(entry.path) for entry in entries])
    called = [entry.name for entry in entries]

    def nearest(path: Path) -> set[str]:
        return {called[position] for position in np.argsort(-(vectors @ vector(path)), kind="stable")[:most]}

    return nearest
