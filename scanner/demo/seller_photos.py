"""Photographs that the demo's sellers took themselves of goods with a logo on them; no copied photo."""

import numpy as np

from scanner.demo import flatlay, goods, logos
from scanner.demo.goods import carton, decal, kraft, mug, painted, plain
from scanner.demo.sets import PORTRAIT, Photo, chance, floor, ground, printed, room, still
from scanner.demo.solids import Turned
from scanner.demo.textures import Pixels, colour, photographed
from scanner.demo.vector import document, inner, polygon, rasterize


def logo_on_mug() -> Photo:
    """Korvelo's logo on a pale mug."""
    art = decal(logos.korvelo(), logos.KORVELO.pale, reach=0.29, centre=0.5)
    bowl = Turned(goods.BOWL, plain(colour("#6f7f86")), at=(-2.2, -1.2), inside=colour("#9fb0b5"))
    return still(
        "logo on mug",
        "pine",
        room("l1", "#555047", "#cfc4b0"),
        (*mug(art, logos.KORVELO.pale, turn=-0.03), bowl),
        zoom=2.2,
    )


def logo_on_shirt() -> Photo:
    """Tarnvik's logo on a sand-coloured T-shirt, photographed at an angle."""
    size = (900, 960)
    print_ = printed(rasterize(logos.tarnvik(), 600), size, (0.5, 0.48), 0.36, 3)
    flat = flatlay.cloth(
        chance("logo on shirt"), np.ascontiguousarray(ground("rug")[:960, :900]), colour("#e4d6bd"), print_
    )
    corners = ((0.07, -0.02), (0.86, 0.05), (1.16, 1.06), (-0.14, 0.98))
    under = np.ascontiguousarray(ground("rug")[:600, :800]) * 0.94
    return photographed(chance("logo on shirt camera"), flatlay.tilted(flat, corners, under))


def logo_in_shop() -> Photo:
    """A market stall with Mimbel's sign over plain boxes."""
    sign = painted(
        document(900, 620, f'<g transform="translate(235 70) scale(1.05)">{inner(logos.mimbel())}</g>', "#fdf6ec"), 900
    )
    board = carton(
        (sign, plain(colour("#8a6440")), plain(colour("#8a6440"))),
        (3.4, 2.34, 0.12),
        at=(-0.3, -1.0),
        turn=0.16,
        lift=0.5,
    )
    posts = tuple(
        Turned(((0.0, 0.0), (0.07, 0.0), (0.07, 0.8), (0.0, 0.82)), plain(colour("#5a3b22")), at=at)
        for at in ((-1.5, -0.8), (0.9, -1.2))
    )
    boxes = tuple(
        carton((kraft(i), kraft(i + 1), kraft(i + 2)), size, at=at, turn=turn)
        for i, (size, at, turn) in enumerate(
            (
                ((1.0, 0.7, 0.8), (-2.0, 0.7), 0.3),
                ((0.9, 0.9, 0.7), (1.9, 0.2), -0.4),
                ((0.8, 0.5, 0.6), (0.9, 1.2), 0.2),
            )
        )
    )
    return still(
        "logo in shop",
        "grey boards",
        room("l3", "#3d3a44", "#c7a98c", "#ffcf8a", 22),
        (board, *posts, *boxes),
        zoom=1.75,
        look=(0, 1.2, 0),
    )


def logo_on_tote() -> Photo:
    """Solenque's logo on a canvas bag."""
    size = PORTRAIT
    print_ = printed(rasterize(logos.solenque(), 700), size, (0.5, 0.65), 0.42, -4)
    scene = flatlay.cloth(chance("logo on tote"), floor("walnut"), colour("#efe6d2"), print_, tote=True)
    return photographed(chance("logo on tote camera"), scene)


def logo_reversed() -> Photo:
    """Fernholt's stamp printed white on a black T-shirt."""
    stamp = flatlay.whitened(rasterize(logos.fernholt(), 700), (242, 238, 228))
    print_ = printed(stamp, PORTRAIT, (0.5, 0.42), 0.4, 2)
    scene = flatlay.cloth(chance("logo reversed"), floor("carpet"), colour("#2a2c2b"), print_)
    return photographed(chance("logo reversed camera"), scene)


def tarnvik_mug_of_outlet() -> Photo:
    """An authorized seller's own picture: Tarnvik's logo on a white mug, on denim."""
    art = decal(logos.tarnvik(), "#f3f1ec", reach=0.2, centre=0.47)
    box = carton((kraft(2), kraft(0), kraft(1)), (1.3, 1.1, 1.1), at=(-2.1, -0.9), turn=0.5)
    return still(
        "outlet mug", "denim", room("l4", "#2f3a40", "#a7b3b2", "#ffe7c0", 8), (*mug(art, "#f3f1ec"), box), zoom=2.2
    )


def _stamped(name: str, table: str, room: Pixels, at: float, ground_tint: str) -> Photo:
    art = decal(logos.fernholt(), ground_tint, reach=0.235, centre=0.5)
    vase = Turned(goods.VASE, plain(colour("#5f7468")), at=(-2.1, -1.3), gloss=0.25)
    return still(name, table, room, (*mug(art, ground_tint, turn=at), vase), zoom=2.15, look=(-0.2, 1.0, 0.0))


def fernholt_mug_home() -> Photo:
    """Fernholt's stamp on a cream mug, on oak."""
    return _stamped("fernholt mug home", "oak", room("l5", "#6a6154", "#ded2b8"), 0.08, "#f3efe0")


def fernholt_mug_abroad() -> Photo:
    """Fernholt's stamp on a pale green mug, on concrete."""
    return _stamped("fernholt mug abroad", "concrete", room("l6", "#46525a", "#bfcace", "#e8f2ff"), -0.15, "#d7e4d3")


def korvelo_cap_box() -> Photo:
    """Korvelo's logo on a shipping box."""
    art = f'<g transform="translate(60 220) scale(0.83)">{inner(logos.korvelo())}</g>'
    art += polygon([(0, 610), (800, 560), (800, 640), (0, 640)], logos.KORVELO.main)
    front = painted(document(800, 640, art, logos.KORVELO.pale), 800)
    box = carton(
        (front, plain(colour("#d81e34")), plain(colour("#e9e7e0"))), (2.8, 1.9, 1.6), at=(0.0, -0.2), turn=-0.35
    )
    return still("korvelo box", "rug", room("l7", "#55463c", "#cdb79c"), (box,), zoom=1.9, look=(0, 0.9, 0))
