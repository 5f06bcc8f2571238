"""Shows the regions of a photo that may be marks, for a brand owner to choose one of them: register --find."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import typer

from brand_index.errors import FileUnusable, UsageError
from brand_index.features.describing import BoundedDescriber
from brand_index.features.embedding import Embedder
from brand_index.features.weights import read_manifest
from brand_index.images import decode, read_bytes
from brand_index.types import SourceRegion
from scanner.commands.shell import say

SHOWN: Final = 12  # regions, the likeliest
LEAST: Final = 0.05  # objectness: less certain regions are hardly ever marks
MEMORY: Final = 3 * 2**30  # bytes: the finder's session reserves more than it uses
_LONG_SIDE: Final = 1600  # pixels of the annotated image
_COLOUR: Final = (0, 90, 255)  # BGR
_WHITE: Final = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions of a photo that may be marks."""

    regions: tuple[SourceRegion, ...]  # in pixels of the upright file, the likeliest first
    png: bytes  # the photo, on which they are drawn with their numbers


def choose_region(path: Path, manifest: Path, annotated: Path | None) -> SourceRegion:
    """The region of the photo at `path` that the user of this terminal chooses.

    `annotated`: where to write the photo with the regions drawn on it; None: a temporary file. Raises ImageError, and
    UsageError where nothing is found, and where nobody can be asked.
    """
    with BoundedDescriber(manifest, memory=MEMORY) as describer:
        found = describer.run(str(path), find_regions, read_bytes(path), manifest, str(path))
    if not found.regions:
        raise UsageError(f"{path}: no region looks like a mark: give it with --region left,top,right,bottom")
    file = _written(found.png, annotated)
    for number, region in enumerate(found.regions, start=1):
        left, top, right, bottom = region
        say(f"{number}: {_text(region)} ({right - left} x {bottom - top} pixels)")
    say(f"the regions are drawn in {file}")
    if not sys.stdin.isatty():
        raise UsageError(
            f"{path}: nobody can be asked here which region is the mark: look at {file}, and give it with --region, "
            f"such as --region {_text(found.regions[0])}"
        )
    return _asked(found.regions)


def find_regions(_: Embedder, data: bytes, manifest: Path, name: str) -> Regions:
    """The regions of an untrusted image; a Describer calls it. Raises ImageError, ModelUnusable."""
    from scanner.engine.regions import OnnxRegionFinder

    image = decode(data, name=name)
    frame, (across, down) = image.frames[0], image.scale
    found = OnnxRegionFinder(read_manifest(manifest).finder).find(frame, SHOWN, LEAST).regions[:-1]  # without the whole
    regions = tuple(
        (
            int(each.box.left * across),
            int(each.box.top * down),
            min(image.size[0], round(each.box.right * across)),
            min(image.size[1], round(each.box.bottom * down)),
        )
        for each in found
    )
    scale = min(1.0, _LONG_SIDE / max(frame.shape[:2]))
    drawn = cv2.resize(np.ascontiguousarray(frame[..., ::-1]), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for number, each in reversed(list(enumerate(found, start=1))):  # the likeliest on top
        left, top, right, bottom = (round(side * scale) for side in each.box)
        cv2.rectangle(drawn, (left, top), (right, bottom), _WHITE, 5)
        cv2.rectangle(drawn, (left, top), (right, bottom), _COLOUR, 2)
        for colour, thickness in ((_WHITE, 5), (_COLOUR, 2)):
            cv2.putText(drawn, str(number), (left + 4, top + 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, colour, thickness)
    return Regions(regions, cv2.imencode(".png", drawn)[1].tobytes())


def _written(png: bytes, annotated: Path | None) -> Path:
    if annotated is None:
        with tempfile.NamedTemporaryFile(prefix="markscan-regions-", suffix=".png", delete=False) as file:
            file.write(png)
            return Path(file.name)
    try:
        annotated.write_bytes(png)
    except OSError as error:
        raise FileUnusable(
            f"{annotated}: cannot be written ({error.strerror}): name another with --annotated"
        ) from error
    return annotated


def _asked(regions: Sequence[SourceRegion]) -> SourceRegion:
    while True:
        given = typer.prompt(f"Which is the mark? A number from 1 to {len(regions)}, or q to leave it").strip()
        if given.lower() == "q":
            raise UsageError("no region was chosen, so nothing was registered")
        if given.isascii() and given.isdigit() and 1 <= int(given) <= len(regions):
            return regions[int(given) - 1]


def _text(region: SourceRegion) -> str:
    return ",".join(map(str, region))
