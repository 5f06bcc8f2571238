"""Predictions and ground truth as records and CSV files, all that the measures read; nothing is measured here."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scanner.engine.boxes import Box

PREDICTION_COLUMNS = ("query", "reference", "score", "left", "top", "right", "bottom")
TRUTH_COLUMNS = ("query", "edit", "reference", "left", "top", "right", "bottom")


@dataclass(frozen=True, slots=True)
class Prediction:
    """A system's claim that a reference shows in a query image."""

    query: str
    reference: str  # a registered photo in `copies`, a brand in `logos`
    score: float  # higher is surer; each system has its own scale
    box: Box | None = None  # where, in pixels of the query; None: the system does not say


@dataclass(frozen=True, slots=True)
class Truth:
    """The labels of a query image."""

    query: str
    edit: str = ""  # what was done to the original; empty: nothing
    references: frozenset[str] = frozenset()  # as in Prediction; empty: nothing registered shows
    boxes: tuple[Box, ...] = ()  # where, in pixels of the query; empty: not labelled


def best_of_each(predictions: Iterable[Prediction]) -> list[Prediction]:
    """The highest-scored prediction of each (query, reference), in order of first appearance."""
    best: dict[tuple[str, str], Prediction] = {}
    for prediction in predictions:
        key = (prediction.query, prediction.reference)
        if key not in best or prediction.score > best[key].score:
            best[key] = prediction
    return list(best.values())


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write one row a prediction; the box's four columns are empty where there is none."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(PREDICTION_COLUMNS)
        for found in predictions:
            writer.writerow([found.query, found.reference, repr(found.score), *(found.box or ("",) * 4)])


def read_predictions(path: Path) -> list[Prediction]:
    """The predictions of a file that `write_predictions` wrote, scores to the last bit."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Prediction(row["query"], row["reference"], float(row["score"]), _box(row)) for row in csv.DictReader(file)
        ]


def write_truth(path: Path, truths: Iterable[Truth]) -> None:
    """Write one row for each reference and box of a query; a query that shows nothing has one row without either."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(TRUTH_COLUMNS)
        for truth in truths:
            for reference in sorted(truth.references) or [""]:
                for box in truth.boxes or [("",) * 4]:
                    writer.writerow([truth.query, truth.edit, reference, *box])


def read_truth(path: Path) -> list[Truth]:
    """The truth of a file that `write_truth` wrote, in its order."""
    edits: dict[str, str] = {}
    references: dict[str, set[str]] = {}
    boxes: dict[str, dict[Box, None]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            query = row["query"]
            edits[query] = row["edit"]
            references.setdefault(query, set()).update([row["reference"]] if row["reference"] else [])
            box = _box(row)
            boxes.setdefault(query, {}).update({box: None} if box else {})
    return [Truth(query, edits[query], frozenset(references[query]), tuple(boxes[query])) for query in edits]


def _box(row: dict[str, str]) -> Box | None:
    if not row["left"]:
        return None
    return Box(int(row["left"]), int(row["top"]), int(row["right"]), int(row["bottom"]))
