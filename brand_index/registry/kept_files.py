"""Reads the files in media/ as they were recorded: references, and the documents that prove authorizations."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from brand_index.errors import FileAltered
from brand_index.registry import schema
from brand_index.registry.reading import RegistryReader
from brand_index.registry.transaction import fetch
from brand_index.store import Store
from brand_index.types import Authorization, ReferenceImage

GONE: Final = " is gone"  # said of a kept file after its name
SETTLED: Final = 2 * 10**9  # nanoseconds without a change, after which a folder's time tells a later change
UNSETTLED: Final = -2  # no folder has this time: it is listed again


def read_reference(store: Store, reference: ReferenceImage) -> bytes | None:
    """The file of a reference; None: it is gone. Raises FileAltered."""
    return store.read_recorded(store.media_path(reference.sha256, reference.suffix), reference.sha256)


def registered_file(store: Store, reference: ReferenceImage) -> Path:
    """Where the file of a reference can be read on this machine, if there is one. Raises StoreUnusable."""
    return store.fetched(store.media_path(reference.sha256, reference.suffix))


def lost_files(store: Store, references: Iterable[ReferenceImage]) -> tuple[ReferenceImage, ...]:
    """Those of the references whose file is gone. Each folder is listed once, and no file is read.

    Raises StoreUnusable.
    """

    known = None if store.objects is None else store.objects.names(store.media.name)

    @cache
    def names(folder: Path) -> frozenset[str]:
        return store.names(folder)

    lost = list[ReferenceImage]()
    for each in references:
        path = store.media_path(each.sha256, each.suffix)
        try:
            is_there = path.name in names(path.parent) if known is None else store.name_of(path) in known
        except OSError:  # a folder that may not be listed may hold it
            is_there = True
        if not is_there:
            lost.append(each)
    return tuple(lost)


def read_document(store: Store, given: Authorization) -> tuple[bytes, str] | None:
    """The document that proves an authorization, with its suffix; None: it has none, or it is gone.

    Raises FileAltered.
    """
    path = _document_path(store, given)
    if path is None or given.document_sha256 is None:
        return None
    data = store.read_recorded(path, given.document_sha256)
    return None if data is None else (data, path.suffix)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a row names."""

    name: str  # in words, such as "the file of reference acme-logo-50d586c341f32a77"
    path: Path  # where it lies, or would
    sha256: str
    store: Store

    def read(self) -> bytes | None:
        """Its bytes; None: it is gone. Raises FileAltered."""
        return self.store.read_recorded(self.path, self.sha256)


class LostFiles:
    """Which references lack their file, asked again and again: on this machine only folders that changed are listed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._in_force: dict[str, ReferenceImage] = {}
        self._revision: int | None = None  # of the registry, when those were in force; None: nothing is known
        self._by_folder = defaultdict[Path, dict[str, ReferenceImage]](dict)
        self._seen: dict[Path, int] = {}  # when each folder was last changed, in nanoseconds, as it was last listed
        self._lost: dict[Path, tuple[ReferenceImage, ...]] = {}

    def among(self, registry: RegistryReader) -> tuple[ReferenceImage, ...]:
        """Those in force now whose file is gone, by id. Raises RegistryError, StoreUnusable."""
        revision = registry.references_revision()
        if self._revision is None:
            self._put(*registry.references())
        elif revision != self._revision:
            for identity in registry.references_changed_since(self._revision):
                found = registry.reference(identity)
                self._remove(identity)
                if found is not None and found.withdrawn_at is None:
                    self._put(found)
        self._revision = revision
        if self._store.objects is not None:
            return lost_files(self._store, self._in_force.values())
        for folder, references in self._by_folder.items():
            changed = _changed_at(folder)
            if self._seen.get(folder) != changed:
                self._lost[folder] = lost_files(self._store, references.values())
                # What changes again within a tick of the file system's clock would have the same time.
                settled = changed >= 0 and time.time_ns() - changed > SETTLED
                self._seen[folder] = changed if settled else UNSETTLED
        return tuple(sorted(chain.from_iterable(self._lost.values()), key=lambda each: each.reference_id))

    def _put(self, *references: ReferenceImage) -> None:
        for each in references:
            folder = self._store.media_path(each.sha256, each.suffix).parent
            self._in_force[each.reference_id] = self._by_folder[folder][each.reference_id] = each
            self._seen.pop(folder, None)

    def _remove(self, identity: str) -> None:
        known = self._in_force.pop(identity, None)
        if known is not None:
            folder = self._store.media_path(known.sha256, known.suffix).parent
            del self._by_folder[folder][identity]
            self._seen.pop(folder, None)


def _changed_at(folder: Path) -> int:
    """When a folder was last changed, in nanoseconds; −1: it cannot be seen."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return -1


def faults_of(files: Iterable[KeptFile]) -> Iterator[str]:
    """Those of the files that are gone or altered, in words."""
    for file in files:
        try:
            if file.read() is None:
                yield file.name + GONE
        except FileAltered as error:
            yield f"{file.name}: {error}"


def media_files(connection: Connection, store: Store) -> Iterator[KeptFile]:
    """The files of references, and the documents that prove authorizations."""
    for reference in fetch(connection, ReferenceImage, select(schema.reference_images)):
        path = store.media_path(reference.sha256, reference.suffix)
        yield KeptFile(f"the file of reference {reference.reference_id}", path, reference.sha256, store)
    for given in fetch(connection, Authorization, select(schema.authorizations)):
        if given.document_sha256 is not None:
            path = _document_path(store, given) or store.media_path(given.document_sha256, "")
            yield KeptFile(
                f"the document of authorization {given.authorization_id}", path, given.document_sha256, store
            )


def _document_path(store: Store, given: Authorization) -> Path | None:
    if given.document_sha256 is None:
        return None
    folder = store.media_path(given.document_sha256, "").parent
    named = sorted(each for each in store.names(folder) if each.startswith(f"{given.document_sha256}."))
    return folder / named[0] if named else None  # all have the same bytes
