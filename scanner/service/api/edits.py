"""The endpoints that correct what is registered, reinstate references, and take authorizations as a CSV file."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from brand_index import fields
from brand_index.csv_files import read_csv
from brand_index.errors import InvalidField
from brand_index.registration import BrandChanges, MarkChanges, MarkFields, edit_brand, edit_mark, edit_mark_of
from brand_index.registration.authorization_table import (
    COLUMNS,
    Plan,
    RowState,
    export_rows,
    import_rows,
    plan_import,
)
from brand_index.types import MarkFeature
from scanner.moderation.forms import reinstating
from scanner.moderation.records.known_sellers import with_unseen_sellers
from scanner.service.answers import BrandAnswer, MarkAnswer, ReferenceAnswer
from scanner.service.api.access import (
    BrandOwner,
    BrandOwnerOrReviewer,
    RowId,
    ServiceOf,
    check_brand_of,
    problems,
)
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/v1/brands", tags=["registrations"])
MAX_TABLE_BYTES: Final = 2**20  # of a CSV file
MOST_ROWS: Final = 5_000  # of a CSV file: recording them keeps other writes waiting for some 5 s
_IN_PARTS: Final = "send it in parts, or give it to `markscan authorize --csv`"
_LONG: Final = 500  # characters
_Short = Annotated[str, Field(max_length=_LONG)]


class BrandEdit(BaseModel):
    """The fields of a brand to change; one that is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: _Short | None = None
    owner: _Short | None = Field(None, examples=["Acme Holding"])
    contact: _Short | None = None


class MarkEdit(BaseModel):
    """The fields of a mark to change; one that is left out stays as it is, and null clears it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=fields.MARK_NAME)] | None = Field(None, examples=["sign"])
    feature: MarkFeature | None = None
    office: Annotated[str, Field(max_length=2)] | None = Field(None, examples=["EM"])
    registration_number: Annotated[str, Field(max_length=100)] | None = Field(None, examples=["018123456"])
    nice: Annotated[list[int], Field(max_length=45)] | None = Field(None, examples=[[25, 35]])
    vienna: Annotated[list[str], Field(max_length=100)] | None = None
    expires: date | None = None

    def changes(self) -> MarkChanges:
        """The same as the registration takes it."""
        values = MarkFields(
            name=self.name or None,
            feature=self.feature,
            office=self.office or None,
            registration_number=self.registration_number or None,
            nice=fields.nice_classes(self.nice or ()),
            vienna=tuple(self.vienna or ()),
            expires=self.expires,
        )
        return MarkChanges(values, frozenset(self.model_fields_set))


class ImportedRow(BaseModel):
    """What a row of a CSV file did, or would do."""

    line: int
    state: RowState
    text: str = Field(description="The authorization in words, or what is wrong.")
    remarks: list[str] = Field(description="Others that it overlaps, and whether no listing of the seller was scanned.")


class ImportAnswer(BaseModel):
    """What a CSV file of authorizations did, or would do."""

    recorded: int
    rows: list[ImportedRow]


@router.patch("/{brand}", response_model=BrandAnswer, responses=problems(404))
async def change_brand(brand: str, edit: BrandEdit, service: ServiceOf, key: BrandOwner) -> dict[str, Any]:
    """Change some fields of a brand."""
    check_brand_of(key, brand)
    changes, now = BrandChanges(edit.name, edit.owner, edit.contact), datetime.now(UTC)
    return asdict(await asyncio.to_thread(edit_brand, service.registry.acting(key.actor), brand, changes, now))


@router.patch("/{brand}/marks/{mark_id}", response_model=MarkAnswer, responses=problems(404, 409))
async def change_mark(
    brand: str, mark_id: RowId, edit: MarkEdit, service: ServiceOf, key: BrandOwner
) -> dict[str, Any]:
    """Change some fields of a mark, for all references that show it."""
    check_brand_of(key, brand)
    known = await asyncio.to_thread(service.registry.marks)
    if not any(each.mark_id == mark_id and each.brand_id == brand for each in known):
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", f"brand {brand!r} has no mark {mark_id}")
    registry, changes, now = service.registry.acting(key.actor), edit.changes(), datetime.now(UTC)
    return asdict(await asyncio.to_thread(edit_mark, registry, mark_id, changes, now))


@router.patch("/{brand}/references/{reference_id}/mark", response_model=MarkAnswer, responses=problems(404, 409))
async def change_mark_of(
    brand: str, reference_id: str, edit: MarkEdit, service: ServiceOf, key: BrandOwner, only_this: bool = False
) -> dict[str, Any]:
    """Change the mark of a logo, or give it one. `only_this`: other references that show the mark keep theirs."""
    check_brand_of(key, brand)
    await check_reference_of(service, brand, reference_id)
    registry, changes, now = service.registry.acting(key.actor), edit.changes(), datetime.now(UTC)
    return asdict(await asyncio.to_thread(lambda: edit_mark_of(registry, reference_id, changes, now, alone=only_this)))


@router.post(
    "/{brand}/references/{reference_id}/reinstate", response_model=ReferenceAnswer, responses=problems(404, 409)
)
async def reinstate_reference(brand: str, reference_id: str, service: ServiceOf, key: BrandOwner) -> dict[str, Any]:
    """Put a withdrawn reference in force again; 409: it was learnt from a confirmation, and taken back."""
    check_brand_of(key, brand)
    await check_reference_of(service, brand, reference_id)
    database, now = service.registry.database.acting(key.actor), datetime.now(UTC)
    (done,) = await asyncio.to_thread(reinstating.reinstate, database, [reference_id], now)
    service.keeper.task.wake()
    return asdict(done)


@router.get("/{brand}/authorizations.csv", response_class=Response, responses=problems(404))
async def export_authorizations(brand: str, service: ServiceOf, key: BrandOwnerOrReviewer) -> Response:
    """The brand's authorizations in force, as a CSV file that can be imported; without their documents."""
    check_brand_of(key, brand)
    return await table_of(service, brand)


