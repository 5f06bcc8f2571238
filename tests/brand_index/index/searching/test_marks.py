"""The marks that resemble a word or a logo: what is listed, in which order and why, and what is left out."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PIL import ImageDraw

from brand_index.errors import ImageError, InvalidField, UnknownRecord, UnrecognizableReference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import MANIFEST, read_manifest
from brand_index.index.building import build_index
from brand_index.index.published import current_folder
from brand_index.index.searching import (
    USUAL,
    ImageQuery,
    Likeness,
    MarkFilter,
    MarkSearch,
    checked_limit,
    checked_word,
    image_query,
    reader_of,
)
from brand_index.registration import MarkFields, NewWord, register_reference, register_words, withdraw
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, Mark, ReferenceKind
from tests.conftest import ACME, BOLT, NOW, describer, draw_logo, png

ALL = MarkFilter()
ACME_MARK = MarkFields(office="EM", registration_number="018000001", nice=frozenset({25}), vienna=("26.4.5",))
BOLT_MARK = MarkFields(nice=frozenset({9}), vienna=("26.04", "3.1.1"))
RED, BLUE = (200, 30, 40), (20, 60, 160)


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("search"))


@pytest.fixture(scope="module")
def registry(store: Store, embedder: OnnxEmbedder) -> Iterator[Registry]:
    """Acme's mark is a logo and a word; Bolt has a logo, a word and a word without a mark."""
    with Registry.open(store) as registry:
        for brand, word, colour, mark in ((ACME, "TARNVIK", RED, ACME_MARK), (BOLT, "ORLANDA", BLUE, BOLT_MARK)):
            register_logo(registry, store, brand, png(draw_logo(word, colour)), mark)
        words = [
            NewWord(ACME, "Tarnvik", ACME_MARK),
            NewWord(BOLT, "Veltro", MarkFields(nice=frozenset({9}))),
            NewWord(BOLT, "Tarnvin", MarkFields()),
        ]
        list(register_words(registry, store, words, NOW))
        build_index(store, registry, embedder)
        yield registry


@pytest.fixture(scope="module")
def search(store: Store, registry: Registry, embedder: OnnxEmbedder) -> MarkSearch:
    return MarkSearch.open(current_folder(store), embedder)


def register_logo(registry: Registry, store: Store, brand: Brand, image: bytes, mark: MarkFields) -> None:
    register_reference(
        registry,
        store,
        brand=brand,
        kind=ReferenceKind.LOGO,
        image=image,
        describer=describer(),
        name="logo.png",
        mark=mark,
        now=NOW,
    )


def query(word: str, colour: tuple[int, int, int], *, reads: bool = False) -> ImageQuery:
    return image_query(describer(), reader_of(MANIFEST) if reads else None, png(draw_logo(word, colour)), "q.png")


def test_words_are_listed_the_most_similar_first_with_their_marks(search: MarkSearch, registry: Registry) -> None:
    first, second = search.by_word("Tarnvik", registry, ALL, USUAL)
    assert (first.word, first.likeness, first.registered_word) == (1.0, Likeness.SAME, "Tarnvik")
    assert (first.brand, first.shape, first.colour) == (ACME, None, None)
    assert first.mark is not None
    assert (first.mark.office, first.mark.registration_number) == ("EM", "018000001")
    assert (second.word, second.registered_word, second.mark) == (0.857, "Tarnvin", None)


def test_a_logo_is_found_by_its_shape_with_its_colour(search: MarkSearch, registry: Registry) -> None:
    first, second = search.by_image(query("TARNVIK", RED), registry, ALL, USUAL)
    assert (first.brand, second.brand) == (ACME, BOLT)
    assert first.shape is not None
    assert second.shape is not None
    assert first.shape > 0.99 > second.shape >= 0.5
    assert (first.colour, second.colour) == (1.0, 0.0)
    assert (first.word, first.why, second.why) == (None, "similar shape and colour", "similar shape")


def test_what_a_logo_says_is_searched_among_the_words_and_joins_the_row_of_its_mark(
    search: MarkSearch, registry: Registry
) -> None:
    rows = search.by_image(query("TARNVIK", RED, reads=True), registry, ALL, USUAL)
    assert [each.brand.brand_id for each in rows] == ["acme", "bolt", "bolt"]
    assert (rows[0].word, rows[0].read, rows[0].registered_word) == (1.0, "TARNVIK", "Tarnvik")
    assert rows[0].shape is not None
    assert rows[0].why == "“TARNVIK” and the registered “Tarnvik”: same letters; similar shape and colour"
    assert {each.reference.kind for each in rows[1:]} == {ReferenceKind.LOGO, ReferenceKind.WORD}


def test_the_higher_of_word_and_shape_ranks(search: MarkSearch, registry: Registry) -> None:
    rows = search.by_image(query("VELTRO", BLUE, reads=True), registry, ALL, USUAL)
    assert (rows[0].registered_word, rows[0].word, rows[0].shape) == ("Veltro", 1.0, None)
    assert [each.similarity for each in rows] == sorted((each.similarity for each in rows), reverse=True)


