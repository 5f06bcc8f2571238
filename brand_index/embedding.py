"""Pictures to unit vectors: the Embedder protocol and the one that runs an ONNX file; no training, no search."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable
from brand_index.images import RGBImage

MODELS: Final = Path(__file__).parent / "models"
MANIFEST: Final = MODELS / "manifest.json"
BATCH: Final = 8  # crops a run: more gains nothing on a CPU and costs memory


class Embedder(Protocol):
    """What every embedder states, and the one thing that it does."""

    name: str
    dimensions: int
    fingerprint: str  # changes whenever the same pixels could give another vector

    def embed(self, crops: Sequence[RGBImage]) -> NDArray[np.float32]:
        """N pictures of any size to (N, dimensions) of unit length; (0, dimensions) for none."""
        ...


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One manifest entry: a file of weights, and what it takes and gives."""

    name: str
    path: Path
    sha256: str
    side: int  # pixels: crops are squashed to a square of this
    dimensions: int


def read_manifest(manifest: Path = MANIFEST) -> ModelFile:
    """The embedder that `manifest` names. Raises ModelUnusable when it cannot be read or lacks a field."""
    try:
        entry = json.loads(manifest.read_text("utf-8"))["embedder"]
        return ModelFile(
            name=str(entry["name"]),
            path=manifest.parent / str(entry["file"]),
            sha256=str(entry["sha256"]),
            side=int(entry["side"]),
            dimensions=int(entry["dimensions"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(
            f"{manifest}: no usable model manifest ({type(error).__name__}: {error}). "
            'It needs {"embedder": {"name", "file", "sha256", "side", "dimensions"}}.'
        ) from error


class OnnxEmbedder:
    """Runs one ONNX file on the CPU: uint8 (N, side, side, 3) in, float32 (N, dimensions) of unit length out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Raises ModelUnusable when the file is missing, is not the one that the manifest names, or does not open."""
        try:
            weights = model.path.read_bytes()
        except OSError as error:
            raise ModelUnusable(f"{model.path}: cannot read the weights ({error.strerror}). Install again.") from error
        digest = hashlib.sha256(weights).hexdigest()
        if digest != model.sha256:
            raise ModelUnusable(
                f"{model.path}: sha256 is {digest}, the manifest says {model.sha256}. "
                "Install again, or name the new file's sha256 in the manifest."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own classes, which share no public base
            raise ModelUnusable(f"{model.path}: ONNX Runtime cannot open it ({error}). Export it again.") from error
        self._input = self._session.get_inputs()[0].name
        self._side = model.side
        self.name = model.name
        self.dimensions = model.dimensions
        self.fingerprint = f"{model.sha256[:16]}-squash{model.side}"

    def embed(self, crops: Sequence[RGBImage]) -> NDArray[np.float32]:
        """As the protocol says."""
        vectors = np.empty((len(crops), self.dimensions), np.float32)
        for start in range(0, len(crops), BATCH):
            batch = np.stack([_squashed(crop, self._side) for crop in crops[start : start + BATCH]])
            vectors[start : start + len(batch)] = self._session.run(None, {self._input: batch})[0]
        return vectors


def _squashed(crop: RGBImage, side: int) -> RGBImage:
    """(H, W, 3) to (side, side, 3), its proportions given up: a wide wordmark keeps its letters."""
    shrinking = crop.shape[0] > side or crop.shape[1] > side
    resized = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)
