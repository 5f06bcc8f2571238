"""Registered words in lines of text: attacks are found, ordinary texts are not, and time is bounded."""

import random
import time
from pathlib import Path

import pytest

from brand_index.errors import IndexDamaged
from brand_index.index.parts import IndexedWord, Placed, SegmentWords, WordHit, WordPart, ordinary_words
from brand_index.index.parts.word_keys import MOST_CANDIDATES, JoinedKeys, Keys
from brand_index.types import Spelling

ORDINARY = ["Garden"]
WORDS = [
    *("Tarnvik", "Orlanda", "Veltro", "Nikk", "Gopro", "Orlanda Sport", "Barnegatstone", "Sirona24", "S&M", "Zok"),
    *("Lovi's", "塔恩维克", "タルンヴィク", "Тарнвик", "تارنفيك", *ORDINARY),
]
PLAIN = (
    *("new", "vintage", "running", "shoes", "for", "men", "women", "kids", "with", "cotton", "leather", "steel", "set"),
    *("bottle", "kitchen", "knife", "black", "white", "summer", "dress", "charger", "cable", "phone", "case", "hose"),
    *("garden", "lamp", "wooden", "table", "chair", "winter", "jacket", "zipper", "pocket", "sleeve", "sale", "large"),
)


@pytest.fixture(scope="module")
def part() -> WordPart:
    return WordPart.build(
        IndexedWord(f"reference-{n}", f"brand-{n}", word, False, 0.0, word not in ORDINARY)
        for n, word in enumerate(WORDS)
    )


def best(part: WordPart, *lines: str) -> WordHit | None:
    hits = part.search(lines)
    return hits[0] if hits else None


def found(part: WordPart, *lines: str) -> dict[str, float]:
    return {part.words[hit.position].word: hit.similarity for hit in part.search(lines)}


@pytest.mark.parametrize(
    "line", ["Tarnvik", "blue TARNVIK shoes", "Tarnvik's", "ＴＡＲＮＶＩＫ", "Tarn\u200bv\u0301ik®"]
)
def test_a_word_on_its_own_is_exact(part: WordPart, line: str) -> None:
    hit = best(part, line)
    assert hit is not None
    assert (hit.similarity, hit.spelled, hit.whole) == (1.0, Spelling.EXACT, True)


@pytest.mark.parametrize(
    ("line", "spelled"),
    [
        ("T A R N V I K bag", Spelling.SPACED),
        ("T.A.R.N.V.I.K", Spelling.SPACED),
        ("T-A-R-N-V-I-K", Spelling.SPACED),
        ("TARN VIK", Spelling.SPACED),
        ("Taaarnviiik", Spelling.SPACED),
        ("Τаrnvіk", Spelling.LOOKALIKE_LETTERS),
        ("T4RNV1K", Spelling.LOOKALIKE_LETTERS),
        ("T@RNV!K", Spelling.LOOKALIKE_LETTERS),
        ("7@RNV!K", Spelling.LOOKALIKE_LETTERS),
        ("T*RNVIK", Spelling.LOOKALIKE_LETTERS),
        ("Tarnv•k", Spelling.LOOKALIKE_LETTERS),
        ("T°RNVIK", Spelling.LOOKALIKE_LETTERS),
        ("TARNV¡K", Spelling.LOOKALIKE_LETTERS),
        ("Tarn⭐ik", Spelling.LOOKALIKE_LETTERS),
        ("ta rn vi k", Spelling.SPACED),
        ("ta|rn|vi|k", Spelling.SPACED),
        ("ta, rn, vi, k", Spelling.SPACED),
        ("TΛRNVIK", Spelling.LOOKALIKE_LETTERS),
        ("tamvik", Spelling.LOOKALIKE_LETTERS),
        ("TARNVlK", Spelling.LOOKALIKE_LETTERS),
        ("Tarnvok", Spelling.EDITED),
        ("Tarnvk", Spelling.EDITED),
        ("Tarnvikk", Spelling.EDITED),
        ("Tarnivk", Spelling.EDITED),
        ("superTARNVIKstore", Spelling.INSIDE),
        ("TARNVIKRUNNINGSHOES", Spelling.INSIDE),
        ("tarnvik2000", Spelling.INSIDE),
        ("superT4RNVIKstore", Spelling.INSIDE),
        ("tarnvik-style", Spelling.EXACT),
    ],
)
def test_an_attack_is_found_and_named(part: WordPart, line: str, spelled: Spelling) -> None:
    hit = best(part, line)
    assert hit is not None
    assert (part.words[hit.position].word, hit.spelled) == ("Tarnvik", spelled)
    assert 0.85 <= hit.similarity < 1


