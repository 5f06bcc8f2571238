"""The demo's listing photos: who offers what, how the photo came about, and what a scan should make of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scanner.demo import clean_photos, edits, seller_photos
from scanner.demo.sets import Photo
from scanner.verdicts.types import Decision, Listing


@dataclass(frozen=True, slots=True)
class DemoListing:
    """A listing photo of the demo and what a scan should make of it."""

    name: str  # of the file in the listing photos' folder
    listing: Listing
    expected: Decision
    references: tuple[str, ...]  # files, relative to the brands' folder, that it shows; empty: none


Draw = Callable[[Mapping[str, Photo]], Photo]
"""Draws a listing photo from the product photos, which go by "brand/file"."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing of the demo and how its photo is drawn."""

    listing: DemoListing
    draw: Draw


def _own(taken: Callable[[], Photo]) -> Draw:
    """A photo that the seller took: no product photo goes into it."""
    return lambda _: taken()


_MUG, _SHIRT = "tarnvik/enamel-mug.jpg", "tarnvik/t-shirt.jpg"
_TIN, _CARTONS = "fernholt-lyle/tea-tin.jpg", "fernholt-lyle/tea-cartons.jpg"
_OIL, _CANDLE = "solenque/sun-oil.jpg", "solenque/candle.jpg"
_BOTTLE, _JERSEY = "korvelo/bottle.jpg", "korvelo/jersey.jpg"
_POSTER, _BLOCKS = "mimbel/poster.jpg", "mimbel/blocks.jpg"
_BLOCK, _REVIEW, _CLEAR = Decision.BLOCK, Decision.REVIEW, Decision.CLEAR

