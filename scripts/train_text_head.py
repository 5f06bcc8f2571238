"""Trains the output of the region finder that says where something can be read, so that few photos are read in vain.

    python scripts/train_text_head.py --data DIR --work DIR --models brand_index/models

The teacher is the reader itself: a cell is right where it reads a word. The finder's own weights stay as they are; the
output is added to its ONNX file, and its sha256 to the manifest.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Annotated, Any, Final

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
import typer
from numpy.typing import NDArray
from torch import nn
from training.finder_heads import graft
from training.grounds import learnt_garments, load_grounds
from training.listing_material import drawn
from training.options import Data, Fonts, Threads, Work
from training.samples import draw_scene, material_of
from training.words import FONTS, wordmarks

from brand_index.features.weights import read_manifest
from brand_index.features.words.reading import OnnxTextReader
from brand_index.features.words.text_line import TextLine
from brand_index.images import RGBImage, decode, read_bytes
from scanner.engine.canvas import canvas_of

FEATURES: Final = ("/Add_1_output_0", "/tower/tower.1/tower.1.4/Clip_output_0")  # 64 channels each at stride 8
CHANNELS: Final = 128
WIDTH: Final = 48
STRIDE: Final = 8  # pixels of the finder's input
TEACHER_SIDE: Final = 640  # pixels: it reads at a larger size than the product, so that small words count
SURE: Final = 0.65  # confidence of a line that is right
SCENES: Final = 1200
TURNED: Final = 3  # every third image is turned by a quarter
SHEETS: Final = ("table", "energy_label", "nutrition", "certificate", "screen", "pack", "watermark", "swatch")
OUTPUT: Final = "text"
EPOCHS: Final = 40
BATCH: Final = 16
RATE: Final = 2e-3


class TextHead(nn.Module):
    """The finder's features at stride 8 to the logit of each cell that a word can be read there."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(CHANNELS, WIDTH, 1),
            nn.ReLU6(),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1, groups=WIDTH),
            nn.Conv2d(WIDTH, WIDTH, 1),
            nn.ReLU6(),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1, groups=WIDTH),
            nn.Conv2d(WIDTH, WIDTH, 1),
            nn.ReLU6(),
            nn.Conv2d(WIDTH, 1, 1),
        )

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Two (1, 64, H, W) to (1, H, W)."""
        return self.layers(torch.cat([one, other], dim=1))[:, 0]


def main(
    data: Data,
    work: Work,
    models: Annotated[Path, typer.Option(help="Folder with the manifest and the finder to extend.")],
    fonts: Fonts = FONTS,
    threads: Threads = 2,
) -> None:
    """Train, and extend the finder."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    kept = work / "text_head.npz"
    if not kept.exists():
        samples = list(_samples(data, models, fonts))
        np.savez(
            kept,
            sides=np.array([each[0].shape[1:] for each in samples]),
            features=np.concatenate([each[0].reshape(CHANNELS, -1) for each in samples], axis=1),
            right=np.concatenate([each[1].ravel() for each in samples]),
        )
    head = _trained(kept)
    torch.save({"network": head.state_dict()}, work / "text_head.pt")
    _extend(head, models)


def _images(data: Path, fonts: Path) -> Iterator[RGBImage]:
    """Garments, every other shop photo, scenes with printed words, and drawn sheets."""
    garments = learnt_garments(data)
    for path in [*garments, *sorted((data / "grocery" / "photos").rglob("*.jpg"))[::2]]:
        yield decode(read_bytes(path), name=str(path)).frames[0]
    material = material_of(list(islice(wordmarks(fonts), SCENES)), load_grounds(garments))
    for seed in range(SCENES):
        yield draw_scene(material, seed)[0]
    for family in SHEETS:
        for seed in range(25):
            yield drawn(family, seed)


