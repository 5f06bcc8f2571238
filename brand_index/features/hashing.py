"""Perceptual hashes of whole images, with their eight mirrored and turned forms; no search and no policy.

A hash finds the untouched copy for next to nothing. It cannot see a part of an image, and says nothing of a flat one.
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
    """One of the eight ways to lay an image: mirrored left to right first or not, then quarter turns anticlockwise."""

    mirrored: bool
    quarters: int

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W, …) to the same pixels laid this way; contiguous."""
        laid = image[:, ::-1] if self.mirrored else image
        return np.ascontiguousarray(np.rot90(laid, self.quarters))

    def corners(self) -> Corners:
        """Where the corners lie that this turn brings to top left, top right, bottom right and bottom left."""
        square = np.array([[[0, 0], [1, 0]], [[0, 1], [1, 1]]], np.float32)
        laid = square[:, ::-1] if self.mirrored else square
        turned = np.rot90(laid, self.quarters)
        return np.stack([turned[0, 0], turned[0, 1], turned[1, 1], turned[1, 0]])


# The order in which pdqhash.compute_dihedral returns them; a test holds it against the package.
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
    """What every hasher states: its name, its length, and how far apart copies of one image may lie."""

    name: str
    bits: int  # a multiple of 8
    max_distance: int  # bits, inclusive: farther apart is no candidate

    def hashes(self, image: RGBImage) -> NDArray[np.uint8] | None:
        """(8, bits / 8) packed hashes, one for each of TURNS in order; None: too flat for a hash to mean anything."""
        ...


class PdqHasher:
    """PDQ (Facebook 2019, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm").

    The image is first squashed to 256 px: a sixth of the time of the 512 px that others take, for references and
    listings alike, so distances keep their meaning.
    """

    name = "pdq"
    bits = 256
    max_distance = 60  # 31 is the method's own "same image"; beyond it geometry must prove what the hash proposes
    side = 256
    least_quality = 20  # of 100; the method advises to drop under 50, which loses plain product photos

    def hashes(self, image: RGBImage) -> NDArray[np.uint8] | None:
        """As the protocol says."""
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
    least_deviation = 4.0  # grey levels; under it the signs are noise

    def hashes(self, image: RGBImage) -> NDArray[np.uint8] | None:
        """As the protocol says."""
        small = cv2.cvtColor(
            cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
        )
        grey = np.asarray(small, np.uint8)
        if grey.std() < self.least_deviation:
            return None
        laid = [imagehash.phash(Image.fromarray(turn.apply(grey))).hash for turn in TRANSFORMS]
        return np.packbits(np.asarray(laid, np.uint8).reshape(len(TRANSFORMS), -1), axis=1)


PDQ: Final[Hasher] = PdqHasher()
HASHERS: Final[tuple[Hasher, ...]] = (PDQ, PerceptualHasher())
