"""Where a seller stands on a ladder, by replaying the ledger's events: pure, with no I/O and no clock.

A standing is that of one moment: what happened after it has not happened yet. Of what happened, the order is that of
event time, and among events of one instant that of their ids; the order of arrival decides nothing, and an event that
arrives twice happened once.

1. Points taken back were never given: the events left are walked as if that one had not been among them, so a measure
   that it alone reached goes, confirmed or not, and one that is now reached later begins later.
2. Of a UTC day the points for general violations count up to the ladder's most a day; the earliest fill it. Serious
   ones are outside it.
3. A serious violation counts unless a counted one lies less than the ladder's window before it, to the second; one
   exactly so many days later counts. One that does not count opens no window of its own, and its points still count.
4. Points, and the serious violation that they were given for, are in force from their moment until, and not at, that
   moment plus the days that points last.
5. A step is reached by the event that lifts what is in force from below its number to it or above. The measure begins
   at that event's moment, whoever confirms it when, and ends so many days later, or never. Fewer points thereafter do
   not end it; if they fall below the step and reach it again, it begins anew. An event that lifts over several steps
   at once asks for the measures of the highest; what earlier events asked for runs on beside it.
6. A confirmation is of one measure with one end, made when that measure had begun: if a replay moves the end, a
   person is asked again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from brand_index.errors import MarkscanError
from scanner.moderation.enforcement.ladder import Ladder, LadderStep, Measure


class LedgerContradictory(MarkscanError):
    """Two different events under one id, so that no order of arrival could be right."""

    code = "ledger_contradictory"


@dataclass(frozen=True, slots=True)
class PointsGiven:
    """A violation was found to be one, and points were given for it."""

    event_id: str  # unique in the ledger
    seller_id: str
    at: datetime  # aware UTC
    points: int  # 0: counted as a serious violation only
    serious: bool
    cause: str  # for people: the case or complaint

    def __post_init__(self) -> None:
        """Raises ValueError for a time without a zone or fewer than 0 points."""
        _require_zone(self.at, self.event_id)
        if self.points < 0:
            raise ValueError(f"{self.event_id}: {self.points} points; what is taken back is an event of its own")


@dataclass(frozen=True, slots=True)
class PointsTakenBack:
    """An appeal succeeded; this may arrive before the event that it takes back, and waits for it."""

    event_id: str  # unique in the ledger
    of: str  # the PointsGiven; of an id that is none, it takes back nothing
    at: datetime  # aware UTC

    def __post_init__(self) -> None:
        """Raises ValueError for a time without a zone."""
        _require_zone(self.at, self.event_id)


@dataclass(frozen=True, slots=True)
class MeasureConfirmed:
    """A person confirmed a measure that the ladder asked for."""

    event_id: str  # unique in the ledger
    seller_id: str
    at: datetime  # aware UTC
    measure: Measure
    until: datetime | None  # aware UTC, as the measure that was confirmed had it; None: for good

    def __post_init__(self) -> None:
        """Raises ValueError for a time without a zone."""
        _require_zone(self.at, self.event_id)
        if self.until is not None:
            _require_zone(self.until, self.event_id)


Event = PointsGiven | PointsTakenBack | MeasureConfirmed


@dataclass(frozen=True, slots=True)
class DueMeasure:
    """A measure that the ladder asks for at the moment of the standing."""

    measure: Measure
    begins: datetime  # UTC
    until: datetime | None  # UTC, the first moment without it; None: for good
    reached_by: str  # event_id of the points that reached the step
    confirmed: bool  # by a person; False, too, of a warning that nobody needed to confirm

    @property
    def needs_confirmation(self) -> bool:
        """Whether a person must confirm such a measure at all."""
        return self.measure.needs_confirmation

    @property
    def in_effect(self) -> bool:
        """Whether it may be acted upon: it was confirmed, or need not be."""
        return self.confirmed or not self.needs_confirmation


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts against a seller at one moment, and what is to be done about it."""

    seller_id: str
    marketplace: str
    at: datetime  # UTC
    points: int  # in force
    serious: int  # violations in force that count
    measures: tuple[DueMeasure, ...]  # asked for at that moment, the earliest first


@dataclass(frozen=True, slots=True)
class _Counted:
    """What an event adds to one of the two counts."""

    event: PointsGiven
    amount: int  # points, or 1 for a serious violation


