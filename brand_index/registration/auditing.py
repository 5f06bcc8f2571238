"""Audits registered references against all others of their kind in force, by brand_index/features/."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from brand_index.features.audit import Audit, audit
from brand_index.features.describing import Describer
from brand_index.features.description import ReferenceDescription
from brand_index.index.describing_all import describe_all
from brand_index.registration.examining import WHOLE_PHOTO
from brand_index.registration.photo_audit import PhotoAudit, PhotoGallery
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind


def audit_each(
    registry: Registry,
    store: Store,
    describer: Describer,
    reference_ids: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Audit]:
    """The audits of the logos in force with these ids, against all others; the descriptions are cached for the index.

    A logo that cannot be described is left out. `progress` is called with the number of
    logos described and their total.
    """
    references, descriptions = _described(registry, store, describer, ReferenceKind.LOGO, progress)
    for position, reference in enumerate(references):
        audited = audit(position, references, descriptions) if reference.reference_id in reference_ids else None
        if audited is not None:
            is_whole_photo = WHOLE_PHOTO in reference.warnings  # its lines of things are no letters
            yield replace(audited, word_like=False) if is_whole_photo else audited


def audit_each_photo(
    registry: Registry,
    store: Store,
    describer: Describer,
    reference_ids: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[PhotoAudit]:
    """The audits of the photos in force with these ids, against all others; otherwise as audit_each."""
    gallery = PhotoGallery.of(*_described(registry, store, describer, ReferenceKind.PHOTO, progress))
    for position, reference in enumerate(gallery.references):
        audited = gallery.audit(position) if reference.reference_id in reference_ids else None
        if audited is not None:
            yield audited


def _described(
    registry: Registry,
    store: Store,
    describer: Describer,
    kind: ReferenceKind,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[ReferenceImage], list[ReferenceDescription]]:
    """The references of this kind in force that can be described, and their descriptions."""
    chosen = tuple(each for each in registry.references() if each.kind is kind)
    found = zip(chosen, describe_all(store, registry, chosen, describer, progress), strict=True)
    described = [(reference, each) for reference, each in found if isinstance(each, ReferenceDescription)]
    return [reference for reference, _ in described], [each for _, each in described]
