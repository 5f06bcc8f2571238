"""A publication or a merge that is killed at any step, or finds the disk full there, loses nothing."""

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.index.building import build_index
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from tests.brand_index.index.growing import NOW, photo
from tests.brand_index.index.interrupting import at_each_step, disk_full, killed, merge, publish_changes
from tests.conftest import ACME, BOLT, describer, draw_logo, png

SPAWNED = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two segments; since then a photo was registered, and another withdrawn."""
    place = Store(tmp_path_factory.mktemp("changed") / "store")
    with Registry.open(place) as registry:

        def register(name: str) -> str:
            image = photo(name)
            kind = ReferenceKind.PHOTO
            done = register_reference(
                registry, place, brand=ACME, kind=kind, image=image, describer=describer(), name=name, now=NOW
            )
            return done.reference.reference_id

        first = register("coffee")
        build_index(place, registry, OnnxEmbedder(read_manifest()))
        logo = png(draw_logo("bolt", (20, 60, 160)))
        register_reference(
            registry, place, brand=BOLT, kind=ReferenceKind.LOGO, image=logo, describer=describer(), now=NOW
        )
        publish_changes(place)
        register("chelsea")
        registry.withdraw_reference(first, NOW)
    return place.root


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked here")
@pytest.mark.parametrize("happens", [killed, disk_full], ids=lambda each: each.__name__)
@pytest.mark.parametrize("work", [publish_changes, merge], ids=lambda each: each.__name__)
def test_nothing_is_lost_whatever_step_is_the_last(
    changed: Path,
    tmp_path: Path,
    work: Callable[[Store], None],
    happens: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # with threads it could not fork
        monkeypatch.setenv(pool, "1")
    process = SPAWNED.Process(target=at_each_step, args=(changed, tmp_path, work, happens))
    process.start()
    process.join()
    assert process.exitcode == 0, "it says on standard error after which step"
