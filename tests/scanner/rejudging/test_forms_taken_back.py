"""Looking back where a mark has several forms: without one the others count, and nobody is asked twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.images import RGBImage
from brand_index.registration import MarkFields, register_reference
from brand_index.registration.registering import withdraw
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind, SourceRegion
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.suppressions import suppress
from scanner.moderation.records.past import rejudged_by
from scanner.moderation.records.scans import Scan
from scanner.moderation.registry import open_registry
from scanner.moderation.store import Records
from scanner.rejudging.looking_back import LookedBack, look_back
from scanner.settings import Settings
from scanner.verdicts.case_states import Scope
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict
from scanner.walk import ensure_index
from tests.conftest import ACME, describer, draw_logo, in_perspective, jpeg, png
from tests.scanner.rejudging.past_scans import scanned

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
CORNERS = ((60.0, 220.0), (330.0, 235.0), (325.0, 365.0), (62.0, 350.0))
REGION: SourceRegion = (60, 220, 330, 365)  # of the badge at CORNERS


def goods(ground: RGBImage) -> bytes:
    """A photo of something that shows the mark on a light badge, at an angle."""
    badge = draw_logo("ACME", (10, 80, 50), ground=(225, 220, 205, 255))
    return jpeg(in_perspective(badge, CORNERS, np.ascontiguousarray(ground[:400, :450])))


LISTED = goods(photographs.coffee())


class Place(NamedTuple):
    """A store with the artwork of one mark."""

    store: Store
    registry: Registry
    settings: Settings

    def form(self, image: bytes, region: SourceRegion | None) -> str:
        """Register a form of the mark, and give its id."""
        done = register_reference(
            self.registry,
            self.store,
            brand=ACME,
            kind=ReferenceKind.LOGO,
            image=image,
            describer=describer(),
            name="form.png",
            mark=MarkFields(name="sign"),
            region=region,
            now=datetime.now(UTC),
        )
        self.indexed()
        return done.reference.reference_id

    def withdraw(self, reference: str) -> None:
        withdraw(self.registry, reference, datetime.now(UTC))
        self.indexed()

    def indexed(self) -> None:
        ensure_index(self.store, self.registry, self.settings)

    def scanned(self, seller: str = "S1", *, kept: bool = True) -> Scan:
        return scanned(self.store, self.registry, self.settings, LISTED, seller=seller, kept=kept)

    def looked(self) -> LookedBack:
        return look_back(self.store, self.registry, self.settings, SINCE)

    def again(self, scan: Scan) -> Scan:
        """The scan that judges another again."""
        found = rejudged_by(self.registry.database, scan.scan_id)
        assert found is not None
        again = Records(self.registry.database, self.store).scan(found.scan_id)
        assert again is not None
        return again

    def has_case(self, scan: Scan) -> bool:
        return Cases(self.registry.database).case(scan.scan_id) is not None


def verdict_of(scan: Scan) -> Verdict:
    row = scan.images[0].row
    assert isinstance(row, ScannedImage)
    return row.verdict


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Iterator[Place]:
    store = Store(tmp_path)
    with open_registry(store) as registry:
        made = Place(store, registry, settings)
        made.form(png(draw_logo("ACME", (10, 80, 50))), None)
        yield made


def test_where_a_form_is_withdrawn_a_listing_stays_flagged_by_the_artwork_and_is_not_asked_about_again(
    place: Place,
) -> None:
    form = place.form(LISTED, REGION)
    before = place.scanned()
    place.withdraw(form)
    done = place.looked()
    again = place.again(before)
    assert verdict_of(before).counted == (form,)
    assert (again.decision, again.reason) == (Decision.REVIEW, before.reason)
    assert form not in {item.reference_id for item in verdict_of(again).evidence}
    assert (done.verified, place.has_case(before), place.has_case(again)) == (1, True, False)
    assert place.looked().changes == []


def test_where_the_image_is_gone_the_artwork_is_looked_for_in_what_is_left_of_it(place: Place) -> None:
    form = place.form(LISTED, REGION)
    before = place.scanned()
    place.store.upload_path(before.scan_id, 0).unlink()
    place.withdraw(form)
    place.looked()
    again = place.again(before)
    assert again.decision is Decision.REVIEW
    assert [item.unverified for item in verdict_of(again).counted_evidence] == [True]


def test_a_listing_without_another_form_is_cleared(place: Place) -> None:
    before = place.scanned()
    (artwork,) = place.registry.references()
    place.withdraw(artwork.reference_id)
    place.looked()
    assert place.again(before).decision is Decision.CLEAR


def test_another_form_of_a_mark_that_was_found_asks_nobody_again(place: Place) -> None:
    before = place.scanned()
    place.form(LISTED, REGION)
    assert place.looked().changes == []
    assert rejudged_by(place.registry.database, before.scan_id) is None


def test_what_was_suppressed_of_a_mark_stays_so_when_it_gets_another_form(place: Place) -> None:
    before = place.scanned()
    case = Cases(place.registry.database).case(before.scan_id)
    assert case is not None
    suppress(place.registry.database, case, Scope.PAIR, "ann", datetime.now(UTC))
    place.looked()
    place.form(LISTED, REGION)
    place.looked()
    assert (place.again(before).decision, place.again(before).reason) == (Decision.CLEAR, Reason.SUPPRESSED)
    assert rejudged_by(place.registry.database, place.again(before).scan_id) is None


def test_a_form_that_is_withdrawn_while_looking_back_opens_no_case_from_then_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.withdraw(place.registry.references()[0].reference_id)
    before = place.scanned(kept=False)
    form = place.form(LISTED, REGION)
    found = Records.scan

    def scan(records: Records, scan_id: str) -> Scan | None:
        monkeypatch.undo()
        place.withdraw(form)
        return found(records, scan_id)

    monkeypatch.setattr(Records, "scan", scan)
    assert place.looked().changes == []
    assert before.decision is Decision.CLEAR
    assert rejudged_by(place.registry.database, before.scan_id) is None
