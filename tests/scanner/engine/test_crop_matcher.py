"""The matcher of crops: the same mark in another dress, another mark, and no pairs at all."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.features.embedding import Embedded, OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.crops.crop_matcher import BATCH, OnnxCropMatcher
from scanner.engine.crops.crop_matching import rescore_crops
from scanner.engine.examiner import Examiner
from scanner.engine.regions import Region, crop
from scanner.settings import Settings
from tests.conftest import draw_logo, rocket_with_sticker


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


@pytest.fixture(scope="module")
def matcher() -> OnnxCropMatcher:
    return OnnxCropMatcher(read_manifest().matcher)


def drawn(word: str, ink: tuple[int, int, int], background: tuple[int, int, int]) -> RGBImage:
    return np.asarray(draw_logo(word, ink, ground=(*background, 255)).convert("RGB"))


def match_logits(matcher: OnnxCropMatcher, crops: Embedded, registered: Embedded) -> NDArray[np.float32]:
    cosines = np.einsum("nd,nd->n", crops.vectors, registered.vectors)
    return matcher.match_logits(crops.patches, registered.patches, cosines)


def verified_on_a_sticker(examiner: Examiner) -> set[str]:
    """The brands whose logos are verified by a region of a photo with Acme's logo."""
    hits = examiner.match(examiner.describe(rocket_with_sticker()))
    return {examiner.index.references[hit.position].brand_id for hit in hits if hit.region is not None}


@pytest.mark.parametrize("ink", [(245, 245, 245), (200, 40, 40)], ids=["reversed", "red"])
def test_a_soft_print_in_another_colour_is_likelier_the_mark_than_another_mark_is(
    embedder: OnnxEmbedder, matcher: OnnxCropMatcher, ink: tuple[int, int, int]
) -> None:
    print_of_it = cv2.GaussianBlur(drawn("ACME", ink, (30, 40, 60)), (0, 0), 4)[20:, 10:]
    registered = embedder.embed(
        [drawn("ACME", (10, 10, 10), (255, 255, 255)), np.asarray(photographs.logo())[..., :3].copy()]
    )
    logits = match_logits(matcher, embedder.embed([np.ascontiguousarray(print_of_it)] * 2), registered)
    assert logits[0] > logits[1]


def test_more_pairs_than_a_batch_come_back_in_order(embedder: OnnxEmbedder, matcher: OnnxCropMatcher) -> None:
    photo = photographs.astronaut()
    crops = embedder.embed([photo[8 * number :, 5 * number :].copy() for number in range(BATCH + 3)])
    other = embedder.embed([photographs.coffee()] * (BATCH + 3))
    one_by_one = [
        matcher.match_logits(crops.patches[n : n + 1], other.patches[n : n + 1], np.zeros(1, np.float32))[0]
        for n in range(BATCH + 3)
    ]
    together = matcher.match_logits(crops.patches, other.patches, np.zeros(BATCH + 3, np.float32))
    np.testing.assert_allclose(together, one_by_one, atol=1e-3)


def test_no_pairs_give_no_answers(embedder: OnnxEmbedder, matcher: OnnxCropMatcher) -> None:
    none = embedder.embed([])
    assert matcher.match_logits(none.patches, none.patches, np.zeros(0, np.float32)).shape == (0,)


class Contrary:
    """A matcher that takes what is similar for two marks."""

    def match_logits(
        self, listing: NDArray[np.int8], reference: NDArray[np.int8], cosines: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The less similar, the likelier."""
        return -cosines


def test_only_the_logo_that_the_matcher_rates_best_is_verified_where_it_is_the_most_similar(store: Store) -> None:
    examiner = Examiner.open(store, Settings(least_cosine=-1, rescored_logos=1))
    assert verified_on_a_sticker(examiner) == {"acme"}


def test_the_most_similar_logo_is_verified_although_the_matcher_rates_it_worst(store: Store) -> None:
    settings = Settings(least_cosine=-1, rescored_logos=1, least_match_logit=50.0)
    usual = Examiner.open(store, settings)
    examiner = Examiner(usual.index, usual.embedder, Contrary(), usual.finder, settings)
    assert verified_on_a_sticker(examiner) == {"bolt", "acme"}


def test_a_logo_that_is_too_dissimilar_is_not_verified(store: Store) -> None:
    assert "acme" in verified_on_a_sticker(Examiner.open(store, Settings()))
    assert verified_on_a_sticker(Examiner.open(store, Settings(least_cosine=1.0))) == set()


def test_of_logos_that_are_all_unlikely_only_the_best_is_verified(store: Store) -> None:
    assert verified_on_a_sticker(Examiner.open(store, Settings(least_cosine=-1))) == {"acme", "bolt"}
    assert verified_on_a_sticker(Examiner.open(store, Settings(least_cosine=-1, least_match_logit=50.0))) == {"acme"}


def test_what_the_finder_is_not_sure_of_is_not_examined(store: Store) -> None:
    photo = np.asarray(photographs.rocket(), np.uint8)
    regions = Examiner.open(store, Settings(least_objectness=1.0)).describe(photo).regions
    assert [region.box for region in regions] == [Box(0, 0, photo.shape[1], photo.shape[0])]


def test_a_region_matches_as_well_as_its_best_crop_and_its_first_crop_is_not_embedded_again(store: Store) -> None:
    examiner = Examiner.open(store, Settings())
    frame, box = np.asarray(photographs.rocket(), np.uint8), Box(100, 80, 300, 240)
    first = examiner.embedder.embed([crop(frame, box)])
    logo = next(n for n, each in enumerate(examiner.index.references) if each.kind is ReferenceKind.LOGO)
    taken: list[int] = []

    class Counting(OnnxEmbedder):
        def embed(self, crops: Sequence[RGBImage]) -> Embedded:
            taken.append(len(crops))
            return super().embed(crops)

    class Rising:
        def match_logits(
            self, listing: NDArray[np.int8], reference: NDArray[np.int8], cosines: NDArray[np.float32]
        ) -> NDArray[np.float32]:
            return np.array([0.0, 3.0, 1.0], np.float32)

    embedder = Counting(read_manifest())
    (look,) = rescore_crops(frame, [(logo, box)], first, [Region(box, 1.0)], embedder, Rising(), examiner.index)
    assert (look.match_logit, taken) == (3.0, [2])
