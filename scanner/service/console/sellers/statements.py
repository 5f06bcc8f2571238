"""Statements of reasons and the yearly counts of a period, shown and as a download; sends nothing."""

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
from scanner.moderation.statements import Automation, Count, Counts, Ground, Keyword, Visibility, counts_of
from scanner.moderation.statements.reporting import Reported, name_batches, report_on
from scanner.moderation.statements.statement import BATCH
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem
from scanner.service.service import Service

router = APIRouter(route_class=FormRoute, prefix="/console/statements", include_in_schema=False)
WORDS: Final = {
    Visibility.REMOVED: "Removed",
    Visibility.DISABLED: "No longer shown to buyers",
    Visibility.DEMOTED: "Shown to fewer buyers",
    Ground.ILLEGAL: "The law",
    Ground.INCOMPATIBLE: "The marketplace's terms",
    Keyword.TRADEMARK: "Trade mark",
    Keyword.COPYRIGHT: "Copyright",
    Automation.FULLY: "Automatically",
    Automation.PARTIALLY: "A person, after automatic detection",
    Automation.NOT: "A person",
}
SHOWN: Final = 20  # notices that cannot become a statement


@router.get("")
async def statements_page(
    request: Request, service: ServiceOf, user: ReviewerOf, first_day: str = "", last_day: str = ""
) -> Response:
    """The page. The default period is the year so far."""
    today = datetime.now(UTC).date()
    try:
        first, last = _period(first_day, last_day, today)
    except InvalidField as error:
        shown = {"first": today.replace(month=1, day=1), "last": today, "wrong": str(error), "report": None}
        return page(request, "statements.html.j2", shown, HTTPStatus.UNPROCESSABLE_ENTITY)

    def load() -> dict[str, object]:
        report = _report(service, first, last)
        counts = counts_of(report.statements, report.appeals, first, last)
        return {"report": report, "unusable": report.unusable[:SHOWN], "counts": counts, "tables": _tables(counts)}

    more = {"first": first, "last": last, "wrong": "", "batch": BATCH}
    return page(request, "statements.html.j2", await asyncio.to_thread(load) | more)


@router.get("/file")
async def download(service: ServiceOf, user: ReviewerOf, first_day: str, last_day: str) -> Response:
    """The statements of a period as the Transparency Database takes them: one file of JSON, or a zip of several."""
    first, last = _period(first_day, last_day, datetime.now(UTC).date())

    def make() -> list[tuple[str, str]]:
        return list(name_batches(_report(service, first, last).statements))

    batches = await asyncio.to_thread(make)
    if not batches:
        raise Problem(HTTPStatus.NOT_FOUND, "no_statements", f"there are no statements from {first} to {last}")
    stem = f"statements-{first}-{last}"
    if len(batches) == 1:
        return _as_file(batches[0][1].encode(), f"{stem}.json", "application/json")
    return _as_file(await asyncio.to_thread(_zipped, batches), f"{stem}.zip", "application/zip")


def _report(service: Service, first: date, last: date) -> Reported:
    return report_on(service.registry, service.seller_notices.links.secret, service.settings.service, first, last)


def _period(first_day: str, last_day: str, today: date) -> tuple[date, date]:
    """The first and the last day of a period, by default of the year so far. Raises InvalidField."""
    first, last = fields.day(first_day), fields.day(last_day) or today
    first = first or last.replace(month=1, day=1)
    fields.days(first, last)
    return first, last


def _tables(counts: Counts) -> tuple[tuple[str, tuple[Count, ...]], ...]:
    """Headings and counts in plain words; without the codes that no notice of ours uses."""
    tables = (
        ("Restriction of the listing", counts.by_restriction),
        ("Right", counts.by_keyword),
        ("Legal ground", counts.by_ground),
        ("Decided by", counts.by_automation),
    )
    words = {code.value: word for code, word in WORDS.items()}
    return tuple(
        (heading, tuple(Count(words[each.word], each.number) for each in counted if each.word in words))
        for heading, counted in tables
    )


def _zipped(batches: list[tuple[str, str]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in batches:
            archive.writestr(name, body)
    return file.getvalue()


def _as_file(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)
