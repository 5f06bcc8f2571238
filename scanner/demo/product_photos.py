"""The ten product photos that the demo's brands register; nothing that a seller took."""

import numpy as np

from scanner.demo import flatlay, goods, playful_prints, prints
from scanner.demo.goods import carton, mug, plain
from scanner.demo.sets import PORTRAIT, Photo, chance, floor, ground, printed, room, still
from scanner.demo.solids import Turned
from scanner.demo.textures import colour, photographed


def tarnvik_mug() -> Photo:
    """An enamel mug with a panorama on oak."""
    small = Turned(goods.MUG, plain(colour("#f0803c")), at=(-2.1, -1.5), inside=colour("#efe0c3"))
    solids = (*mug(prints.tarnvik_wrap(), "#14324a", turn=0.1), small)
    return still(
        "tarnvik mug", "oak", room("t1", "#4b5a58", "#c9d0c4", count=12), solids, zoom=2.1, eye=(0.5, 3.0, 6.2)
    )


def tarnvik_shirt() -> Photo:
    """A printed T-shirt on grey boards."""
    print_ = printed(prints.tarnvik_print(), PORTRAIT, (0.5, 0.5), 0.4)
    scene = flatlay.cloth(chance("tarnvik shirt"), floor("grey boards"), colour("#2d5f78"), print_)
    return photographed(chance("tarnvik shirt camera"), scene)


def fernholt_tin() -> Photo:
    """A tea tin and a cup on linen."""
    tin = Turned(goods.TIN, prints.fernholt_wrap(), at=(-0.5, 0.0), turn=0.05, gloss=0.4)
    cup = Turned(goods.BOWL, plain(colour("#f3efe0")), at=(1.75, 0.5), inside=colour("#9a5a24"))
    return still(
        "fernholt tin", "linen", room("f1", "#39443a", "#b7bda2", count=7), (tin, cup), look=(0.2, 1.1, 0.0), zoom=1.95
    )


def fernholt_carton() -> Photo:
    """Two cartons of tea on walnut."""
    box, back = (
        carton(prints.fernholt_carton(), (1.7, 2.35, 1.1), at=(0.55, 0.3), turn=-0.42),
        carton(prints.fernholt_carton(), (1.7, 2.35, 1.1), at=(-1.7, -1.0), turn=0.35),
    )
    return still(
        "fernholt carton", "walnut", room("f2", "#2c2a26", "#8c7f68"), (box, back), look=(-0.2, 1.05, 0.0), zoom=1.85
    )


def solenque_oil() -> Photo:
    """A bottle of bath oil between stones on terrazzo."""
    bottle = Turned(goods.BOTTLE, prints.solenque_wrap(), turn=0.0, gloss=0.75)
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
    return still(
        "solenque oil", "terrazzo", room("s1", "#c99b7c", "#f6e5cf", "#fff2cc", 6), (bottle, *stones),
        size=PORTRAIT, look=(0.05, 1.42, 0.0), zoom=2.7, eye=(0.2, 3.0, 7.2), warmth=0.04,
    )  # fmt: skip


def solenque_candle() -> Photo:
    """A candle jar and its wooden tray on linen."""
    jar = Turned(goods.JAR, prints.solenque_candle(), turn=-0.05, gloss=0.7, inside=colour("#f4dcae"))
    tray = Turned(
        ((0.0, 0.0), (1.5, 0.0), (1.56, 0.05), (1.56, 0.12), (1.5, 0.14)), plain(colour("#7a4e2e")), gloss=0.15
    )
    vase = Turned(goods.VASE, plain(colour("#c9764f")), at=(-2.0, -1.4), gloss=0.2)
    return still(
        "solenque candle",
        "linen",
        room("s2", "#6b4a3a", "#e0b48c"),
        (tray, jar, vase),
        zoom=2.2,
        look=(-0.2, 0.85, 0.0),
        warmth=0.05,
    )


def korvelo_bidon() -> Photo:
    """A cycling bottle on concrete."""
    bottle = Turned(goods.BIDON, playful_prints.korvelo_wrap(), turn=0.0, gloss=0.45)
    cup = Turned(
        ((0.0, 0.0), (0.55, 0.0), (0.6, 0.06), (0.6, 0.5), (0.5, 0.56), (0.0, 0.56)),
        plain(colour("#d81e34")),
        at=(1.3, 0.6),
    )
    return still(
        "korvelo bidon", "concrete", room("k1", "#343a42", "#aab4bd", "#dfeaff", 10), (bottle, cup),
        size=PORTRAIT, look=(0.2, 1.45, 0.0), zoom=2.7, eye=(0.0, 2.9, 7.2), warmth=-0.02,
    )  # fmt: skip


def korvelo_jersey() -> Photo:
    """A cycling jersey on pine."""
    nothing = np.zeros((PORTRAIT[1], PORTRAIT[0], 4), np.float32)
    stripes = playful_prints.korvelo_jersey(PORTRAIT[1], PORTRAIT[0])
    scene = flatlay.cloth(chance("korvelo jersey"), floor("pine"), colour("#17181c"), nothing, stripes=stripes)
    return photographed(chance("korvelo jersey camera"), scene)


def mimbel_poster() -> Photo:
    """A nursery print in a frame."""
    wall = np.ascontiguousarray(ground("sage wall")[:800, :640])
    scene = flatlay.framed(chance("mimbel poster"), playful_prints.mimbel_art(), wall, colour("#c79a63"))
    return photographed(chance("mimbel poster camera"), scene)


def mimbel_blocks() -> Photo:
    """A box of building blocks on a carpet."""
    box = carton(playful_prints.mimbel_carton(), (2.9, 2.2, 1.2), at=(-0.2, -0.1), turn=-0.3)
    tints = ("#f27b35", "#2fb8a6", "#f4c542", "#e5557a")
    blocks = tuple(
        carton((plain(colour(t)), plain(colour(t)), plain(colour(t))), (0.55, 0.55, 0.55), at=at, turn=turn)
        for t, at, turn in zip(
            tints, ((1.9, 0.9), (2.4, 0.2), (-1.9, 1.0), (1.2, 1.6)), (0.5, 0.1, -0.4, 0.9), strict=True
        )
    )
    return still("mimbel blocks", "carpet", room("m1", "#8d8478", "#efe3d0", count=5), (box, *blocks), zoom=1.75)
