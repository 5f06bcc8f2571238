"""Adversarial noise against the shipped networks: projected gradient descent (Madry et al. 2018) on the photo's pixels.

The attacker knows the weights, the registered logo and where the mark is: nobody can do worse with so little noise.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from training.networks import DEVIATION, MEAN, MarkEmbedder, RegionFinder, Trunk, cell_centres
from training.samples import CROP_SIDE

from benchmarks.evasion.mark_edits import EditMark
from brand_index.images import RGBImage
from scanner.engine.boxes import Box
from scanner.engine.canvas import STRIDE
from scanner.engine.regions import pad_box

CHECKPOINTS: Final = Path(__file__).parents[2] / "checkpoints"
FINDER_SIDE: Final = 320  # pixels: the long side at which the product looks for regions
STEPS: Final = 20
FINDER_WEIGHT: Final = 0.05  # of the mean logit of the mark's cells beside a cosine


class _OpenTrunk(nn.Module):
    """A trunk through which gradients reach the pixels; Trunk keeps them from its frozen part."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.stem, self.blocks = trunk.stem, trunk.blocks

    def forward(self, pixels: torch.Tensor, taken: tuple[int, ...]) -> list[torch.Tensor]:
        """As Trunk, of float pixels."""
        features, out = self.stem((pixels.permute(0, 3, 1, 2) - MEAN) / DEVIATION), []
        for number, block in enumerate(self.blocks, start=1):
            features = block(features)
            if number in taken:
                out.append(features)
        return out


class Attacker:
    """Knows the embedder and the finder that ship."""

    def __init__(self) -> None:
        """Load the checkpoints of both."""
        self._embedder, self._finder = MarkEmbedder(), RegionFinder()
        for network, name in ((self._embedder, "embedder.pt"), (self._finder, "finder.pt")):
            network.load_state_dict(torch.load(CHECKPOINTS / name, weights_only=True)["network"])
            network.trunk = _OpenTrunk(network.trunk)
            network.eval().requires_grad_(False)

    def noise(self, strength: float, logos: Sequence[NDArray[np.float32]]) -> EditMark:
        """At most `strength` of 255 on each pixel, against the embeddings (N, 256) of the brand's registered logos."""

        def apply(photo: RGBImage, boxes: Sequence[Box], chance: np.random.Generator) -> tuple[RGBImage, ...]:
            torch.manual_seed(int(chance.integers(2**31)))
            wanted = torch.from_numpy(np.stack(logos))
            clean = torch.from_numpy(photo.astype(np.float32))[None]
            noise = (torch.rand_like(clean) * 2 - 1) * strength
            for _ in range(STEPS):
                noise.requires_grad_(True)
                loss = self._seen((clean + noise).clamp(0, 255), boxes, wanted)
                (slope,) = torch.autograd.grad(loss, noise)
                noise = (noise.detach() - strength / 8 * slope.sign()).clamp(-strength, strength)
            return (np.asarray((clean + noise).clamp(0, 255).round()[0].numpy(), np.uint8),)

        return apply

    def _seen(self, pixels: torch.Tensor, boxes: Sequence[Box], wanted: torch.Tensor) -> torch.Tensor:
        """How sure the networks are of the mark: what the attacker lowers."""
        height, width = pixels.shape[1:3]
        crops = []
        for box in boxes:
            left, top, right, bottom = pad_box(box, (width, height))
            crops.append(_resized(pixels[:, top:bottom, left:right], CROP_SIDE, CROP_SIDE))
        cosines = self._embedder(torch.cat(crops)) @ wanted.T
        scale = FINDER_SIDE / max(height, width)
        high, wide = (max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (height, width))
        logits, _ = self._finder(_resized(pixels, high, wide))
        centres = torch.cat([cell_centres(high // stride, wide // stride, stride) for stride in (8, 16, 32)])
        scales = torch.tensor([wide / width, high / height])
        inside = torch.zeros(len(centres), dtype=torch.bool)
        for box in boxes:
            low, far = torch.tensor([box.left, box.top]) * scales, torch.tensor([box.right, box.bottom]) * scales
            inside |= ((centres >= low) & (centres <= far)).all(dim=1)
        of_mark = logits[0][inside] if bool(inside.any()) else logits[0]
        seen: torch.Tensor = cosines.amax(dim=1).sum() + FINDER_WEIGHT * of_mark.mean()
        return seen


def _resized(pixels: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(1, H, W, 3) to (1, height, width, 3)."""
    across = nn.functional.interpolate(
        pixels.permute(0, 3, 1, 2), (height, width), mode="bilinear", antialias=True, align_corners=False
    )
    return across.permute(0, 2, 3, 1)
