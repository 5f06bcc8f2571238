"""What copying sellers do to other people's photos, for the demo; each edit takes and returns (H, W, 3) RGB."""

from collections.abc import Sequence

import cv2
import numpy as np

from scanner.demo.textures import Photo
from scanner.demo.vector import Drawing, circle, letters, rect

_CHEST = (0.35, 0.31, 0.65, 0.6)  # left, top, right, bottom: shares of a photo of a garment


def cropped(photo: Photo, left: float, top: float, right: float, bottom: float) -> Photo:
    """The part between shares of width and height, enlarged to a long side of 800 pixels."""
    height, width = photo.shape[:2]
    part = photo[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    scale = 800 / max(part.shape[:2])
    return np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def collage(photos: Sequence[Photo]) -> Photo:
    """Four photos, each cut to fill a quarter of a white sheet."""
    out, side = np.full((800, 800, 3), 255, np.uint8), 382
    for i, photo in enumerate(photos):
        scale = side / min(photo.shape[:2])
        grown = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        y, x = (grown.shape[0] - side) // 2, (grown.shape[1] - side) // 2
        top, left = 12 + i // 2 * 394, 12 + i % 2 * 394
        out[top : top + side, left : left + side] = grown[y : y + side, x : x + side]
    return out


def bannered(photo: Photo) -> Photo:
    """With a sale banner across it and a sticker in the corner."""
    height, width = photo.shape[:2]
    body = circle(width - 100, 100, 74, "#ffd400") + letters("-60%", width - 100, 116, 50, "#c4001a", weight=0.09)
    body += rect(0, height - 150, width, 104, "#c4001a")
    body += letters("FREE SHIPPING", width / 2, height - 96, 52, "#ffffff", weight=0.09, tracking=0.02)
    body += letters("original quality · only today", width / 2, height - 60, 28, "#ffe9a8")
    sheet = Drawing(width, height, body).pixels(width).astype(np.float32)
    alpha = sheet[..., 3:] / 255
    return np.asarray(photo * (1 - alpha) + sheet[..., :3] * alpha + 0.5, np.uint8)


def stickered(photo: Photo) -> Photo:
    """With a sticker over a part of the goods."""
    height, width = photo.shape[:2]
    x, y, radius = width / 2, 0.48 * height, 0.11 * width
    body = circle(x, y, radius, "#ffd400") + letters("NEW", x, y + 15, 46, "#c4001a", weight=0.1)
    sheet = Drawing(width, height, body).pixels(width).astype(np.float32)
    alpha = sheet[..., 3:] / 255
    return np.asarray(photo * (1 - alpha) + sheet[..., :3] * alpha + 0.5, np.uint8)


def mosaicked(photo: Photo) -> Photo:
    """With a mosaic over the print on the chest, so that nobody reads it."""
    height, width = photo.shape[:2]
    left, top, right, bottom = (round(share * side) for share, side in zip(_CHEST, (width, height) * 2, strict=True))
    out, part = photo.copy(), photo[top:bottom, left:right]
    cells = cv2.resize(part, (9, 10), interpolation=cv2.INTER_AREA)
    out[top:bottom, left:right] = cv2.resize(cells, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return out


def recoloured(photo: Photo) -> Photo:
    """With its hues turned by a quarter, more contrast, and saved as a poor JPEG (quality 30)."""
    hsv = cv2.cvtColor(photo, cv2.COLOR_RGB2HSV).astype(np.int32)
    hsv[..., 0] = (hsv[..., 0] + 45) % 180
    turned = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR).astype(np.float32)
    strong = np.rint(np.clip((turned - 128) * 1.15 + 132, 0, 255)).astype(np.uint8)
    file = cv2.imencode(".jpg", strong, [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)[..., ::-1].copy()
