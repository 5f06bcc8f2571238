"""A listing that showed a photo before it was registered is known to every later verdict, before anybody looks back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.records import earlier_images
from scanner.moderation.records.earlier_images import EarlierImages
from scanner.moderation.records.scans import Scan
from scanner.moderation.registry import open_registry
from scanner.settings import Settings
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import FirstSeen
from tests.conftest import ACME, draw_logo, filled, jpeg, png
from tests.scanner.rejudging.past_scans import LONG_AGO, register, scanned

COFFEE = jpeg(photographs.coffee(), 92)
SMALLER = jpeg(np.asarray(photographs.coffee(), np.uint8)[::2, ::2], 80)
PART = jpeg(np.asarray(photographs.coffee(), np.uint8)[20:300, 40:460], 80)
ROCKET = jpeg(photographs.rocket(), 85)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def registry(store: Store, settings: Settings) -> Iterator[Registry]:
    """Of a store in which Acme holds a logo and nothing else."""
    filled(store, settings, (ACME, ReferenceKind.LOGO, png(draw_logo("ACME", (200, 30, 40))), "acme.png"))
    with open_registry(store) as opened:
        yield opened


def first_seen_of(scan: Scan) -> FirstSeen:
    row = scan.images[0].row
    assert isinstance(row, ScannedImage)
    (seen,) = row.verdict.first_seen
    return seen


def test_other_sellers_rows_name_the_listing_that_showed_the_photo_before_it_was_registered(
    store: Store, registry: Registry, settings: Settings
) -> None:
    scanned(store, registry, settings, SMALLER, seller="victim")
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    now = datetime.now(UTC)
    others = [
        scanned(store, registry, settings, image, seller=seller, at=now)
        for seller, image in (("other", PART), ("copier", COFFEE))
    ]
    said = [(seen.seen_at, seen.seller_id, seen.listing_id) for seen in map(first_seen_of, others)]
    assert said == [(LONG_AGO, "victim", "L-victim")] * 2


def test_the_hashes_are_read_anew_for_a_photo_that_was_registered_since(
    store: Store, registry: Registry, settings: Settings
) -> None:
    earlier = EarlierImages(registry, store)
    logo = registry.references()[0].reference_id
    begun = datetime.now(UTC)
    assert earlier.showing(logo, begun) == ()
    scanned(store, registry, settings, ROCKET, seller="other")
    scanned(store, registry, settings, SMALLER, seller="victim")
    photo = register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    assert [each.seller_id for each in earlier.showing(photo, begun + DAY)] == ["victim"]


def test_only_the_newest_images_are_compared(
    store: Store, registry: Registry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier_images, "COMPARED", 1)
    scanned(store, registry, settings, SMALLER, seller="victim")
    scanned(store, registry, settings, ROCKET, seller="other", at=LONG_AGO + DAY)
    photo = register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    assert EarlierImages(registry, store).showing(photo, datetime.now(UTC)) == ()
