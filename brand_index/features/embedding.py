"""Embeds crops of marks and whole photos as unit vectors: the Embedder protocol and its ONNX implementation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable
from brand_index.features.background import Background, Levels
from brand_index.features.photo_descriptor import PhotoDescriptor, photo_fingerprint
from brand_index.features.photos.bank import NO_MATERIAL, MaterialBank
from brand_index.features.vectors import OwnNetwork, Projection
from brand_index.features.weights import Manifest
from brand_index.images import RGBImage

BATCH: Final = 16  # crops in one run: more gain nothing on a CPU and cost memory


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The embeddings of N crops."""

    vectors: NDArray[np.float32]  # (N, dimensions) of unit length, one for each crop
    patches: NDArray[np.int8]  # (N, P, W) of length 127: one for each of P patches of a crop, for a CropMatcher


class Embedder(Protocol):
    """The interface of embedders."""

    name: str
    dimensions: int
    photo_dimensions: int  # of a whole photo's vector; 0: photos are not embedded
    fingerprint: str  # changes whenever the same pixels could give another vector, or a vector another level
    background: Background  # of photos
    material_background: Background | None  # of listing material; None: there is no such bank
    material: MaterialBank  # keypoints of listing material

    def embed(self, crops: Sequence[RGBImage]) -> Embedded:
        """Embed N images of any size, or none."""
        ...

    def embed_photos(self, photos: Sequence[RGBImage]) -> NDArray[np.float32]:
        """The unit vectors, (N, photo_dimensions), of N whole images."""
        ...


class OnnxEmbedder:
    """Runs one ONNX file on the CPU: uint8 (N, side, side, 3) in; float32 (N, dimensions), int8 (N, P, W) out.

    Where the manifest names a network of the user's, its vectors take the place of that file's, whose patches stay.
    """

    def __init__(self, manifest: Manifest, *, threads: int = 1) -> None:
        """Load the files. Raises ModelUnusable when one is missing, differs from the manifest or does not open."""
        model = manifest.embedder
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._side = model.side
        blank = np.zeros((1, model.side, model.side, 3), np.uint8)  # the shapes in a graph may be symbolic
        self._patches = self._session.run(None, {self._input: blank})[1].shape[1:]
        self.name = model.name
        self.dimensions: int = model.dimensions
        self.background = Background.from_bytes(manifest.background.read(), name=str(manifest.background.path))
        self.fingerprint = embedder_fingerprint(manifest)
        self.material_background = None
        if (material := manifest.material_background) is not None:
            self.material_background = Background.from_bytes(material.read(), name=str(material.path))
        self.material = NO_MATERIAL
        if manifest.material is not None:
            kept = manifest.material.read()
            self.material = MaterialBank.from_bytes(kept, name=str(manifest.material.path))
        self._own: OwnNetwork | None = None
        self._projection: Projection | None = None
        if manifest.vectors is not None and manifest.projection is not None:
            self._own = OwnNetwork(manifest.vectors, threads=threads)
            kept = manifest.projection.read()
            self._projection = Projection.from_bytes(kept, name=str(manifest.projection.path))
            if len(self._projection.mean) != self._own.dimensions:
                raise ModelUnusable(
                    f"{manifest.projection.path}: is for vectors of {len(self._projection.mean)} numbers, and "
                    f"{manifest.vectors.path} gives {self._own.dimensions}. Run `markscan models adapt` again."
                )
            self.name, self.dimensions = manifest.vectors.name, self._projection.dimensions
        self._photos = None if manifest.photos is None else PhotoDescriptor(manifest.photos)
        self.photo_dimensions = 0 if self._photos is None else self._photos.dimensions

    def embed(self, crops: Sequence[RGBImage]) -> Embedded:
        """Embed crops, as the protocol says."""
        vectors = np.empty((len(crops), self.dimensions), np.float32)
        patches = np.empty((len(crops), *self._patches), np.int8)
        for start in range(0, len(crops), BATCH):
            batch = np.stack([_resized(crop, self._side) for crop in crops[start : start + BATCH]])
            part = slice(start, start + len(batch))
            made, patches[part] = self._session.run(None, {self._input: batch})
            if self._own is None:
                vectors[part] = made
        if self._own is not None and self._projection is not None:
            vectors = self._projection.apply(self._own.describe(crops))
        return Embedded(vectors, patches)

    def embed_photos(self, photos: Sequence[RGBImage]) -> NDArray[np.float32]:
        """Embed whole images, as the protocol says."""
        if self._photos is None:
            return np.zeros((len(photos), 0), np.float32)
        return self._photos.describe(photos)


def embedder_fingerprint(manifest: Manifest) -> str:
    """The fingerprint of the embedder of these files, none of which is read."""
    model = manifest.embedder
    parts = [model.sha256[:16], manifest.background.sha256[:8], f"squash{model.side}"]
    parts += [each.sha256[:8] for each in (manifest.material_background, manifest.material) if each is not None]
    if manifest.vectors is not None and manifest.projection is not None:
        parts += [f"own{manifest.vectors.sha256[:16]}", manifest.projection.sha256[:8]]
    if manifest.photos is not None:
        parts.append(photo_fingerprint(manifest.photos))
    return "-".join(parts)


@lru_cache(maxsize=2)
def shared_embedder(manifest: Manifest) -> OnnxEmbedder:
    """The embedder of these files on one thread, which all of a process share. Raises ModelUnusable."""
    return OnnxEmbedder(manifest)


def levels_of(views: NDArray[np.float32], embedder: Embedder) -> Levels:
    """The background levels of a mark with these (V, D) views."""
    material = embedder.material_background
    return Levels(embedder.background.level(views), None if material is None else material.level(views))


def _resized(crop: RGBImage, side: int) -> RGBImage:
    """A (H, W, 3) crop as (side, side, 3), without its aspect ratio: a wide word mark keeps its letters."""
    shrinking = crop.shape[0] > side or crop.shape[1] > side
    resized = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)
