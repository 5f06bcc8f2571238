"""Recognizes what a line of text says, by a network and CTC; where lines are is found elsewhere.

The network is PP-OCRv6 small's recognizer (PaddleOCR, Apache-2.0): Latin letters with their accents, Chinese and
Japanese. Its output is decoded greedily (Graves et al., "Connectionist Temporal Classification", ICML 2006).
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brand_index.features.weights import ModelFile
from brand_index.features.words.lines import network_input
from brand_index.images import RGBImage

HEIGHT: Final = 48  # pixels of the network's input
NARROWEST: Final = 24  # pixels of it: what is narrower is padded
WIDEST: Final = 1200  # pixels of it: a longer line is squeezed
SQUEEZED: Final = 1.6  # times at most, else it is cut: at twice it is still read as a rule, beyond letters are lost
LONGEST: Final = 6 * WIDEST  # pixels of a line that are looked at, so that its time is bounded
NEAR: Final = 0.15  # of a piece: how far from its end a gap is looked for
GAP: Final = 0.25  # of a line's height: how broad the gap between two words is
CHARACTERS: Final = "character"  # the key in the file's metadata: one a line, without the blank and the space


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a line says."""

    text: str  # "": nothing
    confidence: float  # 0..1: of its characters, the mean
    places: tuple[float, ...]  # of each character, the share of the line's length at which it stands


NOTHING: Final = Recognized("", 0.0, ())


class Recognizer:
    """Runs the recognizer on the CPU: float32 (N, 3, 48, w) in; probabilities (N, steps, characters) out."""

    def __init__(self, model: ModelFile, *, threads: int = 1) -> None:
        """Load the file. Raises ModelUnusable."""
        self._session = model.session(threads=threads)
        self._input = self._session.get_inputs()[0].name
        listed = self._session.get_modelmeta().custom_metadata_map[CHARACTERS]
        self._characters = ["", *listed.split("\n"), " "]

    def recognize(self, line: RGBImage) -> Recognized:
        """What a (H, W, 3) crop says, its line running from left to right; a long one is cut between words."""
        width = line.shape[1]
        ends = _ends(line, pieces_of(round(width * HEIGHT / line.shape[0])))
        parts = [self._recognize(line[:, begin:end]) for begin, end in pairwise(ends)]
        said = [(part, begin, end) for part, (begin, end) in zip(parts, pairwise(ends), strict=True) if part.text]
        if len(said) < 2:
            return NOTHING if not said else _placed(*said[0], width)
        text, places = "", list[float]()
        for part, begin, end in said:
            places += [begin / width] if text else []
            places += _placed(part, begin, end, width).places
            text += f" {part.text}" if text else part.text
        letters = [len(part.text) for part, _, _ in said]
        sureness = np.average([part.confidence for part, _, _ in said], weights=letters)
        return Recognized(text, float(sureness), tuple(places))

    def _recognize(self, line: RGBImage) -> Recognized:
        height, width = line.shape[:2]
        wide = min(max(1, round(width * HEIGHT / height)), WIDEST)
        canvas = np.zeros((HEIGHT, max(wide, NARROWEST), 3), np.uint8)
        interpolation = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
        canvas[:, :wide] = cv2.resize(line, (wide, HEIGHT), interpolation=interpolation)
        canvas[:, wide:] = 127  # grey, as the network was trained
        probabilities = self._session.run(None, {self._input: network_input(canvas)})[0][0]
        return self._decoded(probabilities, canvas.shape[1] / wide)

    def _decoded(self, probabilities: NDArray[np.float32], padded: float) -> Recognized:
        best = probabilities.argmax(axis=1)
        begins = np.ones(len(best), bool)
        begins[1:] = best[1:] != best[:-1]
        steps = np.flatnonzero(begins & (best != 0))
        if not len(steps):
            return NOTHING
        text = "".join(self._characters[number] for number in best[steps])
        places = np.minimum((steps + 0.5) / len(best) * padded, 1.0)
        return Recognized(text, float(probabilities[steps, best[steps]].mean()), tuple(map(float, places)))


def pieces_of(width: int) -> int:
    """The number of pieces in which a line of so many pixels of the network's input is recognized."""
    return max(1, math.ceil(width / (SQUEEZED * WIDEST)))


def _ends(line: RGBImage, count: int) -> list[int]:
    """Where `count` pieces of a (H, W, 3) line begin and end, in pixels: between words, as far as there are some."""
    height, width = line.shape[:2]
    if count == 1:
        return [0, width]
    contrast = np.ptp(cv2.cvtColor(line, cv2.COLOR_RGB2GRAY).astype(np.float32), axis=0)
    ink = cv2.blur(contrast[None], (max(1, round(GAP * height)), 1))[0]
    piece, ends = width / count, [0]
    for number in range(1, count):
        first = int(piece * (number - NEAR))
        ends.append(first + int(np.argmin(ink[first : int(piece * (number + NEAR))])))
    return [*ends, width]


def _placed(part: Recognized, begin: int, end: int, width: int) -> Recognized:
    """What a piece of a line says, its places as shares of the line."""
    places = tuple((begin + place * (end - begin)) / width for place in part.places)
    return Recognized(part.text, part.confidence, places)


def rectified(frame: RGBImage, corners: NDArray[np.float64], *, upright: bool = False) -> RGBImage:
    """The pixels of a line from left to right; `upright`: of a column from top to bottom."""
    long, high = (float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[3] - corners[0])))
    scale = HEIGHT / max(high, 1.0)
    size = (min(max(1, round(long * scale)), LONGEST), HEIGHT)
    target = np.array([[0, 0], [size[0], 0], [0, size[1]]], np.float32)
    if upright:  # the beginning of the line is on top, and its bottom side at the left
        target = np.array([[size[1], 0], [size[1], size[0]], [0, 0]], np.float32)
        size = (size[1], size[0])
    reduced, shrunk = frame, 1.0
    if scale < 0.5:  # else single pixels are picked
        shrunk = 2 * scale
        reduced = np.asarray(cv2.resize(frame, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA), np.uint8)
    matrix = cv2.getAffineTransform((corners[[0, 1, 3]] * shrunk).astype(np.float32), target)
    return np.asarray(
        cv2.warpAffine(reduced, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
