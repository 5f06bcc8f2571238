"""A mark in several forms, from the registration to the verdict: one claim at a place, and no copied photo."""

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.images import RGBImage
from brand_index.registration import MarkFields, register_reference
from brand_index.registration.editing import MarkChanges, edit_mark_of
from brand_index.store import Store
from brand_index.types import ReferenceKind, SourceRegion
from scanner import Scanner
from scanner.moderation.registry import open_registry
from scanner.settings import Settings
from scanner.verdicts.types import Reason
from tests.conftest import ACME, NOW, describer, draw_logo, in_perspective, jpeg, png

CORNERS = ((60.0, 220.0), (330.0, 235.0), (325.0, 365.0), (62.0, 350.0))
REGION: SourceRegion = (60, 220, 330, 365)  # of the badge at CORNERS
SIGN = MarkFields(name="sign")


def goods(ground: RGBImage) -> RGBImage:
    """A photo of something that shows the mark on a light badge, at an angle."""
    badge = draw_logo("ACME", (10, 80, 50), ground=(225, 220, 205, 255))
    return in_perspective(badge, CORNERS, np.ascontiguousarray(ground[:400, :450]))


FIRST, SECOND = goods(photographs.coffee()), goods(photographs.chelsea()[:300].repeat(2, axis=0)[:400])


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Store:
    """A store with one mark: its artwork, and two photographs of it in use."""
    place = Store(tmp_path_factory.mktemp("forms"))
    with open_registry(place) as registry:
        for number, (image, region) in enumerate(
            ((png(draw_logo("ACME", (10, 80, 50))), None), (photo(FIRST), REGION), (photo(SECOND), REGION))
        ):
            register_reference(
                registry,
                place,
                brand=ACME,
                kind=ReferenceKind.LOGO,
                image=image,
                describer=describer(),
                name=f"{number}.png",
                mark=SIGN,
                region=region,
                now=NOW,
            )
    return place


def photo(pixels: RGBImage) -> bytes:
    return png(Image.fromarray(pixels))


def test_many_forms_of_one_mark_are_one_claim(forms: Store, settings: Settings) -> None:
    verdict = Scanner.open(forms, settings).scan(jpeg(FIRST))
    assert len(verdict.counted) == 1
    assert sum(each.box.left < 200 and each.confidence > 0.1 for each in verdict.evidence) == 1


def test_a_photo_of_which_a_region_is_registered_is_no_copied_photo(forms: Store, settings: Settings) -> None:
    verdict = Scanner.open(forms, settings).scan(photo(FIRST))
    assert verdict.reason is Reason.LOGO_UNAUTHORIZED
    assert {each.kind for each in verdict.evidence} == {ReferenceKind.LOGO}
    assert all(each.hash_distance is None for each in verdict.evidence)


def test_a_reference_that_is_given_another_mark_is_another_claim_from_then_on(forms: Store, settings: Settings) -> None:
    with open_registry(forms) as registry:
        reference = next(each for each in registry.references() if each.source_name == "1.png")
        changes = MarkChanges(MarkFields(name="badge"), frozenset({"name"}))
        edit_mark_of(registry, reference.reference_id, changes, NOW, alone=True)
    verdict = Scanner.open(forms, settings).scan(jpeg(FIRST))
    assert len([each for each in verdict.evidence if each.confidence > 0.1]) == 2
