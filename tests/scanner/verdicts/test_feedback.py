"""The next verdict follows earlier decisions: how far a method is trusted, and what is suppressed."""

import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.types import Authorization, ReferenceKind
from scanner.engine.stages import Stage
from scanner.engine.types import Evidence
from scanner.verdicts.case_states import CaseState, Ground, Scope
from scanner.verdicts.feedback import ALIKE, ReviewFeedback, Suppression, distance
from scanner.verdicts.judgement import judge
from scanner.verdicts.policy import DEFAULT_POLICY, Automatic, Policy, PolicyUnusable, read_policy
from scanner.verdicts.precision import Label, Method, Precision, PrecisionTable, Spread, precision_of, wilson
from scanner.verdicts.types import Decision, Reason, Verdict
from tests.scanner.verdicts.test_judgement import NOW, POLICY, SELLER, an_item, permit

IMAGE, PDQ = "a" * 64, "0f" * 32
COPY, LOGO = an_item(ReferenceKind.PHOTO, 0.99), an_item(ReferenceKind.LOGO, 0.9)
COPIES, LOGOS = Method("acme", ReferenceKind.PHOTO), Method("acme", ReferenceKind.LOGO)
MOMENT = timedelta(microseconds=1)
counts = st.integers(1, 10_000).flatmap(lambda decided: st.tuples(st.integers(0, decided), st.just(decided)))
labels = st.builds(
    Label,
    st.builds(Method, st.sampled_from(["acme", "bolt"]), st.sampled_from(ReferenceKind)),
    st.sampled_from(CaseState),
    st.one_of(st.none(), st.sampled_from(Ground)),
    st.integers(1, 5),
)


def turned(pdq: str, bits: int) -> str:
    """A hash that differs from `pdq` in this many bits."""
    return f"{int(pdq, 16) ^ ((1 << bits) - 1):064x}"


def silence(scope: Scope, subject: str, of: Evidence = COPY) -> Suppression:
    return Suppression(1, scope, of.reference_id, subject, "case", "ann", NOW, None, None)


PAIR = silence(Scope.PAIR, IMAGE)
LIKE = silence(Scope.CLUSTER, PDQ)
SHOP = silence(Scope.SELLER, "S1")


def covers(
    word: Suppression, of: Evidence = COPY, *, image: str = IMAGE, pdq: str | None = PDQ, seller_id: str | None = "S1"
) -> bool:
    return word.covers(of, image_sha256=image, pdq=pdq, seller_id=seller_id, now=NOW)


def verdict(
    evidence: list[Evidence],
    feedback: ReviewFeedback,
    *,
    held: tuple[Authorization, ...] = (),
    policy: Policy = POLICY,
    pdq: str | None = PDQ,
    skipped: tuple[Stage, ...] = (),
) -> Verdict:
    return judge(
        evidence,
        SELLER,
        held,
        policy,
        NOW,
        image_sha256=IMAGE,
        index_revision=3,
        skipped=skipped,
        pdq=pdq,
        feedback=feedback,
    )


def outcome_of(found: Verdict) -> tuple[Decision, Reason]:
    return found.decision, found.reason


