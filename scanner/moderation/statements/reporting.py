"""What the EU is told of notices: a statement of reasons for each, and appeals as the yearly counts take them.

A notice is one decision that a seller was told of, so it is one statement (Articles 17 and 24(5) of Regulation (EU)
2022/2065), withdrawn ones too: they applied for a while. A decision for a market outside the EEA is none of the EU's.
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

_LABEL: Final = b"puids of statements"  # so that what is published tells nothing of the addresses of notices
_VISIBILITIES: Final = {
    Restriction.REMOVED: Visibility.REMOVED,
    Restriction.DISABLED: Visibility.DISABLED,
    Restriction.DEMOTED: Visibility.DEMOTED,
}
_OUTCOMES: Final = {
    AppealOutcome.UPHELD: ComplaintOutcome.UPHELD,
    AppealOutcome.REVERSED: ComplaintOutcome.REVERSED,
    # Nobody said that the decision was wrong, but it no longer holds, and the counts know no third end.
    AppealOutcome.PUT_BACK: ComplaintOutcome.REVERSED,
}


@dataclass(frozen=True, slots=True)
class Unusable:
    """A notice that no statement can be made of."""

    seller_notice_id: str
    case_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Reported:
    """What there is to tell of one period."""

    statements: tuple[Statement, ...]  # of decisions of its days, the oldest first
    outside: int  # notices for markets outside the EEA: there is nothing to tell of them
    unusable: tuple[Unusable, ...]
    appeals: tuple[Complaint, ...]  # that were open on one of its days


def statement_for(
    seller_notice: SellerNotice,
    brand_name: str,
    secret: bytes,  # the store's
    countries: Iterable[str],  # where the marketplace's decisions apply, for a notice that names no market
    clause: str | None = None,  # of the marketplace's terms that was relied on; None: the law was
) -> Statement | None:
    """The statement on what a seller was told; None: the market lies outside the EEA.

    Raises StatementUnusable, also for a market that is no country.
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
        detected_by_machine=not seller_notice.from_notice,  # whatever a machine found when it was asked to look
        decided=_automation(seller_notice),
        confidence=None if seller_notice.confidence is None else sureness(seller_notice.confidence),
        clause=clause,
        # Whether a rights holder is a trusted flagger (Article 22) is for the states to say, and not known here.
        source=Source.ARTICLE_16 if seller_notice.from_notice else Source.VOLUNTARY,
    )
    ended = None if seller_notice.ended_at is None else seller_notice.ended_at.date()
    return replace(made, end_date_visibility_restriction=ended)


def report_on(
    registry: Registry, secret: bytes, settings: ServiceSettings, first_day: date, last_day: date
) -> Reported:
    """All there is to tell of a period of UTC days, both inclusive. Raises InvalidField: it ends before it begins."""
    fields.days(first_day, last_day)
    names = {brand.brand_id: brand.name for brand in registry.brands()}
    made, outside, unusable = list[Statement](), 0, list[Unusable]()
    with registry.database.read() as connection:
        for seller_notice in sent_seller_notices(connection, first_day, last_day):
            name = names.get(seller_notice.brand_id, seller_notice.brand_id)
            try:
                told = statement_for(seller_notice, name, secret, settings.countries, settings.clause)
            except StatementUnusable as error:
                unusable.append(Unusable(seller_notice.seller_notice_id, seller_notice.case_id, str(error)))
                continue
            if told is None:
                outside += 1
            else:
                made.append(told)
        submission = tuple(open_appeals(connection, first_day, last_day))
    return Reported(tuple(made), outside, tuple(unusable), submission)


def sent_seller_notices(connection: Connection, first_day: date, last_day: date) -> tuple[SellerNotice, ...]:
    """The notices that were sent on these days, the oldest first."""
    within = seller_notices.c.sent_at.between(_begin(first_day), _end(last_day))
    return fetch(
        connection,
        SellerNotice,
        select(seller_notices).where(within).order_by(seller_notices.c.sent_at, seller_notices.c.seller_notice_id),
    )


def open_appeals(connection: Connection, first_day: date, last_day: date) -> Iterator[Complaint]:
    """The appeals that were open on one of these days, as the counts take them: none of a market outside the EEA.

    One that nobody decided, since what it was against was withdrawn meanwhile, ended with that: the seller got what it
    asked for.
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
    """Files for the database's /statements, each with its name: statements-001.json and so on, up to 100 in each."""
    for number, body in enumerate(as_json(made), start=1):
        yield f"statements-{number:03}.json", body


def _automation(seller_notice: SellerNotice) -> Automation:
    """How far a machine decided.

    Whoever confirms has the machine's comparison, and what it says of leave, before them. The Commission's explanation
    of the attributes calls "not automated" only what was decided without any automated means.
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
        raise StatementUnusable(f"market {market!r:.80}: no country; have listings say one of ISO 3166-1, such as DE")
    return frozenset({market.upper()})


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)  # moments are kept to the microsecond
