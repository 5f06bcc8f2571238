"""A backup restores to the same store, and a copy in another kind of database holds the same and copies back."""

import hashlib
import json
import signal
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from skimage import data as photographs
from sqlalchemy import URL, Connection, create_engine, make_url, select, text
from typer.testing import CliRunner, Result

from brand_index.errors import FileUnusable, RegistryError
from brand_index.registration import authorize
from brand_index.registry import Registry, schema
from brand_index.registry.database import Database
from brand_index.store import UNFINISHED, Store
from brand_index.types import Brand, ReferenceKind
from scanner.commands.main import markscan
from scanner.moderation.cases.cases import Cases
from scanner.moderation.checkpointing import checkpoints_of, make_checkpoint
from scanner.moderation.records.scans import UploadedImage, begin
from scanner.moderation.registry import MODERATION
from scanner.moderation.seller_notices.documents import SubmittedDocument
from scanner.moderation.seller_notices.links import Links, read_secret
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import submit_appeal
from scanner.moderation.store import Records
from scanner.moving.backups import back_up, restore
from scanner.moving.transferring import copy_store, faults_of_store
from scanner.service.accounts.registry import ACCOUNTS, open_registry
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.types import Decision
from tests.conftest import png
from tests.scanner.moderation.test_cases import COPY, Desk
from tests.scanner.moderation.test_seller_notices import COMPLAINT, REMOVED, SETTINGS
from tests.scanner.moderation.test_store import IMAGES, LISTING, outcome
from tests.scanner.verdicts.test_judgement import NOW

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def place(tmp_path: Path) -> Store:
    """A store with a file of every kind: of a reference, an authorization, a listing and an appeal."""
    store = Store(tmp_path / "store")
    with open_registry(store) as registry:
        registry.save_brand(Brand("acme", "Acme", "Acme Ltd", "ip@acme.example"), NOW)
        photo = png(Image.fromarray(photographs.rocket()))
        sha256 = hashlib.sha256(photo).hexdigest()
        path = store.media_path(sha256, ".png")
        path.parent.mkdir(parents=True)
        path.write_bytes(photo)
        registry.add_reference(
            brand="acme",
            kind=ReferenceKind.PHOTO,
            sha256=sha256,
            suffix=".png",
            mark_id=None,
            source_name="rocket.png",
            width=640,
            height=427,
            warnings=(),
            now=NOW,
        )
        contract = tmp_path / "contract.pdf"
        contract.write_bytes(b"%PDF-1.4 a contract")
        authorize(registry, store, brand="acme", seller_id="S9", document=contract, now=NOW)
        records = Records(registry.database, store)
        case = Desk(registry, records, Cases(registry.database)).flag(
            COPY, sha256=hashlib.sha256(b"bytes").hexdigest(), listing=LISTING
        )
        secret = read_secret(store, registry.database)
        seller_notices = SellerNotices(registry, store, SETTINGS, Links(secret, None))
        seller_notices.decide([case.case_id], "ann", CaseState.CONFIRMED, now=NOW)
        notice = seller_notices.send(case.case_id, REMOVED, "ann", NOW)
        licence = SubmittedDocument("licence.pdf", b"%PDF-1.4 a licence")
        submit_appeal(seller_notices, notice.seller_notice_id, replace(COMPLAINT, documents=[licence]), NOW)
        make_checkpoint(registry.database, checkpoints_of(registry.database, store, SETTINGS), NOW)
    return store


def rows(registry: Registry) -> dict[str, Any]:
    """All rows of all tables."""
    with registry.database.read() as view:
        return {
            table.name: sorted(map(repr, view.execute(select(table)).all())) for table in schema.metadata.sorted_tables
        }


def files(store: Store) -> dict[str, bytes]:
    """All files of a store but those of its database."""
    paths = [path for path in store.root.rglob("*") if path.is_file() and not path.name.startswith("registry.db")]
    return {path.relative_to(store.root).as_posix(): path.read_bytes() for path in paths}


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(markscan, ["store", *map(str, words)])


def test_a_copy_in_another_database_and_the_copy_back_hold_the_same(place: Store, address: str, tmp_path: Path) -> None:
    there, back = Store(tmp_path / "there"), Store(tmp_path / "back")
    with open_registry(place) as source:
        copied = copy_store(source, place, place.checkpoints, there, address, NOW)
        assert copied.faults == ()
        assert (copied.files, copied.events) == (4, source.history_digest()[0])
        before = rows(source)
    with open_registry(there, address) as source:
        assert rows(source) == before
        assert copy_store(source, there, there.checkpoints, back, None, NOW).faults == ()
    with open_registry(back) as returned:
        assert rows(returned) == before
        returned.save_brand(Brand("bolt", "Bolt", "Bolt GmbH", "ip@bolt.example"), NOW)
        assert faults_of_store(returned, back, {}) == ()
    assert files(there) == files(place)
    assert files(back) == files(place)


