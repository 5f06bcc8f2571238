"""What speaks for a candidate is measured wherever the candidate came from."""

from skimage import data as photographs

from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.candidates import Candidate
from scanner.pipeline import Examiner
from scanner.settings import Settings
from tests.conftest import jpeg, rocket_with_sticker

NO_CLOSE_UPS = Settings(closer_look=1.0)


def test_a_logo_that_only_looks_alike_is_tied_by_the_keypoints_of_the_whole_picture(store: Store) -> None:
    examiner = Examiner.open(store, NO_CLOSE_UPS)
    description = examiner.describe(rocket_with_sticker())
    catalog = examiner.index.references
    acme = next(n for n, each in enumerate(catalog) if (each.brand, each.kind) == ("acme", ReferenceKind.LOGO))
    (item,) = examiner.verify(description, [Candidate(acme, region=description.regions[0], alike=0.5)])
    assert item.inliers is not None
    assert item.inliers >= 10


def test_colour_is_said_of_a_logo_and_not_of_a_photo(store: Store) -> None:
    examiner = Examiner.open(store, Settings())
    seen = examiner.verify(description := examiner.describe(rocket_with_sticker()), examiner.match(description))
    assert {item.kind: item.colour is None for item in seen} == {ReferenceKind.LOGO: False, ReferenceKind.PHOTO: True}


def test_keypoints_are_told_of_an_untouched_copy_though_a_hash_would_do(store: Store) -> None:
    examiner = Examiner.open(store, Settings())
    seen = examiner.examine(jpeg(photographs.coffee(), 80)).evidence[0]
    assert seen.kind is ReferenceKind.PHOTO
    assert seen.hash_distance is not None
    assert seen.inliers is not None
    assert seen.inliers >= 50
