"""Converts pixels of any mode to upright sRGB arrays on a contrasting background; not a reader of files."""

import io
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Plane = NDArray[np.uint8]  # (H, W) uint8
RGBImage = NDArray[np.uint8]  # (H, W, 3) uint8, upright sRGB

_BAND_PIXELS = 2**20  # converted at a time, so that no large image is in memory three times
_MAX_PROFILE_BYTES = 4 * 2**20  # the largest press profiles have 3 MB
# Of an ICC profile's tags (ICC.1:2022, 9) those that are applied. D2B0 and its like are not: they may have a hundred
# thousand steps, each computed for each pixel, and a profile that has them has some of these too.
_ICC_TAGS = frozenset(
    {b"A2B0", b"A2B1", b"A2B2", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"chad"}
)
_ICC_HEADER = 128  # bytes
_ICC_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK", "LAB": "Lab "}
_NEEDLESS = 2  # levels of 255: a profile that changes colours by no more is equivalent to sRGB
_LOST = 48  # levels of 255: a pixel nearer to the background in all three channels is invisible on it


def srgb_arrays(image: Image.Image, orientation: int = 1) -> tuple[RGBImage, Plane | None]:
    """A decoded image as upright sRGB (H, W, 3) uint8, and its alpha (H, W) uint8; None: opaque throughout.

    `orientation` is EXIF's (1 to 8, CIPA DC-008 4.6.5.A). An image with alpha is composited over its `ground`. ICC
    profiles are applied unless broken or of another colour space. 16 bits become 8 by their high byte;
    32-bit integers and floats by the smallest of the ranges 0..1 (floats only), 0..255 and 0..65535 that holds them,
    else by their own.
    """
    width, height = image.size
    turned = orientation >= 5
    shape = (width, height) if turned else (height, width)
    rgb = np.empty((*shape, 3), np.uint8)
    alpha = np.empty(shape, np.uint8) if image.has_transparency_data else None
    rgb_as_stored = _as_stored(rgb.view("V3")[..., 0], orientation)  # numpy rotates whole pixels faster than bytes
    alpha_as_stored = None if alpha is None else _as_stored(alpha, orientation)
    span = _span(image) if image.mode in {"I", "F"} else None
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        band = image if rows >= height else image.crop((0, top, width, min(height, top + rows)))
        colours, mask = _convert(band, span)
        rgb_as_stored[top : top + rows] = np.asarray(colours).view("V3")[..., 0]
        if alpha_as_stored is not None:
            alpha_as_stored[top : top + rows] = 255 if mask is None else np.asarray(mask)
    if alpha is None or alpha.min() == 255:
        return rgb, None
    _lay_on(rgb, alpha, ground(rgb, alpha))
    return rgb, alpha


def ground(rgb: RGBImage, alpha: Plane) -> int:
    """The background of a transparent image: 255 (white), or 0 (black) if white hides more of it.

    Each pixel is weighted by its alpha. White, the background that sellers use, stays unless it hides a quarter of what
    is visible.
    """
    step = max(1, int((alpha.size / 65536) ** 0.5))
    colours, weights = rgb[::step, ::step], alpha[::step, ::step].astype(np.float64)
    lost_on_white = float(weights[colours.min(axis=2) > 255 - _LOST].sum())
    lost_on_black = float(weights[colours.max(axis=2) < _LOST].sum())
    return 0 if lost_on_white > max(lost_on_black, weights.sum() / 4) else 255


