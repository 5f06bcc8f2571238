"""Share of true boxes that proposed regions cover, by box size and number of regions; it embeds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.copy_task import read_image
from benchmarks.datasets import MarkPhoto
from benchmarks.logos import GOOD_BOX
from benchmarks.measures import Share
from benchmarks.peers import tiles
from benchmarks.tables import Table, percent
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from scanner.engine.boxes import Box, overlap
from scanner.engine.examiner import with_lines
from scanner.engine.regions import FoundRegions, OnnxRegionFinder
from scanner.engine.settings import EngineSettings
from scanner.engine.words.reading import WordReader

COUNTS: Final = (10, 30, 40, 100)
BORDERS: Final = (0.01, 0.05)  # of the photo's area, between the sizes
SIZES: Final = ("under 1 %", "1 to 5 %", "5 % and more")
TILES_ACROSS: Final = (1, 2, 3, 4)  # 1 + 9 + 25 + 49 tiles


@dataclass(frozen=True, slots=True, eq=False)
class BoxedImage:
    """A (H, W, 3) image and the boxes of the marks in it."""

    pixels: RGBImage
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of one method of proposing regions, in total and by size; a size without boxes is omitted."""

    system: str  # a method of proposing regions
    regions: float  # the mean number a photo
    covered: Share
    sizes: tuple[tuple[str, Share], ...]


def boxed_images(photos: Sequence[MarkPhoto]) -> list[BoxedImage]:
    """The photos with their boxes."""
    return [BoxedImage(read_image(photo.path), photo.boxes) for photo in photos]


def coverages(images: Sequence[BoxedImage]) -> list[Coverage]:
    """The coverage of the shipped finder with one look and with two, without lines of text and with them.

    Each with COUNTS regions and the whole image, however unlikely; as a scan has them, which leaves the unlikeliest
    out; and that of a tile pyramid.
    """
    settings = EngineSettings()
    model, reader = read_manifest().finder, WordReader(settings)
    finders = {"one look": OnnxRegionFinder(model, least_small=1.0), "two looks": OnnxRegionFinder(model)}
    found = {way: [finder.find(each.pixels, max(COUNTS)) for each in images] for way, finder in finders.items()}
    seen = [reader.see(each.pixels, first.text) for each, first in zip(images, found["one look"], strict=True)]

    def measured(name: str, way: str, count: int, *, lines: bool = False, least: float = 0.0) -> Coverage:
        regions = [_best(each, count, least).regions for each in found[way]]
        if lines:
            pairs = zip(regions, seen, strict=True)
            regions = [with_lines(each, text, settings.text_regions) for each, text in pairs]
        return coverage(name, images, [[region.box for region in each] for each in regions])

    shipped, least = settings.regions, settings.least_objectness
    ways = [measured(f"{way}, {count}", way, count) for way in finders for count in COUNTS]
    ways += [
        measured(f"two looks, {count}, and lines of text", "two looks", count, lines=True) for count in (shipped, 100)
    ]
    ways += [
        measured(f"a scan, at most {shipped}", "two looks", shipped, least=least),
        measured(f"a scan that reads, at most {shipped} and lines", "two looks", shipped, lines=True, least=least),
    ]
    pyramid = [tiles(each.pixels.shape[1], each.pixels.shape[0], TILES_ACROSS) for each in images]
    return [*ways, coverage("tile pyramid", images, pyramid)]


def _best(found: FoundRegions, count: int, least: float) -> FoundRegions:
    *regions, whole = found.regions
    kept = [region for region in regions[:count] if region.objectness >= least]
    return found._replace(regions=(*kept, whole))


def coverage(way: str, images: Sequence[BoxedImage], regions: Sequence[Sequence[Box]]) -> Coverage:
    """The coverage of `regions`, one sequence an image."""
    hits: dict[str, list[bool]] = {name: [] for name in SIZES}
    for image, proposed in zip(images, regions, strict=True):
        area = image.pixels.shape[0] * image.pixels.shape[1]
        for box in image.boxes:
            share = (box.right - box.left) * (box.bottom - box.top) / area
            name = SIZES[sum(share >= border for border in BORDERS)]
            hits[name].append(any(overlap(box, region) >= GOOD_BOX for region in proposed))
    everything = [hit for group in hits.values() for hit in group]
    return Coverage(
        way,
        sum(map(len, regions)) / max(len(regions), 1),
        Share(sum(everything), len(everything)),
        tuple((name, Share(sum(group), len(group))) for name, group in hits.items() if group),
    )


def coverage_table(ways: Sequence[Coverage], images: str = "photos") -> Table:
    """One row a method."""
    names = [name for name, _ in ways[0].sizes]
    return Table(
        f"True boxes covered with an IoU of {GOOD_BOX} or more, by the box's share of the image: {images}",
        ("regions", "an image", "covered", *names),
        tuple(
            (way.system, f"{way.regions:.0f}", percent(way.covered), *(percent(share) for _, share in way.sizes))
            for way in ways
        ),
    )
