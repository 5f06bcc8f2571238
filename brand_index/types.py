"""The records of what rights holders registered; no storage and no search."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class ReferenceKind(StrEnum):
    """What a reference is evidence of."""

    LOGO = "logo"  # a trade mark, searched for anywhere inside an image
    PHOTO = "photo"  # a copyright work, searched for as the photo itself
    WORD = "word"  # a word mark, searched for in what is written in an image, and in titles


IMAGE_KINDS: Final = (ReferenceKind.LOGO, ReferenceKind.PHOTO)  # what is registered as an image


class Spelling(StrEnum):
    """How a text spells a registered word, from the same to the most different."""

    EXACT = "exact"  # apart from case, accents and the width of letters
    SPACED = "spaced"  # with spaces, punctuation or repeated letters
    INSIDE = "inside"  # inside a longer word
    LOOKALIKE_LETTERS = "lookalike_letters"  # with letters, digits or signs in place of its own
    EDITED = "edited"  # with a letter wrong, swapped, added or left out


class MarkFeature(StrEnum):
    """Kinds of mark, the terms of WIPO standard ST.96."""

    WORD = "word"
    STYLIZED = "stylized"
    FIGURATIVE = "figurative"
    COMBINED = "combined"
    THREE_DIMENSIONAL = "three-dimensional"


class Form(StrEnum):
    """What a reference shows of its mark: one mark has many forms."""

    ARTWORK = "artwork"  # the whole, drawn on a plain or transparent ground
    PART = "part"  # a part of it that stands alone, such as the sign without its word
    IN_USE = "in use"  # a photograph of it on goods


SourceRegion = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of an upright image; left and top inside, right and bottom outside."""


class Resolution(StrEnum):
    """How a conflict was resolved."""

    BOTH_KEPT = "both kept"  # both brands may hold the file
    WITHDRAWN = "withdrawn"  # one brand's reference was withdrawn


@dataclass(frozen=True, slots=True)
class Brand:
    """A rights holder in the registry; `brand_id` is its identity: lower-case letters, digits and hyphens."""

    brand_id: str
    name: str
    owner: str
    contact: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A trade mark, as an office recorded it or as its owner names it; its references are its forms."""

    mark_id: int
    brand_id: str
    feature: MarkFeature | None  # None: unknown
    office: str | None  # WIPO ST.3 code, such as EM; None: not registered, or unknown
    registration_number: str | None  # None as above
    nice: frozenset[int]  # classes 1 to 45; empty: unknown
    vienna: tuple[str, ...]  # codes such as 26.4.5
    expires: date | None  # None: unknown
    name: str | None = None  # that its owner gives it, one of a kind in its brand; None: it has none


@dataclass(frozen=True, slots=True)
class ReferenceImage:
    """One registered image or word. Identity is (brand, kind, sha256): two brands may hold the same file.

    The file of a word is its text in UTF-8, its `source_name` the word itself, and it has no size: 0 x 0 pixels.
    """

    reference_id: str
    brand_id: str
    kind: ReferenceKind
    sha256: str  # of the file as registered
    suffix: str  # of the file in media/, with its dot, lower case
    mark_id: int | None  # None: a photo, or a logo or word without a recorded mark
    source_name: str  # the original file name, for people; of a word the word
    width: int  # pixels; 0: a word
    height: int
    warnings: tuple[str, ...]  # why it is a weak reference; empty: none
    registered_at: datetime  # UTC
    withdrawn_at: datetime | None  # None: in force
    form: Form | None = None  # None: a photo or word; a logo that is given none is artwork, as all were once
    source_region: SourceRegion | None = None  # of `source_name`, from which it was cut; None: it is all of it

    def __post_init__(self) -> None:
        """A logo has a form: rows of before forms were recorded have none, and their seals must stay as they are."""
        if self.form is None and self.kind is ReferenceKind.LOGO:
            object.__setattr__(self, "form", Form.ARTWORK)

    @property
    def description_key(self) -> str:
        """Under which its description is cached: the same file is described otherwise as a photograph of a mark."""
        return description_key(self.reference_id, self.form)

    @property
    def word(self) -> str | None:
        """The registered word, as its owner spells it; None: it was registered as an image."""
        return self.source_name if self.kind is ReferenceKind.WORD else None


def reference_id(brand: str, kind: ReferenceKind, sha256: str) -> str:
    """The id of a reference: readable, and the same in every registry."""
    return f"{brand}-{kind.value}-{sha256[:16]}"


def description_key(identity: str, form: Form | None) -> str:
    """As ReferenceImage.description_key, of the reference with this id in this form."""
    return f"{identity} {form.value}" if form is Form.IN_USE else identity


class AuthorizationField(StrEnum):
    """The limits of an authorization, in the order of their tests."""

    SELLER = "seller"
    KIND = "kind"
    REVOKED = "revoked"
    NOT_YET = "first_day"
    EXPIRED = "last_day"
    MARKET = "market"
    NICE = "nice"


@dataclass(frozen=True, slots=True)
class Authorization:
    """A brand's permission for one seller. Permission to show a mark does not include the photos.

    A mark may be shown in any form: permission for its logos covers its words, and not the other way round.
    """

    authorization_id: int
    brand_id: str
    seller_id: str
    kinds: frozenset[ReferenceKind]
    markets: frozenset[str] | None  # ISO 3166-1 alpha-2, upper case; None: everywhere
    nice: frozenset[int] | None  # None: all goods
    first_day: date
    last_day: date | None  # inclusive; None: until revoked
    grantors: tuple[str, ...]  # from the owner down to who granted it; empty: the owner itself
    document_sha256: str | None  # of the document that proves it, kept in media/; None: it has none
    granted_at: datetime  # UTC
    revoked_at: datetime | None  # None: in force

    @property
    def covered_kinds(self) -> frozenset[ReferenceKind]:
        """The kinds that it covers: those it names, and with logos the words."""
        return self.kinds | {ReferenceKind.WORD} if ReferenceKind.LOGO in self.kinds else self.kinds

    def unmet(
        self,
        *,
        seller_id: str | None,
        kind: ReferenceKind,
        market: str | None,
        nice: frozenset[int],
        now: datetime,
    ) -> AuthorizationField | None:
        """The first field that keeps this authorization from covering a use; None: it covers the use.

        An unknown seller, market or class never meets a limit. `now` is aware UTC; days are UTC days.
        A use in several classes is covered only if all of them are.
        """
        today = now.date()
        if seller_id is None or seller_id != self.seller_id:
            return AuthorizationField.SELLER
        if kind not in self.covered_kinds:
            return AuthorizationField.KIND
        if self.revoked_at is not None and self.revoked_at <= now:
            return AuthorizationField.REVOKED
        if today < self.first_day:
            return AuthorizationField.NOT_YET
        if self.last_day is not None and today > self.last_day:
            return AuthorizationField.EXPIRED
        if self.markets is not None and (market is None or market.upper() not in self.markets):
            return AuthorizationField.MARKET
        if self.nice is not None and not (nice and nice <= self.nice):
            return AuthorizationField.NICE
        return None

    def covers(
        self,
        *,
        seller_id: str | None,
        kind: ReferenceKind,
        market: str | None,
        nice: frozenset[int],
        now: datetime,
    ) -> bool:
        """Whether this authorization covers a use; arguments as in `unmet`."""
        return self.unmet(seller_id=seller_id, kind=kind, market=market, nice=nice, now=now) is None
