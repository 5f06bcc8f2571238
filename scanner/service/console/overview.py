"""What came in, what was flagged and what people made of it, by day, brand and reason."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from scanner.reviews.cases import Cases, Filters
from scanner.reviews.numbers import Day, days
from scanner.reviews.suppressions import precisions
from scanner.reviews.types import CaseState
from scanner.service.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import ReviewerOf

router = APIRouter(prefix="/console/overview", include_in_schema=False)
DAYS: Final = 28
WIDE, HIGH, ROOM = 640, 150, 18  # units of the plot; ROOM: for words under it


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the plot."""

    day: date
    x: float
    width: float
    flagged: float  # height
    decided: float
    told: Day


@router.get("")
async def overview_page(request: Request, service: ServiceOf, person: ReviewerOf) -> Response:
    """The page."""
    now = datetime.now(UTC)

    def look() -> dict[str, object]:
        database = service.registry.database
        cases, told = Cases(database), days(database, now.date() - timedelta(days=DAYS - 1), now.date())
        everything = Filters(state=None)
        names = {brand.slug: brand.name for brand in service.registry.brands()}
        return {
            "days": told,
            "bars": bars(told),
            "most": max([1, *(each.flagged for each in told)]),
            "brands": cases.counted("brand", everything, now)[:12],
            "by_reason": cases.counted("reason", everything, now),
            "names": names,
            "precision": sorted(precisions(database).of.items(), key=lambda each: -each[1].decided)[:20],
            "waiting": {state: cases.number(Filters(state=state), now) for state in CaseState},
        }

    return page(request, "overview.html.j2", await asyncio.to_thread(look) | {"wide": WIDE, "high": HIGH, "room": ROOM})


def bars(told: tuple[Day, ...]) -> tuple[Bar, ...]:
    """Where the bars of a plot of these days stand."""
    most = max([1, *(max(each.flagged, each.decided) for each in told)])
    step = WIDE / max(1, len(told))
    return tuple(
        Bar(
            each.day,
            x=place * step,
            width=step * 0.38,
            flagged=HIGH * each.flagged / most,
            decided=HIGH * each.decided / most,
            told=each,
        )
        for place, each in enumerate(told)
    )
