"""The benchmark of confidence by mark: an overconfident mark errs less once it is refitted; no row is missing."""

from benchmarks.calibration_run import DECIDED, KINDS, run_calibration


def test_marks_of_every_kind_are_measured_at_every_number_of_decisions() -> None:
    rows = run_calibration(marks=1, seed=1).rows
    assert [(row[0], row[1]) for row in rows] == [(kind.name, str(number)) for kind in KINDS for number in DECIDED]


def test_an_overconfident_mark_errs_less_after_120_decisions() -> None:
    row = next(row for row in run_calibration(marks=3, seed=2).rows if "overconfident" in row[0] and row[1] == "120")
    assert float(row[4]) < float(row[3]) / 2
