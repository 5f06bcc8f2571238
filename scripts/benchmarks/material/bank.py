"""The listing material of which the bank of regions is made: panels of text, and innocents of every other kind."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.material.kinds import KINDS
from benchmarks.material.text_panels import KIND, draw_panel
from benchmarks.materials import pick, some
from brand_index.images import RGBImage

SEED: Final = 20_261_128
PHOTOS: Final = 8  # that a scene is given
OF_A_SCENE: Final = 4  # innocents of one layout that are taken


def bank_images(photos: Sequence[RGBImage], fonts: Sequence[Path], count: int) -> Iterator[RGBImage]:
    """`count` images: half are text in any of `fonts`, half are of the other kinds by turns; `photos` show in some."""
    kinds = [kind for kind in KINDS if kind != KIND]
    for number in range(count // 2):
        chance = np.random.default_rng([SEED, 0, number])
        yield draw_panel(chance, fonts, photo=pick(chance, photos))
    drawn = count // 2
    for number in range(count):
        chance = np.random.default_rng([SEED, 1, number])
        scene = KINDS[kinds[number % len(kinds)]](chance, some(chance, photos, PHOTOS))
        for image in scene.innocents[:OF_A_SCENE]:
            if drawn == count:
                return
            yield image
            drawn += 1
