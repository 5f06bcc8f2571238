"""Points of sellers and the measures that a marketplace's ladder provides for; it imposes none of them."""

from scanner.moderation.enforcement.ladder import (
    Ladder,
    LadderStep,
    LadderUnusable,
    Measure,
    read_ladder,
    shipped_ladder,
)
from scanner.moderation.enforcement.standing import (
    DueMeasure,
    Event,
    LedgerContradictory,
    MeasureConfirmed,
    PointsGiven,
    PointsTakenBack,
    Standing,
    standing_of,
)

__all__ = [
    "DueMeasure",
    "Event",
    "Ladder",
    "LadderStep",
    "LadderUnusable",
    "LedgerContradictory",
    "Measure",
    "MeasureConfirmed",
    "PointsGiven",
    "PointsTakenBack",
    "Standing",
    "read_ladder",
    "shipped_ladder",
    "standing_of",
]
