"""Results are copied in whole files, so that what was copied is found again, whenever the copying ends."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.bulk.kept_rows import RowNotes, row_line
from scanner.engine.types import FailedImage
from scanner.verdicts.rows import ScannedImage
from scanner.verdicts.types import Decision, Listing, Reason, Verdict

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
PLACE = "memory://shop/verdicts"


def line(number: int, decision: Decision | None = Decision.CLEAR) -> bytes:
    name = f"s3://shop/{number}.jpg"
    if decision is None:
        return row_line(FailedImage(name, "not_an_image", "no image"), RowNotes(), 0.0)
    verdict = Verdict(
        decision=decision,
        reason=Reason.NO_MATCH,
        evidence=(),
        authorization_ids=(),
        unmet_authorizations=(),
        listing=Listing(seller_id="=S1"),
        policy="default",
        index_revision=3,
        image_sha256="0" * 64,
        scanned_at=datetime(2026, 11, 29, 12, tzinfo=UTC),
    )
    return row_line(ScannedImage(name, verdict), RowNotes(), 0.0)


@pytest.fixture
def files() -> Iterator[Any]:
    import fsspec  # noqa: PLC0415 - where it is installed

    store = fsspec.filesystem("memory")
    yield store
    if store.exists("/shop"):
        store.rm("/shop", recursive=True)


@pytest.fixture
def begun(files: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Results whose parts have three rows."""
    from scanner.bulk.cluster import kept_results  # noqa: PLC0415 - where it is installed

    monkeypatch.setattr(kept_results, "PART_ROWS", 3)

    def begin(name: str) -> Any:
        (tmp_path / name).mkdir()
        return kept_results.KeptResults(PLACE, tmp_path / name)

    return begin


def restored(begun: Callable[[str], Any], tmp_path: Path) -> bytes:
    begun("later").restore()
    return (tmp_path / "later" / "verdicts.jsonl").read_bytes()


def test_all_lines_are_found_again_in_their_order(begun: Callable[[str], Any], tmp_path: Path) -> None:
    decisions = [Decision.CLEAR, Decision.BLOCK, None, Decision.REVIEW, Decision.CLEAR, Decision.BLOCK, None]
    lines = b"".join(line(number, decision) for number, decision in enumerate(decisions))
    kept = begun("first")
    (tmp_path / "first" / "verdicts.jsonl").write_bytes(lines)
    kept.copy()
    assert restored(begun, tmp_path) == lines


def test_a_line_that_is_being_written_waits(begun: Callable[[str], Any], tmp_path: Path) -> None:
    kept = begun("first")
    (tmp_path / "first" / "verdicts.jsonl").write_bytes(line(0) + line(1)[:-5])
    kept.copy()
    assert restored(begun, tmp_path) == line(0)


def test_lines_are_added_to_those_that_are_kept(begun: Callable[[str], Any], tmp_path: Path, files: Any) -> None:
    kept = begun("first")
    for number in range(7):
        with (tmp_path / "first" / "verdicts.jsonl").open("ab") as file:
            file.write(line(number))
        kept.copy()
    assert len(files.find("/shop/verdicts/rows")) == 3
    assert restored(begun, tmp_path) == b"".join(map(line, range(7)))


def test_rows_that_are_judged_anew_or_dropped_replace_what_was_kept(
    begun: Callable[[str], Any], tmp_path: Path, files: Any
) -> None:
    kept, path = begun("first"), tmp_path / "first" / "verdicts.jsonl"
    path.write_bytes(b"".join(map(line, range(7))))
    kept.copy()
    new = b"".join(line(number, Decision.BLOCK) for number in range(1, 4))
    path.with_suffix(".part").write_bytes(new)
    path.with_suffix(".part").replace(path)
    kept.copy()
    kept.copy()  # what is deleted is not deleted again
    assert [name.rpartition("rows/")[2] for name in files.find("/shop/verdicts/rows")] == [
        "decision=block/part-000000.parquet"
    ]
    assert restored(begun, tmp_path) == new


def test_a_file_that_is_not_whole_costs_its_rows_alone(begun: Callable[[str], Any], tmp_path: Path, files: Any) -> None:
    kept = begun("first")
    (tmp_path / "first" / "verdicts.jsonl").write_bytes(b"".join(map(line, range(4))))
    kept.copy()
    files.pipe_file("/shop/verdicts/rows/decision=clear/part-000000.parquet", b"PAR1")
    assert restored(begun, tmp_path) == line(3)
