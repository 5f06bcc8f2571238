"""Fields of a segment's references that differ in length, one after another in one file; one is read at a time."""

import zlib
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.features.goods import GOODS_SIDE, Goods
from brand_index.features.plates import read_plate, read_thumbnail
from brand_index.features.views.patches import unpacked_patches
from brand_index.images import RGBImage
from brand_index.index.parts.files import ColumnWriter, Writers, read_array

LEVEL: Final = 9  # of zlib: what is written once is read many times


class BytesPart:
    """Bytes for each reference in the catalog's order, or for each row of another part."""

    def __init__(self, data: NDArray[np.uint8], ends: NDArray[np.int64], name: Path) -> None:
        """`data` are all bytes; one's lie there between the end of that before it and its own, by `ends`."""
        self._data, self._ends, self._name = data, ends, name

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what a BytesWriter wrote; the bytes stay on disk until they are read. Raises IndexDamaged."""
        data, ends = read_array(folder / f"{name}.npy"), read_array(folder / f"{name}.ends.npy")
        if (int(ends[-1]) if len(ends) else 0) != len(data):
            raise IndexDamaged(folder / f"{name}.npy", f"{len(data)} bytes, and its ends say otherwise")
        return cls(data, ends, folder / f"{name}.npy")

    def __len__(self) -> int:
        """How many have bytes."""
        return len(self._ends)

    def bytes_of(self, position: int) -> NDArray[np.uint8]:
        """The bytes, (N,), at this position."""
        begin = int(self._ends[position - 1]) if position else 0
        return np.array(self._data[begin : int(self._ends[position])])

    def unpacked(self, position: int) -> bytes:
        """What `BytesWriter.add_packed` was given at this position. Raises IndexDamaged."""
        try:
            return zlib.decompress(self.bytes_of(position).tobytes())
        except zlib.error as error:
            raise IndexDamaged(self._name, f"cannot be read ({error} at {position})") from error

    def plate(self, position: int) -> RGBImage:
        """The plate at this position. Raises IndexDamaged."""
        try:
            return read_plate(self.bytes_of(position))
        except ValueError as error:
            raise IndexDamaged(self._name, f"cannot be read ({error} at {position})") from error

    def thumbnail(self, position: int) -> NDArray[np.uint8]:
        """The grey pixels of the thumbnail at this position. Raises IndexDamaged."""
        try:
            return read_thumbnail(self.bytes_of(position))
        except ValueError as error:
            raise IndexDamaged(self._name, f"cannot be read ({error} at {position})") from error

    def patches(self, row: int) -> NDArray[np.int8]:
        """The (P, W) patches of the view in this row. Raises IndexDamaged."""
        try:
            return unpacked_patches(self.bytes_of(row).tobytes())
        except ValueError as error:
            raise IndexDamaged(self._name, f"cannot be read ({error} in {row})") from error

    def goods(self, position: int) -> Goods:
        """The goods at this position. Raises IndexDamaged."""
        return np.frombuffer(self.unpacked(position), np.uint8).reshape(GOODS_SIDE, GOODS_SIDE)


class BytesWriter(Writers):
    """Writes a BytesPart."""

    def __init__(self, folder: Path, name: str) -> None:
        self._end = 0
        super().__init__(
            data=ColumnWriter(folder / f"{name}.npy", np.uint8),
            ends=ColumnWriter(folder / f"{name}.ends.npy", np.int64),
        )

    def add(self, data: NDArray[np.uint8]) -> None:
        """Add the bytes, (N,), of the next one."""
        self._end += len(data)
        self.append(data=data, ends=np.array([self._end]))

    def add_packed(self, data: bytes) -> None:
        """Add bytes that zlib makes fewer."""
        self.add(np.frombuffer(zlib.compress(data, LEVEL), np.uint8))
