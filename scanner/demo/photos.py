"""The demo's photographs as they leave the camera: ten product photos and the scenes that sellers took themselves."""

from collections.abc import Callable
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from scanner.demo import flatlay, goods, logos
from scanner.demo.goods import carton, decal, mug, painted, plain
from scanner.demo.studio import Shot, Solid, Turned, photograph
from scanner.demo.textures import (
    Pixels,
    bokeh,
    carpet,
    colour,
    photographed,
    plaster,
    terrazzo,
    weave,
    wood,
)
from scanner.demo.vector import document, letters, polygon, rasterize

Photo = NDArray[np.uint8]
"""(H, W, 3) RGB."""

LANDSCAPE = (800, 600)
PORTRAIT = (640, 800)


def _rng(name: str) -> np.random.Generator:
    """Chance of its own for each picture, the same on every run."""
    return np.random.default_rng(crc32(name.encode()))


@lru_cache(maxsize=32)
def ground(name: str) -> Pixels:
    """A square of table, floor or wall by its name."""
    rng = _rng(name)
    c = colour
    makers: dict[str, Callable[[], Pixels]] = {
        "oak": lambda: wood(rng, 1200, c("#8a6440"), c("#dcb98c")),
        "walnut": lambda: wood(rng, 1200, c("#3a2618"), c("#8d6543"), 3),
        "pine": lambda: wood(rng, 1200, c("#b08e62"), c("#f0dcb8"), 6),
        "grey boards": lambda: wood(rng, 1200, c("#6f6a66"), c("#c4bdb5"), 7),
        "linen": lambda: weave(rng, 1200, c("#b9ac98"), c("#eee6d8"), 7),
        "denim": lambda: weave(rng, 1200, c("#26394f"), c("#6f88a3"), 5),
        "carpet": lambda: carpet(rng, 1200, c("#7d8a86"), c("#c9d2cb")),
        "rug": lambda: carpet(rng, 1200, c("#8c5a4a"), c("#d9b39a")),
        "concrete": lambda: plaster(rng, 1200, c("#8f9193"), c("#c9c9c6")),
        "white wall": lambda: plaster(rng, 1200, c("#d5d1c8"), c("#f3f0e8")),
        "sage wall": lambda: plaster(rng, 1200, c("#8fa394"), c("#bccabb")),
        "terrazzo": lambda: terrazzo(rng, 1200, c("#ece7df"), (c("#c98a6b"), c("#8aa39a"), c("#5f5a58"), c("#e2c07c"))),
    }
    return makers[name]()


def _room(name: str, low: str, high: str, lights: str = "#ffd9a0", count: int = 9) -> Pixels:
    return bokeh(_rng("room " + name), 240, 320, colour(low), colour(high), colour(lights), count)


def _still(
    name: str,
    table: str,
    room: Pixels,
    solids: tuple[Solid, ...],
    *,
    size: tuple[int, int] = LANDSCAPE,
    eye: tuple[float, float, float] = (0.0, 3.2, 6.2),
    look: tuple[float, float, float] = (0.0, 0.95, 0.0),
    zoom: float = 1.8,
    warmth: float = 0.02,
) -> Photo:
    shot = Shot(ground(table), room, eye=eye, look=look, zoom=zoom, solids=solids)
    return photographed(_rng(name), photograph(shot, *size), warmth=warmth)


def _flat(table: str, size: tuple[int, int] = PORTRAIT) -> Pixels:
    width, height = size
    return np.ascontiguousarray(ground(table)[:height, :width])


def _sheet(
    print_: NDArray[np.uint8], size: tuple[int, int], centre: tuple[float, float], reach: float, turn: float = 0.0
) -> Pixels:
    return flatlay.placed(print_, size[1], size[0], centre, reach, turn)


# --- product photos, which the brands register -----------------------------------------------------------------------


def tarnvik_mug() -> Photo:
    """An enamel mug with a panorama on oak."""
    small = Turned(goods.MUG, plain(colour("#f0803c")), at=(-2.1, -1.5), inside=colour("#f4ead8"))
    solids = (*mug(goods.tarnvik_wrap(), "#14324a", turn=0.1), small)
    return _still(
        "tarnvik mug", "oak", _room("t1", "#4b5a58", "#c9d0c4", count=12), solids, zoom=2.1, eye=(0.5, 3.0, 6.2)
    )


