"""Records authorizations in an open write, one or many at once; one that is in force already is not recorded twice."""

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
    table = schema.authorizations
    brand_in(write.connection, asked.brand_id)
    of_seller = select(table).where(table.c.seller_id == asked.seller_id, table.c.brand_id == asked.brand_id)
    for known in fetch(write.connection, Authorization, of_seller):
        if is_same(known, asked, from_today=from_today):
            return known
    made = replace(asked, authorization_id=write.next_number(table.c.authorization_id))
    write.insert(table, made, "authorization granted", str(made.authorization_id))
    return made
