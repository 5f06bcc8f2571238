"""Who showed a photo first is said as it is, and a seller who did is not blocked without a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import Policy, read_policy
from scanner.verdicts.rows import ScannedImage, from_json, to_json
from scanner.verdicts.sentences.about_sellers import first_seen_sentences
from scanner.verdicts.types import Decision, First, FirstSeen, Listing, Reason, Verdict
from tests.scanner.verdicts.test_judgement import an_item

REGISTERED = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE, AFTER = REGISTERED - timedelta(days=20), REGISTERED + timedelta(days=20)
NOW = REGISTERED + timedelta(days=60)
PHOTO = "acme-photo-1"
LISTING = Listing(listing_id="L-1", seller_id="S1")
NEVER = FirstSeen(PHOTO, REGISTERED, None, None, None, None)
POLICY = read_policy()


def copied(*, unverified: bool = False) -> Evidence:
    return replace(an_item(ReferenceKind.PHOTO, 0.99), reference_id=PHOTO, unverified=unverified)


def judged(seen: FirstSeen, policy: Policy = POLICY, item: Evidence | None = None) -> Verdict:
    evidence = (item or copied(),)
    known = {PHOTO: seen}
    return judge(evidence, LISTING, (), policy, NOW, image_sha256="0" * 64, index_revision=1, first_seen=known)


def test_a_photo_that_no_listing_showed_before_is_blocked() -> None:
    assert judged(NEVER).decision is Decision.BLOCK


def test_a_photo_that_this_seller_showed_before_it_was_registered_is_reviewed() -> None:
    verdict = judged(replace(NEVER, own_at=BEFORE))
    assert (verdict.decision, verdict.reason) == (Decision.REVIEW, Reason.PHOTO_COPIED)


@pytest.mark.parametrize("seen", [replace(NEVER, own_at=AFTER), replace(NEVER, seen_at=BEFORE, seller_id="S2")])
def test_later_listings_and_those_of_others_are_no_excuse(seen: FirstSeen) -> None:
    assert judged(seen).decision is Decision.BLOCK


def test_the_policy_may_say_otherwise() -> None:
    strict = replace(POLICY, automatic=replace(POLICY.automatic, older_listing_reviews=False))
    assert judged(replace(NEVER, own_at=BEFORE), strict).decision is Decision.BLOCK


def test_what_is_only_likely_is_reviewed_as_suspected() -> None:
    verdict = judged(NEVER, item=copied(unverified=True))
    assert (verdict.decision, verdict.reason) == (Decision.REVIEW, Reason.PHOTO_SUSPECTED)


def test_it_comes_back_from_a_row() -> None:
    verdict = judged(replace(NEVER, seen_at=BEFORE, seller_id="S2", listing_id="L-0", own_at=AFTER))
    row = from_json(to_json(ScannedImage("a.jpg", verdict)))
    assert isinstance(row, ScannedImage)
    assert row.verdict.first_seen == verdict.first_seen != ()


@pytest.mark.parametrize(
    ("seen", "first", "at"),
    [
        (NEVER, First.REFERENCE, REGISTERED),
        (replace(NEVER, seen_at=AFTER, seller_id="S2"), First.REFERENCE, REGISTERED),
        (replace(NEVER, seen_at=BEFORE, seller_id="S2"), First.OTHER, BEFORE),
        (replace(NEVER, seen_at=BEFORE, seller_id="S1", own_at=BEFORE), First.OWN, BEFORE),
        (replace(NEVER, seen_at=BEFORE, seller_id="S2", own_at=AFTER), First.OTHER, BEFORE),
    ],
)
def test_the_earliest_is_first(seen: FirstSeen, first: First, at: datetime) -> None:
    assert (seen.first, seen.first_at) == (first, at)


def test_the_listing_that_is_judged_counts_if_it_was_scanned_before() -> None:
    known = NEVER.with_listing("S1", "L-1", BEFORE)
    assert (known.first, known.own_is_older) == (First.OWN, True)


def test_an_earlier_listing_of_another_stays_the_first() -> None:
    earlier = replace(NEVER, seen_at=BEFORE - timedelta(days=1), seller_id="S2", listing_id="L-0")
    known = earlier.with_listing("S1", "L-1", BEFORE)
    assert (known.seller_id, known.own_at) == ("S2", BEFORE)


def test_a_reviewer_reads_who_was_first() -> None:
    seen = replace(NEVER, seen_at=BEFORE, seller_id="S1", listing_id="L-0", own_at=BEFORE)
    assert list(first_seen_sentences(seen)) == [
        "The photo was registered on 2026-03-01.",
        "It was first seen on 2026-02-09 in listing L-0 of seller S1.",
        "This seller showed it on 2026-02-09, before it was registered: who made it?",
    ]
