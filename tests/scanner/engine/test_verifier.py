"""What speaks for a candidate is measured wherever the candidate came from."""

import pytest
from skimage import data as photographs

from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.candidates import Candidate
from scanner.engine.examiner import Examiner
from scanner.settings import Settings
from tests.conftest import jpeg, rocket_with_sticker

NO_CLOSE_UPS = Settings(closer_look=1.0)


def test_a_logo_that_only_looks_alike_is_tied_by_the_keypoints_of_the_whole_image(store: Store) -> None:
    examiner = Examiner.open(store, NO_CLOSE_UPS)
    description = examiner.describe(rocket_with_sticker())
    catalog = examiner.index.references
    acme = next(n for n, each in enumerate(catalog) if (each.brand_id, each.kind) == ("acme", ReferenceKind.LOGO))
    (item,) = examiner.verify(description, [Candidate(acme, region=description.regions[0], alike=0.5)])
    assert item.inliers is not None
    assert item.inliers >= 10


@pytest.mark.parametrize(
    ("image", "kind"),
    [(rocket_with_sticker(), ReferenceKind.LOGO), (photographs.coffee(), ReferenceKind.PHOTO)],
    ids=["logo", "photo"],
)
def test_hues_are_told_of_a_logo_and_not_of_a_photo(store: Store, image: RGBImage, kind: ReferenceKind) -> None:
    seen = Examiner.open(store, Settings()).examine(jpeg(image)).evidence[0]
    assert seen.kind is kind
    assert (seen.colour is not None) is (kind is ReferenceKind.LOGO)


def test_keypoints_are_told_of_an_untouched_copy_though_a_hash_would_do(store: Store) -> None:
    examiner = Examiner.open(store, Settings())
    seen = examiner.examine(jpeg(photographs.coffee(), 80)).evidence[0]
    assert seen.kind is ReferenceKind.PHOTO
    assert seen.hash_distance is not None
    assert seen.inliers is not None
    assert seen.inliers >= 50


def test_a_photo_that_too_few_keypoints_vote_for_is_not_proved(store: Store) -> None:
    crop = photographs.coffee()[60:260, 150:420].copy()

    def photos(settings: Settings) -> int:
        examiner = Examiner.open(store, settings)
        catalog = examiner.index.references
        found = examiner.match(examiner.describe(crop))
        return sum(catalog[each.position].kind is ReferenceKind.PHOTO for each in found)

    assert photos(Settings()) >= 1
    assert photos(Settings(least_votes=1e6)) == 0
