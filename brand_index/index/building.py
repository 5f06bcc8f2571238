"""Brings the index up to date with the registry: new segments for new references, and no other is touched."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.features.audit import is_review_only
from brand_index.features.describing import Describer, DirectDescriber
from brand_index.features.description import ReferenceDescription, description_fingerprint
from brand_index.features.embedding import Embedder
from brand_index.features.words import is_dictionary_word, zipf
from brand_index.features.words.limits import limits_of_word
from brand_index.index.catalog import SET_ASIDE, IndexedReference, SetAside, read_set_aside
from brand_index.index.described import SegmentDescriptions, drop_published, sound_segments
from brand_index.index.describing_all import cached, describe_all
from brand_index.index.parts import IndexedWord
from brand_index.index.published import (
    FORMAT,
    Manifest,
    Withdrawn,
    check_listed,
    check_segment,
    current_folder,
    read_manifest,
    segment_folder,
    self_test_values,
)
from brand_index.index.publishing import Draft, new_segment_folder, pointer_of, publish, unpublished_folder
from brand_index.index.reading import open_segments
from brand_index.index.segments import Segment, SegmentWriter
from brand_index.index.segments.files import check_bytes
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage

_LIBRARIES: Final = ("faiss-cpu", "imagehash", "numpy", "onnxruntime", "opencv-python", "pdqhash")
CHANGES_AT_ONCE: Final = 1_000  # that a service publishes by itself: each is asked for
IMAGES_AT_ONCE: Final = 16  # that it writes by itself; for more, another process does not keep its calls waiting
Described = Iterable[ReferenceDescription | SetAside]


def build_index(
    store: Store,
    registry: Registry,
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
    describer: Describer | None = None,
    *,
    anew: bool = False,
) -> int:
    """Bring the index to the registry's current state, publish it and return its revision.

    What is published already is kept, unless it is damaged, of another model, or all is to be built `anew`.
    Descriptions come from the registry or from what was published, else from `describer`; None: `embedder` describes,
    in this process and without limits. What cannot be described is set aside, and the index is built without it.
    The registry's copies of what is published are deleted in the end.
    `progress` as in describe_all. Readers of an older revision keep it. Raises ModelUnusable, StoreNotWritable.
    """
    used = describer or DirectDescriber(embedder)
    fingerprint = description_fingerprint(embedder)
    libraries = {name: version(name) for name in _LIBRARIES}
    dimensions = (embedder.dimensions, embedder.photo_dimensions)
    tests = self_test_values(embedder)
    with unpublished_folder(store) as fresh:
        tried = fresh.stat().st_mtime  # by the clock of the store's files, which later changes are compared with
        written = _Written()
        while True:
            before, base = pointer_of(store), _sound_base(store, fingerprint, anew=anew)
            revision = registry.references_revision()
            manifest = Manifest(FORMAT, revision, fingerprint, 0, libraries, tests, *dimensions, mended=base.mended)
            state = _State([*base.segments, *written.segments])
            missing = state.compare(registry.references())
            unseen = [each for each in missing if each.reference_id not in written.set_aside]
            if unseen:
                images = tuple(each for each in unseen if each.word is None)
                known = SegmentDescriptions([*base.segments, *base.described])
                written.add(fresh, manifest, unseen, describe_all(store, registry, images, used, progress, known))
                state = _State([*base.segments, *written.segments])
                missing = state.compare(registry.references()) if written.segments else missing
            lacking = tuple(
                written.set_aside[each.reference_id] for each in missing if each.reference_id in written.set_aside
            )
            if publish(store, fresh, Draft(manifest, state.drafted(), lacking, tried, base.folder), before):
                drop_published(store, registry, fingerprint, others=True)
                return revision


class ChangesPublisher:
    """Publishes changes of described references quickly, whatever their number: for a process that does so often."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[Path, Segment] = {}  # of the index published last

    def publish(self, registry: Registry) -> int | None:
        """Publish what has changed in the registry since the published index, and return its revision.

        None: `build_index` is needed, since the index is unusable, a reference is not described yet, or there are too
        many. Raises StoreNotWritable.
        """
        with unpublished_folder(self._store) as fresh:
            written = _Written()
            while True:
                before = pointer_of(self._store)
                try:
                    published = self._published()
                except (IndexUnusable, OSError):
                    if pointer_of(self._store) == before:
                        return None
                    continue
                revision = registry.references_revision()
                if revision <= published.manifest.revision:
                    return revision if revision == published.manifest.revision else None
                draft = self._draft(fresh, registry, published, written, revision)
                if draft is None:
                    return None
                if publish(self._store, fresh, draft, before):
                    drop_published(self._store, registry, draft.manifest.fingerprint)
                    return revision

    def _published(self) -> "_Published":
        folder = current_folder(self._store)
        manifest = read_manifest(folder)
        check_listed(folder, manifest)
        segments = tuple(open_segments(folder, manifest, self._open))
        self._open = {segment.folder: segment for segment, _ in segments}
        return _Published(folder, manifest, segments, read_set_aside(folder), (folder / SET_ASIDE).stat().st_mtime)

    def _draft(
        self, fresh: Path, registry: Registry, published: "_Published", written: "_Written", revision: int
    ) -> Draft | None:
        """The index with the changes; None: as `publish` says."""
        changed = registry.references_changed_since(published.manifest.revision)
        if len(changed) > CHANGES_AT_ONCE:
            return None
        manifest = replace(published.manifest, revision=revision, segments=(), files={})
        while True:
            segments = [*(segment for segment, _ in published.segments), *written.segments]
            state = _State(segments, [gone for _, gone in published.segments])
            missing = state.compare_only(changed, registry)
            if not missing:
                lacking = tuple(each for each in published.set_aside if each.reference_id not in changed)
                return Draft(manifest, state.drafted(), lacking, published.tried, published.folder)
            images = [each for each in missing if each.word is None]
            if len(images) > IMAGES_AT_ONCE:
                return None
            known = SegmentDescriptions(segments)
            saved = (cached(registry.descriptor(each.description_key, manifest.fingerprint)) for each in images)
            found = [one or known.of(each) for one, each in zip(saved, images, strict=True)]
            described = [each for each in found if each is not None]
            if len(described) < len(found):
                return None
            written.add(fresh, manifest, missing, described)


