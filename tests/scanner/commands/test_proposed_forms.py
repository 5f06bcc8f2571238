"""`markscan marks proposed`, `accept` and `refuse`: forms that confirmed cases proposed, from the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from brand_index.registration import MarkChanges, MarkFields, edit_mark
from brand_index.registration.forms import mark_of
from brand_index.store import Store
from scanner.commands.main import markscan
from scanner.moderation.forms.admission import MOST_FORMS
from scanner.moderation.forms.tables import FormState
from tests.scanner.commands.test_brand_owner import draw_logo
from tests.scanner.moderation.test_accepting_forms import School, open_school
from tests.scanner.verdicts.test_judgement import NOW


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    with open_school(Store(tmp_path)) as opened:
        yield opened


def run(school: School, *arguments: str) -> Result:
    return CliRunner().invoke(markscan, ["marks", *arguments, "--store", str(school.store.root)])


def test_a_form_is_listed_accepted_and_no_longer_listed(school: School) -> None:
    _, form = school.proposed(1)
    assert form.case_id in run(school, "proposed", "acme").stdout
    done = run(school, "accept", "1")
    (reference,) = school.in_force()
    assert (done.exit_code, done.stdout) == (0, f"form 1 is accepted as {reference.reference_id}\n")
    assert run(school, "proposed").stdout == "no forms wait for a decision\n"
    assert "accepted" in run(school, "proposed", "--all").stdout


def test_a_form_that_its_test_refuses_exits_with_3_and_says_why(school: School) -> None:
    school.proposed(1)
    run(school, "accept", "1")
    school.proposed(1, "bob")
    done = run(school, "accept", "2")
    assert (done.exit_code, "form 2 is refused: It shows the same as the form" in done.stdout) == (3, True)


def test_a_form_is_refused_with_a_reason(school: School) -> None:
    _, form = school.proposed(1)
    assert run(school, "refuse", "1", "--reason", "It is cut off.").exit_code == 0
    assert (school.form(form.form_id).state, school.form(form.form_id).reason) == (FormState.REFUSED, "It is cut off.")


@pytest.mark.parametrize("arguments", [("accept", "7"), ("refuse", "7"), ("proposed", "nobody")])
def test_what_is_not_there_is_said_with_exit_code_2(school: School, arguments: tuple[str, ...]) -> None:
    done = run(school, *arguments)
    assert (done.exit_code, done.stderr.startswith("error: no ")) == (2, True)


@pytest.mark.parametrize("word", ["accept", "refuse"])
def test_of_a_decided_form_the_command_says_which_one_lists_those_that_wait(school: School, word: str) -> None:
    school.proposed(1)
    run(school, "refuse", "1")
    done = run(school, word, "1")
    said = "there is nothing left to decide. `markscan marks proposed` lists"
    assert (done.exit_code, said in done.stderr, "is refused already by local on " in done.stderr) == (2, True, True)


def test_withdrawing_the_last_logo_of_a_mark_says_which_learnt_forms_go_too_and_how_to_undo_it(school: School) -> None:
    school.accept(school.proposed(1)[1])
    (learnt,), artwork = school.in_force(), school.artwork.reference_id
    said = CliRunner().invoke(markscan, ["withdraw", artwork, "--store", str(school.store.root)]).stdout
    assert f"{learnt.reference_id} ({learnt.source_name}) is withdrawn too: it was learnt" in said
    assert f"markscan reinstate {artwork} {learnt.reference_id}" in said
    assert " withdrawn " in run(school, "proposed", "--all").stdout


def test_registering_the_twentieth_logo_of_a_mark_says_that_none_is_learnt_any_more(
    school: School, tmp_path: Path
) -> None:
    mark = mark_of(school.registry, school.artwork.reference_id, NOW)
    edit_mark(school.registry, mark.mark_id, MarkChanges(MarkFields(name="sign"), frozenset({"name"})), NOW)
    for number in range(MOST_FORMS - 2):
        school.own_logo(number)
    arguments = ["register", "--brand", "acme", "--mark", "sign", "--no-audit", "--store", str(school.store.root)]
    said = CliRunner().invoke(markscan, [*arguments, str(draw_logo(tmp_path / "another.png"))]).stderr
    assert "mark 'sign' of acme has 20 logos that its owner registered" in said
