"""What the registration of words takes and refuses, and what it records."""

import hashlib
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.errors import Contradictory, InvalidField, RegistrationError, UnrecognizableReference
from brand_index.registration import (
    MarkChanges,
    MarkFields,
    NewWord,
    Registered,
    edit_mark_of,
    register_word,
    register_words,
    withdraw,
)
from brand_index.registration.words import check_word
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.registry.conflicts import resolve_conflict
from brand_index.registry.editing import reinstate_all
from brand_index.registry.kept_files import lost_files, read_reference
from brand_index.registry.overview import as_json_value, as_rows
from brand_index.store import Store
from brand_index.types import Brand, MarkFeature, ReferenceKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARNVIK = Brand("tarnvik", "Tarnvik", "Tarnvik Ltd", "ip@tarnvik.example")
ORLANDA = Brand("orlanda", "Orlanda", "Orlanda GmbH", "ip@orlanda.example")
NUMBERED = MarkFields(MarkFeature.WORD, "EM", "018", frozenset({25}))


def register(
    registry: Registry, store: Store, word: str, *, brand: Brand = TARNVIK, mark: MarkFields | None = None
) -> Registered:
    return register_word(registry, store=store, brand=brand, word=word, mark=mark, now=NOW)


def test_a_word_is_a_reference_whose_file_holds_it(registry: Registry, store: Store) -> None:
    reference = register(registry, store, " Tärnvik  Sport\n").reference
    assert registry.references() == (reference,)
    assert (reference.word, reference.kind, reference.suffix) == ("Tärnvik Sport", ReferenceKind.WORD, ".txt")
    assert (reference.width, reference.height, reference.warnings) == (0, 0, ())
    assert read_reference(store, reference) == "Tärnvik Sport".encode()
    assert reference.sha256 == hashlib.sha256("Tärnvik Sport".encode()).hexdigest()
    assert reference.reference_id == f"tarnvik-word-{reference.sha256[:16]}"
    assert (registry.history_faults(), registry.row_faults()) == ((), ())


def test_a_word_in_two_encodings_is_one(registry: Registry, store: Store) -> None:
    register(registry, store, "Ta\u0308rnvik")
    done = register(registry, store, "T\u00e4rnvik")
    assert done.outcome is RegistrationOutcome.ALREADY_REGISTERED
    assert done.reference.word == "T\u00e4rnvik"


ALIKE = [
    "TARN VIK",
    "T-A-R-N-V-I-K",
    "T.a.r.n.v.i.k",
    "Tаrnvіk",
    "Tarnv1k",
    "T@rnvik",
]  # the fourth has Cyrillic letters


@pytest.mark.parametrize("again", ["Tarnvik", "TARNVIK", "tärnvik", "Ｔａｒｎｖｉｋ", " tarnvik ", *ALIKE])
def test_a_word_that_reads_as_one_of_the_brands_is_registered_already(
    registry: Registry, store: Store, again: str
) -> None:
    first = register(registry, store, "Tarnvik").reference
    before = registry.revision()
    done = register(registry, store, again)
    assert (done.outcome, done.reference) == (RegistrationOutcome.ALREADY_REGISTERED, first)
    assert registry.revision() == before


def test_the_word_of_another_brand_makes_a_conflict_that_is_resolved_as_any(registry: Registry, store: Store) -> None:
    register(registry, store, "Tarnvik")
    done = register(registry, store, "Tarnvik", brand=ORLANDA)
    assert done.outcome is RegistrationOutcome.REGISTERED_WITH_CONFLICT
    (conflict,) = done.conflicts
    assert (conflict.kind, conflict.brands) == (ReferenceKind.WORD, ("tarnvik", "orlanda"))
    resolve_conflict(registry.database, conflict.conflict_id, withdraw="orlanda", now=NOW)
    assert [each.brand_id for each in registry.references()] == ["tarnvik"]


@pytest.mark.parametrize("spelled", ["TÄRNVIK", "tarnvik", "t a r n v i k", *ALIKE])
def test_another_brands_word_that_reads_the_same_is_a_conflict(registry: Registry, store: Store, spelled: str) -> None:
    register(registry, store, "Tarnvik")
    done = register(registry, store, spelled, brand=ORLANDA)
    assert done.outcome is RegistrationOutcome.REGISTERED_WITH_CONFLICT
    assert [conflict.brands for conflict in done.conflicts] == [("tarnvik", "orlanda")]
    assert done.warnings == ("tarnvik has 'Tarnvik' registered: a match may be of either",)
    assert done.reference.warnings == ()