_ROWS: tuple[tuple[str, str | None, str, str, str, Decision, tuple[str, ...], Draw], ...] = (
    # file, seller, market, Nice class, title, expected, references that it shows, drawing
    (
        "camp-mug.jpg",
        "bargain-bay",
        "DE",
        "21",
        "Camping mug, enamel, as new",
        _BLOCK,
        (_MUG,),
        lambda p: edits.cropped(p[_MUG], 0.2, 0.12, 0.88, 0.9),
    ),
    (
        "tea-present.jpg",
        "bargain-bay",
        "FR",
        "30",
        "Tea present with bowl",
        _BLOCK,
        (_TIN,),
        lambda p: edits.mirrored(p[_TIN]),
    ),
    (
        "four-offers.jpg",
        "bargain-bay",
        "DE",
        "3",
        "Any two for 25!",
        _BLOCK,
        (_OIL, _JERSEY),
        lambda p: edits.collage((p[_OIL], clean_photos.clean_vase(), clean_photos.clean_poster(), p[_JERSEY])),
    ),
    (
        "cycling-bottle-sale.jpg",
        "megadeals24",
        "NL",
        "21",
        "Sport bottle 750 ml SALE",
        _BLOCK,
        (_BOTTLE,),
        lambda p: edits.bannered(p[_BOTTLE]),
    ),
    (
        "nursery-wall.jpg",
        "bargain-bay",
        "DE",
        "16",
        "Poster for kids room",
        _BLOCK,
        (_POSTER,),
        lambda p: edits.pasted(p[_POSTER], clean_photos.clean_tin(), 0.4, (0.29, 0.52), 7),
    ),
    (
        "candle-green.jpg",
        "megadeals24",
        "ES",
        "4",
        "Scented candle",
        _BLOCK,
        (_CANDLE,),
        lambda p: edits.recoloured(p[_CANDLE]),
    ),
    (
        "app-shot.jpg",
        None,
        "DE",
        "30",
        "Tea, two boxes, new",
        _BLOCK,
        (_CARTONS,),
        lambda p: edits.screenshot(p[_CARTONS]),
    ),
    (
        "rider-mug.jpg",
        "megadeals24",
        "NL",
        "21",
        "Mug for cyclists",
        _REVIEW,
        ("korvelo/logo.jpg",),
        _own(seller_photos.logo_on_mug),
    ),
    (
        "hiking-tee.jpg",
        "bargain-bay",
        "DE",
        "25",
        "Hiking T-shirt size M",
        _REVIEW,
        ("tarnvik/logo.svg",),
        _own(seller_photos.logo_on_shirt),
    ),
    (
        "market-stall.jpg",
        "bargain-bay",
        "DE",
        "28",
        "Toys from our stall",
        _REVIEW,
        ("mimbel/logo.png",),
        _own(seller_photos.logo_in_shop),
    ),
    (
        "canvas-bag.jpg",
        None,
        "ES",
        "18",
        "Canvas bag",
        _REVIEW,
        ("solenque/logo.png",),
        _own(seller_photos.logo_on_tote),
    ),
    (
        "black-tee-print.jpg",
        "megadeals24",
        "FR",
        "25",
        "Black tee with print",
        _REVIEW,
        ("fernholt-lyle/logo.png",),
        _own(seller_photos.logo_reversed),
    ),
    (
        "outlet-tee.jpg",
        "alpine-outlet",
        "DE",
        "25",
        "Tarnvik T-shirt, blue",
        _CLEAR,
        (_SHIRT,),
        lambda p: edits.cropped(p[_SHIRT], 0.05, 0.08, 0.95, 0.96),
    ),
    (
        "outlet-mug.jpg",
        "alpine-outlet",
        "AT",
        "21",
        "Tarnvik logo mug",
        _CLEAR,
        ("tarnvik/logo.svg",),
        _own(seller_photos.tarnvik_mug_of_outlet),
    ),
    (
        "tea-corner-mug.jpg",
        "tea-corner",
        "DE",
        "21",
        "Fernholt mug",
        _CLEAR,
        ("fernholt-lyle/logo.png",),
        _own(seller_photos.fernholt_mug_home),
    ),
    (
        "tea-corner-mug-fr.jpg",
        "tea-corner",
        "FR",
        "21",
        "Tasse Fernholt",
        _REVIEW,
        ("fernholt-lyle/logo.png",),
        _own(seller_photos.fernholt_mug_abroad),
    ),
    (
        "tea-corner-cartons.jpg",
        "tea-corner",
        "DE",
        "30",
        "Orchard Green, 20 bags",
        _BLOCK,
        (_CARTONS,),
        lambda p: edits.cropped(p[_CARTONS], 0.3, 0.05, 0.85, 0.95),
    ),
    (
        "parts-box.jpg",
        "pedal-parts",
        "NL",
        "12",
        "Chainring, boxed",
        _REVIEW,
        ("korvelo/logo.jpg",),
        _own(seller_photos.korvelo_cap_box),
    ),
    ("pottery.jpg", "claywork", "DE", "21", "Hand-painted vase and bowl", _CLEAR, (), _own(clean_photos.clean_vase)),
    ("forge-mug.jpg", "claywork", "DE", "21", "Blacksmith's mug", _CLEAR, (), _own(clean_photos.clean_brackmoor)),
    ("sailor-shirt.jpg", "bargain-bay", "FR", "25", "Striped T-shirt", _CLEAR, (), _own(clean_photos.clean_shirt)),
    (
        "concert-poster.jpg",
        "paper-attic",
        "AT",
        "16",
        "Concert poster, framed",
        _CLEAR,
        (),
        _own(clean_photos.clean_poster),
    ),
    ("red-tin.jpg", "tea-corner", "DE", "21", "Storage tin, red", _CLEAR, (), _own(clean_photos.clean_tin)),
    ("leaf-tote.jpg", "paper-attic", "AT", "18", "Tote bag with leaf print", _CLEAR, (), _own(clean_photos.clean_tote)),
)

OFFERS: tuple[Offer, ...] = tuple(
    Offer(DemoListing(name, Listing(f"L-{number}", seller, market, nice, title), expected, shown), draw)
    for number, (name, seller, market, nice, title, expected, shown, draw) in enumerate(_ROWS, start=1001)
)
"""All listings, copied photos first, then logos, authorized sellers and clean ones."""
