"""The files of a run in its folder: earlier ones are kept, rows are added whole, and faults say what is safe."""

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from brand_index.errors import UsageError
from brand_index.images.remote import image_named
from scanner.bulk.kept_rows import RowNotes, drop_superseded
from scanner.bulk.listings import LEFT_OVER
from scanner.bulk.report import VerdictWriter, read_rows
from scanner.bulk.run_records import RUNS, MadeWith, add_run
from scanner.verdicts.rows import Row

VERDICTS: Final = "verdicts.jsonl"
TABLE: Final = "verdicts.csv"
REPORT: Final = "report.html"
AGAIN: Final = "run the same command with --resume"  # it scans nothing twice, and writes the reports anew
_NUMBERED: Final = re.compile(r"(?:verdicts|report|unmatched|runs)\.([1-9][0-9]*)\.(?:jsonl?|csv|html)", re.ASCII)

Kept = Callable[[Sequence[Path]], None]
"""Called with the new names of earlier results."""


class OutputUnusable(UsageError):
    """The folder of the results cannot be written, or its rows cannot be read."""

    code = "output_unusable"


def check_out(out: Path, option: str = "--out") -> None:
    """Make the folder of the results, which `option` names, where it is missing; nothing in it changes.

    Raises OutputUnusable where no file can be written into it, before any work is done in vain.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except FileExistsError as error:
        raise OutputUnusable(f"{option} {out} is a file: name a folder") from error
    except (OSError, ValueError) as error:
        advice = "choose another folder, or make room"
        raise OutputUnusable(f"{option} {out}: cannot be written ({_reason(error)}); {advice}") from error
    if (out / VERDICTS).exists() and not (out / VERDICTS).is_file():
        raise OutputUnusable(f"{out / VERDICTS} is not a regular file: move it away, or choose another {option}")


@contextlib.contextmanager
def plain_rows(out: Path) -> Iterator[None]:
    """Raise OutputUnusable where the block fails to read or replace the rows of an earlier run."""
    try:
        yield
    except OSError as error:
        raise OutputUnusable(
            f"{error.filename or out}: {_reason(error)}; mend that, or scan without --resume: earlier results are kept"
        ) from error
    except ValueError as error:
        raise OutputUnusable(f"{out / VERDICTS}, {error}, choose another --out, or scan without --resume.") from error


def scanned_below(out: Path, paths: Iterable[Path | str]) -> frozenset[Path | str]:
    """Those of `paths` which the rows in the folder of the results name, or an image below which."""
    asked, found = {str(path).rstrip("/"): path for path in paths}, set[Path | str]()
    with contextlib.suppress(OSError, ValueError):  # whoever needs the rows says what is wrong with them
        for row in read_rows(out / VERDICTS):
            found |= {asked[name] for name in (row.image, *image_named(row.image).folders) if name in asked}
    return frozenset(found)


class Results:
    """Writes the rows of a run to verdicts.jsonl. Nothing that is there is touched before the first row."""

    def __init__(self, out: Path, *, resume: bool, made: MadeWith, kept: Kept) -> None:
        """With `resume`, rows are added to the earlier ones; without, `kept` gets the new names of earlier results.

        `made`: what the run makes them with; runs.json has it before the first row.
        """
        self.path = out / VERDICTS
        self._out, self._resume, self._made, self._kept = out, resume, made, kept
        self._writer: VerdictWriter | None = None
        self._rows = 0

    def write(self, row: Row, notes: RowNotes = RowNotes()) -> None:  # noqa: B008 - frozen
        """Add a row; if it cannot be added whole, not a byte of it stays. Raises OutputUnusable."""
        with self._plain_errors():
            self._begun().write(row, notes.model_copy(update={"run": self._made.run}))
        self._rows += 1

    def drop_superseded(self) -> None:
        """Leave out the rows of earlier runs whose images have been scanned again. Raises OutputUnusable."""
        with self._plain_errors():
            self._begun().close()
            drop_superseded(self.path)

    def _begun(self) -> VerdictWriter:
        if self._writer is None:
            if not self._resume and (moved := set_aside(self._out)):
                self._kept(moved)
            self._made = add_run(self._out, self._made)
            self._writer = VerdictWriter(self.path, resume=self._resume, min_confidence=self._made.min_confidence)
        return self._writer

    @contextlib.contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputUnusable(
                f"{self.path}: cannot be written ({_reason(error)}). The {self._rows} rows that this run wrote are "
                f"whole. Make room or check permissions, and {AGAIN}"
            ) from error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; after a run without a row and without a failure there is one, too."""
        with self._plain_errors():
            if kind is None:
                self._begun()
            if self._writer is not None:
                self._writer.close()


def set_aside(out: Path) -> tuple[Path, ...]:
    """Give earlier results one number that none has yet: verdicts.1.jsonl, verdicts.1.csv, report.1.html.

    Returns their new names; empty: there were none.
    """
    present = [out / name for name in (TABLE, REPORT, LEFT_OVER, VERDICTS, RUNS) if (out / name).is_file()]
    if not present:
        return ()
    taken = [int(match[1]) for path in out.iterdir() if (match := _NUMBERED.fullmatch(path.name))]
    number = max(taken, default=0) + 1
    return tuple(path.rename(path.with_suffix(f".{number}{path.suffix}")) for path in present)


@contextlib.contextmanager
def report_faults(path: Path, faults: list[str]) -> Iterator[None]:
    """Turn a failure to write a report in the block into a sentence in `faults`, so that the other is written still."""
    try:
        yield
    except OSError as error:
        faults.append(
            f"{path}: cannot be written ({_reason(error)}). All rows are safe in {path.with_name(VERDICTS)}. Close the "
            f"file elsewhere, make room or check permissions, and {AGAIN} to write it"
        )


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
