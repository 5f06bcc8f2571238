"""A seller's standing on a ladder, by replaying the ledger's events: pure, with no I/O and no clock.

A standing is that of one moment; later events do not count. Events are replayed in order of their time, and those of
the same time in order of their ids. The order of arrival has no effect, and an event that arrives twice counts once.

1. Points that were taken back were never given. The other events are replayed without them: a measure that they alone
   reached is gone, confirmed or not, and a measure that is now reached later begins later.
2. On one UTC day, points for general violations count up to the ladder's daily limit; the earliest fill it. Points for
   serious violations are outside the limit.
3. A serious violation counts unless another one that counts is less than the ladder's window before it, to the second;
   one exactly at the end of the window counts. A violation that does not count opens no window, and its points count.
4. Points, and the serious violation that they were given for, are in force from their time until, but not at, that
   time plus the days that points last.
5. An event reaches a step when it lifts what is in force from below the step's number to it or above. The measure
   begins at the time of that event, whenever it is confirmed, and ends after its days, or never. Fewer points later do
   not end it. If they fall below the step and reach it again, the measure begins again. An event that lifts over
   several steps at once leads to the measures of the highest; measures of earlier events continue.
6. A confirmation is for one measure with one end, given after the measure began. If a replay moves the end, a person
   must confirm again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from brand_index.errors import MarkscanError
from scanner.moderation.enforcement.ladder import Ladder, LadderStep, Measure


class LedgerContradictory(MarkscanError):
    """Two different events with one id."""

    code = "ledger_contradictory"


@dataclass(frozen=True, slots=True)
class PointsGiven:
    """Points were given for a violation."""

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
            raise ValueError(f"{self.event_id}: {self.points} points: give 0 or more; taking back is another event")


@dataclass(frozen=True, slots=True)
class PointsTakenBack:
    """Points were taken back, as after an appeal. It may arrive before the event that it refers to."""

    event_id: str  # unique in the ledger
    of: str  # event_id of the PointsGiven; an unknown id takes back nothing
    at: datetime  # aware UTC

    def __post_init__(self) -> None:
        """Raises ValueError for a time without a zone."""
        _require_zone(self.at, self.event_id)


@dataclass(frozen=True, slots=True)
class MeasureConfirmed:
    """A person confirmed a measure of the ladder."""

    event_id: str  # unique in the ledger
    seller_id: str
    at: datetime  # aware UTC
    measure: Measure
    until: datetime | None  # aware UTC, the end of the confirmed measure; None: without end

    def __post_init__(self) -> None:
        """Raises ValueError for a time without a zone."""
        _require_zone(self.at, self.event_id)
        if self.until is not None:
            _require_zone(self.until, self.event_id)


Event = PointsGiven | PointsTakenBack | MeasureConfirmed


@dataclass(frozen=True, slots=True)
class DueMeasure:
    """A measure that the ladder provides for at the time of the standing."""

    measure: Measure
    begins: datetime  # UTC
    until: datetime | None  # UTC, the first moment without it; None: without end
    reached_by: str  # event_id of the points that reached the step
    confirmed: bool  # by a person; a warning needs no confirmation

    @property
    def needs_confirmation(self) -> bool:
        """Whether a person must confirm this measure."""
        return self.measure.needs_confirmation

    @property
    def in_effect(self) -> bool:
        """Whether the marketplace may act on it: it is confirmed, or needs no confirmation."""
        return self.confirmed or not self.needs_confirmation


@dataclass(frozen=True, slots=True)
class Standing:
    """A seller's points, serious violations and measures at one moment."""

    seller_id: str
    marketplace: str
    at: datetime  # UTC
    points: int  # in force
    serious: int  # violations in force that count
    measures: tuple[DueMeasure, ...]  # at that moment, the earliest first


@dataclass(frozen=True, slots=True)
class Contribution:
    """What points that were given add to a standing, and what keeps the rest out."""

    event: PointsGiven
    points: int  # of them in force
    over_limit: int  # points of them that the daily limit leaves out
    serious: bool  # whether it is a serious violation in force that counts
    counted_with: datetime | None  # UTC; the serious violation together with which it counts once; None: no such one
    expired_at: datetime | None  # UTC; None: they last still
    taken_back: bool


@dataclass(frozen=True, slots=True)
class _Counted:
    """What an event adds to the points or to the serious violations."""

    event: PointsGiven
    amount: int  # points, or 1 for a serious violation


def standing_of(seller_id: str, events: Iterable[Event], ladder: Ladder, now: datetime) -> Standing:
    """The seller's standing at `now`, aware UTC, from the ledger's events of any sellers, in any order.

    Raises LedgerContradictory for two events under one id, and ValueError for a `now` without a zone.
    """
    _require_zone(now, "now")
    happened = [event for event in _each_once(events) if event.at <= now]
    given, _ = _given(seller_id, happened)
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


def contributions_of(
    seller_id: str, events: Iterable[Event], ladder: Ladder, now: datetime
) -> tuple[Contribution, ...]:
    """What each of the seller's points adds to standing_of with the same arguments, the earliest first.

    Raises as standing_of does.
    """
    _require_zone(now, "now")
    given, taken_back = _given(seller_id, [event for event in _each_once(events) if event.at <= now])
    amounts = {each.event.event_id: each.amount for each in _capped(given, ladder)}
    serious = [each.event for each in _collapsed(given, ladder)]

    def contribution(event: PointsGiven) -> Contribution:
        end = _later(event.at, ladder.points_last_days)
        expired_at = end if end is not None and end <= now else None
        counts = expired_at is None and event.event_id in amounts
        amount = amounts.get(event.event_id, 0)
        alone = event in serious or not event.serious or event.event_id not in amounts
        return Contribution(
            event,
            points=amount if counts else 0,
            over_limit=event.points - amount if event.event_id in amounts else 0,
            serious=counts and event in serious,
            counted_with=None if alone else max(each.at for each in serious if each.at <= event.at),
            expired_at=expired_at,
            taken_back=event.event_id not in amounts,
        )

    return tuple(contribution(event) for event in sorted((*given, *taken_back), key=_by_time))


def _given(seller_id: str, happened: Iterable[Event]) -> tuple[list[PointsGiven], list[PointsGiven]]:
    """The points that a seller was given and has, in order of time, and those that were taken back."""
    events = list(happened)
    gone = {event.of for event in events if isinstance(event, PointsTakenBack)}
    every = [event for event in events if isinstance(event, PointsGiven) and event.seller_id == seller_id]
    kept = sorted((event for event in every if event.event_id not in gone), key=_by_time)
    return kept, [event for event in every if event.event_id in gone]


def _by_time(event: PointsGiven) -> tuple[datetime, str]:
    return event.at, event.event_id


def _require_zone(moment: datetime, name: str) -> None:
    if moment.utcoffset() is None:
        raise ValueError(f"{name}: {moment.isoformat()} has no time zone; give aware UTC")


def _each_once(events: Iterable[Event]) -> tuple[Event, ...]:
    known: dict[str, Event] = {}
    for event in events:
        if known.setdefault(event.event_id, event) != event:
            raise LedgerContradictory(
                f"event {event.event_id}: two different events have this id; give the later one another id"
            )
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
    """Every measure that was ever reached, ended or not; `counted` in order of time."""
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
