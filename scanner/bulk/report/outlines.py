"""Outlines of a match in both images, and which part of a long image to show; it draws nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.types import ReferenceImage, ReferenceKind
from scanner.engine.boxes import Box
from scanner.engine.types import ConcealedPatch, Evidence
from scanner.verdicts.words import is_recoloured

Outline = tuple[tuple[float, float], ...]
"""Corners (x, y) in pixels of the whole image."""

RASTER: Final = 400  # pixels: long side of the raster on which the parts of a region are joined
JOINED: Final = 0.08  # of the long side of a region: gaps that are narrower are closed, or lines would cross the image
SMALLEST: Final = 0.008  # of the same square: smaller parts are left out, where there is a larger one
MOST: Final = 24  # outlines of one kind that are drawn, the largest
ELONGATED: Final = 2.5  # times the short side: a longer image is shown in part, or nothing would be seen in it
AROUND: Final = 0.2  # of the short side: how much is shown around a match in such an image
WHOLE: Final = 0.6  # of the long side: a part that is longer is no help


@dataclass(frozen=True, slots=True)
class Marks:
    """What is outlined of one match in one image."""

    match: tuple[Outline, ...]  # where listing and reference agree; where that is not known, the match
    whole: Outline = ()  # of the whole reference or what is visible of it, drawn thinly; empty: as `match`
    differing: tuple[Outline, ...] = ()  # where the content differs

    @property
    def around(self) -> Outline:
        """The outline of all of it."""
        return self.whole or next(iter(self.match), ())

    def scaled(self, scale: float, left: float = 0.0, top: float = 0.0) -> "Marks":
        """The same in a part of the image that begins at `left` and `top` and is enlarged by `scale`."""

        def moved(outline: Outline) -> Outline:
            return tuple(((x - left) * scale, (y - top) * scale) for x, y in outline)

        return Marks(tuple(map(moved, self.match)), moved(self.whole), tuple(map(moved, self.differing)))


NO_MARKS: Final = Marks(())


def is_in_image(evidence: Evidence) -> bool:
    """Whether evidence lies somewhere in the listing image; a word may stand in a title or description alone."""
    return evidence.word is None or evidence.quad is not None


def marks_in_listing(evidence: Evidence, reference: ReferenceImage | None, width: int, height: int) -> Marks:
    """The outlines in the listing image of `width` x `height` pixels, clipped to it; none of a word in texts alone."""
    if not is_in_image(evidence):
        return NO_MARKS
    outline, photo = outline_in_listing(evidence, reference, width, height), evidence.photo
    if photo is None or not (photo.region or photo.differing):
        return Marks((outline,))
    return _marks(evidence, photo.region, photo.differing, outline, width, height)


def marks_of_patch(patch: ConcealedPatch, width: int, height: int) -> Marks:
    """The outline of a patch that conceals a mark, clipped to the listing image of `width` x `height` pixels."""
    return Marks((_clip(np.array(patch.quad, np.float32), width, height),))


def marks_in_reference(evidence: Evidence, reference: ReferenceImage) -> Marks:
    """The outlines in the reference, in its own pixels: those of the listing, mapped back by the geometry.

    A registered word is no image, so it has none.
    """
    if reference.word is not None:
        return NO_MARKS
    outline, photo = outline_in_reference(evidence, reference), evidence.photo
    if photo is None or evidence.quad is None or not (photo.region or photo.differing):
        return Marks((outline,))
    width, height = reference.width, reference.height
    whole = np.array(_box_corners(0, 0, width, height), np.float32)
    back = cv2.getPerspectiveTransform(np.array(evidence.quad, np.float32), whole)
    region, differing = (
        tuple(
            tuple((float(x), float(y)) for x, y in cv2.perspectiveTransform(np.array([each], np.float32), back)[0])
            for each in outlines
        )
        for outlines in (photo.region, photo.differing)
    )
    if not all(np.isfinite(each).all() for each in (*region, *differing)):
        return Marks((outline,))
    return _marks(evidence, region, differing, outline, width, height)


def _marks(
    evidence: Evidence,
    region: Sequence[Outline],
    differing: Sequence[Outline],
    whole: Outline,
    width: int,
    height: int,
) -> Marks:
    joined, parts = _joined(region, width, height), _largest(differing, width, height)
    return Marks((), whole, joined) if is_recoloured(evidence) else Marks(joined, whole, parts)


def part_to_show(outlines: Iterable[Outline], width: int, height: int) -> Box | None:
    """The part of an elongated image in which its matches are; None: the image is shown whole.

    Where the matches are far apart, it is the part of the first.
    """
    short, long_side = sorted((width, height))
    found = [outline for outline in outlines if outline]
    if long_side < ELONGATED * short or not found:
        return None
    along = 0 if width > height else 1
    for shown in (found, found[:1]):
        places = [point[along] for outline in shown for point in outline]
        first, last = min(places) - AROUND * short, max(places) + AROUND * short
        room = max(0.0, short - (last - first)) / 2
        first, last = max(0.0, first - room), min(float(long_side), last + room)
        if last - first <= WHOLE * long_side:
            start, end = round(first), round(last)
            return Box(start, 0, end, height) if along == 0 else Box(0, start, width, end)
    return None


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


def _joined(region: Sequence[Outline], width: int, height: int) -> tuple[Outline, ...]:
    """A region as a person would draw round it: its parts joined over narrow gaps, without holes and specks."""
    real = [np.clip(np.array(each, np.float64), (0, 0), (width, height)) for each in region if len(each) > 2]
    if not real:
        return ()
    points = np.concatenate(real)
    start, extent = points.min(axis=0), max(1.0, float(np.ptp(points, axis=0).max()))
    scale, margin = RASTER / extent, round(JOINED * RASTER)
    mask = np.zeros((RASTER + 2 * margin, RASTER + 2 * margin), np.uint8)
    for each in real:
        cv2.fillPoly(mask, [np.round((each - start) * scale + margin).astype(np.int32)], 255)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (margin, margin))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    found, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    contours = sorted(found, key=cv2.contourArea, reverse=True)
    large = [each for each in contours if cv2.contourArea(each) >= SMALLEST * RASTER**2] or contours[:1]
    rounded = (cv2.approxPolyDP(each, 1.5, closed=True).reshape(-1, 2) for each in large)
    back = (((corners - margin) / scale + start).tolist() for corners in rounded if len(corners) > 2)
    return _largest([tuple((x, y) for x, y in corners) for corners in back], width, height)


def _largest(outlines: Iterable[Outline], width: int, height: int) -> tuple[Outline, ...]:
    """MOST of these at most, the largest first, clipped to the image."""
    real = [np.array(each, np.float32) for each in outlines if len(each) > 2]
    ranked = sorted(real, key=lambda each: -abs(cv2.contourArea(each)))
    return tuple(_clip(each, width, height) for each in ranked[:MOST])


def _box_corners(left: float, top: float, right: float, bottom: float) -> Outline:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _clip(corners: NDArray[np.float32], width: int, height: int) -> Outline:
    """An outline clipped to the image, and a little inside its edge so that the line is visible."""
    edge = min(max(width, height) * 0.006, min(width, height) * 0.012)
    frame = np.array(_box_corners(edge, edge, width - edge, height - edge), np.float32)
    if not np.isfinite(corners).all():
        return tuple((float(x), float(y)) for x, y in frame)
    if cv2.isContourConvex(corners):
        _, shared = cv2.intersectConvexConvex(corners, frame)
        if shared is not None and len(shared) > 2:
            return tuple((float(x), float(y)) for x, y in np.asarray(shared).reshape(-1, 2))
    inside = np.clip(corners, (edge, edge), (width - edge, height - edge))
    return tuple((float(x), float(y)) for x, y in inside)
