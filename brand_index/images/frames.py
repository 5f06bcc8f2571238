"""Reads the frames of an image within limits, and says how many of how many; which formats are taken is elsewhere."""

import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from brand_index.errors import ImageError, ImageTooLarge, TruncatedImage, UnsupportedImage
from brand_index.images import formats
from brand_index.images.colour import Plane, RGBImage, srgb_arrays
from brand_index.images.damage import Mended, is_zeroed, mended
from brand_index.images.decoding_cost import (
    decoding_cost,
    exif_orientation,
    lacks_pages,
    refuse_bombs,
    refuse_page,
    tiff_pages,
)
from brand_index.images.multi_image import further_images
from brand_index.limits import Limits

_MAX_REACH = 1000  # frames of an animation that are decoded to find those to examine
_MAX_WALKED_PIXELS = 128_000_000  # of all those frames together
_FIELDS = 24  # across and down, by whose mean colours frames are compared
_ALIKE = 3  # levels: frames whose fields all differ by no more are the same to the eye
_SHOWN_STEP = 4  # pixels between those that tell whether a damaged image shows anything
_BEFORE_PIXELS = ("transparency", "icc_profile")  # of a PNG: after the pixels browsers ignore them, and Pillow does not
_SCALES = (1, 2, 4, 8)  # at which libjpeg reads a JPEG: one pixel for so many on either side


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of an image that were read."""

    frames: tuple[RGBImage, ...]  # at least one
    numbers: tuple[int, ...]  # of each in the file, from 0, ascending
    alpha: Plane | None  # of the first; None: opaque
    size: tuple[int, int]  # width and height of the first, upright, in the file; a large JPEG is read at a part of it
    stand_for: tuple[int, ...]  # for each, how many frames of the file equal it to the eye
    count: int  # frames or pages of the file
    truncated: bool  # the file is cut off or damaged: part of the pixels are missing, or may be
    seconds: tuple[float, ...] | None = None  # of a video, when each of the frames is shown; None: it is none


def read_frames(data: bytes, named: str, limits: Limits) -> Frames:
    """The distinct frames of an animation, or the pages, up to `limits.max_frames`; `named` is from `recognize`.

    Of a damaged file, what there is. Raises ImageError, and whatever Pillow raises.
    """
    refuse_bombs(data, named)
    try:
        return _read(data, named, limits)
    except (ImageTooLarge, UnsupportedImage, Image.DecompressionBombError, MemoryError):
        raise
    except Exception as error:  # decoders raise all kinds
        traceback.clear_frames(error.__traceback__)  # they hold an image
        for instead in mended(data, named, limits.max_bytes):
            found = _read_mended(instead, named, limits)
            if found is not None:
                return found
        raise


def _read_mended(instead: Mended, named: str, limits: Limits) -> Frames | None:
    """The frames of a mended file; None: it is unreadable too, or shows nothing."""
    try:
        found = _read(instead.data, named, limits, instead)
    except (ImageTooLarge, Image.DecompressionBombError, MemoryError):
        raise
    except Exception:  # as above; the first error is the one to tell
        return None
    some = found.frames[0][::_SHOWN_STEP, ::_SHOWN_STEP]
    return None if found.truncated and bool((some == some[0, 0]).all()) else found


def _read(data: bytes, named: str, limits: Limits, instead: Mended | None = None, *, alone: bool = False) -> Frames:
    """The frames of a file; of `instead` as far as they go. `alone`: without a JPEG's further images."""
    with formats.quiet():
        image = formats.open_header(data, named)
        if instead is not None and instead.profile is not None:
            image.info["icc_profile"] = instead.profile
        size = image.size
        scale, budget = _scale_and_budget(image, data, named, limits)
        further = further_images(data) if named == "JPEG" and instead is None and not alone else []
        count = 1 + len(further) if further else formats.frame_count(image, data, named)
        if scale > 1 and isinstance(image, ImageFile.ImageFile):
            image.draft(image.mode, (size[0] // scale, size[1] // scale))
    partly = instead is not None
    is_whole = _load(image, named, partly=partly)
    exif = image.info.get("exif")
    orientation = exif_orientation(exif) if isinstance(exif, bytes) and named != "TIFF" else 1
    first, alpha = srgb_arrays(image, orientation)
    if named == "TIFF":  # turned by Pillow
        size = (first.shape[1], first.shape[0])
    found: list[tuple[int, RGBImage]] = [(0, first)]
    stand_for = [1]
    if count > 1 and is_whole:
        if further:
            found += _images(data, further if scale == 1 else [], limits, first.nbytes)
            stand_for = [1] * len(found)
        elif named in formats.PAGED:
            found += _pages(image, data, named, limits, count, first.nbytes)
            stand_for = [1] * len(found)
        else:
            capacity = max(1, min(limits.max_frames, 1 + budget // (3 * size[0] * size[1])))
            film = _Film(image, named, orientation, partly=partly)
            found, stand_for = _distinct(film, first, count, capacity)
            is_whole = film.is_whole
    lacks_parts = (named == "TIFF" and lacks_pages(data)) or (named == "JPEG" and is_zeroed(data))
    return Frames(
        frames=tuple(frame for _, frame in found),
        numbers=tuple(number for number, _ in found),
        alpha=alpha,
        size=size if orientation < 5 else (size[1], size[0]),
        stand_for=tuple(stand_for),
        count=count,
        truncated=(instead is not None and instead.is_cut) or not is_whole or lacks_parts,
    )


def _scale_and_budget(image: Image.Image, data: bytes, named: str, limits: Limits) -> tuple[int, int]:
    """The scale to read the image at, and the bytes that remain for more frames.

    Raises ImageTooLarge if not even one frame is within the limits, TruncatedImage if the image has no pixels.
    """
    width, height = image.size
    if width * height == 0:
        raise TruncatedImage("an image without pixels")
    limits.check_shape(width, height)
    limits.check_pixels(width, height, named)
    cost = 0
    for scale in _SCALES if named == "JPEG" else _SCALES[:1]:
        cost = decoding_cost(image, data, named, scale)
        if cost <= limits.memory and -(-width // scale) * -(-height // scale) <= limits.max_pixels:
            return scale, limits.memory - cost
    raise limits.over_memory(width, height, named, cost)


def _load(image: ImageFile.ImageFile, named: str, *, partly: bool) -> bool:
    """Decode the pixels; False: only a part of them was there (`partly`: then the others are 0, else it is raised)."""
    early = {key: image.info.get(key) for key in _BEFORE_PIXELS} if named == "PNG" else {}
    try:
        with formats.quiet() if named == "TIFF" else nullcontext():  # Pillow reads its tags again to rotate it
            image.load()
    except (ImageError, Image.DecompressionBombError, MemoryError, EOFError):
        raise
    except Exception:  # decoders raise all kinds
        if not partly:
            raise
        image.tile = []
        image.load()  # as it is; raises if nothing is
        return False
    finally:
        for key, value in early.items():
            if value is None:
                image.info.pop(key, None)
            else:
                image.info[key] = value
    return True


class _Film:
    """The frames of an animation after the first, each composed with those before it."""

    def __init__(self, image: ImageFile.ImageFile, named: str, orientation: int, *, partly: bool) -> None:
        self._image, self._named, self._orientation, self._partly = image, named, orientation, partly
        self._size = image.size
        self.is_whole = True  # until a damaged frame was met

    @property
    def pixels(self) -> int:
        """Of one frame."""
        return self._size[0] * self._size[1]

    def walk(self, numbers: Iterable[int]) -> Iterator[tuple[int, RGBImage]]:
        """The frames of these ascending numbers, and their numbers, as far as there are any."""
        for number in numbers:
            try:
                self._image.seek(number)
                if self._image.size != self._size:  # a growing canvas evades the limits
                    return
                self.is_whole = _load(self._image, self._named, partly=self._partly)
            except EOFError:  # fewer frames than were announced
                return
            except Exception:
                if not self._partly:
                    raise
                self.is_whole = False
                return
            yield number, srgb_arrays(self._image, self._orientation)[0]
            if not self.is_whole:
                return


def _distinct(film: _Film, first: RGBImage, count: int, capacity: int) -> tuple[list[tuple[int, RGBImage]], list[int]]:
    """At most `capacity` distinct frames with their numbers, and how many frames of the file equal each to the eye.

    If there are more, they are spread from the first to the last, and read again, which bounds memory.
    """
    reach = max(1, min(count, _MAX_REACH, _MAX_WALKED_PIXELS // film.pixels))
    sketch = _sketch(first)
    sketches = np.empty((reach, len(sketch)), np.int16)  # of each distinct frame
    means = np.empty(reach)
    sketches[0], means[0] = sketch, sketch.mean()
    numbers, stand_for = [0], [1]
    kept = {0: first}
    for number, frame in film.walk(range(1, reach)):
        sketch = _sketch(frame)
        found = len(numbers)
        rows = np.flatnonzero(np.abs(means[:found] - sketch.mean()) <= _ALIKE)  # few are compared in full
        alike = rows[np.abs(sketches[rows] - sketch).max(axis=1, initial=0) <= _ALIKE]
        if len(alike):
            stand_for[alike[0]] += 1
            continue
        if len(kept) < capacity:
            kept[number] = frame
        sketches[found], means[found] = sketch, sketch.mean()
        numbers.append(number)
        stand_for.append(1)
    chosen = list(range(len(numbers)))
    if len(numbers) > capacity:
        chosen = _spread(chosen, capacity)
        kept = {0: first} | dict(film.walk([numbers[row] for row in chosen[1:]]))
    return list(kept.items()), [stand_for[row] for row in chosen[: len(kept)]]


def _spread(rows: Sequence[int], count: int) -> list[int]:
    """So many of them, from the first to the last."""
    last = len(rows) - 1
    return [rows[round(step * last / max(1, count - 1))] for step in range(count)]


def _sketch(frame: RGBImage) -> NDArray[np.int16]:
    """The mean colours of a coarse grid of fields: what differs between frames, in a few numbers."""
    side = (min(_FIELDS, frame.shape[1]), min(_FIELDS, frame.shape[0]))
    return np.asarray(cv2.resize(frame, side, interpolation=cv2.INTER_AREA), np.int16).ravel()


def _images(
    data: bytes, places: Sequence[tuple[int, int]], limits: Limits, held: int
) -> Iterator[tuple[int, RGBImage]]:
    """The further images of a JPEG that are within the limits, as `_pages` the pages; one that is reduced is not."""
    for number, (at, length) in enumerate(places[: limits.max_frames - 1], start=1):
        part = data[at : at + length]
        try:
            refuse_bombs(part, "JPEG")
            rest = limits.less(held)
            read = _read(part, "JPEG", rest, alone=True)
        except Exception:  # untrusted; the verdict counts what is left out
            continue
        (frame,) = read.frames
        if frame.shape[1::-1] == read.size:
            held += frame.nbytes
            yield number, frame


def _pages(
    image: ImageFile.ImageFile, data: bytes, named: str, limits: Limits, count: int, held: int
) -> Iterator[tuple[int, RGBImage]]:
    """The pages after the first that are within the limits, each of a size of its own, and their numbers.

    `held`: bytes of the first. A page that cannot be read is left out.
    """
    offsets = tiff_pages(data) if named == "TIFF" else []
    for number in range(1, min(count, limits.max_frames)):
        try:
            if offsets:
                refuse_page(data, offsets[number])
            with formats.quiet():
                image.seek(number)
            limits.check_shape(*image.size)
            if held + decoding_cost(image, data, named) > limits.memory or image.width * image.height == 0:
                continue
            _load(image, named, partly=False)
            frame, _ = srgb_arrays(image)
        except Exception:  # untrusted; the verdict counts what is left out
            continue
        held += frame.nbytes
        yield number, frame
