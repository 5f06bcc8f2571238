"""The searchable parts of an index, each a file and arrays beside it: the one home of faiss.

Rows are FAISS's own consecutive numbers; `owners` maps a row to its reference's position in the catalog, since a
reference has many rows and FAISS's own id maps break with that.
"""

from brand_index.index.parts.embeddings import EmbeddingHit, EmbeddingPart, Similarity
from brand_index.index.parts.hashes import HashHit, HashPart
from brand_index.index.parts.keypoints import EXACT_ROWS, KeypointPart, VoteHit
from brand_index.index.parts.photos import PhotoHit, PhotoPart
from brand_index.index.parts.plates import PlatePart
from brand_index.index.parts.words import IndexedWord, WordHit, WordPart

__all__ = [
    "EXACT_ROWS",
    "EmbeddingHit",
    "EmbeddingPart",
    "HashHit",
    "HashPart",
    "IndexedWord",
    "KeypointPart",
    "PhotoHit",
    "PhotoPart",
    "PlatePart",
    "Similarity",
    "VoteHit",
    "WordHit",
    "WordPart",
]
