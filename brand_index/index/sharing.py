"""Copies published indexes to a store's object store, and from there to this machine; a folder alone needs neither.

Segments are written first, then the folder that lists them, and the pointer last: it is one object, which is replaced
whole. A reader takes over what the pointer names once all of it is here and is what was written.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from brand_index.errors import IndexDamaged, IndexUnusable
from brand_index.index.published import CURRENT, DESCRIBED, MANIFEST, ListedSegment, check_segment, read_manifest
from brand_index.index.segments.files import FILES, SEGMENTS, check_bytes, read_segment_files
from brand_index.object_stores import ObjectFolder
from brand_index.store import Store

INDEX: Final = "index"


class Replaced(Exception):
    """The published index was replaced while it was read."""


def shared_pointer(store: Store) -> bytes | None:
    """What CURRENT says in the object store; None: nothing is published there. Raises StoreUnusable."""
    return _objects(store).read(f"{INDEX}/{CURRENT}")


def share(store: Store, name: str, folder: Path, segments: Iterable[Path], before: bytes | None) -> bool:
    """Publish a folder as the index `name`, with its segments, in the object store; False: it names not `before`.

    Then nothing is changed. Without an object store nothing is done. Raises StoreUnusable; what was published stays so.
    """
    if store.objects is None:
        return True
    if shared_pointer(store) != before:
        return False
    earlier = set(store.objects.names(f"{INDEX}/{SEGMENTS}"))
    for segment in segments:
        if f"{INDEX}/{SEGMENTS}/{segment.name}/{FILES}" not in earlier:  # its record is written last
            _write_folder(store.objects, segment, f"{INDEX}/{SEGMENTS}/{segment.name}", FILES)
    _write_folder(store.objects, folder, f"{INDEX}/{name}", MANIFEST)
    if shared_pointer(store) != before:  # another machine took the lease over meanwhile
        return False
    store.objects.write(f"{INDEX}/{CURRENT}", name.encode("utf-8"))
    return True


def delete_unlisted(store: Store, indexes: Iterable[str], segments: Iterable[str]) -> None:
    """Delete the objects of all indexes and segments but these. Raises StoreUnusable."""
    if store.objects is None:
        return
    kept = {CURRENT, *(f"{each}/" for each in indexes), *(f"{SEGMENTS}/{each}/" for each in segments)}
    for name in store.objects.names(INDEX):
        if not name.removeprefix(f"{INDEX}/").startswith(tuple(kept)):
            store.objects.remove(name)


def fetch_index(store: Store, name: str, here: Path, fresh: Path, *, check: bool) -> None:
    """Copy the shared index of this name to `fresh`, and those of its segments that `here` (segments/) lacks.

    `check`: read those that are here, too, and copy what is damaged. What the object store lacks is left out, so that
    whoever opens the index finds it damaged. Raises Replaced and StoreUnusable.
    """
    objects, folder = _objects(store), fresh / name
    folder.mkdir(parents=True)
    (fresh / SEGMENTS).mkdir()
    try:
        _fetch(objects, folder, f"{INDEX}/{name}", MANIFEST)
        manifest = read_manifest(folder, DESCRIBED)
        for each in manifest.files:
            _fetch(objects, folder, f"{INDEX}/{name}", each)
        check_bytes(folder, manifest.files)
        for listed in manifest.segments:
            if not _is_sound(here, listed, check=check):
                _fetch_segment(objects, fresh, folder, listed)
    except IndexUnusable:  # damaged, and left out, or of another version of the program, which builds its own
        if (shared_pointer(store) or b"").strip() != name.encode("utf-8"):
            raise Replaced(name) from None


def _fetch_segment(objects: ObjectFolder, fresh: Path, folder: Path, listed: ListedSegment) -> None:
    place, name = fresh / SEGMENTS / listed.name, f"{INDEX}/{SEGMENTS}/{listed.name}"
    place.mkdir()
    _fetch(objects, place, name, FILES)
    for each in read_segment_files(place).files:
        _fetch(objects, place, name, each)
    check_segment(folder, listed)


def _is_sound(here: Path, listed: ListedSegment, *, check: bool) -> bool:
    if not (here / listed.name).is_dir():
        return False
    if check:
        try:
            check_segment(here.parent / "any", listed)
        except IndexDamaged:
            return False
    return True


def _fetch(objects: ObjectFolder, place: Path, name: str, file: str) -> None:
    path = place / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if not objects.fetch(f"{name}/{file}", path):
        raise IndexDamaged(path, f"is not in {objects.address}")


def _write_folder(objects: ObjectFolder, folder: Path, name: str, last: str) -> None:
    """Write the files of a folder, the one that names the others last."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(paths, key=lambda each: each.name == last):
        objects.write_file(f"{name}/{path.relative_to(folder).as_posix()}", path)


def _objects(store: Store) -> ObjectFolder:
    assert store.objects is not None, "a store in a folder shares nothing"
    return store.objects
