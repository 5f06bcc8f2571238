"""A seller's standing follows from the events, the ladder and the moment, in whatever order the events arrive."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.moderation.enforcement import (
    Event,
    Ladder,
    LadderStep,
    LadderUnusable,
    LedgerContradictory,
    Measure,
    MeasureConfirmed,
    PointsGiven,
    PointsTakenBack,
    Standing,
    contributions_of,
    read_ladder,
    shipped_ladder,
    standing_of,
)
from scanner.moderation.enforcement.ladder import LADDERS
from scanner.service.console.sellers.points import rules_of, why_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALIBABA = shipped_ladder("alibaba")
ALIEXPRESS = shipped_ladder("aliexpress")
# Both kinds of step with every limit, so that each event of the property tests may matter.
BOTH = replace(ALIEXPRESS, most_points_a_day=12, by_points=ALIBABA.by_points)


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def points(number: int, days: float = 0, *, name: str = "", seller_id: str = "S1") -> PointsGiven:
    return PointsGiven(name or f"p{days}", seller_id, after(days), number, serious=False, cause="case")


def serious(days: float, number: int = 0, *, name: str = "") -> PointsGiven:
    return PointsGiven(name or f"s{days}", "S1", after(days), number, serious=True, cause="case")


def at(days: float, *events: Event, ladder: Ladder = ALIEXPRESS) -> Standing:
    return standing_of("S1", events, ladder, after(days))


def asked(standing: Standing) -> list[tuple[Measure, datetime, datetime | None]]:
    return [(due.measure, due.begins, due.until) for due in standing.measures]


def test_without_events_nothing_counts() -> None:
    assert at(0) == Standing("S1", "AliExpress", START, 0, 0, ())


@pytest.mark.parametrize(
    ("number", "measures"),
    [
        (5, []),
        (6, [(Measure.WARNING, None)]),
        (11, [(Measure.WARNING, None)]),
        (12, [(Measure.RESTRICTION, 7)]),
        (23, [(Measure.RESTRICTION, 7)]),
        (24, [(Measure.RESTRICTION, 14)]),
        (35, [(Measure.RESTRICTION, 14)]),
        (36, [(Measure.RESTRICTION, 21), (Measure.PRODUCTS_REMOVED, None)]),
        (47, [(Measure.RESTRICTION, 21), (Measure.PRODUCTS_REMOVED, None)]),
        (48, [(Measure.MEMBERSHIP_ENDED, None)]),
    ],
)
def test_alibaba_asks_by_points_for_the_highest_step_reached(
    number: int, measures: list[tuple[Measure, int | None]]
) -> None:
    expected = [(measure, START, None if days is None else after(days)) for measure, days in measures]
    assert asked(at(0, points(number), ladder=ALIBABA)) == expected


def test_aliexpress_freezes_a_day_then_seven_then_closes() -> None:
    violations = (serious(0), serious(10), serious(20))
    assert asked(at(0, *violations)) == [(Measure.SHOP_FROZEN, START, after(1))]
    assert asked(at(10, *violations)) == [(Measure.SHOP_FROZEN, after(10), after(17))]
    assert asked(at(20, *violations)) == [(Measure.SHOP_CLOSED, after(20), None)]


def test_aliexpress_asks_for_nothing_by_points_alone() -> None:
    assert at(9, *(points(6, day) for day in range(10))).measures == ()


def test_a_restriction_begins_with_the_event_that_reached_its_step_and_not_with_the_first() -> None:
    standing = at(4, points(11), points(1, 3), ladder=ALIBABA)
    assert (Measure.RESTRICTION, after(3), after(10)) in asked(standing)
    assert standing.measures[-1].reached_by == "p3"


def test_a_restriction_is_over_at_its_end_and_more_points_below_the_next_step_ask_for_none() -> None:
    events = (points(12), points(1, 2))
    assert asked(at(6.99, *events, ladder=ALIBABA)) == [(Measure.RESTRICTION, START, after(7))]
    assert asked(at(7, *events, ladder=ALIBABA)) == []


def test_a_restriction_of_a_lower_step_runs_on_beside_that_of_a_higher() -> None:
    ends = [until for _, _, until in asked(at(1, points(12), points(12, 1), ladder=ALIBABA))]
    assert ends == [after(7), after(15)]


def test_general_violations_of_one_day_count_for_six_points_at_most() -> None:
    assert at(0.2, points(4), points(4, 0.1), points(4, 0.2)).points == 6


def test_each_row_says_what_of_it_counts_and_what_keeps_the_rest_out() -> None:
    events = (points(12), serious(0.1, 6), points(6, 0.2), serious(1), PointsTakenBack("back", "p0", after(2)))

    def rows(days: float) -> list[tuple[int, str]]:
        found = contributions_of("S1", events, ALIEXPRESS, after(days))
        return [(each.points, why_of(each, ALIEXPRESS)) for each in found]

    once = "Counts as one serious violation with that of 2026-03-01 14:24 UTC."
    limit = "count: no more than 6 points of that day do."
    assert rows(1) == [(6, f"6 of 12 {limit}"), (6, ""), (0, f"0 of 6 {limit}"), (0, once)]
    assert rows(2) == [(0, "Removed: they do not count."), (6, ""), (6, ""), (0, once)]
    assert at(1, *events).points == at(2, *events).points == 12
    assert rows(367)[1:3] == [(0, "Expired on 2027-03-01: they no longer count.")] * 2
    assert "at most 6 points" in rules_of(ALIEXPRESS)[0]
    assert rules_of(ALIBABA) == ("This ladder requires measures by points only, none by serious violations.",)


def test_serious_violations_are_outside_the_cap_of_a_day() -> None:
    assert at(0.2, points(4), serious(0.1, 8), points(4, 0.2)).points == 14


def test_a_ladder_without_a_cap_counts_all_points_of_a_day() -> None:
    assert at(0.1, points(8), points(8, 0.1), ladder=ALIBABA).points == 16


def test_the_day_of_the_cap_is_that_of_utc_whatever_zone_the_time_is_in() -> None:
    china = timezone(timedelta(hours=8))
    late, early = datetime(2026, 3, 2, 7, 59, tzinfo=china), datetime(2026, 3, 2, 8, 1, tzinfo=china)
    events = [replace(points(6, name=str(moment)), at=moment) for moment in (late, early)]
    assert at(9, *events).points == 12


@pytest.mark.parametrize(("days", "count"), [(2.999, 1), (3, 2)])
def test_serious_violations_within_three_days_count_once(days: float, count: int) -> None:
    assert at(9, serious(0), serious(days)).serious == count


def test_a_serious_violation_that_does_not_count_opens_no_window() -> None:
    assert at(9, serious(0), serious(2), serious(4)).serious == 2


def test_the_points_of_a_serious_violation_that_does_not_count_do() -> None:
    assert at(9, serious(0, 5), serious(2, 5)).points == 10


def test_a_ladder_without_a_window_counts_each_serious_violation() -> None:
    assert at(9, serious(0), serious(0, name="t"), ladder=replace(ALIEXPRESS, serious_once_in_days=None)).serious == 2


@pytest.mark.parametrize(("days", "number"), [(364.999, 6), (365, 0)])
def test_points_last_365_days(days: float, number: int) -> None:
    assert at(days, points(6)).points == number


def test_a_serious_violation_lasts_as_long_as_points() -> None:
    assert at(364.999, serious(0)).serious == 1
    assert asked(at(365, serious(0), serious(365))) == [(Measure.SHOP_FROZEN, after(365), after(366))]


def test_a_closure_outlasts_the_violations_that_led_to_it() -> None:
    assert asked(at(999, serious(0), serious(10), serious(20))) == [(Measure.SHOP_CLOSED, after(20), None)]


def test_a_warning_lasts_as_long_as_points() -> None:
    yearly = replace(ALIBABA, points_last_days=365)
    assert asked(at(364, points(6), ladder=yearly)) == [(Measure.WARNING, START, after(365))]
    assert asked(at(365, points(6), ladder=yearly)) == []


def test_points_expired_before_an_event_do_not_help_it_to_a_step() -> None:
    yearly = replace(ALIBABA, points_last_days=365)
    assert asked(at(365, points(6), points(6, 365), ladder=yearly)) == [(Measure.WARNING, after(365), after(730))]


def test_a_measure_goes_when_the_points_that_reached_it_are_taken_back() -> None:
    events = (points(11), points(1, 1), MeasureConfirmed("c", "S1", after(1), Measure.RESTRICTION, after(8)))
    assert at(2, *events, PointsTakenBack("t", "p1", after(2)), ladder=ALIBABA) == at(2, points(11), ladder=ALIBABA)


def test_points_taken_back_make_room_under_the_cap_of_their_day() -> None:
    assert at(1, points(6, 0.1), points(5, 0.2), PointsTakenBack("t", "p0.1", after(1))).points == 5


def test_a_serious_violation_taken_back_lets_the_next_within_its_window_count() -> None:
    events = (serious(0), serious(1), PointsTakenBack("t", "s0", after(1)))
    assert asked(at(1, *events)) == [(Measure.SHOP_FROZEN, after(1), after(2))]


def test_what_happens_later_has_not_happened_yet() -> None:
    events = (points(6), points(6, 5), PointsTakenBack("t", "p0", after(9)))
    assert [at(days, *events).points for days in (0, 5, 9)] == [6, 12, 6]


def test_points_of_other_sellers_do_not_count() -> None:
    assert at(0, points(6, seller_id="S2")).points == 0


def test_all_but_a_warning_needs_confirmation() -> None:
    assert [measure for measure in Measure if not measure.needs_confirmation] == [Measure.WARNING]
    [warning] = at(0, points(6), ladder=ALIBABA).measures
    assert (warning.needs_confirmation, warning.confirmed, warning.in_effect) == (False, False, True)
    [restriction] = at(0, points(12), ladder=ALIBABA).measures
    assert (restriction.needs_confirmation, restriction.confirmed, restriction.in_effect) == (True, False, False)


CONFIRMED = MeasureConfirmed("c", "S1", after(0.5), Measure.SHOP_FROZEN, after(1))


@pytest.mark.parametrize(
    ("confirmation", "confirmed"),
    [
        (CONFIRMED, True),
        (replace(CONFIRMED, seller_id="S2"), False),
        (replace(CONFIRMED, measure=Measure.RESTRICTION), False),
        (replace(CONFIRMED, until=after(2)), False),
        (replace(CONFIRMED, until=None), False),
        (replace(CONFIRMED, at=after(-0.1)), False),
        (replace(CONFIRMED, at=after(0.8)), False),
    ],
    ids=["as asked", "another seller", "another measure", "another end", "no end", "too early", "not yet"],
)
def test_a_confirmation_is_of_one_sellers_measure_with_its_end(confirmation: Event, confirmed: bool) -> None:
    [frozen] = at(0.7, serious(0), confirmation).measures
    assert (frozen.confirmed, frozen.in_effect) == (confirmed, confirmed)


def test_a_closure_that_a_replay_moved_must_be_confirmed_again() -> None:
    closed = (serious(0), serious(10), serious(20), MeasureConfirmed("c", "S1", after(21), Measure.SHOP_CLOSED, None))
    assert at(30, *closed).measures[0].confirmed
    moved = at(30, *closed, serious(30), PointsTakenBack("t", "s0", after(25)))
    assert [(due.begins, due.confirmed) for due in moved.measures] == [(after(30), False)]


@st.composite
def ledgers(draw: st.DrawFn) -> list[Event]:
    """Crowded on few moments and steps, so that ties, caps, windows and expiry are all met."""
    moments = st.sampled_from([after(days) for days in (0, 0.25, 1, 2, 3, 4, 10, 366, 368)])
    ids = [f"p{number}" for number in range(draw(st.integers(1, 8)))]
    given_points = [
        PointsGiven(name, draw(st.sampled_from(["S1", "S1", "S2"])), draw(moments), amount, draw(st.booleans()), "case")
        for name, amount in zip(ids, draw(st.lists(st.integers(0, 13), min_size=8, max_size=8)), strict=False)
    ]
    back = [PointsTakenBack(f"t{n}", draw(st.sampled_from([*ids, "x"])), draw(moments)) for n in range(2)]
    ends = st.one_of(st.none(), moments)
    words = [
        MeasureConfirmed(f"c{n}", "S1", draw(moments), draw(st.sampled_from(Measure)), draw(ends)) for n in range(2)
    ]
    return [*given_points, *back, *words]


@given(ledgers(), st.data(), st.sampled_from([0.0, 1.5, 5, 366, 400]))
def test_any_order_of_arrival_and_any_repetition_give_the_same_standing(
    events: list[Event], data: st.DataObject, days: float
) -> None:
    repeated = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events)))))
    assert at(days, *repeated, ladder=BOTH) == at(days, *events, ladder=BOTH)


@given(ledgers(), st.sampled_from([0.0, 1.5, 5, 366, 400]))
def test_the_rows_add_up_to_the_standing(events: list[Event], days: float) -> None:
    rows, standing = contributions_of("S1", events, BOTH, after(days)), at(days, *events, ladder=BOTH)
    assert sum(each.points for each in rows) == standing.points
    assert sum(each.serious for each in rows) == standing.serious


@given(ledgers(), st.data())
def test_what_is_taken_back_is_as_if_it_was_never_given(events: list[Event], data: st.DataObject) -> None:
    event = data.draw(st.sampled_from([each for each in events if isinstance(each, PointsGiven)]))
    back = PointsTakenBack("back", event.event_id, START)
    without = [each for each in events if each != event]
    assert at(400, back, *events, ladder=BOTH) == at(400, *without, ladder=BOTH)


def test_of_two_events_at_one_moment_the_id_decides_which_reached_the_step() -> None:
    one, other = points(6, name="a"), points(6, name="b")
    for events in ((one, other), (other, one)):
        assert [due.reached_by for due in at(0, *events, ladder=ALIBABA).measures] == ["a", "b"]


def test_event_time_goes_before_the_id() -> None:
    measures = at(1, points(6, name="b"), points(6, 1, name="a"), ladder=ALIBABA).measures
    assert [(due.measure, due.reached_by) for due in measures] == [(Measure.WARNING, "b"), (Measure.RESTRICTION, "a")]


def test_two_different_events_under_one_id_are_refused_in_any_order() -> None:
    one, other = points(6), replace(points(6), points=5)
    for events in ((one, other), (other, one)):
        with pytest.raises(LedgerContradictory, match="p0"):
            at(0, *events)


def test_a_time_without_a_zone_and_points_below_none_are_refused() -> None:
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        standing_of("S1", [], ALIBABA, naive)
    for event in (points(1), PointsTakenBack("t", "p", START), CONFIRMED):
        with pytest.raises(ValueError, match="no time zone"):
            replace(event, at=naive)
    with pytest.raises(ValueError, match="no time zone"):
        replace(CONFIRMED, until=naive)
    with pytest.raises(ValueError, match="-1 points"):
        points(-1)


def test_the_shipped_ladders_are_these_and_say_where_and_when_they_were_read() -> None:
    assert sorted(path.stem for path in LADDERS.iterdir()) == ["alibaba", "aliexpress"]
    for ladder in (ALIBABA, ALIEXPRESS):
        assert ladder.source
        assert (ladder.url.startswith("https://"), ladder.read_on) == (True, date(2026, 11, 26))
    limits = [
        (each.points_last_days, each.most_points_a_day, each.serious_once_in_days) for each in (ALIBABA, ALIEXPRESS)
    ]
    assert limits == [(None, None, None), (365, 6, 3)]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("points_last_days", "points_lsat_days", "points_lsat_days: .*not 365"),
        ("read_on = 2026-11-26", "", "read_on: .*required"),
        ("at_least = 1", "at_most = 1", r"by_serious\.0\.at_most: .*not 1"),
        ("at_least = 1", "at_least = 0", r"by_serious\.0\.at_least: .*not 0"),
        ("at_least = 1", "at_least = 4", r"\[\[by_serious\]\] at_least = 2 comes after 4"),
        ("at_least = 1", "at_least = 2", r"\[\[by_serious\]\] at_least = 2 has shop_frozen twice"),
        ('"shop_closed"', '"shop_burnt"', "by_serious.2.measure: .*not 'shop_burnt'"),
        ("days = 7", "days = 0", r"by_serious\.1\.days: .*not 0"),
        ("most_points_a_day = 6", "most_points_a_day = 0", "most_points_a_day: .*not 0"),
        ("[[by_serious]]", "[[by_serious", "cannot be read"),
    ],
)
def test_a_wrong_ladder_file_is_refused_by_name_value_and_remedy(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text((LADDERS / "aliexpress.toml").read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(LadderUnusable, match=complaint) as raised:
        read_ladder(file)
    assert "mine.toml" in str(raised.value)
    assert "shipped one: alibaba, aliexpress" in str(raised.value) or "Give a TOML file" in str(raised.value)
    assert raised.value.code == "ladder_unusable"


def test_a_ladder_without_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="no step"):
        replace(ALIEXPRESS, by_serious=())


def test_a_ladder_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(LadderUnusable, match=r"'../policy': .*alibaba, aliexpress"):
        shipped_ladder("../policy")


def test_a_marketplace_may_write_a_ladder_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        'marketplace = "Own"\nsource = "House rules"\nurl = "https://own.example"\nread_on = 2026-01-01\n'
        '[[by_points]]\nat_least = 3\nmeasure = "restriction"\ndays = 2\n',
        "utf-8",
    )
    ladder = read_ladder(file)
    assert ladder.by_points == (LadderStep(3, Measure.RESTRICTION, 2),)
    assert asked(at(0, points(3), ladder=ladder)) == [(Measure.RESTRICTION, START, after(2))]
