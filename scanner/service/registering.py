"""Registers pictures in a process of its own, as one that decodes them must be; the rules are brand_index's."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime

from brand_index.audit import Audit
from brand_index.auditing import audit_each
from brand_index.registration import MarkFields, Registered, register_reference
from brand_index.registry import Outcome, Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.pipeline import open_embedder
from scanner.service.problems import Problem
from scanner.settings import Settings
from scanner.worker import WORKER_DIED, end_with_the_parent, watched


@dataclass(frozen=True, slots=True)
class Brought:
    """A picture that a brand owner brings."""

    brand: str
    kind: ReferenceKind
    data: bytes
    name: str
    mark: MarkFields
    audited: bool


class Registrar:
    """One process, replaced when a picture kills it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._process: ProcessPoolExecutor | None = None

    async def register(self, brought: Brought, actor: str) -> tuple[Registered, Audit | None]:
        """Register a picture of a known brand. Raises as register_reference, and Problem when it kills the process."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._process = ProcessPoolExecutor(1, mp_context=context, initializer=end_with_the_parent)
        try:
            call = self._process.submit(_register, self._store, self._settings, brought, actor)
            return await asyncio.wrap_future(call)
        except BrokenProcessPool as error:
            await self.close()
            detail = f"{brought.name}: the worker that looked at it died or took too long; save the picture anew"
            raise Problem(422, WORKER_DIED, detail) from error

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.shutdown(wait=False, cancel_futures=True)
            self._process = None


def _register(store: Store, settings: Settings, brought: Brought, actor: str) -> tuple[Registered, Audit | None]:
    with Registry.open(store, settings.registry_url, create=False) as opened:
        registry = opened.acting(actor)
        with watched(settings):
            done = register_reference(
                registry,
                store,
                brand=registry.brand(brought.brand),
                kind=brought.kind,
                picture=brought.data,
                name=brought.name,
                mark=brought.mark,
                now=datetime.now(UTC),
            )
        new = brought.kind is ReferenceKind.LOGO and done.outcome is not Outcome.ALREADY_REGISTERED
        if not (brought.audited and new):
            return done, None
        return done, next(audit_each(registry, store, open_embedder(settings), {done.reference.reference_id}), None)
