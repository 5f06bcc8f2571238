"""A long list of images is registered on several processors, in order, and can be begun again where it ended."""

import io
import threading
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from PIL import Image, ImageDraw

from brand_index.errors import Contradictory, MarkscanError, NotAnImage
from brand_index.features.describing import Describer
from brand_index.features.embedding import Embedder
from brand_index.registration import NewImage, Registered, register_many
from brand_index.registry import RegistrationOutcome, Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from tests.conftest import describer

ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
SECONDS = 60.0  # after which a test fails
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Watched:
    """A describer that counts what it is asked, and may wait for another one to be asked, too."""

    def __init__(self, together: threading.Barrier | None = None) -> None:
        self._inner, self._together, self.asked = describer(), together, 0

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        self.asked += 1
        if self._together is not None:
            self._together.wait(SECONDS)
        return self._inner.run(name, work, *arguments)


def logo(number: int) -> bytes:
    """A shield with another number of bars on each."""
    drawn = Image.new("RGB", (256, 256), "white")
    pen = ImageDraw.Draw(drawn)
    pen.polygon([(30, 20), (226, 20), (226, 150), (128, 240), (30, 150)], outline="black", width=8)
    for bar in range(number + 2):
        pen.line((60, 40 + 14 * bar, 190, 46 + 11 * bar), fill=(200, 20 * bar, 40), width=6)
    pen.ellipse((90, 120, 160, 190), outline="navy", width=9)
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def new(data: bytes, brand: Brand = ACME) -> NewImage:
    return NewImage(brand, ReferenceKind.LOGO, data, "logo.png")


def registered(
    registry: Registry, store: Store, images: list[NewImage], *describers: Describer, known_too: bool = False
) -> list[Registered | MarkscanError]:
    given = (registry, store, images, describers or (describer(),))
    return list(register_many(*given, reading=None, find_parts=False, known_too=known_too))


def test_outcomes_come_in_the_order_given_with_refusals_among_them(registry: Registry, store: Store) -> None:
    images = [new(logo(0)), new(b"no image"), new(logo(1)), new(logo(2))]
    done = registered(registry, store, images, Watched(), Watched())
    assert [type(each) for each in done] == [Registered, NotAnImage, Registered, Registered]
    names = [each.reference.reference_id for each in done if isinstance(each, Registered)]
    assert sorted(names) == [each.reference_id for each in registry.references()]


def test_as_many_images_are_described_at_once_as_there_are_describers(registry: Registry, store: Store) -> None:
    together = threading.Barrier(2)
    done = registered(registry, store, [new(logo(0)), new(logo(1))], Watched(together), Watched(together))
    assert [isinstance(each, Registered) for each in done] == [True, True]


def test_what_is_handed_on_is_recorded(registry: Registry, store: Store) -> None:
    images = [new(logo(number)) for number in range(3)]
    coming = register_many(registry, store, images, (describer(),), reading=None, find_parts=False, known_too=False)
    first = next(coming)
    coming.close()  # as when the command is interrupted
    assert isinstance(first, Registered)
    assert first.reference.reference_id in {each.reference_id for each in registry.references()}


def test_what_is_ready_together_is_recorded_in_one_write(registry: Registry, store: Store) -> None:
    registered(registry, store, [new(logo(number)) for number in range(6)], describer(), describer())
    assert len(registry.references()) == 6
    assert registry.revision() < 6


def test_one_file_given_twice_is_registered_once(registry: Registry, store: Store) -> None:
    done = registered(registry, store, [new(logo(0)), new(logo(0)), new(logo(1))])
    assert [each.outcome for each in done if isinstance(each, Registered)] == [
        RegistrationOutcome.ADDED,
        RegistrationOutcome.ALREADY_REGISTERED,
        RegistrationOutcome.ADDED,
    ]


def test_a_list_that_was_interrupted_goes_on_without_describing_again(registry: Registry, store: Store) -> None:
    images, watched = [new(logo(number)) for number in range(3)], Watched()
    registered(registry, store, images[:2])
    done = registered(registry, store, images, watched)
    outcomes = [each.outcome for each in done if isinstance(each, Registered)]
    assert outcomes == [*[RegistrationOutcome.ALREADY_REGISTERED] * 2, RegistrationOutcome.ADDED]
    assert watched.asked == 1


def test_a_registered_logo_whose_file_is_lost_gets_it_back(registry: Registry, store: Store) -> None:
    (first,) = registered(registry, store, [new(logo(0))])
    assert isinstance(first, Registered)
    store.media_path(first.reference.sha256, first.reference.suffix).unlink()
    (again,) = registered(registry, store, [new(logo(0))])
    assert isinstance(again, Registered)
    assert again.is_restored


def test_registered_logos_are_examined_again_where_their_words_or_parts_are_asked_for(
    registry: Registry, store: Store
) -> None:
    registered(registry, store, [new(logo(0))])
    watched = Watched()
    registered(registry, store, [new(logo(0))], watched, known_too=True)
    assert watched.asked > 0


def test_the_same_file_twice_in_a_list_is_one_reference(registry: Registry, store: Store) -> None:
    done = registered(registry, store, [new(logo(0)), new(logo(0))], Watched(), Watched())
    outcomes = [each.outcome for each in done if isinstance(each, Registered)]
    assert outcomes == [RegistrationOutcome.ADDED, RegistrationOutcome.ALREADY_REGISTERED]


def test_a_brand_given_otherwise_further_down_is_refused_there_alone(registry: Registry, store: Store) -> None:
    other = Brand("acme", "Acme", "Somebody else", "ip@acme.example")
    done = registered(registry, store, [new(logo(0)), new(logo(1), other), new(logo(2))], Watched(), Watched())
    assert [type(each) for each in done] == [Registered, Contradictory, Registered]
