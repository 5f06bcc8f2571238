"""How alike a mark looks to photos that do not show it, so that a plain mark needs more than a rich one; no search.

A ring or a bar answers to any texture. So each mark's likeness to a listing is measured against its own likeness to the
best regions of a bank of photos: the rarity of a cosine is −log10 of the share of such photos on which the mark looks
that much alike. Beyond the tenth most alike, the tail is taken as exponential (Pickands 1975, with shape 0).
"""

import io
from dataclasses import dataclass
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable

TAIL: Final = 0.1  # share of the bank's photos whose likeness tells how the tail falls
LEAST_SLOPE: Final = 0.01  # of cosine: a bank of hundreds of photos cannot tell a steeper tail


@dataclass(frozen=True, slots=True)
class Level:
    """What likeness is usual for one mark."""

    cosine: float  # that one photo in ten reaches
    slope: float  # cosine by which the share of photos falls to 1/e beyond it

    def neg_log10_far(self, cosine: float) -> float:
        """−log10 of the share of photos without the mark on which it looks this much alike; 1 is one in ten."""
        return float(-np.log10(TAIL) + (cosine - self.cosine) / self.slope * np.log10(np.e))


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """The bank: vectors of the regions of photos without a registered mark."""

    vectors: NDArray[np.float32]  # (M, D) of unit length
    starts: NDArray[np.int64]  # (photos,): the row at which each photo's regions begin

    def best(self, views: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each photo of the bank, (photos,), the best cosine of any of a mark's (V, D) views with any region."""
        if not len(self.starts):
            return np.zeros(0, np.float32)
        return np.maximum.reduceat((self.vectors @ views.T).max(axis=1), self.starts)

    def level(self, views: NDArray[np.float32]) -> Level:
        """What likeness is usual for a mark with these (V, D) views."""
        best = np.sort(self.best(views))[::-1]
        count = max(1, round(TAIL * len(best)))
        if count >= len(best):
            return Level(0.5, 0.1)  # no bank: neither rare nor usual can be told
        border = float(best[count])
        return Level(border, max(LEAST_SLOPE, float((best[:count] - border).mean())))

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str) -> "Background":
        """The inverse of `to_bytes`. Raises ModelUnusable, naming the file, on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                vectors = arrays["vectors"].astype(np.float32)
                starts = arrays["starts"].astype(np.int64)
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise ModelUnusable(f"{name}: is no bank of clean photos ({error}). Make it again.") from error
        return cls(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), starts)

    def to_bytes(self) -> bytes:
        """As a NumPy archive of bytes: a step of 1/127 of the largest number of each vector is far below any slope."""
        buffer = io.BytesIO()
        largest = np.abs(self.vectors).max(axis=1, keepdims=True)
        np.savez_compressed(buffer, vectors=np.round(self.vectors / largest * 127).astype(np.int8), starts=self.starts)
        return buffer.getvalue()
