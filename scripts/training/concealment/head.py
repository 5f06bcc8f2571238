"""The network that says where a mark is concealed, on the region finder's frozen trunk; it knows no file."""

from typing import Final

import torch
from torch import nn

from training.concealment.canvases import CHANNELS

WIDTH: Final = 64


def _separable(given: int, taken: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, given, 3, stride, padding=dilation, dilation=dilation, groups=given, bias=False),
        nn.Conv2d(given, taken, 1, bias=False),
        nn.BatchNorm2d(taken),
        nn.ReLU6(),
    )


class ConcealedHead(nn.Module):
    """The finder's pixels and its features at stride 8 to the logit of each cell that a mark is concealed there.

    The trunk knows what goods and faces look like, and has forgotten blocks, edges of patches and lost grain: a few
    layers of its own see those in the pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.grain = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU6(),
            _separable(16, 32, stride=2),
            _separable(32, 32),
            _separable(32, 64, stride=2),
        )
        self.mix = nn.Sequential(nn.Conv2d(CHANNELS + 64, WIDTH, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU6())
        self.around = nn.ModuleList(_separable(WIDTH, WIDTH, dilation=reach) for reach in (1, 2, 4, 2, 1))
        self.logit = nn.Conv2d(WIDTH, 1, 1)

    def forward(self, pixels: torch.Tensor, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """uint8 (N, 8 H, 8 W, 3) and two (N, 64, H, W) to (N, H, W)."""
        grain = self.grain((pixels.permute(0, 3, 1, 2).float() - 127.0) / 64.0)
        features = self.mix(torch.cat([one, other, grain], dim=1))
        for layer in self.around:
            features = features + layer(features)
        return self.logit(features)[:, 0]


def loss_of(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Of the cells, and of images as a whole: the surest cell in and beside patches decides.

    `wanted` (N, H, W): 1 concealed, 0 not, and -1 at the edge of a patch, where either is right.
    """
    inside, outside = wanted == 1, wanted == 0
    each = nn.functional.binary_cross_entropy_with_logits(
        logits, inside.float(), pos_weight=torch.tensor(3.0), reduction="none"
    )
    cells = (each * (wanted >= 0)).sum() / (wanted >= 0).sum()
    low = torch.tensor(-30.0)
    found = nn.functional.softplus(-torch.where(inside, logits, low).amax((1, 2)))[inside.any(2).any(1)]
    claimed = nn.functional.softplus(torch.where(outside, logits, low).amax((1, 2)))
    whole = claimed.mean() + (found.mean() if len(found) else torch.tensor(0.0))
    return cells + 0.15 * whole