@router.post("/{brand}/authorizations/import", response_model=ImportAnswer, responses=problems(404))
async def import_authorizations(
    brand: str,
    service: ServiceOf,
    key: BrandOwner,
    file: Annotated[UploadFile, File(description="CSV: brand, seller; optional kinds, markets, nice, from, until.")],
    dry_run: Annotated[bool, Form(description="Say what each row would do, and record nothing.")] = False,
    partial: Annotated[bool, Form(description="Record the good rows though others are wrong.")] = False,
) -> dict[str, Any]:
    """Authorize many sellers: all rows or, if one is wrong, none, unless `partial`."""
    check_brand_of(key, brand)
    data = await file.read(MAX_TABLE_BYTES + 1)
    plan, made = await asyncio.to_thread(
        lambda: take_table(service, key.actor, brand, file.filename or "", data, record=not dry_run, partial=partial)
    )
    rows = [{"line": row.line, "state": row.state, "text": row.text, "remarks": list(row.remarks)} for row in plan.rows]
    return {"recorded": made, "rows": rows}


async def check_reference_of(service: Service, brand: str, reference_id: str) -> None:
    """Raises Problem unless the brand has this reference."""
    reference = await asyncio.to_thread(service.registry.reference, reference_id)
    if reference is None or reference.brand_id != brand:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_record", f"brand {brand!r} has no reference {reference_id[:99]!r}")


async def table_of(service: Service, brand: str) -> Response:
    """A brand's authorizations in force as a download. Raises UnknownRecord."""

    def write() -> str:
        service.registry.brand(brand)
        return export_rows(service.registry.authorizations(brands=[brand]), datetime.now(UTC))

    headers = {"Content-Disposition": f'attachment; filename="{brand}-authorizations.csv"'}
    return Response(await asyncio.to_thread(write), media_type="text/csv; charset=utf-8", headers=headers)


def take_table(
    service: Service, actor: str, brand: str, name: str, data: bytes, *, record: bool, partial: bool
) -> tuple[Plan, int]:
    """What an uploaded file of authorizations of one brand would do, and how many it recorded if it had to.

    A wrong row keeps all from being recorded, unless `partial`. Raises InvalidField, FileUnusable, UnknownRecord.
    """
    if len(data) > MAX_TABLE_BYTES:
        raise InvalidField(f"the file is over {MAX_TABLE_BYTES // 2**20} MiB: {_IN_PARTS}")
    service.registry.brand(brand)
    now, registry = datetime.now(UTC), service.registry.acting(actor)
    shown = Path(fields.words("file name", PurePath(name).name[:255] or "table.csv"))
    plan = plan_import(registry, read_csv(shown, COLUMNS, data), now, may_change=lambda each: each == brand)
    if len(plan.rows) > MOST_ROWS:
        raise InvalidField(f"the file has {len(plan.rows)} rows, and {MOST_ROWS} are the most: {_IN_PARTS}")
    shown_plan = with_unseen_sellers(registry.database, plan)
    if not record or (plan.of(RowState.WRONG) and not partial):
        return shown_plan, 0
    return shown_plan, len(import_rows(registry, plan, now, partial=partial))
