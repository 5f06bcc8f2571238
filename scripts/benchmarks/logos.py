"""Measures how well logos are found in photos, and false claims on photos without one; it runs no system."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets import MarkPhoto
from benchmarks.measures import (
    NEVER,
    MarkOutcome,
    OperatingPoint,
    Share,
    found_at_flag_rate,
    mark_outcome,
    others_claimed,
)
from benchmarks.records import Prediction, Truth
from benchmarks.tables import Table, number, percent, ratio

RATES = (0.001, 0.01, 0.05)
COMPARED = 1  # of RATES: where systems are compared, and whose misses the gallery shows
SIZE_BORDERS = (0.02, 0.05, 0.1, 0.25)  # of the photo's area, between the groups of box sizes
SIZE_NAMES = ("under 2 %", "2 to 5 %", "5 to 10 %", "10 to 25 %", "25 % and more")
SORTS = ("photo", "flat artwork")
GOOD_BOX = 0.5  # intersection over union from which detection benchmarks call a box right


@dataclass(frozen=True, slots=True)
class Asked:
    """A photo of a mark with its truth and size in pixels."""

    photo: MarkPhoto
    truth: Truth
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one brand, size or sort of image, a share for each of RATES."""

    name: str
    found: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Boxes:
    """The accuracy of the boxes of found photos, where a system gives boxes."""

    photos: int
    median_iou: float
    good: Share  # with an IoU of GOOD_BOX or more


@dataclass(frozen=True, slots=True)
class LogoResult:
    """One system on one set of photos."""

    system: str
    photos: int
    clean: int
    marks: int  # registered reference images
    points: tuple[OperatingPoint, ...]  # one for each of RATES
    others: tuple[Share, ...]  # photos on which another mark is claimed, one for each of RATES
    sorts: tuple[Group, ...]  # photos apart from flat artwork
    brands: tuple[Group, ...]
    sizes: tuple[Group, ...]
    boxes: Boxes | None  # at the last of RATES; None: nothing found has a box
    first_at_true_boxes: Share | None  # R@1 of the embedding; None: the system has none
    named_at_true_boxes: Share | None  # R@1 of the whole product, shown only the box; None: not asked
    seconds_a_photo: float | None  # None: not timed


def evaluate_logos(
    system: str,
    predictions: Sequence[Prediction],
    asked: Sequence[Asked],
    clean: Sequence[str],
    *,
    marks: int,
    first_at_true_boxes: Share | None = None,
    named_at_true_boxes: Share | None = None,
    seconds: float | None = None,
) -> LogoResult:
    """Measure `predictions`, whose references are brands; `clean` are the queries without a registered mark."""
    of_query = by_query(predictions)
    outcomes = outcomes_of(of_query, asked)
    scores = clean_scores(of_query, clean)
    points = tuple(found_at_flag_rate(outcomes, scores, rate) for rate in RATES)
    thresholds = [point.threshold for point in points]
    pairs = list(zip(asked, outcomes, strict=True))
    last = [outcome.iou for outcome in outcomes if outcome.iou is not None and outcome.found_above(thresholds[-1])]
    return LogoResult(
        system=system,
        photos=len(asked),
        clean=len(clean),
        marks=marks,
        points=points,
        others=tuple(others_claimed(outcomes, threshold) for threshold in thresholds),
        sorts=_groups(pairs, thresholds, SORTS, lambda each, _: SORTS[0] if each.photo.is_photo else SORTS[1]),
        brands=_groups(
            pairs, thresholds, sorted({each.photo.brand for each in asked}), lambda each, _: each.photo.brand
        ),
        sizes=_groups(pairs, thresholds, SIZE_NAMES, lambda _, outcome: size_name(outcome.area_share)),
        boxes=Boxes(len(last), median(last), Share(sum(iou >= GOOD_BOX for iou in last), len(last))) if last else None,
        first_at_true_boxes=first_at_true_boxes,
        named_at_true_boxes=named_at_true_boxes,
        seconds_a_photo=None if seconds is None else seconds / (len(asked) + len(clean)),
    )


def by_query(predictions: Sequence[Prediction]) -> Mapping[str, Sequence[Prediction]]:
    """The predictions of each query; an empty sequence for a query without any."""
    groups: dict[str, list[Prediction]] = defaultdict(list)
    for found in predictions:
        groups[found.query].append(found)
    return groups


