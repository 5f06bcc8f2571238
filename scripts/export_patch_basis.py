"""Learns the basis in which the index keeps the patches of logos' views, and writes it: once, for it is of the format.

    python scripts/export_patch_basis.py --data DIR --out brand_index/models

Another file is another format of the index: then FORMAT in brand_index/index/published.py and SHA256 in
brand_index/features/views/patches.py change, too. No image is in it. The logos are those that models may learn from.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from benchmarks.datasets import evenly_spaced, other_logos

from brand_index.features.content import ground_of, visible_box
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.forms.artwork import reduced
from brand_index.features.views.drawing import logo_views
from brand_index.features.views.patches import BASIS
from brand_index.features.weights import read_manifest
from brand_index.images import decode, read_bytes

LOGOS: Final = 250  # every second of other_logos/ (CC0)


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The folder of the models.")],
) -> None:
    """Write the mean patch and the basis, a row each, the numbers that differ most first, and print their SHA-256."""
    embedder, found = OnnxEmbedder(read_manifest()), []
    for logo in evenly_spaced(other_logos(data)[::2], LOGOS):
        image = decode(read_bytes(logo.path), name=str(logo.path), vector=True)
        pixels, ground = image.frames[0], ground_of(image)
        height, width = pixels.shape[:2]
        left, top, right, bottom = visible_box(image, ground) or (0, 0, width, height)
        views, _ = logo_views(reduced(pixels[top:bottom, left:right]), ground)
        patches = embedder.embed(views).patches
        found.append(patches.reshape(-1, patches.shape[2]).astype(np.float64))
    patches = np.concatenate(found)
    _, vectors = np.linalg.eigh(np.cov(patches.T))
    path = out / BASIS.name
    np.save(path, np.concatenate([patches.mean(axis=0)[None], vectors.T[::-1]]).astype(np.float32))
    typer.echo(f"{path}: {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    typer.run(main)
