"""Cuts an image into panels at its seams: collages with or without gutters, stacked pages, images in a frame.

A recursive XY-cut. A photograph has a straight edge from side to side now and then, but hardly ever at the equal
distances of a collage, so the lines of a grid need to be weaker than a single seam.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage
from scanner.engine.boxes import Box
from scanner.engine.parts.seams import FLAT, Gradients, Profile

MOST_ACROSS: Final = 6  # panels of a grid, across and down
LEAST_SIDE: Final = 96  # pixels of the image: smaller panels tell too little
GRID_STRENGTH: Final = (0.42, 0.20, 0.16, 0.13)  # that each of 1, 2, 3 or more lines of a grid needs at least
SEAM_STRENGTH: Final = 0.58  # that a seam anywhere needs in an image that may be a photograph
PANEL_STRENGTH: Final = 0.45  # likewise in a part that was cut from an image: it is composed
LONG_STRENGTH: Final = 0.3  # likewise across a long image: it is no photograph, and shorter parts are looked for
BLANK_STRENGTH: Final = 0.2  # of a line of one colour
TOLERANCE: Final = 0.012  # of the side (at most twice the other): how far from equal distances a line may be
LONGEST_CELL: Final = 2.5  # long side by short of a grid's panels
WIDEST_GUTTER: Final = 0.06  # of the side
WIDEST_FRAME: Final = 0.1  # likewise, of one colour around a grid
LEAST_SHARE: Final = 0.4  # of the short side: the least distance of single seams
PLAIN: Final = 0.88  # share of a panel in its few commonest tones, from which it shows text or a table, not a photo
TONES: Final = 4  # of 26
LONG: Final = 2.0  # long side by short, from which an image is composed rather than photographed
MOST_CUTS: Final = 6  # levels of recursion


@dataclass(frozen=True, slots=True)
class _Grid:
    """A grid that may be an image's: the panels down and across, as intervals in pixels."""

    rows: tuple[tuple[int, int], ...]
    columns: tuple[tuple[int, int], ...]
    strength: float  # of its weakest line


def panels(image: RGBImage) -> tuple[Box, ...]:
    """The panels of a (H, W, 3) image, in reading order, which leave out gutters; all of it where it has no seam."""
    height, width = image.shape[:2]
    if min(height, width) < LEAST_SIDE:
        return (Box(0, 0, width, height),)
    gradients = Gradients(image)
    scale = gradients.shrink
    found = _cut(gradients, gradients.whole, MOST_CUTS)
    if len(found) == 1:
        return (Box(0, 0, width, height),)
    return tuple(
        Box(left * scale, top * scale, min(right * scale, width), min(bottom * scale, height))
        for left, top, right, bottom in found
    )


def _cut(gradients: Gradients, box: Box, levels: int) -> list[Box]:
    least = LEAST_SIDE // gradients.shrink
    width, height = box.right - box.left, box.bottom - box.top
    if levels == 0 or max(width, height) < 2 * least or min(width, height) < least or _is_plain(gradients, box):
        return [box]
    rows, columns = gradients.rows(box), gradients.columns(box)
    grid = _grid(rows, columns, least)
    is_final = grid is not None and len(grid.rows) + len(grid.columns) > 3  # its panels are whole photos
    is_long = max(width, height) > LONG * min(width, height)
    if grid is None:
        strength = LONG_STRENGTH if is_long else SEAM_STRENGTH if levels == MOST_CUTS else PANEL_STRENGTH
        grid = _single(rows, columns, least, strength)
    if grid is None:
        return [box]
    cells = [
        Box(box.left + left, box.top + top, box.left + right, box.top + bottom)
        for top, bottom in grid.rows
        for left, right in grid.columns
        if min(bottom - top, right - left) >= least // 2  # the rest is a gutter, which may go on to the edge
    ]
    if not cells:
        return [box]
    if not is_long and sum(_is_plain(gradients, cell) for cell in cells) > len(cells) / 2:
        return [box]
    return cells if is_final else [part for cell in cells for part in _cut(gradients, cell, levels - 1)]


def _grid(rows: Profile, columns: Profile, least: int) -> _Grid | None:
    """The finest grid of equal panels whose lines all show, the strongest of equally fine ones; None: none does."""
    best: tuple[int, float, _Grid] | None = None
    for framed in (False, True):
        longest = 2 * min(len(rows.flat), len(columns.flat))
        sides = [_lines(profile, least, longest, framed=framed) for profile in (rows, columns)]
        for down in sides[0]:
            for across in sides[1]:
                count = len(down.parts) + len(across.parts) - 2
                strength = min(down.strength, across.strength)
                cell = len(rows.flat) / len(down.parts) / (len(columns.flat) / len(across.parts))
                if count == 0 or not 1 / LONGEST_CELL <= cell <= LONGEST_CELL:
                    continue
                if strength < GRID_STRENGTH[min(count, len(GRID_STRENGTH)) - 1]:
                    continue
                if best is None or (count, strength) > best[:2]:
                    best = count, strength, _Grid(down.parts, across.parts, strength)
    return None if best is None else best[2]


