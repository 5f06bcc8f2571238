"""The demo as records and files: its brands, authorizations and listings, drawn into a folder and registered."""

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image

from brand_index.features.describing import BoundedDescriber
from brand_index.registration import authorize, register_reference, register_word
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.demo import logos
from scanner.demo.photos import draw
from scanner.service.accounts.registry import open_registry
from scanner.verdicts.types import Listing, Reason


@dataclass(frozen=True, slots=True)
class DemoReference:
    """A file that a brand of the demo registers."""

    brand: Brand
    kind: ReferenceKind
    path: Path


@dataclass(frozen=True, slots=True)
class DemoListing:
    """A listing photo of the demo and what a scan should make of it."""

    name: str  # of the file in the listing photos' folder
    listing: Listing
    reason: Reason
    references: tuple[str, ...]  # "brand/file", or "brand/word", of those for which the reason holds; empty: none
    alike: tuple[str, ...]  # "brand/file" of those with which it shares a layout or a shape, and of which it is no copy


TARNVIK: Final = Brand("tarnvik", "Tarnvik", "Tarnvik Fjell Works AS", "marks@tarnvik.example")
FERNHOLT: Final = Brand("fernholt-lyle", "Fernholt & Lyle", "Fernholt & Lyle Tea Ltd", "ip@fernholt.example")
KORVELO: Final = Brand("korvelo", "Korvelo", "Korvelo Cycling BV", "brand@korvelo.example")
_FILES: Final = (
    (TARNVIK, logos.tarnvik, ("logo.svg", "enamel-mug.jpg", "t-shirt.jpg", "size-chart.jpg")),
    (FERNHOLT, logos.fernholt, ("logo.png", "tea-tin.jpg", "linen-honey.jpg")),
    (KORVELO, logos.korvelo, ("logo.jpg", "bottle.jpg", "jersey.jpg")),
)
_WORDS: Final = ((TARNVIK, "Tarnvik"), (FERNHOLT, "Fernholt"), (KORVELO, "Korvelo"))
_LOGO: Final = frozenset({ReferenceKind.LOGO})
_AUTHORIZATIONS: Final = (
    # brand, seller, kinds of reference, markets, first day, last day
    ("tarnvik", "alpine-outlet", frozenset(ReferenceKind), None, date(2024, 1, 1), None),
    ("fernholt-lyle", "tea-corner", _LOGO, frozenset({"DE"}), date(2024, 1, 1), None),
    ("korvelo", "pedal-parts", _LOGO, None, date(2023, 1, 1), date(2024, 12, 31)),
)
_LISTINGS: Final = """\
camp-mug.jpg,bargain-bay,DE,21,"Camping mug, enamel, as new",photo_copied,tarnvik/enamel-mug.jpg
tea-present.jpg,bargain-bay,FR,30,Tea present with bowl,photo_copied,fernholt-lyle/tea-tin.jpg
bottle-sale.jpg,megadeals24,NL,21,Sport bottle 750 ml SALE,photo_copied,korvelo/bottle.jpg
four-offers.jpg,bargain-bay,DE,25,Any two for 25!,photo_copied,korvelo/jersey.jpg korvelo/bottle.jpg
green-jersey.jpg,megadeals24,ES,25,"Jersey, green",photo_suspected,korvelo/jersey.jpg
tea-corner-tin.jpg,tea-corner,DE,30,"Earl Moss, 125 g",photo_copied,fernholt-lyle/tea-tin.jpg
rider-mug.jpg,megadeals24,NL,21,Mug for cyclists,logo_unauthorized,korvelo/logo.jpg
hiking-tee.jpg,bargain-bay,DE,25,Hiking T-shirt size M,logo_unauthorized,tarnvik/logo.svg
canvas-bag.jpg,,ES,18,Canvas bag,logo_unauthorized,fernholt-lyle/logo.png
black-tee-print.jpg,megadeals24,FR,25,Black tee with print,logo_unauthorized,fernholt-lyle/logo.png
mirror-mug.jpg,bargain-bay,AT,21,Mug with mountains,logo_unauthorized,tarnvik/logo.svg
tasse.jpg,tea-corner,FR,21,Tasse Fernholt,logo_unauthorized,fernholt-lyle/logo.png
parts-mug.jpg,pedal-parts,NL,21,Workshop mug,logo_unauthorized,korvelo/logo.jpg
outlet-tee.jpg,alpine-outlet,DE,25,"Tarnvik T-shirt, blue",authorized,tarnvik/t-shirt.jpg
outlet-mug.jpg,alpine-outlet,AT,21,Tarnvik logo mug,authorized,tarnvik/logo.svg
tea-corner-mug.jpg,tea-corner,DE,21,Fernholt mug,authorized,fernholt-lyle/logo.png
pottery.jpg,claywork,DE,21,Hand-painted vase and bowl,no_match,
forge-mug.jpg,claywork,DE,21,Blacksmith's mug,no_match,
sailor-shirt.jpg,bargain-bay,FR,25,Striped T-shirt,no_match,
club-jersey.jpg,paper-attic,AT,25,"Club jersey, green",no_match,
red-tin.jpg,tea-corner,DE,21,"Storage tin, red",no_match,
jersey-sizes.jpg,paper-attic,AT,25,"Club jersey, sizes",no_match,tarnvik/size-chart.jpg
linen-rose.jpg,claywork,DE,24,"Linen napkin, rose",no_match,fernholt-lyle/linen-honey.jpg
bottle-details.jpg,bargain-bay,DE,21,"Sport bottle, all details",photo_copied,korvelo/bottle.jpg
letter-tee.jpg,megadeals24,FR,25,T-shirt with letters,word_unauthorized,tarnvik/Tarnvik
rider-bag.jpg,bargain-bay,ES,18,Bag for riders,lookalike,korvelo/Korvelo
mug-lid.jpg,claywork,DE,21,Lid compatible with Tarnvik mugs,nominative_use,tarnvik/Tarnvik
red-tee.jpg,megadeals24,NL,25,"Коrvеlо T-shirt, red, new",lookalike,korvelo/Korvelo
covered-tee.jpg,bargain-bay,ES,25,"T-shirt, sand, you know the brand",mark_concealed,
gear-bag.jpg,bargain-bay,NL,18,Gear bag,logo_unauthorized,tarnvik/ridge-tee.jpg
"""
_CONFIRMED: Final = DemoListing(
    "ridge-tee.jpg",
    Listing("L-1000", "megadeals24", "FR", "25", "T-shirt with mountains"),
    Reason.LOGO_UNAUTHORIZED,
    ("tarnvik/logo.svg",),
    (),
)


