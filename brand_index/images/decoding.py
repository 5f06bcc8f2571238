"""Decodes untrusted bytes as upright sRGB, the same for references and listings."""

import hashlib
import re
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, UnidentifiedImageError

from brand_index.errors import (
    EmptyImage,
    ImageError,
    ImageTooLarge,
    NotAnImage,
    TruncatedImage,
    UnreadableFile,
    UnsupportedImage,
)
from brand_index.files import open_regular
from brand_index.images import formats
from brand_index.images.colour import Plane, RGBImage, srgb_arrays
from brand_index.images.decoding_cost import decoding_cost, exif_orientation, refuse_bombs
from brand_index.images.vector import is_svg, render

__all__ = ["DEFAULT_LIMITS", "DecodedImage", "Limits", "RGBImage", "decode", "read_bytes"]

_LEAST_SHORT_SIDE = 64  # pixels, in `Limits.max_aspect`
_BYTES_A_PIXEL = 8  # memory granted by `Limits.max_pixels`: 4 as decoded, 3 for the array, 1 for alpha
_MAX_REACH = 1000  # frames of an animation that are decoded to reach those to examine
_MAX_WALKED_PIXELS = 64_000_000  # of all those frames together
_UNSUPPORTED = re.compile(r"unsupported|not supported|unknown|not available|unrecognized|no decoder", re.IGNORECASE)
_ADVICE: dict[type[ImageError], str] = {
    ImageTooLarge: "save it smaller or in parts, or raise the limit",
    TruncatedImage: "fetch or export it again",
    UnsupportedImage: "save it as JPEG, PNG or WebP",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one image. At the defaults the most expensive takes under 500 MB of memory.

    Where decoding takes over 8 bytes a pixel (progressive JPEG, WebP, animations), proportionally fewer pixels are
    allowed. The shape is limited too: decoders hold something for each row, and later steps frame an image by shares
    of its long side, so 64 x 200,000 pixels would become gigabytes.
    """

    max_bytes: int = 64 * 2**20  # of the file
    max_pixels: int = 51_000_000  # of one frame: phones make 8192 x 6144
    max_frames: int = 4  # examined, spread over an animation
    max_side: int = 32_767  # pixels; OpenCV resizes and warps no longer ones
    max_aspect: int = 64  # long side by short, which counts as 64 pixels at least: thin lines are cheap if not long

    def check_shape(self, width: int, height: int) -> None:
        """Raise ImageTooLarge, which names the shape, for a frame over the limits of side or aspect."""
        long, short = max(width, height), min(width, height)
        if long > self.max_side:
            raise ImageTooLarge(f"{width} x {height} pixels are over the limit of {self.max_side:,} on a side")
        if long > self.max_aspect * max(short, _LEAST_SHORT_SIDE):
            raise ImageTooLarge(
                f"{width} x {height} pixels are over the limit of {self.max_aspect} times as long as wide"
            )


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded image, the input of every later step."""

    frames: tuple[RGBImage, ...]  # at least one; transparent parts on a contrasting background
    alpha: Plane | None  # (H, W) uint8 of the first frame; None: opaque
    sha256: str  # of the bytes as given, in hexadecimal
    format: str  # as Pillow names it (JPEG, PNG, GIF, WEBP, AVIF, BMP, TIFF), or HEIF or SVG


def read_bytes(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a regular file within the limits.

    Raises UnreadableFile (missing, no permission, a folder or device), EmptyImage, ImageTooLarge.
    """
    try:
        with open_regular(path) as file:
            data = file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableFile(f"{path}: cannot be read ({reason}); check that it exists and who may read it") from error
    _check_bytes(data, limits, str(path))
    return data


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS, *, name: str = "image", vector: bool = False) -> DecodedImage:
    """Decode untrusted bytes as up to `limits.max_frames` upright sRGB frames.

    `name` is the image's name in errors; `vector` also admits SVG. Limits are checked before pixels are decoded.
    Raises EmptyImage, NotAnImage, UnsupportedImage, TruncatedImage or ImageTooLarge, and no other exception.
    """
    _check_bytes(data, limits, name)
    named = formats.recognize(data)
    pixels = data
    if named is None:
        _check_vector(data, name, admitted=vector)
        named, pixels = "SVG", render(data, name=name)
    try:
        frames, alpha = _decode_frames(pixels, "PNG" if named == "SVG" else named, limits)
    except ImageError as error:
        raise type(error)(f"{name}: {error}; {_ADVICE[type(error)]}") from error.__cause__
    except (Image.DecompressionBombError, MemoryError) as error:
        reason = str(error) or "memory ran out"
        raise ImageTooLarge(f"{name}: {named}, {reason}; {_ADVICE[ImageTooLarge]}") from error
    except Exception as error:  # decoders raise all kinds, and for untrusted bytes the bytes are the cause
        kind = UnsupportedImage if _UNSUPPORTED.search(str(error)) else TruncatedImage
        reason = "its header cannot be read" if isinstance(error, UnidentifiedImageError) else _in_words(error)
        raise kind(f"{name}: {named} that cannot be decoded, {reason}; {_ADVICE[kind]}") from error
    return DecodedImage(frames, alpha, hashlib.sha256(data).hexdigest(), named)


def _check_bytes(data: bytes, limits: Limits, name: str) -> None:
    if not data:
        raise EmptyImage(f"{name}: no bytes at all; fetch or save it again")
    if len(data) > limits.max_bytes:
        raise ImageTooLarge(f"{name}: over {limits.max_bytes:,} bytes; {_ADVICE[ImageTooLarge]}")


def _check_vector(data: bytes, name: str, *, admitted: bool) -> None:
    """Raise UnsupportedImage or NotAnImage unless the bytes are an SVG and SVG is `admitted`."""
    if is_svg(data):
        if not admitted:
            raise UnsupportedImage(
                f"{name}: an SVG, which is accepted as a reference only; {_ADVICE[UnsupportedImage]}"
            )
        return
    kind = formats.name_of_unread(data)
    if kind is not None:
        raise UnsupportedImage(f"{name}: {kind}; {_ADVICE[UnsupportedImage]}")
    raise NotAnImage(f"{name}: not an image, it begins with {data[:12]!r}; check what was saved under this name")


def _decode_frames(data: bytes, named: str, limits: Limits) -> tuple[tuple[RGBImage, ...], Plane | None]:
    """The frames to examine and the alpha of the first; errors do not name the image yet."""
    refuse_bombs(data, named)
    with formats.quiet():
        image = formats.open_header(data, named)
        size = image.size
        wanted = _frames_to_examine(image, data, named, limits)
    with formats.quiet() if named == "TIFF" else nullcontext():  # Pillow reads its tags again to rotate it
        image.load()
    exif = image.info.get("exif")
    orientation = exif_orientation(exif) if isinstance(exif, bytes) and named != "TIFF" else 1
    first, alpha = srgb_arrays(image, orientation)
    frames = [first]
    position = 0
    for number in wanted[1:]:
        try:
            while position < number:
                position += 1
                image.seek(position)
                if image.size != size:  # a growing canvas evades the limits checked above
                    return tuple(frames), alpha
        except EOFError:  # fewer frames than were announced
            break
        image.load()
        frames.append(srgb_arrays(image, orientation)[0])
    return tuple(frames), alpha


def _frames_to_examine(image: ImageFile.ImageFile, data: bytes, named: str, limits: Limits) -> list[int]:
    """Frame numbers, ascending from 0, spread up to the last frame that bounded work can reach.

    Raises ImageTooLarge if not even one frame is within the limits, TruncatedImage if the image has no pixels.
    """
    pixels = image.width * image.height
    if pixels == 0:
        raise TruncatedImage("an image without pixels")
    limits.check_shape(image.width, image.height)
    if pixels > limits.max_pixels:
        raise ImageTooLarge(f"{image.width} x {image.height} pixels are over the limit of {limits.max_pixels:,}")
    budget = limits.max_pixels * _BYTES_A_PIXEL - decoding_cost(image, data, named)
    if budget < 0:
        raise ImageTooLarge(
            f"{image.width} x {image.height} pixels of this kind of {named} need more memory than "
            f"the limit of {limits.max_pixels:,} pixels grants"
        )
    count = getattr(image, "n_frames", 1) if named in formats.ANIMATED else 1
    reach = max(1, min(count, _MAX_REACH, _MAX_WALKED_PIXELS // pixels))
    examined = max(1, min(limits.max_frames, reach, 1 + budget // (3 * pixels)))
    return sorted({round(step * (reach - 1) / max(1, examined - 1)) for step in range(examined)})


def _in_words(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
