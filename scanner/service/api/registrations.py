"""The endpoints of brands, references and authorizations; the same rules and code as the commands."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from brand_index import fields, registration
from brand_index.errors import InvalidField, RegistrationError
from brand_index.registration import (
    MAX_DOCUMENT_BYTES,
    Document,
    MarkFields,
    Registered,
    check_brand,
    check_form,
    check_mark_of,
)
from brand_index.registry import RegistrationOutcome
from brand_index.types import Brand, MarkFeature, ReferenceKind
from brand_index.types import Form as MarkForm
from scanner.moderation.forms import withdrawing
from scanner.moderation.records.known_sellers import remarks_for_owner
from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.roles import Role
from scanner.service.answers import AuthorizationAnswer, BrandAnswer, MarkAnswer, ReferenceAnswer, RegisteredAnswer
from scanner.service.api.access import BrandOwner, BrandOwnerOrReviewer, RowId, ServiceOf, check_brand_of, problems
from scanner.service.api.registration_form import kind_of, registered_answer, upload_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service
from scanner.service.workers.registering import PartsUpload, Upload, WordUpload

router = APIRouter(route_class=FormRoute, prefix="/v1/brands", tags=["registrations"])
_LONG: Final = 500  # characters


class BrandFields(BaseModel):
    """The fields of a brand."""

    name: str = Field(max_length=_LONG, examples=["Acme"])
    owner: str = Field(max_length=_LONG, examples=["Acme Ltd"])
    contact: str = Field(max_length=_LONG, examples=["ip@acme.example"])


@router.get("", response_model=list[BrandAnswer], responses=problems())
async def list_brands(service: ServiceOf, key: BrandOwnerOrReviewer) -> list[dict[str, Any]]:
    """All brands, or a brand owner's own."""
    brands = await asyncio.to_thread(service.registry.brands)
    return [asdict(brand) for brand in brands if key.role is not Role.BRAND_OWNER or brand.brand_id in key.brands]


@router.get("/{brand}", response_model=BrandAnswer, responses=problems(404))
async def read_brand(brand: str, service: ServiceOf, key: BrandOwnerOrReviewer) -> dict[str, Any]:
    """A brand."""
    check_brand_of(key, brand)
    return asdict(await asyncio.to_thread(service.registry.brand, brand))


@router.put("/{brand}", response_model=BrandAnswer, responses=problems())
async def save_brand(brand: str, brand_fields: BrandFields, service: ServiceOf, key: BrandOwner) -> dict[str, Any]:
    """Register a brand, or change its fields."""
    check_brand_of(key, brand)
    checked = check_brand(Brand(brand, brand_fields.name, brand_fields.owner, brand_fields.contact))
    await asyncio.to_thread(service.registry.acting(key.actor).save_brand, checked, datetime.now(UTC))
    return asdict(checked)


@router.get("/{brand}/marks", response_model=list[MarkAnswer], responses=problems(404))
async def list_marks(brand: str, service: ServiceOf, key: BrandOwnerOrReviewer) -> list[dict[str, Any]]:
    """The brand's marks."""
    await _own(service, key, brand)
    return [asdict(mark) for mark in await asyncio.to_thread(service.registry.marks) if mark.brand_id == brand]


@router.get("/{brand}/references", response_model=list[ReferenceAnswer], responses=problems(404))
async def list_references(brand: str, service: ServiceOf, key: BrandOwnerOrReviewer) -> list[dict[str, Any]]:
    """The brand's references, withdrawn ones included."""
    await _own(service, key, brand)
    found = await asyncio.to_thread(lambda: service.registry.references(include_withdrawn=True))
    return [asdict(reference) for reference in found if reference.brand_id == brand]