def test_a_copy_holds_the_rows_of_every_table(address: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "early")
    store.root.mkdir()
    with sqlite3.connect(store.root / "registry.db") as connection:
        connection.executescript((DATA / "store_before_format_1.sql").read_text("utf-8"))
    connection.close()
    with open_registry(store) as source:
        before = rows(source)
        copied = copy_store(source, store, store.checkpoints, Store(tmp_path / "there"), address, NOW)
    assert copied.rows == sum(map(len, before.values()))
    assert not [fault for fault in copied.faults if not fault.endswith("is gone")]  # the files are not in the fixture
    with open_registry(Store(tmp_path / "there"), address) as filled:
        assert rows(filled) == before


def test_a_backup_is_as_sha256sum_reads_it_and_restores_to_the_same_store(place: Store, tmp_path: Path) -> None:
    backup, again = tmp_path / "backup", Store(tmp_path / "again")
    (place.index / "segments").mkdir(parents=True)
    with open_registry(place) as source:
        assert back_up(source, place, place.checkpoints, backup, NOW).faults == ()
        before = rows(source)
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=backup, check=False)
    assert checked.returncode == 0
    listed = {line.split("  ")[1] for line in (backup / "SHA256SUMS").read_text("utf-8").splitlines()}
    assert listed == {*files(place), "registry.db", "backup.json"}
    assert stat.S_IMODE((backup / "secret.key").stat().st_mode) == 0o600
    kept = {path: path.read_bytes() for path in backup.rglob("*") if path.is_file()}
    restored = restore(backup, again, None, NOW)
    assert restored.faults == ()
    assert {path: path.read_bytes() for path in backup.rglob("*") if path.is_file()} == kept
    assert files(again) == files(place)
    with open_registry(again) as opened:
        assert rows(opened) == before


def test_a_backup_of_either_database_restores_to_either(place: Store, address: str, tmp_path: Path) -> None:
    there, backup, again = Store(tmp_path / "there"), tmp_path / "backup", Store(tmp_path / "again")
    with open_registry(place) as source:
        before = rows(source)
        copy_store(source, place, place.checkpoints, there, address, NOW)
    with open_registry(there, address) as source:
        assert back_up(source, there, there.checkpoints, backup, NOW).faults == ()
        assert restore(backup, again, None, NOW).faults == ()
        with pytest.raises(RegistryError, match="is in use"):
            restore(backup, Store(tmp_path / "second"), address, NOW)
    assert not (tmp_path / "second").exists()
    with open_registry(again) as opened:
        assert rows(opened) == before


class Serving(Database):
    """A store's database while the service runs: a scan is accepted after most files were copied, and ends too soon."""

    place: Store
    waited: bool  # whether the service had to wait for what it deletes to be copied

    @contextmanager
    def snapshot(self, now: datetime, before_later_writes: Callable[[Connection], None]) -> Iterator[Connection]:
        images = [UploadedImage(each.name, hashlib.sha256(each.data).hexdigest(), each.data) for each in IMAGES]
        records = Records(self, self.place)
        scan = records.accept(begin(LISTING, images, NOW), images)
        service = threading.Thread(target=records.finish, args=(scan, outcome(Decision.CLEAR), NOW), daemon=True)

        def and_serve(view: Connection) -> None:
            service.start()
            service.join(timeout=1)
            self.waited = service.is_alive()
            before_later_writes(view)

        with super().snapshot(now, and_serve) as view:
            service.join(timeout=50)
            assert not service.is_alive()
            assert not self.place.upload_path(scan.scan_id, 0).exists()
            yield view


def test_a_backup_while_the_service_deletes_images_has_all_that_it_names(
    place: Store, address: str, tmp_path: Path
) -> None:
    there = Store(tmp_path / "there")
    with open_registry(place) as source:
        copy_store(source, place, place.checkpoints, there, address, NOW)
    database = Serving.open(make_url(address), (MODERATION, ACCOUNTS), create=False)
    assert database is not None
    database.place = there
    with Registry(database) as registry:
        done = back_up(registry, there, there.checkpoints, tmp_path / "backup", NOW)
    assert (done.faults, done.files, database.waited) == ((), 6, True)
    assert restore(tmp_path / "backup", Store(tmp_path / "again"), None, NOW).faults == ()


class Purging(Database):
    """A database whose images are purged after most files were copied."""

    place: Store

    @contextmanager
    def snapshot(self, now: datetime, before_later_writes: Callable[[Connection], None]) -> Iterator[Connection]:
        Records(self, self.place).purge(
            NOW + timedelta(days=400), images=timedelta(days=1), verdicts=timedelta(days=900)
        )
        with super().snapshot(now, before_later_writes) as view:
            yield view


