"""A store that was filled half, since the command that filled it was killed, is no store for any command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brand_index.errors import RegistryError
from brand_index.store import UNFINISHED, Store
from scanner.commands.main import markscan
from scanner.moving.transferring import new_place
from scanner.service.accounts.registry import open_registry

DATABASE = "postgresql+psycopg://nobody@127.0.0.1:1/none"  # nothing listens there, and nothing asks
SAID = "was begun by a command that was ended half way: delete it, and what the database holds"


@pytest.fixture
def address() -> Iterator[str]:
    """An address below which nothing is."""
    import fsspec  # noqa: PLC0415 - where it is installed

    yield "memory://moved/store"
    store = fsspec.filesystem("memory")
    if store.exists("/moved"):
        store.rm("/moved", recursive=True)


def begun(address: str) -> Store:
    """A store at an address as a killed command leaves it."""
    half = Store.at(address)
    half.mark()
    assert half.objects is not None
    half.objects.write(UNFINISHED, b"")
    half.objects.write("media/ab/abc.png", b"a photo")
    return half


def refusal(*words: object) -> str:
    done = CliRunner().invoke(markscan, [*map(str, words)])
    assert done.exit_code == 2, done.output
    return done.stderr


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_every_command_refuses_an_address_that_was_filled_half(address: str) -> None:
    half = begun(address)
    for words in (("brands",), ("serve",), ("audit", "verify"), ("store", "backup", "never-made")):
        assert SAID in refusal(*words, "--store", half.address, "--registry-url", DATABASE)


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_a_copy_that_is_tried_again_says_that_the_first_was_ended_half_way(address: str, tmp_path: Path) -> None:
    open_registry(Store(tmp_path / "source")).close()
    half = begun(address)
    said = refusal("store", "copy", tmp_path / "source", half.address, "--to-registry", DATABASE)
    assert SAID in said
    assert half.objects is not None
    assert UNFINISHED in half.objects.names("")  # nothing is deleted that another command may be at


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_an_address_that_was_filled_whole_is_a_store(address: str) -> None:
    whole = Store.at(address)
    assert whole.objects is not None
    with new_place(whole, Path("elsewhere")):
        whole.mark()
        assert UNFINISHED in whole.objects.names("")
    whole.refuse_unfinished()
    assert set(whole.objects.names("")) == {"store.json"}


def test_every_command_refuses_a_folder_that_was_filled_half(tmp_path: Path) -> None:
    half = Store(tmp_path / "half")
    open_registry(half).close()
    (half.root / UNFINISHED).touch()
    assert SAID in refusal("brands", "--store", half.root)
    with pytest.raises(RegistryError, match="ended half way"):
        open_registry(half)
