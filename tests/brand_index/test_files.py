"""Files are written whole or not at all, and what belongs to no record is swept away."""

import hashlib
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brand_index.errors import FileAltered, RegistryError
from brand_index.files import MAX_RECORDED, keep, read_recorded, staged, sweep, sync_files

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def written(path: Path, age: timedelta) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_staged_files_are_in_place_all_together_or_gone(tmp_path: Path) -> None:
    files = [(tmp_path / "a" / "1", b"one"), (tmp_path / "b" / "2", b"two")]
    with staged(files) as put_in_place:
        assert not any(path.exists() for path, _ in files)
        assert len(names(tmp_path)) == 2, "under other names"
        put_in_place()
        assert [path.read_bytes() for path, _ in files] == [b"one", b"two"]
    assert names(tmp_path) == ["a/1", "b/2"]
    with staged([(tmp_path / "a" / "3", b"three")]):
        pass
    with pytest.raises(ValueError, match="refused"), staged([(tmp_path / "a" / "4", b"four")]):
        raise ValueError("refused")
    assert names(tmp_path) == ["a/1", "b/2"]


def test_files_in_place_outlive_a_failure_since_their_rows_may_be_written(tmp_path: Path) -> None:
    def commit() -> None:
        with staged([(tmp_path / "a" / "1", b"one")]) as put_in_place:
            put_in_place()
            raise ValueError("the commit may or may not have succeeded")

    with pytest.raises(ValueError, match="commit"):
        commit()
    assert names(tmp_path) == ["a/1"]


def test_of_files_that_cannot_all_be_written_none_is_left(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"where a folder should be")
    files = [(tmp_path / "a" / "1", b"one"), (tmp_path / "b" / "2", b"two")]
    with pytest.raises(RegistryError, match="cannot be written"), staged(files):
        pytest.fail("nothing was staged")
    assert names(tmp_path) == ["b"]
    with pytest.raises(RegistryError, match="cannot be written"):
        keep(tmp_path / "b" / "2", b"two")


def test_a_sweep_deletes_what_is_old_and_not_kept(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    kept = written(tmp_path / "aa" / "kept", 9 * hour)
    written(tmp_path / "aa" / "orphan", 2 * hour)
    written(tmp_path / "aa" / ".4f.part", 2 * hour)
    written(tmp_path / "bb" / "new", hour / 2)
    sweep(tmp_path, {kept}, NOW - hour)
    assert names(tmp_path) == ["aa/kept", "bb/new"]
    sweep(tmp_path / "none", (), NOW)


def test_a_folder_that_somebody_made_does_not_end_a_sweep(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("aa", "zz"):
        written(tmp_path / name / "orphan", timedelta(days=1))
    written(tmp_path / "mm" / "stray" / "file", timedelta(days=1))
    os.utime(tmp_path / "mm" / "stray", (0, 0))
    with caplog.at_level(logging.WARNING):
        sweep(tmp_path, (), NOW)
    assert names(tmp_path) == ["mm/stray/file"]
    assert "does not belong there" in caplog.text


def pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(path)


def endless(path: Path) -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no such device")
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


def forbidden(path: Path) -> None:
    path.touch(mode=0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_RECORDED + 1)  # takes no room on the disk


@pytest.mark.parametrize("put", [pipe, endless, loop, forbidden, huge])
def test_what_is_no_file_that_can_be_read_is_altered_and_keeps_nobody_waiting(
    put: Callable[[Path], None], tmp_path: Path
) -> None:
    put(tmp_path / "kept.png")
    with pytest.raises(FileAltered) as caught:
        read_recorded(tmp_path / "kept.png", "0" * 64)
    assert "kept.png was altered: it " in str(caught.value)
    assert str(tmp_path) not in caught.value.how


def test_a_kept_file_may_be_a_link_to_a_file(tmp_path: Path) -> None:
    written(tmp_path / "elsewhere", timedelta())
    (tmp_path / "kept").symlink_to(tmp_path / "elsewhere")
    assert read_recorded(tmp_path / "kept", hashlib.sha256(b"x").hexdigest()) == b"x"
    assert read_recorded(tmp_path / "gone", "0" * 64) is None
    assert read_recorded(tmp_path, "0" * 64) is None


def test_a_pipe_is_replaced_by_the_file_that_belongs_there(tmp_path: Path) -> None:
    pipe(tmp_path / "kept")
    keep(tmp_path / "kept", b"")
    assert (tmp_path / "kept").is_file()


def test_a_file_that_cannot_be_made_to_last_is_an_error(tmp_path: Path) -> None:
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.write_bytes(b"1")
    sync_files([there])
    with pytest.raises(FileNotFoundError, match="gone"):
        sync_files([there, gone])
