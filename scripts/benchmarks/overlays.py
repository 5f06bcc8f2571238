"""Edits that draw over or around a photo: banners, faces, words, a screen; each a pure function as in edits."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.materials import Materials, on_canvas
from brand_index.images import RGBImage

SLOGANS = ("SALE 50% OFF", "100% original", "Free shipping", "NEW! limited stock", "only today", "size M, never worn")


def banner(canvas: RGBImage, given: Materials) -> RGBImage:
    """A filled strip with a slogan over 15 to 25 % of the height, at the top or the bottom."""
    height, width = canvas.shape[:2]
    strip = round(height * given.between(0.15, 0.25))
    top = 0 if given.chance.random() < 0.5 else height - strip
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, top, width, top + strip), fill=given.colour())
    _write(draw, given, (width / 2, top + strip / 2), strip * 0.5, "mm")
    return np.asarray(image)


def emoji(canvas: RGBImage, given: Materials) -> RGBImage:
    """One to three drawn faces, each 20 to 40 % as wide as the image."""
    height, width = canvas.shape[:2]
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for _ in range(int(given.chance.integers(1, 4))):
        side = width * given.between(0.2, 0.4)
        x, y = given.between(0, max(1, width - side)), given.between(0, max(1, height - side))
        draw.ellipse((x, y, x + side, y + side), fill=(255, 205, 60), outline=(150, 100, 0), width=2)
        for eye in (0.33, 0.67):
            draw.ellipse(
                (x + side * (eye - 0.07), y + side * 0.3, x + side * (eye + 0.07), y + side * 0.45), fill="black"
            )
        draw.arc((x + side * 0.25, y + side * 0.3, x + side * 0.75, y + side * 0.8), 20, 160, fill="black", width=4)
    return np.asarray(image)


def text(canvas: RGBImage, given: Materials) -> RGBImage:
    """Two or three slogans across the image."""
    height, width = canvas.shape[:2]
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for _ in range(int(given.chance.integers(2, 4))):
        position = (given.between(0, width * 0.4), given.between(0, height * 0.9))
        _write(draw, given, position, width * given.between(0.06, 0.12), "la")
    return np.asarray(image)


def screenshot(canvas: RGBImage, given: Materials) -> RGBImage:
    """As a phone shows it in an application: status line, title, the image across, text and buttons beneath."""
    height, width = canvas.shape[:2]
    dark = given.chance.random() < 0.5
    ground, ink = ((18, 18, 20), (235, 235, 235)) if dark else ((255, 255, 255), (25, 25, 25))
    above, below = round(width * 0.28), round(width * given.between(0.5, 0.9))
    image = Image.fromarray(on_canvas(canvas, above, below, 0, 0, ground))
    draw = ImageDraw.Draw(image)
    small, large = width * 0.045, width * 0.065
    draw.text((width * 0.05, width * 0.03), "12:41", fill=ink, font=_font(small))
    draw.text((width * 0.72, width * 0.03), "5G  84%", fill=ink, font=_font(small))
    draw.text((width * 0.05, width * 0.14), f"< {given.chance.choice(SLOGANS)}", fill=ink, font=_font(large))
    bottom = above + height
    for line in range(3):
        y = bottom + width * (0.04 + 0.08 * line)
        draw.text((width * 0.05, y), str(given.chance.choice(SLOGANS)), fill=ink, font=_font(small))
    button = (width * 0.05, bottom + width * 0.32, width * 0.95, bottom + width * 0.44)
    draw.rounded_rectangle(button, radius=12, fill=given.colour())
    draw.text((width / 2, bottom + width * 0.38), "Buy now", fill="white", font=_font(large), anchor="mm")
    return np.asarray(image)


def meme(canvas: RGBImage, given: Materials) -> RGBImage:
    """White bands with words above and below, after AugLy's meme format, which today's Pillow breaks."""
    height, width = canvas.shape[:2]
    band = round(height * given.between(0.15, 0.25))
    image = Image.fromarray(on_canvas(canvas, band, band, 0, 0, (255, 255, 255)))
    draw = ImageDraw.Draw(image)
    for y in (band / 2, height + band * 1.5):
        draw.text((width / 2, y), str(given.chance.choice(SLOGANS)), fill="black", font=_font(band * 0.4), anchor="mm")
    return np.asarray(image)


def _write(
    draw: ImageDraw.ImageDraw, given: Materials, position: tuple[float, float], size: float, anchor: str
) -> None:
    slogan = str(given.chance.choice(SLOGANS))
    draw.text(position, slogan, given.colour(), _font(size), anchor, stroke_width=1, stroke_fill="white")


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(8, round(size)))
