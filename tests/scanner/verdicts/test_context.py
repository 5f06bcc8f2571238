"""Every phrase about the use of a mark is found where it must stand, and titles are read as a person reads them."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.features.words.frequency import common_words
from scanner.verdicts.context import (
    DEFAULT_CONTEXT,
    Aid,
    ContextUnusable,
    ContextWord,
    Phrase,
    Position,
    Use,
    context_of,
    foremost,
    read_context,
)
from scanner.verdicts.context.phrases import LANGUAGES, SHORT, SPACED, arranged

SHIPPED = read_context()
USES = [phrase for phrase in SHIPPED.phrases if isinstance(phrase.meaning, Use)]
FRAMES = {  # as far from the mark as the position allows
    Position.BEFORE: "Qalb {} qalb qalb qalb Tarnvik",
    Position.AFTER: "Tarnvik qalb qalb qalb {}",
    Position.RIGHT_BEFORE: "Qalb {} Tarnvik",
    Position.RIGHT_AFTER: "Tarnvik {} qalb",
    Position.ANYWHERE: "Qalb qalb {} qalb",
}


def line(phrase: Phrase) -> str:
    return f"{phrase.language}.{phrase.meaning}.{phrase.position}: {phrase.phrase}"


def lines(meaning: Aid) -> list[Phrase]:
    return [phrase for phrase in SHIPPED.phrases if phrase.meaning is meaning]


def marks(text: str) -> list[tuple[int, int]]:
    return [(at, at + len("Tarnvik")) for at in range(len(text)) if text.startswith("Tarnvik", at)]


def read(text: str) -> tuple[ContextWord, ...]:
    return context_of(text, marks(text))


def uses(text: str) -> list[str]:
    return [f"{word.use}: {word.text}" for word in read(text)]


def is_found(phrase: Phrase) -> bool:
    title = FRAMES[phrase.position].format(phrase.phrase)
    at = title.index(phrase.phrase)
    assert isinstance(phrase.meaning, Use)
    expected = ContextWord(phrase.meaning, phrase.language, phrase.phrase, phrase.phrase, at, at + len(phrase.phrase))
    return expected in read(title)


def test_every_phrase_is_found_where_it_must_stand() -> None:
    assert [line(phrase) for phrase in USES if not is_found(phrase)] == []


def is_found_in_a_longer_word(phrase: Phrase) -> bool:
    glued = [f"{phrase.phrase}qq", *([f"qq{phrase.phrase}"] if SPACED.match(phrase.folded) else [])]
    titles = [FRAMES[phrase.position].format(text) for text in glued]
    return any(phrase.phrase in {word.phrase for word in read(title)} for title in titles)


def test_no_phrase_is_found_within_a_longer_word() -> None:
    wordlike = [each for each in USES if SPACED.match(each.folded[-1])]
    assert [line(phrase) for phrase in wordlike if is_found_in_a_longer_word(phrase)] == []


@pytest.mark.parametrize("phrase", lines(Aid.NEGATION), ids=line)
def test_what_is_denied_does_not_count(phrase: Phrase) -> None:
    after = phrase.position is Position.AFTER
    assert uses(f"Tarnvik, replica{phrase.phrase}" if after else f"{phrase.phrase} replica, Tarnvik") == []


@pytest.mark.parametrize("phrase", [each for each in lines(Aid.NEGATION) if each.position is Position.BEFORE], ids=line)
def test_the_mark_parts_no_negation_from_what_it_denies(phrase: Phrase) -> None:
    assert uses(f"{phrase.phrase} Tarnvik replica") == []


@pytest.mark.parametrize("phrase", lines(Aid.ARTICLE), ids=line)
def test_an_article_parts_no_negation_from_what_it_denies(phrase: Phrase) -> None:
    assert uses(f"nunca {phrase.phrase} Tarnvik replica") == []


@pytest.mark.parametrize("phrase", lines(Aid.FALSE_FRIEND), ids=line)
def test_a_false_friend_hides_a_phrase_that_would_count_without_it(phrase: Phrase) -> None:
    without = arranged(each for each in SHIPPED.phrases if each != phrase)
    titles = [f"Tarnvik {phrase.phrase} qalb", f"qalb {phrase.phrase} Tarnvik"]
    differing = [title for title in titles if context_of(title, marks(title), without) != read(title)]
    assert differing
    assert [uses(title) for title in differing] == [[]] * len(differing)


@pytest.mark.parametrize("phrase", lines(Aid.FILLER), ids=line)
def test_a_filler_may_stand_between_a_phrase_and_the_mark(phrase: Phrase) -> None:
    assert uses(f"Etui for {phrase.phrase} Tarnvik") == ["compatible: for"]


@pytest.mark.parametrize("phrase", lines(Aid.CONJUNCTION), ids=line)
def test_a_conjunction_joins_the_last_of_several_marks(phrase: Phrase) -> None:
    fits = next(
        each for each in USES if (each.language, each.position) == (phrase.language, Position.RIGHT_BEFORE)
    ).phrase
    space = " " if SPACED.match(phrase.phrase) else ""
    joined = f"{space}{phrase.phrase}{space}"
    assert fits in {word.phrase for word in read(f"Qalb {fits} Orlanda, Veltro{joined}Tarnvik")}
    assert fits not in {word.phrase for word in read(f"Qalb {fits} Orlanda, Veltro, Tarnvik")}


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("use", list(Use))
def test_a_language_has_at_least_five_phrases_of_a_meaning(language: str, use: Use) -> None:
    assert len({each.phrase for each in USES if (each.language, each.meaning) == (language, use)}) >= 5


def test_capitals_missing_accents_and_decomposed_accents_are_read() -> None:
    missed = []
    for phrase in USES:
        bare = "".join(each for each in unicodedata.normalize("NFD", phrase.phrase) if not "\u0300" <= each <= "\u036f")
        spelled = [phrase.phrase.upper(), unicodedata.normalize("NFD", phrase.phrase)]
        spelled += [bare] if len(phrase.folded) > SHORT else []
        for text in spelled:
            found = {(word.phrase, word.text) for word in read(FRAMES[phrase.position].format(text))}
            missed += [] if (phrase.phrase, text) in found else [text]
    assert missed == []


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Case for the new Tarnvik 12", ["compatible: for"]),
        ("Ersatzakku für Tarnvik 18V", ["compatible: für"]),
        ("Tinte für Orlanda/Veltro/Tarnvik", ["compatible: für"]),
        ("Filter for Orlanda, Veltro and Tarnvik", ["compatible: for"]),
        ("Toner compatible Tarnvik noir", ["compatible: compatible"]),
        ("Etui pasuje do Tarnvik", ["compatible: pasuje do"]),
        ("Tarnvik用バッテリー", ["compatible: 用"]),
        ("适用于新款Tarnvik手机壳", ["compatible: 适用于"]),
        ("Чехол для Tarnvik", ["compatible: для"]),
        ("Bolsa para Tarnvik", ["compatible: para"]),
        ("“Tarnvik”-Style Kleid", ["style: Style"]),
        ("Tarnvik™ style bag", ["style: style"]),
        ("In Tarnvik's style", ["style: style"]),
        ("Parfum inspiré de Tarnvik", ["style: inspiré de"]),
        ("Tarnvik风 连衣裙", ["style: 风"]),
        ("Сумка в стиле Tarnvik", ["style: в стиле"]),
        ("Tarnvik bag AAA+ mirror quality", ["replica: AAA+", "replica: mirror quality"]),
        ("Tarnvik 1:1 Tasche", ["replica: 1:1"]),
        ("R\u00c9PLICA do Tarnvik", ["replica: RÉPLICA"]),
        ("rep\u00adlica Tarnvik", ["replica: rep\u00adlica"]),
        ("ｒｅｐｌｉｃａ Tarnvik", ["replica: ｒｅｐｌｉｃａ"]),
        ("高仿Tarnvik包包", ["replica: 高仿"]),
        ("Tarnvik ｽｰﾊﾟｰｺﾋﾟｰ 財布", ["replica: ｽｰﾊﾟｰｺﾋﾟｰ"]),
        ("Сумка Tarnvik люкс копия", ["replica: люкс копия"]),
        ("Used leather bag Tarnvik", ["used: Used"]),
        ("Like new Tarnvik bag", ["used: Like new"]),
        ("Torba Tarnvik używana", ["used: używana"]),
        ("Bolso Tarnvik negro usado", ["used: usado"]),
        ("Куртка Tarnvik б/у", ["used: б/у"]),
        ("Tarnvik empty box", ["used: empty box"]),
        ("Kein Original Tarnvik", ["unaffiliated: Kein Original"]),
        ("Schal, kein Tarnvik", ["unaffiliated: kein"]),
        ("We are not affiliated with or endorsed by Tarnvik", ["unaffiliated: not affiliated"]),
        ("Tarnvikではありません", ["unaffiliated: ではありません"]),
        ("Not compatible with Tarnvik", ["compatible: compatible with"]),
        ("Tarnvik Nachbildung", ["replica: Nachbildung"]),
        ("Not an official Tarnvik product", ["unaffiliated: Not an official"]),
        ("Unauthorised Tarnvik", ["unaffiliated: Unauthorised"]),
        ("Kein offizielles Tarnvik Produkt", ["unaffiliated: Kein offizielles"]),
        ("Pas un produit Tarnvik officiel", ["unaffiliated: Pas un produit"]),
        ("No es un producto Tarnvik oficial", ["unaffiliated: No es un producto"]),
        ("Non è un prodotto Tarnvik ufficiale", ["unaffiliated: Non è un prodotto"]),
        ("Não é um produto Tarnvik oficial", ["unaffiliated: Não é um produto"]),
        ("Geen officieel Tarnvik product", ["unaffiliated: Geen officieel"]),
        ("Nie jest produktem Tarnvik", ["unaffiliated: Nie jest produktem"]),
        ("与Tarnvik无关", ["unaffiliated: 无关"]),
        ("Tarnvikとは無関係", ["unaffiliated: とは無関係"]),
        ("Не связано с Tarnvik", ["unaffiliated: Не связано с"]),
        ("Not an official Tarnvik replica", ["unaffiliated: Not an official", "replica: replica"]),
        ("No box, Tarnvik replica", ["replica: replica"]),
        ("No box Tarnvik replica", ["replica: replica"]),
        ("No, Tarnvik replica", ["replica: replica"]),
        ("Certificate: no - replica Tarnvik", ["replica: replica"]),
        ("Certificate: no\nTarnvik replica", ["replica: replica"]),
        ("Not Tarnvik, replica", ["unaffiliated: Not", "replica: replica"]),
        ("No Tarnvik box, Tarnvik replica", ["replica: replica"]),
        ("Not a Tarnvik replica? Tarnvik replica!", ["replica: replica"]),
        ("Ohne Karton Tarnvik Fake", ["replica: Fake"]),
        ("Sans boîte, réplique Tarnvik", ["replica: réplique"]),
        ("Pas Tarnvik replika", ["replica: replika"]),  # Polish for a belt
        ("Без коробки Tarnvik реплика", ["replica: реплика"]),
        ("无盒Tarnvik高仿", ["replica: 高仿"]),
        ("箱なし Tarnvik レプリカ", ["replica: レプリカ"]),
    ],
)
def test_a_title_says_what_a_person_reads_in_it(title: str, found: list[str]) -> None:
    assert uses(title) == found


@pytest.mark.parametrize(
    "title",
    [
        "Tarnvik AAA batteries, 4 pack",
        "Tarnvik AAA quality batteries",
        "Tarnvik AA/AAA charger",
        "Tarnvik AAA+AA batteries",
        "Tarnvik AAAA battery",
        "Tarnvik 1:1 scale model car",
        "Tarnvik model car 1:10",
        "Tarnvik 1:1.5 macro lens",
        "Blend 2:1:1 Tarnvik",
        "Tarnvik dress for women",
        "Handbag for women Tarnvik",
        "Bag for women, Tarnvik",
        "Sneakers to die for! Tarnvik",
        "Tarnvik Jacke für Damen",
        "Jacke für Damen / Tarnvik / Gr. 38",
        "Tarnvik Ersatzakku",
        "Tarnvik copybook A5",
        "Tarnvik vintages 2019",
        "Tarnvik vintage look jeans",
        "Tarnvik Used-Look Jeans",
        "Fur Tarnvik coat",
        "Faux fur coat Tarnvik",
        "Tarnvik fake leather bag",
        "Tarnvik Type C cable",
        "Tarnvik Art Deco lamp",
        "Brand: Tarnvik - Style: Boho",
        "Brand: Tarnvik, Style : Boho",
        "Tarnvik shirt, one size fits all",
        "Can be used by children. Tarnvik",
        "Special occasion Tarnvik dress",
        "Not a replica, original Tarnvik",
        "Tarnvik, kein Nachbau",
        "Tarnvik sans boîte",
        "Tarnvik shampoo, daily usage",  # "usagé" is French for used
        "Pas Tarnvik skórzany",  # Polish for belt, and French for not
        "Tarnvik no original box",
        "Tênis Tarnvik de primeira linha",
        "Bolsa do Tarnvik",
        "Imitación piel Tarnvik",
        "Tarnvik风衣 女",
        "度假Tarnvik连衣裙",
        "A货翡翠手镯 Tarnvik",
        "非高仿 Tarnvik 正品",
        "Tarnvik用品",
        "Tarnvikコピー機",
        "Tarnvik スーハーコヒー",  # ハ is not パ
        "コピー品ではありません Tarnvik",
        "Не реплика Tarnvik",
        "No Tarnvik replica",
        "Not a Tarnvik replica, original",
        "Not the “Tarnvik”® replica",
        "Never a replica of Tarnvik",
        "Kein Tarnvik Fake",
        "Kein Tarnvik Replik",
        "Pas une Tarnvik réplique",
        "No es una Tarnvik réplica",
        "Non è una Tarnvik replica",
        "Não é uma Tarnvik réplica",
        "Geen Tarnvik replica",
        "Nie Tarnvik replika",
        "Не Tarnvik реплика",
        "不是Tarnvik高仿",
        "レプリカTarnvikではありません",
        "Ni copie ni réplique Tarnvik",
        "Tarnvik 本物 偽物なし",
        "Tarnvik 正品 假货包退",
        "",
        "Tarnvik",
    ],
)
def test_a_title_that_says_nothing_of_the_use_has_no_words(title: str) -> None:
    assert uses(title) == []


@pytest.mark.parametrize(
    "written",
    [
        *("rep1ica", "r e p l i c a", "R.E.P.L.I.C.A", "R-E-P-L-I-C-A", "repIica", "r3plic@", "repl*ca"),
        *("r\u0435\u0440lica", "super c1one", "m1rror quality"),
        *("rep.lica", "re-p-l-i-c-a", "re p li ca", "r**lica", "repl¡ca"),
        *("replcia", "repllica", "replicaa", "replyca", "replca", "repilca", "contrefeit", "knockof"),
    ],
)
def test_a_disguised_phrase_is_read(written: str) -> None:
    assert uses(f"Tarnvik bag, {written}, new") == [f"replica: {written}"]


@pytest.mark.parametrize("written", ["f@ke", "f4ke", "f\u0430ke", "f*ke"])
def test_of_a_short_word_one_letter_may_be_disguised(written: str) -> None:
    assert uses(f"{written} Tarnvik") == [f"replica: {written}"]


@pytest.mark.parametrize(
    "title",
    [
        *("Tarnvik, not a rep1ica", "Tarnvik bag in S M L XL", "Tarnvik 5uper bag"),
        *("F4K3 Tarnvik", "40*60 Tarnvik towel"),  # codes and sizes are short, too
    ],
)
def test_what_is_denied_or_is_no_phrase_is_not_read_for_being_disguised(title: str) -> None:
    assert uses(title) == []


def test_no_common_word_is_taken_for_a_phrase_misspelt() -> None:
    said = {word for phrase in USES for word in phrase.folded.split()} | {"plagiaat", "onofficiele"}  # mean the same
    assert [word for word in common_words() if word not in said and SHIPPED.misspelt.get(word, word) != word] == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("TarnvikReplica bag", ["replica: Replica"]),
        ("#replicaTarnvik", ["replica: replica"]),
        ("fakeTarnvik", ["replica: fake"]),
        ("Tarnvikstyle bag", ["style: style"]),
        ("Tarnvik 1 : 1", ["replica: 1 : 1"]),
        ("Tarnvik 1 : 10", []),
        ("Pack 1: 1 Tarnvik", []),
        ("Shop, nicht mit Tarnvik verbunden", ["unaffiliated: nicht mit"]),
        ("Genuine Tarnvik, beware of replicas", []),
        ("Tarnvik, Vorsicht vor Fälschungen", []),
        ("Tarnvik正品，谨防假货", []),
    ],
)
def test_a_phrase_may_be_joined_to_the_mark_spaced_or_a_warning(title: str, expected: list[str]) -> None:
    assert uses(title) == expected


def test_without_a_mark_in_the_text_a_phrase_that_must_stand_beside_one_does_not_count() -> None:
    title = "Scale model 1:1, compatible with Orlanda, for Veltro, used replica"
    assert [word.phrase for word in context_of(title, ())] == ["replica"]


def test_where_the_mark_is_in_the_image_the_name_of_its_brand_parts_no_negation_from_what_it_denies() -> None:
    assert context_of("No Tarnvik replica", (), named=[(3, 10)]) == ()
    assert [word.phrase for word in context_of("No Tarnvik replica", ())] == ["replica"]


def test_a_negation_in_the_mark_itself_denies_nothing() -> None:
    assert [word.phrase for word in context_of("Never replica", [(0, 5)])] == ["replica"]


def test_words_of_the_mark_itself_say_nothing() -> None:
    assert context_of("Replica Tarnvik shirt", [(0, 15)]) == ()
    assert uses("Replica Tarnvik shirt") == ["replica: Replica"]


def test_a_phrase_too_far_from_the_mark_or_in_another_sentence_does_not_count() -> None:
    assert uses("Inspired by a very famous old Tarnvik") == []
    assert uses("Inspired by nature. Tarnvik bag") == []
    assert uses("Inspired by the old Tarnvik") == ["style: Inspired by"]


def test_a_phrase_that_stands_often_is_listed_once() -> None:
    assert [(word.text, word.start) for word in read("Replica. Tarnvik replica REPLICA " * 50)] == [("Replica", 0)]


def test_the_use_that_counts_most_wins() -> None:
    title = "Vintage replica in the style of Tarnvik, fits Tarnvik, unbranded"
    words = list(read(title))
    order = []
    while (use := foremost(words)) is not None:
        order.append(use)
        words = [word for word in words if word.use is not use]
    assert order == [Use.REPLICA, Use.UNAFFILIATED, Use.STYLE, Use.COMPATIBLE, Use.USED]


@given(st.text(max_size=200), st.integers(0, 200), st.integers(1, 20))
def test_any_text_is_read_and_what_is_found_stands_where_it_is_said_to(text: str, at: int, length: int) -> None:
    whole = f"{text[:at]}vintage for {text[at:]}"
    begin = min(at, len(whole) - 1)
    for word in context_of(whole, [(begin, min(begin + length, len(whole)))]):
        assert whole[word.start : word.end] == word.text != ""


@pytest.mark.parametrize("span", [(-1, 2), (3, 3), (4, 2), (0, 8)])
def test_a_span_outside_the_text_is_an_error(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not within a text of 7 characters"):
        context_of("Tarnvik", [span])


@pytest.mark.parametrize(
    "text",
    [
        "replica for Tarnvik " * 5_000,
        "\x00\u202e\u0301\ufdfa" * 25_000,
        "a" * 100_000,
        "不" * 100_000,
        f"適合{'と' * 55}Tarnvik " * 1_600,
        "שלום Tarnvik עולם " * 5_500,
        "for " + "a,b&" * 14 + "Tarnvik ",
    ],
    ids=["phrases", "controls", "one word", "one character", "conjunctions", "right to left", "a list"],
)
def test_a_hundred_thousand_characters_of_anything_take_a_bounded_time(text: str) -> None:
    spans = marks(text)
    begin = time.perf_counter()
    context_of(text, spans)
    assert time.perf_counter() - begin < 5.0  # measured: 0.03 to 0.3 s; quadratic time would take minutes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[en.copy]\nanywhere = ["fake"]', r"\[en\.copy\] is unknown; choose from replica, unaffiliated"),
        ('[xx.replica]\nanywhere = ["fake"]', r"\[xx\] is unknown; choose from mul, en, de"),
        ('[en.replica]\nbeside = ["fake"]', r"\[en\.replica\.beside\] is unknown; choose from after, anywhere"),
        ('[en.filler]\nbefore = ["the"]', r"\[en\.filler\.before\] is unknown; choose from between"),
        ('[en.replica]\nanywhere = ["fake", " "]', r"\[en\.replica\] anywhere: ' ' is empty"),
        ('[en.replica]\nanywhere = ["+1"]', "does not begin with a letter or digit"),
        ('[en.replica]\nanywhere = ["fake", "FAKE"]', r"'FAKE' stands in \[en\.replica\] anywhere already"),
        (
            '[fr.style]\nanywhere = ["réplique"]\n[en.replica]\nanywhere = ["replique"]',
            r"'replique' stands in \[fr\.style\] anywhere already",
        ),
        ('[en.replica]\nanywhere = "fake"', r"\[en\.replica\] anywhere is not a list of phrases"),
        ("[en]\nreplica = 1", r"\[en\.replica\] is not a table"),
        ("[en", "cannot be read as phrases"),
    ],
)
def test_an_invalid_file_is_refused_with_its_name_and_the_place(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(ContextUnusable, match=message) as refused:
        read_context(path)
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContextUnusable, match=r"none\.toml: cannot be read as phrases"):
        read_context(tmp_path / "none.toml")


def test_a_marketplace_reads_texts_by_phrases_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DEFAULT_CONTEXT.read_text("utf-8").replace('"knockoff"', '"qalbik"'), "utf-8")
    own = read_context(path)
    title = "Tarnvik qalbik knockoff"
    assert [word.phrase for word in context_of(title, marks(title), own)] == ["qalbik"]
    assert uses(title) == ["replica: knockoff"]