# The first four: Newcombe 1998, table I, method 3.
@pytest.mark.parametrize(
    ("right", "decided", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (8, 10, 0.4902, 0.9433),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_the_interval_is_wilsons(right: int, decided: int, low: float, high: float) -> None:
    assert wilson(right, decided) == pytest.approx((low, high), abs=5e-5)


def test_where_nothing_was_decided_the_share_may_be_any() -> None:
    assert (Precision(0, 0).interval, Precision(0, 0).share) == ((0.0, 1.0), None)


@given(counts)
def test_the_interval_holds_the_share_and_lies_within_0_and_1(count: tuple[int, int]) -> None:
    precision = Precision(*count)
    low, high = precision.interval
    assert precision.share is not None
    assert 0.0 <= low <= precision.share + 1e-12
    assert precision.share - 1e-12 <= high <= 1.0


@given(counts, st.integers(2, 50))
def test_the_interval_shrinks_as_labels_grow(count: tuple[int, int], times: int) -> None:
    (low, high), (later_low, later_high) = wilson(*count), wilson(count[0] * times, count[1] * times)
    assert later_high - later_low < high - low


@given(counts)
def test_one_more_that_is_upheld_raises_the_lower_bound_and_one_that_is_not_lowers_it(count: tuple[int, int]) -> None:
    right, decided = count
    low = wilson(right, decided)[0]
    assert wilson(right, decided + 1)[0] - 1e-12 <= low < wilson(right + 1, decided + 1)[0]


@given(counts)
def test_wilsons_interval_of_the_rest_is_its_mirror(count: tuple[int, int]) -> None:
    (low, high), (other_low, other_high) = wilson(*count), wilson(count[1] - count[0], count[1])
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-9)


@pytest.mark.parametrize(
    ("state", "ground", "precision"),
    [
        (CaseState.CONFIRMED, None, Precision(1, 1)),
        (CaseState.DISMISSED, Ground.NOT_THE_MARK, Precision(0, 1)),
        (CaseState.DISMISSED, Ground.AUTHORIZED, Precision(1, 1)),
        (CaseState.DISMISSED, Ground.GENUINE_RESALE, Precision(1, 1)),
        (CaseState.DISMISSED, Ground.NOMINATIVE_USE, Precision(1, 1)),
        (CaseState.DISMISSED, Ground.PARODY, Precision(1, 1)),
        (CaseState.DISMISSED, Ground.OWN_PHOTO, Precision(1, 1)),
        (CaseState.DISMISSED, Ground.LICENSED_PHOTO, Precision(1, 1)),
        (CaseState.OPEN, None, None),
        (CaseState.ESCALATED, None, None),
    ],
)
def test_only_a_false_alarm_speaks_against_a_method(
    state: CaseState, ground: Ground | None, precision: Precision | None
) -> None:
    assert precision_of([Label(COPIES, state, ground)]).of.get(COPIES) == precision


def test_precision_is_counted_for_each_brand_and_kind() -> None:
    others = [Method("acme", ReferenceKind.LOGO), Method("bolt", ReferenceKind.PHOTO)]
    confirmed = [Label(method, CaseState.CONFIRMED, None, 3) for method in (COPIES, *others)]
    alarm = Label(COPIES, CaseState.DISMISSED, Ground.NOT_THE_MARK, 2)
    assert precision_of([*confirmed, alarm]).of == {
        COPIES: Precision(3, 5),
        others[0]: Precision(3, 3),
        others[1]: Precision(3, 3),
    }


@given(st.lists(labels, max_size=8), st.randoms())
def test_cases_decided_alike_count_one_by_one_and_in_any_order(decided: list[Label], chance: Random) -> None:
    single = [replace(label, cases=1) for label in decided for _ in range(label.cases)]
    chance.shuffle(single)
    assert precision_of(single) == precision_of(decided)


@pytest.mark.parametrize(("decided", "may"), [(29, True), (30, False), (31, False)])
def test_precision_is_asked_for_from_that_many_labels_on(decided: int, *, may: bool) -> None:
    assert PrecisionTable({COPIES: Precision(0, decided)}).may_block(COPIES, 0.9, 30) is may


def test_a_method_may_block_whose_lower_bound_is_just_what_is_asked() -> None:
    table = PrecisionTable({COPIES: Precision(90, 100)})
    bound = table.of[COPIES].interval[0]
    assert table.may_block(COPIES, bound, 30)
    assert not table.may_block(COPIES, math.nextafter(bound, 1.0), 30)


def test_the_share_itself_is_not_enough_to_block() -> None:
    assert not PrecisionTable({COPIES: Precision(95, 100)}).may_block(COPIES, 0.9, 30)


def test_a_method_of_which_nothing_is_known_may_block() -> None:
    assert PrecisionTable().may_block(COPIES, 1.0, 1)


@pytest.mark.parametrize("word", [PAIR, LIKE, SHOP], ids=lambda word: word.scope.value)
def test_a_suppression_covers_what_it_was_said_of(word: Suppression) -> None:
    assert covers(word)


@pytest.mark.parametrize("word", [PAIR, LIKE, SHOP], ids=lambda word: word.scope.value)
def test_a_suppression_covers_no_other_reference(word: Suppression) -> None:
    assert not covers(word, LOGO)


@pytest.mark.parametrize("word", [PAIR, LIKE, SHOP], ids=lambda word: word.scope.value)
def test_a_suppression_covers_until_it_expires_and_from_then_on_no_more(word: Suppression) -> None:
    assert covers(replace(word, expires_at=NOW + MOMENT))
    assert not covers(replace(word, expires_at=NOW))
    assert not covers(replace(word, expires_at=NOW - MOMENT))


@pytest.mark.parametrize("word", [PAIR, LIKE, SHOP], ids=lambda word: word.scope.value)
def test_a_suppression_that_was_ended_covers_nothing(word: Suppression) -> None:
    assert not covers(replace(word, ended_at=NOW, expires_at=NOW + MOMENT))


def test_of_a_pair_only_the_bytes_matter() -> None:
    assert covers(PAIR, pdq=None, seller_id=None)
    assert not covers(PAIR, image="b" * 64)


def test_of_a_cluster_only_the_look_matters() -> None:
    assert covers(LIKE, image="b" * 64, seller_id=None)
    assert not covers(LIKE, pdq=None)


def test_of_a_seller_only_the_seller_matters() -> None:
    assert covers(SHOP, image="b" * 64, pdq=None)
    assert not covers(SHOP, seller_id="S2")
    assert not covers(SHOP, seller_id=None)


@given(st.integers(0, 256), st.integers(0, 2**256 - 1))
def test_images_are_alike_within_31_bits(bits: int, number: int) -> None:
    pdq = f"{number:064x}"
    assert distance(pdq, turned(pdq, bits)) == bits
    assert covers(silence(Scope.CLUSTER, pdq), pdq=turned(pdq, bits)) is (bits <= ALIKE == 31)


def test_any_suppression_that_covers_a_match_suppresses_it() -> None:
    feedback = ReviewFeedback((silence(Scope.PAIR, "b" * 64), SHOP))
    assert feedback.suppresses(COPY, image_sha256=IMAGE, pdq=None, seller_id="S1", now=NOW)
    assert not feedback.suppresses(COPY, image_sha256=IMAGE, pdq=None, seller_id="S2", now=NOW)


def test_what_is_suppressed_of_one_form_of_a_mark_is_of_the_others_and_of_no_other_mark() -> None:
    form = replace(LOGO, reference_id="another form")
    word = replace(PAIR, reference_id=LOGO.reference_id)
    of_one_mark = ReviewFeedback((word,), marks={LOGO.reference_id: 7, form.reference_id: 7})
    of_two_marks = ReviewFeedback((word,), marks={LOGO.reference_id: 7, form.reference_id: 8})
    unmarked = ReviewFeedback((word,))
    silent = [
        each.suppresses(form, image_sha256=IMAGE, pdq=None, seller_id=None, now=NOW)
        for each in (of_one_mark, of_two_marks, unmarked)
    ]
    assert silent == [True, False, False]


def test_a_reference_in_quarantine_is_silent_in_every_image() -> None:
    feedback = ReviewFeedback(quarantined=frozenset({COPY.reference_id}))
    assert feedback.suppresses(COPY, image_sha256="any", pdq=None, seller_id=None, now=NOW)
    assert not feedback.suppresses(LOGO, image_sha256="any", pdq=None, seller_id=None, now=NOW)


@pytest.mark.parametrize("decision", Decision)
def test_what_is_suppressed_and_alone_has_the_policys_decision_for_it(decision: Decision) -> None:
    policy = replace(POLICY, decisions={**POLICY.decisions, Reason.SUPPRESSED: decision})
    assert outcome_of(verdict([COPY], ReviewFeedback((PAIR,)), policy=policy)) == (decision, Reason.SUPPRESSED)


def test_as_shipped_a_suppressed_match_is_clear_and_still_listed() -> None:
    found = verdict([COPY], ReviewFeedback((PAIR,)))
    assert outcome_of(found) == (Decision.CLEAR, Reason.SUPPRESSED)
    assert found.evidence == (COPY,)


@pytest.mark.parametrize(
    ("silent", "decision", "reason"),
    [(COPY, Decision.REVIEW, Reason.LOGO_UNAUTHORIZED), (LOGO, Decision.BLOCK, Reason.PHOTO_COPIED)],
)
def test_what_is_beside_something_suppressed_keeps_its_verdict(
    silent: Evidence, decision: Decision, reason: Reason
) -> None:
    found = verdict([COPY, LOGO], ReviewFeedback((silence(Scope.PAIR, IMAGE, silent),)))
    assert outcome_of(found) == (decision, reason)


def test_what_is_authorized_beside_something_suppressed_is_authorized() -> None:
    logos = permit(7, kinds=frozenset({ReferenceKind.LOGO}))
    found = verdict([COPY, LOGO], ReviewFeedback((PAIR,)), held=(logos,))
    assert (*outcome_of(found), found.authorization_ids) == (Decision.CLEAR, Reason.AUTHORIZED, (7,))


def test_an_authorization_for_a_suppressed_match_is_not_named() -> None:
    found = verdict([COPY], ReviewFeedback((PAIR,)), held=(permit(7), permit(8, revoked_at=NOW)))
    assert (found.reason, found.authorization_ids, found.unmet_authorizations) == (Reason.SUPPRESSED, (), ())


def test_what_is_too_unsure_to_count_is_not_suppressed_but_no_match() -> None:
    unsure = replace(COPY, confidence=0.4)
    assert verdict([unsure], ReviewFeedback((PAIR,))).reason is Reason.NO_MATCH


def test_an_image_with_skipped_stages_is_incomplete_though_all_its_matches_are_suppressed() -> None:
    found = verdict([COPY], ReviewFeedback((PAIR,)), skipped=tuple(Stage)[:1])
    assert outcome_of(found) == (Decision.REVIEW, Reason.INCOMPLETE)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (SHOP, Reason.SUPPRESSED),
        (silence(Scope.SELLER, "S2"), Reason.PHOTO_COPIED),
        (silence(Scope.PAIR, "b" * 64), Reason.PHOTO_COPIED),
        (silence(Scope.CLUSTER, turned(PDQ, 31)), Reason.SUPPRESSED),
        (silence(Scope.CLUSTER, turned(PDQ, 32)), Reason.PHOTO_COPIED),
        (replace(PAIR, expires_at=NOW), Reason.PHOTO_COPIED),
    ],
)
def test_a_verdict_heeds_seller_bytes_look_and_moment(word: Suppression, reason: Reason) -> None:
    assert verdict([COPY], ReviewFeedback((word,))).reason is reason


