"""The images of a case and the evidence shown for each, also for verdicts that do not say what counted."""

from dataclasses import replace

import pytest

from brand_index.types import ReferenceKind
from scanner.engine.stages import Stage
from scanner.engine.types import NO_PHOTO, Evidence, FailedImage, Shared
from scanner.moderation.cases.cases import Case
from scanner.moderation.records.scans import ImageRecord, begin
from scanner.service.console.cases.images import ListingImage, images_of
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.judgement import judge
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, an_item, permit

OWN, STOLEN = an_item(ReferenceKind.PHOTO, 1.0), an_item(ReferenceKind.PHOTO, 0.96, "bolt")


def verdict(*evidence: Evidence, skipped: tuple[Stage, ...] = ()) -> Verdict:
    """A verdict for a seller that may show Acme's photos, but not Bolt's."""
    held = [permit(brand_id="acme")]
    return judge(evidence, SELLER, held, POLICY, NOW, image_sha256="a" * 64, index_revision=1, skipped=skipped)


def of_case(*rows: Row | None, reference_id: str | None = None, position: int = 0) -> tuple[ListingImage, ...]:
    """The images of a case that this reference opened, with these rows."""
    records = tuple(ImageRecord("a.jpg", "a" * 64, True, row) for row in rows)
    case = Case(
        case_id="case",
        position=position,
        brand_id=None,
        reference_id=reference_id,
        kind=None,
        confidence=None,
        decision=Decision.REVIEW,
        reason=Reason.UNREADABLE,
        listing_id=None,
        seller_id=None,
        market=None,
        image_sha256="a" * 64,
        pdq=None,
        cluster="case",
        opened_at=NOW,
        state=CaseState.OPEN,
        ground=None,
        decided_at=None,
        leased_by=None,
        leased_until=None,
        assignee=None,
    )
    return images_of(replace(begin(SELLER, (), NOW), images=records), case)


def test_the_image_shows_the_evidence_that_counted_not_surer_authorized_evidence() -> None:
    (image,) = of_case(ScannedImage("a.jpg", verdict(OWN, STOLEN)))
    assert (image.evidence, image.counted, image.flagged) == (STOLEN, (STOLEN,), True)


def test_an_older_verdict_shows_the_reference_of_its_case_or_the_surest_evidence() -> None:
    older = ScannedImage("a.jpg", replace(verdict(OWN, STOLEN), counted=()))
    images = of_case(older, older, reference_id=STOLEN.reference_id, position=1)
    assert [image.evidence for image in images] == [OWN, STOLEN]


@pytest.mark.parametrize("skipped", [(), tuple(Stage)[:1]], ids=["no match", "incomplete"])
def test_where_the_verdict_rests_on_no_evidence_no_match_is_shown(skipped: tuple[Stage, ...]) -> None:
    (image,) = of_case(ScannedImage("a.jpg", verdict(replace(STOLEN, confidence=0.3), skipped=skipped)))
    assert (image.evidence, image.flagged) == (None, bool(skipped))


def test_what_is_merely_alike_is_shown_beside_the_match_and_is_none() -> None:
    alike = replace(OWN, reference_id="chart", confidence=0.02, photo=replace(NO_PHOTO, shared=Shared.TEMPLATE))
    (image,) = of_case(ScannedImage("a.jpg", verdict(STOLEN, alike)))
    assert (image.counted, image.alike) == ((STOLEN,), (alike,))


def test_an_image_without_a_verdict_says_why() -> None:
    unread, unseen = of_case(FailedImage("a.jpg", "truncated_image", "breaks off"), None)
    assert (unread.place, unread.verdict, unread.evidence, unread.flagged) == (1, None, None, False)
    assert unread.reason == "This image could not be read: truncated image."
    assert unseen.reason == "This image was not scanned."
