"""Trains the embedder of marks with a cosine margin softmax over all marks and a contrastive loss on crops.

    python scripts/train_embedder.py --packages DIR --fonts DIR --data DIR --work DIR --minutes 60

A run that was stopped goes on from its last checkpoint in --work. scripts/export_models.py makes the ONNX file.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset
from training.grounds import learnt_garments, learnt_photos, load_grounds
from training.marks import brands_of, split_marks
from training.networks import DIMENSIONS, MarkEmbedder, short_floats
from training.options import Begin, Data, Fonts, Minutes, Packages, Smoke, Threads, Work, begun, ready
from training.progress import SMOKE_MINUTES, Course, step_of
from training.samples import Material, draw_crop, draw_ground, material_of
from training.words import FONTS

from brand_index.images import RGBImage

SCALE, MARGIN = 24.0, 0.2  # of the cosine softmax (Wang et al. 2018)
RATE: Final = 8e-4
PAIRS: Final = 20  # marks in a batch with a similar one: the next in the list, a near-miss, or a mined hard negative
VIEWS: Final = 3  # of each mark in a batch: one as registered, the others as found
GROUNDS: Final = 16  # crops in a batch that show no mark
GROUND_PROXIES: Final = 32  # proxies of the class without a mark; the nearest counts
SAMPLED: Final = 3000  # marks sampled as negatives of a batch (An et al. 2021): halves the time of a step


ALIKE: Final = 24  # hard negatives of each mark: the most similar marks of other brands
TWINS: Final = 0.7  # cosine of proxies from which two marks may be one brand's under two names: not mined
REFRESHED: Final = 300  # steps between two searches for them


class Batches(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Endless batches: 2 · PAIRS marks, VIEWS of each, the registered view first; then GROUNDS crops without a mark."""

    def __init__(
        self,
        material: Material,
        garments: Sequence[RGBImage],
        learnt: NDArray[np.int64],
        alike: torch.Tensor,
        start: int,
    ) -> None:
        self._material, self._garments, self._learnt, self._alike = material, garments, learnt, alike
        self._start = start

    def __len__(self) -> int:
        """The number of batches before the seeds repeat."""
        return 10_000_000

    def __getitem__(self, position: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels (2 · PAIRS · VIEWS + GROUNDS, 96, 96, 3) uint8 and classes (2 · PAIRS,)."""
        cv2.setNumThreads(1)
        seed = self._start + position
        chance = np.random.default_rng([seed, 3])
        first = chance.choice(len(self._learnt) - 1, PAIRS, replace=False)
        mined = self._alike[first, chance.integers(ALIKE, size=PAIRS)].numpy()
        classes = np.unique(
            np.concatenate([first, np.where((chance.random(PAIRS) < 0.6) & (mined >= 0), mined, first + 1)])
        )
        others = np.setdiff1d(chance.choice(len(self._learnt), 4 * PAIRS, replace=False), classes)
        classes = np.concatenate([classes, others[: 2 * PAIRS - len(classes)]])
        crops = [
            draw_crop(self._material, int(self._learnt[number]), seed * VIEWS + view, registered=view == 0)
            for number in classes
            for view in range(VIEWS)
        ]
        crops += [draw_ground(self._garments, seed * GROUNDS + number) for number in range(GROUNDS)]
        return torch.from_numpy(np.stack(crops)), torch.from_numpy(classes)


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
    material = material_of(marks, load_grounds(learnt_photos(data)))
    garments = load_grounds(learnt_garments(data))
    held, learnt = split_marks(marks)
    groups = torch.from_numpy(brands_of(marks, learnt))
    start = step_of(work / "embedder.pt")
    alike = torch.full((len(learnt), ALIKE), -1).share_memory_()  # the process that draws samples reads it
    batches = iter(
        DataLoader(Batches(material, garments, learnt, alike, start), batch_size=None, num_workers=1, prefetch_factor=8)
    )  # before the first multiplication: OpenMP's threads would not survive the fork of the data loader
    network = MarkEmbedder()
    ready(network, begin)
    placed = (len(learnt) + GROUND_PROXIES, DIMENSIONS)
    proxies = nn.Parameter(torch.zeros(placed) if start else _first_proxies(network, material, learnt))
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": weights, "weight_decay": 0.02}, {"params": [proxies], "weight_decay": 0.0}], lr=RATE
    )
    course = Course(work / "embedder.pt", minutes, {"network": network, "optimizer": optimizer}, {"proxies": proxies})
    network.train()
    alike.copy_(_most_alike(proxies.detach(), groups))
    for pixels, classes in batches:
        course.set_rate(optimizer, (RATE, 5 * RATE))  # proxies meet few of the batches
        if course.step % REFRESHED == 0:
            alike.copy_(_most_alike(proxies.detach(), groups))
        with short_floats():
            vectors = network(pixels)
        loss, hits = _loss(vectors, classes, proxies, groups, alike)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 5.0)
        optimizer.step()
        if course.advance(loss=float(loss.detach()), first=hits):
            course.say(f"right first among marks never learnt {recall(network, material, held):.3f}")
            network.train()
        if course.is_over:
            break
    course.save()


def _loss(
    vectors: torch.Tensor, classes: torch.Tensor, proxies: torch.Tensor, groups: torch.Tensor, alike: torch.Tensor
) -> tuple[torch.Tensor, float]:
    """The loss of one batch, and the share of its crops whose own mark's proxy is nearest."""
    near = alike[classes].flatten()
    others = torch.cat([torch.randperm(len(groups))[:SAMPLED], near[near >= 0]]).unique()
    chosen = torch.cat([classes, others[~torch.isin(others, classes)]])
    brands = groups[chosen]
    own = torch.arange(len(classes)).repeat_interleave(VIEWS)
    marked, ground = vectors[: len(own)], vectors[len(own) :]
    toward = nn.functional.normalize(proxies[chosen], dim=1)
    silence = nn.functional.normalize(proxies[-GROUND_PROXIES:], dim=1)
    cosines = marked @ toward.T
    same_brand = brands[own][:, None] == brands[None]
    logits = cosines.masked_fill(same_brand, -1.0)
    rows = torch.arange(len(own))
    logits[rows, own] = cosines[rows, own] - MARGIN
    hits = float((cosines.masked_fill(same_brand, -1.0).max(1).values < cosines[rows, own]).float().mean())
    to_ground = (vectors @ silence.T).max(1, keepdim=True).values
    softmax = nn.functional.cross_entropy(SCALE * torch.cat([logits, to_ground[: len(own)]], 1), own)
    unmarked = torch.cat([ground @ toward.T, to_ground[len(own) :] - MARGIN], 1)
    none = torch.full((len(ground),), len(chosen))
    silent = nn.functional.cross_entropy(SCALE * unmarked, none)
    views = marked.view(len(classes), VIEWS, DIMENSIONS)
    found = views[:, 1:].reshape(-1, DIMENSIONS)
    against = found @ views[:, 0].T
    number = torch.arange(len(classes))
    brand = groups[classes]
    rival = (brand[:, None] == brand[None]) & (number[:, None] != number[None])
    against = against.masked_fill(rival.repeat_interleave(VIEWS - 1, 0), -1.0)
    contrast = nn.functional.cross_entropy(SCALE * against, number.repeat_interleave(VIEWS - 1))
    return softmax + contrast + GROUNDS / len(own) * silent, hits


def _most_alike(proxies: torch.Tensor, groups: torch.Tensor) -> torch.Tensor:
    """(N, ALIKE): for each mark those of other brands that lie nearest; -1 where the similarity exceeds TWINS."""
    toward = nn.functional.normalize(proxies[: len(groups)], dim=1)
    parts = []
    for start in range(0, len(groups), 1024):
        cosines = toward[start : start + 1024] @ toward.T
        cosines.masked_fill_(groups[start : start + 1024, None] == groups[None], -1.0)
        near = cosines.topk(ALIKE, dim=1)
        parts.append(near.indices.masked_fill(near.values > TWINS, -1))
    return torch.cat(parts)


@torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
def embedded(network: MarkEmbedder, crops: list[RGBImage]) -> torch.Tensor:
    """The embeddings of N crops, (N, 256)."""
    network.eval()
    parts = []
    for start in range(0, len(crops), 128):
        with short_floats():
            parts.append(network(torch.from_numpy(np.stack(crops[start : start + 128]))))
    return torch.cat(parts)


def recall(network: MarkEmbedder, material: Material, held: NDArray[np.int64]) -> float:
    """The share of held-out crops whose nearest registered view is of their own mark."""
    views = embedded(network, [draw_crop(material, int(number), 7, registered=True) for number in held])
    crops = embedded(network, [draw_crop(material, int(number), 8) for number in held])
    return float(((crops @ views.T).argmax(1) == torch.arange(len(held))).float().mean())


def _first_proxies(network: MarkEmbedder, material: Material, learnt: NDArray[np.int64]) -> torch.Tensor:
    """The untrained network's embedding of each registered mark: a far better start than random proxies."""
    network.train()
    with torch.inference_mode():
        for seed in range(8):
            network(
                torch.from_numpy(
                    np.stack([draw_crop(material, int(n), seed) for n in learnt[seed :: len(learnt) // 100 + 1]])
                )
            )
    proxies = []
    for start in range(0, len(learnt), 2048):
        crops = [draw_crop(material, int(number), 0, registered=True) for number in learnt[start : start + 2048]]
        proxies.append(embedded(network, crops))
    found = torch.cat(proxies)
    grounds = embedded(network, [draw_ground(material.grounds, seed) for seed in range(GROUND_PROXIES)])
    return nn.functional.normalize(torch.cat([found, grounds]).clone() - found.mean(0), dim=1)


if __name__ == "__main__":
    typer.run(main)
