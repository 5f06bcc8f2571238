"""The published index: a folder with its manifest, which lists the segments; it neither builds nor searches."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.features.embedding import Embedder
from brand_index.images import RGBImage
from brand_index.index.catalog import SetAside, read_set_aside
from brand_index.index.parts.files import read_array, write_array
from brand_index.index.segments.files import (
    FILES,
    SEGMENTS,
    Digests,
    check_bytes,
    check_sizes,
    digests_of,
    read_segment_files,
    sha256_of,
)
from brand_index.store import INDEX_POINTER, Store

CURRENT: Final = INDEX_POINTER
MANIFEST: Final = "manifest.json"
ORDINARY: Final = "ordinary.npy"  # keys of the ordinary words, as WordPart wants them
FORMAT: Final = 14  # of the folders; a search refuses any other
DESCRIBED: Final = frozenset({13, FORMAT})  # formats of which a build takes over the descriptions
NO_ROWS: Final = np.zeros(0, np.uint32)


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """A segment of a published index."""

    name: str  # of its folder
    digest: str  # SHA-256 of its own record, which has those of its files
    references: int  # in force, with pixels
    words: int  # in force


@dataclass(frozen=True, slots=True)
class Manifest:
    """The sources, models, libraries and segments of an index."""

    format: int
    revision: int  # of the registry when it was read
    fingerprint: str  # of the recipe and the weights
    references: int  # in force
    libraries: dict[str, str]  # JSON
    self_test: list[float]  # the embedding of `self_test_image`, its first values
    dimensions: int  # of the vector of a logo's view
    photo_dimensions: int  # of a photo's; 0: photos are not embedded
    segments: tuple[ListedSegment, ...] = ()
    files: Digests = field(default_factory=dict)  # all others in its folder
    mended: str = ""  # tells an index built in place of a damaged one from that; empty: there was none

    @property
    def evidence_fingerprint(self) -> str:
        """What evidence depends on, beside the revision: what a damaged index found or missed is not used again."""
        return self.fingerprint + self.mended


@dataclass(frozen=True, slots=True, eq=False)
class Withdrawn:
    """The positions in a segment that are not in force any more, ascending."""

    references: NDArray[np.uint32] = field(default_factory=lambda: NO_ROWS)
    words: NDArray[np.uint32] = field(default_factory=lambda: NO_ROWS)


def current_folder(store: Store) -> Path:
    """The folder of the published index. Raises IndexUnusable if there is none."""
    pointer = store.index / CURRENT
    try:
        return store.index / pointer.read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise IndexUnusable(f"{pointer}: no index exists yet. Build it: markscan index.") from error
    except (OSError, ValueError) as error:
        raise IndexDamaged(pointer, f"cannot be read ({error})") from error


def segment_folder(folder: Path, name: str) -> Path:
    """The folder of a segment that the index in `folder` lists."""
    return folder.parent / SEGMENTS / name


def read_manifest(folder: Path, formats: Collection[int] = (FORMAT,)) -> Manifest:
    """The manifest in an index folder. Raises IndexUnusable: damaged, or of none of the formats."""
    path = folder / MANIFEST
    try:
        row: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if row["format"] not in formats:
            raise IndexUnusable(
                f"{folder}: was built by another model or another recipe (format {row['format']}; this program has "
                f"format {FORMAT}). Build it again: markscan index."
            )
        listed = tuple(ListedSegment(**each) for each in row.pop("segments", ()))
        return Manifest(**row, segments=listed)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise IndexDamaged(path, f"cannot be read ({error})") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into a folder whose other files are complete, with their sizes and digests."""
    files = {name: each for name, each in digests_of(folder).items() if name != MANIFEST}
    (folder / MANIFEST).write_text(json.dumps(asdict(replace(manifest, files=files)), indent=2), "utf-8")


def write_withdrawn(folder: Path, segment: str, withdrawn: Withdrawn) -> None:
    """Write what was withdrawn of a segment into an index folder; nothing where nothing was."""
    for name, rows in _withdrawn_files(segment, withdrawn).items():
        if len(rows):
            write_array(folder / name, rows)


def read_withdrawn(folder: Path, segment: str) -> Withdrawn:
    """What was withdrawn of a segment. Raises IndexDamaged."""
    read = [
        np.array(read_array(folder / name), np.uint32) if (folder / name).exists() else NO_ROWS
        for name in _withdrawn_files(segment, Withdrawn())
    ]
    return Withdrawn(*read)


def _withdrawn_files(segment: str, withdrawn: Withdrawn) -> dict[str, NDArray[np.uint32]]:
    return {f"{segment}.withdrawn.npy": withdrawn.references, f"{segment}.words.npy": withdrawn.words}


def check_listed(folder: Path, manifest: Manifest) -> None:
    """Raises IndexDamaged where a file of the folder is gone or of another size; segments do that when opened."""
    check_sizes(folder, manifest.files)


def check_digests(folder: Path) -> None:
    """Read all files of an index and compare them with its manifest. Raises IndexDamaged, naming one that differs.

    Whoever starts processes that search the index does this once for all of them.
    """
    manifest = read_manifest(folder)
    check_bytes(folder, manifest.files)
    for listed in manifest.segments:
        check_segment(folder, listed)


def check_current(store: Store) -> None:
    """As check_digests, of the published index, whatever is published meanwhile. Raises IndexUnusable."""
    sound = set[ListedSegment]()
    while True:
        folder = current_folder(store)
        try:
            manifest = read_manifest(folder)
            check_bytes(folder, manifest.files)
            for listed in manifest.segments:
                if listed not in sound:
                    check_segment(folder, listed)
                    sound.add(listed)
        except IndexDamaged:
            if current_folder(store) == folder:  # else it was replaced, and what it lists may be deleted
                raise
        else:
            return


def check_segment(folder: Path, listed: ListedSegment) -> None:
    """Read all files of a segment of the index in `folder`. Raises IndexDamaged, naming one that differs."""
    place = segment_folder(folder, listed.name)
    try:
        found = sha256_of(place / FILES)
    except OSError as error:
        raise IndexDamaged(place / FILES, f"cannot be read ({error.strerror})") from error
    if found != listed.digest:
        raise IndexDamaged(place / FILES, "its bytes are not those that were written (the SHA-256 differs)")
    check_bytes(place, read_segment_files(place).files)


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
    segments: int = 1


def published_index(store: Store) -> PublishedIndex:
    """The published index. Raises IndexUnusable if there is none."""
    folder = current_folder(store)
    manifest = read_manifest(folder)
    try:
        moment = (folder / MANIFEST).stat().st_mtime
    except (OSError, ValueError) as error:
        raise IndexDamaged(folder, "is missing") from error
    return PublishedIndex(
        manifest.revision,
        datetime.fromtimestamp(moment, UTC),
        manifest.evidence_fingerprint,
        manifest.references,
        read_set_aside(folder),
        len(manifest.segments),
    )
