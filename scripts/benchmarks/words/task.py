"""What the parts of the words benchmark are given, and what each of them hands back; nothing is measured here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from benchmarks.gallery import Section
from benchmarks.options import Options
from benchmarks.records import Truth
from benchmarks.runs import Run
from benchmarks.tables import Table
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.types import Evidence
from scanner.settings import read_settings
from scanner.verdicts.policy import read_policy


class By(StrEnum):
    """By which evidence an image is found."""

    LOGOS = "logos alone"
    WORDS = "words alone"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class WordsTask:
    """What a part is asked for."""

    options: Options
    folder: Path  # of the run, for stores and drawn images
    names: Path | None  # an unpacked package name-suggestion-index, or its JSON; None: names are made of syllables
    registered: int  # names in the registers that are large
    verbose: bool  # single examples as tables, too
    fonts: Path | None = None  # a folder with fonts; None: those of the system

    def store(self, name: str) -> Store:
        """An empty store of this run."""
        return Store(self.folder / name)

    def count(self, usual: int) -> int:
        """`usual`, or as few as --limit says."""
        return usual if self.options.limit is None else min(usual, self.options.limit)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a part found."""

    results: Sequence[object]
    tables: Sequence[Table]
    truths: Sequence[Truth] = ()
    runs: Sequence[Run] = ()
    sections: Sequence[Section] = field(default=())


def counts(item: Evidence) -> bool:
    """Whether the policy in force acts on this evidence."""
    return item.confidence >= _least()[item.kind]


@cache
def _least() -> dict[ReferenceKind, float]:
    """The confidence from which the policy in force acts."""
    thresholds = read_policy(read_settings().policy).thresholds
    return {
        ReferenceKind.LOGO: thresholds.logo,
        ReferenceKind.PHOTO: thresholds.photo_suspected,
        ReferenceKind.WORD: thresholds.word,
    }
