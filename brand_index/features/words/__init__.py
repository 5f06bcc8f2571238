"""Words: folding them to compare, and how common they are; the modules that read images are imported by name."""

from brand_index.features.words.folding import folded, letters, skeleton
from brand_index.features.words.frequency import is_dictionary_word, zipf

__all__ = ["folded", "is_dictionary_word", "letters", "skeleton", "zipf"]
