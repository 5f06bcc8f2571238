"""Which images a case has, and what is looked at in each, also where its verdict does not say what counted."""

from dataclasses import replace

import pytest

from brand_index.types import ReferenceKind
from scanner.engine.stages import Stage
from scanner.engine.types import Evidence, FailedImage
from scanner.moderation.cases.cases import Case
from scanner.moderation.records.scans import ImageRecord, begin
from scanner.service.console.images import ListingImage, images_of
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.judgement import judge
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, leave, seen

OWN, STOLEN = seen(ReferenceKind.PHOTO, 1.0), seen(ReferenceKind.PHOTO, 0.96, "bolt")


def verdict(*evidence: Evidence, skipped: tuple[Stage, ...] = ()) -> Verdict:
    """Acme's photos may be shown, Bolt's may not."""
    held = [leave(brand_id="acme")]
    return judge(evidence, SELLER, held, POLICY, NOW, image_sha256="a" * 64, index_revision=1, skipped=skipped)


def of_case(*rows: Row | None, told: str | None = None, position: int = 0) -> tuple[ListingImage, ...]:
    """The images of a case that `told` tells, with these rows."""
    records = tuple(ImageRecord("a.jpg", "a" * 64, True, row) for row in rows)
    case = Case(
        case_id="case",
        position=position,
        brand_id=None,
        reference_id=told,
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
    )
    return images_of(replace(begin(SELLER, (), NOW), images=records), case)


def test_what_counted_is_looked_at_and_not_what_is_surer_and_has_leave() -> None:
    (image,) = of_case(ScannedImage("a.jpg", verdict(OWN, STOLEN)))
    assert (image.evidence, image.counted, image.flagged) == (STOLEN, (STOLEN,), True)


def test_of_an_older_verdict_what_tells_the_case_is_looked_at_and_elsewhere_the_surest() -> None:
    older = ScannedImage("a.jpg", replace(verdict(OWN, STOLEN), counted=()))
    images = of_case(older, older, told=STOLEN.reference_id, position=1)
    assert [image.evidence for image in images] == [OWN, STOLEN]


@pytest.mark.parametrize("skipped", [(), tuple(Stage)[:1]], ids=["no match", "incomplete"])
def test_where_the_verdict_rests_on_nothing_that_was_seen_nothing_is_looked_at(skipped: tuple[Stage, ...]) -> None:
    (image,) = of_case(ScannedImage("a.jpg", verdict(replace(STOLEN, confidence=0.3), skipped=skipped)))
    assert (image.evidence, image.flagged) == (None, bool(skipped))


def test_an_image_without_a_verdict_says_why() -> None:
    unread, unseen = of_case(FailedImage("a.jpg", "truncated_image", "breaks off"), None)
    assert (unread.place, unread.verdict, unread.evidence, unread.flagged) == (1, None, None, False)
    assert unread.reason == "This image could not be read: truncated image."
    assert unseen.reason == "This image was not scanned."
