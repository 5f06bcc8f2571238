"""Publishes an index: puts new segments in place, and points CURRENT at the folder that lists all, atomically."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from brand_index.errors import IndexDamaged, IndexUnusable, StoreNotWritable
from brand_index.files import OF_THE_DISK, sync_files
from brand_index.index.catalog import SetAside, write_set_aside
from brand_index.index.parts import ordinary_words
from brand_index.index.parts.files import write_array
from brand_index.index.published import (
    CURRENT,
    DESCRIBED,
    ORDINARY,
    ListedSegment,
    Manifest,
    Withdrawn,
    read_manifest,
    write_manifest,
    write_withdrawn,
)
from brand_index.index.segments import Segment
from brand_index.index.segments.files import FILES, SEGMENTS, sha256_of
from brand_index.index.sharing import Replaced, delete_unlisted, fetch_index, share, shared_pointer
from brand_index.store import Store

_BUILDING: Final = ".building-"  # begins the name of a folder that is not published yet


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An index to publish."""

    manifest: Manifest  # without segments
    segments: tuple[tuple[Segment, Withdrawn], ...]  # in place, or in a folder that is not published yet
    set_aside: tuple[SetAside, ...]
    tried: float  # when those were tried, as seconds
    ordinary: Path | None = field(default=None)  # an index folder with the same ordinary words; None: there is none


@contextlib.contextmanager
def unpublished_folder(store: Store) -> Iterator[Path]:
    """A folder in which to build, removed at the end; those of killed builds are removed too.

    Whoever builds holds a lock on its folder, which ends with the process, however it ends. Raises StoreNotWritable.
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
            except OSError as error:
                if error.filename is None and error.errno in OF_THE_DISK:  # writing names no file
                    error.filename = str(store.index)
                raise
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


def pointer_of(store: Store) -> bytes | None:
    """What CURRENT says, however damaged; None: there is none."""
    try:
        return (store.index / CURRENT).read_bytes()
    except OSError:
        return None


def publish(store: Store, fresh: Path, draft: Draft, before: bytes | None) -> bool:
    """Publish a draft, unless CURRENT says something else than `before`: then return False, and nothing is changed.

    What is new of it lies in `fresh`, as `unpublished_folder` gives it. Readers of the index before keep it.
    """
    kept = [(segment, gone) for segment, gone in draft.segments if _in_force(segment, gone) != (0, 0)]
    listed = tuple(
        ListedSegment(segment.name, sha256_of(segment.folder / FILES), *_in_force(segment, gone))
        for segment, gone in kept
    )
    references = sum(each.references + each.words for each in listed)
    manifest = replace(draft.manifest, references=references, segments=listed)
    folder = Path(tempfile.mkdtemp(dir=fresh))
    for segment, gone in kept:
        write_withdrawn(folder, segment.name, gone)
    _write_ordinary(folder, draft.ordinary)
    write_set_aside(folder, draft.set_aside, draft.tried)
    write_manifest(folder, manifest)
    name = f"{manifest.revision}-{_digest(manifest, draft)}"
    pending = fresh / f"{folder.name}.{CURRENT}"
    pending.write_text(name, "utf-8")
    sync_files((pending, *folder.iterdir()))
    place = store.index / SEGMENTS
    place.mkdir(exist_ok=True)
    with _locked(place, wait=True):
        if pointer_of(store) != before:
            return False
        is_shared = share(store, name, folder, [segment.folder for segment, _ in kept], before)
        if is_shared:
            for segment, _ in kept:
                if segment.folder.parent != place:
                    segment.folder.replace(place / segment.name)
            try:
                folder.replace(store.index / name)
            except OSError:  # it was published before, and is the same
                if not (store.index / name).exists():
                    raise
            pending.replace(store.index / CURRENT)
            _delete_unlisted(store, name, before)
    if not is_shared:
        take_over(store)
    return is_shared


def take_over(store: Store, *, check: bool = False) -> bool:
    """Bring what the object store publishes to this machine, and return whether that is another index than before.

    Without an object store nothing is done. `check`: read what is here, too, and mend it. Raises StoreUnusable and
    StoreNotWritable; what was here stays then.
    """
    if store.objects is None:
        return False
    while True:
        before, said = pointer_of(store), shared_pointer(store)
        if said is None:  # such as of a store that was deleted and made anew
            (store.index / CURRENT).unlink(missing_ok=True)
            return before is not None
        name = said.decode("utf-8", "replace").strip()
        if said == before and not check and (store.index / name).is_dir():
            return False
        if not name or Path(name).name != name:
            raise IndexDamaged(Path(CURRENT), f"names no index in {store.address}")
        with unpublished_folder(store) as fresh, contextlib.suppress(Replaced):
            fetch_index(store, name, store.index / SEGMENTS, fresh, check=check)
            _put_in_place(store, fresh, name, said)
            return said != before


def _put_in_place(store: Store, fresh: Path, name: str, said: bytes) -> None:
    """Have this machine's readers open an index that was fetched; those that have another open keep it."""
    place = store.index / SEGMENTS
    place.mkdir(exist_ok=True)
    pending = fresh / CURRENT
    pending.write_bytes(said)
    with _locked(place, wait=True):
        before = pointer_of(store)
        for segment in (fresh / SEGMENTS).iterdir():
            shutil.rmtree(place / segment.name, ignore_errors=True)
            segment.replace(place / segment.name)
        shutil.rmtree(store.index / name, ignore_errors=True)
        (fresh / name).replace(store.index / name)
        pending.replace(store.index / CURRENT)
        _delete_unlisted(store, name, before, shared=False)


