"""Draws the demo's files into a folder; what they are is in plan.py, and nothing is registered here."""

import csv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from scanner.demo.offers import OFFERS
from scanner.demo.plan import LOGO_FILES, PHOTO_FILES, DemoPlan, plan_demo
from scanner.demo.sets import Photo
from scanner.demo.vector import rasterize


def make_demo(folder: Path) -> DemoPlan:
    """Draws the demo's brands and listing photos into `folder` and says what to register; the same files on every run.

    Made when missing: `folder`. Overwritten: the demo's own files. The store is not touched.
    """
    plan = plan_demo(folder)
    for path in {*(reference.path.parent for reference in plan.references), plan.listing_photos}:
        path.mkdir(parents=True, exist_ok=True)
    for brand, name, draw in LOGO_FILES:
        _save_logo(plan.brands_folder / brand.brand_id / name, draw())
    with ThreadPoolExecutor(2) as threads:
        shots = list(threads.map(lambda row: row[2](), PHOTO_FILES))
        by_name = {f"{brand.brand_id}/{name}": shot for (brand, name, _), shot in zip(PHOTO_FILES, shots, strict=True)}
        for name, shot in by_name.items():
            _save_jpeg(plan.brands_folder / name, shot, 92)
        for offer, shot in zip(OFFERS, threads.map(lambda offer: offer.draw(by_name), OFFERS), strict=True):
            _save_jpeg(plan.listing_photos / offer.listing.name, shot, 86)
    _save_csv(
        plan.listings_csv,
        ("name", "listing_id", "seller_id", "market", "category", "title"),
        [
            (item.name, what.listing_id, what.seller_id, what.market, what.category, what.title)
            for item in plan.listings
            for what in (item.listing,)
        ],
    )
    _save_csv(
        plan.truth_csv,
        ("image", "decision", "references"),
        [(item.name, item.expected.value, ";".join(item.references)) for item in plan.listings],
    )
    return plan


def _save_logo(path: Path, svg: str) -> None:
    if path.suffix == ".svg":
        path.write_text(svg, encoding="utf-8")
        return
    pixels = rasterize(svg, 900)
    if path.suffix == ".jpg":
        _save_jpeg(path, np.ascontiguousarray(pixels[..., :3]), 94)
    else:
        Image.fromarray(pixels).save(path)


def _save_jpeg(path: Path, photo: Photo, quality: int) -> None:
    Image.fromarray(photo).save(path, quality=quality)


def _save_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
