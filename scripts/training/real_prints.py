"""Real prints of known marks: what is on a pack's clean photo, carried to where other people's photos show it.

The copy matcher finds the homography between the packshots of grocery/ (MIT) and the shop photos of the same packs; it
carries each mark on a packshot to its quadrilateral in each photo. No human draws a box, and so what the pixels do not
prove is left out.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from benchmarks.copy_task import read_image
from benchmarks.datasets import evenly_spaced
from benchmarks.product import Entry, id_of, register_all
from PIL import Image

from brand_index.features.weights import read_manifest
from brand_index.features.words import letters
from brand_index.features.words.reading import OnnxTextReader
from brand_index.images import RGBImage
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.bulk.batch import examine_batch
from scanner.engine.boxes import Box, Quad, overlap, share_within
from scanner.engine.examiner import Examination
from scanner.engine.photometry import logo_ncc
from scanner.engine.regions import OnnxRegionFinder
from scanner.settings import read_settings

MEASURED_BRANDS: Final = frozenset({"Bravo", "Oatly", "Yoggi"})  # of nine: nothing is ever fitted on their packs
ENLARGED: Final = 3  # times: packshots have 198 pixels
LEAST_OBJECTNESS: Final = 0.25
AREAS: Final = (0.006, 0.15)  # of the packshot: a mark's least and largest share
SAME: Final = 0.4  # intersection over union from which two boxes show one mark
OTHER_WORDS: Final = 0.35  # share of a box that lines of other words fill, which other packs may have too
EACH: Final = 4  # marks of a packshot at most
LEAST_INLIERS: Final = 15  # of the packshot in the photo
LEAST_NCC: Final = 0.45  # of the mark itself with what the photo shows there
LEAST_SIDE: Final = 18  # pixels of the photo
THUMBNAIL: Final = 96  # pixels, as of registered references


@dataclass(frozen=True, slots=True)
class Pack:
    """A product, its clean photo and the photos that others took of it."""

    brand: str
    product: str
    packshot: Path
    photos: tuple[Path, ...]

    @property
    def is_measured(self) -> bool:
        """Whether its brand is for measuring alone."""
        return self.brand in MEASURED_BRANDS


@dataclass(frozen=True, slots=True)
class RealPrint:
    """One mark of a packshot in one photo."""

    pack: Pack
    number: int  # of the mark on its packshot
    mark: Box  # in pixels of the enlarged packshot
    photo: Path
    quad: Quad  # of the mark, in pixels of the photo
    pack_quad: Quad  # of the packshot, likewise
    inliers: int  # of the whole pack
    ncc: float  # of the mark


def packs(data: Path) -> list[Pack]:
    """The products of grocery/ that have a packshot, by name."""
    folder = data / "grocery"
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["path"])
    return [
        Pack(
            row["brand"],
            row["product"],
            folder / row["path"],
            tuple(
                folder / each["path"] for each in rows if each["product"] == row["product"] and each["kind"] == "photo"
            ),
        )
        for row in rows
        if row["kind"] == "packshot"
    ]


def enlarged(path: Path) -> RGBImage:
    """A packshot, ENLARGED times as large."""
    image = read_image(path)
    return np.asarray(cv2.resize(image, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC), np.uint8)


class MarksOfPacks:
    """Finds the marks on packshots with the product's own region finder and reader."""

    def __init__(self) -> None:
        """Load the models that ship."""
        manifest = read_manifest()
        assert manifest.lines is not None
        assert manifest.characters is not None
        self._finder = OnnxRegionFinder(manifest.finder)
        self._reader = OnnxTextReader(manifest.lines, manifest.characters)

    def find(self, image: RGBImage, brand: str) -> list[Box]:
        """The likely marks of a (H, W, 3) packshot, the brand's written name first; what says other words is left out.

        Other brands' packs may say the same, such as a flavour.
        """
        area = image.shape[0] * image.shape[1]
        own: list[Box] = []
        others: list[Box] = []
        for line in self._reader.read(image):
            corners = np.array(line.corners)
            (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
            size = (image.shape[1], image.shape[0])
            box = Box(max(0, int(left)), max(0, int(top)), min(size[0], int(right)), min(size[1], int(bottom)))
            said, name = letters(line.text), letters(brand.replace("-", ""))
            says_own = name in said or (len(said) > 1 and said in name)
            (own if says_own else others).append(box)
        boxes = list(own)
        for region in self._finder.find(image, 30, LEAST_OBJECTNESS).regions[:-1]:
            share = _area(region.box) / area
            is_new = all(overlap(region.box, box) < SAME for box in boxes)
            says_other = sum(_area(box) * share_within(box, region.box) for box in others) / _area(region.box)
            if AREAS[0] <= share <= AREAS[1] and is_new and says_other < OTHER_WORDS:
                boxes.append(region.box)
        return [box for box in boxes if min(box.right - box.left, box.bottom - box.top) >= LEAST_SIDE][:EACH]


def find_real_prints(
    chosen: Sequence[Pack], folder: Path, *, photos_each: int | None = None, workers: int = 1
) -> list[RealPrint]:
    """Every mark of each pack that its pixels prove in one of its photos; a store is made in the empty `folder`.

    `photos_each`: so many photos of each pack are looked at, evenly chosen; None: all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    finder, images, entries = MarksOfPacks(), {}, {}
    for pack in chosen:
        images[pack.product] = enlarged(pack.packshot)
        path = folder / f"{pack.product}.png"
        Image.fromarray(images[pack.product]).save(path)
        entries[pack.product] = Entry(path, pack.product.lower(), ReferenceKind.PHOTO, pack.product)
    store = Store(folder / "store")
    register_all(store, entries.values())
    pack_of = {photo: pack for pack in chosen for photo in evenly_spaced(pack.photos, photos_each)}
    marks = {pack.product: finder.find(images[pack.product], pack.brand) for pack in chosen}
    found: list[RealPrint] = []
    for examined in examine_batch(pack_of, store, read_settings(), workers=workers):
        pack = pack_of[examined.image.path]
        own = id_of(entries[pack.product])
        for item in examined.outcome.evidence if isinstance(examined.outcome, Examination) else ():
            if item.reference_id == own and item.quad is not None and (item.inliers or 0) >= LEAST_INLIERS:
                packshot, own_marks = images[pack.product], marks[pack.product]
                found += carried(pack, packshot, own_marks, examined.image.path, item.quad, item.inliers or 0)
    return found


def carried(
    pack: Pack, packshot: RGBImage, marks: Sequence[Box], path: Path, quad: Quad, inliers: int
) -> Iterator[RealPrint]:
    """Each of the packshot's marks in a photo that shows the packshot at `quad`, where the mark's own pixels agree."""
    photo, (height, width) = read_image(path), packshot.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    homography = cv2.getPerspectiveTransform(corners, np.array(quad, np.float32))
    for number, box in enumerate(marks):
        left, top, right, bottom = box
        outline = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
        placed = cv2.perspectiveTransform(outline, homography)[0]
        low, high = placed.min(axis=0), placed.max(axis=0)
        is_inside = bool((low >= 0).all() and (high <= [photo.shape[1], photo.shape[0]]).all())
        if not is_inside or (high - low).min() < LEAST_SIDE:
            continue
        first, second, third, last = ((float(x), float(y)) for x, y in placed)
        grey = cv2.cvtColor(packshot[box.top : box.bottom, box.left : box.right], cv2.COLOR_RGB2GRAY)
        thumbnail = np.asarray(cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA), np.uint8)
        ncc = logo_ncc(photo, (first, second, third, last), thumbnail)
        if ncc is not None and ncc >= LEAST_NCC:
            yield RealPrint(pack, number, box, path, (first, second, third, last), quad, inliers, ncc)


def _area(box: Box) -> int:
    return max(1, (box.right - box.left) * (box.bottom - box.top))
