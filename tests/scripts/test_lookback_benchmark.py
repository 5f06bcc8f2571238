"""The lookback benchmark counts what is opened for a reference itself, and what is opened in vain."""

from dataclasses import replace

from benchmarks.lookback import Alone, PastScan, Results, lookback_tables
from benchmarks.lookback_run import turned

from brand_index.types import ReferenceKind
from tests.scanner.engine.test_confidence import evidence

FOUND = evidence(ReferenceKind.PHOTO, reference_id="acme-photo-1", confidence=0.9)
SCANS = (
    PastScan("a.jpg", b"12", (FOUND, replace(FOUND, reference_id="acme-photo-2")), 1.0),
    PastScan("b.jpg", b"12", (), 1.0),
)
RESULTS = Results(
    scans=SCANS,
    references=frozenset({"acme-photo-1", "acme-photo-2"}),
    searched=2,
    seconds=0.0,
    opened=1,
    hits=frozenset({(0, "acme-photo-1")}),
    likely=frozenset({(1, "acme-photo-1")}),
    alone=(Alone(ReferenceKind.PHOTO, 0.0, opened=2, needless=1),),
    alone_in=2,
)


def test_a_pair_in_an_image_that_is_opened_for_another_reference_is_found_but_not_by_itself() -> None:
    found = lookback_tables(RESULTS)[0].rows[0]
    assert found[1:4] == ("2", "100.0 % (2/2)", "50.0 % (1/2)")


def test_what_is_likely_and_no_scan_finds_is_counted() -> None:
    assert lookback_tables(RESULTS)[0].rows[0][5] == "1"


def test_images_that_are_opened_in_vain_are_counted() -> None:
    assert lookback_tables(RESULTS)[1].rows[1][2:4] == ("100.00 %", "50.00 %")


def test_another_seed_draws_from_another_begin_and_seed_zero_from_the_first() -> None:
    assert (turned([1, 2, 3], 0), turned([1, 2, 3], 1), turned([1, 2, 3], 4)) == ([1, 2, 3], [2, 3, 1], [2, 3, 1])
