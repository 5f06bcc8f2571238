"""The forms of a mark: regions of images that become references of it, and how each form is described."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.errors import Contradictory, InvalidField, UnknownRecord, UnrecognizableReference
from brand_index.features.description import ReferenceDescription, describe_reference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.forms.cutting import with_room
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage, decode
from brand_index.registration import MarkFields, Registered, register_reference
from brand_index.registration.auditing import audit_each
from brand_index.registration.examining import WHOLE_PHOTO
from brand_index.registration.forms import forms_of, mark_of, register_form, register_parts
from brand_index.registration.parts import ProposedPart
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.store import Store
from brand_index.types import Brand, Form, ReferenceImage, ReferenceKind, SourceRegion
from tests.conftest import describer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
PHOTO: RGBImage = photographs.astronaut()  # 512 x 512; in the region is the badge on her suit
REGION: SourceRegion = (370, 315, 450, 385)
SIGN = MarkFields(name="sign")


@pytest.fixture
def registry(store: Store) -> Iterator[Registry]:
    with Registry.open(store) as opened:
        opened.save_brand(ACME, NOW)
        opened.add_mark(brand="acme", name="sign", now=NOW)
        yield opened


def encoded(pixels: RGBImage, format: str = "PNG", **more: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **more)
    return buffer.getvalue()


def form_of(
    registry: Registry,
    store: Store,
    image: RGBImage | bytes = PHOTO,
    region: SourceRegion = REGION,
    form: Form = Form.IN_USE,
    mark_id: int = 1,
    brand_id: str = "acme",
) -> Registered:
    return register_form(
        registry,
        store,
        brand_id=brand_id,
        mark_id=mark_id,
        image=image,
        region=region,
        form=form,
        describer=describer(),
        name="listing.png",
        now=NOW,
    )


def kept(store: Store, reference: ReferenceImage) -> RGBImage:
    return decode(store.media_path(reference.sha256, reference.suffix).read_bytes()).frames[0]


def test_a_region_of_a_photo_becomes_a_form_of_the_mark(registry: Registry, store: Store) -> None:
    done = form_of(registry, store)
    assert done.outcome is RegistrationOutcome.ADDED
    reference = done.reference
    assert (reference.mark_id, reference.form, reference.source_region) == (1, Form.IN_USE, REGION)
    assert (reference.source_name, reference.kind, reference.suffix) == ("listing.png", ReferenceKind.LOGO, ".png")


def test_its_file_is_the_region_with_a_little_room(registry: Registry, store: Store) -> None:
    left, top, right, bottom = with_room(REGION, (512, 512))
    assert (left, top, right, bottom) == (365, 310, 455, 390)
    np.testing.assert_array_equal(kept(store, form_of(registry, store).reference), PHOTO[top:bottom, left:right])


def test_the_same_region_again_is_registered_already(registry: Registry, store: Store) -> None:
    first, again = form_of(registry, store), form_of(registry, store, encoded(PHOTO))
    assert (again.outcome, again.reference) == (RegistrationOutcome.ALREADY_REGISTERED, first.reference)


def test_a_region_of_a_photo_that_lies_on_its_side_is_in_upright_pixels(registry: Registry, store: Store) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90 degrees
    lying = encoded(np.ascontiguousarray(np.rot90(PHOTO)), exif=exif)
    upright = form_of(registry, store).reference
    assert form_of(registry, store, lying).reference.sha256 == upright.sha256


def test_a_part_of_transparent_artwork_stays_transparent(registry: Registry, store: Store) -> None:
    pixels = np.zeros((300, 300, 4), np.uint8)
    pixels[100:220, 40:200] = np.dstack([PHOTO[100:220, 40:200], np.full((120, 160), 255, np.uint8)])
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    reference = form_of(registry, store, buffer.getvalue(), (40, 100, 200, 220), Form.PART).reference
    alpha = decode(store.media_path(reference.sha256, reference.suffix).read_bytes()).alpha
    assert alpha is not None
    assert (alpha[0, 0], alpha[60, 80]) == (0, 255)


@pytest.mark.parametrize("region", [(0, 0, 513, 100), (10, 10, 10, 90), (90, 10, 40, 90), (-1, 0, 90, 90)])
def test_a_region_that_is_not_within_the_image_is_refused(
    registry: Registry, store: Store, region: SourceRegion
) -> None:
    with pytest.raises(InvalidField, match=r"give left,top,right,bottom in pixels of the image, which has 512 x 512"):
        form_of(registry, store, region=region)
    assert registry.references() == ()


def test_a_region_of_a_few_pixels_is_refused(registry: Registry, store: Store) -> None:
    with pytest.raises(UnrecognizableReference, match="24 x 24 pixels; give at least 32 on the long side"):
        form_of(registry, store, region=(400, 340, 420, 360))


def test_a_refused_region_of_a_file_is_named_with_the_size_of_its_image(registry: Registry, store: Store) -> None:
    named = r"listing.png: region 400,340,420,360 \(20 x 20 of the 512 x 512 pixels of the image\), .*24 x 24 pixels"
    with pytest.raises(UnrecognizableReference, match=named):
        form_of(registry, store, encoded(PHOTO), (400, 340, 420, 360))


@pytest.mark.parametrize(
    ("region", "said"),
    [
        (
            (700, 10, 900, 110),
            r"region 700,10,900,110 .*1024 x 512 pixels of the image, as drawn with 1024 .*: nothing",
        ),
        ((0, 0, 1200, 100), "which has 1024 x 512, .*an SVG is measured as drawn with 1024 pixels on its long side"),
    ],
)
def test_a_refused_region_of_a_drawing_says_in_which_pixels_it_is(
    registry: Registry, store: Store, region: SourceRegion, said: str
) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="9" height="9"/></svg>'
    with pytest.raises((UnrecognizableReference, InvalidField), match=said):
        form_of(registry, store, drawing, region)


@pytest.mark.parametrize(
    ("region", "is_warned_of"), [(None, True), ((0, 0, 512, 420), True), ((0, 0, 512, 400), False), (REGION, False)]
)
def test_a_form_in_use_that_is_nearly_a_whole_photo_is_warned_of(
    registry: Registry, store: Store, region: SourceRegion | None, is_warned_of: bool
) -> None:
    done = register_reference(
        registry,
        store,
        brand=ACME,
        kind=ReferenceKind.LOGO,
        image=encoded(PHOTO),
        describer=describer(),
        form=Form.IN_USE,
        region=region,
        now=NOW,
    )
    assert (WHOLE_PHOTO in done.warnings) is is_warned_of


def test_a_whole_photo_is_no_word(registry: Registry, store: Store) -> None:
    rocket = encoded(photographs.rocket())  # its gantry is in lines, as letters are
    done = register_reference(
        registry,
        store,
        brand=ACME,
        kind=ReferenceKind.LOGO,
        image=rocket,
        describer=describer(),
        form=Form.IN_USE,
        now=NOW,
    )
    (audited,) = audit_each(registry, store, describer(), {done.reference.reference_id})
    assert not audited.word_like


def test_a_mark_that_is_not_recorded_is_refused(registry: Registry, store: Store) -> None:
    with pytest.raises(UnknownRecord, match="no mark 7"):
        form_of(registry, store, mark_id=7)


def test_a_mark_of_another_brand_is_refused(registry: Registry, store: Store) -> None:
    registry.save_brand(Brand("beta", "Beta", "Beta GmbH", "ip@beta.example"), NOW)
    with pytest.raises(InvalidField, match="mark 'sign' of acme is no mark of beta"):
        form_of(registry, store, brand_id="beta")


def test_a_form_of_one_mark_is_not_made_one_of_another_in_silence(registry: Registry, store: Store) -> None:
    form_of(registry, store)
    other = registry.add_mark(brand="acme", name="word", now=NOW)
    with pytest.raises(Contradictory, match=r"of mark 1, and mark 2 is given: withdraw it first"):
        form_of(registry, store, mark_id=other.mark_id)


def test_a_registered_file_does_not_change_its_form_in_silence(registry: Registry, store: Store) -> None:
    form_of(registry, store)
    with pytest.raises(Contradictory, match="as in use, and part is given"):
        form_of(registry, store, form=Form.PART)


def test_a_photo_is_no_form(registry: Registry, store: Store) -> None:
    with pytest.raises(InvalidField, match="a photo is no form of a mark, and form 'in use' is given"):
        register_reference(
            registry,
            store,
            brand=ACME,
            kind=ReferenceKind.PHOTO,
            image=encoded(PHOTO),
            describer=describer(),
            form=Form.IN_USE,
            now=NOW,
        )


def test_a_logo_without_a_mark_gets_one_for_its_other_forms(registry: Registry, store: Store) -> None:
    logo = register_reference(
        registry,
        store,
        brand=ACME,
        kind=ReferenceKind.LOGO,
        image=encoded(photographs.coins()[:64, :160].repeat(3).reshape(64, 160, 3)),
        describer=describer(),
        now=NOW,
    ).reference
    mark = mark_of(registry, logo.reference_id, NOW)
    assert mark_of(registry, logo.reference_id, NOW) == mark
    form_of(registry, store, mark_id=mark.mark_id)
    assert [each.form for each in forms_of(registry, mark.mark_id)] == [Form.ARTWORK, Form.IN_USE]


def test_a_part_that_two_marks_have_in_common_stays_the_form_that_it_is(registry: Registry, store: Store) -> None:
    parts = [ProposedPart((0, 0, 90, 80), encoded(PHOTO[310:390, 365:455]), None)]
    done = []
    for number, name in enumerate(("sign", "word")):
        image = encoded(photographs.coins()[64 * number : 64 * number + 64, :160].repeat(3).reshape(64, 160, 3))
        whole = register_reference(
            registry,
            store,
            brand=ACME,
            kind=ReferenceKind.LOGO,
            image=image,
            describer=describer(),
            mark=MarkFields(name=name),
            now=NOW,
        ).reference
        done += register_parts(registry, store, whole, parts, describer(), NOW)
    first, again = done
    assert (first.outcome, first.reference.form) == (RegistrationOutcome.ADDED, Form.PART)
    assert (again.outcome, again.reference) == (RegistrationOutcome.ALREADY_REGISTERED, first.reference)


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


def in_use(embedder: OnnxEmbedder, form: Form | None) -> ReferenceDescription:
    return describe_reference(decode(encoded(PHOTO[310:390, 365:455])), ReferenceKind.LOGO, embedder, form)


def test_a_photograph_of_a_mark_is_described_as_it_is(embedder: OnnxEmbedder) -> None:
    described = in_use(embedder, Form.IN_USE)
    assert len(described.views.vectors) == 1
    np.testing.assert_allclose(described.views.vectors[0], embedder.embed([PHOTO[310:390, 365:455]]).vectors[0])
    assert described.content == (5, 4, 85, 76)


def test_a_photograph_of_a_mark_has_no_hash(embedder: OnnxEmbedder) -> None:
    assert not any(each is not None for each in in_use(embedder, Form.IN_USE).hashes)


def test_artwork_is_described_as_it_may_be_printed(embedder: OnnxEmbedder) -> None:
    assert len(in_use(embedder, None).views.vectors) > 1


def test_a_file_that_changed_its_form_is_described_anew(registry: Registry, store: Store) -> None:
    reference = form_of(registry, store).reference
    fingerprint = describer().fingerprint
    registry.withdraw_reference(reference.reference_id, NOW)
    file = store.media_path(reference.sha256, reference.suffix)
    again = register_reference(
        registry, store, brand=ACME, kind=ReferenceKind.LOGO, image=file, describer=describer(), now=NOW
    ).reference
    assert (again.reference_id, again.form) == (reference.reference_id, Form.ARTWORK)
    one, other = (registry.descriptor(each.description_key, fingerprint) for each in (reference, again))
    assert one is not None
    assert other is not None
    assert one != other
