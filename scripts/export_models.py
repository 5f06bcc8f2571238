"""Exports trained networks to the ONNX files that ship, and builds the bank of clean photos; it trains nothing.

    python scripts/export_models.py --work DIR --data DIR --out brand_index/models

Weights are stored as float16 and widened when a session opens: half the size, the same speed.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import onnx
import torch
import typer
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from training.grounds import banked_photos
from training.networks import (
    DIMENSIONS,
    PATCH_WIDTH,
    PATCHES,
    CropReader,
    MarkEmbedder,
    MarkMatcher,
    PairMatcher,
    PatchDescriber,
    RegionFinder,
)
from training.samples import CROP_SIDE

from brand_index.features.background import Background
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.images import decode, read_bytes
from scanner.engine.regions import OnnxRegionFinder, crop
from scanner.settings import Settings

FINDER_SIDE: Final = 320  # pixels: long side of the finder's input
KEPT_WIDE: Final = 1024  # tensors with fewer values stay float32: they are biases, and weigh nothing


def main(
    work: Annotated[Path, typer.Option(help="Where embedder.pt, matcher.pt and finder.pt are.")],
    data: Annotated[Path, typer.Option(help="The development images.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
) -> None:
    """Export, and write the manifest."""
    embedder, describer, matcher, finder = MarkEmbedder(), PatchDescriber(), MarkMatcher(), RegionFinder()
    embedder.load_state_dict(torch.load(work / "embedder.pt", weights_only=True)["network"])
    finder.load_state_dict(torch.load(work / "finder.pt", weights_only=True)["network"])
    matched = torch.load(work / "matcher.pt", weights_only=True)
    describer.load_state_dict(matched["describer"])
    matcher.load_state_dict(matched["matcher"])
    out.mkdir(parents=True, exist_ok=True)
    crops = torch.zeros((2, CROP_SIDE, CROP_SIDE, 3), dtype=torch.uint8)
    reader = CropReader(embedder, describer)
    export(reader, {"pixels": crops}, {0: "batch"}, ["embedding", "places"], out / "mark_embedder.onnx")
    sides = torch.zeros((2, PATCHES**2, PATCH_WIDTH), dtype=torch.int8)
    pairs = {"listing": sides, "reference": sides, "cosines": torch.zeros(2)}
    export(PairMatcher(matcher), pairs, {0: "batch"}, ["match_logits"], out / "mark_matcher.onnx")
    scene = torch.zeros((1, 320, 256, 3), dtype=torch.uint8)
    export(finder, {"pixels": scene}, {1: "high", 2: "wide"}, ["logits", "boxes"], out / "region_finder.onnx")
    (out / "clean_photos.npz").write_bytes(
        Background(np.zeros((0, DIMENSIONS), np.float32), np.zeros(0, int)).to_bytes()
    )
    write_manifest(out)
    (out / "clean_photos.npz").write_bytes(bank(out, data).to_bytes())
    write_manifest(out)
    typer.echo((out / "manifest.json").read_text("utf-8"))


def export(
    network: nn.Module, given: dict[str, torch.Tensor], free: dict[int, str], outputs: list[str], path: Path
) -> None:
    """`network` as ONNX with dynamic axes `free` for every input."""
    torch.onnx.export(
        network.eval(),
        tuple(given.values()),
        str(path),
        input_names=list(given),
        output_names=outputs,
        dynamic_axes=dict.fromkeys(given, free),
        opset_version=17,
        dynamo=False,  # the newer exporter fixes the grid of cells to the example's size
    )
    path.write_bytes(narrowed(onnx.load(str(path))).SerializeToString())


def narrowed(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its large float32 weights stored as float16 behind a Cast."""
    graph = model.graph
    casts = []
    for weight in list(graph.initializer):
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < KEPT_WIDE:
            continue
        narrow = f"{weight.name}_float16"
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), narrow))
        casts.append(helper.make_node("Cast", [narrow], [weight.name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    onnx.checker.check_model(model)
    return model


def write_manifest(out: Path) -> None:
    """Name the four files with their checksums, beside whatever else the manifest names."""
    path = out / "manifest.json"
    entries: dict[str, dict[str, str | int]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    entries |= {
        "embedder": {
            "name": "markscan_marks_1",
            "file": "mark_embedder.onnx",
            "side": CROP_SIDE,
            "dimensions": DIMENSIONS,
        },
        "matcher": {"name": "markscan_pairs_1", "file": "mark_matcher.onnx"},
        "finder": {"name": "markscan_regions_1", "file": "region_finder.onnx", "side": FINDER_SIDE},
        "background": {"name": "markscan_clean_1", "file": "clean_photos.npz"},
    }
    for entry in (entries[kind] for kind in ("embedder", "matcher", "finder", "background")):
        entry["sha256"] = hashlib.sha256((out / str(entry["file"])).read_bytes()).hexdigest()
    path.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


def bank(models: Path, data: Path) -> Background:
    """Embeddings of the regions of photos without a registered mark; some show unregistered marks."""
    manifest = read_manifest(models / "manifest.json")
    embedder, finder = OnnxEmbedder(manifest, threads=2), OnnxRegionFinder(manifest.finder, threads=2)
    vectors, starts = [np.zeros((0, DIMENSIONS), np.float32)], []
    count, least = (Settings.model_fields[name].default for name in ("regions", "least_objectness"))
    for path in banked_photos(data):
        frame = decode(read_bytes(path), name=str(path)).frames[0]
        starts.append(sum(map(len, vectors)))
        regions = finder.find(frame, count, least).regions
        vectors.append(embedder.embed([crop(frame, region.box) for region in regions]).vectors)
    return Background(np.concatenate(vectors), np.array(starts, np.int64))


if __name__ == "__main__":
    typer.run(main)
