"""Reads the files in media/ as they were recorded: references, and the documents that prove authorizations."""

import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, select

from brand_index.errors import FileAltered
from brand_index.files import read_recorded
from brand_index.registry import schema
from brand_index.registry.transaction import fetch
from brand_index.store import Store
from brand_index.types import Authorization, ReferenceImage


def read_reference(store: Store, reference: ReferenceImage) -> bytes | None:
    """The file of a reference; None: it is gone. Raises FileAltered."""
    return read_recorded(store.media_path(reference.sha256, reference.suffix), reference.sha256)


def lost_files(store: Store, references: Iterable[ReferenceImage]) -> tuple[ReferenceImage, ...]:
    """Those of the references whose file is gone. Each folder is listed once, and no file is read."""

    @cache
    def names(folder: Path) -> frozenset[str]:
        try:
            with os.scandir(folder) as entries:
                return frozenset(entry.name for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()

    lost = list[ReferenceImage]()
    for each in references:
        path = store.media_path(each.sha256, each.suffix)
        try:
            is_there = path.name in names(path.parent)
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
    data = read_recorded(path, given.document_sha256)
    return None if data is None else (data, path.suffix)


def media_faults(connection: Connection, store: Store) -> Iterator[str]:
    """The files of references and authorizations that are gone or altered, in words."""
    for reference in fetch(connection, ReferenceImage, select(schema.reference_images)):
        try:
            if read_reference(store, reference) is None:
                yield f"the file of reference {reference.reference_id} is gone"
        except FileAltered as error:
            yield f"reference {reference.reference_id}: {error}"
    with_document = select(schema.authorizations).where(schema.authorizations.c.document_sha256.is_not(None))
    for given in fetch(connection, Authorization, with_document):
        try:
            if read_document(store, given) is None:
                yield f"the document of authorization {given.authorization_id} is gone"
        except FileAltered as error:
            yield f"authorization {given.authorization_id}: {error}"


def _document_path(store: Store, given: Authorization) -> Path | None:
    if given.document_sha256 is None:
        return None
    folder = store.media_path(given.document_sha256, "").parent
    return next(iter(sorted(folder.glob(f"{given.document_sha256}.*"))), None)  # all have the same bytes
