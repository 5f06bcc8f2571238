"""Cases are searched for, commented on, assigned, and decided together with one undo for all."""

import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.store import Store
from scanner.moderation.cases.assignment import assign
from scanner.moderation.cases.cases import Case, Filters, Order
from scanner.moderation.cases.comments import LONGEST_COMMENT, add_comment, comments_on
from scanner.moderation.cases.decisions import CaseTaken, decisions_on, last_of
from scanner.moderation.cases.selection import MOST_CASES, pasted_ids, select_cases
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.store import Measures, SellerNotices
from scanner.moderation.seller_notices.undoing import undo_batch
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground
from scanner.verdicts.policy import Restriction
from scanner.verdicts.types import Listing
from tests.scanner.moderation.test_cases import EVERY, Desk, desk, of_its_own
from tests.scanner.verdicts.test_judgement import NOW

__all__ = ["desk"]  # the fixture
HOUR = timedelta(hours=1)


def case_of(desk: Desk, listing_id: str, seller_id: str | None = "S1", title: str | None = None) -> Case:
    return desk.flag(of_its_own(), listing=Listing(listing_id, seller_id, "DE", title=title))


def notices_of(desk: Desk, tmp_path: Path) -> SellerNotices:
    return SellerNotices(desk.registry, Store(tmp_path), ServiceSettings(), Links(b"s" * 32, None))


def states(desk: Desk, made: tuple[Case, ...]) -> list[CaseState]:
    return [desk.case(each.case_id).state for each in made]


# Search


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("item-7", [0]),
        ("ITEM-7", [0]),
        ("harbour", [0, 1]),
        ("harbour-2", [1]),
        ("rocket cup", [0]),
        ("100%", [1]),
        ("%", [1]),
        ("_", [2]),
        ("\\", []),
        ("über", [2]),
        ("ÜBERTOPF", [2]),
        (unicodedata.normalize("NFD", "übertopf"), [2]),
        ("nowhere", []),
    ],
)
def test_a_case_is_found_by_its_listing_seller_or_title_as_typed(desk: Desk, text: str, places: list[int]) -> None:
    made = (
        case_of(desk, "item-7", "harbour-1", "A Rocket Cup, new"),
        case_of(desk, "item-81", "harbour-2", "100% wool"),
        case_of(desk, "item_9", None, "Übertopf"),
    )
    desk.decide(made[0])  # whatever their state
    assert sorted(desk.found(Filters(state=None, text=text))) == sorted(made[each].case_id for each in places)


def test_a_case_is_found_by_the_beginning_of_its_id_as_pages_show_it(desk: Desk) -> None:
    wanted = case_of(desk, "a")
    case_of(desk, "b")
    assert desk.found(Filters(state=None, text=wanted.case_id[:8].upper())) == [wanted.case_id]


def test_sellers_are_suggested_by_a_part_of_their_name_and_no_more_than_asked_for(desk: Desk) -> None:
    for seller_id in ("shop-1", "shop-1", "SHOP-2", "other", "shop_3"):
        case_of(desk, "a", seller_id)
    assert desk.cases.counted("seller_id", EVERY, NOW, like="shop-", count=5) == (("shop-1", 2), ("SHOP-2", 1))
    assert desk.cases.counted("seller_id", EVERY, NOW, count=1) == (("shop-1", 2),)


# Comments


def test_a_comment_is_kept_with_its_author_and_its_text_is_not_in_the_history(desk: Desk) -> None:
    case = case_of(desk, "a")
    add_comment(desk.registry.database, case.case_id, "ann", " asked the seller\nfor documents ", NOW)
    add_comment(desk.registry.database, case.case_id, "bob", "came today", NOW + HOUR)
    made = comments_on(desk.registry.database, case.case_id)
    assert [(each.user_id, each.at, each.comment) for each in made] == [
        ("ann", NOW, "asked the seller\nfor documents"),
        ("bob", NOW + HOUR, "came today"),
    ]
    assert desk.events("case commented")[0] == (case.case_id, {"comment": 1, "user": "ann"})


