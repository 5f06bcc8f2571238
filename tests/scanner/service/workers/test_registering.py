"""The registrar is fair to brands, and a logo whose audit fails is registered all the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from brand_index.registration import MarkFields, Registered
from brand_index.registry import RegistrationOutcome
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.service.problems import Problem
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.registering import ReferenceAudit, Registrar, Upload
from scanner.service.workers.side_process import SideProcess
from scanner.settings import Settings
from tests.conftest import draw_logo, png
from tests.scanner.service.conftest import copy_of

Result = TypeVar("Result")


def upload(brand: str, word: str) -> Upload:
    image = png(draw_logo(word, (70, 20, 120)))
    return Upload(brand, ReferenceKind.LOGO, image, f"{word}.png", MarkFields())


class WithoutAudits(Registrar):
    """Its audits kill the process."""

    async def audit(self, brand: str, reference_id: str) -> ReferenceAudit | None:
        raise Problem(422, "worker_died", f"the audit of {reference_id} of {brand} took too long")


def used(use: Callable[[SideProcess], Awaitable[Result]]) -> Result:
    async def opened() -> Result:
        side_process = SideProcess(60.0, most_of_tenant=1)
        try:
            return await asyncio.wait_for(use(side_process), 120)
        finally:
            await side_process.close()

    return asyncio.run(opened())


def test_a_logo_whose_audit_fails_is_registered(store: Store, settings: Settings, tmp_path: Path) -> None:
    place = copy_of(store, tmp_path)

    async def use(side_process: SideProcess) -> tuple[Registered, object]:
        registrar = WithoutAudits(side_process, place, settings)
        return await registrar.register("acme", lambda: upload("acme", "LATE"), "key k")

    done, audit = used(use)
    assert (done.outcome, audit) == (RegistrationOutcome.ADDED, None)


def test_a_brand_that_fills_its_share_takes_no_room_from_another(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    place = copy_of(store, tmp_path)

    async def use(side_process: SideProcess) -> Registered:
        registrar = Registrar(side_process, place, settings)
        side_process.submit(Tenant("brands", "acme"), time.sleep, lambda: 0.0)
        with pytest.raises(Problem) as refused:
            await registrar.register("acme", lambda: upload("acme", "MUCH"), "key k")
        assert refused.value.status == 503
        done, _ = await registrar.register("bolt", lambda: upload("bolt", "LITTLE"), "key b", with_audit=False)
        return done

    assert used(use).outcome is RegistrationOutcome.ADDED
