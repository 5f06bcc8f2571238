"""Embeds whole photos by a TorchScript file that the marketplace provides, such as SSCD's; none ships.

The only importer of torch, and only where the manifest names such a file.
"""

import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable
from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage

# Of ImageNet, as SSCD (Pizzi et al. 2022) and most other descriptors normalize their input.
MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION: Final = np.array([0.229, 0.224, 0.225], np.float32)
USUAL_SIDE: Final = 320  # pixels: what SSCD's authors use without the aspect ratio


def photo_fingerprint(model: ModelFile) -> str:
    """The identity of the vectors that a file gives, which is not read."""
    return f"{model.sha256[:16]}-whole{_side(model)}"


class PhotoDescriptor:
    """Runs one TorchScript file on the CPU: float32 (N, 3, side, side), ImageNet's scale, in; float32 (N, D) out."""

    def __init__(self, model: ModelFile) -> None:
        """Load the file. Raises ModelUnusable: torch or the file is missing, or the file differs or fails."""
        data, torch = model.read(), _torch(model)
        self._torch: Any = torch
        self._side = _side(model)
        try:
            self._network = _loaded(torch, data)
            self.dimensions = self._run([np.zeros((8, 8, 3), np.uint8)]).shape[1]
        except (RuntimeError, ValueError, IndexError, TypeError, AttributeError) as error:
            reason = str(error).strip().splitlines()[-1]
            raise ModelUnusable(
                f"{model.path}: is no TorchScript network from (N, 3, {self._side}, {self._side}) to (N, D) "
                f"({reason}). Save it by torch.jit.save."
            ) from error

    def describe(self, photos: Sequence[RGBImage]) -> NDArray[np.float32]:
        """The unit vectors, (N, dimensions), of N images of any size, or none."""
        if not photos:
            return np.zeros((0, self.dimensions), np.float32)
        vectors = self._run(photos)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)

    def _run(self, photos: Sequence[RGBImage]) -> NDArray[np.float32]:
        size = (self._side, self._side)
        resized = np.stack([cv2.resize(photo, size, interpolation=cv2.INTER_AREA) for photo in photos])
        scaled = (resized.astype(np.float32) / 255 - MEAN) / DEVIATION
        with self._torch.inference_mode():
            output = self._network(self._torch.from_numpy(np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))))
        vectors = np.asarray(output.numpy(), np.float32)
        if vectors.ndim != 2 or len(vectors) != len(photos):
            raise ValueError(f"gives {vectors.shape} for {len(photos)} images")
        return vectors


def open_torchscript(model: ModelFile, *, threads: int = 1) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """A function that runs a TorchScript file on batches. Raises ModelUnusable where torch is missing, or it is none.

    What the network itself raises for a batch is not caught.
    """
    data, torch = model.read(), _torch(model)
    try:
        network = _loaded(torch, data)
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelUnusable(
            f"{model.path}: is no TorchScript file ({reason}). Save it by torch.jit.save, or export it to ONNX."
        ) from error
    torch.set_num_threads(threads)

    def run(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(batch)).numpy(), np.float32)

    return run


def _torch(model: ModelFile) -> Any:
    try:
        import torch  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise ModelUnusable(
            f"{model.path}: a TorchScript file needs torch. Install it: pip install 'markscan[torch]'."
        ) from error
    return torch


def _loaded(torch: Any, data: bytes) -> Any:
    with warnings.catch_warnings():  # torch deprecates TorchScript, the format of the published files
        warnings.simplefilter("ignore", FutureWarning)
        return torch.jit.load(io.BytesIO(data), map_location="cpu").eval()


def _side(model: ModelFile) -> int:
    return model.side or USUAL_SIDE