@router.post("/{brand}/references", status_code=201, response_model=RegisteredAnswer, responses=problems(404))
async def register_reference(
    brand: str,
    service: ServiceOf,
    key: BrandOwner,
    image: Annotated[
        UploadFile | None, File(description="The image file of a logo or photo. Addresses are not accepted.")
    ] = None,
    word: Annotated[
        str | None, Form(max_length=_LONG, description="A word instead of an image: found in what is written.")
    ] = None,
    kind: Annotated[
        ReferenceKind | None,
        Form(description="logo: found anywhere in a photo. photo: found in copies. Required with an image."),
    ] = None,
    mark: Annotated[
        str, Form(max_length=_LONG, description="Name of the mark that it is a form of, such as sign; new or recorded.")
    ] = "",
    form: Annotated[
        str,
        Form(max_length=20, description="What a logo shows: artwork (default), part, or in use (default of a region)."),
    ] = "",
    region: Annotated[
        str,
        Form(max_length=60, description="left,top,right,bottom in pixels of the image: only this is registered."),
    ] = "",
    feature: Annotated[MarkFeature | None, Form(description="Feature of the mark (WIPO ST.96).")] = None,
    office: Annotated[str | None, Form(max_length=2, description="Office of the mark (WIPO ST.3).")] = None,
    registration_number: Annotated[str | None, Form(max_length=100)] = None,
    nice: Annotated[str, Form(max_length=_LONG, description="Nice classes, such as 25,35.")] = "",
    vienna: Annotated[str, Form(max_length=_LONG, description="Vienna codes, such as 26.4.5.")] = "",
    expires: Annotated[date | None, Form()] = None,
    audit: Annotated[bool, Form(description="Audit it if new: expected false alarms, and what resembles it.")] = True,
    with_words: Annotated[
        bool, Form(description="Register the words that can be read in a logo, too, with the same mark.")
    ] = False,
    with_parts: Annotated[
        bool, Form(description="Register the parts of artwork that can stand alone, too, as forms of the same mark.")
    ] = False,
) -> dict[str, Any]:
    """Register a logo, a product photo or a word; scans find it once the next index is published, within seconds.

    A word of a brand that reads as one of its words in force, though it is spelled otherwise, is registered already.
    """
    await _own(service, key, brand)
    chosen = kind_of(kind, image, word)
    if with_words and chosen is not ReferenceKind.LOGO:
        raise InvalidField(f"with_words is sent with a {chosen}: only logos are read; leave it out")
    if with_parts and chosen is not ReferenceKind.LOGO:
        raise InvalidField(f"with_parts is sent with a {chosen}: only logos have parts; leave it out")
    shown = fields.form(form) if form else None
    part_of_it = fields.region(region) if region else None
    form_of_it = check_form(chosen, shown, part_of_it)
    if with_parts and form_of_it is not MarkForm.ARTWORK:
        raise InvalidField(f"with_parts is sent with a form {form_of_it}: only artwork has parts; leave it out")
    of_mark = check_mark_of(
        chosen,
        MarkFields(
            name=mark or None,
            feature=feature,
            office=office or None,
            registration_number=registration_number or None,
            nice=fields.nice_classes(fields.split(nice)),
            vienna=fields.split(vienna),
            expires=expires,
        ),
    )
    words: tuple[Registered | RegistrationError, ...] = ()
    parts: tuple[Registered, ...] = ()
    if image is None:
        done, audit_of_it = await _register_word(service, key, WordUpload(brand, (word or "",), of_mark))
    else:
        upload = upload_of(Upload(brand, chosen, b"", "", of_mark, with_words, shown, part_of_it), image)
        done, audit_of_it = await service.registrar.register(brand, upload, key.actor, with_audit=audit)
        if with_words and done.reads:
            words = await service.registrar.register_words(WordUpload(brand, done.reads, of_mark), key.actor)
        if with_parts and done.parts:
            wanted = PartsUpload(brand, done.reference.reference_id, None)
            parts = await service.registrar.register_parts(wanted, key.actor)
    service.keeper.task.wake()
    new = [each.reference for each in (done, *parts) if each.outcome is not RegistrationOutcome.ALREADY_REGISTERED]
    full = await asyncio.to_thread(withdrawing.without_room, service.registry.database, new)
    return registered_answer(done, audit_of_it, words, parts, full)


async def _register_word(service: Service, key: ApiKey, upload: WordUpload) -> tuple[Registered, None]:
    (done,) = await service.registrar.register_words(upload, key.actor)
    if isinstance(done, RegistrationError):
        raise done
    return done, None


