"""Audits registered logos against all logos in force, by brand_index/features/audit.py."""

from collections.abc import Callable, Collection, Iterator

from brand_index.features.audit import Audit, audit
from brand_index.features.describing import Describer
from brand_index.features.description import ReferenceDescription
from brand_index.index.describing_all import describe_all
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind


def audit_each(
    registry: Registry,
    store: Store,
    describer: Describer,
    reference_ids: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Audit]:
    """The audits of the logos in force with these ids, against all others; the descriptions are cached for the index.

    A logo that cannot be described is left out. `progress` is called with the number of
    logos described and their total.
    """
    logos = tuple(each for each in registry.references() if each.kind is ReferenceKind.LOGO)
    found = zip(logos, describe_all(store, registry, logos, describer, progress), strict=True)
    described = [(logo, each) for logo, each in found if isinstance(each, ReferenceDescription)]
    references, descriptions = [logo for logo, _ in described], [each for _, each in described]
    for position, reference in enumerate(references):
        audited = audit(position, references, descriptions) if reference.reference_id in reference_ids else None
        if audited is not None:
            yield audited
