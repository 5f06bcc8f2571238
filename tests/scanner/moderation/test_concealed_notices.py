"""What follows a decision on a concealed mark: notice, statement and appeal without a brand, and a suppression."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from brand_index.errors import InvalidField
from brand_index.registry.integrity import row_faults
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch
from scanner.moderation.cases.cases import Cases
from scanner.moderation.cases.suppressions import feedback_on, list_suppressions
from scanner.moderation.registry import open_registry
from scanner.moderation.rights_holder_view import HolderFilters, list_cases
from scanner.moderation.seller_notices.appeals import Appeals
from scanner.moderation.seller_notices.languages import LANGUAGES
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.queries import pending_appeals
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.seller_notices.types import AppealOutcome, SellerNotice, Track
from scanner.moderation.statements import Automation, StatementUnusable
from scanner.moderation.statements import Ground as Basis
from scanner.moderation.statements.reporting import statement_for
from scanner.moderation.store import Records
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.types import Decision, Listing, Reason
from tests.scanner.moderation.test_cases import COPY, LISTING, LOGO, PDQ, Desk, Shown, desk  # noqa: F401 - a fixture
from tests.scanner.moderation.test_seller_notices import (
    COMPLAINT,
    REMOVED,
    SECRET,
    SETTINGS,
    Office,
    office,  # noqa: F401 - a fixture
)
from tests.scanner.verdicts.test_judgement import NOW

CLAUSE = "section 4.2 of our terms"
PATCH = ConcealedPatch(Box(60, 20, 140, 80), 0, 0.87, size=(200, 100))
FAINT = replace(PATCH, box=Box(150, 20, 190, 80), confidence=0.35)
HIDDEN = Shown(concealed=(PATCH, FAINT))


@pytest.fixture
def marketplace(office: Office) -> Office:  # noqa: F811
    """An office whose terms forbid to conceal marks."""
    settings = SETTINGS.model_copy(update={"clause": CLAUSE})
    sending = SellerNotices(
        office.desk.registry, office.seller_notices.store, settings, Links(SECRET, "https://x.example/")
    )
    return Office(office.desk, sending, Appeals(sending))


def confirmed(office: Office, listing: Listing = LISTING) -> str:  # noqa: F811
    """The id of a confirmed case about a concealed mark."""
    case_id = office.desk.scan(HIDDEN, listing=listing).scan_id
    office.seller_notices.decide([case_id], "ann", CaseState.CONFIRMED, now=NOW)
    return case_id


def notified(office: Office, listing: Listing = LISTING) -> SellerNotice:  # noqa: F811
    return office.seller_notices.send(confirmed(office, listing), REMOVED, "ann", NOW)


def test_a_confirmation_notifies_the_seller_without_a_brand(marketplace: Office) -> None:
    sent = notified(marketplace)
    assert (sent.brand_id, sent.kind, sent.reference_id) == (None, None, None)
    assert (sent.reason, sent.confidence, sent.track) == (Reason.MARK_CONCEALED, PATCH.confidence, Track.TERMS)
    assert marketplace.points() == REMOVED.points


def test_without_a_clause_of_the_terms_nobody_is_notified(office: Office) -> None:  # noqa: F811
    with pytest.raises(InvalidField, match=r"not against a law: name their clause"):
        notified(office)


def test_a_case_that_was_only_not_examined_whole_notifies_nobody(marketplace: Office) -> None:
    case_id = marketplace.desk.scan(None).scan_id
    marketplace.seller_notices.decide([case_id], "ann", CaseState.CONFIRMED, now=NOW)
    with pytest.raises(InvalidField, match="it concerns no brand"):
        marketplace.seller_notices.send(case_id, REMOVED, "ann", NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_text_says_in_every_language_what_was_seen_and_names_no_brand(marketplace: Office, language: str) -> None:
    sent = notified(marketplace)
    said = marketplace.seller_notices.text_of(sent, language)
    whole = said.plain()
    assert CLAUSE in said.why
    assert re.search(r"87\s?%", said.evidence)
    assert sent.seller_notice_id in said.evidence, "it links to the image with the outlined patch"
    assert not re.search(r"None|\{|Acme", whole)
    assert len(said.options) == 3, "appeal, no upload, redress; no rights holder is asked"


def test_its_english_text(marketplace: Office) -> None:
    said = marketplace.seller_notices.text_of(notified(marketplace), "en")
    assert said.why == " ".join(
        (
            "An image of the listing shows goods on which a mark seems to be covered, blurred or painted over.",
            "The decision concerns our terms: a mark on goods must not be hidden in a listing, whoever owns it.",
            f"The decision is based on {CLAUSE}.",
        )
    )


def test_its_statement_of_reasons_rests_on_the_terms(marketplace: Office) -> None:
    made = statement_for(notified(marketplace), None, SECRET, ["DE"], CLAUSE)
    assert made is not None
    assert (made.decision_ground, made.incompatible_content_ground) == (Basis.INCOMPATIBLE, CLAUSE)
    assert made.illegal_content_legal_ground is None
    assert made.category_specification == frozenset(), "nobody knows which right, if any, is infringed"
    assert (made.automated_detection, made.automated_decision) == (True, Automation.PARTIALLY)
    assert made.decision_facts == (
        "An image of the listing shows goods on which a mark is covered, blurred or painted over. Software found it by "
        "looking for covered areas in the image. The software was 87 % sure. Software and a person decided together."
    )


def test_no_statement_of_reasons_claims_that_a_law_forbids_it(marketplace: Office) -> None:
    with pytest.raises(StatementUnusable, match="it is against no law"):
        statement_for(notified(marketplace), None, SECRET, ["DE"], None)


def test_an_appeal_is_decided_by_the_marketplace_alone(marketplace: Office) -> None:
    appeal = submit_appeal(marketplace.seller_notices, notified(marketplace).seller_notice_id, COMPLAINT, NOW)
    assert appeal.answer_by is None, "there is no rights holder to ask"
    marketplace.appeals.decide(appeal.appeal_id, AppealOutcome.UPHELD, "bob", NOW, note="A logo is under it.")
    assert pending_appeals(marketplace.desk.registry.database) == ()


def test_a_successful_appeal_takes_the_points_back(marketplace: Office) -> None:
    appeal = submit_appeal(marketplace.seller_notices, notified(marketplace).seller_notice_id, COMPLAINT, NOW)
    marketplace.appeals.decide(
        appeal.appeal_id, AppealOutcome.REVERSED, "bob", NOW, ground=Ground.NOT_THE_MARK, note="It is a face."
    )
    assert marketplace.points() == 0


def test_no_rights_holder_sees_it(marketplace: Office) -> None:
    appeal = submit_appeal(marketplace.seller_notices, notified(marketplace).seller_notice_id, COMPLAINT, NOW)
    database, brands = marketplace.desk.registry.database, frozenset({"acme"})
    assert list_cases(database, HolderFilters(brands)) == ()
    assert pending_appeals(database, brands=brands) == ()
    assert [each.appeal for each in pending_appeals(database)] == [appeal]


def dismissed(office: Office, scope: Scope) -> None:  # noqa: F811
    case_id = office.desk.scan(HIDDEN).scan_id
    office.seller_notices.decide(
        [case_id], "ann", CaseState.DISMISSED, ground=Ground.NOT_THE_MARK, suppress=scope, now=NOW
    )


def decided_again(office: Office, shown: Shown) -> Decision | None:  # noqa: F811
    """The decision on an image, with all that reviewers said of patches before."""
    lessons = feedback_on(office.desk.registry.database, (), NOW, patches_in=[shown.sha256])
    return office.desk.scan(shown, lessons=lessons).decision


def test_a_dismissed_patch_is_not_asked_about_again_in_the_same_image(marketplace: Office) -> None:
    dismissed(marketplace, Scope.PAIR)
    assert decided_again(marketplace, HIDDEN) is Decision.CLEAR


def test_a_dismissal_covers_the_fainter_patches_that_the_reviewer_saw_with_it(marketplace: Office) -> None:
    dismissed(marketplace, Scope.PAIR)
    assert decided_again(marketplace, replace(HIDDEN, concealed=(FAINT,))) is Decision.CLEAR


def test_a_dismissal_in_one_image_leaves_others_like_it(marketplace: Office) -> None:
    dismissed(marketplace, Scope.PAIR)
    assert decided_again(marketplace, replace(HIDDEN, sha256="b" * 64)) is Decision.REVIEW


def test_a_dismissal_in_similar_images_covers_a_smaller_copy(marketplace: Office) -> None:
    dismissed(marketplace, Scope.CLUSTER)
    copy = Shown((), PDQ[:-1] + "e", "b" * 64, concealed=(PATCH.scaled(0.5, 0.5),))
    assert decided_again(marketplace, copy) is Decision.CLEAR


def test_a_seller_may_not_conceal_marks_everywhere(marketplace: Office) -> None:
    with pytest.raises(InvalidField, match="nobody may conceal marks everywhere"):
        dismissed(marketplace, Scope.SELLER)
    assert list_suppressions(marketplace.desk.registry.database, NOW) == ()


def test_undoing_the_dismissal_asks_about_the_patch_again(marketplace: Office) -> None:
    case_id = marketplace.desk.scan(HIDDEN).scan_id
    (made,) = marketplace.seller_notices.decide(
        [case_id], "ann", CaseState.DISMISSED, ground=Ground.NOT_THE_MARK, suppress=Scope.PAIR, now=NOW
    )
    marketplace.seller_notices.undo(made.decision_id, "ann", NOW + timedelta(minutes=1))
    assert decided_again(marketplace, HIDDEN) is Decision.REVIEW


def test_a_case_about_a_match_beside_a_patch_suppresses_the_match_alone(marketplace: Office) -> None:
    beside = replace(LOGO, box=Box(0, 0, 20, 20))
    case = marketplace.desk.flag(beside)
    marketplace.seller_notices.decide(
        [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.NOT_THE_MARK, suppress=Scope.PAIR, now=NOW
    )
    (made,) = list_suppressions(marketplace.desk.registry.database, NOW)
    assert (made.reference_id, made.places) == (beside.reference_id, None)


def test_a_store_of_before_notices_without_a_brand_is_migrated_and_its_seals_still_hold(
    marketplace: Office, address: str, tmp_path: Path
) -> None:
    sent = marketplace.notified(COPY)
    engine = create_engine(address)
    with engine.begin() as connection:
        for statement in (
            "ALTER TABLE seller_notices DROP COLUMN brand_id",
            "ALTER TABLE seller_notices DROP COLUMN kind",
            "ALTER TABLE seller_notices ADD COLUMN brand_id TEXT NOT NULL DEFAULT 'acme'",
            "ALTER TABLE seller_notices ADD COLUMN kind TEXT NOT NULL DEFAULT 'photo'",
            "DROP INDEX suppressions_by_subject",
            "ALTER TABLE suppressions DROP COLUMN places",
            *("DROP TABLE image_descriptions", "DROP TABLE look_backs", "DROP TABLE photo_sightings"),
            "DROP TABLE leases",
            *("DROP INDEX scans_by_rejudged", "ALTER TABLE scans DROP COLUMN rejudges"),
            "ALTER TABLE seller_notices DROP COLUMN first_seen",
            "ALTER TABLE seller_notices DROP COLUMN first_seen_day",
            "DELETE FROM component_migrations WHERE component = 'moderation' AND number >= 6",
        ):
            connection.execute(text(statement))
    engine.dispose()
    with open_registry(Store(tmp_path), address) as registry:
        again = SellerNotices(registry, Store(tmp_path), marketplace.seller_notices.settings, Links(SECRET, None))
        assert again.seller_notice(sent.seller_notice_id) == sent
        assert sent.kind is ReferenceKind.PHOTO
        with registry.database.read() as connection:
            faults = {fault.table for fault in row_faults(connection)}
            assert faults <= {"photo_sightings"}  # which the store of before did not have
        reopened = Desk(registry, Records(registry.database, Store(tmp_path)), Cases(registry.database))
        assert notified(Office(reopened, again, Appeals(again))).brand_id is None
