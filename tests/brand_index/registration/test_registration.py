"""What the registration takes and refuses, and what it leaves on the disk."""

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from skimage import data as photographs

from brand_index import fields
from brand_index.errors import (
    Contradictory,
    FileUnusable,
    ImageError,
    InvalidField,
    RegistryError,
    UnknownRecord,
    UnrecognizableReference,
)
from brand_index.registration import (
    BrandChanges,
    Document,
    MarkChanges,
    MarkFields,
    Registered,
    authorize,
    edit_brand,
    edit_mark_of,
    register_reference,
    remarks_on,
    revoke,
    withdraw,
)
from brand_index.registration.examining import LOOKS_LIKE
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.registry.editing import reinstate_all, withdraw_all
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from tests.conftest import describer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
BETA = Brand("beta", "Beta", "Beta GmbH", "ip@beta.example")
BLACK, WHITE, CLEAR = (0, 0, 0, 255), (255, 255, 255, 255), (0, 0, 0, 0)
Draw = Callable[[ImageDraw.ImageDraw], None]


def image(draw: Draw, ground: tuple[int, ...] = CLEAR, size: tuple[int, int] = (256, 256)) -> Image.Image:
    image = Image.new("RGBA", size, ground)
    draw(ImageDraw.Draw(image))
    return image


