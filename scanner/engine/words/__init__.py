"""Words: what was read in an image, or stands in a listing's texts, as evidence of registered words."""

from scanner.engine.words.finding import with_texts, words_in_image, words_in_texts
from scanner.engine.words.plain import plain_text

__all__ = ["plain_text", "with_texts", "words_in_image", "words_in_texts"]