def tarnvik_shirt() -> Photo:
    """A printed T-shirt on grey boards."""
    print_ = _sheet(goods.tarnvik_print(), PORTRAIT, (0.5, 0.5), 0.4)
    scene = flatlay.cloth(_rng("tarnvik shirt"), _flat("grey boards"), colour("#2d5f78"), print_)
    return photographed(_rng("tarnvik shirt camera"), scene)


def fernholt_tin() -> Photo:
    """A tea tin and a cup on linen."""
    tin = Turned(goods.TIN, goods.fernholt_wrap(), at=(-0.5, 0.0), turn=0.05, gloss=0.4)
    cup = Turned(goods.BOWL, plain(colour("#f3efe0")), at=(1.75, 0.5), inside=colour("#9a5a24"))
    return _still(
        "fernholt tin", "linen", _room("f1", "#39443a", "#b7bda2", count=7), (tin, cup), look=(0.2, 1.1, 0.0), zoom=1.95
    )


def fernholt_carton() -> Photo:
    """Two cartons of tea on walnut."""
    box, back = (
        carton(goods.fernholt_carton(), (1.7, 2.35, 1.1), at=(0.55, 0.3), turn=-0.42),
        carton(goods.fernholt_carton(), (1.7, 2.35, 1.1), at=(-1.7, -1.0), turn=0.35),
    )
    return _still(
        "fernholt carton", "walnut", _room("f2", "#2c2a26", "#8c7f68"), (box, back), look=(-0.2, 1.05, 0.0), zoom=1.85
    )


def solenque_oil() -> Photo:
    """A bottle of bath oil between stones on terrazzo."""
    bottle = Turned(goods.BOTTLE, goods.solenque_wrap(), turn=0.0, gloss=0.75)
    stones = tuple(
        Turned(
            (
                (0.0, 0.0),
                (0.3 * s, 0.0),
                (0.44 * s, 0.12 * s),
                (0.4 * s, 0.26 * s),
                (0.2 * s, 0.36 * s),
                (0.0, 0.38 * s),
            ),
            plain(colour(tint)),
            at=at,
            gloss=0.1,
        )
        for s, tint, at in ((1.3, "#b9aea0", (1.35, 0.4)), (0.9, "#7f7a74", (2.1, -0.3)), (1.0, "#d8cbb8", (-1.4, 0.6)))
    )
    return _still(
        "solenque oil", "terrazzo", _room("s1", "#c99b7c", "#f6e5cf", "#fff2cc", 6), (bottle, *stones),
        size=PORTRAIT, look=(0.05, 1.42, 0.0), zoom=2.7, eye=(0.2, 3.0, 7.2), warmth=0.04,
    )  # fmt: skip


def solenque_candle() -> Photo:
    """A candle jar and its wooden tray on linen."""
    jar = Turned(goods.JAR, goods.solenque_candle(), turn=-0.05, gloss=0.7, inside=colour("#f4dcae"))
    tray = Turned(
        ((0.0, 0.0), (1.5, 0.0), (1.56, 0.05), (1.56, 0.12), (1.5, 0.14)), plain(colour("#7a4e2e")), gloss=0.15
    )
    vase = Turned(goods.VASE, plain(colour("#c9764f")), at=(-2.0, -1.4), gloss=0.2)
    return _still(
        "solenque candle",
        "linen",
        _room("s2", "#6b4a3a", "#e0b48c"),
        (tray, jar, vase),
        zoom=2.2,
        look=(-0.2, 0.85, 0.0),
        warmth=0.05,
    )


def korvelo_bidon() -> Photo:
    """A cycling bottle on concrete."""
    bottle = Turned(goods.BIDON, goods.korvelo_wrap(), turn=0.0, gloss=0.45)
    cup = Turned(
        ((0.0, 0.0), (0.55, 0.0), (0.6, 0.06), (0.6, 0.5), (0.5, 0.56), (0.0, 0.56)),
        plain(colour("#d81e34")),
        at=(1.3, 0.6),
    )
    return _still(
        "korvelo bidon", "concrete", _room("k1", "#343a42", "#aab4bd", "#dfeaff", 10), (bottle, cup),
        size=PORTRAIT, look=(0.2, 1.45, 0.0), zoom=2.7, eye=(0.0, 2.9, 7.2), warmth=-0.02,
    )  # fmt: skip


