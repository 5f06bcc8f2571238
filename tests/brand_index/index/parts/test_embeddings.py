"""The search of embeddings where one mark has many forms: it keeps no other mark out, nor its own margin low."""

import numpy as np
from numpy.typing import NDArray

from brand_index.features.background import Level, Levels
from brand_index.features.embedding import Embedded
from brand_index.index.parts import EmbeddingPart
from brand_index.index.parts.embeddings import FORMS_A_MARK

LEVELS = Levels(Level(0.3, 0.05))
NO_PARTS = np.zeros((0, 4), np.float32)
FORMS = 120  # of one mark, all nearer to the query than any other logo
MARKS = np.array([*[0] * FORMS, 1, -1, -1], np.int32)
BRANDS = np.array([*[0] * FORMS, 1, 2, 3], np.int32)


def at_cosine(cosine: float, along: int) -> NDArray[np.float32]:
    """A unit vector with this cosine to the query, the first axis."""
    vector = np.zeros(8, np.float32)
    vector[0], vector[along] = cosine, np.sqrt(1 - cosine**2)
    return vector


def many_forms() -> EmbeddingPart:
    cosines = [*np.linspace(0.99, 0.9, FORMS), 0.7, 0.6, 0.5]
    rows = [at_cosine(float(cosine), 1 + number % 7) for number, cosine in enumerate(cosines)]
    empty = np.zeros((1, 1, 1), np.int8)
    return EmbeddingPart.build(8, ((n, Embedded(row[None], empty), LEVELS, NO_PARTS) for n, row in enumerate(rows)))


def query() -> NDArray[np.float32]:
    return at_cosine(1.0, 1)[None]


def test_many_forms_of_one_mark_leave_room_for_other_marks() -> None:
    found = [hit.position for hit in many_forms().search(query(), 6, MARKS)]
    assert found == [*range(FORMS_A_MARK), FORMS, FORMS + 1, FORMS + 2]


def test_logos_of_no_mark_count_by_themselves() -> None:
    alone = np.full(len(MARKS), -1, np.int32)
    assert [hit.position for hit in many_forms().search(query(), 6, alone)] == list(range(6))


def test_the_margin_is_over_the_nearest_other_brand_however_many_forms_there_are() -> None:
    (found,) = many_forms().similarities(query(), BRANDS, [(0, slice(0, 1))])
    assert abs(found.margin - (0.99 - 0.7)) < 0.01
