"""Searches the registered marks for a caller, in the side process that registers; a search registers nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from brand_index import fields
from brand_index.features.embedding import shared_embedder
from brand_index.features.weights import read_manifest
from brand_index.features.words.reading import TextReader
from brand_index.index.published import current_folder
from brand_index.index.searching import MarkFilter, MarkSearch, SimilarMark, checked_word, image_query, reader_of
from brand_index.store import Store
from scanner.service.accounts.registry import open_registry
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.registering import describer_of
from scanner.service.workers.side_process import SideProcess
from scanner.settings import Settings


@dataclass(frozen=True, slots=True)
class SearchedImage:
    """An image file that is searched for, with its name for messages."""

    data: bytes
    name: str


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is searched for, and which marks are listed."""

    sought: SearchedImage | str  # an image, or a word
    marks: MarkFilter
    limit: int


class Searcher:
    """Searches in a side process that is fair to callers: describing an image may crash, and takes its time."""

    def __init__(self, process: SideProcess, store: Store, settings: Settings) -> None:
        self._process, self._store, self._settings = process, store, settings

    async def search(self, tenant: Tenant, prepare: Callable[[], SearchRequest]) -> tuple[SimilarMark, ...]:
        """The marks most similar to what `prepare` returns, the most similar first, by the published index.

        `prepare` runs in a thread when it is the caller's turn. Raises UnknownRecord where nothing is registered,
        ImageError, RegistrationError, IndexUnusable and Problem.
        """
        return await self._process.run(tenant, partial(search_register, self._store, self._settings), prepare)


def marks_asked_for(nice: str, vienna: str) -> MarkFilter:
    """The filter that somebody typed, each a list such as "25,35". Raises InvalidField."""
    return MarkFilter(fields.nice_classes(fields.split(nice)), fields.vienna_codes(fields.split(vienna)))


def search_register(store: Store, settings: Settings, request: SearchRequest) -> tuple[SimilarMark, ...]:
    """In the process: the marks most similar to what is searched for. Raises as Searcher.search."""
    manifest = settings.model_manifest
    search = _search_of(current_folder(store), manifest)
    with open_registry(store, settings.registry_url, create=False) as registry:
        if isinstance(request.sought, str):
            return search.by_word(checked_word(request.sought), registry, request.marks, request.limit)
        image = request.sought
        query = image_query(describer_of(manifest), _reader(manifest), image.data, image.name)
        return search.by_image(query, registry, request.marks, request.limit)


@lru_cache(maxsize=1)
def _search_of(folder: Path, manifest: Path) -> MarkSearch:
    """In the process: the search of the published index, until another is published."""
    return MarkSearch.open(folder, shared_embedder(read_manifest(manifest)))


@lru_cache(maxsize=1)
def _reader(manifest: Path) -> TextReader | None:
    """In the process: the networks that read, loaded once."""
    return reader_of(manifest)
