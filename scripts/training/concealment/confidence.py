"""What the looks for concealed marks say of scenes and photos, and the confidence that is fitted to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.images import RGBImage, decode, read_bytes
from scanner.engine.concealment.look_again import LookAgain
from scanner.engine.regions import OnnxRegionFinder
from training.concealment.kept import KeptScenes

CONCEALED: Final = 0.02  # share of listings that conceal a mark, as confidence assumes
HARD: Final = 0.1  # share of other listings that are as hard as the innocent scenes
Floats = NDArray[np.floating[Any]]


def surest_by_looks(
    finder: OnnxRegionFinder, again: LookAgain | None, kept: KeptScenes, held: int, photos: Sequence[Path]
) -> tuple[Floats, Floats, Floats]:
    """The logits (N, 1 or 2 looks) of the surest cell: in patches of scenes, in innocent scenes, in `photos`.

    Of the kept scenes every `held`th counts; `again` None: there is one look. NaN: the first look was not sure enough
    for a second one.
    """
    inside: list[Floats] = []
    innocent: list[Floats] = []
    clean: list[Floats] = []
    for number in range(0, kept.count(), held):
        scene = kept.scene(number)
        seen = _logits(finder, again, scene.image)
        patch = cv2.resize(scene.mask, seen.shape[:0:-1], interpolation=cv2.INTER_AREA) >= 0.5
        if scene.mask.max() == 0:
            innocent.append(_surest(seen, np.ones_like(patch)))
        elif patch.any():
            inside.append(_surest(seen, patch))
    for path in photos:
        seen = _logits(finder, again, decode(read_bytes(path), name=str(path)).frames[0])
        clean.append(_surest(seen, np.ones(seen.shape[1:], bool)))
    return np.array(inside), np.array(innocent), np.array(clean)


def _logits(finder: OnnxRegionFinder, again: LookAgain | None, image: RGBImage) -> Floats:
    """(looks, H, W): what each look says of each cell. Raises ValueError: the finder sees no concealed marks."""
    first = finder.find(image, 1).concealed
    if first is None:
        raise ValueError("the finder has no output `concealed`: train it first")
    if again is None:
        return first.logits[None]
    if not again.is_due(first):
        return np.full((2, *first.logits.shape), np.nan)
    second = again.look(image)
    return np.stack([first.at_cells_of(second), second.logits])


def _surest(seen: Floats, here: NDArray[np.bool_]) -> Floats:
    """(looks,): the logits of the cell that both together are surest of."""
    cell = int(np.argmax(np.where(here, seen.mean(axis=0), -np.inf)))  # NaN everywhere: the first of them
    return np.asarray(seen.reshape(len(seen), -1)[:, cell], np.float64)


def fitted(inside: Floats, innocent: Floats, clean: Floats) -> tuple[float, ...]:
    """The weights of the looks' logits, and an offset, of a logistic regression: Newton's method.

    CONCEALED of all images are taken to conceal a mark, and HARD of the others to be like the innocent scenes.
    """
    parts = ((inside, CONCEALED), (innocent, (1 - CONCEALED) * HARD), (clean, (1 - CONCEALED) * (1 - HARD)))
    given = np.concatenate([each for each, _ in parts])
    given = np.column_stack([given, np.ones(len(given))])
    weight = np.concatenate([np.full(len(each), share / max(1, len(each))) for each, share in parts]) * len(given)
    right = np.arange(len(given)) < len(inside)
    known = ~np.isnan(given).any(axis=1)
    given, weight, right = given[known], weight[known], right[known]
    found = np.array([*np.full(given.shape[1] - 1, 0.5), -2.0])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-np.clip(given @ found, -30, 30)))
        error, curve = weight * (likely - right), weight * likely * (1 - likely) + 1e-9
        hessian = (given * curve[:, None]).T @ given
        found = found - np.linalg.solve(hessian + 1e-6 * np.eye(len(found)), given.T @ error)
    return tuple(float(each) for each in found)
