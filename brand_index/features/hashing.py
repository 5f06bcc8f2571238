"""Perceptual hashes of whole images under the eight dihedral transforms; no search and no policy.

A hash finds an unedited copy at almost no cost. It cannot find a part of an image, and a flat image has none.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

from brand_index.images import RGBImage

Corners = NDArray[np.float32]
"""(4, 2) of x, y: top left, top right, bottom right, bottom left, as shares of width and height."""


@dataclass(frozen=True, slots=True)
class DihedralTransform:
    """One of the eight symmetries of a rectangle: a left-right flip or none, then quarter turns anticlockwise."""

    mirrored: bool
    quarters: int

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The (H, W, …) image transformed; contiguous."""
        flipped = image[:, ::-1] if self.mirrored else image
        return np.ascontiguousarray(np.rot90(flipped, self.quarters))

    def corners(self) -> Corners:
        """The corners that the transform brings to top left, top right, bottom right and bottom left."""
        square = np.array([[[0, 0], [1, 0]], [[0, 1], [1, 1]]], np.float32)
        flipped = square[:, ::-1] if self.mirrored else square
        rotated = np.rot90(flipped, self.quarters)
        return np.stack([rotated[0, 0], rotated[0, 1], rotated[1, 1], rotated[1, 0]])


# In the order of pdqhash.compute_dihedral, which a test checks.
TRANSFORMS: Final = (
    DihedralTransform(False, 0),
    DihedralTransform(False, 1),
    DihedralTransform(False, 2),
    DihedralTransform(False, 3),
    DihedralTransform(True, 2),
    DihedralTransform(True, 0),
    DihedralTransform(True, 1),
    DihedralTransform(True, 3),
)


class Hasher(Protocol):
    """The interface of hashers."""

    name: str
    bits: int  # a multiple of 8
    max_distance: int  # bits, inclusive, up to which a reference is a candidate

    def hashes(self, image: RGBImage) -> NDArray[np.uint8] | None:
        """The packed hashes, (8, bits / 8), one for each of TRANSFORMS; None: the image is too flat for a hash."""
        ...


class PdqHasher:
    """PDQ (Facebook 2019, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm").

    The image is first resized to 256 px, in a sixth of the time that the usual 512 px take. References and listings are
    resized alike, so distances keep their meaning.
    """

    name = "pdq"
    bits = 256
    max_distance = 60  # 31 is the method's own "same image"; beyond it geometry must verify the candidate
    side = 256
    least_quality = 20  # of 100; the method advises at least 50, which loses plain product photos

    def hashes(self, image: RGBImage) -> NDArray[np.uint8] | None:
        """Hash an image, as the protocol says."""
        small = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA)
        vectors, quality = pdqhash.compute_dihedral(small)
        if quality < self.least_quality:
            return None
        return np.packbits(np.asarray(vectors, np.uint8), axis=1)


class PerceptualHasher:
    """imagehash's pHash: the sign of the 64 lowest frequencies against their median (Zauner 2010)."""

    name = "phash"
    bits = 64
    max_distance = 8
    side = 32  # imagehash shrinks to this itself
    least_deviation = 1.5  # grey levels, below which the signs are noise

    def hashes(self, image: RGBImage) -> NDArray[np.uint8] | None:
        """Hash an image, as the protocol says."""
        small = cv2.cvtColor(
            cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
        )
        grey = np.asarray(small, np.uint8)
        if grey.std() < self.least_deviation:
            return None
        signs = [_signs(transform.apply(grey)) for transform in TRANSFORMS]
        return np.packbits(np.asarray(signs, np.uint8).reshape(len(TRANSFORMS), -1), axis=1)


def _signs(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The (8, 8) signs of imagehash's pHash of a (32, 32) image.

    imagehash imports SciPy when it is first asked, which takes a quarter of a second. So it is asked only where its own
    rounding decides: in a symmetric image half of the frequencies are zero, and with them the median.
    """
    lowest = _LOWEST @ grey @ _LOWEST.T
    middle = np.partition(lowest, (31, 32), axis=None)[31:33]
    if middle[1] - middle[0] < _ROUNDED:
        return np.asarray(imagehash.phash(Image.fromarray(grey)).hash)
    return np.asarray(lowest > middle.mean())


# The 8 lowest of 32 frequencies of the cosine transform (DCT-II), by 32 pixels.
_LOWEST: Final = 2 * np.cos(np.pi / 64 * np.outer(np.arange(8), 2 * np.arange(32) + 1))
_ROUNDED: Final = 1e-6  # of sums up to a million, which double precision rounds by far less
PDQ: Final[Hasher] = PdqHasher()
HASHERS: Final[tuple[Hasher, ...]] = (PDQ, PerceptualHasher())
