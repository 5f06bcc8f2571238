"""Audits registered references against all others of their kind in force, by brand_index/features/."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from brand_index.features.audit import Audit, LogoGallery
from brand_index.features.describing import Describer
from brand_index.features.description import ReferenceDescription
from brand_index.index.described import SegmentDescriptions
from brand_index.index.describing_all import describe_all
from brand_index.registration.examining import WHOLE_PHOTO
from brand_index.registration.photo_audit import ComparedPhoto, PhotoAudit, PhotoGallery, keypoints_compared
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind

MOST_COMPARED: Final = 20_000  # references of a kind with which a new one is compared: with more it is not audited
_SPARE: Final = 1.25  # of the keypoints compared: a few withdrawals, after which more are, cost no reading
Progress = Callable[[int, int], None]
Compared = TypeVar("Compared")


class Galleries:
    """What audits compare with: a few kilobytes of each reference in force, kept from one audit to the next."""

    def __init__(self) -> None:
        self._photos: dict[str, ComparedPhoto] = {}  # by description_key
        self._logos: dict[str, NDArray[np.float16]] = {}  # likewise: the views
        self._keypoints = 0  # of a photo that were kept

    def photos(
        self, registry: Registry, store: Store, describer: Describer, progress: Progress | None = None
    ) -> PhotoGallery:
        """The photos in force that can be described; `progress` as in describe_all, for those that are new here."""
        chosen = _in_force(registry, ReferenceKind.PHOTO)
        if keypoints_compared(len(chosen)) > self._keypoints:
            self._photos, self._keypoints = {}, round(_SPARE * keypoints_compared(len(chosen)))
        count = self._keypoints
        published = SegmentDescriptions.published(store, describer.fingerprint)
        for each in chosen:
            if each.description_key not in self._photos and (some := published.strongest_keypoints(each, count)):
                self._photos[each.description_key] = ComparedPhoto(*some)
        given = (self._photos, chosen, registry, store, describer)
        _update(*given, lambda each: ComparedPhoto.of(each, count), progress)
        known = [each for each in chosen if each.description_key in self._photos]
        return PhotoGallery.of(known, [self._photos[each.description_key] for each in known])

    def logos(
        self, registry: Registry, store: Store, describer: Describer, progress: Progress | None = None
    ) -> LogoGallery:
        """Likewise the logos."""
        chosen = _in_force(registry, ReferenceKind.LOGO)
        _update(
            *(self._logos, chosen, registry, store, describer),
            lambda each: each.views.vectors.astype(np.float16),  # as a description keeps them
            progress,
        )
        known = [each for each in chosen if each.description_key in self._logos]
        return LogoGallery.of(known, [self._logos[each.description_key] for each in known])


def audit_each(
    registry: Registry,
    store: Store,
    describer: Describer,
    reference_ids: Collection[str],
    progress: Progress | None = None,
    galleries: Galleries | None = None,
) -> Iterator[Audit]:
    """The audits of the logos in force with these ids, against all others; the descriptions are cached for the index.

    A logo that cannot be described is left out. `progress` is called with the number of logos read and their total.
    `galleries`: of earlier audits; None: there are none.
    """
    gallery = (galleries or Galleries()).logos(registry, store, describer, progress)
    for reference, description in _asked(gallery.references, registry, store, describer, reference_ids):
        audited = gallery.audit(reference, description)
        if audited is not None:
            is_whole_photo = WHOLE_PHOTO in reference.warnings  # its lines of things are no letters
            yield replace(audited, word_like=False) if is_whole_photo else audited


def audit_each_photo(
    registry: Registry,
    store: Store,
    describer: Describer,
    reference_ids: Collection[str],
    progress: Progress | None = None,
    galleries: Galleries | None = None,
) -> Iterator[PhotoAudit]:
    """The audits of the photos in force with these ids, against all others; otherwise as audit_each."""
    gallery = (galleries or Galleries()).photos(registry, store, describer, progress)
    for reference, description in _asked(gallery.references, registry, store, describer, reference_ids):
        audited = gallery.audit(reference, description)
        if audited is not None:
            yield audited


def _in_force(registry: Registry, kind: ReferenceKind) -> list[ReferenceImage]:
    return [each for each in registry.references() if each.kind is kind]


def _update(
    known: dict[str, Compared],
    chosen: Collection[ReferenceImage],
    registry: Registry,
    store: Store,
    describer: Describer,
    compared: Callable[[ReferenceDescription], Compared],
    progress: Progress | None,
) -> None:
    """Bring what is `known`, by description_key, to what is in force and can be described."""
    for key in known.keys() - {each.description_key for each in chosen}:
        del known[key]
    new = tuple(each for each in chosen if each.description_key not in known)
    if not new:
        return
    for reference, found in zip(new, describe_all(store, registry, new, describer, progress), strict=True):
        if isinstance(found, ReferenceDescription):
            known[reference.description_key] = compared(found)


def _asked(
    references: Collection[ReferenceImage],
    registry: Registry,
    store: Store,
    describer: Describer,
    reference_ids: Collection[str],
) -> Iterator[tuple[ReferenceImage, ReferenceDescription]]:
    """Those with these ids, with their descriptions, one after another: many do not fit into memory."""
    asked = tuple(each for each in references if each.reference_id in reference_ids)
    for reference, found in zip(asked, describe_all(store, registry, asked, describer), strict=True):
        if isinstance(found, ReferenceDescription):
            yield reference, found
