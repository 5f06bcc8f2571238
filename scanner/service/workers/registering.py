"""Registers and audits what a brand owner brings, in a process beside the service; the rules are brand_index's."""

from dataclasses import dataclass
from datetime import UTC, datetime

from brand_index.features.audit import Audit
from brand_index.registration import MarkFields, Registered, register_reference
from brand_index.registration.auditing import audit_each
from brand_index.registry import Outcome
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import open_embedder
from scanner.engine.worker import watched
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings


@dataclass(frozen=True, slots=True)
class Brought:
    """An image that a brand owner brings."""

    brand: str
    kind: ReferenceKind
    data: bytes
    name: str
    mark: MarkFields
    audited: bool


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit, and what it was made beside."""

    revision: int  # that last changed a reference when it was made
    audit: Audit


def audit_registered(store: Store, settings: Settings, reference_id: str) -> Audited | None:
    """What is to be expected of a registered logo; None: it is a photo, or withdrawn."""
    with open_registry(store, settings.registry_url, create=False) as registry:
        revision = registry.references_revision()
        found = next(audit_each(registry, store, open_embedder(settings), {reference_id}), None)
        return None if found is None else Audited(revision, found)


def register_brought(store: Store, settings: Settings, brought: Brought, actor: str) -> tuple[Registered, Audit | None]:
    """Register an image of a known brand, as `actor`. Raises as register_reference."""
    with open_registry(store, settings.registry_url, create=False) as opened:
        registry = opened.acting(actor)
        with watched(settings):
            done = register_reference(
                registry,
                store,
                brand=registry.brand(brought.brand),
                kind=brought.kind,
                image=brought.data,
                name=brought.name,
                mark=brought.mark,
                now=datetime.now(UTC),
            )
        new = brought.kind is ReferenceKind.LOGO and done.outcome is not Outcome.ALREADY_REGISTERED
        if not (brought.audited and new):
            return done, None
        return done, next(audit_each(registry, store, open_embedder(settings), {done.reference.reference_id}), None)
