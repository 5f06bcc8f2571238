"""The plates of all references, one after another in one file; they are read one at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.features.plates import read_plate
from brand_index.images import RGBImage
from brand_index.index.parts.files import read_array


class PlatePart:
    """The plates in the catalog's order."""

    def __init__(self, data: NDArray[np.uint8], starts: NDArray[np.int64], name: Path | None = None) -> None:
        """`data` are all bytes; the plate at a position lies between its start and the next of `starts`, (R + 1,)."""
        self._data, self._starts, self._name = data, starts, name

    @classmethod
    def build(cls, plates: Sequence[NDArray[np.uint8]]) -> Self:
        """The part of these plates, (N,) bytes each."""
        starts = np.cumsum([0, *(len(plate) for plate in plates)], dtype=np.int64)
        return cls(np.concatenate(plates) if plates else np.zeros(0, np.uint8), starts)

    def save(self, folder: Path, name: str) -> None:
        """Write the part's files."""
        np.save(folder / f"{name}.npy", self._data)
        np.save(folder / f"{name}.starts.npy", self._starts)

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """The inverse of `save`; the plates stay on disk until they are read. Raises IndexDamaged."""
        data, starts = read_array(folder / f"{name}.npy"), read_array(folder / f"{name}.starts.npy")
        if not len(starts) or starts[-1] != len(data):
            raise IndexDamaged(folder / f"{name}.npy", f"{len(data)} bytes, and its starts say otherwise")
        return cls(data, starts, folder / f"{name}.npy")

    def of(self, position: int) -> RGBImage:
        """The plate at this position. Raises IndexDamaged."""
        begin, end = self._starts[position : position + 2]
        try:
            return read_plate(np.asarray(self._data[begin:end]))
        except ValueError as error:
            raise IndexDamaged(self._name or Path(), f"cannot be read ({error} at {position})") from error
