"""Words in images and texts: their reasons, what the words around them change, and how they strengthen logos."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from brand_index.types import Authorization, ReferenceKind, Spelling
from scanner.engine.boxes import Box
from scanner.engine.types import NO_LOGO, NO_PHOTO, Evidence, Where, WordMeasurements, WordPlace
from scanner.verdicts.context import Use
from scanner.verdicts.judgement import judge
from scanner.verdicts.likeness import LEAST_LOGIT
from scanner.verdicts.policy import DEFAULT_POLICY, PolicyUnusable, read_policy
from scanner.verdicts.sentences.about_sellers import authorization_sentences
from scanner.verdicts.types import Decision, Listing, Reason, Verdict
from scanner.verdicts.weighing.joining import strengthened
from scanner.verdicts.words import why

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
POLICY = read_policy()
READ = WordPlace(Where.IMAGE, "TARNVIK", 0, 7, Spelling.EXACT, 1.0, 0.99)


def a_word(confidence: float, *places: WordPlace, brand: str = "tarnvik") -> Evidence:
    return Evidence(
        reference_id=f"{brand}-word-0",
        brand_id=brand,
        kind=ReferenceKind.WORD,
        box=Box(0, 0, 60, 10),
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
        word=WordMeasurements("Tarnvik", 0.0, places or (READ,)),
    )


def a_logo(confidence: float, brand: str = "tarnvik") -> Evidence:
    item = replace(a_word(confidence, brand=brand), kind=ReferenceKind.LOGO, word=None, logo=NO_LOGO)
    return replace(item, reference_id=f"{brand}-logo-0")


def titled(title: str, spelling: Spelling = Spelling.EXACT, word: str = "Tarnvik") -> tuple[Evidence, Listing]:
    """A listing with this title, and the word that is found in it."""
    begin = title.index(word)
    place = WordPlace(Where.TITLE, title, begin, begin + len(word), spelling, 1.0, 1.0)
    return a_word(0.9, place), Listing(seller_id="S1", title=title)


def verdict(*evidence: Evidence, listing: Listing = Listing(seller_id="S1")) -> Verdict:  # noqa: B008 - frozen
    return judge(evidence, listing, (), POLICY, NOW, image_sha256="00", index_revision=3)


def decided(*evidence: Evidence, listing: Listing = Listing(seller_id="S1")) -> tuple[Decision, Reason]:  # noqa: B008
    found = verdict(*evidence, listing=listing)
    return found.decision, found.reason


def test_a_word_in_an_image_is_reviewed() -> None:
    assert decided(a_word(0.99)) == (Decision.REVIEW, Reason.WORD_UNAUTHORIZED)


def test_a_word_that_is_unlikely_counts_for_nothing() -> None:
    assert decided(a_word(0.49)) == (Decision.CLEAR, Reason.NO_MATCH)


def test_a_word_in_a_title_alone_is_clear_and_noted() -> None:
    item, listing = titled("Jacket by Tarnvik, new")
    assert decided(item, listing=listing) == (Decision.CLEAR, Reason.WORD_IN_TEXT)


@pytest.mark.parametrize("spelling", [Spelling.LOOKALIKE_LETTERS, Spelling.EDITED])
def test_a_word_spelled_otherwise_is_a_lookalike_wherever_it_is(spelling: Spelling) -> None:
    item, listing = titled("Jacket Tarnvik", spelling)
    assert decided(item, listing=listing) == (Decision.REVIEW, Reason.LOOKALIKE)
    assert decided(a_word(0.9, replace(READ, spelling=spelling))) == (Decision.REVIEW, Reason.LOOKALIKE)


def test_a_letter_that_was_hardly_read_makes_no_lookalike() -> None:
    misread = replace(READ, spelling=Spelling.EDITED, sureness=0.7)
    assert decided(a_word(0.9, misread)) == (Decision.REVIEW, Reason.WORD_UNAUTHORIZED)


@pytest.mark.parametrize(
    ("title", "decision", "reason"),
    [
        ("Case compatible with Tarnvik", Decision.CLEAR, Reason.NOMINATIVE_USE),
        ("Used Tarnvik jacket", Decision.CLEAR, Reason.NOMINATIVE_USE),
        ("Jacket in the style of Tarnvik", Decision.REVIEW, Reason.IMITATION_NAMED),
        ("Jacket Tarnvik replica 1:1", Decision.REVIEW, Reason.REPLICA_OFFERED),
    ],
)
def test_the_words_around_a_word_decide_its_reason(title: str, decision: Decision, reason: Reason) -> None:
    item, listing = titled(title)
    assert decided(item, listing=listing) == (decision, reason)


def test_the_words_that_changed_a_reason_are_in_the_verdict() -> None:
    item, listing = titled("Case compatible with Tarnvik")
    assert [(word.use, word.text) for word in verdict(item, listing=listing).context] == [
        (Use.COMPATIBLE, "compatible with")
    ]


def test_a_logo_beside_the_word_replica_is_blocked() -> None:
    listing = Listing(seller_id="S1", title="Watch, 1:1 replica")
    assert decided(a_logo(0.9), listing=listing) == (Decision.BLOCK, Reason.REPLICA_OFFERED)


@pytest.mark.parametrize("title", ["No Tarnvik replica", "Watch, not a Tarnvik replica, original"])
def test_a_logo_beside_the_denial_that_its_brand_is_copied_keeps_its_reason(title: str) -> None:
    word, listing = titled(title)
    assert decided(a_logo(0.9), word, listing=listing) == (Decision.REVIEW, Reason.LOGO_UNAUTHORIZED)


def test_another_thing_that_is_denied_makes_no_replica_mild() -> None:
    word, listing = titled("No box, Tarnvik replica")
    assert decided(a_logo(0.9), word, listing=listing) == (Decision.BLOCK, Reason.REPLICA_OFFERED)


def test_a_logo_on_goods_that_fit_a_brand_keeps_its_reason() -> None:
    word, listing = titled("Case compatible with Tarnvik")
    assert decided(a_logo(0.9), word, listing=listing) == (Decision.REVIEW, Reason.LOGO_UNAUTHORIZED)


def test_a_word_on_the_goods_is_reviewed_whatever_they_are_said_to_fit() -> None:
    in_title, listing = titled("Case compatible with Tarnvik")
    assert in_title.word is not None
    both = a_word(0.9, READ, *in_title.word.places)
    assert decided(both, listing=listing) == (Decision.REVIEW, Reason.WORD_UNAUTHORIZED)


def test_what_an_image_says_of_fitting_a_brand_is_nominative_use() -> None:
    printed = WordPlace(Where.IMAGE, "compatible with TARNVIK", 16, 23, Spelling.EXACT, 1.0, 0.99)
    assert decided(a_word(0.9, printed)) == (Decision.CLEAR, Reason.NOMINATIVE_USE)


def test_a_lookalike_is_no_nominative_use() -> None:
    item, listing = titled("Case compatible with T4rnvik", Spelling.LOOKALIKE_LETTERS, "T4rnvik")
    assert decided(item, listing=listing) == (Decision.REVIEW, Reason.LOOKALIKE)


def test_an_authorization_covers_the_word_as_it_covers_the_logo() -> None:
    words, day = frozenset({ReferenceKind.WORD}), date(2026, 1, 1)
    given = Authorization(1, "tarnvik", "S1", words, None, None, day, None, (), None, NOW, None)
    found = judge([a_word(0.99)], Listing(seller_id="S1"), [given], POLICY, NOW, image_sha256="00", index_revision=3)
    assert (found.decision, found.reason) == (Decision.CLEAR, Reason.AUTHORIZED)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Tarnvik bag, replica", (Decision.REVIEW, Reason.REPLICA_OFFERED)),
        ("Tarnvik bag, no replica", (Decision.CLEAR, Reason.AUTHORIZED)),
        ("Tarnvik style bag", (Decision.CLEAR, Reason.AUTHORIZED)),
    ],
)
def test_an_authorized_seller_who_offers_a_replica_goes_to_review(
    title: str, expected: tuple[Decision, Reason]
) -> None:
    kinds, day = frozenset(ReferenceKind), date(2026, 1, 1)
    allowed = Authorization(1, "tarnvik", "S1", kinds, None, None, day, None, (), None, NOW, None)
    listing = Listing(seller_id="S1", title=title)
    done = judge([a_logo(0.99)], listing, [allowed], POLICY, NOW, image_sha256="00", index_revision=3)
    assert (done.decision, done.reason) == expected


LOOKALIKES = [
    a_word(0.9, WordPlace(Where.IMAGE, "TARNV1K", 0, 7, Spelling.LOOKALIKE_LETTERS, 0.92, 0.99)),
    a_word(0.9, WordPlace(Where.TITLE, "Tarnvek bag", 0, 7, Spelling.EDITED, 0.9, 1.0)),
    replace(a_logo(0.9), logo=replace(NO_LOGO, cosine=0.81, match_logit=LEAST_LOGIT - 0.1)),
]


@pytest.mark.parametrize("item", LOOKALIKES, ids=["in the image", "in the title", "a logo"])
def test_a_lookalike_of_a_mark_that_the_seller_may_show_is_reviewed_and_says_why(item: Evidence) -> None:
    kinds, day = frozenset(ReferenceKind), date(2026, 1, 1)
    allowed = Authorization(1, "tarnvik", "S1", kinds, None, None, day, None, (), None, NOW, None)
    listing = Listing(seller_id="S1", title="Tarnvek bag")
    genuine = replace(a_word(0.99), reference_id="tarnvik-word-1")
    done = judge([item, genuine], listing, [allowed], POLICY, NOW, image_sha256="00", index_revision=3)
    assert (done.decision, done.reason, done.counted) == (Decision.REVIEW, Reason.LOOKALIKE, (item.reference_id,))
    assert done.authorization_ids == (1,)
    assert authorization_sentences(done) == (
        "Covered by authorization 1. That covers the mark itself, not what resembles it.",
    )


@pytest.mark.parametrize("reason", ["nominative_use", "word_in_text", "word_unauthorized", "lookalike"])
def test_no_policy_blocks_a_word_without_a_person(reason: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("policies") / "policy.toml"
    shipped = DEFAULT_POLICY.read_text("utf-8")
    line = next(each for each in shipped.split("\n") if each.startswith(f"{reason} = "))
    path.write_text(shipped.replace(line, f'{reason} = "block"'), "utf-8")
    with pytest.raises(PolicyUnusable, match=f"{reason}: a word alone goes to review at most"):
        read_policy(path)


def test_a_policy_from_before_words_were_read_still_works(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("policies") / "policy.toml"
    new = (
        "nominative_use",
        "word_in_text",
        "word_unauthorized",
        "lookalike",
        "imitation_named",
        "replica_offered",
        "word",
    )
    lines = DEFAULT_POLICY.read_text("utf-8").split("\n")
    path.write_text("\n".join(line for line in lines if line.split(" = ")[0] not in new), "utf-8")
    assert read_policy(path).decisions[Reason.WORD_UNAUTHORIZED] is Decision.REVIEW


def test_a_word_strengthens_the_logo_of_its_brand_alone() -> None:
    found = {item.reference_id: item for item in strengthened([a_logo(0.3), a_logo(0.3, "orlanda"), a_word(0.9)])}
    assert found["tarnvik-logo-0"].confidence > 0.5
    assert found["tarnvik-logo-0"].alone == 0.3
    assert (found["orlanda-logo-0"].confidence, found["orlanda-logo-0"].alone) == (0.3, None)


def test_a_word_that_only_resembles_the_brands_does_not_strengthen_its_logo() -> None:
    lookalike = a_word(0.9, replace(READ, text="TARNVIC", spelling=Spelling.EDITED))
    assert {item.confidence for item in strengthened([a_logo(0.3), lookalike])} >= {0.3}


def test_strengthening_twice_is_as_once() -> None:
    once = strengthened([a_logo(0.3), a_word(0.6)])
    assert strengthened(once) == once


def test_a_word_does_not_strengthen_a_photo() -> None:
    photo = replace(a_logo(0.6), kind=ReferenceKind.PHOTO, logo=None, photo=NO_PHOTO, reference_id="tarnvik-photo-0")
    assert photo in strengthened([photo, a_word(0.9)])


def test_what_no_evidence_supports_is_not_made_likely_by_a_word() -> None:
    assert {item.confidence for item in strengthened([a_logo(0.001), a_word(0.99)])} == {0.001, 0.99}


def drawn_otherwise(confidence: float, match_logit: float) -> Evidence:
    measured = replace(NO_LOGO, cosine=0.81, hue_intersection=0.64, match_logit=match_logit)
    return replace(a_logo(confidence), logo=measured)


def test_a_logo_whose_drawing_does_not_fit_is_a_lookalike_and_the_sentence_compares_them() -> None:
    found = verdict(drawn_otherwise(0.9, LEAST_LOGIT - 0.1))
    assert (found.decision, found.reason) == (Decision.REVIEW, Reason.LOOKALIKE)
    assert why(found).endswith("Alike: shape 0.81, colour 0.64.")


def test_a_logo_whose_drawing_fits_is_the_logo() -> None:
    assert decided(drawn_otherwise(0.9, LEAST_LOGIT + 0.1)) == (Decision.REVIEW, Reason.LOGO_UNAUTHORIZED)


def test_what_is_too_unlikely_a_logo_is_no_lookalike_of_it() -> None:
    assert decided(drawn_otherwise(0.4, LEAST_LOGIT - 0.1)) == (Decision.CLEAR, Reason.NO_MATCH)


def test_a_lookalike_in_word_and_drawing_says_how_alike_both_are() -> None:
    spelled = a_word(0.9, WordPlace(Where.IMAGE, "TARNV1K", 0, 7, Spelling.LOOKALIKE_LETTERS, 0.92, 0.99))
    found = verdict(spelled, drawn_otherwise(0.9, LEAST_LOGIT - 0.1))
    assert why(found).endswith("Alike: word 0.92, shape 0.81, colour 0.64.")


@pytest.mark.parametrize("title", ["Tarnvik bag", "Tarnvik bag, replica"])
def test_a_lookalike_of_a_logo_never_blocks(title: str) -> None:
    blocking = replace(POLICY, decisions={**POLICY.decisions, Reason.REPLICA_OFFERED: Decision.BLOCK})
    item, listing = drawn_otherwise(0.99, LEAST_LOGIT - 0.1), Listing(seller_id="S1", title=title)
    found = judge([item], listing, (), blocking, NOW, image_sha256="00", index_revision=3)
    assert found.decision is Decision.REVIEW
