"""The registrar is fair to brands; what follows a registration neither delays it nor makes it fail."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import pytest

from brand_index.features.embedding import Embedder
from brand_index.registration import MarkFields, Registered
from brand_index.registry import RegistrationOutcome
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.service.accounts.registry import open_registry
from scanner.service.problems import Problem
from scanner.service.workers.fair_calls import FairCalls
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.pool import WorkerPool
from scanner.service.workers.registering import Registrar, Upload
from scanner.service.workers.side_process import SideProcess
from scanner.settings import Settings
from tests.conftest import describer, draw_logo, png
from tests.scanner.service.conftest import copy_of

Result = TypeVar("Result")
Request = TypeVar("Request")
Arguments = TypeVarTuple("Arguments")


def upload(brand: str, word: str) -> Upload:
    image = png(draw_logo(word, (70, 20, 120)))
    return Upload(brand, ReferenceKind.LOGO, image, f"{word}.png", MarkFields())


class DirectPool(WorkerPool):
    """Describes in this process; no worker starts."""

    async def describe(self, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        return await asyncio.to_thread(lambda: describer().run("image", work, *arguments))


class Unstartable(SideProcess):
    """It cannot be started."""

    def __init__(self, order: list[str]) -> None:
        super().__init__(60.0)
        self._order = order

    async def run(self, tenant: Tenant, work: Callable[[Request], Result], prepare: Callable[[], Request]) -> Result:
        self._order.append("asked")
        raise Problem(503, "unavailable", f"the process that {tenant.name} waits for could not be started")


@pytest.fixture
def used(store: Store, settings: Settings, tmp_path: Path) -> Callable[[Callable[..., Awaitable[Result]]], Result]:
    """Runs a function with a registrar, the calls that wait for it, and the order of what it does beside recording."""

    def run(use: Callable[[Registrar, FairCalls, list[str]], Awaitable[Result]]) -> Result:
        place = copy_of(store, tmp_path)

        async def opened() -> Result:
            calls, pool, order = FairCalls(most_of_tenant=1), DirectPool(place, settings), list[str]()
            pool.describes_as = describer().fingerprint
            with open_registry(place) as registry:
                given = (Unstartable(order), pool, registry, place, settings)
                registrar = Registrar(calls, *given, lambda: order.append("recorded"))
                return await asyncio.wait_for(use(registrar, calls, order), 120)

        return asyncio.run(opened())

    return run


Outcome = tuple[Registered, object]  # with the audit
Used = Callable[[Callable[[Registrar, FairCalls, list[str]], Awaitable[Outcome]]], Outcome]


def test_a_logo_that_can_be_neither_read_nor_audited_is_registered(used: Used) -> None:
    async def use(registrar: Registrar, _: FairCalls, order: list[str]) -> Outcome:
        done = await registrar.register("acme", lambda: upload("acme", "LATE"), "key k")
        assert order == ["recorded", "asked", "asked"]
        return done

    done, audit = used(use)
    assert (done.outcome, done.reads, done.parts, audit) == (RegistrationOutcome.ADDED, (), (), None)


def test_a_brand_that_fills_its_share_takes_no_room_from_another(used: Used) -> None:
    async def use(registrar: Registrar, calls: FairCalls, _: list[str]) -> Outcome:
        calls.queue(Tenant("brands", "acme"), lambda: asyncio.sleep(0))
        with pytest.raises(Problem) as refused:
            await registrar.register("acme", lambda: upload("acme", "MUCH"), "key k")
        assert refused.value.status == 503
        return await registrar.register("bolt", lambda: upload("bolt", "LITTLE"), "key b", with_audit=False)

    assert used(use)[0].outcome is RegistrationOutcome.ADDED
