"""The plates of all references of a segment, one after another in one file; they are read one at a time."""

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.features.plates import read_plate
from brand_index.images import RGBImage
from brand_index.index.parts.files import ColumnWriter, Writers, read_array


class PlatePart:
    """The plates in the catalog's order."""

    def __init__(self, data: NDArray[np.uint8], ends: NDArray[np.int64], name: Path) -> None:
        """`data` are all bytes; a plate lies there between the end of that before it and its own, by `ends`."""
        self._data, self._ends, self._name = data, ends, name

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what a PlateWriter wrote; the plates stay on disk until they are read. Raises IndexDamaged."""
        data, ends = read_array(folder / f"{name}.npy"), read_array(folder / f"{name}.ends.npy")
        if (int(ends[-1]) if len(ends) else 0) != len(data):
            raise IndexDamaged(folder / f"{name}.npy", f"{len(data)} bytes, and its ends say otherwise")
        return cls(data, ends, folder / f"{name}.npy")

    def bytes_of(self, position: int) -> NDArray[np.uint8]:
        """The bytes, (N,), of the plate at this position."""
        begin = int(self._ends[position - 1]) if position else 0
        return np.array(self._data[begin : int(self._ends[position])])

    def of(self, position: int) -> RGBImage:
        """The plate at this position. Raises IndexDamaged."""
        try:
            return read_plate(self.bytes_of(position))
        except ValueError as error:
            raise IndexDamaged(self._name, f"cannot be read ({error} at {position})") from error


class PlateWriter(Writers):
    """Writes a PlatePart."""

    def __init__(self, folder: Path, name: str) -> None:
        self._end = 0
        super().__init__(
            data=ColumnWriter(folder / f"{name}.npy", np.uint8),
            ends=ColumnWriter(folder / f"{name}.ends.npy", np.int64),
        )

    def add(self, plate: NDArray[np.uint8]) -> None:
        """Add the plate, (N,) bytes, of the next reference."""
        self._end += len(plate)
        self.append(data=plate, ends=np.array([self._end]))