def _is_plain(gradients: Gradients, box: Box) -> bool:
    """Whether a panel is of a few tones but for a little, as text and the cells of a table are."""
    some = gradients.grey[box.top : box.bottom : 3, box.left : box.right : 3]
    common = np.sort(np.bincount(some.ravel() // FLAT))[-TONES:]
    return int(common.sum()) >= PLAIN * some.size


@dataclass(frozen=True, slots=True)
class _Lines:
    """One side of an image, cut into equal parts, without the gutters."""

    parts: tuple[tuple[int, int], ...]
    strength: float  # of the weakest line; 1 where there is none


def _lines(profile: Profile, least: int, longest: int, *, framed: bool) -> list[_Lines]:
    """The ways to cut a side into equal parts, for the tolerance not taken to be longer than `longest`.

    `framed`: without what is of one colour at its ends.
    """
    count = len(profile.flat)
    low, high = _frame(profile.flat) if framed else (0, count)
    found = [_Lines(((low, high),), 1.0)]
    length = high - low
    reach = max(3, round(TOLERANCE * min(length, longest)))
    for number in range(2, MOST_ACROSS + 1):
        if length < number * least:
            break
        lines, weakest = [], 1.0
        for step in range(1, number):
            about = low + round(step * length / number)
            nearby = slice(max(0, about - reach), about + reach)
            here = profile.strength[nearby]
            strength, line = float(here.max()), nearby.start + int(here.argmax()) + 1
            if strength < BLANK_STRENGTH and profile.flat[about]:
                strength, line = BLANK_STRENGTH, about
            weakest = min(weakest, strength)
            lines.append(line)
        found.append(_Lines(_between(lines, profile.flat, low, high), weakest))
    return found


def _single(rows: Profile, columns: Profile, least: int, strength: float) -> _Grid | None:
    """A cut at single seams of at least this strength, down or across; None: there is none."""
    sizes = [len(profile.flat) for profile in (rows, columns)]
    best: tuple[float, int, list[int]] | None = None
    for side, profile in enumerate((rows, columns)):
        apart = max(least, round(LEAST_SHARE * min(sizes)))
        lines = _peaks(profile.strength, apart, strength)
        if lines:
            top = float(profile.strength[[line - 1 for line in lines]].max())
            if best is None or top > best[0]:
                best = top, side, lines
    if best is None:
        return None
    top, side, lines = best
    whole = tuple(((0, size),) for size in sizes)
    parts = _between(lines, (rows, columns)[side].flat, 0, sizes[side])
    return _Grid(parts, whole[1], top) if side == 0 else _Grid(whole[0], parts, top)


def _peaks(strength: NDArray[np.float32], apart: int, least: float) -> list[int]:
    """The seams of at least this strength, the strongest first come, so many pixels from each other and the ends."""
    chosen: list[int] = []
    rows = np.flatnonzero(strength >= least)
    for row in rows[np.argsort(-strength[rows], kind="stable")]:
        line = int(row) + 1
        if min(line, len(strength) - line) >= apart and all(abs(line - other) >= apart for other in chosen):
            chosen.append(line)
    return sorted(chosen)


def _frame(flat: NDArray[np.bool_]) -> tuple[int, int]:
    """Where a side begins and ends without what is of one colour at its ends, at most WIDEST_FRAME each."""
    count = len(flat)
    most = round(WIDEST_FRAME * count)
    inner = np.flatnonzero(~flat)
    if len(inner) == 0:
        return 0, count
    low, high = int(inner[0]), int(inner[-1]) + 1
    return (low if low <= most else 0), (high if count - high <= most else count)


def _between(lines: Sequence[int], flat: NDArray[np.bool_], low: int, high: int) -> tuple[tuple[int, int], ...]:
    """The intervals between `lines`, each line widened to the gutter of one colour that it touches."""
    most = round(WIDEST_GUTTER * (high - low))
    ends = []
    for line in lines:
        first = last = line
        for start in (line, line - 1, line + 1, line - 2, line + 2):
            if 0 <= start < len(flat) and flat[start]:
                first = last = start
                while first > low and flat[first - 1]:
                    first -= 1
                while last < high and flat[last]:
                    last += 1
                break
        ends.append((first, last) if last - first <= most else (line, line))
    widest = max(last - first for first, last in ends)
    inner_low, inner_high = _frame(flat)  # a frame around panels is about as wide as what is between them
    if low < inner_low <= low + 2 * widest:
        low = inner_low
    if high - 2 * widest <= inner_high < high:
        high = inner_high
    starts = [low, *(last for _, last in ends)]
    stops = [*(first for first, _ in ends), high]
    return tuple(zip(starts, stops, strict=True))
