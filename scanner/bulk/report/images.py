"""Images of the report: small copies as data URIs, and outlines of matches; it decides nothing."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brand_index.errors import ImageError
from brand_index.images import DEFAULT_LIMITS, DecodedImage, Limits, RGBImage, decode, read_bytes
from brand_index.types import ReferenceImage, ReferenceKind
from scanner.engine.types import Evidence

Outline = tuple[tuple[float, float], ...]
"""Corners (x, y) in pixels of the whole image."""


@dataclass(frozen=True, slots=True)
class InlineImage:
    """An image as the report shows it."""

    uri: str  # data: with a small WebP
    width: int  # pixels of the whole image, in which outlines are given
    height: int


@dataclass(frozen=True, slots=True)
class MissingImage:
    """An image that cannot be shown."""

    why: str  # a sentence


def small_uri(pixels: RGBImage, long_side: int, quality: int) -> str:
    """A WebP of at most `long_side` pixels as a data URI."""
    scale = long_side / max(pixels.shape[:2])
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode("ascii")


def listing_image(
    path: Path, sha256: str, frame: int, long_side: int, quality: int, limits: Limits = DEFAULT_LIMITS
) -> InlineImage | MissingImage:
    """The scanned file at `path`, read within the scan's `limits`.

    MissingImage: it is gone, or no longer the file with this sha256.
    """
    decoded = _decoded(path, limits, vector=False)
    if isinstance(decoded, MissingImage):
        return decoded
    if decoded.sha256 != sha256:
        return MissingImage("The file has changed since it was scanned.")
    pixels = decoded.frame(frame)
    width, height = decoded.size if frame == 0 else (pixels.shape[1], pixels.shape[0])
    return InlineImage(small_uri(pixels, long_side, quality), width, height)


def reference_image(path: Path, reference: ReferenceImage, long_side: int, quality: int) -> InlineImage | MissingImage:
    """The registered file at `path`; width and height are those that the registry has."""
    if not path.is_file():
        return MissingImage("The reference's file is gone: register the same file again.")
    decoded = _decoded(path, DEFAULT_LIMITS, vector=True)
    if isinstance(decoded, MissingImage):
        return decoded
    return InlineImage(small_uri(decoded.frames[0], long_side, quality), reference.width, reference.height)


def _decoded(path: Path, limits: Limits, *, vector: bool) -> DecodedImage | MissingImage:
    if not path.is_file():
        return MissingImage("The file is no longer there.")
    try:
        return decode(read_bytes(path, limits), limits, name=path.name, vector=vector)
    except ImageError as error:
        return MissingImage(f"The file cannot be read now: {error}")


def outline_in_listing(evidence: Evidence, reference: ReferenceImage | None, width: int, height: int) -> Outline:
    """Where the match is in the listing image of `width` x `height` pixels, clipped to the image.

    For a logo, and for a photo whose alteration is known: the quadrilateral of the whole reference. For other photos:
    the part of the reference that matched, mapped into the image. Without a geometry: the box of the evidence.
    """
    corners = np.array(_box_corners(*evidence.box), np.float32)
    if evidence.quad is not None:
        corners = np.array(evidence.quad, np.float32)
        part = None if evidence.alteration is not None else evidence.reference_box
        if part is not None and reference is not None and evidence.kind is ReferenceKind.PHOTO:
            whole = np.array(_box_corners(0, 0, reference.width, reference.height), np.float32)
            move = cv2.getPerspectiveTransform(whole, corners)
            inner = np.array([_box_corners(*part)], np.float32)
            corners = np.asarray(cv2.perspectiveTransform(inner, move), np.float32)[0]
    return _clip(corners, width, height)


def outline_in_reference(evidence: Evidence, reference: ReferenceImage) -> Outline:
    """The part of the reference that the listing image shows, else the part that matched, else all of it."""
    if evidence.alteration is not None and len(evidence.alteration.part) > 2:
        return _clip(np.array(evidence.alteration.part, np.float32), reference.width, reference.height)
    box = evidence.reference_box or (0, 0, reference.width, reference.height)
    return _clip(np.array(_box_corners(*box), np.float32), reference.width, reference.height)


def overlaid_part(evidence: Evidence, reference: ReferenceImage) -> tuple[float, float, float, float]:
    """The left, top, right and bottom of the part of a reference that the quadrilateral of refined evidence is of.

    That is all of a photo, and a logo without the margins of its file.
    """
    whole = (0, 0, reference.width, reference.height)
    return whole if evidence.kind is ReferenceKind.PHOTO else evidence.reference_box or whole


def _box_corners(left: float, top: float, right: float, bottom: float) -> Outline:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _clip(corners: NDArray[np.float32], width: int, height: int) -> Outline:
    """An outline clipped to the image, and a little inside its edge so that the line is visible."""
    edge = max(width, height) * 0.006
    frame = np.array(_box_corners(edge, edge, width - edge, height - edge), np.float32)
    if not np.isfinite(corners).all():
        return tuple((float(x), float(y)) for x, y in frame)
    if cv2.isContourConvex(corners):
        _, shared = cv2.intersectConvexConvex(corners, frame)
        if shared is not None and len(shared) > 2:
            return tuple((float(x), float(y)) for x, y in np.asarray(shared).reshape(-1, 2))
    inside = np.clip(corners, (edge, edge), (width - edge, height - edge))
    return tuple((float(x), float(y)) for x, y in inside)
