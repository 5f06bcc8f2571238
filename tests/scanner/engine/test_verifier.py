"""A candidate is measured in the same way whatever proposed it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.features.hashing import TRANSFORMS, DihedralTransform
from brand_index.features.keypoints import NONE
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Quad
from scanner.engine.candidates import Candidate
from scanner.engine.examiner import Examiner
from scanner.engine.looks import KeypointLooks
from scanner.engine.types import Evidence
from scanner.settings import Settings
from tests.conftest import draw_logo, in_halftone, in_perspective, jpeg, rocket_with_sticker

NO_CLOSE_UPS = Settings(region_keypoints_cosine=1.0)
COFFEE = np.asarray(photographs.coffee(), np.uint8)  # 600 × 400, registered by Acme
UPRIGHT, UPSIDE_DOWN = TRANSFORMS[0], TRANSFORMS[2]


@pytest.fixture(scope="module")
def examiner(store: Store) -> Examiner:
    return Examiner.open(store, Settings())


def position_of(examiner: Examiner, image: RGBImage, kind: ReferenceKind) -> int:
    """The position of the reference of Acme's that an image shows plainly."""
    return next(
        each.position
        for each in examiner.match(examiner.describe(image))
        if (reference := examiner.index.references[each.position]).kind is kind and reference.brand_id == "acme"
    )


def farthest(quad: Quad | None, expected: list[tuple[float, float]]) -> float:
    assert quad is not None
    return float(np.linalg.norm(np.array(quad) - np.array(expected), axis=1).max())


def test_a_logo_that_is_only_similar_is_aligned_by_the_keypoints_of_the_whole_image(store: Store) -> None:
    examiner = Examiner.open(store, NO_CLOSE_UPS)
    description = examiner.describe(rocket_with_sticker())
    catalog = examiner.index.references
    acme = next(n for n, each in enumerate(catalog) if (each.brand_id, each.kind) == ("acme", ReferenceKind.LOGO))
    (item,) = examiner.verify(description, [Candidate(acme, region=description.regions[0], region_cosine=0.5)])
    assert item.inliers is not None
    assert item.inliers >= 10


@pytest.mark.parametrize(
    ("image", "kind"),
    [(rocket_with_sticker(), ReferenceKind.LOGO), (photographs.coffee(), ReferenceKind.PHOTO)],
    ids=["logo", "photo"],
)
def test_hues_are_measured_on_a_logo_and_not_of_a_photo(store: Store, image: RGBImage, kind: ReferenceKind) -> None:
    item = Examiner.open(store, Settings()).examine(jpeg(image)).evidence[0]
    assert item.kind is kind
    assert (item.logo is not None and item.logo.hue_intersection is not None) is (kind is ReferenceKind.LOGO)
    assert (item.photo is not None) is (kind is ReferenceKind.PHOTO)


def test_keypoints_are_measured_on_an_untouched_copy_though_a_hash_would_do(store: Store) -> None:
    examiner = Examiner.open(store, Settings())
    item = examiner.examine(jpeg(photographs.coffee(), 80)).evidence[0]
    assert item.kind is ReferenceKind.PHOTO
    assert item.hash_distance is not None
    assert item.inliers is not None
    assert item.inliers >= 50


def test_a_photo_that_too_few_keypoints_vote_for_is_not_verified(store: Store) -> None:
    crop = photographs.coffee()[60:260, 150:420].copy()

    def photos(settings: Settings) -> int:
        examiner = Examiner.open(store, settings)
        catalog = examiner.index.references
        found = examiner.match(examiner.describe(crop))
        return sum(catalog[each.position].kind is ReferenceKind.PHOTO for each in found)

    assert photos(Settings()) >= 1
    assert photos(Settings(least_votes=1e6)) == 0


def test_the_quadrilateral_of_a_sure_logo_is_refined_and_that_of_its_visible_part(examiner: Examiner) -> None:
    item = examiner.examine(jpeg(rocket_with_sticker())).evidence[0]
    reference = next(each for each in examiner.index.references if each.reference_id == item.reference_id)
    assert (item.kind, item.refined) == (ReferenceKind.LOGO, True)
    assert item.reference_box == reference.content


def blurred_ncc(item: Evidence) -> float:
    assert item.photo is not None
    assert item.photo.blurred_ncc is not None
    return item.photo.blurred_ncc


def test_where_keypoints_place_a_halftone_wrongly_the_hash_is_believed(examiner: Examiner) -> None:
    photo = position_of(examiner, COFFEE, ReferenceKind.PHOTO)
    displaced = KeypointLooks(examiner.describe(COFFEE).keypoints.all().translated(90, 60))
    description = replace(examiner.describe(in_halftone(COFFEE)), keypoints=displaced)
    (by_keypoints,) = examiner.verify(description, [Candidate(photo)])
    (with_hash,) = examiner.verify(description, [Candidate(photo, hash_distance=40, transform=UPRIGHT)])
    assert farthest(by_keypoints.quad, [(90, 60), (690, 60), (690, 460), (90, 460)]) < 3
    assert farthest(with_hash.quad, [(0, 0), (599, 0), (599, 399), (0, 399)]) == 0
    assert (with_hash.inliers, with_hash.inlier_coverage, with_hash.reference_box) == (None, None, None)
    assert blurred_ncc(with_hash) > blurred_ncc(by_keypoints) + 0.3


