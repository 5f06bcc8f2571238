"""Statements of reasons and the yearly counts of a period, for people to look at and to download; it sends none."""

import asyncio
import io
import zipfile
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index import fields
from brand_index.errors import InvalidField
from scanner.moderation.seller_notices.links import read_secret
from scanner.moderation.statements import Automation, Count, Counts, Ground, Keyword, Visibility, counts_of
from scanner.moderation.statements.reporting import Reported, name_batches, report_on
from scanner.moderation.statements.statement import BATCH
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import ReviewerOf
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(prefix="/console/statements", include_in_schema=False)
WORDS: Final = {
    Visibility.REMOVED: "Removed",
    Visibility.DISABLED: "No longer shown to buyers",
    Visibility.DEMOTED: "Shown to fewer buyers",
    Ground.ILLEGAL: "The law",
    Ground.INCOMPATIBLE: "The marketplace's terms",
    Keyword.TRADEMARK: "Trade mark",
    Keyword.COPYRIGHT: "Copyright",
    Automation.FULLY: "A machine alone",
    Automation.PARTIALLY: "A machine and a person",
    Automation.NOT: "A person alone",
}
SHOWN: Final = 20  # notices of which there can be no statement


@router.get("")
async def statements_page(
    request: Request, service: ServiceOf, user: ReviewerOf, first_day: str = "", last_day: str = ""
) -> Response:
    """The page; the period is the year so far, unless it is said."""
    today = datetime.now(UTC).date()
    try:
        first, last = _period(first_day, last_day, today)
    except InvalidField as error:
        shown = {"first": today.replace(month=1, day=1), "last": today, "wrong": str(error), "told": None}
        return page(request, "statements.html.j2", shown, HTTPStatus.UNPROCESSABLE_ENTITY)

    def look() -> dict[str, object]:
        told = _told(service, first, last)
        counts = counts_of(told.statements, told.appeals, first, last)
        return {"told": told, "unusable": told.unusable[:SHOWN], "counts": counts, "tables": _tables(counts)}

    more = {"first": first, "last": last, "wrong": "", "batch": BATCH}
    return page(request, "statements.html.j2", await asyncio.to_thread(look) | more)


@router.get("/file")
async def download(service: ServiceOf, user: ReviewerOf, first_day: str, last_day: str) -> Response:
    """The statements of a period as the Transparency Database takes them: one file of JSON, or a zip of several."""
    first, last = _period(first_day, last_day, datetime.now(UTC).date())

    def make() -> list[tuple[str, str]]:
        return list(name_batches(_told(service, first, last).statements))

    batches = await asyncio.to_thread(make)
    if not batches:
        raise Problem(HTTPStatus.NOT_FOUND, "no_statements", f"there is no statement from {first} to {last}")
    stem = f"statements-{first}-{last}"
    if len(batches) == 1:
        return _as_file(batches[0][1].encode(), f"{stem}.json", "application/json")
    return _as_file(await asyncio.to_thread(_zipped, batches), f"{stem}.zip", "application/zip")


def _told(service: Service, first: date, last: date) -> Reported:
    return report_on(service.registry, read_secret(service.store), service.settings.service, first, last)


def _period(first_day: str, last_day: str, today: date) -> tuple[date, date]:
    """The days that were asked for, else those of the year so far. Raises InvalidField."""
    first, last = fields.day(first_day), fields.day(last_day) or today
    first = first or last.replace(month=1, day=1)
    fields.days(first, last)
    return first, last


def _tables(counts: Counts) -> tuple[tuple[str, tuple[Count, ...]], ...]:
    """What is counted, each with its heading, in plain words; words that no notice leads to are left out."""
    told = (
        ("What was done to the listing", counts.by_restriction),
        ("Which right was infringed", counts.by_keyword),
        ("What the decision relies on", counts.by_ground),
        ("Who decided", counts.by_automation),
    )
    known = {word.value: plain for word, plain in WORDS.items()}
    return tuple(
        (heading, tuple(Count(known[each.word], each.number) for each in counted if each.word in known))
        for heading, counted in told
    )


def _zipped(batches: list[tuple[str, str]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in batches:
            made.writestr(name, body)
    return file.getvalue()


def _as_file(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)
