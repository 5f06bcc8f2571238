"""The published index folder, the names of its files and its manifest; it neither builds nor searches."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from brand_index.errors import IndexUnusable
from brand_index.features.embedding import Embedder
from brand_index.images import RGBImage
from brand_index.index.catalog import SetAside, read_set_aside
from brand_index.store import INDEX_POINTER, Store

CURRENT: Final = INDEX_POINTER
MANIFEST: Final = "manifest.json"
EMBEDDINGS: Final = "embeddings"  # name of the part
PHOTOS: Final = "photos"  # likewise
THUMBNAILS: Final = "thumbnails.npy"  # (R, S, S) grey, in the catalog's order
HUES_FILE: Final = "hues.npy"  # (R, HUES), likewise
TINTS_FILE: Final = "tints.npy"  # (R, TINTS, TINTS, 2), likewise
FORMAT: Final = 7  # of the folder; a reader refuses any other


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sources, models and libraries of an index."""

    format: int
    revision: int  # of the registry when it was read
    fingerprint: str  # of the recipe and the weights
    references: int
    libraries: dict[str, str]  # JSON
    self_test: list[float]  # the embedding of `self_test_image`, its first values


def current_folder(store: Store) -> Path:
    """The folder of the published index. Raises IndexUnusable if there is none."""
    pointer = store.index / CURRENT
    try:
        return store.index / pointer.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexUnusable(f"{pointer}: no index exists yet. Build it: markscan index.") from error
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{pointer}: cannot be read ({error}). Build the index again: markscan index.") from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest in an index folder. Raises IndexUnusable."""
    path = folder / MANIFEST
    try:
        return Manifest(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexUnusable(f"{path}: cannot be read ({error}). Build the index again: markscan index.") from error


def self_test_values(embedder: Embedder) -> list[float]:
    """The first values of the embedding of a generated image; a reader compares its own with the builder's."""
    rows, columns = np.mgrid[0:64, 0:64].astype(np.uint8)
    image: RGBImage = np.stack([rows * 4, columns * 4, (rows ^ columns) * 4], axis=2)
    return [round(float(value), 6) for value in embedder.embed([image]).vectors[0, :64]]


@dataclass(frozen=True, slots=True)
class PublishedIndex:
    """The index that scans search now."""

    revision: int
    published_at: datetime  # UTC
    fingerprint: str  # of models and recipe
    set_aside: tuple[SetAside, ...] = ()  # references in force that it lacks


def published_index(store: Store) -> PublishedIndex:
    """The published index. Raises IndexUnusable if there is none."""
    folder = current_folder(store)
    manifest = read_manifest(folder)
    try:
        moment = (folder / MANIFEST).stat().st_mtime
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{folder}: is missing. Build the index again: markscan index.") from error
    return PublishedIndex(
        manifest.revision, datetime.fromtimestamp(moment, UTC), manifest.fingerprint, read_set_aside(folder)
    )
