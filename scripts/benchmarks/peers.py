"""Ready-made image retrieval methods that are compared with Markscan; the product uses none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Protocol

import cv2
import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

from benchmarks.records import Prediction, best_of_each
from brand_index.images import RGBImage
from scanner.engine.boxes import Box

KEPT: Final = 20  # nearest references that a peer names a query; further ones would only lengthen the files


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """An image, (H, W, 3) uint8 sRGB, under the name that predictions use."""

    name: str
    image: RGBImage


class PeerUnavailable(Exception):
    """This peer cannot run here; the message says what it lacks."""


class Peer(Protocol):
    """A system under comparison."""

    name: str
    operating_point: float | None  # a score at or over it is a match, as its makers advise; None: they name no number

    def index(self, references: Sequence[Labelled]) -> None:
        """Take `references` in; several may have one name. Raises PeerUnavailable."""
        ...

    def score(self, query: Labelled) -> list[Prediction]:
        """The nearest references of `query`, at most one prediction a name, in any order."""
        ...


class HashPeer:
    """Nearest by Hamming distance; the score is the distance in bits, negated."""

    def __init__(self, name: str, bits: Callable[[RGBImage], NDArray[np.bool_]], distance: int) -> None:
        """`bits` gives an image's hash as (B,) booleans; up to `distance` is a match."""
        self.name = name
        self.operating_point: float | None = -float(distance)
        self._bits = bits
        self._names: list[str] = []
        self._hashes = np.empty((0, 0), bool)

    def index(self, references: Sequence[Labelled]) -> None:
        """As the protocol says."""
        self._names = [reference.name for reference in references]
        self._hashes = np.stack([self._bits(reference.image) for reference in references])

    def score(self, query: Labelled) -> list[Prediction]:
        """As the protocol says."""
        distances = np.count_nonzero(self._hashes != self._bits(query.image), axis=1)
        return _nearest(query.name, self._names, (-distances).astype(np.float64))


def phash() -> HashPeer:
    """imagehash's pHash of 64 bits; up to 10 bits apart is a match, its users' habit."""
    return HashPeer("pHash (imagehash)", lambda image: imagehash.phash(Image.fromarray(image)).hash.ravel(), 10)


def pdq() -> HashPeer:
    """PDQ of 256 bits (ThreatExchange); up to 31 bits apart is a match, as its authors advise."""
    return HashPeer("PDQ", lambda image: np.asarray(pdqhash.compute(np.ascontiguousarray(image))[0], bool), 31)


def imagededup_phash() -> HashPeer:
    """The pHash of imagededup, at its default distance of 10. Raises PeerUnavailable."""
    if find_spec("imagededup") is None:
        raise PeerUnavailable("imagededup is not installed")
    from imagededup.methods import PHash  # noqa: PLC0415 - imports torch

    hasher = PHash(verbose=False)

    def bits(image: RGBImage) -> NDArray[np.bool_]:
        digest = bytes.fromhex(hasher.encode_image(image_array=image))
        return np.unpackbits(np.frombuffer(digest, np.uint8)).astype(bool)

    return HashPeer("imagededup PHash", bits, 10)


class EmbeddingPeer:
    """Nearest by cosine between an embedding of the reference and one of the query or any of its tiles."""

    def __init__(
        self,
        name: str,
        embed: Callable[[Sequence[RGBImage]], NDArray[np.float32]],
        *,
        tiles_across: Sequence[int],
        operating_point: float | None = None,
    ) -> None:
        """`embed` gives (N, D) of unit length; for each n of `tiles_across`, (2n - 1)² tiles."""
        self.name = name
        self.operating_point = operating_point
        self._embed = embed
        self._across = tuple(tiles_across)
        self._names: list[str] = []
        self._vectors = np.empty((0, 0), np.float32)

    def index(self, references: Sequence[Labelled]) -> None:
        """As the protocol says."""
        self._names = [reference.name for reference in references]
        self._vectors = np.concatenate([self._embed([reference.image]) for reference in references])

    def score(self, query: Labelled) -> list[Prediction]:
        """As the protocol says; the box is the tile's."""
        boxes = tiles(query.image.shape[1], query.image.shape[0], self._across)
        vectors = self._embed([query.image[box.top : box.bottom, box.left : box.right] for box in boxes])
        cosines = self._vectors @ vectors.T
        where = [boxes[tile] for tile in cosines.argmax(axis=1)]
        return _nearest(query.name, self._names, cosines.max(axis=1).astype(np.float64), where)


