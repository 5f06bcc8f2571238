"""Cloth on a table seen from above, and pictures on a wall, for the demo; no brand of its own."""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.demo.textures import Colour, Pixels, noise
from scanner.demo.vector import RGBAImage, document, rasterize

SHIRT = (
    "M300 120 C 250 128 215 140 190 150 C 130 175 85 250 40 360 C 80 395 130 415 178 425 L 214 352 "
    "C 222 470 222 640 214 812 C 330 836 470 836 586 812 C 578 640 578 470 586 352 L 622 425 "
    "C 670 415 720 395 760 360 C 715 250 670 175 610 150 C 585 140 550 128 500 120 C 470 172 330 172 300 120 Z"
)
TOTE = (
    "M190 300 C 330 292 470 292 610 300 C 622 480 626 660 618 820 C 470 832 330 832 182 820 C 174 660 178 480 190 300 Z"
)
_SHIRT_SEAMS = (
    "M214 352 C 206 270 200 200 190 150 M586 352 C 594 270 600 200 610 150 M300 120 C 322 192 478 192 500 120 "
    "M288 124 C 316 208 484 208 512 124 M50 347 C 92 382 140 402 184 411 M750 347 C 708 382 660 402 616 411 "
    "M215 796 C 330 820 470 820 585 796"
)
_TOTE_SEAMS = "M189 322 C 330 314 470 314 611 322 M186 800 C 330 812 470 812 614 800"
_TOTE_STRAPS = "M290 296 C 270 60 370 20 400 20 C 430 20 530 60 510 296"


def _mask(svg: str, size: int) -> Pixels:
    return np.asarray(rasterize(svg, size)[..., 3], np.float32) / np.float32(255)


def _shape(path: str, size: int) -> Pixels:
    return _mask(document(800, 860, f'<path d="{path}" fill="#000"/>'), size)


def _lines(path: str, size: int, width: float, dash: str = "") -> Pixels:
    style = f'fill="none" stroke="#000" stroke-width="{width}" stroke-dasharray="{dash}"'
    return _mask(document(800, 860, f'<path d="{path}" {style}/>'), size)


def blend(under: Pixels, over: Pixels, alpha: Pixels) -> Pixels:
    """`over` laid on `under` where alpha, a plane of 0..1, says so."""
    return np.asarray(under * (1 - alpha[..., None]) + over * alpha[..., None], np.float32)


def placed(
    print_: RGBAImage, height: int, width: int, centre: tuple[float, float], reach: float, turn: float = 0.0
) -> Pixels:
    """A print on an otherwise transparent sheet as (height, width, 4), 0..1.

    `centre` is a share of width and height, `reach` the print's width as a share of the sheet's, `turn` degrees.
    """
    scale = reach * width / print_.shape[1]
    middle = (print_.shape[1] / 2, print_.shape[0] / 2)
    move = cv2.getRotationMatrix2D(middle, turn, scale)
    move[:, 2] += np.array([centre[0] * width, centre[1] * height]) - middle
    sheet = print_.astype(np.float32) / 255
    sheet[..., :3] *= sheet[..., 3:]
    if scale < 0.6:  # remap has no area filter
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), 0.35 / scale), np.float32)
    out = np.asarray(cv2.warpAffine(sheet, move, (width, height), flags=cv2.INTER_CUBIC), np.float32)
    alpha = np.clip(out[..., 3:], 0, 1)
    return np.concatenate([np.clip(out[..., :3] / np.maximum(alpha, 1e-3), 0, 1), alpha], axis=2)


