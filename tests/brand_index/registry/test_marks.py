"""Marks have names, and references are their forms: what the registry records, and what it leaves as it was."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from brand_index.errors import Contradictory, RegistryError
from brand_index.registry import Registry, schema
from brand_index.registry.editing import edit_mark
from brand_index.registry.integrity import row_faults
from brand_index.store import Store
from brand_index.types import Brand, Form, Mark, ReferenceImage, ReferenceKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
BETA = Brand("beta", "Beta", "Beta GmbH", "ip@beta.example")


@pytest.fixture
def registry(address: str, tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(Store(tmp_path), address) as opened:
        opened.save_brand(ACME, NOW)
        opened.save_brand(BETA, NOW)
        yield opened


def add(registry: Registry, content: str = "one", mark_id: int | None = None, **more: object) -> ReferenceImage:
    given = {"form": None, "source_region": None, "kind": ReferenceKind.LOGO} | more
    reference, _ = registry.add_reference(
        brand="acme",
        sha256=sha256(content.encode()).hexdigest(),
        suffix=".png",
        mark_id=mark_id,
        source_name="a.png",
        width=300,
        height=200,
        warnings=(),
        now=NOW,
        **given,  # type: ignore[arg-type]
    )
    return reference


def test_a_logo_is_artwork_unless_it_is_said_otherwise(registry: Registry) -> None:
    assert add(registry).form is Form.ARTWORK


def test_a_photo_has_no_form(registry: Registry) -> None:
    assert add(registry, kind=ReferenceKind.PHOTO).form is None


def test_a_form_comes_back_with_the_region_it_was_cut_from(registry: Registry) -> None:
    asked = add(registry, form=Form.IN_USE, source_region=(10, 20, 110, 90))
    assert registry.references() == (asked,)
    assert (asked.form, asked.source_region) == (Form.IN_USE, (10, 20, 110, 90))


def test_a_withdrawn_file_comes_back_as_the_form_that_it_is_registered_as_now(registry: Registry) -> None:
    first = add(registry)
    registry.withdraw_reference(first.reference_id, NOW)
    add(registry, form=Form.IN_USE, source_region=(0, 0, 9, 9))
    assert [(each.form, each.source_region) for each in registry.references()] == [(Form.IN_USE, (0, 0, 9, 9))]


def test_a_withdrawn_logo_stands_for_its_mark_while_another_logo_of_it_is_in_force(registry: Registry) -> None:
    mark_id = registry.add_mark(brand="acme", name="sign", now=NOW).mark_id
    first, second = add(registry, mark_id=mark_id), add(registry, "two", mark_id)
    alone, photo = add(registry, "three"), add(registry, "four", kind=ReferenceKind.PHOTO)
    everything = {each.reference_id for each in (first, second, alone, photo)}
    assert registry.withdrawn_among(everything) == set()
    for each in (first, alone, photo):
        registry.withdraw_reference(each.reference_id, NOW)
    assert registry.withdrawn_among(everything) == {alone.reference_id, photo.reference_id}
    registry.withdraw_reference(second.reference_id, NOW)
    assert registry.withdrawn_among(everything) == everything


def test_a_mark_is_found_again_by_its_name_however_that_is_capitalized(registry: Registry) -> None:
    first = registry.add_mark(brand="acme", name="Sign", now=NOW)
    assert registry.add_mark(brand="acme", name="sign", now=NOW) == first


def test_two_brands_may_call_a_mark_the_same(registry: Registry) -> None:
    numbers = [registry.add_mark(brand=brand, name="sign", now=NOW).mark_id for brand in ("acme", "beta")]
    assert numbers == [1, 2]


def test_a_named_mark_learns_its_office_and_number(registry: Registry) -> None:
    registry.add_mark(brand="acme", name="sign", now=NOW)
    registry.add_mark(brand="acme", name="sign", office="EM", registration_number="7", now=NOW)
    assert [(each.name, each.office, each.registration_number) for each in registry.marks()] == [("sign", "EM", "7")]


def test_a_numbered_mark_learns_its_name(registry: Registry) -> None:
    registry.add_mark(brand="acme", office="EM", registration_number="7", now=NOW)
    registry.add_mark(brand="acme", name="sign", office="EM", registration_number="7", now=NOW)
    assert [each.name for each in registry.marks()] == ["sign"]


def test_a_name_and_a_number_of_two_marks_are_refused(registry: Registry) -> None:
    registry.add_mark(brand="acme", name="sign", now=NOW)
    registry.add_mark(brand="acme", office="EM", registration_number="7", now=NOW)
    with pytest.raises(Contradictory, match=r"name 'sign' is that of mark 1, and EM 7 that of mark EM 7 of acme"):
        registry.add_mark(brand="acme", name="sign", office="EM", registration_number="7", now=NOW)


def test_a_number_that_has_another_name_is_refused(registry: Registry) -> None:
    registry.add_mark(brand="acme", name="sign", office="EM", registration_number="7", now=NOW)
    with pytest.raises(Contradictory, match=r"name sign is recorded, word is given.*marks edit acme sign --name word"):
        registry.add_mark(brand="acme", name="word", office="EM", registration_number="7", now=NOW)


def test_a_mark_is_not_renamed_to_what_another_is_called(registry: Registry) -> None:
    registry.add_mark(brand="acme", name="sign", now=NOW)
    other = registry.add_mark(brand="acme", name="word", now=NOW)

    def renamed(known: Mark) -> Mark:
        return Mark(known.mark_id, "acme", None, None, None, frozenset(), (), None, "SIGN")

    with pytest.raises(Contradictory, match="'sign' of acme is recorded already, as number 1"):
        edit_mark(registry.database, other.mark_id, renamed, NOW)


def test_the_database_itself_holds_names_apart(registry: Registry) -> None:
    registry.add_mark(brand="acme", name="sign", now=NOW)
    row = {"mark_id": 9, "brand_id": "acme", "name": "sign", "nice": frozenset(), "vienna": ()}
    with pytest.raises(RegistryError, match=r"(?i)unique"):
        write(registry, row)


def write(registry: Registry, row: dict[str, object]) -> None:
    with registry.database.write(NOW) as write:
        write.add(schema.marks, row)


def test_a_store_of_before_forms_is_migrated_and_its_seals_still_hold(address: str, tmp_path: Path) -> None:
    with Registry.open(Store(tmp_path), address) as registry:
        registry.save_brand(ACME, NOW)
        registry.add_mark(brand="acme", office="EM", registration_number="7", now=NOW)
        row = dict.fromkeys(("mark_id", "withdrawn_at", "form", "source_region"))
        row |= {"reference_id": "acme-logo-1", "brand_id": "acme", "kind": ReferenceKind.LOGO, "sha256": "1"}
        row |= {"suffix": ".png", "source_name": "a.png", "width": 9, "height": 9, "warnings": (), "registered_at": NOW}
        with registry.database.write(NOW) as write:
            write.add(schema.reference_images, row)
    make_older(address)
    with Registry.open(Store(tmp_path), address) as registry:
        (reference,) = registry.references()
        assert (reference.form, reference.source_region, registry.marks()[0].name) == (Form.ARTWORK, None, None)
        with registry.database.read() as connection:
            assert list(row_faults(connection)) == []
        registry.withdraw_reference("acme-logo-1", NOW)
        with registry.database.read() as connection:
            assert list(row_faults(connection)) == []


def make_older(address: str) -> None:
    """Undo migration 3."""
    engine = create_engine(address)
    with engine.begin() as connection:
        for statement in (
            "DROP INDEX marks_by_name",
            "ALTER TABLE marks DROP COLUMN name",
            "ALTER TABLE reference_images DROP COLUMN form",
            "ALTER TABLE reference_images DROP COLUMN source_region",
            "DELETE FROM component_migrations WHERE component = 'brand_index' AND number = 3",
        ):
            connection.execute(text(statement))
    engine.dispose()
