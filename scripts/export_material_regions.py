"""Draws listing material and writes the bank of its regions, as the models that ship see them; it trains nothing.

    python scripts/export_material_regions.py --data DIR --fonts FONTS --out brand_index/models

No image is in the bank: an embedding of each region that the finder proposes. Photos that the material shows are of
garments that models may learn from.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from benchmarks.material.bank import bank_images
from benchmarks.material.ink import FOLDERS
from benchmarks.material.lettering import latin_fonts
from training.grounds import banked_photos, load_grounds

from brand_index.features.background import Background
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from scanner.engine.regions import OnnxRegionFinder, crop
from scanner.settings import Settings

NAME: Final = "material_regions.npz"
IMAGES: Final = 480
PHOTOS: Final = 60


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The folder of the models and their manifest.")],
    fonts: Annotated[
        Path | None, typer.Option(help="Folder of fonts that text is set in; without it, the machine's.")
    ] = None,
    images: Annotated[int, typer.Option(help="How many are drawn.")] = IMAGES,
) -> None:
    """Write the bank, and name it in the manifest."""
    add_material_regions(data, out, fonts, images)


def add_material_regions(data: Path, out: Path, fonts: Path | None, images: int) -> None:
    """Draw, embed, write, and name the file in the manifest in `out`."""
    models = read_manifest(out / "manifest.json")
    embedder, finder = OnnxEmbedder(models, threads=2), OnnxRegionFinder(models.finder, threads=2)
    count, least = (Settings.model_fields[name].default for name in ("regions", "least_objectness"))
    garments = [path for path in banked_photos(data) if "clothing" in path.parts]
    photos = load_grounds(garments[:: max(1, len(garments) // PHOTOS)][:PHOTOS])
    files = latin_fonts(FOLDERS if fonts is None else (str(fonts),))
    vectors, starts = [np.zeros((0, embedder.dimensions), np.float32)], []
    for image in bank_images(photos, files, images):
        starts.append(sum(map(len, vectors)))
        regions = finder.find(image, count, least).regions
        vectors.append(embedder.embed([crop(image, region.box) for region in regions]).vectors)
    bank = Background(np.concatenate(vectors), np.array(starts, np.int64)).to_bytes()
    (out / NAME).write_bytes(bank)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    digest = hashlib.sha256(bank).hexdigest()
    manifest["material_background"] = {"name": "markscan_material_regions_1", "file": NAME, "sha256": digest}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    typer.echo(f"{NAME}: {len(starts)} images, {len(bank):,} bytes")


if __name__ == "__main__":
    typer.run(main)
