"""Plain ways to search for words in texts and in what the same reader reads; the product uses neither."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz import fuzz

from benchmarks.copy_task import read_image
from benchmarks.records import Prediction
from benchmarks.runs import Query, Run
from benchmarks.words.scanning import BrandWord
from brand_index.images import RGBImage
from scanner.engine.words.reading import WordReader
from scanner.settings import read_settings

EXACT: Final = "exact search (lower case, substring)"
FUZZY: Final = "rapidfuzz partial_ratio ≥ 85"
LEAST_RATIO: Final = 85.0  # of 100
PEERS: Final = (EXACT, FUZZY)


def exact(word: str, text: str) -> bool:
    """Whether `word` stands in `text`, in any case."""
    return word.lower() in text.lower()


def fuzzy(word: str, text: str) -> float:
    """How similar `word` is to a part of `text` at best, 0..100."""
    return fuzz.partial_ratio(word.lower(), text.lower())


def finds(peer: str, word: str, lines: Iterable[str]) -> bool:
    """Whether a peer finds `word` in any of the lines."""
    if peer == EXACT:
        return any(exact(word, line) for line in lines)
    return any(fuzzy(word, line) >= LEAST_RATIO for line in lines)


class PlainReader:
    """Reads whole images with the product's reader."""

    def __init__(self) -> None:
        self._reader = WordReader(read_settings()).opened()

    def lines(self, image: RGBImage) -> list[str]:
        """What stands in a (H, W, 3) image, a line each. Raises ModelUnusable."""
        return [] if self._reader is None else [line.text for line in self._reader.read(image)]


def read_and_search(queries: Sequence[Query], words: Sequence[BrandWord], reader_name: str) -> list[Run]:
    """Read each image once and let every peer search what is read for `words`; a run each.

    `reader_name` begins the names of the runs. The score of a brand is 1 where its word stands exactly; of the fuzzy
    peer, the best ratio of its word in a line, 0.85 and more.
    """
    reader = PlainReader()
    found: dict[str, list[Prediction]] = {peer: [] for peer in PEERS}
    started = time.perf_counter()
    for query in queries:
        lines = reader.lines(read_image(query.path))
        for each in words:
            if any(exact(each.word, line) for line in lines):
                found[EXACT].append(Prediction(query.name, each.brand_id, 1.0))
            ratio = max((fuzzy(each.word, line) for line in lines), default=0.0)
            if ratio >= LEAST_RATIO:
                found[FUZZY].append(Prediction(query.name, each.brand_id, ratio / 100))
    seconds = time.perf_counter() - started
    return [Run(f"{reader_name}, {peer}", tuple(predictions), seconds, ()) for peer, predictions in found.items()]
