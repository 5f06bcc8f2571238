"""Makes a new store of another that may be in use: the database as of one moment, and the files that it names."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from brand_index.errors import FileAltered, RegistryError
from brand_index.registry import Registry
from brand_index.registry.kept_files import GONE, KeptFile
from brand_index.store import UNFINISHED, Store
from scanner.moderation.checkpointing import check_files
from scanner.moderation.kept_files import file_faults, kept_files
from scanner.service.accounts.registry import open_registry


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a new store was made of."""

    rows: int  # of all tables
    files: int  # that rows name
    events: int  # of the audit log
    digest: str  # of the last event
    faults: tuple[str, ...]  # what could not be copied or is not as it was recorded, in words


@dataclass(slots=True)
class _Files:
    """Copies the files of a store, and knows which it copied."""

    source: Store
    target: Store
    digests: dict[str, str] = field(default_factory=dict)  # SHA-256 by the path in the store, of what was copied
    faults: dict[str, str] = field(default_factory=dict)

    def copy(self, files: Iterable[KeptFile]) -> None:
        """Copy those that are not there yet, and delete those copied before that are not among `files`."""
        named = set[str]()
        for file in files:
            path = self.source.name_of(file.path)
            named.add(path)
            if path not in self.digests:
                self._copy_one(file, path)
        for path in self.digests.keys() - named:  # the source has deleted them meanwhile
            self.target.remove(self.target.root / path)
            del self.digests[path]
        for path in self.faults.keys() - named:
            del self.faults[path]

    def copy_rest(self, files: Iterable[KeptFile], checkpoints: Path) -> None:
        """Copy what came since, and what no row names: the secret, and the checkpoints from their file."""
        self.copy(files)
        if (secret := _read(self.source, self.source.secret)) is not None:
            self.target.keep(self.target.secret, secret, mode=0o600)
        own = self.source.root in checkpoints.parents
        if (lines := _read(self.source if own else Store(checkpoints.parent), checkpoints)) is not None:
            self.target.keep(self.target.checkpoints, lines)

    def _copy_one(self, file: KeptFile, path: str) -> None:
        try:
            data = file.read()
        except FileAltered as error:
            self.faults[path] = f"{file.name}: {error}"
            return
        if data is None:
            self.faults[path] = file.name + GONE
            return
        self.target.keep(self.target.root / path, data)
        self.digests[path] = file.sha256
        self.faults.pop(path, None)


def transfer(
    source: Registry, place: Store, checkpoints: Path, target: Store, url: str | None, now: datetime
) -> tuple[Transferred, dict[str, str]]:
    """Fill the new place of `target`, and the registry at `url` (None: SQLite in it), from the store at `place`.

    `checkpoints`: the file with those of the source. Also returns the SHA-256 of each file that rows name, by its path
    in the store. Whoever uses the source waits only while files are copied that came since the copying began. Raises
    RegistryError: for a registry at `url` that is in use, a full disk, and a database that cannot be used.
    """
    files = _Files(place, target)
    if url is not None or target.objects is not None:  # which has no place for SQLite, and that is said
        with open_registry(target, url, filling=True) as filled:
            filled.database.refuse_filled()  # before the files, which may be many
    with source.database.read() as early:
        files.copy(kept_files(early, place))
    rest = lambda view: files.copy_rest(kept_files(view, place), checkpoints)  # noqa: E731 - its type is the database's
    with source.database.snapshot(now, rest) as view:
        rows = None if url is not None else source.database.copy_to_file(view, target.root / "registry.db")
        if rows is None:
            with open_registry(target, url, filling=True) as filled:
                rows = filled.database.fill_from(view)
    with open_registry(target, url, create=False, filling=True) as filled:
        events, digest = filled.history_digest()
    return Transferred(rows, len(files.digests), events, digest, tuple(files.faults.values())), files.digests


def faults_of_store(registry: Registry, place: Store, known: dict[int, str]) -> tuple[str, ...]:
    """What of a store is not as it was written, in words, as `markscan audit verify` names it.

    `known`: the digests of earlier events, by number, that the audit log must continue.
    """
    checked = check_files(registry, place, None, None)
    of_rows = map(str, registry.row_faults())
    of_log = registry.history_faults(checked.known | known)
    return (*of_log, *checked.faults, *of_rows, *file_faults(registry.database, place))


def copy_store(
    source: Registry, place: Store, checkpoints: Path, target: Store, url: str | None, now: datetime
) -> Transferred:
    """Make a store of another, as `transfer` does, and verify it.

    The faults also name what the source recorded meanwhile, and rows that were changed past its audit log: another
    kind of database may write their values otherwise, and so hide it.
    """
    of_source = [f"in the source, {fault}" for fault in source.row_faults()]
    with new_place(target, place.root):
        done, _ = transfer(source, place, checkpoints, target, url, now)
    with verifying(target), open_registry(target, url, create=False) as filled:
        found = faults_of_store(filled, target, {done.events: done.digest} if done.events else {})
    later = source.history_digest()[0] - done.events
    if later:
        of_source.append(f"the source recorded {later} further events meanwhile: stop what uses it, and copy it again")
    return Transferred(done.rows, done.files, done.events, done.digest, (*of_source, *found))


@contextmanager
def verifying(store: Store) -> Iterator[None]:
    """Note on an interruption of the block that the store, which is whole by then, is not verified."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        stopped.add_note(
            f"All is in {store.named}, and it is not verified yet: run `markscan audit verify --store {store.named}`"
        )
        raise


@contextmanager
def new_place(store: Store, beyond: Path) -> Iterator[None]:
    """Make a place for a new store: as new_folder, or at an address below which nothing is. Raises RegistryError."""
    if store.objects is None:
        with new_folder(store.root, beyond):
            yield
        return
    store.refuse_unfinished()
    if store.objects.names(""):
        raise RegistryError(f"{store.address} is not empty: name an address below which nothing is yet")
    try:
        store.objects.write(UNFINISHED, b"markscan store copy or restore has not ended\n")
        yield
        store.objects.remove(UNFINISHED)
    except BaseException:
        store.objects.clear(last=UNFINISHED)
        raise


@contextmanager
def new_folder(folder: Path, beyond: Path, *, mode: int = 0o777) -> Iterator[None]:
    """Make a folder that is not there, or empty; remove what the block put there if it fails. Raises RegistryError.

    `beyond`: the folder that it is made of, in which it may not lie. `mode`: who may do what with it, less what the
    process's mask takes away. While the block runs it holds a file that says so, should the process be killed.
    """
    if beyond.absolute().resolve() in folder.absolute().resolve().parents:
        raise RegistryError(f"{folder} lies in {beyond}, and would be lost with it: name a folder elsewhere")
    try:
        was_there = folder.is_dir()
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        if (folder / UNFINISHED).exists():
            raise RegistryError(
                f"{folder} was begun by a command that was ended half way: delete it, and run this again"
            )
        if any(folder.iterdir()):
            raise RegistryError(f"{folder} is not empty: name a folder that is not there yet")
        (folder / UNFINISHED).touch()
    except OSError as error:
        raise RegistryError(f"the folder {folder} cannot be made: {error.strerror}") from error
    try:
        yield
        (folder / UNFINISHED).unlink(missing_ok=True)
    except BaseException:
        for path in sorted(folder.iterdir(), key=lambda each: each.name == UNFINISHED):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if not was_there:
            with suppress(OSError):
                folder.rmdir()
        raise


def _read(store: Store, path: Path) -> bytes | None:
    try:
        return store.read(path)
    except OSError as error:
        raise RegistryError(f"{path} cannot be read: {error.strerror}") from error
