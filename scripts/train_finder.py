"""Trains the finder of regions on scenes with marks: one class, boxes as in FCOS, scored by their IoU.

    python scripts/train_finder.py --packages DIR --fonts DIR --data DIR --work DIR --minutes 60

A run that was stopped goes on from its last checkpoint in --work. scripts/export_models.py makes the ONNX file.
"""

from typing import Final

import cv2
import numpy as np
import torch
import typer
from torch import nn
from torch.utils.data import DataLoader, Dataset
from training.grounds import learnt_garments, load_grounds
from training.networks import STRIDES, RegionFinder, cell_centres, short_floats
from training.options import Begin, Data, Fonts, Minutes, Packages, Smoke, Threads, Work, begun, ready
from training.progress import SMOKE_MINUTES, Course, step_of
from training.samples import MOST_REPEATED, SCENE_SIDE, Material, draw_scene, material_of
from training.words import FONTS

BATCH: Final = 8
RATE: Final = 1e-3  # half of it for weights that have learnt before
MOST_BOXES: Final = MOST_REPEATED
REACHES: Final = ((0.0, 40.0), (28.0, 96.0), (64.0, 1e9))  # pixels: the longest way to a side, by level; they overlap
NEAR: Final = 1.5  # cells: a cell this near to the centre of a box is responsible for it


class Scenes(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Endless batches of scenes."""

    def __init__(self, material: Material, start: int) -> None:
        self._material, self._start = material, start

    def __len__(self) -> int:
        """The number of batches before the seeds repeat."""
        return 10_000_000

    def __getitem__(self, position: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels (BATCH, SCENE_SIDE, SCENE_SIDE, 3) uint8 and boxes (BATCH, MOST_BOXES, 4), NaN where there is none."""
        cv2.setNumThreads(1)
        images, boxes = [], np.full((BATCH, MOST_BOXES, 4), np.nan, np.float32)
        for row in range(BATCH):
            image, found = draw_scene(self._material, (self._start + position) * BATCH + row)
            images.append(image)
            boxes[row, : len(found)] = found[:MOST_BOXES]
        return torch.from_numpy(np.stack(images)), torch.from_numpy(boxes)


def main(
    packages: Packages,
    data: Data,
    work: Work,
    fonts: Fonts = FONTS,
    minutes: Minutes = 60,
    threads: Threads = 2,
    begin: Begin = None,
    smoke: Smoke = False,
) -> None:
    """Train."""
    minutes = SMOKE_MINUTES if smoke else minutes
    marks = begun(packages, fonts, work, threads, smoke=smoke)
    # Shop photos are full of marks that nobody boxed: as ground they would teach the finder to overlook them.
    material = material_of(marks, load_grounds(learnt_garments(data)))
    start = step_of(work / "finder.pt")
    batches = iter(
        DataLoader(Scenes(material, start), batch_size=None, num_workers=1, prefetch_factor=4)
    )  # before anything is multiplied: OpenMP's threads would not survive the fork of the process that draws
    network = RegionFinder()
    ready(network, begin)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    rate = RATE / 2 if begin else RATE
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.02)
    course = Course(work / "finder.pt", minutes, {"network": network, "optimizer": optimizer}, {})
    network.train()
    for pixels, boxes in batches:
        course.set_rate(optimizer, (rate,))
        with short_floats():
            logits, found = network(pixels)
        scored, placed = losses(logits, found, boxes)
        optimizer.zero_grad(set_to_none=True)
        (scored + placed).backward()
        nn.utils.clip_grad_norm_(weights, 5.0)
        optimizer.step()
        if course.advance(scored=float(scored.detach()), placed=float(placed.detach())):
            course.say(f"covered by 30 regions {coverage(network, material, 8 if smoke else 96):.3f}")
            network.train()
        if course.is_over:
            break
    course.save()