def test_a_mark_counts_by_its_word_where_its_shape_is_less_alike(search: MarkSearch, registry: Registry) -> None:
    redrawn = draw_logo("TARNVIK", RED, ground=(250, 250, 250, 255))
    ImageDraw.Draw(redrawn).rectangle((40, 30, 600, 120), fill=(250, 250, 250))  # without its ring of marks
    row = search.by_image(image_query(describer(), reader_of(MANIFEST), png(redrawn), "q.png"), registry, ALL, 1)[0]
    assert row.shape is not None
    assert (row.word, row.similarity) == (1.0, 1.0)
    assert row.shape < 1.0


def test_a_limit_keeps_the_most_similar(search: MarkSearch, registry: Registry) -> None:
    (only,) = search.by_word("Tarnvik", registry, ALL, 1)
    assert only.registered_word == "Tarnvik"


def test_nice_lists_marks_of_a_class_and_of_unknown_classes(search: MarkSearch, registry: Registry) -> None:
    shown = search.by_word("Tarnvik", registry, MarkFilter(nice=frozenset({9, 12})), USUAL)
    assert [each.registered_word for each in shown] == ["Tarnvin"]
    shown = search.by_image(query("TARNVIK", RED), registry, MarkFilter(nice=frozenset({9})), USUAL)
    assert [each.brand for each in shown] == [BOLT]


def mark(*vienna: str) -> Mark:
    return Mark(1, "acme", None, None, None, frozenset(), vienna, date(2030, 1, 1))


@pytest.mark.parametrize(
    ("asked", "code", "passes"),
    [
        ("26.4", "26.4.5", True),
        ("26.4", "26.04.05", True),
        ("26", "26.4.5", True),
        ("26.4", "26.4", True),
        ("26.4", "26.41", False),
        ("26.4", "26", False),
        ("2", "26.4.5", False),
    ],
)
def test_vienna_lists_codes_below_the_one_that_is_asked_for(asked: str, code: str, passes: bool) -> None:
    assert MarkFilter(vienna=(asked,)).lets_pass(mark("3.1.1", code)) is passes


def test_vienna_leaves_out_marks_without_a_code() -> None:
    assert not MarkFilter(vienna=("26.4",)).lets_pass(mark())
    assert not MarkFilter(vienna=("26.4",)).lets_pass(None)


def test_a_reference_that_was_withdrawn_since_the_index_was_built_is_not_listed(
    store: Store, registry: Registry, search: MarkSearch
) -> None:
    before = search.by_word("Veltro", registry, ALL, USUAL)
    withdraw(registry, before[0].reference.reference_id, NOW)
    try:
        assert search.by_word("Veltro", registry, ALL, USUAL) == ()
    finally:
        list(register_words(registry, store, [NewWord(BOLT, "Veltro", MarkFields(nice=frozenset({9})))], NOW))


def test_an_empty_register_says_so(tmp_path: Path, embedder: OnnxEmbedder) -> None:
    store = Store(tmp_path)
    with Registry.open(store) as registry:
        build_index(store, registry, embedder)
        search = MarkSearch.open(current_folder(store), embedder)
        with pytest.raises(UnknownRecord, match="no logo and no word is registered"):
            search.by_word("Tarnvik", registry, ALL, USUAL)
        with pytest.raises(UnknownRecord, match="no logo and no word is registered"):
            search.by_image(query("TARNVIK", RED), registry, ALL, USUAL)


def test_a_word_is_not_searched_for_where_logos_alone_are_registered(tmp_path: Path, embedder: OnnxEmbedder) -> None:
    store, brand = Store(tmp_path), Brand("zeta", "Zeta", "Zeta", "z")
    with Registry.open(store) as registry:
        register_logo(registry, store, brand, png(draw_logo("ZETA", RED)), MarkFields())
        build_index(store, registry, embedder)
        with pytest.raises(UnknownRecord, match="no word is registered"):
            MarkSearch.open(current_folder(store), embedder).by_word("Zeta", registry, ALL, USUAL)


def test_an_image_that_shows_nothing_is_refused() -> None:
    blank = png(draw_logo("", (255, 255, 255), ground=(255, 255, 255, 255)))
    with pytest.raises(UnrecognizableReference, match=r"q\.png: is blank"):
        image_query(describer(), None, blank, "q.png")


def test_what_is_no_image_is_refused_by_its_name() -> None:
    with pytest.raises(ImageError, match=r"q\.png"):
        image_query(describer(), None, b"no image", "q.png")


@pytest.mark.parametrize(
    ("word", "why"), [("", "empty"), ("!!", "no letter"), ("x" * 101, "100 at most"), ("a\x07b", "control characters")]
)
def test_a_word_that_cannot_be_compared_is_refused(word: str, why: str) -> None:
    with pytest.raises(InvalidField, match=why):
        checked_word(word)


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_limit_is_1_to_100(limit: int) -> None:
    with pytest.raises(InvalidField, match="1 to 100"):
        checked_limit(limit)
