"""Says of the sellers whom somebody names which have no scanned listing: their ids may be misspelt."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import func, select

from brand_index.registry.database import Database
from scanner.moderation.records.tables import scans

_AT_ONCE: Final = 500  # ids in one SQL statement


def unseen_sellers(database: Database, sellers: Iterable[str]) -> Iterator[str]:
    """A sentence, without a full stop, for each seller of whom no listing was scanned, where others' were.

    It names the seller whose id is the same but for letter case, if there is one.
    """
    asked, column = list(dict.fromkeys(sellers)), scans.c.seller_id
    with database.read() as connection:
        if connection.execute(select(column).where(column.is_not(None)).limit(1)).first() is None:
            return
        for begin in range(0, len(asked), _AT_ONCE):
            part = asked[begin : begin + _AT_ONCE]
            seen = set(connection.execute(select(column).where(column.in_(part)).distinct()).scalars())
            unseen = [each for each in part if each not in seen]
            lowered = func.lower(column).in_([each.lower() for each in unseen])
            alike = {each.lower(): each for each in connection.execute(select(column).where(lowered)).scalars()}
            for seller in unseen:
                near = alike.get(seller.lower())
                known = "" if near is None else f": those of {near} were"
                yield f"no listing of seller {seller} has been scanned yet{known}; check the spelling"
