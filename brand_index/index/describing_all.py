"""Describes the references of an index; one that cannot be described is set aside, and tried again later."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from brand_index.errors import FileAltered, ImageError, MarkscanError, UndescribableReference
from brand_index.features.describing import Describer, describe_file
from brand_index.features.description import ReferenceDescription
from brand_index.index.catalog import SET_ASIDE, SetAside
from brand_index.index.described import SegmentDescriptions
from brand_index.index.published import current_folder, published_index
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage

SAVED_AT_ONCE: Final = 64  # descriptions in one transaction: an interrupted build loses at most these
# After which what was set aside is tried again, for its cause may be gone: a busy machine, say. A file that changed
# is tried at once.
RETRY_SECONDS: Final = 3600.0


def describe_all(
    store: Store,
    registry: Registry,
    references: tuple[ReferenceImage, ...],
    describer: Describer,
    progress: Callable[[int, int], None] | None = None,
    known: SegmentDescriptions | None = None,
) -> Iterator[ReferenceDescription | SetAside]:
    """The descriptions of `references`, in order: from the registry or from segments where they are there.

    What is described here is saved in the registry until it is published. `progress` is called with the number of
    references described and their total. `known` None: those of the published index. Raises ModelUnusable.
    """
    fingerprint = describer.fingerprint
    known = known or SegmentDescriptions.published(store, fingerprint)
    unsaved: list[tuple[str, str, bytes]] = []
    for number, reference in enumerate(references, start=1):
        description = cached(registry.descriptor(reference.description_key, fingerprint)) or known.of(reference)
        found: ReferenceDescription | SetAside
        if description is not None:
            found = description
        else:
            try:
                data = _described(store, reference, describer)
            except (FileAltered, ImageError, UndescribableReference) as error:
                found = _set_aside(store, reference, error)
            else:
                found = ReferenceDescription.from_bytes(data)
                unsaved.append((reference.description_key, fingerprint, data))
        if len(unsaved) == SAVED_AT_ONCE:
            registry.save_descriptors(unsaved)
            unsaved = []
        if progress is not None:
            progress(number, len(references))
        yield found
    registry.save_descriptors(unsaved)


def is_due_again(store: Store) -> bool:
    """Whether a reference that the published index lacks should be tried again. Raises IndexUnusable.

    It should when its file has changed since the last try, or after RETRY_SECONDS.
    """
    set_aside = published_index(store).set_aside
    if not set_aside:
        return False
    tried = _moment(current_folder(store) / SET_ASIDE)
    if tried is None:
        return True
    changed = (_changed(store.media_path(each.sha256, each.suffix)) for each in set_aside)
    return time.time() - tried > RETRY_SECONDS or any(moment is not None and moment > tried for moment in changed)


def try_again(store: Store, registry: Registry, describer: Describer) -> bool:
    """Describe what the published index lacks, and return whether any succeeds: then an index is worth building.

    It is due again until that index is published. Raises IndexUnusable and ModelUnusable.
    """
    tried = current_folder(store) / SET_ASIDE
    lacking = {each.reference_id for each in published_index(store).set_aside}
    earlier = _moment(tried)
    _set_moment(tried, None)  # first: what changes from now on is a reason for the next try
    references = tuple(each for each in registry.references() if each.reference_id in lacking)
    found = list(describe_all(store, registry, references, describer))
    succeeded = any(isinstance(each, ReferenceDescription) for each in found)
    if succeeded:
        _set_moment(tried, 0.0 if earlier is None else earlier)
    return succeeded


def cached(data: bytes | None) -> ReferenceDescription | None:
    """What the registry has saved; None: nothing that can be read."""
    if data is not None:
        with contextlib.suppress(ValueError):  # what is damaged is described again
            return ReferenceDescription.from_bytes(data)
    return None


def _described(store: Store, reference: ReferenceImage, describer: Describer) -> bytes:
    path = store.fetched(store.media_path(reference.sha256, reference.suffix))
    name = reference.source_name
    return describer.run(name, describe_file, path, reference.sha256, name, reference.kind, reference.form)


def _set_aside(store: Store, reference: ReferenceImage, error: MarkscanError) -> SetAside:
    path = store.media_path(reference.sha256, reference.suffix)
    if isinstance(error, FileAltered):
        reason = "its file is not the one that was registered"
    else:  # without where the store lies: brand owners read it
        reason = str(error).removeprefix(f"{path}: ").removeprefix(f"{reference.source_name}: ")
    return SetAside(
        reference.reference_id,
        reference.brand_id,
        reference.source_name,
        reference.sha256,
        reference.suffix,
        error.code,
        reason,
    )


def _moment(path: Path) -> float | None:
    """When a file was last written, as seconds; None: it does not exist."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _set_moment(path: Path, moment: float | None) -> None:
    """Set when a file was last written; None: now, by the clock of its file system, with which others are compared."""
    with contextlib.suppress(OSError):  # somebody deleted it
        os.utime(path, None if moment is None else (moment, moment))


def _changed(path: Path) -> float | None:
    """When a file or its permissions last changed; None: it does not exist."""
    try:
        return path.stat().st_ctime
    except OSError:
        return None
