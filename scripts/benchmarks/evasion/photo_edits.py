"""Ways to hide that a photo is copied, from mild to severe: relit, cropped above, on another ground, combined."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from benchmarks.edits import compress, mirror
from benchmarks.material.goods.cutouts import goods_of, placed
from benchmarks.materials import Materials, cover
from benchmarks.strengths import Family
from brand_index.images import RGBImage

EditPhoto = Callable[[RGBImage, Materials], RGBImage]


def relit(percent: float) -> EditPhoto:
    """A light from a side, `percent` brighter there and darker across, warmer or colder, with another gamma."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        height, width = image.shape[:2]
        angle, strength = given.between(0, 2 * np.pi), percent / 100
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        light = 1 + strength * (np.cos(angle) * x + np.sin(angle) * y)
        warmth = given.between(-0.3, 0.3) * strength
        gamma = 1 + given.between(-0.5, 0.8) * strength
        curved = 255 * (image.astype(np.float32) / 255) ** gamma
        tinted = curved * np.array([1 + warmth, 1, 1 - warmth], np.float32) * light[:, :, None]
        return np.asarray(np.clip(tinted, 0, 255), np.uint8)

    return apply


def beheaded(percent: float) -> EditPhoto:
    """Without its upper `percent`, where a model's head is, and 5 % of its sides."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        height, width = image.shape[:2]
        edge = round(width * 0.05)
        return np.ascontiguousarray(image[round(height * percent / 100) :, edge : width - edge])

    return apply


def on_other_ground(percent: float) -> EditPhoto:
    """The goods (GrabCut) on the photo of another room or cloth, up to `percent` of its sides.

    A photo in which GrabCut finds no goods is cut at its middle, as an ellipse.
    """

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        height, width = image.shape[:2]
        ground = cv2.GaussianBlur(cover(given.other(), width, height), (0, 0), width * 0.01)
        goods = goods_of(image)
        if goods is not None:
            return placed(np.asarray(ground, np.uint8), goods, percent / 100, given.chance, shade=0.25)
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        inside = (np.hypot(x, y) < percent / 100)[:, :, None]
        return np.asarray(np.where(inside, image, ground), np.uint8)

    return apply


def combined(steps: float) -> EditPhoto:
    """One, two, three … of: relit by 40 %, without the upper 20 %, on another ground at 80 %, mirrored, JPEG 30."""
    order = (relit(40), beheaded(20), on_other_ground(80), mirror, compress(30))

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        for step in order[: round(steps)]:
            image = np.ascontiguousarray(step(image, given))
        return image

    return apply


EVASIONS: Final = (
    Family("relit", "% of light", (20, 40, 60, 80), relit),
    Family("head cropped", "% cut above", (10, 20, 30, 40), beheaded),
    Family("on another ground", "% of the sides", (95, 80, 60), on_other_ground),
    Family("combined", "edits at once", (2, 3, 4, 5), combined),
)
