"""What looks like a concealed mark and is none: faces made unknowable, depth of field, checks, tags, text, frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage
from training.artwork import Chance
from training.concealment.patches import Drawing, Floats, concealed, drawn_sticker
from training.printing import print_mark
from training.samples import placement


@dataclass(frozen=True, slots=True, eq=False)
class Scenery:
    """What scenes are made of."""

    photos: Sequence[RGBImage]
    goods: Sequence[Floats | None]  # (H, W) 0..1 of each photo: where the goods are; None: not known
    garments: int  # of those photos, the first so many, show garments
    marks: Sequence[Drawing]
    words: Sequence[Drawing]
    emoji: Sequence[Drawing]


def point_in(mask: Floats, chance: Chance) -> Floats | None:
    """(x, y) of a random pixel of `mask`; None: it has none."""
    rows, columns = np.nonzero(mask > 0.5)
    if not len(rows):
        return None
    index = int(chance.integers(len(rows)))
    return np.array([columns[index], rows[index]], np.float32)


def shaped(image: RGBImage, chance: Chance, least: float = 0.06, most: float = 0.34) -> Floats:
    """Sides (across, down) of a patch, shares of the image's long side."""
    long = float(np.exp(chance.uniform(np.log(least), np.log(most)))) * max(image.shape[:2])
    short = long * float(chance.uniform(0.35, 1.0))
    sides = (long, short) if chance.random() < 0.65 else (short, long)
    return np.array(sides, np.float32)


def composed(image: RGBImage, over: Floats, cover: Floats) -> RGBImage:
    """`over` on the image where `cover` (H, W) says."""
    return np.clip(np.round(image * (1 - cover[..., None]) + over * cover[..., None]), 0, 255).astype(np.uint8)


