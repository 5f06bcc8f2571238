"""Share of true boxes that proposed regions cover, by box size and number of regions; it embeds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.copy_task import read_image
from benchmarks.datasets import MarkPhoto
from benchmarks.logos import GOOD_BOX, SIZE_NAMES, size_name
from benchmarks.measures import Share
from benchmarks.peers import tiles
from benchmarks.tables import Table, percent
from brand_index.features.weights import read_manifest
from brand_index.images import RGBImage
from scanner.engine.regions import OnnxRegionFinder
from scanner.engine.types import Box, overlap

COUNTS = (10, 30, 100)
TILES_ACROSS = (1, 2, 3, 4)  # 1 + 9 + 25 + 49 tiles


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of one method of proposing regions, in total and by size; a size without boxes is omitted."""

    system: str  # a method of proposing regions
    regions: float  # the mean number a photo
    covered: Share
    sizes: tuple[tuple[str, Share], ...]


def coverages(photos: Sequence[MarkPhoto]) -> list[Coverage]:
    """The coverage of the shipped finder with COUNTS regions and the whole image, and of a tile pyramid."""
    finder = OnnxRegionFinder(read_manifest().finder)
    images = [read_image(photo.path) for photo in photos]
    found = [finder.find(image, max(COUNTS)).regions for image in images]

    def best(count: int) -> list[list[Box]]:
        return [[region.box for region in (*regions[:-1][:count], regions[-1])] for regions in found]

    pyramid = [tiles(image.shape[1], image.shape[0], TILES_ACROSS) for image in images]
    ways = [(f"Markscan's finder, {count}", best(count)) for count in COUNTS]
    return [coverage(name, photos, images, boxes) for name, boxes in [*ways, ("tile pyramid", pyramid)]]


def coverage(
    way: str, photos: Sequence[MarkPhoto], images: Sequence[RGBImage], regions: Sequence[Sequence[Box]]
) -> Coverage:
    """The coverage of `regions`, one sequence a photo."""
    hits: dict[str, list[bool]] = {name: [] for name in SIZE_NAMES}
    for photo, image, proposed in zip(photos, images, regions, strict=True):
        area = image.shape[0] * image.shape[1]
        for box in photo.boxes:
            share = (box.right - box.left) * (box.bottom - box.top) / area
            hits[size_name(share)].append(any(overlap(box, region) >= GOOD_BOX for region in proposed))
    everything = [hit for group in hits.values() for hit in group]
    return Coverage(
        way,
        sum(map(len, regions)) / max(len(regions), 1),
        Share(sum(everything), len(everything)),
        tuple((name, Share(sum(group), len(group))) for name, group in hits.items() if group),
    )


def coverage_table(ways: Sequence[Coverage]) -> Table:
    """One row a method."""
    names = [name for name, _ in ways[0].sizes]
    return Table(
        f"True boxes covered with an IoU of {GOOD_BOX} or more, by the box's share of the photo",
        ("regions", "a photo", "covered", *names),
        tuple(
            (way.system, f"{way.regions:.0f}", percent(way.covered), *(percent(share) for _, share in way.sizes))
            for way in ways
        ),
    )
