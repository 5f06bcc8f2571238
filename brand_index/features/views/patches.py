"""The patches of a view in few bytes: decorrelated, rounded and packed; what they are compared for is not known here.

The numbers of a patch go to a basis in which those of logos are independent (Karhunen and Loève), and each of these
over the view to cosines (DCT, Ahmed, Natarajan and Rao 1974). Most are then nearly nothing, and all are rounded to one
step. Both transforms are rotations: what a patch loses is what was rounded, whatever network it comes from.
"""

import hashlib
import math
import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import brand_index
from brand_index.errors import ModelUnusable

STEP: Final = 20.0  # of the numbers; the length of a patch is 127
BASIS: Final = Path(brand_index.__file__).parent / "models" / "patch_basis.npy"
SHA256: Final = "d137f1dc439fb6207c1e22f5529b6ad33075c40d784892d1c4a337a2f409e6c6"
_PACKED: Final = b"\x01"  # what it begins with; zlib, and so the patches of format 13, begin otherwise


def packed_patches(patches: NDArray[np.int8]) -> bytes:
    """The patches, (P, W), of a view as bytes."""
    mean, basis = _basis(patches.shape[1])
    numbers = (patches.astype(np.float32) - mean) @ basis.T
    rounded = np.clip(np.round(_cosines(len(patches)) @ numbers / STEP), -127, 127).astype(np.int8)
    packing = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)  # repeated bytes are zeros alone
    shape = np.array(patches.shape, np.uint16).tobytes()
    return _PACKED + shape + packing.compress(rounded.T.tobytes()) + packing.flush()


def unpacked_patches(data: bytes) -> NDArray[np.int8]:
    """The (P, W) patches that `packed_patches` made these bytes of, nearly; packed again they are the same.

    Raises ValueError.
    """
    try:
        if not data.startswith(_PACKED):
            return _of_format_13(zlib.decompress(data))
        count, width = np.frombuffer(data, np.uint16, 2, 1).tolist()
        rounded = np.frombuffer(zlib.decompress(data[5:]), np.int8).reshape(width, count).T
    except zlib.error as error:
        raise ValueError(f"no patches: {error}") from error
    mean, basis = _basis(width)
    numbers = _cosines(count).T @ (rounded.astype(np.float32) * np.float32(STEP))
    return np.asarray(np.clip(np.round(numbers @ basis + mean), -127, 127), np.int8)


def _of_format_13(data: bytes) -> NDArray[np.int8]:
    """Patches of four bits a number, three standard deviations being 8 steps."""
    count, width = np.frombuffer(data, np.uint16, 2).tolist()
    halves = np.frombuffer(data, np.uint8, offset=4)
    codes = np.stack([halves & 15, halves >> 4], axis=1).ravel()[: count * width].astype(np.int16)
    step = max(1, round(3 * 127 / math.sqrt(max(width, 1)) / 8))
    signed = np.where(codes > 7, codes - 16, codes)
    return np.asarray(np.clip(signed * step, -127, 127), np.int8).reshape(count, width)


@cache
def _learnt() -> NDArray[np.float32]:
    """The mean patch of logos and the basis below it, (1 + W, W). Raises ModelUnusable."""
    try:
        data = BASIS.read_bytes()
    except OSError as error:
        raise ModelUnusable(f"{BASIS}: cannot be read ({error.strerror}). Install again.") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelUnusable(f"{BASIS}: is not the file that ships, for its sha256 differs. Install again.")
    return np.asarray(np.load(BASIS, allow_pickle=False), np.float32)


def _basis(width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean, (W,), and the basis, (W, W), a row each; of patches as wide as no learnt ones they are as they are."""
    learnt = _learnt()
    if learnt.shape[1] != width:
        return np.zeros(width, np.float32), np.eye(width, dtype=np.float32)
    return learnt[0], learnt[1:]


@lru_cache(maxsize=4)
def _cosines(count: int) -> NDArray[np.float32]:
    """The cosines over a square of `count` patches, (P, P), the slowest first; of none that is a square: none."""
    side = math.isqrt(count)
    if side * side != count:
        return np.eye(count, dtype=np.float32)
    at = np.arange(side)
    line = np.cos(np.pi / side * at[:, None] * (at[None] + 0.5)) * math.sqrt(2 / max(side, 1))
    line[:1] /= math.sqrt(2)
    order = np.argsort((at[:, None] + at[None]).ravel(), kind="stable")
    return np.asarray(np.kron(line, line)[order], np.float32)
