"""What came in, what was flagged and what people made of it, by day, brand and reason."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index.registry.conflicts import list_conflicts
from scanner.moderation.cases.cases import Cases, Filters
from scanner.moderation.cases.notices import list_notifiers
from scanner.moderation.cases.statistics import Day, Part, by_brand, by_reason, days
from scanner.moderation.cases.suppressions import precisions
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import ReviewerOf
from scanner.verdicts.case_states import CaseState

router = APIRouter(prefix="/console/overview", include_in_schema=False)
DAYS: Final = 28
SHOWN: Final = 12  # brands, of the busiest
METHODS: Final = 20  # likewise, of those that people decided most about
NOTIFIERS: Final = 20  # likewise
WIDE, HIGH, LOW, ROOM = 640, 150, 60, 20  # units of the plots; ROOM: for words under them


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the plots."""

    told: Day
    x: float
    width: float
    scanned: float  # height, of LOW; the others of HIGH
    flagged: float
    decided: float


@router.get("")
async def overview_page(request: Request, service: ServiceOf, user: ReviewerOf) -> Response:
    """The page."""
    now = datetime.now(UTC)
    first, last = now.date() - timedelta(days=DAYS - 1), now.date()

    def look() -> dict[str, object]:
        database = service.registry.database
        cases, told = Cases(database), days(database, first, last)
        brands, reasons = by_brand(database, first, last), by_reason(database, first, last)
        return {
            "days": told,
            "bars": bars(told),
            "tables": (("Brand", brands[:SHOWN], busiest(brands)), ("Reason", reasons, busiest(reasons))),
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
            "precision": sorted(precisions(database).of.items(), key=lambda each: -each[1].decided)[:METHODS],
            "notifiers": list_notifiers(database)[:NOTIFIERS],
            "conflicts": len(list_conflicts(database, resolved=False)),
            "waiting": {state: cases.number(Filters(state=state), now) for state in CaseState},
        }

    plots = {"wide": WIDE, "high": HIGH, "low": LOW, "room": ROOM, "automatic": service.scanner.automatic}
    return page(request, "overview.html.j2", await asyncio.to_thread(look) | plots)


def bars(told: tuple[Day, ...]) -> tuple[Bar, ...]:
    """Where the bars of plots of these days stand."""
    most = max([1, *(max(each.flagged, each.decided) for each in told)])
    scans = max([1, *(each.scanned for each in told)])
    step = WIDE / max(1, len(told))
    return tuple(
        Bar(
            each,
            x=place * step,
            width=step * 0.38,
            scanned=LOW * each.scanned / scans,
            flagged=HIGH * each.flagged / most,
            decided=HIGH * each.decided / most,
        )
        for place, each in enumerate(told)
    )


def busiest(parts: Iterable[Part]) -> int:
    """How many cases the longest bar of a table stands for; at least 1."""
    return max([1, *(max(each.opened, each.confirmed + each.dismissed) for each in parts)])
