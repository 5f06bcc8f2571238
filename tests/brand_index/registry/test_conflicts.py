"""Two brands hold the same file: a person keeps both, or withdraws one side's reference, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.registry import Conflict, Registry
from brand_index.registry.conflicts import LONGEST_NOTE, list_conflicts, resolve_conflict
from brand_index.store import Store
from brand_index.types import Resolution
from tests.brand_index.registry.test_registry import ACME, BETA, LATER, NOW, add


@pytest.fixture
def registry(address: str, tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(Store(tmp_path), address) as opened:
        yield opened


@pytest.fixture
def conflict(registry: Registry) -> Conflict:
    add(registry, brand=ACME)
    add(registry, brand=BETA)
    (found,) = list_conflicts(registry.database, resolved=False)
    return found


def in_force(registry: Registry) -> list[str]:
    return [reference.brand_id for reference in registry.references()]


def test_both_are_kept_and_it_is_said_by_whom_when_and_why(registry: Registry, conflict: Conflict) -> None:
    database = registry.database.acting("user root")
    resolved = resolve_conflict(database, conflict.conflict_id, note=" A joint venture. ", now=LATER)
    assert (resolved.resolution, resolved.resolved_by) == (Resolution.BOTH_KEPT, "user root")
    assert (resolved.resolved_at, resolved.resolution_note) == (LATER, "A joint venture.")
    assert in_force(registry) == ["acme", "beta"]
    assert list_conflicts(database, resolved=True) == (resolved,)
    assert list_conflicts(database, resolved=False) == ()


@pytest.mark.parametrize(("loser", "holder"), [("acme", "beta"), ("beta", "acme")])
def test_one_sides_reference_is_withdrawn_with_the_resolution(
    registry: Registry, conflict: Conflict, loser: str, holder: str
) -> None:
    before = registry.revision()
    resolved = resolve_conflict(registry.database, conflict.conflict_id, withdraw=loser, now=LATER)
    assert resolved.resolution is Resolution.WITHDRAWN
    assert in_force(registry) == [holder]
    assert registry.revision() == before + 1 == registry.references_revision(), "the index is built anew"
    events = [event.what for event in registry.history()][-2:]
    assert events == ["reference withdrawn", "conflict resolved"]
    assert registry.history_faults() == ()


def test_a_reference_that_was_withdrawn_before_stays_so(registry: Registry, conflict: Conflict) -> None:
    (reference,) = [each for each in registry.references() if each.brand_id == "beta"]
    registry.withdraw_reference(reference.reference_id, NOW)
    resolve_conflict(registry.database, conflict.conflict_id, withdraw="beta", now=LATER)
    known = registry.reference(reference.reference_id)
    assert known is not None
    assert known.withdrawn_at == NOW


def test_a_conflict_is_resolved_once(registry: Registry, conflict: Conflict) -> None:
    resolve_conflict(registry.database, conflict.conflict_id, now=LATER)
    with pytest.raises(InvalidField, match="resolved already, by local"):
        resolve_conflict(registry.database, conflict.conflict_id, withdraw="acme", now=LATER)
    assert in_force(registry) == ["acme", "beta"]


def test_a_brand_without_a_part_in_it_cannot_lose(registry: Registry, conflict: Conflict) -> None:
    with pytest.raises(InvalidField, match="acme or beta"):
        resolve_conflict(registry.database, conflict.conflict_id, withdraw="gamma", now=LATER)
    assert list_conflicts(registry.database, resolved=False) == (conflict,)


def test_a_note_that_is_too_long_is_refused(registry: Registry, conflict: Conflict) -> None:
    with pytest.raises(InvalidField, match="note"):
        resolve_conflict(registry.database, conflict.conflict_id, note="x" * (LONGEST_NOTE + 1), now=LATER)
    assert list_conflicts(registry.database, resolved=False) == (conflict,)


def test_an_unknown_conflict_is_said_to_be(registry: Registry) -> None:
    with pytest.raises(UnknownRecord, match="no conflict 7"):
        resolve_conflict(registry.database, 7, now=NOW)


def test_conflicts_of_other_brands_are_not_listed(registry: Registry, conflict: Conflict) -> None:
    assert list_conflicts(registry.database, brands=["beta", "gamma"]) == (conflict,)
    assert list_conflicts(registry.database, brands=["gamma"]) == ()
    assert list_conflicts(registry.database, brands=[]) == ()


def test_the_same_file_again_is_a_new_conflict_after_a_withdrawal(registry: Registry, conflict: Conflict) -> None:
    resolve_conflict(registry.database, conflict.conflict_id, withdraw="beta", now=LATER)
    add(registry, brand=BETA, now=LATER)
    assert [each.conflict_id for each in list_conflicts(registry.database, resolved=False)] == [2]
