"""Real prints: marks that a homography carries from a packshot to a photo, here both photographs of other things."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks.product import id_of
from PIL import Image
from skimage.data import astronaut, coffee
from train_confidence import errors, fit, weighed
from training.confidence_samples import FEW_PIXELS, RealTask, Sample, draw_real_task, judged, smaller
from training.real_prints import ENLARGED, MEASURED_BRANDS, Pack, RealPrint, carried, enlarged, find_real_prints, packs

from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box, Quad
from scanner.engine.confidence import Calibration
from scanner.engine.types import Evidence

SIDE = 200  # pixels of a packshot
MARKS = (Box(180, 60, 390, 300), Box(30, 330, 210, 540))  # in pixels of the enlarged packshot
QUAD: Quad = ((60.0, 40.0), (320.0, 70.0), (300.0, 330.0), (40.0, 300.0))  # of the packshot in the photo


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """A packshot, a photo that shows it at QUAD, and one that shows other goods."""
    packshot = np.asarray(Image.fromarray(astronaut()[:400, 60:460]).resize((SIDE, SIDE)))
    ground = np.asarray(Image.fromarray(coffee()).resize((420, 380)))
    corners = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, np.array(QUAD, np.float32))
    printed = cv2.warpPerspective(packshot, matrix, (420, 380), ground.copy(), borderMode=cv2.BORDER_TRANSPARENT)
    for name, image in (("packshot", packshot), ("shown", printed), ("again", printed), ("other", ground)):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    photos = tuple(tmp_path / f"{name}.png" for name in ("shown", "again"))
    return Pack("Acme", "Acme-Milk", tmp_path / "packshot.png", photos)


def prints(pack: Pack, photo: Path) -> list[RealPrint]:
    return list(carried(pack, enlarged(pack.packshot), MARKS, photo, QUAD, 40))


def test_a_mark_is_carried_to_where_the_photo_shows_it(pack: Pack) -> None:
    found = prints(pack, pack.photos[0])
    assert [each.number for each in found] == [0, 1]
    corners = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]], np.float32) * ENLARGED
    matrix = cv2.getPerspectiveTransform(corners, np.array(QUAD, np.float32))
    first = np.array([[[180, 60], [390, 60], [390, 300], [180, 300]]], np.float32)
    assert np.abs(np.array(found[0].quad) - cv2.perspectiveTransform(first, matrix)[0]).max() < 0.01
    assert found[0].ncc > 0.6


def test_a_mark_whose_pixels_are_not_there_is_left_out(pack: Pack) -> None:
    assert prints(pack, pack.packshot.with_name("other.png")) == []


def test_a_mark_that_the_photo_cuts_off_is_left_out(pack: Pack) -> None:
    moved: Quad = ((-140.0, 40.0), (120.0, 70.0), (100.0, 330.0), (-160.0, 300.0))
    found = carried(pack, enlarged(pack.packshot), MARKS[1:], pack.photos[0], moved, 40)
    assert list(found) == []


def test_the_copy_matcher_carries_marks_that_the_finder_sees_to_the_photos(pack: Pack, tmp_path: Path) -> None:
    found = find_real_prints([pack], tmp_path / "work")
    assert {each.photo for each in found} == set(pack.photos)
    for each in found:
        (exact,) = carried(pack, enlarged(pack.packshot), [each.mark], each.photo, QUAD, 40)
        assert np.abs(np.array(each.quad) - np.array(exact.quad)).max() < 5


def test_a_mark_is_registered_as_its_packshot_and_as_one_photo_shows_it_and_that_photo_is_not_asked(
    pack: Pack, tmp_path: Path
) -> None:
    found = [each for photo in pack.photos for each in prints(pack, photo)]
    task = draw_real_task(found, tmp_path / "made")
    assert sorted(entry.name for entry in task.entries) == [
        f"Acme-Milk-{number}-{sort}.png" for number in (0, 1) for sort in ("packshot", "photo")
    ]
    assert set(task.mark_of) == {id_of(entry) for entry in task.entries}
    asked = [photo for photo in task.prints if photo in pack.photos]
    assert len(asked) == 1
    assert {path.name for path in task.prints} == {asked[0].name, f"{asked[0].stem}-small.jpg"}


def test_a_reduced_photo_has_its_marks_where_they_are_and_few_pixels_of_them(pack: Pack, tmp_path: Path) -> None:
    given = prints(pack, pack.photos[0])
    (small,) = smaller(given, tmp_path, np.random.default_rng(1))
    sides = [float(np.ptp(np.array(each.quad), axis=0).max()) for each in small]
    assert FEW_PIXELS[0] - 1 < max(sides) < FEW_PIXELS[1] + 1
    (again,) = (
        each for each in carried(pack, enlarged(pack.packshot), MARKS[:1], small[0].photo, small[0].pack_quad, 40)
    )
    assert np.abs(np.array(again.quad) - np.array(small[0].quad)).max() < 0.1


def evidence(reference_id: str, box: Box) -> Evidence:
    none = (None,) * 6
    return Evidence(reference_id, "brand", ReferenceKind.LOGO, box, *none, False, False, 0, 0.0)


def test_a_candidate_is_right_where_the_mark_is_wrong_where_it_cannot_be_and_else_unknown(pack: Pack) -> None:
    given = prints(pack, pack.photos[0])
    marks = {"own": ("Acme", "Acme-Milk", 0), "sibling": ("Acme", "Acme-Cream", 0), "rival": ("Zest", "Zest-Juice", 0)}
    task = RealTask((), marks, {pack.photos[0]: tuple(given)})
    low, high = (np.array(given[0].quad).min(axis=0), np.array(given[0].quad).max(axis=0))
    there, shelf = Box(*low.astype(int), *high.astype(int)), Box(350, 340, 410, 375)
    seen = [
        *(evidence(name, box) for name in ("own", "sibling", "rival") for box in (there, shelf)),
        *(evidence("logo that no photo shows", box) for box in (there, shelf)),
    ]
    assert dict(judged(seen, task, pack.photos[0])) == {0: True, 4: False, 6: False, 7: False}


def candidate(number: int, value: float, *, right: bool, material: str = "") -> Sample:
    return Sample(ReferenceKind.LOGO, f"{number}.jpg", {"cosine": value, "lead": 1 - value}, right, material)


def test_a_sample_counts_as_many_times_as_its_weight_says() -> None:
    chance = np.random.default_rng(0)
    samples = [candidate(row, float(chance.random()), right=chance.random() < 0.4) for row in range(60)]
    twice = [replace(sample, weight=2.0) if row < 20 else sample for row, sample in enumerate(samples)]
    assert fit(twice) == fit([*samples[:20], *samples])


def test_real_prints_weigh_what_is_asked_and_nothing_leaves_them_out() -> None:
    samples = [candidate(0, 0.5, right=True), candidate(1, 0.5, right=True, material="prints of Acme")]
    assert [sample.weight for sample in weighed(samples, 0.25)] == [1.0, 0.25]
    assert list(weighed(samples, 0)) == samples[:1]


def test_a_calibration_that_is_sure_of_what_is_right_has_no_error() -> None:
    samples = [candidate(row, float(row % 2), right=row % 2 == 1) for row in range(20)]
    assert errors(samples, Calibration(-15.0, {"cosine": 30.0})) == pytest.approx((0, 0), abs=1e-5)
    assert errors(samples, Calibration(15.0, {"cosine": -30.0}))[1] == pytest.approx(1, abs=1e-5)


def test_a_product_without_a_packshot_is_no_pack_and_photos_are_those_of_the_product(tmp_path: Path) -> None:
    rows = ["path,brand,product,kind", "packshots/a.jpg,Acme,a,packshot"]
    rows += ["photos/a1.jpg,Acme,a,photo", "photos/b1.jpg,Acme,b,photo"]
    (tmp_path / "grocery").mkdir()
    (tmp_path / "grocery/labels.csv").write_text("\n".join(rows), "utf-8")
    (pack,) = packs(tmp_path)
    assert pack.photos == (tmp_path / "grocery/photos/a1.jpg",)
    assert not pack.is_measured
    assert replace(pack, brand=min(MEASURED_BRANDS)).is_measured
