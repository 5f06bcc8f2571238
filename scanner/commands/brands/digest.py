"""What a command says of many references: all of a few, and of thousands the first, and where the others are."""

from collections import Counter
from enum import Enum
from typing import Final

from scanner.commands.shell import say

MANY: Final = 200  # references, from which not each is named
FIRST: Final = 20  # lines of each topic that are printed then
FIRST_REFUSED: Final = 100  # likewise, of what was refused: each is to be mended


class Topic(Enum):
    """What a line is about, and how the rest of its topic is summed up."""

    DONE = "and {count:,} more, not listed here: `markscan brands --json` lists every reference with its warnings"
    WARNING = "and {count:,} more warnings: `markscan brands --json` lists every reference with its warnings"
    CONFLICT = "and {count:,} more conflicts: see `markscan conflicts list`"
    READ = "and {count:,} more logos read words: --with-words registers them too"
    PART = "and {count:,} more lines about parts of logos: --with-parts registers those that can stand alone"
    COMMON = "and {count:,} more words, all of them rarer"
    AUDIT = "and {count:,} more logos, each with fewer expected false alarms"
    REFUSED = "and {count:,} more were refused: mend these first and run it again, for what is registered stays"


class Digest:
    """Prints lines of many references, and of each topic only the first ones."""

    def __init__(self, references: int) -> None:
        """`references`: how many there are in all; of a few every line is printed."""
        self._shortens, self._count = references > MANY, Counter[Topic]()

    def say(self, topic: Topic, line: str, *, under: str | None = None) -> None:
        """Print a line, unless there were many of its topic; it stands `under` what was said of a reference."""
        self._count[topic] += 1
        if under is not None:
            line = f"{under}: {line}" if self._shortens else f"  {line}"
        if not self._shortens or self._count[topic] <= self._first(topic):
            say(line, error=topic is Topic.REFUSED)

    def say_rest(self) -> None:
        """Print how many lines of each topic were left out."""
        for topic in Topic:
            if self._shortens and (rest := self._count[topic] - self._first(topic)) > 0:
                say(topic.value.format(count=rest), error=topic is Topic.REFUSED)
        self._count.clear()

    def _first(self, topic: Topic) -> int:
        return FIRST_REFUSED if topic is Topic.REFUSED else FIRST
