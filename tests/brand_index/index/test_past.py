"""References are found in the compact descriptions of past images, and not in those that do not show them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.features.compact import CompactDescription
from brand_index.index.past import PastHit, PastSearch, Trace
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
    names = dict(enumerate(examiner.index.references))
    of_traces = {
        (hit.row, f"{names[hit.position].brand_id} {names[hit.position].kind.value}", hit.trace): hit for hit in found
    }
    assert len(of_traces) == len(found), "a pair is found once by each trace"
    return {(row, name): hit for (row, name, _), hit in reversed(of_traces.items())}  # a hash before keypoints


def coffee() -> NDArray[np.uint8]:
    return np.asarray(photographs.coffee(), np.uint8)


def test_a_copy_is_found_by_its_hash(examiner: Examiner) -> None:
    assert hits(examiner, coffee())[0, "acme photo"].trace is Trace.HASH


def test_a_mirrored_copy_is_found_as_mirrored(examiner: Examiner) -> None:
    assert hits(examiner, coffee()[:, ::-1])[0, "acme photo"].mirrored


def test_half_of_a_photo_is_found_by_keypoints_where_it_lies(examiner: Examiner) -> None:
    ground = np.asarray(photographs.rocket(), np.uint8).copy()
    ground[100:400, 200:500] = coffee()[50:350, 150:450]
    hit = hits(examiner, ground)[0, "acme photo"]
    assert hit.trace is Trace.KEYPOINTS
    left_side, top, right, bottom = hit.box
    assert left_side < 350 < right
    assert top < 250 < bottom


def test_a_logo_on_a_photo_is_found(examiner: Examiner) -> None:
    assert (0, "acme logo") in hits(examiner, rocket_with_sticker())


def test_a_logo_is_found_by_each_trace_that_it_left(examiner: Examiner) -> None:
    found = PastSearch(examiner.index, range(len(examiner.index.references))).likely(
        [left(examiner, rocket_with_sticker())]
    )
    logos = {hit.position for hit in found if hit.trace is Trace.REGION and hit.score > 0.8}
    assert {hit.trace for hit in found if hit.position in logos} == {Trace.KEYPOINTS, Trace.REGION}


def test_other_photos_show_none_of_them(examiner: Examiner) -> None:
    others = (photographs.rocket(), photographs.immunohistochemistry(), photographs.retina()[:900, :900])
    assert not hits(examiner, *(np.asarray(each, np.uint8) for each in others))


def test_only_the_chosen_references_are_looked_for(examiner: Examiner) -> None:
    assert PastSearch(examiner.index, []).likely([left(examiner, coffee())]) == []


def test_rows_name_the_images_that_were_given(examiner: Examiner) -> None:
    found = hits(examiner, np.asarray(photographs.rocket(), np.uint8), coffee())
    assert {row for row, _ in found} == {1}
