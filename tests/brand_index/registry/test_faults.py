"""An error of the database is one line that says what to do."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from brand_index.errors import RegistryError
from brand_index.registry.schema.faults import line_of
from brand_index.store import Store
from scanner.service.accounts.registry import open_registry


def test_a_full_disk_is_said_with_what_to_do() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as full:
        connection.execute("CREATE TABLE any (column)")
    error = OperationalError("CREATE TABLE any (column)", None, full.value)
    assert line_of(error) == ("database or disk is full: free some space on its disk, and give the command again")


def test_a_failure_that_sqlite_tells_apart_further_has_the_advice_of_its_kind() -> None:
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorname = "SQLITE_IOERR_WRITE"
    assert line_of(OperationalError("INSERT", None, failed)).startswith("disk I/O error: check its disk")


def test_a_file_that_is_no_registry_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"no database, for all that its name says" * 100)
    with (
        pytest.raises(RegistryError, match=r"registry\.db cannot be used: .*restore a backup of the store"),
        open_registry(Store(tmp_path)),
    ):
        pass


def test_a_server_that_is_not_there_is_said_with_what_to_do() -> None:
    error = OperationalError(None, None, RuntimeError("connection refused\nmore"))
    assert line_of(error) == ("connection refused: check that the server runs, its address, and the name and password")
