"""The benchmark of the start: what its table says of several rounds, and what it starts beside."""

from benchmarks.first_verdict import BARE, OURS, Start, networks, start_table

from brand_index.features.weights import MODELS, read_manifest


def test_the_first_start_is_apart_and_the_median_of_the_others_is_shown_with_their_ratio() -> None:
    ours = [Start(OURS, wall, spent, 1.0) for wall, spent in ((9.0, 5.0), (2.0, 3.0), (4.0, 3.5), (3.0, 4.0))]
    bare = [Start(BARE, wall, 0.5, 0.5) for wall in (9.0, 1.0, 1.0, 1.5)]
    table = start_table("store", list(zip(ours, bare, strict=True)), workers=2)
    assert table.rows == (
        (OURS, "5.00", "3.50", "1.00", "3.00", "1.00"),
        (BARE, "0.50", "0.50", "0.50", "1.00", "0.50"),
    )


def test_one_round_is_its_own_median() -> None:
    (row,) = start_table("store", [[Start(OURS, 2.0, 3.0, 1.0)]], workers=1).rows
    assert row == (OURS, "3.00", "3.00", "1.00", "2.00", "1.00")


def test_every_network_that_ships_is_opened_beside() -> None:
    assert {each.path for each in networks(read_manifest())} == set(MODELS.glob("*.onnx"))
