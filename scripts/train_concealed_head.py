"""Trains what says where a mark is concealed on the goods: an output of the region finder, and a second look.

    python scripts/train_concealed_head.py --packages DIR --data DIR --work DIR --models brand_index/models
    python scripts/train_concealed_head.py --again --begin DIR/concealed_head.pt --work DIR … (as above)

The finder's own weights stay as they are; the output is added to its ONNX file, and its sha256 to the manifest. With
--again a head for a larger look is trained; with the finder's trunk it becomes a file of its own, which runs where the
output is not sure. With --begin scripts/checkpoints/concealed_head.pt (or, with --again, concealed_again_head.pt) and
--epochs 0 a trained head is only added to a finder with this trunk. WORK keeps the scenes, so that drawing goes on
where it was stopped, and the head of the last round.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from training.concealment.canvases import AGAIN, CHANNELS, FEATURES, FIRST, PHOTO, STRIDE, WINDOW, Canvases, Look
from training.concealment.confidence import fitted, surest_by_looks
from training.concealment.head import ConcealedHead, loss_of
from training.concealment.kept import KeptScenes
from training.concealment.scenes import load_scenery, scenes
from training.finder_heads import detach, graft
from training.grounds import banked_photos, calibration_photos, learnt_garments
from training.options import Begin, Data, Fonts, Packages, Threads, Work
from training.words import FONTS

from brand_index.features.weights import read_manifest
from scanner.engine.concealment.look_again import LookAgain
from scanner.engine.regions import OnnxRegionFinder

FILE: Final = "concealed_look.onnx"  # of the second look
NAME: Final = "markscan_concealed_1"
HELD: Final = 8  # every so many scenes is for checking
BATCH: Final = 16
RATE: Final = 4e-3
FURTHER: Final = 1.5e-3  # the rate of a head that begins with trained weights
NOWHERE: Final = -99.0
PACE: Final = 200  # scenes between two notes


def main(
    models: Annotated[Path, typer.Option(help="Folder with the manifest and the finder to extend.")],
    packages: Packages = Path(),
    data: Data = Path(),
    work: Work = Path(),
    fonts: Fonts = FONTS,
    count: Annotated[int, typer.Option("--scenes", help="To draw.")] = 6000,
    epochs: Annotated[int, typer.Option(min=0)] = 12,
    begin: Begin = None,
    threads: Threads = 2,
    *,
    again: Annotated[bool, typer.Option("--again", help="Train the second look.")] = False,
) -> None:
    """Train, and extend the finder or write the second look."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    head, look = ConcealedHead(), AGAIN if again else FIRST
    if begin is not None:
        head.load_state_dict(torch.load(begin, weights_only=True)["network"])
    if epochs:
        canvases = Canvases(work, look)
        if not canvases.is_kept:
            _draw(work, count, packages, data, fonts)
            for row in canvases.keep(count, banked_photos(data), models / "region_finder.onnx"):
                if row % PACE == PACE - 1:
                    typer.echo(f"{row + 1} of the scenes and photos seen")
        rate = RATE if begin is None else FURTHER
        _train(head, canvases, epochs, rate, work / f"{look.output}_head.pt")
    extend(head, models, look)
    if epochs:
        _calibrate(work, models, calibration_photos(data), look)


def _draw(work: Path, count: int, packages: Path, data: Path, fonts: Path) -> None:
    """Draw the scenes that `work` lacks."""
    kept = KeptScenes(work / "scenes")
    begin = kept.count()
    if begin >= count:
        return
    products = sorted((data / "grocery" / "photos").rglob("*.jpg"))[::4]
    scenery = load_scenery(learnt_garments(data), products, packages, fonts)
    for row in kept.keep(scenes(scenery, count - begin, begin), begin):
        if row % PACE == PACE - 1:
            typer.echo(f"{row + 1} scenes")


def _train(head: ConcealedHead, canvases: Canvases, epochs: int, rate: float, checkpoint: Path) -> None:
    rows = np.arange(len(canvases.kinds))
    learnt, held = rows[rows % HELD != 0], rows[rows % HELD == 0]
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=0.02)
    steps = epochs * (len(learnt) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, max(1, steps), pct_start=0.15)
    order = np.random.default_rng(5)
    head.to(memory_format=torch.channels_last)
    for epoch in range(epochs):
        head.train()
        shuffled = order.permutation(learnt)
        for begin in range(0, len(shuffled) - BATCH + 1, BATCH):
            rows = np.sort(shuffled[begin : begin + BATCH])
            given = _batch(canvases, rows, order, mirrored=bool(order.random() < 0.5))
            optimizer.zero_grad()
            loss = loss_of(head(*given[:3]), given[3])
            loss.backward()
            optimizer.step()
            schedule.step()
        torch.save({"network": head.state_dict()}, checkpoint)
        _report(epoch, head, canvases, held)