def imagededup_cnn() -> EmbeddingPeer:
    """The CNN of imagededup (MobileNetV3 of ImageNet) at its default cosine of 0.9. Raises PeerUnavailable."""
    if find_spec("imagededup") is None:
        raise PeerUnavailable("imagededup is not installed")
    from imagededup.methods import CNN  # noqa: PLC0415 - imports torch

    try:
        network = CNN(verbose=False)
    except OSError as error:
        raise PeerUnavailable("weights not available offline") from error

    def embed(crops: Sequence[RGBImage]) -> NDArray[np.float32]:
        vectors = np.concatenate([np.asarray(network.encode_image(image_array=crop)) for crop in crops])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    return EmbeddingPeer("imagededup CNN", embed, tiles_across=(1,), operating_point=0.9)


class SiftPeer:
    """SIFT against every reference, Lowe's ratio test, a homography by RANSAC; the score is its inliers."""

    def __init__(self, *, keypoints: int = 300, ratio: float = 0.8, tolerance: float = 5.0) -> None:
        """`keypoints` of each image, `ratio` as Lowe (2004), `tolerance` of the homography in pixels."""
        self.name = "SIFT + RANSAC, every reference"
        self.operating_point: float | None = None
        self._sift = cv2.SIFT.create(keypoints)
        self._ratio = ratio
        self._tolerance = tolerance
        self._matcher = cv2.BFMatcher(cv2.NORM_L2)
        self._references: list[tuple[str, tuple[int, int], NDArray[np.float32], NDArray[np.float32]]] = []

    def index(self, references: Sequence[Labelled]) -> None:
        """As the protocol says."""
        self._references = [
            (reference.name, reference.image.shape[:2], *self._describe(reference.image)) for reference in references
        ]

    def score(self, query: Labelled) -> list[Prediction]:
        """As the protocol says; the box is where the homography puts the reference."""
        points, descriptors = self._describe(query.image)
        found = []
        for name, shape, reference_points, reference_descriptors in self._references:
            pairs = self._pairs(reference_descriptors, descriptors)
            if len(pairs) < 4:
                continue
            sources, targets = reference_points[pairs[:, 0]], points[pairs[:, 1]]
            geometry, kept = cv2.findHomography(sources, targets, cv2.RANSAC, self._tolerance)
            if geometry is None:
                continue
            box = _projected_box(np.asarray(geometry, np.float64), shape, query.image.shape[:2])
            found.append(Prediction(query.name, name, float(np.count_nonzero(kept)), box))
        return sorted(best_of_each(found), key=lambda each: -each.score)[:KEPT]

    def _describe(self, image: RGBImage) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        keypoints, descriptors = self._sift.detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None)
        if descriptors is None:
            return np.empty((0, 2), np.float32), np.empty((0, 128), np.float32)
        return np.array([keypoint.pt for keypoint in keypoints], np.float32), np.asarray(descriptors, np.float32)

    def _pairs(self, reference: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.intp]:
        if len(reference) < 4 or len(query) < 2:
            return np.empty((0, 2), np.intp)
        nearest = self._matcher.knnMatch(reference, query, k=2)
        kept = [
            (first.queryIdx, first.trainIdx)
            for first, second in nearest
            if first.distance < self._ratio * second.distance
        ]
        return np.array(kept, np.intp).reshape(-1, 2)


def tiles(width: int, height: int, across: Sequence[int]) -> list[Box]:
    """For each n of `across`, the (2n - 1)² tiles of 1/n of each side, each overlapping its neighbours by half."""
    boxes = []
    for count in across:
        for row in range(2 * count - 1):
            for column in range(2 * count - 1):
                left, top = width * column // (2 * count), height * row // (2 * count)
                boxes.append(
                    Box(left, top, min(width, left + -(-width // count)), min(height, top + -(-height // count)))
                )
    return boxes


def _nearest(
    query: str, names: Sequence[str], scores: NDArray[np.float64], boxes: Sequence[Box] | None = None
) -> list[Prediction]:
    order = np.argsort(-scores, kind="stable")[: 2 * KEPT]
    found = [Prediction(query, names[row], float(scores[row]), boxes[row] if boxes else None) for row in order]
    return best_of_each(found)[:KEPT]


def _projected_box(geometry: NDArray[np.float64], shape: tuple[int, int], within: tuple[int, int]) -> Box:
    height, width = shape
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    placed = np.nan_to_num(np.asarray(cv2.perspectiveTransform(corners, geometry))[0])
    left, top = np.clip(placed.min(axis=0), 0, (within[1], within[0]))
    right, bottom = np.clip(placed.max(axis=0), 0, (within[1], within[0]))
    return Box(int(left), int(top), int(right), int(bottom))


def available(makers: Sequence[tuple[str, Callable[[], Any]]]) -> tuple[list[Peer], list[tuple[str, str]]]:
    """The peers that can run here, and (name, what it lacks) of those that cannot."""
    peers: list[Peer] = []
    missing: list[tuple[str, str]] = []
    for name, make in makers:
        try:
            peers.append(make())
        except PeerUnavailable as error:
            missing.append((name, str(error)))
    return peers, missing
