"""Looking back finds past listings of new references, mostly without their images, and judges all by what holds now."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.compact import compact_recipe
from brand_index.registration import authorize
from brand_index.registration.authorizing import revoke
from brand_index.registration.registering import withdraw
from brand_index.registration.words import register_word
from brand_index.registry import Registry
from brand_index.registry.editing import reinstate_all
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.types import LeftDescription
from scanner.moderation.cases.cases import Cases
from scanner.moderation.records.past import descriptions_of, last_look_back, rejudged_by
from scanner.moderation.records.tables import image_descriptions
from scanner.moderation.registry import open_registry
from scanner.moderation.store import Records
from scanner.rejudging.looking_back import Change, LookedBack, is_due, look_back
from scanner.settings import Settings
from scanner.verdicts.policy import DEFAULT_POLICY
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Reason
from scanner.verdicts.words import basis
from scanner.walk import ensure_index
from tests.conftest import ACME, draw_logo, filled, jpeg, png
from tests.scanner.rejudging.past_scans import LONG_AGO, models, register, scanned

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
COFFEE = jpeg(photographs.coffee(), 92)
COPY = jpeg(np.asarray(photographs.coffee(), np.uint8)[20:380, 40:560], 80)
ROCKET = jpeg(photographs.rocket(), 85)


@pytest.fixture
def registry(store: Store, settings: Settings) -> Iterator[Registry]:
    """Of a store in which Acme holds a logo and nothing else."""
    filled(store, settings, (ACME, ReferenceKind.LOGO, png(draw_logo("ACME", (200, 30, 40))), "acme.png"))
    with open_registry(store) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def looked(
    store: Store, registry: Registry, settings: Settings, *, record: bool = True, everything: bool = True
) -> LookedBack:
    return look_back(store, registry, settings, SINCE, record=record, everything=everything)


def verdict_of(registry: Registry, store: Store, scan_id: str) -> ScannedImage:
    scan = Records(registry.database, store).scan(scan_id)
    assert scan is not None
    row = scan.images[0].row
    assert isinstance(row, ScannedImage)
    return row


def test_a_photo_that_is_registered_later_is_found_in_a_listing_whose_image_is_gone(
    store: Store, registry: Registry, settings: Settings
) -> None:
    before = scanned(store, registry, settings, COPY)
    reference = register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    (change,) = looked(store, registry, settings).changes
    row = verdict_of(registry, store, change.scan_id)
    assert (before.decision, row.verdict.decision) == (Decision.CLEAR, Decision.REVIEW)
    assert row.verdict.counted == (reference,)
    assert row.verdict.reason is Reason.PHOTO_SUSPECTED
    assert basis(row.verdict.evidence[0]).startswith("Likely, image no longer kept")
    assert Cases(registry.database).case(change.scan_id) is not None
    again = rejudged_by(registry.database, before.scan_id)
    assert again is not None
    assert again.scan_id == change.scan_id


def test_where_the_image_is_kept_it_is_compared_and_yet_nothing_is_blocked(
    store: Store, registry: Registry, settings: Settings
) -> None:
    scanned(store, registry, settings, COPY, kept=True)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    done = looked(store, registry, settings)
    row = verdict_of(registry, store, done.changes[0].scan_id)
    assert done.verified == 1
    assert row.verdict.reason is Reason.PHOTO_COPIED
    assert row.verdict.decision is Decision.REVIEW
    assert not row.verdict.evidence[0].unverified
    assert row.verdict.first_seen[0].own_is_older


def test_what_is_too_unlikely_for_a_case_is_not_announced(store: Store, registry: Registry, settings: Settings) -> None:
    scanned(store, registry, settings, COPY)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    hard = suspecting_from(store, settings, photo_suspected=0.99)
    done = looked(store, registry, hard)
    assert (len(done.searched.likely), done.changes, done.likely) == (1, [], 0)


def suspecting_from(store: Store, settings: Settings, photo_suspected: float) -> Settings:
    """Settings with a policy that suspects a photo from another confidence on."""
    path = store.root / "policy.toml"
    text = DEFAULT_POLICY.read_text().replace("photo_suspected = 0.5", f"photo_suspected = {photo_suspected}")
    path.write_text(text.replace("photo_copied = 0.95", "photo_copied = 0.99"))
    return settings.model_copy(update={"policy": path})


def test_an_image_that_only_the_first_scan_kept_is_verified_and_kept_once_a_reference_is_reinstated(
    store: Store, registry: Registry, settings: Settings
) -> None:
    reference = register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    scanned(store, registry, settings, COPY)
    for _ in range(2):  # any depth
        withdraw(registry, reference, datetime.now(UTC))
        ensure_index(store, registry, settings)
        (cleared,) = looked(store, registry, settings).changes
        reinstate_all(registry.database, [reference], datetime.now(UTC))
        ensure_index(store, registry, settings)
        (change,) = looked(store, registry, settings).changes
        assert (cleared.again.decision, change.again.decision) == (Decision.CLEAR, Decision.REVIEW)
        assert_verified(store, registry, change)


def test_an_image_that_only_the_first_scan_kept_is_in_the_case_once_an_authorization_is_revoked(
    store: Store, registry: Registry, settings: Settings
) -> None:
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    scanned(store, registry, settings, COPY)
    permit(registry, store, "S1")
    looked(store, registry, settings)
    (given,) = registry.authorizations(seller_id="S1")
    revoke(registry, given.authorization_id, datetime.now(UTC))
    (change,) = looked(store, registry, settings).changes
    assert change.again.decision is Decision.REVIEW
    assert_verified(store, registry, change)


def assert_verified(store: Store, registry: Registry, change: Change) -> None:
    """That a case rests on a comparison of images, and keeps the image."""
    records = Records(registry.database, store)
    scan = records.scan(change.scan_id)
    assert scan is not None
    assert (change.again.is_likely, scan.images[0].kept) == (False, True)
    assert records.image(scan, 0) == COPY


def test_what_was_likely_stays_likely_through_an_authorization_and_its_end(
    store: Store, registry: Registry, settings: Settings
) -> None:
    scanned(store, registry, settings, COPY)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    looked(store, registry, settings)
    permit(registry, store, "S1")
    cleared = looked(store, registry, settings)
    (given,) = registry.authorizations(seller_id="S1")
    revoke(registry, given.authorization_id, datetime.now(UTC))
    flagged = looked(store, registry, settings)
    assert (cleared.likely, flagged.likely) == (0, 1)
    assert flagged.changes[0].again.is_likely


def test_other_listings_stay_as_they_are(store: Store, registry: Registry, settings: Settings) -> None:
    scanned(store, registry, settings, ROCKET)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    done = looked(store, registry, settings)
    assert (done.searched.images, done.changes) == (1, [])


def test_an_authorization_clears_a_past_listing(store: Store, registry: Registry, settings: Settings) -> None:
    reference = register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    scanned(store, registry, settings, COPY)
    assert reference
    permit(registry, store, "S1")
    (change,) = looked(store, registry, settings).changes
    assert (change.again.before.decision, change.again.decision) == (Decision.BLOCK, Decision.CLEAR)
    assert change.again.reason is Reason.AUTHORIZED


def permit(registry: Registry, store: Store, seller: str) -> None:
    authorize(
        registry,
        store,
        brand="acme",
        seller_id=seller,
        kinds=(ReferenceKind.PHOTO,),
        first_day=date(2025, 1, 1),
        now=datetime.now(UTC),
    )


def test_a_withdrawn_reference_no_longer_counts(store: Store, registry: Registry, settings: Settings) -> None:
    reference = register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    scanned(store, registry, settings, COPY)
    withdraw(registry, reference, datetime.now(UTC))
    ensure_index(store, registry, settings)
    (change,) = looked(store, registry, settings).changes
    assert change.again.decision is Decision.CLEAR


def test_a_word_that_is_registered_later_is_found_in_a_title(
    store: Store, registry: Registry, settings: Settings
) -> None:
    scanned(store, registry, settings, ROCKET, title="Original Zanthor jacket")
    register_word(registry, store=store, brand=ACME, word="Zanthor", now=datetime.now(UTC))
    ensure_index(store, registry, settings)
    (change,) = looked(store, registry, settings).changes
    assert change.again.reason is Reason.WORD_IN_TEXT


def test_a_second_run_changes_nothing(store: Store, registry: Registry, settings: Settings) -> None:
    scanned(store, registry, settings, COPY)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    looked(store, registry, settings)
    assert looked(store, registry, settings, everything=False).changes == []
    assert looked(store, registry, settings).changes == []


def test_a_dry_run_records_nothing(store: Store, registry: Registry, settings: Settings) -> None:
    before = scanned(store, registry, settings, COPY)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    assert len(looked(store, registry, settings, record=False).changes) == 1
    assert rejudged_by(registry.database, before.scan_id) is None
    assert last_look_back(registry.database) is None


def test_it_is_due_once_something_changed(store: Store, registry: Registry, settings: Settings) -> None:
    scanned(store, registry, settings, ROCKET)
    looked(store, registry, settings)
    assert not is_due(registry, settings, registry.references_revision())
    permit(registry, store, "S1")
    assert is_due(registry, settings, registry.references_revision())


def test_descriptions_of_another_recipe_are_not_compared(store: Store, registry: Registry, settings: Settings) -> None:
    scan = scanned(store, registry, settings, COPY)
    (left,) = descriptions_of(registry.database, scan.scan_id).values()
    with registry.database.write(LONG_AGO) as write:
        write.update(image_descriptions, image_descriptions.c.scan_id == scan.scan_id, {"recipe": "compact-0"})
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    done = looked(store, registry, settings)
    assert isinstance(left, LeftDescription)
    assert (done.searched.other_recipe, done.searched.images, done.changes) == (1, 0, [])


def test_descriptions_of_the_first_version_are_compared(store: Store, registry: Registry, settings: Settings) -> None:
    scan = scanned(store, registry, settings, COPY)
    first = {"recipe": compact_recipe(models()[0], 1)}
    with registry.database.write(LONG_AGO) as write:
        write.update(image_descriptions, image_descriptions.c.scan_id == scan.scan_id, first)
    register(registry, store, settings, ReferenceKind.PHOTO, COFFEE)
    done = looked(store, registry, settings)
    assert (done.searched.other_recipe, done.searched.images, len(done.changes)) == (0, 1, 1)


def test_descriptions_are_purged_with_their_scan(store: Store, registry: Registry, settings: Settings) -> None:
    scan = scanned(store, registry, settings, ROCKET)
    Records(registry.database, store).purge(
        LONG_AGO + timedelta(days=3), images=timedelta(days=1), verdicts=timedelta(days=1)
    )
    assert descriptions_of(registry.database, scan.scan_id) == {}


def test_the_setting_forbids_descriptions(store: Store, registry: Registry, settings: Settings) -> None:
    without = settings.model_copy(update={"descriptions": False})
    scan = scanned(store, registry, without, ROCKET)
    assert descriptions_of(registry.database, scan.scan_id) == {}
