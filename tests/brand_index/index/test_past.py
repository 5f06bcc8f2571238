"""References are found in the compact descriptions of past images, and not in those that do not show them."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.features.compact import CompactDescription, compact_keypoints, region_codes
from brand_index.features.compact.codes import keypoint_codes
from brand_index.features.compact.description import FIRST_KEYPOINT_BYTES
from brand_index.features.keypoints import describe_keypoints
from brand_index.index.past import PastSearch
from brand_index.index.past_hits import PastHit
from brand_index.store import Store
from scanner.engine.examiner import Examiner
from scanner.settings import Settings
from tests.conftest import jpeg, rocket_with_sticker


@pytest.fixture(scope="module")
def examiner(store: Store, settings: Settings) -> Examiner:
    return Examiner.open(store, settings)


def left(examiner: Examiner, image: NDArray[np.uint8]) -> CompactDescription:
    found = examiner.examine(jpeg(image, 90)).left
    assert found is not None
    return CompactDescription.from_bytes(found.data)


def hits(examiner: Examiner, *images: NDArray[np.uint8]) -> dict[tuple[int, str], PastHit]:
    search = PastSearch(examiner.index, range(len(examiner.index.references)))
    found = search.likely([left(examiner, image) for image in images])
    names = {position: f"{each.brand_id} {each.kind.value}" for position, each in enumerate(examiner.index.references)}
    of_pairs = {(hit.row, names[hit.position]): hit for hit in found}
    assert len(of_pairs) == len(found), "a pair is found once, by whatever it left"
    return of_pairs


def coffee() -> NDArray[np.uint8]:
    return np.asarray(photographs.coffee(), np.uint8)


def test_a_copy_is_found_by_its_hash(examiner: Examiner) -> None:
    assert hits(examiner, coffee())[0, "acme photo"].agreeing is not None


def test_a_mirrored_copy_is_found_as_mirrored(examiner: Examiner) -> None:
    assert hits(examiner, coffee()[:, ::-1])[0, "acme photo"].mirrored


def test_half_of_a_photo_is_found_by_keypoints_where_it_lies(examiner: Examiner) -> None:
    ground = np.asarray(photographs.rocket(), np.uint8).copy()
    ground[100:400, 200:500] = coffee()[50:350, 150:450]
    hit = hits(examiner, ground)[0, "acme photo"]
    assert (hit.agreeing, hit.cosine) == (None, None)
    assert hit.votes > 9
    left_side, top, right, bottom = hit.box
    assert left_side < 350 < right
    assert top < 250 < bottom


def test_a_logo_on_a_photo_is_found(examiner: Examiner) -> None:
    assert (0, "acme logo") in hits(examiner, rocket_with_sticker())


def test_what_a_logo_left_in_a_region_and_in_keypoints_is_put_together(examiner: Examiner) -> None:
    found = hits(examiner, rocket_with_sticker()).values()
    (hit,) = (each for each in found if each.cosine is not None and each.cosine > 0.8)
    assert hit.votes >= 3
    assert hit.rarity > 2


def test_keypoints_of_the_first_version_are_compared_beside_present_ones(examiner: Examiner) -> None:
    image = np.asarray(photographs.rocket(), np.uint8).copy()
    image[100:400, 200:500] = coffee()[50:350, 150:450]
    keypoints = describe_keypoints(image, side=384, limit=200)
    present = compact_keypoints(keypoints, float(max(image.shape)))
    first = replace(present, codes=keypoint_codes(keypoints.descriptors, FIRST_KEYPOINT_BYTES))
    none = np.zeros((0, 0), np.uint8)
    regions = region_codes(np.zeros((0, 4)), np.zeros((0, 256), np.float32), 1.0)
    past = [
        CompactDescription.from_bytes(CompactDescription(640, 427, none, none, each, regions).to_bytes())
        for each in (first, present)
    ]
    found = PastSearch(examiner.index, range(len(examiner.index.references))).likely(past)
    assert [hit.row for hit in found if hit.votes > 9] == [0, 1]


def test_other_photos_show_none_of_them(examiner: Examiner) -> None:
    others = (photographs.rocket(), photographs.immunohistochemistry(), photographs.retina()[:900, :900])
    assert not hits(examiner, *(np.asarray(each, np.uint8) for each in others))


def test_only_the_chosen_references_are_looked_for(examiner: Examiner) -> None:
    assert PastSearch(examiner.index, []).likely([left(examiner, coffee())]) == []


def test_rows_name_the_images_that_were_given(examiner: Examiner) -> None:
    found = hits(examiner, np.asarray(photographs.rocket(), np.uint8), coffee())
    assert {row for row, _ in found} == {1}


def test_of_many_new_references_little_is_held_beside_the_codes_of_their_keypoints(examiner: Examiner) -> None:
    index, positions = examiner.index, range(len(examiner.index.references))
    keypoints = sum(len(index.keypoints(position)) for position in positions)
    tracemalloc.start()
    search = PastSearch(index, [*positions] * 20)
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert search.likely([left(examiner, coffee())])
    bytes_of_descriptors = 20 * 2 * keypoints * 128  # both ways
    assert most < bytes_of_descriptors
    assert held < bytes_of_descriptors / 2