def outcomes_of(of_query: Mapping[str, Sequence[Prediction]], asked: Sequence[Asked]) -> list[MarkOutcome]:
    """One outcome a photo, in order."""
    return [
        mark_outcome(of_query.get(each.truth.query, ()), each.truth, width=each.width, height=each.height)
        for each in asked
    ]


def clean_scores(of_query: Mapping[str, Sequence[Prediction]], clean: Sequence[str]) -> list[float]:
    """The best score of each clean photo; -inf where nothing was claimed."""
    return [max((found.score for found in of_query.get(query, ())), default=NEVER) for query in clean]


def size_name(area_share: float) -> str:
    """The one of SIZE_NAMES that `area_share` (0..1) falls into; a border belongs to the larger."""
    return SIZE_NAMES[sum(area_share >= border for border in SIZE_BORDERS)]


def first_at_true_boxes(
    crops: NDArray[np.float32],
    crop_brands: Sequence[str],
    references: NDArray[np.float32],
    reference_brands: Sequence[str],
) -> Share:
    """R@1: of the true boxes, how many have a reference of their brand nearest by cosine; a draw is no hit.

    `crops` (N, D) and `references` (M, D) are of unit length.
    """
    brands = np.array(reference_brands)
    hits = 0
    for vector, brand in zip(crops, crop_brands, strict=True):
        cosines = references @ vector
        own = brands == brand
        hits += bool(own.any() and cosines[own].max() > cosines[~own].max(initial=NEVER))
    return Share(hits, len(crops))


def logo_tables(groups: Sequence[Sequence[LogoResult]], missing: Sequence[tuple[str, str]]) -> list[Table]:
    """All systems compared, then ours by group; each of `groups` is of the same photos, and ours is its first."""
    ours = groups[0][0]
    at_rates = tuple(f"found at {rate:.1%} flagged".replace("%", " %") for rate in RATES)
    columns = (
        "system",
        "photos + clean",
        *at_rates,
        f"ours ÷ it at {RATES[COMPARED]:.0%}".replace("%", " %"),
        f"another mark claimed at {RATES[COMPARED]:.0%}".replace("%", " %"),
        f"IoU of the found: median, {GOOD_BOX} and more",
        "R@1 at true boxes: embedding, all of it",
        "ms a photo",
    )
    rows = [_row(result, group[0]) for group in groups for result in group]
    rows += [(f"{name}: {lacks}", *("-" for _ in columns[1:])) for name, lacks in missing]
    compared = Table(
        f"Logos in photos: {ours.photos} photos of registered marks and {ours.clean} clean ones, "
        f"{ours.marks} logos registered",
        columns,
        tuple(rows),
        "Found: the photo's own brand is over the threshold and ahead of all others. Flagged: clean photos with "
        f"any mark over it. IoU: at {RATES[-1]:.0%} flagged. Ties count against each system.",
    )
    details = (("sort of image", ours.sorts), ("brand", ours.brands), ("size of the largest box", ours.sizes))
    return [
        compared,
        *(
            Table(
                f"{ours.system} by {what}",
                (what, *at_rates),
                tuple((group.name, *map(percent, group.found)) for group in groups),
            )
            for what, groups in details
        ),
    ]


def _row(result: LogoResult, base: LogoResult) -> tuple[str, ...]:
    boxes = result.boxes
    named = [percent(share) for share in (result.first_at_true_boxes, result.named_at_true_boxes) if share is not None]
    return (
        result.system,
        f"{result.photos} + {result.clean}",
        *(percent(point.found) for point in result.points),
        ratio(base.points[COMPARED].found.value, result.points[COMPARED].found.value),
        percent(result.others[COMPARED]),
        "-" if boxes is None else f"{number(boxes.median_iou, 2)}, {percent(boxes.good)}",
        ", ".join(named) or "-",
        "-" if result.seconds_a_photo is None else f"{result.seconds_a_photo * 1000:.0f}",
    )


def _groups(
    pairs: Sequence[tuple[Asked, MarkOutcome]],
    thresholds: Sequence[float],
    names: Sequence[str],
    name_of: Callable[[Asked, MarkOutcome], str],
) -> tuple[Group, ...]:
    """What was found of each of `names`, in their order; a group without photos is left out."""
    members: dict[str, list[MarkOutcome]] = defaultdict(list)
    for each, outcome in pairs:
        members[name_of(each, outcome)].append(outcome)
    return tuple(
        Group(
            name,
            tuple(
                Share(sum(each.found_above(limit) for each in members[name]), len(members[name]))
                for limit in thresholds
            ),
        )
        for name in names
        if members[name]
    )
