"""Draws listing material and writes the bank of its keypoints and hashes, with those of ordinary photos.

    python scripts/export_material_bank.py --data DIR --out brand_index/models

No image is in the bank: 40 keypoints and a hash of each. The photos are those of clothing/ that models may learn from.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final

import typer
from training.grounds import learnt_garments
from training.listing_material import FAMILIES, drawn

from brand_index.features.description import PHOTO_SIDE
from brand_index.features.hashing import PDQ
from brand_index.features.keypoints import describe_keypoints
from brand_index.features.photos.bank import MaterialBank
from brand_index.images import RGBImage, decode, read_bytes

OF_EACH: Final = 20  # images of a family
PHOTOS: Final = 130
KEPT: Final = 40  # keypoints of an image, the strongest of each neighbourhood
NAME: Final = "listing_material.npz"


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The folder of the models.")],
) -> None:
    """Write the bank, and name it in the manifest."""
    photos = learnt_garments(data)
    chosen = photos[:: max(1, len(photos) // PHOTOS)][:PHOTOS]
    garments = [decode(read_bytes(path), name=str(path)).frames[0] for path in chosen]
    sheets = [drawn(family, seed) for family in FAMILIES for seed in range(OF_EACH)]
    data_of_it = bank(garments, sheets).to_bytes()
    (out / NAME).write_bytes(data_of_it)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    digest = hashlib.sha256(data_of_it).hexdigest()
    manifest["material"] = {"name": "markscan_material_1", "file": NAME, "sha256": digest}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    typer.echo(f"{NAME}: {len(garments)} photos, {len(sheets)} drawn, {len(data_of_it):,} bytes")


def bank(photos: list[RGBImage], material: list[RGBImage]) -> MaterialBank:
    """The bank of these images."""
    described, hashes = [], []
    for image in (*photos, *material):
        described.append(describe_keypoints(image, side=PHOTO_SIDE, limit=KEPT))
        of_all = PDQ.hashes(image)
        hashes.append(None if of_all is None else of_all[0])
    return MaterialBank.of(described, hashes, [number < len(photos) for number in range(len(described))])


if __name__ == "__main__":
    typer.run(main)