@dataclass(frozen=True, slots=True)
class _Published:
    """The published index, open."""

    folder: Path
    manifest: Manifest
    segments: tuple[tuple[Segment, Withdrawn], ...]
    set_aside: tuple[SetAside, ...]
    tried: float  # when those were tried, as seconds


@dataclass(frozen=True, slots=True)
class _Base:
    """What of the published index can be kept."""

    segments: tuple[Segment, ...] = ()
    folder: Path | None = None  # None: nothing of it
    mended: str = ""  # as in the manifest
    described: tuple[Segment, ...] = ()  # whose references are described already, though none is kept


def _sound_base(store: Store, fingerprint: str, *, anew: bool) -> _Base:
    """The segments of the published index whose files are those that were written."""
    try:
        folder = current_folder(store)
        manifest = read_manifest(folder)
        if manifest.fingerprint != fingerprint:
            return _Base()
        check_bytes(folder, manifest.files)
    except IndexUnusable as error:
        # A damaged one may be open in other processes.
        mended = f"-{uuid.uuid4().hex[:8]}" if isinstance(error, IndexDamaged) else ""
        return _Base(mended=mended, described=sound_segments(store, fingerprint))
    sound, mended = [], manifest.mended
    for listed in manifest.segments:
        try:
            check_segment(folder, listed)
            sound.append(Segment.open(segment_folder(folder, listed.name)))
        except IndexDamaged:
            mended = f"-{uuid.uuid4().hex[:8]}"
    if anew:
        return _Base((), folder, mended, tuple(sound))
    return _Base(tuple(sound), folder, mended)


