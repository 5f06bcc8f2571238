"""Composites of which it is known where the reference lies: edited photos, printed logos; it measures nothing."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from training.artwork import recoloured
from training.printing import Placement, photographed, print_mark

from benchmarks.edits import compress, halftone, recolour
from benchmarks.materials import Materials, cover
from benchmarks.overlays import banner, emoji, text
from brand_index.images import DecodedImage, RGBImage

SIDE: Final = 800  # pixels of a listing image
Corners = NDArray[np.float64]
"""(4, 2): top left, top right, bottom right and bottom left, in pixels whose centres are whole numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """A listing image and where the whole file of the reference lies in it."""

    listing: RGBImage
    corners: Corners


Photograph = Callable[[RGBImage, Materials], Composite]
Print = Callable[[NDArray[np.uint8], Materials], Composite]


def corners_of(image: NDArray[np.uint8]) -> Corners:
    """The corners of an image in its own pixels."""
    height, width = image.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5


def homography(source: Corners, target: Corners) -> NDArray[np.float64]:
    """The (3, 3) that takes four corners to four others."""
    return np.asarray(cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32)), np.float64)


def projected(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2) points under a homography."""
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0], np.float64)


def rgba_of(image: DecodedImage) -> NDArray[np.uint8]:
    """(H, W, 4): the first frame with its opacity."""
    alpha = image.alpha if image.alpha is not None else np.full(image.frames[0].shape[:2], 255, np.uint8)
    return np.dstack([image.frames[0], alpha])


def pasted(share: tuple[float, float], turn: float = 0.0, slant: float = 0.0, *, mirrored: bool = False) -> Photograph:
    """Paste on another photo, the long side `share` of its side, turned by up to `turn` degrees, seen at an angle."""

    def apply(photo: RGBImage, given: Materials) -> Composite:
        chance = given.chance
        ground = cover(given.other(), SIDE, SIDE)
        corners = corners_of(photo)
        corners = (corners - corners.mean(axis=0)) * (given.between(*share) * SIDE / max(photo.shape[:2]))
        angle = np.deg2rad(chance.uniform(-turn, turn))
        corners = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        corners += chance.uniform(-slant, slant, (4, 2)) * np.ptp(corners, axis=0)
        room = np.maximum(SIDE - np.ptp(corners, axis=0), 0)
        corners += chance.uniform(0, 1, 2) * room - corners.min(axis=0)
        if mirrored:
            corners = corners[[1, 0, 3, 2]]
        return Composite(_on(photo, ground, corners), corners)

    return apply


def cropped(removed: float) -> Photograph:
    """Keep a window of the photo's shape, so that `removed` of its area is gone."""

    def apply(photo: RGBImage, given: Materials) -> Composite:
        height, width = (round(side * (1 - removed) ** 0.5) for side in photo.shape[:2])
        top = int(given.chance.integers(photo.shape[0] - height + 1))
        left = int(given.chance.integers(photo.shape[1] - width + 1))
        corners = corners_of(photo) - [left, top]
        return Composite(np.ascontiguousarray(photo[top : top + height, left : left + width]), corners)

    return apply


def followed_by(first: Photograph, *edits: Callable[[RGBImage, Materials], RGBImage]) -> Photograph:
    """A composite whose listing image is edited further, in place."""

    def apply(photo: RGBImage, given: Materials) -> Composite:
        made = first(photo, given)
        listing = made.listing
        for edit in edits:
            listing = np.ascontiguousarray(edit(listing, given))
        return Composite(listing, made.corners)

    return apply


def several(photo: RGBImage, given: Materials) -> Composite:
    """A crop, mirrored, recoloured, with words on it, pasted at an angle on another photo, JPEG 30."""
    part = cropped(0.3)(photo, given)
    edited = text(recolour(part.listing, given), given)
    on_photo = pasted((0.55, 0.8), 8, 0.05, mirrored=True)(edited, given)
    corners = projected(homography(corners_of(edited), on_photo.corners), part.corners)
    return Composite(compress(30)(on_photo.listing, given), corners)


def sticker(image: RGBImage, given: Materials) -> RGBImage:
    """A banner and faces over the whole."""
    return emoji(banner(image, given), given)


