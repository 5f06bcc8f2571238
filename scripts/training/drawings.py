"""A mark for training: a named RGBA drawing, cropped to its visible part; it draws none."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import resvg_py
from numpy.typing import NDArray

SIDE: Final = 128  # pixels, long side of a drawing


@dataclass(frozen=True, slots=True)
class Mark:
    """One drawing; marks of one `group` may show the same brand and are never held against each other."""

    name: str
    group: str
    rgba: NDArray[np.uint8]  # (H, W, 4), cut to what is visible


def fitted(rgba: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8] | None:
    """Cut to what is visible and scaled to a long side of `side`; None: hardly anything is."""
    rows, columns = (np.flatnonzero(rgba[..., 3].max(axis=axis) > 32) for axis in (1, 0))
    if rows.size < 8 or columns.size < 8:
        return None
    cut = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = side / max(cut.shape[:2])
    size = (max(4, round(cut.shape[1] * scale)), max(4, round(cut.shape[0] * scale)))
    if min(size) < side / 12:
        return None
    premultiplied = cut.astype(np.float32) * np.dstack([cut[..., 3:] / 255.0] * 3 + [np.ones_like(cut[..., 3:])])
    small = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small = np.dstack([small[..., :3] / np.maximum(small[..., 3:] / 255.0, 1e-3), small[..., 3:]])
    return np.clip(np.round(small), 0, 255).astype(np.uint8)


def drawn_svg(svg: str) -> NDArray[np.uint8] | None:
    """An SVG as (H, W, 4), cut to what is visible, SIDE pixels long; None: it cannot be drawn, or is too thin."""
    try:
        data = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=2 * SIDE))
    except (ValueError, RuntimeError, TypeError):
        return None
    bgra = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if bgra is None or bgra.ndim != 3 or bgra.shape[2] != 4:
        return None
    return fitted(np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8))