def test_a_flat_image_is_like_no_other() -> None:
    assert verdict([COPY], ReviewFeedback((LIKE,)), pdq=None).reason is Reason.PHOTO_COPIED


def test_a_verdict_heeds_quarantine() -> None:
    feedback = ReviewFeedback(quarantined=frozenset({COPY.reference_id}))
    assert verdict([COPY], feedback).reason is Reason.SUPPRESSED


def test_a_method_that_is_too_often_wrong_asks_for_a_person_and_says_the_same() -> None:
    feedback = ReviewFeedback(precision=PrecisionTable({COPIES: Precision(20, 40)}))
    assert outcome_of(verdict([COPY], feedback)) == (Decision.REVIEW, Reason.PHOTO_COPIED)


@pytest.mark.parametrize(
    "precision",
    [
        pytest.param({COPIES: Precision(0, 29)}, id="few labels"),
        pytest.param({COPIES: Precision(100, 100)}, id="nearly always right"),
        pytest.param({LOGOS: Precision(0, 100)}, id="wrong of logos"),
        pytest.param({Method("bolt", ReferenceKind.PHOTO): Precision(0, 100)}, id="wrong of another brand"),
    ],
)
def test_a_method_that_nothing_speaks_against_blocks(precision: dict[Method, Precision]) -> None:
    assert outcome_of(verdict([COPY], ReviewFeedback(precision=PrecisionTable(precision)))) == (
        Decision.BLOCK,
        Reason.PHOTO_COPIED,
    )


