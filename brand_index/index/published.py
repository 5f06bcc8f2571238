"""The published index folder, the names of its files and its manifest; it neither builds nor searches."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.features.embedding import Embedder
from brand_index.files import open_regular
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
PLATES: Final = "plates"  # name of the part
GOODS_FILE: Final = "goods.npy"  # (R, GOODS_SIDE, GOODS_SIDE), likewise
WORDS: Final = "words"  # name of the part
FORMAT: Final = 11  # of the folder; a reader refuses any other


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sources, models and libraries of an index."""

    format: int
    revision: int  # of the registry when it was read
    fingerprint: str  # of the recipe and the weights
    references: int
    libraries: dict[str, str]  # JSON
    self_test: list[float]  # the embedding of `self_test_image`, its first values
    files: dict[str, tuple[int, str]] = field(default_factory=dict)  # all others: bytes, and SHA-256 in hexadecimal
    mended: str = ""  # tells an index built in place of a damaged one from that; empty: there was none

    @property
    def evidence_fingerprint(self) -> str:
        """What evidence depends on, beside the revision: what a damaged index found or missed is not used again."""
        return self.fingerprint + self.mended


def current_folder(store: Store) -> Path:
    """The folder of the published index. Raises IndexUnusable if there is none."""
    pointer = store.index / CURRENT
    try:
        return store.index / pointer.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexUnusable(f"{pointer}: no index exists yet. Build it: markscan index.") from error
    except (OSError, ValueError) as error:
        raise IndexDamaged(pointer, f"cannot be read ({error})") from error


def read_manifest(folder: Path) -> Manifest:
    """The manifest in an index folder. Raises IndexUnusable."""
    path = folder / MANIFEST
    try:
        return Manifest(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into a folder whose other files are complete, with their sizes and digests."""
    files = {path.name: (path.stat().st_size, _sha256(path)) for path in sorted(folder.iterdir()) if path.is_file()}
    (folder / MANIFEST).write_text(json.dumps(asdict(replace(manifest, files=files)), indent=2), "utf-8")


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Raises IndexDamaged where a file is gone or of another size; that costs nothing, whatever the size."""
    for name, (size, _) in manifest.files.items():
        path = folder / name
        try:
            found = path.stat().st_size
        except OSError as error:
            raise IndexDamaged(path, f"cannot be read ({error.strerror})") from error
        if found != size:
            raise IndexDamaged(path, f"it has {found:,} bytes, and {size:,} were written")


def check_digests(folder: Path) -> None:
    """Read all files of an index and compare them with its manifest. Raises IndexDamaged, naming one that differs.

    Whoever starts processes that search the index does this once for all of them.
    """
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    for name, (_, recorded) in manifest.files.items():
        path = folder / name
        try:
            found = _sha256(path)
        except OSError as error:
            raise IndexDamaged(path, f"cannot be read ({error.strerror})") from error
        if found != recorded:
            raise IndexDamaged(path, "its bytes are not those that were written (the SHA-256 differs)")


def _sha256(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    fingerprint: str  # of models and recipe, as `evidence_fingerprint` of its manifest
    references: int  # that it holds; 0: scans find nothing, whatever an image shows
    set_aside: tuple[SetAside, ...] = ()  # references in force that it lacks


def published_index(store: Store) -> PublishedIndex:
    """The published index. Raises IndexUnusable if there is none."""
    folder = current_folder(store)
    manifest = read_manifest(folder)
    try:
        moment = (folder / MANIFEST).stat().st_mtime
    except (OSError, ValueError) as error:
        raise IndexDamaged(folder, "is missing") from error
    published_at = datetime.fromtimestamp(moment, UTC)
    return PublishedIndex(
        manifest.revision, published_at, manifest.evidence_fingerprint, manifest.references, read_set_aside(folder)
    )
