"""Register, authorize, revoke, withdraw: every check before the registry is touched; no parsing of what people type."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from brand_index import fields
from brand_index.errors import FileUnusable, InvalidField
from brand_index.files import keep
from brand_index.images import DecodedImage, decode, read_bytes
from brand_index.registration.recognizability import check_recognizable
from brand_index.registry import Conflict, RegistrationOutcome, Registry
from brand_index.store import Store
from brand_index.types import Authorization, Brand, MarkFeature, ReferenceImage, ReferenceKind, reference_id

MAX_DOCUMENT_BYTES: Final = 64 * 2**20
_SUFFIXES: Final = {"JPEG": ".jpg", "TIFF": ".tif", "HEIF": ".heic"}  # of the others: the format's name
_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MarkFields:
    """What a rights holder says of the mark that a logo shows; all of it may be left out."""

    feature: MarkFeature | None = None
    office: str | None = None
    registration_number: str | None = None
    nice: frozenset[int] = frozenset()
    vienna: tuple[str, ...] = ()
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of one image."""

    reference: ReferenceImage
    outcome: RegistrationOutcome
    warnings: tuple[str, ...]  # why it will be weak; empty: nothing to say
    conflicts: tuple[Conflict, ...]  # open ones about this file, with this brand in them


@dataclass(frozen=True, slots=True)
class Document:
    """The paper that proves an authorization."""

    name: str  # for messages
    data: bytes
    suffix: str  # of its file, with its dot; one that is not plain is not kept


def check_brand(brand: Brand) -> Brand:
    """The brand as it is recorded; InvalidField says what is wrong with it."""
    return Brand(
        brand_id=fields.slug(brand.brand_id),
        name=fields.words("name", brand.name),
        owner=fields.words("owner", brand.owner),
        contact=fields.words("contact", brand.contact),
    )


def check_mark(mark: MarkFields) -> MarkFields:
    """The mark as it is recorded; InvalidField says what is wrong with it."""
    if (mark.office is None) != (mark.registration_number is None):
        missing = "office" if mark.office is None else "registration number"
        raise InvalidField(f"{missing} is missing: a registered mark is named by its office and number together")
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
    name: str | None = None,
    mark: MarkFields | None = None,
    now: datetime,
) -> Registered:
    """Register an image of a brand, and the brand with it where it is new or has changed.

    `name` is what the image came under; None: the file's name. `mark` None: nothing was said of one. An image that
    this brand has registered already as this kind changes nothing about it.
    Raises InvalidField, ImageError, UnrecognizableReference, and then nothing was recorded.
    """
    brand = check_brand(brand)
    mark = check_mark(mark or MarkFields())
    if name is None:
        name = fields.printable(image.name) if isinstance(image, Path) else "image"
    data = read_bytes(image) if isinstance(image, Path) else image
    decoded = decode(data, name=name, vector=True)
    warnings = check_recognizable(decoded, kind, name)
    suffix = _suffix(decoded)
    keep(store.media_path(decoded.sha256, suffix), data)  # first: a row never stands without its file
    registry.save_brand(brand, now)
    known = registry.reference(reference_id(brand.brand_id, kind, decoded.sha256))
    in_force = known is not None and known.withdrawn_at is None
    mark_id = None if in_force else _mark_id(registry, brand, mark, now)
    height, width = decoded.frames[0].shape[:2]
    reference, outcome = registry.add_reference(
        brand=brand.brand_id,
        kind=kind,
        sha256=decoded.sha256,
        suffix=suffix,
        mark_id=mark_id,
        source_name=name,
        width=width,
        height=height,
        warnings=warnings,
        now=now,
    )
    conflicts = tuple(
        conflict
        for conflict in registry.conflicts(sha256=decoded.sha256)
        if conflict.kind is kind and conflict.resolved_at is None and brand.brand_id in conflict.brands
    )
    return Registered(reference, outcome, warnings, conflicts)


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
    """Record a brand's leave for one seller; fields as in Authorization, `first_day` None: today.

    By itself it is for logos only: leave to show a mark is no licence for the photos. `document` is kept in media/.
    Raises InvalidField, FileUnusable (of the document), UnknownRecord (of the brand), and then nothing was recorded.
    """
    first_day = first_day or now.date()
    fields.days(first_day, last_day)
    asked_kinds = frozenset(kinds)
    asked_markets = None if markets is None else fields.markets(markets)
    asked_nice = None if nice is None else fields.nice_classes(nice)
    for field, values in (("kinds", asked_kinds), ("markets", asked_markets), ("nice", asked_nice)):
        if values is not None and not values:
            raise InvalidField(f"{field} is empty: an authorization of none would cover nothing")
    seller_id = fields.words("seller", seller_id)
    grantors = tuple(fields.words("grantor", grantor) for grantor in grantors)
    registry.brand(brand)
    document_sha256 = None if document is None else _keep_document(store, document)
    return registry.authorize(
        brand=brand,
        seller_id=seller_id,
        kinds=asked_kinds,
        markets=asked_markets,
        nice=asked_nice,
        first_day=first_day,
        last_day=last_day,
        grantors=grantors,
        document_sha256=document_sha256,
        now=now,
    )


def document_path(store: Store, given: Authorization) -> Path | None:
    """Where the paper that proves an authorization lies; None: none was given, or it is gone."""
    if given.document_sha256 is None:
        return None
    folder = store.media_path(given.document_sha256, "").parent
    return next(iter(sorted(folder.glob(f"{given.document_sha256}.*"))), None)  # all of them are the same bytes


def revoke(registry: Registry, authorization_id: int, now: datetime) -> Authorization:
    """End an authorization; it acts from the next judgement on. UnknownRecord: no such number."""
    return registry.revoke_authorization(authorization_id, now)


def withdraw(registry: Registry, reference: str, now: datetime) -> ReferenceImage:
    """Take a reference out of force; its file and its record stay. UnknownRecord: no such id."""
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


def _suffix(image: DecodedImage) -> str:
    return _SUFFIXES.get(image.format, f".{image.format.lower()}")


def _keep_document(store: Store, document: Path | Document) -> str:
    paper = _read_document(document) if isinstance(document, Path) else document
    if not paper.data:
        raise InvalidField(f"document {paper.name} is empty: it proves nothing")
    if len(paper.data) > MAX_DOCUMENT_BYTES:
        raise InvalidField(f"document {paper.name} is over {MAX_DOCUMENT_BYTES // 2**20} MiB: give a smaller copy")
    sha256 = hashlib.sha256(paper.data).hexdigest()
    suffix = paper.suffix.lower()
    keep(store.media_path(sha256, suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ".bin"), paper.data)
    return sha256


def _read_document(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            return Document(str(path), file.read(MAX_DOCUMENT_BYTES + 1), path.suffix)
    except OSError as error:
        raise FileUnusable(f"document {path}: {error.strerror}; check that it exists and can be read") from error
