"""Records brands, marks, references and authorizations in an open write, so that a write may record thousands.

What is recorded already is not recorded twice; it checks no field.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import and_, or_, select

from brand_index.registry import schema
from brand_index.registry.conflicts import record_conflict
from brand_index.registry.contradictions import check_one_mark, check_same_brand, check_same_mark
from brand_index.registry.database import Database
from brand_index.registry.reading import (
    AUTHORIZATION_GRANTED,
    REFERENCE_REGISTERED,
    REFERENCE_REINSTATED,
    brand_in,
    named_as,
    numbered_as,
    one,
)
from brand_index.registry.records import RegistrationOutcome
from brand_index.registry.transaction import Write, fetch
from brand_index.types import Authorization, Brand, Mark, ReferenceImage

AT_ONCE: Final = 500  # descriptions that one transaction deletes


def record_brand(write: Write, brand: Brand) -> None:
    """Record a new brand; the same one again changes nothing. Contradictory: it is registered otherwise."""
    table = schema.brands
    known = one(write.connection, Brand, select(table).where(table.c.brand_id == brand.brand_id))
    if known is None:
        write.insert(table, brand, "brand registered", brand.brand_id)
    else:
        check_same_brand(known, brand)


def record_mark(write: Write, asked: Mark) -> Mark:
    """Record a mark, unless one of this name, or of this office and number, is there; its number is chosen here.

    Without a name, and without office and number, each call records another: only a person can tell whether two are
    one. Values that were unknown are added to a known mark. UnknownRecord: no such brand. Contradictory: a known value
    is another, or name and number are those of two marks.
    """
    table = schema.marks
    brand_in(write.connection, asked.brand_id)
    known = check_one_mark(named_as(write.connection, asked), numbered_as(write.connection, asked))
    if known is None:
        mark = replace(asked, mark_id=write.next_number(table.c.mark_id))
        write.insert(table, mark, "mark registered", str(mark.mark_id))
        return mark
    check_same_mark(known, asked)
    mark = replace(
        known,
        name=known.name or asked.name,
        feature=asked.feature or known.feature,
        office=known.office or asked.office,
        registration_number=known.registration_number or asked.registration_number,
        nice=asked.nice or known.nice,
        vienna=asked.vienna or known.vienna,
        expires=asked.expires or known.expires,
    )
    write.change(table.c.mark_id, known, mark, "mark changed")
    return mark


def record_reference(write: Write, asked: ReferenceImage) -> tuple[ReferenceImage, RegistrationOutcome]:
    """Record a reference whose file is in media/, and a conflict with each other brand that holds the same file.

    The same file of the same brand and kind changes nothing, except that a withdrawn reference is reinstated, with
    the mark of `asked` if it has one, and as the form that it is now. UnknownRecord: no such brand.
    """
    table = schema.reference_images
    brand_in(write.connection, asked.brand_id)
    same_file = select(table).where(table.c.sha256 == asked.sha256, table.c.kind == asked.kind)
    holders = fetch(write.connection, ReferenceImage, same_file.order_by(table.c.brand_id))
    known = next((holder for holder in holders if holder.brand_id == asked.brand_id), None)
    if known is not None and known.withdrawn_at is None:
        return known, RegistrationOutcome.ALREADY_REGISTERED
    if known is not None:
        mark_id = known.mark_id if asked.mark_id is None else asked.mark_id
        form, region = asked.form, asked.source_region
        reference = replace(known, withdrawn_at=None, mark_id=mark_id, form=form, source_region=region)
        outcome = RegistrationOutcome.REINSTATED
        write.change(table.c.reference_id, known, reference, REFERENCE_REINSTATED)
    else:
        reference, outcome = asked, RegistrationOutcome.ADDED
        write.insert(table, reference, REFERENCE_REGISTERED, reference.reference_id)
    others = [each.brand_id for each in holders if each.brand_id != asked.brand_id and each.withdrawn_at is None]
    for earlier_brand in others:
        record_conflict(write, asked.kind, asked.sha256, earlier_brand, asked.brand_id)
    return reference, RegistrationOutcome.REGISTERED_WITH_CONFLICT if others and known is None else outcome


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
            write.insert(table, same, AUTHORIZATION_GRANTED, str(number))
            others.append(same)
            number += 1
        given.append(same)
    return tuple(given)


def save_descriptions(write: Write, rows: Iterable[tuple[str, str, bytes]]) -> None:
    """As Registry.save_descriptors."""
    table = schema.descriptors
    given = {(key, fingerprint): payload for key, fingerprint, payload in rows}
    if not given:
        return
    write.delete(table, or_(*(and_(table.c.key == key, table.c.fingerprint == by) for key, by in given)))
    write.add(table, *({"key": key, "fingerprint": by, "payload": payload} for (key, by), payload in given.items()))


def delete_descriptions(database: Database, fingerprint: str, keys: Sequence[str], *, others: bool) -> None:
    """As Registry.delete_descriptors: a transaction for so many at a time that other writers need not wait long."""
    table = schema.descriptors
    of_others = table.c.fingerprint != fingerprint
    which = [
        and_(table.c.key.in_(keys[begin : begin + AT_ONCE]), table.c.fingerprint == fingerprint)
        for begin in range(0, len(keys), AT_ONCE)
    ]
    with database.read() as connection:
        if others and connection.execute(select(table.c.key).where(of_others).limit(1)).first() is not None:
            which.append(of_others)
    for each in which:
        with database.write(datetime.now(UTC)) as write:
            write.delete(table, each)
    if which:
        database.give_back_space()
