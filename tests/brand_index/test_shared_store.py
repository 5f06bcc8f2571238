"""Files of a store in an object store: read by every machine, kept whole, and what is wrong is said."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brand_index.errors import FileAltered, RegistryError, RegistryMissing
from brand_index.object_stores import StoreUnusable
from brand_index.registry import Registry
from brand_index.store import Store

DATA = b"an image"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["file", "memory"])
def hosts(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Store]:
    """Two machines that share an object store, each with a folder of its own."""
    address = f"{request.param}://{tmp_path / 'bucket'}"
    return Store(tmp_path / "one", address), Store(tmp_path / "two", address)


def test_what_one_machine_keeps_another_reads(hosts: tuple[Store, Store]) -> None:
    hosts[0].keep(hosts[0].media_path(SHA256, ".png"), DATA)
    path = hosts[1].media_path(SHA256, ".png")
    assert hosts[1].has(path)
    assert hosts[1].read_recorded(path, SHA256) == DATA
    assert hosts[1].fetched(path).read_bytes() == DATA


def test_a_file_that_is_not_there_is_none(hosts: tuple[Store, Store]) -> None:
    path = hosts[0].upload_path("5f", 0)
    assert not hosts[0].has(path)
    assert hosts[0].read(path) is None
    assert hosts[0].read_recorded(path, SHA256) is None
    assert not hosts[0].fetched(path).exists()


def test_a_listing_image_leaves_no_copy_on_the_machines(hosts: tuple[Store, Store]) -> None:
    hosts[0].keep(hosts[0].upload_path("5f", 0), DATA)
    assert hosts[1].read_recorded(hosts[1].upload_path("5f", 0), SHA256) == DATA
    assert not any(host.uploads.exists() for host in hosts)


def test_an_altered_object_is_refused(hosts: tuple[Store, Store]) -> None:
    hosts[0].keep(hosts[0].media_path(SHA256, ".png"), b"another image")
    with pytest.raises(FileAltered, match="was altered"):
        hosts[1].read_recorded(hosts[1].media_path(SHA256, ".png"), SHA256)


def test_a_damaged_copy_is_read_from_the_object_store(hosts: tuple[Store, Store]) -> None:
    path = hosts[0].media_path(SHA256, ".png")
    hosts[0].keep(path, DATA)
    hosts[0].fetched(path).write_bytes(b"damaged")
    assert hosts[0].read_recorded(path, SHA256) == DATA


def test_documents_are_there_once_they_are_put_in_place(hosts: tuple[Store, Store]) -> None:
    path = hosts[0].appeal_path("5f", 0)
    with hosts[0].staged([(path, DATA)]) as put_in_place:
        assert hosts[0].read(path) is None
        put_in_place()
    assert hosts[0].read(path) == DATA


def test_a_removed_file_is_gone_for_all(hosts: tuple[Store, Store]) -> None:
    hosts[0].keep(hosts[0].upload_path("5f", 0), DATA)
    for _ in range(2):  # the second finds nothing
        hosts[1].remove(hosts[1].upload_path("5f", 0))
    assert hosts[0].read(hosts[0].upload_path("5f", 0)) is None


def test_a_sweep_leaves_what_is_kept_or_new(hosts: tuple[Store, Store]) -> None:
    kept, other = hosts[0].upload_path("5f", 0), hosts[0].upload_path("6a", 0)
    hosts[0].keep(kept, DATA)
    hosts[0].keep(other, DATA)
    now = datetime.now(UTC)
    hosts[0].sweep(hosts[0].uploads, {kept}, now - timedelta(hours=1))
    assert hosts[0].names(other.parent) == {other.name}
    hosts[0].sweep(hosts[0].uploads, {kept}, now + timedelta(hours=1))
    assert hosts[0].names(other.parent) == frozenset()
    assert hosts[0].names(kept.parent) == {kept.name}


def test_a_file_that_one_machine_edits_another_continues(hosts: tuple[Store, Store]) -> None:
    for host, line in zip(hosts, ("one\n", "two\n"), strict=True):
        with host.edited(host.checkpoints), host.checkpoints.open("a") as file:
            file.write(line)
    assert hosts[0].refresh(hosts[0].checkpoints).read_text() == "one\ntwo\n"


def test_an_address_has_a_folder_of_this_machine_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = Store.at("s3://bucket/markscan/")
    assert (place.name, place.root.parent) == ("s3://bucket/markscan", tmp_path / "markscan-stores")
    assert place == Store.at("s3://bucket/markscan")
    assert place.place_of(place.secret) == "s3://bucket/markscan/secret.key"


def test_an_address_that_is_no_object_stores_is_refused() -> None:
    with pytest.raises(StoreUnusable, match=r"https://shop.example/x: is no address of an object store"):
        Store.at("https://shop.example/x")


def test_a_registry_in_sqlite_is_refused(hosts: tuple[Store, Store]) -> None:
    with pytest.raises(RegistryError, match=r"needs its registry in PostgreSQL.*--registry-url"):
        Registry.open(hosts[0])


def test_an_address_without_a_store_is_named(hosts: tuple[Store, Store]) -> None:
    pytest.importorskip("psycopg", reason="pip install 'markscan[postgresql]'")
    with pytest.raises(RegistryMissing, match=r"there is no store at .*: check --store"):
        Registry.open(hosts[0], "postgresql+psycopg://nobody@localhost/none", create=False)


def test_what_the_object_store_says_is_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "bucket").write_bytes(b"no folder")
    place = Store(tmp_path / "one", f"file://{tmp_path / 'bucket'}")
    with pytest.raises(StoreUnusable, match=r"bucket/uploads/5f/5f-0.image cannot be written .*; check that"):
        place.keep(place.upload_path("5f", 0), DATA)
