"""Where the demo's photographs are taken: grounds, rooms and cameras; no goods of any brand."""

from collections.abc import Callable
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from scanner.demo import flatlay
from scanner.demo.solids import Solid
from scanner.demo.studio import Shot, photograph
from scanner.demo.textures import Pixels, bokeh, carpet, colour, photographed, plaster, terrazzo, weave, wood

Photo = NDArray[np.uint8]
"""(H, W, 3) RGB."""

LANDSCAPE = (800, 600)
PORTRAIT = (640, 800)


def chance(name: str) -> np.random.Generator:
    """Chance of its own for each picture, the same on every run."""
    return np.random.default_rng(crc32(name.encode()))


@lru_cache(maxsize=32)
def ground(name: str) -> Pixels:
    """A square of table, floor or wall by its name."""
    rng = chance(name)
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


def room(name: str, low: str, high: str, lights: str = "#ffd9a0", count: int = 9) -> Pixels:
    """An out-of-focus background between two colours; `name` picks its furniture."""
    return bokeh(chance("room " + name), 240, 320, colour(low), colour(high), colour(lights), count)


def still(
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
    """Goods photographed on a table: the name of the ground, the background, the goods, the camera as in Shot."""
    shot = Shot(ground(table), room, eye=eye, look=look, zoom=zoom, solids=solids)
    return photographed(chance(name), photograph(shot, *size), warmth=warmth)


def floor(table: str, size: tuple[int, int] = PORTRAIT) -> Pixels:
    """A piece of ground seen from above, of size (width, height)."""
    width, height = size
    return np.ascontiguousarray(ground(table)[:height, :width])


def printed(
    print_: NDArray[np.uint8], size: tuple[int, int], centre: tuple[float, float], reach: float, turn: float = 0.0
) -> Pixels:
    """A print on an else transparent sheet of size (width, height), as `flatlay.placed` makes it."""
    return flatlay.placed(print_, size[1], size[0], centre, reach, turn)