def losses(logits: torch.Tensor, found: torch.Tensor, boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss of scores (quality focal loss, Li et al. 2020) and of boxes (1 − generalized IoU)."""
    target, answers = assigned(boxes)
    overlap, loss = _overlaps(found[answers], target[answers])
    aim = torch.zeros_like(logits)
    aim[answers] = overlap.detach().clamp(min=0.1)
    scores = torch.sigmoid(logits)
    weight = (aim - scores).abs() ** 2
    count = max(1, int(answers.sum()))
    scored = (nn.functional.binary_cross_entropy_with_logits(logits, aim, reduction="none") * weight).sum() / count
    return scored, loss.sum() / count


def assigned(boxes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The box that each of P cells of a scene is responsible for, (N, P, 4), and whether there is one, (N, P)."""
    targets, chosen = [], []
    for stride, (least, most) in zip(STRIDES, REACHES, strict=True):
        middle = cell_centres(SCENE_SIDE // stride, SCENE_SIDE // stride, stride)
        ways = torch.cat(
            [middle[None, :, None] - boxes[:, None, :, :2], boxes[:, None, :, 2:] - middle[None, :, None]], 3
        )
        longest = ways.amax(3)
        off = (middle[None, :, None] - (boxes[:, None, :, :2] + boxes[:, None, :, 2:]) / 2).abs()
        inside = (ways.amin(3) > 0) & (off.amax(3) < NEAR * stride) & (longest >= least) & (longest < most)
        area = ((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]))[:, None].expand_as(longest)
        area = torch.where(inside, area, torch.inf)  # NaN compares as False: no box, not inside
        smallest = area.argmin(2)
        targets.append(torch.gather(boxes, 1, smallest[..., None].expand(-1, -1, 4)))
        chosen.append(inside.any(2))
    return torch.cat(targets, 1), torch.cat(chosen, 1)


def _overlaps(found: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and 1 − generalized IoU (Rezatofighi et al. 2019) of boxes (N, 4) row by row."""
    shared = (
        (torch.minimum(found[:, 2:], target[:, 2:]) - torch.maximum(found[:, :2], target[:, :2])).clamp(min=0).prod(1)
    )
    around = (torch.maximum(found[:, 2:], target[:, 2:]) - torch.minimum(found[:, :2], target[:, :2])).prod(1)
    union = (found[:, 2:] - found[:, :2]).prod(1) + (target[:, 2:] - target[:, :2]).prod(1) - shared
    overlap = shared / union.clamp(min=1)
    return overlap, 1 - overlap + (around - union) / around.clamp(min=1)


@torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
def coverage(network: RegionFinder, material: Material, scenes: int, regions: int = 30) -> float:
    """Of the marks in scenes never learnt, the share with an IoU of 0.5 with one of the best `regions`."""
    network.eval()
    covered = total = 0
    for seed in range(scenes):
        image, boxes = draw_scene(material, 4_000_000_000 + seed)
        with short_floats():
            logits, found = network(torch.from_numpy(image[None]))
        kept = best_apart(found[0].float(), logits[0].float(), regions)
        for box in torch.from_numpy(boxes):
            overlap, _ = _overlaps(kept, box[None].expand(len(kept), 4))
            covered += bool((overlap >= 0.5).any())
        total += len(boxes)
    return covered / max(total, 1)


def best_apart(boxes: torch.Tensor, logits: torch.Tensor, count: int, most_shared: float = 0.6) -> torch.Tensor:
    """The `count` best of (P, 4) boxes that do not overlap a better one by more than `most_shared`."""
    order = logits.argsort(descending=True)[:300]
    kept: list[torch.Tensor] = []
    for box in boxes[order]:
        if len(kept) == count:
            break
        if not kept or float(_overlaps(torch.stack(kept), box[None].expand(len(kept), 4))[0].max()) <= most_shared:
            kept.append(box)
    return torch.stack(kept)


if __name__ == "__main__":
    typer.run(main)