def test_a_method_that_is_too_often_wrong_is_no_stricter_for_it() -> None:
    clearing = replace(POLICY, decisions={**POLICY.decisions, Reason.LOGO_UNAUTHORIZED: Decision.CLEAR})
    feedback = ReviewFeedback(precision=PrecisionTable({LOGOS: Precision(0, 100)}))
    assert outcome_of(verdict([LOGO], feedback, policy=clearing)) == (Decision.CLEAR, Reason.LOGO_UNAUTHORIZED)


def test_a_method_that_is_trusted_blocks_beside_one_that_is_not() -> None:
    blocking = replace(POLICY, decisions={**POLICY.decisions, Reason.LOGO_UNAUTHORIZED: Decision.BLOCK})
    feedback = ReviewFeedback(precision=PrecisionTable({COPIES: Precision(0, 100)}))
    assert outcome_of(verdict([COPY, LOGO], feedback, policy=blocking)) == (Decision.BLOCK, Reason.LOGO_UNAUTHORIZED)


@pytest.mark.parametrize(
    ("automatic", "decision"),
    [
        (Automatic(least_precision=0.4, labels=10), Decision.BLOCK),
        (Automatic(least_precision=0.6, labels=10), Decision.REVIEW),
        (Automatic(least_precision=0.6, labels=11), Decision.BLOCK),
    ],
)
def test_how_far_a_method_is_trusted_is_the_policys(automatic: Automatic, decision: Decision) -> None:
    feedback = ReviewFeedback(precision=PrecisionTable({COPIES: Precision(8, 10)}))
    assert verdict([COPY], feedback, policy=replace(POLICY, automatic=automatic)).decision is decision