@router.delete("/{brand}/references/{reference_id}", response_model=ReferenceAnswer, responses=problems(404))
async def withdraw_reference(brand: str, reference_id: str, service: ServiceOf, key: BrandOwner) -> dict[str, Any]:
    """Take a reference out of force; its file and history stay. With the last logo of a mark go its learnt forms."""
    check_brand_of(key, brand)
    reference = await asyncio.to_thread(service.registry.reference, reference_id)
    if reference is None or reference.brand_id != brand:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", f"brand {brand!r} has no reference {reference_id[:99]!r}")
    now = datetime.now(UTC)
    database = service.registry.database.acting(key.actor)
    done = await asyncio.to_thread(withdrawing.withdraw, database, [reference_id], now)
    service.keeper.task.wake()
    return asdict(done.references[0])


@router.get("/{brand}/authorizations", response_model=list[AuthorizationAnswer], responses=problems(404))
async def list_authorizations(brand: str, service: ServiceOf, key: BrandOwnerOrReviewer) -> list[dict[str, Any]]:
    """The brand's authorizations, revoked and expired ones included."""
    await _own(service, key, brand)
    found = await asyncio.to_thread(lambda: service.registry.authorizations(brands=[brand]))
    return [asdict(given) for given in found]


@router.post("/{brand}/authorizations", status_code=201, response_model=AuthorizationAnswer, responses=problems(404))
async def authorize(
    brand: str,
    service: ServiceOf,
    key: BrandOwner,
    seller_id: Annotated[str, Form(max_length=_LONG, description="The seller's id at the marketplace.")],
    kinds: Annotated[
        str, Form(max_length=20, description="logo, photo or word, or several: logo,photo.")
    ] = ReferenceKind.LOGO.value,
    markets: Annotated[str, Form(max_length=2_000, description="ISO 3166-1, such as DE,FR; empty: all.")] = "",
    nice: Annotated[str, Form(max_length=_LONG, description="Nice classes; empty: all goods.")] = "",
    first_day: Annotated[date | None, Form(description="UTC; left out: today.")] = None,
    last_day: Annotated[date | None, Form(description="Without it: until revoked.")] = None,
    grantors: Annotated[list[str] | None, Form(description="Who authorized it, from the brand owner down.")] = None,
    document: Annotated[UploadFile | None, File(description="The document that proves it.")] = None,
) -> dict[str, Any]:
    """Authorize a seller. An authorization to show a logo covers the brand's words, and no photos.

    One that is in force already is returned, and not recorded twice. `remarks` names others that overlap it, and
    says if no listing of the seller was scanned: the id may be misspelt.
    """
    await _own(service, key, brand)
    asked = fields.split(kinds)
    if unknown := [word for word in asked if word not in set(ReferenceKind)]:
        raise InvalidField(f"kinds {', '.join(unknown)}: send logo, photo or word, or several with commas")
    file = None
    if document is not None:
        name = document.filename or "document"
        file = Document(name[:99], await document.read(MAX_DOCUMENT_BYTES + 1))
    given = await asyncio.to_thread(
        lambda: registration.authorize(
            service.registry.acting(key.actor),
            service.store,
            brand=brand,
            seller_id=seller_id,
            kinds=frozenset(map(ReferenceKind, asked)),
            markets=fields.split(markets) or None,
            nice=fields.nice_classes(fields.split(nice)) or None,
            first_day=first_day,
            last_day=last_day,
            grantors=tuple(grantors or ()),
            document=file,
            now=datetime.now(UTC),
        )
    )
    remarks = await asyncio.to_thread(remarks_for_owner, service.registry, given, datetime.now(UTC))
    return asdict(given) | {"remarks": list(remarks)}


@router.delete(
    "/{brand}/authorizations/{authorization_id}", response_model=AuthorizationAnswer, responses=problems(404)
)
async def revoke(brand: str, authorization_id: RowId, service: ServiceOf, key: BrandOwner) -> dict[str, Any]:
    """Revoke an authorization. It takes effect at the next verdict."""
    check_brand_of(key, brand)
    held = await asyncio.to_thread(lambda: service.registry.authorizations(brands=[brand]))
    if authorization_id not in {given.authorization_id for given in held}:
        detail = f"brand {brand!r} has no authorization {authorization_id}"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", detail)
    now = datetime.now(UTC)
    return asdict(
        await asyncio.to_thread(registration.revoke, service.registry.acting(key.actor), authorization_id, now)
    )


async def _own(service: Service, key: ApiKey, brand: str) -> None:
    """Raises Problem when the key may not access the brand, UnknownRecord when there is none."""
    check_brand_of(key, brand)
    await asyncio.to_thread(service.registry.brand, brand)
