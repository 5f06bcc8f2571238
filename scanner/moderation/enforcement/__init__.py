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
    Contribution,
    DueMeasure,
    Event,
    LedgerContradictory,
    MeasureConfirmed,
    PointsGiven,
    PointsTakenBack,
    Standing,
    contributions_of,
    standing_of,
)

__all__ = [
    "Contribution",
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
    "contributions_of",
    "read_ladder",
    "shipped_ladder",
    "standing_of",
]
