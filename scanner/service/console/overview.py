"""The overview: scans, flagged listings and decisions by day, brand and reason; how often matches were confirmed."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from brand_index.registry.conflicts import list_conflicts
from scanner.moderation.cases.calibrations import Calibrations, mark_names
from scanner.moderation.cases.cases import Cases, Filters
from scanner.moderation.cases.notices import list_notifiers
from scanner.moderation.cases.statistics import Day, Part, by_brand, by_reason, days
from scanner.moderation.cases.suppressions import precisions
from scanner.service.api.access import ServiceOf
from scanner.service.console.pages import page
from scanner.service.console.session import ReviewerOf
from scanner.service.limits.forms import FormRoute
from scanner.verdicts.case_states import CaseState

router = APIRouter(route_class=FormRoute, prefix="/console/overview", include_in_schema=False)
DAYS: Final = 28
SHOWN: Final = 12  # brands, of the busiest
METHODS: Final = 20  # brands and kinds, those with the most decisions
NOTIFIERS: Final = 20  # likewise
MARKS: Final = 20  # likewise
WIDE, HIGH, LOW, LABELS = 640, 150, 60, 20  # units of the plots; LABELS: height for the labels under them


@dataclass(frozen=True, slots=True)
class Bar:
    """The bars of one day."""

    counts: Day
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
    automatic = service.scanner.automatic

    def load() -> dict[str, object]:
        database = service.registry.database
        cases, by_day = Cases(database), days(database, first, last)
        assessed = list(Calibrations(database, automatic.calibration_cases).all().items())[:MARKS]
        brands, reasons = by_brand(database, first, last), by_reason(database, first, last)
        return {
            "days": by_day,
            "bars": bars(by_day),
            "tables": (("Brand", brands[:SHOWN], busiest(brands)), ("Reason", reasons, busiest(reasons))),
            "names": {brand.brand_id: brand.name for brand in service.registry.brands()},
            "precision": sorted(precisions(database).of.items(), key=lambda each: -each[1].decided)[:METHODS],
            "marks": assessed,
            "mark_names": mark_names(service.registry, [key for key, _ in assessed]),
            "notifiers": list_notifiers(database)[:NOTIFIERS],
            "conflicts": len(list_conflicts(database, resolved=False)),
            "waiting": {state: cases.number(Filters(state=state), now) for state in CaseState},
        }

    plots = {"wide": WIDE, "high": HIGH, "low": LOW, "labels": LABELS, "automatic": automatic}
    return page(request, "overview.html.j2", await asyncio.to_thread(load) | plots)


def bars(by_day: tuple[Day, ...]) -> tuple[Bar, ...]:
    """The bars of the plots of these days."""
    most = max([1, *(max(each.flagged, each.decided) for each in by_day)])
    scans = max([1, *(each.scanned for each in by_day)])
    step = WIDE / max(1, len(by_day))
    return tuple(
        Bar(
            each,
            x=place * step,
            width=step * 0.38,
            scanned=LOW * each.scanned / scans,
            flagged=HIGH * each.flagged / most,
            decided=HIGH * each.decided / most,
        )
        for place, each in enumerate(by_day)
    )


def busiest(parts: Iterable[Part]) -> int:
    """The number of cases that the longest bar of a table stands for, at least 1."""
    return max([1, *(max(each.opened, each.confirmed + each.dismissed) for each in parts)])