@pytest.mark.parametrize("comment", ["", "  ", "x" * (LONGEST_COMMENT + 1), "a\x00b"])
def test_a_comment_that_says_nothing_or_too_much_is_refused(desk: Desk, comment: str) -> None:
    case = case_of(desk, "a")
    with pytest.raises(InvalidField, match="comment"):
        add_comment(desk.registry.database, case.case_id, "ann", comment, NOW)


def test_nobody_comments_on_a_case_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(UnknownRecord):
        add_comment(desk.registry.database, "none", "ann", "hello", NOW)


def test_comments_are_purged_with_their_case(desk: Desk) -> None:
    case = case_of(desk, "a")
    add_comment(desk.registry.database, case.case_id, "ann", "hello", NOW)
    desk.decide(case)
    desk.records.purge(NOW + timedelta(days=9), images=timedelta(days=1), verdicts=timedelta(days=1))
    assert comments_on(desk.registry.database, case.case_id) == ()


# Assignment


def test_the_next_case_is_mine_before_anybodys_and_never_anothers(desk: Desk) -> None:
    first, second, third = (case_of(desk, each) for each in "abc")
    database = desk.registry.database
    assert assign(database, [first.case_id], "bob", "ann", NOW) == 1
    assert assign(database, [third.case_id], "ann", "ann", NOW) == 1
    taken = []
    while (case := desk.cases.take_next(Filters(), Order.OLDEST, "ann", NOW)) is not None:
        taken.append(case.case_id)
        desk.decide(case)
    assert taken == [third.case_id, second.case_id]
    assert desk.found(Filters(assignee="bob")) == [first.case_id]


def test_a_case_is_taken_back_and_a_second_time_changes_nothing(desk: Desk) -> None:
    case, database = case_of(desk, "a"), desk.registry.database
    assign(database, [case.case_id], "bob", "ann", NOW)
    assert [assign(database, [case.case_id], None, "ann", NOW) for _ in range(2)] == [1, 0]
    assert desk.case(case.case_id).assignee is None
    assert [details for _, details in desk.events("case assigned")] == [
        {"assignee": "bob", "before": None, "user": "ann"},
        {"assignee": None, "before": "bob", "user": "ann"},
    ]


def test_whoever_reviews_a_case_decides_it_whomever_it_is_assigned_to(desk: Desk) -> None:
    case = case_of(desk, "a")
    assign(desk.registry.database, [case.case_id], "bob", "bob", NOW)
    assert desk.cases.lease(case.case_id, "ann", NOW)
    desk.decide(case)
    assert desk.case(case.case_id).state is CaseState.CONFIRMED


def test_a_decision_ends_the_assignment_and_its_undoing_leaves_the_case_to_anybody(desk: Desk, tmp_path: Path) -> None:
    case = case_of(desk, "a")
    assign(desk.registry.database, [case.case_id], "ann", "ann", NOW)
    decision = desk.decide(case, CaseState.ESCALATED)
    assert desk.case(case.case_id).assignee is None
    notices_of(desk, tmp_path).undo(decision, "ann", NOW)
    assert desk.case(case.case_id).assignee is None


def test_a_decided_case_is_assigned_to_nobody_and_with_it_none(desk: Desk) -> None:
    decided, waiting = case_of(desk, "a"), case_of(desk, "b")
    desk.decide(decided)
    with pytest.raises(CaseTaken, match="already"):
        assign(desk.registry.database, [waiting.case_id, decided.case_id], "ann", "ann", NOW)
    assert desk.case(waiting.case_id).assignee is None


# Selections


def test_cases_are_selected_by_id_by_its_beginning_and_by_listing(desk: Desk) -> None:
    made = tuple(case_of(desk, each) for each in ("L-1", "L-2", "L-3", "L-3"))
    pasted = f"{made[0].case_id}, {made[1].case_id[:8]};\nL-3\tL-9 L-3"
    found = select_cases(desk.registry.database, pasted_ids(pasted), "ann", NOW)
    assert {case.case_id for case in found.cases} == {case.case_id for case in made}
    assert (found.unknown, found.refused) == (("L-9",), ())
    assert found.counted("listing_id")[0] == ("L-3", 2)


