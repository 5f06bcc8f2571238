"""Builds the derived index folder from the registry and publishes it atomically; it never edits a published one."""

import contextlib
import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from brand_index.errors import IndexUnusable, StoreNotWritable
from brand_index.features.audit import is_review_only
from brand_index.features.colours import HUES, TINTS
from brand_index.features.describing import Describer, DirectDescriber
from brand_index.features.description import THUMBNAIL_SIDE, ReferenceDescription, description_fingerprint
from brand_index.features.embedding import Embedder
from brand_index.features.goods import GOODS_SIDE
from brand_index.features.hashing import HASHERS
from brand_index.features.words import is_dictionary_word, zipf
from brand_index.features.words.limits import limits_of_word
from brand_index.index.catalog import IndexedReference, SetAside, write_catalog, write_set_aside
from brand_index.index.describing_all import describe_all
from brand_index.index.parts import EmbeddingPart, HashPart, IndexedWord, KeypointPart, PhotoPart, PlatePart, WordPart
from brand_index.index.published import (
    CURRENT,
    EMBEDDINGS,
    FORMAT,
    GOODS_FILE,
    HUES_FILE,
    PHOTOS,
    PLATES,
    THUMBNAILS,
    TINTS_FILE,
    WORDS,
    Manifest,
    check_digests,
    self_test_values,
    write_manifest,
)
from brand_index.index.reading import BrandIndex
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceImage

_BUILDING: Final = ".building-"  # begins the name of a folder that is not published yet


def build_index(
    store: Store,
    registry: Registry,
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
    describer: Describer | None = None,
) -> int:
    """Build the index of the registry's current state, publish it and return its revision.

    Descriptions come from the registry's cache where it has them, else from `describer`; None: `embedder` describes,
    in this process and without limits. What cannot be described is set aside, and the index is built without it.
    `progress` as in describe_all. Readers of an older revision keep it. Raises ModelUnusable, StoreNotWritable.
    """
    with _unpublished_folder(store) as fresh:
        begun = fresh.stat().st_mtime  # by the clock of the store's files, which later changes are compared with
        return _build(store, registry, embedder, describer or DirectDescriber(embedder), progress, fresh, begun)


def _build(
    store: Store,
    registry: Registry,
    embedder: Embedder,
    describer: Describer,
    progress: Callable[[int, int], None] | None,
    fresh: Path,
    begun: float,
) -> int:
    revision = registry.references_revision()
    every = registry.references()
    references = tuple(each for each in every if each.word is None)
    fingerprint = description_fingerprint(embedder)
    found = list(describe_all(store, registry, references, describer, progress))
    set_aside = tuple(each for each in found if isinstance(each, SetAside))
    described = [each for each in found if isinstance(each, ReferenceDescription)]
    catalog = tuple(
        IndexedReference(
            reference.reference_id,
            reference.brand_id,
            reference.kind,
            reference.sha256,
            description.width,
            description.height,
            description.content,
            is_review_only(description),
            reference.mark_id,
        )
        for reference, description in zip(references, found, strict=True)
        if isinstance(description, ReferenceDescription)
    )
    words = [_indexed_word(each, each.word) for each in every if each.word is not None]
    content = "-".join((str(FORMAT), fingerprint, *(each.reference_id for each in set_aside)))
    name = f"{revision}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    is_damaged = (store.index / name).exists() and not _is_sound(store.index / name, embedder)
    mended = f"-{uuid.uuid4().hex[:8]}" if is_damaged else ""  # the damaged one may be open in other processes
    manifest = Manifest(
        FORMAT,
        revision,
        fingerprint,
        len(catalog) + len(words),
        {
            name: version(name)
            for name in ("faiss-cpu", "imagehash", "numpy", "onnxruntime", "opencv-python", "pdqhash")
        },
        self_test_values(embedder),
        mended=mended,
    )
    _write_parts(fresh, catalog, described, embedder)
    WordPart.build(words).save(fresh, WORDS)
    write_catalog(fresh, catalog)
    write_set_aside(fresh, set_aside, begun)
    write_manifest(fresh, manifest)
    _publish(store, fresh, name + mended)
    return revision


def _indexed_word(reference: ReferenceImage, word: str) -> IndexedWord:
    names = (reference.reference_id, reference.brand_id, word)
    return IndexedWord(*names, bool(limits_of_word(word)), zipf(word), not is_dictionary_word(word))


