"""A form counts if it shows something new, raises no alarms, and covers more than the forms that a mark has."""

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.moderation.forms.admission import MOST_FORMS, DescribedForm, KnownForm, admit, chosen_forms

SAME, MOST_ALARMS = 0.85, 5.0
RNG = np.random.default_rng(24)


def unit(*values: float) -> NDArray[np.float32]:
    vector = np.array([values], np.float32)
    return vector / np.linalg.norm(vector)


def some_views() -> NDArray[np.float32]:
    return unit(*RNG.standard_normal(64))


def a_known(name: str, views: NDArray[np.float32], alarms: float = 0.1, *, is_learnt: bool = True) -> KnownForm:
    return KnownForm(name, is_learnt, DescribedForm(views, alarms))


def refusal(views: NDArray[np.float32], *known: KnownForm, alarms: float = 0.1) -> str | None:
    return admit(DescribedForm(views, alarms), known, same_form=SAME, most_alarms=MOST_ALARMS).refused


def test_the_first_form_of_a_mark_counts() -> None:
    assert refusal(some_views()) is None


def test_a_near_duplicate_is_refused_by_its_nearest_form() -> None:
    views = some_views()
    why = refusal(views, a_known("far", some_views()), a_known("near", unit(*(views[0] + 0.02))))
    assert why is not None
    assert "the form near (cosine 0.9" in why


@pytest.mark.parametrize(
    ("own", "others", "is_refused"),
    [(4.9, 0.0, False), (5.1, 0.0, True), (1.0, 4.5, True), (0.25, 100.0, False), (0.3, 100.0, True)],
)
def test_alarms_add_up_to_the_policys_figure_and_a_twentieth_of_it_is_always_free(
    own: float, others: float, *, is_refused: bool
) -> None:
    why = refusal(some_views(), a_known("known", some_views(), others), alarms=own)
    assert (why is not None) is is_refused
    assert why is None or "the policy allows 5" in why


def test_of_two_twins_and_a_stranger_the_stranger_and_one_twin_are_chosen() -> None:
    twin, stranger = unit(1, 0, 0), unit(0, 1, 0)
    assert chosen_forms([twin, unit(1, 0, 0.01), stranger], [False] * 3, most=2) == {0, 2}


def test_artwork_is_chosen_though_it_covers_nothing() -> None:
    forms = [unit(0, 0, 1), unit(1, 0, 0), unit(1, 0.1, 0), unit(0, 1, 0)]
    assert 0 in chosen_forms(forms, [True, False, False, False], most=2)


def test_artwork_in_all_places_has_no_room_for_a_learnt_form() -> None:
    known = [a_known(f"artwork-{number}", some_views(), is_learnt=False) for number in range(MOST_FORMS)]
    why = refusal(some_views(), *known)
    assert why is not None
    assert "cover more than with it" in why


def test_a_full_mark_drops_a_learnt_form_that_another_covers_for_one_that_nothing_covers() -> None:
    twin = some_views()
    others = [a_known(f"form-{number}", some_views()) for number in range(MOST_FORMS - 2)]
    twins = [a_known("twin-1", twin), a_known("twin-2", unit(*(twin[0] + 0.001)))]
    admitted = admit(DescribedForm(some_views(), 0.0), [*twins, *others], same_form=SAME, most_alarms=MOST_ALARMS)
    assert admitted.refused is None
    assert len(admitted.dropped) == 1
    assert admitted.dropped[0].startswith("twin")
