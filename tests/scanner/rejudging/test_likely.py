"""Of what is likely in one place of an image the surest alone is believed, and nothing against what a scan verified."""

from dataclasses import replace

import pytest

from brand_index.index import BrandIndex
from brand_index.index.past import PastHit, Trace
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


def hit(position: int, trace: Trace, score: float, box: tuple[int, int, int, int] = HERE, *, row: int = 0) -> PastHit:
    return PastHit(row, position, trace, score, box, mirrored=False)


def test_of_two_photos_in_one_place_the_surer_is_likely(index: BrandIndex) -> None:
    one, other, _ = positions(index, ReferenceKind.PHOTO)
    hash_hit = hit(one, Trace.HASH, 0.9)
    rival = hit(other, Trace.KEYPOINTS, 20.0)
    assert surest([rival, hash_hit], index) == [hash_hit]


def test_a_sure_region_is_not_lost_to_a_few_keypoints_of_the_same_logo(index: BrandIndex) -> None:
    logo = positions(index, ReferenceKind.LOGO)[0]
    region = hit(logo, Trace.REGION, 0.9)
    keypoints = hit(logo, Trace.KEYPOINTS, 3.0, THERE)
    assert surest([keypoints, region], index) == [region]


def test_a_sure_region_is_not_lost_to_a_few_keypoints_of_another_logo(index: BrandIndex) -> None:
    one, other = positions(index, ReferenceKind.LOGO)[:2]
    region = hit(one, Trace.REGION, 0.9)
    rival = hit(other, Trace.KEYPOINTS, 3.0)
    assert surest([rival, region], index) == [region]


def test_many_keypoints_of_a_logo_are_surer_than_a_faint_region(index: BrandIndex) -> None:
    logo = positions(index, ReferenceKind.LOGO)[0]
    region = hit(logo, Trace.REGION, 0.5)
    keypoints = hit(logo, Trace.KEYPOINTS, 9.0)
    assert surest([region, keypoints], index) == [keypoints]


@pytest.mark.parametrize(("row", "box"), [(1, HERE), (0, THERE)])
def test_in_other_places_and_images_both_are(index: BrandIndex, row: int, box: tuple[int, int, int, int]) -> None:
    one, other, _ = positions(index, ReferenceKind.PHOTO)
    hits = [
        hit(one, Trace.HASH, 0.9),
        hit(other, Trace.KEYPOINTS, 20.0, box, row=row),
    ]
    assert len(surest(hits, index)) == 2


def test_a_logo_is_no_rival_of_a_photo(index: BrandIndex) -> None:
    photo, logo = positions(index, ReferenceKind.PHOTO)[0], positions(index, ReferenceKind.LOGO)[0]
    hits = [
        hit(photo, Trace.HASH, 0.9),
        hit(logo, Trace.REGION, 0.8),
    ]
    assert len(surest(hits, index)) == 2


def test_likely_evidence_says_so_and_is_never_sure(index: BrandIndex) -> None:
    hit = PastHit(0, positions(index, ReferenceKind.PHOTO)[0], Trace.KEYPOINTS, 99.0, HERE, mirrored=True)
    item = likely_evidence(hit, index)
    assert (item.unverified, item.mirrored, item.confidence, item.box) == (True, True, SUREST, Box(*HERE))


def test_what_a_scan_verified_beats_what_is_likely_in_its_place(index: BrandIndex) -> None:
    one, other, third = positions(index, ReferenceKind.PHOTO)
    verified = replace(likely_evidence(hit(one, Trace.HASH, 1.0), index), unverified=False)
    rival, elsewhere = (
        likely_evidence(hit(position, Trace.KEYPOINTS, 20.0, box), index)
        for position, box in ((other, HERE), (third, THERE))
    )
    assert set(merged([verified], [rival, elsewhere])) == {verified, elsewhere}
