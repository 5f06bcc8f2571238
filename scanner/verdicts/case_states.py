"""The states of cases, the grounds of dismissals and the scopes of suppressions."""

from enum import StrEnum
from typing import Final

from brand_index.types import ReferenceKind


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
    OWN_PHOTO = "own-photo"  # the seller took the registered photo, or showed it before others did
    LICENSED_PHOTO = "licensed-photo"  # by the photographer or an agency, who may license it to others than the brand


class Scope(StrEnum):
    """Which matches a suppression is about."""

    PAIR = "pair"  # this reference in this image
    CLUSTER = "cluster"  # this reference in similar images
    SELLER = "seller"  # this reference in this seller's listings


UNDECIDED: Final = (CaseState.OPEN, CaseState.ESCALATED)
_OF_MARKS: Final = frozenset({Ground.GENUINE_RESALE, Ground.NOMINATIVE_USE})  # trade-mark law has these limits
_OF_PHOTOS: Final = frozenset({Ground.OWN_PHOTO, Ground.LICENSED_PHOTO})


def grounds_for(*kinds: ReferenceKind | None) -> tuple[Ground, ...]:
    """The grounds that make sense for a match of one of these kinds; None, where nothing was examined: all."""
    others = {
        ReferenceKind.LOGO: _OF_PHOTOS,
        ReferenceKind.WORD: _OF_PHOTOS,
        ReferenceKind.PHOTO: _OF_MARKS,
        None: frozenset[Ground](),
    }
    return tuple(ground for ground in Ground if any(ground not in others[kind] for kind in kinds))
