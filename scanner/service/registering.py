"""Registers a picture that a brand owner brings, in a process beside the service; the rules are brand_index's."""

from dataclasses import dataclass
from datetime import UTC, datetime

from brand_index.audit import Audit
from brand_index.auditing import audit_each
from brand_index.registration import MarkFields, Registered, register_reference
from brand_index.registry import Outcome, Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.pipeline import open_embedder
from scanner.settings import Settings
from scanner.worker import watched


@dataclass(frozen=True, slots=True)
class Brought:
    """A picture that a brand owner brings."""

    brand: str
    kind: ReferenceKind
    data: bytes
    name: str
    mark: MarkFields
    audited: bool


def register_brought(store: Store, settings: Settings, brought: Brought, actor: str) -> tuple[Registered, Audit | None]:
    """Register a picture of a known brand, as `actor`. Raises as register_reference."""
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
