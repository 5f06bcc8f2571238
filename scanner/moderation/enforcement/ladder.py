"""The ladder of measures of a marketplace, read from a TOML file; standing.py computes where a seller stands."""

import tomllib
from dataclasses import field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from brand_index.errors import UsageError
from brand_index.files import open_regular

LADDERS: Final = Path(__file__).with_name("ladders")
_STRICT: Final = ConfigDict(extra="forbid")
_Words = Annotated[str, Field(min_length=1)]
_Count = Annotated[int, Field(ge=1)]
_Days = Annotated[int, Field(ge=1, le=36_500)]  # a century: a datetime cannot hold much later times


class LadderUnusable(UsageError):
    """A ladder file that cannot be read, or is not a valid ladder."""

    code = "ladder_unusable"


class Measure(StrEnum):
    """What a marketplace does to a seller."""

    WARNING = "warning"
    RESTRICTION = "restriction"  # of the account: listing, editing, being found
    SHOP_FROZEN = "shop_frozen"
    PRODUCTS_REMOVED = "products_removed"  # those listed at that time
    MEMBERSHIP_ENDED = "membership_ended"
    SHOP_CLOSED = "shop_closed"

    @property
    def needs_confirmation(self) -> bool:
        """Whether a person must confirm it before it takes effect: every measure but a warning."""
        return self is not Measure.WARNING


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class LadderStep:
    """One step: a measure from a number of points or serious violations on."""

    at_least: _Count
    measure: Measure
    days: _Days | None = None  # None: without end; for a warning: as long as points last


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Ladder:
    """The ladder of a marketplace. Two measures at the same number are two steps."""

    marketplace: _Words
    source: _Words  # the title of the document
    url: _Words  # of the document
    read_on: date
    points_last_days: _Days | None = None  # points and serious violations alike; None: without end
    most_points_a_day: _Count | None = None  # for general violations of one UTC day; None: no limit
    serious_once_in_days: _Days | None = None  # serious violations within this time count once; None: each counts
    by_points: tuple[LadderStep, ...] = field(default=())  # from few points to many
    by_serious: tuple[LadderStep, ...] = field(default=())  # from few serious violations to many

    def __post_init__(self) -> None:
        """Raises ValueError when there is no step, or steps are out of order or duplicate."""
        if not self.by_points and not self.by_serious:
            raise ValueError("it has no step: add [[by_points]] or [[by_serious]]")
        for name, steps in (("by_points", self.by_points), ("by_serious", self.by_serious)):
            for lower, upper in pairwise(steps):
                if upper.at_least < lower.at_least:
                    raise ValueError(f"[[{name}]] at_least = {upper.at_least} comes after {lower.at_least}")
            for number, step in enumerate(steps):
                if any((step.at_least, step.measure) == (each.at_least, each.measure) for each in steps[:number]):
                    raise ValueError(f"[[{name}]] at_least = {step.at_least} has {step.measure.value} twice")


def read_ladder(path: Path) -> Ladder:
    """The ladder in a TOML file. Raises LadderUnusable."""
    try:
        with open_regular(path) as file:
            content = tomllib.load(file)
        return TypeAdapter(Ladder).validate_python(content)
    except ValidationError as error:
        details = "; ".join(
            _complaint(".".join(str(place) for place in problem["loc"]) or "ladder", problem["msg"], problem["input"])
            for problem in error.errors()
        )
        raise LadderUnusable(f"{path}: {details}. Compare it with a shipped one: {_choices()}.") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LadderUnusable(f"{path}: cannot be read as a ladder ({error}). Give a TOML file.") from error


def shipped_ladder(name: str) -> Ladder:
    """The shipped ladder with this name, such as "aliexpress". Raises LadderUnusable, which lists the names."""
    path = next((each for each in _shipped() if each.stem == name), None)
    if path is None:
        raise LadderUnusable(
            f"{name!r}: no such ladder is shipped. Choose one of {_choices()}, or give a file of your own."
        )
    return read_ladder(path)


def _complaint(place: str, complaint: str, value: object) -> str:
    """One error, with its value unless the value is the whole table in which a field is missing."""
    return f"{place}: {complaint}, not {value!r}" if isinstance(value, str | int | float) else f"{place}: {complaint}"


def _shipped() -> tuple[Path, ...]:
    return tuple(sorted(LADDERS.glob("*.toml")))


def _choices() -> str:
    return ", ".join(path.stem for path in _shipped())