def test_a_selection_says_which_cases_cannot_be_decided_and_why(desk: Desk) -> None:
    decided, held, free = (case_of(desk, each) for each in "abc")
    desk.decide(decided)
    desk.cases.lease(held.case_id, "bob", NOW)
    found = select_cases(desk.registry.database, ["a", "b", "c"], "ann", NOW)
    assert [case.case_id for case in found.cases] == [free.case_id]
    assert [(case.case_id, why) for case, why in found.refused] == [
        (decided.case_id, "is confirmed already: its page says by whom, and who can undo that"),
        (held.case_id, "is being reviewed by bob: take another"),
    ]


@pytest.mark.parametrize("count", [0, MOST_CASES + 1])
def test_no_more_cases_are_selected_than_a_person_looks_at_and_not_none(desk: Desk, count: int) -> None:
    with pytest.raises(InvalidField, match=str(count) if count else "no case is named"):
        select_cases(desk.registry.database, [f"L-{each}" for each in range(count)], "ann", NOW)


# One decision, one undo


def test_cases_decided_together_are_one_batch_and_undone_at_once_with_their_notices(desk: Desk, tmp_path: Path) -> None:
    made, notices = tuple(case_of(desk, each) for each in "abc"), notices_of(desk, tmp_path)
    measures = Measures(Restriction.REMOVED, 2)
    ids = [case.case_id for case in made]
    decided = notices.decide(ids, "ann", CaseState.CONFIRMED, measures=measures, now=NOW)
    (batch,) = {each.batch_id for each in decided}
    assert batch is not None
    assert last_of(desk.registry.database, "ann") == decided[-1]
    with pytest.raises(CaseTaken, match="only that user or an admin"):
        undo_batch(notices, batch, "bob", NOW)
    assert states(desk, made) == [CaseState.CONFIRMED] * 3
    assert len(undo_batch(notices, batch, "ann", NOW + HOUR)) == 3
    assert states(desk, made) == [CaseState.OPEN] * 3
    assert all(notice.ended_at is not None for each in ids for notice in notices.of_case(each))
    with pytest.raises(CaseTaken, match="none of the 3 decisions stands"):
        undo_batch(notices, batch, "ann", NOW + HOUR)


def test_what_was_decided_anew_since_is_left_when_its_batch_is_undone(desk: Desk, tmp_path: Path) -> None:
    made, notices = tuple(case_of(desk, each) for each in "abc"), notices_of(desk, tmp_path)
    decided = notices.decide([case.case_id for case in made], "ann", CaseState.ESCALATED, now=NOW)
    notices.undo(decided[0].decision_id, "ann", NOW)
    desk.decide(made[1], user="root")
    undone = undo_batch(notices, decided[0].batch_id or "", "ann", NOW)
    assert [case.case_id for case in undone] == [made[2].case_id]
    assert states(desk, made) == [CaseState.OPEN, CaseState.CONFIRMED, CaseState.OPEN]


def test_a_batch_is_undone_whole_or_not_at_all(desk: Desk, tmp_path: Path) -> None:
    made, notices = tuple(case_of(desk, each) for each in "ab"), notices_of(desk, tmp_path)
    ids = [case.case_id for case in made]
    decided = notices.decide(ids, "ann", CaseState.DISMISSED, ground=Ground.PARODY, now=NOW)
    desk.cases.lease(made[0].case_id, "bob", NOW)
    with pytest.raises(CaseTaken, match="being reviewed by bob"):
        undo_batch(notices, decided[0].batch_id or "", "ann", NOW)
    assert states(desk, made) == [CaseState.DISMISSED] * 2
    with pytest.raises(UnknownRecord):
        undo_batch(notices, "none", "ann", NOW)


def test_a_decision_on_one_case_is_no_batch(desk: Desk) -> None:
    case = case_of(desk, "a")
    desk.decide(case)
    assert decisions_on(desk.registry.database, case.case_id)[0].batch_id is None
