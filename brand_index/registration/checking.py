"""Checks the fields of a registration, and brings them into the form that is recorded; it opens no image."""

from dataclasses import dataclass
from datetime import date

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.registry.contradictions import MARK_FIELDS, field_in_words
from brand_index.types import Brand, Form, MarkFeature, ReferenceKind, SourceRegion


@dataclass(frozen=True, slots=True)
class MarkFields:
    """The details of the mark that a logo shows or a word is, each optional."""

    feature: MarkFeature | None = None
    office: str | None = None
    registration_number: str | None = None
    nice: frozenset[int] = frozenset()
    vienna: tuple[str, ...] = ()
    expires: date | None = None
    name: str | None = None  # that the owner gives the mark


def check_brand(brand: Brand) -> Brand:
    """The brand in the form that is recorded. Raises InvalidField."""
    return Brand(
        brand_id=fields.slug(brand.brand_id),
        name=fields.words("name", brand.name),
        owner=fields.words("owner", brand.owner),
        contact=fields.words("contact", brand.contact),
    )


def check_mark(mark: MarkFields) -> MarkFields:
    """The mark in the form that is recorded. Raises InvalidField."""
    if (mark.office is None) != (mark.registration_number is None):
        missing = "office" if mark.office is None else "registration number"
        raise InvalidField(f"{missing} is missing: a registered mark needs both its office and its number")
    number = mark.registration_number
    return MarkFields(
        feature=mark.feature,
        office=None if mark.office is None else fields.office(mark.office),
        registration_number=None if number is None else fields.identifier("registration number", number),
        nice=fields.nice_classes(mark.nice),
        vienna=fields.vienna_codes(mark.vienna),
        expires=mark.expires,
        name=None if mark.name is None else fields.mark_name(mark.name),
    )


def check_mark_of(kind: ReferenceKind, mark: MarkFields) -> MarkFields:
    """As check_mark. Raises InvalidField also where a photo is given a mark."""
    if kind is ReferenceKind.PHOTO and mark != MarkFields():
        given = ", ".join(field_in_words(mark, name) for name in MARK_FIELDS if getattr(mark, name))
        raise InvalidField(f"a photo shows no mark, and {given} is given: leave that out, or register it as a logo")
    return check_mark(mark)


def check_form(kind: ReferenceKind, form: Form | None, region: SourceRegion | None) -> Form | None:
    """The form to record. Raises InvalidField where a photo or word is given one, or a region.

    A region of an image is a photograph of the mark in use unless `form` says otherwise.
    """
    if kind is not ReferenceKind.LOGO and (form is not None or region is not None):
        given = "a region" if form is None else f"form {form.value!r}"
        raise InvalidField(
            f"a {kind.value} is no form of a mark, and {given} is given: leave that out, or register it as a logo"
        )
    if kind is not ReferenceKind.LOGO:
        return None
    return form or (Form.ARTWORK if region is None else Form.IN_USE)
