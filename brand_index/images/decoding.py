"""Decodes untrusted bytes as upright sRGB, the same for references and listings."""

import bisect
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

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
from brand_index.images.colour import Plane, RGBImage
from brand_index.images.frames import read_frames
from brand_index.images.vector import is_svg, render
from brand_index.images.video import read_video
from brand_index.limits import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_LIMITS", "DecodedImage", "Limits", "RGBImage", "decode", "read_bytes"]

_UNSUPPORTED = re.compile(r"unsupported|not supported|unknown|not available|unrecognized|no decoder", re.IGNORECASE)
_ADVICE: dict[type[ImageError], str] = {
    ImageTooLarge: "save it smaller or in parts",
    TruncatedImage: "fetch or export it again",
    UnsupportedImage: "save it as JPEG, PNG or WebP",
}
_VIDEO_ADVICE: dict[type[ImageError], str] = {
    ImageTooLarge: "cut it shorter or save it smaller",
    TruncatedImage: "fetch or export it again",
    UnsupportedImage: "save it as MP4 in H.264",
}


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded image, the input of every later step."""

    frames: tuple[RGBImage, ...]  # at least one; transparent parts on a contrasting background
    alpha: Plane | None  # (H, W) uint8 of the first frame; None: opaque
    sha256: str  # of the bytes as given, in hexadecimal
    format: str  # as Pillow names it (JPEG, PNG, GIF, WEBP, AVIF, BMP, TIFF), or HEIF or SVG
    numbers: tuple[int, ...] = (0,)  # of the frames in the file, from 0, ascending
    seconds: tuple[float, ...] | None = None  # of a video, when each of the frames is shown; None: it is none
    file_size: tuple[int, int] | None = None  # width and height of the upright image in the file; None: as the frame
    stand_for: tuple[int, ...] = (1,)  # for each of the frames, how many of the file equal it
    frame_count: int = 1  # frames of an animation or a video, or pages
    truncated: bool = False  # the file is cut off or damaged: part of the pixels are missing, or may be

    @property
    def frames_covered(self) -> int:
        """How many frames of the file are among `frames`, or equal one of them."""
        return sum(self.stand_for)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright image in the file, in whose pixels coordinates are given."""
        height, width = self.frames[0].shape[:2]
        return self.file_size or (width, height)

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the file for one of the first frame, across and down; 1 unless a large JPEG was read smaller."""
        height, width = self.frames[0].shape[:2]
        return self.size[0] / width, self.size[1] / height

    def shown_at(self, number: int) -> float | None:
        """When the frame with this number is shown, in seconds from the beginning; None: it is no video's."""
        return None if self.seconds is None else self.seconds[self._row(number)]

    def frame(self, number: int) -> RGBImage:
        """The frame with this number in the file, or the last before it that is here."""
        return self.frames[self._row(number)]

    def _row(self, number: int) -> int:
        return max(0, bisect.bisect_right(self.numbers, number) - 1)


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
    """Decode untrusted bytes as up to `limits.max_frames` upright sRGB frames, of an animation the distinct ones.

    A JPEG that is too large is read at a reduced scale, and of a file that is cut off or damaged what there is. Of a
    video come the frames where something new is shown; it needs the extra `video`. `name` is the image's name in
    errors; `vector` also admits SVG and no video, as of a reference. Limits are checked before pixels are decoded.
    Raises EmptyImage, NotAnImage, UnsupportedImage, TruncatedImage or ImageTooLarge, and no other exception.
    """
    _check_bytes(data, limits, name)
    named = formats.recognize(data)
    pixels = data
    if named is None:
        _check_vector(data, name, admitted=vector)
        named, pixels = "SVG", render(data, name=name)
    if vector and named in formats.VIDEOS:
        raise UnsupportedImage(f"{name}: a video, of which no reference can be made; save the frame that shows it")
    try:
        if named in formats.VIDEOS:
            read = read_video(pixels, named, limits)
        else:
            read = read_frames(pixels, "PNG" if named == "SVG" else named, limits)
    except ImageError as error:
        advice = _VIDEO_ADVICE if named in formats.VIDEOS else _ADVICE
        raise type(error)(f"{name}: {error}; {advice[type(error)]}") from error.__cause__
    except (Image.DecompressionBombError, MemoryError) as error:
        reason = str(error) or "memory ran out"
        raise ImageTooLarge(f"{name}: {named}, {reason}; {_ADVICE[ImageTooLarge]}") from error
    except Exception as error:  # decoders raise all kinds, and for untrusted bytes the bytes are the cause
        kind = UnsupportedImage if _UNSUPPORTED.search(str(error)) else TruncatedImage
        reason = "its header cannot be read" if isinstance(error, UnidentifiedImageError) else _in_words(error)
        raise kind(f"{name}: {named} that cannot be decoded, {reason}; {_ADVICE[kind]}") from error
    return DecodedImage(
        frames=read.frames,
        alpha=read.alpha,
        sha256=hashlib.sha256(data).hexdigest(),
        format=named,
        numbers=read.numbers,
        seconds=read.seconds,
        file_size=read.size,
        stand_for=read.stand_for,
        frame_count=read.count,
        truncated=read.truncated,
    )


def _check_bytes(data: bytes, limits: Limits, name: str) -> None:
    if not data:
        raise EmptyImage(f"{name}: no bytes at all; fetch or save it again")
    try:
        limits.check_bytes(len(data))
    except ImageTooLarge as error:
        raise ImageTooLarge(f"{name}: {error}; {_ADVICE[ImageTooLarge]}") from None


def _instead(data: bytes) -> str:
    """What bytes that are no image are, as the end of a sentence; empty: unknown."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return " but an HTML page"
    if start.startswith(b"<"):
        return " but XML or HTML"
    shown = data[:96].decode("utf-8", "replace").strip()[:24]
    return (
        f" but text, which begins with “{shown}”"
        if shown and shown.isprintable() and "\N{REPLACEMENT CHARACTER}" not in shown
        else ""
    )


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
    raise NotAnImage(f"{name}: not an image{_instead(data)}; check what was saved under this name")


def _in_words(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
