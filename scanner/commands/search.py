"""The command search: the registered marks that resemble a word or an image, to look at before registering it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.reference_warnings import say_not_searched
from scanner.commands.shell import (
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    open_registry,
    plain_errors,
    progress_bar,
    say,
    say_warnings,
    show_table,
    text_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brand_index.index.searching import MarkFilter, SimilarMark
    from brand_index.registry import Registry
    from scanner.settings import Settings

_COLUMNS = ("similarity", "word", "shape", "colour", "brand", "owner", "mark", "nice", "vienna", "reference", "why")


def search(
    sought: Annotated[str, typer.Argument(metavar="IMAGE|WORD", help="A logo's image file, or a word.")],
    *,
    nice: Annotated[
        str, text_option(help="Only marks of one of these classes of goods (Nice), or of unknown ones, such as 25,35.")
    ] = "",
    vienna: Annotated[
        str, text_option(help="Only marks with one of these Vienna codes or a code below it, such as 26.4.")
    ] = "",
    limit: Annotated[
        int | None, typer.Option(help="How many marks are listed at most, up to 100. Default: 20.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, as the HTTP API has it.")] = False,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List the registered marks most similar to a logo or a word, with why: word, shape, colour.

    An argument that names a file is an image: it is compared with logos by shape, and the words in it with registered
    words. Any other argument is a word. Nothing is registered.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from brand_index import fields
    from brand_index.index.searching import MarkFilter, checked_limit
    from scanner.service.search_answers import SearchAnswer

    with plain_errors():
        image, most = _image_of(sought), checked_limit(limit)
        marks = MarkFilter(fields.nice_classes(fields.split(nice)), fields.vienna_codes(fields.split(vienna)))
        place, settings = Store.locate(store), chosen_settings(registry_url=registry_url, model_manifest=model)
        with open_registry(store, registry_url) as registry:
            found = _found(sought, image, place, registry, settings, marks, most)
        if as_json:
            say(SearchAnswer.of(found).model_dump_json(indent=2))
        elif found:
            show_table(_COLUMNS, (tuple(_cells(each)) for each in found))
        else:
            say(f"no registered mark is similar to {sought}{' among those asked for' if nice or vienna else ''}")
        say_not_searched(place)


def _image_of(sought: str) -> Path | None:
    """The image file that an argument names; None: it is a word. Raises UsageError for a path that is no file."""
    from brand_index.images.finding import SUFFIXES, VECTOR_SUFFIXES

    path = Path(sought)
    try:
        if sought and path.is_file():
            return path
        is_folder = bool(sought) and path.is_dir()
    except (OSError, ValueError):  # longer than a path may be
        return None
    looks_like_path = path.suffix.lower() in SUFFIXES | VECTOR_SUFFIXES or sought.startswith(("/", "./", "../", "~"))
    if is_folder and looks_like_path:
        raise UsageError(f"{sought} is a folder: name one image, or a word")
    if looks_like_path:
        raise UsageError(f"{sought} is not there: check the path; a word is given without the suffix of an image")
    return None


def _found(
    sought: str,
    image: Path | None,
    place: Store,
    registry: "Registry",
    settings: "Settings",
    marks: "MarkFilter",
    limit: int,
) -> "tuple[SimilarMark, ...]":
    from brand_index.features.describing import BoundedDescriber
    from brand_index.images import read_bytes
    from brand_index.index.published import current_folder
    from brand_index.index.searching import MarkSearch, checked_word, image_query, reader_of
    from scanner.engine.examiner import open_embedder
    from scanner.walk import ensure_index

    data = b"" if image is None else read_bytes(image, settings.limits)
    word = checked_word(sought) if image is None else ""
    became: list[str] = []
    with progress_bar("describing references") as advance:
        ensure_index(place, registry, settings, advance, became.append)
    say_warnings(became)
    search_of = MarkSearch.open(current_folder(place), open_embedder(settings))
    if image is None:
        return search_of.by_word(word, registry, marks, limit)
    manifest = settings.model_manifest
    with BoundedDescriber(manifest) as describer:
        query = image_query(describer, reader_of(manifest), data, str(image))
    return search_of.by_image(query, registry, marks, limit)


def _cells(found: "SimilarMark") -> "Iterator[str]":
    for value in (found.similarity, found.word, found.shape, found.colour):
        yield "" if value is None else f"{value:.2f}"
    yield found.brand.brand_id
    yield found.brand.owner
    mark = found.mark
    yield "" if mark is None or mark.office is None else f"{mark.office} {mark.registration_number or ''}".strip()
    yield "" if mark is None else ",".join(str(each) for each in sorted(mark.nice))
    yield "" if mark is None else ",".join(mark.vienna)
    yield found.reference.reference_id
    yield found.why
