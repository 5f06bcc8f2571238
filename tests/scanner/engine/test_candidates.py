"""Each feature of an image proposes candidates of its own, and the nearest hash says which way round a photo lies."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.hashing import TRANSFORMS
from brand_index.features.keypoints import NONE
from brand_index.store import Store
from scanner.engine.alignment.geometry import inset_quad
from scanner.engine.candidates import Candidate, Description
from scanner.engine.examiner import Examiner
from scanner.engine.looks import KeypointLooks
from scanner.settings import Settings

COFFEE = np.asarray(photographs.coffee(), np.uint8)  # registered by Acme


@pytest.fixture(scope="module")
def examiner(store: Store) -> Examiner:
    return Examiner.open(store, Settings())


def only_candidate(examiner: Examiner, description: Description) -> Candidate:
    """The one candidate that the hashes of a description propose."""
    no_crops = examiner.embedder.embed(())
    (found,) = examiner.match(
        replace(description, keypoints=KeypointLooks(NONE), regions=(), region_embeddings=no_crops)
    )
    return found


def test_either_hash_alone_proposes_a_copy_and_only_pdq_has_a_distance(examiner: Examiner) -> None:
    description = examiner.describe(COFFEE)
    pdq, phash = description.hashes
    by_pdq = only_candidate(examiner, replace(description, hashes=(pdq, None)))
    by_phash = only_candidate(examiner, replace(description, hashes=(None, phash)))
    assert (by_pdq.transform, by_pdq.hash_distance) == (TRANSFORMS[0], 0)
    assert (by_phash.transform, by_phash.hash_distance) == (TRANSFORMS[0], None)


def test_where_the_hashes_disagree_on_the_transform_pdq_is_believed(examiner: Examiner) -> None:
    upright, turned = examiner.describe(COFFEE), examiner.describe(TRANSFORMS[2].apply(COFFEE))
    found = only_candidate(examiner, replace(upright, hashes=(upright.hashes[0], turned.hashes[1])))
    assert found.transform == TRANSFORMS[0]


def test_a_far_pdq_gives_way_on_the_transform_to_the_same_phash_as_of_plain_goods_upside_down(
    examiner: Examiner,
) -> None:
    description = examiner.describe(COFFEE)
    pdq, phash = description.hashes
    assert pdq is not None
    upside_down = np.roll(pdq, 2, axis=0)
    upside_down[:, :6] ^= 255  # 48 of the 60 bits that may differ
    found = only_candidate(examiner, replace(description, hashes=(upside_down, phash)))
    assert (found.transform, found.hash_distance) == (TRANSFORMS[0], 48)


def test_keypoints_alone_propose_a_photo_and_whether_it_is_mirrored(examiner: Examiner) -> None:
    for image, mirrored in ((COFFEE, False), (np.ascontiguousarray(COFFEE[:, ::-1]), True)):
        description = replace(examiner.describe(image), hashes=(None, None))
        best = examiner.match(description)[0]
        assert (best.mirrored, best.transform, best.hash_distance) == (mirrored, None, None)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_hash_proposes_a_photo_that_lies_turned_in_a_flat_surround(examiner: Examiner, mirrored: bool) -> None:
    shown = np.ascontiguousarray(COFFEE[:, ::-1]) if mirrored else COFFEE
    matrix = cv2.getRotationMatrix2D((300, 200), 17, 1) + np.array([[0, 0, 100], [0, 0, 200]])
    image = np.asarray(cv2.warpAffine(shown, matrix, (800, 800), borderValue=(240, 240, 40)), np.uint8)
    found = only_candidate(examiner, examiner.describe(image))
    assert found.inset is not None
    assert found.transform is not None
    assert (found.transform.mirrored, found.hash_distance) == (mirrored, None)
    own = np.array([[0, 0], [600, 0], [600, 400], [0, 400]], np.float32)
    expected = cv2.transform(own[None], matrix)[0][[1, 0, 3, 2] if mirrored else [0, 1, 2, 3]]
    off = np.linalg.norm(np.array(inset_quad(found.inset, found.transform)) - expected, axis=1)
    assert off.max() < 0.01 * 720
