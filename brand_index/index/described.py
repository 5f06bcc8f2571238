"""What is described already: descriptions lie in segments, and in the registry only until they are published."""

import contextlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexUnusable, RegistryError
from brand_index.features.description import ReferenceDescription
from brand_index.features.hashing import PDQ
from brand_index.features.keypoints import Keypoints
from brand_index.images import RGBImage
from brand_index.index.catalog import Catalog
from brand_index.index.parts import BytesPart
from brand_index.index.published import DESCRIBED, check_segment, current_folder, read_manifest, segment_folder
from brand_index.index.reading import open_segments
from brand_index.index.segments import Segment
from brand_index.index.segments.files import PLATES
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Form, ReferenceImage, description_key

Read = TypeVar("Read")


class SegmentDescriptions:
    """The descriptions in several segments, of withdrawn references too."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    @classmethod
    def published(cls, store: Store, fingerprint: str) -> Self:
        """Those in the published index; none where it is of another model or recipe, or cannot be read."""
        try:
            folder = current_folder(store)
            manifest = read_manifest(folder)
            known = manifest.fingerprint == fingerprint
            return cls([segment for segment, _ in open_segments(folder, manifest)] if known else [])
        except IndexUnusable:
            return cls([])

    def of(self, reference: ReferenceImage) -> ReferenceDescription | None:
        """The description of a reference in the form that it has; None: none that can be read."""
        return self._read(reference, Segment.description)

    def strongest_keypoints(
        self, reference: ReferenceImage, most: int
    ) -> tuple[Keypoints, NDArray[np.uint8] | None] | None:
        """Of a photo's description the strongest keypoints and the PDQ hash, in a tenth of the time; None: as `of`."""

        def read(segment: Segment, position: int) -> tuple[Keypoints, NDArray[np.uint8] | None]:
            hashed = segment.hashes[PDQ.name, reference.kind].of(position)
            return segment.keypoints[reference.kind].of(position, most), hashed

        return self._read(reference, read)

    def _read(self, reference: ReferenceImage, read: Callable[[Segment, int], Read]) -> Read | None:
        for segment in self._segments:
            position = _position(segment.catalog, reference.description_key)
            if position is not None:
                try:
                    return read(segment, position)
                except Exception:
                    continue
        return None


def sound_segments(store: Store, fingerprint: str) -> tuple[Segment, ...]:
    """The segments by this model and recipe that lie in the store as they were written, whether any index is current.

    They may be of an earlier format, whose descriptions can be read, and which cannot be searched. So what was
    described is not lost with the pointer to the index, or with the folder that lists it.
    """
    found = dict[str, Segment]()
    for folder in store.index.glob("[!.]*/"):
        with contextlib.suppress(IndexUnusable):
            manifest = read_manifest(folder, DESCRIBED)
            for listed in manifest.segments if manifest.fingerprint == fingerprint else ():
                if listed.name not in found:
                    with contextlib.suppress(IndexUnusable):
                        check_segment(folder, listed)
                        found[listed.name] = Segment.open(segment_folder(folder, listed.name))
    return tuple(found.values())


def is_described(store: Store, registry: Registry, identity: str, form: Form | None, fingerprint: str) -> bool:
    """Whether the registry or the published index has the description of the reference with this id in this form."""
    key = description_key(identity, form)
    return registry.descriptor(key, fingerprint) is not None or _is_published(_published(store, fingerprint), key)


def published_plate(store: Store, reference: ReferenceImage) -> RGBImage | None:
    """The plate of a reference in the published index, by whatever model; None: it has none that can be read."""
    with contextlib.suppress(IndexUnusable):
        folder = current_folder(store)
        for listed in read_manifest(folder, DESCRIBED).segments:
            place = segment_folder(folder, listed.name)
            position = _position(_catalog(place), reference.description_key)
            if position is not None:
                return BytesPart.load(place, PLATES).plate(position)
    return None


def drop_published(store: Store, registry: Registry, fingerprint: str, *, others: bool = False) -> None:
    """Delete the registry's copies of descriptions that the published index has.

    Whoever has published does so: until then the copy is all there is. Copies that stay, since the process is killed or
    the database cannot be written now, are deleted when something is published again. `others`: those by other models
    and recipes, too.
    """
    with contextlib.suppress(RegistryError):
        kept = registry.descriptor_keys(fingerprint)
        catalogs = _published(store, fingerprint) if kept else []
        registry.delete_descriptors(fingerprint, [key for key in kept if _is_published(catalogs, key)], others=others)


def _published(store: Store, fingerprint: str) -> list[Catalog]:
    """The catalogs of the published index; none as SegmentDescriptions.published."""
    try:
        folder = current_folder(store)
        manifest = read_manifest(folder)
        listed = manifest.segments if manifest.fingerprint == fingerprint else ()
        return [_catalog(segment_folder(folder, each.name)) for each in listed]
    except IndexUnusable:
        return []


@lru_cache(maxsize=64)
def _catalog(place: Path) -> Catalog:
    return Catalog.load(place)


def _is_published(catalogs: Sequence[Catalog], key: str) -> bool:
    return any(_position(catalog, key) is not None for catalog in catalogs)


def _position(catalog: Catalog, key: str) -> int | None:
    """Where a segment has the reference whose `description_key` this is; None: not, or in another form."""
    identity = key.partition(" ")[0]
    position = catalog.position_of(identity)
    has = position is not None and description_key(identity, catalog[position].form) == key
    return position if has else None
