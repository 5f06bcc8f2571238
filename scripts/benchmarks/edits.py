"""Edits that copiers make, each a pure function of image, seed and other photos; augly_edits.py has AugLy's."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image

from benchmarks.materials import Materials, corners_of, cover, on_canvas, through_jpeg
from benchmarks.overlays import banner, emoji, meme, screenshot, text
from brand_index.images import RGBImage


@dataclass(frozen=True, slots=True)
class Edit:
    """One named way to alter an image: (H, W, 3) uint8 sRGB in, the same out, of another size perhaps."""

    name: str
    apply: Callable[[RGBImage, Materials], RGBImage]

    def __call__(self, image: RGBImage, *, seed: int, others: Sequence[RGBImage]) -> RGBImage:
        """Alter `image`, the same each time for the same `seed`; `image` itself stays as it was."""
        chance = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        return np.ascontiguousarray(self.apply(image, Materials(chance, others)), dtype=np.uint8)


def crop(removed: float) -> Callable[[RGBImage, Materials], RGBImage]:
    """Keep a window anywhere in the image, of its shape, so that `removed` of the area is gone."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        height, width = (max(1, round(side * (1 - removed) ** 0.5)) for side in image.shape[:2])
        top = int(given.chance.integers(image.shape[0] - height + 1))
        left = int(given.chance.integers(image.shape[1] - width + 1))
        return image[top : top + height, left : left + width]

    return apply


def paste(share: float) -> Callable[[RGBImage, Materials], RGBImage]:
    """Paste the image anywhere on another photo, so that it takes up `share` of the whole."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        height, width = image.shape[:2]
        ground = cover(given.other(), round(width / share**0.5), round(height / share**0.5))
        top = int(given.chance.integers(ground.shape[0] - height + 1))
        left = int(given.chance.integers(ground.shape[1] - width + 1))
        ground[top : top + height, left : left + width] = image
        return ground

    return apply


def rotate(degrees: float) -> Callable[[RGBImage, Materials], RGBImage]:
    """Turn left or right on a canvas large enough to show all of the image."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        turned = Image.fromarray(image).rotate(
            degrees * given.chance.choice((-1, 1)), Image.Resampling.BICUBIC, expand=True, fillcolor=given.colour()
        )
        return np.asarray(turned)

    return apply


def compress(quality: int) -> Callable[[RGBImage, Materials], RGBImage]:
    """Through JPEG at `quality` (1..95, libjpeg's scale)."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        return through_jpeg(image, quality)

    return apply


def pad(image: RGBImage, given: Materials) -> RGBImage:
    """A border of one colour, each side 10 to 40 % of the image's."""
    height, width = image.shape[:2]
    top, bottom = (round(height * given.between(0.1, 0.4)) for _ in range(2))
    left, right = (round(width * given.between(0.1, 0.4)) for _ in range(2))
    return on_canvas(image, top, bottom, left, right, given.colour())


def collage(image: RGBImage, given: Materials) -> RGBImage:
    """Two by two with three other photos, in any of the four cells."""
    height, width = image.shape[:2]
    cells = [image, *(cover(given.other(), width, height) for _ in range(3))]
    first, second, third, fourth = (cells[int(position)] for position in given.chance.permutation(4))
    return np.vstack((np.hstack((first, second)), np.hstack((third, fourth))))


def mirror(image: RGBImage, given: Materials) -> RGBImage:
    """Left for right."""
    return image[:, ::-1]


def quarter_turn(image: RGBImage, given: Materials) -> RGBImage:
    """By 90 degrees, left or right."""
    return np.rot90(image, int(given.chance.choice((1, 3))))


def perspective(image: RGBImage, given: Materials) -> RGBImage:
    """Each corner moved inwards by up to 20 % of the side, after AugLy's, which today's NumPy breaks."""
    height, width = image.shape[:2]
    corners = corners_of(width, height)
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], np.float32) * (width, height)
    moved = (corners + inwards * given.chance.uniform(0, 0.2, (4, 2))).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return np.asarray(cv2.warpPerspective(image, matrix, (width, height), borderValue=given.colour()), np.uint8)


