"""How similar a mark is to images that do not show it, so that a plain mark needs a higher cosine; no search.

A ring or a bar is similar to any texture, and a word to other words. So each mark's cosine with a listing is compared
with its own cosines with the best regions of a bank of photos, and of one of listing material (text, tables, labels): a
cosine is rated by −log10 of the share of these images that are as similar, the false-accept rate, by the bank that has
more of them. Beyond the most similar tenth the tail is modelled as exponential (Pickands 1975, with shape 0).
"""

import io
from dataclasses import dataclass
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable

TAIL: Final = 0.1  # share of the bank's photos, the most similar, to which the tail is fitted
LEAST_SLOPE: Final = 0.01  # of cosine: a bank of hundreds of photos cannot measure a steeper tail


@dataclass(frozen=True, slots=True)
class Level:
    """The background level of one mark in one bank: the cosines that images without it reach."""

    cosine: float  # that one image in ten reaches
    slope: float  # cosine by which the share of images falls to 1/e beyond it

    def neg_log10_far(self, cosine: float) -> float:
        """−log10 of the share of images without the mark that reach this cosine; 1 is one in ten."""
        return float(-np.log10(TAIL) + (cosine - self.cosine) / self.slope * np.log10(np.e))


@dataclass(frozen=True, slots=True)
class Levels:
    """The background levels of one mark."""

    photos: Level
    material: Level | None = None  # None: there is no bank of listing material

    def neg_log10_far(self, cosine: float) -> float:
        """As Level's, by the bank in which more images are as similar."""
        rated = self.photos.neg_log10_far(cosine)
        return rated if self.material is None else min(rated, self.material.neg_log10_far(cosine))

    def to_array(self) -> NDArray[np.float64]:
        """(4,): cosine and slope of each; NaN: there is no such bank."""
        levels = (self.photos, self.material)
        return np.array([value for each in levels for value in ((np.nan, np.nan) if each is None else _pair(each))])

    @classmethod
    def from_array(cls, array: NDArray[np.floating]) -> "Levels":
        """The inverse of `to_array`."""
        cosine, slope, material_cosine, material_slope = (float(value) for value in array)
        return cls(Level(cosine, slope), None if np.isnan(material_cosine) else Level(material_cosine, material_slope))


def _pair(level: Level) -> tuple[float, float]:
    return level.cosine, level.slope


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """A bank: embeddings of the regions of images without a registered mark."""

    vectors: NDArray[np.float32]  # (M, D) of unit length
    starts: NDArray[np.int64]  # (images,): the row at which each image's regions begin

    def best(self, views: NDArray[np.float32]) -> NDArray[np.float32]:
        """The best cosine, (images,), of any of a mark's (V, D) views with any region of each image of the bank."""
        if not len(self.starts):
            return np.zeros(0, np.float32)
        return np.maximum.reduceat((self.vectors @ views.T).max(axis=1), self.starts)

    def level(self, views: NDArray[np.float32]) -> Level:
        """The background level of a mark with these (V, D) views."""
        best = np.sort(self.best(views))[::-1]
        count = max(1, round(TAIL * len(best)))
        if count >= len(best):
            return Level(0.5, 0.1)  # too small a bank to fit a tail
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
            raise ModelUnusable(f"{name}: is no bank of images ({error}). Make it again.") from error
        return cls(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), starts)

    def to_bytes(self) -> bytes:
        """A NumPy archive of int8 vectors: a step of 1/127 of a vector's largest value is far below any slope."""
        buffer = io.BytesIO()
        largest = np.abs(self.vectors).max(axis=1, keepdims=True)
        np.savez_compressed(buffer, vectors=np.round(self.vectors / largest * 127).astype(np.int8), starts=self.starts)
        return buffer.getvalue()