def _folds(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Height of cloth in pixels: long creases from a few pulls over soft swellings."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    out = 10 * noise(rng, height, width, 3, 3, 3)
    for _ in range(9):
        angle = rng.uniform(0, np.pi)
        along = (x - rng.uniform(0.2, 0.8) * width) * np.cos(angle) + (y - rng.uniform(0.2, 0.9) * height) * np.sin(
            angle
        )
        across = (x - width / 2) * np.sin(angle) - (y - height / 2) * np.cos(angle)
        bend = 12 * np.sin(across / width * 5 + rng.uniform(0, 6))
        out += (
            rng.uniform(2, 5)
            * np.exp(-(((along + bend) / rng.uniform(4, 10)) ** 2))
            * np.exp(-((across / (width * rng.uniform(0.15, 0.35))) ** 2))
        )
    return out


def cloth(
    rng: np.random.Generator,
    ground: Pixels,
    dye: Colour,
    print_: Pixels,
    *,
    tote: bool = False,
    stripes: Pixels | None = None,
) -> Pixels:
    """A T-shirt, or a tote bag, laid on `ground` (H, W, 3); `print_` is a sheet (H, W, 4) as `placed` makes it.

    `stripes` (H, W, 3) replaces the even `dye`; None leaves it even.
    """
    height, width = ground.shape[:2]
    span = min(width, round(height * 0.98 * 800 / 860))

    def centred(plane: Pixels) -> Pixels:
        out = np.zeros((height, width), np.float32)
        top, left = (height - plane.shape[0]) // 2, (width - plane.shape[1]) // 2
        out[top : top + plane.shape[0], left : left + plane.shape[1]] = plane
        return out

    body = centred(_shape(TOTE if tote else SHIRT, span))
    seams = centred(_lines(_TOTE_SEAMS if tote else _SHIRT_SEAMS, span, 2.2, "5 3.5"))
    half = _folds(rng, height // 2, width // 2)  # folds are broad, and this is the dear part
    relief = np.asarray(cv2.resize(half, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    gy, gx = (np.asarray(g, np.float32) for g in np.gradient(np.asarray(cv2.GaussianBlur(relief, (0, 0), 2.0))))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    moved = np.asarray(cv2.remap(print_, x + gx * 5, y + gy * 5, cv2.INTER_LINEAR), np.float32)
    colour = np.broadcast_to(np.array(dye, np.float32), (height, width, 3)) if stripes is None else stripes
    threads = (
        1
        + 0.05 * np.sin(x * 2.1 + relief) * np.sin(y * 2.1)
        + 0.035 * noise(rng, height, width, height / 3, width / 3, 1)
    )
    fabric = blend(np.asarray(colour, np.float32), moved[..., :3], moved[..., 3] * 0.96) * threads[..., None]
    light = np.clip(1.0 - 0.75 * gx - 0.95 * gy, 0.45, 1.4)
    rim = 1 - 0.45 * np.clip(1 - cv2.GaussianBlur(body, (0, 0), width / 90) * 1.25 + 0.2, 0, 1)
    fabric = fabric * (light * rim * (1 - 0.28 * seams))[..., None]

    out = ground.copy()
    if tote:
        strap = centred(_lines(_TOTE_STRAPS, span, 30))
        out *= (1 - 0.4 * _fallen(strap, width, 5))[..., None]
        band = np.asarray(
            np.array(dye, np.float32) * 0.93 * (threads * np.clip(light, 0.8, 1.1))[..., None], np.float32
        )
        out = blend(out, band * (1 - 0.3 * centred(_lines(_TOTE_STRAPS, span, 22)) * 0.3)[..., None], strap)
    else:
        inner = centred(_shape("M300 120 C 330 104 470 104 500 120 C 470 172 330 172 300 120 Z", span))
        out = blend(out, np.asarray(np.array(dye, np.float32) * 0.5 * threads[..., None], np.float32), inner)
    out *= (1 - 0.5 * _fallen(body, width, 9) * (1 - body))[..., None]
    return blend(out, np.clip(fabric, 0, 1), body)


def _fallen(shape: Pixels, width: int, drop: int) -> Pixels:
    """The soft shadow that a shape throws to the lower right."""
    shifted = np.roll(np.roll(shape, drop, 0), drop * 2 // 3, 1)
    return np.asarray(cv2.GaussianBlur(shifted, (0, 0), width / 110), np.float32)


def tilted(picture: Pixels, corners: tuple[tuple[float, float], ...], ground: Pixels) -> Pixels:
    """`picture` at an angle on `ground`: its corners, clockwise from the top left, lie at shares of its sides."""
    height, width = ground.shape[:2]
    source = np.array(
        [[0, 0], [picture.shape[1], 0], [picture.shape[1], picture.shape[0]], [0, picture.shape[0]]], np.float32
    )
    target = np.array([(x * width, y * height) for x, y in corners], np.float32)
    move = cv2.getPerspectiveTransform(source, target)
    warped = cv2.warpPerspective(picture, move, (width, height), flags=cv2.INTER_AREA)
    alpha = cv2.warpPerspective(np.ones(picture.shape[:2], np.float32), move, (width, height), flags=cv2.INTER_LINEAR)
    return blend(ground, np.asarray(warped, np.float32), np.asarray(alpha, np.float32))


def framed(rng: np.random.Generator, art: RGBAImage, wall: Pixels, timber: Colour, *, lean: float = 0.03) -> Pixels:
    """A framed print that hangs on `wall` (H, W, 3), lit from the upper left and seen a little from the side."""
    height, width = wall.shape[:2]
    tall = 900
    wide = round(tall * art.shape[1] / art.shape[0])
    inner = np.asarray(cv2.resize(art[..., :3], (wide, tall), interpolation=cv2.INTER_AREA), np.float32) / 255
    mat, wood = 44, 26
    sheet = np.full((tall + 2 * (mat + wood), wide + 2 * (mat + wood), 3), 0.95, np.float32)
    grain = 1 + 0.12 * noise(rng, sheet.shape[0], sheet.shape[1], 40, 5, 3)
    edge = np.ones(sheet.shape[:2], bool)
    edge[wood:-wood, wood:-wood] = False
    sheet[edge] = np.array(timber, np.float32) * grain[edge][:, None]
    sheet[mat + wood : -mat - wood, mat + wood : -mat - wood] = inner
    depth = np.zeros(sheet.shape[:2], np.float32)
    depth[edge] = 1
    sheet *= (1 - 0.35 * np.asarray(_fallen(depth, 900, 10)) * (1 - depth))[..., None]
    gy, gx = np.mgrid[0 : 1 : sheet.shape[0] * 1j, 0 : 1 : sheet.shape[1] * 1j].astype(np.float32)
    glare = np.exp(-(((gx + gy * 0.7 - 0.35) / 0.16) ** 2)) * 0.09 * (1 - depth)
    sheet = np.clip(sheet + glare[..., None], 0, 1)
    share = 0.86 * height / sheet.shape[0] * sheet.shape[1] / width / 2
    corners = (
        (0.5 - share, 0.07),
        (0.5 + share - lean, 0.07 + lean),
        (0.5 + share - lean, 0.93 - lean),
        (0.5 - share, 0.93),
    )
    shade = tilted(np.zeros_like(sheet), corners, np.ones_like(wall))[..., 0]
    dark = _fallen(np.asarray(1 - shade, np.float32), width, 18)
    fade = np.linspace(1.06, 0.86, width, dtype=np.float32)[None, :, None]
    return np.asarray(
        np.clip(tilted(np.asarray(sheet, np.float32), corners, wall * (1 - 0.5 * dark)[..., None]) * fade, 0, 1),
        np.float32,
    )


def whitened(print_: RGBAImage, dye: tuple[int, int, int] = (255, 255, 255)) -> NDArray[np.uint8]:
    """The one-colour version that a screen printer makes: dark ink becomes `dye`, pale ink is left out."""
    out = print_.copy()
    ink = 1 - print_[..., :3].mean(axis=2) / 255
    out[..., 3] = np.clip(print_[..., 3] * ink / max(float(ink.max()), 1e-3), 0, 255)
    out[..., :3] = dye
    return out
