"""Statements of reasons for seller notices, and appeals for the yearly counts.

A seller notice is about one decision, so it becomes one statement (Articles 17 and 24(5) of Regulation (EU) 2022/2065).
This includes withdrawn ones, which applied for a while. Decisions for markets outside the EEA are not reported.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import Connection, and_, func, or_, select

from brand_index import fields
from brand_index.fields import EEA
from brand_index.registry import Registry
from brand_index.registry.database import fetch
from scanner.moderation.seller_notices.tables import appeals, seller_notices
from scanner.moderation.seller_notices.types import AppealOutcome, SellerNotice
from scanner.moderation.statements import (
    Automation,
    Complaint,
    ComplaintOutcome,
    Source,
    Statement,
    StatementUnusable,
    Visibility,
    as_json,
    statement_of,
)
from scanner.settings import ServiceSettings
from scanner.verdicts.policy import Restriction
from scanner.verdicts.words import sureness

_LABEL: Final = b"puids of statements"  # so that published ids reveal nothing about the addresses of sellers' pages
_VISIBILITIES: Final = {
    Restriction.REMOVED: Visibility.REMOVED,
    Restriction.DISABLED: Visibility.DISABLED,
    Restriction.DEMOTED: Visibility.DEMOTED,
}
_OUTCOMES: Final = {
    AppealOutcome.UPHELD: ComplaintOutcome.UPHELD,
    AppealOutcome.REVERSED: ComplaintOutcome.REVERSED,
    # Nobody found the decision wrong, but it no longer applies, and the counts have no third outcome.
    AppealOutcome.PUT_BACK: ComplaintOutcome.REVERSED,
}


@dataclass(frozen=True, slots=True)
class Unusable:
    """A seller notice that cannot become a statement."""

    seller_notice_id: str
    case_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Reported:
    """The statements and appeals of one period."""

    statements: tuple[Statement, ...]  # on decisions in the period, the oldest first
    outside: int  # seller notices for markets outside the EEA, which are not reported
    unusable: tuple[Unusable, ...]
    appeals: tuple[Complaint, ...]  # that were open on a day of the period


def statement_for(
    seller_notice: SellerNotice,
    brand_name: str | None,  # None: the mark is concealed
    secret: bytes,  # the store's
    countries: Iterable[str],  # where decisions apply, for a seller notice without a market
    clause: str | None = None,  # of the marketplace's terms that decisions are based on; None: the law
) -> Statement | None:
    """The statement for a seller notice; None: the market is outside the EEA.

    Raises StatementUnusable, also for a market that is not a country.
    """
    if _is_outside(seller_notice.market):
        return None
    made = statement_of(
        case_id=seller_notice.case_id,
        key=hmac.new(secret, _LABEL, hashlib.sha256).digest(),
        nth=seller_notice.nth,
        reason=seller_notice.reason,
        listing=_VISIBILITIES[seller_notice.restriction],
        countries=_scope(seller_notice.market, countries),
        posted_on=seller_notice.posted_at.date(),
        applied_on=seller_notice.sent_at.date(),
        brand=brand_name,
        reference_id=seller_notice.reference_id,
        detected_by_machine=not seller_notice.from_notice,  # a notice counts as the detection, whatever the scan found
        decided=_automation(seller_notice),
        confidence=None if seller_notice.confidence is None else sureness(seller_notice.confidence),
        clause=clause,
        # Member states award the status of trusted flagger (Article 22); it is not known here.
        source=Source.ARTICLE_16 if seller_notice.from_notice else Source.VOLUNTARY,
    )
    ended = None if seller_notice.ended_at is None else seller_notice.ended_at.date()
    return replace(made, end_date_visibility_restriction=ended)


def report_on(
    registry: Registry, secret: bytes, settings: ServiceSettings, first_day: date, last_day: date
) -> Reported:
    """All statements and appeals of a period of UTC days, both inclusive. Raises InvalidField for a negative period."""
    fields.days(first_day, last_day)
    names = {brand.brand_id: brand.name for brand in registry.brands()}
    made, outside, unusable = list[Statement](), 0, list[Unusable]()
    with registry.database.read() as connection:
        for seller_notice in sent_seller_notices(connection, first_day, last_day):
            slug = seller_notice.brand_id
            name = None if slug is None else names.get(slug, slug)
            try:
                statement = statement_for(seller_notice, name, secret, settings.countries, settings.clause)
            except StatementUnusable as error:
                unusable.append(Unusable(seller_notice.seller_notice_id, seller_notice.case_id, str(error)))
                continue
            if statement is None:
                outside += 1
            else:
                made.append(statement)
        complaints = tuple(open_appeals(connection, first_day, last_day))
    return Reported(tuple(made), outside, tuple(unusable), complaints)


def sent_seller_notices(connection: Connection, first_day: date, last_day: date) -> tuple[SellerNotice, ...]:
    """The seller notices sent on these days, the oldest first."""
    within = seller_notices.c.sent_at.between(_begin(first_day), _end(last_day))
    return fetch(
        connection,
        SellerNotice,
        select(seller_notices).where(within).order_by(seller_notices.c.sent_at, seller_notices.c.seller_notice_id),
    )


def open_appeals(connection: Connection, first_day: date, last_day: date) -> Iterator[Complaint]:
    """The appeals that were open on one of these days, for the counts; without those of markets outside the EEA.

    An appeal that was not decided because its seller notice was withdrawn ended then, in favour of the seller.
    """
    ended = func.coalesce(appeals.c.decided_at, seller_notices.c.ended_at, type_=appeals.c.decided_at.type)
    in_time = and_(appeals.c.received_at <= _end(last_day), or_(ended.is_(None), ended >= _begin(first_day)))
    query = select(appeals.c.received_at, appeals.c.outcome, seller_notices.c.market, ended.label("ended"))
    query = query.join(seller_notices, seller_notices.c.seller_notice_id == appeals.c.seller_notice_id).where(in_time)
    for row in connection.execute(query.order_by(appeals.c.received_at, appeals.c.appeal_id)):
        if _is_outside(row.market):
            continue
        received = row.received_at.date()
        if row.ended is None:
            yield Complaint(received, None, None)
        else:
            yield Complaint(received, row.ended.date(), _OUTCOMES[row.outcome or AppealOutcome.REVERSED])


def name_batches(made: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    """Names and contents of files for the database's /statements: statements-001.json and so on, up to 100 in each."""
    for number, body in enumerate(as_json(made), start=1):
        yield f"statements-{number:03}.json", body


def _automation(seller_notice: SellerNotice) -> Automation:
    """How far the decision was automated.

    A reviewer who confirms a case sees the comparison and the authorizations that the software found. The Commission's
    explanation of the attributes calls "not automated" only decisions without any automated means.
    """
    if seller_notice.automated:
        return Automation.FULLY
    return Automation.NOT if seller_notice.confidence is None else Automation.PARTIALLY


def _is_outside(market: str | None) -> bool:
    return market is not None and market.upper() in fields.COUNTRIES - EEA


def _scope(market: str | None, countries: Iterable[str]) -> Collection[str]:
    if market is None:
        return frozenset(countries)
    if market.upper() not in EEA:
        raise StatementUnusable(f"market {market!r:.80}: not a country; give one of ISO 3166-1, such as DE")
    return frozenset({market.upper()})


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)  # times are stored to the microsecond
