"""Records authorizations in an open write, one or many at once; one that is in force already is not recorded twice."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select

from brand_index.registry import schema
from brand_index.registry.reading import brand_in
from brand_index.registry.transaction import Write, fetch
from brand_index.types import Authorization


def is_same(known: Authorization, asked: Authorization, *, from_today: bool) -> bool:
    """Whether an authorization says all that `asked` says, and is not revoked.

    Any document proves it if `asked` names none. `from_today`: no first day was given; one that has begun is the same.
    """
    begins_alike = known.first_day == asked.first_day or (from_today and known.first_day <= asked.first_day)
    same = replace(
        asked,
        authorization_id=known.authorization_id,
        granted_at=known.granted_at,
        first_day=known.first_day,
        document_sha256=asked.document_sha256 or known.document_sha256,
    )
    return begins_alike and known == same


def authorize_within(write: Write, asked: Authorization, *, from_today: bool = False) -> Authorization:
    """Record an authorization; its number is chosen here. The known one, if `is_same`. UnknownRecord: no such brand."""
    return authorize_all_within(write, [(asked, from_today)])[0]


def authorize_all_within(write: Write, asked: Iterable[tuple[Authorization, bool]]) -> tuple[Authorization, ...]:
    """As authorize_within, each with its `from_today`; what is in force already is read once."""
    table, wanted = schema.authorizations, tuple(asked)
    brands = sorted({each.brand_id for each, _ in wanted})
    for brand in brands:
        brand_in(write.connection, brand)
    of_brands = select(table).where(table.c.brand_id.in_(brands))
    if len(sellers := {each.seller_id for each, _ in wanted}) == 1:
        of_brands = of_brands.where(table.c.seller_id.in_(sellers))
    held = defaultdict[tuple[str, str], list[Authorization]](list)
    for known in fetch(write.connection, Authorization, of_brands):
        held[known.brand_id, known.seller_id].append(known)
    number, given = write.next_number(table.c.authorization_id), []
    for each, from_today in wanted:
        others = held[each.brand_id, each.seller_id]
        same = next((known for known in others if is_same(known, each, from_today=from_today)), None)
        if same is None:
            same = replace(each, authorization_id=number)
            write.insert(table, same, "authorization granted", str(number))
            others.append(same)
            number += 1
        given.append(same)
    return tuple(given)
