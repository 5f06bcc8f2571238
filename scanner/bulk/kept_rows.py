"""The rows of verdicts.jsonl with what a resumed scan needs to know of each, and how they are replaced whole."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from brand_index.images.listed import ListedImage
from brand_index.images.remote import image_named
from scanner.engine.types import FailedImage
from scanner.verdicts.rows import LaterFormat, Row, from_json, json_fields, json_text


class RowNotes(BaseModel):
    """What verdicts.jsonl says of a row besides the row itself."""

    model_config = ConfigDict(frozen=True)

    run: int | None = None  # of runs.json, in which the image was examined; None: an earlier version wrote the row
    judged_in: int | None = None  # likewise, in which the evidence was judged anew; None: in `run`
    pdq: str | None = None  # hash of the first frame, hexadecimal; None: too flat for one, or it failed
    inside: str | None = None  # the image's path below the scanned folder; None: unknown
    file: tuple[int, int] | None = None  # the image's size in bytes and its time of change in ns; None: unknown


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of an earlier run."""

    number: int  # of its line, from 1
    row: Row
    notes: RowNotes
    line: bytes  # as it is in the file, with its line break

    @property
    def sha256(self) -> str | None:
        """Of the image; None: its bytes could not be read."""
        return self.row.image_sha256 if isinstance(self.row, FailedImage) else self.row.verdict.image_sha256

    @property
    def found(self) -> ListedImage:
        """The image where it was."""
        return image_named(self.row.image, self.notes.inside)


def row_line(row: Row, notes: RowNotes, min_confidence: float) -> bytes:
    """The line of a row in verdicts.jsonl, with its line break; evidence under `min_confidence` is left out."""
    more = notes.model_dump(mode="json", exclude_none=True)
    return json_text(json_fields(row, min_confidence) | more).encode() + b"\n"


def read_kept(path: Path) -> Iterator[KeptRow]:
    """The rows in a file, without a last line that has no end. ValueError, which names the line: one is none."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield KeptRow(number, from_json(line.decode()), RowNotes.model_validate(json.loads(line)), line)
            except LaterFormat as error:
                raise ValueError(f"line {number}: {error}; update Markscan") from error
            except ValueError as error:
                raise ValueError(f"line {number}: {error}; remove that line") from error


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines of a file say what is known of each image."""

    last: dict[str, int]  # by image: the number of its last line
    superseded: frozenset[int]  # by a later line of the same image and bytes, or, if it failed, by any later one


def read_lines(path: Path) -> Lines:
    """Which lines count. ValueError as read_kept."""
    newest: dict[tuple[str, str | None], int] = {}
    last: dict[str, int] = {}
    failed: dict[str, list[int]] = {}
    superseded: set[int] = set()
    for kept in read_kept(path):
        image, key = kept.row.image, (kept.row.image, kept.sha256)
        superseded |= {newest[key]} if key in newest else set()
        superseded.update(failed.pop(image, ()))
        newest[key] = last[image] = kept.number
        if isinstance(kept.row, FailedImage):
            failed[image] = [kept.number]
    return Lines(last, frozenset(superseded))


def rewrite(path: Path, change: Callable[[KeptRow], bytes | None]) -> None:
    """Replace each line by what `change` gives (None: by nothing). The file changes as a whole, or not at all."""
    partial = path.with_name(f"{path.name}.part")
    altered = False
    try:
        with partial.open("wb") as file:
            for kept in read_kept(path):
                line = change(kept)
                altered |= line != kept.line
                file.write(line or b"")
            file.flush()
            os.fsync(file.fileno())
        if altered:
            partial.replace(path)
    finally:
        with contextlib.suppress(OSError):  # it is in place
            partial.unlink()


def drop_superseded(path: Path) -> None:
    """Leave out the lines that later ones replace."""
    if gone := read_lines(path).superseded:
        rewrite(path, lambda kept: None if kept.number in gone else kept.line)
