"""Crops of marks, and whole photos, to unit vectors: the Embedder protocol and the one that runs an ONNX file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Background
from brand_index.features.photo_descriptor import PhotoDescriptor
from brand_index.features.weights import Manifest
from brand_index.images import RGBImage

BATCH: Final = 16  # crops a run: more gains nothing on a CPU and costs memory


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """N crops as an embedder sees them."""

    vectors: NDArray[np.float32]  # (N, dimensions) of unit length: the crop as a whole
    patches: NDArray[np.int8]  # (N, P, W), of length 127: what lies at each of P places of the crop, for a CropMatcher


class Embedder(Protocol):
    """What every embedder states, and the one thing that it does."""

    name: str
    dimensions: int
    photo_dimensions: int  # of a whole photo's vector; 0: photos are not embedded
    fingerprint: str  # changes whenever the same pixels could give another vector, or a vector another rarity
    background: Background

    def embed(self, crops: Sequence[RGBImage]) -> Embedded:
        """N images of any size, or none."""
        ...

    def embed_photos(self, photos: Sequence[RGBImage]) -> NDArray[np.float32]:
        """(N, photo_dimensions) of unit length: each of N images as a whole."""
        ...


class OnnxEmbedder:
    """Runs one ONNX file on the CPU: uint8 (N, side, side, 3) in; float32 (N, dimensions), int8 (N, P, W) out."""

    def __init__(self, manifest: Manifest, *, threads: int = 1) -> None:
        """Raises ModelUnusable when a file is missing, is not the one that the manifest names, or does not open."""
        model = manifest.embedder
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = model.side
        blank = np.zeros((1, model.side, model.side, 3), np.uint8)  # shapes that a graph states may be symbols
        self._patches = self._session.run(None, {self._input: blank})[1].shape[1:]
        self.name = model.name
        self.dimensions = model.dimensions
        self.background = Background.from_bytes(manifest.background.read(), name=str(manifest.background.path))
        self.fingerprint = f"{model.sha256[:16]}-{manifest.background.sha256[:8]}-squash{model.side}"
        self._photos = None if manifest.photos is None else PhotoDescriptor(manifest.photos)
        self.photo_dimensions = 0
        if self._photos is not None:
            self.photo_dimensions = self._photos.dimensions
            self.fingerprint += f"-{self._photos.fingerprint}"

    def embed(self, crops: Sequence[RGBImage]) -> Embedded:
        """As the protocol says."""
        vectors = np.empty((len(crops), self.dimensions), np.float32)
        patches = np.empty((len(crops), *self._patches), np.int8)
        for start in range(0, len(crops), BATCH):
            batch = np.stack([_squashed(crop, self._side) for crop in crops[start : start + BATCH]])
            part = slice(start, start + len(batch))
            vectors[part], patches[part] = self._session.run(None, {self._input: batch})
        return Embedded(vectors, patches)

    def embed_photos(self, photos: Sequence[RGBImage]) -> NDArray[np.float32]:
        """As the protocol says."""
        if self._photos is None:
            return np.zeros((len(photos), 0), np.float32)
        return self._photos.describe(photos)


def _squashed(crop: RGBImage, side: int) -> RGBImage:
    """(H, W, 3) to (side, side, 3), its proportions given up: a wide wordmark keeps its letters."""
    shrinking = crop.shape[0] > side or crop.shape[1] > side
    resized = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)
