"""Each feature of an image proposes candidates of its own, and PDQ's word on the transform comes first."""

from dataclasses import replace

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.features.hashing import TRANSFORMS
from brand_index.features.keypoints import NONE
from brand_index.store import Store
from scanner.engine.candidates import Candidate, Description
from scanner.engine.examiner import Examiner
from scanner.settings import Settings

COFFEE = np.asarray(photographs.coffee(), np.uint8)  # registered by Acme


@pytest.fixture(scope="module")
def examiner(store: Store) -> Examiner:
    return Examiner.open(store, Settings())


def only_candidate(examiner: Examiner, description: Description) -> Candidate:
    """The one candidate that the hashes of a description propose."""
    no_crops = examiner.embedder.embed(())
    (found,) = examiner.match(replace(description, keypoints=NONE, regions=(), region_embeddings=no_crops))
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


def test_keypoints_alone_propose_a_photo_and_whether_it_is_mirrored(examiner: Examiner) -> None:
    for image, mirrored in ((COFFEE, False), (np.ascontiguousarray(COFFEE[:, ::-1]), True)):
        description = replace(examiner.describe(image), hashes=(None, None))
        best = examiner.match(description)[0]
        assert (best.mirrored, best.transform, best.hash_distance) == (mirrored, None, None)
