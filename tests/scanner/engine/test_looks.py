"""All keypoints of an image are detected only where a smaller first look, or something else, asks for them."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.keypoints import NONE, Keypoints, describe_keypoints
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine import stages
from scanner.engine.candidates import FEW_KEYPOINTS, Description
from scanner.engine.examiner import Examiner
from scanner.engine.looks import KeypointLooks, look_at
from scanner.engine.stages import Stage, StageClock
from scanner.settings import Settings
from tests.conftest import draw_logo

COFFEE = np.asarray(photographs.coffee(), np.uint8)  # registered by Acme
ROCKET = np.asarray(photographs.rocket(), np.uint8)  # not registered


@pytest.fixture(scope="module")
def examiner(store: Store) -> Examiner:
    return Examiner.open(store, Settings())


def matched(examiner: Examiner, description: Description) -> KeypointLooks:
    """The keypoints of a description, once its candidates were asked for."""
    examiner.match(description)
    return description.keypoints


def unlike_hashes(description: Description) -> Description:
    return replace(description, hashes=(None, None), inset_hashes=(None, None))


def blind_first_look(examiner: Examiner, description: Description) -> KeypointLooks:
    """Looks of which the first one sees another image, so that only something else asks for all keypoints."""
    other = examiner.describe(ROCKET).keypoints.first
    assert len(other) >= FEW_KEYPOINTS
    return KeypointLooks(other, description.keypoints.all)


def test_a_photo_that_resembles_nothing_is_not_looked_at_closely(examiner: Examiner) -> None:
    looks = matched(examiner, examiner.describe(ROCKET))
    assert looks.known is looks.first


def test_what_lies_on_a_ground_of_one_tone_is_looked_at_closely_at_once(examiner: Examiner) -> None:
    ground = np.full((600, 800, 3), 30, np.uint8)
    disc = cv2.circle(np.zeros(ROCKET.shape[:2], np.uint8), (320, 210), 190, 255, -1) > 0
    ground[80 : 80 + ROCKET.shape[0], 80 : 80 + ROCKET.shape[1]][disc] = ROCKET[disc]
    looks = matched(examiner, replace(unlike_hashes(examiner.describe(ground)), regions=()))
    settings = examiner.settings
    every = describe_keypoints(ground, side=settings.keypoint_side, limit=settings.keypoint_count, enlarge=2.0)
    assert len(looks.known) == len(looks.first) == len(every)


def test_a_copy_is_looked_at_closely_for_its_keypoints_alone(examiner: Examiner) -> None:
    part = np.ascontiguousarray(COFFEE[:, 150:])
    looks = matched(examiner, replace(unlike_hashes(examiner.describe(part)), regions=()))
    assert len(looks.known) > len(looks.first)


def test_few_keypoints_of_a_first_look_that_agree_on_a_place_ask_for_all(store: Store) -> None:
    by_place_alone = Examiner.open(store, Settings(first_photo_votes=1000, first_logo_votes=1000))
    part = np.ascontiguousarray(COFFEE[:, 150:])
    looks = matched(by_place_alone, replace(unlike_hashes(by_place_alone.describe(part)), regions=()))
    assert looks.known is not looks.first


def test_a_photo_on_whose_place_a_first_look_agrees_is_proposed_whatever_all_keypoints_vote_for(store: Store) -> None:
    by_place_alone = Examiner.open(store, Settings(first_photo_votes=1000))
    part = by_place_alone.describe(np.ascontiguousarray(COFFEE[:, 150:]))
    looks = KeypointLooks(part.keypoints.first, by_place_alone.describe(ROCKET).keypoints.all)
    found = by_place_alone.match(replace(unlike_hashes(part), regions=(), keypoints=looks))
    kinds = [by_place_alone.index.references[each.position].kind for each in found]
    assert ReferenceKind.PHOTO in kinds


def test_a_near_hash_asks_for_all_keypoints(examiner: Examiner) -> None:
    described = examiner.describe(COFFEE)
    looks = blind_first_look(examiner, described)
    matched(examiner, replace(described, regions=(), keypoints=looks))
    assert looks.known is not looks.first


def test_a_region_like_a_logo_asks_for_all_keypoints(examiner: Examiner) -> None:
    scene = ROCKET.copy()
    logo = draw_logo("ACME", (200, 30, 40)).resize((220, 110))
    scene[40:150, 60:280] = np.asarray(logo.convert("RGB"), np.uint8)
    described = examiner.describe(scene)
    looks = blind_first_look(examiner, described)
    matched(examiner, replace(unlike_hashes(described), keypoints=looks))
    assert looks.known is not looks.first


@pytest.mark.parametrize(
    ("image", "looks_twice"), [(ROCKET, True), (np.ascontiguousarray(ROCKET[::4, ::4]), False)], ids=["large", "small"]
)
def test_an_image_that_is_hardly_larger_than_the_first_look_has_one_look(image: RGBImage, looks_twice: bool) -> None:
    looks = look_at(image, Settings(), StageClock(), enlarge=1.0)
    assert (looks.known is not looks.all()) is looks_twice


def test_an_image_is_looked_at_closely_once() -> None:
    asked = list[int]()

    def look_closely() -> Keypoints:
        asked.append(1)
        return NONE

    looks = KeypointLooks(NONE, look_closely)
    looks.all()
    looks.all()
    assert asked == [1]


def test_no_closer_look_begins_once_the_time_is_up() -> None:
    clock = StageClock()
    looks = look_at(ROCKET, Settings(), clock, enlarge=1.0)
    clock._end = 0.0
    assert looks.all() is NONE
    assert clock.skipped == (Stage.KEYPOINTS,)


def test_a_stage_within_another_counts_for_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 1.0, 6.0, 10.0])
    monkeypatch.setattr(stages, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    clock = StageClock()
    clock.run(Stage.MATCH, lambda: clock.run(Stage.KEYPOINTS, lambda: None, None), None)
    assert clock.spent == {Stage.KEYPOINTS: 5.0, Stage.MATCH: 5.0}
