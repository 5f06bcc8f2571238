"""The searchable parts of an index, each a file and arrays beside it: the one home of faiss.

Rows are FAISS's own consecutive numbers; `owners` maps a row to its reference's position in the segment, since a
reference has many rows and FAISS's own id maps break with that. A part is of one segment; a search is over all.
"""

from brand_index.index.parts.byte_fields import BytesPart, BytesWriter
from brand_index.index.parts.embeddings import EmbeddingPart, EmbeddingWriter
from brand_index.index.parts.hashes import HashHit, HashPart, HashWriter, near_hashes
from brand_index.index.parts.keypoints import KeypointPart, KeypointSearch, KeypointWriter, VoteHit
from brand_index.index.parts.logos import EmbeddingHit, LogoSearch, Similarity
from brand_index.index.parts.photos import PhotoHit, PhotoPart, PhotoSearch, PhotoWriter
from brand_index.index.parts.placed import Placed
from brand_index.index.parts.word_lists import IndexedWord, SegmentWords, ordinary_words
from brand_index.index.parts.words import WordHit, WordPart

__all__ = [
    "BytesPart",
    "BytesWriter",
    "EmbeddingHit",
    "EmbeddingPart",
    "EmbeddingWriter",
    "HashHit",
    "HashPart",
    "HashWriter",
    "IndexedWord",
    "KeypointPart",
    "KeypointSearch",
    "KeypointWriter",
    "LogoSearch",
    "PhotoHit",
    "PhotoPart",
    "PhotoSearch",
    "PhotoWriter",
    "Placed",
    "SegmentWords",
    "Similarity",
    "VoteHit",
    "WordHit",
    "WordPart",
    "near_hashes",
    "ordinary_words",
]
