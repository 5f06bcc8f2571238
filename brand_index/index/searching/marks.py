"""Searches the registered marks for those that resemble a word or an image, as trade-mark offices do; no scan.

A mark's word and its shape are measured apart. What ranks it is the higher of the two, not their mean: a mark that is
the same in one respect may be confused whatever the other is, and most have only one of the two. They can be compared,
for each is 1 for the same mark, and chance hardly reaches either threshold: of pairs of unrelated logos 1 in 1,900 has
a cosine of 0.5 and more (11,175 pairs), and of pairs of their names 1 in 1,600 is so alike as 0.6 (299,700 pairs; npm
simple-icons). Colour ranks nothing: it tells apart what is equal otherwise, for a mark is mostly registered for all
colours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from brand_index.errors import InvalidField, UnknownRecord
from brand_index.features.colours import hue_intersection
from brand_index.features.embedding import Embedder
from brand_index.index.reading import BrandIndex
from brand_index.index.searching.query import ImageQuery
from brand_index.index.searching.word_likeness import Likeness, WordLikeness, WordList
from brand_index.registry import Registry
from brand_index.types import Brand, Mark, ReferenceImage, ReferenceKind

LEAST_COSINE: Final = 0.5  # of a logo's nearest view, from which it is listed
ALIKE_IN_COLOUR: Final = 0.5  # share of hues from which the colour is said to be similar
USUAL: Final = 20  # marks that are listed unless somebody says otherwise
MOST: Final = 100  # likewise, if somebody does
_LOGOS_AT_ONCE: Final = 200  # that are retrieved first; a filter may need more


def checked_limit(limit: int | None) -> int:
    """How many marks are listed at most; None: as many as is usual. Raises InvalidField."""
    if limit is None:
        return USUAL
    if not 1 <= limit <= MOST:
        raise InvalidField(f"limit {limit}: give 1 to {MOST}")
    return limit


@dataclass(frozen=True, slots=True)
class MarkFilter:
    """Which marks are listed."""

    nice: frozenset[int] = frozenset()  # empty: of any class; else marks of one of these, or of unknown classes
    vienna: tuple[str, ...] = ()  # empty: any; else marks with a code that is one of these or below it

    def lets_pass(self, mark: Mark | None) -> bool:
        """Whether a mark is listed; None: nothing is recorded about it. One without Vienna codes has no such figure."""
        if self.nice and mark is not None and mark.nice and not self.nice & mark.nice:
            return False
        if not self.vienna:
            return True
        asked = [_levels(each) for each in self.vienna]
        known = () if mark is None else mark.vienna
        return any(_levels(code)[: len(prefix)] == prefix for code in known for prefix in asked)


@dataclass(frozen=True, slots=True)
class SimilarMark:
    """A registered mark that resembles what was searched for."""

    brand: Brand
    mark: Mark | None  # None: nothing is recorded about it
    reference: ReferenceImage  # of the mark, the one that resembles it most
    word: float | None  # 0.6..1, by the table of word_likeness; None, as the next two: no word of it is so similar
    likeness: Likeness | None
    registered_word: str | None
    read: str | None  # the searched word, or the line of the image, that resembles it
    shape: float | None  # 0.5..1: cosine of the most similar views; None: no logo of it is so similar
    colour: float | None  # 0..1: intersection of hues with that logo; None: no logo, or one of both has hardly a colour

    @property
    def similarity(self) -> float:
        """0..1: what it is ranked by, the higher of word and shape."""
        return max(self.word or 0.0, self.shape or 0.0)

    @property
    def why(self) -> str:
        """In what it resembles, in words: how the two words are alike, and whether shape and colour are."""
        said = []
        if self.likeness is not None:
            said.append(f"“{self.read}” and the registered “{self.registered_word}”: {self.likeness}")
        if self.shape is not None:
            said.append(
                "similar shape" + ("" if self.colour is None or self.colour < ALIKE_IN_COLOUR else " and colour")
            )
        return "; ".join(said)


class _Logo(NamedTuple):
    position: int
    cosine: float


@dataclass(frozen=True, slots=True)
class _Register:
    """What the registry says, at one revision."""

    revision: int
    brands: dict[str, Brand]
    marks: dict[int, Mark]
    references: dict[str, ReferenceImage]  # in force

    @classmethod
    def read(cls, registry: Registry) -> "_Register":
        revision = registry.revision()  # first: what is written meanwhile is read again next time
        return cls(
            revision,
            {each.brand_id: each for each in registry.brands()},
            {each.mark_id: each for each in registry.marks()},
            {each.reference_id: each for each in registry.references()},
        )

    def mark_of(self, reference: ReferenceImage) -> Mark | None:
        return None if reference.mark_id is None else self.marks.get(reference.mark_id)


class MarkSearch:
    """Searches one published index, with what the registry says of its references now."""

    def __init__(self, index: BrandIndex) -> None:
        self._index, self._words = index, WordList(each.word for each in index.words.words)
        self._register: _Register | None = None

    @classmethod
    def open(cls, folder: Path, embedder: Embedder) -> "MarkSearch":
        """A search of the index in `folder`. Raises IndexUnusable."""
        return cls(BrandIndex.open_folder(folder, embedder))

    def by_word(self, word: str, registry: Registry, marks: MarkFilter, limit: int) -> tuple[SimilarMark, ...]:
        """The `limit` registered marks most similar to a word, the most similar first.

        Raises UnknownRecord where no word is registered.
        """
        self._refuse_empty()
        if not self._index.has(ReferenceKind.WORD):
            raise UnknownRecord(
                "no word is registered that a word could be compared with: search by an image, or register words first "
                "(markscan register --word)"
            )
        return self._listed(self._words.similar(word), (), None, self._read(registry), marks, limit)

    def by_image(self, query: ImageQuery, registry: Registry, marks: MarkFilter, limit: int) -> tuple[SimilarMark, ...]:
        """The `limit` registered marks most similar to an image: by its shape, and by the words that it says.

        The most similar come first. Raises UnknownRecord where neither a logo nor a word is registered.
        """
        self._refuse_empty()
        register = self._read(registry)
        words = [found for text in query.texts for found in self._words.similar(text)]
        return self._listed(words, self._logos(query, register, marks, limit), query, register, marks, limit)

    def _refuse_empty(self) -> None:
        if not (self._index.has(ReferenceKind.LOGO) or self._index.has(ReferenceKind.WORD)):
            raise UnknownRecord(
                "no logo and no word is registered, so that there is nothing to search: register some first (markscan "
                "register)"
            )

    def _read(self, registry: Registry) -> _Register:
        if self._register is None or self._register.revision != registry.revision():
            self._register = _Register.read(registry)
        return self._register

    def _logos(self, query: ImageQuery, register: _Register, marks: MarkFilter, limit: int) -> Iterable[_Logo]:
        """The logos that may be listed, at least `limit` of those that pass if there are so many."""
        if not self._index.has(ReferenceKind.LOGO):
            return ()
        count = max(limit, _LOGOS_AT_ONCE)
        while True:
            hits = self._index.similar_logos(query.vectors, count)
            found = [_Logo(each.position, each.cosine) for each in hits if each.cosine >= LEAST_COSINE]
            passing = [each for each in found if self._passes(each.position, register, marks)]
            if len(passing) >= limit or len(found) < len(hits) or len(hits) < count:
                return passing
            count *= 8

    def _passes(self, position: int, register: _Register, marks: MarkFilter) -> bool:
        reference = register.references.get(self._index.references[position].reference_id)
        return reference is not None and marks.lets_pass(register.mark_of(reference))

    def _listed(
        self,
        words: Iterable[WordLikeness],
        logos: Iterable[_Logo],
        query: ImageQuery | None,
        register: _Register,
        marks: MarkFilter,
        limit: int,
    ) -> tuple[SimilarMark, ...]:
        """A row for each mark that passes, with its most similar word and logo."""
        best_words: dict[object, WordLikeness] = {}
        best_logos: dict[object, _Logo] = {}
        shown: dict[object, ReferenceImage] = {}
        for word in sorted(words, key=lambda each: each.similarity):
            reference = register.references.get(self._index.words.words[word.position].reference_id)
            if reference is not None and marks.lets_pass(register.mark_of(reference)):
                best_words[_identity(reference)], shown[_identity(reference)] = word, reference
        for logo in sorted(logos, key=lambda each: each.cosine):
            reference = register.references.get(self._index.references[logo.position].reference_id)
            if reference is not None:
                identity = _identity(reference)
                best_logos[identity] = logo
                if identity not in best_words or logo.cosine > best_words[identity].similarity:
                    shown[identity] = reference
        rows = [
            self._row(each, best_words.get(identity), best_logos.get(identity), query, register)
            for identity, each in shown.items()
        ]
        return tuple(sorted(rows, key=_rank)[:limit])

    def _row(
        self,
        reference: ReferenceImage,
        word: WordLikeness | None,
        logo: _Logo | None,
        query: ImageQuery | None,
        register: _Register,
    ) -> SimilarMark:
        colour = None
        if logo is not None and query is not None:
            colour = hue_intersection(query.hues, self._index.hues(logo.position))
        return SimilarMark(
            brand=register.brands[reference.brand_id],
            mark=register.mark_of(reference),
            reference=reference,
            word=None if word is None else round(word.similarity, 3),
            likeness=None if word is None else word.likeness,
            registered_word=None if word is None else self._index.words.words[word.position].word,
            read=None if word is None else word.text,
            shape=None if logo is None else round(min(logo.cosine, 1.0), 3),
            colour=None if colour is None else round(min(colour, 1.0), 3),
        )


def _identity(reference: ReferenceImage) -> object:
    """What makes references one row: their mark; of one without a recorded mark itself."""
    return reference.reference_id if reference.mark_id is None else reference.mark_id


def _rank(row: SimilarMark) -> tuple[float, float, float, str]:
    both = (row.word or 0.0) + (row.shape or 0.0)
    return -row.similarity, -both, -(row.colour or 0.0), row.reference.reference_id


def _levels(code: str) -> tuple[int, ...]:
    """The category, division and section of a Vienna code, such as 26.4.5 and 26.04.05, as far as it names them."""
    return tuple(int(each) for each in code.split("."))
