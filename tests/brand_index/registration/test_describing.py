"""What registration accepts can be described, for it describes it there, within limits."""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.bounded_process import BoundedProcess
from brand_index.errors import ImageTooLarge, UndescribableReference, UnrecognizableReference
from brand_index.features import describing
from brand_index.features.describing import BoundedDescriber, Describer
from brand_index.features.description import describe_reference
from brand_index.features.embedding import Embedder, OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.images import decode
from brand_index.index.building import build_index
from brand_index.index.published import published_index
from brand_index.registration import Registered, register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from tests.conftest import ACME, describer, draw_logo, jpeg, png

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no address space")


@pytest.fixture
def place(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def registry(place: Store) -> Iterator[Registry]:
    with Registry.open(place) as opened:
        yield opened


@pytest.fixture(scope="module")
def bounded() -> Iterator[BoundedDescriber]:
    with BoundedDescriber(seconds=600) as opened:  # a loaded machine's time is not what is tested
        yield opened


def register(
    registry: Registry,
    place: Store,
    image: bytes,
    by: Describer | None = None,
    kind: ReferenceKind = ReferenceKind.LOGO,
    name: str = "mark.png",
) -> Registered:
    return register_reference(
        registry, place, brand=ACME, kind=kind, image=image, describer=by or describer(), name=name, now=NOW
    )


def word_mark(width: int, height: int) -> bytes:
    """A logo on white that fills its image, stretched to this size."""
    logo = draw_logo("ACME", (200, 30, 40), ground=(255, 255, 255, 255)).crop((12, 12, 628, 308)).convert("RGB")
    file = io.BytesIO()
    logo.resize((width, height)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def allocate(_: Embedder, size: int) -> int:
    return len(bytes(size))


def holds_nothing(registry: Registry, place: Store) -> bool:
    return not registry.references(include_withdrawn=True) and not list(place.root.rglob("media/*/*"))


def test_a_word_mark_twenty_times_as_long_as_high_is_accepted(registry: Registry, place: Store) -> None:
    assert register(registry, place, word_mark(1000, 50)).reference.width == 1000


@pytest.mark.parametrize("size", [(64, 4000), (4000, 64)])
def test_a_logo_too_long_to_recognize_is_refused(registry: Registry, place: Store, size: tuple[int, int]) -> None:
    with pytest.raises(UnrecognizableReference, match="over 32 times as long as wide"):
        register(registry, place, word_mark(*size))
    assert holds_nothing(registry, place)


def test_of_a_logo_the_visible_part_counts_and_of_a_photo_all_of_it(registry: Registry, place: Store) -> None:
    canvas = Image.new("RGB", (3000, 80), (255, 255, 255))
    canvas.paste(Image.open(io.BytesIO(word_mark(400, 70))), (1200, 5))
    register(registry, place, png(canvas))
    with pytest.raises(UnrecognizableReference, match="over 32 times"):
        register(registry, place, png(canvas), kind=ReferenceKind.PHOTO)


@LINUX
@pytest.mark.parametrize("size", [(30_000, 1_000), (1_000, 30_000)])
def test_the_margins_of_a_long_logo_take_no_more_memory_than_is_granted(
    registry: Registry, place: Store, bounded: BoundedDescriber, size: tuple[int, int]
) -> None:
    assert register(registry, place, word_mark(*size), bounded).reference.width == size[0]


@LINUX
def test_the_largest_image_that_is_decoded_can_be_described(
    registry: Registry, place: Store, bounded: BoundedDescriber
) -> None:
    mark = Image.open(io.BytesIO(word_mark(7100, 7100))).convert("RGBA")
    mark.putpixel((0, 0), (0, 0, 0, 0))
    file = io.BytesIO()
    mark.save(file, "PNG", compress_level=1)
    assert register(registry, place, file.getvalue(), bounded).reference.width == 7100


@LINUX
def test_what_takes_too_much_memory_to_describe_is_refused_by_name(registry: Registry, place: Store) -> None:
    with BoundedDescriber(memory=60 * 2**20) as tight:
        with pytest.raises(UndescribableReference, match=r"large\.png: takes over 45 s or 60 MiB to describe"):
            tight.run("large.png", allocate, 240 * 2**20)  # no heap holds as much free already
        with pytest.raises((UndescribableReference, ImageTooLarge), match=r"large\.png: "):
            register(registry, place, word_mark(5000, 5000), tight, name="large.png")
        assert holds_nothing(registry, place)
        register(registry, place, word_mark(500, 250), tight)


def test_what_takes_too_long_to_describe_is_refused_by_name(registry: Registry, place: Store) -> None:
    with BoundedDescriber(seconds=0.1) as hasty, pytest.raises(UndescribableReference, match=r"mark\.png: takes over"):
        register(registry, place, word_mark(3000, 3000), hasty)
    assert holds_nothing(registry, place)


def test_what_the_description_fails_on_is_refused_by_name(registry: Registry, place: Store) -> None:
    class Failing(OnnxEmbedder):
        fingerprint = "failing"

        def __init__(self) -> None:
            """Hold nothing."""

    with pytest.raises(UndescribableReference, match=r"mark\.png: cannot be described \(AttributeError"):
        register(registry, place, word_mark(500, 250), type(describer())(Failing()))
    assert holds_nothing(registry, place)


def test_what_was_described_at_registration_is_not_described_again(
    registry: Registry, place: Store, bounded: BoundedDescriber
) -> None:
    register(registry, place, word_mark(500, 250), bounded)
    photo = jpeg(np.asarray(photographs.coffee(), np.uint8))
    register(registry, place, photo, bounded, ReferenceKind.PHOTO)

    class NeverAsked:
        fingerprint = bounded.fingerprint

        def run(self, name: str, *_: object) -> object:
            raise AssertionError(f"{name} is described again")

    build_index(place, registry, OnnxEmbedder(read_manifest()), describer=NeverAsked())  # type: ignore[arg-type]
    assert published_index(place).set_aside == ()


def test_a_large_logo_is_described_as_a_smaller_copy_of_it_is() -> None:
    embedder = OnnxEmbedder(read_manifest())
    images = (decode(word_mark(*size)) for size in ((4800, 2400), (2400, 1200)))
    large, small = (describe_reference(image, ReferenceKind.LOGO, embedder) for image in images)
    assert ((large.views.vectors * small.views.vectors).sum(axis=1) > 0.98).all()
    distances = np.linalg.norm(large.keypoints.points[:, None] / 2 - small.keypoints.points[None], axis=2)
    nearest = distances.argmin(axis=1)
    assert np.median(distances.min(axis=1)) < 3
    ratios = large.keypoints.scales / small.keypoints.scales[nearest]
    assert np.median(ratios) == pytest.approx(2, rel=0.05)


def test_how_references_are_described_is_known_before_the_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(describing, "BoundedProcess", BoundedProcess)  # none that an earlier test has started
    bounded = BoundedDescriber()
    assert bounded.fingerprint == describer().fingerprint
    assert bounded._process._child is None
