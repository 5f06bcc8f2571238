"""Measures how exactly a reference is aligned with composites of known geometry, before and after it is refined."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from training.drawings import drawn_svg

from benchmarks.alignment_scenes import (
    LOGOS,
    PHOTOS,
    Composite,
    Corners,
    chance_of,
    corners_of,
    homography,
    projected,
    rgba_of,
)
from benchmarks.copy_task import read_image
from benchmarks.datasets import clothing_photos, evenly_spaced, other_logos
from benchmarks.materials import Materials
from benchmarks.measures import Share
from benchmarks.options import Options, Outcome
from benchmarks.runs import occasion
from benchmarks.tables import Table, number, percent
from brand_index.features.description import ReferenceDescription, describe_reference
from brand_index.features.embedding import Embedder
from brand_index.features.keypoints import describe_keypoints
from brand_index.features.plates import read_plate
from brand_index.images import RGBImage, decode
from brand_index.index import IndexedReference
from brand_index.types import ReferenceKind
from scanner.demo import logos as drawn_marks
from scanner.engine.alignment.geometry import Alignment, align
from scanner.engine.alignment.refinement import refine
from scanner.engine.boxes import Box, Quad
from scanner.engine.examiner import open_embedder
from scanner.engine.regions import pad_box
from scanner.engine.settings import EngineSettings
from scanner.settings import read_settings

REFERENCES: Final = 40  # of each kind of reference; every one appears once in each kind of composite
GROUNDS: Final = 40  # other photos
WRONG: Final = 0.05  # of the long side: an overlay that is further off misleads
JITTER: Final = 0.04  # of the long side: how far corners are displaced where keypoints are not asked
REGION_SIDE: Final = 256  # pixels, as the verifier describes the region of a mark
REGION_KEYPOINTS: Final = 250
SIFT_INLIERS: Final = 10  # from which a user of SIFT and RANSAC would believe the homography
SIFT_KEYPOINTS: Final = 20_000  # strongest; a matcher of OpenCV takes 262,143 at most
SIFT_RATIO: Final = 0.75
SIFT_TOLERANCE: Final = 5.0  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A reference of the benchmark."""

    name: str
    kind: ReferenceKind
    pixels: NDArray[np.uint8]  # (H, W, 3), of a logo RGBA
    described: ReferenceDescription
    plate: RGBImage

    @property
    def row(self) -> IndexedReference:
        """As the index lists it."""
        each = self.described
        return IndexedReference(self.name, self.name, self.kind, "", each.width, each.height, each.content)


@dataclass(slots=True)
class Errors:
    """Corner errors of one way to align, shares of the long side, over the composites of one kind."""

    tried: int = 0
    errors: list[float] = field(default_factory=list)  # of those that were aligned

    def add(self, quad: Quad | Corners | None, truth: Corners) -> None:
        """Count one composite; None: not aligned."""
        self.tried += 1
        if quad is not None:
            sides = np.linalg.norm(np.roll(truth, -1, axis=0) - truth, axis=1)
            off = np.linalg.norm(np.asarray(quad, np.float64) - truth, axis=1)
            self.errors.append(float(off.mean() / sides.max()))

    def quantile(self, share: float) -> float | None:
        """The error that so many do not exceed; None: none was aligned."""
        return float(np.quantile(self.errors, share)) if self.errors else None

    @property
    def aligned(self) -> Share:
        """Of all composites."""
        return Share(len(self.errors), self.tried)

    @property
    def wrong(self) -> Share:
        """Of those aligned, the ones further off than WRONG."""
        return Share(sum(each > WRONG for each in self.errors), len(self.errors))


@dataclass(slots=True)
class Measured:
    """One kind of composite."""

    kind: str
    keypoints: Errors = field(default_factory=Errors)  # before
    refined: Errors = field(default_factory=Errors)
    displaced: Errors = field(default_factory=Errors)  # refined from corners displaced by JITTER
    sift: Errors = field(default_factory=Errors)
    another: Share = field(default_factory=lambda: Share(0, 0))  # another reference refined there
    milliseconds: list[float] = field(default_factory=list)  # processor time of refining


