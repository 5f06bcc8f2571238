"""Registers uploaded references, and audits them in a side process, by the rules of brand_index."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from brand_index.errors import MarkscanError, RegistrationError, UnknownRecord
from brand_index.features.audit import Audit
from brand_index.features.describing import BoundedDescriber, Describer
from brand_index.registration import (
    MarkFields,
    NewWord,
    Reading,
    Registered,
    register_reference,
    register_words,
    suggest,
)
from brand_index.registration.auditing import MOST_COMPARED, Galleries, audit_each, audit_each_photo
from brand_index.registration.forms import register_parts
from brand_index.registration.parts import propose_parts
from brand_index.registration.photo_audit import PhotoAudit
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.registry.kept_files import read_reference
from brand_index.store import Store
from brand_index.types import Form, ReferenceKind, SourceRegion
from scanner.service.accounts.registry import open_registry
from scanner.service.problems import Problem
from scanner.service.workers.describing import WorkerDescriber
from scanner.service.workers.fair_calls import FairCalls
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.pool import WorkerPool
from scanner.service.workers.side_process import SideProcess
from scanner.service.workers.worker_process import WorkFailed
from scanner.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that a brand owner uploaded, with the mark that it shows."""

    brand: str
    kind: ReferenceKind
    data: bytes
    name: str
    mark: MarkFields
    with_words: bool = False  # the words that a logo shows are wanted though it is registered already
    form: Form | None = None  # as register_reference takes it, as the next
    region: SourceRegion | None = None


@dataclass(frozen=True, slots=True)
class WordUpload:
    """Words that a brand owner sent, with the mark that they are."""

    brand: str
    words: tuple[str, ...]
    mark: MarkFields


@dataclass(frozen=True, slots=True)
class PartsUpload:
    """The parts of registered artwork that a brand owner wants as forms of their own."""

    brand: str
    reference_id: str
    regions: frozenset[SourceRegion] | None  # of the parts; None: all that can stand alone


@dataclass(frozen=True, slots=True)
class ReferenceAudit:
    """The audit of a logo or photo, and the registry's revision that it was made with."""

    revision: int  # that last changed a reference
    audit: Audit | PhotoAudit


class Registrar:
    """Registers what users upload, one image at a time, and is fair to brands.

    The workers describe an image, so that it is found soon. What its caller alone waits for follows in a side process:
    its audit, and the words and parts that artwork suggests.
    """

    def __init__(
        self,
        calls: FairCalls,
        process: SideProcess,
        pool: WorkerPool,
        registry: Registry,
        store: Store,
        settings: Settings,
        recorded: Callable[[], None] = lambda: None,
    ) -> None:
        """Images wait in `calls`. `recorded` is called when one was registered, before what follows."""
        self._calls, self._process, self._describer = calls, process, WorkerDescriber(pool)
        self._registry, self._store, self._settings, self._recorded = registry, store, settings, recorded

    async def register(
        self, brand: str, prepare: Callable[[], Upload], actor: str, *, with_audit: bool = True
    ) -> tuple[Registered, Audit | PhotoAudit | None]:
        """Register the upload that `prepare` returns, as `actor`, and audit it if asked to and new.

        `prepare` runs in a thread when it is the brand's turn: what waits is not in memory. An audit that fails is
        None, and artwork that cannot be read suggests nothing: the reference is registered all the same; so is one
        that looks like the other kind.
        Raises as register_reference, WorkersUnavailable and Problem.
        """

        def record() -> tuple[Registered, bool]:
            upload = prepare()
            registry = self._registry.acting(actor)
            return register_upload(registry, self._store, self._describer, upload), upload.with_words

        done, for_words = await self._calls.queue(_tenant(brand), lambda: asyncio.to_thread(record)).outcome
        self._recorded()
        if done.reference.form is Form.ARTWORK and done.other_kind is None:
            done = await self._suggested(brand, done, for_words=for_words)
        is_new = done.outcome is not RegistrationOutcome.ALREADY_REGISTERED
        if not with_audit or not is_new or done.other_kind is not None:
            return done, None
        try:
            audit = await self.audit(brand, done.reference.reference_id)
        except (MarkscanError, Problem, WorkFailed):
            _log.warning("a new reference was not audited", exc_info=True, extra=_named(done))
            return done, None
        return done, None if audit is None else audit.audit

    async def _suggested(self, brand: str, done: Registered, *, for_words: bool) -> Registered:
        """What was registered, with the words and parts that it suggests, or without where that fails."""
        work = partial(suggest_upload, self._store, self._settings, for_words)
        try:
            return await self._process.run(_tenant(brand), work, lambda: done)
        except (MarkscanError, Problem, WorkFailed):
            _log.warning("a logo was not read for words and parts", exc_info=True, extra=_named(done))
            return done

    async def register_words(self, upload: WordUpload, actor: str) -> tuple[Registered | RegistrationError, ...]:
        """Register words as `actor`: for each what became of it, or why it is refused. Raises UnknownRecord, Problem.

        The side process does that, for it holds lists of common words.
        """
        work = partial(register_word_upload, self._store, self._settings, actor)
        return await self._process.run(_tenant(upload.brand), work, lambda: upload)

    async def register_parts(self, upload: PartsUpload, actor: str) -> tuple[Registered, ...]:
        """Register parts of artwork as `actor`. Raises as register_reference, UnknownRecord and Problem."""
        work = partial(register_parts_upload, self._store, self._settings, actor)
        return await self._process.run(_tenant(upload.brand), work, lambda: upload)

    async def audit(self, brand: str, reference_id: str) -> ReferenceAudit | None:
        """The audit of a registered reference; None: as audit_registered. Raises Problem."""
        work = partial(audit_registered, self._store, self._settings)
        return await self._process.run(_tenant(brand), work, lambda: reference_id)


