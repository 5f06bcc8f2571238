"""The logos benchmark with forms, and its measure of calibration, on drawn images; its figures mean nothing here."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import typer
from benchmarks.calibration import Claim, best_claims, calibration_of, calibrations_of
from benchmarks.forms import Croppable, FormsResult, draw_forms, largest_box, spread, twins_of
from benchmarks.forms_run import FormsTask, run_forms
from benchmarks.logos import by_query
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.product import Entry, register_all
from benchmarks.records import Prediction, Truth
from benchmarks.runs import Query, run_product
from benchmarks.shared_scan import scan_stores
from PIL import Image, ImageDraw
from skimage.data import astronaut, chelsea, coffee

from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box

BOX = Box(40, 40, 100, 100)


def photo(number: int, brand: str = "acme", *, box: Box | None = BOX, twins: Sequence[str] = ()) -> Croppable:
    return Croppable(f"{brand}-{number}", brand, box, frozenset(twins))


def test_a_draw_never_asks_for_a_photo_that_a_form_is_cropped_from() -> None:
    photos = [*(photo(number) for number in range(9)), *(photo(number, "zest") for number in range(9))]
    draw = draw_forms(photos, 5, 1, 0)
    cropped = {each.name for each in draw.cropped}
    assert len(cropped) == 10
    assert cropped.isdisjoint(draw.queries(photos))
    assert len(draw.queries(photos)) == 8


def test_a_draw_never_asks_for_a_twin_of_a_cropped_photo() -> None:
    photos = [photo(0, twins=["acme-1"]), photo(1, twins=["acme-0"], box=None), photo(2, box=None)]
    assert draw_forms(photos, 1, 1, 0).queries(photos) == ["acme-2"]


def test_fewer_forms_are_the_first_of_more() -> None:
    photos = [*(photo(number) for number in range(9)), *(photo(number, "zest") for number in range(9))]
    draw = draw_forms(photos, 5, 1, 0)
    assert draw.first(5) == draw.cropped
    assert [each.brand for each in draw.first(2)] == ["acme", "acme", "zest", "zest"]
    assert {*draw.first(1)} < {*draw.first(2)}


def test_another_draw_crops_other_photos_and_the_same_draw_the_same() -> None:
    photos = [photo(number) for number in range(20)]
    assert draw_forms(photos, 5, 1, 0) == draw_forms(photos, 5, 1, 0)
    assert draw_forms(photos, 5, 1, 0).cropped != draw_forms(photos, 5, 2, 0).cropped


def test_more_forms_than_photos_that_leave_one_to_find_is_a_usage_error_that_names_the_brand() -> None:
    with pytest.raises(typer.BadParameter, match=r"--forms 3: acme has 3 photos of 3 .* ask for fewer"):
        draw_forms([photo(number) for number in range(3)], 3, 1, 0)


def test_the_largest_box_is_clipped_and_large_enough_to_be_registered() -> None:
    boxes = (Box(-50, 0, 20, 200), Box(0, 0, 40, 40), Box(0, 0, 300, 20))
    assert largest_box(boxes, (100, 100)) == Box(0, 0, 40, 40)
    assert largest_box(boxes[:1], (100, 100)) is None


def test_twins_are_the_same_photo_mirrored_or_smaller_and_no_other() -> None:
    cat, cup = np.asarray(chelsea()), np.asarray(coffee())
    small = np.asarray(Image.fromarray(cat).resize((200, 133)))
    found = twins_of({"cat": cat, "small": small, "mirrored": np.ascontiguousarray(cat[:, ::-1]), "cup": cup})
    assert found["cat"] == {"small", "mirrored"}
    assert found["cup"] == frozenset()


def test_a_spread_is_the_mean_the_lowest_and_the_highest() -> None:
    assert spread([Share(1, 4), Share(3, 4)]) == "50.0 % (25.0 to 75.0)"
    assert spread([Share(1, 4)]) == "25.0 %"
    assert spread([Share(0, 0)]) == "-"


# calibration


def test_confidence_that_is_right_as_often_as_it_says_has_no_calibration_error() -> None:
    claims = [Claim(level / 10, row < level) for level in range(10) for row in range(10)]
    result = calibration_of("all", claims)
    assert result is not None
    assert result.error == pytest.approx(0)


def test_the_calibration_error_is_what_the_hand_computes() -> None:
    sure, unsure = [Claim(0.9, row < 5) for row in range(10)], [Claim(0.2, False) for _ in range(90)]
    result = calibration_of("all", [*sure, *unsure])
    assert result is not None
    assert result.error == pytest.approx(0.1 * 0.4 + 0.9 * 0.2)
    assert [each.right.whole for each in result.bins] == [10] * 10


def test_no_claim_has_no_calibration() -> None:
    assert calibration_of("none", []) is None


def test_the_surest_claim_of_an_image_counts_and_an_image_without_one_does_not() -> None:
    found = [Prediction("a", "A", 0.5), Prediction("a", "B", 0.9), Prediction("b", "B", 0.7), Prediction("b", "A", 0.7)]
    truths = [Truth("a", "", frozenset({"B"})), Truth("b", "", frozenset({"A"})), Truth("nothing claimed")]
    assert best_claims(by_query(found), truths) == [Claim(0.9, True), Claim(0.7, False)]


def test_calibration_leaves_out_clean_photos_that_show_a_mark_and_measures_marks_alone_too() -> None:
    found = [Prediction("mark", "A", 1.0), Prediction("clean", "A", 0.0), Prediction("shows a mark", "A", 0.9)]
    truths = [Truth("mark", "", frozenset({"A"})), Truth("clean"), Truth("shows a mark")]
    results = calibrations_of(found, truths, {"shows a mark"})
    assert [(each.images, each.claims, each.error) for each in results] == [
        ("marks and clean photos", 2, 0.0),
        ("marks alone", 1, 0.0),
    ]


# the run


def logo(number: int) -> Image.Image:
    drawn = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    draw = ImageDraw.Draw(drawn)
    draw.ellipse((10, 10, 150, 150), fill=(60 * number % 255, 90, 200, 255))
    draw.polygon([(80, 20), (30 + 19 * number, 130), (130, 100 - 15 * number)], fill=(255, 240, 60, 255))
    draw.rectangle((60, 70, 90 + 8 * number, 110), fill=(180, 20, 40, 255))
    return drawn


def save(image: RGBImage | Image.Image, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path)
    return path


def write_labels(path: Path, columns: str, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns.split(","), *rows])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    sources = (astronaut(), coffee(), chelsea())
    grounds = [np.ascontiguousarray(image[:240, left : left + 260]) for image in sources for left in (0, 120)]
    for number, ground in enumerate(grounds):
        save(ground, folder / f"clothing/hat/{number}.jpg")
    write_labels(folder / "clothing/labels.csv", "path,category", [(f"hat/{n}.jpg", "hat") for n in range(6)])
    logos, rows = folder / "logos_in_photos", []
    for number, brand in enumerate(("acme", "zest")):
        save(logo(number), logos / f"logos/{brand}.png")
        for shown, ground in enumerate(grounds[3 * number :][:3]):
            printed = Image.fromarray(ground).resize((400, 360))
            printed.paste(logo(number), (60 + 40 * shown, 90), logo(number))
            save(printed, logos / f"photos/{brand}-{shown}.jpg")
            left = 70 + 40 * shown
            rows.append((f"photos/{brand}-{shown}.jpg", brand, left, 100, left + 140, 240, 0.2))
    write_labels(logos / "logos.csv", "path,brand", [("logos/acme.png", "acme"), ("logos/zest.png", "zest")])
    write_labels(logos / "labels.csv", "path,brand,x0,y0,x1,y1,graphic_score", rows)
    save(logo(5), folder / "other_logos/other.png")
    return folder


@pytest.fixture(scope="module")
def outcome(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    options = Options(data, None, None, None, False, 1, None, 0, False, 0)
    return run_forms(options, FormsTask((0, 1), 2, words=False, clean_count=None), tmp_path_factory.mktemp("work"))


def test_every_number_of_forms_is_measured_in_every_draw_on_that_draw_s_photos(outcome: Outcome) -> None:
    results = [each for each in outcome.results if isinstance(each, FormsResult)]
    assert sorted((each.forms, each.draw) for each in results if each.clean == "clothing") == [
        (0, 1), (0, 2), (1, 1), (1, 2)
    ]  # fmt: skip
    assert {each.found.photos for each in results} == {4}
    assert {each.found.marks for each in results} == {3}


def test_a_form_is_registered_beside_the_artwork(outcome: Outcome) -> None:
    assert [run.refusals for run in outcome.runs] == [()] * 4
    names = {each.system for each in outcome.runs}
    assert {"0 forms, logos alone", "1 forms, draw 1, logos alone", "1 forms, draw 2, logos alone"} < names


@pytest.mark.slow
def test_a_scan_of_several_stores_finds_what_a_scan_of_each_finds(data: Path, tmp_path: Path) -> None:
    queries = [Query(path.name, path) for path in sorted((data / "logos_in_photos/photos").glob("*.jpg"))]
    artwork = data / "logos_in_photos/logos"
    entries = [Entry(artwork / f"{brand}.png", brand, ReferenceKind.LOGO, brand) for brand in ("acme", "zest")]
    stores = [Store(tmp_path / "one"), Store(tmp_path / "both")]
    register_all(stores[0], entries[:1])
    register_all(stores[1], entries)
    together = scan_stores(stores, queries, 1)
    for number, chosen in enumerate((entries[:1], entries)):
        apart = run_product(Store(tmp_path / f"apart-{number}"), queries, chosen, 1)
        claimed = [
            (seen.query, item.brand_id, item.confidence) for seen in together[number].seen for item in seen.evidence
        ]
        assert claimed == [(each.query, each.reference, each.score) for each in apart.predictions]
