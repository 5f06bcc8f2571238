"""Learnt forms rest on what their mark's owner registered: they go with the last of it, and with a lost conflict."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brand_index.registration import register_reference
from brand_index.registry.conflicts import list_conflicts
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.moderation.forms.admission import MOST_FORMS
from scanner.moderation.forms.reinstating import FormTakenBack, NoOwnLogo, reinstate
from scanner.moderation.forms.tables import FormState
from scanner.moderation.forms.withdrawing import resolve, withdraw, without_room
from tests.conftest import BOLT, describer, draw_logo, png
from tests.scanner.moderation.test_accepting_forms import LATER, School, open_school
from tests.scanner.verdicts.test_judgement import NOW


@pytest.fixture
def school(tmp_path: Path, address: str) -> Iterator[School]:
    with open_school(Store(tmp_path), address) as opened:
        yield opened


def learnt_by(school: School) -> str:
    """The id of a form that was accepted."""
    reference = school.accept(school.proposed(1)[1]).form_reference_id
    assert reference is not None
    return reference


def in_conflict(school: School) -> int:
    """The number of a conflict about the artwork."""
    register_reference(
        school.registry,
        school.store,
        brand=BOLT,
        kind=ReferenceKind.LOGO,
        image=png(draw_logo("ACME", (200, 30, 40))),
        describer=describer(),
        name="bolt.png",
        now=NOW,
    )
    return list_conflicts(school.registry.database)[0].conflict_id


def test_the_last_logo_of_a_mark_takes_its_learnt_forms_with_it_and_both_are_reinstated(school: School) -> None:
    learnt, database = learnt_by(school), school.registry.database
    done = withdraw(database, [school.artwork.reference_id], LATER)
    assert [each.reference_id for each in done.learnt] == [learnt]
    assert school.in_force() == []
    with pytest.raises(NoOwnLogo, match="has no logo in force that its owner registered"):
        reinstate(database, [learnt], LATER)
    assert school.in_force() == []
    reinstate(database, [learnt, school.artwork.reference_id], LATER)
    assert [each.reference_id for each in school.in_force()] == [learnt]


def test_learnt_forms_stay_while_another_logo_of_their_mark_is_in_force(school: School) -> None:
    learnt_by(school)
    artwork = school.registry.reference(school.artwork.reference_id)
    assert artwork is not None
    other = register_reference(
        school.registry,
        school.store,
        brand=school.registry.brand("acme"),
        kind=ReferenceKind.LOGO,
        image=png(draw_logo("SIGN", (20, 30, 140))),
        describer=describer(),
        name="sign.png",
        mark_id=artwork.mark_id,
        now=NOW,
    )
    assert withdraw(school.registry.database, [other.reference.reference_id], LATER).learnt == ()
    assert len(school.in_force()) == 1


def test_who_loses_a_conflict_loses_the_learnt_forms_of_that_mark_for_good(school: School) -> None:
    learnt, conflict = learnt_by(school), in_conflict(school)
    _, lost = resolve(school.registry.database, conflict, withdraw="acme", now=LATER)
    assert lost == (learnt,)
    assert (school.in_force(), school.form(1).state) == ([], FormState.TAKEN_BACK)
    assert school.form(1).reason.endswith(f"was withdrawn to resolve conflict {conflict}.")
    with pytest.raises(FormTakenBack, match=f"to resolve conflict {conflict}"):
        reinstate(school.registry.database, [learnt], LATER)


def test_who_wins_a_conflict_keeps_the_learnt_forms(school: School) -> None:
    learnt, conflict = learnt_by(school), in_conflict(school)
    assert resolve(school.registry.database, conflict, withdraw="bolt", now=LATER)[1] == ()
    assert [each.reference_id for each in school.in_force()] == [learnt]


def test_a_form_of_a_mark_without_a_logo_of_its_owner_in_force_is_refused(school: School) -> None:
    _, form = school.proposed(1)
    withdraw(school.registry.database, [school.artwork.reference_id], LATER)
    refused = school.accept(form)
    assert (refused.state, "no logo in force that its owner registered" in refused.reason) == (FormState.REFUSED, True)
    assert school.in_force() == []


def test_the_owners_twentieth_logo_of_a_mark_says_once_that_no_form_of_it_is_learnt_any_more(school: School) -> None:
    database, others = school.registry.database, [school.own_logo(number) for number in range(MOST_FORMS - 2)]
    assert without_room(database, others) == ()
    (said,) = without_room(database, [school.own_logo(97)])
    assert "has 20 logos that its owner registered: forms are learnt from confirmations only up to 20" in said
    assert without_room(database, [school.own_logo(98)]) == ()
