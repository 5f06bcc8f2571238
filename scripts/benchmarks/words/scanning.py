"""Registers logos and words in one store and scans images against both; what is found is measured elsewhere."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from benchmarks.datasets import MarkPhoto
from benchmarks.logos import Asked
from benchmarks.product import Entry, Refusal, register_all
from benchmarks.records import Prediction, Truth, best_of_each
from benchmarks.runs import Query, Run
from benchmarks.words.task import By, counts
from brand_index.errors import RegistrationError
from brand_index.index.parts import WordPart
from brand_index.index.published import current_folder
from brand_index.index.reading import open_words
from brand_index.registration.checking import MarkFields
from brand_index.registration.words import NewWord, register_words
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.bulk.batch import examine_batch
from scanner.engine.types import ConcealedPatch, Evidence, FailedImage
from scanner.moderation.registry import open_registry
from scanner.settings import read_settings
from scanner.verdicts.weighing.joining import strengthened


@dataclass(frozen=True, slots=True)
class BrandWord:
    """A word to register."""

    brand_id: str
    word: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The evidence of one image, of logos and words, however weak."""

    query: str
    evidence: tuple[Evidence, ...]
    concealed: tuple[ConcealedPatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """One run over images."""

    seen: tuple[Seen, ...]
    seconds: float  # wall time
    refusals: tuple[Refusal, ...]

    def run(self, system: str, predictions: Iterable[Prediction]) -> Run:
        """The record of it."""
        return Run(system, tuple(predictions), self.seconds, self.refusals)


def fill(store: Store, words: Iterable[BrandWord], logos: Iterable[Entry] = ()) -> list[Refusal]:
    """Register words and logos in the empty `store` and build the index; returns those that are refused."""
    refusals = []
    wanted = list(words)
    with open_registry(store) as registry:
        new = (NewWord(_brand(each.brand_id), each.word, MarkFields()) for each in wanted)
        for each, done in zip(wanted, register_words(registry, store, new, datetime.now(UTC)), strict=True):
            if isinstance(done, RegistrationError):
                refusals.append(Refusal(Path(each.word), done.code, str(done)))
    return [*refusals, *register_all(store, logos)]


def register_names(store: Store, names: Sequence[str]) -> WordPart:
    """Register each name as the word of a brand of its own, and return the words of the index."""
    fill(store, [BrandWord(f"name-{number}", name) for number, name in enumerate(names)])
    return words_of_index(store)


def words_of_index(store: Store) -> WordPart:
    """The words of the store's published index."""
    return open_words(current_folder(store))


def scan(store: Store, queries: Sequence[Query], workers: int) -> Scan:
    """Examine `queries` as a batch does."""
    seen, refusals = [], []
    started = time.perf_counter()
    batch = examine_batch([query.path for query in queries], store, read_settings(), workers=workers)
    for query, examined in zip(queries, batch, strict=True):
        if isinstance(examined.outcome, FailedImage):
            refusals.append(Refusal(query.path, examined.outcome.code, examined.outcome.message))
        else:
            seen.append(Seen(query.name, examined.outcome.evidence, examined.outcome.concealed))
    return Scan(tuple(seen), time.perf_counter() - started, tuple(refusals))


def evidence_by(evidence: Iterable[Evidence], by: By) -> tuple[Evidence, ...]:
    """What there would be had only logos, or only words, been registered; both: as it is judged together."""
    if by is By.BOTH:
        return strengthened(evidence)
    kind = ReferenceKind.LOGO if by is By.LOGOS else ReferenceKind.WORD
    return tuple(item for item in evidence if item.kind is kind)


def claims(seen: Iterable[Seen], by: By, *, acted_on: bool = False) -> list[Prediction]:
    """The brands that are claimed of each image, each once; `acted_on`: those that the policy acts on."""
    found = (
        Prediction(each.query, item.brand_id, item.confidence, item.box)
        for each in seen
        for item in evidence_by(each.evidence, by)
        if not acted_on or counts(item)
    )
    return best_of_each(found)


def asked_of(photo: MarkPhoto) -> Asked:
    """A photo of a mark under the name that the logos benchmark gives it."""
    with Image.open(photo.path) as header:
        width, height = header.size
    truth = Truth(f"logos_in_photos/{photo.path.name}", "", frozenset({photo.brand}), photo.boxes)
    return Asked(photo, truth, width, height)


def _brand(brand_id: str) -> Brand:
    """As benchmarks.product registers it with its logos."""
    return Brand(brand_id, brand_id, f"Owner of {brand_id}", f"ip@{brand_id}.example")
