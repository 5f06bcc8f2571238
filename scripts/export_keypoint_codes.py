"""Trains the centroids of the codes of keypoints' descriptors and writes them: once, for they are of the format.

    python scripts/export_keypoint_codes.py --data DIR --out brand_index/models

Another file is another format of the index: then FORMAT in brand_index/index/published.py and SHA256 in
brand_index/index/parts/codes.py change, too. No image is in it. The photos are those that models may learn from.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import faiss
import numpy as np
import typer
from benchmarks.datasets import evenly_spaced, other_logos
from numpy.typing import NDArray
from training.grounds import learnt_garments

from brand_index.features.content import ground_of, visible_box
from brand_index.features.description import PHOTO_KEYPOINTS, PHOTO_SIDE
from brand_index.features.forms.artwork import logo_keypoints, reduced
from brand_index.features.keypoints import DIMENSIONS, describe_keypoints
from brand_index.images import decode, read_bytes
from brand_index.index.parts.codes import CENTROIDS, CODE_BYTES

GARMENTS: Final = 200  # photos of clothing/ (CC0)
GROCERY: Final = 200  # of grocery/ (MIT)
LOGOS: Final = 250  # every second of other_logos/ (CC0)
SAMPLE: Final = {"photos": 90_000, "logos": 60_000}  # descriptors that are learnt from


def main(
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="The folder of the models.")],
) -> None:
    """Write the centroids and print their SHA-256."""
    grocery = sorted((data / "grocery" / "photos").rglob("*.jpg"))
    photos = [*evenly_spaced(learnt_garments(data), GARMENTS), *evenly_spaced(grocery, GROCERY)]
    logos = [each.path for each in evenly_spaced(other_logos(data)[::2], LOGOS)]
    chance = np.random.default_rng(0)
    described = {"photos": _of_photos(photos), "logos": _of_logos(logos)}
    sample = np.concatenate([each[chance.permutation(len(each))[: SAMPLE[kind]]] for kind, each in described.items()])
    quantizer = faiss.ProductQuantizer(DIMENSIONS, CODE_BYTES, 8)
    quantizer.train(chance.permutation(sample).astype(np.float32))
    learnt = faiss.vector_to_array(quantizer.centroids).reshape(CODE_BYTES, 256, -1)
    path = out / CENTROIDS.name
    np.save(path, np.clip(np.round(learnt), 0, 255).astype(np.uint8))
    typer.echo(f"{path}: {hashlib.sha256(path.read_bytes()).hexdigest()}")


def _of_photos(paths: Sequence[Path]) -> NDArray[np.uint8]:
    images = (decode(read_bytes(path), name=str(path)).frames[0] for path in paths)
    found = [describe_keypoints(each, side=PHOTO_SIDE, limit=PHOTO_KEYPOINTS).descriptors for each in images]
    return np.concatenate(found)


def _of_logos(paths: Sequence[Path]) -> NDArray[np.uint8]:
    found = []
    for path in paths:
        image = decode(read_bytes(path), name=str(path), vector=True)
        pixels, ground = image.frames[0], ground_of(image)
        height, width = pixels.shape[:2]
        left, top, right, bottom = visible_box(image, ground) or (0, 0, width, height)
        keypoints, _ = logo_keypoints(reduced(pixels[top:bottom, left:right]), ground)
        found.append(keypoints.descriptors)
    return np.concatenate(found)


if __name__ == "__main__":
    typer.run(main)
