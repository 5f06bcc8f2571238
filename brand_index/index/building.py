"""Builds the derived index folder from the registry and publishes it atomically; it never edits a published one."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

from brand_index.errors import IndexUnusable
from brand_index.features.audit import is_review_only
from brand_index.features.colours import HUES, TINTS
from brand_index.features.description import (
    THUMBNAIL_SIDE,
    ReferenceDescription,
    describe_reference,
    description_fingerprint,
)
from brand_index.features.embedding import Embedder
from brand_index.features.hashing import HASHERS
from brand_index.images import decode, read_bytes
from brand_index.index.catalog import IndexedReference, write_catalog
from brand_index.index.parts import EmbeddingPart, HashPart, KeypointPart, PhotoPart
from brand_index.index.published import (
    CURRENT,
    EMBEDDINGS,
    FORMAT,
    HUES_FILE,
    MANIFEST,
    PHOTOS,
    THUMBNAILS,
    TINTS_FILE,
    Manifest,
    self_test_values,
)
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind

SAVED_AT_ONCE: Final = 64  # descriptions in one transaction: an interrupted build loses at most these


def build_index(
    store: Store,
    registry: Registry,
    embedder: Embedder,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Build the index of the registry's current state, publish it and return its revision.

    Descriptions come from the registry's cache where it has them. `progress` is called with the number of references
    described and their total. Readers of an older revision keep it. Raises ImageError if a file in media/ cannot be
    read.
    """
    revision = registry.references_revision()
    references = registry.references()
    fingerprint = description_fingerprint(embedder)
    described = list(describe_all(store, registry, references, embedder, fingerprint, progress))
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
        )
        for reference, description in zip(references, described, strict=True)
    )
    manifest = Manifest(
        FORMAT,
        revision,
        fingerprint,
        len(references),
        {
            name: version(name)
            for name in ("faiss-cpu", "imagehash", "numpy", "onnxruntime", "opencv-python", "pdqhash")
        },
        self_test_values(embedder),
    )
    store.index.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".building-", dir=store.index))
    try:
        _write_parts(fresh, catalog, described, embedder)
        write_catalog(fresh, catalog)
        (fresh / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), "utf-8")
        _publish(store, fresh, f"{revision}-{hashlib.sha256(f'{FORMAT}-{fingerprint}'.encode()).hexdigest()[:16]}")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return revision


def describe_all(
    store: Store,
    registry: Registry,
    references: tuple[ReferenceImage, ...],
    embedder: Embedder,
    fingerprint: str,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[ReferenceDescription]:
    """The descriptions of `references`, in order, from the cache where it has them.

    `fingerprint` is that of description_fingerprint. Raises ImageError if a file in media/ cannot be read.
    """
    unsaved: list[tuple[str, str, bytes]] = []
    for number, reference in enumerate(references, start=1):
        saved = registry.descriptor(reference.reference_id, fingerprint)
        description = None
        if saved is not None:
            with contextlib.suppress(ValueError, KeyError, OSError):  # a damaged cache entry is described again
                description = ReferenceDescription.from_bytes(saved)
        if description is None:
            path = store.media_path(reference.sha256, reference.suffix)
            image = decode(read_bytes(path), name=str(path), vector=True)
            description = describe_reference(image, reference.kind, embedder)
            unsaved.append((reference.reference_id, fingerprint, description.to_bytes()))
            if len(unsaved) == SAVED_AT_ONCE:
                registry.save_descriptors(unsaved)
                unsaved = []
        if progress is not None:
            progress(number, len(references))
        yield description
    registry.save_descriptors(unsaved)


def _write_parts(
    folder: Path, catalog: tuple[IndexedReference, ...], described: list[ReferenceDescription], embedder: Embedder
) -> None:
    thumbnails = [description.thumbnail for description in described]
    empty = np.zeros((0, THUMBNAIL_SIDE, THUMBNAIL_SIDE), np.uint8)
    np.save(folder / THUMBNAILS, np.stack(thumbnails) if thumbnails else empty)
    np.save(folder / HUES_FILE, np.array([each.hues for each in described], np.float32).reshape(-1, HUES))
    np.save(folder / TINTS_FILE, np.array([each.tints for each in described], np.int8).reshape(-1, TINTS, TINTS, 2))
    frames = np.array([_frame(reference) for reference in catalog], np.float32).reshape(-1, 3)
    for kind in ReferenceKind:
        chosen = [position for position, reference in enumerate(catalog) if reference.kind is kind]
        for number, hasher in enumerate(HASHERS):
            rows = ((position, described[position].hashes[number]) for position in chosen)
            part = HashPart.build(hasher, ((position, value) for position, value in rows if value is not None))
            part.save(folder, f"{hasher.name}-{kind.value}")
        KeypointPart.build(((position, described[position].keypoints) for position in chosen), frames).save(
            folder, f"keypoints-{kind.value}"
        )
    logos = (
        (position, description.views, description.level)
        for position, description in enumerate(described)
        if description.level is not None
    )
    EmbeddingPart.build(embedder.dimensions, logos).save(folder, EMBEDDINGS)
    wholes = ((position, each.photo_vector) for position, each in enumerate(described) if each.level is None)
    PhotoPart.build(embedder.photo_dimensions, wholes).save(folder, PHOTOS)


def _frame(reference: IndexedReference) -> tuple[float, float, float]:
    """The x and y of the centre of the visible part, and its long side."""
    left, top, right, bottom = reference.content
    return (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)


def _publish(store: Store, fresh: Path, name: str) -> None:
    """Name the folder, point CURRENT at it, and delete all others but the previous one."""
    for path in fresh.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    folder = store.index / name
    pointer = store.index / CURRENT
    earlier = pointer.read_text("utf-8").strip() if pointer.exists() else name
    with contextlib.suppress(OSError):  # another process built the same revision, and its folder is equivalent
        fresh.replace(folder)
    if not (folder / MANIFEST).exists():
        raise IndexUnusable(f"{folder}: blocks the new index. Remove this folder and build again.")
    descriptor, pending = tempfile.mkstemp(prefix=f".{CURRENT}-", dir=store.index)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    Path(pending).replace(pointer)
    for other in store.index.iterdir():
        if other.is_dir() and not other.name.startswith(".") and other.name not in {name, earlier}:
            shutil.rmtree(other, ignore_errors=True)
