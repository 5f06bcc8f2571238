"""A seller's older image that is alike showed a photo before it was registered only if the photo was in it."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.registry import Registry
from brand_index.registry.editing import withdraw_all
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.records.scans import Scan
from scanner.settings import Settings
from scanner.verdicts.feedback import ALIKE, distance
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, FirstSeen
from tests.conftest import jpeg
from tests.scanner.moderation.test_earlier_images import registry, store  # noqa: F401 - fixtures
from tests.scanner.rejudging.past_scans import LONG_AGO, register, scanned

COFFEE = np.asarray(photographs.coffee(), np.uint8)


def page(middle: NDArray[np.uint8] | int) -> NDArray[np.uint8]:
    """A photo, 1,000 px wide, with something of a third of its width in its middle."""
    found = np.asarray(photographs.astronaut(), np.uint8).repeat(2, axis=0).repeat(2, axis=1)[:1000, :1000].copy()
    found[400:613, 340:660] = middle
    return found


PASTED = page(np.asarray(cv2.resize(COFFEE, (320, 213), interpolation=cv2.INTER_AREA), np.uint8))
BLANK = page(235)


def pdq_of(scan: Scan) -> str:
    found = scan.images[0].pdq
    assert found is not None
    return found


def shown_later(
    store: Store,  # noqa: F811
    registry: Registry,  # noqa: F811
    settings: Settings,
    image: bytes,
) -> tuple[Scan, FirstSeen]:
    """The scan of an image in which the seller shows the photo now that it is registered, and who was first."""
    register(registry, store, settings, ReferenceKind.PHOTO, jpeg(COFFEE, 92))
    scan = scanned(store, registry, settings, image, seller="seller", at=datetime.now(UTC))
    row = scan.images[0].row
    assert isinstance(row, ScannedImage)
    (seen,) = row.verdict.first_seen
    return scan, seen


def test_an_older_image_with_a_blank_where_the_photo_is_now_does_not_count(
    store: Store,  # noqa: F811
    registry: Registry,  # noqa: F811
    settings: Settings,
) -> None:
    older = scanned(store, registry, settings, jpeg(BLANK, 90), seller="seller")
    scan, seen = shown_later(store, registry, settings, jpeg(PASTED, 90))
    assert distance(pdq_of(older), pdq_of(scan)) <= ALIKE
    assert not seen.own_is_older
    assert scan.decision is Decision.BLOCK


@pytest.mark.parametrize("quality", [90, 60], ids=["the same file", "another file"])
def test_an_older_image_in_which_the_photo_was_counts(
    store: Store,  # noqa: F811
    registry: Registry,  # noqa: F811
    settings: Settings,
    quality: int,
) -> None:
    scanned(store, registry, settings, jpeg(PASTED, 90), seller="seller")
    scan, seen = shown_later(store, registry, settings, jpeg(PASTED, quality))
    assert (seen.own_at, seen.listing_id) == (LONG_AGO, "L-seller")
    assert scan.decision is Decision.REVIEW


def test_an_image_of_another_seller_is_none_of_its_own(
    store: Store,  # noqa: F811
    registry: Registry,  # noqa: F811
    settings: Settings,
) -> None:
    scanned(store, registry, settings, jpeg(PASTED, 90), seller="other")
    scan, seen = shown_later(store, registry, settings, jpeg(PASTED, 90))
    assert not seen.own_is_older
    assert scan.decision is Decision.BLOCK


def test_a_better_file_of_a_photo_is_no_later_photo(
    store: Store,  # noqa: F811
    registry: Registry,  # noqa: F811
    settings: Settings,
) -> None:
    small = register(registry, store, settings, ReferenceKind.PHOTO, jpeg(COFFEE[::2, ::2], 80))
    now = datetime.now(UTC)
    flagged = scanned(store, registry, settings, jpeg(COFFEE, 70), seller="seller", at=now)
    assert flagged.decision is Decision.BLOCK
    withdraw_all(registry.database, [small], now)
    scan, seen = shown_later(store, registry, settings, jpeg(COFFEE, 70))
    assert (seen.reference_id != small, seen.own_is_older) == (True, False)
    assert scan.decision is Decision.BLOCK
