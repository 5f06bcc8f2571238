"""Prints registered logos on clean images, as goods show them; simpler than what the shipped networks learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.content import ground_of, visible_box
from brand_index.images import DecodedImage, RGBImage
from scanner.engine.boxes import Box

SMALLEST, LARGEST = 0.1, 0.7  # of the image's shorter side: the longer side of a print
LABELLED: Final = 0.5  # chance that the logo's own ground is printed, too
CONTRAST: Final = 70.0  # levels between ink and ground, below which nobody prints without a label
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """An image with one logo printed on it."""

    image: RGBImage
    logo: int  # number of the logo
    box: Box  # around it


def draw_prints(logos: Sequence[DecodedImage], grounds: Sequence[RGBImage], count: int, seed: int) -> list[Print]:
    """`count` prints of the logos by turns, each on an image that chance picks; one seed gives the same prints."""
    made = []
    for number in range(count):
        chance = np.random.default_rng([seed, number])
        which = number % len(logos)
        image, box = _printed(grounds[int(chance.integers(len(grounds)))], logos[which], chance)
        made.append(Print(image, which, box))
    return made


def _printed(photo: RGBImage, logo: DecodedImage, chance: np.random.Generator) -> tuple[RGBImage, Box]:
    rgba = _without_ground(logo)
    height, width = photo.shape[:2]
    long = float(np.exp(chance.uniform(np.log(SMALLEST), np.log(LARGEST)))) * min(height, width)
    wide, high = (max(4.0, long * side / max(rgba.shape[:2])) for side in (rgba.shape[1], rgba.shape[0]))
    x = float(chance.uniform(wide / 2, max(wide / 2 + 1, width - wide / 2)))
    y = float(chance.uniform(high / 2, max(high / 2 + 1, height - high / 2)))
    reach = max(2, int(min(wide, high) / 3))
    under = photo[max(0, int(y) - reach) : int(y) + reach + 1, max(0, int(x) - reach) : int(x) + reach + 1]
    if chance.random() < LABELLED or not _stands_out(rgba, under):
        rgba = _on_label(rgba, ground_of(logo))
    size = (max(2, round(wide)), max(2, round(high)))
    small = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if size[0] < rgba.shape[1] else cv2.INTER_LINEAR)
    corners = _corners(x, y, wide, high, chance)
    square = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    onto = cv2.getPerspectiveTransform(square, corners)
    premultiplied = small.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] / 255
    warped = cv2.warpPerspective(premultiplied, onto, (width, height), flags=cv2.INTER_LINEAR)
    grey = photo.mean(axis=2).astype(np.float32)
    broad = cv2.GaussianBlur(grey, (0, 0), max(1.0, min(wide, high) / 6)) + 1
    inside = warped[..., 3] > 0
    light = 0.5 + 0.5 * broad / max(float(broad[inside].mean()) if inside.any() else 1.0, 1.0)
    weave = 1 + float(chance.uniform(0, 0.8)) * np.clip((grey + 1) / broad - 1, -0.5, 0.5)
    lit = warped[..., :3] * (light * weave * float(chance.uniform(0.75, 1.1)))[..., None]
    made = np.clip(photo * (1 - warped[..., 3:] / 255) + lit, 0, 255).astype(np.uint8)
    low, far = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    box = Box(
        int(np.clip(low[0], 0, width - 2)),
        int(np.clip(low[1], 0, height - 2)),
        int(np.clip(far[0], 2, width)),
        int(np.clip(far[1], 2, height)),
    )
    return _photographed(made, chance), box


def _corners(x: float, y: float, wide: float, high: float, chance: np.random.Generator) -> _Floats:
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * [wide, high]
    turn = float(chance.normal(0, 0.15))
    turned = square @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    stray = chance.uniform(-1, 1, (4, 2)) * 0.1 * min(wide, high)
    return np.asarray(turned + stray + [x, y], np.float32)


def _without_ground(logo: DecodedImage) -> NDArray[np.uint8]:
    """The visible part of a logo as RGBA, its ground transparent."""
    pixels, ground = logo.frames[0], ground_of(logo)
    left, top, right, bottom = visible_box(logo, ground) or (0, 0, pixels.shape[1], pixels.shape[0])
    visible = pixels[top:bottom, left:right]
    if logo.alpha is not None:
        alpha = logo.alpha[top:bottom, left:right]
    else:
        far = np.abs(visible.astype(np.float32) - ground.astype(np.float32)).max(axis=2)
        alpha = np.clip((far - 12) * 6, 0, 255).astype(np.uint8)
    return np.dstack([visible, alpha])


def _stands_out(rgba: NDArray[np.uint8], under: RGBImage) -> bool:
    ink = rgba[..., 3] > 64
    if not ink.any():
        return False
    return bool(np.abs(rgba[..., :3][ink].mean(axis=0) - under.reshape(-1, 3).mean(axis=0)).max() >= CONTRAST)


def _on_label(rgba: NDArray[np.uint8], ground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    cover = rgba[..., 3:].astype(np.float32) / 255
    colours = rgba[..., :3] * cover + ground.astype(np.float32) * (1 - cover)
    return np.dstack([colours.astype(np.uint8), np.full(rgba.shape[:2], 255, np.uint8)])


def _photographed(image: RGBImage, chance: np.random.Generator) -> RGBImage:
    """The image after a camera and a web site: light, blur, low resolution, JPEG."""
    made = np.clip(image.astype(np.float32) * float(chance.uniform(0.8, 1.15)), 0, 255).astype(np.uint8)
    if chance.random() < 0.4:
        made = np.asarray(cv2.GaussianBlur(made, (0, 0), float(chance.uniform(0.4, 1.6))), np.uint8)
    if chance.random() < 0.3:
        height, width = made.shape[:2]
        factor = float(chance.uniform(0.4, 0.8))
        small = cv2.resize(made, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        made = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    _, data = cv2.imencode(".jpg", made[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(35, 95))])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