def standing_of(seller_id: str, events: Iterable[Event], ladder: Ladder, now: datetime) -> Standing:
    """The seller's standing at `now`, aware UTC, from the ledger's events in any order, of whatever sellers.

    Raises LedgerContradictory for two events under one id, and ValueError for a `now` without a zone.
    """
    _require_zone(now, "now")
    happened = [event for event in _each_once(events) if event.at <= now]
    taken_back = {event.of for event in happened if isinstance(event, PointsTakenBack)}
    given = sorted(
        (
            event
            for event in happened
            if isinstance(event, PointsGiven) and event.seller_id == seller_id and event.event_id not in taken_back
        ),
        key=lambda event: (event.at, event.event_id),
    )
    confirmations = [
        event for event in happened if isinstance(event, MeasureConfirmed) and event.seller_id == seller_id
    ]
    points, serious = _capped(given, ladder), _collapsed(given, ladder)
    asked = [
        *_asked_for(points, ladder.by_points, ladder, confirmations),
        *_asked_for(serious, ladder.by_serious, ladder, confirmations),
    ]
    return Standing(
        seller_id=seller_id,
        marketplace=ladder.marketplace,
        at=now,
        points=_in_force(points, ladder, now),
        serious=_in_force(serious, ladder, now),
        measures=tuple(
            sorted((due for due in asked if due.until is None or now < due.until), key=lambda due: due.begins)
        ),
    )


def _require_zone(moment: datetime, name: str) -> None:
    if moment.utcoffset() is None:
        raise ValueError(f"{name}: {moment.isoformat()} has no time zone; give aware UTC")


def _each_once(events: Iterable[Event]) -> tuple[Event, ...]:
    known: dict[str, Event] = {}
    for event in events:
        if known.setdefault(event.event_id, event) != event:
            raise LedgerContradictory(f"event {event.event_id}: two different ones; give the later an id of its own")
    return tuple(known.values())


def _capped(given: Iterable[PointsGiven], ladder: Ladder) -> tuple[_Counted, ...]:
    """The points of each event that count; `given` in order of time."""
    spent: dict[date, int] = {}
    counted = []
    for event in given:
        amount = event.points
        if ladder.most_points_a_day is not None and not event.serious:
            day = event.at.astimezone(UTC).date()
            amount = min(amount, ladder.most_points_a_day - spent.get(day, 0))
            spent[day] = spent.get(day, 0) + amount
        counted.append(_Counted(event, amount))
    return tuple(counted)


def _collapsed(given: Iterable[PointsGiven], ladder: Ladder) -> tuple[_Counted, ...]:
    """The serious violations that count; `given` in order of time."""
    counted: list[_Counted] = []
    for event in given:
        opened = _later(counted[-1].event.at, ladder.serious_once_in_days or 0) if counted else None
        if event.serious and (opened is None or event.at >= opened):
            counted.append(_Counted(event, 1))
    return tuple(counted)


def _in_force(counted: Iterable[_Counted], ladder: Ladder, moment: datetime) -> int:
    """The sum of those that have not expired at `moment`, which is not before any of them."""
    ends = ((each.amount, _later(each.event.at, ladder.points_last_days)) for each in counted)
    return sum(amount for amount, end in ends if end is None or moment < end)


def _asked_for(
    counted: tuple[_Counted, ...],
    steps: tuple[LadderStep, ...],
    ladder: Ladder,
    confirmations: Iterable[MeasureConfirmed],
) -> Iterator[DueMeasure]:
    """Every measure that was ever asked for, ended or not; `counted` in order of time."""
    for number, each in enumerate(counted):
        begins = each.event.at
        before = _in_force(counted[:number], ladder, begins)
        reached = [step for step in steps if before < step.at_least <= before + each.amount]
        for step in reached:
            if step.at_least < reached[-1].at_least:
                continue
            lasts_as_points = step.days is None and step.measure is Measure.WARNING
            until = _later(begins, ladder.points_last_days if lasts_as_points else step.days)
            confirmed = any(
                (word.measure, word.until) == (step.measure, until) and word.at >= begins for word in confirmations
            )
            yield DueMeasure(step.measure, begins, until, each.event.event_id, confirmed)


def _later(moment: datetime, days: int | None) -> datetime | None:
    return None if days is None else moment + timedelta(days=days)