PHOTOS: Final[dict[str, Photograph]] = {
    "paste, 25 to 60 %": pasted((0.5, 0.8)),
    "crop 50 %": cropped(0.5),
    "crop 70 %": cropped(0.7),
    "turned by up to 25°": pasted((0.5, 0.8), 25),
    "perspective": pasted((0.6, 0.85), 5, 0.12),
    "mirrored": pasted((0.5, 0.8), mirrored=True),
    "sticker, banner": followed_by(pasted((0.8, 0.95)), sticker),
    "recoloured": followed_by(pasted((0.5, 0.8)), recolour),
    "halftone": followed_by(pasted((0.8, 0.95)), halftone),
    "several at once": several,
}


def printed(share: tuple[float, float], *, cloth: bool = False, mild: bool = False) -> Print:
    """Print a mark (RGBA) on a photo: flat at an angle; on `cloth` with folds; `mild`: flat ink on a flat label."""

    def apply(mark: NDArray[np.uint8], given: Materials) -> Composite:
        chance = given.chance
        inked = mark if mild else recoloured(mark, chance, plainly=0.6)
        if inked.shape != mark.shape:  # an outline needs room of its own
            inked = mark
        side = given.between(*share) * SIDE
        width, height = side * np.array(mark.shape[1::-1]) / max(mark.shape[:2])
        middle = SIDE / 2 + chance.uniform(-0.4, 0.4, 2) * (SIDE - 1.3 * side)
        turn, slant = float(chance.normal(0, 0.2)), float(chance.uniform(0, 0.1))
        place = Placement(float(middle[0]), float(middle[1]), width, height, turn, slant, 0.0, 0.0)
        made = print_mark(cover(given.other(), SIDE, SIDE), inked, place, chance, mild=mild)
        listing, corners = made.image, made.corners.astype(np.float64)
        if cloth:
            listing, corners = _rippled(listing, corners, side, chance)
        return Composite(photographed(listing, chance, mild=mild), corners)

    return apply


LOGOS: Final[dict[str, Print]] = {
    "printed, 200 to 400 px": printed((0.25, 0.5)),
    "printed, 80 to 160 px": printed((0.1, 0.2)),
    "on a label, 200 to 400 px": printed((0.25, 0.5), mild=True),
    "on cloth with folds": printed((0.25, 0.5), cloth=True),
}


def chance_of(seed: int, kind: str, name: str) -> np.random.Generator:
    """The same numbers for the same composite in every run."""
    return np.random.default_rng([seed, zlib.crc32(kind.encode()), zlib.crc32(name.encode())])


def _on(photo: RGBImage, ground: RGBImage, corners: Corners) -> RGBImage:
    """`ground` with a photo on it, reduced first, as a browser would."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    scale = float(sides.max()) / max(photo.shape[:2])
    if scale < 1:
        size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    matrix = homography(corners_of(photo), corners)
    size = ground.shape[1::-1]
    warped = cv2.warpPerspective(photo, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover_of = cv2.warpPerspective(np.full(photo.shape[:2], 255, np.uint8), matrix, size)[..., None] / 255
    return np.asarray(np.round(ground * (1 - cover_of) + warped * cover_of), np.uint8)


def _rippled(image: RGBImage, corners: Corners, side: float, chance: np.random.Generator) -> tuple[RGBImage, Corners]:
    """An image as on cloth with gentle folds, and the corners that fit best what lay at `corners`."""
    height, width = image.shape[:2]
    waves = [
        (chance.uniform(-1, 1, 2) * 2 * np.pi / side, chance.uniform(0, 6.28), chance.uniform(-1, 1, 2) * 0.012 * side)
        for _ in range(3)
    ]

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points + sum(np.sin(points @ way + phase)[..., None] * reach for way, phase, reach in waves)

    columns, rows = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    target = np.stack([columns, rows], axis=-1)
    source = target.copy()
    for _ in range(4):  # the inverse by fixed point: the folds are gentle
        source -= moved(source) - target
    maps = source.astype(np.float32)
    out = cv2.remap(image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    u, v = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    unit = np.stack([u.ravel(), v.ravel()], axis=1)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    shown = moved(projected(homography(square, corners), unit))
    fitted, _ = cv2.findHomography(unit, shown, 0)
    return np.asarray(out, np.uint8), projected(np.asarray(fitted, np.float64), square)
