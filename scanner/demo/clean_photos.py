"""Photographs in which no registered mark is to be seen, to show that Markscan lets them pass."""

from functools import lru_cache

import numpy as np

from scanner.demo import flatlay, goods, logos
from scanner.demo.goods import carton, decal, kraft, mug
from scanner.demo.sets import PORTRAIT, Photo, chance, floor, ground, printed, room, still
from scanner.demo.solids import Turned
from scanner.demo.textures import Pixels, colour, photographed
from scanner.demo.vector import document, letters, rasterize


@lru_cache(maxsize=1)
def clean_vase() -> Photo:
    """A vase, a bowl and a plain mug."""
    solids = (
        Turned(goods.VASE, wrapped_stripes("#d9c7a3", "#8b5e3c"), at=(-0.9, -0.3), gloss=0.25),
        Turned(goods.BOWL, wrapped_stripes("#e8e2d4", "#42607a"), at=(1.3, 0.3), inside=colour("#dfe6ea")),
    )
    return still("clean vase", "walnut", room("c1", "#4a443c", "#c2b59d"), solids, look=(0.1, 1.1, 0.0), zoom=2.0)


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
    return still(
        "clean brackmoor", "grey boards", room("c2", "#38352f", "#a89c86"), mug(art, "#2b2b33", turn=0.05), zoom=2.2
    )


def clean_shirt() -> Photo:
    """A T-shirt of sailor's stripes."""
    rows = np.arange(PORTRAIT[1])[:, None, None]
    stripes = np.where((rows // 19) % 2 == 0, np.array(colour("#f1ede2")), np.array(colour("#27406b")))
    stripes = np.broadcast_to(stripes, (PORTRAIT[1], PORTRAIT[0], 3)).astype(np.float32)
    nothing = np.zeros((PORTRAIT[1], PORTRAIT[0], 4), np.float32)
    scene = flatlay.cloth(chance("clean shirt"), floor("oak"), colour("#f1ede2"), nothing, stripes=stripes)
    return photographed(chance("clean shirt camera"), scene)


@lru_cache(maxsize=1)
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
        chance("clean poster"), rasterize(document(600, 800, "".join(art)), 600), wall, colour("#2d2a28"), lean=0.05
    )
    return photographed(chance("clean poster camera"), scene)


@lru_cache(maxsize=1)
def clean_tin() -> Photo:
    """An unmarked tea tin and a carton, of a kind with those that are registered."""
    tin = Turned(goods.TIN, wrapped_stripes("#7a2e2e", "#d8a25a"), at=(-0.9, 0.1), gloss=0.4)
    box = carton((kraft(0), kraft(1), kraft(2)), (1.5, 1.7, 1.2), at=(1.2, -0.3), turn=-0.4)
    return still("clean tin", "linen", room("c5", "#3a3f45", "#b9bdb7", "#e9f0ff"), (tin, box), look=(0.1, 1.05, 0.0))


def clean_tote() -> Photo:
    """A canvas bag with a plain printed motif."""
    leaves = "".join(logos.leaf(300, 560, 380, a, "#3e5f8a") for a in (-150, -120, -90, -60, -30))
    print_ = printed(rasterize(document(600, 600, leaves), 600), PORTRAIT, (0.5, 0.66), 0.36)
    scene = flatlay.cloth(chance("clean tote"), floor("terrazzo"), colour("#d8d2c4"), print_, tote=True)
    return photographed(chance("clean tote camera"), scene)