@dataclass(slots=True)
class _Written:
    """What a build has written so far."""

    segments: list[Segment] = field(default_factory=list)
    set_aside: dict[str, SetAside] = field(default_factory=dict)

    def add(self, fresh: Path, manifest: Manifest, references: Sequence[ReferenceImage], described: Described) -> None:
        """Write one more segment of references in the order of their ids; `described`: of those with pixels."""
        folder = new_segment_folder(fresh, manifest.revision)
        with SegmentWriter(folder, manifest.dimensions, manifest.photo_dimensions) as writer:
            writer.add_words(_indexed_word(each, each.word) for each in references if each.word is not None)
            images = (each for each in references if each.word is None)
            for reference, found in zip(images, described, strict=True):
                if isinstance(found, SetAside):
                    self.set_aside[reference.reference_id] = found
                else:
                    writer.add(_indexed(reference, found), found)
        self.segments.append(Segment.open(folder))


class _State:
    """Which references of several segments are in force; of those that two have, the first counts."""

    def __init__(self, segments: Sequence[Segment], withdrawn: Sequence[Withdrawn] = ()) -> None:
        """`withdrawn`: what is known of the first segments; none: nothing is, or all is compared."""
        self._segments = segments
        known = [*withdrawn, *(Withdrawn() for _ in segments[len(withdrawn) :])]
        self._images = [set(each.references.tolist()) for each in known]
        self._words = [set(each.words.tolist()) for each in known]

    def compare(self, references: Sequence[ReferenceImage]) -> list[ReferenceImage]:
        """Withdraw what is not among the references in force, and return those that no segment has."""
        wanted = {each.reference_id: each for each in references}
        for number, segment in enumerate(self._segments):
            for position, identity in enumerate(segment.catalog.ids()):
                self._keep(self._images[number], position, segment, wanted, identity)
            for position, word in enumerate(segment.words.words):
                if wanted.pop(word.reference_id, None) is None:
                    self._words[number].add(position)
        return list(wanted.values())

    def compare_only(self, changed: Iterable[str], registry: Registry) -> list[ReferenceImage]:
        """As `compare`, of the references with these ids; all others are as they were."""
        found = ((each, registry.reference(each)) for each in sorted(changed))
        wanted = {each: known for each, known in found if known is not None and known.withdrawn_at is None}
        for number, segment in enumerate(self._segments):
            for identity in changed:
                position, word = segment.catalog.position_of(identity), segment.words.position_of(identity)
                if position is not None and position not in self._images[number]:
                    self._keep(self._images[number], position, segment, wanted, identity)
                if word is not None and word not in self._words[number] and wanted.pop(identity, None) is None:
                    self._words[number].add(word)
        return list(wanted.values())

    def drafted(self) -> tuple[tuple[Segment, Withdrawn], ...]:
        """The segments, and what is withdrawn of each."""
        rows = (
            [np.array(sorted(each), np.uint32) for each in both] for both in zip(self._images, self._words, strict=True)
        )
        return tuple((segment, Withdrawn(*each)) for segment, each in zip(self._segments, rows, strict=True))

    def _keep(
        self, gone: set[int], position: int, segment: Segment, wanted: dict[str, ReferenceImage], identity: str
    ) -> None:
        reference = wanted.get(identity)
        if reference is not None and segment.catalog.says(position, reference.mark_id, reference.form):
            del wanted[identity]
        else:
            gone.add(position)


def _indexed(reference: ReferenceImage, description: ReferenceDescription) -> IndexedReference:
    return IndexedReference(
        reference.reference_id,
        reference.brand_id,
        reference.kind,
        reference.sha256,
        description.width,
        description.height,
        description.content,
        is_review_only(description),
        reference.mark_id,
        reference.form,
    )


def _indexed_word(reference: ReferenceImage, word: str) -> IndexedWord:
    names = (reference.reference_id, reference.brand_id, word)
    return IndexedWord(*names, bool(limits_of_word(word)), zipf(word), not is_dictionary_word(word))
