"""The demo as records: its brands, leaves and listings, and their files; it registers and scans nothing."""

import csv
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image

from brand_index.types import Brand, ReferenceKind
from scanner.demo import edits, logos, photos
from scanner.demo.photos import Photo
from scanner.demo.vector import rasterize
from scanner.types import Decision, Listing


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
class DemoListing:
    """A listing photo of the demo and what a scan should make of it."""

    name: str  # of the file in the listing photos' folder
    listing: Listing
    expected: Decision
    references: tuple[str, ...]  # files, relative to the brands' folder, that it shows; empty: none


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

_LOGOS: tuple[tuple[Brand, str, Callable[[], str]], ...] = (
    (TARNVIK, "logo.svg", logos.tarnvik),
    (FERNHOLT, "logo.png", logos.fernholt),
    (SOLENQUE, "logo.png", logos.solenque),
    (KORVELO, "logo.jpg", logos.korvelo),
    (MIMBEL, "logo.png", logos.mimbel),
)
_PRODUCT_PHOTOS: tuple[tuple[Brand, str, Callable[[], Photo]], ...] = (
    (TARNVIK, "enamel-mug.jpg", photos.tarnvik_mug),
    (TARNVIK, "t-shirt.jpg", photos.tarnvik_shirt),
    (FERNHOLT, "tea-tin.jpg", photos.fernholt_tin),
    (FERNHOLT, "tea-cartons.jpg", photos.fernholt_carton),
    (SOLENQUE, "sun-oil.jpg", photos.solenque_oil),
    (SOLENQUE, "candle.jpg", photos.solenque_candle),
    (KORVELO, "bottle.jpg", photos.korvelo_bidon),
    (KORVELO, "jersey.jpg", photos.korvelo_jersey),
    (MIMBEL, "poster.jpg", photos.mimbel_poster),
    (MIMBEL, "blocks.jpg", photos.mimbel_blocks),
)
_BOTH = frozenset(ReferenceKind)
_LOGO = frozenset({ReferenceKind.LOGO})
_AUTHORIZATIONS = (
    DemoAuthorization("tarnvik", "alpine-outlet", _BOTH, None, date(2024, 1, 1), None),
    DemoAuthorization("fernholt-lyle", "tea-corner", _LOGO, frozenset({"DE"}), date(2024, 1, 1), None),
    DemoAuthorization("korvelo", "pedal-parts", _LOGO, None, date(2023, 1, 1), date(2024, 12, 31)),
)

Draw = Callable[[dict[str, Photo]], Photo]
"""Draws one listing photo from the product photos, by "brand/file"."""

_MUG, _SHIRT = "tarnvik/enamel-mug.jpg", "tarnvik/t-shirt.jpg"
_TIN, _CARTONS = "fernholt-lyle/tea-tin.jpg", "fernholt-lyle/tea-cartons.jpg"
_OIL, _CANDLE = "solenque/sun-oil.jpg", "solenque/candle.jpg"
_BOTTLE, _JERSEY = "korvelo/bottle.jpg", "korvelo/jersey.jpg"
_POSTER, _BLOCKS = "mimbel/poster.jpg", "mimbel/blocks.jpg"
_BLOCK, _REVIEW, _CLEAR = Decision.BLOCK, Decision.REVIEW, Decision.CLEAR

