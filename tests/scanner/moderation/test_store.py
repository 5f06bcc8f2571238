"""Scans are kept with their evidence, done once, leased to one, and purged when their time is over."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brand_index.errors import FileAltered, RegistryError
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.engine.types import Coverage, FailedImage
from scanner.moderation.cases.decisions import decide
from scanner.moderation.kept_files import file_faults
from scanner.moderation.leases import CLOCKS_DIFFER
from scanner.moderation.records.scans import Scan, ScanOutcome, SeenBefore, UploadedImage, begin
from scanner.moderation.records.tables import ScanState
from scanner.moderation.registry import open_registry
from scanner.moderation.store import UNRECORDED, Records
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.policy import read_policy
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Listing, Reason, Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LISTING = Listing(listing_id="L-1", seller_id="S1", market="DE")
A, B = (hashlib.sha256(data).hexdigest() for data in (b"bytes of a", b"bytes of b"))
IMAGES = (UploadedImage("a.jpg", A, b"bytes of a"), UploadedImage("b.jpg", B, b"bytes of b"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def registry(store: Store, address: str) -> Iterator[Registry]:
    with open_registry(store, address) as opened:
        yield opened


@pytest.fixture
def records(registry: Registry, store: Store) -> Records:
    return Records(registry.database, store)


def outcome(decision: Decision = Decision.BLOCK) -> ScanOutcome:
    policy, reason = read_policy().name, Reason.NO_MATCH if decision is Decision.CLEAR else Reason.PHOTO_COPIED
    verdict = Verdict(LISTING, A, decision, reason, (), (), (), 7, policy, NOW)
    rows = (ScannedImage("a.jpg", verdict), FailedImage("b.jpg", "not_an_image", "b.jpg: no", B))
    return ScanOutcome(rows, ("0" * 64, None), reason, decision, "program-1")


def done(records: Records, decision: Decision = Decision.BLOCK, *, at: datetime = NOW, accepted: bool = False) -> Scan:
    scan = begin(LISTING, IMAGES, at)
    return records.finish(records.accept(scan, IMAGES) if accepted else scan, outcome(decision), at, images=IMAGES)


def decided(registry: Registry, scan: Scan) -> Scan:
    decide(registry.database, [scan.scan_id], "ann", CaseState.CONFIRMED, now=NOW)
    return scan


@pytest.mark.parametrize("accepted", [False, True])
def test_a_scan_that_is_done_can_be_read_again(records: Records, *, accepted: bool) -> None:
    scan = done(records, accepted=accepted)
    assert records.scan(scan.scan_id) == scan
    assert (scan.state, scan.decision, scan.reason) == (ScanState.DONE, Decision.BLOCK, Reason.PHOTO_COPIED)
    assert [records.image(scan, place) for place in (0, 1)] == [b"bytes of a", b"bytes of b"]


def test_a_scan_is_finished_once(registry: Registry, records: Records) -> None:
    accepted = records.accept(begin(LISTING, IMAGES, NOW), IMAGES)
    first = records.finish(accepted, outcome(), NOW)
    records.finish(accepted, outcome(Decision.CLEAR), NOW + DAY)
    assert records.scan(accepted.scan_id) == first
    assert [event.what for event in registry.history()] == ["scan accepted", "scan done"]


def test_two_calls_with_one_retry_key_are_one_scan(records: Records) -> None:
    scans = [begin(LISTING, IMAGES, NOW, key_id="k", retry="r") for _ in range(2)]
    first = records.accept(scans[0], IMAGES)
    with pytest.raises(RegistryError):
        records.accept(scans[1], IMAGES)
    assert records.retried("k", "r") == first
    assert records.retried("other", "r") is None


def test_a_queued_scan_is_leased_to_one_until_the_lease_is_over(records: Records) -> None:
    older, newer = (records.accept(begin(LISTING, IMAGES, at), IMAGES) for at in (NOW, NOW + DAY))
    assert records.lease(1, NOW + DAY, DAY) == (older,)
    assert records.lease(9, NOW + DAY, DAY) == (newer,)
    assert records.lease(9, NOW + DAY, DAY) == ()
    records.renew([newer.scan_id], NOW + 4 * DAY)
    assert records.lease(9, NOW + 3 * DAY, DAY) == (older,)
    records.finish(older, outcome(), NOW)
    assert records.lease(9, NOW + 9 * DAY, DAY) == (newer,)


def test_what_was_seen_is_known_by_bytes_index_and_program(records: Records) -> None:
    done(records)
    assert records.seen_before([A], 7, "program-1") == {A: SeenBefore((), "0" * 64)}
    assert not records.seen_before([A], 8, "program-1")
    assert not records.seen_before([A], 7, "program-2")
    assert not records.seen_before([B], 7, "program-1"), "it could not be read"


def test_what_was_seen_of_a_part_stays_a_part(records: Records) -> None:
    done_now, cut = outcome(), Coverage(truncated=True)
    image, failed = done_now.rows
    assert isinstance(image, ScannedImage)
    rows = (replace(image, verdict=replace(image.verdict, coverage=cut)), failed)
    records.finish(begin(LISTING, IMAGES, NOW), replace(done_now, rows=rows), NOW, images=IMAGES)
    assert records.seen_before([A], 7, "program-1")[A].coverage == cut


def test_images_are_purged_before_verdicts(registry: Registry, records: Records) -> None:
    old, young = (decided(registry, done(records, at=at)) for at in (NOW - 10 * DAY, NOW))
    purged = records.purge(NOW + UNRECORDED + DAY, images=5 * DAY, verdicts=30 * DAY)
    assert (purged.images, purged.scans) == (2, 0)
    kept = [records.scan(scan.scan_id) for scan in (old, young)]
    assert [scan is not None and scan.images[0].kept for scan in kept] == [False, True]
    later = datetime.now(UTC) + 2 * UNRECORDED
    records.purge(later, images=later - NOW + DAY, verdicts=later - NOW + DAY)
    assert records.scan(old.scan_id) is None
    assert records.scan(young.scan_id) is not None
    assert records.image(old, 0) is None
    assert records.image(young, 0) == b"bytes of a"


def test_what_belongs_to_an_undecided_case_is_not_purged(records: Records) -> None:
    scan = done(records)
    assert records.purge(datetime.now(UTC) + 9 * DAY, images=DAY, verdicts=DAY).scans == 0
    assert records.image(scan, 0) == b"bytes of a"


def test_a_queued_scan_is_never_purged(records: Records) -> None:
    queued = records.accept(begin(LISTING, IMAGES, NOW), IMAGES)
    records.purge(datetime.now(UTC) + 9 * DAY, images=DAY, verdicts=DAY)
    assert records.scan(queued.scan_id) == queued
    assert records.image(queued, 1) == b"bytes of b"


def test_a_file_that_no_scan_keeps_is_swept_once_it_is_old(records: Records, store: Store) -> None:
    lost = store.upload_path("ab" * 16, 0)
    lost.parent.mkdir(parents=True)
    lost.write_bytes(b"of a scan that was never recorded")
    records.purge(datetime.now(UTC), images=DAY, verdicts=DAY)
    assert lost.exists()
    records.purge(datetime.now(UTC) + 2 * UNRECORDED, images=DAY, verdicts=DAY)
    assert not lost.exists()


def test_a_stray_folder_in_uploads_keeps_no_other_file_from_being_swept(records: Records, store: Store) -> None:
    stray = store.uploads / "aa" / "a folder that somebody made"
    stray.mkdir(parents=True)
    (store.uploads / "notes.txt").write_bytes(b"a file where folders are expected")
    lost = [store.upload_path(name * 16, 0) for name in ("00", "aa", "ff")]
    for path in lost:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"of a scan that was never recorded")
    records.purge(datetime.now(UTC) + 2 * UNRECORDED, images=DAY, verdicts=DAY)
    assert stray.is_dir()
    assert not any(path.exists() for path in lost)


def test_an_image_whose_place_something_else_has_taken_is_no_longer_kept(records: Records, store: Store) -> None:
    scan = records.accept(begin(LISTING, IMAGES, NOW), IMAGES)
    path = store.upload_path(scan.scan_id, 0)
    path.unlink()
    path.mkdir()
    assert [records.image(scan, place) for place in (0, 1)] == [None, b"bytes of b"]


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), 365 * DAY])
def test_a_clock_that_ran_ahead_holds_no_scan(records: Records, ahead: timedelta) -> None:
    length = timedelta(minutes=1)
    scan = records.accept(begin(LISTING, IMAGES, NOW), IMAGES)
    assert records.lease(1, NOW + ahead, length) == (scan,)
    assert records.lease(1, NOW, length) == (scan,), "the clock was set right, and its lease counts for nothing"
    assert records.lease(1, NOW, length) == ()


def test_clocks_of_two_machines_may_differ_by_a_minute(records: Records) -> None:
    scan = records.accept(begin(LISTING, IMAGES, NOW), IMAGES)
    assert records.lease(1, NOW + CLOCKS_DIFFER, CLOCKS_DIFFER) == (scan,)
    assert records.lease(1, NOW, CLOCKS_DIFFER) == ()


def test_a_kept_image_that_was_altered_is_never_read_and_is_named(
    records: Records, registry: Registry, store: Store
) -> None:
    images = [UploadedImage(each.name, hashlib.sha256(each.data).hexdigest(), each.data) for each in IMAGES]
    scan = records.accept(begin(LISTING, images, NOW), images)
    assert records.image(scan, 1) == IMAGES[1].data
    assert list(file_faults(registry.database, store)) == []
    store.upload_path(scan.scan_id, 1).write_bytes(b"bytes of c")
    with pytest.raises(FileAltered):
        records.image(scan, 1)
    (fault,) = file_faults(registry.database, store)
    assert f"image 2 of scan {scan.scan_id}" in fault
