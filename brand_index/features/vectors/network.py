"""Runs a network of the user's own that embeds images, an ONNX or a TorchScript file; none ships."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable
from brand_index.features.photo_descriptor import open_torchscript
from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage

BATCH: Final = 16  # crops in one run
LEAST_DIMENSIONS: Final = 8
ONNX: Final = ".onnx"  # the suffix; any other file is TorchScript
_Floats = NDArray[np.float32]


class OwnNetwork:
    """Runs one file on the CPU: float32 (N, 3, side, side) in, 0 to 1, less a mean, over a deviation; (N, D) out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Load the file and try it. Raises ModelUnusable, with what is wrong and how to export it."""
        self._model, self._one_by_one = model, False
        self._run = self._onnx(threads) if model.path.suffix.lower() == ONNX else self._torchscript(threads)
        tried = self._checked(self._outcome(self._scaled(_two_images(model.side))), 2)
        self.dimensions = tried.shape[1]
        if self.dimensions < LEAST_DIMENSIONS:
            raise self._unusable(f"gives {self.dimensions} numbers for an image, and {LEAST_DIMENSIONS} are the least")
        if np.allclose(tried[0], tried[1], rtol=1e-4, atol=1e-6):
            raise self._unusable("gives the same numbers for two different images")

    def describe(self, crops: Sequence[RGBImage]) -> _Floats:
        """The unit vectors, (N, dimensions), of N images of any size, or none. Raises ModelUnusable for NaN."""
        vectors = np.empty((len(crops), self.dimensions), np.float32)
        for start in range(0, len(crops), BATCH):
            some = crops[start : start + BATCH]
            vectors[start : start + len(some)] = self._checked(self._outcome(self._scaled(some)), len(some))
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)

    def _scaled(self, crops: Sequence[RGBImage]) -> _Floats:
        side = self._model.side
        batch = np.stack([_resized(each, side) for each in crops]).astype(np.float32) / 255
        scaled = (batch - np.array(self._model.mean, np.float32)) / np.array(self._model.deviation, np.float32)
        return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2), np.float32)

    def _outcome(self, batch: _Floats) -> Any:
        if not self._one_by_one:
            return self._run(batch)
        return np.concatenate([np.asarray(self._run(each[None])) for each in batch])

    def _checked(self, output: Any, count: int) -> _Floats:
        made = np.asarray(output)
        if made.ndim != 2 or len(made) != count:
            raise self._unusable(f"gives an output of shape {made.shape} for {count} images, not ({count}, D)")
        if not np.isfinite(made).all():
            raise self._unusable("gives NaN or infinite numbers")
        return np.asarray(made, np.float32)

    def _torchscript(self, threads: int) -> Callable[[_Floats], Any]:
        run = open_torchscript(self._model, threads=threads)

        def guarded(batch: _Floats) -> Any:
            try:
                return run(batch)
            except (RuntimeError, ValueError, TypeError, AttributeError) as error:
                raise self._unusable(f"cannot run ({str(error).strip().splitlines()[-1]})") from error

        return guarded

    def _onnx(self, threads: int) -> Callable[[_Floats], Any]:
        session = self._model.session(threads=threads)
        inputs, outputs, side = session.get_inputs(), session.get_outputs(), self._model.side
        if len(inputs) != 1 or len(outputs) != 1:
            raise self._unusable(f"has {len(inputs)} inputs and {len(outputs)} outputs, and one of each is needed")
        shape = inputs[0].shape
        if inputs[0].type != "tensor(float)" or len(shape) != 4:
            raise self._unusable(f"takes {inputs[0].type} of shape {shape}, not float32 (N, 3, {side}, {side})")
        fixed = [size if isinstance(size, int) else None for size in shape]
        if fixed[1] not in (None, 3):
            raise self._unusable(f"takes images of shape {shape}, and colours come first: (N, 3, {side}, {side})")
        for size in (fixed[2], fixed[3]):
            if size not in (None, side):
                raise self._unusable(f"takes images of {size} pixels, and --size is {side}: give --size {size}")
        if fixed[0] not in (None, 1):
            raise self._unusable(
                f"takes exactly {fixed[0]} images at once: export it with a free batch size, or with 1"
            )
        self._one_by_one = fixed[0] == 1
        name = inputs[0].name

        def run(batch: _Floats) -> Any:
            try:
                return session.run(None, {name: batch})[0]
            except Exception as error:  # onnxruntime raises its own classes, which share no public base
                raise self._unusable(f"cannot run ({str(error).strip().splitlines()[-1]})") from error

        return run

    def _unusable(self, how: str) -> ModelUnusable:
        side = self._model.side
        return ModelUnusable(
            f"{self._model.path}: {how}. It must take float32 (N, 3, {side}, {side}) and give float32 (N, D): "
            'see "Your own embedder" in docs/guide/own-embedder.md.'
        )


def _two_images(side: int) -> list[RGBImage]:
    """Noise, and a ramp of colours."""
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3)).astype(np.uint8)
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    return [noise, np.stack(np.broadcast_arrays(ramp[:, None], ramp[None], ramp[::-1, None]), axis=2)]


def _resized(crop: RGBImage, side: int) -> RGBImage:
    """A (H, W, 3) crop as (side, side, 3), without its aspect ratio, as the shipped embedder takes it."""
    shrinking = crop.shape[0] > side or crop.shape[1] > side
    resized = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)
    return np.asarray(resized, np.uint8)