def korvelo_jersey() -> Photo:
    """A cycling jersey on pine."""
    nothing = np.zeros((PORTRAIT[1], PORTRAIT[0], 4), np.float32)
    stripes = goods.korvelo_jersey(PORTRAIT[1], PORTRAIT[0])
    scene = flatlay.cloth(_rng("korvelo jersey"), _flat("pine"), colour("#17181c"), nothing, stripes=stripes)
    return photographed(_rng("korvelo jersey camera"), scene)


def mimbel_poster() -> Photo:
    """A nursery print in a frame."""
    wall = np.ascontiguousarray(ground("sage wall")[:800, :640])
    scene = flatlay.framed(_rng("mimbel poster"), goods.mimbel_art(), wall, colour("#c79a63"))
    return photographed(_rng("mimbel poster camera"), scene)


def mimbel_blocks() -> Photo:
    """A box of building blocks on a carpet."""
    box = carton(goods.mimbel_carton(), (2.9, 2.2, 1.2), at=(-0.2, -0.1), turn=-0.3)
    tints = ("#f27b35", "#2fb8a6", "#f4c542", "#e5557a")
    blocks = tuple(
        carton((plain(colour(t)), plain(colour(t)), plain(colour(t))), (0.55, 0.55, 0.55), at=at, turn=turn)
        for t, at, turn in zip(
            tints, ((1.9, 0.9), (2.4, 0.2), (-1.9, 1.0), (1.2, 1.6)), (0.5, 0.1, -0.4, 0.9), strict=True
        )
    )
    return _still("mimbel blocks", "carpet", _room("m1", "#8d8478", "#efe3d0", count=5), (box, *blocks), zoom=1.75)


# --- what sellers photographed themselves ----------------------------------------------------------------------------


def logo_on_mug() -> Photo:
    """Korvelo's logo on a pale mug."""
    art = decal(logos.korvelo(), logos.KORVELO.pale, reach=0.29, centre=0.5)
    bowl = Turned(goods.BOWL, plain(colour("#6f7f86")), at=(-2.2, -1.2), inside=colour("#9fb0b5"))
    return _still(
        "logo on mug",
        "pine",
        _room("l1", "#555047", "#cfc4b0"),
        (*mug(art, logos.KORVELO.pale, turn=-0.03), bowl),
        zoom=2.2,
    )


def logo_on_shirt() -> Photo:
    """Tarnvik's logo on a sand-coloured T-shirt, photographed at an angle."""
    size = (900, 960)
    print_ = _sheet(rasterize(logos.tarnvik(), 600), size, (0.5, 0.48), 0.36, 3)
    flat = flatlay.cloth(
        _rng("logo on shirt"), np.ascontiguousarray(ground("rug")[:960, :900]), colour("#e4d6bd"), print_
    )
    corners = ((0.07, -0.02), (0.86, 0.05), (1.16, 1.06), (-0.14, 0.98))
    under = np.ascontiguousarray(ground("rug")[:600, :800]) * 0.94
    return photographed(_rng("logo on shirt camera"), flatlay.tilted(flat, corners, under))


def logo_in_shop() -> Photo:
    """A market stall with Mimbel's sign over plain boxes."""
    sign = painted(
        document(900, 620, f'<g transform="translate(235 70) scale(1.05)">{_body(logos.mimbel())}</g>', "#fdf6ec"), 900
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
        carton((_kraft(i), _kraft(i + 1), _kraft(i + 2)), size, at=at, turn=turn)
        for i, (size, at, turn) in enumerate(
            (
                ((1.0, 0.7, 0.8), (-2.0, 0.7), 0.3),
                ((0.9, 0.9, 0.7), (1.9, 0.2), -0.4),
                ((0.8, 0.5, 0.6), (0.9, 1.2), 0.2),
            )
        )
    )
    return _still(
        "logo in shop",
        "grey boards",
        _room("l3", "#3d3a44", "#c7a98c", "#ffcf8a", 22),
        (board, *posts, *boxes),
        zoom=1.75,
        look=(0, 1.2, 0),
    )