def test_a_hit_says_where_it_stands(part: WordPart) -> None:
    line = "Große Tärn\u200bvik-Tasche"
    hit = best(part, "none", line)
    assert hit is not None
    assert (hit.line, hit.text, line[hit.start : hit.end], hit.lines) == (1, "Tärn\u200bvik", "Tärn\u200bvik", 1)


@pytest.mark.parametrize(("line", "word"), [("塔恩维克运动鞋", "塔恩维克"), ("タルンヴィクの靴", "タルンヴィク")])
def test_scripts_without_spaces_are_searched_inside(part: WordPart, line: str, word: str) -> None:
    assert found(part, line)[word] >= 0.95


@pytest.mark.parametrize(
    ("line", "word", "least"),
    [
        ("高仿佐維拉外套", "佐維拉", 0.95),
        ("2024新款鑫云女包", "鑫云", 0.9),
        ("新品カミノスジャケット", "カミノス", 0.95),
        ("クールゾルヴェラ", "ゾルヴェラ", 0.9),
    ],
)
def test_a_word_in_running_text_is_found_where_no_spaces_are_written(line: str, word: str, least: float) -> None:
    alone = WordPart.build([IndexedWord("r", "b", word, False, 0.0, True)])
    assert found(alone, line)[word] >= least


@pytest.mark.parametrize(
    ("line", "word"), [("リカミノスア", "カミノス"), ("スクランブルバッグ", "クラン"), ("新品ゾラジャケット", "ゾラ")]
)
def test_a_part_of_a_word_in_katakana_is_no_word(line: str, word: str) -> None:
    alone = WordPart.build([IndexedWord("r", "b", word, False, 0.0, True)])
    assert found(alone, line) == {}


def test_two_characters_that_an_ordinary_word_crosses_say_little() -> None:
    alone = WordPart.build([IndexedWord("r", "b", "美心", True, 0.0, True)])
    assert found(alone, "最美心情") == {"美心": 0.8}


@pytest.mark.parametrize(("line", "word"), [("حذاء تارنفيك جديد", "تارنفيك"), ("обувь ТАРНВИК", "Тарнвик")])
def test_other_scripts_are_exact(part: WordPart, line: str, word: str) -> None:
    assert found(part, line) == {word: 1.0}


@pytest.mark.parametrize("lines", [("TARN", "VIK"), ("blue Tarn-", "vik shoes"), ("ta", "rnvik")])
def test_a_word_broken_over_two_lines_is_found(part: WordPart, lines: tuple[str, str]) -> None:
    hit = best(part, *lines)
    assert hit is not None
    assert (part.words[hit.position].word, hit.line, hit.lines) == ("Tarnvik", 0, 2)
    assert "\n" in hit.text


def test_a_word_is_found_over_the_end_of_what_is_looked_up_together(part: WordPart) -> None:
    for before in range(30, 34):
        hit = best(part, *["plain words"] * before, "TARN-", "VIK", "more")
        assert hit is not None
        assert (hit.line, hit.lines) == (before, 2)


def test_a_letter_twice_is_found_in_five_letters_unless_it_makes_an_ordinary_word() -> None:
    part = WordPart.build(IndexedWord(word, word, word, False, 0.0, True) for word in ("Kelmi", "Leter"))
    assert found(part, "Kellmi shirt") == {"Kelmi": 0.85}
    assert found(part, "letter box") == {}


@pytest.mark.parametrize("written", ["Золверы", "золверу", "Золверой"])
def test_another_case_of_a_cyrillic_word_is_no_misspelling(written: str) -> None:
    part = WordPart.build([IndexedWord("r", "b", "Золвера", False, 0.0, True)])
    assert [hit.spelled for hit in part.search([f"сумка {written}"]) if hit.spelled is not Spelling.INSIDE] == []


def test_the_genitive_of_a_cyrillic_word_is_found(part: WordPart) -> None:
    assert found(part, "сумка Тарнвика") == {"Тарнвик": 0.95}


def test_two_wrong_letters_are_found_in_twelve_but_not_in_seven(part: WordPart) -> None:
    assert "Barnegatstone" in found(part, "Barnegitstane")
    assert "Tarnvik" not in found(part, "Tirnvok")


@pytest.mark.parametrize("line", ["Nikka", "Nikx", "Zak", "Zokk", "zoks", "Gopra"])
def test_short_words_are_never_found_with_a_wrong_letter(part: WordPart, line: str) -> None:
    assert found(part, line) == {}


@pytest.mark.parametrize(
    "line",
    ["S M L XL", "S, M", "orlando", "sirona25", "gardn", "gardenings", "B4 sheet 100cl 90x200", "go! pros", "Lovi"],
)
def test_what_looks_a_little_alike_is_none(part: WordPart, line: str) -> None:
    assert found(part, line) == {}