@pytest.mark.parametrize(("withdrawn", "left"), [("tarnvik", "TARN VIK"), ("orlanda", "Tarnvik")])
def test_a_conflict_of_two_spellings_is_resolved_for_either_brand(
    registry: Registry, store: Store, withdrawn: str, left: str
) -> None:
    register(registry, store, "Tarnvik")
    (conflict,) = register(registry, store, "TARN VIK", brand=ORLANDA).conflicts
    resolve_conflict(registry.database, conflict.conflict_id, withdraw=withdrawn, now=NOW)
    assert [each.word for each in registry.references()] == [left]


def test_a_reinstated_word_is_a_conflict_with_another_spelling(registry: Registry, store: Store) -> None:
    first = register(registry, store, "Tarnvik").reference
    withdraw(registry, first.reference_id, NOW)
    assert register(registry, store, "TARNVIK", brand=ORLANDA).conflicts == ()
    reinstate_all(registry.database, [first.reference_id], NOW)
    assert [conflict.brands for conflict in registry.conflicts()] == [("orlanda", "tarnvik")]


def test_a_withdrawn_word_is_reinstated_and_keeps_its_mark(registry: Registry, store: Store) -> None:
    first = register(registry, store, "Tarnvik", mark=MarkFields(nice=frozenset({25}))).reference
    withdraw(registry, first.reference_id, NOW)
    done = register(registry, store, "Tarnvik")
    assert (done.outcome, done.reference) == (RegistrationOutcome.REINSTATED, first)


def test_a_withdrawn_word_in_other_letters_stays_withdrawn(registry: Registry, store: Store) -> None:
    withdraw(registry, register(registry, store, "Tarnvik").reference.reference_id, NOW)
    done = register(registry, store, "TARNVIK")
    assert done.outcome is RegistrationOutcome.ADDED
    assert [each.word for each in registry.references()] == ["TARNVIK"]


def test_words_of_one_office_and_number_are_one_mark(registry: Registry, store: Store) -> None:
    marks = {register(registry, store, word, mark=NUMBERED).reference.mark_id for word in ("Tarnvik", "Тарнвик")}
    assert marks == {1}
    assert registry.marks()[0].feature is MarkFeature.WORD


def test_a_registered_word_given_another_mark_is_refused_with_the_command(registry: Registry, store: Store) -> None:
    reference = register(registry, store, "Tarnvik", mark=NUMBERED).reference
    with pytest.raises(Contradictory, match=rf"Nice 25 is recorded, 9 is given.*marks edit {reference.reference_id}"):
        register(registry, store, "tarnvik", mark=MarkFields(nice=frozenset({9})))


def test_the_mark_of_a_word_is_edited(registry: Registry, store: Store) -> None:
    reference = register(registry, store, "Tarnvik").reference
    given = MarkChanges(MarkFields(nice=frozenset({25})), frozenset({"nice"}))
    assert edit_mark_of(registry, reference.reference_id, given, NOW).nice == {25}


def test_a_brand_that_is_registered_otherwise_is_refused_and_nothing_is_kept(registry: Registry, store: Store) -> None:
    register(registry, store, "Tarnvik")
    with pytest.raises(Contradictory, match="'Tarnvik Ltd' is recorded, 'Other' is given"):
        register(registry, store, "Veltro", brand=Brand("tarnvik", "Tarnvik", "Other", "ip@tarnvik.example"))
    assert len(registry.references()) == 1
    assert len([path for path in store.media.rglob("*") if path.is_file()]) == 1


def test_a_lost_file_is_restored_by_registering_the_word_again(registry: Registry, store: Store) -> None:
    reference = register(registry, store, "Tarnvik").reference
    store.media_path(reference.sha256, ".txt").unlink()
    assert lost_files(store, registry.references()) == (reference,)
    done = register(registry, store, "tarnvik")
    assert done.result == "already registered; its lost file is restored"
    assert read_reference(store, reference) == b"Tarnvik"