def _kraft(i: int) -> Pixels:
    tape = f'<rect x="178" width="44" height="400" fill="#b98d56"/><g transform="rotate({i * 7 - 9} 90 320)">'
    tape += "".join(
        f'<rect x="{60 + k * 9}" y="290" width="{2 + (k * 5 + i) % 5}" height="56" fill="#3a2b1a"/>' for k in range(9)
    )
    return painted(document(400, 400, tape + "</g>", ("#c79d6b", "#b88d5c", "#d2ab7b")[i % 3]), 400)


def _body(svg: str) -> str:
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


def logo_on_tote() -> Photo:
    """Solenque's logo on a canvas bag."""
    size = PORTRAIT
    print_ = _sheet(rasterize(logos.solenque(), 700), size, (0.5, 0.65), 0.42, -4)
    scene = flatlay.cloth(_rng("logo on tote"), _flat("walnut"), colour("#efe6d2"), print_, tote=True)
    return photographed(_rng("logo on tote camera"), scene)


def logo_reversed() -> Photo:
    """Fernholt's stamp printed white on a black T-shirt."""
    stamp = flatlay.whitened(rasterize(logos.fernholt(), 700), (242, 238, 228))
    print_ = _sheet(stamp, PORTRAIT, (0.5, 0.42), 0.4, 2)
    scene = flatlay.cloth(_rng("logo reversed"), _flat("carpet"), colour("#2a2c2b"), print_)
    return photographed(_rng("logo reversed camera"), scene)


def tarnvik_mug_of_outlet() -> Photo:
    """An authorized seller's own picture: Tarnvik's logo on a white mug, on denim."""
    art = decal(logos.tarnvik(), "#f3f1ec", reach=0.2, centre=0.47)
    box = carton((_kraft(2), _kraft(0), _kraft(1)), (1.3, 1.1, 1.1), at=(-2.1, -0.9), turn=0.5)
    return _still(
        "outlet mug", "denim", _room("l4", "#2f3a40", "#a7b3b2", "#ffe7c0", 8), (*mug(art, "#f3f1ec"), box), zoom=2.2
    )


def _stamped(name: str, table: str, room: Pixels, at: float, ground_tint: str) -> Photo:
    art = decal(logos.fernholt(), ground_tint, reach=0.235, centre=0.5)
    vase = Turned(goods.VASE, plain(colour("#5f7468")), at=(-2.1, -1.3), gloss=0.25)
    return _still(name, table, room, (*mug(art, ground_tint, turn=at), vase), zoom=2.15, look=(-0.2, 1.0, 0.0))


def fernholt_mug_home() -> Photo:
    """Fernholt's stamp on a cream mug, on oak."""
    return _stamped("fernholt mug home", "oak", _room("l5", "#6a6154", "#ded2b8"), 0.08, "#f3efe0")


def fernholt_mug_abroad() -> Photo:
    """Fernholt's stamp on a pale green mug, on concrete."""
    return _stamped("fernholt mug abroad", "concrete", _room("l6", "#46525a", "#bfcace", "#e8f2ff"), -0.15, "#d7e4d3")


def korvelo_cap_box() -> Photo:
    """Korvelo's logo on a shipping box."""
    art = f'<g transform="translate(60 220) scale(0.83)">{_body(logos.korvelo())}</g>'
    art += polygon([(0, 610), (800, 560), (800, 640), (0, 640)], logos.KORVELO.main)
    front = painted(document(800, 640, art, logos.KORVELO.pale), 800)
    box = carton(
        (front, plain(colour("#d81e34")), plain(colour("#e9e7e0"))), (2.8, 1.9, 1.6), at=(0.0, -0.2), turn=-0.35
    )
    return _still("korvelo box", "rug", _room("l7", "#55463c", "#cdb79c"), (box,), zoom=1.9, look=(0, 0.9, 0))


