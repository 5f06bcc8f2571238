"""The audits of logos that were registered, beside all that are in force; what is to be made of one is in audit.py."""

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
    asked: Collection[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Audit]:
    """The audits of the `asked` ids of logos in force, beside all others; what is described is kept for the index.

    `progress` is called with how many logos are described, of how many.
    """
    references = tuple(each for each in registry.references() if each.kind is ReferenceKind.LOGO)
    fingerprint = description_fingerprint(embedder)
    described = list(describe_all(store, registry, references, embedder, fingerprint, progress))
    for place, reference in enumerate(references):
        found = audit(place, references, described) if reference.reference_id in asked else None
        if found is not None:
            yield found
