"""A description lies in the registry until it is published, and in a segment from then on; it is never made twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import numpy as np
import pytest

from brand_index.errors import IndexUnusable
from brand_index.features.describing import DirectDescriber
from brand_index.features.embedding import Embedder, OnnxEmbedder
from brand_index.features.weights import read_manifest as read_models
from brand_index.index import BrandIndex
from brand_index.index import building as building_module
from brand_index.index.building import ChangesPublisher, build_index
from brand_index.index.described import is_described, sound_segments
from brand_index.index.published import CURRENT
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceImage, ReferenceKind
from tests.brand_index.index.growing import photo
from tests.brand_index.index.written import packed_as_in_format_13
from tests.conftest import ACME, describer, draw_logo, png

NOW = datetime(2026, 3, 1, tzinfo=UTC)


Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class NoDescriber(DirectDescriber):
    """Describes nothing, since all is described already."""

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        raise AssertionError("described anew")


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_models())


@pytest.fixture
def place(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(place: Store) -> Registry:
    return Registry.open(place)


def registered(registry: Registry, place: Store, name: str) -> ReferenceImage:
    image = photo(name)
    return register_reference(
        *(registry, place), brand=ACME, kind=ReferenceKind.PHOTO, image=image, describer=describer(), name=name, now=NOW
    ).reference


def saved(registry: Registry) -> tuple[str, ...]:
    return registry.descriptor_keys(describer().fingerprint)


def test_what_is_published_lies_in_the_index_alone(place: Store, registry: Registry, embedder: OnnxEmbedder) -> None:
    first = registered(registry, place, "coffee")
    assert saved(registry) == (first.description_key,)
    build_index(place, registry, embedder)
    assert saved(registry) == ()
    second = registered(registry, place, "chelsea")
    assert saved(registry) == (second.description_key,)
    assert ChangesPublisher(place).publish(registry) is not None
    assert saved(registry) == ()
    assert len(BrandIndex.open(place, embedder).references) == 2


def test_an_index_is_built_anew_without_describing(place: Store, registry: Registry, embedder: OnnxEmbedder) -> None:
    registered(registry, place, "coffee")
    build_index(place, registry, embedder)
    build_index(place, registry, embedder, describer=NoDescriber(embedder), anew=True)
    assert len(BrandIndex.open(place, embedder).references) == 1


def test_nothing_is_described_again_where_only_the_pointer_to_the_index_is_lost(
    place: Store, registry: Registry, embedder: OnnxEmbedder
) -> None:
    registered(registry, place, "coffee")
    build_index(place, registry, embedder)
    (place.index / CURRENT).unlink()
    build_index(place, registry, embedder, describer=NoDescriber(embedder))
    assert len(BrandIndex.open(place, embedder).references) == 1


def test_what_is_registered_again_is_not_described_again(
    place: Store, registry: Registry, embedder: OnnxEmbedder
) -> None:
    first, _ = (registered(registry, place, name) for name in ("coffee", "chelsea"))
    build_index(place, registry, embedder)
    registry.withdraw_reference(first.reference_id, NOW)
    assert ChangesPublisher(place).publish(registry) is not None
    assert len(BrandIndex.open(place, embedder).references) == 1
    registered(registry, place, "coffee")
    assert saved(registry) == ()
    assert ChangesPublisher(place).publish(registry) is not None
    assert len(BrandIndex.open(place, embedder).references) == 2


def test_a_process_that_is_killed_once_it_has_published_loses_nothing(
    place: Store, registry: Registry, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    registered(registry, place, "coffee")
    with monkeypatch.context() as patch:
        patch.setattr(building_module, "drop_published", killed)
        with pytest.raises(Killed):
            build_index(place, registry, embedder)
    assert len(saved(registry)) == 1
    assert len(BrandIndex.open(place, embedder).references) == 1
    build_index(place, registry, embedder, describer=NoDescriber(embedder))
    assert saved(registry) == ()


def test_an_index_of_an_earlier_format_is_taken_over_without_describing(
    place: Store, registry: Registry, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(registry, place, "coffee")
    with monkeypatch.context() as patch:
        patch.setattr(building_module, "FORMAT", 12)
        patch.setattr(building_module, "drop_published", lambda *_, **__: None)  # it kept them in the registry, too
        build_index(place, registry, embedder)
    with pytest.raises(IndexUnusable, match="format 12"):
        BrandIndex.open(place, embedder)
    build_index(place, registry, embedder, describer=NoDescriber(embedder))
    assert len(BrandIndex.open(place, embedder).references) == 1
    assert saved(registry) == ()


def test_descriptions_are_taken_over_from_the_segments_of_format_13(
    place: Store, registry: Registry, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    logo = draw_logo("ACME", (200, 30, 40))
    register_reference(
        *(registry, place),
        brand=ACME,
        kind=ReferenceKind.LOGO,
        image=png(logo),
        describer=describer(),
        name="a",
        now=NOW,
    )
    registered(registry, place, "coffee")
    with monkeypatch.context() as patch:
        patch.setattr(building_module, "FORMAT", 13)
        patch.setattr("brand_index.index.parts.lists.descriptors.EXACT_ROWS", 1_000_000)  # codes in the order of rows
        patch.setattr("brand_index.index.parts.embeddings.packed_patches", packed_as_in_format_13)
        build_index(place, registry, embedder)
    registry.delete_descriptors(describer().fingerprint, saved(registry))
    with pytest.raises(IndexUnusable, match="format 13"):
        BrandIndex.open(place, embedder)
    (earlier,) = sound_segments(place, describer().fingerprint)
    before = [earlier.description(position) for position in range(2)]
    build_index(place, registry, embedder, describer=NoDescriber(embedder))
    (segment,) = BrandIndex.open(place, embedder)._segments
    for position, known in enumerate(before):
        found = segment.description(position)
        assert found.to_bytes() == replace(known, views=found.views).to_bytes()
        errors = found.views.patches.astype(int) - known.views.patches
        assert np.abs(errors).sum() <= 4 * errors.size


def test_a_description_is_kept_while_no_index_has_it(place: Store, registry: Registry, embedder: OnnxEmbedder) -> None:
    build_index(place, registry, embedder)
    second = registered(registry, place, "chelsea")
    fingerprint = describer().fingerprint
    registry.delete_descriptors(fingerprint, [], others=True)
    assert saved(registry) == (second.description_key,)
    assert is_described(place, registry, second.reference_id, second.form, fingerprint)
    registry.delete_descriptors(fingerprint, [second.description_key])
    assert not is_described(place, registry, second.reference_id, second.form, fingerprint)
    build_index(place, registry, embedder, describer=describer())
    assert len(BrandIndex.open(place, embedder).references) == 1


def test_descriptions_by_another_model_go_when_an_index_is_built(
    place: Store, registry: Registry, embedder: OnnxEmbedder
) -> None:
    registry.save_descriptors([("acme-photo-0123456789abcdef", "another model", bytes(40_000_000))])
    before = (place.root / "registry.db").stat().st_size
    registered(registry, place, "coffee")
    build_index(place, registry, embedder)
    assert registry.descriptor_keys("another model") == ()
    registry.close()
    assert (place.root / "registry.db").stat().st_size < before / 10, "the space is given back"
