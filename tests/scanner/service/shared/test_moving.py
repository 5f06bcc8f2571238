"""A store moves from a folder with SQLite to a bucket with PostgreSQL and back, and is backed up from there."""

from pathlib import Path

import pytest
from benchmarks.servers import PostgreSQL
from typer.testing import CliRunner, Result

from brand_index.store import MARKER, Store
from scanner.commands.main import markscan
from tests.scanner.moving.test_transfers import files, place  # noqa: F401 - a fixture

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def database(postgresql: PostgreSQL, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of the test's own."""
    return postgresql.make_database(request.node.name[:50].lower())


def run(*words: object) -> Result:
    return CliRunner().invoke(markscan, [*map(str, words)])


def test_a_store_that_moved_to_a_bucket_and_back_is_the_same(
    address: str,
    database: str,
    place: Store,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    there, back = f"{address}-moved", tmp_path / "back"
    moved = run("store", "copy", place.root, there, "--to-registry", database)
    assert moved.exit_code == 0, moved.output
    shared = ("--store", there, "--registry-url", database)
    assert run("audit", "verify", *shared).exit_code == 0
    returned = run("store", "copy", there, back, "--from-registry", database)
    assert returned.exit_code == 0, returned.output
    assert files(Store(back)) == files(place)
    objects = Store.at(there).objects
    assert objects is not None
    assert set(objects.names("")) == {*files(place), MARKER}


def test_a_backup_of_a_bucket_is_restored_to_another(
    address: str,
    database: str,
    place: Store,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    there = f"{address}-kept"
    assert run("store", "copy", place.root, there, "--to-registry", database).exit_code == 0
    backup = run("store", "backup", tmp_path / "backup", "--store", there, "--registry-url", database)
    assert backup.exit_code == 0, backup.output
    restored = run("store", "restore", tmp_path / "backup", "--store", tmp_path / "restored")
    assert restored.exit_code == 0, restored.output
    assert files(Store(tmp_path / "restored")) == files(place)


def test_an_address_below_which_something_is_stays_as_it_is(
    address: str,
    database: str,
    place: Store,  # noqa: F811 - the fixture
) -> None:
    there = Store.at(f"{address}-used")
    assert there.objects is not None
    there.objects.write("photo.jpg", b"a photo")
    refused = run("store", "copy", place.root, there.address, "--to-registry", database)
    assert refused.exit_code == 2
    assert "is not empty: name an address below which nothing is yet" in refused.stderr
    assert set(there.objects.names("")) == {"photo.jpg"}


def test_a_bucket_that_is_not_there_is_one_clear_error(address: str, database: str) -> None:
    assert address.startswith("s3:")  # the server runs
    brand = ("brand", "add", "acme", "--name", "Acme", "--owner", "Acme Ltd", "--contact", "ip@acme.example")
    refused = run(*brand, "--store", "s3://no-such-bucket/x", "--registry-url", database)
    assert refused.exit_code == 2
    assert "s3://no-such-bucket/x/store.json cannot be written" in refused.stderr
    assert "check that the bucket is there" in refused.stderr