def run_alignment(options: Options) -> Outcome:
    """Make the composites and measure them; see the tables."""
    clothing = clothing_photos(options.data)
    chance = np.random.default_rng(options.seed)
    order = [clothing[int(at)] for at in chance.permutation(len(clothing))]
    count = options.limit or REFERENCES
    grounds = [read_image(path) for path in order[count : count + GROUNDS]]
    settings = read_settings()
    embedder = open_embedder(settings)
    photos = [_registered(path.name, path.read_bytes(), ReferenceKind.PHOTO, embedder) for path in order[:count]]
    logos = list(_logos(options, count, embedder))
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        results = [
            *(_measured(kind, make, photos, grounds, options.seed, settings) for kind, make in PHOTOS.items()),
            *(_measured(kind, make, logos, grounds, options.seed, settings) for kind, make in LOGOS.items()),
        ]
    finally:
        cv2.setNumThreads(threads)
    by_reference = (("photos", results[: len(PHOTOS)]), ("logos", results[len(PHOTOS) :]))
    return Outcome(
        occasion=occasion("alignment"),
        options=options,
        results=results,
        missing=(),
        tables=[alignment_table(name, part) for name, part in by_reference],
        truths=(),
        runs=(),
        sections=(),
    )


def alignment_table(name: str, results: Sequence[Measured]) -> Table:
    """A row for each kind, and one for all."""
    rows = [_row(each) for each in (*results, _together(results))]
    return Table(
        title=f"Alignment of {name}: corner error as a share of the long side, median / 90th percentile",
        columns=(
            "composite",
            "aligned by keypoints",
            "error",
            "then refined",
            "error",
            f"off by over {WRONG:.0%}".replace("%", " %"),
            f"refined from {JITTER:.0%} off".replace("%", " %"),
            "error",
            "SIFT + RANSAC",
            "error",
            f"off by over {WRONG:.0%}".replace("%", " %"),
            "another reference refined",
            "ms",
        ),
        rows=tuple(rows),
        note=f"SIFT + RANSAC: OpenCV's, ratio {SIFT_RATIO}, {SIFT_TOLERANCE:g} px, {SIFT_INLIERS} inliers or more.",
    )


def _row(each: Measured) -> tuple[str, ...]:
    return (
        each.kind,
        percent(each.keypoints.aligned),
        _errors(each.keypoints),
        percent(each.refined.aligned),
        _errors(each.refined),
        percent(each.refined.wrong),
        percent(each.displaced.aligned),
        _errors(each.displaced),
        percent(each.sift.aligned),
        _errors(each.sift),
        percent(each.sift.wrong),
        percent(each.another),
        number(float(np.median(each.milliseconds)) if each.milliseconds else None, 1),
    )


def _errors(each: Errors) -> str:
    return f"{number(each.quantile(0.5), 4)} / {number(each.quantile(0.9), 4)}"


def _together(results: Sequence[Measured]) -> Measured:
    whole = Measured("all")
    for each in results:
        for name in ("keypoints", "refined", "displaced", "sift"):
            into, part = getattr(whole, name), getattr(each, name)
            into.tried += part.tried
            into.errors += part.errors
        whole.another = Share(whole.another.part + each.another.part, whole.another.whole + each.another.whole)
        whole.milliseconds += each.milliseconds
    return whole


def _logos(options: Options, count: int, embedder: Embedder) -> Iterable[Registered]:
    """Marks that the demo draws, then logos of other_logos/."""
    drawings = (drawn_marks.tarnvik(), drawn_marks.fernholt(), drawn_marks.korvelo(), drawn_marks.brackmoor())
    for at, drawing in enumerate(drawings[:count]):
        rgba = drawn_svg(drawing.svg())
        if rgba is not None:
            yield _registered(f"drawn {at}", _png(rgba), ReferenceKind.LOGO, embedder)
    for logo in evenly_spaced(other_logos(options.data), max(0, count - len(drawings))):
        yield _registered(logo.path.name, logo.path.read_bytes(), ReferenceKind.LOGO, embedder)


def _registered(name: str, data: bytes, kind: ReferenceKind, embedder: Embedder) -> Registered:
    image = decode(data, name=name)
    described = describe_reference(image, kind, embedder)
    pixels = image.frames[0] if kind is ReferenceKind.PHOTO else rgba_of(image)
    return Registered(name, kind, pixels, described, read_plate(described.plate))


def _png(rgba: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))[1].tobytes()


