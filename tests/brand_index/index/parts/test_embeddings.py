"""The search of embeddings where one mark has many forms: it keeps no other mark out, nor its own margin low."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brand_index.index.parts import LogoSearch
from brand_index.index.parts.logos import FORMS_A_MARK
from tests.brand_index.index.written import logos_in, one_view_each

FORMS = 120  # of one mark, all nearer to the query than any other logo
MARKS = np.array([*[0] * FORMS, 1, -1, -1], np.int32)
BRANDS = np.array([*[0] * FORMS, 1, 2, 3], np.int32)


def at_cosine(cosine: float, along: int) -> NDArray[np.float32]:
    """A unit vector with this cosine to the query, the first axis."""
    vector = np.zeros(8, np.float32)
    vector[0], vector[along] = cosine, np.sqrt(1 - cosine**2)
    return vector


def many_forms(folder: Path, marks: NDArray[np.int32] = MARKS) -> LogoSearch:
    cosines = [*np.linspace(0.99, 0.9, FORMS), 0.7, 0.6, 0.5]
    rows = [at_cosine(float(cosine), 1 + number % 7) for number, cosine in enumerate(cosines)]
    return logos_in(folder, one_view_each(np.stack(rows)), BRANDS, marks, dimensions=8)


def query() -> NDArray[np.float32]:
    return at_cosine(1.0, 1)[None]


def test_many_forms_of_one_mark_leave_room_for_other_marks(tmp_path: Path) -> None:
    found = [hit.position for hit in many_forms(tmp_path).search(query(), 6)]
    assert found == [*range(FORMS_A_MARK), FORMS, FORMS + 1, FORMS + 2]


def test_logos_of_no_mark_count_by_themselves(tmp_path: Path) -> None:
    alone = np.full(len(MARKS), -1, np.int32)
    assert [hit.position for hit in many_forms(tmp_path, alone).search(query(), 6)] == list(range(6))


def test_the_margin_is_over_the_nearest_other_brand_however_many_forms_there_are(tmp_path: Path) -> None:
    (found,) = many_forms(tmp_path).similarities(query(), [(0, slice(0, 1))])
    assert abs(found.margin - (0.99 - 0.7)) < 0.01
