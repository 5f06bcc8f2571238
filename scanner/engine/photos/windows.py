"""Compares a plate with the rectified listing in small windows, at the finest detail that the listing still has."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

WINDOW: Final = 20  # pixels: two characters of a chart's text
RICH: Final = 12.0  # grey levels: content of a window that counts in full
REACH: Final = 2  # pixels by which a window may lie beside where the geometry puts it
TEXTURED: Final = 5.0  # grey levels of deviation within a window; a flatter one correlates with anything
AGREES: Final = 0.75  # ncc from which a window shows the same; below it something else, if more than noise is left
CLEAR: Final = 8.0  # grey levels of deviation that the other image does not explain: more is no compression
NOISY: Final = 3.0  # likewise, in multiples of what is unexplained in the quiet windows
QUIET: Final = 25  # per cent of the windows: where other content fills more than half, the median is no noise
NEVER_NOISE: Final = 20.0  # grey levels, likewise: always more than noise
FRINGE: Final = 5  # pixels
PALER: Final = 0.4  # of the plate's deviation: with less, the listing shows hardly anything there
FLAT_NOISE: Final = 2.5  # grey levels: what compression alone does to the gradient of a plain area
SAME: Final = 0.6  # ncc from which windows tell the gain of the listing's contrast
ENOUGH: Final = 100  # windows that tell it
GAINS: Final = (0.1, 4.0)
LEAST_SIDE: Final = 3 * WINDOW  # pixels of the short side of the coarsest detail
DETAILS: Final = 3  # levels of detail, each half of the one before
HOPELESS: Final = 0.02  # of the coarsest detail's agreement: with less, no finer one is looked at
UNLIKELY: Final = 0.12  # of the next one's, likewise; at the coarsest detail all windows may show some of the ground
SHARP_ENOUGH: Final = 0.35  # sharpness below which the listing has lost a detail
WEAVE: Final = 0.8  # pixels: standard deviation of the blur that evens out a weave which resampling does not keep
DOTS: Final = 1.5  # pixels of the coarsest detail: standard deviation that blurs the dots of a print into tones
TOO_SHARP: Final = 2.5  # sharpness above which noise or the dots of a print hide a detail


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What the window about each pixel of the plate shows, (H, W) each; the plate is reduced to the detail chosen."""

    content: Plane  # weight of the plate's own content: corners and texture, not plain areas or straight edges
    valid: Mask  # the window lies within the listing image
    agree: Mask  # both show the same
    replaced: Mask  # the listing shows something else in place of the plate's content
    removed: Mask  # the listing shows nothing in its place
    added: Mask  # the listing shows something where the plate is plain
    scale: float  # pixels here for one of the images compared
    sharpness: float  # of the listing where both have texture, as a share of the plate's
    faint: Mask | None = None  # where content is that of tones that were spread; None: nowhere

    @property
    def differ(self) -> Mask:
        """Where the listing shows other content than the plate, (H, W)."""
        return self.replaced | self.removed | self.added


def compare(
    plate: RGBImage, listing: RGBImage, inside: Mask, *, goods: Mask | None = None, is_photograph: bool = True
) -> Windows:
    """Compare the (H, W, 3) `plate` with the listing rectified to its frame, where `inside` (H, W) it is visible.

    Finer details are looked at while something agrees, be it of `goods` alone, (H, W), on whatever ground; None: it
    has none to speak of.
    The finest weave of a photograph survives no resampling, and is evened out; the digits of a chart are not.
    """
    reference, query = (np.asarray(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), np.float32) for each in (plate, listing))
    if is_photograph:
        reference, query = blurred(reference, WEAVE), blurred(query, WEAVE)
    pyramid = [(reference, query, inside)]
    while min(reference.shape) >= 2 * LEAST_SIDE and len(pyramid) < DETAILS:
        size = (reference.shape[1] // 2, reference.shape[0] // 2)
        reference, query = (
            np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (reference, query)
        )
        inside = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        pyramid.append((reference, query, inside))
    chosen: Windows | None = None
    for number, planes in reversed(list(enumerate(pyramid))):
        found = _at_one_detail(*planes, 0.5**number)
        if chosen is None or SHARP_ENOUGH <= found.sharpness <= TOO_SHARP:
            chosen = found
        is_coarsest = number == len(pyramid) - 1
        if is_coarsest and goods is not None:
            continue  # nearly all windows show some of the ground
        if agreement(chosen) < (HOPELESS if is_coarsest else UNLIKELY) and (
            goods is None or agreement(chosen, goods) < UNLIKELY
        ):
            break
    assert chosen is not None, "the pyramid has a level"
    if chosen.sharpness > TOO_SHARP:
        reference, query, inside = pyramid[-1]
        return _at_one_detail(blurred(reference, DOTS), blurred(query, DOTS), inside, 0.5 ** (len(pyramid) - 1))
    return chosen


def agreement(windows: Windows, where: Mask | None = None) -> float:
    """The share of the content that agrees, 0..1, of that which agrees or clearly differs; `where`, (H, W), alone."""
    content = windows.content
    if where is not None:
        size = (content.shape[1], content.shape[0])
        content = np.where(cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), content, 0)
    same = float(content[windows.agree].sum())
    other = float(content[windows.replaced | windows.removed].sum())
    return same / max(same + other, 1e-6)


