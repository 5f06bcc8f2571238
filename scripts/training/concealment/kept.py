"""Keeps drawn scenes in a folder, so that drawing goes on where it was stopped; it draws none itself."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from training.concealment.scenes import Scene


class KeptScenes:
    """Scenes as PNG files by number; those that are there already are not drawn again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, scenes: Iterable[Scene], begin: int = 0) -> Iterator[int]:
        """Write the scenes, numbered from `begin` on; yields each number once it is there."""
        for number, scene in enumerate(scenes, begin):
            pixels = np.dstack([scene.image[..., ::-1], np.round(scene.mask * 255).astype(np.uint8)])
            # The kind comes last: a scene without it was not written whole.
            cv2.imwrite(str(self._folder / f"{number}.png"), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
            (self._folder / f"{number}.json").write_text(json.dumps(scene.kind), "utf-8")
            yield number

    def count(self) -> int:
        """How many scenes there are, from number 0 on without a gap."""
        number = 0
        while (self._folder / f"{number}.json").exists():
            number += 1
        return number

    def scene(self, number: int) -> Scene:
        """The scene with this number. Raises FileNotFoundError."""
        kind = json.loads((self._folder / f"{number}.json").read_text("utf-8"))
        pixels = np.asarray(cv2.imread(str(self._folder / f"{number}.png"), cv2.IMREAD_UNCHANGED), np.uint8)
        image = np.ascontiguousarray(pixels[..., 2::-1])
        return Scene(image, pixels[..., 3].astype(np.float32) / 255, str(kind))
