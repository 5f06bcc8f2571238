"""Registers and audits uploaded references in the side process, by the rules of brand_index."""

from dataclasses import dataclass
from datetime import UTC, datetime

from brand_index.features.audit import Audit
from brand_index.registration import MarkFields, Registered, register_reference
from brand_index.registration.auditing import audit_each
from brand_index.registry import RegistrationOutcome
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import open_embedder
from scanner.engine.worker import watched
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that a brand owner uploaded, with the mark that it shows."""

    brand: str
    kind: ReferenceKind
    data: bytes
    name: str
    mark: MarkFields
    with_audit: bool


@dataclass(frozen=True, slots=True)
class LogoAudit:
    """The audit of a logo, and the registry's revision that it was made with."""

    revision: int  # that last changed a reference
    audit: Audit


def audit_registered(store: Store, settings: Settings, reference_id: str) -> LogoAudit | None:
    """The audit of a registered logo; None: the reference is a photo, or withdrawn."""
    with open_registry(store, settings.registry_url, create=False) as registry:
        revision = registry.references_revision()
        audit = next(audit_each(registry, store, open_embedder(settings), {reference_id}), None)
        return None if audit is None else LogoAudit(revision, audit)


def register_upload(store: Store, settings: Settings, upload: Upload, actor: str) -> tuple[Registered, Audit | None]:
    """Register an image of a registered brand, as `actor`, and audit a new logo if the upload asks for it.

    Raises as register_reference.
    """
    with open_registry(store, settings.registry_url, create=False) as opened:
        registry = opened.acting(actor)
        with watched(settings):
            done = register_reference(
                registry,
                store,
                brand=registry.brand(upload.brand),
                kind=upload.kind,
                image=upload.data,
                name=upload.name,
                mark=upload.mark,
                now=datetime.now(UTC),
            )
        new = upload.kind is ReferenceKind.LOGO and done.outcome is not RegistrationOutcome.ALREADY_REGISTERED
        if not (upload.with_audit and new):
            return done, None
        return done, next(audit_each(registry, store, open_embedder(settings), {done.reference.reference_id}), None)
