"""A small store that many tests read and none writes: three photographs and two drawn logos, registered and indexed."""

import hashlib
import io
import os
import pickle
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from argon2 import PasswordHasher
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs
from sqlalchemy import create_engine, make_url, text

from brand_index.features.describing import Arguments, DirectDescriber, Result
from brand_index.features.embedding import Embedder, OnnxEmbedder
from brand_index.features.weights import read_manifest
from brand_index.registration import register_reference
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind
from scanner.service.accounts import users
from scanner.service.accounts.registry import open_registry
from scanner.settings import Settings
from scanner.walk import Scanner, ensure_index
from tests.kept_processes import describers_kept

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = Brand("acme", "Acme", "Acme Ltd", "ip@acme.example")
SERVER = os.environ.get("MARKSCAN_TEST_POSTGRESQL")  # URL of a server on which databases may be made
DATABASES = ["sqlite"] if SERVER is None else ["sqlite", "postgresql"]
SHIPPED_HASHER = users._HASHER
# Of the processes that are started from here on, as those that run tests side by side: where each has as many threads
# as the machine has cores, waiting for each other takes a fifth of their time.
for _threads in ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(_threads, "1")
BOLT = Brand("bolt", "Bolt", "Bolt GmbH", "ip@bolt.example")


def draw_logo(
    word: str, colour: tuple[int, int, int], *, ground: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> Image.Image:
    """A badge with a word and a ring of marks, on transparency unless a ground is given."""
    logo = Image.new("RGBA", (640, 320), ground)
    draw = ImageDraw.Draw(logo)
    draw.rounded_rectangle((12, 12, 627, 307), 60, outline=(*colour, 255), width=14)
    for step in range(9):
        left = 60 + 60 * step
        draw.polygon([(left, 80), (left + 24, 40), (left + 48, 80 + 4 * step)], fill=(*colour, 255))
    draw.text((320, 190), word, fill=(*colour, 255), font=ImageFont.load_default(110), anchor="mm")
    return logo


def rocket_with_sticker() -> NDArray[np.uint8]:
    """A photo with Acme's logo on a light sticker, 320 px wide."""
    logo = np.asarray(draw_logo("ACME", (200, 30, 40), ground=(250, 250, 250, 255)).convert("RGB"), np.uint8)
    photo = np.asarray(photographs.rocket(), np.uint8).copy()
    photo[100:260, 150:470] = cv2.resize(logo, (320, 160))
    return photo


def in_perspective(
    image: NDArray[np.uint8] | Image.Image, corners: Sequence[tuple[float, float]], ground: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """`ground` with a flat `image` on it, seen at an angle: its corners, clockwise from top left, lie at `corners`."""
    rgba = np.asarray((image if isinstance(image, Image.Image) else Image.fromarray(image)).convert("RGBA"), np.uint8)
    size, (height, width) = ground.shape[1::-1], rgba.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warped = cv2.warpPerspective(rgba, cv2.getPerspectiveTransform(source, np.array(corners, np.float32)), size)
    alpha = warped[..., 3:] / 255
    return np.asarray(np.round(ground * (1 - alpha) + warped[..., :3] * alpha), np.uint8)


def in_halftone(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A (H, W, 3) photo as black dots on a grid of 5 px, as newspapers print it."""
    grey = cv2.blur(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), (5, 5))
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    dots = np.hypot(rows % 5 - 2, columns % 5 - 2) <= np.sqrt((1 - grey / 255) / np.pi) * 5
    return np.repeat(np.where(dots, 20, 250).astype(np.uint8)[..., None], 3, axis=2)


def png(image: Image.Image) -> bytes:
    """As the bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def jpeg(pixels: NDArray[np.uint8] | Image.Image, quality: int = 80) -> bytes:
    """As the bytes of a JPEG file."""
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.ascontiguousarray(pixels))
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


@contextmanager
def at_most(length: int) -> Iterator[None]:
    """No file may grow over `length` bytes: a write that would takes a part, and the next fails, as on a full disk."""
    resource = pytest.importorskip("resource", reason="this system has no such limit")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def index_file(place: Store, name: str) -> Path:
    """The file with this name in the published index, or in one of its segments."""
    return next(path for path in sorted(place.index.glob(f"**/{name}")) if path.parent.name[:1] != ".")


class RememberingDescriber(DirectDescriber):
    """Describes the same bytes once; each caller gets a copy of the result, as from a process of its own."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder)
        self._known: dict[bytes, bytes] = {}

    def run(self, name: str, work: Callable[[Embedder, *Arguments], Result], *arguments: *Arguments) -> Result:
        if any(isinstance(each, Path) for each in arguments):  # what a file holds may change
            return super().run(name, work, *arguments)
        asked = hashlib.sha256(pickle.dumps((work, arguments))).digest()
        if asked not in self._known:
            self._known[asked] = pickle.dumps(super().run(name, work, *arguments))
        result: Result = pickle.loads(self._known[asked])
        return result


@cache
def describer() -> DirectDescriber:
    """Describes in this process, by the weights that ship."""
    return RememberingDescriber(OnnxEmbedder(read_manifest()))


@pytest.fixture(scope="session", autouse=True)
def _describers_kept() -> Iterator[None]:
    with describers_kept():
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A log-in takes a fifth of a second of a processor with the parameters that ship, which test_users looks at."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(users, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def settings() -> Settings:
    """As they are without a file or a variable."""
    return Settings()


def filled(place: Store, settings: Settings, *references: tuple[Brand, ReferenceKind, bytes, str]) -> Store:
    """`place`, once these are registered, each with its file's name, and the index is built."""
    with open_registry(place) as registry:
        for brand, kind, image, name in references:
            register_reference(
                registry, place, brand=brand, kind=kind, image=image, describer=describer(), name=name, now=NOW
            )
        ensure_index(place, registry, settings)
    return place


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Store:
    """Acme holds three photographs and a logo, Bolt a logo; the index is built."""
    return filled(
        Store(tmp_path_factory.mktemp("store")),
        settings,
        (ACME, ReferenceKind.PHOTO, jpeg(photographs.astronaut(), 92), "astronaut.jpg"),
        (ACME, ReferenceKind.PHOTO, jpeg(photographs.coffee(), 92), "coffee.jpg"),
        (ACME, ReferenceKind.PHOTO, jpeg(photographs.chelsea(), 92), "chelsea.jpg"),
        (ACME, ReferenceKind.LOGO, png(draw_logo("ACME", (200, 30, 40))), "acme.png"),
        (BOLT, ReferenceKind.LOGO, png(draw_logo("bolt&co", (20, 60, 160))), "bolt.png"),
    )


@pytest.fixture(scope="session")
def scanner(store: Store, settings: Settings) -> Scanner:
    """Over that store."""
    return Scanner.open(store, settings)


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'registry.db'}"
        return
    with postgresql_database() as own:
        yield own


@pytest.fixture(params=DATABASES)
def migrated_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own that has all tables: a copy, since migrating takes longer than a test."""
    with copied_database(request.getfixturevalue(f"migrated_{request.param}"), tmp_path) as own:
        yield own


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty registry, which no test opens."""
    place = Store(tmp_path_factory.mktemp("migrated"))
    open_registry(place).close()
    return f"sqlite:///{place.root / 'registry.db'}"


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty registry, which no test opens."""
    with postgresql_database() as own:
        open_registry(Store(tmp_path_factory.mktemp("migrated")), own).close()
        yield own


@contextmanager
def copied_database(of: str, folder: Path) -> Iterator[str]:
    """The URL of a copy of the database that has this URL and is not open; one of SQLite lies in `folder`."""
    name = make_url(of).database
    assert name is not None
    if of.startswith("sqlite"):
        shutil.copyfile(name, folder / "registry.db")
        yield f"sqlite:///{folder / 'registry.db'}"
        return
    with postgresql_database(template=name) as own:
        yield own


@contextmanager
def postgresql_database(template: str = "template1") -> Iterator[str]:
    """The URL of a database that is a copy of `template` and is dropped at the end."""
    assert SERVER is not None
    own = f"test_{uuid.uuid4().hex}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {own} TEMPLATE {template}"))
        yield make_url(SERVER).set(database=own).render_as_string(False)
        connection.execute(text(f"DROP DATABASE {own} WITH (FORCE)"))
    engine.dispose()
