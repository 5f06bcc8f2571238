"""Searching before registering: the registered marks that resemble a word or an image; it registers nothing."""

from brand_index.index.searching.marks import MOST, USUAL, MarkFilter, MarkSearch, SimilarMark, checked_limit
from brand_index.index.searching.query import ImageQuery, checked_word, image_query, reader_of
from brand_index.index.searching.word_likeness import Likeness

__all__ = [
    "MOST",
    "USUAL",
    "ImageQuery",
    "Likeness",
    "MarkFilter",
    "MarkSearch",
    "SimilarMark",
    "checked_limit",
    "checked_word",
    "image_query",
    "reader_of",
]
