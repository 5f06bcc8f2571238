"""What a run leaves in its folder: earlier results with it, and whole rows alone, whatever the disk does."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.bulk.report import read_rows, write_csv
from scanner.bulk.results import OutputUnusable, Results, check_out, report_faults, scanned_below, set_aside
from scanner.bulk.run_records import MadeWith
from scanner.engine.types import FailedImage
from tests.conftest import NOW, at_most

MADE = MadeWith(0, NOW, "1.0", "default", "p1", 0.0, "", "", 1, 1, "r1", "x1", {})


def failed(name: str, length: int = 0) -> FailedImage:
    return FailedImage(name, "truncated_image", "x" * length)


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


def results(out: Path, kept: list[Path], *, resume: bool = False) -> Results:
    return Results(out, resume=resume, made=MADE, kept=kept.extend)


def test_earlier_results_get_one_number_that_none_of_them_has(tmp_path: Path) -> None:
    present = ("verdicts.jsonl", "verdicts.csv", "report.html", "unmatched.csv")
    for name in (*present, "verdicts.4.jsonl", "report.x.html", "notes.csv"):
        (tmp_path / name).write_text(name)
    moved = set_aside(tmp_path)
    assert {path.name for path in moved} == {"verdicts.5.jsonl", "verdicts.5.csv", "report.5.html", "unmatched.5.csv"}
    assert (tmp_path / "report.5.html").read_text() == "report.html"
    assert set_aside(tmp_path) == ()
    (tmp_path / "verdicts.csv").write_text("alone")
    assert [path.name for path in set_aside(tmp_path)] == ["verdicts.6.csv"]
    assert {"report.x.html", "notes.csv", "verdicts.4.jsonl"} <= set(names(tmp_path))


def test_nothing_that_is_there_is_touched_before_the_first_row(tmp_path: Path) -> None:
    kept: list[Path] = []
    (tmp_path / "verdicts.jsonl").write_text("earlier\n")
    with pytest.raises(ValueError, match="no worker"), results(tmp_path, kept):
        raise ValueError("no worker starts")
    assert (names(tmp_path), kept) == (["verdicts.jsonl"], [])
    with results(tmp_path, kept) as writer:
        writer.write(failed("a.jpg"))
        assert [path.name for path in kept] == ["verdicts.1.jsonl"]
    assert (tmp_path / "verdicts.1.jsonl").read_text() == "earlier\n"
    assert list(read_rows(tmp_path / "verdicts.jsonl")) == [failed("a.jpg")]


def test_resuming_adds_to_what_is_there_and_moves_nothing(tmp_path: Path) -> None:
    kept: list[Path] = []
    for name in ("a.jpg", "b.jpg"):
        with results(tmp_path, kept, resume=True) as writer:
            writer.write(failed(name))
    with results(tmp_path, kept, resume=True):
        pass
    assert [row.image for row in read_rows(tmp_path / "verdicts.jsonl")] == ["a.jpg", "b.jpg"]
    assert kept == []


def test_a_row_that_does_not_fit_on_the_disk_leaves_the_others_whole(tmp_path: Path) -> None:
    with results(tmp_path, []) as writer:
        writer.write(failed("a.jpg"))
        whole = (tmp_path / "verdicts.jsonl").read_bytes()
        with (
            at_most(len(whole) + 100),
            pytest.raises(OutputUnusable, match=r"verdicts\.jsonl.* The 1 rows .* --resume"),
        ):
            writer.write(failed("b.jpg", 200))
        assert (tmp_path / "verdicts.jsonl").read_bytes() == whole
        writer.write(failed("c.jpg"))
    assert [row.image for row in read_rows(tmp_path / "verdicts.jsonl")] == ["a.jpg", "c.jpg"]


def test_a_report_that_does_not_fit_leaves_the_earlier_one_and_says_where_the_rows_are(tmp_path: Path) -> None:
    table = tmp_path / "verdicts.csv"
    table.write_text("earlier")
    faults: list[str] = []
    with at_most(100), report_faults(table, faults):
        write_csv(table, [failed("a.jpg", 200)])
    assert table.read_text() == "earlier"
    assert names(tmp_path) == ["verdicts.csv"]
    (fault,) = faults
    assert all(word in fault for word in (str(table), "File too large", str(tmp_path / "verdicts.jsonl"), "--resume"))


def test_a_folder_that_takes_no_files_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "odd" / "verdicts.jsonl").mkdir(parents=True)
    refused: Sequence[tuple[Path, str]] = (
        (tmp_path / "file", "is a file"),
        (tmp_path / "file" / "below", "cannot be written"),
        (Path("a\0b"), "cannot be written"),
        (tmp_path / "odd", "not a regular file"),
    )
    for out, why in refused:
        with pytest.raises(OutputUnusable, match=why):
            check_out(out)
    check_out(tmp_path / "new" / "below")
    assert names(tmp_path / "new" / "below") == []


@pytest.mark.skipif(not os.access("/proc/self", os.R_OK) or os.name != "posix", reason="needs Linux's /proc")
def test_a_folder_of_the_system_is_refused_for_whoever_asks() -> None:
    with pytest.raises(OutputUnusable, match="--out /proc/self"):
        check_out(Path("/proc/self"))


def test_paths_that_earlier_rows_name_are_known_by_the_files_below_them(tmp_path: Path) -> None:
    with results(tmp_path, []) as writer:
        writer.write(failed("photos/S1/a.jpg"))
    given = [Path("photos"), Path("photos/S1/a.jpg"), Path("photoz"), Path("photos/S2")]
    assert scanned_below(tmp_path, given) == {Path("photos"), Path("photos/S1/a.jpg")}
    assert scanned_below(tmp_path / "none", given) == frozenset()