@contextlib.contextmanager
def _unpublished_folder(store: Store) -> Iterator[Path]:
    """A folder in which to build, removed at the end unless it was renamed; those of killed builds are removed too.

    Whoever builds holds a lock on its folder, which ends with the process, however it ends.
    """
    if not store.may_be_indexed:
        raise StoreNotWritable(
            f"{store.index} may not be written here, and the index in it has to be built: run `markscan index` where "
            "it may, or on a copy of the store"
        )
    store.index.mkdir(parents=True, exist_ok=True)
    for other in store.index.glob(f"{_BUILDING}*"):
        with _locked(other, wait=False) as is_mine:
            if is_mine:
                shutil.rmtree(other, ignore_errors=True)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=store.index))
        with _locked(folder, wait=True):
            if not folder.exists():  # another build took it for that of a killed one, before it was locked
                continue
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock on a folder if possible, and yield whether it is held; False too where there are no such locks."""
    try:
        import fcntl  # noqa: PLC0415 - Unix only

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_held = True
        except OSError:  # another holds it, or this file system has no locks
            is_held = False
        yield is_held
    finally:
        os.close(descriptor)


def _write_parts(
    folder: Path, catalog: tuple[IndexedReference, ...], described: list[ReferenceDescription], embedder: Embedder
) -> None:
    thumbnails = [description.thumbnail for description in described]
    empty = np.zeros((0, THUMBNAIL_SIDE, THUMBNAIL_SIDE), np.uint8)
    np.save(folder / THUMBNAILS, np.stack(thumbnails) if thumbnails else empty)
    np.save(folder / HUES_FILE, np.array([each.hues for each in described], np.float32).reshape(-1, HUES))
    np.save(folder / TINTS_FILE, np.array([each.tints for each in described], np.int8).reshape(-1, TINTS, TINTS, 2))
    goods = [each.goods for each in described]
    np.save(folder / GOODS_FILE, np.array(goods, np.uint8).reshape(-1, GOODS_SIDE, GOODS_SIDE))
    PlatePart.build([each.plate for each in described]).save(folder, PLATES)
    frames = np.array([_frame(reference) for reference in catalog], np.float32).reshape(-1, 3)
    for kind in IMAGE_KINDS:
        chosen = [position for position, reference in enumerate(catalog) if reference.kind is kind]
        for number, hasher in enumerate(HASHERS):
            rows = ((position, described[position].hashes[number]) for position in chosen)
            part = HashPart.build(hasher, ((position, value) for position, value in rows if value is not None))
            part.save(folder, f"{hasher.name}-{kind.value}")
        KeypointPart.build(((position, described[position].keypoints) for position in chosen), frames).save(
            folder, f"keypoints-{kind.value}"
        )
    logos = (
        (position, description.views, description.levels, description.shown)
        for position, description in enumerate(described)
        if description.levels is not None
    )
    EmbeddingPart.build(embedder.dimensions, logos).save(folder, EMBEDDINGS)
    wholes = ((position, each.photo_vector) for position, each in enumerate(described) if each.levels is None)
    PhotoPart.build(embedder.photo_dimensions, wholes).save(folder, PHOTOS)


def _frame(reference: IndexedReference) -> tuple[float, float, float]:
    """The x and y of the centre of the visible part, and its long side."""
    left, top, right, bottom = reference.content
    return (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)


def _publish(store: Store, fresh: Path, name: str) -> None:
    """Name the folder, point CURRENT at it, and delete all others but the previous one."""
    pending = fresh / CURRENT
    pointer = store.index / CURRENT
    earlier = pointer.read_text("utf-8", "replace").strip() if pointer.exists() else name
    folder = store.index / name
    pending.write_text(name, "utf-8")
    for path in fresh.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    try:
        fresh.replace(folder)
    except OSError:  # another process built the same revision, and its folder is equivalent
        if not folder.exists():
            raise
        pending.replace(pointer)
    else:
        (folder / CURRENT).replace(pointer)
    for other in store.index.iterdir():
        if other.is_dir() and not other.name.startswith(".") and other.name not in {name, earlier}:
            shutil.rmtree(other, ignore_errors=True)


def _is_sound(folder: Path, embedder: Embedder) -> bool:
    try:
        BrandIndex.open_folder(folder, embedder)
        check_digests(folder)
    except IndexUnusable:
        return False
    return True