def test_an_image_that_is_purged_meanwhile_is_not_in_the_backup(place: Store, tmp_path: Path) -> None:
    database = Purging.open(sqlite_address(place), (MODERATION, ACCOUNTS), create=False)
    assert database is not None
    database.place = place
    with Registry(database) as registry:
        case = Desk(registry, Records(database, place), Cases(database)).flag(
            COPY, sha256=hashlib.sha256(b"bytes").hexdigest(), listing=LISTING
        )
        assert place.upload_path(case.case_id, 0).exists()
        Desk(registry, Records(database, place), Cases(database)).decide(case, CaseState.CONFIRMED)
        done = back_up(registry, place, place.checkpoints, tmp_path / "backup", NOW)
    assert done.faults == ()
    assert not Store(tmp_path / "backup").upload_path(case.case_id, 0).exists()


def sqlite_address(place: Store) -> URL:
    return URL.create("sqlite", database=str(place.root / "registry.db"))


def test_an_altered_and_a_lost_file_are_named_and_all_else_is_backed_up_and_restored(
    place: Store, tmp_path: Path
) -> None:
    next(place.uploads.rglob("*.image")).write_bytes(b"another")
    next(place.appeals.rglob("*.document")).unlink()
    done = run("backup", tmp_path / "backup", "--store", place.root)
    assert done.exit_code == 3
    altered, gone = sorted(done.stderr.splitlines(), key=len, reverse=True)
    assert "image 1 of scan" in altered
    assert "document 1 of appeal" in gone
    restored = run("restore", tmp_path / "backup", "--store", tmp_path / "again")
    assert restored.exit_code == 3
    assert len(restored.stderr.splitlines()) == 2


def test_a_file_that_was_altered_in_a_backup_is_named_with_its_path_once_it_is_restored(
    place: Store, tmp_path: Path
) -> None:
    run("backup", tmp_path / "backup", "--store", place.root)
    altered = next(Store(tmp_path / "backup").uploads.rglob("*.image"))
    altered.write_bytes(altered.read_bytes() + b"x")
    restored = run("restore", tmp_path / "backup", "--store", tmp_path / "again")
    assert restored.exit_code == 3
    (line,) = restored.stderr.splitlines()
    assert f"{altered} was altered" in line


@pytest.mark.parametrize("command", ["backup", "copy"])
def test_what_would_lie_in_the_store_itself_is_refused(place: Store, command: str) -> None:
    inside = place.root / "in"
    given = ("backup", inside, "--store", place.root) if command == "backup" else ("copy", place.root, inside)
    done = run(*given)
    assert done.exit_code == 2
    assert "would be lost with it: name a folder elsewhere" in done.stderr
    assert not inside.exists()


def test_a_folder_whose_filling_was_ended_half_way_is_to_be_deleted(place: Store, tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / UNFINISHED).touch()
    done = run("copy", place.root, tmp_path / "half")
    assert done.exit_code == 2
    assert "ended half way: delete it" in done.stderr


