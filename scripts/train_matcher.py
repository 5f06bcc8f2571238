"""Trains the matcher: whether a crop shows the mark that the embedder proposes, patch by patch.

    python scripts/train_matcher.py --packages DIR --fonts DIR --data DIR --work DIR --minutes 60

Needs a trained embedder: that of --work, or the one of --begin. Its weights are frozen; the matcher learns on its
features, against the marks that it finds most similar. A stopped run goes on from its last checkpoint in --work.
scripts/export_models.py makes the ONNX files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset
from training.grounds import learnt_garments, learnt_photos, load_grounds
from training.marks import brands_of, split_marks
from training.networks import STRIDE_8, STRIDE_16, MarkEmbedder, MarkMatcher, PatchDescriber, short_floats
from training.options import Begin, Data, Fonts, Minutes, Packages, Smoke, Threads, Work, begun
from training.progress import SMOKE_MINUTES, Course, step_of
from training.samples import Material, draw_crop, draw_ground, material_of
from training.words import FONTS

from brand_index.images import RGBImage

RATE: Final = 3e-3  # half of it for weights that have learnt before
PRINTS: Final = 48  # of marks in a batch
GROUNDS: Final = 16  # crops in a batch that show no mark
RIVALS: Final = 6  # of other brands that each crop is held against
NEAREST: Final = 40  # of which they are taken, the nearer the oftener
TWINS: Final = 0.85  # cosine of registered views from which two marks may be one brand's under two names
AMONG: Final = 2000  # learnt marks among which held-out ones are retrieved for the progress report
RANKED: Final = 16  # most similar marks that the matcher ranks for the progress report


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of N crops from the embedder's trunk."""

    at8: torch.Tensor  # (N, 40, 12, 12) float16
    at16: torch.Tensor  # (N, 112, 6, 6) float16
    vectors: torch.Tensor  # (N, 256) of unit length

    def take(self, rows: torch.Tensor) -> "Features":
        """The features of some crops, by row."""
        return Features(self.at8[rows], self.at16[rows], self.vectors[rows])

    @classmethod
    def joined(cls, parts: "Sequence[Features]") -> "Features":
        """All of `parts`, in their order."""
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in ("at8", "at16", "vectors")))


class Batches(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Endless batches of PRINTS prints, then GROUNDS crops without a mark."""

    def __init__(self, material: Material, garments: Sequence[RGBImage], learnt: NDArray[np.int64], start: int) -> None:
        self._material, self._garments, self._learnt, self._start = material, garments, learnt, start

    def __len__(self) -> int:
        """The number of batches before the seeds repeat."""
        return 10_000_000

    def __getitem__(self, position: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels (PRINTS + GROUNDS, 96, 96, 3) uint8 and the learnt marks printed, (PRINTS,)."""
        cv2.setNumThreads(1)
        seed = self._start + position
        chosen = np.random.default_rng([seed, 11]).choice(len(self._learnt), PRINTS)
        crops = [draw_crop(self._material, int(self._learnt[n]), 2_000_000_000 + seed) for n in chosen]
        crops += [draw_ground(self._garments, 2_000_000_000 + seed * GROUNDS + number) for number in range(GROUNDS)]
        return torch.from_numpy(np.stack(crops)), torch.from_numpy(chosen)


def main(
    packages: Packages,
    data: Data,
    work: Work,
    fonts: Fonts = FONTS,
    minutes: Minutes = 60,
    threads: Threads = 2,
    embedder: Annotated[
        Path | None, typer.Option(help="Checkpoint of the embedder; that in --work if not given.")
    ] = None,
    begin: Begin = None,
    smoke: Smoke = False,
) -> None:
    """Train."""
    minutes = SMOKE_MINUTES if smoke else minutes
    marks = begun(packages, fonts, work, threads, smoke=smoke)
    material = material_of(marks, load_grounds(learnt_photos(data)))
    held, learnt = split_marks(marks)
    groups = torch.from_numpy(brands_of(marks, learnt))
    garments = load_grounds(learnt_garments(data))
    batches = iter(
        DataLoader(
            Batches(material, garments, learnt, step_of(work / "matcher.pt")),
            batch_size=None,
            num_workers=1,
            prefetch_factor=8,
        )
    )  # before the first multiplication: OpenMP's threads would not survive the fork of the data loader
    network = MarkEmbedder()
    network.load_state_dict(torch.load(embedder or work / "embedder.pt", weights_only=True)["network"])
    network.eval().to(memory_format=torch.channels_last)
    views = _registered(network, material, learnt)
    test = _registered(network, material, held), features_of(network, [draw_crop(material, int(n), 8) for n in held])
    describer, matcher = PatchDescriber(), MarkMatcher()
    if begin is not None:
        learnt_before = torch.load(begin, weights_only=True)
        describer.load_state_dict(learnt_before["describer"])
        matcher.load_state_dict(learnt_before["matcher"])
    rate = RATE / 2 if begin else RATE
    weights = [*describer.parameters(), *matcher.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.02)
    parts = {"describer": describer, "matcher": matcher, "optimizer": optimizer}
    course = Course(work / "matcher.pt", minutes, parts, {})
    for pixels, classes in batches:
        course.set_rate(optimizer, (rate,))
        loss, first = _loss(describer, matcher, batch_features(network, pixels), classes, views, groups)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 5.0)
        optimizer.step()
        if course.advance(loss=float(loss.detach()), first=first):
            course.say(recall(describer, matcher, *test, views.take(torch.arange(min(AMONG, len(learnt))))))
        if course.is_over:
            break
    course.save()


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def batch_features(network: MarkEmbedder, pixels: torch.Tensor) -> Features:
    """The features of (N, 96, 96, 3) uint8."""
    with short_floats():
        at8, at16 = network.trunk(pixels, (STRIDE_8, STRIDE_16))
        return Features(at8.half(), at16.half(), network.embedding(at16))


