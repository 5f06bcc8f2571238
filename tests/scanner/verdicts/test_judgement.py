"""The verdict follows from evidence, leave, policy and the moment, and from nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brand_index.types import IMAGE_KINDS, Authorization, AuthorizationField, ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.stages import Stage
from scanner.engine.types import NO_LOGO, NO_PHOTO, Evidence, Shared
from scanner.verdicts.feedback import ReviewFeedback
from scanner.verdicts.judgement import judge, judge_listing
from scanner.verdicts.policy import DEFAULT_POLICY, Policy, PolicyUnusable, read_policy
from scanner.verdicts.types import Decision, Listing, Reason, Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = read_policy()
NEVER_BLOCK = {
    *(Reason.NOMINATIVE_USE, Reason.WORD_IN_TEXT, Reason.WORD_UNAUTHORIZED, Reason.LOOKALIKE),
    Reason.MARK_CONCEALED,
}
SELLER = Listing(listing_id="L1", seller_id="S1", market="DE", category="shoes")


def an_item(kind: ReferenceKind, confidence: float, brand: str = "acme", name: str = "r") -> Evidence:
    return Evidence(
        reference_id=f"{brand}-{kind}-{name}",
        brand_id=brand,
        kind=kind,
        box=Box(0, 0, 10, 10),
        quad=None,
        reference_box=None,
        hash_distance=None,
        inliers=None,
        inlier_coverage=None,
        ncc=None,
        review_only=False,
        mirrored=False,
        frame=0,
        confidence=confidence,
        logo=NO_LOGO if kind is ReferenceKind.LOGO else None,
        photo=NO_PHOTO if kind is ReferenceKind.PHOTO else None,
    )


def permit(number: int = 1, **changed: object) -> Authorization:
    fields: dict[str, object] = {
        "authorization_id": number,
        "brand_id": "acme",
        "seller_id": "S1",
        "kinds": frozenset(ReferenceKind),
        "markets": None,
        "nice": None,
        "first_day": date(2026, 1, 1),
        "last_day": None,
        "grantors": (),
        "document_sha256": None,
        "granted_at": NOW,
        "revoked_at": None,
    }
    return Authorization(**{**fields, **changed})  # type: ignore[arg-type]


def verdict(evidence: list[Evidence], held: list[Authorization], listing: Listing = SELLER) -> Verdict:
    return judge(evidence, listing, held, POLICY, NOW, image_sha256="00", index_revision=3)


def test_nothing_seen_is_clear() -> None:
    assert (verdict([], []).decision, verdict([], []).reason) == (Decision.CLEAR, Reason.NO_MATCH)


@pytest.mark.parametrize(
    ("kind", "confidence", "decision", "reason"),
    [
        (ReferenceKind.LOGO, 0.49, Decision.CLEAR, Reason.NO_MATCH),
        (ReferenceKind.LOGO, 0.5, Decision.REVIEW, Reason.LOGO_UNAUTHORIZED),
        (ReferenceKind.LOGO, 1.0, Decision.REVIEW, Reason.LOGO_UNAUTHORIZED),
        (ReferenceKind.PHOTO, 0.49, Decision.CLEAR, Reason.NO_MATCH),
        (ReferenceKind.PHOTO, 0.5, Decision.REVIEW, Reason.PHOTO_SUSPECTED),
        (ReferenceKind.PHOTO, 0.94, Decision.REVIEW, Reason.PHOTO_SUSPECTED),
        (ReferenceKind.PHOTO, 0.95, Decision.BLOCK, Reason.PHOTO_COPIED),
    ],
)
def test_as_shipped_a_copied_photo_blocks_and_a_logo_asks_for_review(
    kind: ReferenceKind, confidence: float, decision: Decision, reason: Reason
) -> None:
    found = verdict([an_item(kind, confidence)], [])
    assert (found.decision, found.reason) == (decision, reason)


@pytest.mark.parametrize("shared", Shared)
def test_what_is_merely_shared_is_no_match_however_sure_and_does_not_hide_one(shared: Shared) -> None:
    alike = replace(an_item(ReferenceKind.PHOTO, 1.0), photo=replace(NO_PHOTO, shared=shared))
    found = verdict([alike], [])
    assert (found.decision, found.reason, found.counted) == (Decision.CLEAR, Reason.NO_MATCH, ())
    copied = an_item(ReferenceKind.PHOTO, 0.99, name="other")
    assert verdict([alike, copied], []).counted == (copied.reference_id,)


def test_a_covering_authorization_clears_and_is_named() -> None:
    found = verdict([an_item(ReferenceKind.LOGO, 0.9)], [permit(7)])
    assert (found.decision, found.reason, found.authorization_ids) == (Decision.CLEAR, Reason.AUTHORIZED, (7,))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kinds": frozenset({ReferenceKind.PHOTO})}, AuthorizationField.KIND),
        ({"revoked_at": NOW}, AuthorizationField.REVOKED),
        ({"first_day": date(2026, 3, 2)}, AuthorizationField.NOT_YET),
        ({"last_day": date(2026, 2, 28)}, AuthorizationField.EXPIRED),
        ({"markets": frozenset({"FR"})}, AuthorizationField.MARKET),
        ({"nice": frozenset({18})}, AuthorizationField.NICE),
    ],
)
def test_an_authorization_that_falls_short_does_not_clear_and_the_field_is_named(
    changed: dict[str, object], field: AuthorizationField
) -> None:
    found = verdict([an_item(ReferenceKind.LOGO, 0.9)], [permit(7, **changed)])
    assert found.decision is Decision.REVIEW
    assert [(unmet.authorization_id, unmet.field) for unmet in found.unmet_authorizations] == [(7, field)]


@given(st.sampled_from(ReferenceKind), st.floats(0.5, 1.0))
def test_an_unknown_seller_is_never_authorized(kind: ReferenceKind, confidence: float) -> None:
    found = verdict([an_item(kind, confidence)], [permit()], Listing(market="DE"))
    assert found.decision is not Decision.CLEAR
    assert found.authorization_ids == ()


def test_an_authorization_of_another_seller_or_another_brand_does_not_count() -> None:
    held = [permit(1, seller_id="S2"), permit(2, brand_id="bolt")]
    found = verdict([an_item(ReferenceKind.LOGO, 0.9)], held)
    assert (found.decision, found.unmet_authorizations) == (Decision.REVIEW, ())


@pytest.mark.parametrize("logo", [0.9, 1.0], ids=["less sure", "surer"])
def test_one_authorized_logo_does_not_clear_the_copied_photo_beside_it(logo: float) -> None:
    evidence = [an_item(ReferenceKind.LOGO, logo), an_item(ReferenceKind.PHOTO, 0.99)]
    found = verdict(evidence, [permit(1, kinds=frozenset({ReferenceKind.LOGO}))])
    assert (found.decision, found.reason) == (Decision.BLOCK, Reason.PHOTO_COPIED)


def test_the_same_evidence_at_a_later_moment_is_judged_by_that_moment() -> None:
    held = [permit(1, last_day=NOW.date())]
    evidence = [an_item(ReferenceKind.LOGO, 0.9)]
    later = NOW + timedelta(days=1)
    assert verdict(evidence, held).decision is Decision.CLEAR
    assert judge(evidence, SELLER, held, POLICY, later, image_sha256="0", index_revision=1).decision is Decision.REVIEW


@pytest.mark.parametrize("skipped", [(), tuple(Stage)])
def test_a_policy_without_blocks_leaves_to_a_reviewer_what_it_would_block(skipped: tuple[Stage, ...]) -> None:
    strictest = {**dict.fromkeys(Reason, Decision.BLOCK), **dict.fromkeys(NEVER_BLOCK, Decision.REVIEW)}
    strict = replace(POLICY, decisions=strictest)
    for evidence in ([], [an_item(ReferenceKind.PHOTO, 1.0)], [an_item(ReferenceKind.LOGO, 1.0)]):
        for policy, decision in ((strict, Decision.BLOCK), (strict.without_blocks(), Decision.REVIEW)):
            found = judge(evidence, SELLER, [], policy, NOW, image_sha256="0", index_revision=1, skipped=skipped)
            assert found.decision is decision
            assert judge_listing([found], policy, unread=1)[1] is decision
    assert POLICY.without_blocks().decisions[Reason.NO_MATCH] is Decision.CLEAR


@given(
    st.permutations(
        [an_item(ReferenceKind.LOGO, 0.9, name=str(n)) for n in range(3)] + [an_item(ReferenceKind.PHOTO, 0.6)]
    )
)
def test_the_order_of_evidence_does_not_matter(evidence: list[Evidence]) -> None:
    assert verdict(evidence, []) == verdict(sorted(evidence, key=lambda item: item.reference_id), [])


@pytest.mark.parametrize(
    ("category", "classes"),
    [("25", {25}), ("Shoes", {25}), ("46", set()), ("0", set()), ("toys", set()), (None, set())],
)
def test_a_category_is_a_class_number_or_a_word_of_the_policy(category: str | None, classes: set[int]) -> None:
    assert POLICY.nice_classes(category) == classes


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("shoes = [25]", "shoes = [0]", "categories.shoes"),
        ("logo = 0.5", "logo = 1.5", "thresholds.logo"),
        ("logo = 0.5", "", "thresholds.logo"),
        ('no_match = "clear"', "", "no_match"),
        ('no_match = "clear"', 'no_match = "burn"', "no_match"),
        ("photo_copied = 0.95", "photo_copied = 0.1", "photo_copied is below"),
        ('name = "markscan-default-4"', 'nmae = "x"', "nmae"),
        ("shoes = [25]", "shoes = [46]", "categories.shoes"),
        ("[thresholds]", "[thresholds", "cannot be read"),
    ],
)
def test_a_wrong_policy_file_is_refused_by_name(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(DEFAULT_POLICY.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyUnusable, match=complaint) as raised:
        read_policy(file)
    assert "mine.toml" in str(raised.value)


@pytest.mark.parametrize("edge", [1, 45])
def test_a_category_may_name_any_nice_class(tmp_path: Path, edge: int) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(DEFAULT_POLICY.read_text("utf-8").replace("shoes = [25]", f"shoes = [{edge}]", 1), "utf-8")
    assert read_policy(file).nice_classes("shoes") == {edge}
    assert POLICY.nice_classes(str(edge)) == {edge}


def test_the_copied_photo_is_named_before_the_logo_where_both_ask_for_the_same() -> None:
    blocking = replace(POLICY, decisions={**POLICY.decisions, Reason.LOGO_UNAUTHORIZED: Decision.BLOCK})
    both = [an_item(ReferenceKind.LOGO, 1.0), an_item(ReferenceKind.PHOTO, 0.99)]
    found = judge(both, SELLER, [], blocking, NOW, image_sha256="00", index_revision=3)
    assert (found.decision, found.reason) == (Decision.BLOCK, Reason.PHOTO_COPIED)
    assert found.counted == (both[1].reference_id,)


def test_the_logo_is_named_before_the_suspected_photo_and_both_before_an_incomplete_scan() -> None:
    suspected, logo = (
        an_item(ReferenceKind.PHOTO, POLICY.thresholds.photo_suspected),
        an_item(ReferenceKind.LOGO, 0.9),
    )
    reviewing = replace(POLICY, decisions=dict.fromkeys(Reason, Decision.REVIEW))

    def named(*evidence: Evidence) -> Reason:
        skipped = (Stage.VERIFY,)
        return judge(evidence, SELLER, [], reviewing, NOW, image_sha256="00", index_revision=3, skipped=skipped).reason

    assert named(suspected, logo) is Reason.LOGO_UNAUTHORIZED
    assert named(suspected) is Reason.PHOTO_SUSPECTED
    assert named() is Reason.INCOMPLETE


def test_evidence_is_listed_by_falling_confidence_and_then_by_reference() -> None:
    items = [
        an_item(ReferenceKind.LOGO, confidence, name=name) for confidence, name in [(0.2, "a"), (0.9, "c"), (0.9, "b")]
    ]
    assert [item.reference_id[-1] for item in verdict(items, []).evidence] == ["b", "c", "a"]


def test_authorizations_match_by_the_value_of_ids_from_any_source() -> None:
    read_elsewhere = permit(brand_id="".join(["ac", "me"]), seller_id="".join(["S", "1"]))
    assert verdict([an_item(ReferenceKind.LOGO, 0.9)], [read_elsewhere]).reason is Reason.AUTHORIZED


def test_a_listing_has_its_strictest_verdict() -> None:
    clear, review = verdict([], []), verdict([an_item(ReferenceKind.LOGO, 0.9)], [])
    block = verdict([an_item(ReferenceKind.PHOTO, 0.99)], [])
    assert judge_listing([clear, block, review], POLICY, unread=0) == (Reason.PHOTO_COPIED, Decision.BLOCK)
    assert judge_listing([clear, clear], POLICY, unread=0) == (Reason.NO_MATCH, Decision.CLEAR)
    assert judge_listing([], POLICY, unread=0) == (Reason.NO_MATCH, Decision.CLEAR)


def test_an_image_that_cannot_be_read_counts_as_the_policy_says() -> None:
    unreadable = (Reason.UNREADABLE, POLICY.decisions[Reason.UNREADABLE])
    assert unreadable[1] is not Decision.CLEAR
    assert judge_listing([verdict([], [])], POLICY, unread=1) == unreadable
    assert judge_listing([], POLICY, unread=2) == unreadable
    blocked = verdict([an_item(ReferenceKind.PHOTO, 0.99)], [])
    assert judge_listing([blocked], POLICY, unread=1) == (Reason.PHOTO_COPIED, Decision.BLOCK)


def test_a_marketplace_may_edit_the_policy_and_not_the_code(tmp_path: Path) -> None:
    file = tmp_path / "strict.toml"
    edited = DEFAULT_POLICY.read_text("utf-8").replace('logo_unauthorized = "review"', 'logo_unauthorized = "block"')
    file.write_text(edited, "utf-8")
    policy: Policy = read_policy(file)
    found = judge([an_item(ReferenceKind.LOGO, 0.9)], SELLER, [], policy, NOW, image_sha256="0", index_revision=1)
    assert found.decision is Decision.BLOCK


def test_a_mark_too_plain_to_act_upon_asks_for_a_person_even_where_logos_block() -> None:
    blocking = replace(POLICY, decisions={**POLICY.decisions, Reason.LOGO_UNAUTHORIZED: Decision.BLOCK})
    rich = an_item(ReferenceKind.LOGO, 0.9, "bolt")
    plain = replace(an_item(ReferenceKind.LOGO, 0.9), review_only=True)

    def decided(*evidence: Evidence) -> Decision:
        return judge(evidence, SELLER, [], blocking, NOW, image_sha256="00", index_revision=3).decision

    assert decided(plain) is Decision.REVIEW
    assert decided(rich) is Decision.BLOCK
    assert decided(plain, rich) is Decision.BLOCK


LACKING_LEAVE = (Reason.PHOTO_COPIED, Reason.LOGO_UNAUTHORIZED, Reason.PHOTO_SUSPECTED)
kinds, brands, names = st.sampled_from(IMAGE_KINDS), st.sampled_from(["acme", "bolt"]), st.sampled_from("abc")
sightings = st.lists(
    st.builds(
        lambda kind, confidence, brand, name, plain: replace(an_item(kind, confidence, brand, name), review_only=plain),
        *(kinds, st.sampled_from([0.4, 0.7, 0.95, 1.0]), brands, names, st.booleans()),
    ),
    max_size=8,
    unique_by=lambda item: item.reference_id,
)
leaves = st.lists(
    st.builds(
        lambda brand_id, kind, seller_id, revoked_at: permit(
            brand_id=brand_id, kinds=frozenset({kind}), seller_id=seller_id, revoked_at=revoked_at
        ),
        *(brands, kinds, st.sampled_from(["S1", "S1", "S2"]), st.sampled_from([None, None, NOW])),
    ),
    max_size=3,
)
silent = st.builds(
    lambda names: ReviewFeedback(quarantined=frozenset(names)),
    st.sets(st.builds("{}-{}-{}".format, brands, kinds, names), max_size=4),
)
policies = st.builds(
    lambda changed: replace(POLICY, decisions={**POLICY.decisions, **changed}),
    st.dictionaries(st.sampled_from(sorted(set(Reason) - NEVER_BLOCK)), st.sampled_from(Decision)),
)
skips = st.sampled_from([(), tuple(Stage)[:1]])


def covered(item: Evidence, held: list[Authorization]) -> bool:
    classes = POLICY.nice_classes(SELLER.category)
    return any(
        each.brand_id == item.brand_id
        and each.unmet(seller_id=SELLER.seller_id, kind=item.kind, market=SELLER.market, nice=classes, now=NOW) is None
        for each in held
    )


@settings(max_examples=400, deadline=None)
@given(sightings, leaves, silent, policies, skips)
def test_what_counted_is_exactly_what_reason_and_decision_rest_on(
    evidence: list[Evidence],
    held: list[Authorization],
    feedback: ReviewFeedback,
    policy: Policy,
    skipped: tuple[Stage, ...],
) -> None:
    def judged(items: list[Evidence]) -> Verdict:
        return judge(
            *(items, SELLER, held, policy, NOW), image_sha256="0", index_revision=1, skipped=skipped, feedback=feedback
        )

    found = judged(evidence)
    counted = [item for item in found.evidence if item.reference_id in found.counted]
    assert tuple(item.reference_id for item in counted) == found.counted, "each was seen, and the surest is first"
    if found.reason in LACKING_LEAVE:
        assert counted
        assert not any(covered(item, held) or item.reference_id in feedback.quarantined for item in counted)
    elif found.reason is Reason.AUTHORIZED:
        assert counted
        assert all(covered(item, held) and item.reference_id not in feedback.quarantined for item in counted)
    elif found.reason is Reason.SUPPRESSED:
        assert counted
        assert all(item.reference_id in feedback.quarantined for item in counted)
    else:
        assert not counted
    alone, without = [judged([item]) for item in counted], judged([item for item in evidence if item not in counted])
    assert {(each.reason, each.decision) for each in alone} <= {(found.reason, found.decision)}
    assert not counted or (without.reason, without.decision) != (found.reason, found.decision)


def test_of_two_photos_the_surer_one_that_is_authorized_did_not_count() -> None:
    own, stolen = an_item(ReferenceKind.PHOTO, 1.0), an_item(ReferenceKind.PHOTO, 0.96, "bolt")
    found = verdict([own, stolen], [permit(brand_id="acme")])
    assert (found.reason, found.counted) == (Reason.PHOTO_COPIED, (stolen.reference_id,))
    assert found.evidence == (own, stolen)
    assert (found.foremost, found.counted_evidence) == ((stolen, own), (stolen,))


def test_what_asks_for_less_than_the_verdict_did_not_count() -> None:
    copied, suspected = an_item(ReferenceKind.PHOTO, 0.95), an_item(ReferenceKind.PHOTO, 0.94, "bolt")
    plain = replace(an_item(ReferenceKind.PHOTO, 1.0, "cord"), review_only=True)
    assert verdict([copied, suspected, plain, an_item(ReferenceKind.LOGO, 1.0)], []).counted == (copied.reference_id,)


def test_an_image_that_was_compared_with_nothing_is_told_from_one_that_matches_nothing(tmp_path: Path) -> None:
    def reason_of(policy: Policy, *, searched: bool) -> tuple[Reason, Decision]:
        found = judge((), SELLER, (), policy, NOW, image_sha256="0" * 64, index_revision=1, searched=searched)
        return found.reason, found.decision

    assert reason_of(POLICY, searched=True) == (Reason.NO_MATCH, Decision.CLEAR)
    assert reason_of(POLICY, searched=False) == (Reason.NOTHING_SEARCHED, Decision.CLEAR)
    lines = DEFAULT_POLICY.read_text("utf-8").replace('no_match = "clear"', 'no_match = "review"').splitlines()
    earlier = tmp_path / "policy.toml"
    earlier.write_text("\n".join(line for line in lines if not line.startswith("nothing_searched")), "utf-8")
    assert reason_of(read_policy(earlier), searched=False) == (Reason.NOTHING_SEARCHED, Decision.REVIEW)
