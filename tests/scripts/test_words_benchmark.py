"""The parts of the words benchmark on made-up names and drawings; its figures mean nothing here."""

import csv
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.measures import Share
from benchmarks.options import Options
from benchmarks.records import Prediction, Truth
from benchmarks.words.alarms import Alarm, rate_of
from benchmarks.words.curves import TOGETHER, CurvePoint, spelling_curves, together
from benchmarks.words.grocery import PackResult, pack_result, shop_photos
from benchmarks.words.names import coined_names, contains_as_words, left_out_names, names_for, real_names, words_of
from benchmarks.words.pages import PAGES, Text, draw_pages
from benchmarks.words.prints import PRINTS, SIDE, Print, drawn_word
from benchmarks.words.reading_peers import EXACT, FUZZY, finds
from benchmarks.words.scanning import BrandWord, Seen, claims
from benchmarks.words.size import ORDINARY, indexed, load_and_search
from benchmarks.words.spellings import CYRILLIC, LEET, SPELLINGS, misread, replaced, set_apart
from benchmarks.words.task import By
from benchmarks.words.title_texts import draw_titles
from benchmarks.words.titles import alarms_in_titles
from benchmarks.words_run import run_words
from PIL import Image
from skimage.data import astronaut, coffee

from brand_index.index.parts import SegmentWords, WordPart, ordinary_words
from brand_index.types import ReferenceKind
from scanner.engine.types import Where
from scanner.engine.words import words_in_texts

PHOTO = np.asarray(coffee())
WORDS = ("Tarnvik", "Orlanda", "Veltronik")


def part_of(*words: str) -> WordPart:
    return WordPart.build(indexed(number, word) for number, word in enumerate(words))


def package(folder: Path, *names: str) -> Path:
    """An unpacked package with one tree of brands and one of flags, which are no brands."""
    path = folder / "dist" / "json" / "nsi.min.json"
    path.parent.mkdir(parents=True)
    brands = {"items": [{"displayName": "Shown", "tags": {"brand": name}} for name in names]}
    flags = {"items": [{"displayName": "Flagland", "tags": {}}]}
    path.write_text(json.dumps({"nsi": {"brands/shop/clothes": brands, "flags/man_made/flagpole": flags}}), "utf-8")
    return folder


def test_names_are_the_brands_of_the_package_one_of_each_spelling(tmp_path: Path) -> None:
    assert real_names(package(tmp_path, "Tarnvik", "TARN-VIK", "Orlanda", "2024"), ()) == ["Orlanda", "TARN-VIK"]


def test_names_that_the_readme_of_the_data_lists_are_left_out(tmp_path: Path) -> None:
    readme = "The public benchmarks use these brands: veltro, tarnvik's, old\n  orlanda, and Logos-32's kesp. No logo."
    (tmp_path / "README.md").write_text(readme, "utf-8")
    assert left_out_names(tmp_path) == {"veltro", "tarnvik s", "old orlanda", "kesp"}
    names = package(tmp_path / "names", "Kesp", "Café Veltró", "Orlanda", "Velt Ro")
    assert sorted(names_for(names, tmp_path, 9, 0)) == ["Orlanda", "Velt Ro"]


def test_coined_names_are_different_and_the_same_for_one_seed() -> None:
    names = coined_names(500, 3)
    assert len(set(names)) == 500
    assert names == coined_names(500, 3) != coined_names(500, 4)


def test_a_title_contains_a_name_as_words_only() -> None:
    title = words_of("New: Old-Tarnvik shoes, 42")
    assert contains_as_words(title, words_of("old tarnvik"))
    assert not contains_as_words(title, words_of("tarn"))
    assert not contains_as_words(title, words_of("tarnvik old"))


def test_every_way_of_spelling_changes_the_word_where_it_applies() -> None:
    for attack, strengths in SPELLINGS.items():
        for strength, respell in strengths.items():
            spelled = [respell(random.Random(seed), "Tarnvikose") for seed in range(6)]
            assert any(text not in {None, "Tarnvikose"} for text in spelled) or strength == "in title case", attack


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_spelling_changes_as_many_letters_as_its_strength_says(count: int) -> None:
    chance = random.Random(count)
    for table in (CYRILLIC, LEET):
        text = replaced(chance, "Tarnikose", table, count)
        assert text is not None
        assert sum(one != other for one, other in zip(text, "Tarnikose", strict=True)) == count
    assert (set_apart(chance, "Tarnvik", (".",), count) or "").count(".") == count


