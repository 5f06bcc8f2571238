"""BrandIndex: the derived, searchable form of the registry; the registry stays the only truth."""

from brand_index.index.catalog import IndexedReference
from brand_index.index.parts import EmbeddingHit, HashHit, Similarity, VoteHit
from brand_index.index.reading import BrandIndex

__all__ = ["BrandIndex", "EmbeddingHit", "HashHit", "IndexedReference", "Similarity", "VoteHit"]