@pytest.mark.parametrize(
    ("spread", "decision"),
    [
        pytest.param(Spread(8, 5, 3), Decision.REVIEW, id="mostly something else, in many shops"),
        pytest.param(Spread(7, 5, 5), Decision.BLOCK, id="in too few shops"),
        pytest.param(Spread(99, 4, 4), Decision.BLOCK, id="too few decided"),
        pytest.param(Spread(99, 0, 0), Decision.BLOCK, id="none decided: a photo that many copied looks the same"),
        pytest.param(Spread(99, 10, 5), Decision.BLOCK, id="half of them copies"),
    ],
)
def test_what_many_fill_in_and_reviewers_dismiss_blocks_nothing(spread: Spread, decision: Decision) -> None:
    feedback = ReviewFeedback(spreads={COPY.reference_id: spread})
    assert outcome_of(verdict([COPY], feedback)) == (decision, Reason.PHOTO_COPIED)
    off = replace(POLICY, automatic=Automatic(template_sellers=0))
    assert verdict([COPY], feedback, policy=off).decision is Decision.BLOCK


def test_a_policy_that_says_nothing_of_it_trusts_as_the_shipped_one(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(DEFAULT_POLICY.read_text("utf-8").partition("[automatic]")[0], "utf-8")
    assert read_policy(file).automatic == POLICY.automatic


def test_the_least_that_a_policy_may_ask_for_is_one(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    edited = DEFAULT_POLICY.read_text("utf-8").replace("labels = 40", "labels = 1", 1)
    file.write_text(edited.replace("reviews_a_day = 200", "reviews_a_day = 1", 1), "utf-8")
    automatic = read_policy(file).automatic
    assert (automatic.labels, automatic.reviews_a_day) == (1, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("least_precision = 0.9", "least_precision = 1.1"),
        ("labels = 40", "labels = 0"),
        ("reviews_a_day = 200", "reviews_a_day = 0"),
        ("reviews_a_day = 200", "reviews_an_hour = 200"),
    ],
)
def test_a_policy_that_says_it_wrong_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(DEFAULT_POLICY.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyUnusable, match=f"automatic.{new.partition(' ')[0]}"):
        read_policy(file)