def test_a_word_that_cannot_be_spelled_so_is_left_out() -> None:
    assert replaced(random.Random(0), "Fnrv", {"o": "0"}, 1) is None
    assert misread(random.Random(0), "pp", 1) is None
    assert set_apart(random.Random(0), "ab", (" ",), 2) is None


def test_a_drawn_word_changes_the_photo_where_its_label_is() -> None:
    ground = drawn_word(np.random.default_rng(0), "x", PHOTO, Print(height=6))
    image = drawn_word(np.random.default_rng(0), "Tarnvik", PHOTO, Print(height=40))
    assert image.shape == (SIDE, SIDE, 3)
    assert 0.01 < float((image != ground).any(axis=2).mean()) < 0.3


def test_stacked_letters_are_a_column_and_a_line_is_a_row() -> None:
    def extent(how: Print) -> tuple[int, int]:
        black = np.zeros((SIDE, SIDE, 3), np.uint8)
        rows, columns = np.nonzero(drawn_word(np.random.default_rng(1), "Tarnvik", black, how).max(axis=2))
        return int(np.ptp(rows)), int(np.ptp(columns))

    line, column, turned = extent(Print()), extent(Print(stacked=1.4)), extent(Print(turn=90))
    assert line[1] > 2 * line[0]
    assert column[0] > 2 * column[1]
    assert turned[0] > 2 * turned[1]


def test_ink_differs_from_a_dark_label_by_the_levels_of_the_strength() -> None:
    black = np.zeros((SIDE, SIDE, 3), np.uint8)
    levels = {strength: print_.light for strength, print_ in PRINTS["light on dark (difference)"].items()}
    for light in levels.values():
        assert light is not None
        image = drawn_word(np.random.default_rng(2), "Tarnvik", black, Print(light=light, height=40))
        shown = image[image > 0]
        assert int(np.bincount(shown).argmax()) + light == int(shown.max())


def test_pages_are_of_every_kind_and_the_same_for_one_seed(tmp_path: Path) -> None:
    one = draw_pages(tmp_path / "one", len(PAGES), 5, [PHOTO], ())
    other = draw_pages(tmp_path / "other", len(PAGES), 5, [PHOTO], ())
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert {path.stem.split("-", 1)[1] for path in one} == set(PAGES)


def test_a_page_has_no_word_that_is_left_out() -> None:
    drawn = {Text(np.random.default_rng(seed), ()).word() for seed in range(60)}
    left = {Text(np.random.default_rng(seed), drawn).word() for seed in range(60)}
    assert not drawn & left


def test_titles_are_different_and_some_name_a_product(tmp_path: Path) -> None:
    folder = tmp_path / "grocery"
    folder.mkdir()
    (folder / "labels.csv").write_text("path,brand,product,kind\na.jpg,Tarnvik,Tarnvik-Oat-Drink,packshot\n", "utf-8")
    titles = draw_titles(tmp_path, 300, 1)
    assert len(set(titles)) == 300
    assert any(title.startswith("Tarnvik Oat Drink") for title in titles)


def test_titles_that_have_a_word_are_counted_apart_from_those_that_are_flagged() -> None:
    titles = ["Tarnvik shoes", "T.a.r.n.v.i.k shoes", "ordinary blue shoes"]
    result, alarms = alarms_in_titles(titles, part_of(*WORDS))
    assert (result.flagged, result.literal, result.literal_in_earnest) == (Share(1, 3), 1, 1)
    assert [alarm.title for alarm in alarms] == ["T.a.r.n.v.i.k shoes"]


def test_curves_find_what_is_spelled_as_registered_and_flag_no_other_word() -> None:
    registered = [BrandWord(f"brand-{number}", word) for number, word in enumerate(WORDS)]
    curves = spelling_curves(part_of(*WORDS), registered, ("Quzzimba", "Hexlovan"), 0)
    found = {(point.attack, point.strength): dict(point.found)["Markscan"] for point in curves}
    assert found["as registered", "in capitals"] == Share(3, 3)
    assert found["another word", "flagged falsely"] == Share(0, 2)


