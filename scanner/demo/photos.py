"""The demo's photos by file name: those that its brands register, and those that its sellers made or copied."""

from collections.abc import Callable
from functools import cache

from scanner.demo import edits, labels, logos, sheets
from scanner.demo.cloth import garment_on_floor
from scanner.demo.labels import striped, wrapped
from scanner.demo.logos import CORAL, CREAM, HONEY, NAVY, RED, SAND, WHITE, YELLOW
from scanner.demo.studio import Solid, handle, still, turned
from scanner.demo.textures import Photo, Pixels
from scanner.demo.vector import Drawing, letters

# radius and height of each, from the table up
_MUG = ((0, 0), (0.9, 0), (0.99, 0.14), (1.0, 0.3), (1.0, 1.9), (1.03, 2.05), (1.0, 2.08))
_TIN = ((0, 0), (0.9, 0), (0.92, 0.04), (0.92, 1.88), (0.98, 1.9), (0.98, 2.4), (0.9, 2.48), (0, 2.48))
_BOWL = ((0, 0), (0.45, 0), (0.5, 0.12), (0.8, 0.4), (1.0, 0.75), (1.08, 1.05), (1.06, 1.08))
_VASE = ((0, 0), (0.4, 0), (0.7, 0.4), (0.74, 0.9), (0.5, 1.5), (0.28, 1.9), (0.27, 2.4), (0.38, 2.62))
_GRIP = ((0, 0), (0.62, 0), (0.7, 0.1), (0.7, 1.1), (0.6, 1.3), (0.7, 1.55), (0.7, 2.0), (0.6, 2.3))
_LID = ((0, 0), (1.0, 0), (1.04, 0.06), (1.04, 0.3), (0.9, 0.4), (0.3, 0.44), (0.26, 0.75), (0.16, 0.82), (0, 0.82))
_BOTTLE = (*_GRIP, (0.66, 2.5), (0.22, 2.68), (0.2, 2.9), (0.26, 2.95), (0.2, 3.1), (0, 3.1))


def _mug(label: Pixels, ear: str, turn: float = 0.0) -> list[Solid]:
    return [turned(_MUG, label, turn=turn, inside="#e9e4da"), handle(ear)]


def _logo_mug(logo: Drawing, tint: str, width: float = 340, turn: float = 0.0) -> list[Solid]:
    return _mug(wrapped(tint, logo.placed(780, 260, width)), tint, turn)


def _bowl(tint: str, inside: str, x: float = 1.7) -> Solid:
    return turned(_BOWL, wrapped(tint), (x, 0.35 if x > 0 else -1.2), inside=inside)


def _vase(label: Pixels, x: float = -2.0) -> Solid:
    return turned(_VASE, label, (x, -1.3 if x < -1 else -0.3), inside="#3a332c")


@cache
def draw(name: str) -> Photo:
    """The photo of that name; it is drawn once."""
    if name in _COPIES:
        return _COPIES[name][1](draw(_COPIES[name][0]))
    if name in _SHEETS:
        return _SHEETS[name]()
    if name in _CLOTHS:
        floor, dye, print_ = _CLOTHS[name]
        return garment_on_floor(name, floor, dye, print_(), bag="bag" in name)
    table, solids = _STILLS[name]
    return still(name, table, solids())