_ROWS: tuple[tuple[str, str | None, str, str, str, Decision, tuple[str, ...], Draw], ...] = (
    # name, seller, market, category, title, expected, references that it shows, drawing
    ("camp-mug.jpg", "bargain-bay", "DE", "21", "Camping mug, enamel, as new", _BLOCK, (_MUG,), lambda p: edits.cropped(p[_MUG], 0.2, 0.12, 0.88, 0.9)),
    ("tea-present.jpg", "bargain-bay", "FR", "30", "Tea present with bowl", _BLOCK, (_TIN,), lambda p: edits.mirrored(p[_TIN])),
    ("four-offers.jpg", "bargain-bay", "DE", "3", "Any two for 25!", _BLOCK, (_OIL, _JERSEY), lambda p: edits.collage((p[_OIL], photos.clean_vase(), photos.clean_poster(), p[_JERSEY]))),
    ("cycling-bottle-sale.jpg", "megadeals24", "NL", "21", "Sport bottle 750 ml SALE", _BLOCK, (_BOTTLE,), lambda p: edits.bannered(p[_BOTTLE])),
    ("nursery-wall.jpg", "bargain-bay", "DE", "16", "Poster for kids room", _BLOCK, (_POSTER,), lambda p: edits.pasted(p[_POSTER], photos.clean_tin(), 0.4, (0.29, 0.52), 7)),
    ("candle-green.jpg", "megadeals24", "ES", "4", "Scented candle", _BLOCK, (_CANDLE,), lambda p: edits.recoloured(p[_CANDLE])),
    ("app-shot.jpg", None, "DE", "30", "Tea, two boxes, new", _BLOCK, (_CARTONS,), lambda p: edits.screenshot(p[_CARTONS])),
    ("rider-mug.jpg", "megadeals24", "NL", "21", "Mug for cyclists", _REVIEW, ("korvelo/logo.jpg",), lambda _: photos.logo_on_mug()),
    ("hiking-tee.jpg", "bargain-bay", "DE", "25", "Hiking T-shirt size M", _REVIEW, ("tarnvik/logo.svg",), lambda _: photos.logo_on_shirt()),
    ("market-stall.jpg", "bargain-bay", "DE", "28", "Toys from our stall", _REVIEW, ("mimbel/logo.png",), lambda _: photos.logo_in_shop()),
    ("canvas-bag.jpg", None, "ES", "18", "Canvas bag", _REVIEW, ("solenque/logo.png",), lambda _: photos.logo_on_tote()),
    ("black-tee-print.jpg", "megadeals24", "FR", "25", "Black tee with print", _REVIEW, ("fernholt-lyle/logo.png",), lambda _: photos.logo_reversed()),
    ("outlet-tee.jpg", "alpine-outlet", "DE", "25", "Tarnvik T-shirt, blue", _CLEAR, (_SHIRT,), lambda p: edits.cropped(p[_SHIRT], 0.05, 0.08, 0.95, 0.96)),
    ("outlet-mug.jpg", "alpine-outlet", "AT", "21", "Tarnvik logo mug", _CLEAR, ("tarnvik/logo.svg",), lambda _: photos.tarnvik_mug_of_outlet()),
    ("tea-corner-mug.jpg", "tea-corner", "DE", "21", "Fernholt mug", _CLEAR, ("fernholt-lyle/logo.png",), lambda _: photos.fernholt_mug_home()),
    ("tea-corner-mug-fr.jpg", "tea-corner", "FR", "21", "Tasse Fernholt", _REVIEW, ("fernholt-lyle/logo.png",), lambda _: photos.fernholt_mug_abroad()),
    ("tea-corner-cartons.jpg", "tea-corner", "DE", "30", "Orchard Green, 20 bags", _BLOCK, (_CARTONS,), lambda p: edits.cropped(p[_CARTONS], 0.3, 0.05, 0.85, 0.95)),
    ("parts-box.jpg", "pedal-parts", "NL", "12", "Chainring, boxed", _REVIEW, ("korvelo/logo.jpg",), lambda _: photos.korvelo_cap_box()),
    ("pottery.jpg", "claywork", "DE", "21", "Hand-painted vase and bowl", _CLEAR, (), lambda _: photos.clean_vase()),
    ("forge-mug.jpg", "claywork", "DE", "21", "Blacksmith's mug", _CLEAR, (), lambda _: photos.clean_brackmoor()),
    ("sailor-shirt.jpg", "bargain-bay", "FR", "25", "Striped T-shirt", _CLEAR, (), lambda _: photos.clean_shirt()),
    ("concert-poster.jpg", "paper-attic", "AT", "16", "Concert poster, framed", _CLEAR, (), lambda _: photos.clean_poster()),
    ("red-tin.jpg", "tea-corner", "DE", "21", "Storage tin, red", _CLEAR, (), lambda _: photos.clean_tin()),
    ("leaf-tote.jpg", "paper-attic", "AT", "18", "Tote bag with leaf print", _CLEAR, (), lambda _: photos.clean_tote()),
)  # fmt: skip


def make_demo(folder: Path) -> DemoPlan:
    """Draws the demo's brands and listing photos into `folder` and says what to register; the same files on every run.

    Made when missing: `folder`. Overwritten: the demo's own files. The store is not touched.
    """
    plan = _plan(folder)
    for path in {*(reference.path.parent for reference in plan.references), plan.listing_photos}:
        path.mkdir(parents=True, exist_ok=True)
    for brand, name, draw in _LOGOS:
        _save_logo(plan.brands_folder / brand.slug / name, draw())
    with ThreadPoolExecutor(2) as threads:
        shots = list(threads.map(lambda row: row[2](), _PRODUCT_PHOTOS))
        by_name = {f"{brand.slug}/{name}": shot for (brand, name, _), shot in zip(_PRODUCT_PHOTOS, shots, strict=True)}
        for name, shot in by_name.items():
            _save_jpeg(plan.brands_folder / name, shot, 92)
        for row, shot in zip(_ROWS, threads.map(lambda row: row[-1](by_name), _ROWS), strict=True):
            _save_jpeg(plan.listing_photos / row[0], shot, 86)
    _save_csv(
        plan.listings_csv,
        ("name", "listing_id", "seller_id", "market", "category", "title"),
        [
            (item.name, what.listing_id, what.seller_id, what.market, what.category, what.title)
            for item in plan.listings
            for what in (item.listing,)
        ],
    )
    _save_csv(
        plan.truth_csv,
        ("image", "decision", "references"),
        [(item.name, item.expected.value, ";".join(item.references)) for item in plan.listings],
    )
    return plan


def _plan(folder: Path) -> DemoPlan:
    brands = folder / "brands"
    references = [DemoReference(b, ReferenceKind.LOGO, brands / b.slug / name) for b, name, _ in _LOGOS]
    references += [DemoReference(b, ReferenceKind.PHOTO, brands / b.slug / name) for b, name, _ in _PRODUCT_PHOTOS]
    listings = tuple(
        DemoListing(name, Listing(f"L-{1001 + i}", seller, market, category, title), expected, shown)
        for i, (name, seller, market, category, title, expected, shown, _) in enumerate(_ROWS)
    )
    return DemoPlan(folder, tuple(references), _AUTHORIZATIONS, listings)


def _save_logo(path: Path, svg: str) -> None:
    if path.suffix == ".svg":
        path.write_text(svg, encoding="utf-8")
        return
    pixels = rasterize(svg, 900)
    if path.suffix == ".jpg":
        _save_jpeg(path, np.ascontiguousarray(pixels[..., :3]), 94)
    else:
        Image.fromarray(pixels).save(path)


def _save_jpeg(path: Path, photo: Photo, quality: int) -> None:
    Image.fromarray(photo).save(path, quality=quality)


def _save_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
