"""Of what is likely in one place of an image the surest alone is believed, and nothing against what a scan verified."""

from dataclasses import replace

import pytest

from brand_index.index import BrandIndex
from brand_index.index.past_hits import PastHit
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.examiner import open_embedder
from scanner.rejudging.likely import SUREST, likely_evidence, merged, surest
from scanner.settings import Settings

HERE, THERE = (0, 0, 100, 100), (200, 0, 300, 100)


@pytest.fixture(scope="module")
def index(store: Store, settings: Settings) -> BrandIndex:
    return BrandIndex.open(store, open_embedder(settings))


def positions(index: BrandIndex, kind: ReferenceKind) -> list[int]:
    return [position for position, each in enumerate(index.references) if each.kind is kind]


def photo(
    position: int,
    *,
    votes: float = 0.0,
    agreeing: float | None = None,
    row: int = 0,
    box: tuple[int, int, int, int] = HERE,
) -> PastHit:
    return PastHit(row, position, ReferenceKind.PHOTO, box, mirrored=True, agreeing=agreeing, votes=votes)


def logo(position: int, *, cosine: float | None = None, votes: float = 0.0) -> PastHit:
    rarity = 0.0 if cosine is None else 10 * cosine - 1
    return PastHit(0, position, ReferenceKind.LOGO, HERE, mirrored=False, votes=votes, rarity=rarity, cosine=cosine)


def test_of_two_photos_in_one_place_the_surer_is_likely(index: BrandIndex) -> None:
    one, other, _ = positions(index, ReferenceKind.PHOTO)
    hash_hit, rival = photo(one, agreeing=0.9), photo(other, votes=20.0)
    assert surest([rival, hash_hit]) == [hash_hit]


def test_a_sure_region_is_not_lost_to_a_few_keypoints_of_another_logo(index: BrandIndex) -> None:
    one, other = positions(index, ReferenceKind.LOGO)[:2]
    region, rival = logo(one, cosine=0.9), logo(other, votes=3.0)
    assert surest([rival, region]) == [region]


def test_many_keypoints_of_a_logo_are_surer_than_a_faint_region(index: BrandIndex) -> None:
    one, other = positions(index, ReferenceKind.LOGO)[:2]
    faint, keypoints = logo(one, cosine=0.5), logo(other, votes=9.0)
    assert surest([faint, keypoints]) == [keypoints]


def test_a_faint_region_is_likely_where_keypoints_agree_with_it(index: BrandIndex) -> None:
    one = positions(index, ReferenceKind.LOGO)[0]
    alone, agreed = logo(one, cosine=0.45), logo(one, cosine=0.45, votes=3.0)
    assert likely_evidence(alone, index).confidence < 0.5 < likely_evidence(agreed, index).confidence


@pytest.mark.parametrize(("row", "box"), [(1, HERE), (0, THERE)])
def test_in_other_places_and_images_both_are(index: BrandIndex, row: int, box: tuple[int, int, int, int]) -> None:
    one, other, _ = positions(index, ReferenceKind.PHOTO)
    assert len(surest([photo(one, agreeing=0.9), photo(other, votes=20.0, box=box, row=row)])) == 2


def test_a_logo_is_no_rival_of_a_photo(index: BrandIndex) -> None:
    one, other = positions(index, ReferenceKind.PHOTO)[0], positions(index, ReferenceKind.LOGO)[0]
    assert len(surest([photo(one, agreeing=0.9), logo(other, cosine=0.8)])) == 2


def test_likely_evidence_says_so_and_is_never_sure(index: BrandIndex) -> None:
    item = likely_evidence(photo(positions(index, ReferenceKind.PHOTO)[0], votes=99.0), index)
    assert (item.unverified, item.mirrored, item.confidence, item.box) == (True, True, SUREST, Box(*HERE))


def test_what_a_scan_verified_beats_what_is_likely_in_its_place(index: BrandIndex) -> None:
    one, other, third = positions(index, ReferenceKind.PHOTO)
    verified = replace(likely_evidence(photo(one, agreeing=1.0), index), unverified=False)
    rival, elsewhere = (
        likely_evidence(photo(position, votes=20.0, box=box), index)
        for position, box in ((other, HERE), (third, THERE))
    )
    assert set(merged([verified], [rival, elsewhere])) == {verified, elsewhere}
