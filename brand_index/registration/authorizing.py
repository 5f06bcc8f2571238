"""Authorizes sellers and revokes that, with every check before the registry; says how authorizations overlap."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from brand_index import fields
from brand_index.errors import FileUnusable, InvalidField
from brand_index.files import open_regular
from brand_index.registration.documents import DOCUMENT_SUFFIXES, MAX_DOCUMENT_BYTES, TAKEN, document_kind
from brand_index.registry import Registry
from brand_index.registry.recording import authorize_within, is_same
from brand_index.store import Store
from brand_index.types import Authorization, ReferenceKind


@dataclass(frozen=True, slots=True)
class Document:
    """A document that proves an authorization."""

    name: str  # for messages
    data: bytes


def authorize(
    registry: Registry,
    store: Store,
    *,
    brand: str,
    seller_id: str,
    kinds: Iterable[ReferenceKind] = (ReferenceKind.LOGO,),
    markets: Iterable[str] | None = None,
    nice: Iterable[int] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    grantors: tuple[str, ...] = (),
    document: Path | Document | None = None,
    now: datetime,
    may_be_over: bool = False,
) -> Authorization:
    """Record a brand's authorization of one seller; fields as in Authorization, `first_day` None: today.

    The default is logos, and with them words: permission to show a mark does not include the photos. `document` is
    kept in media/. The same authorization in force is returned, and not recorded twice; `may_be_over`: its last day
    may be past.
    Raises InvalidField, FileUnusable (the document) or UnknownRecord (the brand); then nothing is recorded.
    """
    asked = checked_authorization(
        brand=brand,
        seller_id=seller_id,
        kinds=kinds,
        markets=markets,
        nice=nice,
        first_day=first_day,
        last_day=last_day,
        grantors=grantors,
        now=now,
    )
    registry.brand(brand)
    from_today = first_day is None
    held = registry.authorizations(seller_id=asked.seller_id, brands=[brand])
    if not may_be_over and not any(is_same(known, asked, from_today=from_today) for known in held):
        check_not_over(asked, now)
    document_sha256 = None if document is None else _keep_document(store, document)
    with registry.database.write(now) as write:
        return authorize_within(write, replace(asked, document_sha256=document_sha256), from_today=from_today)


def checked_authorization(
    *,
    brand: str,
    seller_id: str,
    kinds: Iterable[ReferenceKind],
    markets: Iterable[str] | None,
    nice: Iterable[int] | None,
    first_day: date | None,
    last_day: date | None,
    grantors: tuple[str, ...],
    now: datetime,
) -> Authorization:
    """An authorization in the form that is recorded, without its number. Raises InvalidField."""
    if first_day is None and last_day is not None and last_day < now.date():
        raise InvalidField(_over(last_day, now))
    first_day = first_day or now.date()
    fields.days(first_day, last_day)
    chosen_kinds = frozenset(kinds)
    chosen_markets = None if markets is None else fields.markets(markets)
    chosen_nice = None if nice is None else fields.nice_classes(nice)
    for field, values in (("kinds", chosen_kinds), ("markets", chosen_markets), ("nice", chosen_nice)):
        if values is not None and not values:
            raise InvalidField(f"{field} is empty: an authorization without any covers nothing")
    return Authorization(
        authorization_id=0,
        brand_id=brand,
        seller_id=fields.identifier("seller", seller_id),
        kinds=chosen_kinds,
        markets=chosen_markets,
        nice=chosen_nice,
        first_day=first_day,
        last_day=last_day,
        grantors=tuple(fields.words("grantor", grantor) for grantor in grantors),
        document_sha256=None,
        granted_at=now,
        revoked_at=None,
    )


def check_not_over(asked: Authorization, now: datetime) -> None:
    """Raises InvalidField where the last day is past."""
    if asked.last_day is not None and asked.last_day < now.date():
        raise InvalidField(_over(asked.last_day, now))


def revoke(registry: Registry, authorization_id: int, now: datetime) -> Authorization:
    """End an authorization from the next judgement on. Raises UnknownRecord."""
    return registry.revoke_authorization(authorization_id, now)


def remarks_on(registry: Registry, given: Authorization, now: datetime) -> tuple[str, ...]:
    """What the brand should know about an authorization of its own: others that overlap it, or no reference in force.

    One sentence each, without a full stop.
    """
    held = registry.authorizations(seller_id=given.seller_id, brands=[given.brand_id])
    remarks = [*overlaps(given, held, now)]
    if not any(each.brand_id == given.brand_id for each in registry.references()):
        remarks.append(f"brand {given.brand_id} has no reference in force, so scans find nothing of it")
    return tuple(remarks)


def overlaps(
    given: Authorization,
    held: Iterable[Authorization],
    now: datetime,
    name: Callable[[int], str] = "authorization {}".format,
) -> Iterator[str]:
    """How other authorizations of the same seller and brand stand to one, a sentence each, without a full stop.

    `name`: what one is called, by its number.
    """
    for other in held:
        if other.authorization_id == given.authorization_id or not _overlap(given, other):
            continue
        named = f"{name(other.authorization_id)} ({in_words(other)})"
        over = other.last_day is not None and other.last_day < now.date()
        if other.revoked_at is not None:
            if not over:
                yield f"{named} was revoked on {other.revoked_at:%Y-%m-%d}, and this one is in force"
        elif over:
            continue
        elif _covers(other, given):
            yield f"{named} covers all of this and stays in force: if the seller may show less, end that one"
        elif _covers(given, other):
            yield f"it covers all of {named}, which stays in force too"
        else:
            yield f"it overlaps {named}: the seller may show what either covers"


def in_words(given: Authorization) -> str:
    """What an authorization covers, in a few words."""
    *kinds, last = sorted(f"{kind.value}s" for kind in given.kinds)
    parts = [f"{', '.join(kinds)} and {last}" if kinds else last]
    parts.append("all markets" if given.markets is None else ", ".join(sorted(given.markets)))
    if given.nice is not None:
        parts.append(f"Nice {', '.join(str(each) for each in sorted(given.nice))}")
    parts.append(f"from {given.first_day}" + ("" if given.last_day is None else f" until {given.last_day}"))
    return "; ".join(parts)


def _overlap(one: Authorization, other: Authorization) -> bool:
    shared = [
        (one.markets, other.markets),
        (one.nice, other.nice),
    ]
    return (
        bool(one.covered_kinds & other.covered_kinds)
        and all(mine is None or its is None or bool(mine & its) for mine, its in shared)
        and (other.last_day is None or one.first_day <= other.last_day)
        and (one.last_day is None or other.first_day <= one.last_day)
    )


def _covers(one: Authorization, other: Authorization) -> bool:
    """Whether `one` covers all uses that `other` covers."""
    return (
        one.covered_kinds >= other.covered_kinds
        and (one.markets is None or (other.markets is not None and one.markets >= other.markets))
        # A use in several classes needs all of them in one authorization, so more classes cover more.
        and (one.nice is None or (other.nice is not None and one.nice >= other.nice))
        and one.first_day <= other.first_day
        and (one.last_day is None or (other.last_day is not None and one.last_day >= other.last_day))
    )


def _over(last_day: date, now: datetime) -> str:
    today = f"{now:%Y-%m-%d}"
    return (
        f"the last day {last_day} is past (today is {today}, UTC), so it would cover nothing: give a later one, or none"
    )


def _keep_document(store: Store, document: Path | Document) -> str:
    content = _read_document(document) if isinstance(document, Path) else document
    if not content.data:
        raise InvalidField(f"document {content.name} is empty: give the document itself")
    if len(content.data) > MAX_DOCUMENT_BYTES:
        raise InvalidField(f"document {content.name} is over {MAX_DOCUMENT_BYTES // 2**20} MiB: give a smaller copy")
    kind = document_kind(content.data)
    if kind is None:
        raise InvalidField(f"document {content.name} is no file that everybody can open safely: give a {TAKEN}")
    sha256 = hashlib.sha256(content.data).hexdigest()
    store.keep(store.media_path(sha256, DOCUMENT_SUFFIXES[kind]), content.data)
    return sha256


def _read_document(path: Path) -> Document:
    try:
        with open_regular(path) as file:
            return Document(str(path), file.read(MAX_DOCUMENT_BYTES + 1))
    except OSError as error:
        raise FileUnusable(f"document {path}: {error.strerror}; check that it exists and can be read") from error