def _measured(
    kind: str,
    make: object,
    references: Sequence[Registered],
    grounds: Sequence[RGBImage],
    seed: int,
    settings: EngineSettings,
) -> Measured:
    assert callable(make)
    measured, sift = Measured(kind), cv2.SIFT.create(SIFT_KEYPOINTS)
    follower = cycle(references)
    next(follower)
    refined_elsewhere = 0
    for each, other in zip(references, follower, strict=False):
        chance = chance_of(seed, kind, each.name)
        made: Composite = make(each.pixels, Materials(chance, grounds))
        left, top, right, bottom = each.described.content
        content = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64) - 0.5
        truth = projected(homography(corners_of(each.pixels), made.corners), content)
        aligned = _aligned(made.listing, each, truth, settings)
        measured.keypoints.add(None if aligned is None else aligned.quad, truth)
        measured.refined.add(None if aligned is None else _refined(made, aligned.quad, each, measured), truth)
        long_side = float(np.linalg.norm(np.roll(truth, -1, axis=0) - truth, axis=1).max())
        off = truth + chance.normal(0, JITTER * long_side / 2**0.5, (4, 2))
        displaced = tuple((float(x), float(y)) for x, y in off)
        start: Quad = (displaced[0], displaced[1], displaced[2], displaced[3])
        measured.displaced.add(_refined(made, start, each, measured), truth)
        refined_elsewhere += refine(made.listing, start, other.plate) is not None
        measured.sift.add(_by_sift(sift, made.listing, each.plate), truth)
    measured.another = Share(refined_elsewhere, len(references))
    return measured


def _refined(made: Composite, quad: Quad, reference: Registered, measured: Measured) -> Quad | None:
    begun = time.process_time()
    found = refine(made.listing, quad, reference.plate)
    measured.milliseconds.append((time.process_time() - begun) * 1000)
    return None if found is None else found.quad


def _aligned(listing: RGBImage, each: Registered, truth: Corners, settings: EngineSettings) -> Alignment | None:
    """By the keypoints of the image, and of a logo by those of its region, as the verifier does."""
    size = (listing.shape[1], listing.shape[0])
    whole = describe_keypoints(listing, side=settings.keypoint_side, limit=settings.keypoint_count)
    # A mark that is its own mirror image lies as well the other way round, which corners call an error.
    ways = (False, True) if each.kind is ReferenceKind.PHOTO else (False,)
    tried = [align(whole, size, each.described.keypoints, each.row, mirrored=mirrored) for mirrored in ways]
    if each.kind is ReferenceKind.LOGO:
        low, high = np.floor(truth.min(axis=0)).astype(int), np.ceil(truth.max(axis=0)).astype(int)
        left, top, right, bottom = pad_box(Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])), size)
        region = describe_keypoints(
            listing[top:bottom, left:right], side=REGION_SIDE, limit=REGION_KEYPOINTS, enlarge=4.0
        ).translated(left, top)
        tried.append(align(region, size, each.described.keypoints, each.row, mirrored=False))
    return max((found for found in tried if found is not None), key=lambda found: found.inliers, default=None)


def _by_sift(sift: cv2.SIFT, listing: RGBImage, plate: RGBImage) -> Corners | None:
    """The plate's corners by OpenCV's SIFT, ratio test and RANSAC, tried mirrored too; None: too few inliers."""
    best: tuple[int, Corners] | None = None
    points, descriptors = sift.detectAndCompute(cv2.cvtColor(listing, cv2.COLOR_RGB2GRAY), None)
    for mirrored in (False, True):
        shown = np.ascontiguousarray(plate[:, ::-1]) if mirrored else plate
        sources, described = sift.detectAndCompute(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY), None)
        if descriptors is None or described is None or len(described) < 4 or len(descriptors) < 2:
            continue
        pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(described, descriptors, k=2)
        kept = [first for first, second in pairs if first.distance < SIFT_RATIO * second.distance]
        if len(kept) < 4:
            continue
        source = np.array([sources[each.queryIdx].pt for each in kept], np.float64)
        target = np.array([points[each.trainIdx].pt for each in kept], np.float64)
        cv2.setRNGSeed(0)
        matrix, inliers = cv2.findHomography(source, target, cv2.RANSAC, SIFT_TOLERANCE)
        count = 0 if matrix is None else int(np.count_nonzero(inliers))
        if matrix is not None and count >= SIFT_INLIERS and (best is None or count > best[0]):
            corners = projected(np.asarray(matrix, np.float64), corners_of(shown))
            best = count, corners[[1, 0, 3, 2]] if mirrored else corners
    return None if best is None else best[1]
