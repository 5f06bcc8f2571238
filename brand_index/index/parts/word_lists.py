"""The registered words of one segment as they lie in its folder; what is searched for in them is not decided here."""

import json
import sys
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import IndexDamaged
from brand_index.features.words.frequency import common_words
from brand_index.index.parts.files import read_array, write_array
from brand_index.index.parts.word_keys import Keys, keys_of, letters_key, set_of_words
from brand_index.index.parts.word_spelling import forms_of, spelled_word


@dataclass(frozen=True, slots=True)
class IndexedWord:
    """A registered word mark."""

    reference_id: str
    brand_id: str
    word: str  # as registered
    review_only: bool
    zipf: float  # as frequency.zipf
    alone: bool  # whether it says something alone; False: an ordinary word, which only its own letters match


@dataclass(frozen=True, slots=True, eq=False)
class SegmentWords:
    """Words in the order of their references and the keys under which they lie."""

    words: tuple[IndexedWord, ...]
    keys: Keys
    own: NDArray[np.uint32]  # (N, 2): positions of single words that say something alone, and their letters' keys
    longest: int  # letters that a word has, once it is folded, at most

    def position_of(self, reference_id: str) -> int | None:
        """Where the word of the reference with this id is; None: not in this segment."""
        at = bisect_left(self.words, reference_id, key=lambda each: each.reference_id)
        return at if at < len(self.words) and self.words[at].reference_id == reference_id else None

    @classmethod
    def of(cls, words: Iterable[IndexedWord]) -> Self:
        """The list of these words."""
        kept = tuple(words)
        forms = ((n, form, each.alone) for n, each in enumerate(kept) for form in forms_of(each.word))
        pairs = ((key, n) for n, form, alone in forms for key in keys_of(form, alone))
        spelled = ((at, spelled_word(each.word)) for at, each in enumerate(kept) if each.alone)
        own = [(at, letters_key(each.letters)) for at, each in spelled if len(each.tokens) == 1]
        return cls(kept, Keys.build(pairs), np.array(own, np.uint32).reshape(-1, 2), _longest(kept))

    def save(self, folder: Path, name: str) -> None:
        """Write `name`.json and three arrays, all beginning with `name`, into `folder`."""
        columns = {field.name: [getattr(each, field.name) for each in self.words] for field in fields(IndexedWord)}
        (folder / f"{name}.json").write_text(json.dumps(columns, ensure_ascii=False), "utf-8")
        write_array(folder / f"{name}.keys.npy", self.keys.keys)
        write_array(folder / f"{name}.positions.npy", self.keys.positions)
        write_array(folder / f"{name}.own.npy", self.own)

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Read what `save` wrote; the arrays stay on disk and are shared by all processes. Raises IndexDamaged."""
        path = folder / f"{name}.json"
        try:
            columns = json.loads(path.read_text("utf-8"))
            columns["brand_id"] = [sys.intern(brand_id) for brand_id in columns["brand_id"]]  # few brands, many words
            rows = zip(*(columns[field.name] for field in fields(IndexedWord)), strict=True)
            words = tuple(IndexedWord(*row) for row in rows)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexDamaged(path, f"cannot be read ({error})") from error
        keys, positions, own = (read_array(folder / f"{name}.{field}.npy") for field in ("keys", "positions", "own"))
        if len(keys) != len(positions) or (len(positions) and int(positions.max()) >= len(words)):
            raise IndexDamaged(path, f"{len(keys)} keys and {len(positions)} positions for {len(words)} words")
        return cls(words, Keys(keys, positions), own, _longest(words))


@cache
def ordinary_words() -> NDArray[np.uint32]:
    """The keys of the ordinary words of LANGUAGES, ascending; all who ask share them, and none may write."""
    keys = set_of_words(common_words())
    keys.flags.writeable = False
    return keys


def _longest(words: tuple[IndexedWord, ...]) -> int:
    return max((len(each.word) * (1 if each.word.isascii() else 2) for each in words), default=0)  # folded, ß is ss