def _samples(data: Path, models: Path, fonts: Path) -> Iterator[tuple[NDArray[np.float16], NDArray[np.uint8]]]:
    """Features (CHANNELS, H, W) and right cells (H, W) of each image, at full size and at a part of it."""
    manifest = read_manifest(models / "manifest.json")
    if manifest.lines is None or manifest.characters is None:
        raise typer.BadParameter("the manifest names no reader", param_hint="--models")
    reader = OnnxTextReader(replace(manifest.lines, side=TEACHER_SIDE), manifest.characters)
    finder = _WithFeatures(models / manifest.finder.path.name)
    chance = Random(7)
    for number, image in enumerate(_images(data, fonts)):
        if number % TURNED == 0:  # words run up and down, too
            image = np.ascontiguousarray(np.rot90(image, chance.choice((1, 3))))  # noqa: PLW2901 - the same image
        lines = [line for line in reader.read(image) if line.confidence >= SURE and _letters(line) >= 2]
        yield finder.sample(image, lines)


def _letters(line: TextLine) -> int:
    return sum(character.isalpha() for character in line.text)


class _WithFeatures:
    """The finder with its features as outputs."""

    def __init__(self, path: Path) -> None:
        model = onnx.load(str(path))
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in FEATURES)
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    def sample(self, image: RGBImage, lines: list[TextLine]) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
        canvas, scale = canvas_of(image, 320)
        features = np.concatenate(self._session.run(list(FEATURES), {"pixels": canvas[None]}), axis=1)[0]
        right = np.zeros(features.shape[1:], np.uint8)
        for line in lines:
            corners = np.array(line.corners) * scale / STRIDE - 0.5
            cv2.fillPoly(right, [np.round(corners * 16).astype(np.int32)], 1, shift=4)
        return features.astype(np.float16), right


def _trained(kept: Path) -> TextHead:
    with np.load(kept) as arrays:
        sides, features, right = arrays["sides"], arrays["features"], arrays["right"]
    ends = np.cumsum(sides.prod(axis=1))
    pairs = []
    for (high, wide), end in zip(sides, ends, strict=True):
        begin = end - high * wide
        pairs.append(
            (
                torch.from_numpy(features[:, begin:end].reshape(1, CHANNELS, high, wide)),
                torch.from_numpy(right[begin:end].reshape(1, high, wide).astype(np.float32)),
            )
        )
    chance = Random(3)
    chance.shuffle(pairs)
    held = len(pairs) // 8
    head = TextHead()
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for epoch in range(EPOCHS):
        chance.shuffle(learnt := pairs[held:])
        head.train()
        for begin in range(0, len(learnt), BATCH):
            optimizer.zero_grad()
            for given, wanted in learnt[begin : begin + BATCH]:
                (_loss(head(given[:, :64].float(), given[:, 64:].float()), wanted) / BATCH).backward()
            optimizer.step()
        schedule.step()
        if epoch % 5 == 4 or epoch == EPOCHS - 1:
            _report(epoch, head, pairs[:held])
    return head


def _loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Of the cells, and of the image as a whole: its surest cell decides whether it is read."""
    cells = nn.functional.binary_cross_entropy_with_logits(logits, wanted, pos_weight=torch.tensor(3.0))
    whole = nn.functional.binary_cross_entropy_with_logits(logits.amax(), wanted.amax())
    return cells + 0.2 * whole


def _report(epoch: int, head: TextHead, held: list[tuple[Any, Any]]) -> None:
    head.eval()
    with torch.no_grad():
        surest = np.array([float(head(given[:, :64].float(), given[:, 64:].float()).amax()) for given, _ in held])
    has_text = np.array([bool(wanted.amax() > 0) for _, wanted in held])
    for recall in (0.95, 0.98):
        least = np.quantile(surest[has_text], 1 - recall)
        passed = (surest[~has_text] >= least).mean()
        typer.echo(f"epoch {epoch + 1}: {recall:.0%} of {has_text.sum()} with words pass at {least:.2f}, "
                   f"and {passed:.1%} of {(~has_text).sum()} without")  # fmt: skip


def _extend(head: TextHead, models: Path) -> None:
    """Add the head to the finder's file as an output, and name its checksum."""
    alone = models / "text_head.onnx"
    shape = torch.zeros((1, 64, 40, 40))
    free = {2: "rows", 3: "columns"}
    torch.onnx.export(
        head.eval(),
        (shape, shape),
        str(alone),
        input_names=["one", "other"],
        output_names=[OUTPUT],
        dynamic_axes={"one": free, "other": free},
        opset_version=17,
        dynamo=False,
    )
    graft(alone, models, OUTPUT, dict(zip(("one", "other"), FEATURES, strict=True)))


if __name__ == "__main__":
    typer.run(main)
