"""The index is built beside the service, again after a failure, and anew when it was damaged; a kill ends a build."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.index import BrandIndex
from brand_index.index.published import CURRENT, check_digests, current_folder, published_index
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import open_embedder
from scanner.service.accounts.registry import open_registry
from scanner.service.tasks.index_keeper import CHECK_EVERY, DamagedWhile, IndexKeeper, build_beside, build_index_of
from scanner.settings import ServiceSettings, Settings
from scanner.walk import ensure_index
from tests.conftest import ACME, NOW, describer, index_file, jpeg
from tests.scanner.service.conftest import copy_of

FULL = "the disk is full"  # a file that says so
PID = "pid"  # a file with the process id of a build


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Store:
    return copy_of(store, tmp_path)


@pytest.fixture
def registry(place: Store) -> Iterator[Registry]:
    with open_registry(place) as opened:
        yield opened


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"service": ServiceSettings(index_seconds=0.05)})


def register(registry: Registry, place: Store) -> None:
    image = jpeg(np.asarray(photographs.cat(), np.uint8))
    register_reference(
        registry,
        place,
        brand=ACME,
        kind=ReferenceKind.PHOTO,
        image=image,
        describer=describer(),
        name="cat.jpg",
        now=datetime.now(UTC),
    )


def run(keeper: IndexKeeper, use: Callable[[], Awaitable[None]]) -> None:
    async def go() -> None:
        keeper.task.start()
        try:
            await asyncio.wait_for(use(), 120)
        finally:
            await keeper.task.close()

    asyncio.run(go())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def current_of(place: Store, settings: Settings) -> int:
    """The revision of the published index, which can be opened."""
    return BrandIndex.open(place, open_embedder(settings)).revision


def build_if_there_is_room(store: Store, settings: Settings) -> None:
    """In the process of a build: no file can be written while the disk is full."""
    if (store.root / FULL).exists():
        import resource  # noqa: PLC0415 - not everywhere

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    build_index_of(store, settings)


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit of the size of files here")
def test_a_build_on_a_full_disk_is_tried_again_and_leaves_the_index_as_it_is(
    registry: Registry, place: Store, quick: Settings
) -> None:
    before = current_folder(place)
    (place.root / FULL).touch()
    keeper = IndexKeeper(place, registry, quick, published_index(place), build_if_there_is_room)
    register(registry, place)
    with registry.database.write(datetime.now(UTC)) as write:  # what is described is published without a build
        write.connection.exec_driver_sql("DELETE FROM descriptors")

    async def use() -> None:
        await until(lambda: keeper.task.failures > 0)
        assert current_folder(place) == before
        (place.root / FULL).unlink()
        await until(lambda: keeper.task.failures == 0)
        assert keeper.published.revision == registry.references_revision()

    run(keeper, use)
    assert current_of(place, quick) == registry.references_revision()


def fail_to_build(store: Store, settings: Settings) -> None:
    """In the process of a build: a build where none is needed."""
    raise AssertionError("nothing is to be built")


def test_a_registration_and_a_withdrawal_are_published_without_a_build(
    registry: Registry, place: Store, quick: Settings
) -> None:
    keeper = IndexKeeper(place, registry, quick, published_index(place), fail_to_build)
    register(registry, place)

    async def use() -> None:
        await until(lambda: keeper.published.revision == registry.references_revision())
        (cat,) = (each for each in registry.references() if each.source_name == "cat.jpg")
        assert cat.reference_id in {each.reference_id for each in BrandIndex.open(place, embedder).references}
        registry.withdraw_reference(cat.reference_id, datetime.now(UTC))
        await until(lambda: keeper.published.revision == registry.references_revision())
        assert cat.reference_id not in {each.reference_id for each in BrandIndex.open(place, embedder).references}

    embedder = open_embedder(quick)
    run(keeper, use)
    assert keeper.task.failures == 0


def test_small_segments_are_merged_in_the_background(registry: Registry, place: Store, quick: Settings) -> None:
    keeper = IndexKeeper(place, registry, quick, published_index(place))
    register(registry, place)

    async def use() -> None:
        keeper.merging.start()
        try:
            await until(lambda: keeper.published.revision == registry.references_revision())
            await until(lambda: published_index(place).segments == 1)
        finally:
            await keeper.merging.close()

    run(keeper, use)
    assert current_of(place, quick) == registry.references_revision()


def test_an_index_that_somebody_deletes_is_built_anew(registry: Registry, place: Store, quick: Settings) -> None:
    keeper = IndexKeeper(place, registry, quick, published_index(place))

    async def use() -> None:
        await until(lambda: keeper.task.last_success is not None)
        (place.index / CURRENT).unlink()
        await until((place.index / CURRENT).exists)

    run(keeper, use)
    assert current_of(place, quick) == registry.references_revision()


def test_an_index_that_no_worker_can_open_is_built_anew(registry: Registry, place: Store, quick: Settings) -> None:
    keeper, damaged = IndexKeeper(place, registry, quick, published_index(place)), current_folder(place)

    async def use() -> None:
        await until(lambda: keeper.task.last_success is not None)
        index_file(place, "pdq-photo.faiss").write_bytes(b"")
        keeper.suspect()
        await until(lambda: current_folder(place) != damaged)

    run(keeper, use)
    assert current_of(place, quick) == registry.references_revision()


def test_a_reference_whose_file_was_lost_is_set_aside_and_searched_again_once_it_is_back(
    registry: Registry, place: Store, quick: Settings
) -> None:
    keeper = IndexKeeper(place, registry, quick, published_index(place))
    register(registry, place)
    (lost,) = (each for each in registry.references() if each.source_name == "cat.jpg")
    with registry.database.write(datetime.now(UTC)) as write:
        write.connection.exec_driver_sql("DELETE FROM descriptors")
    path = place.media_path(lost.sha256, lost.suffix)
    data = path.read_bytes()
    path.unlink()

    async def use() -> None:
        await until(lambda: keeper.published.revision == registry.references_revision())
        assert [each.reference_id for each in keeper.published.set_aside] == [lost.reference_id]
        path.write_bytes(data)
        await until(lambda: not keeper.published.set_aside)

    run(keeper, use)
    assert current_of(place, quick) == registry.references_revision()


def test_the_log_names_what_an_index_lacks_that_was_built_before_the_keeper_began(
    registry: Registry, place: Store, quick: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    register(registry, place)
    (lost,) = (each for each in registry.references() if each.source_name == "cat.jpg")
    with registry.database.write(datetime.now(UTC)) as write:
        write.connection.exec_driver_sql("DELETE FROM descriptors")
    place.media_path(lost.sha256, lost.suffix).unlink()
    ensure_index(place, registry, quick)
    keeper = IndexKeeper(place, registry, quick, published_index(place))

    async def use() -> None:
        await until(lambda: keeper.task.last_success is not None)
        first = keeper.task.last_success
        await until(lambda: keeper.task.last_success != first)

    caplog.clear()
    run(keeper, use)
    assert caplog.text.count(lost.reference_id) == 1, "once, not at every look"


def test_an_index_whose_bits_flip_under_the_running_service_is_found_named_and_built_anew(
    registry: Registry, place: Store, quick: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    now = [NOW]
    keeper = IndexKeeper(place, registry, quick, published_index(place), clock=lambda: now[0])
    evidence = keeper.published.fingerprint
    thumbnails = index_file(place, "thumbnails.npy")
    data = bytearray(thumbnails.read_bytes())
    data[-1] ^= 1  # no worker notices
    thumbnails.write_bytes(data)

    async def use() -> None:
        await until(lambda: keeper.task.last_success is not None)
        assert keeper.damaged is None, "not every look at the registry reads all files"
        now[0] += CHECK_EVERY
        keeper.task.wake()
        await until(lambda: keeper.published.fingerprint != evidence)

    run(keeper, use)
    assert keeper.damaged == DamagedWhile(NOW, NOW + CHECK_EVERY)
    assert str(thumbnails) in caplog.text
    assert "finished_from=2026-03-01T12:00:00Z" in caplog.text
    check_digests(current_folder(place))


def test_an_index_that_opens_is_not_built_anew_on_suspicion(registry: Registry, place: Store, quick: Settings) -> None:
    keeper, before = IndexKeeper(place, registry, quick, published_index(place)), current_folder(place)
    keeper.suspect()

    async def use() -> None:
        await until(lambda: keeper.task.last_success is not None)

    run(keeper, use)
    assert current_folder(place) == before


def build_for_ever(store: Store, settings: Settings) -> None:
    """In the process of a build: say who it is, and never end."""
    (store.root / PID).write_text(str(os.getpid()))
    while True:
        time.sleep(1)


@pytest.mark.skipif(os.name != "posix", reason="processes are asked for otherwise there")
def test_a_build_is_killed_when_the_service_stops(place: Store, settings: Settings) -> None:
    async def go() -> None:
        build = asyncio.create_task(build_beside(place, settings, build_for_ever))
        await asyncio.wait_for(until(lambda: bool((place.root / PID).exists() and (place.root / PID).read_text())), 60)
        build.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(build, 30)

    asyncio.run(go())
    with pytest.raises(ProcessLookupError):
        os.kill(int((place.root / PID).read_text()), 0)


async def forever() -> None:
    await asyncio.sleep(3600)


def test_a_build_is_broken_off_once_another_service_leads(
    place: Store, registry: Registry, quick: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = iter((True, False))
    keeper = IndexKeeper(place, registry, quick, published_index(place), leads=lambda: next(leads))
    monkeypatch.setattr("scanner.service.tasks.index_keeper.SEEN_EVERY", 0.01)
    assert not asyncio.run(keeper._while_leading(forever()))
