"""The states of cases, the grounds of dismissals and the scopes of suppressions."""

from enum import StrEnum
from typing import Final


class CaseState(StrEnum):
    """The state of a case."""

    OPEN = "open"
    ESCALATED = "escalated"  # a more senior reviewer must decide
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class Ground(StrEnum):
    """Why a case was dismissed."""

    AUTHORIZED = "authorized"  # by a document that is not in the registry
    GENUINE_RESALE = "genuine-resale"  # genuine goods that the brand put on the market
    NOMINATIVE_USE = "nominative-use"  # the mark says what the goods fit, as in "compatible with"
    NOT_THE_MARK = "not-the-mark"  # a false alarm: it is something else
    PARODY = "parody"


class Scope(StrEnum):
    """Which matches a suppression is about."""

    PAIR = "pair"  # this reference in this image
    CLUSTER = "cluster"  # this reference in similar images
    SELLER = "seller"  # this reference in this seller's listings


UNDECIDED: Final = (CaseState.OPEN, CaseState.ESCALATED)
