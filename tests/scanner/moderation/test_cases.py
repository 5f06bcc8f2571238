"""Cases are opened, held by one person at a time, decided and undone; what comes of it lasts as long as was said."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Authorization, ReferenceKind
from scanner.engine.stages import Stage
from scanner.engine.types import ConcealedPatch, Evidence, FailedImage
from scanner.moderation.cases.cases import LEASE, Case, Cases, Filters, Order
from scanner.moderation.cases.decisions import LONGEST_NOTE, CaseTaken, decide, decisions_on, last_of, undo
from scanner.moderation.cases.labels import spread_of
from scanner.moderation.cases.notices import NoticeSubmission
from scanner.moderation.cases.suppressions import (
    end_quarantine,
    end_suppression,
    feedback_on,
    list_quarantines,
    list_suppressions,
    precisions,
    suppress,
)
from scanner.moderation.records.scans import Scan, ScanOutcome, UploadedImage, begin
from scanner.moderation.registry import open_registry
from scanner.moderation.store import Records
from scanner.verdicts.case_states import CaseState, Ground, Scope, grounds_for
from scanner.verdicts.feedback import ALIKE, NO_FEEDBACK, ReviewFeedback
from scanner.verdicts.judgement import judge, judge_listing
from scanner.verdicts.policy import Policy
from scanner.verdicts.precision import PERIOD, Method, Precision, Spread
from scanner.verdicts.rows import Row, ScannedImage
from scanner.verdicts.types import Decision, Listing, Reason
from tests.scanner.verdicts.test_judgement import NOW, POLICY, an_item, permit

MINUTE, DAY, MOMENT = timedelta(minutes=1), timedelta(days=1), timedelta(microseconds=1)
LISTING = Listing(listing_id="L-1", seller_id="S1", market="DE")
COPY, LOGO = an_item(ReferenceKind.PHOTO, 0.99), an_item(ReferenceKind.LOGO, 0.9)
SUSPECTED = an_item(ReferenceKind.PHOTO, 0.7)
PDQ = "0f" * 32
PEOPLE = ("ann", "bob")
EVERY = Filters(state=None)
of_a_database = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Shown:
    """An image that was looked at, and what was seen in it."""

    evidence: tuple[Evidence, ...] = ()
    pdq: str | None = PDQ
    sha256: str = "a" * 64
    skipped: tuple[Stage, ...] = ()
    concealed: tuple[ConcealedPatch, ...] = ()


UNREADABLE = None


@dataclass(frozen=True)
class Desk:
    """A store, and the cases in it."""

    registry: Registry
    records: Records
    cases: Cases

    def scan(
        self,
        *looks: Shown | None,
        listing: Listing = LISTING,
        at: datetime = NOW,
        held: tuple[Authorization, ...] = (),
        policy: Policy = POLICY,
        lessons: ReviewFeedback = NO_FEEDBACK,
        budget: int | None = None,
        notice: NoticeSubmission | None = None,
        actor: str = "local",
    ) -> Scan:
        """A scan of these images, judged and recorded."""
        images, rows = [], list[Row]()
        for place, look in enumerate(looks):
            name = f"{place}.jpg"
            images.append(UploadedImage(name, "e" * 64 if look is None else look.sha256, b"bytes"))
            if look is None:
                rows.append(FailedImage(name, "not_an_image", "no", "e" * 64))
                continue
            verdict = judge(
                look.evidence,
                listing,
                held,
                policy,
                at,
                image_sha256=look.sha256,
                index_revision=1,
                skipped=look.skipped,
                pdq=look.pdq,
                feedback=lessons,
                concealed=look.concealed,
            )
            rows.append(ScannedImage(name, verdict))
        verdicts = [row.verdict for row in rows if isinstance(row, ScannedImage)]
        reason, decision = judge_listing(verdicts, policy, unread=len(rows) - len(verdicts))
        hashes = tuple(None if look is None else look.pdq for look in looks)
        outcome = ScanOutcome(tuple(rows), hashes, reason, decision, "program-1")
        return self.records.acting(actor).finish(
            begin(listing, images, at), outcome, at, images=images, reviews_a_day=budget, notice=notice
        )

    def flag(
        self,
        *evidence: Evidence,
        pdq: str | None = PDQ,
        sha256: str = "a" * 64,
        listing: Listing = LISTING,
        at: datetime = NOW,
        budget: int | None = None,
    ) -> Case:
        """The case of an image in which this was seen, a suspected photo unless something else is named."""
        look = Shown(evidence or (SUSPECTED,), pdq, sha256)
        return self.case(self.scan(look, listing=listing, at=at, budget=budget).scan_id)

    def case(self, case_id: str) -> Case:
        """As it is now."""
        found = self.cases.case(case_id)
        assert found is not None
        return found

    def decide(
        self,
        case: Case,
        state: CaseState = CaseState.CONFIRMED,
        *,
        ground: Ground | None = None,
        user: str = "ann",
        at: datetime = NOW,
    ) -> int:
        """The number of the decision."""
        (made,) = decide(self.registry.database, [case.case_id], user, state, ground=ground, now=at)
        return made.decision_id

    def found(self, filters: Filters, order: Order = Order.OLDEST, *, at: datetime = NOW) -> list[str]:
        """The ids of the cases that are asked for."""
        return [case.case_id for case in self.cases.found(filters, order, at)]

    def events(self, what: str) -> list[tuple[str, dict[str, object]]]:
        """Subject and details of all such events, the oldest first."""
        return [(event.subject, json.loads(event.details)) for event in self.registry.history() if event.what == what]


@pytest.fixture
def desk(tmp_path: Path, address: str) -> Iterator[Desk]:
    store = Store(tmp_path)
    with open_registry(store, address) as registry:
        yield Desk(registry, Records(registry.database, store), Cases(registry.database))


numbers = count(1)


def of_its_own(evidence: Evidence = SUSPECTED) -> Evidence:
    """The same of a brand that nothing else in the store is of."""
    brand = f"brand-{next(numbers)}"
    return replace(evidence, brand_id=brand, reference_id=f"{brand}-reference")


def turned(bits: int) -> str:
    """A PDQ hash that differs from PDQ in this many bits."""
    return f"{int(PDQ, 16) ^ ((1 << bits) - 1):064x}"


# Opening


def test_a_scan_that_is_clear_opens_no_case(desk: Desk) -> None:
    desk.scan(Shown())
    desk.scan(Shown((LOGO,)), held=(permit(),))
    assert desk.cases.number(EVERY, NOW) == 0


def test_a_scan_that_is_not_clear_opens_a_case_about_it(desk: Desk) -> None:
    scan = desk.scan(Shown((COPY,)))
    assert desk.cases.case(scan.scan_id) == Case(
        case_id=scan.scan_id,
        position=0,
        brand_id="acme",
        reference_id=COPY.reference_id,
        kind=ReferenceKind.PHOTO,
        confidence=0.99,
        decision=Decision.BLOCK,
        reason=Reason.PHOTO_COPIED,
        listing_id="L-1",
        seller_id="S1",
        market="DE",
        image_sha256="a" * 64,
        pdq=PDQ,
        cluster=scan.scan_id,
        opened_at=NOW,
        state=CaseState.OPEN,
        ground=None,
        decided_at=None,
        leased_by=None,
        leased_until=None,
        assignee=None,
    )


def test_an_accepted_scan_opens_its_case_when_it_is_done_and_not_before(desk: Desk) -> None:
    images = (UploadedImage("a.jpg", "a" * 64, b"bytes"),)
    scan = desk.records.accept(begin(LISTING, images, NOW), images)
    assert desk.cases.case(scan.scan_id) is None
    verdict = judge([COPY], LISTING, [], POLICY, NOW, image_sha256="a" * 64, index_revision=1)
    outcome = ScanOutcome((ScannedImage("a.jpg", verdict),), (PDQ,), verdict.reason, verdict.decision, "program-1")
    for _ in range(2):
        desk.records.finish(scan, outcome, NOW)
    assert desk.found(EVERY) == [scan.scan_id]


def test_there_is_no_case_of_an_unknown_scan(desk: Desk) -> None:
    assert desk.cases.case("none") is None


def test_a_case_is_about_the_image_that_is_judged_most_gravely(desk: Desk) -> None:
    copy, surer_logo = replace(COPY, confidence=0.96), replace(LOGO, confidence=1.0)
    scan = desk.scan(Shown(), Shown((surer_logo,), sha256="b" * 64), Shown((copy,), turned(99), "c" * 64))
    case = desk.case(scan.scan_id)
    assert (case.position, case.image_sha256, case.pdq) == (2, "c" * 64, turned(99))
    assert (case.reference_id, case.confidence, case.reason) == (COPY.reference_id, 0.96, Reason.PHOTO_COPIED)


def test_of_images_judged_alike_the_surest_represents_the_case(desk: Desk) -> None:
    scan = desk.scan(*(Shown((replace(SUSPECTED, confidence=each),)) for each in (0.6, 0.8, 0.7)))
    case = desk.case(scan.scan_id)
    assert (case.position, case.confidence) == (1, 0.8)


def test_of_images_with_one_reason_the_one_that_asks_for_most_represents_the_case(desk: Desk) -> None:
    plain, rich = replace(COPY, review_only=True, confidence=1.0), replace(COPY, confidence=0.96)
    case = desk.case(desk.scan(Shown((plain,)), Shown((rich,))).scan_id)
    assert (case.position, case.decision, case.confidence) == (1, Decision.BLOCK, 0.96)


@pytest.mark.parametrize("reason", [Reason.AUTHORIZED, Reason.SUPPRESSED])
def test_where_the_policy_asks_for_a_person_even_so_the_surest_represents_the_case(desk: Desk, reason: Reason) -> None:
    policy = replace(POLICY, decisions={**POLICY.decisions, reason: Decision.REVIEW})
    held = (permit(),) if reason is Reason.AUTHORIZED else ()
    quarantined = frozenset({COPY.reference_id, LOGO.reference_id}) if reason is Reason.SUPPRESSED else frozenset[str]()
    scan = desk.scan(Shown((LOGO, COPY)), policy=policy, held=held, lessons=ReviewFeedback(quarantined=quarantined))
    assert (desk.case(scan.scan_id).reason, desk.case(scan.scan_id).reference_id) == (reason, COPY.reference_id)


def test_of_what_was_seen_in_an_image_the_surest_represents_the_case(desk: Desk) -> None:
    other = replace(LOGO, brand_id="bolt", reference_id="surer", confidence=0.95)
    case = desk.flag(LOGO, other)
    assert (case.brand_id, case.reference_id, case.confidence) == ("bolt", "surer", 0.95)


def test_a_case_is_about_what_its_reason_names(desk: Desk) -> None:
    logo = replace(LOGO, confidence=1.0)
    scan = desk.scan(Shown((logo, COPY)), held=(permit(kinds=frozenset({ReferenceKind.LOGO})),))
    case = desk.case(scan.scan_id)
    assert (case.reason, case.kind, case.reference_id) == (Reason.PHOTO_COPIED, ReferenceKind.PHOTO, COPY.reference_id)


def test_a_case_is_about_what_is_unauthorized_and_not_what_is_surer_and_authorized(desk: Desk) -> None:
    other = replace(LOGO, brand_id="bolt", reference_id="bolt-logo", confidence=0.6)
    case = desk.case(desk.scan(Shown((LOGO, other)), held=(permit(brand_id=LOGO.brand_id),)).scan_id)
    assert (case.brand_id, case.reference_id, case.confidence) == ("bolt", "bolt-logo", 0.6)


def test_a_case_is_about_what_is_to_be_asked_about_and_not_what_is_surer_and_suppressed(desk: Desk) -> None:
    other = replace(LOGO, brand_id="bolt", reference_id="bolt-logo", confidence=0.6)
    lessons = ReviewFeedback(quarantined=frozenset({LOGO.reference_id}))
    case = desk.case(desk.scan(Shown((LOGO, other)), lessons=lessons).scan_id)
    assert (case.brand_id, case.reference_id) == ("bolt", "bolt-logo")


def test_of_images_that_ask_for_the_same_decision_the_one_with_the_named_reason_represents_the_case(desk: Desk) -> None:
    scan = desk.scan(Shown((replace(SUSPECTED, confidence=0.94),)), Shown((replace(LOGO, confidence=0.6),)))
    case = desk.case(scan.scan_id)
    assert (case.position, case.reason, case.kind) == (1, Reason.LOGO_UNAUTHORIZED, ReferenceKind.LOGO)


def test_a_case_of_an_unreadable_listing_has_no_brand(desk: Desk) -> None:
    case = desk.case(desk.scan(UNREADABLE).scan_id)
    assert (case.brand_id, case.reference_id, case.kind, case.confidence, case.pdq) == (None,) * 5
    assert (case.position, case.image_sha256, case.reason) == (0, "e" * 64, Reason.UNREADABLE)


def test_what_is_authorized_beside_an_unreadable_image_is_not_what_its_case_tells(desk: Desk) -> None:
    case = desk.case(desk.scan(Shown((LOGO,)), UNREADABLE, held=(permit(),)).scan_id)
    assert (case.reason, case.position, case.brand_id, case.pdq) == (Reason.UNREADABLE, 1, None, None)


def test_what_is_seen_beside_an_unreadable_image_represents_its_case(desk: Desk) -> None:
    case = desk.case(desk.scan(UNREADABLE, Shown((COPY,))).scan_id)
    assert (case.reason, case.position, case.brand_id) == (Reason.PHOTO_COPIED, 1, "acme")


def test_a_case_of_an_image_with_skipped_stages_has_no_brand(desk: Desk) -> None:
    scan = desk.scan(Shown((LOGO,), skipped=tuple(Stage)[:1]), held=(permit(),))
    case = desk.case(scan.scan_id)
    assert (case.reason, case.brand_id, case.confidence) == (Reason.INCOMPLETE, None, None)


# Which cases are asked for


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        (Filters(), [0, 1, 3]),
        (EVERY, [0, 1, 2, 3]),
        (Filters(state=CaseState.CONFIRMED), [2]),
        (Filters(state=None, brand_id="acme"), [0, 2]),
        (Filters(brand_id="acme"), [0]),
        (Filters(reason=Reason.PHOTO_COPIED), [0]),
        (Filters(state=None, market="FR"), [1, 2]),
        (Filters(state=None, seller_id="S2"), [2]),
        (Filters(state=None, older_than=DAY), [0, 1]),
        (Filters(state=None, older_than=2 * DAY), [0]),
        (Filters(state=None, brands=frozenset({"bolt", "acme"})), [0, 1, 2]),
        (Filters(state=None, brands=frozenset({"bolt"})), [1]),
        (Filters(state=None, brands=frozenset({"bolt"}), brand_id="acme"), []),
        (Filters(state=None, brands=frozenset()), []),
    ],
)
def test_cases_are_found_and_counted_by_what_is_asked_for(desk: Desk, filters: Filters, places: list[int]) -> None:
    bolt, french = replace(LOGO, brand_id="bolt", reference_id="bolt-logo"), replace(LISTING, market="FR")
    made = [
        desk.flag(COPY, at=NOW - 3 * DAY),
        desk.flag(bolt, at=NOW - 2 * DAY, listing=french),
        desk.flag(LOGO, at=NOW - DAY, listing=replace(french, seller_id="S2")),
        desk.case(desk.scan(UNREADABLE).scan_id),
    ]
    desk.decide(made[2])
    assert desk.found(filters) == [made[place].case_id for place in places]
    assert desk.cases.number(filters, NOW) == len(places)


def test_cases_of_a_cluster_are_found(desk: Desk) -> None:
    first, other, second = desk.flag(), desk.flag(pdq=turned(99)), desk.flag(at=NOW + DAY)
    assert desk.found(Filters(cluster=first.cluster)) == [first.case_id, second.case_id]
    assert desk.cases.of_cluster(first.cluster) == (first, second)
    assert desk.cases.of_cluster(other.cluster) == (other,)


def test_values_are_counted_the_most_first_and_then_by_name(desk: Desk) -> None:
    for brand in ("bolt", "cord", "acme", "bolt"):
        desk.flag(replace(SUSPECTED, brand_id=brand))
    desk.scan(UNREADABLE)
    desk.decide(desk.flag())
    assert desk.cases.counted("brand_id", Filters(), NOW) == (("bolt", 2), ("acme", 1), ("cord", 1))
    reasons = ((Reason.PHOTO_SUSPECTED.value, 4), (Reason.UNREADABLE.value, 1))
    assert desk.cases.counted("reason", Filters(), NOW) == reasons
    assert desk.cases.counted("market", Filters(brand_id="cord"), NOW) == (("DE", 1),)


@pytest.mark.parametrize(
    ("order", "places"), [(Order.SUREST, [1, 2, 0, 3]), (Order.OLDEST, [3, 1, 2, 0]), (Order.NEWEST, [0, 2, 1, 3])]
)
def test_cases_are_shown_in_the_order_asked_for(desk: Desk, order: Order, places: list[int]) -> None:
    made = [
        desk.flag(replace(SUSPECTED, confidence=0.6), at=NOW),
        desk.flag(replace(SUSPECTED, confidence=0.9), at=NOW - 2 * DAY),
        desk.flag(replace(SUSPECTED, confidence=0.9), at=NOW - DAY),
        desk.case(desk.scan(UNREADABLE, at=NOW - 3 * DAY).scan_id),
    ]
    assert desk.found(Filters(), order) == [made[place].case_id for place in places]


@pytest.mark.parametrize("order", Order)
def test_pages_hold_each_case_once_even_where_they_are_alike(desk: Desk, order: Order) -> None:
    made = {desk.flag().case_id for _ in range(7)}
    pages = [desk.cases.found(Filters(), order, NOW, first=first, count=3) for first in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert {case.case_id for page in pages for case in page} == made


def test_the_newest_cases_of_a_seller_and_of_a_brand_are_shown(desk: Desk) -> None:
    other = replace(LISTING, seller_id="S2")
    made = [desk.flag(at=NOW + place * DAY, listing=LISTING if place != 1 else other) for place in range(4)]
    desk.decide(made[3])
    stranger = desk.flag(of_its_own(), at=NOW + 9 * DAY, listing=other)

    def newest(count: int, **which: str) -> list[Case]:
        filters = Filters(state=None, seller_id=which.get("seller_id"), brand_id=which.get("brand_id"))
        return list(desk.cases.found(filters, Order.NEWEST, NOW, count=count))

    assert [case.case_id for case in newest(2, seller_id="S1")] == [made[3].case_id, made[2].case_id]
    assert [case.case_id for case in newest(3, brand_id="acme")] == [case.case_id for case in made[:0:-1]]
    assert newest(1, seller_id="S2") == [stranger]


# Who has a case in hand


def test_a_case_is_in_the_hands_of_one(desk: Desk) -> None:
    case = desk.flag()
    assert desk.cases.lease(case.case_id, "ann", NOW)
    assert not desk.cases.lease(case.case_id, "bob", NOW)
    assert desk.case(case.case_id) == replace(case, leased_by="ann", leased_until=NOW + LEASE)


def test_who_has_a_case_may_hold_it_longer(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW)
    assert desk.cases.lease(case.case_id, "ann", NOW + 10 * MINUTE)
    assert not desk.cases.lease(case.case_id, "bob", NOW + LEASE + 9 * MINUTE)


def test_a_case_is_free_again_once_its_time_is_over(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW)
    assert not desk.cases.lease(case.case_id, "bob", NOW + LEASE)
    assert desk.cases.lease(case.case_id, "bob", NOW + LEASE + MOMENT)


def test_a_case_is_held_for_as_long_as_was_asked_for(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW, DAY)
    assert desk.case(case.case_id).leased_until == NOW + DAY


def test_a_case_that_was_given_back_is_free(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW)
    desk.cases.release(case.case_id, "ann", NOW)
    assert desk.case(case.case_id) == case


def test_nobody_gives_back_what_another_has(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW)
    desk.cases.release(case.case_id, "bob", NOW)
    assert desk.case(case.case_id).leased_by == "ann"


def test_the_next_case_is_the_first_asked_for_that_nobody_else_has(desk: Desk) -> None:
    first, second = (desk.flag(at=NOW - days * DAY) for days in (2, 1))
    assert desk.cases.take_next(Filters(), Order.OLDEST, "ann", NOW) == first
    assert desk.cases.take_next(Filters(), Order.OLDEST, "bob", NOW) == second
    assert desk.cases.take_next(Filters(), Order.OLDEST, "cid", NOW) is None
    assert desk.case(first.case_id).leased_by == "ann"


def test_a_reviewer_who_takes_the_next_case_again_gets_the_same(desk: Desk) -> None:
    first, _ = (desk.flag(at=NOW - days * DAY) for days in (2, 1))
    desk.cases.take_next(Filters(), Order.OLDEST, "ann", NOW)
    again = desk.cases.take_next(Filters(), Order.OLDEST, "ann", NOW + MINUTE)
    assert again is not None
    assert again.case_id == first.case_id
    assert desk.case(first.case_id).leased_until == NOW + MINUTE + LEASE


def test_the_next_case_is_one_that_was_asked_for(desk: Desk) -> None:
    desk.flag(at=NOW - DAY)
    wanted = desk.flag(of_its_own())
    assert desk.cases.take_next(Filters(brand_id=wanted.brand_id), Order.OLDEST, "ann", NOW) == wanted


def test_a_case_whose_holders_time_is_over_is_next_again(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.take_next(Filters(), Order.OLDEST, "ann", NOW)
    later = desk.cases.take_next(Filters(), Order.OLDEST, "bob", NOW + LEASE + MOMENT)
    assert later is not None
    assert later.case_id == case.case_id


acts = st.sampled_from(["take", "take escalated", "give back", "confirm", "escalate", "undo", "wait"])


@of_a_database
@given(st.lists(st.tuples(st.sampled_from(PEOPLE), acts), min_size=4, max_size=14))
def test_in_any_interleaving_two_people_never_hold_the_same_case(desk: Desk, steps: list[tuple[str, str]]) -> None:
    evidence, now = of_its_own(), NOW
    for _ in range(2):
        desk.flag(evidence)
    hands: dict[str, tuple[str, datetime]] = {}  # what each person last took, and until when it is theirs
    for user, act in steps:
        now += LEASE if act == "wait" else MINUTE
        case_id = hands.get(user, ("", now))[0]
        if act.startswith("take"):
            state = CaseState.ESCALATED if act == "take escalated" else CaseState.OPEN
            case = desk.cases.take_next(Filters(state, brand_id=evidence.brand_id), Order.OLDEST, user, now)
            if case is not None:
                hands[user] = (case.case_id, now + LEASE)
        elif act == "give back":
            desk.cases.release(case_id, user, now)
            hands.pop(user, None)
        elif act == "undo" and (last := last_of(desk.registry.database, user)) is not None:
            try:
                undone = undo(desk.registry.database, last.decision_id, user, now).case_id
            except CaseTaken:
                continue
            if undone == case_id:
                del hands[user]
        elif act in ("confirm", "escalate") and case_id:
            state = CaseState.CONFIRMED if act == "confirm" else CaseState.ESCALATED
            try:
                desk.decide(desk.case(case_id), state, user=user, at=now)
            except CaseTaken:
                continue
            del hands[user]
        held = [case_id for case_id, until in hands.values() if until >= now]
        assert len(held) == len(set(held)), f"{hands} at {now}"


def test_people_who_take_cases_at_the_same_time_never_hold_the_same(desk: Desk) -> None:
    made = {desk.flag().case_id for _ in range(12)}
    taken: dict[str, list[str]] = {user: [] for user in ("ann", "bob", "cid")}
    together = threading.Barrier(len(taken))

    def work(user: str) -> None:
        together.wait()
        while case := desk.cases.take_next(Filters(), Order.SUREST, user, NOW):
            taken[user].append(case.case_id)
            desk.decide(case, user=user)

    threads = [threading.Thread(target=work, args=(user,)) for user in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(case_id for each in taken.values() for case_id in each) == sorted(made)


# Decisions


@pytest.mark.parametrize(
    ("state", "ground"),
    [
        (CaseState.CONFIRMED, None),
        (CaseState.ESCALATED, None),
        *((CaseState.DISMISSED, ground) for ground in grounds_for(ReferenceKind.PHOTO)),
    ],
)
def test_a_decision_is_kept_and_is_the_state_of_its_case(desk: Desk, state: CaseState, ground: Ground | None) -> None:
    case = desk.flag()
    made = decide(desk.registry.database, [case.case_id], "ann", state, ground=ground, note=" seen it\n", now=NOW + DAY)
    assert decisions_on(desk.registry.database, case.case_id) == made
    (made_once,) = made
    assert (made_once.state, made_once.ground, made_once.note) == (state, ground, "seen it")
    assert (made_once.user_id, made_once.at, made_once.before) == ("ann", NOW + DAY, CaseState.OPEN)
    assert (desk.case(case.case_id).state, desk.case(case.case_id).ground) == (state, ground)


def test_a_case_says_when_it_was_decided_and_an_escalated_one_is_not(desk: Desk) -> None:
    case = desk.flag()
    desk.decide(case, CaseState.ESCALATED, at=NOW + DAY)
    assert desk.case(case.case_id).decided_at is None
    desk.decide(case, at=NOW + 2 * DAY)
    assert desk.case(case.case_id).decided_at == NOW + 2 * DAY


def test_a_clock_that_ran_ahead_holds_no_case(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW + 30 * DAY)
    assert desk.cases.lease(case.case_id, "bob", NOW), "the clock was set right, and its lease counts for nothing"
    desk.cases.lease(case.case_id, "bob", NOW + 30 * DAY)
    taken = desk.cases.take_next(Filters(), Order.OLDEST, "cid", NOW)
    assert taken is not None
    desk.cases.lease(case.case_id, "cid", NOW + 30 * DAY)
    desk.decide(case, user="ann")
    assert desk.case(case.case_id).state is CaseState.CONFIRMED


def test_a_decision_needs_no_assignment(desk: Desk) -> None:
    case = desk.flag()
    desk.decide(case)
    assert desk.case(case.case_id).state is CaseState.CONFIRMED


def test_a_decision_gives_the_case_out_of_hand(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW)
    desk.decide(case, CaseState.ESCALATED)
    assert desk.cases.lease(case.case_id, "bob", NOW)


def test_nobody_decides_a_case_assigned_to_another(desk: Desk) -> None:
    case = desk.flag()
    desk.cases.lease(case.case_id, "ann", NOW)
    with pytest.raises(CaseTaken, match="ann"):
        desk.decide(case, user="bob", at=NOW + LEASE)
    assert desk.case(case.case_id).state is CaseState.OPEN
    desk.decide(case, user="bob", at=NOW + LEASE + MOMENT)
    assert desk.case(case.case_id).state is CaseState.CONFIRMED


@pytest.mark.parametrize(("state", "ground"), [(CaseState.CONFIRMED, None), (CaseState.DISMISSED, Ground.PARODY)])
def test_a_decided_case_is_refused_until_that_is_undone(desk: Desk, state: CaseState, ground: Ground | None) -> None:
    case = desk.flag()
    number = desk.decide(case, state, ground=ground)
    for wanted in (CaseState.CONFIRMED, CaseState.ESCALATED):
        with pytest.raises(CaseTaken, match=f"{state.value} already"):
            desk.decide(case, wanted)
    undo(desk.registry.database, number, "ann", NOW)
    desk.decide(case, CaseState.ESCALATED)
    assert desk.case(case.case_id).state is CaseState.ESCALATED


def test_an_escalated_case_can_still_be_decided_but_not_be_escalated_again(desk: Desk) -> None:
    case = desk.flag()
    desk.decide(case, CaseState.ESCALATED)
    with pytest.raises(CaseTaken, match="escalated already"):
        desk.decide(case, CaseState.ESCALATED)
    desk.decide(case, CaseState.DISMISSED, ground=Ground.PARODY)
    assert desk.case(case.case_id).state is CaseState.DISMISSED


@pytest.mark.parametrize(
    ("state", "ground"),
    [
        (CaseState.DISMISSED, None),
        (CaseState.CONFIRMED, Ground.PARODY),
        (CaseState.ESCALATED, Ground.PARODY),
    ],
)
def test_a_dismissal_has_a_ground_and_nothing_else_has(desk: Desk, state: CaseState, ground: Ground | None) -> None:
    case = desk.flag()
    with pytest.raises(InvalidField):
        desk.decide(case, state, ground=ground)
    assert (desk.case(case.case_id), decisions_on(desk.registry.database, case.case_id)) == (case, ())


def test_no_decision_opens_a_case_again(desk: Desk) -> None:
    case = desk.flag()
    desk.decide(case, CaseState.ESCALATED)
    with pytest.raises(InvalidField, match="undo opens"):
        desk.decide(case, CaseState.OPEN)
    assert desk.case(case.case_id).state is CaseState.ESCALATED


def test_a_note_may_be_so_long_and_no_longer(desk: Desk) -> None:
    case, database = desk.flag(), desk.registry.database
    with pytest.raises(InvalidField, match="2001"):
        decide(database, [case.case_id], "ann", CaseState.CONFIRMED, note="n" * (LONGEST_NOTE + 1), now=NOW)
    (made,) = decide(database, [case.case_id], "ann", CaseState.CONFIRMED, note="n" * LONGEST_NOTE, now=NOW)
    assert len(made.note) == LONGEST_NOTE


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800"])
def test_a_note_that_a_database_may_not_keep_is_refused(desk: Desk, character: str) -> None:
    case = desk.flag()
    with pytest.raises(InvalidField, match="control characters"):
        decide(desk.registry.database, [case.case_id], "ann", CaseState.CONFIRMED, note=f"a{character}b", now=NOW)


def test_a_note_may_have_several_lines(desk: Desk) -> None:
    case, note = desk.flag(), "one\r\n\ttwo – “three”"
    decide(desk.registry.database, [case.case_id], "ann", CaseState.CONFIRMED, note=note, now=NOW)
    assert decisions_on(desk.registry.database, case.case_id)[0].note == note


def test_cases_named_together_are_decided_alike_and_each_once(desk: Desk) -> None:
    ids = [desk.flag().case_id for _ in range(3)]
    made = decide(desk.registry.database, [*ids, ids[0]], "ann", CaseState.CONFIRMED, now=NOW)
    assert [each.case_id for each in made] == ids
    assert {desk.case(case_id).state for case_id in ids} == {CaseState.CONFIRMED}
    assert len({each.decision_id for each in made}) == 3


@pytest.mark.parametrize("wrong", ["unknown", "in another's hands", "decided"])
def test_of_cases_named_together_all_are_decided_or_none(desk: Desk, wrong: str) -> None:
    good, bad, database = desk.flag(), desk.flag(), desk.registry.database
    if wrong == "in another's hands":
        desk.cases.lease(bad.case_id, "bob", NOW)
    if wrong == "decided":
        desk.decide(bad)
    events = len(desk.registry.history())
    named = [good.case_id, "none" if wrong == "unknown" else bad.case_id]
    with pytest.raises(UnknownRecord if wrong == "unknown" else CaseTaken):
        decide(database, named, "ann", CaseState.CONFIRMED, now=NOW)
    assert (desk.case(good.case_id), decisions_on(database, good.case_id)) == (good, ())
    assert len(desk.registry.history()) == events


verdicts = st.one_of(
    st.just((CaseState.CONFIRMED, None)),
    st.sampled_from(sorted(grounds_for(ReferenceKind.PHOTO))).map(lambda ground: (CaseState.DISMISSED, ground)),
)
courses = st.tuples(st.booleans(), st.booleans(), st.one_of(st.none(), verdicts)).map(
    lambda expected: [(CaseState.ESCALATED, None)] * expected[0] + ([expected[2]] if expected[2] else [])
)


@of_a_database
@given(courses, st.sampled_from(PEOPLE))
def test_what_was_decided_and_undone_is_as_it_was(
    desk: Desk, course: list[tuple[CaseState, Ground | None]], user: str
) -> None:
    before, numbers, now = [desk.flag(of_its_own())], [], NOW
    for state, ground in course:
        now += DAY
        numbers.append(desk.decide(before[-1], state, ground=ground, at=now))
        before.append(desk.case(before[-1].case_id))
    for number, case in zip(reversed(numbers), reversed(before[:-1]), strict=True):
        assert undo(desk.registry.database, number, user, now + DAY) == case
    assert desk.case(before[0].case_id) == before[0]


def test_an_undone_decision_is_kept_with_its_end(desk: Desk) -> None:
    case = desk.flag()
    number = desk.decide(case)
    undo(desk.registry.database, number, "bob", NOW + DAY)
    assert [each.undone_at for each in decisions_on(desk.registry.database, case.case_id)] == [NOW + DAY]


def test_only_the_last_decision_that_stands_can_be_undone(desk: Desk) -> None:
    case, database = desk.flag(), desk.registry.database
    first, second = desk.decide(case, CaseState.ESCALATED), desk.decide(case)
    with pytest.raises(CaseTaken):
        undo(database, first, "ann", NOW)
    undo(database, second, "ann", NOW)
    with pytest.raises(CaseTaken):
        undo(database, second, "ann", NOW)
    assert undo(database, first, "ann", NOW).state is CaseState.OPEN


def test_a_decision_on_another_case_does_not_stand_in_the_way_of_undoing(desk: Desk) -> None:
    case, other = desk.flag(), desk.flag()
    number = desk.decide(case)
    desk.decide(other)
    undo(desk.registry.database, number, "ann", NOW)
    assert (desk.case(case.case_id).state, desk.case(other.case_id).state) == (CaseState.OPEN, CaseState.CONFIRMED)


def test_a_decision_that_never_was_cannot_be_undone(desk: Desk) -> None:
    with pytest.raises(UnknownRecord):
        undo(desk.registry.database, 1, "ann", NOW)


def test_nobody_undoes_a_decision_on_a_case_assigned_to_another(desk: Desk) -> None:
    case = desk.flag()
    number = desk.decide(case, CaseState.ESCALATED)
    desk.cases.lease(case.case_id, "bob", NOW)
    with pytest.raises(CaseTaken, match="bob"):
        undo(desk.registry.database, number, "ann", NOW)
    assert desk.case(case.case_id).leased_by == "bob"
    assert undo(desk.registry.database, number, "bob", NOW) == case


def test_the_last_decision_of_a_person_is_the_newest_that_stands(desk: Desk) -> None:
    database = desk.registry.database
    assert last_of(database, "ann") is None
    first, second = desk.decide(desk.flag()), desk.decide(desk.flag())
    desk.decide(desk.flag(), user="bob")
    undo(database, second, "bob", NOW)
    last = last_of(database, "ann")
    assert last is not None
    assert last.decision_id == first


# The history


def test_decisions_and_what_undoes_them_are_events(desk: Desk) -> None:
    case, database = desk.flag(), desk.registry.database
    (made,) = decide(database, [case.case_id], "ann", CaseState.DISMISSED, ground=Ground.PARODY, note="a joke", now=NOW)
    undo(database, made.decision_id, "bob", NOW)
    expected = {"decision": 1, "state": "dismissed", "ground": "parody", "user": "ann", "note": "a joke"}
    assert desk.events("case decided") == [(case.case_id, expected)]
    assert desk.events("decision undone") == [(case.case_id, {"decision": 1, "user": "bob"})]
    assert desk.registry.history_faults() == ()


def test_suppressions_and_their_ends_are_events(desk: Desk) -> None:
    case, database = desk.flag(), desk.registry.database
    made = suppress(database, case, Scope.SELLER, "ann", NOW)
    end_suppression(database, made.suppression_id, "bob", NOW)
    expected = {"scope": "seller", "subject": "S1", "case": case.case_id, "author": "ann"}
    assert desk.events("suppressed") == [(SUSPECTED.reference_id, expected)]
    assert desk.events("suppression ended") == [("1", {"author": "bob"})]
    assert desk.registry.history_faults() == ()


def test_quarantines_and_their_ends_are_events(desk: Desk) -> None:
    flood(desk, 2, budget=1)
    end_quarantine(desk.registry.database, SUSPECTED.reference_id, "bob", NOW)
    assert desk.events("quarantined") == [(SUSPECTED.reference_id, {"cases": 2, "budget": 1})]
    assert desk.events("quarantine ended") == [(SUSPECTED.reference_id, {"author": "bob"})]
    assert desk.registry.history_faults() == ()


def test_reviews_are_no_new_revision_of_the_registry(desk: Desk) -> None:
    revision = desk.registry.revision()
    case = desk.flag(budget=1)
    undo(desk.registry.database, desk.decide(case), "ann", NOW)
    suppress(desk.registry.database, case, Scope.PAIR, "ann", NOW)
    assert desk.registry.revision() == revision


# Clusters


@pytest.mark.parametrize(("bits", "joins"), [(0, True), (ALIKE, True), (ALIKE + 1, False), (256, False)])
def test_an_image_within_31_bits_joins_the_cluster(desk: Desk, bits: int, *, joins: bool) -> None:
    first, second = desk.flag(), desk.flag(pdq=turned(bits))
    assert second.cluster == (first.case_id if joins else second.case_id)


def test_another_reference_in_a_similar_image_is_no_cluster(desk: Desk) -> None:
    desk.flag()
    other = desk.flag(replace(SUSPECTED, reference_id="other"))
    assert other.cluster == other.case_id


@pytest.mark.parametrize(
    ("state", "ground", "joins"),
    [
        (CaseState.ESCALATED, None, True),
        (CaseState.CONFIRMED, None, False),
        (CaseState.DISMISSED, Ground.PARODY, False),
    ],
)
def test_a_case_joins_only_what_is_undecided(
    desk: Desk, state: CaseState, ground: Ground | None, *, joins: bool
) -> None:
    first = desk.flag()
    desk.decide(first, state, ground=ground)
    second = desk.flag()
    assert second.cluster == (first.case_id if joins else second.case_id)


def test_a_flat_image_joins_no_cluster(desk: Desk) -> None:
    cases = [desk.flag(pdq=pdq) for pdq in (PDQ, None, None)]
    assert [case.cluster for case in cases] == [case.case_id for case in cases]


def test_unreadable_images_are_no_cluster(desk: Desk) -> None:
    cases = [desk.case(desk.scan(UNREADABLE).scan_id) for _ in range(2)]
    assert cases[0].cluster != cases[1].cluster


def test_a_case_joins_the_cluster_of_one_that_joined_it(desk: Desk) -> None:
    first = desk.flag()
    desk.flag(pdq=turned(30), at=NOW + MINUTE)
    third = desk.flag(pdq=turned(60), at=NOW + 2 * MINUTE)
    assert third.cluster == first.case_id


# Suppressions


@pytest.mark.parametrize(("scope", "subject"), [(Scope.PAIR, "a" * 64), (Scope.CLUSTER, PDQ), (Scope.SELLER, "S1")])
def test_a_suppression_is_of_what_its_scope_says_and_lasts_a_year(desk: Desk, scope: Scope, subject: str) -> None:
    case = desk.flag()
    made = suppress(desk.registry.database, case, scope, "ann", NOW)
    assert (made.scope, made.subject, made.reference_id) == (scope, subject, SUSPECTED.reference_id)
    assert (made.author, made.case_id, made.expires_at) == ("ann", case.case_id, NOW + 365 * DAY)
    assert list_suppressions(desk.registry.database, NOW) == (made,)


def test_a_suppression_without_a_length_lasts_for_good(desk: Desk) -> None:
    made = suppress(desk.registry.database, desk.flag(), Scope.PAIR, "ann", NOW, length=None)
    assert made.expires_at is None
    assert list_suppressions(desk.registry.database, NOW + 99_999 * DAY) == (made,)


def test_suppressions_in_force_are_listed_the_newest_first(desk: Desk) -> None:
    case, database = desk.flag(), desk.registry.database
    short, first, ended, second = (
        suppress(database, case, Scope.PAIR, "ann", NOW, length=days * DAY) for days in (1, 2, 3, 4)
    )
    end_suppression(database, ended.suppression_id, "ann", NOW)
    assert list_suppressions(database, NOW + DAY - MOMENT) == (second, first, short)
    assert list_suppressions(database, NOW + DAY) == (second, first)


@pytest.mark.parametrize("scope", [Scope.CLUSTER, Scope.SELLER])
def test_a_scope_that_the_case_lacks_is_refused(desk: Desk, scope: Scope) -> None:
    case = desk.flag(pdq=None, listing=Listing())
    with pytest.raises(InvalidField, match=scope.value):
        suppress(desk.registry.database, case, scope, "ann", NOW)
    assert list_suppressions(desk.registry.database, NOW) == ()


@pytest.mark.parametrize("scope", Scope)
def test_a_case_without_a_reference_has_nothing_to_be_suppressed_for(desk: Desk, scope: Scope) -> None:
    case = desk.case(desk.scan(UNREADABLE).scan_id)
    with pytest.raises(InvalidField):
        suppress(desk.registry.database, case, scope, "ann", NOW)


def test_a_suppression_is_ended_once(desk: Desk) -> None:
    made, database = suppress(desk.registry.database, desk.flag(), Scope.PAIR, "ann", NOW), desk.registry.database
    end_suppression(database, made.suppression_id, "ann", NOW)
    assert list_suppressions(database, NOW) == ()
    with pytest.raises(UnknownRecord):
        end_suppression(database, made.suppression_id, "ann", NOW)


def test_a_suppression_that_is_not_in_force_cannot_be_ended(desk: Desk) -> None:
    made = suppress(desk.registry.database, desk.flag(), Scope.PAIR, "ann", NOW, length=DAY)
    for number, now in ((made.suppression_id, NOW + DAY), (made.suppression_id + 1, NOW)):
        with pytest.raises(UnknownRecord):
            end_suppression(desk.registry.database, number, "ann", now)


# Quarantine


SELLERS = count()


def flood(desk: Desk, number: int, *, at: datetime = NOW, evidence: Evidence = SUSPECTED, budget: int = 2) -> None:
    """Flag listings of so many sellers, none of whom was there before."""
    for _ in range(number):
        desk.flag(evidence, at=at, budget=budget, listing=replace(LISTING, seller_id=f"flood-{next(SELLERS)}"))


def quarantined(desk: Desk) -> list[tuple[str, int]]:
    return [(each.reference_id, each.items) for each in list_quarantines(desk.registry.database)]


@pytest.mark.parametrize(("number", "items"), [(2, []), (3, [(SUSPECTED.reference_id, 3)])])
def test_a_reference_with_more_reviews_than_it_may_ask_for_goes_into_quarantine(
    desk: Desk, number: int, items: list[tuple[str, int]]
) -> None:
    flood(desk, number)
    assert quarantined(desk) == items


@pytest.mark.parametrize(("seller", "items"), [("S1", []), (None, [(SUSPECTED.reference_id, 21)])])
def test_one_seller_alone_puts_no_reference_into_quarantine_and_unknown_ones_do(
    desk: Desk, seller: str | None, items: list[tuple[str, int]]
) -> None:
    for _ in range(30):
        desk.flag(SUSPECTED, budget=20, listing=replace(LISTING, seller_id=seller))
    assert quarantined(desk) == items


def test_a_sellers_reviews_count_for_a_tenth_of_what_a_reference_may_ask_for(desk: Desk) -> None:
    for _ in range(30):
        desk.flag(SUSPECTED, budget=20)
    flood(desk, 18, budget=20)
    assert quarantined(desk) == []
    flood(desk, 1, budget=20)
    assert quarantined(desk) == [(SUSPECTED.reference_id, 21)]


def test_the_log_warns_once_of_a_reference_that_goes_into_quarantine(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    flood(desk, 5)
    (line,) = [each for each in caplog.records if "quarantined" in each.getMessage()]
    assert line.levelname == "WARNING"
    assert f"reference {SUSPECTED.reference_id} caused 3 reviews in a day" in line.getMessage()


def test_without_a_bound_nothing_goes_into_quarantine(desk: Desk) -> None:
    for _ in range(3):
        desk.flag()
    assert quarantined(desk) == []


def test_what_is_blocked_asks_for_no_review(desk: Desk) -> None:
    flood(desk, 4, evidence=COPY)
    assert quarantined(desk) == []


def test_a_blocked_case_puts_nothing_into_quarantine_whatever_came_before(desk: Desk) -> None:
    for _ in range(2):
        desk.flag(replace(SUSPECTED, reference_id=COPY.reference_id))
    desk.flag(COPY, budget=1)
    assert quarantined(desk) == []


def test_blocked_cases_of_a_reference_do_not_count_beside_its_reviews(desk: Desk) -> None:
    flood(desk, 3, evidence=COPY)
    flood(desk, 2, evidence=replace(SUSPECTED, reference_id=COPY.reference_id))
    assert quarantined(desk) == []


def test_cases_of_other_references_do_not_count(desk: Desk) -> None:
    flood(desk, 2, evidence=LOGO)
    flood(desk, 2)
    assert quarantined(desk) == []


def test_decided_cases_count_too(desk: Desk) -> None:
    desk.decide(desk.flag(budget=1))
    flood(desk, 1, budget=1)
    assert quarantined(desk) == [(SUSPECTED.reference_id, 2)]


@pytest.mark.parametrize(("passed", "number"), [(DAY - MOMENT, 1), (DAY, 0)])
def test_only_cases_within_a_day_count(desk: Desk, passed: timedelta, number: int) -> None:
    flood(desk, 2)
    flood(desk, 1, at=NOW + passed)
    assert len(quarantined(desk)) == number


def test_a_reference_is_not_put_into_quarantine_twice(desk: Desk) -> None:
    flood(desk, 5)
    assert quarantined(desk) == [(SUSPECTED.reference_id, 3)]


def test_after_a_quarantine_only_cases_since_its_end_count(desk: Desk) -> None:
    flood(desk, 3)
    end_quarantine(desk.registry.database, SUSPECTED.reference_id, "ann", NOW + MINUTE)
    flood(desk, 2, at=NOW + 2 * MINUTE)
    assert quarantined(desk) == []
    flood(desk, 1, at=NOW + 3 * MINUTE)
    assert quarantined(desk) == [(SUSPECTED.reference_id, 3)]


def test_the_end_of_another_references_quarantine_changes_nothing(desk: Desk) -> None:
    flood(desk, 3, evidence=LOGO)
    flood(desk, 2)
    end_quarantine(desk.registry.database, LOGO.reference_id, "ann", NOW + MINUTE)
    flood(desk, 1, at=NOW + 2 * MINUTE)
    assert quarantined(desk) == [(SUSPECTED.reference_id, 3)]


def test_quarantines_are_listed_the_newest_first(desk: Desk) -> None:
    flood(desk, 3)
    flood(desk, 4, evidence=LOGO)
    assert [name for name, _ in quarantined(desk)] == [LOGO.reference_id, SUSPECTED.reference_id]


def test_a_reference_that_is_not_in_quarantine_cannot_be_taken_out(desk: Desk) -> None:
    flood(desk, 3)
    end_quarantine(desk.registry.database, SUSPECTED.reference_id, "ann", NOW)
    for name in (SUSPECTED.reference_id, LOGO.reference_id):
        with pytest.raises(UnknownRecord):
            end_quarantine(desk.registry.database, name, "ann", NOW)


# Feedback


def test_where_nothing_was_seen_nothing_is_feedback(desk: Desk) -> None:
    suppress(desk.registry.database, desk.flag(), Scope.PAIR, "ann", NOW)
    assert feedback_on(desk.registry.database, (), NOW) == NO_FEEDBACK


def test_only_what_is_said_of_the_references_seen_is_feedback(desk: Desk) -> None:
    database, other = desk.registry.database, of_its_own()
    mine, ended = (suppress(database, desk.flag(), scope, "ann", NOW) for scope in (Scope.PAIR, Scope.SELLER))
    end_suppression(database, ended.suppression_id, "ann", NOW)
    suppress(database, desk.flag(other), Scope.PAIR, "ann", NOW)
    assert feedback_on(database, [SUSPECTED, SUSPECTED], NOW).suppressions == (mine,)


def test_only_quarantines_of_the_references_seen_are_feedback(desk: Desk) -> None:
    database, other = desk.registry.database, of_its_own()
    for evidence in (SUSPECTED, LOGO, other):
        flood(desk, 3, evidence=evidence)
    end_quarantine(database, LOGO.reference_id, "ann", NOW)
    assert feedback_on(database, [SUSPECTED, LOGO], NOW).quarantined == {SUSPECTED.reference_id}


def test_the_precision_of_the_brands_seen_is_feedback(desk: Desk) -> None:
    database, other = desk.registry.database, of_its_own()
    desk.flag()
    desk.decide(desk.flag(), CaseState.ESCALATED)
    desk.decide(desk.flag())
    desk.decide(desk.flag(), CaseState.DISMISSED, ground=Ground.PARODY)
    desk.decide(desk.flag(), CaseState.DISMISSED, ground=Ground.NOT_THE_MARK)
    desk.decide(desk.flag(other))
    assert feedback_on(database, [SUSPECTED], NOW).precision.of == {
        Method("acme", ReferenceKind.PHOTO): Precision(2, 3)
    }
    assert precisions(database).of == {
        Method("acme", ReferenceKind.PHOTO): Precision(2, 3),
        Method(other.brand_id, ReferenceKind.PHOTO): Precision(1, 1),
    }


def test_a_references_spread_counts_sellers_of_30_days_and_not_notices(desk: Desk) -> None:
    database = desk.registry.database
    shops = [replace(LISTING, seller_id=name) for name in ("a", "b", "b", None)]
    wrong, right, *_ = [desk.flag(listing=shop) for shop in shops]
    desk.decide(wrong, CaseState.DISMISSED, ground=Ground.NOT_THE_MARK)
    desk.decide(right)
    desk.flag(of_its_own())
    notice = NoticeSubmission("acme", ReferenceKind.PHOTO, "Our photo.")
    desk.scan(Shown((SUSPECTED,)), listing=replace(LISTING, seller_id="c"), notice=notice)
    spreads = feedback_on(database, [SUSPECTED], NOW).spreads
    assert spreads == {SUSPECTED.reference_id: Spread(2, 2, 1)}
    assert spread_of(database, SUSPECTED.reference_id, NOW + PERIOD) is None


def test_what_was_undone_teaches_nothing(desk: Desk) -> None:
    number = desk.decide(desk.flag(), CaseState.DISMISSED, ground=Ground.NOT_THE_MARK)
    undo(desk.registry.database, number, "ann", NOW)
    assert precisions(desk.registry.database).of == {}


def test_an_unreadable_image_says_nothing_of_a_method(desk: Desk) -> None:
    desk.decide(desk.case(desk.scan(UNREADABLE).scan_id))
    assert precisions(desk.registry.database).of == {}
