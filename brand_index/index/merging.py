"""Merges small segments into larger ones; it reads segments alone, and what is published stays as it is meanwhile."""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.index.catalog import SET_ASIDE, read_set_aside
from brand_index.index.published import (
    ListedSegment,
    Manifest,
    Withdrawn,
    current_folder,
    read_manifest,
    read_withdrawn,
    segment_folder,
)
from brand_index.index.publishing import Draft, new_segment_folder, pointer_of, publish, unpublished_folder
from brand_index.index.segments import Segment, SegmentWriter
from brand_index.store import Store

GROWTH: Final = 8  # by which the sizes of segments differ: of two in one tier one is made
MOST_WITHDRAWN: Final = 0.5  # share of a segment, from which it is written again without
WORDS_A_REFERENCE: Final = 50  # that weigh as much as one reference with pixels
Input = tuple[Segment, Withdrawn]


def due(manifest: Manifest, most: int | None = None) -> tuple[ListedSegment, ...]:
    """The segments that should be made one; none: all is well. `most`: references that may be written; None: any."""
    tiers: dict[int, list[ListedSegment]] = {}
    for listed in sorted(manifest.segments, key=_size):
        tiers.setdefault(_tier(_size(listed)), []).append(listed)
    crowded = next((tier for tier in sorted(tiers) if len(tiers[tier]) > 1), None)
    if crowded is None:
        return ()
    chosen = tiers[crowded]
    for tier in sorted(each for each in tiers if each > crowded):
        if tier > _tier(sum(map(_size, chosen))):
            break
        chosen = [*chosen, *tiers[tier]]
    return () if most is not None and sum(map(_size, chosen)) > most else tuple(chosen)


def is_merge_due(store: Store) -> bool:
    """Whether `merge_due` has anything to do; False too if there is no index, or it may not be changed."""
    try:
        folder = current_folder(store)
        manifest = read_manifest(folder)
        is_due = bool(due(manifest) or _thinned(folder, manifest, None))
    except IndexUnusable:
        return False
    return is_due and store.may_be_indexed


def merge_due(store: Store, most: int | None = None) -> bool:
    """Make one segment of those that `due` names and publish it; False: none is due. `most` as there.

    Raises IndexUnusable, StoreNotWritable, OSError; whatever happens, what was published stays so.
    """
    folder = current_folder(store)
    manifest = read_manifest(folder)
    chosen = due(manifest, most) or _thinned(folder, manifest, most)
    if not chosen:
        return False
    with unpublished_folder(store) as fresh:
        try:
            inputs = [
                (Segment.open(segment_folder(folder, each.name)), read_withdrawn(folder, each.name)) for each in chosen
            ]
        except IndexDamaged:
            if current_folder(store) == folder:
                raise
            return True  # another index was published
        merged = _merged(new_segment_folder(fresh, manifest.revision), manifest, inputs)
        while True:
            before = pointer_of(store)
            try:
                draft = _draft(store, merged, inputs)
            except IndexDamaged:
                if pointer_of(store) == before:
                    raise
                continue
            if draft is None or publish(store, fresh, draft, before):
                return True


def _tier(size: float) -> int:
    return int(math.log(max(size, 1.0), GROWTH) + 1e-9)


def _size(listed: ListedSegment) -> float:
    return listed.references + listed.words / WORDS_A_REFERENCE


def _thinned(folder: Path, manifest: Manifest, most: int | None) -> tuple[ListedSegment, ...]:
    """The first segment most of whose references were withdrawn; none: there is no such segment."""
    for listed in manifest.segments:
        gone = len(read_withdrawn(folder, listed.name).references)
        if gone > MOST_WITHDRAWN * (gone + listed.references) and (most is None or listed.references <= most):
            return (listed,)
    return ()


def _merged(folder: Path, manifest: Manifest, inputs: Sequence[Input]) -> Segment:
    """One segment, in `folder`, of what is in force in the inputs."""
    largest = max((segment for segment, _ in inputs), key=lambda each: len(each.catalog))
    with SegmentWriter(folder, manifest.dimensions, manifest.photo_dimensions, largest) as writer:
        for _, number, position in heapq.merge(*(_in_force(number, each) for number, each in enumerate(inputs))):
            segment = inputs[number][0]
            writer.add(segment.catalog[position], segment.description(position))
        for segment, withdrawn in inputs:
            gone = set(withdrawn.words.tolist())
            writer.add_words(word for at, word in enumerate(segment.words.words) if at not in gone)
    return Segment.open(folder)


def _in_force(number: int, each: Input) -> Iterator[tuple[str, int, int]]:
    """The ids of the references in force, the number of the input and their positions, by id."""
    segment, withdrawn = each
    gone = set(withdrawn.references.tolist())
    return ((name, number, at) for at, name in enumerate(segment.catalog.ids()) if at not in gone)


def _draft(store: Store, merged: Segment, inputs: Sequence[Input]) -> Draft | None:
    """The published index with one segment in place of the inputs; None: another merge was published meanwhile."""
    folder = current_folder(store)
    manifest = read_manifest(folder)
    names = {segment.name for segment, _ in inputs}
    if not names <= {each.name for each in manifest.segments}:
        return None
    later = [(segment, withdrawn, read_withdrawn(folder, segment.name)) for segment, withdrawn in inputs]
    images = {
        merged.catalog.position_of(segment.catalog.id_of(int(at)))
        for segment, before, now in later
        for at in np.setdiff1d(now.references, before.references)
    }
    said = {
        segment.words.words[int(at)].reference_id
        for segment, before, now in later
        for at in np.setdiff1d(now.words, before.words)
    }
    words = [at for at, each in enumerate(merged.words.words) if each.reference_id in said]
    gone = Withdrawn(_rows(each for each in images if each is not None), _rows(words))
    others = [each for each in manifest.segments if each.name not in names]
    kept = [(Segment.open(segment_folder(folder, each.name)), read_withdrawn(folder, each.name)) for each in others]
    tried = (folder / SET_ASIDE).stat().st_mtime
    emptied = replace(manifest, segments=(), files={})
    return Draft(emptied, (*kept, (merged, gone)), read_set_aside(folder), tried, folder)


def _rows(positions: Iterable[int]) -> NDArray[np.uint32]:
    return np.array(sorted(positions), np.uint32)