def features_of(network: MarkEmbedder, crops: Sequence[RGBImage]) -> Features:
    """The features of a list of crops, computed in parts to bound memory."""
    parts = [
        batch_features(network, torch.from_numpy(np.stack(crops[start : start + 128])))
        for start in range(0, len(crops), 128)
    ]
    return Features.joined(parts)


def _registered(network: MarkEmbedder, material: Material, numbers: NDArray[np.int64]) -> Features:
    """One registered view of each mark."""
    parts = []
    for start in range(0, len(numbers), 1024):
        crops = [draw_crop(material, int(number), 7, registered=True) for number in numbers[start : start + 1024]]
        parts.append(features_of(network, crops))
    return Features.joined(parts)


def _loss(
    describer: PatchDescriber,
    matcher: MarkMatcher,
    crops: Features,
    classes: torch.Tensor,
    views: Features,
    groups: torch.Tensor,
) -> tuple[torch.Tensor, float]:
    """The loss of one batch, and the share of its readable prints whose own mark came first among its rivals."""
    cosines = crops.vectors @ views.vectors.T
    marked = len(classes)
    twins = views.vectors[classes] @ views.vectors.T > TWINS
    cosines[:marked].masked_fill_((groups[classes][:, None] == groups[None]) | twins, -1.0)
    nearest = cosines.topk(min(NEAREST, len(groups)), dim=1)
    odds = 1.0 / (torch.arange(nearest.indices.shape[1]) + 4.0)
    picked = torch.multinomial(odds.expand(len(cosines), -1), RIVALS, replacement=False)
    rivals = torch.gather(nearest.indices, 1, picked)
    pairs = torch.cat([classes[:, None], rivals[:marked]], dim=1)
    rows = torch.arange(marked).repeat_interleave(RIVALS + 1)
    silent = torch.arange(marked, len(cosines)).repeat_interleave(RIVALS)
    columns = torch.cat([pairs.flatten(), rivals[marked:].flatten()])
    logits = pair_logits(describer, matcher, crops, views, torch.cat([rows, silent]), columns)
    scores = logits[: pairs.numel()].view(pairs.shape)
    # Where the embedder would not propose the mark of a print, mostly nobody could read it.
    own = (crops.vectors[:marked] * views.vectors[classes]).sum(1)
    readable = own > nearest.values[:marked, -1]
    counted = torch.ones(len(logits))
    counted[: pairs.numel() : RIVALS + 1] = readable.float()
    truth = torch.zeros(len(logits))
    truth[: pairs.numel() : RIVALS + 1] = 1.0
    count = max(1, int(readable.sum()))
    ranked = (
        nn.functional.cross_entropy(scores, torch.zeros(marked).long(), reduction="none") * readable
    ).sum() / count
    judged = nn.functional.binary_cross_entropy_with_logits(logits, truth, weight=counted)
    return ranked + 2 * judged, float((scores.argmax(1) == 0)[readable].float().sum()) / count


def pair_logits(
    describer: PatchDescriber,
    matcher: MarkMatcher,
    crops: Features,
    views: Features,
    rows: torch.Tensor,
    columns: torch.Tensor,
) -> torch.Tensor:
    """(P,) for P pairs of a row of `crops` and a row of `views`."""
    used, where = columns.unique(return_inverse=True)
    of_used = views.take(used)
    described = describer(torch.cat([crops.at8, of_used.at8]).float(), torch.cat([crops.at16, of_used.at16]).float())
    listing, reference = described[rows], described[len(crops.vectors) + where]
    with short_floats():
        return matcher(listing, reference, (crops.vectors[rows] * of_used.vectors[where]).sum(1))


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def recall(describer: PatchDescriber, matcher: MarkMatcher, held: Features, crops: Features, others: Features) -> str:
    """The share of prints whose own held-out mark ranks first: by the embedder, by the matcher, and the bound."""
    describer.eval(), matcher.eval()
    views = Features.joined([held, others])
    near = (crops.vectors @ views.vectors.T).topk(min(RANKED, len(views.vectors)), dim=1).indices
    truth = torch.arange(len(near))
    logits = []
    for start in range(0, len(near), 32):
        columns = near[start : start + 32]
        rows = torch.arange(start, start + len(columns)).repeat_interleave(near.shape[1])
        logits.append(pair_logits(describer, matcher, crops, views, rows, columns.flatten()).view(columns.shape))
    best = near[truth, torch.cat(logits).argmax(1)]
    shares = [float((found == truth).float().mean()) for found in (near[:, 0], best)]
    shares.append(float((near == truth[:, None]).any(1).float().mean()))
    describer.train(), matcher.train()
    return "right first among marks never learnt {:.3f}, put in order {:.3f} of {:.3f}".format(*shares)


if __name__ == "__main__":
    typer.run(main)
