"""A notice of a rights holder opens a case in any event; how often a notifier was right outlives the cases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from brand_index.errors import InvalidField
from brand_index.registry.database import Write
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence
from scanner.moderation.cases.cases import Case, Cases, Filters
from scanner.moderation.cases.labels import Found, found
from scanner.moderation.cases.notices import LONGEST_STATEMENT, NoticeSubmission, Notifier, list_notifiers, notice_on
from scanner.moderation.cases.suppressions import feedback_on, list_quarantines, precisions
from scanner.moderation.records.scans import Scan, ScanOutcome, UploadedImage, begin
from scanner.moderation.registry import open_registry
from scanner.moderation.store import Records
from scanner.verdicts.case_states import CaseState, Ground, grounds_for
from scanner.verdicts.precision import Method, Precision
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Reason, Verdict
from tests.scanner.moderation.test_cases import (
    COPY,
    DAY,
    LISTING,
    LOGO,
    PDQ,
    SUSPECTED,
    UNREADABLE,
    Desk,
    Shown,
)
from tests.scanner.verdicts.test_judgement import NOW, permit

NOTICE = NoticeSubmission("acme", ReferenceKind.LOGO, "Our badge, on goods that are not ours.")
OWNER = "key 1f (acme's)"
BOLT = replace(SUSPECTED, brand_id="bolt", reference_id="bolt-photo")


NUMBERS = count(1)  # of listings


@pytest.fixture
def desk(tmp_path: Path, address: str) -> Iterator[Desk]:
    store = Store(tmp_path)
    with open_registry(store, address) as registry:
        yield Desk(registry, Records(registry.database, store), Cases(registry.database))


def send_notice(
    desk: Desk,
    *evidence: Evidence,
    notice: NoticeSubmission = NOTICE,
    actor: str = OWNER,
    at: datetime = NOW,
    budget: int = 9,
) -> Case:
    """The case of a listing of its own that a notice is about, with this evidence."""
    listing = replace(LISTING, listing_id=f"L-{next(NUMBERS)}")
    scan = desk.scan(Shown(evidence), listing=listing, notice=notice, actor=actor, at=at, budget=budget)
    return desk.case(scan.scan_id)


def dismiss(desk: Desk, case: Case, ground: Ground = Ground.NOT_THE_MARK) -> None:
    desk.decide(case, CaseState.DISMISSED, ground=ground)


def figures(desk: Desk, brand: str | None = None) -> list[tuple[str, int, int, int]]:
    return [
        (each.name, each.notices, each.precision.right, each.precision.decided)
        for each in list_notifiers(desk.registry.database, brand)
    ]


# The case


def test_a_listing_that_was_cleared_has_a_case_about_what_was_named(desk: Desk) -> None:
    case = send_notice(desk)
    assert (case.brand_id, case.kind) == ("acme", ReferenceKind.LOGO)
    assert (case.reference_id, case.confidence) == (None, None)
    assert (case.decision, case.reason, case.state) == (Decision.CLEAR, Reason.NO_MATCH, CaseState.OPEN)
    made = notice_on(desk.registry.database, case.case_id)
    assert made is not None
    assert (made.notifier, made.brand_id, made.kind, made.statement, made.at) == (
        OWNER,
        "acme",
        ReferenceKind.LOGO,
        NOTICE.statement,
        NOW,
    )
    assert desk.events("notice submitted") == [
        (case.case_id, {"brand_id": "acme", "kind": "logo", "statement": NOTICE.statement})
    ]


def test_an_authorized_match_is_not_what_the_case_is_about(desk: Desk) -> None:
    scan = desk.scan(Shown((LOGO,)), held=(permit(),), notice=replace(NOTICE, kind=ReferenceKind.PHOTO))
    case = desk.case(scan.scan_id)
    assert (case.reason, case.kind, case.reference_id) == (Reason.AUTHORIZED, ReferenceKind.PHOTO, None)


def test_a_listing_that_was_flagged_has_the_case_that_it_has_anyway(desk: Desk) -> None:
    case = send_notice(desk, COPY)
    plain = desk.flag(COPY)
    same, as_plain = (replace(each, case_id="", cluster="", listing_id="") for each in (case, plain))
    assert same == as_plain
    assert notice_on(desk.registry.database, case.case_id) is not None
    assert notice_on(desk.registry.database, plain.case_id) is None


def test_where_no_image_is_readable_the_case_is_about_the_brand_of_the_notice(desk: Desk) -> None:
    case = desk.case(desk.scan(UNREADABLE, notice=NOTICE).scan_id)
    assert (case.reason, case.brand_id, case.kind) == (Reason.UNREADABLE, "acme", ReferenceKind.LOGO)


def test_its_images_are_kept_though_it_was_cleared(desk: Desk) -> None:
    shown = Shown(sha256=sha256(b"bytes").hexdigest())
    noticed, other = desk.scan(shown, notice=NOTICE), desk.scan(shown)
    assert [desk.records.image(scan, 0) for scan in (noticed, other)] == [b"bytes", None]
    assert desk.records.scan(noticed.scan_id) == noticed
    assert noticed.images[0].kept


def test_nothing_is_recorded_of_a_notification_that_cannot_be_recorded_whole(desk: Desk) -> None:
    image = UploadedImage("a.jpg", "a" * 64, b"bytes")
    verdict = Verdict(LISTING, "a" * 64, Decision.CLEAR, Reason.NO_MATCH, (), (), (), 1, "policy", NOW)
    outcome = ScanOutcome((ScannedImage("a.jpg", verdict),), (PDQ,), Reason.NO_MATCH, Decision.CLEAR, "program-1")
    scan = begin(LISTING, [image], NOW)

    def fail(_: Write, __: Scan) -> None:
        assert False, "after the case was opened"  # noqa: B011, PT015 - it is to fail

    with pytest.raises(AssertionError, match="after the case"):
        desk.records.finish(scan, outcome, NOW, images=[image], notice=NOTICE, also=fail)
    assert desk.records.scan(scan.scan_id) is None
    assert desk.cases.case(scan.scan_id) is None
    assert notice_on(desk.registry.database, scan.scan_id) is None


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [("", "empty"), (" \n", "empty"), ("x" * (LONGEST_STATEMENT + 1), "2001 characters"), ("a\x00b", "control")],
)
def test_a_notice_that_says_nothing_or_too_much_is_refused(statement: str, complaint: str) -> None:
    with pytest.raises(InvalidField, match=complaint):
        NoticeSubmission("acme", ReferenceKind.LOGO, statement)


def test_the_longest_statement_may_have_several_lines() -> None:
    assert NoticeSubmission("acme", ReferenceKind.LOGO, "a\n\tb" + "x" * (LONGEST_STATEMENT - 4)).brand_id == "acme"


def test_a_retry_says_the_same_of_the_listing() -> None:
    asked = {begin(LISTING, [], NOW, besides=each).request_sha256 for each in ((), ("acme", "x"), ("acme", "y"))}
    assert len(asked) == 3


# What it does not teach


def test_what_a_rights_holder_chose_says_nothing_of_a_method_whatever_the_scan_saw(desk: Desk) -> None:
    database, logos = desk.registry.database, Method("acme", ReferenceKind.LOGO)
    dismiss(desk, send_notice(desk))
    desk.decide(send_notice(desk))
    desk.decide(send_notice(desk, LOGO))
    assert precisions(database).of == {}
    assert found(database, LOGO.reference_id) == Found(0, Precision(0, 0))
    dismiss(desk, desk.flag(LOGO))
    assert precisions(database).of == feedback_on(database, [LOGO], NOW).precision.of == {logos: Precision(0, 1)}
    assert purge(desk, NOW + DAY) == 4
    assert precisions(database).of == {logos: Precision(0, 1)}
    assert found(database, LOGO.reference_id) == Found(1, Precision(0, 1))


def test_a_case_that_a_notice_opened_is_decided_about_alone(desk: Desk) -> None:
    first, noticed, later = desk.flag(COPY), send_notice(desk, COPY), desk.flag(COPY)
    assert first.cluster == later.cluster == first.case_id
    assert noticed.cluster == noticed.case_id
    assert [case.case_id for case in desk.cases.of_cluster(noticed.cluster)] == [noticed.case_id]
    other = send_notice(desk, SUSPECTED)
    assert desk.flag(SUSPECTED).cluster != other.cluster


def test_what_a_rights_holder_asks_for_puts_no_reference_into_quarantine(desk: Desk) -> None:
    for _ in range(3):
        send_notice(desk, SUSPECTED, budget=2)
    desk.flag(SUSPECTED, budget=2)
    assert list_quarantines(desk.registry.database) == ()


# How often they were right


def test_a_notifier_is_right_where_people_found_what_was_named(desk: Desk) -> None:
    for ground in grounds_for(ReferenceKind.LOGO):
        dismiss(desk, send_notice(desk), ground)
    desk.decide(send_notice(desk))
    desk.decide(send_notice(desk), CaseState.ESCALATED)
    send_notice(desk)
    assert figures(desk) == [(OWNER, 8, 5, 6)]


def test_a_case_about_another_brand_makes_its_notifier_neither_right_nor_wrong(desk: Desk) -> None:
    desk.decide(send_notice(desk, BOLT))
    assert figures(desk) == [(OWNER, 1, 0, 0)]


def test_a_case_about_another_kind_of_the_brand_counts(desk: Desk) -> None:
    desk.decide(send_notice(desk, COPY))
    assert figures(desk) == [(OWNER, 1, 1, 1)]


def test_notifiers_are_distinguished_and_the_busiest_comes_first(desk: Desk) -> None:
    send_notice(desk, actor="user root", notice=replace(NOTICE, brand_id="bolt"))
    for notice in (NOTICE, replace(NOTICE, brand_id="bolt")):
        desk.decide(send_notice(desk, notice=notice))
    assert figures(desk) == [(OWNER, 2, 2, 2), ("user root", 1, 0, 0)]
    assert figures(desk, "bolt") == [(OWNER, 1, 1, 1), ("user root", 1, 0, 0)]
    assert figures(desk, "other") == []


@pytest.mark.parametrize(("right", "decided", "trusted"), [(39, 39, False), (40, 40, True), (38, 40, False)])
def test_who_is_upheld_often_enough_and_long_enough_is_trusted(right: int, decided: int, *, trusted: bool) -> None:
    assert Notifier("x", decided, Precision(right, decided)).is_trusted(0.9, 40) is trusted


def test_a_lower_bound_at_the_policys_is_enough() -> None:
    bound = Precision(40, 40).interval[0]
    assert Notifier("x", 40, Precision(40, 40)).is_trusted(bound, 40)
    assert not Notifier("x", 40, Precision(40, 40)).is_trusted(bound + 1e-9, 40)


# What outlives the cases


def purge(desk: Desk, at: datetime) -> int:
    return desk.records.purge(at, images=timedelta(0), verdicts=timedelta(0)).scans


def test_what_people_decided_counts_after_its_cases_are_gone(desk: Desk) -> None:
    database = desk.registry.database
    desk.decide(desk.flag(SUSPECTED))
    dismiss(desk, desk.flag(SUSPECTED))
    dismiss(desk, desk.flag(SUSPECTED), Ground.PARODY)
    desk.decide(desk.flag(BOLT))
    before = precisions(database).of
    assert before[Method("acme", ReferenceKind.PHOTO)] == Precision(2, 3)
    for round_ in (1, 2):
        assert purge(desk, NOW + round_ * DAY) == (4 if round_ == 1 else 1)
        assert desk.cases.number(Filters(state=None, brand_id="acme"), NOW) == 0
        right = 1 + round_
        assert precisions(database).of[Method("acme", ReferenceKind.PHOTO)] == Precision(right, right + 1)
        assert precisions(database).of[Method("bolt", ReferenceKind.PHOTO)] == Precision(1, 1)
        assert feedback_on(database, [BOLT], NOW).precision.of == {Method("bolt", ReferenceKind.PHOTO): Precision(1, 1)}
        assert found(database, SUSPECTED.reference_id) == Found(2 + round_, Precision(right, right + 1))
        desk.decide(desk.flag(SUSPECTED))


def test_cases_that_are_kept_and_those_that_are_gone_count_together(desk: Desk) -> None:
    desk.decide(desk.flag(SUSPECTED))
    purge(desk, NOW + DAY)
    dismiss(desk, desk.flag(SUSPECTED))
    desk.flag(SUSPECTED)
    assert precisions(desk.registry.database).of == {Method("acme", ReferenceKind.PHOTO): Precision(1, 2)}
    assert found(desk.registry.database, SUSPECTED.reference_id) == Found(3, Precision(1, 2))


def test_what_nobody_decided_is_neither_purged_nor_counted_twice(desk: Desk) -> None:
    for opened in (send_notice, Desk.flag):
        opened(desk, SUSPECTED)
        desk.decide(opened(desk, SUSPECTED), CaseState.ESCALATED)
    assert purge(desk, NOW + DAY) == 0
    assert found(desk.registry.database, SUSPECTED.reference_id) == Found(2, Precision(0, 0))
    assert figures(desk) == [(OWNER, 2, 0, 0)]


def test_a_notifiers_figures_outlive_the_cases(desk: Desk) -> None:
    desk.decide(send_notice(desk))
    dismiss(desk, send_notice(desk))
    desk.decide(send_notice(desk, BOLT))
    desk.decide(send_notice(desk, notice=replace(NOTICE, brand_id="bolt"), actor="user root"))
    before = figures(desk)
    assert before == [(OWNER, 3, 1, 2), ("user root", 1, 1, 1)]
    assert purge(desk, NOW + DAY) == 4
    assert figures(desk) == before
    assert figures(desk, "bolt") == [("user root", 1, 1, 1)]
    desk.decide(send_notice(desk))
    assert figures(desk)[0] == (OWNER, 4, 2, 3)


def test_a_reference_that_was_never_flagged_was_never_found(desk: Desk) -> None:
    desk.decide(desk.flag(SUSPECTED))
    assert found(desk.registry.database, "acme-photo-none") == Found(0, Precision(0, 0))
