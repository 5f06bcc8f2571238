"""Parts of the networks that ship which are ours: they compute what the plain ones do."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("efficientnet_lite_pytorch") is None, reason="needs pip install '.[train]'"
)


@pytest.mark.parametrize("block", [1, 3, 5])  # 3 x 3 with stride 2, 5 x 5 with stride 2, 3 x 3 with stride 2
def test_a_quick_depthwise_convolution_and_its_gradients_are_those_of_the_plain_one(block: int) -> None:
    import torch  # noqa: PLC0415
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415
    from training.networks import Depthwise  # noqa: PLC0415

    plain = EfficientNet.from_name("efficientnet-lite0")._blocks[block]._depthwise_conv
    quick = Depthwise(plain)
    features = torch.rand((2, plain.in_channels, 12, 16), requires_grad=True)
    results = []
    for conv in (plain, quick):
        features.grad = plain.weight.grad = None
        out = conv(features)
        (out**2).sum().backward()
        results.append((out.detach(), features.grad, plain.weight.grad))
    for expected, found in zip(*results, strict=True):
        torch.testing.assert_close(found, expected)
    torch.testing.assert_close(quick.eval()(features), plain(features))


@pytest.mark.filterwarnings("ignore")  # the exporter's own: the script knows why it uses the older one
def test_the_exported_graph_has_no_separate_padding_or_normalization_nodes(tmp_path: Path) -> None:
    import onnx  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415
    import torch  # noqa: PLC0415
    from export_models import export  # noqa: PLC0415
    from training.networks import RegionFinder  # noqa: PLC0415

    exported, run = tmp_path / "finder.onnx", tmp_path / "as_it_is_run.onnx"
    scene = torch.zeros((1, 64, 64, 3), dtype=torch.uint8)
    export(RegionFinder(), {"pixels": scene}, {1: "high", 2: "wide"}, ["logits", "boxes"], exported)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(run)
    onnxruntime.InferenceSession(exported, options)
    assert not {"Pad", "BatchNormalization"} & {node.op_type for node in onnx.load(run).graph.node}
