"""What is in a listing picture, and what to do about it."""

from scanner.pipeline import Scanner
from scanner.types import Box, Decision, Evidence, Listing, Reason, Verdict

__all__ = ["Box", "Decision", "Evidence", "Listing", "Reason", "Scanner", "Verdict"]
