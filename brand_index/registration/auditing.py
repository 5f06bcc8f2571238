"""Audits registered logos against all logos in force, by brand_index/features/audit.py."""

from collections.abc import Callable, Collection, Iterator

from brand_index.features.audit import Audit, audit
from brand_index.features.description import description_fingerprint
from brand_index.features.embedding import Embedder
from brand_index.index.building import describe_all
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind


def audit_each(
    registry: Registry,
    store: Store,
    embedder: Embedder,
    reference_ids: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Audit]:
    """The audits of the logos in force with these ids, against all others; the descriptions are cached for the index.

    `progress` is called with the number of logos described and their total.
    """
    references = tuple(each for each in registry.references() if each.kind is ReferenceKind.LOGO)
    fingerprint = description_fingerprint(embedder)
    described = list(describe_all(store, registry, references, embedder, fingerprint, progress))
    for position, reference in enumerate(references):
        found = audit(position, references, described) if reference.reference_id in reference_ids else None
        if found is not None:
            yield found
