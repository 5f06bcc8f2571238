"""Scenes as a look of the region finder sees them, in files that training reads; it trains nothing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from brand_index.images import decode, read_bytes
from scanner.engine.canvas import canvas_of
from training.concealment.kept import KeptScenes
from training.concealment.scenes import Scene

FEATURES: Final = ("/Add_1_output_0", "/tower/tower.1/tower.1.4/Clip_output_0")  # 64 channels each at stride 8
CHANNELS: Final = 128
STRIDE: Final = 8  # pixels of the finder's input
WINDOW: Final = (320, 256)  # height and width: what a step of training sees of a canvas
PHOTO: Final = "photo"  # the kind of a photo as it is, without a patch


@dataclass(frozen=True, slots=True)
class Look:
    """At which size the finder looks, and which output says what it sees."""

    output: str
    canvas: tuple[int, int]  # height and width, pixels: all scenes are upright, so that they fit one another


FIRST: Final = Look("concealed", WINDOW)
AGAIN: Final = Look("concealed_again", (448, 352))


class Canvases:
    """Pixels, the finder's features and what is right of each cell, of as many scenes and photos as were kept."""

    def __init__(self, work: Path, look: Look) -> None:
        """Of `look`, in a folder of `work` that is named after its output."""
        self.look, self.folder = look, work / look.output
        self._scenes = KeptScenes(work / "scenes")
        self.kinds: list[str] = []
        if self.is_kept:
            self.kinds = json.loads((self.folder / "kinds.json").read_text("utf-8"))
            self._files = self._mapped(len(self.kinds), "r")

    @property
    def is_kept(self) -> bool:
        """Whether all of them were written."""
        return (self.folder / "kinds.json").exists()

    @property
    def cells(self) -> tuple[int, int]:
        """Down and across, of a canvas."""
        return self.look.canvas[0] // STRIDE, self.look.canvas[1] // STRIDE

    def keep(self, count: int, photos: Sequence[Path], finder: Path) -> Iterator[int]:
        """Write `count` kept scenes, and `photos` as they are, with the features of `finder`; yields each row."""
        self.folder.mkdir(parents=True, exist_ok=True)
        model = onnx.load(str(finder))
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in FEATURES)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # more of them wait for one another where other work runs
        weights = model.SerializeToString()
        session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self._files = self._mapped(count + len(photos), "w+")
        pixels, features, wanted = self._files
        for row in range(count + len(photos)):
            scene = self._scenes.scene(row) if row < count else _as_it_is(photos[row - count])
            pixels[row], wanted[row] = self._canvas(scene)
            features[row] = np.concatenate(session.run(list(FEATURES), {"pixels": pixels[row][None]}), axis=1)[0]
            self.kinds.append(scene.kind)
            yield row
        (self.folder / "kinds.json").write_text(json.dumps(self.kinds), "utf-8")

    def rows(self, rows: NDArray[np.int64], chance: np.random.Generator | None = None) -> tuple[NDArray[Any], ...]:
        """Pixels (N, H, W, 3), features (N, CHANNELS, h, w) and what is right (N, h, w): 1, 0, or -1 at an edge.

        `chance`: of each a random window; None: the whole canvases.
        """
        if chance is None:
            return tuple(np.array(file[rows]) for file in self._files)
        high, wide = WINDOW[0] // STRIDE, WINDOW[1] // STRIDE
        pixels, features, wanted = self._files
        parts = []
        for row in rows.tolist():
            top, left = (
                int(chance.integers(all_of - part + 1)) for all_of, part in zip(self.cells, (high, wide), strict=True)
            )
            cut = (slice(top, top + high), slice(left, left + wide))
            fine = tuple(slice(side.start * STRIDE, side.stop * STRIDE) for side in cut)
            parts.append((pixels[row][fine], features[row][:, *cut], wanted[row][cut]))
        return tuple(np.stack(each) for each in zip(*parts, strict=True))

    def _mapped(self, count: int, mode: Literal["r", "w+"]) -> tuple[NDArray[Any], ...]:
        return (
            np.memmap(self.folder / "pixels.bin", np.uint8, mode, shape=(count, *self.look.canvas, 3)),
            np.memmap(self.folder / "features.bin", np.float16, mode, shape=(count, CHANNELS, *self.cells)),
            np.memmap(self.folder / "wanted.bin", np.int8, mode, shape=(count, *self.cells)),
        )

    def _canvas(self, scene: Scene) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
        """The scene as the finder sees it, upright, and what is right of each cell."""
        (high, across), image, mask = self.look.canvas, scene.image, np.asarray(scene.mask, np.float32)
        if image.shape[0] < image.shape[1]:
            image, mask = np.ascontiguousarray(np.rot90(image)), np.ascontiguousarray(np.rot90(mask))
        wide = int(image.shape[0] * across / high)
        if image.shape[1] > wide:  # a square
            left = (image.shape[1] - wide) // 2
            image = np.ascontiguousarray(image[:, left : left + wide])
            mask = np.ascontiguousarray(mask[:, left : left + wide])
        canvas, scale = canvas_of(image, high)
        out = np.full((high, across, 3), 127, np.uint8)
        out[:, : min(across, canvas.shape[1])] = canvas[:, :across]
        cover = np.zeros((high, across), np.float32)
        size = (round(image.shape[1] * scale[0]), high)
        cover[:, : size[0]] = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)[:, :across]
        share = cover.reshape(self.cells[0], STRIDE, self.cells[1], STRIDE).mean(axis=(1, 3))
        return out, np.where(share >= 0.5, 1, np.where(share > 0.08, -1, 0)).astype(np.int8)


def _as_it_is(path: Path) -> Scene:
    image = decode(read_bytes(path), name=str(path)).frames[0]
    return Scene(image, np.zeros(image.shape[:2], np.float32), PHOTO)