def audit_registered(store: Store, settings: Settings, reference_id: str) -> ReferenceAudit | None:
    """In the process: the audit of a registered reference.

    None: it is withdrawn, or a word, or there are more than MOST_COMPARED of its kind.
    """
    with open_registry(store, settings.registry_url, create=False) as registry:
        revision = registry.references_revision()
        found = registry.reference(reference_id)
        if found is None or found.kind is ReferenceKind.WORD or registry.count_in_force(found.kind) > MOST_COMPARED:
            return None
        given = (registry, store, describer_of(settings.model_manifest), {reference_id})
        kept = _galleries(store.root, settings.model_manifest)
        audit: Audit | PhotoAudit | None
        if found.kind is ReferenceKind.PHOTO:
            audit = next(audit_each_photo(*given, galleries=kept), None)
        else:
            audit = next(audit_each(*given, galleries=kept), None)
        return None if audit is None else ReferenceAudit(revision, audit)


def register_upload(registry: Registry, store: Store, describer: Describer, upload: Upload) -> Registered:
    """Register an image of a registered brand. Raises as register_reference, UnknownRecord."""
    return register_reference(
        registry,
        store,
        brand=registry.brand(upload.brand),
        kind=upload.kind,
        image=upload.data,
        describer=describer,
        name=upload.name,
        mark=upload.mark,
        form=upload.form,
        region=upload.region,
        for_words=upload.with_words,
        now=datetime.now(UTC),
    )


def suggest_upload(store: Store, settings: Settings, for_words: bool, done: Registered) -> Registered:
    """In the process: as `suggest`, of what was registered; `for_words`: though it was registered already."""
    reading = Reading(settings.model_manifest, known_too=for_words)
    with open_registry(store, settings.registry_url, create=False) as registry:
        return suggest(registry, store, done, describer_of(settings.model_manifest), reading)


def register_parts_upload(store: Store, settings: Settings, actor: str, upload: PartsUpload) -> tuple[Registered, ...]:
    """In the process: register parts of registered artwork, as `actor`. Raises as register_reference, UnknownRecord."""
    with open_registry(store, settings.registry_url, create=False) as opened:
        registry, describer = opened.acting(actor), describer_of(settings.model_manifest)
        reference = registry.reference(upload.reference_id)
        if reference is None or reference.brand_id != upload.brand or reference.form is not Form.ARTWORK:
            raise UnknownRecord(f"brand {upload.brand} has no artwork {upload.reference_id!r:.99}")
        data = read_reference(store, reference)
        if data is None:
            raise UnknownRecord(f"the file of {upload.reference_id} is gone: register it again")
        found = propose_parts(describer, data, reference.source_name)
        wanted = [each for each in found if upload.regions is None or each.region in upload.regions]
        return tuple(register_parts(registry, store, reference, wanted, describer, datetime.now(UTC)))


def register_word_upload(
    store: Store, settings: Settings, actor: str, upload: WordUpload
) -> tuple[Registered | RegistrationError, ...]:
    """In the process: register words of a registered brand, as `actor`. Raises UnknownRecord."""
    with open_registry(store, settings.registry_url, create=False) as opened:
        registry = opened.acting(actor)
        brand = registry.brand(upload.brand)
        wanted = (NewWord(brand, word, upload.mark) for word in upload.words)
        return tuple(register_words(registry, store, wanted, datetime.now(UTC)))


@cache
def describer_of(manifest: Path) -> BoundedDescriber:
    """In the process: the one that describes for it, and ends with it."""
    return BoundedDescriber(manifest)


@cache
def _galleries(_store: Path, _manifest: Path) -> Galleries:
    """In the process: what audits compare with, kept from one to the next."""
    return Galleries()


def _named(done: Registered) -> dict[str, str]:
    return {"reference": done.reference.reference_id}


def _tenant(brand: str) -> Tenant:
    return Tenant("brands", brand)
