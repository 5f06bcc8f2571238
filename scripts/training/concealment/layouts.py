"""What shops lay over their photos and conceals no mark: text, watermarks, badges, collages; and poor quality."""

from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage
from training.artwork import Chance
from training.concealment.innocent import Scene, Scenery, composed
from training.concealment.patches import Floats, drawn_sticker


def overlaid_text(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """Lines of text over the photo, opaque or faint, once or as a repeated watermark."""
    height, width = image.shape[:2]
    cover = np.zeros((height, width), np.float32)
    repeated = chance.random() < 0.3
    word = scenery.words[int(chance.integers(len(scenery.words)))]
    wide = int(width * float(chance.uniform(0.15, 0.3 if repeated else 0.9)))
    for row in range(6 if repeated else int(chance.integers(1, 4))):
        for column in range(4 if repeated else 1):
            if not repeated:
                word = scenery.words[int(chance.integers(len(scenery.words)))]
                wide = int(width * float(chance.uniform(0.2, 0.9)))
            high = max(4, int(wide * word.shape[0] / word.shape[1]))
            letters = cv2.resize(word[..., 3], (max(4, wide), high), interpolation=cv2.INTER_AREA)
            top = int(row * height / 6) if repeated else int(chance.integers(0, height))
            left = (
                int((column + 0.5 * (row % 2)) * width / 3)
                if repeated
                else int(chance.integers(0, max(1, width - wide)))
            )
            part = cover[top : top + high, left : left + wide]
            np.maximum(part, letters[: part.shape[0], : part.shape[1]] / 255.0, out=part)
    colour = (
        np.full(3, float(chance.choice((255.0, 255.0, 0.0)))) if chance.random() < 0.7 else chance.uniform(0, 255, 3)
    )
    strength = float(chance.uniform(0.2, 0.6)) if repeated or chance.random() < 0.4 else 1.0
    return composed(image, np.broadcast_to(colour, image.shape).astype(np.float32), cover * strength)


def badged(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """A shop's badge or banner at an edge or in a corner, with a word."""
    height, width = image.shape[:2]
    side = int(max(height, width) * float(chance.uniform(0.1, 0.28)))
    banner = chance.random() < 0.4
    if banner:
        rgba = np.full((max(8, side // 3), width if chance.random() < 0.6 else 2 * side, 4), 255, np.uint8)
        rgba[..., :3] = chance.integers(0, 256, 3)
    else:
        rgba = cv2.resize(drawn_sticker(chance), (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
    high, wide = rgba.shape[:2]
    word = scenery.words[int(chance.integers(len(scenery.words)))][..., 3]
    size = (max(4, min(int(wide * 0.7), 4 * high)), max(4, int(high * 0.35)))
    letters = cv2.resize(word, size, interpolation=cv2.INTER_AREA)[..., None] / 255.0
    part = rgba[(high - size[1]) // 2 :, (wide - size[0]) // 2 :][: size[1], : size[0], :3]
    part[:] = (part * (1 - letters) + float(chance.choice((0.0, 255.0))) * letters).astype(np.uint8)
    margin = int(max(height, width) * float(chance.uniform(0, 0.04)))
    top = margin if chance.random() < 0.5 else max(0, height - high - margin)
    left = margin if chance.random() < 0.5 else max(0, width - wide - margin)
    over, cover = image.astype(np.float32), np.zeros((height, width), np.float32)
    piece = rgba[: height - top, : width - left]
    over[top : top + high, left : left + wide] = piece[..., :3]
    cover[top : top + high, left : left + wide] = piece[..., 3] / 255.0
    return composed(image, over, cover)


def collage(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """Several photos with gutters, one in a frame, or a detail in a disc or box over the whole."""
    height, width = image.shape[:2]
    kind = float(chance.random())
    if kind < 0.4:
        rows, columns = ((1, 2), (2, 1), (2, 2), (3, 2))[int(chance.integers(4))]
        gap = int(chance.integers(0, max(2, width // 25)))
        out = np.full((height, width, 3), int(chance.choice((255, 255, 0))), np.uint8)
        for row in range(rows):
            for column in range(columns):
                other = scenery.photos[int(chance.integers(len(scenery.photos)))]
                other = image if row == column == 0 else other
                top, left = row * height // rows + gap, column * width // columns + gap
                size = (max(8, width // columns - 2 * gap), max(8, height // rows - 2 * gap))
                out[top : top + size[1], left : left + size[0]] = cv2.resize(other, size, interpolation=cv2.INTER_AREA)
        return out
    if kind < 0.6:
        rim = int(max(height, width) * float(chance.uniform(0.01, 0.06)))
        out = image.copy()
        cv2.rectangle(out, (0, 0), (width - 1, height - 1), chance.integers(0, 256, 3).tolist(), 2 * rim)
        return out
    side = int(min(height, width) * float(chance.uniform(0.2, 0.45)))
    zoom = float(chance.uniform(0.15, 0.6))
    cut = max(8, int(side * zoom))
    y, x = int(chance.integers(0, height - cut)), int(chance.integers(0, width - cut))
    detail = cv2.resize(image[y : y + cut, x : x + cut], (side, side), interpolation=cv2.INTER_CUBIC)
    top, left = int(chance.integers(0, height - side)), int(chance.integers(0, width - side))
    shape, edge = (np.zeros((height, width), np.uint8) for _ in range(2))
    if chance.random() < 0.6:
        middle = (left + side // 2, top + side // 2)
        cv2.circle(shape, middle, side // 2 - 2, 255, -1, cv2.LINE_AA)
        cv2.circle(edge, middle, side // 2 - 2, 255, max(1, side // 30), cv2.LINE_AA)
    else:
        cv2.rectangle(shape, (left, top), (left + side - 1, top + side - 1), 255, -1)
        cv2.rectangle(edge, (left, top), (left + side - 1, top + side - 1), 255, max(1, side // 30))
    over = image.astype(np.float32)
    over[top : top + side, left : left + side] = detail
    out = composed(image, over, shape.astype(np.float32) / 255)
    line = np.broadcast_to(np.float32(chance.choice((255.0, 255.0, 0.0))), image.shape).astype(np.float32)
    return composed(out, line, edge.astype(np.float32) / 255) if chance.random() < 0.8 else out


def poor(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """Blocks of a strong JPEG, few pixels enlarged, a shake or noise all over."""
    height, width = image.shape[:2]
    kind = float(chance.random())
    if kind < 0.4:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(6, 30))])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    if kind < 0.75:
        factor = float(chance.uniform(0.12, 0.5))
        small = cv2.resize(image, (int(width * factor), int(height * factor)), interpolation=cv2.INTER_AREA)
        ways = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
        return np.asarray(cv2.resize(small, (width, height), interpolation=ways[int(chance.integers(3))]), np.uint8)
    if kind < 0.9:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), float(chance.uniform(1, 6))), np.uint8)
    return np.clip(image + chance.normal(0, float(chance.uniform(5, 25)), image.shape), 0, 255).astype(np.uint8)


LAYOUTS: Final[dict[str, Scene]] = {"text": overlaid_text, "badge": badged, "collage": collage, "poor": poor}
