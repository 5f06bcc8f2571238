"""Cuts photos into parts, which extend the register of a benchmark; it measures nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from benchmarks.copy_task import read_image

PARTS_ACROSS: Final = (3, 4, 5)  # ninths first, then smaller ones; parts of one grid share nothing
QUALITY: Final = 90


def cut_parts(sources: Sequence[Path], count: int, folder: Path) -> Iterator[Path]:
    """At most `count` files in the new `folder`, each a part of a photo at twice its size."""
    folder.mkdir(parents=True)
    made = 0
    for across in PARTS_ACROSS:
        for source in sources:
            photo = Image.fromarray(read_image(source))
            wide, high = photo.width // across, photo.height // across
            for cell in range(across**2):
                if made == count:
                    return
                left, top = wide * (cell % across), high * (cell // across)
                path = folder / f"{made:06}-{cell + 1}-of-{across**2}-{source.stem}.jpg"
                part = photo.crop((left, top, left + wide, top + high)).resize((2 * wide, 2 * high))
                part.save(path, quality=QUALITY)
                made += 1
                yield path
