"""Whether a new form may count: neither a photo nor a near-duplicate, no alarms, more covered; no database.

Which forms of a mark count, where there are too many, is facility location: those to which all of them are nearest
(Cornuéjols, Fisher and Nemhauser 1977; the greedy choice is within 63 % of the best).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.features.audit import false_alarms, rate_in_words
from brand_index.features.description import ReferenceDescription
from brand_index.registration.examining import NEARLY_ALL

MOST_FORMS: Final = 20  # of a mark that count


@dataclass(frozen=True, slots=True, eq=False)
class DescribedForm:
    """What the test of a form looks at."""

    views: NDArray[np.float32]  # (V, D) of unit length
    alarms: float  # expected per 1,000 clean images, of the bank that has more

    @classmethod
    def of(cls, description: ReferenceDescription) -> "DescribedForm":
        """That of a logo's description."""
        levels = description.levels
        known = () if levels is None else (levels.photos, levels.material)
        return cls(
            description.views.vectors, max((false_alarms(each) for each in known if each is not None), default=0.0)
        )


@dataclass(frozen=True, slots=True, eq=False)
class KnownForm:
    """A form of the mark that is in force."""

    reference_id: str
    is_learnt: bool  # from a confirmation; False: its owner registered it, and it is never dropped
    described: DescribedForm


@dataclass(frozen=True, slots=True)
class Admission:
    """The outcome of a form's test."""

    refused: str | None  # why it does not count, as a sentence; None: it counts
    dropped: tuple[str, ...] = ()  # ids of learnt forms that no longer count, as it covers more


def why_no_part(share: float) -> str | None:
    """Why a region of this share of its image, 0..1, is no form; None: it is small enough to be one.

    What registration warns of as a whole photo is refused here, where no owner drew it.
    """
    if share < NEARLY_ALL:
        return None
    return (
        f"It is {share:.0%} of its image, and so nearly the whole photo, which would be found without the mark too; a "
        f"form is less than {NEARLY_ALL:.0%}. If the mark fills the image, its owner can register it: "
        "`markscan register --region`."
    )


def admit(form: DescribedForm, known: Sequence[KnownForm], *, same_form: float, most_alarms: float) -> Admission:
    """Test a form against the known forms of its mark.

    `same_form`: cosine from which two forms are one. `most_alarms`: expected per 1,000 clean images, of all forms of a
    mark together; but each of MOST_FORMS may add its share of that, however plain the others are.
    """
    similar = [(similarity(form.views, each.described.views), each.reference_id) for each in known]
    nearest = max(similar, default=(-1.0, ""))
    if nearest[0] >= same_form:
        return Admission(f"It shows the same as the form {nearest[1]} (cosine {nearest[0]:.2f}).")
    before = sum(each.described.alarms for each in known)
    if before + form.alarms > most_alarms and form.alarms > most_alarms / MOST_FORMS:
        return Admission(
            f"With it the mark would be seen in {rate_in_words(before + form.alarms)} of 1,000 images that do not show "
            f"it, and in {rate_in_words(before)} without it; the policy allows {most_alarms:g}."
        )
    if len(known) < MOST_FORMS:
        return Admission(None)
    all_views = [*(each.described.views for each in known), form.views]
    kept = chosen_forms(all_views, [*(not each.is_learnt for each in known), False])
    if len(known) not in kept:
        return Admission(f"The {MOST_FORMS} forms that the mark has cover more than with it.")
    return Admission(None, tuple(each.reference_id for row, each in enumerate(known) if row not in kept))


def chosen_forms(forms: Sequence[NDArray[np.float32]], fixed: Sequence[bool], most: int = MOST_FORMS) -> frozenset[int]:
    """The rows of those forms, `most` at most, to which all are nearest; a `fixed` one always counts.

    Ties go to the earlier form.
    """
    cosines = np.round([[similarity(one, other) for other in forms] for one in forms], 6)  # ties on every processor
    chosen = [row for row, is_fixed in enumerate(fixed) if is_fixed]
    covered = cosines[:, chosen].max(axis=1) if chosen else np.full(len(forms), -1.0)
    while len(chosen) < min(most, len(forms)):
        gains = np.maximum(cosines, covered[:, None]).sum(axis=0)
        gains[chosen] = -np.inf
        best = int(np.argmax(gains))
        chosen.append(best)
        covered = np.maximum(covered, cosines[:, best])
    return frozenset(chosen)


def similarity(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """-1..1: the cosine of the two most similar views of two forms."""
    return float((one @ other.T).max(initial=-1.0))