def test_a_backup_holds_nothing_but_the_backup(place: Store, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup", "--store", place.root)
    run("restore", tmp_path / "backup", "--store", tmp_path / "again")
    names = {path.name for path in (*(tmp_path / "backup").iterdir(), *(tmp_path / "again").iterdir())}
    assert not {name for name in names if name == UNFINISHED or name.startswith(".")}


def test_a_row_that_was_changed_past_the_audit_log_is_named_after_a_copy(
    place: Store, address: str, tmp_path: Path
) -> None:
    with sqlite3.connect(place.root / "registry.db") as connection:
        # Another database writes the moment as it should be, and so hides the change.
        connection.execute("UPDATE seller_notices SET sent_at = replace(sent_at, ' ', 'T')")
    connection.close()
    with open_registry(place) as source:
        copied = copy_store(source, place, place.checkpoints, Store(tmp_path / "there"), address, NOW)
    (fault,) = copied.faults
    assert fault.startswith("in the source, the row ")
    assert "seller_notices" in fault


class Recording(Registry):
    """A source in which something is recorded before it is asked for its last event."""

    def history_digest(self) -> tuple[int, str]:
        self.save_brand(Brand("late", "Late", "Late Ltd", "ip@late.example"), NOW)
        return super().history_digest()


def test_what_the_source_records_while_it_is_copied_is_said(place: Store, address: str, tmp_path: Path) -> None:
    with open_registry(place) as source:
        busy = Recording(source.database)
        copied = copy_store(busy, place, place.checkpoints, Store(tmp_path / "there"), address, NOW)
    assert copied.faults == ("the source recorded 1 further events meanwhile: stop what uses it, and copy it again",)


def test_the_three_commands_say_what_they_did(place: Store, address: str, tmp_path: Path) -> None:
    backup, there, again = tmp_path / "backup", tmp_path / "there", tmp_path / "again"
    done = run("backup", backup, "--store", place.root)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "4 files" in done.stdout
    done = run("restore", backup, "--store", again)
    assert (done.exit_code, done.stderr) == (0, "")
    done = run("copy", again, there, "--to-registry", address)
    assert (done.exit_code, done.stderr) == (0, "")
    done = run("copy", there, tmp_path / "back", "--from-registry", address)
    assert (done.exit_code, done.stderr) == (0, "")
    with open_registry(Store(tmp_path / "back")) as returned, open_registry(place) as source:
        assert rows(returned) == rows(source)


def test_a_folder_or_database_that_holds_something_is_refused_and_stays(
    place: Store, address: str, tmp_path: Path
) -> None:
    before = files(place)
    run("backup", tmp_path / "backup", "--store", place.root)
    for words in (
        ("backup", place.root, "--store", place.root),
        ("restore", tmp_path / "backup", "--store", place.root),
        ("copy", place.root, tmp_path / "backup"),
    ):
        refused = run(*words)
        assert refused.exit_code == 2
        assert refused.stderr.count("\n") == 1
        assert "is not empty" in refused.stderr
    with open_registry(Store(tmp_path / "used"), address) as used:
        used.save_brand(Brand("bolt", "Bolt", "Bolt GmbH", "ip@bolt.example"), NOW)
    refused = run("copy", place.root, tmp_path / "there", "--to-registry", address)
    assert refused.exit_code == 2
    assert "is in use" in refused.stderr
    assert not (tmp_path / "there").exists()
    assert files(place) == before


@pytest.fixture
def backup(place: Store, tmp_path: Path) -> Path:
    with open_registry(place) as source:
        back_up(source, place, place.checkpoints, tmp_path / "backup", NOW)
    return tmp_path / "backup"


@pytest.mark.parametrize("name", ["registry.db", "secret.key", "checkpoints.jsonl", "backup.json"])
def test_a_backup_whose_database_secret_or_checkpoints_were_altered_is_refused(
    backup: Path, tmp_path: Path, name: str
) -> None:
    data = (backup / name).read_bytes()
    (backup / name).write_bytes(data.replace(b"\n", b"\r\n", 1) if b"\n" in data else data[:-1])
    with pytest.raises(FileUnusable, match=f"{name} is not the file that was backed up"):
        restore(backup, Store(tmp_path / "again"), None, NOW)
    assert not (tmp_path / "again").exists()


def test_a_backup_that_was_not_finished_is_refused(backup: Path, tmp_path: Path) -> None:
    (backup / "SHA256SUMS").unlink()
    with pytest.raises(FileUnusable, match="no whole backup"):
        restore(backup, Store(tmp_path / "again"), None, NOW)


def test_a_folder_that_is_no_backup_and_one_of_a_later_format_are_refused(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="is no backup"):
        restore(tmp_path, Store(tmp_path / "again"), None, NOW)
    head = json.loads((backup / "backup.json").read_text("utf-8"))
    (backup / "backup.json").write_text(json.dumps(head | {"format": 2, "markscan": "9.0"}), "utf-8")
    with pytest.raises(FileUnusable, match=r"was made by Markscan 9\.0, which is newer than this"):
        restore(backup, Store(tmp_path / "again"), None, NOW)


def test_a_store_of_a_newer_version_is_refused_in_one_sentence(place: Store, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{place.root / 'registry.db'}")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO component_migrations VALUES ('moderation', 99, 'later', '2026-03-01')"))
    engine.dispose()
    refused = run("backup", tmp_path / "backup", "--store", place.root)
    assert refused.exit_code == 2
    assert "update Markscan" in refused.stderr
    assert not (tmp_path / "backup").exists()


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As on a disk that is full."""
    resource = pytest.importorskip("resource", reason="no limit of the size of files here")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize(("size", "named"), [(200_000, "cannot be written"), (1_000_000, "registry.db cannot be writ")])
def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(
    place: Store, tmp_path: Path, size: int, named: str
) -> None:
    with open_registry(place) as registry:  # so that the database is longer than the photo
        registry.save_brand(Brand("long", "L" * 2_000_000, "Long Ltd", "ip@long.example"), NOW)
    for words in (("backup", tmp_path / "to", "--store", place.root), ("copy", place.root, tmp_path / "to")):
        with no_file_longer_than(size):
            refused = run(*words)
        assert refused.exit_code == 2, refused.output
        assert refused.stderr.count("\n") == 1
        assert named in refused.stderr
        assert not (tmp_path / "to").exists()
