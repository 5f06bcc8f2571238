"""BrandIndex: the derived, searchable form of the registry; the registry stays the only truth."""

from brand_index.index.building import build_index
from brand_index.index.catalog import IndexedReference
from brand_index.index.parts import EmbeddingHit, HashHit, VoteHit, use_one_thread
from brand_index.index.reading import BrandIndex

__all__ = ["BrandIndex", "EmbeddingHit", "HashHit", "IndexedReference", "VoteHit", "build_index", "use_one_thread"]