def _lay_on(rgb: RGBImage, alpha: Plane, level: int) -> None:
    """Composite in place over a grey background; straight alpha."""
    rows = max(1, _BAND_PIXELS // (4 * rgb.shape[1]))  # with intermediates of 16 bits
    for top in range(0, rgb.shape[0], rows):
        band = rgb[top : top + rows]
        weight = alpha[top : top + rows, :, None].astype(np.uint16)
        mixed = band * weight + (255 - weight) * np.uint16(level) + np.uint16(128)
        band[:] = (mixed + (mixed >> 8)) >> 8  # division by 255, rounded, exact for 16 bits


def _as_stored(upright: NDArray[Any], orientation: int) -> NDArray[Any]:
    """A view of the upright (H, W) array that takes rows in the file's own order."""
    turns_back = {3: 2, 6: 1, 8: -1}  # quarters, against the clock
    match orientation:
        case 2:
            return upright[:, ::-1]
        case 4:
            return upright[::-1]
        case 5:
            return upright.swapaxes(0, 1)
        case 7:
            return upright[::-1, ::-1].swapaxes(0, 1)
        case _:
            return np.rot90(upright, turns_back.get(orientation, 0))


def _convert(band: Image.Image, span: tuple[float, float] | None) -> tuple[Image.Image, Image.Image | None]:
    """An RGB image and its alpha (L); None: this mode has none."""
    band, mask = _split_alpha(_to_eight_bits(band, span))
    profile = band.info.get("icc_profile")
    if band.mode not in _ICC_SPACES:
        band = band.convert("RGB")
    transform = _to_srgb(profile, band.mode) if isinstance(profile, bytes) else None
    if transform is None and band.mode == "LAB":
        transform = _lab_to_srgb()
    if transform is not None:
        return transform.apply(band), mask
    return (band if band.mode == "RGB" else band.convert("RGB")), mask


def _to_eight_bits(band: Image.Image, span: tuple[float, float] | None) -> Image.Image:
    """The band with grey of 16 or 32 bits as L, or LA if one level is transparent; other modes unchanged."""
    if band.mode.startswith("I;16"):
        levels = np.asarray(band)
        grey = Image.fromarray((levels >> 8).astype(np.uint8))
    elif span is not None:
        levels = np.asarray(band)
        low, high = span
        finite = np.nan_to_num(levels.astype(np.float64), nan=low, posinf=high, neginf=low)
        grey = Image.fromarray(np.clip(np.rint((finite - low) * (255 / (high - low))), 0, 255).astype(np.uint8))
    else:
        return band
    clear = band.info.get("transparency")
    if isinstance(clear, int):
        grey = Image.merge("LA", (grey, Image.fromarray(np.where(levels == clear, 0, 255).astype(np.uint8))))
    grey.info["icc_profile"] = band.info.get("icc_profile")
    return grey


def _split_alpha(band: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours in a mode without alpha, and the alpha (L); None: opaque by its mode."""
    if not band.has_transparency_data:
        return band, None
    profile = band.info.get("icc_profile")
    straight = band.convert("LA" if band.mode in {"L", "LA", "La"} else "RGBA")
    colours = straight.convert("L" if straight.mode == "LA" else "RGB")
    colours.info["icc_profile"] = profile
    return colours, straight.getchannel("A")


def _span(image: Image.Image) -> tuple[float, float]:
    """The levels of a 32-bit image that map to 0 and 255."""
    low, high = 0.0, 0.0
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        levels = np.asarray(image.crop((0, top, image.width, min(image.height, top + rows))))
        finite = levels[np.isfinite(levels)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    ranges = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    nominal = next((top for top in ranges if high <= top), high) if low >= 0 else None
    return (0.0, nominal) if nominal is not None else (low, max(high, low + 1))


@lru_cache(maxsize=16)
def _to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform of an embedded profile to sRGB; None: broken, of another colour space, or sRGB already.

    Cached: a seller's camera writes the same profile into every photo.
    """
    if len(profile) > _MAX_PROFILE_BYTES:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(_bounded_profile(profile)))
        if source.profile.xcolor_space != _ICC_SPACES[mode]:
            return None
        transform = ImageCms.ImageCmsTransform(source, _standard("sRGB"), mode, "RGB")
        if mode in {"L", "RGB"}:
            probe = _probe(mode)
            unchanged = np.asarray(probe.convert("RGB")).astype(int)
            if np.abs(np.asarray(transform.apply(probe)) - unchanged).max() <= _NEEDLESS:
                return None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return transform


def _bounded_profile(profile: bytes) -> bytes:
    """The profile with those entries of its tag table (ICC.1:2022, 7.3) whose cost is bounded by their bytes."""
    count = int.from_bytes(profile[_ICC_HEADER : _ICC_HEADER + 4], "big")
    first = _ICC_HEADER + 4
    table = [profile[at : at + 12] for at in range(first, min(first + 12 * count, len(profile) - 11), 12)]
    kept = [entry for entry in table if entry[:4] in _ICC_TAGS]
    freed = bytes(12 * (len(table) - len(kept)))
    head = profile[:_ICC_HEADER] + len(kept).to_bytes(4, "big")
    return head + b"".join(kept) + freed + profile[first + 12 * len(table) :]


def _probe(mode: str) -> Image.Image:
    """Every eighth level of grey, or a cube of 9 levels a channel."""
    steps = np.linspace(0, 255, 9 if mode == "RGB" else 33).astype(np.uint8)
    if mode == "L":
        return Image.fromarray(steps[None])
    return Image.fromarray(np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3))


@lru_cache(maxsize=1)
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    return ImageCms.ImageCmsTransform(_standard("LAB"), _standard("sRGB"), "LAB", "RGB")


def _standard(space: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space))
