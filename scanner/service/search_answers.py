"""The answer of a search before registering as a model, for JSON and OpenAPI; it searches nothing."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Self

from pydantic import BaseModel, Field

from brand_index.index.searching import Likeness, SimilarMark
from brand_index.types import ReferenceKind
from scanner.service.answers import MarkAnswer


class SimilarMarkAnswer(BaseModel):
    """A registered mark that resembles what was searched for, as a public register shows it."""

    similarity: float = Field(description="0 to 1: the higher of word and shape, by which results are ranked.")
    word: float | None = Field(description="0.6 to 1: how alike the words are; null: no word of the mark is so alike.")
    shape: float | None = Field(description="0.5 to 1: how alike the logos are; null: no logo of the mark is so alike.")
    colour: float | None = Field(
        description="0 to 1: the share of hues that both logos have; null: no logo, or hardly any colour."
    )
    likeness: Likeness | None = Field(description="How the words resemble each other; null with word.")
    registered_word: str | None = Field(description="The word as it is registered; null with word.")
    read: str | None = Field(description="What resembles it: the word, or a line of the image; null with word.")
    brand_id: str = Field(examples=["acme"])
    brand: str = Field(examples=["Acme"], description="Its name.")
    owner: str = Field(examples=["Acme Ltd"])
    reference_id: str = Field(description="Of the mark, the reference that is most similar.")
    kind: ReferenceKind
    mark: MarkAnswer | None = Field(description="As its office recorded it; null: nothing is recorded.")


class SearchAnswer(BaseModel):
    """The registered marks most similar to a word or an image."""

    results: list[SimilarMarkAnswer] = Field(description="The most similar first; empty: none is similar.")

    @classmethod
    def of(cls, found: Iterable[SimilarMark]) -> Self:
        """The answer of a search."""
        return cls(
            results=[
                SimilarMarkAnswer(
                    similarity=each.similarity,
                    word=each.word,
                    shape=each.shape,
                    colour=each.colour,
                    likeness=each.likeness,
                    registered_word=each.registered_word,
                    read=each.read,
                    brand_id=each.brand.brand_id,
                    brand=each.brand.name,
                    owner=each.brand.owner,
                    reference_id=each.reference.reference_id,
                    kind=each.reference.kind,
                    mark=None if each.mark is None else MarkAnswer.model_validate(asdict(each.mark)),
                )
                for each in found
            ]
        )
