"""Keeps the results of a scan where they belong, on an object store or in a folder: Parquet files and their JSON lines.

The scan itself writes verdicts.jsonl into a folder of this machine. Here its lines are copied while it grows, in
files that are replaced whole; whatever is killed, the next run finds all lines that were copied, and scans the rest.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from brand_index.object_stores import StoreUnusable, is_address, opened, reason_of
from scanner.bulk.cluster.parquet_rows import PlacedLine, by_decision, packed, unpacked
from scanner.bulk.results import VERDICTS
from scanner.bulk.run_records import RUNS

ROWS: Final = "rows"  # the folder of the Parquet files
PART_ROWS: Final = 5000  # of one number, in all decisions
SECONDS: Final = 10.0  # between two copies, at least: what a killed scan may have to scan again
_PART: Final = re.compile(r"decision=\w+/part-([0-9]{6})\.parquet", re.ASCII)


class KeptResults:
    """The results at an address, of which `folder` has the lines as they are written."""

    def __init__(self, address: str, folder: Path, *, seconds: float = SECONDS) -> None:
        """`address`: of fsspec, or the path of a folder. Raises StoreUnusable."""
        self.address, self._folder, self._seconds = address.rstrip("/"), folder, seconds
        self._files, self._root = opened(self.address)
        self._is_here = not is_address(address)  # then the folder is where they are kept
        self._known: dict[str, str] = {}  # digests of the lines of each Parquet file, by its path below ROWS
        self._whole: int | None = None  # inode of the verdicts.jsonl that is copied up to the last part; None: none is
        self._part, self._begin = 0, 0  # the part that is not full yet, and where it begins in verdicts.jsonl
        self._runs = b""
        self._due = 0.0

    def restore(self) -> None:
        """Write verdicts.jsonl and runs.json as they were copied, unless the folder has them. Raises StoreUnusable."""
        with self._plain_errors():
            self._files.invalidate_cache()
            names = sorted(self._parts())
            self._known = dict.fromkeys(names, "")
            has_runs = self._files.exists(f"{self._root}/{RUNS}")
            if (self._folder / VERDICTS).exists() or not (names or has_runs):
                return
            if has_runs and not self._is_here:
                self._runs = bytes(self._files.cat_file(f"{self._root}/{RUNS}"))
                (self._folder / RUNS).write_bytes(self._runs)
            with (self._folder / VERDICTS).open("wb") as file:
                for lines in self._lines_of(names):
                    file.writelines(each.line for each in lines)

    def keep_up(self) -> None:
        """Copy new lines, unless that was done a moment ago. Raises StoreUnusable."""
        if time.monotonic() >= self._due:
            begun = time.monotonic()
            self.copy()
            spent = time.monotonic() - begun
            self._due = time.monotonic() + max(self._seconds, 20 * spent)  # so that it takes a twentieth at most

    def copy(self) -> None:
        """Copy what is new, or has changed. Raises StoreUnusable."""
        with self._plain_errors():
            runs = (self._folder / RUNS).read_bytes() if (self._folder / RUNS).exists() else b""
            if runs != self._runs and not self._is_here:  # first: each row names its run
                self._put(RUNS, runs)
                self._runs = runs
            if not (self._folder / VERDICTS).exists():
                return
            with (self._folder / VERDICTS).open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self._whole:  # it was replaced, and any line may have changed
                    self._part, self._begin = 0, 0
                file.seek(self._begin)
                last = self._part - 1
                while lines := list(islice(file, PART_ROWS)):
                    if not lines[-1].endswith(b"\n"):
                        del lines[-1]  # it is being written
                    self._copy_part(lines)
                    last = self._part if lines else last
                    if len(lines) < PART_ROWS:
                        break
                    self._part, self._begin = self._part + 1, self._begin + sum(map(len, lines))
            if inode != self._whole:
                self._delete(name for name in self._known if _number(name) > last)
            self._whole = inode

    def finish(self, files: Iterable[Path]) -> None:
        """Copy all lines, and the other `files` of the folder. Raises StoreUnusable."""
        self.copy()
        with self._plain_errors():
            for path in files:
                if not self._is_here:
                    self._files.put_file(str(path), f"{self._root}/{path.name}")

    def name_of(self, path: Path) -> str:
        """Where a file of the folder is kept."""
        return str(path) if self._is_here else f"{self.address}/{path.name}"

    def _copy_part(self, lines: list[bytes]) -> None:
        """Write the files of a part whose lines have changed, and then delete those that it has no more."""
        first = self._part * PART_ROWS
        decided = by_decision(PlacedLine(first + number, line) for number, line in enumerate(lines))
        wanted = {f"decision={decision}/part-{self._part:06}.parquet": some for decision, some in decided.items()}
        for name, some in wanted.items():
            digest = _digest(some)
            if self._known.get(name) != digest:
                self._put(f"{ROWS}/{name}", packed(some))
                self._known[name] = digest
        self._delete(name for name in self._known if _number(name) == self._part and name not in wanted)

    def _parts(self) -> Iterator[str]:
        top = f"{self._root}/{ROWS}/"
        for path in self._files.find(top):
            name = str(path).rpartition(f"/{ROWS}/")[2]
            if _PART.fullmatch(name):
                yield name

    def _lines_of(self, names: Iterable[str]) -> Iterator[list[PlacedLine]]:
        """The lines of each part in order; a file that is not whole is left out, and its images are scanned again."""
        for number in sorted({_number(name) for name in names}):
            lines: list[PlacedLine] = []
            for name in (each for each in names if _number(each) == number):
                with contextlib.suppress(ValueError):
                    some = unpacked(bytes(self._files.cat_file(f"{self._root}/{ROWS}/{name}")))
                    self._known[name] = _digest(some)
                    lines += some
            yield sorted(lines, key=lambda each: each.position)

    def _delete(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._files.rm_file(f"{self._root}/{ROWS}/{name}")
            del self._known[name]

    def _put(self, name: str, data: bytes) -> None:
        path = f"{self._root}/{name}"
        if "file" in _protocols(self._files):  # elsewhere an object needs no folder, and is there whole or not at all
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(f"{path}.part").write_bytes(data)
            Path(f"{path}.part").replace(path)
        else:
            self._files.pipe_file(path, data)

    @contextlib.contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreUnusable:
            raise
        except Exception as error:  # each store has errors of its own
            raise StoreUnusable(
                f"{self.address}: results cannot be kept there ({reason_of(error)}). Check the address and who may "
                "write there, and give the same command again: it goes on with what is kept"
            ) from error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Copy what an interrupted scan has written; its own error is the one to report."""
        if kind is not None and (self._folder / VERDICTS).exists():
            with contextlib.suppress(StoreUnusable):
                self.copy()


def _digest(lines: Iterable[PlacedLine]) -> str:
    return hashlib.sha256(b"".join(b"%d " % each.position + each.line for each in lines)).hexdigest()


def _number(name: str) -> int:
    match = _PART.fullmatch(name)
    assert match is not None, "parts alone are kept"
    return int(match[1])


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)
