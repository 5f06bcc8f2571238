"""Registers, authorizes, revokes and withdraws, with every check before the registry; it parses no input."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.errors import FileUnusable, InvalidField
from brand_index.features.describing import Describer
from brand_index.files import keep
from brand_index.images import read_bytes
from brand_index.registration.examining import examine
from brand_index.registry import Conflict, RegistrationOutcome, Registry
from brand_index.store import Store
from brand_index.types import Authorization, Brand, MarkFeature, ReferenceImage, ReferenceKind, reference_id

MAX_DOCUMENT_BYTES: Final = 64 * 2**20
_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MarkFields:
    """The details of the mark that a logo shows, each optional."""

    feature: MarkFeature | None = None
    office: str | None = None
    registration_number: str | None = None
    nice: frozenset[int] = frozenset()
    vienna: tuple[str, ...] = ()
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The result of registering one image."""

    reference: ReferenceImage
    outcome: RegistrationOutcome
    warnings: tuple[str, ...]  # why it is a weak reference; empty: none
    conflicts: tuple[Conflict, ...]  # unresolved ones of this file and this brand


@dataclass(frozen=True, slots=True)
class Document:
    """A document that proves an authorization."""

    name: str  # for messages
    data: bytes
    suffix: str  # of its file, with its dot; an unusual one is not kept


def check_brand(brand: Brand) -> Brand:
    """The brand in the form that is recorded. Raises InvalidField."""
    return Brand(
        brand_id=fields.slug(brand.brand_id),
        name=fields.words("name", brand.name),
        owner=fields.words("owner", brand.owner),
        contact=fields.words("contact", brand.contact),
    )


def check_mark(mark: MarkFields) -> MarkFields:
    """The mark in the form that is recorded. Raises InvalidField."""
    if (mark.office is None) != (mark.registration_number is None):
        missing = "office" if mark.office is None else "registration number"
        raise InvalidField(f"{missing} is missing: a registered mark needs both its office and its number")
    number = mark.registration_number
    return MarkFields(
        feature=mark.feature,
        office=None if mark.office is None else fields.office(mark.office),
        registration_number=None if number is None else fields.words("registration number", number),
        nice=fields.nice_classes(mark.nice),
        vienna=fields.vienna_codes(mark.vienna),
        expires=mark.expires,
    )


def register_reference(
    registry: Registry,
    store: Store,
    *,
    brand: Brand,
    kind: ReferenceKind,
    image: Path | bytes,
    describer: Describer,
    name: str | None = None,
    mark: MarkFields | None = None,
    now: datetime,
) -> Registered:
    """Register an image of a brand, and the brand itself if it is new or has changed.

    `name` is the image's original name; None: the file's. `mark` None: no mark is recorded. An image that this brand
    has registered already as this kind stays as it is.
    `describer` describes the image at once, within its limits: whatever is accepted can be in an index.
    Raises InvalidField, ImageError, UnrecognizableReference or UndescribableReference; then nothing is recorded.
    """
    brand = check_brand(brand)
    mark = check_mark(mark or MarkFields())
    if name is None:
        name = fields.printable(image.name) if isinstance(image, Path) else "image"
    data = read_bytes(image) if isinstance(image, Path) else image
    identity = reference_id(brand.brand_id, kind, hashlib.sha256(data).hexdigest())
    is_described = registry.descriptor(identity, describer.fingerprint) is not None
    examined = describer.run(name, examine, data, kind, name, not is_described)
    keep(store.media_path(examined.sha256, examined.suffix), data)  # first: no row is ever without its file
    registry.save_brand(brand, now)
    existing = registry.reference(identity)
    in_force = existing is not None and existing.withdrawn_at is None
    mark_id = None if in_force else _mark_id(registry, brand, mark, now)
    reference, outcome = registry.add_reference(
        brand=brand.brand_id,
        kind=kind,
        sha256=examined.sha256,
        suffix=examined.suffix,
        mark_id=mark_id,
        source_name=name,
        width=examined.width,
        height=examined.height,
        warnings=examined.warnings,
        now=now,
    )
    if examined.description is not None:  # the index takes it from there
        registry.save_descriptors([(identity, describer.fingerprint, examined.description)])
    conflicts = tuple(
        conflict
        for conflict in registry.conflicts(sha256=examined.sha256)
        if conflict.kind is kind and conflict.resolved_at is None and brand.brand_id in conflict.brands
    )
    return Registered(reference, outcome, examined.warnings, conflicts)


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
) -> Authorization:
    """Record a brand's authorization of one seller; fields as in Authorization, `first_day` None: today.

    The default is logos only: permission to show a mark does not include the photos. `document` is kept in media/.
    Raises InvalidField, FileUnusable (the document) or UnknownRecord (the brand); then nothing is recorded.
    """
    first_day = first_day or now.date()
    fields.days(first_day, last_day)
    chosen_kinds = frozenset(kinds)
    chosen_markets = None if markets is None else fields.markets(markets)
    chosen_nice = None if nice is None else fields.nice_classes(nice)
    for field, values in (("kinds", chosen_kinds), ("markets", chosen_markets), ("nice", chosen_nice)):
        if values is not None and not values:
            raise InvalidField(f"{field} is empty: an authorization without any covers nothing")
    seller_id = fields.words("seller", seller_id)
    grantors = tuple(fields.words("grantor", grantor) for grantor in grantors)
    registry.brand(brand)
    document_sha256 = None if document is None else _keep_document(store, document)
    return registry.authorize(
        brand=brand,
        seller_id=seller_id,
        kinds=chosen_kinds,
        markets=chosen_markets,
        nice=chosen_nice,
        first_day=first_day,
        last_day=last_day,
        grantors=grantors,
        document_sha256=document_sha256,
        now=now,
    )


def revoke(registry: Registry, authorization_id: int, now: datetime) -> Authorization:
    """End an authorization from the next judgement on. Raises UnknownRecord."""
    return registry.revoke_authorization(authorization_id, now)


def withdraw(registry: Registry, reference: str, now: datetime) -> ReferenceImage:
    """Take a reference out of force; its file and record stay. Raises UnknownRecord."""
    return registry.withdraw_reference(reference, now)


def _mark_id(registry: Registry, brand: Brand, mark: MarkFields, now: datetime) -> int | None:
    if mark == MarkFields():
        return None
    recorded = registry.add_mark(
        brand=brand.brand_id,
        feature=mark.feature,
        office=mark.office,
        registration_number=mark.registration_number,
        nice=mark.nice,
        vienna=mark.vienna,
        expires=mark.expires,
        now=now,
    )
    return recorded.mark_id


def _keep_document(store: Store, document: Path | Document) -> str:
    content = _read_document(document) if isinstance(document, Path) else document
    if not content.data:
        raise InvalidField(f"document {content.name} is empty: give the document itself")
    if len(content.data) > MAX_DOCUMENT_BYTES:
        raise InvalidField(f"document {content.name} is over {MAX_DOCUMENT_BYTES // 2**20} MiB: give a smaller copy")
    sha256 = hashlib.sha256(content.data).hexdigest()
    suffix = content.suffix.lower()
    keep(store.media_path(sha256, suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ".bin"), content.data)
    return sha256


def _read_document(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            return Document(str(path), file.read(MAX_DOCUMENT_BYTES + 1), path.suffix)
    except OSError as error:
        raise FileUnusable(f"document {path}: {error.strerror}; check that it exists and can be read") from error