def blurred(share: float) -> Callable[[RGBImage, Materials], RGBImage]:
    """Gaussian, of a deviation of that `share` of the width."""

    def apply(image: RGBImage, given: Materials) -> RGBImage:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), image.shape[1] * share), np.uint8)

    return apply


def blur(image: RGBImage, given: Materials) -> RGBImage:
    """Of a deviation of 1 to 2 % of the width."""
    return blurred(given.between(0.01, 0.02))(image, given)


def recolour(image: RGBImage, given: Materials) -> RGBImage:
    """Another hue, saturation and gamma."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[:, :, 0] = (hsv[:, :, 0] + given.between(20, 160)) % 180
    hsv[:, :, 1] = np.clip(hsv[:, :, 1] * given.between(0.6, 1.8), 0, 255)
    hsv[:, :, 2] = 255 * (hsv[:, :, 2] / 255) ** given.between(0.7, 1.4)
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)


def halftone(image: RGBImage, given: Materials) -> RGBImage:
    """Black dots on white, as in a newspaper, 4 to 6 pixels apart, larger where the image is darker."""
    height, width = image.shape[:2]
    pitch = int(given.chance.integers(4, 7))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    darkness = 1 - cv2.blur(grey, (pitch, pitch)).astype(np.float64) / 255
    y, x = np.mgrid[0:height, 0:width]
    from_dot = np.hypot(x % pitch - (pitch - 1) / 2, y % pitch - (pitch - 1) / 2)
    dots = np.where(from_dot <= np.sqrt(darkness / np.pi) * pitch, 20, 250).astype(np.uint8)
    return np.repeat(dots[:, :, None], 3, axis=2)


def dark(image: RGBImage, given: Materials) -> RGBImage:
    """Underexposed to 20 to 35 % of the light, with the noise that comes with it."""
    noisy = image * given.between(0.2, 0.35) + given.chance.normal(0, 4, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def small(image: RGBImage, given: Materials) -> RGBImage:
    """A thumbnail, its long side 96 to 128 pixels."""
    scale = given.between(96, 128) / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def several(image: RGBImage, given: Materials) -> RGBImage:
    """A crop of 30 %, mirrored half of the time, recoloured, with words on it, on another photo (50 %), JPEG 30."""
    image = crop(0.3)(image, given)
    image = mirror(image, given) if given.chance.random() < 0.5 else image
    for step in (recolour, text, paste(0.5), compress(30)):
        image = step(np.ascontiguousarray(image), given)
    return image


EDITS: tuple[Edit, ...] = (
    *(Edit(f"crop {percent} %", crop(percent / 100)) for percent in (10, 30, 50, 70)),
    Edit("pad", pad),
    *(Edit(f"paste at {percent} %", paste(percent / 100)) for percent in (50, 35, 20)),
    Edit("collage of 4", collage),
    Edit("mirror", mirror),
    *(Edit(f"rotate {degrees}°", rotate(degrees)) for degrees in (2, 5, 10, 20)),
    Edit("rotate 90°", quarter_turn),
    Edit("banner", banner),
    Edit("emoji", emoji),
    Edit("text", text),
    Edit("screenshot", screenshot),
    Edit("meme", meme),
    Edit("perspective", perspective),
    Edit("blur", blur),
    Edit("JPEG 30", compress(30)),
    Edit("JPEG 10", compress(10)),
    Edit("recolour", recolour),
    Edit("halftone", halftone),
    Edit("dark", dark),
    Edit("small", small),
    Edit("several at once", several),
)
"""Our own edits, mild before severe within a family."""
BY_NAME: Final = {edit.name: edit for edit in EDITS}