def encoded(image: Image.Image, format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    (image if format != "JPEG" else image.convert("RGB")).save(buffer, format)
    return buffer.getvalue()


def crest(colour: tuple[int, ...]) -> Draw:
    """A logo with enough in it to be recognized: a shield with stars, bars and rings."""

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.polygon([(30, 20), (226, 20), (226, 150), (128, 240), (30, 150)], outline=colour, width=8)
        for column in range(3):
            x = 75 + 53 * column
            pen.regular_polygon((x, 65, 22), 5 + column, fill=colour)
            pen.ellipse((x - 20, 100, x + 20, 140), outline=colour, width=7)
            pen.line((x - 20, 165 - 5 * column, x + 20, 155 + 8 * column), fill=colour, width=9)

    return draw


LOGO = encoded(image(crest(BLACK)))
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="256" height="256">
<path d="M4 4h56v30L32 60 4 34z" fill="none" stroke="#123" stroke-width="3"/><circle cx="20" cy="18" r="7"/>
<path d="M36 10l14 4-9 12zM14 32l8 8 3-6zM30 30h16v5H30zM30 40l9 3-7 6z"/></svg>"""


def register(
    registry: Registry, store: Store, data: bytes | Path, *, brand: Brand = ACME, mark: MarkFields | None = None
) -> Registered:
    return register_reference(
        registry, store, brand=brand, kind=ReferenceKind.LOGO, image=data, describer=describer(), mark=mark, now=NOW
    )


def test_a_black_logo_on_transparency_is_accepted_without_a_warning(registry: Registry, store: Store) -> None:
    done = register(registry, store, LOGO)
    assert (done.outcome, done.warnings) == (RegistrationOutcome.ADDED, ())


def test_a_white_logo_on_transparency_is_accepted_without_a_warning(registry: Registry, store: Store) -> None:
    done = register(registry, store, encoded(image(crest(WHITE))))
    assert (done.outcome, done.warnings) == (RegistrationOutcome.ADDED, ())


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (LOGO, ".png"),
        (encoded(image(crest(BLACK), WHITE), "JPEG"), ".jpg"),
        (encoded(image(crest(BLACK), WHITE), "WEBP"), ".webp"),
        (encoded(image(crest(BLACK), WHITE), "AVIF"), ".avif"),
        (SVG, ".svg"),
    ],
    ids=["png", "jpeg", "webp", "avif", "svg"],
)
def test_the_file_is_kept_as_it_came_under_its_sha256_and_real_format(
    registry: Registry, store: Store, data: bytes, suffix: str
) -> None:
    reference = register(registry, store, data).reference
    assert reference.suffix == suffix
    assert store.media_path(hashlib.sha256(data).hexdigest(), suffix).read_bytes() == data


def test_no_unfinished_file_is_left_in_media(registry: Registry, store: Store) -> None:
    register(registry, store, LOGO)
    assert len([path for path in store.media.rglob("*") if path.is_file()]) == 1


def test_where_the_file_cannot_be_kept_nothing_is_recorded(registry: Registry, store: Store) -> None:
    store.media.write_text("a file where the folder should be")
    with pytest.raises(RegistryError, match="cannot be written"):
        register(registry, store, LOGO)
    assert registry.revision() == 0


def test_a_reference_has_the_size_of_its_upright_image(registry: Registry, store: Store) -> None:
    opened = image(crest(BLACK), WHITE, (300, 256)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    opened.save(buffer, "JPEG", exif=exif)
    reference = register(registry, store, buffer.getvalue()).reference
    assert (reference.width, reference.height) == (256, 300)


def test_a_path_gives_the_reference_its_name(registry: Registry, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "Löwe ライオン.png"
    path.write_bytes(LOGO)
    assert register(registry, store, path).reference.source_name == "Löwe ライオン.png"


def test_registering_the_same_file_again_changes_nothing_and_says_so(registry: Registry, store: Store) -> None:
    register(registry, store, LOGO)
    before = registry.revision()
    done = register(registry, store, LOGO)
    assert done.outcome is RegistrationOutcome.ALREADY_REGISTERED
    assert registry.revision() == before


def test_a_registered_logo_given_another_mark_is_refused_with_the_command(registry: Registry, store: Store) -> None:
    reference = register(registry, store, LOGO).reference
    mark = MarkFields(office="EM", registration_number="7", nice=frozenset({25}))
    command = f"marks edit {reference.reference_id} --office EM --registration-number 7 --nice 25"
    with pytest.raises(Contradictory, match=f"number none is recorded, 7 is given.*{command}"):
        register(registry, store, LOGO, mark=mark)
    edit_mark_of(
        registry, reference.reference_id, MarkChanges(mark, frozenset({"office", "registration_number", "nice"})), NOW
    )
    done = register(registry, store, LOGO, mark=mark)
    assert done.outcome is RegistrationOutcome.ALREADY_REGISTERED
    with pytest.raises(Contradictory, match="Nice 25 is recorded, 9 is given"):
        register(registry, store, SVG, mark=MarkFields(office="EM", registration_number="7", nice=frozenset({9})))
    assert len(registry.references()) == 1


def test_a_mark_is_edited_for_all_its_logos_or_for_one_alone(registry: Registry, store: Store) -> None:
    mark = MarkFields(office="EM", registration_number="7", nice=frozenset({25}), vienna=("26.4.5",))
    first, second = (register(registry, store, data, mark=mark).reference.reference_id for data in (LOGO, SVG))
    cleared = MarkChanges(MarkFields(nice=frozenset({9, 25})), frozenset({"nice", "vienna"}))
    edited = edit_mark_of(registry, first, cleared, NOW)
    assert (edited.nice, edited.vienna, edited.office) == (frozenset({9, 25}), (), "EM")
    assert registry.marks() == (edited,)
    other = MarkChanges(MarkFields(registration_number="8"), frozenset({"registration_number"}))
    alone = edit_mark_of(registry, second, other, NOW, alone=True)
    assert {each.reference_id: each.mark_id for each in registry.references()} == {first: 1, second: alone.mark_id}
    with pytest.raises(Contradictory, match="recorded already, as number 2"):
        edit_mark_of(registry, first, other, NOW)
    with pytest.raises(InvalidField, match="office is missing"):
        edit_mark_of(registry, first, MarkChanges(MarkFields(), frozenset({"office"})), NOW)


def test_an_edit_of_words_needs_no_new_index_and_a_logo_of_another_mark_does(registry: Registry, store: Store) -> None:
    reference = register(registry, store, LOGO).reference
    before = registry.references_revision()
    edit_brand(registry, "acme", BrandChanges(owner="New Ltd"), NOW)
    assert registry.references_revision() == before
    given = MarkChanges(MarkFields(nice=frozenset({25})), frozenset({"nice"}))
    edit_mark_of(registry, reference.reference_id, given, NOW)
    assert registry.brand("acme") == Brand("acme", "Acme", "New Ltd", "ip@acme.example")
    assert registry.references_revision() == registry.revision() > before  # the index knows which logos are one mark
    assert [event.what for event in registry.history()[-3:]] == [
        "brand changed",
        "mark registered",
        "reference given a mark",
    ]
    assert (registry.history_faults(), registry.row_faults()) == ((), ())


def test_references_are_withdrawn_and_reinstated_together_or_not_at_all(registry: Registry, store: Store) -> None:
    wanted = [register(registry, store, data).reference.reference_id for data in (LOGO, SVG)]
    with pytest.raises(UnknownRecord):
        withdraw_all(registry.database, [*wanted, "acme-logo-0"], NOW)
    assert len(registry.references()) == 2
    withdraw_all(registry.database, wanted, NOW)
    assert registry.references() == ()
    register(registry, store, LOGO, brand=BETA)
    done = reinstate_all(registry.database, wanted, NOW)
    assert [each.withdrawn_at for each in done] == [None, None]
    assert len(registry.references()) == 3
    assert [conflict.brands for conflict in registry.conflicts()] == [("beta", "acme")]
    assert (registry.history_faults(), registry.row_faults()) == ((), ())


def test_the_conflict_with_another_brand_is_handed_back(registry: Registry, store: Store) -> None:
    register(registry, store, LOGO)
    done = register(registry, store, LOGO, brand=BETA)
    assert done.outcome is RegistrationOutcome.REGISTERED_WITH_CONFLICT
    assert [(c.earlier_brand_id, c.later_brand_id) for c in done.conflicts] == [("acme", "beta")]


def test_logos_of_one_mark_share_it(registry: Registry, store: Store) -> None:
    mark = MarkFields(office="em", registration_number="018", nice=frozenset({25}))
    first = register(registry, store, LOGO, mark=mark).reference
    second = register(registry, store, SVG, mark=mark).reference
    assert (first.mark_id, second.mark_id) == (1, 1)
    assert registry.marks()[0].office == "EM"


def test_without_a_number_each_logo_has_a_mark_of_its_own(registry: Registry, store: Store) -> None:
    classes = MarkFields(nice=frozenset({25}))
    first, second = (register(registry, store, data, mark=classes).reference for data in (LOGO, SVG))
    assert (first.mark_id, second.mark_id) == (1, 2)
    withdraw_all(registry.database, [first.reference_id], NOW)
    assert register(registry, store, LOGO, mark=classes).reference.mark_id == 1
    assert len(registry.marks()) == 2


def test_a_number_has_one_set_of_classes_and_a_logo_of_others_needs_another_number(
    registry: Registry, store: Store
) -> None:
    mark = MarkFields(office="EM", registration_number="7", nice=frozenset({25}))
    _, second = (register(registry, store, data, mark=mark).reference.reference_id for data in (LOGO, SVG))
    given = MarkChanges(MarkFields(nice=frozenset({9})), frozenset({"nice"}))
    with pytest.raises(Contradictory, match=r"Nice 25 is recorded, 9 is given.*clear the office and number for this"):
        edit_mark_of(registry, second, given, NOW, alone=True)


def test_a_photo_with_a_mark_is_refused(registry: Registry, store: Store) -> None:
    with pytest.raises(InvalidField, match="a photo shows no mark, and mark 'sign', nice 25 is given: leave that out"):
        register_reference(
            registry,
            store,
            brand=ACME,
            kind=ReferenceKind.PHOTO,
            image=LOGO,
            describer=describer(),
            mark=MarkFields(name="sign", nice=frozenset({25})),
            now=NOW,
        )
    assert registry.brands() == ()


def test_a_brand_that_is_registered_otherwise_is_refused_with_both_values(registry: Registry, store: Store) -> None:
    register(registry, store, LOGO)
    with pytest.raises(Contradictory, match=r"'ip@acme.example' is recorded, 'new@acme.example'.*brand edit acme"):
        register(registry, store, SVG, brand=Brand("acme", "Acme", "Acme Ltd", "new@acme.example"))
    assert (registry.brand("acme"), len(registry.references())) == (ACME, 1)


REFUSED: dict[str, tuple[bytes, str]] = {
    "wholly transparent": (encoded(Image.new("RGBA", (200, 200), CLEAR)), "nothing in it is visible"),
    "blank": (encoded(Image.new("RGB", (200, 200), "white")), "one flat colour"),
    "a flat colour, as JPEG": (encoded(Image.new("RGB", (200, 200), (30, 90, 160)), "JPEG"), "one flat colour"),
    "31 pixels high": (encoded(image(crest(BLACK)).resize((256, 31))), "256 x 31 pixels"),
    "31 pixels wide": (encoded(image(crest(BLACK)).resize((31, 256))), "31 x 256 pixels"),
    "a speck on a large ground": (
        encoded(image(lambda pen: pen.rectangle((100, 100, 119, 119), BLACK), WHITE)),
        "visible part has 2",
    ),
}


def faint_cloth() -> bytes:
    """Green cloth in uneven light, nowhere more than 24 levels from its mean."""
    across = np.linspace(-9, 9, 400, dtype=np.float32)
    light = across[None, :] + 6 * np.sin(across * 3)[:, None]
    return encoded(Image.fromarray(np.asarray(light[..., None] + (40, 140, 60), np.uint8)), "JPEG")


def test_a_photo_of_cloth_that_is_nearly_one_colour_is_taken_as_review_only(registry: Registry, store: Store) -> None:
    done = register_reference(
        registry, store, brand=ACME, kind=ReferenceKind.PHOTO, image=faint_cloth(), describer=describer(), now=NOW
    )
    assert done.outcome is RegistrationOutcome.ADDED
    assert any("hardly any detail" in warning for warning in done.warnings)
    with pytest.raises(UnrecognizableReference, match="one flat colour"):
        register(registry, store, faint_cloth())


def test_a_photo_in_which_nothing_can_be_recognized_is_refused(registry: Registry, store: Store) -> None:
    cloth = np.full((400, 400, 3), (90, 80, 120), np.uint8)
    cloth[180:200, 180:200] += np.uint8(9)
    hardly = encoded(Image.fromarray(cloth))
    with pytest.raises(UnrecognizableReference, match="nothing in it can be recognized"):
        register_reference(
            registry, store, brand=ACME, kind=ReferenceKind.PHOTO, image=hardly, describer=describer(), now=NOW
        )


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_recognized_is_refused_with_the_reason(
    registry: Registry, store: Store, data: bytes, reason: str
) -> None:
    with pytest.raises(UnrecognizableReference, match=reason):
        register(registry, store, data)
    assert (registry.revision(), store.media.exists()) == (0, False)


def test_what_is_no_image_leaves_no_trace(registry: Registry, store: Store) -> None:
    with pytest.raises(ImageError):
        register(registry, store, b"%PDF-1.7 not an image")
    assert (registry.revision(), store.media.exists()) == (0, False)


def test_thirty_two_pixels_are_enough(registry: Registry, store: Store) -> None:
    done = register(registry, store, encoded(image(crest(BLACK)).crop((28, 18, 229, 243)).resize((40, 40))))
    assert done.outcome is RegistrationOutcome.ADDED
    assert any("small" in warning for warning in done.warnings)


PLAIN: dict[str, Draw] = {
    "a circle": lambda pen: pen.ellipse((20, 20, 236, 236), BLACK),
    "a ring": lambda pen: pen.ellipse((20, 20, 236, 236), outline=BLACK, width=24),
    "a bar": lambda pen: pen.rectangle((20, 90, 236, 150), BLACK),
    "a square": lambda pen: pen.rectangle((40, 40, 216, 216), BLACK),
    "a white circle": lambda pen: pen.ellipse((20, 20, 236, 236), WHITE),
    "the letter L": lambda pen: pen.polygon(
        [(60, 20), (110, 20), (110, 190), (210, 190), (210, 236), (60, 236)], BLACK
    ),
    "the letter T": lambda pen: pen.polygon(
        [(20, 20), (236, 20), (236, 70), (155, 70), (155, 236), (101, 236), (101, 70), (20, 70)], BLACK
    ),
}


@pytest.mark.parametrize("draw", PLAIN.values(), ids=PLAIN.keys())
def test_a_plain_shape_is_accepted_with_a_warning(registry: Registry, store: Store, draw: Draw) -> None:
    done = register(registry, store, encoded(image(draw)))
    assert done.outcome is RegistrationOutcome.ADDED
    assert "plain shape" in done.warnings[0]
    assert registry.references()[0].warnings == done.warnings


@pytest.mark.parametrize("name", ["astronaut", "camera", "chelsea", "coffee"])
def test_a_photograph_is_never_warned_of_but_as_a_logo(registry: Registry, store: Store, name: str) -> None:
    photo = encoded(Image.fromarray(np.asarray(getattr(photographs, name)())), "PNG")
    photo_done, logo_done = (
        register_reference(registry, store, brand=ACME, kind=kind, image=photo, describer=describer(), now=NOW)
        for kind in (ReferenceKind.PHOTO, ReferenceKind.LOGO)
    )
    assert (photo_done.warnings, photo_done.other_kind) == ((), None)
    assert (logo_done.warnings, logo_done.other_kind) == ((LOOKS_LIKE[ReferenceKind.PHOTO],), ReferenceKind.PHOTO)


@pytest.mark.parametrize(
    "brand",
    [
        Brand("Acme", "Acme", "Acme Ltd", "x"),
        Brand("acme--x", "Acme", "Acme Ltd", "x"),
        Brand("", "Acme", "Acme Ltd", "x"),
        Brand("acme", " ", "Acme Ltd", "x"),
        Brand("acme", "Acme", "", "x"),
        Brand("acme", "Acme", "Acme Ltd", ""),
        Brand("acme", "Ac\nme", "Acme Ltd", "x"),
    ],
    ids=["upper case", "two hyphens", "no slug", "no name", "no owner", "no contact", "line break"],
)
def test_a_malformed_brand_is_refused(registry: Registry, store: Store, brand: Brand) -> None:
    with pytest.raises(InvalidField):
        register(registry, store, LOGO, brand=brand)
    assert registry.revision() == 0


@pytest.mark.parametrize(
    "mark",
    [
        MarkFields(office="EM"),
        MarkFields(registration_number="7"),
        MarkFields(office="EUIPO", registration_number="7"),
        MarkFields(nice=frozenset({46})),
        MarkFields(vienna=("26,4",)),
    ],
    ids=["office alone", "number alone", "office of five letters", "class 46", "Vienna comma"],
)
def test_a_malformed_mark_is_refused(registry: Registry, store: Store, mark: MarkFields) -> None:
    with pytest.raises(InvalidField):
        register(registry, store, LOGO, mark=mark)
    assert registry.revision() == 0


@given(st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True))
def test_a_slug_of_letters_digits_and_hyphens_is_taken_as_it_is(slug: str) -> None:
    assert fields.slug(slug) == slug


@given(st.integers(-5, 60))
def test_nice_classes_are_one_to_forty_five(number: int) -> None:
    if 1 <= number <= 45:
        assert fields.nice_classes([str(number)]) == {number}
    else:
        with pytest.raises(InvalidField):
            fields.nice_classes([str(number)])


def test_a_nice_class_of_thousands_of_digits_is_refused_as_any_other() -> None:
    with pytest.raises(InvalidField, match="1 to 45"):
        fields.nice_classes(["9" * 5_000])


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2))
def test_a_market_is_a_country_in_either_case(code: str) -> None:
    if code in fields.COUNTRIES:
        assert fields.markets([code.lower()]) == {code}
    else:
        with pytest.raises(InvalidField):
            fields.markets([code])


def test_the_united_kingdom_is_pointed_to_its_code() -> None:
    with pytest.raises(InvalidField, match="GB"):
        fields.markets(["UK"])


def test_an_authorization_is_for_logos_from_today_on_unless_more_is_said(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    given = authorize(registry, store, brand="acme", seller_id="S123", now=NOW)
    assert given.kinds == {ReferenceKind.LOGO}
    assert (given.first_day, given.last_day, given.markets) == (NOW.date(), None, None)


def test_the_document_that_proves_an_authorization_is_kept(registry: Registry, store: Store, tmp_path: Path) -> None:
    registry.save_brand(ACME, NOW)
    document = tmp_path / "Licence.PDF"
    document.write_bytes(b"%PDF-1.7 permission is given")
    sha256 = authorize(registry, store, brand="acme", seller_id="S1", document=document, now=NOW).document_sha256
    assert sha256 == hashlib.sha256(document.read_bytes()).hexdigest()
    assert store.media_path(sha256, ".pdf").read_bytes() == document.read_bytes()


@pytest.mark.parametrize("data", [b"PK\x03\x04 an archive", b"<script>alert(1)</script>", b"permission is given"])
def test_a_document_that_does_not_open_safely_authorizes_nobody(registry: Registry, store: Store, data: bytes) -> None:
    registry.save_brand(ACME, NOW)
    with pytest.raises(InvalidField, match=r"contract\.pdf .* PDF, JPEG"):
        authorize(registry, store, brand="acme", seller_id="S1", document=Document("contract.pdf", data), now=NOW)
    assert (registry.authorizations(), store.media.exists()) == ((), False)


def test_a_document_that_is_missing_authorizes_nobody(registry: Registry, store: Store, tmp_path: Path) -> None:
    registry.save_brand(ACME, NOW)
    with pytest.raises(FileUnusable):
        authorize(registry, store, brand="acme", seller_id="S1", document=tmp_path / "none.pdf", now=NOW)
    assert registry.authorizations() == ()


def test_an_authorization_that_ends_before_it_begins_is_refused(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    first_day, last_day = date(2026, 4, 2), date(2026, 4, 1)
    with pytest.raises(InvalidField, match="before the first"):
        authorize(registry, store, brand="acme", seller_id="S1", first_day=first_day, last_day=last_day, now=NOW)


def test_an_authorization_of_one_day_is_accepted(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    given = authorize(registry, store, brand="acme", seller_id="S1", last_day=NOW.date(), now=NOW)
    assert given.last_day == given.first_day


def test_an_authorization_for_no_market_at_all_is_refused(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    with pytest.raises(InvalidField, match="markets is empty"):
        authorize(registry, store, brand="acme", seller_id="S1", markets=(), now=NOW)


def test_an_unknown_brand_authorizes_nobody_and_keeps_no_document(
    registry: Registry, store: Store, tmp_path: Path
) -> None:
    document = tmp_path / "document.pdf"
    document.write_bytes(b"x")
    with pytest.raises(UnknownRecord):
        authorize(registry, store, brand="acme", seller_id="S1", document=document, now=NOW)
    assert not store.media.exists()


def test_an_authorization_that_is_over_is_refused_with_the_day(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    for first_day in (None, date(2026, 1, 1)):
        with pytest.raises(InvalidField, match="2026-02-28 is past"):
            authorize(
                registry,
                store,
                brand="acme",
                seller_id="S1",
                first_day=first_day,
                last_day=date(2026, 2, 28),
                now=NOW,
            )


def test_an_identical_authorization_is_not_recorded_twice_though_days_pass(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    first = authorize(registry, store, brand="acme", seller_id="S1", now=NOW)
    assert authorize(registry, store, brand="acme", seller_id="S1", now=NOW + timedelta(days=3)) == first
    other = authorize(registry, store, brand="acme", seller_id="S1", first_day=date(2026, 3, 2), now=NOW)
    assert other.authorization_id == 2


def test_authorizations_that_overlap_or_contradict_are_named(registry: Registry, store: Store) -> None:
    register(registry, store, LOGO)
    wide = authorize(registry, store, brand="acme", seller_id="S1", now=NOW)
    assert remarks_on(registry, wide, NOW) == ()
    narrow = authorize(registry, store, brand="acme", seller_id="S1", markets=["DE"], now=NOW)
    assert (
        "authorization 1 (logos; all markets; from 2026-03-01) covers all of this"
        in remarks_on(registry, narrow, NOW)[0]
    )
    revoke(registry, 1, NOW)
    assert remarks_on(registry, narrow, NOW)[0].endswith("was revoked on 2026-03-01, and this one is in force")
    french = authorize(registry, store, brand="acme", seller_id="S1", markets=["DE", "FR"], nice=[25], now=NOW)
    assert any("it overlaps authorization 2" in remark for remark in remarks_on(registry, french, NOW))
    withdraw(registry, registry.references()[0].reference_id, NOW)
    assert "no reference in force" in remarks_on(registry, french, NOW)[-1]


def test_an_authorization_for_words_is_overlapped_by_one_for_logos(registry: Registry, store: Store) -> None:
    register(registry, store, LOGO)
    authorize(registry, store, brand="acme", seller_id="S1", now=NOW)
    words = authorize(registry, store, brand="acme", seller_id="S1", kinds=[ReferenceKind.WORD], now=NOW)
    (remark,) = remarks_on(registry, words, NOW)
    assert remark.startswith("authorization 1 (logos; all markets; from 2026-03-01) covers all of this")


def test_a_revoked_authorization_is_revoked_from_now_on(registry: Registry, store: Store) -> None:
    registry.save_brand(ACME, NOW)
    given = authorize(registry, store, brand="acme", seller_id="S1", now=NOW)
    assert revoke(registry, given.authorization_id, NOW).revoked_at == NOW


def test_a_withdrawn_reference_keeps_its_file(registry: Registry, store: Store) -> None:
    reference = register(registry, store, LOGO).reference
    withdraw(registry, reference.reference_id, NOW)
    assert store.media_path(reference.sha256, reference.suffix).exists()


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("UK", "United Kingdom is GB"),
        ("germany", "Germany is DE"),
        ("DEU", "Germany is DE"),
        ("EU", "such as DE or FR"),
    ],
)
def test_a_market_that_is_no_code_is_refused_with_the_code_that_is_meant(value: str, meant: str) -> None:
    with pytest.raises(InvalidField, match=f"^market {value}: .*{meant}$"):
        fields.market(value)
    assert fields.market(" gb ") == "GB"
