"""The authorizations of a brand's page: authorize a seller, revoke that, read a document, and many at once by CSV."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from brand_index import fields, registration
from brand_index.errors import MarkscanError
from brand_index.registration.authorization_table import RowState
from brand_index.registration.authorizing import in_words
from brand_index.registry import kept_files
from brand_index.types import ReferenceKind
from scanner.moderation.records.known_sellers import remarks_for_owner
from scanner.service.accounts.users import User
from scanner.service.api.access import RowId, ServiceOf
from scanner.service.api.edits import MAX_TABLE_BYTES, table_of, take_table
from scanner.service.console.brands.brands import show_brand
from scanner.service.console.pages import HEADERS, page, sentence
from scanner.service.console.session import OWN_FORM, FormOf, UserOf, check_changes, check_sees
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)


@router.get("/{brand}/authorizations.csv")
async def export(brand: str, service: ServiceOf, user: UserOf) -> Response:
    """The brand's authorizations in force, as a file that can be imported."""
    check_sees(user, brand)
    return await table_of(service, brand)


@router.post("/{brand}/authorizations")
async def authorize(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Authorize a seller, and say what that overlaps."""
    check_changes(user, brand)
    document = await _document(form)
    try:
        messages = await asyncio.to_thread(_authorize, service, user, brand, form, document)
    except MarkscanError as error:
        messages = (f"The authorization was not recorded: {error}",)
    return await show_brand(request, service, user, brand, messages)


@router.post("/{brand}/authorizations/import")
async def import_table(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Show what each row of a CSV file would do and, unless it is only checked, record them: all or none."""
    check_changes(user, brand)
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await show_brand(request, service, user, brand, ("Choose a CSV file of authorizations.",))
    name, data, partial = file.filename, await file.read(MAX_TABLE_BYTES + 1), "partial" in form
    record = form.get("do") == "record"
    try:
        plan, made = await asyncio.to_thread(
            lambda: take_table(service, user.actor, brand, name, data, record=record, partial=partial)
        )
    except MarkscanError as error:
        return await show_brand(request, service, user, brand, (f"Nothing was imported: {error}",))
    shown = {
        "brand": await asyncio.to_thread(service.registry.brand, brand),
        "plan": plan,
        "made": made,
        "record": record,
        "partial": partial,
        "file": name,
        "states": RowState,
    }
    return page(request, "import.html.j2", shown)


@router.post("/{brand}/authorizations/{authorization_id}/revoke", dependencies=[OWN_FORM])
async def revoke(brand: str, authorization_id: RowId, service: ServiceOf, user: UserOf) -> Response:
    """Revoke an authorization."""
    check_changes(user, brand)
    held = await asyncio.to_thread(lambda: service.registry.authorizations(brands=[brand]))
    if authorization_id not in {given.authorization_id for given in held}:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", "this brand has no such authorization")
    registry, now = service.registry.acting(user.actor), datetime.now(UTC)
    await asyncio.to_thread(registration.revoke, registry, authorization_id, now)
    return RedirectResponse(f"/console/brands/{brand}", HTTPStatus.SEE_OTHER)


@router.get("/{brand}/authorizations/{authorization_id}/document")
async def read_document(brand: str, authorization_id: RowId, service: ServiceOf, user: UserOf) -> Response:
    """The document that proves an authorization, as a download that the browser never renders."""
    check_sees(user, brand)

    def load() -> tuple[bytes, str] | None:
        held = service.registry.authorizations(brands=[brand])
        given = next((each for each in held if each.authorization_id == authorization_id), None)
        return None if given is None else kept_files.read_document(service.store, given)

    document = await asyncio.to_thread(load)
    if document is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_file", "there is no such document")
    data, suffix = document
    name = f"{brand}-authorization-{authorization_id}{suffix}"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/octet-stream", headers={**HEADERS, **headers})


async def _document(form: FormData) -> registration.Document | None:
    file = form.get("document")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    name = file.filename[:99]
    data = await file.read(registration.MAX_DOCUMENT_BYTES + 1)
    return registration.Document(name, data)


def _authorize(
    service: Service, user: User, brand: str, form: FormData, document: registration.Document | None
) -> tuple[str, ...]:
    """Record the authorization of a form; returns what to say about it. Raises InvalidField, UnknownRecord."""
    now, registry = datetime.now(UTC), service.registry.acting(user.actor)
    kinds = frozenset(ReferenceKind(str(value)) for value in form.getlist("kinds") if str(value) in set(ReferenceKind))
    given = registration.authorize(
        registry,
        service.store,
        brand=brand,
        seller_id=str(form.get("seller", "")),
        kinds=kinds,
        markets=fields.split(str(form.get("markets", ""))) or None,
        last_day=fields.day(str(form.get("last_day", ""))),
        document=document,
        now=now,
    )
    number, covers = given.authorization_id, in_words(given)
    if given.granted_at == now:
        said = f"Seller {given.seller_id} is authorized (authorization {number}): {covers}."
    else:
        said = f"Already authorized, authorization {number}: {covers}."
    return (said, *map(sentence, remarks_for_owner(registry, given, now)))