def clean_vase() -> Photo:
    """A vase, a bowl and a plain mug."""
    solids = (
        Turned(goods.VASE, wrapped_stripes("#d9c7a3", "#8b5e3c"), at=(-0.9, -0.3), gloss=0.25),
        Turned(goods.BOWL, wrapped_stripes("#e8e2d4", "#42607a"), at=(1.3, 0.3), inside=colour("#dfe6ea")),
    )
    return _still("clean vase", "walnut", _room("c1", "#4a443c", "#c2b59d"), solids, look=(0.1, 1.1, 0.0), zoom=2.0)


def wrapped_stripes(base: str, band: str) -> Pixels:
    """A hand-painted wrap of bands and dots."""
    art = "".join(
        f'<rect y="{y}" width="1560" height="{h}" fill="{band}"/>' for y, h in ((60, 14), (86, 34), (330, 20), (372, 8))
    )
    art += "".join(f'<circle cx="{i * 60 + 20}" cy="{210 + 40 * (i % 2)}" r="16" fill="{band}"/>' for i in range(26))
    return goods.wrapped(base, art)


def clean_brackmoor() -> Photo:
    """A mug with a mark that nobody registered."""
    art = decal(logos.brackmoor(), "#ece7de", reach=0.24, centre=0.5)
    return _still(
        "clean brackmoor", "grey boards", _room("c2", "#38352f", "#a89c86"), mug(art, "#2b2b33", turn=0.05), zoom=2.2
    )


def clean_shirt() -> Photo:
    """A T-shirt of sailor's stripes."""
    rows = np.arange(PORTRAIT[1])[:, None, None]
    stripes = np.where((rows // 19) % 2 == 0, np.array(colour("#f1ede2")), np.array(colour("#27406b")))
    stripes = np.broadcast_to(stripes, (PORTRAIT[1], PORTRAIT[0], 3)).astype(np.float32)
    nothing = np.zeros((PORTRAIT[1], PORTRAIT[0], 4), np.float32)
    scene = flatlay.cloth(_rng("clean shirt"), _flat("oak"), colour("#f1ede2"), nothing, stripes=stripes)
    return photographed(_rng("clean shirt camera"), scene)


def clean_poster() -> Photo:
    """A concert poster by somebody else."""
    art = ['<rect width="600" height="800" fill="#f0e6cf"/>']
    art += [
        f'<circle cx="300" cy="360" r="{240 - i * 30}" fill="{("#c0392b", "#f0e6cf", "#22313f", "#e0a030")[i % 4]}"/>'
        for i in range(8)
    ]
    art.append(letters("AUTUMN QUARTET", 300, 690, 58, fill="#22313f", weight=0.06))
    art.append(letters("town hall · 14 october · 20 h", 300, 740, 32, fill="#c0392b", weight=0.03))
    wall = np.ascontiguousarray(ground("white wall")[:800, :640])
    scene = flatlay.framed(
        _rng("clean poster"), rasterize(document(600, 800, "".join(art)), 600), wall, colour("#2d2a28"), lean=0.05
    )
    return photographed(_rng("clean poster camera"), scene)


def clean_tin() -> Photo:
    """An unmarked tea tin and a carton, of a kind with those that are registered."""
    tin = Turned(goods.TIN, wrapped_stripes("#7a2e2e", "#d8a25a"), at=(-0.9, 0.1), gloss=0.4)
    box = carton((_kraft(0), _kraft(1), _kraft(2)), (1.5, 1.7, 1.2), at=(1.2, -0.3), turn=-0.4)
    return _still("clean tin", "linen", _room("c5", "#3a3f45", "#b9bdb7", "#e9f0ff"), (tin, box), look=(0.1, 1.05, 0.0))


def clean_tote() -> Photo:
    """A canvas bag with a plain printed motif."""
    leaves = "".join(logos.leaf(300, 560, 380, a, "#3e5f8a") for a in (-150, -120, -90, -60, -30))
    print_ = _sheet(rasterize(document(600, 600, leaves), 600), PORTRAIT, (0.5, 0.66), 0.36)
    scene = flatlay.cloth(_rng("clean tote"), _flat("terrazzo"), colour("#d8d2c4"), print_, tote=True)
    return photographed(_rng("clean tote camera"), scene)