def test_ordinary_words_side_by_side_say_less_than_a_misspelling(part: WordPart) -> None:
    assert found(part, "go pro") == {"Gopro": 0.7}


@pytest.mark.parametrize("lines", [("Gar-", "table"), ("a blue gar-", "table for men"), ("new Gar-table",)])
def test_a_hyphen_joins_ordinary_words_to_a_registered_one(lines: tuple[str, ...]) -> None:
    joined = WordPart.build([IndexedWord("r", "b", "Gartable", False, 0.0, True)])
    assert found(joined, *lines)["Gartable"] >= 0.9


@pytest.mark.parametrize("line", ["new gar table", "new gar - table"])
def test_a_space_joins_no_ordinary_words(line: str) -> None:
    joined = WordPart.build([IndexedWord("r", "b", "Gartable", False, 0.0, True)])
    assert found(joined, line) == {"Gartable": 0.7}


def test_ordinary_words_alone_on_two_lines_are_one_word_if_these_go_on_in_each_other() -> None:
    joined = WordPart.build([IndexedWord("r", "b", "Gartable", False, 0.0, True)])
    similar = [
        [hit.similarity for hit in joined.search(lines, going_on=going_on)]
        for lines, going_on in ((("GAR", "TABLE"), {0}), (("GAR", "TABLE"), set()), (("a gar", "table leg"), {0}))
    ]
    assert similar == [[0.9], [0.7], [0.7]]


def test_a_word_that_ordinary_text_has_is_not_made_of_two_lines() -> None:
    joined = WordPart.build([IndexedWord("r", "b", "Gartable", False, 3.6, True)])
    assert [hit.similarity for hit in joined.search(["GAR", "TABLE"], going_on={0})] == [0.7]


def test_what_is_another_registered_word_is_no_misspelling() -> None:
    both = WordPart.build(IndexedWord("r", "b", word, False, 0.0, True) for word in ("Tarnvik", "Tarnvok"))
    assert found(both, "Tarnvik") == {"Tarnvik": 1.0}


@pytest.mark.parametrize("line", ["Orlanda shirt", "Orlanda spot", "orlanda support", "Orlanda 3XL"])
def test_another_ordinary_word_beside_a_brand_is_no_misspelling_of_two_words(line: str) -> None:
    alone = WordPart.build([IndexedWord("r", "b", "Orlanda Sport", False, 0.0, True)])
    assert found(alone, line) == {}


@pytest.mark.parametrize("line", ["Orlanda Sprot", "Orlenda Sport", "Orlanda sports"])
def test_two_words_are_found_with_a_letter_wrong(line: str) -> None:
    alone = WordPart.build([IndexedWord("r", "b", "Orlanda Sport", False, 0.0, True)])
    assert found(alone, line)["Orlanda Sport"] >= 0.85


def test_a_word_that_stands_there_explains_an_edit_of_a_longer_one_of_its_brand() -> None:
    words = (("acme", "Orlanda"), ("acme", "Orlanda Sport"), ("other", "Orlanda Sqort"))
    both = WordPart.build(IndexedWord(word, brand, word, False, 0.0, True) for brand, word in words)
    assert set(found(both, "Orlanda Sprot")) == {"Orlanda", "Orlanda Sqort"}


def test_words_with_the_spaces_left_out_are_found(part: WordPart) -> None:
    assert found(part, "ORLANDASPORT") == {"Orlanda Sport": 0.97, "Orlanda": 0.9}


def test_each_word_is_named_once_and_at_most_as_many_as_asked_for(part: WordPart) -> None:
    hits = part.search(["Tarnvok", "Tarnvik Tarnvik Orlanda Veltro"], count=2)
    assert [(part.words[hit.position].word, hit.line, hit.start) for hit in hits] == [
        ("Tarnvik", 1, 0),
        ("Orlanda", 1, 16),
    ]


def test_saved_words_are_found_the_same(part: WordPart, tmp_path: Path) -> None:
    SegmentWords.of(part.words).save(tmp_path, "words")
    loaded = WordPart([Placed(SegmentWords.load(tmp_path, "words"))], ordinary_words())
    lines = ["T4RNV1K", "Orlnda", "superveltrostore", "go pro"]
    assert loaded.words == part.words
    assert loaded.search(lines) == part.search(lines) != []


@pytest.mark.parametrize("name", ["words.json", "words.keys.npy", "words.positions.npy", "words.own.npy"])
def test_a_damaged_file_is_refused(part: WordPart, tmp_path: Path, name: str) -> None:
    SegmentWords.of(part.words).save(tmp_path, "words")
    (tmp_path / name).write_bytes(b"{")
    with pytest.raises(IndexDamaged):
        SegmentWords.load(tmp_path, "words")


