"""A service whose store has lost a reference's file serves all others, and says everywhere which one it lacks."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from brand_index.index.described import SegmentDescriptions
from brand_index.store import Store
from brand_index.types import ReferenceImage
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.service.app import create_app
from scanner.settings import ServiceSettings, Settings
from tests.conftest import describer
from tests.scanner.service.conftest import copy_of, listening
from tests.scanner.service.people import PASSWORD

GAUGE = "markscan_references_set_aside"


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Store:
    return copy_of(store, tmp_path)


@pytest.fixture
def lost(place: Store) -> ReferenceImage:
    """A photo whose file is gone, and everything that was derived from it."""
    with open_registry(place) as registry:
        (photo,) = [each for each in registry.references() if each.source_name == "astronaut.jpg"]
        registry.save_descriptors([(photo.reference_id, describer().fingerprint, b"")])
    place.media_path(photo.sha256, photo.suffix).unlink()
    shutil.rmtree(place.index)
    return photo


@pytest.fixture
def described(store: Store, place: Store, lost: ReferenceImage) -> ReferenceImage:
    """Another whose file is gone, but not its description, which is not published yet."""
    fingerprint = describer().fingerprint
    with open_registry(place) as registry:
        other = next(each for each in registry.references() if each.brand_id == "acme" and each != lost)
        description = SegmentDescriptions.published(store, fingerprint).of(other)
        assert description is not None
        registry.save_descriptors([(other.description_key, fingerprint, description.to_bytes())])
    place.media_path(other.sha256, other.suffix).unlink()
    return other


@pytest.fixture
def key(place: Store) -> str:
    now = datetime.now(UTC)
    with open_registry(place) as registry:
        add_user(registry.database, "ann", PASSWORD, Role.REVIEWER, now)
        return create_key(registry.database, role=Role.ADMIN, name="a", brands=frozenset(), now=now)[1]


@pytest.fixture
def http(place: Store, described: ReferenceImage, key: str, settings: Settings) -> Iterator[httpx.Client]:
    bounds = ServiceSettings(workers=1, secure_cookies=False, index_seconds=10_000)
    app = create_app(place, settings.model_copy(update={"service": bounds}))
    with listening(app) as address, httpx.Client(base_url=address, timeout=60, follow_redirects=True) as client:
        wait_until_files_are_seen(client)
        yield client


def wait_until_files_are_seen(client: httpx.Client) -> None:
    """Until the service, which is open before, has seen which files there are."""
    end = time.monotonic() + 60
    while "is gone" not in client.get("/readyz").text and time.monotonic() < end:
        time.sleep(0.1)


def test_a_lost_reference_is_named_where_people_look_and_leaves_the_service_ready(
    http: httpx.Client, lost: ReferenceImage, described: ReferenceImage, key: str
) -> None:
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (200, [])
    first, second = answer.json()["warnings"]
    assert "1 reference is not searched" in first
    assert "The file of 1 reference is gone" in second
    assert lost.reference_id not in answer.text, "anybody may ask"
    metrics = http.get("/metrics", headers={"Authorization": f"Bearer {key}"}).text
    assert f"{GAUGE} 1.0" in metrics.splitlines()
    assert "markscan_references_without_file 1.0" in metrics.splitlines()
    assert "markscan_references 4.0" in metrics.splitlines()
    assert answer.json()["references"] == 4

    http.post("/console/login", data={"name": "ann", "password": PASSWORD})
    brand = http.get("/console/brands/acme").text
    assert brand.count("not searched") == 1
    assert "It cannot be described: cannot be read (No such file or directory)" in brand
    assert brand.count("file lost") == 2
    assert "The file of this reference is gone" in http.get(f"/console/brands/acme/{described.reference_id}").text
    shown = http.get(f"/console/brands/acme/{lost.reference_id}").text
    assert "Scans do not find this reference" in shown
