"""Lists the real prints of grocery/: marks of packshots, and where each photo of the pack shows them.

    python scripts/list_real_prints.py --data DIR --out prints.csv [--sheet sheet.png]

Some minutes of one core. The sheet shows an even choice of them, the mark beside its print, for a person to check.
"""

import csv
import tempfile
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from benchmarks.copy_task import read_image
from benchmarks.datasets import evenly_spaced
from numpy.typing import NDArray
from PIL import Image
from training.real_prints import RealPrint, enlarged, find_real_prints, packs

CELL, ACROSS, SHOWN = 120, 8, 40


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    sheet: Annotated[Path | None, typer.Option(help="A PNG file of some of them.")] = None,
    photos_each: Annotated[int | None, typer.Option(help="Photos of each pack; all if left out.")] = None,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
) -> None:
    """Find and list."""
    with tempfile.TemporaryDirectory() as folder:
        found = find_real_prints(packs(data), Path(folder), photos_each=photos_each, workers=workers)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        corners = [f"{axis}{corner}" for corner in range(4) for axis in "xy"]
        writer.writerow(["packshot", "left", "top", "right", "bottom", "photo", *corners, "inliers", "ncc", "measured"])
        for each in found:
            paths = (each.pack.packshot.relative_to(data), each.photo.relative_to(data))
            quad = [round(value, 1) for corner in each.quad for value in corner]
            row = [paths[0], *each.mark, paths[1], *quad, each.inliers, round(each.ncc, 3), int(each.pack.is_measured)]
            writer.writerow(row)
    marks, photos = {(each.pack.product, each.number) for each in found}, {each.photo for each in found}
    typer.echo(f"{len(found)} prints of {len(marks)} marks in {len(photos)} photos: {out}")
    if sheet is not None:
        cells = [_cell(each) for each in evenly_spaced(found, SHOWN)]
        cells += [np.zeros_like(cells[0])] * (-len(cells) % ACROSS)
        rows = [np.hstack(cells[start : start + ACROSS]) for start in range(0, len(cells), ACROSS)]
        Image.fromarray(np.vstack(rows)).save(sheet)


def _cell(each: RealPrint) -> NDArray[np.uint8]:
    """The mark, and under it the photo around its print with the quadrilateral."""
    box, packshot, photo = each.mark, enlarged(each.pack.packshot), read_image(each.photo).copy()
    mark = cv2.resize(packshot[box.top : box.bottom, box.left : box.right], (CELL, CELL))
    corners = np.array(each.quad)
    cv2.polylines(photo, [corners.round().astype(np.int32)], True, (255, 0, 255), 1)
    centre, half = corners.mean(axis=0), float(np.ptp(corners, axis=0).max()) * 0.8
    low = np.maximum(centre - half, 0).astype(int)
    high = (centre + half).astype(int)
    return np.asarray(np.vstack([mark, cv2.resize(photo[low[1] : high[1], low[0] : high[0]], (CELL, CELL))]), np.uint8)


if __name__ == "__main__":
    typer.run(main)
