"""Trains the output of the region finder that says where a mark is concealed on the goods.

    python scripts/train_concealed_head.py --packages DIR --data DIR --work DIR --models brand_index/models

The finder's own weights stay as they are; the output is added to its ONNX file, and its sha256 to the manifest. With
--begin scripts/checkpoints/concealed_head.pt and --epochs 0 a trained head is only added to a finder with this trunk.
WORK keeps the scenes, so that drawing goes on where it was stopped, and the head of the last round.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
import typer
from numpy.typing import NDArray
from training.concealment.head import CHANNELS, FEATURES, STRIDE, ConcealedHead, loss_of
from training.concealment.kept import KeptScenes
from training.concealment.scenes import Scene, load_scenery, scenes
from training.finder_heads import graft
from training.grounds import calibration_photos, learnt_garments
from training.options import Begin, Data, Fonts, Packages, Threads, Work
from training.words import FONTS

from brand_index.features.weights import read_manifest
from brand_index.images import decode, read_bytes
from scanner.engine.regions import OnnxRegionFinder

OUTPUT: Final = "concealed"
CANVAS: Final = (320, 256)  # height and width: all scenes are upright, so that they fit one another
CELLS: Final = (CANVAS[0] // STRIDE, CANVAS[1] // STRIDE)
HELD: Final = 8  # every so many scenes is for checking
BATCH: Final = 16
RATE: Final = 4e-3
CONCEALED: Final = 0.02  # share of listings that conceal a mark, as confidence assumes
HARD: Final = 0.1  # share of other listings that are as hard as the innocent scenes
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
) -> None:
    """Train, and extend the finder."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    head = ConcealedHead()
    if begin is not None:
        head.load_state_dict(torch.load(begin, weights_only=True)["network"])
    if epochs:
        if not (work / "concealed.json").exists():
            scenery = load_scenery(
                learnt_garments(data), sorted((data / "grocery" / "photos").rglob("*.jpg"))[::4], packages, fonts
            )
            _keep(work, count, models, scenery)
        _train(head, work, epochs)
    extend(head, models)
    if epochs:
        _calibrate(head, work, models, calibration_photos(data))


def _keep(work: Path, count: int, models: Path, scenery: object) -> None:
    """Draw the scenes into `work`, those that it lacks, and the finder's features of all into files there."""
    model = onnx.load(str(models / "region_finder.onnx"))
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in FEATURES)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    pixels, features, wanted = _files(work, count, "w+")
    kept, kinds = KeptScenes(work / "scenes"), []
    begin = kept.count()
    for row in kept.keep(scenes(scenery, max(0, count - begin), begin), begin):  # type: ignore[arg-type]
        if row % PACE == PACE - 1:
            typer.echo(f"{row + 1} scenes")
    for row in range(count):
        scene = kept.scene(row)
        pixels[row], wanted[row] = _canvas(scene)
        features[row] = np.concatenate(session.run(list(FEATURES), {"pixels": pixels[row][None]}), axis=1)[0]
        kinds.append(scene.kind)
    (work / "concealed.json").write_text(json.dumps(kinds), "utf-8")


def _files(work: Path, count: int, mode: Literal["r", "w+"]) -> tuple[NDArray[Any], ...]:
    """Pixels, features and what is right of each cell, of `count` scenes."""
    return (
        np.memmap(work / "pixels.bin", np.uint8, mode, shape=(count, *CANVAS, 3)),
        np.memmap(work / "features.bin", np.float16, mode, shape=(count, CHANNELS, *CELLS)),
        np.memmap(work / "wanted.bin", np.int8, mode, shape=(count, *CELLS)),
    )


def _canvas(scene: Scene) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
    """The scene as the finder sees it, upright, and what is right of each cell: 1, 0, or -1 at an edge."""
    image, mask = scene.image, scene.mask
    if image.shape[0] < image.shape[1]:
        image, mask = np.ascontiguousarray(np.rot90(image)), np.ascontiguousarray(np.rot90(mask))
    wide = int(image.shape[0] * CANVAS[1] / CANVAS[0])
    if image.shape[1] > wide:  # a square
        left = (image.shape[1] - wide) // 2
        image, mask = (
            np.ascontiguousarray(image[:, left : left + wide]),
            np.ascontiguousarray(mask[:, left : left + wide]),
        )
    canvas, scale = OnnxRegionFinder.canvas_of(image, CANVAS[0])
    out = np.full((*CANVAS, 3), 127, np.uint8)
    out[:, : min(CANVAS[1], canvas.shape[1])] = canvas[:, : CANVAS[1]]
    cover = np.zeros(CANVAS, np.float32)
    size = (round(image.shape[1] * scale[0]), CANVAS[0])
    cover[:, : size[0]] = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)[:, : CANVAS[1]]
    share = cover.reshape(CELLS[0], STRIDE, CELLS[1], STRIDE).mean(axis=(1, 3))
    return out, np.where(share >= 0.5, 1, np.where(share > 0.08, -1, 0)).astype(np.int8)


def _train(head: ConcealedHead, work: Path, epochs: int) -> None:
    kinds = json.loads((work / "concealed.json").read_text("utf-8"))
    count = len(kinds)
    files = _files(work, count, "r")
    rows = np.arange(count)
    learnt, held = rows[rows % HELD != 0], rows[rows % HELD == 0]
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=0.02)
    steps = epochs * (len(learnt) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, max(1, steps), pct_start=0.15)
    order = np.random.default_rng(5)
    head.to(memory_format=torch.channels_last)
    for epoch in range(epochs):
        head.train()
        shuffled = order.permutation(learnt)
        for begin in range(0, len(shuffled) - BATCH + 1, BATCH):
            given = _batch(files, np.sort(shuffled[begin : begin + BATCH]), mirrored=bool(order.random() < 0.5))
            optimizer.zero_grad()
            loss = loss_of(head(*given[:3]), given[3])
            loss.backward()
            optimizer.step()
            schedule.step()
        torch.save({"network": head.state_dict()}, work / "concealed_head.pt")
        _report(epoch, head, files, held, kinds)


