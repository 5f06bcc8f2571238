"""The benchmark of execution providers: what it asks of the networks, and how it compares two scans."""

import pytest
from benchmarks.providers_run import NETWORKS, farthest, inputs_of

from brand_index.features.running import CPU
from brand_index.features.running.providers import open_session
from brand_index.features.weights import read_manifest


def row(**confidences: float) -> dict[str, object]:
    return {"evidence": [{"reference_id": name, "confidence": sure} for name, sure in confidences.items()]}


def test_two_rows_are_as_far_apart_as_their_farthest_confidence() -> None:
    assert farthest(row(one=0.9, two=0.5), row(one=0.8, two=0.45)) == pytest.approx(0.1)


def test_what_only_one_of_two_rows_says_counts_in_full() -> None:
    assert farthest(row(one=0.9), row()) == pytest.approx(0.9)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_that_ships_runs_on_what_is_made_for_it(name: str) -> None:
    session = open_session(getattr(read_manifest(), name).path.read_bytes(), (CPU,), threads=1)
    batch = NETWORKS[name][-1]
    outputs = session.run(None, inputs_of(session, batch, 64))
    assert len(outputs[0]) == batch