def test_a_few_keypoints_that_place_a_copy_a_little_wrong_are_not_believed_against_its_hash(examiner: Examiner) -> None:
    photo = position_of(examiner, COFFEE, ReferenceKind.PHOTO)
    keypoints = examiner.describe(COFFEE).keypoints.all().strongest(9)
    description = replace(examiner.describe(COFFEE), keypoints=KeypointLooks(keypoints.translated(7, 5)))
    (by_keypoints,) = examiner.verify(description, [Candidate(photo)])
    (with_hash,) = examiner.verify(description, [Candidate(photo, hash_distance=2, transform=UPRIGHT)])
    assert 4 <= (by_keypoints.inliers or 0) < 10
    assert blurred_ncc(with_hash) - blurred_ncc(by_keypoints) < 0.1
    assert with_hash.inliers is None


@pytest.mark.parametrize("turn", [UPRIGHT, UPSIDE_DOWN], ids=["upright", "upside down"])
def test_where_keypoints_place_a_photo_rightly_no_hash_overrules_them(
    examiner: Examiner, turn: DihedralTransform
) -> None:
    photo = position_of(examiner, COFFEE, ReferenceKind.PHOTO)
    corners = [(60.0, 40.0), (520.0, 90.0), (500.0, 330.0), (90.0, 380.0)]
    ground = np.asarray(cv2.resize(photographs.rocket(), (600, 420)), np.uint8)
    description = examiner.describe(in_perspective(COFFEE, corners, ground))
    (item,) = examiner.verify(description, [Candidate(photo, hash_distance=50, transform=turn)])
    assert item.inliers is not None
    assert farthest(item.quad, corners) < 4


def test_a_hash_places_a_photo_whose_keypoints_are_lost_as_it_lies(examiner: Examiner) -> None:
    photo = position_of(examiner, COFFEE, ReferenceKind.PHOTO)
    mirrored = DihedralTransform(mirrored=True, quarters=0)
    description = replace(examiner.describe(mirrored.apply(in_halftone(COFFEE))), keypoints=KeypointLooks(NONE))
    (item,) = examiner.verify(description, [Candidate(photo, hash_distance=40, transform=mirrored)])
    assert (item.inliers, item.mirrored) == (None, True)
    assert farthest(item.quad, [(599, 0), (0, 0), (0, 399), (599, 399)]) == 0
    assert blurred_ncc(item) > 0.8


@pytest.mark.parametrize("ink", [(200, 30, 40), (250, 250, 250)], ids=["own colour", "white"])
def test_a_logo_seen_at_an_angle_is_placed_by_its_keypoints_whatever_a_hash_says(
    examiner: Examiner, ink: tuple[int, int, int]
) -> None:
    logo = position_of(examiner, rocket_with_sticker(), ReferenceKind.LOGO)
    corners = [(200.0, 150.0), (520.0, 150.0), (620.0, 380.0), (120.0, 380.0)]
    ground = np.asarray(cv2.GaussianBlur(photographs.rocket(), (0, 0), 6), np.uint8)
    description = examiner.describe(in_perspective(draw_logo("ACME", ink), corners, ground))
    candidate = next(each for each in examiner.match(description) if each.position == logo)
    (item,) = examiner.verify(description, [replace(candidate, hash_distance=50, transform=UPRIGHT)])
    assert farthest(item.quad, corners) < 25  # the quadrilateral is of the visible badge
    assert item.ncc is not None
    assert item.ncc > 0.7
    assert item.reference_box is not None


def test_a_logo_that_only_a_hash_finds_takes_the_whole_image(examiner: Examiner) -> None:
    logo = position_of(examiner, rocket_with_sticker(), ReferenceKind.LOGO)
    badge = draw_logo("ACME", (200, 30, 40), ground=(255, 255, 255, 255)).convert("RGB")
    description = replace(examiner.describe(np.asarray(badge, np.uint8)), keypoints=KeypointLooks(NONE))
    (item,) = examiner.verify(description, [Candidate(logo, hash_distance=50, transform=UPRIGHT)])
    assert item.inliers is None
    assert farthest(item.quad, [(0, 0), (639, 0), (639, 319), (0, 319)]) == 0
    assert item.ncc is not None


def small_print(turn: float = 0.0, width: int = 110) -> RGBImage:
    """A blurred photo with Acme's logo, `width` px wide and turned by so many degrees."""
    scene = Image.fromarray(np.asarray(cv2.GaussianBlur(photographs.rocket(), (0, 0), 6), np.uint8))
    logo = draw_logo("ACME", (245, 245, 245)).resize((width, width // 2), Image.Resampling.LANCZOS)
    logo = logo.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    scene.paste(logo, (260, 160), logo)
    return np.asarray(scene, np.uint8)


def acme_logo(examiner: Examiner, image: RGBImage) -> Evidence:
    """The evidence for Acme's logo in an image."""
    found = examiner.examine(jpeg(image)).evidence
    return next(item for item in found if item.logo is not None and item.brand_id == "acme")


def test_a_small_logo_is_aligned_by_the_keypoints_of_its_enlarged_region(store: Store, examiner: Examiner) -> None:
    with_region, without = (
        acme_logo(examiner, small_print()),
        acme_logo(Examiner.open(store, NO_CLOSE_UPS), small_print()),
    )
    assert with_region.inliers is not None
    assert with_region.inliers > (without.inliers or 0) + 3


def test_a_turned_logo_matches_once_its_quadrilateral_is_rectified(examiner: Examiner) -> None:
    found = acme_logo(examiner, small_print(turn=100, width=300)).logo
    assert found is not None
    assert found.objectness is None  # no region as it lies is similar to the logo: only the quadrilateral is
    assert found.match_logit is not None
    assert found.match_logit > 2
    assert found.cosine is not None
    assert found.cosine > 0.6
