"""Parts of the networks that ship which are ours: they compute what the plain ones do."""

from importlib.util import find_spec

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
    told = []
    for conv in (plain, quick):
        features.grad = plain.weight.grad = None
        out = conv(features)
        (out**2).sum().backward()
        told.append((out.detach(), features.grad, plain.weight.grad))
    for expected, found in zip(*told, strict=True):
        torch.testing.assert_close(found, expected)
    with torch.no_grad():
        torch.testing.assert_close(quick(features), plain(features))
