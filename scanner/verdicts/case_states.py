"""The words of reviews."""

from enum import StrEnum
from typing import Final


class CaseState(StrEnum):
    """What became of a case."""

    OPEN = "open"
    ESCALATED = "escalated"  # somebody with more to say must look
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class Ground(StrEnum):
    """Why a case was dismissed."""

    AUTHORIZED = "authorized"  # by a paper that the registry does not know
    GENUINE_RESALE = "genuine-resale"  # the goods are the brand's own, put on the market by it
    NOMINATIVE_USE = "nominative-use"  # the mark names the goods that something fits, such as "compatible with"
    NOT_THE_MARK = "not-the-mark"  # what was found is something else: a false alarm
    PARODY = "parody"


class Scope(StrEnum):
    """What is never to be asked about again."""

    PAIR = "pair"  # this reference in this very image
    CLUSTER = "cluster"  # this reference in images that look like this one
    SELLER = "seller"  # this reference in this seller's listings


UNDECIDED: Final = (CaseState.OPEN, CaseState.ESCALATED)
