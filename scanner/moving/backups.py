"""Writes backups of a store, and makes stores of them: a folder with SQLite, the files, and the SHA-256 of each.

A backup has the parts of a store, with SQLite whatever database the store has, and with `backup.json`. SHA256SUMS is
written last, as coreutils' `sha256sum --check` reads it.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from brand_index.errors import FileUnusable, RegistryError
from brand_index.files import file_sha256, keep, read_regular
from brand_index.registry import Registry
from brand_index.registry.kept_files import GONE
from brand_index.store import Store
from scanner.moving.transferring import Transferred, faults_of_store, new_folder, new_place, transfer, verifying
from scanner.service.accounts.registry import open_registry

FORMAT: Final = 1
HEAD: Final = "backup.json"
SUMS: Final = "SHA256SUMS"
DATABASE: Final = "registry.db"
_NAME_ONE: Final = "name a folder that `markscan store backup` wrote to its end"
_SPACES: Final = "  "  # between a digest and a name, as coreutils write them


@dataclass(frozen=True, slots=True)
class Backup:
    """What `backup.json` says."""

    format: int
    markscan: str  # the version that made it
    made_at: datetime  # UTC
    events: int  # of the audit log
    digest: str  # of the last event


def back_up(source: Registry, place: Store, checkpoints: Path, to: Path, now: datetime) -> Transferred:
    """Write a backup of a store to a folder that is not there yet, while the store is in use.

    `checkpoints`: the file with those of the store. Raises RegistryError as `transfer` does, and leaves nothing then.
    """
    backup = Store(to)
    with new_folder(to, place.root, mode=0o700):
        done, digests = transfer(source, place, checkpoints, backup, None, now)
        head = {"format": FORMAT, "markscan": version("markscan"), "made_at": now.astimezone(UTC).isoformat()}
        text = json.dumps(head | {"events": done.events, "digest": done.digest}, indent=2) + "\n"
        keep(to / HEAD, text.encode("ascii"))
        for name in (HEAD, DATABASE, backup.secret.name, backup.checkpoints.name):
            if (digest := file_sha256(to / name)) is not None:
                digests[name] = digest
        lines = sorted(f"{digest}{_SPACES}{name}\n" for name, digest in digests.items())
        keep(to / SUMS, "".join(lines).encode())
    return done


def restore(backup: Path, target: Store, url: str | None, now: datetime) -> Transferred:
    """Make a store at `target`, with its registry at `url` (None: SQLite in it), of a backup, and verify it.

    Files of listings, references or documents that the backup lacks, or that were altered, are faults. Raises
    FileUnusable for a folder that is no whole backup, and RegistryError as `transfer` does.
    """
    head, digests = _read(backup), _sums(backup)
    place = Store(backup)
    for name in (HEAD, DATABASE, place.secret.name, place.checkpoints.name):
        if name in digests and file_sha256(backup / name) != digests[name]:
            raise FileUnusable(f"{backup / name} is not the file that was backed up: take another backup")
    # A backup is never written to, and one of an earlier version is migrated before it is read.
    with (
        new_place(target, backup),
        _staged(backup / DATABASE, target.root) as staged,
        open_registry(staged, create=False) as opened,
    ):
        done, _ = transfer(opened, place, place.checkpoints, target, url, now)
        of_source = [f"in the backup, {fault}" for fault in opened.row_faults()] if url is not None else []
    with verifying(target), open_registry(target, url, create=False) as restored:
        found = faults_of_store(restored, target, {head.events: head.digest} if head.events else {})
    altered = [each for each in done.faults if not each.endswith(GONE)]
    named = {each.partition(":")[0] + GONE for each in altered}  # which are not restored, and so are gone there
    of_source += [f"in the backup, {each}; it is left out" for each in altered]
    rest = [each for each in found if each not in named]
    return Transferred(done.rows, done.files, done.events, done.digest, (*of_source, *rest))


@contextmanager
def _staged(database: Path, within: Path) -> Iterator[Store]:
    """A folder within another, with a copy of a database in it, for a while. Raises RegistryError."""
    within.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restored-", dir=within.absolute()) as folder:
        try:
            shutil.copyfile(database, Path(folder) / DATABASE)
        except OSError as error:
            raise RegistryError(f"{folder} cannot be written: {error.strerror}; make room") from error
        yield Store(Path(folder))


def _read(backup: Path) -> Backup:
    try:
        said = json.loads(read_regular(backup / HEAD))
        at = datetime.fromisoformat(said["made_at"])
        head = Backup(int(said["format"]), str(said["markscan"]), at, int(said["events"]), str(said["digest"]))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise FileUnusable(
            f"{backup} is no backup, for its {HEAD} cannot be read ({_why(error)}); {_NAME_ONE}"
        ) from error
    if head.format > FORMAT:
        raise FileUnusable(f"{backup} was made by Markscan {head.markscan}, which is newer than this: update Markscan")
    return head


def _sums(backup: Path) -> dict[str, str]:
    """The digest of each file of a backup, by its path in it."""
    try:
        lines = read_regular(backup / SUMS).decode().splitlines()
        named = [line.split(_SPACES, 1) for line in lines]
        digests = {name: digest for digest, name in named}
    except (OSError, ValueError) as error:
        raise FileUnusable(
            f"{backup} is no whole backup, for its {SUMS} cannot be read ({_why(error)}); {_NAME_ONE}"
        ) from error
    if DATABASE not in digests:
        raise FileUnusable(f"{backup} is no whole backup, for its {SUMS} names no {DATABASE}; {_NAME_ONE}")
    return digests


def _why(error: Exception) -> str:
    """What went wrong, without the path, which the sentence names."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