def patch_beside(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """A patch that conceals something off the goods."""
    if goods is None:
        return image
    sides = shaped(image, chance, 0.06, 0.25)
    reach = max(3, int(sides.max() / 2))
    near = cv2.dilate((goods > 0.3).astype(np.uint8), np.ones((2 * (reach // 8) + 1,) * 2, np.uint8), iterations=4)
    middle = point_in(1.0 - near.astype(np.float32), chance)
    return image if middle is None else concealed(image, middle, sides, chance, scenery.emoji)[0]


def hidden_face(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """A head above the goods whose face nobody should know."""
    height, width = image.shape[:2]
    side = float(chance.uniform(0.12, 0.3)) * height
    x, y = width * float(chance.uniform(0.3, 0.7)), side * float(chance.uniform(0.35, 0.75))
    if goods is not None and chance.random() < 0.7:
        rows, columns = np.nonzero(goods > 0.5)
        if len(rows):
            top = float(np.quantile(rows, 0.01))
            above = columns[rows < top + 0.15 * height]
            x = float(above.mean()) if len(above) else x
            y = max(0.2 * side, top - side * float(chance.uniform(0.0, 0.4)))
    skin = np.array([224, 172, 140], np.float32) * float(chance.uniform(0.35, 1.1)) + chance.normal(0, 8, 3)
    hair = np.array(chance.choice(([30, 22, 18], [90, 60, 35], [200, 170, 110], [120, 120, 120])), np.float32)
    across, down = side * 0.37, side * 0.5
    layer, cover = image.astype(np.float32), np.zeros((height, width), np.float32)

    def add(centre: tuple[float, float], axes: tuple[float, float], colour: Floats) -> None:
        nonlocal layer
        shape = np.zeros((height, width), np.uint8)
        cv2.ellipse(shape, (centre, (2 * axes[0], 2 * axes[1]), 0.0), 255, -1, cv2.LINE_AA)
        soft = cv2.GaussianBlur(shape, (0, 0), max(0.6, side * 0.01)).astype(np.float32) / 255
        shade = 1 + 0.2 * (np.arange(width, dtype=np.float32)[None, :, None] - x) / side * float(chance.normal())
        layer = layer * (1 - soft[..., None]) + np.clip(colour * shade, 0, 255) * soft[..., None]
        np.maximum(cover, soft, out=cover)

    long = float(chance.uniform(1.0, 1.9))
    add((x, y - 0.08 * side + 0.2 * side * (long - 1)), (across * 1.22, down * 1.05 * long), hair)
    add((x, y + down * 0.9), (across * 0.5, down * 0.55), skin * 0.88)
    add((x, y), (across, down), skin)
    for sign in (-1, 1):
        add((x + sign * across * 0.42, y - down * 0.08), (side * 0.05, side * 0.025), np.full(3, 30, np.float32))
        add((x + sign * across * 0.42, y - down * 0.26), (side * 0.08, side * 0.015), hair)
    add((x, y + down * 0.5), (across * 0.38, side * 0.025), np.array([150, 60, 60], np.float32) * skin.mean() / 180)
    grain = chance.normal(0, float(chance.uniform(1, 6)), layer.shape).astype(np.float32) * cover[..., None]
    image = np.clip(layer + grain, 0, 255).astype(np.uint8)
    if chance.random() < 0.25:
        return image
    wide = float(chance.uniform(1.5, 2.6))
    sides = np.array([across * wide, down * (wide if chance.random() < 0.75 else 0.5)], np.float32)
    at = np.array([x, y - (0.1 * down if sides[1] < down else 0)], np.float32)
    sort = str(chance.choice(("mosaic", "mosaic", "blur", "blur", "emoji", "bar", "frost", "sticker")))
    return concealed(image, at, sides, chance, scenery.emoji, sort)[0]


def hidden_plate(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """A number plate or an address off the goods that nobody should read."""
    width = image.shape[1]
    middle = None if goods is None else point_in(1.0 - cv2.dilate(goods, np.ones((25, 25), np.uint8)), chance)
    if middle is None:
        return image
    wide = float(chance.uniform(0.12, 0.3)) * width
    card = np.full((40, 160, 4), 255, np.uint8)
    card[..., :3] = np.array(chance.choice(([250, 250, 250], [240, 200, 40], [230, 232, 240])), np.uint8)
    word = scenery.words[int(chance.integers(len(scenery.words)))]
    letters = cv2.resize(word[..., 3], (128, 24), interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    card[8:32, 16:144, :3] = (card[8:32, 16:144, :3] * (1 - letters) + 20 * letters).astype(np.uint8)
    image = print_mark(image, card, placement(chance, card, float(middle[0]), float(middle[1]), wide), chance).image
    sort = str(chance.choice(("mosaic", "blur", "bar", "brush")))
    return concealed(image, middle, np.array([wide * 1.1, wide * 0.35], np.float32), chance, scenery.emoji, sort)[0]


def shallow_focus(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """Sharp in one depth alone: the ground, an end of the goods, or all but the middle is soft."""
    height, width = image.shape[:2]
    rows, columns = np.indices((height, width), dtype=np.float32)
    kind = float(chance.random())
    if goods is not None and kind < 0.3:
        far = 1 - cv2.GaussianBlur(goods, (0, 0), max(height, width) * float(chance.uniform(0.005, 0.03)))
    elif kind < 0.7:
        turn = float(chance.uniform(0, 6.28))
        along = (columns - width / 2) * np.cos(turn) + (rows - height / 2) * np.sin(turn)
        far = (
            np.abs(along / max(height, width) - float(chance.uniform(-0.4, 0.4))) * float(chance.uniform(1.5, 5)) - 0.1
        )
    else:
        x, y = width * float(chance.uniform(0.2, 0.8)), height * float(chance.uniform(0.2, 0.8))
        far = np.hypot((columns - x) / width, (rows - y) / height) * float(chance.uniform(2, 5)) - 0.2
        if kind > 0.9:  # soft in the middle, as where a hand in front is out of focus
            far = 0.9 - far
    far = np.clip(far, 0, 1)
    most = max(height, width) * float(chance.uniform(0.006, 0.025))
    out: Floats = image.astype(np.float32)
    for step in (0.25, 0.5, 0.75, 1.0):  # the circle of confusion grows with the distance
        soft = cv2.GaussianBlur(image, (0, 0), max(0.5, most * step)).astype(np.float32)
        weight = np.clip((far - step + 0.25) / 0.25, 0, 1)[..., None]
        out = out * (1 - weight) + soft * weight
    if chance.random() < 0.35:
        for _ in range(int(chance.integers(3, 15))):  # lights out of focus
            disc = np.zeros((height, width), np.uint8)
            centre = (int(chance.integers(width)), int(chance.integers(height)))
            cv2.circle(disc, centre, int(max(height, width) * float(chance.uniform(0.01, 0.06))), 255, -1, cv2.LINE_AA)
            glow = cv2.GaussianBlur(disc, (0, 0), 1.5).astype(np.float32)[..., None] / 255
            glow = glow * (1 if goods is None or chance.random() < 0.3 else (1 - goods[..., None]))
            out = out + glow * chance.uniform(30, 200, 3).astype(np.float32) * float(chance.uniform(0.2, 0.8))
    return np.clip(out, 0, 255).astype(np.uint8)


def checked_cloth(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """Goods of checked, striped or pixelled cloth, all over or on a panel."""
    height, width = image.shape[:2]
    rows, columns = np.indices((height, width), dtype=np.float32)
    pitch = max(4.0, max(height, width) * float(chance.uniform(0.012, 0.07)))
    waves = pitch * float(chance.uniform(0, 0.7))
    long = max(height, width) * float(chance.uniform(0.08, 0.4))
    phase = chance.uniform(0, 6.28, 4)
    turn = float(chance.choice((0.0, float(chance.normal(0, 0.3)))))
    u = columns * np.cos(turn) + rows * np.sin(turn) + waves * np.sin(rows / long * 6.28 + phase[0])
    v = rows * np.cos(turn) - columns * np.sin(turn) + waves * np.sin(columns / long * 6.28 + phase[1])
    across, down = np.floor(u / pitch).astype(int), np.floor(v / pitch).astype(int)
    kind = float(chance.random())
    if kind < 0.35:
        table = chance.uniform(0, 255, (2, 3))
        pattern = table[(across + down) % 2]
    elif kind < 0.6:  # plaid
        bands = chance.uniform(40, 255, (2, 7, 3))
        pattern = (bands[0][across % 7] + bands[1][down % 7]) / 2
    elif kind < 0.7:
        pattern = chance.uniform(0, 255, (5, 3))[across % 5]
    else:  # camouflage of pixels
        table = chance.uniform(20, 235, (4, 3))
        pattern = table[chance.integers(0, 4, (97, 89))[across % 97, down % 89]]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    light = (grey + 8) / (float(np.median(grey)) + 8)
    dyed = np.clip(pattern * np.clip(light, 0, 1.8)[..., None] * float(chance.uniform(0.6, 1.1)), 0, 255)
    cover = np.ones((height, width), np.float32) if goods is None else cv2.GaussianBlur(goods, (0, 0), 1.5)
    if goods is None or chance.random() < 0.3:
        middle = np.array([width, height]) * chance.uniform(0.3, 0.7, 2)
        half = np.array([width, height]) * chance.uniform(0.1, 0.4, 2)
        panel = (np.abs(columns - middle[0]) < half[0]) & (np.abs(rows - middle[1]) < half[1])
        cover = cover * cv2.GaussianBlur(panel.astype(np.float32), (0, 0), 1.2)
    return composed(image, dyed.astype(np.float32), cover * float(chance.uniform(0.6, 1.0)))


def pixel_art(chance: Chance) -> Drawing:
    """A sprite of a few cells, mirrored left for right."""
    count = int(chance.integers(6, 15))
    table = np.concatenate([chance.integers(0, 256, (4, 3)), [[0, 0, 0]]])
    half = chance.choice(5, (count, -(-count // 2)), p=(0.25, 0.2, 0.15, 0.1, 0.3))
    cells = np.concatenate([half, half[:, ::-1][:, count % 2 :]], axis=1)
    rgba = np.dstack([table[cells], np.where(cells == 4, 0, 255)]).astype(np.uint8)
    if chance.random() < 0.3:
        rgba[..., 3] = 255
    return np.kron(rgba, np.ones((12, 12, 1), np.uint8)).astype(np.uint8)


def printed(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """Goods with prints, badges or embroidery: marks, words, emoji, stickers' shapes, pixel art."""
    height, width = image.shape[:2]
    for _ in range(int(chance.choice((1, 1, 1, 2, 3)))):
        kind = float(chance.random())
        if kind < 0.25:
            rgba = pixel_art(chance)
        elif kind < 0.45:
            rgba = scenery.emoji[int(chance.integers(len(scenery.emoji)))]
        elif kind < 0.55:
            rgba = drawn_sticker(chance)
        else:
            sort = scenery.words if kind < 0.7 else scenery.marks
            rgba = sort[int(chance.integers(len(sort)))]
        middle = np.array([width, height]) * chance.uniform(0.3, 0.7, 2) if goods is None else point_in(goods, chance)
        if middle is None:
            return image
        side = float(chance.uniform(0.08, 0.4)) * max(height, width)
        lies = placement(chance, rgba, float(middle[0]), float(middle[1]), side)
        image = print_mark(image, rgba, lies, chance).image
    return image


def tagged(image: RGBImage, goods: Floats | None, scenery: Scenery, chance: Chance) -> RGBImage:
    """A hang tag or a size label: a card with lines of text, a code, a hole and a shadow."""
    height, width = image.shape[:2]
    high, wide = int(chance.integers(60, 220)), int(chance.integers(60, 160))
    sheet = np.array(chance.choice(([250, 249, 245], [240, 230, 205], [25, 25, 28], [190, 160, 120])), np.float32)
    card = np.full((high, wide, 4), 255, np.uint8)
    card[..., :3] = np.clip(sheet + chance.normal(0, 6, 3), 0, 255).astype(np.uint8)
    ink = 20 if sheet.mean() > 120 else 235
    for _ in range(int(chance.integers(1, 5))):
        word = scenery.words[int(chance.integers(len(scenery.words)))][..., 3]
        size = (int(wide * float(chance.uniform(0.4, 0.9))), int(high * float(chance.uniform(0.06, 0.25))) + 4)
        letters = cv2.resize(word, size, interpolation=cv2.INTER_AREA)[..., None] / 255.0
        top, left = int(chance.integers(0, max(1, high - size[1]))), (wide - size[0]) // 2
        part = card[top : top + size[1], left : left + size[0], :3]
        part[:] = (part * (1 - letters[: len(part)]) + ink * letters[: len(part)]).astype(np.uint8)
    if chance.random() < 0.4:
        bars = np.repeat(chance.integers(0, 2, 40), 2)[: int(wide * 0.7)]
        top = int(high * 0.75)
        card[top : top + int(high * 0.15), int(wide * 0.1) :][:, : len(bars), :3] = np.where(bars, ink, 255)[:, None]
    if chance.random() < 0.6:
        cv2.circle(card, (wide // 2, 9), 4, (0, 0, 0, 0), -1)
    middle = np.array([width, height]) * chance.uniform(0.3, 0.7, 2) if goods is None else point_in(goods, chance)
    if middle is None:
        return image
    side = float(chance.uniform(0.07, 0.28)) * max(height, width)
    scale = side / max(high, wide)
    box = cv2.boxPoints((tuple(float(v) for v in middle), (wide * scale, high * scale), float(chance.normal(0, 25))))
    box = (box + chance.normal(0, 0.03 * side, (4, 2))).astype(np.float32)
    corners = np.array([[0, high], [0, 0], [wide, 0], [wide, high]], np.float32)
    onto = cv2.getPerspectiveTransform(corners, box)
    lying = cv2.warpPerspective(card.astype(np.float32), onto, (width, height), flags=cv2.INTER_AREA)
    cover = lying[..., 3] / 255
    shadow = cv2.GaussianBlur(np.roll(cover, (3, 2), (0, 1)), (0, 0), side * 0.03)[..., None]
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), side / 3).astype(np.float32)
    light = (0.5 + 0.5 * grey / max(1.0, float(grey.max())))[..., None] * float(chance.uniform(0.75, 1.05))
    grain = chance.normal(0, float(chance.uniform(1, 5)), image.shape)
    dim = np.clip(image * (1 - 0.4 * shadow), 0, 255).astype(np.uint8)
    return composed(dim, np.clip(lying[..., :3] * light + grain, 0, 255).astype(np.float32), cover)


Scene = Callable[[RGBImage, Floats | None, Scenery, Chance], RGBImage]
KINDS: Final[dict[str, Scene]] = {
    "beside": patch_beside, "face": hidden_face, "plate": hidden_plate, "focus": shallow_focus,
    "checks": checked_cloth, "prints": printed, "tags": tagged,
}  # fmt: skip