_STILLS: dict[str, tuple[str, Callable[[], list[Solid]]]] = {  # table, goods
    "enamel-mug": ("oak", lambda: [*_mug(labels.panorama(), NAVY, 0.1), _bowl(CORAL, SAND, -2.2)]),
    "tea-tin": ("linen", lambda: [turned(_TIN, labels.botanical(), (-0.6, 0)), _bowl(CREAM, "#9a5a24")]),
    "bottle": ("concrete", lambda: [turned(_BOTTLE, labels.team(), (-0.3, 0)), _bowl(RED, "#f2b134")]),
    "rider-mug": ("pine", lambda: [*_logo_mug(logos.korvelo(), WHITE, 300), _bowl("#6f7f86", "#9fb0b5", -2.2)]),
    "parts-mug": ("rug", lambda: [*_logo_mug(logos.korvelo(), "#ffd23f", 380, 0.1), _vase(wrapped(NAVY))]),
    "outlet-mug": ("denim", lambda: [*_logo_mug(logos.tarnvik(), "#f3f1ec"), _vase(wrapped(NAVY))]),
    "shelf-mug": ("grey boards", lambda: [*_logo_mug(logos.tarnvik(), "#e8d9bd"), _vase(wrapped("#b5563a"))]),
    "tea-corner-mug": ("oak", lambda: [*_logo_mug(logos.fernholt(), CREAM, 360, 0.08), _vase(wrapped("#5f7468"))]),
    "tasse": ("concrete", lambda: [*_logo_mug(logos.fernholt(), "#d7e4d3", 360, -0.15), _bowl("#5f7468", CREAM, -2.2)]),
    "forge-mug": ("grey boards", lambda: _logo_mug(logos.brackmoor(), "#ece7de", 370, 0.05)),
    "pottery": ("walnut", lambda: [_vase(striped("#d9c7a3", "#8b5e3c"), -0.9), _bowl("#e8e2d4", "#dfe6ea", 1.3)]),
    "mug-lid": ("oak", lambda: [turned(_LID, wrapped("#4c5a52")), _bowl("#d9c7a3", "#efe6d2", -2.2)]),
    "red-tin": ("linen", lambda: [turned(_TIN, striped("#7a2e2e", "#d8a25a"), (-0.7, 0)), _bowl("#42607a", CREAM)]),
}
_CLOTHS: dict[str, tuple[str, str, Callable[[], str]]] = {  # floor, dye, print
    "t-shirt": ("grey boards", "#2d5f78", labels.hiking),
    "jersey": ("pine", "#17181c", labels.jersey),
    "hiking-tee": ("rug", "#e4d6bd", lambda: logos.tarnvik().placed(400, 430, 290, -3)),
    "black-tee-print": ("linen", "#2a2c2b", lambda: logos.fernholt("#f2eee4", "#2a2c2b").placed(400, 420, 330, -2)),
    "canvas-bag": ("walnut", "#efe6d2", lambda: logos.fernholt(pale="#efe6d2").placed(400, 560, 340, 4)),
    "ridge-tee": ("linen", WHITE, lambda: logos.ridge(NAVY, WHITE).placed(400, 430, 250, -3)),
    "gear-bag": ("walnut", "#3b2a4d", lambda: logos.ridge(SAND, "#3b2a4d", lake=False).placed(400, 560, 260, 4)),
    "sailor-shirt": ("oak", "#f1ede2", lambda: labels.stripes("#27406b", 22, 44)),
    "club-jersey": ("concrete", "#1d3f2e", labels.club),
    "letter-tee": ("oak", "#dfe3e6", lambda: letters("TARNVIK", 400, 420, 74, NAVY, weight=0.13)),
    "rider-bag": ("concrete", "#2b2d33", lambda: letters("KORVELA", 400, 560, 78, YELLOW, weight=0.13)),
    "sand-tee": ("grey boards", "#cdb58c", lambda: logos.tarnvik().placed(400, 400, 190, 2)),
    "red-tee": ("pine", "#a5322f", str),
}
_SHEETS: dict[str, Callable[[], Photo]] = {
    "size-chart": lambda: sheets.size_chart("HIGHER GROUND TEE", 92, 66, 60, 6),
    "jersey-sizes": lambda: sheets.size_chart("CLUB JERSEY", 86, 61, 58, 5),
    "linen-honey": lambda: sheets.swatch("linen-honey", HONEY),
    "linen-rose": lambda: sheets.swatch("linen-rose", "#b56a7c"),
    "bottle-details": lambda: sheets.description("SPORT BOTTLE", [*map(draw, ("pottery", "bottle", "red-tin"))]),
}
_COPIES: dict[str, tuple[str, Callable[[Photo], Photo]]] = {  # what it was made from, and how
    "camp-mug": ("enamel-mug", lambda photo: edits.cropped(photo, 0.2, 0.12, 0.88, 0.9)),
    "tea-present": ("tea-tin", lambda photo: photo[:, ::-1]),
    "bottle-sale": ("bottle", edits.bannered),
    "four-offers": ("jersey", lambda photo: edits.collage((photo, draw("pottery"), draw("red-tin"), draw("bottle")))),
    "green-jersey": ("jersey", lambda photo: edits.stickered(edits.recoloured(photo))),
    "outlet-tee": ("t-shirt", lambda photo: edits.cropped(photo, 0.05, 0.08, 0.95, 0.96)),
    "tea-corner-tin": ("tea-tin", lambda photo: edits.cropped(photo, 0.12, 0.05, 0.75, 0.95)),
    "covered-tee": ("sand-tee", edits.mosaicked),
    "mirror-mug": ("shelf-mug", lambda photo: photo[:, ::-1]),
}
