"""Puts the vectors of another network on the scale of those that ship, so that their cosines mean about the same.

Networks that were not trained for it give any two images a high cosine. So the mean of clean regions is taken out, the
rest is reduced to its principal components and partly whitened (Jégou and Chum 2012): just as far as the median print
of a mark is as similar to the mark as with the embedder that ships. Thresholds of candidates and audit hold then.
"""

import io
from dataclasses import dataclass
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable

DIMENSIONS: Final = 256  # of projected vectors, at most
FLOOR: Final = 0.01  # of the mean variance, added to each: a direction of noise is not blown up
STEPS: Final = 24  # halvings of the search for how far is whitened
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """How a unit vector of another network becomes one of ours."""

    mean: _Floats  # (D,) that is subtracted
    matrix: _Floats  # (D, K) that is multiplied
    shared: float = 0.0  # 0..1: of each cosine, what any two vectors have in common; 0: nothing

    @property
    def dimensions(self) -> int:
        """Of the vectors that it gives."""
        return int(self.matrix.shape[1]) + (1 if self.shared > 0 else 0)

    def apply(self, vectors: _Floats) -> _Floats:
        """(N, D) unit vectors as (N, dimensions) unit vectors."""
        made = (vectors - self.mean) @ self.matrix
        made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)
        if self.shared > 0:
            common = np.full((len(made), 1), np.sqrt(self.shared), np.float32)
            made = np.concatenate([made * np.sqrt(1 - self.shared), common], axis=1)
        return np.asarray(made, np.float32)

    def to_bytes(self) -> bytes:
        """A NumPy archive."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, mean=self.mean, matrix=self.matrix, shared=np.float32(self.shared))
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str) -> "Projection":
        """The inverse of `to_bytes`. Raises ModelUnusable, naming the file, on anything else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                mean, matrix = (arrays[each].astype(np.float32) for each in ("mean", "matrix"))
                shared = float(arrays["shared"])
        except (ValueError, KeyError, OSError, EOFError, TypeError, BadZipFile) as error:
            raise ModelUnusable(f"{name}: is no projection of vectors ({error}). Make it again.") from error
        if mean.ndim != 1 or matrix.ndim != 2 or len(mean) != len(matrix) or not 0 <= shared < 1:
            raise ModelUnusable(
                f"{name}: is no projection of vectors (shapes {mean.shape} and {matrix.shape}). Make it again."
            )
        return cls(mean, matrix, shared)


def fitted_projection(
    regions: _Floats, prints: _Floats, views: list[_Floats], *, wanted: float
) -> tuple[Projection, float]:
    """The projection by which the median print has the cosine `wanted` with its mark, and that median.

    `regions` (M, D) are unit vectors of clean images, `prints` (N, D) of prints, and `views[n]` (V, D) of the mark that
    print n shows. A network whose whitened prints are more similar than `wanted` keeps them so.
    """
    mean = regions.mean(axis=0)
    spread = (regions - mean).astype(np.float64)
    variances, axes = np.linalg.eigh(spread.T @ spread / len(regions))
    kept = min(DIMENSIONS, len(variances), len(regions) - 1)
    variances, axes = variances[::-1][:kept], axes[:, ::-1][:, :kept]
    steadied = np.maximum(variances, 0) + FLOOR * float(variances.mean())

    def at(power: float) -> Projection:
        return Projection(mean.astype(np.float32), (axes * (steadied / steadied.min()) ** -power).astype(np.float32))

    def median(projection: Projection) -> float:
        made = projection.apply(prints)
        best = [float((projection.apply(each) @ one).max()) for one, each in zip(made, views, strict=True)]
        return float(np.median(best))

    low, high = 0.0, 0.5  # powers: centred alone, and wholly whitened
    if median(at(low)) > wanted:
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if median(at(middle)) > wanted else (low, middle)
    found = at(low)
    reached = median(found)
    if reached < wanted - 0.005:  # a weak network: lift all cosines alike, so that thresholds still find its prints
        found = Projection(found.mean, found.matrix, (wanted - reached) / (1 - reached))
        reached = median(found)
    return found, reached
