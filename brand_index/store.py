"""Where one user's state lies: a folder, or an object store with a folder of this machine before it."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from brand_index import files
from brand_index.errors import FileAltered, RegistryError
from brand_index.files import open_regular
from brand_index.object_stores import ObjectFolder, check_address, is_address

INDEX_POINTER: Final = "CURRENT"  # the file in index/ that names the published one
_SQLITE: Final = b"SQLite format 3\0"  # its files begin so
STORE_VARIABLE = "MARKSCAN_STORE"
DEFAULT_STORE = Path("markscan-store")
MARKER: Final = "store.json"  # an object that tells a store from a mistyped address
_FORMAT: Final = b'{"format": 1}\n'  # what is in it
UNFINISHED: Final = "UNFINISHED"  # a file of a store that is being filled


@dataclass(frozen=True, slots=True)
class Store:
    """All of a user's state: `registry.db`, `secret.key`, `media/`, `uploads/`, `appeals/`, and `index/` (derived).

    With an `address`, the files lie in an object store under the same names, and the registry in PostgreSQL. Then
    `root` is a folder of this machine, with copies of media and index that may be deleted at any time. Paths in `root`
    name files in both cases; only the methods here and those of the index read and write them.
    """

    root: Path
    address: str | None = None  # of an object store, without a slash at its end; None: all is in the folder

    @classmethod
    def at(cls, place: str) -> "Store":
        """The store at a path, or at an address such as s3://bucket/markscan. Raises StoreUnusable."""
        if not is_address(place):
            return cls(Path(place))
        check_address(place)
        address = place.rstrip("/")
        name = hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return cls(cache_folder("markscan-stores") / name, address)

    @classmethod
    def locate(cls, chosen: "Store | None" = None) -> "Store":
        """The store that was `chosen`, else the one that MARKSCAN_STORE names, else ./markscan-store."""
        return chosen or cls.at(os.environ.get(STORE_VARIABLE) or str(DEFAULT_STORE))

    @property
    def name(self) -> str:
        """Where it is, for people: the address, or the folder's whole path."""
        return self.address or str(self.root.absolute())

    @property
    def named(self) -> str:
        """As somebody names it: the address, or the folder's path."""
        return self.address or str(self.root)

    @property
    def objects(self) -> ObjectFolder | None:
        """The object store; None: all is in the folder."""
        return None if self.address is None else ObjectFolder(self.address)

    @property
    def media(self) -> Path:
        """Folder of registered files, `ab/abcdef….png`, named by sha256."""
        return self.root / "media"

    @property
    def index(self) -> Path:
        """Folder of the derived indexes, one subfolder a revision."""
        return self.root / "index"

    @property
    def may_be_indexed(self) -> bool:
        """Whether an index may be built: its folder may be written, or made."""
        return os.access(self.index if self.index.exists() else self.root, os.W_OK) or not self.root.exists()

    def media_path(self, sha256: str, suffix: str) -> Path:
        """Where a file with this sha256 (hex) and suffix (with its dot, lower case) lies."""
        return self.media / sha256[:2] / f"{sha256}{suffix}"

    @property
    def uploads(self) -> Path:
        """Folder of listing images that are kept for a while."""
        return self.root / "uploads"

    def upload_path(self, scan_id: str, position: int) -> Path:
        """Where the image at this place of a scan lies; its name says nothing of its format."""
        return self.uploads / scan_id[:2] / f"{scan_id}-{position}.image"

    @property
    def appeals(self) -> Path:
        """Folder of the documents of appeals."""
        return self.root / "appeals"

    def appeal_path(self, appeal_id: str, position: int) -> Path:
        """Where a document of an appeal lies; its name says nothing of its format."""
        return self.appeals / appeal_id[:2] / f"{appeal_id}-{position}.document"

    def appeal_paths(self, appeal_id: str, position: int) -> tuple[Path, Path]:
        """Where such a document may lie: as `appeal_path`, or as format 1 of the store named it."""
        path = self.appeal_path(appeal_id, position)
        return path, path.with_suffix(".paper")

    @property
    def checkpoints(self) -> Path:
        """The file with the checkpoints of the audit log, unless the settings name another."""
        return self.root / "checkpoints.jsonl"

    @property
    def secret(self) -> Path:
        """The file with the store's own secret."""
        return self.root / "secret.key"

    def name_of(self, path: Path) -> str:
        """The name of a file of the store, such as `media/ab/abcdef….png`."""
        return path.relative_to(self.root).as_posix()

    def place_of(self, path: Path) -> str:
        """Where a file of the store is, for people."""
        return str(path) if self.address is None else f"{self.address}/{self.name_of(path)}"

    def is_marked(self) -> bool:
        """Whether its address is that of a store; a folder always is. Raises StoreUnusable."""
        return self.objects is None or self.objects.has(MARKER)

    def mark(self) -> None:
        """Make a store of an address where there is none. Raises StoreUnusable."""
        if self.objects is not None:
            self.objects.write(MARKER, _FORMAT)

    def refuse_unfinished(self) -> None:
        """Raises RegistryError where a command that fills the store has not ended, and StoreUnusable."""
        if self.has(self.root / UNFINISHED):
            raise RegistryError(
                f"{self.named} was begun by a command that was ended half way: delete it, and what the database holds, "
                "unless that command still runs"
            )

    def make_cache(self) -> None:
        """Make the folder before an object store, which nobody else may read."""
        if self.objects is not None:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, path: Path) -> bytes | None:
        """The bytes of a file; None: it is gone. Raises OSError, StoreUnusable."""
        if self.objects is not None:
            return self.objects.read(self.name_of(path))
        try:
            return files.read_regular(path)
        except FileNotFoundError:
            return None

    def read_recorded(self, path: Path, sha256: str) -> bytes | None:
        """The bytes of a kept file; None: it is gone. Raises FileAltered, as of files.py, and StoreUnusable.

        Registered files are read from this machine where it has them.
        """
        if self.objects is None:
            return files.read_recorded(path, sha256)
        if self.media in path.parents:
            with contextlib.suppress(FileAltered):  # a damaged copy
                if (data := files.read_recorded(path, sha256)) is not None:
                    return data
        data = self.read(path)
        if data is None:
            return None
        if (found := hashlib.sha256(data).hexdigest()) != sha256:
            raise FileAltered(self.place_of(path), sha256, f"its SHA-256 is {found}")
        return data

    def fetched(self, path: Path) -> Path:
        """The path itself, where a registered file can be read now if there is one. Raises StoreUnusable."""
        if self.objects is not None and not path.exists():
            data = self.read(path)
            if data is not None:
                files.keep(path, data)
        return path

    def has(self, path: Path) -> bool:
        """Whether there is a file. Raises StoreUnusable."""
        return path.exists() if self.objects is None else self.objects.has(self.name_of(path))

    def names(self, folder: Path) -> frozenset[str]:
        """The names of the files directly in a folder; a folder that is not there has none. Raises OSError."""
        if self.objects is not None:
            return frozenset(each.rpartition("/")[2] for each in self.objects.names(self.name_of(folder)))
        try:
            with os.scandir(folder) as entries:
                return frozenset(entry.name for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()

    def keep(self, path: Path, data: bytes, *, mode: int = 0o666) -> None:
        """Write a file completely or not at all, as of files.py. Raises RegistryError, StoreUnusable."""
        if self.objects is None:
            files.keep(path, data, mode=mode)
        else:
            self.objects.write(self.name_of(path), data)

    @contextlib.contextmanager
    def staged(self, contents: Iterable[tuple[Path, bytes]]) -> Iterator[Callable[[], None]]:
        """As of files.py: what the block calls puts all files in place. Raises RegistryError, StoreUnusable."""
        if self.objects is None:
            with files.staged(contents) as put_in_place:
                yield put_in_place
            return
        held = list(contents)

        def write_all() -> None:
            for path, data in held:
                self.keep(path, data)

        yield write_all

    @contextlib.contextmanager
    def edited(self, path: Path) -> Iterator[None]:
        """Bring a file here as it is now, let the block change it, and write it back. One process at a time may.

        A file that is not in `root` is left alone. Raises RegistryError, StoreUnusable.
        """
        self.refresh(path)
        yield
        if self.objects is not None and self.root in path.parents:
            self.objects.write(self.name_of(path), path.read_bytes())

    def refresh(self, path: Path) -> Path:
        """The path itself, where a file of this store can be read as it is now. Raises StoreUnusable."""
        if self.objects is not None and self.root in path.parents:
            data = self.read(path)
            self.make_cache()
            if data is None:
                path.unlink(missing_ok=True)
            else:
                files.keep(path, data, mode=0o600)
        return path

    def remove(self, path: Path) -> None:
        """Delete a file, if there is one. Raises OSError, StoreUnusable."""
        if self.objects is not None:
            self.objects.remove(self.name_of(path))
        path.unlink(missing_ok=True)

    def sweep(self, folder: Path, kept: Container[Path], before: datetime) -> None:
        """Delete the files below a folder that are not `kept`, as of files.py. Raises StoreUnusable."""
        if self.objects is None:
            files.sweep(folder, kept, before)
            return
        for name, changed in self.objects.names(self.name_of(folder)).items():
            if self.root / name not in kept and changed is not None and changed < before.timestamp():
                self.objects.remove(name)


def cache_folder(name: str) -> Path:
    """A folder of this machine for what can be had again: of this name in XDG_CACHE_HOME, or in ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / name


def is_store(folder: Path) -> bool:
    """Whether a folder is a store, whatever its name: by its registry or index, and what lies beside them."""
    store = Store(folder)
    try:
        if not (store.media.is_dir() or store.index.is_dir()):  # most folders are none: one look tells it
            return False
        if (store.index / INDEX_POINTER).is_file() or store.secret.is_file():
            return True
        with open_regular(store.root / "registry.db") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:  # whoever looks into the folder finds out what is wrong with it
        return False
