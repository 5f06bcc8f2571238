"""A registry that shows some of its references only, so that an index grows in steps, and a store to grow it in."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from skimage import data as photographs

from brand_index.features.embedding import Embedder
from brand_index.index.building import build_index
from brand_index.registration import register_reference
from brand_index.registration.words import register_word
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind
from tests.conftest import ACME, BOLT, describer, draw_logo, jpeg, png

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PHOTOS = ("astronaut", "coffee", "chelsea", "rocket", "cat", "hubble_deep_field")
LOGOS = (("ACME", (200, 30, 40)), ("bolt&co", (20, 60, 160)), ("ACMEE", (30, 140, 40)), ("voltra", (90, 20, 120)))
WORDS = ("Tarnvik", "Orlanda", "Veltro")


class Growing(Registry):
    """The same registry, of which some references alone are seen, and of which several stores have an index."""

    seen: frozenset[str] = frozenset()

    def references(self, *, include_withdrawn: bool = False) -> tuple[ReferenceImage, ...]:
        known = super().references(include_withdrawn=include_withdrawn)
        return tuple(each for each in known if each.reference_id in self.seen)

    def delete_descriptors(self, fingerprint: str, keys: Sequence[str], *, others: bool = False) -> None:
        """Nothing: what one store has published another may lack."""


def photo(name: str) -> bytes:
    return jpeg(np.asarray(getattr(photographs, name)(), np.uint8), 92)


def registered(place: Store) -> Growing:
    """Photos, of which two brands hold one, logos and words; everything is described."""
    registry = Growing.open(place)
    images = [(ACME, ReferenceKind.PHOTO, photo(name), f"{name}.jpg") for name in PHOTOS]
    images += [(BOLT, ReferenceKind.PHOTO, photo(PHOTOS[0]), "same.jpg")]
    images += [
        ((ACME, BOLT)[number % 2], ReferenceKind.LOGO, png(draw_logo(*logo)), f"{logo[0]}.png")
        for number, logo in enumerate(LOGOS)
    ]
    for brand, kind, image, name in images:
        register_reference(
            registry, place, brand=brand, kind=kind, image=image, describer=describer(), name=name, now=NOW
        )
    for word in WORDS:
        register_word(registry, store=place, brand=ACME, word=word, now=NOW)
    return registry


def ids_of(registry: Registry) -> list[str]:
    return [each.reference_id for each in Registry(registry.database).references()]


def grown(
    folder: Path, registry: Growing, embedder: Embedder, groups: Sequence[Iterable[str]], media: Path | None = None
) -> Store:
    """A store in `folder` whose index has a segment for each group of ids.

    `media`: the registered files, where their descriptions were published elsewhere.
    """
    place = Store(folder)
    place.root.mkdir()
    if media is not None:
        shutil.copytree(media, place.media)
    registry.seen = frozenset()
    for group in groups:
        registry.seen |= frozenset(group)
        build_index(place, registry, embedder)
    return place
