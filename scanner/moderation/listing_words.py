"""Registered words in the title and description of a listing, by the published index; images are read elsewhere."""

from functools import lru_cache
from pathlib import Path

from brand_index.errors import IndexUnusable
from brand_index.index.parts import WordPart
from brand_index.index.published import current_folder
from brand_index.index.reading import open_words
from brand_index.store import Store
from scanner.engine.types import Evidence, Where
from scanner.engine.words import words_in_texts
from scanner.engine.words.plain import LONGEST_TEXT
from scanner.verdicts.types import Listing


class ListingWords:
    """Finds registered words in texts; it takes over each index that is published."""

    def __init__(self, store: Store, *, searches: bool = True) -> None:
        """`searches` False: nothing is found, as the setting `words` says."""
        self.store, self._searches = store, searches

    def of(self, listing: Listing) -> tuple[Evidence, ...]:
        """The evidence of registered words in a listing's texts, the surest first; none without an index."""
        texts = {Where.TITLE: listing.title or "", Where.DESCRIPTION: listing.description or ""}
        if not self._searches or not any(texts.values()):
            return ()
        try:
            folder = current_folder(self.store)
            return _found(folder, texts[Where.TITLE], texts[Where.DESCRIPTION])
        except IndexUnusable:
            return ()

    def leave_out(self, listing: Listing) -> bool:
        """Whether a text of a listing is longer than is searched; False: no word is registered, or none is sought."""
        longest = max(len(listing.title or ""), len(listing.description or ""))
        if not self._searches or longest <= LONGEST_TEXT:
            return False
        try:
            return bool(_words_of(current_folder(self.store)).count)
        except IndexUnusable:
            return False


@lru_cache(maxsize=64)  # the images of a listing follow each other
def _found(folder: Path, title: str, description: str) -> tuple[Evidence, ...]:
    texts = {Where.TITLE: title, Where.DESCRIPTION: description}
    return words_in_texts({where: text for where, text in texts.items() if text}, _words_of(folder))


@lru_cache(maxsize=2)
def _words_of(folder: Path) -> WordPart:
    return open_words(folder)
