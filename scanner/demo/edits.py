"""What copying sellers do to other people's photographs, for the demo; each edit takes and gives (H, W, 3) RGB."""

import io

import cv2
import numpy as np
from PIL import Image

from scanner.demo.sets import Photo
from scanner.demo.vector import document, letters, rasterize


def cropped(photo: Photo, left: float, top: float, right: float, bottom: float) -> Photo:
    """The part between shares of width and height, enlarged to a long side of 800 pixels."""
    height, width = photo.shape[:2]
    part = photo[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    scale = 800 / max(part.shape[:2])
    return np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def mirrored(photo: Photo) -> Photo:
    """As in a mirror."""
    return np.ascontiguousarray(photo[:, ::-1])


def collage(photos: tuple[Photo, Photo, Photo, Photo], width: int = 800, height: int = 800, gap: int = 12) -> Photo:
    """Four photos, each cut to fill a quarter of a white sheet."""
    out = np.full((height, width, 3), 255, np.uint8)
    w, h = (width - 3 * gap) // 2, (height - 3 * gap) // 2
    for i, photo in enumerate(photos):
        scale = max(w / photo.shape[1], h / photo.shape[0])
        grown = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        y, x = (grown.shape[0] - h) // 2, (grown.shape[1] - w) // 2
        top, left = gap + (i // 2) * (h + gap), gap + (i % 2) * (w + gap)
        out[top : top + h, left : left + w] = grown[y : y + h, x : x + w]
    return out


def overprinted(photo: Photo, svg: str) -> Photo:
    """A transparent SVG of the photo's shape laid over it."""
    sheet = rasterize(svg, photo.shape[1])[: photo.shape[0]].astype(np.float32)
    alpha = sheet[..., 3:] / 255
    return np.asarray(photo * (1 - alpha) + sheet[..., :3] * alpha + 0.5, np.uint8)


def bannered(photo: Photo) -> Photo:
    """With a sale banner across it and a sticker in the corner."""
    height, width = photo.shape[:2]
    top = height - 150
    star = f'<circle cx="{width - 100}" cy="100" r="74" fill="#ffd400"/>'
    star += letters("-60%", width - 100, 116, 50, fill="#c4001a", weight=0.09)
    band = f'<rect x="0" y="{top}" width="{width}" height="104" fill="#c4001a" opacity="0.94"/>'
    band += letters("FREE SHIPPING", width / 2, top + 54, 52, fill="#ffffff", weight=0.09, tracking=0.02)
    band += letters("original quality · only today", width / 2, top + 90, 28, fill="#ffe9a8", weight=0.03)
    return overprinted(photo, document(width, height, star + band))


def pasted(photo: Photo, ground: Photo, reach: float, centre: tuple[float, float], turn: float) -> Photo:
    """As a print with a white edge on another picture: its width `reach` of the ground's, turned by degrees."""
    height, width = ground.shape[:2]
    card = cv2.copyMakeBorder(photo, 22, 22, 22, 22, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    scale = reach * width / card.shape[1]
    small = cv2.resize(card, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    middle = (small.shape[1] / 2, small.shape[0] / 2)
    move = cv2.getRotationMatrix2D(middle, turn, 1.0)
    move[:, 2] += np.array([centre[0] * width, centre[1] * height]) - middle
    print_ = cv2.warpAffine(small, move, (width, height), flags=cv2.INTER_CUBIC).astype(np.float32)
    alpha = cv2.warpAffine(np.ones(small.shape[:2], np.float32), move, (width, height))
    shadow = np.asarray(cv2.GaussianBlur(np.roll(alpha, (9, 7), (0, 1)), (0, 0), 9))[..., None] * 0.5
    under = ground * (1 - shadow)
    return np.asarray(under * (1 - alpha[..., None]) + print_ * alpha[..., None] + 0.5, np.uint8)


def recoloured(photo: Photo) -> Photo:
    """With its hues turned by a quarter, more contrast, and saved as a poor JPEG (quality 30)."""
    hsv = cv2.cvtColor(photo, cv2.COLOR_RGB2HSV).astype(np.int32)
    hsv[..., 0] = (hsv[..., 0] + 45) % 180
    turned = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
    harder = Image.fromarray(np.asarray(np.clip((turned - 128) * 1.15 + 132, 0, 255), np.uint8))
    poor = io.BytesIO()
    harder.save(poor, "JPEG", quality=30)
    with Image.open(poor) as again:
        return np.array(again.convert("RGB"))


def screenshot(photo: Photo) -> Photo:
    """As the screen of a phone that shows it in a shop."""
    width, height = 460, 800
    scale = width / photo.shape[1]
    shown = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    out = np.full((height, width, 3), 255, np.uint8)
    top = 96
    out[top : top + shown.shape[0]] = shown
    below = top + shown.shape[0]
    ui = '<rect width="460" height="96" fill="#f3f4f6"/>' + letters(
        "9:41", 24, 30, 20, fill="#111827", weight=0.05, anchor="start"
    )
    ui += '<rect x="410" y="16" width="30" height="14" rx="4" fill="none" stroke="#111827" stroke-width="2"/>'
    ui += '<rect x="413" y="19" width="20" height="8" rx="2" fill="#111827"/>'
    ui += '<rect x="16" y="46" width="428" height="38" rx="19" fill="#ffffff" stroke="#d1d5db"/>'
    ui += letters("tea gift set", 44, 71, 20, fill="#6b7280", anchor="start")
    ui += "".join(
        f'<circle cx="{194 + i * 18}" cy="{below + 18}" r="4" fill="{"#111827" if i == 0 else "#d1d5db"}"/>'
        for i in range(5)
    )
    ui += letters("17,90", 24, below + 74, 40, fill="#111827", weight=0.07, anchor="start")
    ui += letters("Tea, two boxes, new", 24, below + 114, 24, fill="#374151", anchor="start")
    ui += letters("4.8 · 212 ratings", 24, below + 146, 20, fill="#6b7280", anchor="start")
    ui += f'<rect x="24" y="{below + 176}" width="412" height="54" rx="27" fill="#f59e0b"/>'
    ui += letters("Buy now", 230, below + 211, 25, fill="#111827", weight=0.05)
    ui += f'<rect x="24" y="{below + 246}" width="412" height="54" rx="27" fill="#e5e7eb"/>'
    ui += letters("Add to basket", 230, below + 281, 25, fill="#111827", weight=0.03)
    return overprinted(out, document(width, height, ui))