def _in_force(segment: Segment, gone: Withdrawn) -> tuple[int, int]:
    """How many references with pixels, and words."""
    return len(segment.catalog) - len(gone.references), len(segment.words.words) - len(gone.words)


def _digest(manifest: Manifest, draft: Draft) -> str:
    """What tells one index from another of the same revision."""
    content = hashlib.sha256(f"{manifest.format}-{manifest.fingerprint}-{manifest.mended}".encode())
    content.update("-".join(each.reference_id for each in draft.set_aside).encode())
    for segment, gone in draft.segments:
        content.update(segment.name.encode())
        content.update(gone.references.tobytes() + b"-" + gone.words.tobytes())
    return content.hexdigest()[:16]


def _write_ordinary(folder: Path, like: Path | None) -> None:
    """Write the ordinary words, or link those of another index."""
    if like is not None:
        with contextlib.suppress(OSError):  # gone, or this file system has no links
            os.link(like / ORDINARY, folder / ORDINARY)
            return
    write_array(folder / ORDINARY, ordinary_words())


def _delete_unlisted(store: Store, name: str, before: bytes | None, *, shared: bool = True) -> None:
    """Delete all folders but the published one and that before it, and then the segments that neither lists.

    `shared`: in the object store, too.
    """
    earlier = "" if before is None else before.decode("utf-8", "replace").strip()
    listed = set[str]()
    for each in {name, earlier} - {""}:
        with contextlib.suppress(IndexUnusable, ValueError):
            listed.update(segment.name for segment in read_manifest(store.index / each, DESCRIBED).segments)
    for other in store.index.iterdir():
        if other.is_dir() and not other.name.startswith(".") and other.name not in {name, earlier, SEGMENTS}:
            shutil.rmtree(other, ignore_errors=True)
    for segment in (store.index / SEGMENTS).iterdir():
        if segment.name not in listed:
            shutil.rmtree(segment, ignore_errors=True)
    if shared:
        delete_unlisted(store, {name, earlier} - {""}, listed)


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


def new_segment_folder(fresh: Path, revision: int) -> Path:
    """An empty folder for a segment, whose name no other has."""
    return Path(tempfile.mkdtemp(prefix=f"{revision}-", dir=fresh))
