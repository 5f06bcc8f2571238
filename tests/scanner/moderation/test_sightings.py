"""Scans note where registered photos are seen, and sellers who share photos that nobody registered are found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.types import NO_PHOTO, Evidence
from scanner.moderation.cases.tables import cases
from scanner.moderation.linked_sellers import MOST_SELLERS, linked_sellers
from scanner.moderation.records.earlier_images import Sighting
from scanner.moderation.records.scans import Scan, ScanOutcome, UploadedImage, begin
from scanner.moderation.records.sightings import first_seen
from scanner.moderation.registry import open_registry
from scanner.moderation.store import Records
from scanner.verdicts.policy import read_policy
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, First, FirstSeen, Listing, Reason, Verdict

REGISTERED = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PHOTO = "acme-photo-" + "a" * 16
HASH = "0" * 60 + "abcd"
NEAR = "f" + "0" * 59 + "abcd"  # 4 bits apart
FAR = "f" * 64


@pytest.fixture
def registry(tmp_path: Path, address: str) -> Iterator[Registry]:
    with open_registry(Store(tmp_path), address) as opened:
        opened.add_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), REGISTERED)
        assert add_photo(opened, "a" * 64, REGISTERED) == PHOTO
        yield opened


def add_photo(registry: Registry, sha256: str, at: datetime) -> str:
    """Register a photo of Acme; returns its id."""
    reference, _ = registry.add_reference(
        brand="acme",
        kind=ReferenceKind.PHOTO,
        sha256=sha256,
        suffix=".jpg",
        mark_id=None,
        source_name="a.jpg",
        width=10,
        height=10,
        warnings=(),
        now=at,
    )
    return reference.reference_id


@pytest.fixture
def records(registry: Registry, tmp_path: Path) -> Records:
    return Records(registry.database, Store(tmp_path))


def found(confidence: float) -> Evidence:
    nothing = (None, None, None, None, None, None)
    item = Evidence(PHOTO, "acme", ReferenceKind.PHOTO, Box(0, 0, 9, 9), *nothing, False, False, 0, confidence)
    return replace(item, photo=NO_PHOTO)


def scanned(
    records: Records, seller: str | None, at: datetime, *, pdq: str | None = HASH, confidence: float | None = None
) -> Scan:
    listing = Listing(listing_id=f"L-{seller}", seller_id=seller)
    evidence = () if confidence is None else (found(confidence),)
    counted = (PHOTO,) if confidence is not None and confidence >= 0.5 else ()
    decision, reason = (Decision.REVIEW, Reason.PHOTO_SUSPECTED) if counted else (Decision.CLEAR, Reason.NO_MATCH)
    verdict = Verdict(listing, "b" * 64, decision, reason, evidence, (), (), 7, read_policy().name, at, counted=counted)
    outcome = ScanOutcome((ScannedImage("a.jpg", verdict),), (pdq,), reason, decision, "program-1")
    images = (UploadedImage("a.jpg", "b" * 64, b"bytes"),)
    return records.finish(begin(listing, images, at), outcome, at, images=images)


def known(registry: Registry, seller: str | None, *before: Sighting, photo: str = PHOTO) -> FirstSeen:
    with registry.database.read() as connection:
        return first_seen(connection, [photo], seller, {photo: before})[photo]


def test_a_photo_is_first_seen_in_the_earliest_listing_that_shows_it(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + 5 * DAY, confidence=0.9)
    scanned(records, "S2", REGISTERED + 3 * DAY, confidence=0.9)
    seen = known(registry, "S1")
    assert (seen.seen_at, seen.seller_id, seen.listing_id) == (REGISTERED + 3 * DAY, "S2", "L-S2")
    assert seen.own_at == REGISTERED + 5 * DAY


def test_what_is_hardly_likely_is_no_sighting(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + DAY, confidence=0.3)
    assert known(registry, "S1").seen_at is None


def test_a_listing_that_showed_it_before_and_that_nobody_noted_counts(registry: Registry) -> None:
    before = Sighting(REGISTERED - 9 * DAY, "S1", "L-S1", 0)
    for seller, is_own in (("S1", True), ("S2", False), (None, False)):
        seen = known(registry, seller, before)
        assert (seen.seen_at, seen.seller_id, seen.own_is_older) == (REGISTERED - 9 * DAY, "S1", is_own)


def test_a_better_file_of_a_photo_is_registered_since_the_photo_was(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + 3 * DAY, confidence=0.9)
    better, copied = (
        add_photo(registry, "c" * 64, REGISTERED + 9 * DAY),
        Sighting(REGISTERED + 3 * DAY, "S1", "L-S1", 0),
    )
    seen = known(registry, "S1", copied, photo=better)
    assert (seen.registered_at, seen.seen_at) == (REGISTERED, REGISTERED + 3 * DAY)
    assert not seen.own_is_older


@pytest.mark.parametrize(
    ("seller", "days", "confidence"),
    [("S1", -3, 0.9), ("S1", 3, 0.3), ("S2", 3, 0.9)],
    ids=["before", "unsure", "other"],
)
def test_what_was_no_copy_of_the_earlier_photo_was_not_registered_with_it(
    registry: Registry, records: Records, seller: str, days: int, confidence: float
) -> None:
    scanned(records, seller, REGISTERED + days * DAY, confidence=confidence)
    later = add_photo(registry, "c" * 64, REGISTERED + 9 * DAY)
    assert known(registry, "S1", Sighting(REGISTERED + days * DAY, "S1", "L-S1", 0), photo=later).own_is_older


def test_what_a_reviewer_found_to_be_the_sellers_own_is_no_copy(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + 3 * DAY, confidence=0.9)
    later = add_photo(registry, "c" * 64, REGISTERED + 9 * DAY)
    own, shown = known(registry, "S1", photo=later), Sighting(REGISTERED + 3 * DAY, "S1", "L-S1", 0)
    assert not own.own_is_older
    with registry.database.read() as connection:
        (seen,) = first_seen(connection, [later], "S1", {later: [shown]}, {PHOTO}).values()
    assert seen.own_is_older


def test_sightings_are_purged_with_their_scan(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + DAY, confidence=0.9)
    with registry.database.write(REGISTERED) as write:
        write.delete(cases, cases.c.seller_id == "S1")
    records.purge(REGISTERED + 9 * DAY, images=DAY, verdicts=DAY)
    assert known(registry, "S1").seen_at is None


def test_sellers_who_share_an_unregistered_photo_are_linked(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + 2 * DAY)
    scanned(records, "S2", REGISTERED, pdq=NEAR)
    (other,) = linked_sellers(registry.database, "S1")
    assert (other.seller_id, other.number, other.was_first) == ("S2", 1, 1)
    assert (other.images[0].listing_id, other.images[0].other_listing_id, other.images[0].bits) == ("L-S1", "L-S2", 4)


def test_a_listing_that_is_scanned_again_shares_no_more_and_is_no_later(registry: Registry, records: Records) -> None:
    for days in (0, 8, 9):
        scanned(records, "S2", REGISTERED + days * DAY, pdq=NEAR)
    for days in (5, 6, 7):
        scanned(records, "S1", REGISTERED + days * DAY)
    for seller, was_first, at in (("S1", 1, 5), ("S2", 0, 0)):
        (other,) = linked_sellers(registry.database, seller)
        assert (other.number, other.was_first) == (1, was_first)
        assert other.images[0].at == REGISTERED + at * DAY


def test_sellers_of_different_photos_are_not(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED)
    scanned(records, "S2", REGISTERED, pdq=FAR)
    assert linked_sellers(registry.database, "S1") == ()


def test_a_registered_photo_links_nobody(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED + DAY, confidence=0.9)
    scanned(records, "S2", REGISTERED + DAY, confidence=0.9)
    assert linked_sellers(registry.database, "S1") == ()


def test_a_photo_that_many_sellers_show_links_nobody(registry: Registry, records: Records) -> None:
    scanned(records, "S1", REGISTERED)
    for number in range(MOST_SELLERS + 1):
        scanned(records, f"other-{number}", REGISTERED)
    assert linked_sellers(registry.database, "S1") == ()


@pytest.mark.parametrize(("later", "first"), [(timedelta(seconds=1), First.OWN), (DAY, First.OTHER)])
def test_listings_of_one_day_are_equally_early(later: timedelta, first: First) -> None:
    earliest = REGISTERED - 9 * DAY
    assert FirstSeen(PHOTO, REGISTERED, earliest, "S2", "L-S2", earliest + later).first is first