def test_strengths_of_one_attack_are_added_up_after_the_last() -> None:
    points = [CurvePoint("a", "1", (("x", Share(1, 2)),)), CurvePoint("a", "2", (("x", Share(0, 3)),))]
    alone = CurvePoint("b", "1", (("x", Share(5, 5)),))
    assert together([*points, alone]) == [*points, CurvePoint("a", TOGETHER, (("x", Share(1, 5)),)), alone]


def test_peers_find_a_word_inside_others_and_one_of_them_misspelled() -> None:
    assert finds(EXACT, "Tarnvik", ["new tarnvikshop"])
    assert not finds(EXACT, "Veltronik", ["veltromik bag"])
    assert finds(FUZZY, "Veltronik", ["veltromik bag"])
    assert not finds(FUZZY, "Veltronik", ["plain blue bag"])


def test_words_alone_logos_alone_and_both_are_of_the_same_evidence() -> None:
    (word,) = words_in_texts({Where.TITLE: "Tarnvik"}, part_of("Tarnvik"))
    logo = replace(word, reference_id="logo", kind=ReferenceKind.LOGO, word=None, confidence=0.3)
    seen = [Seen("photo", (replace(word, confidence=0.6), logo))]
    assert [each.score for each in claims(seen, By.LOGOS)] == [0.3]
    assert [each.score for each in claims(seen, By.WORDS)] == [0.6]
    assert claims(seen, By.BOTH)[0].score > 0.6
    assert claims(seen, By.LOGOS, acted_on=True) == []


def test_a_pack_is_found_first_only_ahead_of_every_other_brand() -> None:
    truths = [Truth(name, "", frozenset({"tarnvik"})) for name in ("one", "two", "three")]
    found = [Prediction("one", "tarnvik", 0.9), Prediction("two", "tarnvik", 0.6), Prediction("two", "orlanda", 0.8)]
    expected = PackResult("system", "all", Share(2, 3), Share(1, 3), Share(1, 3))
    assert pack_result("system", None, found, truths) == expected


def test_an_image_with_two_alarms_is_flagged_once() -> None:
    literal, misread_ = (Alarm("a", "Tarnvik", "line", 0.9, is_literal, not is_literal) for is_literal in (True, False))
    rate = rate_of("clean", ["a", "b"], [literal, misread_, replace(literal, query="elsewhere")], 5)
    assert (rate.flagged, rate.misread, rate.not_review_only) == (Share(1, 2), Share(1, 2), Share(1, 2))


def test_lines_are_timed_one_by_one_over_what_was_saved(tmp_path: Path) -> None:
    SegmentWords.of(part_of(*WORDS).words).save(tmp_path, "words")
    np.save(tmp_path / ORDINARY, ordinary_words())
    searched = load_and_search(tmp_path, [("titles", ["Tarnvik shoes", "blue shoes"])])
    ((sort, spent),) = searched.milliseconds
    assert (sort, len(spent)) == ("titles", 2)
    assert min(spent) > 0


def test_every_second_shop_photo_is_scanned_and_its_word_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "grocery"
    rows = [("path", "brand", "product", "kind")]
    for number, brand in enumerate(("Orlanda", "Tarnvik", "Tarnvik", "Orlanda")):
        path = folder / f"photos/{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawn_word(np.random.default_rng(number), brand, np.asarray(astronaut()), Print())).save(path)
        rows.append((f"photos/{number}.png", brand, f"{brand}-Milk", "photo"))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    photos, words = shop_photos(tmp_path)
    assert [photo.brand_id for photo in photos] == ["tarnvik", "orlanda"]
    assert words == [BrandWord("orlanda", "Orlanda"), BrandWord("tarnvik", "Tarnvik")]
    options = Options(tmp_path, None, None, None, True, 1, None, 0, True, 0)
    outcome = run_words(options, tmp_path / "work", ["grocery"])
    results = {(each.system, each.brand): each for each in outcome.results if isinstance(each, PackResult)}
    assert results["Markscan, packs", "all"].first == Share(2, 2)
    assert len({run.system for run in outcome.runs}) == 3
