"""The demo as records: its brands, leaves and listings, and where their files lie; it draws and registers nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from brand_index.types import Brand, ReferenceKind
from scanner.demo import logos, product_photos
from scanner.demo.offers import OFFERS, DemoListing
from scanner.demo.sets import Photo


@dataclass(frozen=True, slots=True)
class DemoReference:
    """A file that a brand of the demo registers."""

    brand: Brand
    kind: ReferenceKind
    path: Path


@dataclass(frozen=True, slots=True)
class DemoAuthorization:
    """A leave that the demo records; fields as in `brand_index.types.Authorization`."""

    brand: str
    seller: str
    kinds: frozenset[ReferenceKind]
    markets: frozenset[str] | None
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Where the demo's files lie, and what is to be registered before they are scanned."""

    folder: Path
    references: tuple[DemoReference, ...]
    authorizations: tuple[DemoAuthorization, ...]
    listings: tuple[DemoListing, ...]

    @property
    def store(self) -> Path:
        """The folder for the registry, the media and the index."""
        return self.folder / "markscan-store"

    @property
    def brands_folder(self) -> Path:
        """The registered files, one folder a brand."""
        return self.folder / "brands"

    @property
    def listing_photos(self) -> Path:
        """The photos to scan."""
        return self.folder / "listing_photos"

    @property
    def listings_csv(self) -> Path:
        """What the marketplace knows of each photo: name, listing_id, seller_id, market, category, title."""
        return self.folder / "listings.csv"

    @property
    def truth_csv(self) -> Path:
        """What a scan should say of each photo: image, decision, references."""
        return self.folder / "truth.csv"

    @property
    def brands(self) -> tuple[Brand, ...]:
        """The brands, each once, in the order of their files."""
        return tuple(dict.fromkeys(reference.brand for reference in self.references))


TARNVIK = Brand("tarnvik", "Tarnvik", "Tarnvik Fjell Works AS", "marks@tarnvik.example")
FERNHOLT = Brand("fernholt-lyle", "Fernholt & Lyle", "Fernholt & Lyle Tea Merchants Ltd", "ip@fernholt.example")
SOLENQUE = Brand("solenque", "Solenque", "Solenque Cosmetics SL", "legal@solenque.example")
KORVELO = Brand("korvelo", "Korvelo", "Korvelo Cycling BV", "brand@korvelo.example")
MIMBEL = Brand("mimbel", "Mimbel", "Mimbel Toys GmbH", "marken@mimbel.example")

_BOTH = frozenset(ReferenceKind)
_LOGO = frozenset({ReferenceKind.LOGO})
_AUTHORIZATIONS = (
    DemoAuthorization("tarnvik", "alpine-outlet", _BOTH, None, date(2024, 1, 1), None),
    DemoAuthorization("fernholt-lyle", "tea-corner", _LOGO, frozenset({"DE"}), date(2024, 1, 1), None),
    DemoAuthorization("korvelo", "pedal-parts", _LOGO, None, date(2023, 1, 1), date(2024, 12, 31)),
)

LOGO_FILES: tuple[tuple[Brand, str, Callable[[], str]], ...] = (
    (TARNVIK, "logo.svg", logos.tarnvik),
    (FERNHOLT, "logo.png", logos.fernholt),
    (SOLENQUE, "logo.png", logos.solenque),
    (KORVELO, "logo.jpg", logos.korvelo),
    (MIMBEL, "logo.png", logos.mimbel),
)
"""Brand, file name and SVG of each logo that is registered."""

PHOTO_FILES: tuple[tuple[Brand, str, Callable[[], Photo]], ...] = (
    (TARNVIK, "enamel-mug.jpg", product_photos.tarnvik_mug),
    (TARNVIK, "t-shirt.jpg", product_photos.tarnvik_shirt),
    (FERNHOLT, "tea-tin.jpg", product_photos.fernholt_tin),
    (FERNHOLT, "tea-cartons.jpg", product_photos.fernholt_carton),
    (SOLENQUE, "sun-oil.jpg", product_photos.solenque_oil),
    (SOLENQUE, "candle.jpg", product_photos.solenque_candle),
    (KORVELO, "bottle.jpg", product_photos.korvelo_bidon),
    (KORVELO, "jersey.jpg", product_photos.korvelo_jersey),
    (MIMBEL, "poster.jpg", product_photos.mimbel_poster),
    (MIMBEL, "blocks.jpg", product_photos.mimbel_blocks),
)
"""Brand, file name and drawing of each product photo that is registered."""


def plan_demo(folder: Path) -> DemoPlan:
    """The demo that lies, or is to lie, in `folder`; it draws nothing."""
    brands = folder / "brands"
    references = [DemoReference(b, ReferenceKind.LOGO, brands / b.brand_id / name) for b, name, _ in LOGO_FILES]
    references += [DemoReference(b, ReferenceKind.PHOTO, brands / b.brand_id / name) for b, name, _ in PHOTO_FILES]
    return DemoPlan(folder, tuple(references), _AUTHORIZATIONS, tuple(offer.listing for offer in OFFERS))
