"""What is in a listing image, and what to do about it."""

from typing import TYPE_CHECKING, Any

from scanner.engine.boxes import Box
from scanner.engine.types import Evidence
from scanner.verdicts.types import Decision, Listing, Reason, Verdict

if TYPE_CHECKING:
    from scanner.walk import Scanner

__all__ = ["Box", "Decision", "Evidence", "Listing", "Reason", "Scanner", "Verdict"]


def __getattr__(name: str) -> Any:
    """`Scanner`, loaded when it is first asked for: with it come the database and the models' runtime."""
    if name == "Scanner":
        from scanner.walk import Scanner  # noqa: PLC0415 - loading it takes seconds on a busy machine

        return Scanner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
