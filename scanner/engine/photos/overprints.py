"""Finds where a photo shows between the strokes of what was printed over it: words, thin stripes, a watermark."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from brand_index.images import RGBImage
from scanner.engine.photos.changes import Pixels
from scanner.engine.photos.windows import AGREES, TEXTURED, Plane, Windows, box, window_of

OFF: Final = 32.0  # levels of 255, of the channel that is farthest off: a pixel beyond it may be printed over
BEYOND: Final = 1.5  # likewise, in multiples of the plate's deviation: of other content, too, most pixels lie within it
LEFT: Final = 0.35  # share of a window's pixels that nothing covers, at least
HELD: Final = 0.6  # share of the contrast that is theirs by their number, which they hold, at least
WORTH: Final = 0.02  # of the windows: with fewer that differ nothing is sought


def with_shown_between(windows: Windows, mapped: Pixels, listing: RGBImage, *, is_photograph: bool) -> Windows:
    """The windows, of which those agree too whose pixels correlate with the plate's but for those printed over.

    `mapped` is the plate in the listing's colours, (H, W, 3). What was printed over a photo does not care for what is
    under it: the pixels that it leaves hold their share of the plate's contrast. Where a print or the digits of a chart
    were replaced, those that differ held it all. Over a plain area of a photograph words add nothing but themselves; in
    a chart they are other content.
    """
    differ = windows.replaced | windows.removed
    doubtful = differ | windows.added if is_photograph else differ
    if np.count_nonzero(doubtful) < WORTH * differ.size:
        return windows
    size = (differ.shape[1], differ.shape[0])
    reference, query = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (mapped, listing)
    )
    plate, shown = (np.asarray(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), np.float32) for each in (reference, query))
    window = window_of(size)
    around = np.maximum(box(plate * plate, window) - box(plate, window) ** 2, 0)
    off = np.abs(reference - query).max(axis=2) > np.maximum(OFF, BEYOND * np.sqrt(around))
    left = 1 - cv2.dilate(off.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    share = box(left, window)
    mean, shown_mean = _mean(plate, left, share, window), _mean(shown, left, share, window)
    variance, shown_variance = (
        np.maximum(_mean(each * each, left, share, window) - at**2, 0)
        for each, at in ((plate, mean), (shown, shown_mean))
    )
    covariance = _mean(plate * shown, left, share, window) - mean * shown_mean
    least = (TEXTURED / 2) ** 2
    ncc = covariance / np.sqrt(np.maximum(variance, least) * np.maximum(shown_variance, least))
    between = (share > LEFT) & (variance > TEXTURED**2) & (ncc > AGREES) & (variance > HELD * around) & differ
    plain = (share > LEFT) & (shown_variance < TEXTURED**2) & is_photograph
    return replace(
        windows,
        agree=windows.agree | between,
        replaced=windows.replaced & ~between,
        removed=windows.removed & ~between,
        added=windows.added & ~plain,
    )


def _mean(plane: Plane, left: Plane, share: Plane, window: int) -> Plane:
    """Of the pixels that are left in each window, (H, W)."""
    return np.asarray(box(plane * left, window) / np.maximum(share, 1e-3), np.float32)
