"""Says of the sellers whom somebody names which have no scanned listing: their ids may be misspelt."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from brand_index.registration import remarks_on
from brand_index.registration.authorization_table import Plan, PlannedRow
from brand_index.registry import Registry
from brand_index.registry.database import Database
from brand_index.types import Authorization
from scanner.moderation.records.tables import scans

_AT_ONCE: Final = 500  # ids in one SQL statement


def unseen_sellers(database: Database, sellers: Iterable[str], *, names_near: bool) -> dict[str, str]:
    """A sentence, without a full stop, for each seller of whom no listing was scanned, where others' were.

    `names_near`: it names the seller whose id is the same but for letter case, whom a brand owner need not know.
    """
    asked, column, said = list(dict.fromkeys(sellers)), scans.c.seller_id, dict[str, str]()
    with database.read() as connection:
        if connection.execute(select(column).where(column.is_not(None)).limit(1)).first() is None:
            return said
        for begin in range(0, len(asked), _AT_ONCE):
            part = asked[begin : begin + _AT_ONCE]
            seen = set(connection.execute(select(column).where(column.in_(part)).distinct()).scalars())
            unseen = [each for each in part if each not in seen]
            lowered = func.lower(column).in_([each.lower() for each in unseen if names_near])
            alike = {each.lower(): each for each in connection.execute(select(column).where(lowered)).scalars()}
            for seller in unseen:
                near = alike.get(seller.lower())
                known = "" if near is None else f": those of {near} were"
                said[seller] = f"no listing of seller {seller} has been scanned yet{known}; check the spelling"
    return said


def remarks_for_owner(registry: Registry, given: Authorization, now: datetime) -> tuple[str, ...]:
    """What the brand should know about an authorization of its own, a sentence each, without a full stop."""
    unseen = unseen_sellers(registry.database, [given.seller_id], names_near=False)
    return (*remarks_on(registry, given, now), *unseen.values())


def with_unseen_sellers(database: Database, plan: Plan) -> Plan:
    """A plan whose new rows also remark that no listing of their seller was scanned."""
    sellers = [row.asked.seller_id for row in plan.rows if row.asked is not None]
    unseen = unseen_sellers(database, sellers, names_near=False)
    return replace(plan, rows=tuple(_remarked(row, unseen) for row in plan.rows))


def _remarked(row: PlannedRow, unseen: dict[str, str]) -> PlannedRow:
    sentence = None if row.asked is None else unseen.get(row.asked.seller_id)
    return row if sentence is None else replace(row, remarks=(*row.remarks, sentence))
