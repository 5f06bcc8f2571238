"""Forms that correct what is registered: a new brand, the words about a brand, and the mark of a logo."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from brand_index import fields
from brand_index.errors import Contradictory, InvalidField, MarkscanError
from brand_index.registration import (
    BrandChanges,
    MarkChanges,
    MarkFields,
    check_brand,
    edit_brand,
    edit_mark_of,
)
from brand_index.registry.contradictions import MARK_FIELDS
from brand_index.types import Brand, MarkFeature
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.api.edits import check_reference_of
from scanner.service.console.brands.brands import show_brand
from scanner.service.console.brands.references import show_reference
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, UserOf, check_changes
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console", include_in_schema=False)


@router.get("/new-brand")
async def new_brand_page(request: Request, service: ServiceOf, user: UserOf) -> Response:
    """The form for a new brand: with any identifier for an admin, with a granted one for a brand owner."""
    return await _new_brand(request, service, user, {}, "")


@router.post("/new-brand")
async def register_brand(request: Request, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Register a brand. A brand owner may register those identifiers alone that it was granted."""
    given = {name: str(form.get(name, "")) for name in ("brand", "name", "owner", "contact")}
    _check_role(user)
    try:
        brand = check_brand(Brand(given["brand"].strip(), given["name"], given["owner"], given["contact"]))
        check_changes(user, brand.brand_id)
        known = await asyncio.to_thread(service.registry.brands)
        if any(each.brand_id == brand.brand_id for each in known):
            raise Contradictory(f"brand {brand.brand_id} is registered already: edit it on its page")
        registry, now = service.registry.acting(user.actor), datetime.now(UTC)
        await asyncio.to_thread(registry.add_brand, brand, now)
    except MarkscanError as error:
        return await _new_brand(request, service, user, given, str(error))
    return RedirectResponse(f"/console/brands/{brand.brand_id}", HTTPStatus.SEE_OTHER)


@router.post("/brands/{brand}/edit")
async def change_brand(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Change the name, owner and contact of a brand."""
    check_changes(user, brand)
    changes = BrandChanges(*(str(form.get(name, "")) for name in ("name", "owner", "contact")))
    try:
        await asyncio.to_thread(edit_brand, service.registry.acting(user.actor), brand, changes, datetime.now(UTC))
    except MarkscanError as error:
        return await show_brand(request, service, user, brand, (f"Nothing was changed: {error}",))
    return await show_brand(request, service, user, brand, ("The brand is changed. It holds at once.",))


@router.post("/brands/{brand}/{reference_id}/mark")
async def change_mark(
    request: Request, brand: str, reference_id: str, service: ServiceOf, user: UserOf, form: FormOf
) -> Response:
    """Change the mark of a logo, or give it one; an empty field is cleared."""
    check_changes(user, brand)
    await check_reference_of(service, brand, reference_id)
    try:
        changes = MarkChanges(_mark_of(form), frozenset(MARK_FIELDS))
        registry, now, alone = service.registry.acting(user.actor), datetime.now(UTC), "only_this" in form
        await asyncio.to_thread(lambda: edit_mark_of(registry, reference_id, changes, now, alone=alone))
    except MarkscanError as error:
        return await show_reference(request, service, user, brand, reference_id, f"Nothing was changed: {error}")
    return await show_reference(request, service, user, brand, reference_id, "The mark is changed. It holds at once.")


def _mark_of(form: FormData) -> MarkFields:
    text = {name: str(form.get(name, "")).strip() for name in MARK_FIELDS}
    if text["feature"] and text["feature"] not in set(MarkFeature):
        raise InvalidField(f"feature {text['feature']!r:.40}: choose one of {', '.join(MarkFeature)}")
    return MarkFields(
        name=text["name"] or None,
        feature=MarkFeature(text["feature"]) if text["feature"] else None,
        office=text["office"] or None,
        registration_number=text["registration_number"] or None,
        nice=fields.nice_classes(fields.split(text["nice"])),
        vienna=fields.split(text["vienna"]),
        expires=fields.day(text["expires"]),
    )


async def _new_brand(request: Request, service: Service, user: User, given: dict[str, str], wrong: str) -> Response:
    _check_role(user)
    known = {each.brand_id for each in await asyncio.to_thread(service.registry.brands)}
    granted = sorted(user.brands - known) if user.role is Role.BRAND_OWNER else None
    shown = {"granted": granted, "given": given, "wrong": wrong}
    return page(request, "new_brand.html.j2", shown, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


def _check_role(user: User) -> None:
    if user.role not in (Role.BRAND_OWNER, Role.ADMIN):
        raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", "only a brand owner or an admin registers brands")