def test_a_weak_word_is_recorded_with_its_warnings(registry: Registry, store: Store) -> None:
    done = register(registry, store, "Qzx")
    assert (
        done.reference.warnings == done.warnings == ("short (3 letters): its matches in images go to review at most",)
    )


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", "word is empty"),
        (" \n ", "word is empty"),
        ("Tarn\nvik", "a line break in it: give each word by itself"),
        ("Tarn\r\nvik", "a line break in it"),
        ("Tarn\u2028vik", "a line break in it"),
        ("Tarn\tvik", "a tab in it"),
        ("Tarn\x00vik", "control character \\(U\\+0000\\)"),
        ("Tarn\u202evik", "nobody sees \\(RIGHT-TO-LEFT OVERRIDE\\)"),
        ("Tarn\u200bvik", "nobody sees \\(ZERO WIDTH SPACE\\)"),
        ("Tarn\ue000vik", "nobody sees \\(U\\+E000\\)"),
        ("Tarn\ud800vik", "control character \\(U\\+D800\\)"),
        ("tarnvik " * 13, "has 103 characters"),
    ],
)
def test_a_malformed_word_is_refused_with_the_reason(registry: Registry, store: Store, word: str, reason: str) -> None:
    with pytest.raises(InvalidField, match=reason):
        register(registry, store, word)
    assert (registry.revision(), store.media.exists()) == (0, False)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("501", "digits alone"),
        ("7-11", "digits alone"),
        ("٤٢", "digits alone"),
        ("3M", "1 letter"),
        ("茶", "1 letter"),
        ("♥♥", "no letter"),
    ],
)
def test_a_word_of_too_few_letters_is_refused_with_the_reason(
    registry: Registry, store: Store, word: str, reason: str
) -> None:
    with pytest.raises(UnrecognizableReference, match=reason):
        register(registry, store, word)
    assert registry.revision() == 0


@pytest.mark.parametrize("word", ["茶籽", "تارنفيك", "טרנוויק", "H&M", "می\u200cخواهم", "x" * 100])
def test_two_letters_of_any_script_are_enough(word: str) -> None:
    assert check_word(word) == word


@given(st.text(max_size=120))
def test_a_checked_word_is_checked_again_without_a_change(text: str) -> None:
    try:
        word = check_word(text)
    except RegistrationError:
        return
    assert check_word(word) == word


def test_of_many_words_the_bad_are_refused_and_the_others_registered_in_one_write(
    registry: Registry, store: Store
) -> None:
    words = ["Tarnvik", "12", "TARNVIK", "Veltro", "Ve\x01", "Orlanda Sport"]
    wanted = [NewWord(TARNVIK, word, MarkFields()) for word in words]
    done = list(register_words(registry, store, wanted, NOW))
    outcomes = [each.outcome.name if isinstance(each, Registered) else each.code for each in done]
    assert outcomes == ["ADDED", "unrecognizable_reference", "ALREADY_REGISTERED", "ADDED", "invalid_field", "ADDED"]
    assert not any(each.is_restored for each in done if isinstance(each, Registered))
    assert registry.revision() == 1
    assert lost_files(store, registry.references()) == ()


def lettered(number: int) -> str:
    """A number in letters that resemble no others."""
    return f"q{number}".translate(str.maketrans("0123456789", "bcdfghjkmp"))


def test_a_thousand_words_take_seconds(registry: Registry, store: Store) -> None:
    check_word("Tarnvik")
    wanted = [NewWord(TARNVIK, f"Tarnvik {lettered(number)}", NUMBERED) for number in range(1_000)]
    begun = time.monotonic()
    assert sum(isinstance(each, Registered) for each in register_words(registry, store, wanted, NOW)) == 1_000
    assert time.monotonic() - begun < 30  # 3 s, and the word lists
    assert (len(registry.references()), len(registry.marks()), registry.revision()) == (1_000, 1, 2)


def test_words_are_counted_and_named_in_the_overview(registry: Registry, store: Store) -> None:
    register(registry, store, "Tarnvik")
    assert [row[4:8] for row in as_rows(registry, NOW)] == [("0", "0", "0", "1")]
    (brand,) = json.loads(json.dumps(as_json_value(registry)))["brands"]
    assert [each["word"] for each in brand["references"]] == ["Tarnvik"]