def _listings() -> tuple[DemoListing, ...]:
    listings = []
    for number, fields in enumerate(csv.reader(_LISTINGS.splitlines()), start=1001):
        name, seller, *offer, reason, named = fields
        shown = tuple(named.split())
        matched, alike = ((), shown) if reason == Reason.NO_MATCH else (shown, ())
        listings.append(
            DemoListing(name, Listing(f"L-{number}", seller or None, *offer), Reason(reason), matched, alike)
        )
    return tuple(listings)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Where the demo's files lie, or are to lie, and what a scan should find."""

    folder: Path
    listings: tuple[DemoListing, ...] = _listings()
    words: tuple[tuple[Brand, str], ...] = _WORDS  # that the brands register
    confirmed: DemoListing = _CONFIRMED  # of the day before: its confirmed case teaches a form of a mark
    missed: str = "gear-bag.jpg"  # the listing photo that only this form finds

    @property
    def references(self) -> tuple[DemoReference, ...]:
        """The registered files, one folder a brand."""
        rows = ((brand, self.folder / "brands" / brand.brand_id / name) for brand, _, names in _FILES for name in names)
        kinds = {"logo": ReferenceKind.LOGO}
        return tuple(DemoReference(brand, kinds.get(path.stem, ReferenceKind.PHOTO), path) for brand, path in rows)

    @property
    def store(self) -> Path:
        """The folder for the registry, the media and the index."""
        return self.folder / "markscan-store"

    @property
    def listing_photos(self) -> Path:
        """The photos to scan."""
        return self.folder / "listing_photos"

    @property
    def day_before(self) -> Path:
        """Where the photo that teaches lies, and what a scan said of it and of the one that was missed."""
        return self.folder / "day_before"

    @property
    def listings_csv(self) -> Path:
        """What the marketplace knows of each photo: name, listing_id, seller_id, market, category, title."""
        return self.folder / "listings.csv"


def make_demo(folder: Path, progress: Callable[[int, int], None] | None = None) -> DemoPlan:
    """Draws the demo's brands and listing photos into `folder` and says what to register; the same files on every run.

    Made when missing: `folder`. Overwritten: the demo's own files. The store is not touched. `progress` is called with
    the number of photos drawn and their total.
    """
    plan = DemoPlan(folder)
    for path in (plan.listing_photos, plan.day_before, *(reference.path.parent for reference in plan.references)):
        path.mkdir(parents=True, exist_ok=True)
    for brand, logo, (name, *_) in _FILES:
        path = folder / "brands" / brand.brand_id / name
        if path.suffix == ".svg":
            path.write_text(logo().svg(), encoding="utf-8")
        else:
            Image.fromarray(logo().pixels(900)).convert("RGBA" if path.suffix == ".png" else "RGB").save(path)
    paths = [reference.path for reference in plan.references if reference.kind is ReferenceKind.PHOTO]
    paths += [plan.listing_photos / item.name for item in plan.listings]
    paths += [plan.day_before / plan.confirmed.name]
    with ThreadPoolExecutor(2) as threads:
        drawn = threads.map(draw, [path.stem for path in paths])
        for number, (path, photo) in enumerate(zip(paths, drawn, strict=True), start=1):
            Image.fromarray(photo).save(path, quality=92 if path.is_relative_to(folder / "brands") else 86)
            if progress is not None:
                progress(number, len(paths))
    with plan.listings_csv.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "listing_id", "seller_id", "market", "category", "title"))
        for name, what in ((item.name, item.listing) for item in plan.listings):
            writer.writerow((name, what.listing_id, what.seller_id, what.market, what.category, what.title))
    return plan


def register_demo(
    plan: DemoPlan,
    store: Store,
    now: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Registers the demo in `store`, where it leaves what is there already; `now` is aware UTC, None: the clock's.

    `progress` is called with the number of references registered and their total.
    """
    now = now or datetime.now(UTC)
    with open_registry(store) as registry, BoundedDescriber() as describer:
        for owner, word in plan.words:
            register_word(registry, store=store, brand=owner, word=word, now=now)
        register = partial(register_reference, registry, store, describer=describer, now=now)
        for number, item in enumerate(plan.references, start=1):
            name = f"{item.brand.brand_id}/{item.path.name}"
            register(brand=item.brand, kind=item.kind, image=item.path, name=name)
            if progress is not None:
                progress(number, len(plan.references))
        grant = partial(authorize, registry, store, now=now, may_be_over=True)
        for brand, seller, kinds, markets, first, last in _AUTHORIZATIONS:
            grant(brand=brand, seller_id=seller, kinds=kinds, markets=markets, first_day=first, last_day=last)