def _batch(
    canvases: Canvases, rows: NDArray[np.int64], chance: np.random.Generator | None, *, mirrored: bool
) -> list[torch.Tensor]:
    """Pixels, both features and what is right of these rows; `mirrored` is for features only nearly the truth."""
    pixels, features, wanted = (torch.from_numpy(part) for part in canvases.rows(rows, chance))
    if mirrored:
        pixels, features, wanted = pixels.flip(2), features.flip(3), wanted.flip(2)
    halves = (half.float().to(memory_format=torch.channels_last) for half in features.split(CHANNELS // 2, dim=1))
    return [pixels, *halves, wanted]


def _calibrate(work: Path, models: Path, photos: Sequence[Path], look: Look) -> None:
    """Fit confidence on held scenes and on `photos` without a concealed mark, and say its constants."""
    manifest = read_manifest(models / "manifest.json")
    again = None if look is FIRST or manifest.concealed is None else LookAgain(manifest.concealed)
    looks = surest_by_looks(OnnxRegionFinder(manifest.finder), again, KeptScenes(work / "scenes"), HELD, photos)
    weights = ", ".join(f"{weight:.3f}" for weight in fitted(*looks))
    typer.echo(f"Weights of the looks' logits, and offset: {weights}")


def _report(epoch: int, head: ConcealedHead, canvases: Canvases, held: NDArray[np.int64]) -> None:
    """What is found of each sort, at 1 % of innocent scenes flagged."""
    found, claimed = _surest(head, canvases, held)
    sorts = np.array([canvases.kinds[row] for row in held])
    has = found > NOWHERE
    parts = []
    for share in (0.01, 0.05):
        least = np.quantile(claimed[~has], 1 - share)
        parts.append(f"{(found[has] >= least).mean():.1%} at {share:.0%} of {(~has).sum()}")
    plain = np.quantile(claimed[np.isin(sorts, ("plain", PHOTO))], 0.98)
    by_sort = ", ".join(
        f"{sort} {(found[has & (sorts == sort)] >= plain).mean():.0%}" for sort in sorted(set(sorts[has]))
    )
    flagged = ", ".join(
        f"{sort} {(claimed[~has & (sorts == sort)] >= plain).mean():.0%}" for sort in sorted(set(sorts[~has]))
    )
    all_of = f"{(found[has] >= plain).mean():.1%} at 2% of plain"
    typer.echo(f"epoch {epoch + 1}: {'; '.join(parts)}; {all_of}; by sort {by_sort}; flagged {flagged}")


def _surest(
    head: ConcealedHead, canvases: Canvases, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The surest cell's logit within the patches of each scene, and beside them; NOWHERE: there are no such cells."""
    head.eval()
    inside: list[float] = []
    outside: list[float] = []
    with torch.no_grad():
        for begin in range(0, len(rows), BATCH):
            *given, wanted = _batch(canvases, rows[begin : begin + BATCH], None, mirrored=False)
            logits = head(*given)
            for kept, here in ((inside, wanted == 1), (outside, wanted == 0)):
                kept.extend(torch.where(here, logits, torch.tensor(NOWHERE)).amax((1, 2)).tolist())
    return np.array(inside), np.array(outside)


def extend(head: ConcealedHead, models: Path, look: Look = FIRST) -> None:
    """Add the head to the finder's file as an output, or write the second look; and name its checksum."""
    alone = models / "concealed_head.onnx"
    shape = torch.zeros((1, CHANNELS // 2, *(side // STRIDE for side in WINDOW)))
    free = {2: "rows", 3: "columns"}
    torch.onnx.export(
        head.eval(),
        (torch.zeros((1, *WINDOW, 3), dtype=torch.uint8), shape, shape),
        str(alone),
        input_names=["pixels", "one", "other"],
        output_names=[look.output],
        dynamic_axes={"pixels": {1: "height", 2: "width"}, "one": free, "other": free},
        opset_version=17,
        dynamo=False,
    )
    inputs = dict(zip(("pixels", "one", "other"), ("pixels", *FEATURES), strict=True))
    if look is FIRST:
        graft(alone, models, look.output, inputs)
    else:
        detach(alone, models, look.output, inputs, models / FILE, {"name": NAME, "side": look.canvas[0]})


if __name__ == "__main__":
    typer.run(main)