def _batch(files: tuple[NDArray[Any], ...], rows: NDArray[np.int64], *, mirrored: bool) -> list[torch.Tensor]:
    """Pixels, both features and what is right of these scenes; `mirrored` is for features only nearly the truth."""
    pixels, features, wanted = (torch.from_numpy(np.array(file[rows])) for file in files)
    if mirrored:
        pixels, features, wanted = pixels.flip(2), features.flip(3), wanted.flip(2)
    halves = (half.float().to(memory_format=torch.channels_last) for half in features.split(CHANNELS // 2, dim=1))
    return [pixels, *halves, wanted]


def _calibrate(head: ConcealedHead, work: Path, models: Path, photos: Sequence[Path]) -> None:
    """Fit confidence on held scenes and on `photos` without a concealed mark, and say its two constants.

    CONCEALED of all images are taken to conceal a mark, and HARD of the others to be like the innocent scenes.
    """
    finder = OnnxRegionFinder(read_manifest(models / "manifest.json").finder)
    seen = (finder.find(decode(read_bytes(path), name=str(path)).frames[0], 1).concealed for path in photos)
    clean = np.array([float(each.logits.max()) for each in seen if each is not None])
    kinds = json.loads((work / "concealed.json").read_text("utf-8"))
    files = _files(work, len(kinds), "r")
    held = np.arange(0, len(kinds), HELD)
    inside, outside = _surest(head, files, held)
    has = inside > NOWHERE
    parts = ((inside[has], CONCEALED), (outside[~has], (1 - CONCEALED) * HARD), (clean, (1 - CONCEALED) * (1 - HARD)))
    logits = np.concatenate([each for each, _ in parts])
    weight = np.concatenate([np.full(len(each), share / len(each)) for each, share in parts]) * len(logits)
    right = np.arange(len(logits)) < has.sum()
    slope, offset = 1.0, 0.0
    for _ in range(50):  # Newton's method
        likely = 1 / (1 + np.exp(-(slope * logits + offset)))
        error, curve = weight * (likely - right), weight * likely * (1 - likely) + 1e-9
        gradient = np.array([(error * logits).sum(), error.sum()])
        hessian = np.array([[(curve * logits**2).sum(), (curve * logits).sum()], [(curve * logits).sum(), curve.sum()]])
        slope, offset = np.array([slope, offset]) - np.linalg.solve(hessian + 1e-6 * np.eye(2), gradient)
    typer.echo(f"scanner/engine/concealment.py: SLOPE = {slope:.3f}, OFFSET = {offset:.3f}")


def _report(
    epoch: int, head: ConcealedHead, files: tuple[NDArray[Any], ...], held: NDArray[np.int64], kinds: list[str]
) -> None:
    """What is found of each sort, at 1 % of innocent scenes flagged."""
    found, claimed = _surest(head, files, held)
    sorts = np.array([kinds[row] for row in held])
    has = found > NOWHERE
    parts = []
    for share in (0.01, 0.05):
        least = np.quantile(claimed[~has], 1 - share)
        parts.append(f"{(found[has] >= least).mean():.1%} at {share:.0%} of {(~has).sum()}")
    plain = np.quantile(claimed[sorts == "plain"], 0.98)
    by_sort = ", ".join(
        f"{sort} {(found[has & (sorts == sort)] >= plain).mean():.0%}" for sort in sorted(set(sorts[has]))
    )
    flagged = ", ".join(
        f"{sort} {(claimed[~has & (sorts == sort)] >= plain).mean():.0%}" for sort in sorted(set(sorts[~has]))
    )
    typer.echo(f"epoch {epoch + 1}: {'; '.join(parts)}; by sort {by_sort}; flagged {flagged}")


def _surest(
    head: ConcealedHead, files: tuple[NDArray[Any], ...], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The surest cell's logit within the patches of each scene, and beside them; NOWHERE: there are no such cells."""
    head.eval()
    inside: list[float] = []
    outside: list[float] = []
    with torch.no_grad():
        for begin in range(0, len(rows), BATCH):
            *given, wanted = _batch(files, rows[begin : begin + BATCH], mirrored=False)
            logits = head(*given)
            for kept, here in ((inside, wanted == 1), (outside, wanted == 0)):
                kept.extend(torch.where(here, logits, torch.tensor(NOWHERE)).amax((1, 2)).tolist())
    return np.array(inside), np.array(outside)


def extend(head: ConcealedHead, models: Path) -> None:
    """Add the head to the finder's file as an output, and name its checksum."""
    alone = models / "concealed_head.onnx"
    shape = torch.zeros((1, CHANNELS // 2, *CELLS))
    free = {2: "rows", 3: "columns"}
    torch.onnx.export(
        head.eval(),
        (torch.zeros((1, *CANVAS, 3), dtype=torch.uint8), shape, shape),
        str(alone),
        input_names=["pixels", "one", "other"],
        output_names=[OUTPUT],
        dynamic_axes={"pixels": {1: "height", 2: "width"}, "one": free, "other": free},
        opset_version=17,
        dynamo=False,
    )
    pixels = onnx.load(str(models / "region_finder.onnx")).graph.input[0].name
    graft(alone, models, OUTPUT, dict(zip(("pixels", "one", "other"), (pixels, *FEATURES), strict=True)))


if __name__ == "__main__":
    typer.run(main)