def window_of(shape: tuple[int, ...]) -> int:
    """The side of the windows in which two images of this shape are compared, pixels."""
    return max(9, min(WINDOW, min(shape) // 4))


def _at_one_detail(reference: Plane, query: Plane, inside: Mask, scale: float) -> Windows:
    window = window_of(reference.shape)
    valid = box(inside.astype(np.float32), window) > 0.98
    reference_mean, reference_deviation = _statistics(reference, window)
    query = query / _gain(reference, query, valid, window)
    query_mean, query_deviation = _statistics(query, window)
    floor = TEXTURED / 2
    best = best_covariance(reference, reference_mean, query, query_mean, np.maximum(query_deviation, floor), window)
    best = np.maximum(best / np.maximum(reference_deviation, floor), -1).astype(np.float32)
    textured, textured_query = reference_deviation > TEXTURED, query_deviation > TEXTURED
    pale = query_deviation < np.maximum(PALER * reference_deviation, TEXTURED / 2)
    off = np.sqrt(np.maximum(1 - np.maximum(best, 0) ** 2, 0))  # share of the deviation that the other does not explain
    unexplained, missing = off * query_deviation, off * reference_deviation
    noise = float(np.percentile(unexplained[valid], QUIET)) if valid.any() else 0.0
    clear = min(max(CLEAR, NOISY * noise), NEVER_NOISE)
    unlike = valid & (best < AGREES)
    replaced = _opened(unlike & textured & ~pale & (unexplained > clear))
    removed = _opened(unlike & textured & pale & (missing > clear))
    agree = valid & textured & ~pale & (best > AGREES) & ~replaced
    # The outline of goods on a new ground is sharper or softer than it was; what agrees tells of the listing's detail.
    compared = agree if np.count_nonzero(agree) >= ENOUGH else valid & textured & textured_query
    return Windows(
        content=_content(reference, window),
        valid=valid,
        agree=agree,
        replaced=replaced,
        removed=removed,
        added=_opened(unlike & ~textured & textured_query & (unexplained > clear)),
        scale=scale,
        sharpness=_sharpness(reference, query, compared),
    )


def best_covariance(
    reference: Plane, reference_mean: Plane, query: Plane, query_mean: Plane, query_deviation: Plane, window: int
) -> Plane:
    """The greatest covariance of each window with the listing's within REACH, a share of the latter's deviation."""
    height, width = reference.shape
    moving = [np.pad(each, REACH, mode="wrap") for each in (query, query_mean, 1 / query_deviation)]
    best = np.full(reference.shape, -np.inf, np.float32)
    product, covariance = np.empty_like(best), np.empty_like(best)  # new arrays would take as long as the sums
    for down in range(2 * REACH + 1):
        for across in range(2 * REACH + 1):
            moved, mean, share = (each[down : down + height, across : across + width] for each in moving)
            cv2.blur(np.multiply(reference, moved, out=product), (window, window), dst=covariance)
            covariance -= np.multiply(reference_mean, mean, out=product)
            np.maximum(best, np.multiply(covariance, share, out=product), out=best)
    return best


def blurred(plane: Plane, deviation: float) -> Plane:
    """The plane after a Gaussian blur of that standard deviation, (H, W)."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), deviation), np.float32)


def _gain(reference: Plane, query: Plane, valid: Mask, window: int) -> float:
    """The contrast of the listing where both show the same, as a share of the plate's; 1: they share too little."""
    mean, deviation = _statistics(reference, window)
    query_mean, query_deviation = _statistics(query, window)
    covariance = box(reference * query, window) - mean * query_mean
    ncc = covariance / (np.maximum(deviation, 1.0) * np.maximum(query_deviation, 1.0))
    same = valid & (deviation > TEXTURED) & (ncc > SAME)
    if np.count_nonzero(same) < ENOUGH:
        return 1.0
    return float(np.clip(np.median(query_deviation[same] / deviation[same]), *GAINS))


def _content(plane: Plane, window: int) -> Plane:
    """The root of the smaller eigenvalue of the structure tensor (Shi and Tomasi 1994), less what noise gives."""
    x, y = (cv2.Sobel(plane, cv2.CV_32F, *order, ksize=3) / 4 for order in ((1, 0), (0, 1)))
    xx, yy, xy = (box(np.asarray(each, np.float32), window) for each in (x * x, y * y, x * y))
    smaller = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    return np.maximum(np.sqrt(np.maximum(smaller, 0)) - FLAT_NOISE, 0).astype(np.float32)


def _opened(mask: Mask) -> Mask:
    """Without what is thinner than FRINGE: a window that just touches an edge sees it in one of the two images only."""
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((FRINGE, FRINGE), np.uint8))) > 0


def _sharpness(reference: Plane, query: Plane, where: Mask) -> float:
    """The root of the ratio of the two energies of the Laplacian, listing to plate; 1 where there is nothing."""
    sharp, sharp_query = (cv2.Laplacian(each, cv2.CV_32F)[where] for each in (reference, query))
    energy = float((sharp * sharp).sum())
    return float(np.sqrt(float((sharp_query * sharp_query).sum()) / energy)) if energy > 0 else 1.0


def _statistics(plane: Plane, window: int) -> tuple[Plane, Plane]:
    mean = box(plane, window)
    return mean, np.sqrt(np.maximum(box(plane * plane, window) - mean**2, 0))


def box(plane: Plane, window: int) -> Plane:
    """The mean of the window about each pixel, (H, W)."""
    return np.asarray(cv2.blur(plane, (window, window)), np.float32)