def test_an_empty_part_finds_nothing(tmp_path: Path) -> None:
    SegmentWords.of([]).save(tmp_path, "words")
    empty = WordPart([Placed(SegmentWords.load(tmp_path, "words"))], ordinary_words())
    assert empty.search(["Tarnvik"]) == WordPart([], ordinary_words()).search(["Tarnvik"]) == []


@pytest.mark.parametrize(
    "text", ["a", "a ", "ab ", "aB", "a1", "a$", "塔", "ﷺ", "e\u0301", "tarnvi ", "tarnvik", "\u202e"]
)
def test_the_longest_line_takes_a_bounded_time(part: WordPart, text: str) -> None:
    begun = time.process_time()
    part.search([(text * 10_000)[:10_000]])
    assert time.process_time() - begun < 5


def test_ordinary_titles_hit_almost_nothing() -> None:
    rng = random.Random(5)
    ends = ("a", "e", "i", "o", "u", "an", "er")
    syllables = [start + end for start in "bdfgklmnprstv" for end in ends]
    names = {"".join(rng.choices(syllables, k=rng.choice([2, 3, 4]))).capitalize() for _ in range(3_000)}
    part = WordPart.build(IndexedWord(name, name, name, False, 0.0, True) for name in sorted(names))
    titles = [" ".join(rng.choices(PLAIN, k=7)) for _ in range(300)]
    loud = [hit.text for title in titles for hit in part.search([title]) if hit.similarity >= 0.85]
    assert loud == []


@pytest.mark.parametrize("written", ["Tranvik", "Tarrnvikk", "Taarnviik", "TTTAAARRRNNNVVVIIIKKK", "Ttarnvik"])
def test_letters_that_are_swapped_or_repeated_hide_no_word(written: str) -> None:
    part = WordPart.build([IndexedWord("r", "b", "Tarnvik", False, 0.0, True)])
    assert [hit.similarity >= 0.85 for hit in part.search([f"jacket {written} blue"])] == [True]


@pytest.mark.parametrize("written", ["$@rm!n", "54RM1N", "5arm!n", "$4rm!n", "S@rmin", "$armin", "Sarm1n"])
def test_a_word_with_signs_or_digits_for_letters_is_a_lookalike(written: str) -> None:
    part = WordPart.build([IndexedWord("r", "b", "Sarmin", False, 0.0, True)])
    assert [hit.spelled for hit in part.search([f"new {written} bag"])] == [Spelling.LOOKALIKE_LETTERS]


def test_a_code_of_digits_alone_is_no_word() -> None:
    part = WordPart.build([IndexedWord("r", "b", "Sobel", False, 0.0, True)])
    assert part.search(["part 50831, size 50"]) == []


@pytest.mark.parametrize("written", ["H&K", "H & K", "H and K", "h und k", "H et K"])
def test_an_ampersand_may_be_spelled_out(written: str) -> None:
    part = WordPart.build([IndexedWord("r", "b", "H&K", True, 0.0, True)])
    assert [hit.spelled for hit in part.search([f"Koffer von {written}, neu"])] == [Spelling.EXACT]


@pytest.mark.parametrize("written", ["Orl & Veltro", "orl and veltro", "Orl und Veltro"])
def test_a_registered_and_may_be_an_ampersand(written: str) -> None:
    part = WordPart.build([IndexedWord("r", "b", "Orl and Veltro", False, 0.0, True)])
    assert [hit.spelled for hit in part.search([written])] == [Spelling.EXACT]


def test_sizes_are_no_initials(part: WordPart) -> None:
    assert found(part, "sizes S and M in stock") == {}


def test_a_word_disguised_beside_itself_is_found_twice_if_asked_for(part: WordPart) -> None:
    line = "Tarnvik T\u0430rnvik"
    spelled = [hit.spelled for hit in part.search([line], disguised=True)]
    assert spelled == [Spelling.EXACT, Spelling.LOOKALIKE_LETTERS]
    assert len(part.search([line])) == 1


def test_of_many_words_under_one_key_the_same_are_looked_at_in_any_number_of_segments() -> None:
    def identity(position: int) -> str:
        return f"word-{7 * position % 400:03d}"

    first, second = (Keys.build((5, at) for at in range(200)) for _ in range(2))
    joined = JoinedKeys([(first, 0), (second, 200)], frozenset({3, 399}), identity)
    found = [position for _, position in joined.find([5])]
    assert found == sorted(set(range(400)) - {3, 399}, key=identity)[:MOST_CANDIDATES]
