"""One caller never holds all of the room, and room that is not asked for by others is not kept from it."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.service.limits.shares import FairShares
from scanner.service.problems import Problem


def held(shares: FairShares, stack: ExitStack, caller: str) -> int:
    """How many calls a caller gets when it asks for as many as it can."""
    count = 0
    try:
        while True:
            stack.enter_context(shares.hold(caller))
            count += 1
    except Problem:
        return count


@given(most=st.integers(2, 500))
def test_a_greedy_caller_gets_most_of_the_room_and_leaves_some(most: int) -> None:
    with ExitStack() as stack:
        shares = FairShares(most)
        greedy = held(shares, stack, "greedy")
        assert 0.75 * most - 1 <= greedy
        assert greedy < most or most < 6, "a small room has no fifth"
        if most >= 6:
            assert held(shares, stack, "other") >= 1
    with ExitStack() as stack:
        assert held(shares, stack, "other") == greedy, "what ended is free again"


def test_several_greedy_callers_fill_the_room_and_what_they_free_is_for_others() -> None:
    shares = FairShares(400)
    with ExitStack() as first:
        with ExitStack() as rest:
            assert held(shares, first, "greedy 1") == 320
            assert sum(held(shares, rest, f"greedy {number}") for number in range(2, 8)) == 80
            with pytest.raises(Problem), shares.hold("modest"):
                pass
        with pytest.raises(Problem), shares.hold("greedy 1"):
            pass
        with shares.hold("modest"):
            pass


def test_a_call_that_fails_is_counted_no_longer() -> None:
    shares = FairShares(1)
    with pytest.raises(ValueError, match="fails"), shares.hold("a"):
        raise ValueError("fails")
    with shares.hold("a"):
        pass


def test_where_there_is_no_room_nobody_is_admitted() -> None:
    with pytest.raises(Problem) as refused, FairShares(0).hold("a"):
        pass
    assert (refused.value.status, refused.value.code) == (503, "queue_full")
    assert int(refused.value.headers["Retry-After"]) >= 1
