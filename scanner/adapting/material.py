"""What an embedder is adapted on: registered logos, clean images of the user's, and labelled ones; it runs no model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from brand_index.csv_files import ALIKE_BRANDS, Columns, file_named, nearest, read_csv
from brand_index.errors import ImageError, UsageError
from brand_index.images import DecodedImage, RGBImage, decode, read_bytes
from brand_index.images.finding import find_images
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage, ReferenceKind

LEAST_LOGOS: Final = 20  # registered; their prints are what confidence is fitted on
LEAST_CLEAN: Final = 150  # images: two thirds measure how rare a similarity is, and a tenth of these is the tail
LEAST_MATERIAL: Final = 50
LONG_SIDE: Final = 1_000  # pixels, to which images are reduced
_COLUMNS: Final = Columns(required=("image", "brand_id"))


class TooLittleMaterial(UsageError):
    """Too few images or logos to adapt an embedder on, or labels that cannot be meant."""

    code = "too_little_material"


@dataclass(frozen=True, slots=True, eq=False)
class Logo:
    """A registered logo with its image."""

    reference: ReferenceImage
    brand: Brand
    path: Path
    image: DecodedImage


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image of the user's with what a person saw in it."""

    path: Path
    brand_ids: frozenset[str]  # whose logos it shows; empty: none that is registered


def registered_logos(registry: Registry, store: Store) -> tuple[Logo, ...]:
    """The logos in force whose files are there. Raises TooLittleMaterial where they are fewer than LEAST_LOGOS."""
    brands = {each.brand_id: each for each in registry.brands()}
    found = []
    for each in registry.references():
        path = store.media_path(each.sha256, each.suffix)
        if each.kind is ReferenceKind.LOGO and each.withdrawn_at is None and store.fetched(path).is_file():
            image = decode(read_bytes(path), name=each.source_name, vector=True)
            found.append(Logo(each, brands[each.brand_id], path, image))
    if len(found) < LEAST_LOGOS:
        raise TooLittleMaterial(
            f"{len(found)} logos are registered, and {LEAST_LOGOS} are the least: confidence is fitted on prints of "
            "them. Register more, also of brands that you only want it to be measured on."
        )
    return tuple(found)


def read_images(folder: Path, least: int, option: str) -> tuple[RGBImage, ...]:
    """The images in a folder, at LONG_SIDE pixels at most, sorted by path; those that cannot be read are left out.

    Raises FileUnusable where there is none, and TooLittleMaterial where they are fewer than `least`.
    """
    found = find_images([folder])
    found.refuse_empty()
    images, faulty = list[RGBImage](), 0
    for each in found.images:
        try:
            images.append(reduced(decode(read_bytes(each.path), name=str(each.path)).frames[0]))
        except ImageError:
            faulty += 1
    if len(images) < least:
        also = f" ({faulty} more cannot be read)" if faulty else ""
        raise TooLittleMaterial(
            f"{option} {folder} has {len(images)} images{also}, and {least} are the least: give more images that show "
            "no registered logo, such as listings that were cleared."
        )
    return tuple(images)


def reduced(image: RGBImage) -> RGBImage:
    """The image at LONG_SIDE pixels at most."""
    scale = LONG_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def read_labels(file: Path, logos: Sequence[Logo]) -> tuple[Labelled, ...]:
    """The rows of a CSV file: `image`, a path beside the file, and `brand_id`, empty where it shows no registered logo.

    An image with several brands has a row for each. Raises FileUnusable, and TooLittleMaterial for a brand without a
    registered logo or an image that is not there.
    """
    known = {each.brand.brand_id for each in logos}
    shown: dict[Path, set[str]] = {}
    for row in read_csv(file, _COLUMNS).all_rows():
        name, brand = row.cells["image"], row.cells["brand_id"]
        path = file_named(file.parent, name)
        if not path.is_file():
            raise TooLittleMaterial(f"{file}, line {row.line}: image {name!r} is not there")
        if brand and brand not in known:
            like = nearest(brand, known, ALIKE_BRANDS)
            meant = "" if like is None else f" Did you mean {like}?"
            raise TooLittleMaterial(f"{file}, line {row.line}: brand {brand!r} has no registered logo.{meant}")
        shown.setdefault(path, set()).update({brand} if brand else ())
    if not shown:
        raise TooLittleMaterial(f"{file}: no image is labelled")
    return tuple(Labelled(path, frozenset(brands)) for path, brands in shown.items())
